"""Altitude through a night: the position, the Moon, and how dark it is, in hours of UTC."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.figures.time_axis import utc_of_mjd
from components.theme import FONT, paint

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

MARGIN = {"l": 46, "r": 50, "t": 24, "b": 38}
MARGIN_BEAMER = {"l": 66, "r": 74, "t": 34, "b": 58}
SHADES = (0.3, 0.35, 0.45, 1.0)
"""Opacity of what lies over each other: below the horizon, civil, nautical, astronomical twilight passed."""

HOURS = (1, 2, 3, 4, 6, 8)
ALTITUDES = (0, 30, 60, 90)
LOWEST_WORD_DEG = 12
"""A line that is lower has no room for its name between it and the horizon."""


@dataclass(frozen=True, eq=False)
class AltitudeFacts:
    """What the figure of one night shows.

    Attributes
    ----------
    mjd, altitude_deg, airmass, moon_altitude_deg
        float64 (n,): times (UTC, days), oldest first, and what they have; airmass is NaN below the horizon.
    shown
        First and last time of the axis (MJD).
    dark
        For each of sunset, civil, nautical and astronomical twilight, the times (MJD) between which the Sun is lower.
    windows
        Times (MJD) between which the altitude is good in the dark.
    best
        Index of the best time, or None.
    best_words
        Altitude and time of it.
    title
        Which night.
    axis_airmass
        Airmass at each of `ALTITUDES` above the horizon.
    """

    mjd: Floats
    altitude_deg: Floats
    airmass: Floats
    moon_altitude_deg: Floats
    shown: Span
    dark: Sequence[Sequence[Span]]
    windows: Sequence[Span]
    best: int | None
    best_words: str
    title: str
    axis_airmass: Sequence[float]


def observability_figure(facts: AltitudeFacts, theme: str = "light") -> dict[str, Any]:
    """Figure of a night as a dict in Plotly's form; everything that matters in it is written out beside it too."""
    beamer = theme == "beamer"
    data = [_moon(facts, beamer), _whole(facts, beamer), *_good(facts, beamer), *_best(facts, beamer)]
    return paint({"data": data, "layout": _layout(facts, beamer)}, theme)


def _seen(values: Floats) -> list[float | None]:
    """Altitudes above the horizon; the rest is not drawn."""
    return [round(float(value), 2) if value >= 0 else None for value in values]


def _within(facts: AltitudeFacts, start: float, stop: float) -> npt.NDArray[np.bool_]:
    return (facts.mjd >= start) & (facts.mjd <= stop)


def _line(times: Floats, altitudes: list[float | None], name: str, line: dict[str, Any], hover: Any) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": times.round(5).tolist(),
        "y": altitudes,
        "line": line,
        "name": name,
        "meta": {"role": name},
        "text": hover,
        "hovertemplate": "%{text}<extra></extra>" if hover else None,
        "hoverinfo": None if hover else "skip",
        "connectgaps": False,
    }


def _whole(facts: AltitudeFacts, beamer: bool) -> dict[str, Any]:
    seen = _within(facts, *facts.shown)
    triples = zip(facts.mjd[seen], facts.altitude_deg[seen], facts.airmass[seen], strict=True)
    hover = [f"{utc_of_mjd(t):%H:%M} UTC, {a:.0f}°, airmass {x:.2f}" for t, a, x in triples]
    line = {"color": "@text-2", "width": 2 if beamer else 1.2}
    return _line(facts.mjd[seen], _seen(facts.altitude_deg[seen]), "altitude", line, hover)


def _moon(facts: AltitudeFacts, beamer: bool) -> dict[str, Any]:
    seen = _within(facts, *facts.shown)
    pairs = zip(facts.mjd[seen], facts.moon_altitude_deg[seen], strict=True)
    hover = [f"{utc_of_mjd(t):%H:%M} UTC, Moon {a:.0f}°" for t, a in pairs]
    line = {"color": "@text-3", "width": 2.5 if beamer else 1.6, "dash": "2px,4px"}
    return _line(facts.mjd[seen], _seen(facts.moon_altitude_deg[seen]), "moon", line, hover)


def _good(facts: AltitudeFacts, beamer: bool) -> list[dict[str, Any]]:
    """The parts that count, thick; their ends lie between the points."""
    line = {"color": "@text", "width": 5 if beamer else 3.4}
    parts = []
    for start, stop in facts.windows:
        times = np.concatenate([[start], facts.mjd[_within(facts, start, stop)], [stop]])
        altitudes = np.interp(times, facts.mjd, facts.altitude_deg)
        parts.append(_line(times, _seen(altitudes), "good", line, None))
    return parts


def _best(facts: AltitudeFacts, beamer: bool) -> list[dict[str, Any]]:
    if facts.best is None:
        return []
    marker = {"color": "@text", "size": 11 if beamer else 8, "line": {"color": "@panel", "width": 1.5}}
    x, y = float(facts.mjd[facts.best]), float(facts.altitude_deg[facts.best])
    point = {"type": "scatter", "mode": "markers", "x": [x], "y": [round(y, 2)], "marker": marker}
    return [{**point, "name": "best", "meta": {"role": "best"}, "hoverinfo": "skip"}]


def _layout(facts: AltitudeFacts, beamer: bool) -> dict[str, Any]:
    size = 18 if beamer else 12
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": dict(MARGIN_BEAMER if beamer else MARGIN),
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": size, "color": "@text"}},
        "dragmode": False,
        "showlegend": False,
        "xaxis": _hours(facts, size, beamer),
        "yaxis": _altitudes(size),
        "shapes": _nights(facts),
        "annotations": _words(facts, size, beamer),
    }


def _axis(size: int, **more: Any) -> dict[str, Any]:
    return {
        "fixedrange": True,
        "gridcolor": "@grid",
        "zeroline": False,
        "showline": True,
        "linecolor": "@line-2",
        "ticks": "",
        "tickangle": 0,
        "tickfont": {"color": "@text-2", "size": size},
        "automargin": False,
        "ticklabeloverflow": "allow",
        **more,
    }


def _title(text: str, size: int) -> dict[str, Any]:
    return {"text": text, "font": {"size": size, "color": "@text-2"}, "standoff": 6}


def _altitudes(size: int) -> dict[str, Any]:
    ticks = {"tickvals": list(ALTITUDES), "ticktext": [f"{a}°" for a in ALTITUDES]}
    return _axis(size, range=[0, 90], title=_title("Altitude", size), **ticks)


def _hours(facts: AltitudeFacts, size: int, beamer: bool) -> dict[str, Any]:
    start, stop = facts.shown
    step = hour_step((stop - start) * 24, most=5 if beamer else 8)
    first, last = math.ceil(start * 24 / step), math.floor(stop * 24 / step)
    values = [round(n * step / 24, 6) for n in range(first, last + 1)]
    names = [f"{utc_of_mjd(value + 1e-5):%H}" for value in values]
    return _axis(size, range=[start, stop], showgrid=False, tickvals=values, ticktext=names,
                 title=_title(f"Hour (UTC), {facts.title}", size))  # fmt: skip


def hour_step(hours: float, most: int) -> int:
    """Smallest handsome step that puts at most `most` ticks on so many hours."""
    return next((step for step in HOURS if hours / step <= most), HOURS[-1])


def _nights(facts: AltitudeFacts) -> list[dict[str, Any]]:
    """Darkness in four steps, the darker ones over the brighter."""
    return [
        {
            "type": "rect",
            "name": name,
            "layer": "below",
            "xref": "x",
            "yref": "paper",
            "x0": max(start, facts.shown[0]),
            "x1": min(stop, facts.shown[1]),
            "y0": 0,
            "y1": 1,
            "fillcolor": "@night",
            "opacity": opacity,
            "line": {"width": 0},
        }
        for name, opacity, spans in zip(("sun", "civil", "nautical", "dark"), SHADES, facts.dark, strict=True)
        for start, stop in spans
    ]


def _words(facts: AltitudeFacts, size: int, beamer: bool) -> list[dict[str, Any]]:
    beside = [
        _note(
            f"{value:.2f}" if value < 1.5 else f"{value:.1f}", 1, altitude, size, xref="paper", xanchor="left", xshift=5
        )
        for altitude, value in zip(ALTITUDES[1:], facts.axis_airmass, strict=True)
    ]
    head = _note("airmass", 1, 0, size, xref="paper", yref="paper", xanchor="left", yanchor="bottom", xshift=2)
    return [*beside, head, *_moon_word(facts, size), *_best_word(facts, size, beamer)]


def _note(text: str, x: float, y: float, size: int, **more: Any) -> dict[str, Any]:
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"size": size, "color": "@text-2"}, **more}


def _side(facts: AltitudeFacts, x: float) -> str:
    """Anchor that keeps words inside: to the right of the point at the left edge, and so on."""
    part = (x - facts.shown[0]) / (facts.shown[1] - facts.shown[0])
    return "left" if part < 0.28 else "right" if part > 0.72 else "center"


def _best_word(facts: AltitudeFacts, size: int, beamer: bool) -> list[dict[str, Any]]:
    if facts.best is None:
        return []
    x, y = float(facts.mjd[facts.best]), float(facts.altitude_deg[facts.best])
    place = {"xanchor": _side(facts, x), "yanchor": "bottom", "yshift": 8}
    font = {"size": size, "color": "@text", "weight": 700}
    # Large type has no room for the airmass, which the axis at the right tells too.
    words = facts.best_words + ("" if beamer else f", airmass {facts.airmass[facts.best]:.2f}")
    return [{**_note(words, x, y, size, name="best", **place), "font": font}]


def _moon_word(facts: AltitudeFacts, size: int) -> list[dict[str, Any]]:
    """The name of the dotted line, where it is farthest from the other line and from the words of the best time."""
    start, stop = facts.shown
    part = (facts.mjd - start) / (stop - start)
    room = np.abs(facts.altitude_deg.clip(0) - facts.moon_altitude_deg)
    if facts.best is not None:
        room[np.abs(part - part[facts.best]) < 0.3] -= 90
    room[(part < 0.1) | (part > 0.9) | (facts.moon_altitude_deg < LOWEST_WORD_DEG)] = -np.inf
    at = int(room.argmax())
    if not math.isfinite(room[at]):
        return []
    y = float(facts.moon_altitude_deg[at])
    above = y > facts.altitude_deg[at] or y < 2 * LOWEST_WORD_DEG
    place = {"yanchor": "bottom", "yshift": 4} if above else {"yanchor": "top", "yshift": -4}
    return [_note("Moon", float(facts.mjd[at]), y, size, name="moon", **place)]
