"""Traces of the light-curve figure: points, limits off the scale, class ribbon, colour, scores, and the ring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from components.figures.light_curve_facts import BANDS, KINDS, LightCurveFacts, Series
from components.theme import BAND_SYMBOL, BAND_SYMBOL_LIMIT, BAND_SYMBOL_LOW_QUALITY, BAND_SYMBOL_OPEN

WEBGL_ABOVE = 3000
"""Points above which WebGL is faster than SVG (measured: PLATFORM.md section 0, rule 4)."""


def light_curve_traces(
    facts: LightCurveFacts, *, lanes: Collection[str], bounds: tuple[float, float], beamer: bool
) -> list[dict[str, Any]]:
    """All traces, in the order in which they are painted: limits, low quality, detections, other lanes, ring.

    Parameters
    ----------
    lanes
        Which of ``class``, ``colour`` and ``score`` are drawn.
    bounds
        Range of the light-curve lane; a limit brighter than it is marked at the frame.
    beamer
        Larger marks.
    """
    gl = "scattergl" if sum(len(s.mjd) for s in facts.series) > WEBGL_ABOVE else "scatter"
    order = sorted(facts.series, key=lambda s: -KINDS.index(s.kind))
    data = [_point_trace(s, gl, beamer) for s in order] + _off_scale(facts, bounds)
    if "class" in lanes:
        data += _ribbon(facts)
    if "colour" in lanes:
        data += _colour_trace(facts)
    if "score" in lanes:
        data += _score_traces(facts, beamer)
    return data + _rings(facts, lanes, beamer)


def _rings(facts: LightCurveFacts, lanes: Collection[str], beamer: bool) -> list[dict[str, Any]]:
    at = facts.point(facts.selected)
    rings = _ring(at, "y", "ring", beamer)
    if "score" in lanes:
        scored = next(((s.mjd, s.score) for s in facts.scores if s.candid == facts.selected), None)
        rings += _ring(scored, "y4", "ring-score", beamer)
    return rings


def _marker(series: Series, size: float) -> dict[str, Any]:
    colour = f"@band-{series.band}"
    symbol = {
        "detection": BAND_SYMBOL,
        "negative": BAND_SYMBOL_OPEN,
        "low quality": BAND_SYMBOL_LOW_QUALITY,
        "limit": BAND_SYMBOL_LIMIT,
    }[series.kind][series.band]
    line = {"width": 0.8, "color": "@panel"} if series.kind == "detection" else {"width": 1.6, "color": colour}
    return {"symbol": symbol, "size": size, "color": colour, "line": line}


def _point_trace(series: Series, kind_of_trace: str, beamer: bool) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": kind_of_trace,
        "mode": "markers",
        "x": series.mjd,
        "y": series.value,
        "customdata": series.candid,
        "hovertext": series.hover,
        "hoverinfo": "text",
        "marker": _marker(series, 13 if beamer else 9),
        "xaxis": "x",
        "yaxis": "y",
        "name": f"{series.band} {series.kind}",
        "meta": {"band": series.band, "kind": series.kind, "lane": "curve"},
        "showlegend": False,
    }
    if series.kind != "limit":
        trace["error_y"] = {
            "type": "data",
            "array": [None if e != e else e for e in series.error],
            "color": f"@band-{series.band}",
            "thickness": 2 if beamer else 1.2,
            "width": 0,
        }
    return trace


def _off_scale(facts: LightCurveFacts, bounds: tuple[float, float]) -> list[dict[str, Any]]:
    """Limits brighter than the lane, as arrowheads at the frame with their value in words."""
    edge = bounds[0] + 0.025 * (bounds[1] - bounds[0])
    traces = []
    for s in facts.series:
        beyond = [(t, v) for t, v in zip(s.mjd, s.value, strict=True) if s.kind == "limit" and v < bounds[0]]
        if facts.reversed and beyond:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers+text",
                    "x": [t for t, _ in beyond],
                    "y": [edge] * len(beyond),
                    "text": [f"limit {v:.1f}" for _, v in beyond[:3]] + [""] * (len(beyond) - 3),
                    "textposition": "middle left",
                    "textfont": {"color": "@text-2", "size": 12},
                    "marker": {
                        "symbol": "triangle-up-open",
                        "size": 9,
                        "color": f"@band-{s.band}",
                        "line": {"width": 1.6},
                    },
                    "hoverinfo": "skip",
                    "meta": {"band": s.band, "kind": "limit", "lane": "curve"},
                    "showlegend": False,
                }
            )
    return traces


def _ring(at: tuple[float, float] | None, axis: str, role: str, beamer: bool) -> list[dict[str, Any]]:
    """Accent ring with a panel-coloured halo; drawn even without a selection, so that stepping only moves it."""
    base = {
        "type": "scatter",
        "mode": "markers",
        "x": [at[0] if at else None],
        "y": [at[1] if at else None],
        "xaxis": "x",
        "yaxis": axis,
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }
    size = 26 if beamer else 20
    return [
        {
            **base,
            "marker": {"symbol": "circle-open", "size": size, "color": "@panel", "line": {"width": 6}},
            "meta": {"role": role},
        },
        {
            **base,
            "marker": {"symbol": "circle-open", "size": size, "color": "@accent", "line": {"width": 2.5}},
            "meta": {"role": role},
        },
    ]


def _ribbon(facts: LightCurveFacts) -> list[dict[str, Any]]:
    labelled = [s for s in facts.spans if s.family is not None]
    width = facts.mjd_range()[1] - facts.mjd_range()[0]
    shown = [max(s.stop_mjd - s.start_mjd, 0.004 * width) for s in labelled]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": shown,
        "base": [s.start_mjd for s in labelled],
        "y": [0.62] * len(labelled),
        "width": [0.62] * len(labelled),
        "text": ["" if s.label == "Ambiguous" else s.label for s in labelled],  # a hatch would cross it out
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"size": 12, "color": [f"@on-{str(s.family).lower()}" for s in labelled]},
        "marker": {
            "color": [f"@fam-{str(s.family).lower()}" for s in labelled],
            "line": {"width": 1, "color": [f"@fam-{str(s.family).lower()}" for s in labelled]},
            "pattern": {
                "shape": ["/" if s.label == "Ambiguous" else "" for s in labelled],
                "size": 7,
                "solidity": 0.55,
                "bgcolor": "@panel",
                "fillmode": "replace",
            },
        },
        "hovertext": [f"{s.label}: {s.alerts} alert{'s' * (s.alerts != 1)}" for s in labelled],
        "hoverinfo": "text",
        "name": "class",
        "meta": {"role": "ribbon"},
    }
    ticks = _ribbon_marks(facts.alerts_mjd, 0.1, "line-ns-open", 7, "@text-2", "alerts")
    notches = _ribbon_marks(facts.changes_mjd, 1.0, "triangle-down", 8, "@text", "changes")
    return [
        {**t, "xaxis": "x", "yaxis": "y2", "showlegend": False, "cliponaxis": False} for t in (bars, ticks, notches)
    ]


def _ribbon_marks(times: Sequence[float], y: float, symbol: str, size: int, colour: str, role: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(times),
        "y": [y] * len(times),
        "marker": {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1.5, "color": colour}},
        "hoverinfo": "skip",
        "meta": {"role": role},
    }


def _colour_trace(facts: LightCurveFacts) -> list[dict[str, Any]]:
    if facts.colour is None:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": facts.colour["mjd"].tolist(),
            "y": facts.colour["value"].tolist(),
            "error_y": {
                "type": "data",
                "array": [None if e != e else e for e in facts.colour["error"].tolist()],
                "color": "@text-2",
                "thickness": 1.2,
                "width": 0,
            },
            "marker": {"size": 6, "color": "@text-2"},
            "hovertemplate": "g − r %{y:.2f}<br>MJD %{x:.4f}<extra></extra>",
            "xaxis": "x",
            "yaxis": "y3",
            "showlegend": False,
            "meta": {"role": "colour"},
        }
    ]


def _score_traces(facts: LightCurveFacts, beamer: bool) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [s.mjd for s in facts.scores if s.band == band],
            "y": [s.score for s in facts.scores if s.band == band],
            "customdata": [s.candid for s in facts.scores if s.band == band],
            "hovertext": [s.hover for s in facts.scores if s.band == band],
            "hoverinfo": "text",
            "marker": {
                "symbol": BAND_SYMBOL[band],
                "size": 11 if beamer else 8,
                "color": f"@band-{band}",
                "line": {"width": 0.8, "color": "@panel"},
            },
            "xaxis": "x",
            "yaxis": "y4",
            "showlegend": False,
            "meta": {"lane": "score", "band": band, "kind": "detection"},
        }
        for band in BANDS.values()
        if any(s.band == band for s in facts.scores)
    ]
