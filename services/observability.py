"""When a position can be observed from a place on Earth: altitude through a night, twilight, Moon, and a verdict.

A night is named as everywhere in this house, by a UTC date; from any place it is the night whose middle (mean solar
midnight) falls on that date. From Palomar that is the night in which ZTF took the alerts of that date.

How it is computed, with the routines of the IAU's SOFA as ERFA has them (astropy depends on it, and nothing is ever
downloaded): the position in the Celestial Intermediate system with precession, nutation, aberration and light
deflection of the middle of the night (``apci13``, ``atciqz``); the Sun from ``epv00``, moved on by the Earth's velocity
within the night; the Moon from ``moon98`` (Meeus 1998, chapter 47), seen from the place and not from the centre of the
Earth. Left out, because half a minute of time is the finest that is printed: refraction (altitudes are true ones),
UT1-UTC (less than 0.9 s, or 14 arcsec), polar motion, and leap seconds before 2017 and to come. Altitudes agree with
astropy's to 0.01 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import erfa
import numpy as np
import numpy.typing as npt
import pandas as pd

from services.nights import UNIX_EPOCH_JD, mjd, night_of, night_start_jd
from services.observatories import Site

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

STEP_MIN = 5
HALF_DAY_STEPS = 12 * 60 // STEP_MIN
DAY_MIN = 24 * 60
MJD_ZERO = erfa.DJM0

GOOD_ALTITUDE_DEG = 30.0
"""Airmass 2."""
SUNSET_DEG = -50 / 60
"""Altitude of the Sun's centre at sunrise and sunset: 34' of refraction, 16' of radius (Astronomical Almanac)."""
CIVIL_DEG, NAUTICAL_DEG, ASTRONOMICAL_DEG = -6.0, -12.0, -18.0
TWILIGHTS_DEG = (SUNSET_DEG, CIVIL_DEG, NAUTICAL_DEG, ASTRONOMICAL_DEG)

_TT_UTC_D = (32.184 + 37.0) / 86400
_LIGHT_OF_SUN_D = 499.0 / 86400
_AU_M = erfa.DAU
_PADDING_D = 30 / DAY_MIN
_WGS84 = 1


@dataclass(frozen=True, eq=False)
class Sky:
    """Sun and Moon over one place in one night. Arrays have one element per time, oldest first, and are read-only.

    Attributes
    ----------
    mjd
        float64 (n,): UTC, days; whole multiples of five minutes from noon to noon.
    sun_altitude_deg, moon_altitude_deg
        float64 (n,): of the centres, without refraction.
    moon
        float64 (n, 3): unit vectors from the place to the Moon, Celestial Intermediate system.
    illumination
        Lit part of the Moon's disk in the middle of the night, 0 to 1.
    """

    site: Site
    night: date
    mjd: Floats
    era: Floats
    astrom: Any
    sun_altitude_deg: Floats
    moon_altitude_deg: Floats
    moon: Floats
    illumination: float

    def sun_below(self, limit_deg: float) -> tuple[Span, ...]:
        """Times (MJD) between which the Sun is below an altitude; from noon to noon."""
        return spans(self.mjd, limit_deg - self.sun_altitude_deg)

    @property
    def dark_limit_deg(self) -> float | None:
        """Altitude below which the Sun leaves darkness: -18, in bright summer nights -12, or None."""
        lowest = self.sun_altitude_deg.min()
        return next((limit for limit in (ASTRONOMICAL_DEG, NAUTICAL_DEG) if lowest < limit), None)

    @property
    def shown(self) -> Span:
        """What a figure of the night shows (MJD): half an hour around it, or the whole day where there is no sunset."""
        down = self.sun_below(SUNSET_DEG)
        if not down:
            return float(self.mjd[0]), float(self.mjd[-1])
        return max(down[0][0] - _PADDING_D, self.mjd[0]), min(down[-1][1] + _PADDING_D, self.mjd[-1])


@dataclass(frozen=True, eq=False)
class Observability:
    """One position through one night; arrays as in `Sky`.

    Attributes
    ----------
    altitude_deg, azimuth_deg
        float64 (n,): without refraction; azimuth from north over east.
    moon_separation_deg
        float64 (n,): angle to the Moon as seen from the place.
    windows
        Times (MJD) between which the position is above 30 degrees in the dark.
    best
        Index of the highest point in the dark; None when it is not above the horizon then.
    """

    sky: Sky
    altitude_deg: Floats
    azimuth_deg: Floats
    moon_separation_deg: Floats
    windows: tuple[Span, ...]
    best: int | None

    @property
    def airmass(self) -> Floats:
        """float64 (n,): `airmass` of the altitudes."""
        return airmass(self.altitude_deg)

    @property
    def at(self) -> int:
        """Index of the time for which the Moon is described: the best one, or the middle of the night."""
        return HALF_DAY_STEPS if self.best is None else self.best


class Verdict(StrEnum):
    """Whether a position can be observed, and if not, why."""

    GOOD = "good"
    LOW = "low"
    NEVER_RISES = "never rises"
    DAYLIGHT = "daylight"
    NO_DARKNESS = "no darkness"


def tonight(site: Site, now: datetime) -> date:
    """The night of a place that is going on at an aware time, or else the next one."""
    jd = now.timestamp() / 86400 + UNIX_EPOCH_JD
    night = night_of(jd - midnight_fraction(site) + 0.5)
    down = sky(site, night).sun_below(SUNSET_DEG)
    return night + timedelta(days=1) if down and mjd(jd) > down[-1][1] else night


def midnight_fraction(site: Site) -> float:
    """Time of mean solar midnight as part of the UTC day, 0 to 1."""
    return (-site.longitude_deg / 360) % 1


def observability(ra_deg: float, dec_deg: float, site: Site, night: date) -> Observability:
    """Altitude of a position through a night.

    Parameters
    ----------
    ra_deg, dec_deg
        ICRS (J2000), degrees.
    """
    over = sky(site, night)
    ra, dec = erfa.atciqz(np.radians(ra_deg), np.radians(dec_deg), over.astrom)
    azimuth, altitude = erfa.hd2ae(_hour_angle(over.era, site, ra), dec, np.radians(site.latitude_deg))
    altitude = np.degrees(altitude)
    cosines = np.clip(over.moon @ erfa.s2c(ra, dec), -1, 1)
    return Observability(
        over,
        altitude,
        np.degrees(azimuth),
        np.degrees(np.arccos(cosines)),
        windows=_windows(over, altitude),
        best=_best(over, altitude),
    )


def _windows(over: Sky, altitude_deg: Floats) -> tuple[Span, ...]:
    if over.dark_limit_deg is None:
        return ()
    darkness = over.dark_limit_deg - over.sun_altitude_deg
    return spans(over.mjd, np.minimum(altitude_deg - GOOD_ALTITUDE_DEG, darkness))


def _best(over: Sky, altitude_deg: Floats) -> int | None:
    if over.dark_limit_deg is None:
        return None
    seen = np.where(over.sun_altitude_deg < over.dark_limit_deg, altitude_deg, -np.inf)
    return int(seen.argmax()) if seen.max() > 0 else None


@lru_cache(maxsize=64)
def sky(site: Site, night: date) -> Sky:
    """Sun and Moon over a place in a night; kept, because every object of a night asks for the same."""
    times = _times(site, night)
    middle = times[HALF_DAY_STEPS] + _TT_UTC_D
    era = erfa.era00(MJD_ZERO, times)
    astrom, _ = erfa.apci13(MJD_ZERO, middle)
    to_intermediate = astrom["bpn"].T
    observer = _observer(site, era)
    sun_from_earth = _sun(times + _TT_UTC_D, middle) @ to_intermediate
    moon_from_earth = erfa.moon98(MJD_ZERO, times + _TT_UTC_D)["p"] @ to_intermediate
    moon = moon_from_earth - observer
    made = Sky(
        site,
        night,
        times,
        era,
        astrom,
        _altitude(sun_from_earth - observer, era, site),
        _altitude(moon, era, site),
        moon / np.linalg.norm(moon, axis=1)[:, np.newaxis],
        _illumination(sun_from_earth[HALF_DAY_STEPS], moon_from_earth[HALF_DAY_STEPS]),
    )
    for array in (made.mjd, made.era, made.sun_altitude_deg, made.moon_altitude_deg, made.moon):
        array.flags.writeable = False
    return made


def _times(site: Site, night: date) -> Floats:
    """Noon to noon in whole steps (MJD, UTC), around the step nearest to mean solar midnight."""
    middle = round(midnight_fraction(site) * DAY_MIN / STEP_MIN)
    steps = middle + np.arange(-HALF_DAY_STEPS, HALF_DAY_STEPS + 1)
    return mjd(night_start_jd(night)) + steps * STEP_MIN / DAY_MIN


def _observer(site: Site, era: Floats) -> Floats:
    """Places (n, 3) of the observer from the centre of the Earth in the Celestial Intermediate system, au."""
    fixed = erfa.gd2gc(_WGS84, np.radians(site.longitude_deg), np.radians(site.latitude_deg), site.height_m)
    x, y, z = fixed / _AU_M
    turned = (x * np.cos(era) - y * np.sin(era), x * np.sin(era) + y * np.cos(era), np.full_like(era, z))
    return np.stack(turned, axis=1)


def _sun(tt_mjd: Floats, middle: float) -> Floats:
    """Vectors (n, 3) to the Sun as it is seen from the centre of the Earth, au.

    Half a day of straight motion is 8 arcsec from the true orbit; the Earth as it was when the light left the Sun
    gives aberration and light time in one.
    """
    earth, _ = erfa.epv00(MJD_ZERO, middle)
    days = (tt_mjd - middle - _LIGHT_OF_SUN_D)[:, np.newaxis]
    return -(earth["p"] + earth["v"] * days)


def _altitude(vectors: Floats, era: Floats, site: Site) -> Floats:
    ra, dec = erfa.c2s(vectors)
    _, altitude = erfa.hd2ae(_hour_angle(era, site, ra), dec, np.radians(site.latitude_deg))
    return np.degrees(altitude)


def _hour_angle(era: Floats, site: Site, ra: Floats) -> Floats:
    return era + np.radians(site.longitude_deg) - ra


def _illumination(sun: Floats, moon: Floats) -> float:
    """Lit part of the disk from the angle Sun-Moon-Earth: Meeus 1998, equation 48.1."""
    to_sun = sun - moon
    cosine = -(to_sun @ moon) / np.linalg.norm(to_sun) / np.linalg.norm(moon)
    return float((1 + cosine) / 2)


def airmass(altitude_deg: npt.ArrayLike) -> Floats:
    """Airmass at altitudes without refraction; NaN below the horizon.

    Young 1994, Applied Optics 33, 1108: the interpolation that takes the true altitude, where Kasten and Young 1989
    and Hardie 1962 take the one that refraction has raised. Off by at most 0.0037, at the horizon.

    Examples
    --------
    >>> airmass([90.0, 30.0, 0.0, -1.0]).round(2).tolist()
    [1.0, 1.99, 31.73, nan]
    """
    altitude = np.asarray(altitude_deg, dtype="float64")
    sine = np.sin(np.radians(np.clip(altitude, 0, 90)))
    above = np.polyval([1.002432, 0.148386, 0.0096467], sine)
    below = np.polyval([1.0, 0.149864, 0.0102963, 0.000303978], sine)
    return np.where(altitude >= 0, above / below, np.nan)


def spans(times: Floats, values: Floats) -> tuple[Span, ...]:
    """Between which times values are above zero; crossings by straight lines between the points.

    Parameters
    ----------
    times, values
        float64 (n,), times rising, n at least 1.

    Examples
    --------
    >>> spans(np.arange(5.0), np.array([-1.0, 1.0, 1.0, -1.0, 1.0]))
    ((0.5, 2.5), (3.5, 4.0))
    """
    above = values > 0
    before = np.flatnonzero(above[1:] != above[:-1])
    part = values[before] / (values[before] - values[before + 1])
    crossings = (times[before] + part * (times[before + 1] - times[before])).tolist()
    edges = [*([float(times[0])] if above[0] else []), *crossings, *([float(times[-1])] if above[-1] else [])]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def verdict(found: Observability) -> Verdict:
    """Whether it can be observed in this night; of several reasons why not, the one that lasts longest."""
    if found.altitude_deg.max() <= 0:
        return Verdict.NEVER_RISES
    if found.sky.dark_limit_deg is None:
        return Verdict.NO_DARKNESS
    if found.windows:
        return Verdict.GOOD
    return Verdict.DAYLIGHT if found.best is None else Verdict.LOW


def table(found: Observability) -> pd.DataFrame:
    """The night in rows of five minutes, for export: what is on the screen, and azimuth, Sun and separation beside it.

    Columns: ``utc`` (text), ``mjd``, ``altitude_deg``, ``azimuth_deg``, ``airmass`` (NaN below the horizon),
    ``sun_altitude_deg``, ``moon_altitude_deg``, ``moon_separation_deg``, ``site`` (text).
    """
    over = found.sky
    start, stop = over.shown
    frame = pd.DataFrame(
        {
            "utc": pd.Series(_utc_texts(over.mjd), dtype="str"),
            "mjd": over.mjd.round(6),
            "altitude_deg": found.altitude_deg.round(3),
            "azimuth_deg": found.azimuth_deg.round(3),
            "airmass": found.airmass.round(3),
            "sun_altitude_deg": over.sun_altitude_deg.round(3),
            "moon_altitude_deg": over.moon_altitude_deg.round(3),
            "moon_separation_deg": found.moon_separation_deg.round(3),
        }
    ).assign(site=over.site.name)
    return frame[(over.mjd >= start) & (over.mjd <= stop)].reset_index(drop=True)


def _utc_texts(times: Floats) -> list[str]:
    """Times of whole minutes (MJD) as ``2025-09-04 06:15:00``."""
    minutes = np.rint(times * DAY_MIN).astype("timedelta64[m]")
    texts: list[str] = np.datetime_as_string(np.datetime64("1858-11-17T00:00:00") + minutes).tolist()
    return [text.replace("T", " ") for text in texts]
