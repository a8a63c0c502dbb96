"""The light curve with its class, colour and score lanes on one time axis: its layout, and the whole figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from components.figures.light_curve_facts import LightCurveFacts, value_range
from components.figures.light_curve_notes import shapes_of, words_of
from components.figures.light_curve_traces import light_curve_traces
from components.figures.time_axis import mjd_ticks, time_ticks, utc_ticks
from components.theme import FONT, paint

LANE_PX = {"class": 40, "colour": 64, "score": 84}
GAP_PX = 10
LANE_MARGIN = {"l": 76, "r": 14, "t": 26, "b": 28}
LANE_MARGIN_BEAMER = {"l": 108, "r": 14, "t": 36, "b": 40}
MARGIN = {"l": 76, "r": 14, "t": 8, "b": 44}
MARGIN_BEAMER = {"l": 108, "r": 14, "t": 8, "b": 60}
SECOND_LINE_PX = {False: 16, True: 24}
"""Room for a second line of tick labels, in beamer type or not."""


def _margin(lanes: Collection[str], beamer: bool, ago: bool) -> dict[str, int]:
    """Room around the lanes: UTC stands above them, MJD below, and days ago over MJD when they are asked for."""
    if not lanes:
        return dict(MARGIN_BEAMER if beamer else MARGIN)
    margin = dict(LANE_MARGIN_BEAMER if beamer else LANE_MARGIN)
    return {**margin, "b": margin["b"] + (SECOND_LINE_PX[beamer] if ago else 0)}


def _domains(lanes: Collection[str], height: int, margin: Mapping[str, int]) -> dict[str, list[float]]:
    """Vertical share of each lane, from the top: class, curve, colour, score."""
    inner = height - margin["t"] - margin["b"]
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
        "ticklabeloverflow": "allow",  # the margin has room; else the browser lays out the page to measure each label
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
    ago_from: float | None,
) -> dict[str, Any]:
    margin = _margin(lanes, beamer, ago_from is not None)
    domains = _domains(lanes, height, margin)
    first, last = (zoom[0], zoom[1]) if len(zoom) >= 2 else facts.mjd_range()
    y_low, y_high = (min(zoom[2:4]), max(zoom[2:4])) if len(zoom) == 4 else bounds
    size = 18 if beamer else 12
    ticks = 2 if beamer else 4
    layout: dict[str, Any] = {
        **_frame(size, margin),
        **_time_axes(first, last, lanes, beamer, ago_from),
        "yaxis": _axis(
            facts.y_title,
            domains["curve"],
            size,
            tickformat=_decimals(facts, y_high - y_low),
            range=[y_high, y_low] if facts.reversed else [y_low, y_high],
        ),
        "shapes": shapes_of(facts, lanes),
        "annotations": words_of(facts, lanes, (first, last), bounds, beamer=beamer, ago=ago_from is not None),
    }
    if "class" in lanes:
        ribbon = {"range": [0, 1], "visible": False, "fixedrange": True, "anchor": "x2"}
        layout["yaxis2"] = {"domain": domains["class"], **ribbon}
    if "colour" in lanes:
        layout["yaxis3"] = _axis("g − r", domains["colour"], size, fixedrange=True, nticks=ticks)
    if "score" in lanes:
        more = {"fixedrange": True, "nticks": ticks, "tickformat": ".4f", **_score_range(facts)}
        layout["yaxis4"] = _axis("Odder ↑", domains["score"], size, **more)
    return layout


def _frame(size: int, margin: dict[str, int]) -> dict[str, Any]:
    """What every lane shares: no background of its own, fonts, hover, and bars that never move."""
    hover = {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": 12, "color": "@text"}, "align": "left"}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": margin,
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "hoverlabel": hover,
        "dragmode": "zoom",
        "showlegend": False,
        "uniformtext": {"mode": "hide", "minsize": 11},
        "bargap": 0,
        "barmode": "overlay",
        "uirevision": "keep",
    }


def _time_axes(
    first: float, last: float, lanes: Collection[str], beamer: bool, ago_from: float | None
) -> dict[str, dict[str, Any]]:
    """MJD (or days ago) below everything, and UTC above the class ribbon; one axis with both where there is none."""
    most = _most_ticks(lanes, beamer)
    common = {"range": [first, last], "zeroline": False, "ticks": "outside", "tickangle": 0}
    colours = {"tickcolor": "@line-2", "tickfont": {"color": "@text-2"}, "linecolor": "@line-2"}
    below: dict[str, Any] = {
        **common,
        **colours,
        "gridcolor": "@grid",
        "showline": True,
        "mirror": "all",
        "anchor": "y4" if "score" in lanes else "y",
    }
    if "class" not in lanes:
        return {"xaxis": {**below, **time_ticks(first, last, most=most)}}
    above = {**common, **colours, "matches": "x", "side": "top", "anchor": "y2", "showgrid": False, "ticklen": 3}
    return {
        "xaxis": {**below, **mjd_ticks(first, last, most=most, ago_from=ago_from)},
        "xaxis2": {**above, **utc_ticks(first, last, most=most)},
    }


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
    span = max(max(scores) - min(scores), 5e-4)
    above = 1.0 if any(s.rank for s in facts.scores) else 0.3  # room for the ranks
    return {"range": [max(scores) + 0.3 * span, min(scores) - above * span]}


def light_curve_figure(
    facts: LightCurveFacts,
    *,
    lanes: Collection[str] = ("class", "colour", "score"),
    theme: str = "light",
    zoom: Sequence[float] = (),
    height: int = 600,
    hidden: Collection[str] = (),
    ago_from: float | None = None,
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
    hidden
        Bands and kinds that are not shown; their traces are there, so that the browser can show them.
    ago_from
        MJD from which days ago are counted below the figure; None for MJD alone.
    """
    beamer = theme == "beamer"
    bounds = value_range(facts)
    data = light_curve_traces(facts, lanes=lanes, bounds=bounds, beamer=beamer, zoom=zoom)
    for trace in data:
        if {trace["meta"].get("band"), trace["meta"].get("kind")} & set(hidden):
            trace["visible"] = False
    return paint({"data": data, "layout": _layout(facts, lanes, bounds, zoom, height, beamer, ago_from)}, theme)
