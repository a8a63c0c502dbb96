"""How well a row fits together, in numbers: what the isolation forest sees.

Every feature compares values of one row with each other or with the frozen wavelength table, so that an honest
observation of anything, anywhere, at any time looks like the others. Labels, positions on the sky, dates, row numbers,
decimals and repeated identifiers are not among them: the first would be cheating, the others habits of an
injector or of the archive.

A feature that cannot be computed (a planned row has no times) is missing. For the forest it takes the median of the
rule-clean rows, which counts neither for nor against the row: it is scored by what remains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.jwst import measured
from services.jwst.facts import Facts

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

COMBINED = 3
"""Calibration level from which a product combines exposures, so that most of its time range is not exposure."""
LEAST_RADIUS_DEG = 0.003
"""About 10 arcsec: a slit's footprint is thinner than the pointing is repeatable."""
LARGEST = 1e30
"""No value counts as more: the forest computes in single precision."""
LEAST_WIDTH = 1e-3
"""Of a range, after scaling: a feature that is the same in all rows has none."""
MODE_ROWS = 10
"""Rows of an instrument mode, before its median means something."""


@dataclass(frozen=True)
class Feature:
    """One feature.

    Attributes
    ----------
    name, title, unit
        For programs; for people; "" for a ratio.
    scale
        What the forest sees of it: monotone, so that the order of the rows stays.
    of
        Natural values, shape (rows,), NaN where they cannot be computed.
    difference
        Whether it is a difference from what is expected, of which none is too small.
    """

    name: str
    title: str
    unit: str
    scale: Callable[[Floats], Floats]
    of: Callable[[Facts], Floats]
    difference: bool = False


def _log(least: float) -> Callable[[Floats], Floats]:
    """Logarithm that is linear below `least` and goes through zero, so that a wrong sign is no problem."""

    def scaled(values: Floats) -> Floats:
        return np.arcsinh(np.clip(values, -LARGEST, LARGEST) / least) / np.log(10)

    return scaled


def duty(facts: Facts) -> Floats:
    """Exposure time over time range; NaN where the range is not positive."""
    seconds = (facts.number("t_max") - facts.number("t_min")) * measured.DAY_S
    return np.divide(facts.number("t_exptime"), seconds, out=np.full(len(seconds), np.nan), where=seconds > 0)


def _duty_single(facts: Facts) -> Floats:
    return np.where(facts.number("calib_level") < COMBINED, duty(facts), np.nan)


def _duty_combined(facts: Facts) -> Floats:
    return np.where(facts.number("calib_level") >= COMBINED, duty(facts), np.nan)


def separation(facts: Facts) -> Floats:
    """Distance of the target from the middle of the footprint in radii of the footprint; NaN for a moving target."""
    found = facts.separation_deg / np.maximum(facts.regions.radius_deg, LEAST_RADIUS_DEG)
    return np.where(facts.frame["mtFlag"].eq("true").to_numpy(dtype=bool, na_value=False), np.nan, found)


def _release(facts: Facts) -> Floats:
    return facts.number("t_obs_release") - facts.number("t_max")


def wavelength(facts: Facts) -> Floats:
    """Larger difference of the two wavelengths from the frozen table, in units of the table's tolerance."""
    known = facts.wavelengths
    low = np.abs(facts.number("em_min") - known.em_min)
    high = np.abs(facts.number("em_max") - known.em_max)
    return np.where(known.origin == "FILE", np.nan, np.fmax(low, high) / known.tolerance)


def frames(facts: Facts) -> Floats:
    """Difference of the exposure time from a whole number of frames, in s; NaN where the rule is not for the row."""
    found = measured.frame_time(facts)
    return np.where(found.checkable, np.abs(found.observed - found.expected), np.nan)


def exposure(facts: Facts) -> Floats:
    """Exposure time over the median of its instrument mode in the same file; NaN in a mode of fewer than ten rows."""
    frame = facts.frame
    time = frame["t_exptime"].where(frame["t_exptime"] > 0)
    modes = time.groupby([frame["instrument_name"], frame["calib_level"] >= COMBINED])
    usual = modes.transform("median").where(modes.transform("count") >= MODE_ROWS)
    return (time / usual).to_numpy(dtype=np.float64)


FEATURES: tuple[Feature, ...] = (
    Feature("duty_single", "exposure over time range, one exposure", "", _log(0.01), _duty_single),
    Feature("duty_combined", "exposure over time range, combined exposures", "", _log(1e-5), _duty_combined),
    Feature("separation", "target to middle of footprint over its radius", "", _log(0.1), separation, difference=True),
    Feature("release", "release after the end", "d", _log(0.1), _release),
    Feature("wavelength", "wavelength off the table over its tolerance", "", _log(0.1), wavelength, difference=True),
    Feature("frames", "exposure time off a whole number of frames", "s", _log(0.001), frames, difference=True),
    Feature("exposure", "exposure time over the median of its mode", "", _log(0.01), exposure),
)
BY_NAME = {feature.name: feature for feature in FEATURES}


def values(frame: pd.DataFrame) -> Floats:
    """Natural values of all features, shape (rows, features), in the order of `FEATURES`; NaN is missing."""
    facts = Facts(frame, retrieved_mjd=np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.column_stack([feature.of(facts) for feature in FEATURES])
    return np.where(np.isfinite(found), found, np.nan)


def design(natural: Floats, clean: Bools) -> npt.NDArray[np.float32]:
    """What the forest is given: scaled, missing values filled with the median of the clean rows.

    Parameters
    ----------
    natural
        Shape (rows, features), from `values`.
    clean
        Shape (rows,).
    """
    scaled = _scaled(natural)
    (middle,) = quantiles(scaled[clean], (0.5,))
    return np.where(np.isnan(scaled), np.nan_to_num(middle), scaled).astype(np.float32)


def _scaled(natural: Floats) -> Floats:
    return np.column_stack([feature.scale(natural[:, n]) for n, feature in enumerate(FEATURES)])


def quantiles(rows: Floats, at: Sequence[float]) -> Floats:
    """Quantiles of each column without its missing values, shape (len(at), features); NaN for an empty column."""
    found = np.full((len(at), rows.shape[1]), np.nan)
    for n in range(rows.shape[1]):
        present = rows[~np.isnan(rows[:, n]), n]
        if len(present):
            found[:, n] = np.quantile(present, at)
    return found


@dataclass(frozen=True)
class Typical:
    """Between which values most rows lie, and their median, in natural values, shape (features,) each."""

    low: Floats
    middle: Floats
    high: Floats

    def distance(self, natural: Floats) -> Floats:
        """How far each value is from the middle: 1 at the end of the range, more outside; 0 where it is missing.

        Parameters
        ----------
        natural
            Shape (rows, features), as is what is returned.
        """
        value, low, middle, high = _scaled(natural), *(_scaled(one[None, :])[0] for one in self._ends())
        above = (value - middle) / np.maximum(high - middle, LEAST_WIDTH)
        below = (middle - value) / np.maximum(middle - low, LEAST_WIDTH)
        differences = np.array([feature.difference for feature in FEATURES])
        return np.nan_to_num(np.maximum(above, np.where(differences, 0.0, below)))

    def _ends(self) -> tuple[Floats, Floats, Floats]:
        return self.low, self.middle, self.high

    def words(self, column: int) -> str:
        """The range of one feature for people."""
        return words(0.0 if FEATURES[column].difference else self.low[column], self.high[column])


def typical(natural: Floats, between: tuple[float, float]) -> Typical:
    """The range between two quantiles of these rows."""
    return Typical(*quantiles(natural, (between[0], 0.5, between[1])))


def words(low: float, high: float) -> str:
    """A range for people, in three significant digits.

    Examples
    --------
    >>> words(0.8612, 1.05), words(0.0, 0.0)
    ('0.861 to 1.05', '0')
    """
    first, last = f"{low:.3g}", f"{high:.3g}"
    return first if first == last else f"{first} to {last}"
