"""Which nights the address names, their anomalies, and how we know them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from components.calendar import Day
from components.panel import Look, State, freshness
from pages._slots import Ask
from services.anomalies import CALL, NightState
from services.errors import InvalidQuery, NoAnswer
from services.house import House
from services.months import month_end, months_between
from services.nights import parse_night
from services.statistics import NightlyCounts

WAIT_S = 90
"""How long a panel waits for a month of anomalies; the client itself gives up sooner."""
PATIENCE_S = 2
"""How long it waits for a source that is known to be failing."""


@dataclass(frozen=True)
class Window:
    """The nights on the page with their anomalies and how we know them."""

    first: date
    last: date
    rows: pd.DataFrame
    state: NightState

    @property
    def single(self) -> bool:
        """One night, as opposed to a range."""
        return self.first == self.last

    @property
    def words(self) -> str:
        """The nights in words: "2 September 2025", "1 to 5 September 2025"."""
        end = f"{self.last.day} {self.last:%B %Y}"
        if self.single:
            return end
        same = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return (
            f"{self.first.day} to {end}"
            if same
            else f"{self.first.day} {self.first:%b %Y} to {self.last.day} {self.last:%b %Y}"
        )

    @property
    def query(self) -> str:
        """The same nights as a query string."""
        return f"night={self.first}" if self.single else f"from={self.first}&to={self.last}"


def asked_nights(ask: Ask) -> tuple[date, date] | None:
    """The nights named in the address; None when it names none.

    Raises
    ------
    InvalidQuery
        A date that is none, or a range that ends before it begins.
    """
    if ask.get("night"):
        night = parse_night(str(ask["night"]))
        return night, night
    if not (ask.get("from") or ask.get("to")):
        return None
    last = parse_night(str(ask.get("to") or datetime.now(UTC).date()), field="to")
    first = parse_night(str(ask.get("from") or last - timedelta(days=30)), field="from")
    if first > last:
        raise InvalidQuery(f"The range ends ({last}) before it begins ({first}).", example=str(last), field="from")
    return first, last


def latest_night(h: House, *, wait: bool) -> date | None:
    """Newest night with anomalies; None when it is not known yet and `wait` is False."""
    deadline = time.monotonic() + (WAIT_S if wait else 0)
    while True:
        nights, progress = h.index.nights(), h.index.progress()
        if len(nights) and (not wait or progress.done or progress.trouble):
            return pd.Timestamp(nights["night"].iloc[0]).date()
        if wait and not progress.running:
            if progress.trouble:
                raise progress.trouble
            return h.source.last_night or datetime.now(UTC).date()
        if time.monotonic() >= deadline:
            if not wait:
                return None
            raise NoAnswer(CALL, f"did not answer within {WAIT_S} s")
        time.sleep(0.05)


def window_of(h: House, ask: Ask, *, wait: bool) -> Window | None:
    """Anomalies of the nights in the address, or of the latest night.

    Raises
    ------
    InvalidQuery
        The address names no possible nights.
    Unavailable
        The month could not be fetched and nothing is cached.
    """
    asked = asked_nights(ask)
    if ask.get("retry"):
        h.index.retry()
    h.index.refresh()
    if asked is None:
        latest = latest_night(h, wait=wait)
        if latest is None:
            return None
        asked = latest, latest
    state = _state_of(h, *asked, wait=wait)
    if state is None:
        return None
    if ask.get("night") is None and ask.get("from") is None and state.trouble is None:
        trouble = h.index.progress().trouble
        state = NightState(state.status, state.fetched_at, state.source, state.stale or bool(trouble), trouble)
    return Window(*asked, h.index.between(*asked), state)


def _state_of(h: House, first: date, last: date, *, wait: bool) -> NightState | None:
    h.index.want(first, last)
    deadline = time.monotonic() + (WAIT_S if wait else 0)
    while True:
        state = h.index.night_state(first, last)
        if state.status in {"ready", "outside"}:
            return state
        if not wait:
            return None
        if state.status == "unavailable" and state.trouble:
            raise state.trouble
        index = h.index.progress()
        if index.trouble and index.month is None and time.monotonic() > deadline - WAIT_S + PATIENCE_S:
            raise index.trouble  # the index pauses between its tries; nobody needs to wait for the next one
        if state.status == "cancelled" or time.monotonic() >= deadline:
            raise NoAnswer(
                CALL, "was cancelled" if state.status == "cancelled" else f"did not answer within {WAIT_S} s"
            )
        time.sleep(0.03)


def nights_found(h: House) -> dict[date, tuple[int, float]]:
    """Count and lowest score of every night that has anomalies."""
    nights = h.index.nights()
    columns = (nights["night"].dt.date.tolist(), nights["count"].tolist(), nights["lowest"].tolist())
    return {night: (count, lowest) for night, count, lowest in zip(*columns, strict=True)}


def days_of(
    h: House, found: Mapping[date, tuple[int, float]], counts: NightlyCounts, first: date, last: date
) -> dict[date, Day]:
    """What is known about each night from `first` to `last`: its anomalies, and whether there were any alerts."""
    asked = {month: _asked_on(h, month) for month in months_between(first, last)}
    nights = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {night: _day(night, found, counts, asked[night.replace(day=1)]) for night in nights}


def _asked_on(h: House, month: date) -> date | None:
    """When the anomalies of a month were fetched; None when they were not."""
    fetched_at = h.index.night_state(month, month_end(month)).fetched_at
    return None if fetched_at is None else fetched_at.date()


def _day(night: date, found: Mapping[date, tuple[int, float]], counts: NightlyCounts, asked_on: date | None) -> Day:
    alerts, observed = counts.alerts(night), counts.observed(night)
    if night in found:
        return Day(*found[night], alerts, observed)
    none = asked_on is not None and asked_on > night  # on the day itself its anomalies may still be on their way
    return Day(0 if none else None, alerts=alerts, observed=observed)


def look_of(window: Window) -> Look:
    """How old the list is."""
    if window.state.fetched_at is None:
        return Look(State.READY, "")
    return freshness(window.state.fetched_at, stale=window.state.stale, failing=window.state.trouble is not None)
