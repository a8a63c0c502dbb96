"""ROC and precision-recall curves of several detectors, side by side on one figure: both leave the house together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.figures.jwst_axes import axis, layout, type_size
from components.theme import paint

LINES = (
    {"color": "@text", "dash": "solid", "width": 2.6},
    {"color": "@fam-eb", "dash": "dash", "width": 1.8},
    {"color": "@fam-cv", "dash": "dot", "width": 2.2},
    {"color": "@fam-sn", "dash": "dashdot", "width": 1.8},
)
"""In the order of the detectors; the dashes tell them apart in grey."""
GAP = (0.43, 0.57)


@dataclass(frozen=True)
class CurveLine:
    """One detector: its name, areas, and points (false-positive rate, recall) and (recall, precision)."""

    name: str
    auc: float
    average_precision: float
    roc: tuple[Sequence[float], Sequence[float]]
    precision_recall: tuple[Sequence[float], Sequence[float]]


def curves_figure(lines: Sequence[CurveLine], theme: str = "light") -> dict[str, Any]:
    """Figure as a dict in Plotly's form; areas are printed in the legend."""
    data = []
    for n, line in enumerate(lines):
        style = LINES[n % len(LINES)]
        name = f"{line.name}: AUC {line.auc:.3f}, AP {line.average_precision:.3f}"
        data += [_curve(line.roc, style, name, ""), _curve(line.precision_recall, style, "", "2")]
    return paint({"data": data, "layout": _layout(len(lines), theme)}, theme)


def _curve(
    points: tuple[Sequence[float], Sequence[float]], style: dict[str, Any], name: str, axes: str
) -> dict[str, Any]:
    x, y = ([round(float(value), 5) for value in values] for values in points)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "xaxis": f"x{axes}",
        "yaxis": f"y{axes}",
        "line": dict(style),
        "name": name,
        "showlegend": bool(name),
        "hovertemplate": "%{x:.4f}, %{y:.4f}<extra></extra>",
        "meta": {"role": "precision-recall" if axes else "roc"},
    }


def _layout(lines: int, theme: str) -> dict[str, Any]:
    size = type_size(theme)
    ends = [-0.02, 1.03]
    made = layout(
        axis("False-positive rate", size, range=ends, domain=[0, GAP[0]], nticks=5),
        axis("Recall", size, range=ends, nticks=5),
        theme,
        xaxis2=axis("Recall", size, range=ends, domain=[GAP[1], 1], anchor="y2", nticks=5),
        yaxis2=axis("Precision", size, range=ends, anchor="x2", nticks=5),
    )
    line_px = 30 if theme == "beamer" else 19
    made["margin"] = {**made["margin"], "l": 56 if theme != "beamer" else 80, "t": 14 + lines * line_px}
    made["legend"] = {**made["legend"], "orientation": "v", "y": 1.02}
    return made
