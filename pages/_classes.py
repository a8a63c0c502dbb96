"""What the address of the classes page asks for, and the anomalies of its nights as far as they are known."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, cast, get_args
from urllib.parse import urlencode

import pandas as pd

from components.panel import Look, State, freshness
from pages._nights import WAIT_S, latest_night
from pages._slots import Ask
from services.anomalies import CALL
from services.class_counts import GIVER, By, Spelling, Unit, class_counts
from services.class_times import Bin
from services.errors import InvalidQuery, NoAnswer, Unavailable
from services.house import House
from services.months import month_end, months_between
from services.nights import day_words, parse_night

DEFAULT_DAYS = 90
"""Nights of an address that names none: so many days up to the newest night with anomalies."""
PARTIAL_S = 2.0
"""How long a panel waits for missing months before it is drawn with those that are known."""
NIGHT_KEYS = ("from", "to", "night")
COUNT_KEYS = (*NIGHT_KEYS, "by", "spelling", "unit")
KEYS = (*COUNT_KEYS, "scale", "bin", "pick")
DOCUMENTED = (date(2023, 1, 25), date(2023, 5, 22))
"""Nights of the histogram in Fink's documentation of its anomaly service."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "by": get_args(By),
    "spelling": ("merged", "raw", "family"),
    "unit": get_args(Unit),
    "scale": ("linear", "log"),
    "bin": get_args(Bin),
}


@dataclass(frozen=True)
class View:
    """How the classes are counted and drawn; everything in it is in the address."""

    by: By = "simbad"
    spelling: Spelling = "merged"
    unit: Unit = "alerts"
    log: bool = False
    bin: Bin | None = None
    pick: str = ""

    @property
    def column(self) -> str:
        """Whose label it is, by Fink's name of the column."""
        return {"simbad": "d:cdsxmatch", "fink": "v:classification", "tns": "d:tns"}[self.by]


def view_of(ask: Ask, also: Sequence[str] = ()) -> View:
    """The view that an address names.

    Parameters
    ----------
    also
        Keys that matter beside `COUNT_KEYS`; of others a value that there is not is left out.

    Raises
    ------
    InvalidQuery
        A value that there is not.
    """
    wrong = {key for key, values in CHOICES.items() if ask.get(key) and ask[key] not in values}
    for key in CHOICES:
        if key in wrong and key in (*COUNT_KEYS, *also):
            what = f"{str(ask[key])[:40]} is not one of {', '.join(CHOICES[key])}."
            raise InvalidQuery(what, example=CHOICES[key][0], field=key)
    ask = {key: value for key, value in ask.items() if key not in wrong}
    return View(
        by=cast("By", ask.get("by") or "simbad"),
        spelling=cast("Spelling", ask.get("spelling") or "merged"),
        unit=cast("Unit", ask.get("unit") or "alerts"),
        log=ask.get("scale") == "log",
        bin=cast("Bin | None", ask.get("bin") or None),
        pick=str(ask.get("pick") or ""),
    )


@dataclass(frozen=True)
class Nights:
    """Nights on the page, their anomalies as far as they are known, and how far that is.

    Attributes
    ----------
    first, last
        Both included.
    rows
        Rows of the anomaly index.
    known, months
        Months of the range that are in the index, and how many it has.
    look
        State of every panel that counts these rows, and what it says about it.
    outside
        Whether the source has no such nights at all.
    trouble
        Why months are missing or old, when there is a reason.
    """

    first: date
    last: date
    rows: pd.DataFrame
    known: int
    months: int
    look: Look
    outside: bool
    trouble: Unavailable | None = None

    @property
    def complete(self) -> bool:
        """Whether all months are known; until then no rows mean nothing."""
        return self.known == self.months

    @property
    def words(self) -> str:
        """The nights in words."""
        if self.first == self.last:
            return day_words(self.first)
        return f"{day_words(self.first)} to {day_words(self.last)}"

    @property
    def query(self) -> dict[str, str]:
        """The nights as they stand in an address."""
        return {"from": str(self.first), "to": str(self.last)}


def address(nights: Nights, view: View, **more: str) -> str:
    """Query string of what is counted, for files and links."""
    return urlencode({**nights.query, "by": view.by, "spelling": view.spelling, "unit": view.unit, **more})


def asked_span(h: House, ask: Ask, *, wait: bool) -> tuple[date, date] | None:
    """First and last night of an address; None when they depend on what is not known yet.

    Raises
    ------
    InvalidQuery
        A date that is none, or a range that ends before it begins.
    """
    if ask.get("night"):
        night = parse_night(str(ask["night"]))
        return night, night
    last = _last_of(h, ask, wait=wait)
    if last is None:
        return None
    days = timedelta(days=DEFAULT_DAYS - 1)
    first = parse_night(str(ask["from"]), field="from") if ask.get("from") else last - days
    if first > last:
        raise InvalidQuery(f"The range ends ({last}) before it begins ({first}).", example=str(last), field="from")
    return first, last


def _last_of(h: House, ask: Ask, *, wait: bool) -> date | None:
    if ask.get("to"):
        return parse_night(str(ask["to"]), field="to")
    if ask.get("from"):
        return h.source.last_night or datetime.now(UTC).date()
    return latest_night(h, wait=wait)


def nights_of(h: House, ask: Ask, *, wait: bool) -> Nights | None:
    """The nights of an address with their anomalies.

    A long range takes minutes to fetch the first time. What is known of it is counted meanwhile, and says so.

    Returns
    -------
    Nights or None
        None when nothing is known yet and `wait` is False.

    Raises
    ------
    InvalidQuery
        The address names no possible nights.
    Unavailable
        The source does not answer, and nothing of the range is cached.
    """
    if ask.get("retry"):
        h.index.retry()
        h.statistics.retry()
    h.index.refresh()
    span = asked_span(h, ask, wait=wait)
    if span is None:
        return None
    h.index.want(*span)
    began = time.monotonic()
    while True:
        found = _known(h, *span)
        waited = time.monotonic() - began
        enough = not wait or waited >= PARTIAL_S or _pauses(h)
        if found.complete or (found.known and enough):
            return found
        if not wait:
            return None
        if enough:
            _give_up(h, span, waited)
        time.sleep(0.05)


def _pauses(h: House) -> bool:
    """Whether the index failed and waits before it tries again; nobody needs to wait with it."""
    progress = h.index.progress()
    return progress.trouble is not None and progress.month is None


def _give_up(h: House, span: tuple[date, date], waited: float) -> None:
    """Raise what keeps every month of the range away, if there is such a thing."""
    state = h.index.night_state(*span)
    trouble = state.trouble or (h.index.progress().trouble if _pauses(h) else None)
    if trouble:
        raise trouble
    if state.status == "cancelled" or waited >= WAIT_S:
        raise NoAnswer(CALL, "was cancelled" if state.status == "cancelled" else f"did not answer within {WAIT_S} s")


def _known(h: House, first: date, last: date) -> Nights:
    """What the index has of a range now; state first, rows afterwards, because a month may arrive between the two."""
    whole = h.index.night_state(first, last)
    begin = max(first, h.source.first_night)
    end = min(last, h.source.last_night or datetime.now(UTC).date())
    states = [h.index.night_state(month, month_end(month)) for month in months_between(begin, end)]
    ready = [state for state in states if state.status == "ready"]
    outside = whole.status == "outside"
    times = [state.fetched_at for state in ready if state.fetched_at]
    look = _look(times, len(states) - len(ready), len(states), whole.stale, whole.trouble)
    rows = h.index.between(first, last)
    return Nights(first, last, rows, len(ready), len(states), look, outside, whole.trouble)


def _look(times: list[datetime], missing: int, months: int, stale: bool, trouble: Unavailable | None) -> Look:
    if missing:
        words = f"{months - missing} of {months} months"
        if trouble:
            return Look(State.STALE, f"{words}; Fink is not answering for the others")
        return Look(State.READY, f"{words} so far, the others are on their way", refreshing=True)
    if not times:
        return Look(State.READY, "")
    return freshness(min(times), stale=stale, failing=trouble is not None)


@dataclass(frozen=True)
class Counted:
    """Nights, view, and what both need: the types of the Transient Name Server where those are counted."""

    nights: Nights
    view: View
    types: pd.Series | None = None

    @cached_property
    def counts(self) -> pd.DataFrame:
        """`services.class_counts.class_counts` of it."""
        view = self.view
        return class_counts(self.nights.rows, view.by, view.spelling, view.unit, types=self.types)

    @property
    def giver(self) -> str:
        """Whose labels they are, in the words of a state line."""
        if self.view.by != "tns":
            return {"simbad": "SIMBAD cross-match, d:cdsxmatch", "fink": "Fink's class"}[self.view.by]
        return f"{GIVER['tns']} type" + ("" if self.types is not None else ", Fink's own match (d:tns) only")


def counted(h: House, ask: Ask, *, wait: bool, also: Sequence[str] = ()) -> Counted | None:
    """What an address counts; None when it is not known yet and `wait` is False. Raises as `view_of`, `nights_of`."""
    view = view_of(ask, also)
    nights = nights_of(h, ask, wait=wait)
    if nights is None:
        return None
    if view.by != "tns":
        return Counted(nights, view)
    types = types_of(h, nights.rows)
    if types is None and mirror_of(h).loading:
        nights = replace(nights, look=replace(nights.look, refreshing=True))
    return Counted(nights, view, types)


@dataclass(frozen=True)
class Mirror:
    """What there is of the mirror of the Transient Name Server: its rows (None without one), and whether it comes."""

    rows: int | None
    loading: bool


def mirror_of(h: House) -> Mirror:
    """The mirror now; it is not waited for."""
    mirror: Any = getattr(h, "tns", None)
    if mirror is None:
        return Mirror(None, loading=False)
    state = mirror.state()
    return Mirror(state.rows if mirror.table() is not None else None, loading=state.status == "loading")


def types_of(h: House, rows: pd.DataFrame) -> pd.Series | None:
    """Types from the mirror of the Transient Name Server; None while there is no mirror."""
    mirror: Any = getattr(h, "tns", None)
    if mirror is None:
        return None
    mirror.want()
    found = mirror.types_of(rows)
    return None if found is None else pd.Series(found.to_numpy(), index=rows.index, dtype="str")


def with_note(look: Look, words: str) -> Look:
    """The same look with what is shown before how old it is."""
    return replace(look, note=f"{words}; {look.note}" if look.note else words)
