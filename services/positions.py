"""Positions on the sky as astronomers write them.

astropy is imported when first needed, because that takes a second or two.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


def warm_up() -> None:
    """Import what the first page would otherwise wait for."""
    galactic(0.0, 0.0)
    constellations([0.0], [0.0])


def sexagesimal(ra_deg: float, dec_deg: float) -> tuple[str, str]:
    """Right ascension as ``hh mm ss.ss`` and declination as ``+dd mm ss.s``, ASCII signs, rounded without a 60.

    Examples
    --------
    >>> sexagesimal(320.7354787, -10.0132347)
    ('21 22 56.51', '-10 00 47.6')
    """
    hundredths = round(ra_deg / 15 * 3600 * 100) % (24 * 3600 * 100)
    tenths = round(abs(dec_deg) * 3600 * 10)
    ra = f"{hundredths // 360000:02d} {hundredths // 6000 % 60:02d} {hundredths % 6000 / 100:05.2f}"
    sign = "-" if dec_deg < 0 else "+"
    return ra, f"{sign}{tenths // 36000:02d} {tenths // 600 % 60:02d} {tenths % 600 / 10:04.1f}"


@lru_cache(maxsize=4096)
def galactic(ra_deg: float, dec_deg: float) -> tuple[float, float]:
    """Galactic longitude and latitude (deg) of a J2000 position, by astropy."""
    from astropy.coordinates import SkyCoord

    place = SkyCoord(ra_deg, dec_deg, unit="deg").galactic
    return float(place.l.deg), float(place.b.deg)


@lru_cache(maxsize=4096)
def constellation(ra_deg: float, dec_deg: float) -> str:
    """Name of the IAU constellation of one J2000 position ("Cygnus")."""
    return constellations([ra_deg], [dec_deg], short=False)[0]


def constellations(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike, *, short: bool = True) -> list[str]:
    """IAU constellation of each J2000 position, as its three-letter abbreviation or its name, by astropy.

    Parameters
    ----------
    ra_deg, dec_deg
        Positions (deg), the same number of each, none missing.
    short
        Abbreviation ("Cyg") rather than name ("Cygnus").
    """
    if not np.size(ra_deg):
        return []
    from astropy.coordinates import SkyCoord, get_constellation

    places = SkyCoord(np.asarray(ra_deg), np.asarray(dec_deg), unit="deg")
    return [str(name) for name in get_constellation(places, short_name=short)]
