"""The light curve with its class, colour and score lanes on one time axis: layout, shapes, words, the whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from components.figures.light_curve_facts import LightCurveFacts, Span, value_range
from components.figures.light_curve_traces import light_curve_traces
from components.figures.time_axis import time_ticks, year_text
from components.theme import FONT, paint

SCORE_WINDOW_D = 30.0
"""Length of the history in an alert packet, which is all that the anomaly score saw (FINK_API.md 2.2)."""
LANE_PX = {"class": 40, "colour": 64, "score": 76}
GAP_PX = 10
MARGIN = {"l": 76, "r": 14, "t": 8, "b": 44}
MARGIN_BEAMER = {"l": 108, "r": 14, "t": 8, "b": 60}


def _shapes(facts: LightCurveFacts, lanes: Collection[str]) -> list[dict[str, Any]]:
    """First the window and the hairline of the selected alert, which stepping moves, then what stays."""
    at = facts.point(facts.selected)
    scored = {s.candid for s in facts.scores}
    x = at[0] if at else 0.0
    window = bool(at) and facts.selected in scored
    shapes: list[dict[str, Any]] = [
        {
            "name": "window",
            "type": "rect",
            "xref": "x",
            "x0": x - SCORE_WINDOW_D,
            "x1": x,
            "yref": "y domain",
            "y0": 0,
            "y1": 1,
            "fillcolor": "@window",
            "line": {"width": 0},
            "layer": "below",
            "visible": window,
        },
        {
            "name": "hairline",
            "type": "line",
            "xref": "x",
            "x0": x,
            "x1": x,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": "@accent", "width": 1.2, "dash": "dash"},
            "visible": bool(at),
            "layer": "below",
        },
    ]
    for band, value, _ in facts.reference:
        shapes.append(
            {
                "type": "line",
                "xref": "x domain",
                "x0": 0,
                "x1": 1,
                "yref": "y",
                "y0": value,
                "y1": value,
                "line": {"color": f"@band-{band}", "width": 1.2, "dash": "6px,4px"},
                "layer": "below",
            }
        )
    if "class" in lanes:
        shapes += [
            {
                "type": "rect",
                "xref": "x",
                "x0": s.start_mjd,
                "x1": s.stop_mjd,
                "yref": "y2",
                "y0": 0.31,
                "y1": 0.93,
                "line": {"color": "@text-3", "width": 1, "dash": "3px,3px"},
            }
            for s in facts.spans
            if s.family is None
        ]
    return shapes


def _annotations(facts: LightCurveFacts, lanes: Collection[str], beamer: bool) -> list[dict[str, Any]]:
    size = 18 if beamer else 12
    base = {"showarrow": False, "font": {"size": size, "color": "@text-2"}}
    left = {**base, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -12 if lanes else -28}
    first, last = facts.mjd_range()
    notes: list[dict[str, Any]] = [
        {**left, "yref": "paper", "y": 0, "yanchor": "top", "yshift": -7, "text": "UTC"},
        {
            **left,
            "yref": "paper",
            "y": 0,
            "yanchor": "top",
            "yshift": -31 if beamer else -23,
            "text": "MJD",
            "font": {"size": size, "color": "@text-3"},
        },
        {
            **base,
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "yref": "paper",
            "y": 0,
            "yanchor": "top",
            "yshift": -7,
            "text": year_text(first, last),
            "name": "year",
            "visible": bool(lanes) and last - first <= 700,
        },
    ]
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
    notes.append(
        {
            **base,
            "xref": "x",
            "x": x,
            "xanchor": "left",
            "xshift": 4,
            "yref": "y domain",
            "y": 1,
            "yanchor": "top",
            "yshift": -4,
            "text": "30 d seen by the score",
            "name": "window",
            "visible": scored and bool(lanes),
        }
    )
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


def _axis(title: str, domain: list[float], size: int, **more: Any) -> dict[str, Any]:
    return {
        "domain": domain,
        "title": {"text": title, "font": {"size": size, "color": "@text-2"}, "standoff": 8},
        "gridcolor": "@grid",
        "zeroline": False,
        "linecolor": "@line-2",
        "mirror": True,
        "showline": True,
        "ticks": "outside",
        "tickcolor": "@line-2",
        "tickfont": {"color": "@text-2"},
        "automargin": False,
        "anchor": "x",
        **more,
    }


def _layout(
    facts: LightCurveFacts,
    lanes: Collection[str],
    bounds: tuple[float, float],
    zoom: Sequence[float],
    height: int,
    beamer: bool,
) -> dict[str, Any]:
    domains = _domains(lanes, height)
    first, last = (zoom[0], zoom[1]) if len(zoom) >= 2 else facts.mjd_range()
    y_low, y_high = (min(zoom[2:4]), max(zoom[2:4])) if len(zoom) == 4 else bounds
    size = 18 if beamer else 12
    layout: dict[str, Any] = {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": dict(MARGIN_BEAMER if beamer else MARGIN),
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "dragmode": "zoom",
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": "@panel",
            "bordercolor": "@line-2",
            "font": {"size": 12, "color": "@text"},
            "align": "left",
        },
        "uniformtext": {"mode": "hide", "minsize": 11},
        "bargap": 0,
        "barmode": "overlay",
        "uirevision": "keep",
        "xaxis": {
            "range": [first, last],
            "gridcolor": "@grid",
            "zeroline": False,
            "showline": True,
            "mirror": "all",
            "linecolor": "@line-2",
            "ticks": "outside",
            "tickcolor": "@line-2",
            "tickfont": {"color": "@text-2"},
            "tickangle": 0,
            "anchor": "y4" if "score" in lanes else "y",
            **time_ticks(first, last, most=_most_ticks(lanes, beamer)),
        },
        "yaxis": _axis(
            facts.y_title,
            domains["curve"],
            size,
            tickformat=_decimals(facts, y_high - y_low),
            range=[y_high, y_low] if facts.reversed else [y_low, y_high],
        ),
        "shapes": _shapes(facts, lanes),
        "annotations": _annotations(facts, lanes, beamer),
    }
    if "class" in lanes:
        layout["yaxis2"] = {
            "domain": domains["class"],
            "range": [0, 1],
            "visible": False,
            "fixedrange": True,
            "anchor": "x",
        }
    if "colour" in lanes:
        layout["yaxis3"] = _axis("g − r", domains["colour"], size, fixedrange=True, nticks=2 if beamer else 4)
    if "score" in lanes:
        layout["yaxis4"] = _axis(
            "Odder ↑",
            domains["score"],
            size,
            fixedrange=True,
            nticks=2 if beamer else 4,
            tickformat=".4f",
            **_score_range(facts),
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
    data = light_curve_traces(facts, lanes=lanes, bounds=bounds, beamer=beamer)
    return paint({"data": data, "layout": _layout(facts, lanes, bounds, zoom, height, beamer)}, theme)
