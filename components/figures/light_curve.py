"""The light curve with its class, colour and score lanes on one time axis.

`light_curve_facts.light_curve_facts` gathers what there is to draw, `light_curve_figure` draws it; both are pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from components.figures.light_curve_facts import BANDS, KINDS, LightCurveFacts, Series, Span, value_range
from components.figures.time_axis import time_ticks, year_text
from components.theme import (
    BAND_SYMBOL,
    BAND_SYMBOL_LIMIT,
    BAND_SYMBOL_LOW_QUALITY,
    BAND_SYMBOL_OPEN,
    FONT,
    paint,
)

WEBGL_ABOVE = 3000
"""Points above which WebGL is faster than SVG (measured: PLATFORM.md section 0, rule 4)."""
SCORE_WINDOW_D = 30.0
"""Length of the history in an alert packet, which is all that the anomaly score saw (FINK_API.md 2.2)."""
LANE_PX = {"class": 40, "colour": 64, "score": 76}
GAP_PX = 10
MARGIN = {"l": 76, "r": 14, "t": 8, "b": 44}


def _marker(series: Series, size: float) -> dict[str, Any]:
    colour = f"@band-{series.band}"
    symbol = {
        "detection": BAND_SYMBOL,
        "negative": BAND_SYMBOL_OPEN,
        "low quality": BAND_SYMBOL_LOW_QUALITY,
        "limit": BAND_SYMBOL_LIMIT,
    }[series.kind][series.band]
    line = (
        {"width": 0.8, "color": "@panel"} if series.kind == "detection" else {"width": 1.6, "color": colour}
    )
    return {"symbol": symbol, "size": size, "color": colour, "line": line}


def _point_trace(
    series: Series, kind_of_trace: str, bounds: tuple[float, float], beamer: bool
) -> dict[str, Any]:
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


def _ring(x: float | None, y: float | None, axis: str, role: str, beamer: bool) -> list[dict[str, Any]]:
    """Accent ring with a panel-coloured halo; drawn even without a selection, so that stepping only moves it."""
    base = {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
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
        {**t, "xaxis": "x", "yaxis": "y2", "showlegend": False, "cliponaxis": False}
        for t in (bars, ticks, notches)
    ]


def _ribbon_marks(
    times: Sequence[float], y: float, symbol: str, size: int, colour: str, role: str
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
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": facts.colour["mjd"].tolist(),
            "y": facts.colour["value"].tolist(),
            "error_y": {
                "type": "data",
                "array": facts.colour["error"].tolist(),
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


def _shapes(facts: LightCurveFacts, lanes: Collection[str]) -> list[dict[str, Any]]:
    """First the window and the hairline of the selected alert, which stepping moves, then what stays."""
    at = facts.point(facts.selected)
    scored = {s.candid for s in facts.scores}
    x = at[0] if at else 0.0
    window = bool(at) and facts.selected in scored
    shapes: list[dict[str, Any]] = [
        {
            "name": "window", "type": "rect", "xref": "x", "x0": x - SCORE_WINDOW_D, "x1": x, "yref": "y domain",
            "y0": 0, "y1": 1, "fillcolor": "@window", "line": {"width": 0}, "layer": "below", "visible": window,
        },
        {
            "name": "hairline", "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": "@accent", "width": 1.2, "dash": "dash"}, "visible": bool(at), "layer": "below",
        },
    ]  # fmt: skip
    for band, value, _ in facts.reference:
        shapes.append(
            {
                "type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": value, "y1": value,
                "line": {"color": f"@band-{band}", "width": 1.2, "dash": "6px,4px"}, "layer": "below",
            }
        )  # fmt: skip
    if "class" in lanes:
        shapes += [
            {
                "type": "rect", "xref": "x", "x0": s.start_mjd, "x1": s.stop_mjd, "yref": "y2", "y0": 0.31, "y1": 0.93,
                "line": {"color": "@text-3", "width": 1, "dash": "3px,3px"},
            }
            for s in facts.spans
            if s.family is None
        ]  # fmt: skip
    return shapes


def _annotations(facts: LightCurveFacts, lanes: Collection[str], beamer: bool) -> list[dict[str, Any]]:
    size = 18 if beamer else 12
    base = {"showarrow": False, "font": {"size": size, "color": "@text-2"}}
    left = {**base, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -12}
    first, last = facts.mjd_range()
    notes: list[dict[str, Any]] = [
        {**left, "yref": "paper", "y": 0, "yanchor": "top", "yshift": -7, "text": "UTC"},
        {**left, "yref": "paper", "y": 0, "yanchor": "top", "yshift": -31 if beamer else -23, "text": "MJD", "font": {"size": size, "color": "@text-3"}},
        {**base, "xref": "paper", "x": 1, "xanchor": "right", "yref": "paper", "y": 0, "yanchor": "top", "yshift": -7,
         "text": year_text(first, last), "name": "year", "visible": bool(lanes) and last - first <= 700},
    ]  # fmt: skip
    if "class" in lanes:
        notes.append({**left, "yref": "y2", "y": 0.62, "yanchor": "middle", "text": "Class"})
        words = [_span_note(s, last - first, base) for s in facts.spans]
        notes += [note for note in words if note["text"]]
    if "score" in lanes and not facts.scores:
        notes.append(
            {
                **base,
                "xref": "x domain",
                "x": 0.01,
                "xanchor": "left",
                "yref": "y4 domain",
                "y": 0.5,
                "text": "No alert of this object was scored",
            }
        )
    notes += [
        {
            **base,
            "xref": "x domain",
            "x": 0.99,
            "xanchor": "right",
            "yref": "y",
            "y": value,
            "yanchor": "bottom",
            "text": words,
        }
        for _, value, words in facts.reference
    ]
    at = facts.point(facts.selected)
    scored = at is not None and facts.selected in {s.candid for s in facts.scores}
    x = max(at[0] - SCORE_WINDOW_D, first) if at else first
    notes.append({**base, "xref": "x", "x": x, "xanchor": "left", "xshift": 4, "yref": "y domain", "y": 1, "yanchor": "top",
                  "yshift": -4, "text": "30 d seen by the score", "name": "window", "visible": scored and bool(lanes)})  # fmt: skip
    return notes


def _span_note(span: Span, width_d: float, base: dict[str, Any]) -> dict[str, Any]:
    """Words over a span that has no filled bar to carry them: nobody's answer, or the hatch of Ambiguous."""
    note = {**base, "xref": "x", "x": (span.start_mjd + span.stop_mjd) / 2, "yref": "y2", "y": 0.62}
    if span.family is None:
        return {**note, "text": _history_text(span, width_d)}
    wide = span.label == "Ambiguous" and (span.stop_mjd - span.start_mjd) / width_d > 0.12
    return {
        **note,
        "text": span.label if wide else "",
        "bgcolor": "@panel",
        "borderpad": 1,
        "font": {"size": 12, "color": "@text"},
    }


def _history_text(span: Span, width_d: float) -> str:
    """The whole sentence where it fits, else the two words, else nothing."""
    share = (span.stop_mjd - span.start_mjd) / width_d
    return span.label if share > 0.5 else "no answer" if share > 0.12 else ""


def _domains(lanes: Collection[str], height: int) -> dict[str, list[float]]:
    """Vertical share of each lane, from the top: class, curve, colour, score."""
    inner = height - MARGIN["t"] - MARGIN["b"]
    low, top = 0.0, 1.0
    domains: dict[str, list[float]] = {}
    for lane in ("score", "colour"):
        if lane in lanes:
            domains[lane] = [low, low + LANE_PX[lane] / inner]
            low = domains[lane][1] + GAP_PX / inner
    if "class" in lanes:
        domains["class"] = [1 - LANE_PX["class"] / inner, 1.0]
        top = domains["class"][0] - 2 / inner
    domains["curve"] = [low, top]
    return domains


def _axis(title: str, domain: list[float], **more: Any) -> dict[str, Any]:
    return {
        "domain": domain, "title": {"text": title, "font": {"color": "@text-2"}, "standoff": 8},
        "gridcolor": "@grid", "zeroline": False, "linecolor": "@line-2", "mirror": True, "showline": True, "ticks": "outside",
        "tickcolor": "@line-2", "tickfont": {"color": "@text-2"}, "automargin": False, "anchor": "x", **more,
    }  # fmt: skip


def _layout(facts: LightCurveFacts, lanes: Collection[str], bounds: tuple[float, float], zoom: Sequence[float], height: int,
            beamer: bool) -> dict[str, Any]:  # fmt: skip
    domains = _domains(lanes, height)
    first, last = (zoom[0], zoom[1]) if len(zoom) >= 2 else facts.mjd_range()
    y_low, y_high = (min(zoom[2:4]), max(zoom[2:4])) if len(zoom) == 4 else bounds
    size = 18 if beamer else 12
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "margin": {**MARGIN, "l": 108, "b": 60} if beamer else dict(MARGIN),
        "font": {"family": FONT, "size": size, "color": "@text-2"}, "hovermode": "closest", "dragmode": "zoom", "showlegend": False,
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": 12, "color": "@text"}, "align": "left"},
        "uniformtext": {"mode": "hide", "minsize": 11}, "bargap": 0, "barmode": "overlay", "uirevision": "keep",
        "xaxis": {
            "range": [first, last], "gridcolor": "@grid", "zeroline": False, "showline": True, "mirror": "all", "linecolor": "@line-2",
            "ticks": "outside", "tickcolor": "@line-2", "tickfont": {"color": "@text-2"}, "tickangle": 0, "anchor": "y4" if "score" in lanes else "y",
            **time_ticks(first, last, most=_most_ticks(lanes, beamer)),
        },
        "yaxis": _axis(facts.y_title, domains["curve"], tickformat=_decimals(facts, y_high - y_low), range=[y_high, y_low] if facts.reversed else [y_low, y_high]),
        "shapes": _shapes(facts, lanes), "annotations": _annotations(facts, lanes, beamer),
    }  # fmt: skip
    if "class" in lanes:
        layout["yaxis2"] = {
            "domain": domains["class"],
            "range": [0, 1],
            "visible": False,
            "fixedrange": True,
            "anchor": "x",
        }
    if "colour" in lanes:
        layout["yaxis3"] = _axis("g − r", domains["colour"], fixedrange=True, nticks=4)
    if "score" in lanes:
        layout["yaxis4"] = _axis(
            "Odder ↑", domains["score"], fixedrange=True, nticks=4, tickformat=".4f", **_score_range(facts)
        )
    return layout


def _most_ticks(lanes: Collection[str], beamer: bool) -> int:
    """Time ticks that fit beside each other: the preview is a third as wide, beamer type half as large again."""
    wide = bool(lanes)
    return (5 if wide else 2) if beamer else (8 if wide else 5)


def _decimals(facts: LightCurveFacts, span: float) -> str:
    """Format of value ticks: as many decimals as their step has."""
    return (".1f" if span > 0.8 else ".2f") if facts.reversed else (",.0f" if span > 4 else ".2f")


def _score_range(facts: LightCurveFacts) -> dict[str, Any]:
    """Reversed, because lower is odder and odder is up."""
    scores = [s.score for s in facts.scores]
    if not scores:
        return {"range": [0, -1], "showticklabels": False}
    pad = max(0.15 * (max(scores) - min(scores)), 5e-4)
    return {"range": [max(scores) + pad, min(scores) - pad]}


def light_curve_figure(
    facts: LightCurveFacts,
    *,
    lanes: Collection[str] = ("class", "colour", "score"),
    theme: str = "light",
    zoom: Sequence[float] = (),
    height: int = 600,
) -> dict[str, Any]:
    """Figure of a light curve, as a dict in Plotly's form.

    Parameters
    ----------
    lanes
        Which of ``class``, ``colour`` and ``score`` stand beside the curve.
    theme
        ``light``, ``dark`` or ``beamer``.
    zoom
        Time range in MJD, and perhaps the value range, as in the address bar; empty shows everything.
    height
        Pixels for which the heights of the lanes are worked out.
    """
    beamer = theme == "beamer"
    bounds = value_range(facts)
    gl = "scattergl" if sum(len(s.mjd) for s in facts.series) > WEBGL_ABOVE else "scatter"
    order = sorted(facts.series, key=lambda s: -KINDS.index(s.kind))
    data = [_point_trace(s, gl, bounds, beamer) for s in order] + _off_scale(facts, bounds)
    if "class" in lanes:
        data += _ribbon(facts)
    if "colour" in lanes:
        data += _colour_trace(facts)
    if "score" in lanes:
        data += _score_traces(facts, beamer)
    at = facts.point(facts.selected)
    data += _ring(at[0] if at else None, at[1] if at else None, "y", "ring", beamer)
    if "score" in lanes:
        score = next((s for s in facts.scores if s.candid == facts.selected), None)
        data += _ring(
            score.mjd if score else None, score.score if score else None, "y4", "ring-score", beamer
        )
    return paint({"data": data, "layout": _layout(facts, lanes, bounds, zoom, height, beamer)}, theme)
