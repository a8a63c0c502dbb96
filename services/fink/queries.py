"""What can be asked: every question is checked before a request is made, and refused with a better one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.errors import InvalidQuery
from services.fink import columns as declared
from services.nights import parse_night

OBJECT_EXAMPLE = "ZTF25abixhdc"
#: Fink's own limit (5 degrees).
MAX_RADIUS_ARCSEC = 18_000
#: Far above the whole anomaly list and the whole TNS table, which are the longest that there are.
MAX_N = 1_000_000

RESOLVERS = ("tns", "simbad", "ssodnet")

_OBJECT_ID = re.compile(r"ZTF[0-9]{2}[a-z]{7}")
_OBJECT_PREFIX = re.compile(r"ZTF[0-9]{2}[a-z]{4,7}")
_CANDID = re.compile(r"[0-9]{1,19}")
_DATE_PREFIX = re.compile(r"|[0-9]{4}|[0-9]{6}|[0-9]{8}")
_STATISTIC = re.compile(r"(basic|class):[^,]+")


def check_object_id(text: str) -> str:
    """A ZTF object id, blanks around it removed.

    Fink treats the id as a prefix: part of one returns every object that begins so, and "" the whole table.

    Raises
    ------
    InvalidQuery
        For anything but ``ZTF``, two digits and seven lower-case letters.

    Examples
    --------
    >>> check_object_id(" ZTF25abixhdc ")
    'ZTF25abixhdc'
    """
    cleaned = text.strip() if isinstance(text, str) else ""
    if _OBJECT_ID.fullmatch(cleaned):
        return cleaned
    raise InvalidQuery(
        f"{shown(text)} is not a ZTF object id: ZTF, two digits of the year, seven lower-case letters.",
        example=OBJECT_EXAMPLE,
        field="object_id",
    )


def check_object_prefix(text: str) -> str:
    """The beginning of a ZTF object id, as Fink can look for it.

    Raises
    ------
    InvalidQuery
        For less than four letters: Fink gives at most 10,000 rows, and three letters stand for some 100,000 objects.
    """
    cleaned = text.strip() if isinstance(text, str) else ""
    if _OBJECT_PREFIX.fullmatch(cleaned):
        return cleaned
    raise InvalidQuery(
        f"{shown(text)} is not the beginning of a ZTF object id with four letters or more.",
        example=OBJECT_EXAMPLE[:9],
        field="object_id",
    )


def check_candid(text: str) -> str:
    """An alert id: 1 to 19 digits, as text, because a float would lose the last ones."""
    if isinstance(text, str) and _CANDID.fullmatch(text):
        return text
    raise InvalidQuery(
        f"{shown(text)} is not an alert id: up to 19 digits.", example="3168365062815015000", field="candid"
    )


def check_night(value: date | str, field: str = "night") -> date:
    """A night, as a date or as ``YYYY-MM-DD``."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else parse_night(value, field=field)


def check_nights(start: date | str, stop: date | str) -> tuple[date, date]:
    """Two nights in order; Fink would silently swap them."""
    first, last = check_night(start, "from"), check_night(stop, "to")
    if first > last:
        raise InvalidQuery(
            f"The range ends ({last}) before it begins ({first}).", example=first.isoformat(), field="to"
        )
    return first, last


def check_n(n: int, field: str = "n") -> int:
    """How many rows to ask for, 1 to `MAX_N`."""
    if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MAX_N:
        return n
    raise InvalidQuery(
        f"{shown(n)} is not a number of rows: a whole number from 1 to {MAX_N:,}.", example="100", field=field
    )


def check_position(ra: float, dec: float) -> tuple[float, float]:
    """Right ascension (0 ≤ ra < 360) and declination (-90 to 90), in degrees (J2000)."""
    if not _between(ra, 0, 360) or ra == 360:
        raise InvalidQuery(
            f"{shown(ra)} is not a right ascension in degrees (0 to 360).", example="320.7354787", field="ra"
        )
    if not _between(dec, -90, 90):
        raise InvalidQuery(
            f"{shown(dec)} is not a declination in degrees (-90 to 90).", example="-10.0132347", field="dec"
        )
    return float(ra), float(dec)


def check_radius(radius_arcsec: float) -> float:
    """A search radius: more than 0, at most 18,000 arcsec."""
    if _between(radius_arcsec, 0, MAX_RADIUS_ARCSEC) and radius_arcsec > 0:
        return float(radius_arcsec)
    raise InvalidQuery(
        f"{shown(radius_arcsec)} is not a search radius: more than 0 and at most 18,000 arcsec (5 degrees).",
        example="5",
        field="radius",
    )


def check_class(name: str) -> str:
    """A class as Fink spells it ("SN candidate", "(SIMBAD) QSO", "(TNS) SN Ia"); only its form is checked.

    "Anomaly" is refused: ``/latests`` answers it with nothing, anomalies have an endpoint of their own.
    """
    cleaned = name.strip() if isinstance(name, str) else ""
    if cleaned and len(cleaned) <= 100 and cleaned.isprintable() and cleaned != "Anomaly":
        return cleaned
    raise InvalidQuery(
        f"{shown(name)} is not a class that Fink keeps a list of.", example="SN candidate", field="class"
    )


def check_resolver(resolver: str, name: str, reverse: bool) -> tuple[str, str]:
    """Resolver and name; from TNS or SSODNet to ZTF, or with ``reverse`` from a ZTF object id."""
    if resolver not in RESOLVERS:
        raise InvalidQuery(
            f"{shown(resolver)} is not a name resolver: {', '.join(RESOLVERS)}.",
            example="tns",
            field="resolver",
        )
    if reverse:
        return resolver, check_object_id(name)
    if isinstance(name, str) and (name.strip() or resolver == "tns") and len(name) <= 100:
        return resolver, name.strip()
    raise InvalidQuery(f"{shown(name)} is not a name to look up.", example="SN 2022and", field="name")


def check_date_prefix(text: str) -> str:
    """``YYYYMMDD``, ``YYYYMM``, ``YYYY``, or empty for every night."""
    if isinstance(text, str) and _DATE_PREFIX.fullmatch(text):
        return text
    raise InvalidQuery(
        f"{shown(text)} is not a year (2025), month (202509) or night (20250902).",
        example="20250902",
        field="date",
    )


def check_statistics(names: Sequence[str]) -> list[str]:
    """Columns of the nightly statistics: ``basic:...`` or ``class:...``."""
    for name in names:
        if not _STATISTIC.fullmatch(name):
            raise InvalidQuery(
                f"{shown(name)} is not a nightly count: basic:… or class:….",
                example="basic:sci",
                field="columns",
            )
    return list(names)


def check_columns(names: Sequence[str], *, always: Sequence[str] = ()) -> list[str]:
    """House names of columns to ask for, without repeats and with those that are needed ``always``.

    Raises
    ------
    InvalidQuery
        For a name that cannot be requested. Fink ignores unknown names in silence and breaks on ``v:`` ones.
    """
    for name in names:
        if not declared.requestable(name):
            raise InvalidQuery(
                f"{shown(name)} is not a column that Fink can be asked for.",
                example="magpsf",
                field="columns",
            )
    return list(dict.fromkeys([*names, *always]))


def shown(value: Any) -> str:
    """What was given, short enough for one sentence."""
    cleaned = " ".join(str(value).split())
    if not cleaned:
        return "Nothing"
    return cleaned if len(cleaned) <= 40 else cleaned[:39] + "…"


def _between(value: Any, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and low <= value <= high
