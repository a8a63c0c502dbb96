"""The parts of the classes page: figures in a scrolled box, the table, the objects of one class, scope."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import attrs, date_box, icon, score_text, segmented, view_button

STILL: Any = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
"""Settings of figures whose numbers are all printed."""


def figure_box(
    id: str,
    figure: Mapping[str, Any],
    heights: tuple[int, int],
    *,
    label: str,
    theme: str,
    caption: str,
    file: str,
    rows: Sequence[str] = (),
    hover: bool = False,
) -> Component:
    """A Graph in a box that scrolls when it is too tall, with what the browser needs to repaint and export it.

    Parameters
    ----------
    heights
        Least and greatest height (px); between them the figure fills the panel.
    label
        What it is, for those who cannot see it; the same numbers are in the table.
    caption, file
        Line above an exported figure, and its name.
    rows
        Labels from top to bottom, where a click on a row lists its objects (assets/classes.js).
    """
    config: Any = {**STILL, "staticPlot": not hover}
    graph = dcc.Graph(id=id, figure=dict(figure), config=config, style={"height": "100%"})
    marks = {"data-theme-drawn": theme, "data-caption": caption, "data-file": file}
    picks = {"data-class-rows": json.dumps(list(rows))} if rows else {}
    least, most = heights
    box = html.Div(
        graph,
        className="plot class-plot",
        style={"--least": f"{least}px", "--most": f"{most}px"},
        **attrs({**marks, **picks}),
    )
    return html.Div(box, className="scroll class-scroll", tabIndex=0, role="group", **attrs({"aria-label": label}))


def family_key(families: Sequence[tuple[str, str]]) -> Component:
    """Which colour is which family: (code, name)."""
    keys = [
        html.Span(
            [html.I(className="na" if code == "NA" else "", **attrs({"aria-hidden": "true"})), name.lower()],
            className=f"fam-{code}",
        )
        for code, name in families
    ]
    return html.Div(keys, className="family-key")


def unanswered(words: str, raw: str, pick: Mapping[str, Any]) -> Component:
    """What is not a class, in words; its labels as they were given are one click away."""
    return html.Details(
        [
            html.Summary([html.B(words), html.Span(" labels as given", className="quiet")]),
            html.P([raw, " ", view_button("List these alerts", pick, pressed=False, className="btn small")]),
        ],
        className="unanswered",
    )


@dataclass(frozen=True)
class Line:
    """One row of the table; texts as they are shown, ``raw`` only where it says more than the label."""

    label: str
    family: str
    family_name: str
    raw: str
    alerts: str
    objects: str
    share: str
    interval: str
    expected: str
    ratio: str
    why: str


HEADS = (
    *(("Label", "text"), ("Family", "text"), ("Alerts", ""), ("Objects", ""), ("Share of {}", "")),
    *(("95 % interval", ""), ("Among all alerts", ""), ("Ratio (95 %)", "")),
)


def class_table(lines: Sequence[Line], picked: str, unit: str) -> Component:
    """All counts as a table; each label lists its objects. ``unit`` is what the shares are of."""
    head = html.Tr([html.Th(words.format(unit), className=name, scope="col") for words, name in HEADS])
    body = html.Tbody([_line(line, picked) for line in lines])
    table = html.Table([html.Thead(head), body], className="plain-table class-lines")
    return html.Div(table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Classes, table"}))


def _line(line: Line, picked: str) -> Component:
    on = line.label == picked
    name = view_button(line.label, {"pick": None if on else line.label}, pressed=on, className="link")
    square = html.Span(className="sq na" if line.family == "NA" else "sq", **attrs({"aria-hidden": "true"}))
    compared: list[Component] = [html.Td(line.expected), html.Td(line.ratio, className="strong")]
    if line.why:
        compared = [html.Td(["not available", html.Span(f": {line.why}", className="quiet")], colSpan=2)]
    return html.Tr(
        [
            html.Td([name, html.Span(line.raw, className="quiet raw") if line.raw else None], className="text"),
            html.Td([square, line.family_name], className=f"text fam-{line.family}"),
            *[html.Td(text) for text in (line.alerts, line.objects, line.share, line.interval)],
            *compared,
        ],
        className="picked" if on else "",
        **attrs({"data-class": line.label}),
    )


@dataclass(frozen=True)
class Found:
    """One object of a class: where it is, how often it was listed in these nights, when last, its lowest score."""

    object_id: str
    href: str
    times: int
    first: str
    last: str
    score: float | None
    label: str
    tns: str


def object_table(rows: Sequence[Found]) -> Component:
    """The objects of one class, each a link."""
    heads = ("Object", "Nights listed", "First", "Last", "Lowest score", "Label on the last", "TNS type")
    head = html.Tr([html.Th(words, className="text" if n in (0, 5, 6) else "") for n, words in enumerate(heads)])
    body = [
        html.Tr(
            [
                html.Td(html.A(row.object_id, href=row.href, className="mono"), className="text"),
                html.Td(str(row.times)),
                html.Td(row.first),
                html.Td(row.last),
                html.Td(score_text(row.score), className="mono"),
                html.Td(row.label, className="text"),
                html.Td(row.tns, className="text"),
            ]
        )
        for row in rows
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plain-table object-lines")
    return html.Div(table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Objects"}))


def close_button() -> Component:
    """Puts the list of objects away."""
    return view_button(icon("cross"), {"pick": None}, pressed=False, className="icon-btn", **_named("Close the list"))


def _named(words: str) -> dict[str, str]:
    return {"title": words, "aria-label": words}


def scope(
    view: Mapping[str, str], presets: Sequence[tuple[str, Mapping[str, Any]]], first: str, last: str
) -> Component:
    """What is counted: whose label, alerts or objects, the scale, the nights.

    Parameters
    ----------
    view
        ``by, unit, scale`` as they are now.
    presets
        Ranges of nights and whole views: words, and what they write into the address.
    first, last
        Nights as the address has them; empty where it names none.
    """
    return html.Div(
        [
            segmented("by", (("simbad", "SIMBAD"), ("fink", "Fink"), ("tns", "TNS")), view["by"], "Whose label"),
            segmented("unit", (("alerts", "Alerts"), ("objects", "Objects")), view["unit"], "What is counted"),
            segmented("scale", (("linear", "Linear"), ("log", "Log")), view["scale"], "Scale of the counts"),
            _nights_menu(presets, first, last),
        ],
        className="scope",
    )


def _nights_menu(presets: Sequence[tuple[str, Mapping[str, Any]]], first: str, last: str) -> Component:
    rows = [html.Button(words, type="button", **attrs({"data-view": json.dumps(dict(p))})) for words, p in presets]
    boxes = html.Form(
        [
            date_box("classes-from", "First night", first),
            date_box("classes-to", "Last night", last),
            html.Button("Show", className="btn small", type="submit"),
        ],
        id="classes-range",
        className="row",
    )
    return html.Details(
        [html.Summary("Nights ▾", className="btn small"), html.Div([*rows, html.Hr(), boxes], className="sheet")],
        className="menu nights",
    )


def documented_button(patch: Mapping[str, Any]) -> Component:
    """The histogram of Fink's documentation, by one click."""
    return html.Button(
        "Documentation example",
        type="button",
        className="btn small",
        title="The histogram in Fink's documentation: all anomalies to 2023-05-22 by SIMBAD label, as given",
        **attrs({"data-view": json.dumps(dict(patch))}),
    )
