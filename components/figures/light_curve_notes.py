"""Shapes and words of the light-curve figure: window, hairline, reference levels, spans without a class, headings.

Each is a dict in Plotly's form. Those named ``window`` and ``hairline`` are moved by the browser when one steps
through the alerts (assets/app.js), so they are there, perhaps invisible, even when no alert is selected.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from components.figures.light_curve_facts import LightCurveFacts, Span
from components.figures.light_curve_score import SCORE_WINDOW_D, is_scored
from components.figures.light_curve_traces import limits_beyond

WINDOW_WORDS = "30 d seen by the score"
WINDOW_ROOM = {False: 0.3, True: 0.45}
"""Share of the time axis that these words take at most, in beamer type or not, on a narrow screen."""
LEVEL_HEIGHT, LEVEL_WIDTH = {False: 0.08, True: 0.18}, {False: 0.16, True: 0.24}
"""Share of the curve's lane that the words of a reference level take, in beamer type or not."""
ERA_ROOM = 0.2
"""Share of the time axis that the words of a change of model take."""
RIBBON_MIDDLE = 0.62
"""Height of the class ribbon in its lane, which runs from 0 to 1."""

Note = dict[str, Any]


def shapes_of(facts: LightCurveFacts, lanes: Collection[str]) -> list[Note]:
    """All shapes: the window and the hairline of the selected alert first, then what stays."""
    at = facts.point(facts.selected)
    x = at[0] if at else 0.0
    window = _box("window", x - SCORE_WINDOW_D, x, "y domain", fillcolor="@window", line={"width": 0}, layer="below")
    hairline = {
        **_box("hairline", x, x, "paper", line={"color": "@accent", "width": 1.2, "dash": "dash"}, layer="below"),
        "type": "line",
        "visible": bool(at),
    }
    found = [{**window, "visible": is_scored(facts)}, hairline, *(_level(band, y) for band, y, _ in facts.reference)]
    if "class" in lanes:
        found += [_unanswered(span) for span in facts.spans if span.family is None]
    if "score" in lanes:
        found += [_era(mjd) for mjd, _ in facts.eras]
    return found


def _box(name: str, x0: float, x1: float, yref: str, **more: Any) -> Note:
    return {"name": name, "type": "rect", "xref": "x", "x0": x0, "x1": x1, "yref": yref, "y0": 0, "y1": 1, **more}


def _level(band: str, value: float) -> Note:
    line = {"color": f"@band-{band}", "width": 1.2, "dash": "6px,4px"}
    place = {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value}
    return {"type": "line", **place, "line": line, "layer": "below"}


def _era(mjd: float) -> Note:
    """Dashed line where one model of the score ends and another begins."""
    line = {"color": "@text-3", "width": 1, "dash": "4px,3px"}
    return {**_box("era", mjd, mjd, "y4 domain", line=line, layer="below"), "type": "line"}


def _unanswered(span: Span) -> Note:
    """Dashed outline in place of a filled bar: nobody gave a class."""
    line = {"color": "@text-3", "width": 1, "dash": "3px,3px"}
    place = {"x0": span.start_mjd, "x1": span.stop_mjd, "y0": 0.31, "y1": 0.93}
    return {"type": "rect", "xref": "x2", "yref": "y2", **place, "line": line}


def words_of(
    facts: LightCurveFacts,
    lanes: Collection[str],
    shown: tuple[float, float],
    bounds: tuple[float, float],
    *,
    beamer: bool,
    ago: bool = False,
) -> list[Note]:
    """All words in the figure; `shown` is the time range that is drawn first, `bounds` the values of the curve."""
    base: Note = {"showarrow": False, "font": {"size": 18 if beamer else 12, "color": "@text-2"}}
    first, last = facts.mjd_range()
    notes = _axis_words(base, lanes, beamer=beamer, ago=ago)
    if "class" in lanes:
        notes += [note for note in (_span_words(base, s, last - first) for s in facts.spans) if note["text"]]
    if "score" in lanes and not facts.scores:
        place = {"xref": "x domain", "x": 0.01, "xanchor": "left", "yref": "y4 domain", "y": 0.5}
        notes.append({**base, **place, "text": "No alert of this object was scored"})
    if "score" in lanes:
        notes += _era_words(base, facts, shown)
    notes += _level_words(base, facts, bounds, beamer)
    window = _window_words(base, facts, shown, WINDOW_ROOM[beamer], visible=is_scored(facts) and bool(lanes))
    if any(limits_beyond(s, facts, bounds) for s in facts.series):
        window["yshift"] = -32 if beamer else -20  # under the limits that are marked at the frame
    return [*notes, window]


def _axis_words(base: Note, lanes: Collection[str], *, beamer: bool, ago: bool) -> list[Note]:
    """Headings of the lines of ticks and of the ribbon, left of where the first label can reach."""
    left = {**base, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -12}
    below = {"yref": "paper", "y": 0, "yanchor": "top", "yshift": -7}
    second = {**below, "yshift": -31 if beamer else -23}
    if "class" not in lanes:
        left = {**left, "xshift": -28}
        return [{**left, **below, "text": "UTC"}, {**left, **second, "text": "MJD"}]
    above = {"xshift": -50 if beamer else -38, "yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 4}
    return [
        {**left, **above, "text": "UTC"},
        {**left, "yref": "y2", "y": RIBBON_MIDDLE, "yanchor": "middle", "text": "Class"},
        *([{**left, **below, "text": "Days ago"}] if ago else []),
        {**left, **(second if ago else below), "text": "MJD"},
    ]


def _span_words(base: Note, span: Span, width_d: float) -> Note:
    """Words over a span that has no filled bar to carry them: nobody's answer, or the hatch of Ambiguous."""
    share = (span.stop_mjd - span.start_mjd) / width_d
    place = {"xref": "x2", "x": (span.start_mjd + span.stop_mjd) / 2, "yref": "y2", "y": RIBBON_MIDDLE}
    if span.family is None:
        return {**base, **place, "text": span.label if share > 0.5 else "no answer" if share > 0.12 else ""}
    text = span.label if span.label == "Ambiguous" and share > 0.12 else ""
    return {**base, **place, "text": text, "bgcolor": "@panel", "borderpad": 1, "font": {"size": 12, "color": "@text"}}


def _level_words(base: Note, facts: LightCurveFacts, bounds: tuple[float, float], beamer: bool) -> list[Note]:
    """The words of each reference level on its line, side by side where the lines are too close together."""
    notes: list[Note] = []
    before, steps = None, 0
    for _, value, words in sorted(facts.reference, key=lambda level: level[1]):
        close = before is not None and abs(value - before) < LEVEL_HEIGHT[beamer] * (bounds[1] - bounds[0])
        steps = steps + 1 if close else 0
        place = {
            "xref": "x domain",
            "x": 0.99 - steps * LEVEL_WIDTH[beamer],
            "xanchor": "right",
            "yref": "y",
            "y": value,
        }
        notes.append({**base, **place, "yanchor": "bottom", "text": words})
        before = value
    return notes


def _era_words(base: Note, facts: LightCurveFacts, shown: tuple[float, float]) -> list[Note]:
    """The name of each new model beside its line, where the line before leaves room for it."""
    room = ERA_ROOM * (shown[1] - shown[0])
    notes: list[Note] = []
    before = -float("inf")
    for mjd, words in facts.eras:
        right = mjd + room <= shown[1]
        if (right or mjd - room >= shown[0]) and mjd - before >= (room if right else 2 * room):
            place = {"xref": "x", "x": mjd, "xanchor": "left" if right else "right", "xshift": 3 if right else -3}
            notes.append({**base, **place, "yref": "y4 domain", "y": 0, "yanchor": "bottom", "text": words})
            before = mjd
    return notes


def _window_words(
    base: Note, facts: LightCurveFacts, shown: tuple[float, float], share: float, *, visible: bool
) -> Note:
    """What the shaded window is, from its left edge on, or up to its right edge where the other end is too near."""
    at = facts.point(facts.selected)
    stop = at[0] if at else shown[0]
    start = max(stop - SCORE_WINDOW_D, shown[0])
    from_left = start + share * (shown[1] - shown[0]) <= shown[1]
    place = {"xref": "x", "x": start if from_left else stop, "xanchor": "left" if from_left else "right"}
    top = {"yref": "y domain", "y": 1, "yanchor": "top", "yshift": -4, "xshift": 4 if from_left else -4}
    return {**base, **place, **top, "text": WINDOW_WORDS, "name": "window", "visible": visible}
