"""Rules over numbers: positions, times, exposures, wavelengths. Each is one function from facts to a finding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.jwst.facts import Facts, Finding

LAUNCH_MJD = 59573.0
"""JWST was launched on 2021-12-25 at 12:20 UTC."""
RETRIEVAL_TOLERANCE_D = 1.0
DUTY_FACTOR = 1.15
DUTY_EXTRA_S = 1.0
SEPARATION_DEG = 0.25
SEPARATION_RADII = 3.0
BAND_NM = (500.0, 30_000.0)
"""JWST observes from 600 to 28,500 nm (JWST User Documentation, "JWST Observatory Overview"); a little wider here."""
FRAME_S = 10.73677
FRAME_IRS2_S = 14.58889
FRAME_TOLERANCE_S = 0.01
FRAME_TOLERANCE_RELATIVE = 2e-6
"""The frame times are rounded to 10 µs: after 39,000 s that makes 0.04 s at most."""
FULL_FRAME_DEG = {"NIRCAM": 40 / 3600, "NIRISS": 90 / 3600}
"""A footprint with a smaller radius is a subarray, whose frame time is another one."""
LONG_FULL_FRAME_DEG = 85 / 3600
"""The same for one detector of NIRCam's long-wavelength channel, whose pixels are twice as large."""
DAY_S = 86_400.0


def _at_most(observed: np.ndarray, limit: np.ndarray | float, where: np.ndarray | bool = True) -> Finding:
    limits = np.broadcast_to(np.asarray(limit, dtype=np.float64), observed.shape)
    checkable = np.isfinite(observed) & np.isfinite(limits) & where
    with np.errstate(invalid="ignore"):
        return Finding(checkable, observed > limits, observed, limits)


def _at_least(observed: np.ndarray, limit: np.ndarray | float) -> Finding:
    limits = np.broadcast_to(np.asarray(limit, dtype=np.float64), observed.shape)
    with np.errstate(invalid="ignore"):
        return Finding(np.isfinite(observed) & np.isfinite(limits), observed < limits, observed, limits)


def within(name: str, low: float, high: float) -> Callable[[Facts], Finding]:
    """A rule: column `name` lies from `low` to `high`; what is expected is the nearest value that does."""

    def rule(facts: Facts) -> Finding:
        observed = facts.number(name)
        nearest = np.clip(observed, low, high)
        return Finding(np.isfinite(observed), observed != nearest, observed, nearest)

    return rule


def time_order(facts: Facts) -> Finding:
    """An observation ends after it began."""
    return _at_least(facts.number("t_max"), facts.number("t_min"))


def launch(facts: Facts) -> Finding:
    """Nothing was observed before the launch."""
    return _at_least(facts.number("t_min"), LAUNCH_MJD)


def retrieval(facts: Facts) -> Finding:
    """Nothing had been observed after the file was retrieved."""
    observed = np.fmax(facts.number("t_min"), facts.number("t_max"))
    expected = np.full(observed.shape, facts.retrieved_mjd)
    with np.errstate(invalid="ignore"):
        return Finding(np.isfinite(observed), observed > expected + RETRIEVAL_TOLERANCE_D, observed, expected)


def release(facts: Facts) -> Finding:
    """Data are released after they were taken."""
    return _at_most(facts.number("t_max"), facts.number("t_obs_release"))


def exposure_sign(facts: Facts) -> Finding:
    """An exposure is not negative."""
    return _at_least(facts.number("t_exptime"), 0.0)


def duty(facts: Facts) -> Finding:
    """The exposure fits between beginning and end; times have a resolution of about one second."""
    with np.errstate(over="ignore", invalid="ignore"):
        span = (facts.number("t_max") - facts.number("t_min")) * DAY_S
        return _at_most(facts.number("t_exptime"), DUTY_FACTOR * span + DUTY_EXTRA_S, span >= 0)


def separation(facts: Facts) -> Finding:
    """The target is near the footprint; not for moving targets, whose position is at another time."""
    moving = (facts.frame["mtFlag"] == "true").to_numpy(dtype=bool, na_value=False)
    limit = np.maximum(SEPARATION_DEG, SEPARATION_RADII * facts.regions.radius_deg)
    return _at_most(facts.separation_deg, limit, ~moving)


def wavelength_order(facts: Facts) -> Finding:
    """The shortest wavelength is shorter than the longest."""
    return _at_most(facts.number("em_min"), facts.number("em_max"))


def shortest(facts: Facts) -> Finding:
    """The shortest wavelength is that of instrument and filters."""
    return _equals(facts.number("em_min"), facts.wavelengths.em_min, facts.wavelengths.tolerance)


def longest(facts: Facts) -> Finding:
    """The longest wavelength is that of instrument and filters."""
    return _equals(facts.number("em_max"), facts.wavelengths.em_max, facts.wavelengths.tolerance)


def _equals(observed: np.ndarray, expected: np.ndarray, tolerance: np.ndarray) -> Finding:
    checkable = np.isfinite(observed) & np.isfinite(expected)
    with np.errstate(invalid="ignore", over="ignore"):
        return Finding(checkable, np.abs(observed - expected) > tolerance, observed, expected)


def frame_time(facts: Facts) -> Finding:
    """The exposure is a whole number of frames, where the whole detector was read."""
    observed = facts.number("t_exptime")
    nearest = _multiple(observed, FRAME_S)
    irs2 = _multiple(observed, FRAME_IRS2_S)
    with np.errstate(invalid="ignore"):
        closer = (facts.family == "NIRSPEC") & (np.abs(irs2 - observed) < np.abs(nearest - observed))
        expected = np.where(closer, irs2, nearest)
        wrong = np.abs(observed - expected) > FRAME_TOLERANCE_S + FRAME_TOLERANCE_RELATIVE * np.abs(observed)
    return Finding(np.isfinite(observed) & (observed > 0) & whole_frames(facts), wrong, observed, expected)


def _multiple(observed: np.ndarray, frame_s: float) -> np.ndarray:
    """The nearest whole multiple of a frame time, at least one."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.maximum(np.round(observed / frame_s), 1.0) * frame_s


def whole_frames(facts: Facts) -> np.ndarray:
    """Rows whose exposure must be a whole number of known frame times.

    Exempt: MIRI and FGS, coronagraphs, target acquisition, fixed slits and time series, whose frames are read in other
    patterns, and what was read in a subarray: named so in obs_id, or by a footprint too small for the whole detector.
    """
    return (
        _full_modes(facts) & ~_subarray(facts) & (facts.frame["dataproduct_type"] != "timeseries").to_numpy(dtype=bool)
    )


def _full_modes(facts: Facts) -> np.ndarray:
    return facts.mode_in(
        "NIRSPEC/MSA", "NIRSPEC/IFU", "NIRCAM/IMAGE", "NIRCAM/GRISM", "NIRISS/IMAGE", "NIRISS/WFSS"
    )  # fmt: skip


def _subarray(facts: Facts) -> np.ndarray:
    obs_id = facts.frame["obs_id"].str.lower()
    named = obs_id.str.contains("sub", regex=False, na=False).to_numpy(dtype=bool)
    long = obs_id.str.contains(r"_nrc(?:[ab]long|[ab]5)", na=False).to_numpy(dtype=bool)
    least = np.select([facts.family == name for name in FULL_FRAME_DEG], list(FULL_FRAME_DEG.values()), -1.0)
    least = np.where(long & (least > 0), LONG_FULL_FRAME_DEG, least)
    with np.errstate(invalid="ignore"):
        return named | ((least > 0) & ~(facts.regions.radius_deg >= least))
