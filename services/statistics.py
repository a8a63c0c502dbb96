"""How many alerts Fink processed on each night, and of which classes.

Counts are kept by closed year, or by month in the present one, and fetched by a thread of their own: nobody
waits for them. No row can mean three things, which `NightlyCounts` tells apart: ZTF sent nothing, the night is not
processed yet, or nobody knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Protocol

import pandas as pd

from services import frames
from services.answers import Answer
from services.cache import Cache, Fetched
from services.cache.lifetimes import CLOSED_STATISTICS, STATISTICS, Lifetime
from services.errands import Errands
from services.errors import Garbled, Unavailable
from services.fink.policy import background
from services.months import is_closed, month_end, months_between
from services.nights import FIRST_NIGHT
from services.sources import Source

CALL = "POST /api/v1/statistics"

#: Counts of a night, without Fink's prefix ``basic:``; classes keep theirs (``class:SN candidate``).
COUNTS = ("raw", "sci", "n_g", "n_r", "exposures", "fields")
#: A night is counted some hours after it ends; before that, no row says nothing.
SETTLED = timedelta(days=2)


class StatisticsClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def fetch_statistics(self, date_prefix: str = ..., columns: Sequence[str] | None = ...) -> pd.DataFrame:
        """Counts of the nights whose date (YYYYMMDD) begins with ``date_prefix``."""


@dataclass(frozen=True)
class Span:
    """Nights that one call asks for: a closed year, or one month of the present year."""

    first: date
    last: date

    @property
    def prefix(self) -> str:
        """The span as Fink writes it: ``2024`` or ``202509``."""
        return f"{self.first:%Y}" if self.last - self.first > timedelta(days=31) else f"{self.first:%Y%m}"

    @property
    def key(self) -> str:
        """The span in the cache."""
        return f"statistics/{self.prefix}"


def spans(first: date, last: date, today: date) -> list[Span]:
    """Spans with a night from ``first`` to ``last``, newest first; none before ZTF began or after ``today``."""
    found: dict[Span, None] = {}
    for month in months_between(max(first, FIRST_NIGHT), min(last, today)):
        december = month.replace(month=12)
        closed = is_closed(december, today)
        span = Span(month.replace(month=1), month_end(december)) if closed else Span(month, month_end(month))
        found[span] = None
    return list(found)


@dataclass(frozen=True)
class Kept:
    """One span's counts, decoded.

    Attributes
    ----------
    frame
        By night, oldest first: ``night`` (datetime64[s]), `COUNTS` and ``class:...`` (Int64; missing where Fink
        wrote none).
    processed
        Alerts that passed Fink's cuts (``sci``), by night; None where Fink wrote no count.
    received
        Nights with any alert at all.
    """

    frame: pd.DataFrame
    processed: dict[date, int | None]
    received: frozenset[date]


@dataclass(frozen=True)
class NightlyCounts:
    """What is known about the nights of a range.

    Attributes
    ----------
    answers
        The kept answers, by span; spans that are not here are not known.
    loading
        True when more is on its way.
    trouble
        Why something is missing, or older than it should be.
    """

    answers: dict[Span, Answer[Kept]]
    loading: bool
    trouble: Unavailable | None

    def observed(self, night: date) -> bool | None:
        """Whether Fink has alerts of the night; None when that is not known (yet)."""
        answer = self._answer(night)
        if answer is None:
            return None
        if night in answer.value.processed:
            return night in answer.value.received
        return False if answer.fetched_at.date() - night >= SETTLED else None

    def alerts(self, night: date) -> int | None:
        """Number of alerts that Fink processed of the night, 0 when there was none; None when not known."""
        answer = self._answer(night)
        if answer is not None and night in answer.value.processed:
            return answer.value.processed[night]
        return 0 if self.observed(night) is False else None

    def total(self, first: date, last: date) -> int | None:
        """`alerts` of a range of nights together, both included; None unless all of them are known."""
        counts = [self.alerts(first + timedelta(days=n)) for n in range((last - first).days + 1)]
        return None if None in counts else sum(count for count in counts if count is not None)

    def table(self) -> pd.DataFrame:
        """All counts of the spans that are known, by night, oldest first, with the columns of `Kept.frame`.

        A class that a span does not have is missing there. Empty when nothing is known.
        """
        known = [self.answers[span].value.frame for span in sorted(self.answers, key=lambda span: span.first)]
        return pd.concat(known, ignore_index=True) if known else _typed(pd.DataFrame({"night": []}, dtype="str"))

    def _answer(self, night: date) -> Answer[Kept] | None:
        return next((answer for span, answer in self.answers.items() if span.first <= night <= span.last), None)


class Statistics:
    """Counts per night, through the cache.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps what it said.
    source
        The source; its key must be that of the cache.
    today
        Today's UTC date.
    clock
        Seconds; only differences matter.
    """

    def __init__(
        self,
        client: StatisticsClient,
        cache: Cache,
        source: Source,
        *,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        cache.require(source.key)
        self._client = client
        self._cache = cache
        self._today = today
        self._errands = Errands[Span]("statistics", _garbled, clock=clock)

    def between(self, first: date, last: date) -> NightlyCounts:
        """What is kept about the nights from ``first`` to ``last``; the rest is fetched in the background.

        Never waits. Nights of the same year or month that were not asked about may be known as well.
        """
        asked = spans(first, last, self._today())
        answers = {span: answer for span in asked if (answer := self._kept(span)) is not None}
        for span in asked:
            if span not in answers:
                self._errands.want(span, partial(self._load, span))
        loading, failures = self._errands.pending(asked), self._errands.troubles(asked)
        failures += [answer.trouble for answer in answers.values() if answer.trouble]
        return NightlyCounts(answers, loading, failures[0] if failures else None)

    def retry(self) -> None:
        """Let what failed be asked for again at once."""
        self._errands.retry()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is being fetched for the first time; False after ``timeout`` (seconds)."""
        return self._errands.wait(timeout)

    def _kept(self, span: Span) -> Answer[Kept] | None:
        """What the cache has; when that is old, the cache refreshes it in the background."""
        answer = self._cache.peek_load(span.key, _decode)
        if answer is None or not answer.stale:
            return answer
        return self._cache.load(span.key, lambda: self._fetch(span), self._lifetime(span), _decode)

    def _load(self, span: Span) -> None:
        with background():
            # Errands pause after a failure; past theirs, or past a Retry button, the cache has no pause of its own.
            self._cache.get(span.key, lambda: self._fetch(span), self._lifetime(span), retry=True)

    def _fetch(self, span: Span) -> Fetched:
        counts = self._client.fetch_statistics(span.prefix)
        return Fetched(frames.to_bytes(counts), empty=counts.empty)

    def _lifetime(self, span: Span) -> Lifetime:
        return CLOSED_STATISTICS if is_closed(span.last.replace(day=1), self._today()) else STATISTICS


def _garbled(span: Span) -> Unavailable:
    return Garbled(CALL, f"answered counts of {span.prefix} that could not be used")


def _decode(payload: bytes) -> Kept:
    frame = _typed(frames.from_bytes(payload))
    nights = [night.date() for night in frame["night"]]
    processed = [None if pd.isna(count) else int(count) for count in frame["sci"]]
    some = (frame[["raw", "sci"]] > 0).any(axis=1, skipna=True) | frame[["raw", "sci"]].isna().all(axis=1)
    received = frozenset(night for night, any_alert in zip(nights, some, strict=True) if any_alert)
    return Kept(frame, dict(zip(nights, processed, strict=True)), received)


def _typed(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts as `Kept.frame` has them, from what the client gives."""
    named = counts.rename(columns=lambda name: str(name).removeprefix("basic:"))
    for name in COUNTS:
        if name not in named:
            named[name] = pd.array([pd.NA] * len(named), dtype="Int64")
    classes = [name for name in named if str(name).startswith("class:")]
    nights = pd.to_datetime(named["night"], format="%Y-%m-%d").astype("datetime64[s]")
    table = named[["night", *COUNTS, *classes]].assign(night=nights)
    return table.sort_values("night", kind="stable", ignore_index=True)
