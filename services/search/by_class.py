"""Alerts of a class, out of Fink's lists."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pandas as pd

from services.cache import Fetched
from services.cache.lifetimes import CLASSES
from services.errors import SourceError, Unavailable
from services.fink.columns import LIST
from services.house import House
from services.search.classes import ClassName, check_class, other_spellings, quoted
from services.search.grammar import DEFAULT_LAST, Query
from services.search.result import Result, cut_note, in_nights, kept_or_asked, list_words
from services.search.rows import listed
from services.search.words import WrongWord

CALL = "POST /api/v1/latests"
COLUMNS = (*LIST, "mag_rate")
SINCE = date(2019, 11, 1)
"""First alerts of Fink."""

_ASKED_COLUMNS = f"{zlib.crc32(','.join(COLUMNS).encode()):08x}"


def class_of(house: House, query: Query, *, wait: bool) -> ClassName | None:
    """The class that a search names; the source is asked only for one that this Oddfinch has never heard of.

    Raises
    ------
    WrongWord
        There is none of that name.
    """
    try:
        return check_class(query)
    except WrongWord as unknown:
        if not wait:
            return None
        try:
            said = house.cache.load("classes", lambda: _packed_classes(house), CLASSES, orjson.loads)
        except SourceError:
            raise unknown from None
    return check_class(query, said.value)


def _packed_classes(house: House) -> Fetched:
    return Fetched(orjson.dumps(house.client.fetch_classes()))


def of_class(house: House, query: Query, *, retry: bool, wait: bool) -> Result | None:
    """Alerts of a class, newest first; parameters, raised errors as for `services.search.run.run`."""
    name = class_of(house, query, wait=wait)
    if name is None:
        return None
    count = query.last or DEFAULT_LAST
    span = (query.first or SINCE, query.until or datetime.now(UTC).date()) if query.first or query.until else None
    server_trend = query.trend if query.trend.endswith("low_state") else ""
    key = f"latests/{name.label}/{count}/{span and [str(night) for night in span]}/{server_trend}/{_ASKED_COLUMNS}"

    def fetch() -> pd.DataFrame:
        start, stop = span or (None, None)
        return house.client.fetch_latests(
            name.label, n=count, start=start, stop=stop, trend=server_trend or None, columns=COLUMNS
        )

    words = list_words(name.label, query, count)
    asked: dict[str, Any] = {"class": name.label, "n": count}
    if span:
        asked |= {"startdate": f"{span[0]}", "stopdate": f"{span[1]}"}
    if query.trend:
        asked["trend"] = query.trend
    answer = kept_or_asked(house, key, fetch, retry=retry, wait=wait)
    if isinstance(answer, Unavailable):
        return _of_class_at_hand(house, query, name, words, asked, answer)
    if answer is None:
        return None
    rows = _with_trend(answer.value, query.trend)
    return Result(
        listed(rows, house.index.table()),
        words,
        CALL,
        asked,
        answer.fetched_at,
        answer.stale,
        answer.trouble,
        notes=_class_notes(name, query, len(answer.value), len(rows), count),
    )


def _with_trend(rows: pd.DataFrame, trend: str) -> pd.DataFrame:
    """Those that brighten or fade: the sign of d:mag_rate, as Fink's own ``trend`` (FINK_API 1.3) takes it.

    Fink's breaks where no row has a rate; this is the same without that.
    """
    if trend not in {"rising", "fading"}:
        return rows
    rate = rows["mag_rate"]
    return rows[rate < 0 if trend == "rising" else rate > 0].reset_index(drop=True)


def _class_notes(name: ClassName, query: Query, found: int, shown: int, count: int) -> tuple[str, ...]:
    notes = []
    if shown < found:
        notes.append(f"{shown:,} of the newest {found:,} are {query.trend}.")
    notes += [] if query.trend else cut_note(found, count)
    if name.origin == "SIMBAD" and (others := other_spellings(name.label)):
        spelt = ", ".join(f"class={quoted(other)}" for other in others)
        notes.append(f"SIMBAD has other spellings of it, listed apart: {spelt}.")
    return tuple(notes)


def _of_class_at_hand(
    house: House, query: Query, name: ClassName, words: str, asked: dict[str, Any], trouble: Unavailable
) -> Result:
    """The anomalies at hand of a class."""
    table = house.index.table()
    column = "tns" if name.origin == "TNS" else "classification"
    rows = table[(table[column] == name.bare) & in_nights(table, query, "jd")]
    if rows.empty:
        raise trouble
    newest = rows.sort_values("jd", ascending=False, kind="stable", ignore_index=True)
    return Result(newest.head(query.last or DEFAULT_LAST), words, CALL, asked, trouble=trouble, partial=True)
