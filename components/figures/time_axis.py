"""Ticks of a time axis in MJD that also reads as UTC: two lines under each tick."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
STEPS_D = (1 / 24, 1 / 12, 1 / 4, 1 / 2, 1, 2, 5, 10, 20, 50, 100, 200, 365, 730, 1825, 3650)


def utc_of_mjd(mjd: float) -> datetime:
    """UTC of a Modified Julian Date, to the microsecond."""
    return MJD_EPOCH + timedelta(days=float(mjd))


def tick_step(span_d: float, most: int = 8) -> float:
    """Smallest handsome step in days that puts at most `most` ticks on a span."""
    return next((step for step in STEPS_D if math.floor(span_d / step) + 1 <= most), span_d / max(most - 1, 1))


def tick_text(mjd: float, step_d: float, span_d: float) -> str:
    """UTC over MJD, as detailed as the step asks for."""
    when = utc_of_mjd(mjd)
    if step_d < 1:
        return f"{when.day} {when:%b %H:%M}<br>{mjd:.2f}"
    if span_d > 700:
        return f"{when:%b %Y}<br>{mjd:.0f}"
    return f"{when.day} {when:%b}<br>{mjd:.0f}"


def year_text(start_mjd: float, stop_mjd: float) -> str:
    """The year (or years) of a span, printed once beside the axis."""
    first, last = utc_of_mjd(start_mjd).year, utc_of_mjd(stop_mjd).year
    return str(first) if first == last else f"{first}–{last}"


def time_ticks(start_mjd: float, stop_mjd: float, most: int = 8) -> dict[str, Any]:
    """`tickvals` and `ticktext` for a span of MJD; the browser repeats this rule when one zooms (assets/app.js)."""
    span = max(stop_mjd - start_mjd, 1e-6)
    step = tick_step(span, most)
    count = math.floor(stop_mjd / step) - math.ceil(start_mjd / step) + 1
    values = [round((math.ceil(start_mjd / step) + n) * step, 6) for n in range(count)]
    return {"tickvals": values, "ticktext": [tick_text(v, step, span) for v in values]}
