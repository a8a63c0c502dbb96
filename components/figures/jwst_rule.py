"""Observed against expected values of one rule: what keeps it is on its side of the line, or on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.figures.jwst_axes import (
    MARKS,
    Floats,
    Ints,
    axis,
    layout,
    ring,
    thinned,
    type_size,
)
from components.theme import paint

LOGARITHMIC_FROM = 20.0
"""Ratio of the largest to the smallest value from which the axes are logarithmic."""
CLOSE = 0.03
"""Where broken rows are closer to the line than this share of the axis, the difference is drawn, or none were seen."""
FARTHEST = 1e12


@dataclass(frozen=True)
class RuleFacts:
    """What the figure shows.

    Attributes
    ----------
    observed, expected
        Of all rows, shape (rows,), in `unit`; NaN where the rule cannot be checked.
    broken
        Shape (rows,): whether the rule is broken.
    unit
        Of both.
    selected
        Row with the ring.
    """

    observed: Floats
    expected: Floats
    broken: np.ndarray
    unit: str
    selected: int | None


def rule_figure(facts: RuleFacts, theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form; the line is where both are equal."""
    checkable = np.isfinite(facts.observed) & np.isfinite(facts.expected)
    kept = []
    for broken, words, mark in ((False, "holds", "consistent"), (True, "broken", "inconsistent")):
        rows = np.flatnonzero(checkable & (facts.broken == broken))
        if len(rows):
            kept.append((words, mark, thinned(rows, facts.selected), len(rows)))
    shown = np.concatenate([rows for _, _, rows, _ in kept]) if kept else np.zeros(0, dtype=np.int64)
    frame = _frame(facts, shown)
    data = [_line(frame), *[_points(facts, *one, frame=frame, theme=theme) for one in kept]]
    here = facts.selected
    if here is not None and checkable[here]:
        data.append(ring(_bounded(facts.expected[here]), float(_heights(facts, np.array([here]), frame)[0])))
    return paint({"data": data, "layout": _layout(facts.unit, frame, theme)}, theme)


@dataclass(frozen=True)
class _Frame:
    """Ends of both axes, whether they are logarithmic, and whether the difference is drawn."""

    x: tuple[float, float]
    y: tuple[float, float]
    log: bool
    difference: bool


def _frame(facts: RuleFacts, rows: Ints) -> _Frame:
    if not len(rows):
        return _Frame((0.0, 1.0), (0.0, 1.0), False, False)
    observed, expected = (np.clip(v[rows], -FARTHEST, FARTHEST) for v in (facts.observed, facts.expected))
    both = np.concatenate([observed, expected])
    low, high = float(both.min()), float(both.max())
    log = low > 0 and high / low >= LOGARITHMIC_FROM
    apart = np.abs(observed - expected)[facts.broken[rows]]
    if apart.size and float(np.median(apart)) < CLOSE * (high - low):
        return _Frame(_ends(expected, log), _ends(observed - expected, False), log, True)
    return _Frame(_ends(both, log), _ends(both, log), log, False)


def _ends(values: Floats, log: bool) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if log:
        return low / 1.3, high * 1.3
    margin = 0.06 * (high - low) or max(1.0, abs(high) * 0.01)
    return low - margin, high + margin


def _heights(facts: RuleFacts, rows: Ints, frame: _Frame) -> Floats:
    observed = np.clip(facts.observed[rows], -FARTHEST, FARTHEST)
    return observed - np.clip(facts.expected[rows], -FARTHEST, FARTHEST) if frame.difference else observed


def _bounded(value: float) -> float:
    return float(np.clip(value, -FARTHEST, FARTHEST))


def _line(frame: _Frame) -> dict[str, Any]:
    low, high = frame.x
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [low, high],
        "y": [0, 0] if frame.difference else [low, high],
        "line": {"color": "@text-3", "width": 1.2, "dash": "dash"},
        "name": "observed = expected",
        "hoverinfo": "skip",
        "meta": {"role": "equal"},
    }


def _points(
    facts: RuleFacts, words: str, mark: str, rows: Ints, total: int, *, frame: _Frame, theme: str
) -> dict[str, Any]:
    marker = dict(MARKS[mark])
    if theme == "beamer":
        marker["size"] = round(marker["size"] * 1.5)
    values = zip(rows.tolist(), facts.observed[rows].tolist(), strict=True)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [_bounded(value) for value in facts.expected[rows]],
        "y": [round(float(value), 6) for value in _heights(facts, rows, frame)],
        "customdata": [[row, observed] for row, observed in values],
        "marker": marker,
        "name": f"{words} {total:,}",
        "hovertemplate": "row %{customdata[0]}: %{customdata[1]:.8~g}, expected %{x:.8~g}<extra></extra>",
        "meta": {"role": words},
    }


def _layout(unit: str, frame: _Frame, theme: str) -> dict[str, Any]:
    size = type_size(theme)
    suffix = f", {unit}" if unit else ""
    y_log = frame.log and not frame.difference
    words = "Observed − expected" if frame.difference else "Observed"
    return layout(
        axis(f"Expected{suffix}", size, **_scale(frame.x, frame.log)),
        axis(f"{words}{suffix}", size, **_scale(frame.y, y_log)),
        theme,
    )


def _scale(ends: tuple[float, float], log: bool) -> dict[str, Any]:
    if log:
        low, high = (float(np.log10(value)) for value in ends)
        step: str | int = "D2" if high - low < 2 else max(1, round((high - low) / 6))
        return {"type": "log", "range": [low, high], "dtick": step}
    return {"range": list(ends), "tickformat": ",~g" if max(map(abs, ends)) < 1e7 else "~g"}
