"""Counts of classes as horizontal bars in the colours of their families, what is not a class apart below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.theme import FONT, paint

ROW_PX = {"light": 22, "beamer": 32}
TALLEST_ROW_PX = {"light": 44, "beamer": 54}
GAP = 1.0
"""Rows left free above what is not a class; its heading stands there."""
LEAST = 0.5
"""Where bars begin on a logarithmic axis, so that a bar of 1 has a length."""
LETTER_PX = {"light": 6.9, "beamer": 10.4}
LONGEST_PX = {"light": 210, "beamer": 300}


@dataclass(frozen=True)
class Bar:
    """One bar: its label, count, part of all (0 to 1), family, and whether it is a class at all."""

    label: str
    count: int
    share: float
    family: str
    apart: bool = False


@dataclass(frozen=True)
class HistogramFacts:
    """What the figure shows.

    Attributes
    ----------
    bars
        From top to bottom; those that are no classes last, where they stand apart.
    log
        Whether the axis is logarithmic.
    unit
        What is counted, for the title of the axis.
    picked
        Label of the bar whose objects are listed; "" for none.
    heading
        What stands over the bars that are apart.
    """

    bars: Sequence[Bar]
    log: bool
    unit: str
    picked: str = ""
    heading: str = ""


def kind_of(theme: str) -> str:
    """Sizes of a theme: those of the beamer are larger."""
    return "beamer" if theme == "beamer" else "light"


def positions(bars: Sequence[Bar]) -> list[float]:
    """Place of each bar on the axis, downwards from 0."""
    first = next((n for n, bar in enumerate(bars) if bar.apart), len(bars))
    gap = GAP if 0 < first < len(bars) else 0.0
    return [n + (gap if n >= first else 0.0) for n in range(len(bars))]


def margins(labels: Sequence[str], theme: str, *, top: int = 26, right: int = 16) -> dict[str, int]:
    """Room for labels at the left, as far as they need it."""
    kind = kind_of(theme)
    longest = max((len(label) for label in labels), default=0)
    left = min(LONGEST_PX[kind], round(longest * LETTER_PX[kind]) + 18)
    return {"l": max(left, 60), "r": right, "t": top + (10 if kind == "beamer" else 0), "b": 8}


def height_range(bars: Sequence[Bar], theme: str) -> tuple[int, int]:
    """Least and greatest handsome height (px)."""
    rows = (positions(bars)[-1] if bars else 0) + 1
    edge = 44
    return round(rows * ROW_PX[kind_of(theme)]) + edge, round(rows * TALLEST_ROW_PX[kind_of(theme)]) + edge


def histogram_figure(facts: HistogramFacts, theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form; every number in it is printed."""
    data = [trace for trace in (_bars(facts), *_outlines(facts), _numbers(facts, theme)) if trace]
    return paint({"data": data, "layout": _layout(facts, theme)}, theme)


def _start(facts: HistogramFacts) -> float:
    return LEAST if facts.log else 0.0


def _bars(facts: HistogramFacts) -> dict[str, Any]:
    drawn = [(y, bar) for y, bar in zip(positions(facts.bars), facts.bars, strict=True) if bar.family != "NA"]
    return {
        "type": "bar",
        "orientation": "h",
        "x": [bar.count for _, bar in drawn],
        "y": [y for y, _ in drawn],
        "width": 0.66,
        "marker": {
            "color": [f"@fam-{bar.family.lower()}" for _, bar in drawn],
            "pattern": {"shape": ["/" if bar.label == "Ambiguous" else "" for _, bar in drawn], "solidity": 0.5},
        },
        "hoverinfo": "skip",
        "meta": {"role": "bars", "labels": [bar.label for _, bar in drawn]},
    }


def _outlines(facts: HistogramFacts) -> list[dict[str, Any]]:
    """What is not a class has no fill: a dashed outline cannot be read as one."""
    left = _start(facts)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [left, bar.count, bar.count, left, left],
            "y": [y - 0.33, y - 0.33, y + 0.33, y + 0.33, y - 0.33],
            "line": {"color": "@text-3", "width": 1.2, "dash": "3px,3px"},
            "hoverinfo": "skip",
            "meta": {"role": "outline", "label": bar.label},
        }
        for y, bar in zip(positions(facts.bars), facts.bars, strict=True)
        if bar.family == "NA"
    ]


def _numbers(facts: HistogramFacts, theme: str) -> dict[str, Any]:
    size = 18 if theme == "beamer" else 12
    return {
        "type": "scatter",
        "mode": "text",
        "x": [bar.count for bar in facts.bars],
        "y": positions(facts.bars),
        "text": [f" <b>{bar.count:,}</b>  {percent(bar.share)}" for bar in facts.bars],
        "textposition": "middle right",
        "textfont": {"size": size, "color": "@text"},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "meta": {"role": "numbers"},
    }


def percent(share: float) -> str:
    """A part of all for the screen; what is not nothing never reads as nothing.

    Examples
    --------
    >>> percent(0.2894), percent(0.0004), percent(0.0)
    ('28.9 %', '0.04 %', '0 %')
    """
    if not share:
        return "0 %"
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.1g} %"


def _layout(facts: HistogramFacts, theme: str) -> dict[str, Any]:
    size = 18 if theme == "beamer" else 12
    places = positions(facts.bars)
    last = places[-1] if places else 0
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": margins([bar.label for bar in facts.bars], theme),
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "showlegend": False,
        "dragmode": False,
        "hovermode": False,
        "xaxis": _counts(facts, size, room=1.36 if theme == "beamer" else 1.22),
        "yaxis": {
            "range": [last + 0.6, -0.6],
            "tickvals": places,
            "ticktext": [_tick(bar.label, facts.picked) for bar in facts.bars],
            "tickfont": {"size": size, "color": "@text"},
            "ticklabelstandoff": 6,
            "showgrid": False,
            "zeroline": False,
            "ticks": "",
            "fixedrange": True,
            "automargin": False,
        },
        "shapes": [*_picked(facts), *_line_above(facts)],
        "annotations": _heading(facts, size),
    }


def _tick(label: str, picked: str) -> str:
    short = label if len(label) <= 30 else label[:29] + "…"
    text = short.replace("&", "&amp;").replace("<", "&lt;")
    return f"<b>{text}</b>" if label == picked else text


def _counts(facts: HistogramFacts, size: int, room: float) -> dict[str, Any]:
    """The axis, longer than the longest bar by the factor `room`, because numbers stand at its end."""
    most = max((bar.count for bar in facts.bars), default=1)
    axis: dict[str, Any] = {
        "side": "top",
        "gridcolor": "@grid",
        "zeroline": False,
        "tickfont": {"size": size, "color": "@text-2"},
        "ticks": "",
        "tickangle": 0,
        "fixedrange": True,
        "nticks": 6,
        "automargin": False,
    }
    if not facts.log:
        return axis | {"range": [0, room * most], "tickformat": ",d"}
    top = math.log10(max(most, 2)) * room + 0.12
    ticks = [10**n for n in range(int(top) + 1)]
    low = math.log10(LEAST)
    return axis | {"type": "log", "range": [low, top], "tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks]}


def _picked(facts: HistogramFacts) -> list[dict[str, Any]]:
    """A wash behind the bar whose objects are listed."""
    places = zip(positions(facts.bars), facts.bars, strict=True)
    return [
        {
            "type": "rect",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": y - 0.5,
            "y1": y + 0.5,
            "fillcolor": "@accent-wash",
            "line": {"width": 1, "color": "@accent"},
            "layer": "below",
        }
        for y, bar in places
        if bar.label == facts.picked
    ]


def _first_apart(facts: HistogramFacts) -> float | None:
    places = positions(facts.bars)
    first = next((n for n, bar in enumerate(facts.bars) if bar.apart), None)
    return places[first] if first else None


def _line_above(facts: HistogramFacts) -> list[dict[str, Any]]:
    at = _first_apart(facts)
    if at is None:
        return []
    line = {"color": "@line-2", "width": 1}
    y = at - 0.5 - GAP * 0.86
    return [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}]


def _heading(facts: HistogramFacts, size: int) -> list[dict[str, Any]]:
    at = _first_apart(facts)
    if at is None or not facts.heading:
        return []
    return [
        {
            "text": f"<b>{facts.heading}</b>",
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "xshift": 6,
            "y": at - 0.5 - GAP * 0.4,
            "yanchor": "middle",
            "showarrow": False,
            "font": {"size": size, "color": "@text"},
        }
    ]
