"""Where the rows of a file are on the sky, as their coordinates say: also outside of what the sky has.

A plain plot of right ascension and declination on purpose: a projection could not show a declination of −128°.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from components.figures.jwst_axes import (
    ORDER,
    Floats,
    Ints,
    axis,
    layout,
    marks,
    ring,
    thinned,
    type_size,
)
from components.theme import paint

FARTHEST_DEG = 1_000.0
"""Coordinates further out are drawn at the edge: one of 1e300 would make all others one point."""


@dataclass(frozen=True)
class SkyFacts:
    """What the figure shows.

    Attributes
    ----------
    ra_deg, dec_deg
        Of all rows, shape (rows,), NaN where missing.
    groups
        Verdict → row numbers.
    selected
        Row with the ring.
    """

    ra_deg: Floats
    dec_deg: Floats
    groups: dict[str, Ints]
    selected: int | None


def sky_figure(facts: SkyFacts, theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form."""
    ra, dec = (np.clip(values, -FARTHEST_DEG, FARTHEST_DEG) for values in (facts.ra_deg, facts.dec_deg))
    drawn = {verdict: _placed(ra, dec, facts, verdict) for verdict in ORDER}
    hover = "row %{customdata}: %{x:.5f}°, %{y:.5f}°<extra></extra>"
    data = [
        marks(verdict, ra[rows], dec[rows], rows, total=_total(facts, verdict), theme=theme, hover=hover)
        for verdict, rows in drawn.items()
        if len(rows)
    ]
    here = facts.selected
    if here is not None and np.isfinite(ra[here]) and np.isfinite(dec[here]):
        data.append(ring(float(ra[here]), float(dec[here])))
    return paint({"data": data, "layout": _layout(ra, dec, theme)}, theme)


def _placed(ra: Floats, dec: Floats, facts: SkyFacts, verdict: str) -> Ints:
    rows = facts.groups.get(verdict, np.zeros(0, dtype=np.int64))
    return thinned(rows[np.isfinite(ra[rows]) & np.isfinite(dec[rows])], facts.selected)


def _total(facts: SkyFacts, verdict: str) -> int:
    return len(facts.groups.get(verdict, ()))


def _layout(ra: Floats, dec: Floats, theme: str) -> dict[str, Any]:
    size = type_size(theme)
    x = _range(ra, 0.0, 360.0)
    y = _range(dec, -90.0, 90.0)
    edge = {"color": "@line-2", "width": 1.5}
    sky = {
        "type": "rect",
        "x0": 0,
        "x1": 360,
        "y0": -90,
        "y1": 90,
        "line": edge,
        "fillcolor": "@window",
        "layer": "below",
    }
    outside = x != (360.0, 0.0) or y != (-90.0, 90.0)
    return layout(
        axis("RA, degrees", size, range=[max(x), min(x)], tickvals=_ticks(min(x), max(x), 90)),
        axis("Dec, degrees", size, range=[min(y), max(y)], tickvals=_ticks(min(y), max(y), 30)),
        theme,
        shapes=[sky],
        annotations=[_words(size)] if outside and max(x) > 361 else [],
    )


def _range(values: Floats, low: float, high: float) -> tuple[float, float]:
    found = values[np.isfinite(values)]
    margin = (high - low) * 0.03
    return (
        min([low, *found.tolist()]) - margin if found.size else low,
        max([high, *found.tolist()]) + margin if found.size else high,
    )


def _ticks(low: float, high: float, step: int) -> list[int]:
    step *= max(1, round((high - low) / (12 * step)))
    return list(range(int(np.ceil(low / step)) * step, int(high) + 1, step))


def _words(size: int) -> dict[str, Any]:
    return {
        "text": "outside of the frame there is no sky",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 6,
        "y": 0,
        "yref": "paper",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": size, "color": "@text-3"},
    }
