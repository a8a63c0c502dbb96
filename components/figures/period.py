"""Periodogram and folded light curve, side by side on one figure, so that both leave the house together.

The axes are numbered from 2 on: assets/app.js takes a plain ``xaxis`` for time. What folds the points again for another
period is assets/period.js; it needs nothing but what is in the ``meta`` of the folded traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.theme import BAND_SYMBOL, FONT, paint

Floats = npt.NDArray[np.float64]

BINS = 600
"""Bins of the period axis, about two per pixel of the panel; each keeps its highest and its lowest power."""
WEBGL_ABOVE = 3000
"""Points above which WebGL is faster than SVG (measured: PLATFORM.md section 0, rule 4)."""
CROWDED = 0.07
"""Share of the period axis that the number of a peak takes."""
GAP, GAP_BEAMER = (0.42, 0.60), (0.40, 0.66)
"""Where the periodogram ends and the fold begins, as shares of the width."""


@dataclass(frozen=True)
class FoldedBand:
    """Detections of one band in time order: MJD, brightness with its error, alert (None: from another's history)."""

    name: str
    mjd: Sequence[float]
    value: Sequence[float]
    error: Sequence[float]
    candid: Sequence[str | None]


@dataclass(frozen=True)
class Folding:
    """How the points are folded: period in days, MJD of phase 0 before it is moved, by how much, cycles drawn."""

    period: float
    epoch_mjd: float
    phase0: float
    cycles: int

    @property
    def zero_mjd(self) -> float:
        """MJD at which the phase is 0."""
        return self.epoch_mjd + self.phase0 * self.period


@dataclass(frozen=True)
class PeriodFacts:
    """What the figure draws.

    Attributes
    ----------
    power, window
        ``(period, power)`` in the order of the axis, thinned by `thinned`.
    level
        Power of the false-alarm line.
    peaks
        ``(period, power)``, highest first.
    period_range
        Shortest and longest period, in days.
    reversed
        Whether the brightness grows downwards.
    """

    power: tuple[Sequence[float], Sequence[float]]
    window: tuple[Sequence[float], Sequence[float]]
    level: float
    level_words: str
    peaks: Sequence[tuple[float, float]]
    period_range: tuple[float, float]
    bands: Sequence[FoldedBand]
    folding: Folding
    y_title: str
    reversed: bool


def thinned(frequency: Floats, power: Floats, *, lowest: bool = True) -> tuple[list[float], list[float]]:
    """A periodogram as a line of at most ``2 * BINS`` points over the logarithm of the period.

    Every maximum that stands out on the screen stays where it is: of each bin, the highest power is kept at its own
    period, and the lowest, too, unless `lowest` is False.

    Parameters
    ----------
    frequency, power
        Ascending frequencies in 1/d, and their power; shape (n,).

    Returns
    -------
    tuple
        Periods in days, ascending, and powers.
    """
    period, value = 1 / frequency[::-1], power[::-1]
    logs = np.log(period)
    place = np.minimum(((logs - logs[0]) / max(logs[-1] - logs[0], 1e-12) * BINS).astype(int), BINS - 1)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    stops = [*starts[1:].tolist(), len(place)]
    kept: set[int] = set()
    for start, stop in zip(starts.tolist(), stops, strict=True):
        kept.add(start + int(value[start:stop].argmax()))
        if lowest:
            kept.add(start + int(value[start:stop].argmin()))
    chosen = sorted(kept)
    return np.round(period[chosen], 8).tolist(), np.round(value[chosen], 5).tolist()


def phases(mjd: Sequence[float], folding: Folding) -> Floats:
    """Phases from 0 to 1, of each time."""
    return np.mod((np.asarray(mjd, dtype="float64") - folding.zero_mjd) / folding.period, 1.0)


def _power_traces(facts: PeriodFacts, beamer: bool) -> list[dict[str, Any]]:
    wide = 2 if beamer else 1.2
    lines = [
        ("window", facts.window, {"color": "@line-2", "width": 1}),
        ("power", facts.power, {"color": "@text-2", "width": wide}),
        ("level", (list(facts.period_range), [facts.level] * 2), {"color": "@unavail", "width": wide, "dash": "dash"}),
        ("chosen", ([facts.folding.period] * 2, [0, top_of(facts)]), {"color": "@accent", "width": wide + 0.4}),
    ]
    drawn = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": list(x),
            "y": list(y),
            "line": line,
            "hoverinfo": "skip" if role != "power" else "x+y",
            "meta": {"role": role},
        }
        for role, (x, y), line in lines
    ]
    peaks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [period for period, _ in facts.peaks],
        "y": [power for _, power in facts.peaks],
        "text": _numbers(facts),
        "textposition": "top center",
        "textfont": {"color": "@text", "size": 18 if beamer else 12},
        "marker": {"symbol": "triangle-down", "size": 12 if beamer else 9, "color": "@accent"},
        "hovertemplate": "%{x:.8~g} d, power %{y:.3f}<extra></extra>",
        "cliponaxis": False,
        "meta": {"role": "peaks"},
    }
    return [{**trace, "xaxis": "x2", "yaxis": "y2", "showlegend": False} for trace in (*drawn, peaks)]


def _numbers(facts: PeriodFacts) -> list[str]:
    """Numbers of the peaks; one that would stand on the number of a higher peak is left to the list."""
    low, high = np.log(facts.period_range)
    places = [(float(np.log(period)) - low) / (high - low) for period, _ in facts.peaks]
    near = [any(abs(place - other) < CROWDED for other in places[:n]) for n, place in enumerate(places)]
    return ["" if hidden else str(n) for n, hidden in enumerate(near, 1)]


def top_of(facts: PeriodFacts) -> float:
    """Upper end of the power axis: the highest power, with room for the number of its peak."""
    return 1.22 * max([facts.level, *facts.power[1], *(power for _, power in facts.peaks)])


def _folded(band: FoldedBand, folding: Folding, gl: str, beamer: bool) -> dict[str, Any]:
    phase = np.round(phases(band.mjd, folding), 5).tolist()
    again = range(folding.cycles)
    error = [None if e != e else e for e in band.error]
    return {
        "type": gl,
        "mode": "markers",
        "x": [p + n for n in again for p in phase],
        "y": list(band.value) * folding.cycles,
        "error_y": {
            "type": "data",
            "array": error * folding.cycles,
            "color": f"@band-{band.name}",
            "thickness": 1.6 if beamer else 1,
            "width": 0,
        },
        "marker": {
            "symbol": BAND_SYMBOL[band.name],
            "size": 9 if beamer else 6,
            "color": f"@band-{band.name}",
            "line": {"width": 0.5, "color": "@panel"},
        },
        "hovertemplate": f"{band.name} %{{y:.5~g}}, phase %{{x:.3f}}<extra></extra>",
        "xaxis": "x3",
        "yaxis": "y3",
        "showlegend": False,
        "meta": {
            "fold": band.name,
            "mjd": [round(t, 7) for t in band.mjd],
            "value": list(band.value),
            "error": error,
            "candid": list(band.candid),
        },
    }


def _axis(title: str, size: int, **more: Any) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": size, "color": "@text-2"}, "standoff": 4},
        "gridcolor": "@grid",
        "zeroline": False,
        "showline": True,
        "mirror": True,
        "linecolor": "@line-2",
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": "@line-2",
        "tickfont": {"color": "@text-2", "size": size},
        "tickangle": 0,
        "automargin": False,
        **more,
    }


def _log_ticks(low: float, high: float, beamer: bool) -> dict[str, Any]:
    """Powers of ten, and 2 and 5 times them where the range is short."""
    decades = np.log10(high / low)
    steps = (1.0,) if decades > 1.6 else (1.0, 2.0, 5.0)
    every = 2 if decades > 3.4 and beamer else 1
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    values = [s * 10.0**n for n in range(first, last + 1, every) for s in steps if low <= s * 10.0**n <= high]
    return {"tickmode": "array", "tickvals": values, "ticktext": [f"{v:g}" for v in values]}


def _value_range(facts: PeriodFacts) -> list[float]:
    values = np.array([v for band in facts.bands for v in band.value if np.isfinite(v)])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    pad = 0.08 * (high - low) or 0.1
    return [high + pad, low - pad] if facts.reversed else [low - pad, high + pad]


def _layout(facts: PeriodFacts, period_words: str, beamer: bool) -> dict[str, Any]:
    size = 18 if beamer else 12
    low, high = facts.period_range
    gap = GAP_BEAMER if beamer else GAP
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 62, "r": 14, "t": 8, "b": 60} if beamer else {"l": 40, "r": 8, "t": 6, "b": 38},
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": 12, "color": "@text"}},
        "dragmode": "zoom",
        "showlegend": False,
        "uirevision": "keep",
        "xaxis2": _axis(
            "Period, d",
            size,
            type="log",
            range=[float(np.log10(low)), float(np.log10(high))],
            domain=[0, gap[0]],
            anchor="y2",
            **_log_ticks(low, high, beamer),
        ),
        "yaxis2": _axis("Power", size, range=[0, top_of(facts)], fixedrange=True, nticks=4, anchor="x2"),
        "xaxis3": _axis(
            f"Phase of {period_words} d",
            size,
            range=[0, facts.folding.cycles],
            domain=[gap[1], 1],
            fixedrange=True,
            nticks=5,
            anchor="y3",
        ),
        "yaxis3": _axis(facts.y_title, size, range=_value_range(facts), fixedrange=True, nticks=5, anchor="x3"),
        "annotations": [
            {
                "text": facts.level_words,
                "xref": "x2",
                "yref": "y2",
                "x": float(np.log10(high)),
                "y": facts.level,
                "xanchor": "right",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"size": size, "color": "@unavail"},
            }
        ],
    }


def period_figure(facts: PeriodFacts, *, period_words: str, theme: str = "light") -> dict[str, Any]:
    """Figure with the periodogram at the left and the folded detections at the right, as a dict in Plotly's form.

    Parameters
    ----------
    period_words
        The period for the title of the phase axis, so that an exported figure says it.
    theme
        ``light``, ``dark`` or ``beamer``.
    """
    beamer = theme == "beamer"
    points = facts.folding.cycles * sum(len(band.mjd) for band in facts.bands)
    gl = "scattergl" if points > WEBGL_ABOVE else "scatter"
    data = _power_traces(facts, beamer) + [_folded(band, facts.folding, gl, beamer) for band in facts.bands]
    return paint({"data": data, "layout": _layout(facts, period_words, beamer)}, theme)
