"""How sources vary: one function per kind, drawing its parameters and giving brightness at any time.

Fluxes are linear with zero point 25: ``flux = 10 ** (-0.4 * (magnitude - 25))``. Every model is called with
JD and band (1 = g, 2 = r, 3 = i) arrays; `anchor` is a JD at which the source is to be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from services.local_fink.sky.draws import Floats, Ints, normal, uniform

ZERO_POINT = 25.0
Rng = np.random.Generator
Magnitudes = Callable[[Floats, Ints], Floats]


@dataclass(frozen=True)
class Model:
    """A drawn source.

    Attributes
    ----------
    flux
        Flux of the source at (JD, band), without its host.
    template
        Flux of what the reference image has at the place, per band: the source itself or its host.
    constant
        Flux per band that is always there beside the source's: the host galaxy; 0 for stars.
    separation
        Between the source and the template's nearest object, arcsec.
    facts
        Parameters that tests and tables read (period, t0, ...), in days and magnitudes.
    """

    flux: Callable[[Floats, Ints], Floats]
    template: Mapping[int, float]
    constant: Mapping[int, float]
    separation: float
    facts: Mapping[str, float] = field(default_factory=dict)

    def difference(self, jd: Floats, fid: Ints) -> Floats:
        """Flux of the science image less that of the template."""
        total = self.flux(jd, fid) + by_band(self.constant, fid)
        return np.asarray(total - by_band(self.template, fid))


def flux_of(magnitude: Floats | float) -> Floats:
    """Linear flux of a magnitude."""
    return np.asarray(10 ** (-0.4 * (np.asarray(magnitude) - ZERO_POINT)))


def by_band(values: Mapping[int, float], fid: Ints) -> Floats:
    """A value per band, as an array along `fid`."""
    return np.asarray([values[1], values[2], values[3]])[np.asarray(fid) - 1]


def _bands(g: float, r: float, i: float | None = None) -> dict[int, float]:
    return {1: g, 2: r, 3: 2 * r - g if i is None else i}


_NOTHING = _bands(0.0, 0.0)


def _star(
    magnitudes: Magnitudes,
    reference: Mapping[int, float],
    rng: Rng,
    host: Mapping[int, float] = _NOTHING,
    **facts: float,
) -> Model:
    """A star that the template shows at `reference` magnitudes, or a nucleus with the flux of its `host` around it."""
    template = {band: float(flux_of(value)) + host[band] for band, value in reference.items()}
    return Model(lambda jd, fid: flux_of(magnitudes(jd, fid)), template, host, float(rng.uniform(0.02, 0.5)), facts)


def _in_host(flux: Callable[[Floats, Ints], Floats], host: Mapping[int, float], apart: float, **facts: float) -> Model:
    """A transient beside or in a galaxy of `host` magnitudes, which the template shows alone."""
    light = {band: float(flux_of(value)) for band, value in host.items()}
    return Model(flux, light, light, apart, facts)


def dwarf_nova(rng: Rng, anchor: float) -> Model:
    """Outbursts of 2.5 to 5.5 mag that come back, none like the one before.

    A fast rise, a slow decline and then a fast one, linear in magnitudes, with some hundredths of flickering.
    """
    quiet, key = rng.uniform(19.0, 21.3), int(rng.integers(2**31))
    height = rng.uniform(2.5, 5.5)
    every = rng.uniform(28.0, 90.0)
    lasts = min(rng.uniform(8.0, 22.0), every / 2)
    start = anchor - rng.uniform(0.35, 0.9) * lasts
    colour = _bands(0.25, 0.0)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        turn, phase = np.divmod(jd - start, every)
        slow, fast = 1 - 0.25 * phase / lasts, (lasts - phase) / (0.35 * lasts)
        shape = np.clip(np.minimum.reduce([phase / 1.2, slow, fast]), 0, 1)
        shape = shape * (1 - 0.2 * uniform(key, turn.astype(np.int64)))
        flicker = 0.04 * normal(key, (jd * 1e4).astype(np.int64))
        return np.asarray(quiet - height * shape + by_band(colour, fid) * (1 - shape) + flicker)

    reference = {band: quiet + colour[band] for band in colour}
    return _star(magnitudes, reference, rng, quiet=quiet, height=height, every=every, lasts=lasts, start=start)


def polar(rng: Rng, anchor: float) -> Model:
    """A magnetic cataclysmic variable: high and low states for weeks, orbital modulation of an hour or two."""
    low, step = rng.uniform(18.5, 20.5), rng.uniform(1.5, 2.8)
    orbit, swing = rng.uniform(0.055, 0.16), rng.uniform(0.2, 0.6)
    begins, lasts = anchor - rng.uniform(15.0, 70.0), rng.uniform(80.0, 160.0)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        high = 1 / (1 + np.exp(-(jd - begins))) / (1 + np.exp((jd - begins - lasts) / 2))
        wave = swing * np.sin(2 * np.pi * (jd - anchor) / orbit)
        return np.asarray(low - step * high + wave + by_band(_bands(0.1, 0.0), fid))

    return _star(magnitudes, _bands(low + 0.1, low), rng, orbit=orbit, begins=begins, lasts=lasts)


def mira(rng: Rng, anchor: float) -> Model:
    """A long-period giant: period 150 to 500 days, 2.5 mag and more in g, redder when fainter."""
    # ZTF's detectors saturate at about 12.5.
    swing, brightest = rng.uniform(1.3, 2.6), rng.uniform(13.4, 15.4)
    return _giant(rng, anchor, period=rng.uniform(150, 500), swing=swing, mean=brightest + swing)


def semiregular(rng: Rng, anchor: float) -> Model:
    """A giant with a period of 40 to 150 days and some tenths of a magnitude."""
    return _giant(rng, anchor, period=rng.uniform(40, 150), swing=rng.uniform(0.2, 0.6), mean=rng.uniform(14.0, 17.5))


def _giant(rng: Rng, anchor: float, *, period: float, swing: float, mean: float) -> Model:
    phase, second, red = rng.uniform(0, 1), rng.uniform(0.05, 0.2), rng.uniform(1.3, 2.4)
    scale = _bands(1.25, 1.0, 0.75)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        angle = 2 * np.pi * ((jd - anchor) / period + phase)
        wave = swing * (np.sin(angle) + second * np.sin(2 * angle))
        return np.asarray(mean + by_band(_bands(red, 0.0, -0.6 * red), fid) + by_band(scale, fid) * wave)

    reference = _bands(mean + red, mean, mean - 0.6 * red)
    return _star(magnitudes, reference, rng, period=period, swing=swing, mean=mean)


def rr_lyrae(rng: Rng, anchor: float) -> Model:
    """A type ab pulsator: period 0.45 to 0.68 days, steep rise in a sixth of it."""
    period, swing = rng.uniform(0.45, 0.68), rng.uniform(0.5, 1.0)
    mean, phase, rise = rng.uniform(15.0, 18.3), rng.uniform(0, 1), 0.16

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        place = ((jd - anchor) / period + phase) % 1.0
        shape = np.where(place < rise, 0.5 - place / rise, (place - rise) / (1 - rise) - 0.5)
        return np.asarray(mean + by_band(_bands(1.3, 1.0) | {3: 0.8}, fid) * swing * shape + by_band(_RR_COLOUR, fid))

    return _star(magnitudes, _bands(mean + 0.2, mean), rng, period=period, swing=swing, mean=mean)


_RR_COLOUR = _bands(0.2, 0.0)


def eclipsing(rng: Rng, anchor: float) -> Model:
    """Two stars that hide each other: period 0.3 to 4 days, two eclipses of different depth."""
    period, phase = float(np.exp(rng.uniform(np.log(0.3), np.log(4.0)))), rng.uniform(0, 1)
    deep, shallow = rng.uniform(0.5, 1.4), rng.uniform(0.15, 0.45)
    width, mean, red = rng.uniform(0.03, 0.07), rng.uniform(14.8, 17.8), rng.uniform(0.2, 1.0)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        place = ((jd - anchor) / period + phase) % 1.0
        first = np.exp(-0.5 * ((np.minimum(place, 1 - place)) / width) ** 2)
        second = np.exp(-0.5 * ((place - 0.5) / width) ** 2)
        ellipse = 0.06 * np.cos(4 * np.pi * place)
        return np.asarray(mean + deep * first + shallow * second + ellipse + by_band(_bands(red, 0.0), fid))

    return _star(magnitudes, _bands(mean + red, mean), rng, period=period, deep=deep)


def young_star(rng: Rng, anchor: float) -> Model:
    """A young star: dips of dust or bursts of accretion over slow wandering, redder when fainter."""
    mean, red, spread = rng.uniform(15.0, 18.0), rng.uniform(0.8, 1.6), rng.uniform(0.2, 0.5)
    wander = damped_walk(rng, anchor, tau=rng.uniform(5, 40), spread=spread)
    sign, height = rng.choice([-1.0, 1.0]), rng.uniform(0.5, 1.8)
    middles, lengths = anchor + rng.uniform(-120, 120, 10), rng.uniform(1.5, 12, 10)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        events = np.exp(-0.5 * ((jd[:, None] - middles) / lengths) ** 2).max(axis=1)
        change = wander(jd) + sign * height * events
        return np.asarray(mean + by_band(_bands(red, 0.0), fid) + by_band(_bands(1.2, 1.0), fid) * change)

    return _star(magnitudes, _bands(mean + red, mean), rng, spread=spread, height=sign * height)


def active_galaxy(rng: Rng, anchor: float) -> Model:
    """A quasar or Seyfert nucleus: damped random walk of 100 to 400 days (MacLeod et al. 2010)."""
    return _nucleus(rng, anchor, tau=rng.uniform(100, 400), spread=rng.uniform(0.15, 0.35), host_share=0.5)


def blazar(rng: Rng, anchor: float) -> Model:
    """A beamed jet: a damped random walk of days and half a magnitude."""
    return _nucleus(rng, anchor, tau=rng.uniform(5, 30), spread=rng.uniform(0.35, 0.7))


def _nucleus(
    rng: Rng,
    anchor: float,
    *,
    tau: float,
    spread: float,
    ramp: float = 0.0,
    host_share: float = 0.0,
    brightest: float = 16.2,
) -> Model:
    mean, red = rng.uniform(brightest, 18.6), rng.uniform(0.1, 0.5)
    galaxy = mean + rng.uniform(-1.0, 0.4)
    host = _bands(float(flux_of(galaxy + 0.8)), float(flux_of(galaxy)), float(flux_of(galaxy - 0.3)))
    wander = damped_walk(rng, anchor, tau=tau, spread=spread)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        change = wander(jd) - ramp / (1 + np.exp(-(jd - anchor + 50) / 18))
        return np.asarray(mean + by_band(_bands(red, 0.0), fid) + by_band(_bands(1.15, 1.0), fid) * change)

    around = host if rng.random() < host_share else _NOTHING
    return _star(magnitudes, _bands(mean + red, mean), rng, around, tau=tau, spread=spread, ramp=ramp)


def changing_look(rng: Rng, anchor: float) -> Model:
    """A nucleus in a galaxy that turned on: two magnitudes within some months."""
    return _nucleus(rng, anchor, tau=200.0, spread=0.12, ramp=2.0, host_share=1.0, brightest=17.6)


def damped_walk(rng: Rng, anchor: float, *, tau: float, spread: float) -> Callable[[Floats], Floats]:
    """A damped random walk in magnitudes: relaxation time `tau` days, long-term standard deviation `spread`.

    Drawn daily for 500 days on either side of `anchor`, straight lines between.
    """
    days = anchor + np.arange(-500.0, 501.0)
    keep = np.exp(-1 / tau)
    kicks = rng.normal(0, spread * np.sqrt(1 - keep**2), len(days))
    walk = np.empty(len(days))
    value = rng.normal(0, spread)
    for place, kick in enumerate(kicks):
        walk[place] = value = keep * value + kick
    return lambda jd: np.asarray(np.interp(jd, days, walk))


def supernova_ia(rng: Rng, anchor: float) -> Model:
    """A thermonuclear supernova: three weeks up, g falls faster than r."""
    return _explosion(rng, anchor, rise=4.0, fall=_bands(16.0, 27.0), since=(8.0, 32.0), peak=(16.3, 18.3))


def supernova_ii(rng: Rng, anchor: float) -> Model:
    """A hydrogen-rich core collapse: quick rise, slow fall in r."""
    return _explosion(rng, anchor, rise=2.2, fall=_bands(30.0, 75.0), since=(8.0, 50.0), peak=(16.6, 18.5))


def superluminous(rng: Rng, anchor: float) -> Model:
    """A superluminous supernova: weeks up, months down, a faint host."""
    return _explosion(rng, anchor, rise=13.0, fall=_bands(45.0, 60.0), since=(15.0, 60.0), peak=(16.9, 18.6), host=21.0)


def _explosion(
    rng: Rng,
    anchor: float,
    *,
    rise: float,
    fall: Mapping[int, float],
    since: tuple[float, float],
    peak: tuple[float, float],
    host: float = 17.5,
) -> Model:
    """Bazin et al. (2009): ``exp(-(t - t0) / fall) / (1 + exp(-(t - t0) / rise))``, at most 1 here."""
    t0, brightest = anchor - rng.uniform(*since), rng.uniform(*peak)
    galaxy, apart = rng.uniform(host, host + 2.5), rng.uniform(0.3, 7.0)

    def flux(jd: Floats, fid: Ints) -> Floats:
        falls = by_band(fall, fid)
        at_peak = rise * np.log(falls / rise - 1)
        return np.asarray(flux_of(brightest) * _bazin(jd - t0, rise, falls) / _bazin(at_peak, rise, falls))

    return _in_host(flux, _bands(galaxy + 0.7, galaxy), float(apart), t0=t0, peak=brightest)


def _bazin(t: Floats, rise: float, fall: Floats) -> Floats:
    # Long before the start both exponentials are huge; in logarithms nothing overflows.
    return np.asarray(np.exp(-t / fall - np.logaddexp(0, -t / rise)))


def tidal_disruption(rng: Rng, anchor: float) -> Model:
    """A star torn apart in a nucleus: blue, three weeks up, then the power -5/3 of time."""
    t0, brightest, scale = anchor - rng.uniform(5, 40), rng.uniform(16.8, 18.4), rng.uniform(30, 60)
    galaxy = rng.uniform(16.8, 18.8)

    def flux(jd: Floats, fid: Ints) -> Floats:
        age = jd - t0
        shape = np.where(age < 0, np.exp(-0.5 * (age / 9) ** 2), (1 + np.maximum(age, 0) / scale) ** (-5 / 3))
        return np.asarray(flux_of(brightest + by_band(_bands(-0.2, 0.0), fid)) * shape)

    return _in_host(flux, _bands(galaxy + 0.8, galaxy), float(rng.uniform(0.05, 0.4)), t0=t0, peak=brightest)


def microlensing(rng: Rng, anchor: float) -> Model:
    """A star magnified by a passing one (Paczyński 1986), the same in all bands."""
    base, red = rng.uniform(16.5, 18.8), rng.uniform(0.4, 1.4)
    nearest, crossing, t0 = rng.uniform(0.05, 0.4), rng.uniform(12, 50), anchor + rng.uniform(-10, 8)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        u2 = nearest**2 + ((jd - t0) / crossing) ** 2
        gain = (u2 + 2) / np.sqrt(u2 * (u2 + 4))
        return np.asarray(base + by_band(_bands(red, 0.0), fid) - 2.5 * np.log10(gain))

    return _star(magnitudes, _bands(base + red, base), rng, t0=t0, crossing=crossing, nearest=nearest)


def flare_star(rng: Rng, anchor: float) -> Model:
    """An M dwarf: spots carried round by its rotation, and a flare of an hour just before `anchor`."""
    mean, period, swing = rng.uniform(14.6, 16.6), rng.uniform(0.4, 8.0), rng.uniform(0.04, 0.09)
    start, decay, height = anchor - rng.uniform(0.002, 0.02), rng.uniform(0.015, 0.05), rng.uniform(0.3, 1.2)

    def magnitudes(jd: Floats, fid: Ints) -> Floats:
        age = jd - start
        flare = np.where(age >= 0, height * np.exp(-np.maximum(age, 0) / decay), 0)
        spots = swing * np.sin(2 * np.pi * jd / period)
        scale = by_band(_bands(2.0, 1.0, 0.4), fid)
        return np.asarray(mean + by_band(_bands(1.4, 0.0, -1.1), fid) + spots - scale * flare)

    return _star(magnitudes, _bands(mean + 1.4, mean, mean - 1.1), rng, start=start, decay=decay, period=period)


def artefact(rng: Rng, anchor: float) -> Model:
    """A bad subtraction beside a bright star: either sign, another size each time."""
    star, key = rng.uniform(12.5, 14.0), int(rng.integers(2**31))

    def flux(jd: Floats, fid: Ints) -> Floats:
        noise = 0.12 * normal(key, (jd * 1e4).astype(np.int64))
        return np.asarray(flux_of(star) * np.maximum(1 + noise, 0))

    light = {band: float(flux_of(star)) for band in (1, 2, 3)}
    return Model(flux, light, _NOTHING, float(rng.uniform(0.6, 1.4)), {"star": star})


def asteroid(rng: Rng, anchor: float) -> Model:
    """A body of the Solar System that crosses the place at `anchor` and never again."""
    brightness, field_star = rng.uniform(17.0, 19.0), rng.uniform(20.0, 21.5)

    def flux(jd: Floats, fid: Ints) -> Floats:
        return np.asarray(np.where(np.abs(jd - anchor) < 0.004, flux_of(brightness), 0.0))

    return _in_host(flux, _bands(field_star, field_star), float(rng.uniform(3, 12)), peak=brightness)
