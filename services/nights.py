"""Nights, Julian dates and the eras of the anomaly model.

A night is the UTC date of the exposure. Palomar's nights lie inside one UTC date, so no night is ever cut in
two. ZTF's ``jd`` is a Julian date on the UTC scale; 2440587.5 is 1970-01-01 00:00 UTC.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import cast, overload

import numpy as np
import numpy.typing as npt

from services.errors import InvalidQuery

UNIX_EPOCH_JD = 2440587.5
MJD_ZERO_JD = 2400000.5
NIGHT_EXAMPLE = "2025-09-02"

BEFORE_SERVICE = "before the service"

#: ZTF's first light (Bellm et al. 2019, PASP 131, 018002), and a day that this program will not see.
FIRST_NIGHT = date(2017, 11, 1)
LAST_NIGHT = date(2099, 12, 31)

#: First night of each era of the score and the era's name, oldest first. Sources: the module's first night
#: and the dates on which fink-science's public model archive or its formula changed (commit dates; the broker
#: follows within days). Of 2023-06 and 2023-09 only the month is known. 2023-05-20 took back the change of
#: 2023-05-10.
ERAS: tuple[tuple[date, str], ...] = (
    (date(2023, 1, 25), "isolation forest 2023-01-25"),
    (date(2023, 5, 10), "isolation forest 2023-05-10"),
    (date(2023, 5, 20), "isolation forest 2023-05-20"),
    (date(2023, 6, 1), "isolation forest 2023-06"),
    (date(2023, 9, 1), "isolation forest 2023-09"),
    *(
        (day, f"AAD {day.isoformat()}")
        for day in (
            date(2023, 11, 17),
            date(2024, 2, 8),
            date(2024, 9, 23),
            date(2025, 2, 9),
            date(2025, 3, 22),
            date(2025, 4, 25),
            date(2025, 5, 9),
            date(2025, 5, 21),
            date(2025, 6, 5),
            date(2025, 6, 9),
            date(2025, 6, 23),
            date(2025, 7, 1),
            date(2025, 7, 5),
            date(2025, 7, 22),
            date(2025, 10, 17),
            date(2025, 12, 11),
            date(2026, 1, 14),
            date(2026, 2, 14),
            date(2026, 3, 19),
            date(2026, 5, 12),
            date(2026, 7, 3),
        )
    ),
)

_ERA_STARTS = np.array([day for day, _ in ERAS], dtype="datetime64[D]")
_ERA_NAMES = np.array([BEFORE_SERVICE, *(name for _, name in ERAS)], dtype=object)
_NIGHT_PATTERN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@overload
def night_of(jd: float) -> date: ...
@overload
def night_of(jd: npt.ArrayLike) -> npt.NDArray[np.datetime64]: ...
def night_of(jd: float | npt.ArrayLike) -> date | npt.NDArray[np.datetime64]:
    """UTC date of a Julian date, or of each of an array of them.

    Parameters
    ----------
    jd
        Julian date (UTC, days): a number, or anything array-like of float64.

    Returns
    -------
    datetime.date or ndarray of datetime64[D]
        The night; NaT where an element of the array is missing.

    Raises
    ------
    ValueError
        When a single ``jd`` is missing or infinite: one alert without a time is an error, a gap in a column
        is not.

    Examples
    --------
    >>> night_of(2460920.5)
    datetime.date(2025, 9, 2)
    """
    if np.ndim(jd) == 0:
        return _one_night(float(cast("float", jd)))
    days = np.floor(np.asarray(jd, dtype="float64") - UNIX_EPOCH_JD)
    known = np.isfinite(days)
    nights = np.where(known, days, 0).astype("int64").astype("datetime64[D]")
    nights[~known] = np.datetime64("NaT")
    return nights


def _one_night(jd: float) -> date:
    if not math.isfinite(jd):
        raise ValueError(f"{jd} is not a Julian date")
    return date(1970, 1, 1) + timedelta(days=math.floor(jd - UNIX_EPOCH_JD))


def night_start_jd(night: date) -> float:
    """Julian date of 00:00 UTC of a night (days)."""
    return (night - date(1970, 1, 1)).days + UNIX_EPOCH_JD


def parse_night(text: str, *, field: str = "night") -> date:
    """A night as it is written in the address bar, ``YYYY-MM-DD``.

    Raises
    ------
    InvalidQuery
        For anything else, for days that do not exist, and for nights in which ZTF cannot have observed.
    """
    cleaned = text.strip()
    if not _NIGHT_PATTERN.fullmatch(cleaned):
        raise InvalidQuery(
            f"{_shown(text)} is not a date. Nights are written as year, month and day: YYYY-MM-DD.",
            example=NIGHT_EXAMPLE,
            field=field,
        )
    try:
        night = date.fromisoformat(cleaned)
    except ValueError:
        raise InvalidQuery(
            f"{cleaned} is not a date. The month must be 01 to 12 and the day must exist.",
            example=NIGHT_EXAMPLE,
            field=field,
        ) from None
    if FIRST_NIGHT <= night <= LAST_NIGHT:
        return night
    raise InvalidQuery(
        f"{cleaned} is not a night of ZTF, which began on {FIRST_NIGHT}.", example=NIGHT_EXAMPLE, field=field
    )


def _shown(text: str) -> str:
    """What was typed, short enough for one sentence."""
    cleaned = " ".join(text.split())
    if not cleaned:
        return "Nothing"
    return cleaned if len(cleaned) <= 40 else cleaned[:39] + "…"


@overload
def mjd(jd: float) -> float: ...
@overload
def mjd(jd: npt.ArrayLike) -> npt.NDArray[np.float64]: ...
def mjd(jd: float | npt.ArrayLike) -> float | npt.NDArray[np.float64]:
    """Modified Julian date (UTC, days) of a Julian date or of each of an array of them; NaN stays NaN."""
    if np.ndim(jd) == 0:
        return float(cast("float", jd)) - MJD_ZERO_JD
    return np.asarray(jd, dtype="float64") - MJD_ZERO_JD


def utc(jd: float) -> datetime:
    """Aware UTC time of a Julian date, to the millisecond (a float64 Julian date resolves 40 µs).

    Raises
    ------
    ValueError
        When ``jd`` is missing or infinite.
    """
    if not math.isfinite(jd):
        raise ValueError(f"{jd} is not a Julian date")
    milliseconds = round((jd - UNIX_EPOCH_JD) * 86_400_000)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def utc_text(jd: float) -> str:
    """UTC time of a Julian date for the screen and for exports, to the second: ``2025-09-02 06:21:47``."""
    return f"{utc(jd):%Y-%m-%d %H:%M:%S}"


def day_words(night: date) -> str:
    """A night for the screen: ``4 Sep 2025``."""
    return f"{night.day} {night:%b %Y}"


def moment_words(jd: float) -> str:
    """UTC time of a Julian date for the screen, to the minute, without the year: ``4 Sep 08:45``."""
    when = utc(jd)
    return f"{when.day} {when:%b %H:%M}"


@overload
def model_era(jd: float) -> str: ...
@overload
def model_era(jd: npt.ArrayLike) -> npt.NDArray[np.object_]: ...
def model_era(jd: float | npt.ArrayLike) -> str | npt.NDArray[np.object_]:
    """Name of the era of the anomaly model that was in force; scores compare only within one era.

    Parameters
    ----------
    jd
        Julian date (UTC, days): a number, or anything array-like of float64 without gaps.

    Returns
    -------
    str or ndarray of object (str)
        A name of `ERAS`, or `BEFORE_SERVICE` for nights before the first scored one.

    Examples
    --------
    >>> model_era(2460920.7)
    'AAD 2025-07-22'
    """
    nights = night_of(np.atleast_1d(np.asarray(jd, dtype="float64")))
    names = _ERA_NAMES[np.searchsorted(_ERA_STARTS, nights, side="right")]
    return str(names[0]) if np.ndim(jd) == 0 else names
