"""Shapes and words of the light-curve figure: window, hairline, reference levels, spans without a class, headings.

Each is a dict in Plotly's form. Those named ``window`` and ``hairline`` are moved by the browser when one steps
through the alerts (assets/app.js), so they are there, perhaps invisible, even when no alert is selected.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from components.figures.light_curve_facts import LightCurveFacts, Span
from components.figures.time_axis import year_text

SCORE_WINDOW_D = 30.0
"""Length of the history in an alert packet, which is all that the anomaly score saw (FINK_API.md 2.2)."""
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
    found = [{**window, "visible": _is_scored(facts)}, hairline, *(_level(band, y) for band, y, _ in facts.reference)]
    if "class" in lanes:
        found += [_unanswered(span) for span in facts.spans if span.family is None]
    return found


def _is_scored(facts: LightCurveFacts) -> bool:
    """Whether the selected alert is drawn and has a score, so that there is a window to show."""
    return facts.point(facts.selected) is not None and facts.selected in {s.candid for s in facts.scores}


def _box(name: str, x0: float, x1: float, yref: str, **more: Any) -> Note:
    return {"name": name, "type": "rect", "xref": "x", "x0": x0, "x1": x1, "yref": yref, "y0": 0, "y1": 1, **more}


def _level(band: str, value: float) -> Note:
    line = {"color": f"@band-{band}", "width": 1.2, "dash": "6px,4px"}
    place = {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value}
    return {"type": "line", **place, "line": line, "layer": "below"}


def _unanswered(span: Span) -> Note:
    """Dashed outline in place of a filled bar: nobody gave a class."""
    line = {"color": "@text-3", "width": 1, "dash": "3px,3px"}
    place = {"x0": span.start_mjd, "x1": span.stop_mjd, "y0": 0.31, "y1": 0.93}
    return {"type": "rect", "xref": "x", "yref": "y2", **place, "line": line}


def words_of(facts: LightCurveFacts, lanes: Collection[str], *, beamer: bool) -> list[Note]:
    """All words in the figure."""
    base: Note = {"showarrow": False, "font": {"size": 18 if beamer else 12, "color": "@text-2"}}
    first, last = facts.mjd_range()
    notes = _axis_words(base, lanes, first, last, beamer=beamer)
    if "class" in lanes:
        notes += [note for note in (_span_words(base, s, last - first) for s in facts.spans) if note["text"]]
    if "score" in lanes and not facts.scores:
        place = {"xref": "x domain", "x": 0.01, "xanchor": "left", "yref": "y4 domain", "y": 0.5}
        notes.append({**base, **place, "text": "No alert of this object was scored"})
    notes += [_level_words(base, value, words) for _, value, words in facts.reference]
    return [*notes, _window_words(base, facts, first, visible=_is_scored(facts) and bool(lanes))]


def _axis_words(base: Note, lanes: Collection[str], first: float, last: float, *, beamer: bool) -> list[Note]:
    """Headings of the two lines of ticks and of the ribbon, and the year, printed once."""
    left = {**base, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -12 if lanes else -28}
    below = {"yref": "paper", "y": 0, "yanchor": "top"}
    year = {"xref": "paper", "x": 1, "xanchor": "right", **below, "yshift": -7, "name": "year"}
    words = [
        {**left, **below, "yshift": -7, "text": "UTC"},
        {
            **left,
            **below,
            "yshift": -31 if beamer else -23,
            "text": "MJD",
            "font": {**base["font"], "color": "@text-3"},
        },
        {**base, **year, "text": year_text(first, last), "visible": bool(lanes) and last - first <= 700},
    ]
    if "class" in lanes:
        words.append({**left, "yref": "y2", "y": RIBBON_MIDDLE, "yanchor": "middle", "text": "Class"})
    return words


def _span_words(base: Note, span: Span, width_d: float) -> Note:
    """Words over a span that has no filled bar to carry them: nobody's answer, or the hatch of Ambiguous."""
    share = (span.stop_mjd - span.start_mjd) / width_d
    place = {"xref": "x", "x": (span.start_mjd + span.stop_mjd) / 2, "yref": "y2", "y": RIBBON_MIDDLE}
    if span.family is None:
        return {**base, **place, "text": span.label if share > 0.5 else "no answer" if share > 0.12 else ""}
    text = span.label if span.label == "Ambiguous" and share > 0.12 else ""
    return {**base, **place, "text": text, "bgcolor": "@panel", "borderpad": 1, "font": {"size": 12, "color": "@text"}}


def _level_words(base: Note, value: float, words: str) -> Note:
    place = {"xref": "x domain", "x": 0.99, "xanchor": "right", "yref": "y", "y": value, "yanchor": "bottom"}
    return {**base, **place, "text": words}


def _window_words(base: Note, facts: LightCurveFacts, first: float, *, visible: bool) -> Note:
    at = facts.point(facts.selected)
    x = max(at[0] - SCORE_WINDOW_D, first) if at else first
    place = {"xref": "x", "x": x, "xanchor": "left", "xshift": 4}
    top = {"yref": "y domain", "y": 1, "yanchor": "top", "yshift": -4}
    return {**base, **place, **top, "text": "30 d seen by the score", "name": "window", "visible": visible}
