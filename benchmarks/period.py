"""The search for a period against its target: 2,000 points and 100,000 frequencies in 0.3 s."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.measure import Result, times_of
from components.figures.period import thinned
from services.period import Periodogram, search
from services.period_points import measurements
from services.photometry import flux_ujy, magnitude_ab

POINTS, SPAN_DAYS, PERIOD_DAYS = 2000, 1000, 0.58712
TARGET_MS = 300


def curve(points: int = POINTS, span_days: float = SPAN_DAYS) -> pd.DataFrame:
    """An invented RR Lyrae star in g and r with as many detections in all."""
    draws = np.random.default_rng(8)
    jd = np.sort(2458300.5 + np.floor(draws.uniform(0, span_days, points)) + draws.uniform(0.2, 0.45, points))
    unit = float(flux_ujy(18.5))
    flux = unit * (0.5 * np.sin(2 * np.pi * jd / PERIOD_DAYS) + 0.05 * draws.normal(size=points))
    return pd.DataFrame(
        {
            "candid": [str(3165254992115015021 + n) for n in range(points)],
            "jd": jd,
            "fid": pd.array(1 + np.arange(points) % 2, dtype="Int64"),
            "magpsf": magnitude_ab(np.abs(flux)),
            "sigmapsf": 0.1,
            "diffmaglim": 20.5,
            "isdiffpos": np.where(flux > 0, "t", "f"),
            "magnr": 18.5,
            "sigmagnr": 0.02,
            "distnr": 0.3,
            "tag": "valid",
        }
    )


def results() -> list[Result]:
    """Search, and everything before and after it but the drawing; the first call does not count (imports)."""
    rows = curve()
    measured = measurements(rows)
    found = search(measured)

    def whole() -> Periodogram:
        again = search(measurements(rows))
        thinned(again.frequency, again.power)
        thinned(again.frequency, again.window, lowest=False)
        return again

    points = f"{len(rows):,} points, {len(found.frequency):,} frequencies"
    return [
        Result(f"period search, {points}", times_of(lambda: search(measured), 9), TARGET_MS, "ms"),
        Result("the same with choosing the points and thinning the curves", times_of(whole, 9), TARGET_MS, "ms"),
    ]
