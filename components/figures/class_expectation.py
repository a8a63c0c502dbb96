"""Shares of classes among anomalies, with their intervals, beside those among all alerts of the same nights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.figures.class_histogram import margins
from components.theme import FONT, paint

ROW_PX = {"light": 30, "beamer": 44}
TALLEST_ROW_PX = {"light": 46, "beamer": 60}
TICKS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True)
class Comparison:
    """One class: its counts and shares (0 to 1) among anomalies and among all alerts, and their ratio."""

    label: str
    anomalies: int
    alerts: int
    share: float
    low: float
    high: float
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float


def height_range(rows: Sequence[Comparison], theme: str) -> tuple[int, int]:
    """Least and greatest handsome height (px)."""
    kind = "beamer" if theme == "beamer" else "light"
    return len(rows) * ROW_PX[kind] + 40, len(rows) * TALLEST_ROW_PX[kind] + 40


def expectation_figure(rows: Sequence[Comparison], theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form; ratio and counts are printed at the right."""
    data = [*_intervals(rows, theme), _shares(rows, theme), _expected(rows, theme)]
    return paint({"data": data, "layout": _layout(rows, theme)}, theme)


def factor(ratio: float) -> str:
    """A ratio with two digits that count.

    Examples
    --------
    >>> [factor(x) for x in (123.4, 12.3, 2.41, 0.241, 0.0024)]
    ['123', '12', '2.4', '0.24', '0.0024']
    """
    if ratio >= 9.95:
        return f"{ratio:,.0f}"
    return f"{ratio:.1f}" if ratio >= 0.995 else f"{ratio:.2g}"


def _intervals(rows: Sequence[Comparison], theme: str) -> list[dict[str, Any]]:
    x: list[float | None] = []
    y: list[float | None] = []
    for n, row in enumerate(rows):
        x += [row.low, row.high, None]
        y += [n, n, None]
    line = {"color": "@text", "width": 2.6 if theme == "beamer" else 1.6}
    return [{"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip",
             "meta": {"role": "intervals"}}]  # fmt: skip


def _shares(rows: Sequence[Comparison], theme: str) -> dict[str, Any]:
    marker = {"color": "@text", "size": 13 if theme == "beamer" else 9, "symbol": "circle"}
    return _points(rows, [row.share for row in rows], marker, "anomalies")


def _expected(rows: Sequence[Comparison], theme: str) -> dict[str, Any]:
    edge = {"color": "@text-2", "width": 2.4 if theme == "beamer" else 1.8}
    marker = {"color": "@panel", "size": 13 if theme == "beamer" else 9, "symbol": "circle", "line": edge}
    return _points(rows, [row.expected for row in rows], marker, "all alerts")


def _points(rows: Sequence[Comparison], x: list[float], marker: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": list(range(len(rows))),
        "marker": marker,
        "hoverinfo": "skip",
        "meta": {"role": role, "labels": [row.label for row in rows]},
    }


def _layout(rows: Sequence[Comparison], theme: str) -> dict[str, Any]:
    beamer = theme == "beamer"
    size = 18 if beamer else 12
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": margins([row.label for row in rows], theme, right=222 if beamer else 218),
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "showlegend": False,
        "dragmode": False,
        "hovermode": False,
        "xaxis": _shares_axis(rows, size, most=4 if beamer else 8),
        "yaxis": {
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": [row.label.replace("&", "&amp;").replace("<", "&lt;") for row in rows],
            "tickfont": {"size": size, "color": "@text"},
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "fixedrange": True,
            "automargin": False,
        },
        "annotations": _printed(rows, size),
    }


def _shares_axis(rows: Sequence[Comparison], size: int, most: int) -> dict[str, Any]:
    values = [value for row in rows for value in (row.low, row.high, row.share, row.expected) if value > 0]
    low, high = min(values, default=0.001), max(values, default=1.0)
    inside = [tick for tick in TICKS if low * 0.8 <= tick <= high * 1.2]
    step = math.ceil(len(inside) / most)
    ticks = inside[::step]
    return {
        "type": "log",
        "side": "top",
        "range": [math.log10(low * 0.85), math.log10(min(high * 1.15, 1.3))],
        "tickvals": ticks,
        "ticktext": [f"{100 * tick:g} %" for tick in ticks],
        "tickfont": {"size": size, "color": "@text-2"},
        "ticks": "",
        "tickangle": 0,
        "gridcolor": "@grid",
        "zeroline": False,
        "fixedrange": True,
        "automargin": False,
    }


def _printed(rows: Sequence[Comparison], size: int) -> list[dict[str, Any]]:
    """Counts and ratio of each row, under their heads; large type leaves no room for the ratio's interval."""
    large = size > 12
    first, second = (138, 216) if large else (84, 212)
    head = {"yref": "paper", "y": 1, "yanchor": "bottom", "yshift": 3}
    notes = [
        _note("counts", size, first, "@text-2", **head),
        _note("ratio" if large else "ratio (95 %)", size, second, "@text-2", **head),
    ]
    for n, row in enumerate(rows):
        counts = f"{row.anomalies:,} : {row.alerts:,}"
        notes.append(_note(counts, size, first, "@text-2", y=n))
        within = "" if large else f"  {factor(row.ratio_low)} to {factor(row.ratio_high)}"
        notes.append(_note(f"<b>×{factor(row.ratio)}</b>{within}", size, second, "@text", y=n))
    return notes


def _note(text: str, size: int, shift: int, colour: str, **place: Any) -> dict[str, Any]:
    across = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": shift}
    return {"text": text, "showarrow": False, "font": {"size": size, "color": colour}, **across, **place}
