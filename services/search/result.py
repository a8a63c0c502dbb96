"""What every kind of search gives: alerts, the question in words, and how the alerts are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from services import frames
from services.answers import Answer
from services.cache import Fetched
from services.cache.lifetimes import SEARCH, Lifetime
from services.errors import Unavailable
from services.house import House
from services.nights import day_words, night_start_jd
from services.search.grammar import MOST, Query
from services.search.position import Position


@dataclass(frozen=True)
class Result:
    """Alerts that answer a question.

    Attributes
    ----------
    rows
        As `services.search.rows.listed` gives them; around a position also ``separation_degree``, nearest first;
        newest first otherwise.
    words
        The question as it was understood.
    call
        What answered it.
    asked
        Arguments of that call, as Fink names them.
    fetched_at, stale, trouble
        As in `services.answers.Answer`.
    partial
        True when Fink did not answer and these are only the anomalies at hand.
    notes
        What to know about how complete it is, as sentences.
    centre, radius_arcsec
        Of a cone; None otherwise.
    """

    rows: pd.DataFrame
    words: str
    call: str
    asked: dict[str, Any]
    fetched_at: datetime | None = None
    stale: bool = False
    trouble: Unavailable | None = None
    partial: bool = False
    notes: tuple[str, ...] = ()
    centre: Position | None = None
    radius_arcsec: float | None = None

    @property
    def objects(self) -> int:
        """How many different objects they are."""
        return int(self.rows["object_id"].nunique())

    @property
    def only(self) -> str | None:
        """The one object at a place; None for several, and for lists by class."""
        if self.centre is None or self.partial or self.objects != 1:
            return None
        return str(self.rows["object_id"].iloc[0])


def list_words(what: str, query: Query, count: int | None) -> str:
    """The question in words: "SN candidate, the newest 50 of the nights 1 Jul 2025 to 1 Aug 2025"."""
    newest = f"the newest {count:,}" if count else "all"
    return ", ".join(part for part in (what, query.trend.replace("_", " "), newest, span_words(query)) if part)


def span_words(query: Query) -> str:
    """The nights of a question in words; empty where it names none."""
    if query.first and query.until:
        if query.first == query.until:
            return f"night {day_words(query.first)}"
        return f"nights {day_words(query.first)} to {day_words(query.until)}"
    if query.first:
        return f"since the night {day_words(query.first)}"
    return f"up to the night {day_words(query.until)}" if query.until else ""


def in_nights(rows: pd.DataFrame, query: Query, column: str) -> pd.Series:
    """Rows whose time in `column` (JD) is in the nights of a question; all where it names none."""
    chosen = rows["jd"].notna()
    if query.first:
        chosen &= rows[column] >= night_start_jd(query.first)
    if query.until:
        chosen &= rows[column] < night_start_jd(query.until + timedelta(days=1))
    return chosen


def cut_note(found: int, count: int) -> tuple[str, ...]:
    """That a list has as many rows as were asked for, so that there may be more."""
    if found < count:
        return ()
    more = f" last={min(MOST, 10 * count)} shows more." if count < MOST else ""
    return (f"These are the newest {count:,}; there may be more.{more}",)


def asked_of(
    house: House, key: str, fetch: Callable[[], pd.DataFrame], lifetime: Lifetime, *, retry: bool
) -> Answer[pd.DataFrame]:
    """What the source says, through the cache; an empty list is kept as one."""

    def packed() -> Fetched:
        rows = fetch()
        return Fetched(frames.to_bytes(rows), empty=rows.empty)

    return house.cache.load(key, packed, lifetime, frames.from_bytes, retry=retry)


def kept_or_asked(
    house: House, key: str, fetch: Callable[[], pd.DataFrame], *, retry: bool, wait: bool
) -> Answer[pd.DataFrame] | Unavailable | None:
    """The answer; what went wrong when the source did not give it; None when it would have to be waited for."""
    if not wait and house.cache.peek(key) is None:
        return None
    try:
        return asked_of(house, key, fetch, SEARCH, retry=retry)
    except Unavailable as error:
        return error
