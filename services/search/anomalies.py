"""Anomalies of some nights, or the newest ones, out of the index."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from services.anomalies import CALL, NightState
from services.errors import NoAnswer
from services.house import House
from services.search.grammar import DEFAULT_LAST, MOST, Query
from services.search.result import Result, cut_note, list_words

WAIT_S = 90.0
"""How long a question waits for months of the index."""
WIDTHS_D = (31, 124, 496)
"""How far back the newest anomalies are looked for, in days, before all of them are."""


def anomalies(house: House, query: Query, *, retry: bool, wait: bool) -> Result | None:
    """Anomalies by night and number, newest first; parameters, raised errors as for `services.search.run.run`."""
    if retry:
        house.index.retry()
    house.index.refresh()
    newest = house.source.last_night or datetime.now(UTC).date()
    until = min(query.until or newest, newest)
    count = query.last or (MOST if query.first or query.until else DEFAULT_LAST)
    found = _newest(house, _starts(house, query, until), until, count, wait=wait)
    if found is None:
        return None
    first, state, rows = found
    if rows.empty and state.trouble is not None and state.status != "ready":
        raise state.trouble
    shown = rows.sort_values("jd", ascending=False, kind="stable", ignore_index=True).head(count)
    asked: dict[str, Any] = {"n": count}
    if query.first or query.until:
        asked |= {"start_date": f"{first}", "stop_date": f"{until}"}
    return Result(
        shown,
        list_words("Anomalies", query, count if query.last or not (query.first or query.until) else None),
        CALL,
        asked,
        state.fetched_at,
        state.stale,
        state.trouble,
        partial=state.status != "ready" and state.trouble is not None,
        notes=cut_note(len(shown), count),
    )


def _newest(
    house: House, starts: list[date], until: date, count: int, *, wait: bool
) -> tuple[date, NightState, pd.DataFrame] | None:
    """Rows from the latest of these nights on that give enough, and how they are known."""
    for first in starts:
        state = _settled(house, first, until, wait=wait)
        if state is None:
            return None
        rows = house.index.between(first, until)
        if len(rows) >= count or first == starts[-1]:
            return first, state, rows
    return None


def _starts(house: House, query: Query, until: date) -> list[date]:
    """First nights to look from: the one that was named, or ever earlier ones until enough is found."""
    if query.first:
        return [query.first]
    earliest = house.source.first_night
    if query.until and query.last is None:
        return [earliest]
    wider = [until - timedelta(days=days) for days in WIDTHS_D]
    return [night for night in wider if night > earliest] + [earliest]


def _settled(house: House, first: date, until: date, *, wait: bool) -> NightState | None:
    """How the index knows these nights, waited for; None when it does not know them yet and `wait` is False."""
    house.index.want(first, until)
    deadline = time.monotonic() + WAIT_S
    while True:
        state = house.index.night_state(first, until)
        if state.status in {"ready", "outside"}:
            return state
        if not wait:
            return None
        if state.status == "unavailable":
            return state
        if state.status == "cancelled" or time.monotonic() >= deadline:
            how = "was cancelled" if state.status == "cancelled" else f"did not answer within {WAIT_S:.0f} s"
            raise NoAnswer(CALL, how)
        time.sleep(0.03)
