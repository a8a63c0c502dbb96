"""What a search for a period works on: the valid detections of an object by band, as fluxes.

Where (nearly) all detections have a template source, the DC flux is taken, because references of different fields
differ; else the flux of the difference, whose unknown constant a floating mean absorbs. Weights are the errors of the
*difference* in both cases: an error of the template moves all points of a band together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.nights import mjd
from services.photometry import BANDS, brightness

Floats = npt.NDArray[np.float64]

MIN_POINTS = 10
"""Fewer points than that fit any period."""
MIN_IN_BAND = 5
"""A band has three free numbers (mean, amplitude, phase); with fewer points than this they fit anything."""
MOSTLY = 0.9
"""Share of detections with a template source from which the DC flux is searched, and the others are left out."""
SHORTEST_POSSIBLE_DAYS = 0.002
"""An exposure with its readout takes 40 s; nothing shorter than a few of them can be asked for."""
LONGEST_DAYS = 1000.0


@dataclass(frozen=True)
class Band:
    """Valid detections of one band, oldest first; arrays of one length.

    Attributes
    ----------
    mjd
        UTC, days.
    flux, error
        What is searched, in µJy, and its 1σ.
    shown, shown_error
        What is folded on the screen: DC magnitudes when the DC flux is searched, else the same flux.
    candid
        Id of each alert; None for a detection known only from another alert's history.
    left_out
        Why the band is not searched, as words behind its name; None when it is.
    """

    name: str
    mjd: Floats
    flux: Floats
    error: Floats
    shown: Floats
    shown_error: Floats
    candid: tuple[str | None, ...]
    left_out: str | None = None


@dataclass(frozen=True)
class Measurements:
    """What there is to search.

    Attributes
    ----------
    mode
        ``dcflux`` or ``diffflux``.
    dropped
        Valid detections without a value in that mode.
    trouble
        Why no period can be searched, as a sentence for the screen; None when one can.
    """

    bands: tuple[Band, ...]
    mode: Literal["dcflux", "diffflux"]
    dropped: int = 0
    trouble: str | None = None

    @property
    def searched(self) -> tuple[Band, ...]:
        """The bands that take part."""
        return tuple(band for band in self.bands if band.left_out is None)

    @property
    def span_days(self) -> float:
        """From the first to the last searched detection."""
        times = np.concatenate([band.mjd for band in self.searched] or [np.zeros(1)])
        return float(np.ptp(times))

    @property
    def epoch_mjd(self) -> float:
        """Time of the brightest detection, where phase 0 is until somebody moves it."""
        brightest = max(self.searched, key=lambda band: float(band.flux.max()))
        return float(brightest.mjd[brightest.flux.argmax()])


def measurements(curve: pd.DataFrame) -> Measurements:
    """Valid detections of a light curve, by band.

    Parameters
    ----------
    curve
        Tidy light curve with `services.photometry.COLUMNS`, ``tag`` and ``candid``, in any order.
    """
    rows = curve[curve["tag"].eq("valid").fillna(False)].sort_values("jd", kind="stable")
    total = brightness(rows, "dcflux")["value"].notna()
    mode: Literal["dcflux", "diffflux"] = "dcflux" if len(rows) and total.mean() >= MOSTLY else "diffflux"
    usable = _usable(rows, mode)
    bands = tuple(
        band for name, fid in BANDS.items() if (band := _band(usable[usable["fid"].eq(fid)], name)) is not None
    )
    found = Measurements(bands, mode, len(rows) - len(usable))
    return replace(found, trouble=_trouble(found))


def _usable(rows: pd.DataFrame, mode: Literal["dcflux", "diffflux"]) -> pd.DataFrame:
    """Rows with a flux, an error, and what is shown of them."""
    difference = brightness(rows, "diffflux")
    shown = brightness(rows, "dcmag") if mode == "dcflux" else difference
    table = pd.DataFrame(
        {
            "mjd": mjd(rows["jd"].to_numpy(dtype="float64")),
            "fid": rows["fid"].to_numpy(dtype="float64", na_value=np.nan),
            "flux": brightness(rows, mode)["value"].to_numpy(),
            "error": difference["error"].to_numpy(),
            "shown": shown["value"].to_numpy(),
            "shown_error": shown["error"].to_numpy(),
            "candid": [c if isinstance(c, str) else None for c in rows["candid"].tolist()],
        }
    )
    good = np.isfinite(table[["mjd", "flux", "error"]].to_numpy()).all(axis=1) & (table["error"] > 0).to_numpy()
    return table[good]


def _band(rows: pd.DataFrame, name: str) -> Band | None:
    if rows.empty:
        return None
    flux = rows["flux"].to_numpy()
    few = f"{len(rows)} point{'s' * (len(rows) != 1)}" if len(rows) < MIN_IN_BAND else None
    flat = "no variation" if np.ptp(flux) <= 1e-9 * np.abs(flux).max() else None
    return Band(
        name,
        rows["mjd"].to_numpy(),
        flux,
        rows["error"].to_numpy(),
        rows["shown"].to_numpy(),
        rows["shown_error"].to_numpy(),
        tuple(rows["candid"]),
        few or flat,
    )


def _trouble(found: Measurements) -> str | None:
    points = sum(len(band.mjd) for band in found.searched)
    there = sum(len(band.mjd) for band in found.bands)
    if points < MIN_POINTS:
        have = f"{points} valid detection{'s' * (points != 1)} in bands with at least {MIN_IN_BAND}"
        return f"A search needs {MIN_POINTS}; there are {have}{f' ({there} in all)' * (there != points)}."
    if found.span_days <= 2 * SHORTEST_POSSIBLE_DAYS:
        return "All detections are of one moment."
    return None


def longest_days(found: Measurements) -> float:
    """Longest period that is searched: the time that the detections cover, at most `LONGEST_DAYS`."""
    return min(found.span_days, LONGEST_DAYS)


def chi2_of(band: Band) -> float:
    """χ² of a band about its weighted mean."""
    mean = np.average(band.flux, weights=band.error**-2.0)
    return float((((band.flux - mean) / band.error) ** 2).sum())


def time_variance(band: Band) -> float:
    """Variance of the times, weighted as the fit weights them, in d²."""
    w = band.error**-2.0
    time = band.mjd - band.mjd[0]
    return float(np.average((time - np.average(time, weights=w)) ** 2, weights=w))
