"""Arguments as the genuine server reads them: what Python makes of a value, and 500 where it makes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from services.local_fink.columns import COLUMNS
from services.local_fink.routes import Payload, ServerError

# More than any archive holds, and still an integer for the database.
MOST_ROWS = 10**12
# First alerts of Fink (UTC), where the genuine server starts when no start is given.
FIRST_DATE = "2019-11-01"
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?")
# Julian dates start in 1858 with 2,400,000; smaller numbers are modified Julian dates.
_FIRST_JD, _MJD_ZERO = 2_400_000.0, 2_400_000.5


def now_jd() -> float:
    """Julian date of this second (UTC)."""
    return julian(datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"))


def julian(text: Any) -> float:
    """Julian date of an ISO date or time in UTC; `ServerError` for anything else."""
    if not isinstance(text, str) or not _ISO_DATE.fullmatch(text.strip()):
        raise ServerError(f"{text!r} is not a date")
    try:
        moment = datetime.fromisoformat(text.strip()[:26]).replace(tzinfo=UTC)
    except ValueError as error:
        raise ServerError(f"{text!r} is not a date") from error
    return moment.timestamp() / 86400 + 2440587.5


def any_date(value: Any) -> float:
    """Julian date of an ISO date, a Julian or a modified Julian date, as ``/conesearch`` takes them."""
    if isinstance(value, str) and _ISO_DATE.fullmatch(value.strip()):
        return julian(value)
    number = real(value)
    return number if number >= _FIRST_JD else number + _MJD_ZERO


def key_range(start: float, stop: float) -> tuple[str, str]:
    """Bounds of the time in a row key as the genuine server scans: as text, the lower one's last character up by one.

    So alerts less than a tenth of a day after the start are not found; a window given backwards is turned.
    """
    low, high = sorted((str(start), str(stop)))
    return low[:-1] + chr(ord(low[-1]) + 1), high


def whole(value: Any) -> int:
    """A whole number as Python's ``int`` understands it."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ServerError(f"{value!r} is not a whole number") from error


def real(value: Any) -> float:
    """A number as Python's ``float`` understands it."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ServerError(f"{value!r} is not a number") from error


def row_count(value: Any) -> int:
    """How many rows are wanted: none when the number is not positive."""
    return min(max(whole(value), 0), MOST_ROWS)


def is_true(payload: Payload, name: str) -> bool:
    """Only true and "True" are; "true" is silently not."""
    return str(payload.get(name)) == "True"


def wanted_columns(payload: Payload, known: Iterable[str] = COLUMNS) -> list[str]:
    """Known columns asked for, in the order of the answer; empty when everything is asked for.

    ``v:`` is no family of the stored tables: the genuine server fails when it is mixed with those that are.
    """
    asked = payload.get("columns", "*")
    if not isinstance(asked, str):
        raise ServerError("columns is not text")
    names = [name for name in asked.replace(" ", "").split(",") if name]
    if names in ([], ["*"]):
        return []
    if len({name.startswith("v:") for name in names}) > 1:
        raise ServerError("v: columns cannot be asked for")
    return [name for name in known if name in names] or ["unknown"]
