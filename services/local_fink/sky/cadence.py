"""When the survey looks where: weather, seasons, Moon, and the exposures of a field.

Nights are day numbers: proleptic ordinals of their UTC date (``date.toordinal()``).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from services.local_fink.sky.draws import Floats, Ints, uniform

# JD of 0h UTC of the day with ordinal 0.
JD_OF_ORDINAL = 1721424.5
# The nights of Fink's documented table of classes: 66 nights with anomalies between these dates.
DOCUMENTED = (date(2023, 1, 25), date(2023, 5, 22))
DOCUMENTED_NIGHTS = 66
# Palomar: east longitude in degrees; hours of darkness in UTC, the same all year.
_LONGITUDE = -116.86
_DARK = (3.0, 12.4)
_FIELD_DEG = 6.9
_SOUTHERN_EDGE = -30.0
# The share of clear nights outside the table.
_CLEAR = 0.6
# The programmes that a field can be in, each for some weeks: chance that a clear night visits it when it is up, and the
# chance of each exposure in a visit. Many fields have one band for a while and hardly the other, so that about half of
# the anomalies miss features of a band, as Fink's do (57 % of 168 real ones).
_PROGRAMMES = (
    (0.65, (0.80, 0.85, 0.10, 0.10)),
    (0.35, (0.65, 0.70, 0.05, 0.10)),
    (0.60, (0.07, 0.90, 0.10, 0.12)),
    (0.60, (0.90, 0.06, 0.00, 0.05)),
)
_PROGRAMME_DAYS = 60
_VISITED_CHANCE = np.array([visited for visited, _ in _PROGRAMMES])
_EXPOSURE_CHANCE = np.array([taken for _, taken in _PROGRAMMES])
# Nights that are worked out together.
_BLOCK = 400
# Where every night is clear a field is visited as often as where it is not.
_VISITED_WITHOUT_WEATHER = 0.6
# The exposures a visit may have: band, minutes after the first, 5 sigma limit without Moon, Moon's part.
_EXPOSURES = (
    (1, 0.0, 20.8, 1.1),
    (2, 42.0, 20.6, 0.7),
    (2, 75.0, 20.6, 0.7),
    (3, 101.0, 20.0, 0.5),
)


@dataclass(frozen=True)
class Exposures:
    """Exposures of one field in order of time.

    Attributes
    ----------
    jd
        Start, JD (UTC).
    fid
        Band: 1 = g, 2 = r, 3 = i.
    limit
        5 sigma limiting magnitude.
    day
        Ordinal of the night.
    seeing
        Full width at half maximum of the point spread function, pixels.
    """

    jd: Floats
    fid: Ints
    limit: Floats
    day: Ints
    seeing: Floats

    def between(self, first: int, last: int) -> Exposures:
        """Those of the nights from `first` to `last`, both included."""
        return self.taken(slice(*np.searchsorted(self.day, [first, last + 1])))

    def taken(self, which: Ints | slice) -> Exposures:
        """Some of them."""
        return Exposures(*(getattr(self, one.name)[which] for one in fields(self)))


def field_of(ra: float, dec: float) -> int:
    """Number of the field that holds a position (degrees); fields tile the sky in rows of declination."""
    row = max(0, int((dec - _SOUTHERN_EDGE) // _FIELD_DEG))
    return 200 + row * 60 + int(ra // _step(row))


def centre_of(field: int) -> tuple[float, float]:
    """Right ascension and declination (degrees) of a field's centre."""
    row, column = divmod(field - 200, 60)
    return (column + 0.5) * _step(row) % 360.0, _SOUTHERN_EDGE + (row + 0.5) * _FIELD_DEG


def quadrant_of(ra: float, dec: float) -> tuple[int, float, float]:
    """CCD quadrant (rcid, 0-63) of a position in its field, and the pixel (x, y) on it."""
    row = max(0, int((dec - _SOUTHERN_EDGE) // _FIELD_DEG))
    across = ra % _step(row) / _step(row) * 8
    up = (dec - _SOUTHERN_EDGE) % _FIELD_DEG / _FIELD_DEG * 8
    return int(up) * 8 + int(across), across % 1 * 3072, up % 1 * 3080


def _step(row: int) -> float:
    middle = _SOUTHERN_EDGE + (row + 0.5) * _FIELD_DEG
    columns = max(1, int(360 * max(np.cos(np.radians(middle)), 0.02) / _FIELD_DEG))
    return 360.0 / min(columns, 60)


def moon_illumination(jd: Floats) -> Floats:
    """Lit part of the Moon, 0 to 1, from its mean synodic month."""
    return np.asarray((1 - np.cos(2 * np.pi * (jd - 2451550.1) / 29.530588853)) / 2)


@dataclass(frozen=True)
class Cadence:
    """The survey's diary.

    Parameters
    ----------
    seed
        Of the sky.
    every_night
        True for a sky without weather, as large benchmarks need.
    """

    seed: int
    every_night: bool = False

    def is_clear(self, days: Ints) -> np.ndarray:
        """Whether the dome opens, for each night; exactly 66 times in the nights of the documented table."""
        if self.every_night:
            return np.ones(len(days), dtype=bool)
        first, last = (night.toordinal() for night in DOCUMENTED)
        clear = self._weather(days) < _quantile(_CLEAR)
        inside = (days >= first) & (days <= last)
        block = np.arange(first, last + 1)
        best = block[np.argsort(self._weather(block), kind="stable")[:DOCUMENTED_NIGHTS]]
        return np.where(inside, np.isin(days, best), clear)

    def _weather(self, days: Ints) -> Floats:
        """How bad it is: a good night follows a good night more often than not."""
        return uniform(self.seed, 1, days) + 0.6 * uniform(self.seed, 1, days - 1)

    def exposures(self, field: int, first: int, last: int) -> Exposures:
        """Exposures of a field in the nights from `first` to `last`, both included."""
        blocks = [_block(self, field, number) for number in range(first // _BLOCK, last // _BLOCK + 1)]
        return _joined([block.between(first, last) for block in blocks])

    def in_block(self, field: int, block: int) -> Exposures:
        """All exposures of a field in the nights of a block."""
        days, hours = self._visits(field, block)
        joined = _joined([self._exposure(field, days, hours, place) for place in range(len(_EXPOSURES))])
        return joined.taken(np.argsort(joined.jd))

    def _visits(self, field: int, block: int) -> tuple[Ints, Floats]:
        """Nights with a visit, and the hour (UTC) at which each starts."""
        days = _clear_days(self, block)
        chance = _VISITED_CHANCE[self._programme(field, days)] * (_VISITED_WITHOUT_WEATHER if self.every_night else 1)
        days = days[uniform(self.seed, 2, field, days) < chance]
        hours = self._hours(field, days)
        up = np.isfinite(hours)
        return np.asarray(days[up]), hours[up]

    def _programme(self, field: int, days: Ints) -> Ints:
        """Number of the programme that a field is in; it changes at another date for every field."""
        turn = (days + field * 7) // _PROGRAMME_DAYS
        return (uniform(self.seed, 8, field, turn) * len(_PROGRAMMES)).astype(np.int64)

    def _hours(self, field: int, days: Ints) -> Floats:
        """Hour (UTC) at which each night's visit starts; NaN where the field is not up in the dark."""
        ra, _ = centre_of(field)
        midnight = days + JD_OF_ORDINAL
        sidereal = 280.46061837 + 360.98564736629 * (midnight - 2451545.0) + _LONGITUDE
        transit = ((ra - sidereal) % 360.0) / 15.041
        wished = transit + (uniform(self.seed, 3, field, days) - 0.5) * 5
        # Nobody starts every night at the same minute, not even at the edge of the dark.
        late = uniform(self.seed, 7, field, days)
        start = np.clip(wished, _DARK[0] + late, _DARK[1] - 2.8 + late)
        away = (start - transit + 12) % 23.934 - 12
        return np.asarray(np.where(np.abs(away) < 4.2, start, np.nan))

    def _exposure(self, field: int, days: Ints, hours: Floats, place: int) -> Exposures:
        fid, minutes, dark_limit, moonlight = _EXPOSURES[place]
        taken = uniform(self.seed, 4, field, days, place) < _EXPOSURE_CHANCE[self._programme(field, days), place]
        days = days[taken]
        seconds = np.round((hours[taken] * 60 + minutes) * 60 + field % 400)
        jd = days + JD_OF_ORDINAL + seconds / 86400
        haze = uniform(self.seed, 5, field, days, place) ** 2
        limit = dark_limit - moonlight * moon_illumination(jd) ** 1.5 - 1.1 * haze
        seeing = 1.7 + 1.3 * uniform(self.seed, 6, field, days, place) ** 1.5
        return Exposures(jd, np.full(len(days), fid), limit, days, seeing)


# Most sources are drawn again and again in the same fields and months; all fields of two blocks are some 40 MB.
@functools.lru_cache(maxsize=2000)
def _block(cadence: Cadence, field: int, block: int) -> Exposures:
    return cadence.in_block(field, block)


@functools.lru_cache(maxsize=64)
def _clear_days(cadence: Cadence, block: int) -> Ints:
    days = np.arange(block * _BLOCK, (block + 1) * _BLOCK)
    return np.asarray(days[cadence.is_clear(days)])


def _joined(parts: list[Exposures]) -> Exposures:
    if len(parts) == 1:
        return parts[0]
    return Exposures(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Exposures)))


def _quantile(share: float) -> float:
    """Value below which a share of the sums ``u + 0.6 v`` lies (u, v uniform), for shares between 0.3 and 0.7."""
    return share + 0.3
