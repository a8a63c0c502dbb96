"""The parts of the JWST page that measure: forms, rates with intervals, what was published. Values in, components out.

Dash has no element for a plain field or slider: the places with ``data-jwst-input`` become one in assets/jwst.js.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.jwst import cut
from components.parts import attrs, icon

NO_ROWS = "no rows"


@dataclass(frozen=True)
class RateText:
    """A rate as it is written: "20 of 20", "100.0 %", "83.9 to 100.0 %"; empty texts where there is none."""

    counts: str
    value: str
    interval: str


@dataclass(frozen=True)
class TypeLine:
    """One product type: rows, tampered ones, four rates, two areas, predictive values; empty when it has no rows."""

    name: str
    rows: str
    added: str = ""
    rates: Sequence[RateText] = ()
    areas: Sequence[str] = ()
    predictive: Sequence[str] = ()


def field(words: str, name: str, kind: str, value: str, **limits: str) -> Component:
    """Place of a field with its label; `kind` is ``number`` or ``range`` (logarithmic, in per cent)."""
    marks = {"data-jwst-input": name, "data-kind": kind, "data-value": value, "data-label": words}
    place = html.Span(**attrs({**marks, **{f"data-{key}": limit for key, limit in limits.items()}}))
    return html.Label([html.Span(words), place], className=f"jwst-field {kind}")


def select(words: str, name: str, choices: Sequence[tuple[str, str]], current: str) -> Component:
    """A list of a form."""
    options = [html.Option(text, value=value, selected=value == current) for value, text in choices]
    return html.Label(
        [html.Span(words), html.Select(options, **attrs({"data-jwst-field": name}))], className="jwst-field"
    )


def form(key: str, fields: Sequence[Component], words: str, hint: str) -> Component:
    """Fields with a button; assets/jwst.js writes their values, joined by commas, under `key` into the address."""
    button = html.Button(words, type="submit", className="btn primary")
    return html.Form(
        [html.Div([*fields, button], className="jwst-fields"), html.P(hint, className="quiet")],
        className="jwst-form",
        **attrs({"data-jwst-form": key, "aria-label": words}),
    )


def running(words: str, done: int, total: int, job: str) -> Component:
    """Progress of a computation at the address `job`, which assets/jwst.js follows, and a way to stop it."""
    return html.Div(
        [
            html.Progress(max=str(max(total, 1)), value=str(done), **attrs({"aria-label": "Progress"})),
            html.Span(words, role="status"),
            html.Button("Cancel", type="button", className="btn small", **attrs({"data-jwst-cancel": job})),
        ],
        className="progress",
        **attrs({"data-jwst-job": job}),
    )


def waiting(job: str) -> Component:
    """In a panel that shows something of a computation which another one tells about."""
    bars = [html.I(style={"width": f"{90 - 13 * n}%"}) for n in range(3)]
    return html.Div(bars, className="skeleton", **attrs({"aria-busy": "true", "data-jwst-job": job}))


def _rate(rate: RateText) -> list[Any]:
    if not rate.value:
        return [html.Span("none", className="quiet")]
    below = "; ".join(text for text in (rate.counts, rate.interval) if text)
    return [html.B(rate.value), html.Div(below, className="quiet") if below else None]


HEADS = (
    "Product type",
    "Rows",
    "Tampered",
    "Recall of all added",
    "Recall of scored rows",
    "False positives, all clean rows",
    "Precision",
    "AUC",
    "AP",
    "PPV at 20 %",
    "at 1 %",
    "at 0.1 %",
)


def type_table(lines: Sequence[TypeLine], caption: str) -> Component:
    """Results for each product type; one that is absent says so."""
    head = html.Tr([html.Th(words, scope="col", className="num" if n else "") for n, words in enumerate(HEADS)])
    table = html.Table(
        [html.Caption(caption, className="sr-only"), html.Thead(head), html.Tbody([_type(line) for line in lines])],
        className="jwst-rates",
    )
    return html.Div(table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": caption}))


def _type(line: TypeLine) -> Component:
    name = html.Th(cut(line.name, 30), scope="row")
    if not line.rates:
        return html.Tr([name, html.Td(NO_ROWS, colSpan=str(len(HEADS) - 1), className="quiet")])
    cells = [line.rows, line.added, *map(_rate, line.rates), *line.areas, *line.predictive]
    return html.Tr([name, *[html.Td(cell, className="num") for cell in cells]])


def comparison_table(heads: Sequence[str], lines: Sequence[tuple[str, Sequence[RateText]]]) -> Component:
    """Rates side by side; the interval and the counts stand below each."""
    head = html.Tr([html.Th(words, scope="col", className="num" if n else "") for n, words in enumerate(heads)])
    body = [
        html.Tr([html.Th(name, scope="row"), *[html.Td(_rate(rate), className="num") for rate in rates]])
        for name, rates in lines
    ]
    return html.Table([html.Thead(head), html.Tbody(body)], className="jwst-rates compare")


def notes(paragraphs: Sequence[str]) -> Component:
    """How numbers were computed, in words."""
    return html.Div([html.P(text) for text in paragraphs], className="jwst-notes quiet")


def confusion(numbers: tuple[int, int, int, int], unscored: int) -> Component:
    """True positives, false negatives, false positives, true negatives as a square."""
    found, missed, wrong, right = (f"{n:,}" for n in numbers)
    head = html.Tr([html.Td(), html.Th("flagged", scope="col"), html.Th("not flagged", scope="col")])
    rows = [
        html.Tr([html.Th(name, scope="row"), html.Td([html.B(one), " ", first]), html.Td([html.B(other), " ", second])])
        for name, one, first, other, second in (
            ("tampered", found, "found", missed, "missed"),
            ("clean", wrong, "false alarms", right, "left alone"),
        )
    ]
    words = (
        f"{unscored:,} rows were never looked at; they count as not flagged."
        if unscored
        else "Every row was looked at."
    )
    return html.Div(
        [
            html.Table([html.Thead(head), html.Tbody(rows)], className="jwst-confusion"),
            html.P(words, className="quiet"),
        ]
    )


def predictive(lines: Sequence[tuple[str, str, str]]) -> Component:
    """What a flag is worth where fewer rows are tampered: (prevalence, here, the seed's published rates)."""
    heads = ("If so many rows are tampered with", "a flag is right here", "by the seed’s rates")
    head = html.Tr([html.Th(words, scope="col", className="num" if n else "") for n, words in enumerate(heads)])
    body = [
        html.Tr([html.Th(one, scope="row"), html.Td(html.B(here), className="num"), html.Td(seed, className="num")])
        for one, here, seed in lines
    ]
    return html.Table([html.Thead(head), html.Tbody(body)], className="jwst-rates compare")


@dataclass(frozen=True)
class DrawLine:
    """One set of parameters: trees, rows per tree, share of features, average precision, and whether it is the best."""

    trees: int
    rows: int
    share: float
    precision: float
    default: bool
    best: bool


def draw_table(lines: Sequence[DrawLine]) -> Component:
    """The sets that were tried, best first."""
    heads = ("Trees", "Rows per tree", "Features", "Average precision", "")
    head = html.Tr([html.Th(words, scope="col", className="num") for words in heads])
    body = [
        html.Tr(
            [
                *[html.Td(text, className="num") for text in (str(line.trees), f"{line.rows:,}", f"{line.share:.0%}")],
                html.Td(
                    html.Div(
                        [
                            html.Span(html.I(style={"width": f"{100 * line.precision:.1f}%"}), className="bar"),
                            html.B(f"{line.precision:.4f}"),
                        ]
                    ),
                    className="num jwst-precision",
                ),
                html.Td(", ".join(words for words, on in (("best", line.best), ("default", line.default)) if on)),
            ]
        )
        for line in lines
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="jwst-rates")
    return html.Div(table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Sets of parameters"}))


def blind_spot() -> Component:
    """Beside the one way of tampering that this page cannot see."""
    words = (
        "Times and release that are moved together contradict nothing in the file. Only a comparison with the archive, "
        "which this page does not make, would find them."
    )
    return html.Div([icon("warn"), html.Span([html.B("A blind spot."), f" {words}"])], className="warning")
