"""The classes page: what the anomalies are. ``/classes``, ``/classes?from=2023-01-25&to=2023-05-22&spelling=raw``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.classes import (
    close_button,
    documented_button,
    family_key,
    figure_box,
    object_table,
    scope,
    unanswered,
)
from components.figures.class_histogram import height_range as histogram_heights
from components.figures.class_histogram import histogram_figure, percent
from components.figures.class_times import height_range as times_heights
from components.figures.class_times import times_figure
from components.panel import State, message, panel
from components.parts import attrs, export_menu, segmented, view_button
from pages import _class_expectation  # noqa: F401  # declares its panel
from pages._class_facts import (
    comparison_of,
    histogram_of,
    lines_of,
    objects_of,
    searches,
    table_of,
    times_of,
)
from pages._class_parts import (
    EXPECTATION,
    HISTOGRAM,
    OBJECTS,
    TABLE,
    TIMES,
    TITLES,
    all_nights,
    caption,
    code,
    file_stem,
    files,
    instead,
    nothing_yet,
    spelling_words,
)
from pages._classes import (
    COUNT_KEYS,
    DEFAULT_DAYS,
    DOCUMENTED,
    KEYS,
    Counted,
    View,
    counted,
    with_note,
)
from pages._slots import Ask, panel_of, place, theme
from services.class_counts import NO_ANSWER, rows_with
from services.errors import InvalidQuery, Unavailable
from services.house import House, house
from services.taxonomy import FAMILIES

dash.register_page(__name__, path="/classes", title="Classes · Oddfinch", order=1)

SPELLINGS = (("merged", "Merged"), ("raw", "Raw labels"), ("family", "Families"))
SPELLINGS_OF_TNS = (("merged", "Types"), ("family", "Families"))
BINS = (("night", "Night"), ("week", "Week"), ("month", "Month"))
MOST_OBJECTS = 300
DOCUMENTED_VIEW: Mapping[str, Any] = {
    **dict(zip(("from", "to"), map(str, DOCUMENTED), strict=True)),
    "night": None,
    "by": "simbad",
    "spelling": "raw",
    "unit": "alerts",
    "scale": "linear",
    "pick": None,
}


@panel_of("class-title", "Classes", keys=COUNT_KEYS)
def draw_title(h: House, ask: Ask, wait: bool) -> Component | None:
    """The numbers of the page in one line; the browser asks again while months are missing."""
    try:
        found = counted(h, ask, wait=wait)
    except (InvalidQuery, Unavailable):  # the panels say what is wrong
        return html.Span(className="facts")
    if found is None:
        return None
    nights, classes = found.nights, found.counts["kind"].eq("class").sum()
    things = nights.rows["object_id"].nunique() if found.view.unit == "objects" else len(nights.rows)
    raw = found.view.spelling == "raw"
    names = "families" if found.view.spelling == "family" else "labels" if raw else "classes"
    partial = {} if nights.complete else {"data-partial": str(h.index.version)}
    so_far = "" if nights.complete else " so far"
    by_default = not any(ask.get(key) for key in ("from", "to", "night"))
    words = f" · the {DEFAULT_DAYS} nights to the newest, {nights.words}" if by_default else f" · {nights.words}"
    return html.Span(
        [
            html.B(f"{things:,}"),
            " anomalous objects · " if found.view.unit == "objects" else " anomalous alerts · ",
            html.B(f"{len(found.counts) if raw else classes:,}"),
            f" {names}{so_far}{words}",
        ],
        className="facts",
        **attrs(partial),
    )


@panel_of(HISTOGRAM, TITLES[HISTOGRAM], keys=(*COUNT_KEYS, "scale", "pick"))
def draw_histogram(h: House, ask: Ask, wait: bool) -> Component | None:
    """Counts of every label as bars, what is not a class apart."""
    found = counted(h, ask, wait=wait, also=("scale",))
    if found is None:
        return None
    other = instead(h, HISTOGRAM, found)
    if other is not None:
        return other
    view, look = found.view, found.nights.look
    facts = histogram_of(found)
    title = f"{view.unit.capitalize()} per {'family' if view.spelling == 'family' else 'class'}"
    box = figure_box(
        "class-histogram-figure",
        histogram_figure(facts, theme()),
        histogram_heights(facts.bars, theme()),
        label=f"{title}: the same counts are in the table below",
        theme=theme(),
        caption=caption(h, found, f"{title}, {spelling_words(view)}"),
        file=file_stem(h, found, "classes"),
        rows=[bar.label for bar in facts.bars],
    )
    names = {**FAMILIES, "NA": "Not a class"}
    families = [(code, names[code]) for code in FAMILIES if found.counts["family"].eq(code).any()]
    return panel(
        HISTOGRAM,
        title,
        [family_key(families), box, _unanswered(found)],
        state=look.state,
        note=with_note(look, f"{found.giver}, {spelling_words(view)}").note,
        tools=[
            _spellings(view),
            *look.tools(HISTOGRAM),
            export_menu(files(found, "classes"), figure="class-histogram-figure"),
            code(h, found),
        ],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def _spellings(view: View) -> Component:
    """TNS has one spelling: there is nothing to merge."""
    if view.by == "tns":
        return segmented("spelling", SPELLINGS_OF_TNS, "family" if view.spelling == "family" else "merged", "Labels")
    return segmented("spelling", SPELLINGS, view.spelling, "Labels")


def _unanswered(found: Counted) -> Component | None:
    """The labels behind "did not answer"; as they are among the rest, they need no words."""
    silent = found.counts[found.counts["kind"] == "no answer"]
    if silent.empty or found.view.spelling == "raw":
        return None
    row = silent.iloc[0]
    alerts = f"{row['alerts']:,} alert{'' if row['alerts'] == 1 else 's'}"
    words = f"No answer, not a class: {alerts}, {percent(row['alerts'] / len(found.nights.rows))}"
    return unanswered(words, f"{row['raw']}.", {"pick": NO_ANSWER[found.view.by]})


@panel_of(TIMES, TITLES[TIMES], keys=(*COUNT_KEYS, "bin"))
def draw_times(h: House, ask: Ask, wait: bool) -> Component | None:
    """Counts of the largest classes in each night, week or month."""
    found = counted(h, ask, wait=wait, also=("bin",))
    if found is None:
        return None
    other = instead(h, TIMES, found)
    if other is not None:
        return other
    look = found.nights.look
    facts, foot = times_of(found)
    box = figure_box(
        "class-times-figure",
        times_figure(facts, theme()),
        times_heights(facts, theme()),
        label=f"{found.view.unit.capitalize()} of each class by {facts.step}",
        theme=theme(),
        caption=caption(h, found, f"{found.view.unit.capitalize()} by class and {facts.step}"),
        file=file_stem(h, found, f"classes-by-{facts.step}"),
        hover=True,
    )
    return panel(
        TIMES,
        f"Class by {facts.step}",
        [box, html.P(foot, className="quiet foot")],
        state=look.state,
        note=with_note(look, f"{found.view.unit}, {found.giver}").note,
        tools=[
            segmented("bin", BINS, facts.step, "One column is a"),
            *look.tools(TIMES),
            export_menu(files(found, "class-times", bin=facts.step), figure="class-times-figure"),
            code(h, found),
        ],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


@panel_of(TABLE, TITLES[TABLE], keys=(*COUNT_KEYS, "pick"))
def draw_table(h: House, ask: Ask, wait: bool) -> Component | None:
    """All numbers of the page in one table."""
    found = counted(h, ask, wait=wait)
    if found is None:
        return None
    other = instead(h, TABLE, found)
    if other is not None:
        return other
    look = found.nights.look
    compared = comparison_of(h, found, wait=False, partial=True)
    loading = compared is None or compared.loading
    words = f"{len(found.counts)} rows, {len(found.nights.rows):,} alerts of {found.nights.words}"
    return panel(
        TABLE,
        TITLES[TABLE],
        table_of(lines_of(found, compared), found.view),
        state=look.state,
        note=with_note(look, f"{words}; click a label for its objects").note,
        tools=[*look.tools(TABLE), export_menu(files(found, "classes")), code(h, found)],
        refreshing=look.refreshing or loading,
        simulated=h.source.simulated,
    )


@panel_of(OBJECTS, TITLES[OBJECTS], keys=(*COUNT_KEYS, "pick"))
def draw_objects(h: House, ask: Ask, wait: bool) -> Component | None:
    """The objects behind one bar; nothing while no bar is chosen."""
    if not ask.get("pick"):
        return html.Div(className="no-class")
    found = counted(h, ask, wait=wait)
    if found is None:
        return None
    view, look = found.view, found.nights.look
    rows = rows_with(found.nights.rows, view.pick, view.by, view.spelling, types=found.types)
    if rows.empty:
        return _no_objects(h, found) if found.nights.complete else nothing_yet(h, OBJECTS, found)
    objects = objects_of(rows, found)
    shown = f"the {MOST_OBJECTS} listed last of {len(objects):,}" if len(objects) > MOST_OBJECTS else f"{len(objects)}"
    links = [html.A(f"Search {words}", href=href, className="btn small") for words, href in searches(rows, found)]
    return panel(
        OBJECTS,
        f"Objects: {view.pick}",
        [object_table(objects[:MOST_OBJECTS]), html.Div(links, className="row foot") if links else None],
        state=look.state,
        note=f"{shown} object{'' if len(objects) == 1 else 's'}, {len(rows):,} alerts, {found.nights.words}",
        tools=[
            *look.tools(OBJECTS),
            export_menu(files(found, "class-objects", pick=view.pick)),
            code(h, found),
            close_button(),
        ],
        simulated=h.source.simulated,
    )


def _no_objects(h: House, found: Counted) -> Component:
    view = found.view
    text = f"Asked for {view.column} {view.pick}, {spelling_words(view)}, {found.nights.words}."
    close = view_button("Close the list", {"pick": None}, pressed=False, className="btn")
    body = message("empty", f"No anomalies with the label {view.pick}", [text], [close])
    return panel(OBJECTS, view.pick, body, state=State.EMPTY, note="nothing here", simulated=h.source.simulated)


def _presets(h: House) -> list[tuple[str, Mapping[str, Any]]]:
    end = h.source.last_night or datetime.now(UTC).date()
    year = max(h.source.first_night, end - timedelta(days=364))
    return [
        (f"The {DEFAULT_DAYS} nights to the newest", {"from": None, "to": None, "night": None}),
        ("The last year", {"from": str(year), "to": None, "night": None}),
        ("All nights", all_nights(h)),
    ]


def layout(**query: Any) -> Component:
    """The page for an address; anything in the query that it does not know is ignored."""
    ask = {key: str(query[key]) for key in KEYS if isinstance(query.get(key), str) and query[key]}
    view = {"by": "simbad", "unit": "alerts", "scale": "linear"} | {
        key: ask[key] for key in ("by", "unit", "scale") if key in ask
    }
    first, last = ask.get("from") or ask.get("night", ""), ask.get("to") or ask.get("night", "")
    title = [
        html.H1("Classes"),
        place("class-title", ask),
        html.Span(documented_button(DOCUMENTED_VIEW), className="scope"),
        scope(view, _presets(house()), first, last),
    ]
    facts = {"data-page": "classes", **({"data-picked": ""} if ask.get("pick") else {})}
    progress: dict[str, Any] = {"data-poll": "/index.json", "data-version": str(house().index.version)}
    return html.Div(
        [
            html.Div(title, className="title-row"),
            *[place(name, ask) for name in (HISTOGRAM, OBJECTS, TIMES, EXPECTATION, TABLE)],
            html.Div(id="index-progress", className="index-progress", role="status", **progress),
        ],
        className="page classes",
        **attrs(facts),
    )
