"""The search page: ``/search?q=``. One box for objects, names, positions and lists by class."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.figures.sky_map import sky_figure
from components.name_matches import on_to
from components.night_table import quick_filters
from components.panel import State, message, panel
from components.parts import attrs, code_menu, export_menu
from components.search import class_list, family_key, foot, no_results, result_grid, sky_box
from pages._arrival import draw_named
from pages._search import (
    class_counts,
    code_for,
    counts,
    downloads,
    family_counts,
    grid_rows,
    look_of,
    not_understood,
    nothing,
    nothing_asked,
    places,
    query_of,
    result_of,
    summary,
)
from pages._slots import Ask, failed, panel_of, place, theme
from services.errors import InvalidQuery, ServerFailed, SourceError
from services.exports import file_stem, mark
from services.house import House, house
from services.nightly import night_rows
from services.search.grammar import Query, parse
from services.search.result import Result

dash.register_page(__name__, path="/search", title="Search · Oddfinch", order=5)

KEYS = ("q", "sel", "only")
SIMBAD_ELSEWHERE = (
    "Names of SIMBAD are looked up by Fink at the CDS in Strasbourg. A local archive cannot do that: "
    "with this source, search by id, position or class."
)


@panel_of("search", "Search")
def draw_search(h: House, ask: Ask, wait: bool) -> Component | None:
    """The question as it was understood, or why it was not; and the object, when there is only one."""
    try:
        query = query_of(h, ask)
        if query.kind == "name" and query.radius_arcsec is None:
            return draw_named("search", "Search", h, {**ask, "q": _name(query)}, wait=wait, go_on=True)
        result = result_of(h, ask, wait=wait)
    except InvalidQuery as error:
        return not_understood(str(ask.get("q") or ""), error)
    except ServerFailed as error:
        if h.source.kind == "live" or query.kind != "simbad":
            raise
        return failed("search", error, [html.P(SIMBAD_ELSEWHERE), no_results()])
    if result is None:
        return None
    if result.rows.empty:
        return nothing(h, query, result)
    return _one_object(h, result) if _goes_on(query, result) else summary(h, result)


def _name(query: Query) -> str:
    return query.name.text if query.name else query.text


def _one_object(h: House, result: Result) -> Component:
    """The one object at a place, which the browser goes on to."""
    words = f"{result.words}: {counts(result)}."
    body = message("check", "One object", [words, html.P(on_to(str(result.only)))])
    return panel("search", "Search", [body, no_results()], note="one object", simulated=h.source.simulated)


@panel_of("search-table", "Results")
def draw_table(h: House, ask: Ask, wait: bool) -> Component | None:
    """The alerts that answer the question, as the night's."""
    result = _rows_of(h, ask, wait)
    if not isinstance(result, Result):
        return _blank("search-table", "Results") if result else None
    rows = grid_rows(night_rows(result.rows), result)
    on = [name for name in str(ask.get("only") or "").split(",") if name]
    look = look_of(result)
    tools = [export_menu(downloads(str(ask["q"]))), code_menu(code_for(h, result))]
    body = [
        quick_filters(rows, on),
        result_grid(rows, selected=ask.get("sel"), around=result.centre is not None),
        foot(_foot(result)),
    ]
    order = "nearest first" if result.centre is not None else "newest first"
    return panel(
        "search-table",
        "Results",
        body,
        state=look.state,
        note=look.note or f"{counts(result)}, {order}",
        tools=tools,
        simulated=h.source.simulated,
    )


def _foot(result: Result) -> str:
    if result.centre is not None:
        return "The newest alert of each object. Fink's cone search gives scores and counts of none but anomalies."
    return "“Top ten” counts the nights on which the object was among Fink's anomalies, up to the night of the alert."


@panel_of("search-sky", "On the sky")
def draw_sky(h: House, ask: Ask, wait: bool) -> Component | None:
    """Where these objects are, coloured by the family of their class."""
    result = _rows_of(h, ask, wait)
    if not isinstance(result, Result):
        return _blank("search-sky", "On the sky") if result else None
    points, cone = places(result)
    words = f"{len(points):,} object{'' if len(points) == 1 else 's'} in all bands, by family of class"
    caption = f"{mark(h.source)} · {result.words}"  # the mark first: a narrow file cuts the end
    figure = sky_figure(points, cone=cone, theme=theme())
    file = file_stem("search_sky", h.source)
    beside = [family_key(family_counts(points), around=cone is not None), class_list(class_counts(points))]
    box = sky_box(
        figure, theme=theme(), caption=caption, file=file, words=words, beside=beside, around=cone is not None
    )
    look = look_of(result)
    return panel(
        "search-sky",
        "On the sky",
        box,
        state=look.state,
        note=look.note or ("around the position" if cone else "whole sky, east to the left"),
        tools=[export_menu(downloads(str(ask["q"])), figure="search-sky-figure"), code_menu(code_for(h, result))],
        simulated=h.source.simulated,
    )


def _rows_of(h: House, ask: Ask, wait: bool) -> Result | bool | None:
    """Results to show; True when there are none, which the panel above explains, or one to go to; None to wait."""
    try:
        query = query_of(h, ask)
        result = result_of(h, {**ask, "retry": None}, wait=wait)
    except (InvalidQuery, SourceError):
        return True
    if result is None:
        return None
    return True if result.rows.empty or _goes_on(query, result) else result


def _goes_on(query: Query, result: Result) -> bool:
    """Whether the one object that was found is gone on to: not when it was named, with others asked for."""
    return result.only is not None and query.kind != "name"


def _blank(name: str, title: str) -> Component:
    return panel(name, title, html.P("Nothing to show.", className="quiet"), state=State.EMPTY)


def layout(q: Any = "", **query: Any) -> Component:
    """The page for a question."""
    text = q.strip() if isinstance(q, str) else ""
    ask = {"q": text, **{key: str(query[key]) for key in KEYS[1:] if isinstance(query.get(key), str) and query[key]}}
    return html.Div(
        [
            html.Div([html.H1("Search"), html.Span(text, className="facts mono")], className="title-row"),
            *_panels(ask),
        ],
        className="page search-page",
        **attrs({"data-page": "search", "data-asked": text}),
    )


def _panels(ask: dict[str, str]) -> list[Component]:
    if not ask["q"]:
        return [nothing_asked()]
    try:
        query = parse(ask["q"], newest=house().source.last_night)
    except InvalidQuery as error:
        return [not_understood(ask["q"], error)]
    if query.kind == "name" and query.radius_arcsec is None:
        return [place("search", ask)]
    results = html.Div([place("search-table", ask), place("search-sky", ask)], className="results")
    return [place("search", ask), results]
