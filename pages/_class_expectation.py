"""The panel that compares the classes of the anomalies with those of all alerts."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html
from dash.development.base_component import Component

from components.classes import figure_box
from components.figures.class_expectation import expectation_figure, height_range
from components.panel import Look, State, freshness, message, panel
from components.parts import export_menu, view_button
from pages._class_facts import Compared, comparison_of, left_out_words
from pages._class_parts import EXPECTATION, TITLES, caption, code, empty, file_stem, files
from pages._classes import COUNT_KEYS, Counted, counted, with_note
from pages._slots import Ask, panel_of, theme
from services.house import House


@panel_of(EXPECTATION, TITLES[EXPECTATION], keys=COUNT_KEYS)
def draw_expectation(h: House, ask: Ask, wait: bool) -> Component | None:
    """Shares among the anomalies against shares among all alerts of the same nights."""
    found = counted(h, ask, wait=wait)
    if found is None:
        return None
    if found.nights.rows.empty:
        return empty(h, EXPECTATION, found)
    if found.view.by == "tns":
        return _no_statistics(h)
    compared = comparison_of(h, found, wait=wait)
    if compared is None:
        return None
    if not compared.facts.nights and compared.trouble:
        raise compared.trouble
    look = _look_of(found.nights.look, compared)
    tools = [
        html.Span([html.I(className="full"), "anomalies", html.I(className="open"), "all alerts"], className="dots"),
        *look.tools(EXPECTATION),
        export_menu(files(found, "classes"), figure="class-expectation-figure"),
        code(h, found),
    ]
    return panel(
        EXPECTATION,
        TITLES[EXPECTATION],
        _expectation_body(h, found, compared),
        state=State.LOADING if compared.loading and not compared.facts.nights else look.state,
        note=with_note(look, "share among anomalies, and among all alerts of the same nights").note,
        tools=tools,
        refreshing=look.refreshing or compared.loading,
        simulated=h.source.simulated,
    )


def _look_of(look: Look, compared: Compared) -> Look:
    if compared.trouble and look.state is State.READY:
        return freshness(compared.as_of or datetime.now(UTC), stale=True, failing=True)
    return look


def _no_statistics(h: House) -> Component:
    text = "Fink's nightly statistics count alerts by Fink's and SIMBAD's classes; no statistics of TNS types exist."
    use = view_button("Compare SIMBAD's labels", {"by": "simbad"}, pressed=False, className="btn")
    body = message("empty", "Not available for TNS types", [text], [use])
    return panel(
        EXPECTATION,
        TITLES[EXPECTATION],
        body,
        state=State.EMPTY,
        note="not available",
        simulated=h.source.simulated,
    )


def _expectation_body(h: House, found: Counted, compared: Compared) -> list[Component]:
    if compared.loading and not compared.facts.nights:
        return [message("clock", "Fink's nightly statistics are on their way", ["They are fetched year by year."])]
    words = [html.P(text, className="quiet foot") for text in left_out_words(compared.facts, found)]
    if not compared.rows:
        return [
            message("empty", "Nothing to compare", ["No class of these anomalies is in Fink's statistics."]),
            *words,
        ]
    box = figure_box(
        "class-expectation-figure",
        expectation_figure(compared.rows, theme()),
        height_range(compared.rows, theme()),
        label="Shares among anomalies and among all alerts; the same numbers are in the table below",
        theme=theme(),
        caption=caption(h, found, "Share among anomalies and among all alerts, 95 % Wilson intervals"),
        file=file_stem(h, found, "class-shares"),
        rows=[row.label for row in compared.rows],
    )
    return [box, *words]
