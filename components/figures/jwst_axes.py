"""What the figures of the JWST page share: axes, marks of the verdicts, and a limit for the number of points."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from components.theme import FONT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_POINTS = 1_500
"""Of one kind; a figure of some hundred pixels shows no more, and SVG is drawn at once."""
MARKS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "consistent": {"symbol": "circle", "size": 5, "color": "@edge", "opacity": 0.55},
        "unusual": {"symbol": "diamond-open", "size": 9, "color": "@text", "line": {"width": 1.5, "color": "@text"}},
        "inconsistent": {"symbol": "square", "size": 8, "color": "@text", "line": {"width": 0.8, "color": "@panel"}},
    }
)
"""Legible in grey: size, fill and shape say the verdict."""
ORDER = ("consistent", "unusual", "inconsistent")
WORDS = {"consistent": "no finding", "unusual": "unusual", "inconsistent": "inconsistent"}
RING = {"symbol": "circle-open", "size": 20, "color": "@accent", "line": {"width": 2.5, "color": "@accent"}}


def thinned(rows: Ints, keep: int | None = None) -> Ints:
    """At most `MOST_POINTS` of some rows, evenly by their number, the row `keep` always among them."""
    if len(rows) <= MOST_POINTS:
        return rows
    kept = rows[np.linspace(0, len(rows) - 1, MOST_POINTS).astype(np.int64)]
    return np.unique(np.append(kept, keep)) if keep is not None and keep in rows else kept


def axis(title: str, size: int, **more: Any) -> dict[str, Any]:
    """One axis of the house."""
    return {
        "title": {"text": title, "standoff": 6, "font": {"size": size, "color": "@text-2"}},
        "gridcolor": "@grid",
        "zeroline": False,
        "linecolor": "@line-2",
        "showline": True,
        "mirror": True,
        "ticks": "",
        "tickfont": {"size": size, "color": "@text-2"},
        "nticks": 7,
        "exponentformat": "none",
        "automargin": False,
        **more,
    }


def type_size(theme: str) -> int:
    """Size of all type in a figure (px)."""
    return 18 if theme == "beamer" else 12


def layout(x: Mapping[str, Any], y: Mapping[str, Any], theme: str, **more: Any) -> dict[str, Any]:
    """Layout of a figure with one pair of axes and its legend above."""
    size = type_size(theme)
    beamer = theme == "beamer"
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 100 if beamer else 70, "r": 16, "t": 70 if beamer else 46, "b": 66 if beamer else 44},
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": size, "color": "@text"}},
        "showlegend": True,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": size, "color": "@text-2"},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "dragmode": "zoom",
        "xaxis": dict(x),
        "yaxis": dict(y),
        **more,
    }


def marks(verdict: str, x: Floats, y: Floats, rows: Ints, *, total: int, theme: str, hover: str) -> dict[str, Any]:
    """Points of one verdict; the legend says how many rows there are, drawn or not."""
    marker = dict(MARKS[verdict])
    if theme == "beamer":
        marker["size"] = round(marker["size"] * 1.5)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(float(value), 6) for value in x],
        "y": [round(float(value), 6) for value in y],
        "customdata": rows.tolist(),
        "marker": marker,
        "name": f"{WORDS[verdict]} {total:,}",
        "hovertemplate": hover,
        "meta": {"role": verdict},
    }


def ring(x: float, y: float) -> dict[str, Any]:
    """The ring around the selected row."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "marker": dict(RING),
        "showlegend": False,
        "hoverinfo": "skip",
        "meta": {"role": "ring"},
    }
