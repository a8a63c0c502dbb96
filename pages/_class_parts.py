"""What the panels of the classes page share: their names, what stands in place of counts, files, code."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from components.panel import State, message, panel
from components.parts import code_menu, view_button
from pages._classes import Counted, View, address, mirror_of
from services import exports
from services.class_code import class_script
from services.class_counts import labels_of
from services.house import House

HISTOGRAM = "class-histogram"
TIMES = "class-by-night"
EXPECTATION = "class-expectation"
TABLE = "class-table"
OBJECTS = "class-objects"
TITLES = {
    HISTOGRAM: "Classes",
    TIMES: "Class by night",
    EXPECTATION: "Which classes are over-represented",
    TABLE: "Counts",
    OBJECTS: "Objects of one class",
}
FORMATS = (("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json"), ("Parquet", "parquet"))
SPELLING_WORDS = {
    "merged": "old and new spellings merged",
    "raw": "labels as given",
    "family": "families of classes",
}


def empty(h: House, name: str, found: Counted) -> Component:
    """A true nothing, with the question."""
    nights = found.nights
    if not nights.complete:
        return nothing_yet(h, name, found)
    said = f"{h.source.label} {'has no such nights' if nights.outside else 'answered: 0 rows'}."
    body = message(
        "empty",
        f"No anomalies {'on' if nights.first == nights.last else 'from'} {nights.words}",
        [f"Asked for {nights.query['from']} to {nights.query['to']}. {said}"],
        [view_button("All nights", all_nights(h), pressed=False, className="btn")],
    )
    return panel(name, TITLES[name], body, state=State.EMPTY, note="nothing here", simulated=h.source.simulated)


def nothing_yet(h: House, name: str, found: Counted) -> Component:
    """No rows so far: nobody knows yet whether that is all."""
    nights = found.nights
    if nights.trouble:
        raise nights.trouble
    text = f"{nights.known} of {nights.months} months are here, without anomalies; the newest come first."
    return panel(
        name,
        TITLES[name],
        message("clock", "The history is on its way", [text]),
        state=State.LOADING,
        note=nights.look.note,
        refreshing=True,
        simulated=h.source.simulated,
    )


def _no_types(h: House, name: str, found: Counted) -> Component | None:
    """Instead of a histogram of nothing: no mirror of TNS, and no type that Fink matched itself."""
    if found.view.by != "tns" or found.counts["kind"].eq("class").any():
        return None
    mirror = mirror_of(h)
    if mirror.rows:
        return None  # an answer: none of them is classified
    text = (
        "No alert of these nights carries a TNS type of its own: Fink has written d:tns into its alerts since 2025, "
        "for classified entries only. This says nothing about the objects themselves."
    )
    use = view_button("SIMBAD instead", {"by": "simbad"}, pressed=False, className="btn")
    title = f"{h.source.label} has no TNS table" if mirror.rows == 0 else "The TNS mirror is not here yet"
    return panel(
        name,
        TITLES[name],
        message("warn", title, [text], [use]),
        state=State.UNAVAILABLE,
        note="the mirror is on its way" if mirror.loading else "no TNS types",
        refreshing=mirror.loading,
        simulated=h.source.simulated,
    )


def instead(h: House, name: str, found: Counted) -> Component | None:
    """What stands in place of a panel that has nothing to count."""
    return empty(h, name, found) if found.nights.rows.empty else _no_types(h, name, found)


def caption(h: House, found: Counted, words: str) -> str:
    mark = f", {exports.SIMULATED}" if h.source.simulated else ""
    return f"{words}, {found.nights.words}, {found.giver}, {h.source.label}{mark}"


def file_stem(h: House, found: Counted, stem: str) -> str:
    return exports.file_stem(f"{stem}_{found.nights.first}_{found.nights.last}", h.source)


def files(found: Counted, what: str, **more: str) -> list[tuple[str, str]]:
    query = address(found.nights, found.view, **more)
    return [(words, f"/export/{what}.{extension}?{query}") for words, extension in FORMATS]


def code(h: House, found: Counted) -> Component:
    view, nights = found.view, found.nights
    labels = labels_of(nights.rows, view.by)  # a script for Fink has no mirror
    return code_menu(class_script(nights.first, nights.last, view.by, view.spelling, view.unit, h.source, labels))


def spelling_words(view: View) -> str:
    return SPELLING_WORDS["raw" if view.by == "tns" and view.spelling == "merged" else view.spelling]


def all_nights(h: House) -> dict[str, Any]:
    return {"from": str(h.source.first_night), "to": None, "night": None}
