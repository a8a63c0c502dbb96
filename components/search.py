"""The look of the search page: the question as it was understood, the word that was not, and its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.night_table import columns, grid
from components.parts import attrs, chip, icon

WAYS = (
    ("ZTF25abixhdc", "an object of ZTF, or the beginning of its id"),
    ("SN 2023ixf", "a name of TNS, of SIMBAD (M31), or given by Fink's team"),
    ("193.822 2.897 r=1m", "a position in degrees, with a radius in s, m or d"),
    ("12:55:17.2 +02:53:50", "a position in hours and degrees; blanks or letters (12h55m17.2s) do as well"),
    ("class=Anomaly last=50", "the newest anomalies"),
    ('class="SN candidate" trend=rising', "the newest alerts of a class, by Fink, SIMBAD or TNS"),
    ("class=Anomaly after=2025-07-01 window=7", "the nights from a date on; also before="),
)
CONFIG: Any = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False, "scrollZoom": False}


def search_href(text: str) -> str:
    """Address of the results of a search."""
    return f"/search?q={quote(text)}"


def marked(before: str, word: str, after: str) -> Component:
    """A search as it was typed, with the wrong word marked; an arrow stands where nothing is left to mark."""
    return html.P(
        [before, html.Mark(word or "▲", **attrs({"aria-label": f"not understood: {word or 'the end'}"})), after],
        className="asked mono",
    )


def ways() -> Component:
    """What can be asked, each as a link that asks it."""
    rows = [
        part
        for text, words in WAYS
        for part in (html.Dt(html.A(text, href=search_href(text), className="mono")), html.Dd(words))
    ]
    return html.Dl(rows, className="ways")


def recent() -> Component:
    """Place of the last searches of this browser (assets/search.js)."""
    return html.Div(className="recent", hidden=True, **attrs({"data-recent": ""}))


def meant(searches: Sequence[str]) -> Component | None:
    """Searches that may have been meant, each as a link that asks it."""
    if not searches:
        return None
    links = [html.Li(html.A(text, href=search_href(text), className="mono")) for text in searches]
    return html.Div([html.P("Perhaps:"), html.Ul(links)], className="meant")


def notes_box(notes: Sequence[str]) -> Component:
    """What to know about an answer."""
    return html.Div([html.P(note) for note in notes], className="search-notes quiet", role="status")


def at_hand(why: str, retry: Component) -> Component:
    """That the source did not answer, and only what was known before is shown."""
    words = html.P([icon("warn"), html.B("Fink did not answer."), html.Span(why)])
    return html.Div([words, retry], className="at-hand", role="status")


def no_results() -> Component:
    """Mark that there is no table and no map to show; they give way (assets/search.css)."""
    return html.Span(hidden=True, **attrs({"data-no-results": ""}))


def result_grid(rows: Sequence[dict[str, Any]], *, selected: str | None, around: bool) -> Component:
    """The night table for rows in an order of their own; `around` a position with their distance."""
    made: Any = grid(rows, with_night=True, selected=selected)
    made.columnDefs = _columns(around=around)
    made.selectedRows = [row for row in rows if row["object_id"] == selected][:1] or list(rows[:1])
    return html.Div(made, className="grid-box")


def _columns(*, around: bool) -> list[dict[str, Any]]:
    plain = [{key: value for key, value in column.items() if key != "sort"} for column in columns(with_night=True)]
    if not around:
        return plain
    apart = {
        "field": "apart",
        "headerName": "Distance",
        "width": 92,
        "filter": "agNumberColumnFilter",
        "type": "rightAligned",
        "headerTooltip": "From the centre of the search, arcsec",
        "valueFormatter": {"function": "angleText(params.value)"},
    }
    return [apart, *plain]


def foot(words: str) -> Component:
    """What the table holds, and the keys that move in it."""
    keys = (("J", "K", "row"), ("Enter", "open"))
    shown = [html.Span([*[html.Kbd(key) for key in each[:-1]], " ", each[-1]]) for each in keys]
    return html.Div([html.Span(words), html.Span(shown, className="keys")], className="table-foot")


def class_list(counts: Sequence[tuple[str, str, int]]) -> Component:
    """How many objects of each class (label, family, number) there are, largest first; each leads to its list."""
    rows = [
        html.Tr(
            [
                html.Td(_class_link(label, family)),
                html.Td(f"{number:,}", className="num"),
            ]
        )
        for label, family, number in counts
    ]
    head = html.Tr([html.Th("Class now", scope="col"), html.Th("Objects", scope="col")])
    return html.Table([html.Thead(head), html.Tbody(rows)], className="plain-table")


def _class_link(label: str, family: str) -> Component:
    """A class with a link to its list; "no answer" is no class and has none."""
    made = chip(label, "", family)
    return made if family == "NA" else html.A(made, href=search_href(f"class={_quoted(label)}"))


def family_key(families: Sequence[tuple[str, str, int]], *, around: bool) -> Component:
    """What the colours of the map mean: code, name and number of objects of each family; and its lines."""
    marks = [
        html.Span(
            [html.Span(className="sq na" if code == "NA" else "sq"), f"{words} {number:,}"], className=f"fam-{code}"
        )
        for code, words, number in families
    ]
    lines = "Dashed: the radius." if around else "Dotted: the galactic plane; cross: its centre."
    return html.Div([*marks, html.Span(lines, className="quiet")], className="family-key")


def _quoted(label: str) -> str:
    return f'"{label}"' if " " in label else label


def sky_box(
    figure: dict[str, Any],
    *,
    theme: str,
    caption: str,
    file: str,
    words: str,
    beside: Sequence[Component],
    around: bool,
) -> Component:
    """The map of the results, what it shows in words, and what stands below it."""
    graph = dcc.Graph(id="search-sky-figure", figure=figure, config=CONFIG, style={"height": "100%"})
    marks = {"data-theme-drawn": theme, "data-caption": caption, "data-file": file, "data-sky-map": ""}
    plot = html.Div(
        graph,
        className="plot around" if around else "plot",
        role="img",
        **attrs({**marks, "aria-label": words}),
    )
    below = html.Div([html.P(words, className="quiet"), *beside], className="scroll", tabIndex=0)
    return html.Div([plot, below], className="sky-box")
