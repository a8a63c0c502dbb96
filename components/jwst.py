"""The parts of the JWST page: the place for a file, what was found in it, rows, rules. Values in, components out.

Whatever comes from a file is text here; nothing of it is ever HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import MINUS, attrs, icon, view_button

LONGEST = 200
"""Characters of a text from a file that are shown."""
CONFIG: Any = {"displayModeBar": False, "displaylogo": False, "showSendToCloud": False, "responsive": True}
VERDICT_WORDS = {
    "inconsistent": "Inconsistent",
    "unusual": "Unusual, review",
    "consistent": "No finding",
    "flagged": "Flagged",
    "dropped": "Dropped",
    "unflagged": "Not flagged",
}
STATUS_WORDS = {1: "holds", 0: "not checkable", -1: "broken"}


def cut(text: object, longest: int = LONGEST) -> str:
    """A text from a file, not longer than a screen can bear.

    Examples
    --------
    >>> cut("a" * 300, 4)
    'aaa…'
    """
    plain = str(text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def minus(text: str) -> str:
    """A sentence with true minus signs before its numbers.

    Examples
    --------
    >>> minus("Dec -12.5 of jw01-o001")
    'Dec −12.5 of jw01-o001'
    """
    return re.sub(r"(?<![\w.-])-(?=\d)", MINUS, text)


def figure_box(id: str, figure: Mapping[str, Any], *, label: str, theme: str, caption: str, file: str) -> Component:
    """A figure with what the browser needs to repaint and export it; `label` is for those who cannot see it."""
    graph = dcc.Graph(id=id, figure=dict(figure), config=CONFIG, style={"height": "100%"})
    marks = {"data-theme-drawn": theme, "data-caption": caption, "data-file": file}
    named = {"aria-label": label, "role": "group"}
    return html.Div(graph, className="plot jwst-plot", **attrs({**marks, **named}))


# A file


def choose_button(words: str, *, primary: bool) -> Component:
    """Opens the browser's dialog for a file (assets/jwst.js)."""
    return html.Button(
        words, type="button", className="btn primary" if primary else "btn", **attrs({"data-jwst-choose": ""})
    )


def report_button(words: str, href: str) -> Component:
    """Downloads the report."""
    return html.A([icon("download"), words], href=href, download="", className="btn primary")


def example_button(words: str, patch: Mapping[str, Any]) -> Component:
    """Shows the built-in example."""
    return html.Button(words, type="button", className="btn", **attrs({"data-jwst-example": json.dumps(dict(patch))}))


def _status() -> Component:
    """Where assets/jwst.js says how far a file is."""
    return html.Div(
        [html.Progress(max="3", value="0", **attrs({"aria-label": "Steps done"})), html.Span()],
        className="progress jwst-status",
        hidden=True,
        role="status",
        **attrs({"data-jwst-status": ""}),
    )


def drop_zone(
    words: str, max_bytes: int, max_rows: int, promise: str, examples: Sequence[tuple[str, Mapping[str, Any]]]
) -> Component:
    """The place for a file, what happens to it, and the examples for those who have none."""
    return html.Div(
        [
            html.Div(
                [
                    icon("download"),
                    html.H3(words),
                    html.P(
                        [
                            "A CSV of JWST observations as the MAST portal or astroquery exports it, ",
                            f"at most {max_bytes / 1e6:,.0f} MB and {max_rows:,} rows.",
                        ]
                    ),
                    choose_button("Choose a file", primary=True),
                    _status(),
                    html.P(promise, className="quiet"),
                ],
                className="jwst-drop",
            ),
            html.Div(
                [
                    html.H3("No export at hand?"),
                    html.P("The built-in example is made here, row by row, and says SIMULATED."),
                    *[example_button(text, patch) for text, patch in examples],
                    html.P("This page does not ask Fink: it works when Fink is down.", className="quiet"),
                ],
                className="jwst-examples",
            ),
        ],
        className="jwst-welcome",
    )


def file_strip(facts: Sequence[tuple[str, Any]], buttons: Sequence[Component]) -> Component:
    """One line about the file that is open, and what can be done with it."""
    cells = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    return html.Div(
        [html.Dl(cells), html.Div(list(buttons), className="row"), _status()],
        className="jwst-file",
    )


@dataclass(frozen=True)
class ColumnLine:
    """One column of MAST: name, label in the portal, unit, and what the file has ("yes", "missing", ...)."""

    name: str
    label: str
    unit: str
    said: str


def schema_box(
    facts: Sequence[tuple[str, Any]], warnings: Sequence[Component], notes: Sequence[str], lines: Sequence[ColumnLine]
) -> list[Any]:
    """What was found in the file, what to be careful about, and all columns behind one click."""
    rows = [
        html.Tr([html.Td(line.name, className="mono"), html.Td(line.label), html.Td(line.unit), html.Td(line.said)])
        for line in lines
    ]
    head = html.Tr([html.Th(words, scope="col") for words in ("Column", "In the portal", "Unit", "In this file")])
    table = html.Table([html.Thead(head), html.Tbody(rows)], className="content-table")
    return [
        html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="jwst-schema"),
        html.P(cut(" ".join(notes), 1_000), className="jwst-notes-line") if notes else None,
        html.Div(list(warnings), className="warnings") if warnings else None,
        html.Details(
            [
                html.Summary("All columns", className="accent"),
                html.Div(
                    table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Columns of the file"})
                ),
            ],
            className="jwst-columns",
        ),
    ]


# Rows


@dataclass(frozen=True)
class RowLine:
    """One row of the table: number, identifier, instrument and product, verdict, rules broken, reasons, the others."""

    row: int
    name: str
    what: str
    verdict: str
    rules: int
    words: Sequence[str]
    more: int
    also: str = ""


def verdict_tag(verdict: str) -> Component:
    """The verdict in words; how grave it is is in its form, not in a colour alone."""
    return html.Span(VERDICT_WORDS[verdict], className=f"jwst-tag {verdict}")


def filter_pills(pills: Sequence[tuple[str, str, int]], on: str) -> list[Component]:
    """One pill for each (value, words, rows); pressing the pressed one shows all."""
    return [
        view_button(
            [words, html.Span(f"{count:,}", className="n")],
            {"only": value, "page": None, "row": None},
            pressed=value == on,
            className="pill",
        )
        for value, words, count in pills
    ]


def choice(key: str, words: str, choices: Sequence[tuple[str, str]], current: str) -> Component:
    """A list to choose from; assets/jwst.js writes the choice into the address."""
    options = [html.Option(text, value=value, selected=value == current) for value, text in choices]
    return html.Label(
        [html.Span(words), html.Select(options, **attrs({"data-jwst-choice": key}))], className="jwst-choice"
    )


def filter_line(pills: Sequence[Component], choices: Sequence[Component], shown: int, total: int) -> Component:
    """Filters, and how many rows they hide."""
    count = html.Span(
        [html.B(f"{shown:,} of {total:,} shown"), f", {total - shown:,} hidden by filters"],
        className="shown",
        role="status",
    )
    return html.Div([*pills, *choices, count], className="filters")


def _heading(words: str, key: str, sort: str, *, number: bool = False) -> Component:
    kind = "num" if number else ""
    if not key:
        return html.Th(words, scope="col", className=kind)
    here = key == sort
    button = view_button(
        [words, html.Span(" ↓" if here else "", **attrs({"aria-hidden": "true"}))],
        {"sort": key, "page": None},
        pressed=here,
        title=f"Sort by {words.lower()}",
    )
    order = {"aria-sort": "ascending" if key in ("row", "name") else "descending"} if here else {}
    return html.Th(button, scope="col", className=kind, **attrs(order))


def row_table(lines: Sequence[RowLine], selected: int | None, sort: str) -> Component:
    """The rows; each is chosen by a click or by its number."""
    heads = (
        _heading("Row", "row", sort, number=True),
        _heading("Observation", "name", sort),
        _heading("Verdict", "", sort),
        _heading("Rules", "rules", sort, number=True),
        _heading("What does not fit", "", sort),
    )
    body = [_row(line, line.row == selected) for line in lines]
    table = html.Table([html.Thead(html.Tr(list(heads))), html.Tbody(body)], className="jwst-rows")
    return html.Div(
        table, className="scroll jwst-scroll", tabIndex=0, role="group", **attrs({"aria-label": "Rows with verdicts"})
    )


def _row(line: RowLine, selected: bool) -> Component:
    name = line.name or "no obs_id"
    button = html.Button(
        str(line.row), type="button", **attrs({"data-jwst-row": str(line.row), "aria-label": f"Row {line.row}"})
    )
    more = [html.Span(f" {line.more} more", className="accent")] if line.more else []
    also = [html.Span(line.also, className="quiet also")] if line.also else []
    cells = [
        html.Td(button, className="num"),
        html.Td([html.Div(cut(name, 80), className="mono", title=cut(name)), html.Div(line.what, className="quiet")]),
        html.Td(verdict_tag(line.verdict)),
        html.Td(html.B(str(line.rules)) if line.rules else "0", className="num"),
        html.Td([html.Span(minus(" ".join(line.words))), *more, *also], className="why"),
    ]
    return html.Tr(cells, **attrs({"data-jwst-line": str(line.row), "aria-selected": str(selected).lower()}))


def pager(page: int, pages: int, first: int, last: int, total: int) -> Component | None:
    """Where the table is among its pages."""
    words = html.Span(f"{first:,} to {last:,} of {total:,}", role="status")
    keys = html.Span([html.Kbd("J"), html.Kbd("K"), " row"], className="keys")
    if pages <= 1:
        return html.Div([words, keys], className="table-foot")
    steps = [
        view_button(text, {"page": target if target > 1 else None, "row": None}, pressed=False, className="btn small")
        for text, target in (("Earlier rows", page - 1), ("Later rows", page + 1))
        if 1 <= target <= pages
    ]
    return html.Div([words, f"page {page} of {pages}", *steps, keys], className="table-foot")


# Rules


@dataclass(frozen=True)
class RuleLine:
    """One rule: name, title, source, tolerance, unit, whether it is a hint, and rows by what it says of them."""

    name: str
    title: str
    source: str
    tolerance: str
    unit: str
    hint: bool
    broken: int
    holds: int
    unchecked: int


def rule_counts(lines: Sequence[RuleLine], chosen: str, most: int) -> Component:
    """A bar for each rule that is broken; a click filters the table and draws the rule's values."""
    items = [
        html.Li(
            [
                view_button(
                    line.title,
                    {"rule": None if line.name == chosen else line.name, "page": None, "row": None},
                    pressed=line.name == chosen,
                    title=line.title,
                ),
                html.Span(html.I(style={"width": f"{100 * line.broken / most:.1f}%"}), className="bar"),
                html.Span([html.B(f"{line.broken:,}"), " hint" if line.hint else " broken"], className="num"),
            ]
        )
        for line in lines
    ]
    return html.Ul(items, className="jwst-counts", **attrs({"aria-label": "Rules that rows break"}))


def rule_table(lines: Sequence[RuleLine], chosen: str) -> Component:
    """Every rule with its source, tolerance and unit, and what it says of how many rows."""
    names = ("Rule", "Source", "Tolerance", "Unit", "Broken", "Holds", "Not checkable")
    head = html.Tr([html.Th(name, scope="col", className="num" if n > 3 else "") for n, name in enumerate(names)])
    body = [
        html.Tr(
            [
                html.Td(
                    [
                        view_button(
                            line.title, {"rule": line.name, "page": None, "row": None}, pressed=line.name == chosen
                        ),
                        html.Span(" a hint, no verdict", className="quiet") if line.hint else None,
                    ]
                ),
                html.Td(line.source),
                html.Td(line.tolerance),
                html.Td(line.unit),
                *[html.Td(f"{n:,}", className="num") for n in (line.broken, line.holds, line.unchecked)],
            ]
        )
        for line in lines
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="content-table jwst-rules")
    return html.Div(table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "All rules"}))


@dataclass(frozen=True)
class Said:
    """What one rule says of one row: title, 1, 0 or −1, and the words for a broken one."""

    title: str
    status: int
    words: str = ""
    hint: bool = False


def row_rules(name: str, facts: Sequence[tuple[str, str]], said: Sequence[Said], words: Sequence[str]) -> list[Any]:
    """Everything about one row: what is broken first, then what holds, then what could not be checked."""
    broken = [one for one in said if one.status < 0]
    rest = [(code, [one.title for one in said if one.status == code]) for code in (1, 0)]
    groups = [
        html.Details(
            [html.Summary([html.B(f"{len(titles)}"), f" {STATUS_WORDS[code]}"]), html.P(", ".join(titles))],
            open=code == 0,
        )
        for code, titles in rest
        if titles
    ]
    return [
        html.P(cut(name), className="mono jwst-name"),
        html.Dl([html.Div([html.Dt(key), html.Dd(cut(value))]) for key, value in facts], className="jwst-row-facts"),
        html.Ul(
            [
                html.Li(
                    [
                        html.Span(f"{one.title}{' (hint)' if one.hint else ''}"),
                        html.Span(minus(cut(one.words)), className="why"),
                    ]
                )
                for one in broken
            ],
            className="jwst-broken",
        )
        if broken
        else None,
        *[html.P(cut(text), className="jwst-deviation") for text in words],
        html.Div(groups, className="jwst-rest"),
    ]
