"""The light curve of the object page with its class, colour and score lanes."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, cast

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.light_curve import class_legend, figure_box, legend, selection_legend, timeline_words
from components.panel import Look, State, message, panel
from components.parts import code_menu, segmented, view_button
from components.take_away import cite_menu, take_away_menu
from pages._light_curve import curve_facts
from pages._slots import Ask, panel_of, theme
from pages._subject import Subject, look_of, subject_of
from services.exports import file_stem
from services.fink.columns import LIGHT_CURVE
from services.house import House
from services.nightly import BAND_OF
from services.nights import FIRST_NIGHT, LAST_NIGHT, MJD_ZERO_JD, UNIX_EPOCH_JD, mjd, moment_words, night_start_jd
from services.photometry import COLUMNS, MODES, Choice, ModeKey, applicable, brightness, suitable_mode
from services.snippets import light_curve as light_curve_snippet

MODE_WORDS = (
    ("diffmag", "Difference mag"),
    ("dcmag", "Apparent mag"),
    ("diffflux", "Difference flux"),
    ("dcflux", "Flux"),
)
FORMULA = "Flux = 10^(−0.4 m_ref) ± 10^(−0.4 m_diff), errors in quadrature."
"""Of the apparent brightness; services/photometry.py has the source."""
HEIGHT_PX, HEIGHT_PX_BEAMER = 560, 400
"""Typical heights of the figure, at 1080 lines and on a beamer with 720, for which the lanes are worked out."""
MJD_RANGE = (mjd(night_start_jd(FIRST_NIGHT)) - 365, mjd(night_start_jd(LAST_NIGHT)))
"""Times that a zoom can reasonably ask for; limits may be older than the first public night."""


def zoom_of(ask: Ask) -> list[float]:
    """Two or four numbers of ``zoom`` in the address, the first two MJD; anything else shows everything."""
    try:
        numbers = [float(x) for x in str(ask.get("zoom") or "").split(",") if x]
    except ValueError:
        return []
    if len(numbers) not in (2, 4) or not all(map(math.isfinite, numbers)):
        return []
    return numbers if MJD_RANGE[0] <= numbers[0] < numbers[1] <= MJD_RANGE[1] else []


def choice_of(ask: Ask, curve: pd.DataFrame) -> Choice:
    """Brightness mode in the address; without one that exists, the one that suits the object, and why."""
    mode = str(ask.get("mode") or "")
    return Choice(cast("ModeKey", mode), "") if mode in MODES else suitable_mode(curve)


def hidden_of(ask: Ask) -> list[str]:
    """Bands and kinds of points that the address hides."""
    return [key for key in str(ask.get("hide") or "").split(",") if key]


@panel_of("light-curve", "Light curve, class and score", keys=("mode", "colour", "axis"))
def draw_light_curve(h: House, ask: Ask, wait: bool) -> Component | None:
    """Curve, class, colour and score on one time axis."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    look = look_of(subject.answer)
    choice = choice_of(ask, subject.curve)
    valid = int(subject.curve["tag"].eq("valid").sum())
    limits = int(subject.curve["tag"].eq("upperlim").sum())
    return panel(
        "light-curve",
        "Light curve, class and score",
        _curve_body(h, subject, ask, choice, look.state),
        state=look.state,
        refreshing=look.refreshing,
        note=look.note or f"{_count(valid, 'detection')}, {_count(limits, 'limit')}",
        tools=_tools(subject.object_id, ask, choice.mode, look),
        simulated=h.source.simulated,
    )


def _tools(object_id: str, ask: Ask, mode: ModeKey, look: Look) -> list[Component]:
    colour, ago = _with_colour(ask), _with_ago(ask)
    return [
        segmented("mode", MODE_WORDS, mode, "Brightness"),
        view_button("g − r", {"colour": "0" if colour else "1"}, pressed=colour, className="btn small"),
        view_button("Days ago", {"axis": None if ago else "ago"}, pressed=ago, className="btn small"),
        *look.tools("light-curve"),
        cite_menu(object_id),
        take_away_menu(object_id, mode, "light-curve-figure"),
        code_menu(light_curve_snippet(object_id, LIGHT_CURVE)),
    ]


def _with_colour(ask: Ask) -> bool:
    """As the address says; by default where there is room for one more lane, which beamer type leaves none for."""
    said = ask.get("colour")
    return said == "1" if said in ("0", "1") else theme() != "beamer"


def _with_ago(ask: Ask) -> bool:
    return ask.get("axis") == "ago"


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def ranks_of(h: House, object_id: str) -> dict[str, int]:
    """Rank in its night of each alert that was among the oddest ten of it."""
    listed = h.index.history(object_id)
    pairs = zip(listed["candid"].tolist(), listed["rank"].tolist(), strict=True)
    return {str(candid): int(rank) for candid, rank in pairs if rank is not pd.NA and rank == rank}


def ago_origin(h: House, curve: pd.DataFrame) -> tuple[float, str]:
    """Moment from which days are counted (MJD), and what it is: now for live Fink, else the newest detection."""
    detected = curve["mjd"][curve["tag"].eq("valid")]
    if h.source.kind == "live" or detected.empty:
        now = datetime.now(UTC).timestamp() / 86400 + UNIX_EPOCH_JD
        return mjd(now), f"now, {moment_words(now)} UTC"
    newest = float(detected.max())
    return newest, f"the newest detection, {moment_words(newest + MJD_ZERO_JD)} UTC"


def _curve_body(h: House, subject: Subject, ask: Ask, choice: Choice, state: State) -> list[Any]:
    mode, hidden = choice.mode, hidden_of(ask)
    why_not = applicable(subject.curve, mode)
    ranks = ranks_of(h, subject.object_id)
    facts = curve_facts(subject.curve, mode, subject.candid, with_colour=_with_colour(ask), ranks=ranks)
    if why_not:
        use = view_button("Use the difference magnitude", {"mode": "diffmag"}, pressed=False, className="btn primary")
        body = message("empty", f"{MODES[mode].label} is not defined here", [why_not], [use])
        return [body, *timeline_words(facts, state.value)]
    origin, origin_words = ago_origin(h, subject.curve)
    ago = [f"Days before {origin_words}."] if _with_ago(ask) else []
    mark = " SIMULATED" if h.source.simulated else ""
    box = figure_box(
        facts,
        id="light-curve-figure",
        lanes=["class", "score", *(["colour"] if facts.colour is not None else [])],
        theme=theme(),
        caption=f"{subject.object_id}, {h.source.label}{mark}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        file=file_stem(f"{subject.object_id}-{mode}", h.source),
        zoom=zoom_of(ask),
        steps=True,
        height=HEIGHT_PX_BEAMER if theme() == "beamer" else HEIGHT_PX,
        hidden=hidden,
        ago_from=origin if _with_ago(ask) else None,
    )
    notes = " ".join([*selection_notes(subject), choice.reason, *_mode_notes(subject.curve, mode), *ago]).strip()
    heads = html.Div(
        [legend(facts.series, hidden=hidden, end=selection_legend(facts)), class_legend(facts)], className="curve-heads"
    )
    said = [html.P(notes, className="quiet curve-note")] if notes else []
    return [heads, *said, box, *timeline_words(facts, state.value)]


def selection_notes(subject: Subject) -> list[str]:
    """Why the selected alert is not the one that one would expect."""
    notes = []
    if subject.stray:
        notes.append(f"Alert {subject.stray} is not in this light curve; the newest scored alert is selected instead.")
    if subject.newer is not None:
        band = BAND_OF.get(int(subject.newer["fid"]), "?")
        when = moment_words(subject.newer["jd"])
        notes.append(f"The newest alert ({when} UTC, {band}) has no score; the newest one with a score is selected.")
    return notes


def _mode_notes(curve: pd.DataFrame, mode: ModeKey) -> list[str]:
    """How the total was made of two measurements, and what it can't say."""
    if not MODES[mode].total:
        return []
    detected = curve.loc[curve["magpsf"].notna(), [*COLUMNS]]
    behind = int(brightness(detected, "dcflux")["value"].notna().sum())
    drawn = int(brightness(detected, mode)["value"].notna().sum())
    notes = [FORMULA]
    if behind < len(detected):
        notes.append(f"{len(detected) - behind} of {len(detected)} detections have no source within 1.5″ to add to.")
    if drawn < behind:
        notes.append(f"{behind - drawn} lost more light than the reference has: no magnitude, see the flux.")
    if curve["tag"].eq("upperlim").any():
        notes.append("Limits: reference + 5σ.")
    return notes
