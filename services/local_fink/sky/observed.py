"""What the survey measures of one source: detections, low-quality points and upper limits."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from services.local_fink.sky.cadence import Cadence, field_of
from services.local_fink.sky.draws import Floats, Ints, object_id
from services.local_fink.sky.kinds import KINDS, Kind
from services.local_fink.sky.light_curves import Model, by_band, flux_of

# Days of history that an alert packet carries.
HISTORY_DAYS = 30.0
# Points of one band that every feature needs.
ENOUGH_POINTS = 4
# Part of a source's own light by which its subtraction is uncertain, besides the noise of the sky.
_SUBTRACTION_ERROR = 0.012
_ALERT_SNR = 5.0
_BAD_SHARE = 0.04
# Fink's cuts.
MIN_RB = 0.55


@dataclass(frozen=True)
class Source:
    """A source with its place, its behaviour and the label that SIMBAD has for it (old spelling)."""

    number: int
    object_id: str
    kind_name: str
    label: str
    ra: float
    dec: float
    model: Model

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return KINDS[self.kind_name]


@dataclass(frozen=True)
class Observed:
    """Everything the survey saw of a source in a stretch of nights; arrays run along the exposures, in time.

    Attributes
    ----------
    jd, fid, limit, day, seeing
        Of the exposures, as in `cadence.Exposures`.
    magpsf, sigmapsf
        Difference magnitude and its error, NaN where nothing was seen.
    positive
        True where brighter than the template.
    rb, nbad
        Real-bogus score (0-1) and number of bad pixels.
    chance
        Four uniform numbers per exposure for columns without consequences; shape (n, 4).
    """

    source: Source
    jd: Floats
    fid: Ints
    limit: Floats
    day: Ints
    seeing: Floats
    magpsf: Floats
    sigmapsf: Floats
    positive: np.ndarray
    rb: Floats
    nbad: Ints
    chance: Floats

    @functools.cached_property
    def seen(self) -> np.ndarray:
        """True where there is a brightness."""
        return np.isfinite(self.magpsf)

    @functools.cached_property
    def alerts(self) -> dict[int, list[int]]:
        """By night the exposures that Fink would process: seen, clean, in g or r."""
        return self._clean(self.fid <= 2)

    @functools.cached_property
    def alerts_in_i(self) -> dict[int, list[int]]:
        """By night the clean exposures in i in which it is seen: alerts that Fink neither scores nor lists."""
        return self._clean(self.fid == 3)

    def _clean(self, chosen: np.ndarray) -> dict[int, list[int]]:
        good = chosen & self.seen & (self.rb >= MIN_RB) & (self.nbad == 0)
        found: dict[int, list[int]] = defaultdict(list)
        for place in np.flatnonzero(good):
            found[int(self.day[place])].append(int(place))
        return dict(found)

    @functools.cached_property
    def points(self) -> Ints:
        """Most points that a band has in the 30 days up to each exposure, itself included."""
        starts = self.history_start()
        counts = [np.concatenate([[0], np.cumsum(self.seen & (self.fid == band))]) for band in (1, 2)]
        ends = np.arange(1, len(self.jd) + 1)
        return np.maximum(*(count[ends] - count[starts] for count in counts))

    def history_start(self) -> Ints:
        """First exposure that the packet of each exposure still carries."""
        return np.asarray(np.searchsorted(self.jd, self.jd - HISTORY_DAYS))

    def scorable(self, day: int) -> list[int]:
        """Exposures of a night that give an alert with every feature of a band."""
        return [place for place in self.alerts.get(day, []) if self.points[place] >= ENOUGH_POINTS]


@dataclass(frozen=True)
class Observer:
    """Draws sources and looks at them as the survey does."""

    seed: int
    cadence: Cadence

    def source(self, number: int, kind: str, label: str, ra: float, dec: float, anchor: float) -> Source:
        """Source number `number` of this sky; its light curve is such that it can be seen at JD `anchor`."""
        model = KINDS[kind].model(np.random.default_rng((self.seed, 11, number)), anchor)
        return Source(number, object_id(self.seed, number), kind, label, ra, dec, model)

    def observe(self, source: Source, first: int, last: int) -> Observed:
        """Measure a source in the nights (ordinals) from `first` to `last`."""
        seen = self.cadence.exposures(field_of(source.ra, source.dec), first, last)
        rng = np.random.default_rng((self.seed, 12, source.number))
        magpsf, sigmapsf, positive = measure(source.model, seen.jd, seen.fid, seen.limit, rng)
        rb, nbad = _quality(source.kind_name, len(seen.jd), rng)
        return Observed(
            source,
            jd=seen.jd,
            fid=seen.fid,
            limit=seen.limit,
            day=seen.day,
            seeing=seen.seeing,
            magpsf=magpsf,
            sigmapsf=sigmapsf,
            positive=positive,
            rb=rb,
            nbad=nbad,
            chance=rng.random((len(seen.jd), 4)),
        )


def measure(
    model: Model, jd: Floats, fid: Ints, limit: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats, np.ndarray]:
    """Difference photometry with noise of the sky and of the subtraction.

    Parameters
    ----------
    jd, fid, limit
        Times, bands and 5 sigma limits of the exposures.

    Returns
    -------
    magpsf, sigmapsf, positive
        Magnitude of the absolute difference and its error, NaN below 5 sigma; True where it is positive.
    """
    difference = model.difference(jd, fid)
    sky = flux_of(limit) / _ALERT_SNR
    own = np.abs(difference) + by_band(model.template, fid)
    sigma = np.hypot(sky, _SUBTRACTION_ERROR * own)
    measured = difference + rng.normal(0, 1, len(jd)) * sigma
    snr = np.abs(measured) / sigma
    with np.errstate(divide="ignore"):
        magnitude = 25 - 2.5 * np.log10(np.abs(measured))
    shown = snr >= _ALERT_SNR
    return np.where(shown, magnitude, np.nan), np.where(shown, 1.0857 / snr, np.nan), measured > 0


def _quality(kind: str, n: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    low = 0.5 if kind == "artefact" else 0.62
    rb = low + (0.999 - low) * rng.beta(3, 1, n)
    poor = rng.random(n) < _BAD_SHARE
    rb = np.where(poor & (rng.random(n) < 0.7), rng.uniform(0.05, 0.54, n), rb)
    return rb, np.where(poor & (rb >= MIN_RB), 1, 0)


def anchor_of(cadence: Cadence, ra: float, dec: float, day: int) -> float | None:
    """JD of the last g or r exposure of a place in a night, None when the field is not visited."""
    exposures = cadence.exposures(field_of(ra, dec), day, day)
    times = exposures.jd[exposures.fid <= 2]
    return float(times[-1]) if len(times) else None
