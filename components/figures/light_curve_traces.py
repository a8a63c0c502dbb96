"""Traces of the light-curve figure: points, limits off the scale, class ribbon, colour, scores, and the ring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from components.figures.light_curve_facts import BANDS, KINDS, LightCurveFacts, Series
from components.figures.light_curve_score import SCORE_BANDS, Seen, printed_ranks, seen_points
from components.theme import BAND_SYMBOL, BAND_SYMBOL_LIMIT, BAND_SYMBOL_LOW_QUALITY, BAND_SYMBOL_OPEN

WEBGL_ABOVE = 3000
"""Points above which WebGL is faster than SVG (measured: PLATFORM.md section 0, rule 4)."""


OFF_SCALE_ROOM = 0.09
"""Share of the time axis that the value of a limit beyond the scale takes."""
RIBBON_AXES: dict[str, Any] = {"xaxis": "x2", "yaxis": "y2", "showlegend": False, "cliponaxis": False}


def light_curve_traces(
    facts: LightCurveFacts,
    *,
    lanes: Collection[str],
    bounds: tuple[float, float],
    beamer: bool,
    zoom: Sequence[float] = (),
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
    zoom
        Time range (MJD) that is shown first; empty for everything.
    """
    gl = "scattergl" if sum(len(s.mjd) for s in facts.series) > WEBGL_ABOVE else "scatter"
    order = sorted(facts.series, key=lambda s: -KINDS.index(s.kind))
    data = [_point_trace(s, gl, beamer) for s in order] + _off_scale(facts, bounds, beamer)
    if lanes:
        data += _seen_traces(facts, beamer)
    if "class" in lanes:
        data += _ribbon(facts)
    if "colour" in lanes:
        data += _colour_trace(facts)
    if "score" in lanes:
        data += [*_score_traces(facts, beamer), _rank_trace(facts, zoom, beamer)]
    return data + _rings(facts, lanes, beamer)


def _rings(facts: LightCurveFacts, lanes: Collection[str], beamer: bool) -> list[dict[str, Any]]:
    at = facts.point(facts.selected)
    rings = _ring(at, "y", "ring", beamer)
    if "score" in lanes:
        scored = next(((s.mjd, s.score) for s in facts.scores if s.candid == facts.selected), None)
        rings += _ring(scored, "y4", "ring-score", beamer)
    if "colour" in lanes:
        rings += _ring(_pair_of(facts), "y3", "ring-colour", beamer)
    if "class" in lanes:
        tick = _ribbon_marks([at[0] if at else None], 0.1, "line-ns-open", 9, "@accent", "ring-class")
        tick["marker"]["line"]["width"] = 3
        rings.append({**tick, **RIBBON_AXES})
    return rings


def _pair_of(facts: LightCurveFacts) -> tuple[float, float] | None:
    """Where the colour is that the selected alert is part of."""
    if facts.colour is None or facts.selected is None or "green" not in facts.colour:
        return None
    mine = facts.colour[facts.colour["green"].eq(facts.selected) | facts.colour["red"].eq(facts.selected)]
    return (float(mine["mjd"].iloc[0]), float(mine["value"].iloc[0])) if len(mine) else None


def _seen_traces(facts: LightCurveFacts, beamer: bool) -> list[dict[str, Any]]:
    """A thin grey ring around every point that entered the features of the selected alert.

    Not in the colour of the selection, which is one point, nor inside the mark, where it would look like an open one.

    One trace for each series that can have any, so that stepping only fills them; never WebGL, which the browser
    cannot draw again by itself.
    """
    seen = seen_points(facts)
    return [
        _seen_trace(s, [p for p in seen if (p.band, p.kind) == (s.band, s.kind)], beamer)
        for s in facts.series
        if s.band in SCORE_BANDS and s.kind != "limit"
    ]


def _seen_trace(series: Series, points: Sequence[Seen], beamer: bool) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [p.mjd for p in points] or [None],
        "y": [p.value for p in points] or [None],
        "marker": {
            "symbol": "circle-open",
            "size": 19 if beamer else 14,
            "color": "@text-3",
            "line": {"width": 1.6 if beamer else 1},
        },
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": {"role": "seen", "band": series.band, "kind": series.kind},
    }


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


def _off_scale(facts: LightCurveFacts, bounds: tuple[float, float], beamer: bool) -> list[dict[str, Any]]:
    """Limits brighter than the lane, as arrowheads at the frame, with their value in words where there is room."""
    edge = bounds[0] + (0.06 if beamer else 0.025) * (bounds[1] - bounds[0])  # so that the words are inside
    first, last = facts.mjd_range()
    room = OFF_SCALE_ROOM * (last - first)
    free, traces = first, []
    for s in facts.series:
        beyond = limits_beyond(s, facts, bounds)
        words: list[tuple[str, str]] = []
        for t, v in beyond:
            side = "middle left" if t - room >= first else "middle right"
            start = t - room if side == "middle left" else t
            words.append((f"limit {v:.1f}" if start >= free else "", side))
            free = start + room if start >= free else free
        if beyond:
            traces.append(_off_scale_trace(s.band, [t for t, _ in beyond], edge, words, beamer))
    return traces


def limits_beyond(series: Series, facts: LightCurveFacts, bounds: tuple[float, float]) -> list[tuple[float, float]]:
    """Time and value of the limits of a series that are brighter than the lane; in flux none is looked for."""
    if series.kind != "limit" or not facts.reversed:
        return []
    return [(t, v) for t, v in zip(series.mjd, series.value, strict=True) if v < bounds[0]]


def _off_scale_trace(
    band: str, times: list[float], edge: float, words: list[tuple[str, str]], beamer: bool
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": times,
        "y": [edge] * len(times),
        "text": [text for text, _ in words],
        "textposition": [side for _, side in words],
        "textfont": {"color": "@text-2", "size": 18 if beamer else 12},
        "marker": {
            "symbol": "triangle-up-open",
            "size": 13 if beamer else 9,
            "color": f"@band-{band}",
            "line": {"width": 1.6},
        },
        "hoverinfo": "skip",
        "meta": {"band": band, "kind": "limit", "lane": "curve"},
        "showlegend": False,
    }


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
    return [{**trace, **RIBBON_AXES} for trace in (bars, ticks, notches)]


def _ribbon_marks(
    times: Sequence[float | None], y: float, symbol: str, size: int, colour: str, role: str
) -> dict[str, Any]:
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
    pairs = facts.colour
    alerts = pairs[["green", "red"]].values.tolist() if "green" in pairs else [[] for _ in range(len(pairs))]
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
            "customdata": alerts,
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


def _rank_trace(facts: LightCurveFacts, zoom: Sequence[float], beamer: bool) -> dict[str, Any]:
    """The rank over each score that was listed in its night, as far as there is room; all are in ``meta``."""
    listed = [s for s in facts.scores if s.rank is not None]
    first, last = zoom[:2] if len(zoom) >= 2 else facts.mjd_range()
    shown = [(s.mjd, int(s.rank or 0)) for s in listed]
    words = [f"#{rank}" for _, rank in shown]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [s.mjd for s in listed],
        "y": [s.score for s in listed],
        "text": [word if room else "" for word, room in zip(words, printed_ranks(shown, last - first), strict=True)],
        "textposition": "top center",
        "textfont": {"color": "@text", "size": 18 if beamer else 12},
        "marker": {"size": 30 if beamer else 24, "opacity": 0},  # keeps the words off the ring
        "hoverinfo": "skip",
        "cliponaxis": False,
        "xaxis": "x",
        "yaxis": "y4",
        "showlegend": False,
        "meta": {"role": "ranks", "ranks": [rank for _, rank in shown]},
    }
