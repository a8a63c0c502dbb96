"""Classes against time: a heat map with the count in each cell, families at the left, sums at the right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from components.figures.class_histogram import LETTER_PX, LONGEST_PX, kind_of
from components.theme import FONT, paint

LEVELS = 5
"""Colours of counts; 0 is a sixth."""
ROW_PX = {"light": 24, "beamer": 34}
TALLEST_ROW_PX = {"light": 40, "beamer": 50}
MOST_TICKS = 46


@dataclass(frozen=True)
class TimesFacts:
    """What the figure shows.

    Attributes
    ----------
    starts
        First day of each column, oldest first.
    step
        ``night``, ``week`` or ``month``.
    rows
        Label, family and counts (one per column) of each row, from top to bottom.
    totals
        Count of each row in the whole time.
    printed
        Whether the counts stand in the cells.
    """

    starts: Sequence[date]
    step: str
    rows: Sequence[tuple[str, str, Sequence[int]]]
    totals: Sequence[int]
    printed: bool


def level(count: int, most: int) -> int:
    """Colour of a count, 0 to `LEVELS`; equal steps are equal factors.

    Examples
    --------
    >>> [level(count, 7) for count in range(8)]
    [0, 1, 2, 3, 4, 4, 5, 5]
    """
    if count <= 0:
        return 0
    return min(LEVELS, 1 + int(LEVELS * math.log(count) / math.log(most + 1)))


def height_range(facts: TimesFacts, theme: str) -> tuple[int, int]:
    """Least and greatest handsome height (px)."""
    kind = kind_of(theme)
    edge = _top(theme) + 8
    return len(facts.rows) * ROW_PX[kind] + edge, len(facts.rows) * TALLEST_ROW_PX[kind] + edge


def times_figure(facts: TimesFacts, theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form."""
    data = [_cells(facts), *(_counts(facts, theme) if facts.printed else [])]
    return paint({"data": data, "layout": _layout(facts, theme)}, theme)


def _levels(facts: TimesFacts) -> list[list[int]]:
    most = max((count for _, _, counts in facts.rows for count in counts), default=1)
    return [[level(count, most) for count in counts] for _, _, counts in facts.rows]


def _cells(facts: TimesFacts) -> dict[str, Any]:
    colours = ["@sunken", *(f"@heat-{n}" for n in range(1, LEVELS + 1))]
    edges = [[stop / len(colours), colour] for n, colour in enumerate(colours) for stop in (n, n + 1)]
    hover = [
        [f"{label}, {words(start, facts.step)}: {count}" for start, count in zip(facts.starts, counts, strict=True)]
        for label, _, counts in facts.rows
    ]
    return {
        "type": "heatmap",
        "x": list(range(len(facts.starts))),
        "y": list(range(len(facts.rows))),
        "z": _levels(facts),
        "zmin": -0.5,
        "zmax": LEVELS + 0.5,
        "colorscale": edges,
        "showscale": False,
        "xgap": 2 if facts.printed else 1,
        "ygap": 2,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "meta": {"role": "cells", "counts": [list(counts) for _, _, counts in facts.rows]},
    }


def _counts(facts: TimesFacts, theme: str) -> list[dict[str, Any]]:
    """Counts in two inks: dark ones on the light cells, the other way round on the dark ones."""
    cells = [
        (x, y, count, shade)
        for y, ((_, _, counts), shades) in enumerate(zip(facts.rows, _levels(facts), strict=True))
        for x, (count, shade) in enumerate(zip(counts, shades, strict=True))
        if count
    ]
    size = (16 if theme == "beamer" else 12) - (1 if len(facts.starts) > 30 and max(facts.totals) > 999 else 0)
    inks = (("@text", lambda shade: shade < 4), ("@panel", lambda shade: shade >= 4))
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": [x for x, _, _, shade in cells if on(shade)],
            "y": [y for _, y, _, shade in cells if on(shade)],
            "text": [f"<b>{count}</b>" for _, _, count, shade in cells if on(shade)],
            "textfont": {"size": size, "color": ink},
            "hoverinfo": "skip",
            "meta": {"role": "counts"},
        }
        for ink, on in inks
    ]


def _families(facts: TimesFacts, size: int) -> list[dict[str, Any]]:
    """The colour of the family before each row; what is no class has an open mark, a sum of classes none."""
    return [
        {
            "text": "□" if family == "NA" else "■",
            "xref": "paper",
            "x": 0,
            "xanchor": "right",
            "xshift": -4,
            "y": n,
            "showarrow": False,
            "font": {"size": round(1.2 * size), "color": "@text-3" if family == "NA" else f"@fam-{family.lower()}"},
        }
        for n, (_, family, _) in enumerate(facts.rows)
        if family
    ]


def _top(theme: str) -> int:
    return 58 if theme == "beamer" else 40


def _layout(facts: TimesFacts, theme: str) -> dict[str, Any]:
    kind, size = kind_of(theme), 18 if theme == "beamer" else 12
    longest = max((len(label) for label, _, _ in facts.rows), default=0)
    left = min(LONGEST_PX[kind], round(longest * LETTER_PX[kind]) + 12) + (24 if kind == "beamer" else 16)
    columns = max(len(facts.starts), 1)
    right = 62 if kind == "beamer" else 48
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": left, "r": right, "t": _top(theme), "b": 8},
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": size, "color": "@text"}},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        # Few columns would be as wide as half the panel: room is left for about a dozen.
        "xaxis": _axis(size, range=[-0.5, max(columns, 12) - 0.5], side="top", **_ticks(facts, kind)),
        "yaxis": _axis(
            size,
            range=[len(facts.rows) - 0.5, -0.5],
            tickvals=list(range(len(facts.rows))),
            ticktext=[_short(label) for label, _, _ in facts.rows],
            ticklabelstandoff=26 if kind == "beamer" else 20,
        ),
        "annotations": [*_months(facts, size), *_families(facts, size), *_sums(facts, size)],
    }


def _short(label: str) -> str:
    text = label if len(label) <= 30 else label[:29] + "…"
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _axis(size: int, **more: Any) -> dict[str, Any]:
    return {
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickangle": 0,
        "tickfont": {"size": size, "color": "@text-2"},
        "fixedrange": True,
        "automargin": False,
        **more,
    }


def _ticks(facts: TimesFacts, kind: str) -> dict[str, Any]:
    """Days under the names of months, or months under the years; fewer where there are many columns."""
    every = math.ceil(len(facts.starts) / (24 if kind == "beamer" else MOST_TICKS))
    chosen = [n for n in range(len(facts.starts)) if n % every == 0]
    form = "{0:%b}" if facts.step == "month" else "{0.day}"
    return {"tickvals": chosen, "ticktext": [form.format(facts.starts[n]) for n in chosen]}


def _months(facts: TimesFacts, size: int) -> list[dict[str, Any]]:
    """The upper line of the axis: each month or year over its first column, where there is room for it."""
    keys = [start.replace(day=1) if facts.step != "month" else start.replace(month=1) for start in facts.starts]
    firsts = [n for n, key in enumerate(keys) if n == 0 or key != keys[n - 1]]
    room = max(len(keys), 12) / (7 if size > 12 else 10)
    spans = zip(firsts, [*firsts[1:], math.inf], strict=True)
    form = "{0:%Y}" if facts.step == "month" else "{0:%b %Y}"
    found = [(n, form.format(facts.starts[n])) for n, end in spans if end - n >= room]
    return [
        _note(text, size, x=n - 0.5, xanchor="left", yref="paper", y=1, yanchor="bottom", yshift=round(1.5 * size))
        for n, text in found
    ]


def _sums(facts: TimesFacts, size: int) -> list[dict[str, Any]]:
    place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 6}
    head = _note("all", size, yref="paper", y=1, yanchor="bottom", yshift=3, **place)
    sums = [
        {**_note(f"<b>{total:,}</b>", size, y=n, **place), "font": {"size": size, "color": "@text"}}
        for n, total in enumerate(facts.totals)
    ]
    return [head, *sums]


def _note(text: str, size: int, **place: Any) -> dict[str, Any]:
    return {"text": text, "showarrow": False, "font": {"size": size, "color": "@text-2"}, **place}


def words(start: date, step: str) -> str:
    """A column in words: ``2 Sep 2025``, ``week of 1 Sep 2025``, ``Sep 2025``.

    Examples
    --------
    >>> words(date(2025, 9, 1), "week")
    'week of 1 Sep 2025'
    """
    if step == "month":
        return f"{start:%b %Y}"
    day = f"{start.day} {start:%b %Y}"
    return day if step == "night" else f"week of {day}"
