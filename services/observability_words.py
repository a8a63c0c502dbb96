"""What is said about a night: the verdict and its reason, the Moon, the best time; and the code for it."""

from __future__ import annotations

from services.exports import SIMULATED
from services.nights import day_words, night_of, utc_text
from services.observability import (
    ASTRONOMICAL_DEG,
    DAY_MIN,
    GOOD_ALTITUDE_DEG,
    MJD_ZERO,
    STEP_MIN,
    SUNSET_DEG,
    Observability,
    Sky,
    Verdict,
    verdict,
)


def verdict_words(found: Observability) -> tuple[str, str]:
    """The verdict as a sentence in two parts; the second is what matters: times in UTC, or the reason."""
    kind = verdict(found)
    if kind is Verdict.GOOD:
        times = " and ".join(f"{clock(start)} to {clock(stop)}" for start, stop in found.windows)
        return f"above {GOOD_ALTITUDE_DEG:.0f}° {_dark_words(found.sky)}", f"{times} UTC"
    highest = found.altitude_deg.max()
    if kind is Verdict.NEVER_RISES:
        return "never rises here:", f"{-highest:.0f}° below the horizon at best"
    if kind is Verdict.NO_DARKNESS:
        return "no darkness:", _brightness_words(found.sky)
    if kind is Verdict.DAYLIGHT:
        return "not to be seen tonight:", "up only in daylight or twilight"
    where = "from here" if highest < GOOD_ALTITUDE_DEG else _dark_words(found.sky)
    return f"never above {GOOD_ALTITUDE_DEG:.0f}° {where}:", f"{found.altitude_deg[found.at]:.0f}° at best"


def _dark_words(over: Sky) -> str:
    if over.dark_limit_deg == ASTRONOMICAL_DEG:
        return "in the dark"
    return "in nautical twilight (no astronomical darkness in summer at this latitude)"


def _brightness_words(over: Sky) -> str:
    if not over.sun_below(SUNSET_DEG):
        return "the Sun does not set (polar day)"
    return "the Sun stays above −12° in summer at this latitude"


def moon_words(found: Observability) -> str:
    """Separation, light and place of the Moon at the best time: ``Moon 23° away, 93 % lit``."""
    at = found.at
    lit = f"{100 * found.sky.illumination:.0f} % lit"
    if found.sky.moon_altitude_deg[at] <= 0:
        return f"Moon down, {lit}, {found.moon_separation_deg[at]:.0f}° away"
    return f"Moon {found.moon_separation_deg[at]:.0f}° away, {lit}"


def best_words(found: Observability) -> str:
    """Altitude and time (UTC) of the highest point in the dark: ``47° at 06:15``; empty when there is none."""
    at = found.best
    return "" if at is None else f"{found.altitude_deg[at]:.0f}° at {clock(found.sky.mjd[at])}"


def clock(time_mjd: float) -> str:
    """UTC of a Modified Julian Date to the nearest minute: ``06:15``."""
    minutes = round(time_mjd * DAY_MIN) % DAY_MIN
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def night_words(over: Sky) -> str:
    """UTC date, or both dates, of the night: ``4 Sep 2025``, ``3/4 Sep 2025``, ``31 Dec 2025/1 Jan 2026``."""
    down = over.sun_below(SUNSET_DEG) or (over.shown,)
    first, last = (night_of(time + MJD_ZERO) for time in (down[0][0], down[-1][1]))
    if first == last:
        return day_words(last)
    if first.month == last.month:
        return f"{first.day}/{day_words(last)}"
    start = f"{first.day} {first:%b}" if first.year == last.year else day_words(first)
    return f"{start}/{day_words(last)}"


def script(name: str, ra_deg: float, dec_deg: float, over: Sky, *, simulated: bool = False) -> str:
    """Python source that computes the night anew with astropy, a program that this one is tested against.

    Parameters
    ----------
    name
        Of the object, for the first comment.
    ra_deg, dec_deg
        ICRS (J2000), degrees.
    simulated
        Whether the object was never seen in the sky; the first comment says so.
    """
    site = over.site
    start, stop = over.shown
    times = over.mjd[(over.mjd >= start) & (over.mjd <= stop)]
    first = utc_text(times[0] + MJD_ZERO)
    place = f"lon={site.longitude_deg:g} * u.deg, lat={site.latitude_deg:g} * u.deg, height={site.height_m:g} * u.m"
    return "\n".join(
        [
            "import numpy as np",
            "from astropy import units as u",
            "from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body",
            "from astropy.time import Time",
            "",
            f"# {f'{SIMULATED}: ' if simulated else ''}{name} from {site.name}, night of {night_words(over)} (UTC)",
            f"site = EarthLocation({place})",
            f'times = Time("{first}") + np.arange({len(times)}) * {STEP_MIN} * u.min',
            "frame = AltAz(obstime=times, location=site)",
            f'target = SkyCoord({ra_deg:.6f}, {dec_deg:.6f}, unit="deg").transform_to(frame)',
            'sun = get_body("sun", times, site).transform_to(frame)',
            'moon = get_body("moon", times, site).transform_to(frame)',
            f"dark = sun.alt < {over.dark_limit_deg or ASTRONOMICAL_DEG:g} * u.deg",
            f"good = dark & (target.alt > {GOOD_ALTITUDE_DEG:g} * u.deg)",
            "for time, altitude, away in zip(times[good], target.alt[good], target.separation(moon)[good]):",
            '    print(f"{time.iso[:16]} UTC  altitude {altitude.deg:.1f}  Moon {away.deg:.0f} away")',
            "",
        ]
    )
