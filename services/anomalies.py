"""The anomaly index: one in-memory table of all anomalies, filled month by month, usable while it fills."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Protocol

import pandas as pd
import pyarrow as pa

from services import frames
from services.anomaly_state import NightState, Progress, Status
from services.anomaly_table import UNANSWERED, AnomalyTable
from services.answers import Answer
from services.cache import Cache, Fetched, Lifetime
from services.cache.failures import as_trouble
from services.cache.lifetimes import CLOSED_MONTH, CURRENT_MONTH
from services.errors import Garbled, SourceError, Unavailable
from services.fink.columns import LIST, by_name
from services.fink.policy import background
from services.months import Schedule, is_closed, month_end, months_between
from services.sources import Source

log = logging.getLogger(__name__)

CALL = "POST /api/v1/anomaly"

#: While months arrive quickly the table is rebuilt at most this often (seconds), and with pauses so many times as
#: long as rebuilding takes: a large table, every row of which is touched, costs no more than a tenth of the time.
REBUILD_EVERY = 0.3
REBUILD_PAUSES = 9

# A cached month that was asked for with other columns, or typed otherwise, is another answer.
_COLUMNS = zlib.crc32(",".join(f"{column}:{by_name(column)}" for column in LIST).encode())


class AnomalyClient(Protocol):
    """The part of `services.fink.client.FinkClient` that the index needs."""

    def fetch_anomalies(self, start: date, stop: date) -> pd.DataFrame:
        """Tidy rows of the nights from ``start`` to ``stop``, both included."""


@dataclass(frozen=True)
class _Month:
    """What is known about one month: provenance of its rows in the table, and its last failure."""

    fetched_at: datetime | None = None
    empty: bool = False
    digest: int | None = None
    trouble: Unavailable | None = None

    @property
    def loaded(self) -> bool:
        return self.fetched_at is not None


class AnomalyIndex:
    """All anomalies of a source in one table, kept up to date by a thread of its own.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps one entry per month.
    source
        Gives the span of nights.
    today
        Today's UTC date.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        client: AnomalyClient,
        cache: Cache,
        source: Source,
        *,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        cache.require(source.key)
        self._client = client
        self._cache = cache
        self._source = source
        self._today = today
        self._clock = clock
        self._changed = threading.Condition()
        self._schedule = Schedule(clock)
        self._months: dict[date, _Month] = {}
        # Only the index's own thread touches this.
        self._arrived: dict[date, tuple[_Month, pa.Table | None]] = {}
        self._rebuild_at = 0.0
        self._table = AnomalyTable.empty()
        self._fetching: date | None = None
        self._thread: threading.Thread | None = None
        self._opening = False
        self._cancelled = False
        self._extend()

    # What the index is told to do

    def start(self) -> None:
        """Begin to fill the table, in the background; does nothing when that has begun."""
        with self._changed:
            if self._thread is None and not self._cancelled:
                self._opening = True
                self._thread = threading.Thread(target=self._run, name="anomaly-index", daemon=True)
                self._thread.start()

    def cancel(self) -> None:
        """Fetch no further month; what is in the table stays, and a call in progress is still used."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Go on after `cancel`."""
        with self._changed:
            self._cancelled = False
            self._changed.notify_all()
        self.start()

    def retry(self) -> None:
        """Try everything that failed again now, whatever its pause, and go on if cancelled."""
        with self._changed:
            self._schedule.retry()
        self.resume()

    def want(self, first: date, last: date | None = None) -> None:
        """Somebody looks at these nights: fetch their months next if they are not in the table."""
        with self._changed:
            missing = [month for month in self._span(first, last or first) if not self._months[month].loaded]
            self._schedule.want(missing)

    def refresh(self) -> None:
        """Have months fetched again that are older than their lifetime; cheap enough for every page view."""
        with self._changed:
            self._extend()
            self._schedule.ask(month for month in self._months if self._is_stale(month))
            self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is left to do now; False when that took longer than ``timeout`` (seconds)."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, timeout)

    # What the index knows

    def has_kept(self) -> bool:
        """Whether an earlier run left anomalies in the cache; never asks the source."""
        kept = (self._cache.peek_load(self._key(month), frames.table_from_bytes) for month in self._months)
        return any(answer is not None and answer.value.num_rows for answer in kept)

    def table(self) -> pd.DataFrame:
        """All anomalies known so far: newest night first, then by rank.

        The caller's own: changing it changes nothing here. Columns are those of `services.fink.columns.LIST`
        and of `services.anomaly_table.ADDED`.
        """
        return self._table.frame.copy(deep=False)

    @property
    def version(self) -> int:
        """Goes up whenever the table changes."""
        return self._table.version

    def night(self, night: date) -> pd.DataFrame:
        """The anomalies of one night by rank, with the columns of `table`."""
        return self._table.between(night, night)

    def between(self, first: date, last: date) -> pd.DataFrame:
        """The anomalies from ``first`` to ``last``, both included, with the columns and order of `table`."""
        return self._table.between(first, last)

    def nights(self) -> pd.DataFrame:
        """One row per night, newest first: ``night, count, lowest, median`` (the last two of the scores)."""
        return self._table.nights.copy(deep=False)

    def history(self, object_id: str) -> pd.DataFrame:
        """Every time an object was listed, oldest first: ``night, jd, candid, rank, anomaly_score, era``."""
        return self._table.history(object_id)

    def progress(self) -> Progress:
        """How far the index is."""
        with self._changed:
            newest = max((month for month, facts in self._months.items() if facts.loaded), default=None)
            return Progress(
                done=sum(facts.loaded for facts in self._months.values()),
                total=len(self._months),
                failed=sum(facts.trouble is not None and not facts.loaded for facts in self._months.values()),
                month=None if self._fetching is None else f"{self._fetching:%Y-%m}",
                running=not self._cancelled and self._thread is not None and not self._is_idle(),
                cancelled=self._cancelled,
                trouble=self._newest_trouble(self._months),
                as_of=None if newest is None else self._months[newest].fetched_at,
                stale=newest is not None and self._is_stale(newest),
                version=self.version,
            )

    def night_state(self, first: date, last: date | None = None) -> NightState:
        """How we know what `night` or `between` says: no rows can mean four different things.

        Ask this first and read the rows afterwards: a month may arrive between the two.
        """
        with self._changed:
            months = self._span(first, last or first)
            known = [facts.fetched_at for month in months if (facts := self._months[month]).fetched_at]
            status = self._status(months)
            return NightState(
                status=status,
                fetched_at=min(known) if status == "ready" else None,
                source=self._source.key,
                stale=any(self._months[month].loaded and self._is_stale(month) for month in months),
                trouble=self._newest_trouble(months),
            )

    # Months

    def _last_night(self) -> date:
        return self._source.last_night or self._today()

    def _extend(self) -> None:
        """Months are added as time goes by."""
        for month in months_between(self._source.first_night, self._last_night()):
            self._months.setdefault(month, _Month())

    def _span(self, first: date, last: date) -> list[date]:
        if last < self._source.first_night or first > self._last_night():
            return []
        return [month for month in months_between(first, last) if month in self._months]

    def _status(self, months: list[date]) -> Status:
        missing = [month for month in months if not self._months[month].loaded]
        if not months:
            return "outside"
        if not missing:
            return "ready"
        if any(self._months[month].trouble for month in missing):
            return "unavailable"
        return "cancelled" if self._cancelled else "loading"

    def _newest_trouble(self, months: Iterable[date]) -> Unavailable | None:
        ordered = sorted(months, reverse=True)
        return next((trouble for month in ordered if (trouble := self._months[month].trouble)), None)

    def _lifetime(self, month: date) -> Lifetime:
        closed = self._source.last_night is not None or is_closed(month, self._today())
        return CLOSED_MONTH if closed else CURRENT_MONTH

    def _is_stale(self, month: date) -> bool:
        facts, lifetime = self._months[month], self._lifetime(month)
        if facts.fetched_at is None:
            return True
        fresh = lifetime.empty_fresh_seconds if facts.empty else lifetime.fresh_seconds
        return facts.fetched_at.timestamp() + fresh <= self._clock()

    def _key(self, month: date) -> str:
        return f"anomalies/{month:%Y-%m}/{_COLUMNS:08x}"

    # The thread

    def _run(self) -> None:
        self._load_kept()
        while (month := self._next()) is not None:
            self._fetch(month)

    def _load_kept(self) -> None:
        """Show at once what earlier runs left in the cache; then ask for what is old or missing."""
        for month in tuple(self._months):
            kept = self._cache.peek(self._key(month))
            if kept is not None:
                self._take_kept(month, kept)
        self._rebuild()
        self.refresh()
        self._opening = False

    def _take_kept(self, month: date, kept: Answer[bytes]) -> None:
        try:
            self._take(month, kept)
        except ValueError as error:
            log.warning("Dropped an unreadable month (%s): %s", month, error)
            self._cache.drop(self._key(month))

    def _next(self) -> date | None:
        """The next month to fetch, waited for; None when cancelled."""
        while True:
            with self._changed:
                self._fetching = None if self._cancelled else self._schedule.next()
                if self._fetching is not None:
                    return self._fetching
            self._rebuild()
            if self._rest():
                return None

    def _rest(self) -> bool:
        """Wait until there may be something to do; True when the thread is to end."""
        with self._changed:
            if self._cancelled:
                self._thread = None
            self._changed.notify_all()
            if not self._cancelled and self._schedule.next() is None:
                self._changed.wait(self._schedule.seconds_to_next())
            return self._thread is None

    def _fetch(self, month: date) -> None:
        try:
            with background():
                answer = self._ask(month)
            self._take(month, answer)
            self._settle(month, answer.trouble)
        except SourceError as error:
            self._settle(month, as_trouble(error))
        except Exception:
            # The thread must outlive one bad month; the others can still be read.
            log.exception("The anomalies of %s could not be used.", month)
            self._settle(month, Garbled(CALL, f"answered rows of {month:%Y-%m} that could not be used"))
        if self._clock() > self._rebuild_at:
            self._rebuild()

    def _ask(self, month: date) -> Answer[bytes]:
        first = max(month, self._source.first_night)
        last = min(month_end(month), self._last_night())

        def fetch() -> Fetched:
            rows = self._client.fetch_anomalies(first, last)
            return Fetched(frames.to_bytes(rows), empty=rows.empty)

        return self._cache.get(self._key(month), fetch, self._lifetime(month), retry=True)

    def _take(self, month: date, answer: Answer[bytes]) -> None:
        """Have a month's rows ready for the table, or only the news that they are still the same."""
        rows, digest = frames.table_from_bytes(answer.value), zlib.crc32(answer.value)
        facts = _Month(answer.fetched_at, not rows.num_rows, digest, answer.trouble)
        same = digest == self._months[month].digest
        self._arrived[month] = (facts, None if same else rows.select([*LIST, UNANSWERED]))

    def _settle(self, month: date, trouble: Unavailable | None) -> None:
        with self._changed:
            if self._schedule.is_last_wanted(month):
                self._rebuild_at = 0.0  # somebody waits for this and for nothing else
            if trouble is None:
                self._schedule.succeeded(month)
                return
            self._schedule.failed(month)
            if month not in self._arrived:
                self._months[month] = replace(self._months[month], trouble=trouble)

    def _rebuild(self) -> None:
        """Put what has arrived into the table; rows and provenance change together."""
        if not self._arrived:
            return
        begin = self._clock()
        new = {month: rows for month, (_, rows) in self._arrived.items() if rows is not None}
        table = self._table.with_months(new) if new else self._table
        with self._changed:
            self._table = table
            self._months.update({month: facts for month, (facts, _) in self._arrived.items()})
            self._arrived = {}
            self._changed.notify_all()
        end = self._clock()
        self._rebuild_at = end + max(REBUILD_EVERY, REBUILD_PAUSES * (end - begin))

    def _is_idle(self) -> bool:
        if self._cancelled or self._thread is None:
            return self._thread is None
        return not (self._opening or self._fetching or self._arrived) and self._schedule.next() is None
