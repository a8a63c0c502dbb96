"""The tabs of the JWST page that measure: rows tampered with on purpose, and the search for parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

from components.figures.jwst_curves import CurveLine, curves_figure
from components.jwst import choice, figure_box
from components.jwst_trials import (
    blind_spot,
    comparison_table,
    confusion,
    draw_table,
    field,
    form,
    notes,
    predictive,
    running,
    select,
    type_table,
    waiting,
)
from components.panel import State, message, panel
from components.parts import code_menu, segmented, view_button
from pages._jwst import SOURCE_KEYS, judged_of, source_query
from pages._jwst_jobs import Job
from pages._jwst_measures import (
    BY,
    TYPE_WORDS,
    comparison_lines,
    draw_lines,
    predictive_lines,
    published_words,
    search_code,
    search_lines,
    search_words,
    trial_code,
    type_lines,
)
from pages._jwst_parts import absent, exports
from pages._jwst_runs import (
    DEFAULT_HUNT,
    MOST_SEED,
    PLACES,
    Measured,
    default_injection,
    hunt_of,
    injection_of,
    measured,
    searched,
)
from pages._jwst_runs import (
    DRAWS as LEAST_MOST_DRAWS,
)
from pages._jwst_session import Session
from pages._slots import Ask, panel_of, theme
from services.errors import InvalidQuery
from services.house import House
from services.jwst import inject
from services.jwst.evaluate import ALL
from services.jwst.verdicts import Judged

EVALUATE, COMPARISON, CONFUSION, CURVES = "jwst-evaluate", "jwst-comparison", "jwst-confusion", "jwst-curves"
SEARCH, DRAWS = "jwst-search", "jwst-draws"
TITLES = {
    EVALUATE: "Injection",
    COMPARISON: "Beside the seed’s numbers",
    CONFUSION: "Counts",
    CURVES: "ROC and precision-recall",
    SEARCH: "Search for parameters",
    DRAWS: "Sets that were tried",
}
FORM_KEYS = ("style", "strength", "place", "n", "iseed", "draws", "sseed")
KEYS = ("run", "search", "by", "etype", *FORM_KEYS)
STYLES = [(style.name, style.title) for style in inject.STYLES.values()]


def by_of(ask: Ask) -> str:
    """Detector in the address.

    Raises
    ------
    InvalidQuery
        There is none of that name.
    """
    by = str(ask.get("by") or "both")
    if by not in BY:
        raise InvalidQuery(f"There is no detector “{by[:40]}”.", example="both", field="by")
    return by


def _job_query(ask: Ask, kind: str) -> str:
    return source_query(ask, **{"kind": kind, kind: ask.get(kind)})


def _found(h: House, ask: Ask, *, start: bool) -> tuple[Session, Judged, Job[Measured] | None] | None:
    """The file, and the injection that the address asks for."""
    found = judged_of(h, ask)
    if found is None:
        return None
    injection = injection_of(ask, found[1])
    return *found, measured(*found, injection, start=start) if injection else None


@panel_of(EVALUATE, TITLES[EVALUATE], keys=(*SOURCE_KEYS, "run", "by"))
def draw_evaluate(h: House, ask: Ask, wait: bool) -> Component | None:
    """Form, progress, and results by product type."""
    found = _found(h, ask, start=True)
    if found is None:
        return absent(h, ask, EVALUATE, TITLES[EVALUATE])
    _, judged, job = found
    by = by_of(ask)
    results = _results(job, by, _job_query(ask, "run")) if job else [_invitation()]
    done = job is not None and job.state == "done"
    tools = [exports(ask, "evaluation", run=ask.get("run"))] if done else []
    simulated = judged.observations.schema.simulated
    return panel(
        EVALUATE,
        TITLES[EVALUATE],
        [_injection_form(ask, judged), *results],
        state=_state(job),
        note="rows that break no rule, tampered with on purpose; nothing of it stays in the file",
        tools=[segmented("by", [(key, words) for key, (words, _) in BY.items()], by, "Detector"), *tools,
               code_menu(trial_code(judged, injection_of(ask, judged) or default_injection(judged)))],
        simulated=simulated,
    )  # fmt: skip


def _state(job: Job[Any] | None) -> State:
    if job is None or job.state == "done":
        return State.READY
    return {"running": State.LOADING, "cancelled": State.EMPTY, "failed": State.UNAVAILABLE}[job.state]


def _invitation() -> Component:
    words = [
        "Some rows are altered as the seed’s sample alters them, or in one column, or so that nothing contradicts; "
        "then every detector judges all rows, and what it found is counted. Only the counting knows who was altered."
    ]
    return message("empty", "Nothing is injected yet", words)


def _results(job: Job[Measured], by: str, query: str) -> list[Any]:
    if job.state == "running":
        return [running(job.words, job.done, job.total, f"/jwst/job.json?{query}")]
    if job.state != "done":
        return [_ended(job, "run")]
    result = job.result
    metrics = result.trial.metrics[BY[by][1]]
    caption = f"{BY[by][0]}: {result.injection.words}"
    left = f" {result.left_out:,} rows of the file that break a rule were left out." if result.left_out else ""
    basis = (
        f"Into {result.base_rows:,} rows that break no rule.{left} "
        "For the rules alone, false positives are therefore 0 by construction: only a fresh export can tell. "
        "PPV at 20 %: how many of the flags are right where 20 % of the rows are tampered with."
    )
    blind = [blind_spot()] if result.injection.style == "aware" else []
    return [notes([f"{caption}. {basis}"]), *blind, type_table(type_lines(metrics), caption)]


def _ended(job: Job[Any], key: str) -> Component:
    """Cancelled, or failed: said as what it is."""
    if job.state == "cancelled":
        close = view_button("Clear", {key: None}, pressed=False, className="btn")
        return message("empty", "Cancelled", ["Nothing was counted. Run it again whenever you like."], [close])
    if isinstance(job.error, InvalidQuery):
        return message("cross", job.error.what, [f"What works: {job.error.example}."])
    return message(
        "warn", "This could not be computed", ["It is a defect in Oddfinch; the server’s log says what happened."]
    )


def _injection_form(ask: Ask, judged: Judged) -> Component:
    now = injection_of(ask, judged) or default_injection(judged)
    most = str(len(judged.verdict))
    fields = [
        select("What is altered", "style", STYLES, str(ask.get("style") or now.style)),
        field("Strength", "strength", "range", str(ask.get("strength") or f"{now.strength:g}")),
        select("Where", "place", PLACES, str(ask.get("place") or now.place)),
        field("Rows", "n", "number", str(ask.get("n") or now.count), min="1", max=most),
        field("Seed", "iseed", "number", str(ask.get("iseed") or now.seed), min="0", max=str(MOST_SEED)),
    ]
    hint = "Strength scales every change: at 100 % times grow by 10 to 30 %, wavelengths move by up to 80 nm."
    return form("run", fields, "Inject and measure", hint)


@panel_of(COMPARISON, TITLES[COMPARISON], keys=(*SOURCE_KEYS, "run"))
def draw_comparison(h: House, ask: Ask, wait: bool) -> Component | None:
    """Here, the seed's detector on the same rows, and what the seed published."""
    found = _found(h, ask, start=True)
    if found is None:
        return absent(h, ask, COMPARISON, TITLES[COMPARISON])
    _, judged, job = found
    simulated = judged.observations.schema.simulated
    if job is not None and job.state == "running":
        return _waits(COMPARISON, ask, "run", simulated)
    trial = job.result.trial if job is not None and job.state == "done" else None
    heads = ("", "Oddfinch", "Seed’s detector", "Seed, published")
    body = [comparison_table(heads, comparison_lines(trial)), notes(published_words(trial))]
    tools = [exports(ask, "comparison", run=ask.get("run"))] if trial else []
    note = "95 % Wilson intervals" if trial else "nothing is injected here yet"
    return panel(COMPARISON, TITLES[COMPARISON], body, note=note, tools=tools, simulated=simulated)


def _waits(name: str, ask: Ask, kind: str, simulated: bool) -> Component:
    body = waiting(f"/jwst/job.json?{_job_query(ask, kind)}")
    return panel(name, TITLES[name], body, state=State.LOADING, note="is being computed", simulated=simulated)


def _result(h: House, ask: Ask, name: str) -> Measured | Component:
    """The result of the injection, or what stands in its place."""
    found = _found(h, ask, start=True)
    if found is None:
        return absent(h, ask, name, TITLES[name])
    _, judged, job = found
    simulated = judged.observations.schema.simulated
    if job is not None and job.state == "done":
        return job.result
    if job is not None and job.state == "running":
        return _waits(name, ask, "run", simulated)
    body = message("empty", "Nothing is injected yet", ["Run an injection first."])
    return panel(name, TITLES[name], body, state=State.EMPTY, note="nothing here", simulated=simulated)


def _type_of(ask: Ask, result: Measured) -> str:
    """Product type in the address, if it has rows."""
    kind = str(ask.get("etype") or ALL)
    known = next(iter(result.trial.metrics.values()))
    return kind if known.get(kind) else ALL


def _type_choice(result: Measured, kind: str) -> Component:
    known = next(iter(result.trial.metrics.values()))
    choices = [("" if name == ALL else name, TYPE_WORDS.get(name, name)) for name, found in known.items() if found]
    return choice("etype", "Rows", choices, "" if kind == ALL else kind)


@panel_of(CONFUSION, TITLES[CONFUSION], keys=(*SOURCE_KEYS, "run", "by", "etype"))
def draw_confusion(h: House, ask: Ask, wait: bool) -> Component | None:
    """Confusion matrix, and what a flag is worth where tampering is rarer."""
    result = _result(h, ask, CONFUSION)
    if isinstance(result, Component):
        return result
    by, kind = by_of(ask), _type_of(ask, result)
    metrics = result.trial.metrics[BY[by][1]][kind]
    assert metrics is not None, "a type without rows is not chosen"
    numbers = metrics.true_positives, metrics.false_negatives, metrics.false_positives, metrics.true_negatives
    found = judged_of(h, ask)
    simulated = found is not None and found[1].observations.schema.simulated
    return panel(
        CONFUSION,
        TITLES[CONFUSION],
        [confusion(numbers, metrics.unscored), predictive(predictive_lines(metrics))],
        note=f"{BY[by][0]}, {TYPE_WORDS.get(kind, kind).lower()}",
        tools=[_type_choice(result, kind), exports(ask, "evaluation", run=ask.get("run"))],
        simulated=simulated,
    )


@panel_of(CURVES, TITLES[CURVES], keys=(*SOURCE_KEYS, "run", "etype"))
def draw_curves(h: House, ask: Ask, wait: bool) -> Component | None:
    """Curves of every detector."""
    result = _result(h, ask, CURVES)
    if isinstance(result, Component):
        return result
    kind = _type_of(ask, result)
    lines = _curves(result, kind)
    found = judged_of(h, ask)
    simulated = found is not None and found[1].observations.schema.simulated
    mark = "SIMULATED · " if simulated else ""
    box: Component = message("empty", "No curve", ["It needs tampered and clean rows that were scored."])
    if lines:
        box = figure_box(
            "jwst-curves-figure",
            curves_figure(lines, theme()),
            label="Curves of every detector; their areas are in the table",
            theme=theme(),
            caption=f"{mark}{result.injection.words}, {TYPE_WORDS.get(kind, kind).lower()}",
            file=f"jwst-curves{'-SIMULATED' if simulated else ''}",
        )
    files = exports(ask, "curves", figure=CURVES, run=ask.get("run"), etype=None if kind == ALL else kind)
    note = f"{TYPE_WORDS.get(kind, kind).lower()}; scored rows only"
    return panel(CURVES, TITLES[CURVES], box, note=note, tools=[files], simulated=simulated)


def _curves(result: Measured, kind: str) -> Sequence[CurveLine]:
    lines = []
    for words, name in BY.values():
        said = result.trial.metrics.get(name, {}).get(kind)
        if said and said.roc and said.precision_recall and said.auc is not None and said.average_precision is not None:
            roc, both = said.roc, said.precision_recall
            lines.append(CurveLine(words, said.auc, said.average_precision, (roc.x, roc.y), (both.x, both.y)))  # type: ignore[arg-type]
    return lines


@panel_of(SEARCH, TITLES[SEARCH], keys=(*SOURCE_KEYS, "search"))
def draw_search(h: House, ask: Ask, wait: bool) -> Component | None:
    """Form, progress, and what the best parameters do on the other half."""
    found = judged_of(h, ask)
    if found is None:
        return absent(h, ask, SEARCH, TITLES[SEARCH])
    judged, hunt = found[1], hunt_of(ask)
    job = searched(*found, hunt, start=True) if hunt else None
    body: list[Any] = [_search_form(ask)]
    if job is None:
        words = (
            "Parameters are drawn, tried on one half of the programmes, and the best are reported on the other half."
        )
        body.append(message("empty", "Nothing is searched yet", [words]))
    elif job.state == "running":
        body.append(running(job.words, job.done, job.total, f"/jwst/job.json?{_job_query(ask, 'search')}"))
    elif job.state != "done":
        body.append(_ended(job, "search"))
    else:
        heads = ("The forest alone, on the half that it was not tuned on", "Default", "Best of the search")
        body += [notes(search_words(job.result)), comparison_table(heads, search_lines(job.result))]
    done = job is not None and job.state == "done"
    return panel(
        SEARCH,
        TITLES[SEARCH],
        body,
        state=_state(job),
        note="worth knowing, and no substitute for the rules",
        tools=[*([exports(ask, "search", search=ask.get("search"))] if done else []),
               code_menu(search_code(judged, hunt or DEFAULT_HUNT))],
        simulated=judged.observations.schema.simulated,
    )  # fmt: skip


def _search_form(ask: Ask) -> Component:
    now = hunt_of(ask) or DEFAULT_HUNT
    low, high = map(str, LEAST_MOST_DRAWS)
    fields = [
        select("What is altered", "style", STYLES, str(ask.get("style") or now.style)),
        field("Strength", "strength", "range", str(ask.get("strength") or f"{now.strength:g}")),
        field("Draws", "draws", "number", str(ask.get("draws") or now.draws), min=low, max=high),
        field("Seed", "sseed", "number", str(ask.get("sseed") or now.seed), min="0", max=str(MOST_SEED)),
    ]
    return form(
        "search",
        fields,
        "Search for parameters",
        "One row of five is altered in each half; rows of one programme stay together.",
    )


@panel_of(DRAWS, TITLES[DRAWS], keys=(*SOURCE_KEYS, "search"))
def draw_draws(h: House, ask: Ask, wait: bool) -> Component | None:
    """Every set of parameters with its average precision."""
    found = judged_of(h, ask)
    if found is None:
        return absent(h, ask, DRAWS, TITLES[DRAWS])
    judged, hunt = found[1], hunt_of(ask)
    simulated = judged.observations.schema.simulated
    job = searched(*found, hunt, start=True) if hunt else None
    if job is not None and job.state == "running":
        return _waits(DRAWS, ask, "search", simulated)
    if job is None or job.state != "done":
        body = message("empty", "Nothing is searched yet", ["Run a search first."])
        return panel(DRAWS, TITLES[DRAWS], body, state=State.EMPTY, note="nothing here", simulated=simulated)
    note = "average precision on the tuning half"
    files = exports(ask, "search", search=ask.get("search"))
    return panel(
        DRAWS, TITLES[DRAWS], draw_table(draw_lines(job.result)), note=note, tools=[files], simulated=simulated
    )
