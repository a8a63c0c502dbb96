"""Peaks of a periodogram: how high noise alone would reach, and what a peak may be instead of a period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from services.period_points import Band, time_variance

NIGHTLY = 20
"""Whole numbers of cycles per day that are looked for: a slow change appears again at each of them."""
SAMPLING = MappingProxyType(
    {f"{1 / n:.3g} d": float(n) for n in range(1, NIGHTLY + 1)} | {"1 sidereal d": 1.00273791, "29.53 d": 1 / 29.530589}
)
"""Rhythms of the observations, as frequencies in 1/d: the night, the sky, the Moon."""
DAILY = (1.0, 1.00273791, 2.0)


@dataclass(frozen=True)
class Peak:
    """One maximum of the power.

    Attributes
    ----------
    frequency
        1/d.
    power
        Share of χ² that it explains, 0 to 1.
    error_days
        1σ of the period from the curvature of the peak, with the errors scaled to what the fit leaves; it says
        nothing about whether this is the right peak. NaN at the end of the range.
    false_alarm
        Chance that white noise has a peak as high anywhere in the range, at most.
    alias
        What it may be instead ("alias of 1 d", "1 d alias of 0.5321 d", "half of 0.53 d"); empty for nothing known.
    sampling
        True when the observations themselves have that rhythm.
    """

    frequency: float
    power: float
    error_days: float
    false_alarm: float
    alias: str = ""
    sampling: bool = False

    @property
    def period(self) -> float:
        """In days."""
        return 1 / self.frequency


@dataclass(frozen=True)
class Noise:
    """How high the power of white noise is.

    For ``B`` bands with ``N`` points, ``H = N − B`` and ``W = f_max √(4π var t)``, the expected number of times that
    noise crosses ``Z`` upwards is::

        τ(Z) = W Γ(H/2) / (Γ(B) Γ((H−2B+1)/2)) · Z^(B−1/2) (1−Z)^((H−2B−1)/2)

    For one band this is Baluev (2008, MNRAS 385, 1279, table 1, for the power normalised with the data); for more
    it follows in the same way from Rice's formula for a sum of 2B squares instead of two. ``var t`` is the mean of the
    bands' (Jensen: an upper bound). Chance of a false alarm: ``1 − (1 − single) exp(−τ)``, an upper bound when
    frequencies alias one another. It takes the ratios of the errors as right and the noise as white: slow changes
    pass it, too.
    """

    bands: int
    points: int
    width: float

    @classmethod
    def of(cls, bands: Sequence[Band], highest_frequency: float) -> Noise:
        variance = float(np.mean([time_variance(band) for band in bands]))
        points = sum(len(band.mjd) for band in bands)
        return cls(len(bands), points, highest_frequency * math.sqrt(4 * math.pi * variance))

    def chance(self, power: float) -> float:
        """Chance of a peak as high as `power` or higher."""
        if power >= 1:
            return 0.0
        crossings = self._crossings(max(power, self._most_crossed()))
        return -math.expm1(math.log1p(-min(self._single(power), 1 - 1e-16)) - crossings)

    def level(self, chance: float) -> float:
        """Power with that chance."""
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.chance(middle) > chance else (low, middle)
        return high

    @property
    def _free(self) -> float:
        """``(H − 2B) / 2``."""
        return (self.points - 3 * self.bands) / 2

    def _single(self, power: float) -> float:
        """Chance at one frequency: the upper tail of Beta(B, (H−2B)/2), which is a sum for whole B."""
        terms = [
            math.exp(math.lgamma(self._free + n) - math.lgamma(self._free) - math.lgamma(n + 1)) * power**n
            for n in range(self.bands)
        ]
        return (1 - power) ** self._free * sum(terms)

    def _crossings(self, power: float) -> float:
        half = (self.points - self.bands) / 2
        scale = math.lgamma(half) - math.lgamma(self.bands) - math.lgamma(self._free + 0.5)
        shape = (self.bands - 0.5) * math.log(power) + (self._free - 0.5) * math.log1p(-power)
        return self.width * math.exp(min(scale + shape, 700))

    def _most_crossed(self) -> float:
        """Where τ is largest; below, its formula says less and less, and the chance no more."""
        return (self.bands - 0.5) / (self.bands - 0.5 + self._free - 0.5)


def named(peaks: Sequence[Peak], span_days: float) -> tuple[Peak, ...]:
    """Peaks with what they may be instead; the highest that is no rhythm of the observations is the one to mirror."""
    marked = [_of_sampling(peak, span_days) for peak in peaks]
    real = next((peak for peak in marked if not peak.sampling), None)
    return tuple(p if p is real or p.sampling or real is None else _of_peak(p, real, span_days) for p in marked)


def _of_sampling(peak: Peak, span_days: float) -> Peak:
    for words, rhythm in SAMPLING.items():
        if rhythm * span_days >= 2 and abs(peak.frequency - rhythm) <= min(1 / span_days, 0.1 * min(rhythm, 1.0)):
            return replace(peak, alias=f"alias of {words}", sampling=True)
    return peak


def _of_peak(peak: Peak, other: Peak, span_days: float) -> Peak:
    near, name = 1 / span_days, f"{period_text(other.period, 4)} d"
    for rhythm in DAILY:
        if min(abs(peak.frequency - abs(other.frequency + sign * rhythm)) for sign in (1, -1)) <= near:
            return replace(peak, alias=f"{'½' if rhythm == 2 else '1'} d alias of {name}")
    for words, frequency in (("half of", 2 * other.frequency), ("twice", other.frequency / 2)):
        if abs(peak.frequency - frequency) <= min(near, 0.05 * frequency):
            return replace(peak, alias=f"{words} {name}")
    return peak


def period_text(days: float, digits: int = 8) -> str:
    """A period with so many significant digits, without an exponent and without zeros at the end.

    Examples
    --------
    >>> period_text(0.532113), period_text(333.19, 4), period_text(1000.0)
    ('0.532113', '333.2', '1000')
    """
    decimals = max(digits - 1 - math.floor(math.log10(days)), 0)
    text = f"{days:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
