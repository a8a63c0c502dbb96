"""Ticks of a time axis in MJD that also reads as UTC, and as days before something.

Above a figure stand UTC dates, below it MJD (or days ago over MJD), at the same handsome places where that is
possible. The browser repeats these rules when one zooms (assets/light_curve.js).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
STEPS_D = (1 / 24, 1 / 12, 1 / 4, 1 / 2, 1, 2, 5, 10, 20, 50, 100, 200, 365, 730, 1825, 3650)
YEARS_FROM_D = 700
"""On longer spans every tick says its year instead of its day."""
END = 0.95
"""A year that changes in the last part of the axis isn't written: its label would be cut off."""


def utc_of_mjd(mjd: float) -> datetime:
    """UTC of a Modified Julian Date, to the microsecond."""
    return MJD_EPOCH + timedelta(days=float(mjd))


def tick_step(span_d: float, most: int = 8) -> float:
    """Smallest handsome step in days that puts at most `most` ticks on a span."""
    return next((step for step in STEPS_D if math.floor(span_d / step) + 1 <= most), span_d / max(most - 1, 1))


def utc_text(mjd: float, step_d: float, span_d: float, *, year: bool = False) -> str:
    """UTC of a tick, as detailed as the step asks for, with its year when wanted."""
    when = utc_of_mjd(mjd)
    if step_d >= 1 and span_d > YEARS_FROM_D:
        return f"{when:%b %Y}"
    day = f"{when.day} {when:%b %Y}" if year else f"{when.day} {when:%b}"
    return f"{day} {when:%H:%M}" if step_d < 1 else day


def mjd_text(mjd: float, step_d: float) -> str:
    """MJD of a tick, with as many decimals as the step asks for."""
    return f"{mjd:.2f}" if step_d < 1 else f"{mjd:.0f}"


def _places(start: float, stop: float, step: float) -> list[float]:
    count = math.floor(stop / step) - math.ceil(start / step) + 1
    return [round((math.ceil(start / step) + n) * step, 6) for n in range(count)]


def _span(start: float, stop: float, most: int) -> tuple[float, float]:
    span = max(stop - start, 1e-6)
    return span, tick_step(span, most)


def time_ticks(start_mjd: float, stop_mjd: float, most: int = 8) -> dict[str, Any]:
    """`tickvals` and `ticktext` for a span of MJD, UTC over MJD: for a figure that has one axis only."""
    span, step = _span(start_mjd, stop_mjd, most)
    values = _places(start_mjd, stop_mjd, step)
    return {"tickvals": values, "ticktext": [f"{utc_text(v, step, span)}<br>{mjd_text(v, step)}" for v in values]}


def utc_ticks(start_mjd: float, stop_mjd: float, most: int = 8) -> dict[str, Any]:
    """Ticks of the axis above: UTC, with the year at the first and wherever it changes."""
    span, step = _span(start_mjd, stop_mjd, most)
    values = _places(start_mjd, stop_mjd, step)
    years = [utc_of_mjd(v).year for v in values]
    changed = [n == 0 or years[n] != years[n - 1] for n in range(len(values))]
    said = [new and v <= start_mjd + END * span for new, v in zip(changed, values, strict=True)]
    texts = [utc_text(v, step, span, year=year) for v, year in zip(values, said, strict=True)]
    return {"tickvals": values, "ticktext": texts}


def mjd_ticks(start_mjd: float, stop_mjd: float, most: int = 8, *, ago_from: float | None = None) -> dict[str, Any]:
    """Ticks of the axis below: MJD, under the days before `ago_from` (MJD) when that is given."""
    _, step = _span(start_mjd, stop_mjd, most)
    if ago_from is None:
        values = _places(start_mjd, stop_mjd, step)
        return {"tickvals": values, "ticktext": [mjd_text(v, step) for v in values]}
    days = _places(ago_from - stop_mjd, ago_from - start_mjd, step)[::-1]
    values = [round(ago_from - d, 6) for d in days]
    texts = [f"{_days(d, step)}<br>{v:.2f}" for d, v in zip(days, values, strict=True)]
    return {"tickvals": values, "ticktext": texts}


def _days(days: float, step_d: float) -> str:
    text = f"{days:.2f}" if step_d < 1 else f"{days:.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")
