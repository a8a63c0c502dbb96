"""The TNS page: which anomalies the world already knows. ``/tns``, ``/tns?from=2025-09-01&to=2025-09-05&radius=5``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components import tns as look
from components.panel import State, message, panel, retry_button
from components.parts import attrs, code_menu, date_box, export_menu
from pages import _tns_object
from pages._nights import Window, look_of
from pages._slots import Ask, panel_of, place
from pages._tns import DAYS, RADII, View, view_of, window_of_page
from pages._tns_mirror import draw_mirror
from services.errors import InvalidQuery, Unavailable
from services.house import House
from services.tns.code import script
from services.tns.known import RULE, chosen
from services.tns.rows import table_rows

dash.register_page(__name__, path="/tns", title="TNS · Oddfinch", order=3)

KEYS = ("night", "from", "to", "radius", "only", "sel", "sort")
TITLE = "Which anomalies the world already knows"
FORMATS = (("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json"), ("Parquet", "parquet"))
PILLS = (
    ("known", "In TNS"),
    ("unreported", "Unreported"),
    ("classified", "Classified"),
    ("unclassified", "Unclassified"),
    ("different", "Different"),
)

TWINS = "The classified entry is shown in place of its AT twin."


@panel_of("tns-title", TITLE)
def draw_title(h: House, ask: Ask, wait: bool) -> Component | None:
    """Page title, and which nights."""
    try:
        window = window_of_page(h, {**ask, "retry": None}, wait=wait)
    except (InvalidQuery, Unavailable):  # the table says what is wrong
        return html.Div(html.H1(TITLE), className="title-row")
    if window is None:
        return None
    return html.Div(
        [
            html.H1(TITLE),
            html.Span(window.words, className="facts"),
            html.Div(_scope(h, window, ask), className="scope"),
        ],
        className="title-row",
    )


def _scope(h: House, window: Window, ask: Ask) -> list[Component]:
    boxes = html.Form(
        [
            date_box("tns-from", "First night", str(window.first)),
            date_box("tns-to", "Last night", str(window.last)),
            html.Button("Show", className="btn small", type="submit"),
        ],
        className="row",
        id="tns-range",
    )
    last = h.source.last_night or window.last
    spans = [(last - timedelta(days=days - 1), f"{days} days") for days in (30, DAYS, 365)]
    spans = [(first, words) for first, words in spans if first > h.source.first_night]
    links = [
        html.A(
            words,
            href=f"/tns?from={first}&to={last}",
            **attrs({"aria-current": str((first, last) == (window.first, window.last)).lower()}),
        )
        for first, words in [*spans, (h.source.first_night, "All")]
    ]
    return [boxes, html.Div(links, className="segmented", **attrs({"aria-label": "Nights"}))]


panel_of("tns-mirror", "TNS mirror", keys=("radius",))(draw_mirror)


@panel_of("tns-table", "TNS counterparts", keys=("radius",))
def draw_table(h: House, ask: Ask, wait: bool) -> Component | None:
    """One row per anomalous object with what TNS has for it."""
    view = view_of(h, ask, wait=wait)
    if view is None:
        return None
    if view.knowledge.objects.empty:
        return _nothing(h, view)
    objects, seen = view.knowledge.objects, look_of(view.window)
    tools = [
        look.found_key(),
        *seen.tools("tns-table"),
        export_menu([(words, f"/export/tns.{kind}?{view.query}") for words, kind in FORMATS]),
        code_menu(script(view.window.first, view.window.last, view.radius, h.source)),
    ]
    head = html.Div([_filters(view), look.radius_choice(RADII, view.radius)], className="tns-head")
    body = [
        head,
        html.Div(look.grid(table_rows(objects, view.radius), selected=ask.get("sel")), className="grid-box"),
        _foot(),
    ]
    return panel(
        "tns-table",
        "TNS counterparts",
        body,
        state=seen.state,
        note=seen.note or _note(view),
        tools=tools,
        simulated=h.source.simulated,
    )


def _filters(view: View) -> Component:
    counts, asked = view.knowledge.counts, view.knowledge.asked
    choices = [("", "All", counts["objects"])]
    pills = [(name, words, counts[name] if asked or name != "unreported" else None) for name, words in PILLS]
    return look.filters([*choices, *pills], view.only, len(chosen(view.knowledge, view.only)), counts["objects"])


def _note(view: View) -> str:
    if view.one_by_one:
        return "asked one by one, without the mirror"
    if not view.knowledge.asked:
        return "no TNS table to look in: only Fink's d:tns is shown"
    return "known ones first, then the newest flag; bars break at 120 d"


def _foot() -> Component:
    keys = html.Span(
        [html.Span([html.Kbd("J"), html.Kbd("K"), " row"]), html.Span([html.Kbd("Enter"), " open"])], className="keys"
    )
    return html.Div([html.Span(f"{TWINS} {RULE}", title=f"{TWINS} {RULE}"), keys], className="table-foot")


def _nothing(h: House, view: View) -> Component:
    said = "has no such nights" if view.window.state.status == "outside" else "answered: 0 rows"
    text = [html.P(["Asked for ", html.Span(view.window.query, className="mono"), f". {h.source.label} {said}."])]
    body = message("empty", f"No anomalies on {view.window.words}", text, [retry_button("tns-table", primary=False)])
    return panel(
        "tns-table", "TNS counterparts", body, state=State.EMPTY, note="nothing here", simulated=h.source.simulated
    )


panel_of("tns-object", "Selected object", keys=("sel", "radius"), className="tns-object")(_tns_object.draw)


def layout(**query: Any) -> Component:
    """The page for an address; anything in the query that it does not know is ignored."""
    ask = {key: str(query[key]) for key in KEYS if isinstance(query.get(key), str) and query[key]}
    return html.Div(
        [place("tns-title", ask), place("tns-mirror", ask), place("tns-table", ask), place("tns-object", ask)],
        className="page tns",
        **attrs({"data-page": "tns"}),
    )
