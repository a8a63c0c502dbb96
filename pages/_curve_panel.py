"""The light curve of the object page with its class, colour and score lanes."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, cast

from dash import html
from dash.development.base_component import Component

from components.light_curve import class_legend, figure_box, legend, timeline_words
from components.panel import State, message, panel
from components.parts import code_menu, export_menu, segmented, view_button
from pages._light_curve import curve_facts
from pages._slots import Ask, panel_of, theme
from pages._subject import Subject, look_of, subject_of
from services.exports import file_stem
from services.fink.columns import LIGHT_CURVE
from services.house import House
from services.nights import FIRST_NIGHT, LAST_NIGHT, mjd, night_start_jd
from services.photometry import MODES, ModeKey, applicable, brightness
from services.snippets import light_curve as light_curve_snippet

MODE_WORDS = (
    ("diffmag", "Difference mag"),
    ("dcmag", "Apparent mag"),
    ("diffflux", "Difference flux"),
    ("dcflux", "Flux"),
)
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


def mode_of(ask: Ask) -> ModeKey:
    """Brightness mode in the address, difference magnitude unless it names one."""
    mode = str(ask.get("mode") or "diffmag")
    return cast("ModeKey", mode if mode in MODES else "diffmag")


@panel_of("light-curve", "Light curve, class and score", keys=("mode", "colour"))
def draw_light_curve(h: House, ask: Ask, wait: bool) -> Component | None:
    """Curve, class, colour and score on one time axis."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    look = look_of(subject.answer)
    mode, colour = mode_of(ask), ask.get("colour") != "0"
    tools = [
        segmented("mode", MODE_WORDS, mode, "Brightness"),
        view_button("g − r", {"colour": "0" if colour else None}, pressed=colour, className="btn small"),
        *look.tools("light-curve"),
        export_menu(_downloads(subject.object_id), figure="light-curve-figure"),
        code_menu(light_curve_snippet(subject.object_id, LIGHT_CURVE)),
    ]
    valid = int(subject.curve["tag"].eq("valid").sum())
    limits = int(subject.curve["tag"].eq("upperlim").sum())
    return panel(
        "light-curve",
        "Light curve, class and score",
        _curve_body(h, subject, ask, mode, colour, look.state),
        state=look.state,
        refreshing=look.refreshing,
        note=look.note or f"{_count(valid, 'detection')}, {_count(limits, 'limit')}",
        tools=tools,
        simulated=h.source.simulated,
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _curve_body(h: House, subject: Subject, ask: Ask, mode: ModeKey, colour: bool, state: State) -> list[Any]:
    why_not = applicable(subject.curve, mode)
    facts = curve_facts(subject.curve, mode, subject.candid, with_colour=colour)
    if why_not:
        use = view_button("Use the difference magnitude", {"mode": "diffmag"}, pressed=False, className="btn primary")
        body = message("empty", f"{MODES[mode].label} is not defined here", [why_not], [use])
        return [body, *timeline_words(facts, state.value)]
    lanes = ["class", "score", *(["colour"] if facts.colour is not None else [])]
    hidden = [key for key in str(ask.get("hide") or "").split(",") if key]
    mark = " SIMULATED" if h.source.simulated else ""
    box = figure_box(
        facts,
        id="light-curve-figure",
        lanes=lanes,
        theme=theme(),
        caption=f"{subject.object_id}, {h.source.label}{mark}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        file=file_stem(f"{subject.object_id}-{mode}", h.source),
        zoom=zoom_of(ask),
        steps=True,
    )
    notes = [html.P(words, className="quiet curve-note") for words in _curve_notes(subject, mode)]
    heads = html.Div([legend(facts.series, hidden=hidden), class_legend(facts)], className="curve-heads")
    return [heads, *notes, box, *timeline_words(facts, state.value)]


def _curve_notes(subject: Subject, mode: ModeKey) -> list[str]:
    notes = []
    if subject.stray:
        notes.append(f"Alert {subject.stray} is not in this light curve; the newest alert is selected instead.")
    if MODES[mode].total:
        detected = subject.curve[subject.curve["magpsf"].notna()]
        drawn = int(brightness(detected, mode)["value"].notna().sum())
        if drawn < len(detected):
            notes.append(
                f"{drawn} of {len(detected)} detections have a template source within 1.5″; the others have no "
                "reference to add to. Limits are those of the difference image."
            )
    return notes


def _downloads(object_id: str) -> list[tuple[str, str]]:
    kinds = (
        ("Light curve as CSV", "csv"),
        ("Light curve as VOTable", "vot"),
        ("Light curve as JSON", "json"),
    )
    return [(words, f"/export/object/{object_id}.{ext}") for words, ext in kinds]
