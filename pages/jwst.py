"""The JWST page: which rows of a MAST export contradict themselves. ``/jwst``, ``/jwst?example=1&tampered=100``.

The rows are a file that somebody gives to this page, or the built-in example; no data source is asked.
"""

from __future__ import annotations

from typing import Any

import dash
import numpy as np
from dash import html
from dash.development.base_component import Component

from components.figures.jwst_axes import MOST_POINTS
from components.figures.jwst_rule import RuleFacts, rule_figure
from components.figures.jwst_sky import SkyFacts, sky_figure
from components.jwst import figure_box, filter_line, pager, row_rules, row_table, rule_counts, rule_table
from components.panel import State, message, panel
from components.parts import attrs, code_menu, icon_button, segmented, view_button
from pages import _jwst_source, _jwst_trials
from pages._jwst import (
    FILTER_KEYS,
    PAGE_ROWS,
    SOURCE_KEYS,
    Chosen,
    chosen_of,
    judged_of,
    limits_of,
    row_of,
    rule_of,
    whole,
)
from pages._jwst_lines import (
    all_pills,
    check_code,
    counted_rules,
    facts_of_row,
    pairs,
    row_lines,
    rule_choice,
    said_of_row,
    type_choice,
)
from pages._jwst_parts import absent, exports, nothing
from pages._slots import Ask, panel_of, place, shared_place, theme
from services.house import House, house
from services.jwst import rules

dash.register_page(__name__, path="/jwst", title="JWST · Oddfinch", order=4)

TABLE, COUNTS, ROW, SKY, PLOT, RULES = (
    *("jwst-table", "jwst-rule-counts", "jwst-row", "jwst-sky", "jwst-rule-plot", "jwst-rules"),
)
TITLES = {
    TABLE: "Verdicts",
    COUNTS: "Rows per rule",
    ROW: "The selected row",
    SKY: "On the sky",
    PLOT: "Observed against expected",
    RULES: "All rules",
}
TABS = (("verdicts", "Verdicts"), ("evaluate", "Injection"), ("search", "Search"))
DETECTORS = (("", "Oddfinch"), ("seed", "The seed’s detector"))
AREAS = {
    "jwst-zero": {"verdicts": _jwst_source.SCHEMA},
    "jwst-one": {"verdicts": TABLE, "evaluate": _jwst_trials.EVALUATE, "search": _jwst_trials.SEARCH},
    "jwst-two": {"verdicts": COUNTS, "evaluate": _jwst_trials.COMPARISON, "search": _jwst_trials.DRAWS},
    "jwst-three": {"verdicts": ROW, "evaluate": _jwst_trials.CONFUSION},
    "jwst-four": {"verdicts": SKY, "evaluate": _jwst_trials.CURVES},
    "jwst-five": {"verdicts": PLOT},
    "jwst-six": {"verdicts": RULES},
}
"""Places of the page, and which panel stands there in which tab."""
NOTHING = "jwst-nothing"


def tab_of(ask: Ask) -> str:
    """The tab in the address; the first one unless it names one."""
    return str(ask.get("tab")) if ask.get("tab") in dict(TABS) else TABS[0][0]


for _name, _panels in AREAS.items():
    shared_place(_name, lambda ask, panels=_panels: panels.get(tab_of(ask), NOTHING))  # type: ignore[misc]


@panel_of(NOTHING, "", keys=SOURCE_KEYS)
def draw_nothing(h: House, ask: Ask, wait: bool) -> Component | None:
    """Stands where a tab has no panel."""
    return nothing()


@panel_of("jwst-title", "JWST metadata integrity", keys=(*SOURCE_KEYS, "tab"))
def draw_title(h: House, ask: Ask, wait: bool) -> Component | None:
    """The numbers of the page in one line, and the tabs."""
    found = judged_of(h, ask)
    if found is None:
        words = "Which rows of a MAST export contradict themselves, and why"
        return html.Div([html.Span(words, className="facts"), absent(h, ask)], className="jwst-title")
    judged = found[1]
    counts = judged.counts()
    unusual = f", {counts['unusual']:,} are unusual" if counts["unusual"] else ""
    words = f" of {len(judged.verdict):,} rows contradict themselves or the archive’s own rules{unusual}"
    facts = html.Span([html.B(f"{counts['inconsistent']:,}"), words], className="facts")
    return html.Div([facts, segmented("tab", TABS, tab_of(ask), "What is shown")], className="jwst-title")


@panel_of(TABLE, TITLES[TABLE], keys=(*SOURCE_KEYS, *FILTER_KEYS, "sort", "page"))
def draw_table(h: House, ask: Ask, wait: bool) -> Component | None:
    """The rows with their verdicts and reasons."""
    chosen = chosen_of(h, ask)
    if chosen is None:
        return absent(h, ask, TABLE, TITLES[TABLE])
    pages = max(1, -(-len(chosen.rows) // PAGE_ROWS))
    page = min(whole(ask, "page", 1, 1, 999_999), pages)
    rows = chosen.rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    total = len(chosen.judged.verdict)
    choices = [choose(chosen) for choose in (rule_choice, type_choice)]
    filters = filter_line(all_pills(chosen), choices, len(chosen.rows), total)
    first = (page - 1) * PAGE_ROWS + 1
    shown: Component = _no_rows(chosen)
    if len(rows):
        shown = row_table(row_lines(chosen, rows), row_of(ask, chosen), str(ask.get("sort") or "rules"))
    foot = pager(page, pages, first, first + len(rows) - 1, len(chosen.rows)) if len(rows) else None
    dropped = chosen.seed_result is not None
    return panel(
        TABLE,
        TITLES[TABLE],
        [filters, shown, foot],
        state=State.READY if len(rows) else State.EMPTY,
        note=_seed_note(chosen) if dropped else "no row dropped; most rules broken first",
        tools=[
            segmented("detector", DETECTORS, str(ask.get("detector") or ""), "Whose verdicts"),
            exports(ask, "rows"),
            _code(chosen),
        ],
        simulated=chosen.simulated,
    )


def _seed_note(chosen: Chosen) -> str:
    assert chosen.seed_result is not None
    dropped = f"{len(chosen.seed_result.dropped):,} rows with an empty cell dropped"
    return f"ten plain features, 24.96 % always flagged; {dropped}"


def _no_rows(chosen: Chosen) -> Component:
    everything = {"only": "all", "rule": None, "type": None, "page": None, "row": None}
    use = view_button("Show all rows", everything, pressed=False, className="btn")
    total = f"{len(chosen.judged.verdict):,}"
    return message("empty", "No row passes these filters", [f"All {total} rows have a verdict; none is hidden."], [use])


def _code(chosen: Chosen) -> Component:
    return code_menu(check_code(chosen.judged))


@panel_of(COUNTS, TITLES[COUNTS], keys=(*SOURCE_KEYS, "rule"))
def draw_counts(h: House, ask: Ask, wait: bool) -> Component | None:
    """How many rows break each rule."""
    chosen = chosen_of(h, {**ask, "detector": None, "only": "all"})
    if chosen is None:
        return absent(h, ask, COUNTS, TITLES[COUNTS])
    lines = sorted((one for one in counted_rules(chosen.judged) if one.broken), key=lambda one: (one.hint, -one.broken))
    most = max((line.broken for line in lines), default=1)
    found = chosen.judged.counts()["inconsistent"]
    body: Any = rule_counts(lines, chosen.rule, most)
    if not lines:
        body = message("check", "No rule is broken", [f"{len(rules.RULES)} rules were checked; they are all below."])
    return panel(
        COUNTS,
        TITLES[COUNTS],
        html.Div(body, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Rows per rule"})),
        note=f"of {found:,} inconsistent; click for rows and values" if lines else "",
        tools=[exports(ask, "rules"), _code(chosen)],
        simulated=chosen.simulated,
    )


@panel_of(ROW, TITLES[ROW], keys=(*SOURCE_KEYS, *FILTER_KEYS, "sort", "page", "row"))
def draw_row(h: House, ask: Ask, wait: bool) -> Component | None:
    """All that the rules say of one row."""
    chosen = chosen_of(h, ask)
    if chosen is None:
        return absent(h, ask, ROW, TITLES[ROW])
    row = row_of(ask, chosen)
    if row is None:
        body = message("empty", "No row to show", ["No row passes the filters of the table."])
        return panel(ROW, TITLES[ROW], body, state=State.EMPTY, note="nothing here", simulated=chosen.simulated)
    name, facts, words = facts_of_row(chosen, row)
    link = icon_button("link", "Copy a link to this view", **{"data-copy-link": ""})
    return panel(
        ROW,
        f"Row {row:,}, every rule",
        html.Div(
            row_rules(name, facts, said_of_row(chosen.judged, row), words),
            className="scroll",
            tabIndex=0,
            role="group",
            **attrs({"aria-label": f"Row {row}", "data-jwst-shown": str(row)}),
        ),
        tools=[link, exports(ask, "row", row=row), _code(chosen)],
        simulated=chosen.simulated,
    )


@panel_of(SKY, TITLES[SKY], keys=(*SOURCE_KEYS, *FILTER_KEYS, "sort", "page", "row"))
def draw_sky(h: House, ask: Ask, wait: bool) -> Component | None:
    """Where the rows are."""
    chosen = chosen_of(h, ask)
    if chosen is None:
        return absent(h, ask, SKY, TITLES[SKY])
    frame, verdict = chosen.observations.frame, chosen.judged.verdict
    groups = {name: np.flatnonzero(verdict == name) for name in ("inconsistent", "unusual", "consistent")}
    ra, dec = (frame[name].to_numpy(dtype=np.float64) for name in ("s_ra", "s_dec"))
    missing = int((~np.isfinite(ra) | ~np.isfinite(dec)).sum())
    figure = sky_figure(SkyFacts(ra, dec, groups, row_of(ask, chosen)), theme())
    return _figure_panel(
        SKY,
        f"s_ra, s_dec{f'; {missing:,} rows have none' if missing else ''}{_thinned(chosen)}",
        chosen,
        figure,
        exports(ask, "sky", figure=SKY),
        "Positions of the rows on the sky; the same values are in the export",
    )


def _thinned(chosen: Chosen) -> str:
    """Said where not every row is drawn."""
    return f"; at most {MOST_POINTS:,} of a kind are drawn" if len(chosen.judged.verdict) > MOST_POINTS else ""


def _figure_panel(
    name: str, note: str, chosen: Chosen, figure: dict[str, Any], files: Component, label: str
) -> Component:
    observations = chosen.observations
    mark = "SIMULATED · " if chosen.simulated else ""
    box = figure_box(
        f"{name}-figure",
        figure,
        label=label,
        theme=theme(),
        caption=f"{mark}{TITLES[name]} · SHA-256 {observations.sha256[:12]}…",
        file=f"{name}{'-SIMULATED' if chosen.simulated else ''}",
    )
    return panel(name, TITLES[name], box, note=note, tools=[files, _code(chosen)], simulated=chosen.simulated)


@panel_of(PLOT, TITLES[PLOT], keys=(*SOURCE_KEYS, *FILTER_KEYS, "sort", "page", "row"))
def draw_plot(h: House, ask: Ask, wait: bool) -> Component | None:
    """Values of the chosen rule; of a rule over texts, the pairs that break it."""
    chosen = chosen_of(h, ask)
    if chosen is None:
        return absent(h, ask, PLOT, TITLES[PLOT])
    rule = rules.BY_NAME[rule_of(chosen)]
    observed, expected = chosen.judged.checked.values(rule.name)
    broken = (chosen.judged.checked.status[rule.name] == rules.BROKEN).to_numpy()
    files = exports(ask, "values", rule=rule.name, figure=PLOT if observed.dtype.kind == "f" else None)
    if observed.dtype.kind != "f":
        body = pairs(observed, expected, broken)
        return panel(
            PLOT, TITLES[PLOT], body, note=rule.title, tools=[files, _code(chosen)], simulated=chosen.simulated
        )
    facts = RuleFacts(observed, expected, broken, rule.unit, row_of(ask, chosen))
    label = f"Observed against expected values of the rule {rule.title}"
    return _figure_panel(
        PLOT, f"{rule.title}; {rule.tolerance}{_thinned(chosen)}", chosen, rule_figure(facts, theme()), files, label
    )


@panel_of(RULES, TITLES[RULES], keys=(*SOURCE_KEYS, "rule"))
def draw_rules(h: House, ask: Ask, wait: bool) -> Component | None:
    """Every rule with its source and tolerance."""
    chosen = chosen_of(h, {**ask, "detector": None, "only": "all"})
    if chosen is None:
        return absent(h, ask, RULES, TITLES[RULES])
    lines = counted_rules(chosen.judged)
    return panel(
        RULES,
        TITLES[RULES],
        rule_table(lines, chosen.rule),
        note=f"version {rules.RULES_VERSION}; tolerances were set after seeing 100 genuine rows: none broken, so "
        "up to 3 % false alarms are possible",
        tools=[exports(ask, "rules"), _code(chosen)],
        simulated=chosen.simulated,
    )


def layout(**query: Any) -> Component:
    """The page for an address; anything in the query that it does not know is ignored."""
    known = (*SOURCE_KEYS, *FILTER_KEYS, "sort", "page", "row", "tab", *_jwst_trials.KEYS)
    ask = {key: str(query[key]) for key in known if isinstance(query.get(key), str) and query[key]}
    title = html.Div([html.H1("JWST metadata integrity"), _held("jwst-title", ask)], className="title-row")
    return html.Div(
        [
            title,
            *[_held(name, ask) for name in (_jwst_source.LOAD, "jwst-zero")],
            html.Div(
                [
                    _held("jwst-one", ask),
                    html.Div([_held(name, ask) for name in ("jwst-four", "jwst-five")], className="jwst-pair"),
                ],
                className="jwst-main",
            ),
            html.Div([_held(name, ask) for name in ("jwst-two", "jwst-three")], className="jwst-side"),
            _held("jwst-six", ask),
        ],
        className="page jwst",
        **attrs({"data-page": "jwst", "data-jwst-max-bytes": str(limits_of(house()).max_bytes)}),
    )


def _held(name: str, ask: Ask) -> Component:
    """A slot that the browser asks for once it has added what only the tab knows: the token of its file."""
    return place(name, ask, after="jwst-nobody")
