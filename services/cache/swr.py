"""Fresh answers are served, old ones are served and refreshed, failures never become answers."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from services.answers import Answer
from services.cache import failures
from services.cache.backend import Backend
from services.cache.decoded import Decoded
from services.cache.entry import Damaged, Entry, Fetched, Key, pack, unpack
from services.cache.failures import Failure
from services.cache.flights import Flights
from services.cache.lifetimes import Lifetime
from services.cache.workers import Workers
from services.errors import SourceError, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Fetch = Callable[[], Fetched]

#: After a refresh failed the old value is served this long before the source is asked again.
PAUSE_SECONDS = 30.0
#: The same where there is no old value: only so long that the panels of one page share one failure.
COLD_PAUSE_SECONDS = 5.0
#: A claim ends after this even if its holder hangs; longer than the client's slowest call with all its
#: retries.
CLAIM_SECONDS = 180.0
#: How often another process's work is looked at.
POLL_SECONDS = 0.05
REFRESH_THREADS = 2


@dataclass(frozen=True)
class CacheStats:
    """For the status page: what is kept (entries, bytes) and what this process did since it began."""

    entries: int
    bytes: int
    hits: int
    misses: int
    stale_served: int
    refreshed: int
    failed: int


class Cache:
    """Answers by key, out of a backend or from their source.

    Parameters
    ----------
    backend
        Where bytes are kept.
    source
        Key of the data source (`services.sources.Source.key`): part of every key, so that rows of two sources
        that share a backend never mix.
    background
        Entered around every refresh that nobody waits for, so that the client can give it fewer connections.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        source: str,
        background: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._backend = backend
        self._source = source
        self._background = background
        self._clock = clock
        self._flights: Flights[Entry] = Flights()
        self._workers = Workers(REFRESH_THREADS, "cache-refresh")
        self._decoded = Decoded()
        self._counts: Counter[str] = Counter()
        self._counting = threading.Lock()

    def require(self, source: str) -> None:
        """Refuse to keep the answers of another source (ValueError): rows of two sources must never mix."""
        if source != self._source:
            raise ValueError(f"this cache keeps answers of {self._source}, not of {source}")

    def get(self, key: str, fetch: Fetch, lifetime: Lifetime, *, retry: bool = False) -> Answer[bytes]:
        """The answer for ``key``, from the cache where it can be and from ``fetch`` where it must be.

        Parameters
        ----------
        key
            What is asked.
        fetch
            Asks the source; called at most once for all callers of a key, threads and processes alike.
        lifetime
            How long a new answer is good.
        retry
            True for a person's Retry button: an old value is refreshed before answering, and a failure of a
            moment ago does not keep us from asking.

        Raises
        ------
        SourceError
            What ``fetch`` raised, when there is no old value to serve.
        """
        place = Key(self._source, key)
        entry = self._read(place)
        if entry is not None and entry.is_fresh(self._clock()):
            self._count("hits")
            return self._answer(entry)
        failure = failures.last(self._backend, place)
        if entry is None:
            return self._first(place, fetch, lifetime, None if retry else failure)
        if retry:
            return self._again(place, entry, fetch, lifetime)
        return self._old(place, entry, fetch, lifetime, failure)

    def load(
        self, key: str, fetch: Fetch, lifetime: Lifetime, decode: Callable[[bytes], T], *, retry: bool = False
    ) -> Answer[T]:
        """`get`, decoded; a payload for which ``decode`` raises ValueError is dropped and fetched again.

        Decoded values are kept in memory for a while and shared: copy one before changing it.
        """
        answer = self.get(key, fetch, lifetime, retry=retry)
        try:
            return self._decoded.of(key, answer, decode)
        except ValueError as error:
            log.warning("Dropped an unreadable answer (%s): %s", key, error)
            self.drop(key)
            return self.get(key, fetch, lifetime, retry=retry).map(decode)

    def peek(self, key: str) -> Answer[bytes] | None:
        """What is kept, fresh or not, or None; never calls upstream and never starts a refresh."""
        place = Key(self._source, key)
        entry = self._read(place)
        if entry is None:
            return None
        if entry.is_fresh(self._clock()):
            return self._answer(entry)
        return self._answer(entry, failures.last(self._backend, place))

    def peek_load(self, key: str, decode: Callable[[bytes], T]) -> Answer[T] | None:
        """`peek`, decoded; None also for a payload for which ``decode`` raises ValueError."""
        answer = self.peek(key)
        try:
            return None if answer is None else self._decoded.of(key, answer, decode)
        except ValueError:
            self.drop(key)
            return None

    def drop(self, key: str) -> None:
        """Forget what is kept for a key."""
        self._backend.delete(Key(self._source, key).text)

    def stats(self) -> CacheStats:
        """What is kept and what was done, for the status page."""
        with self._counting:
            counts = Counter(self._counts)
        return CacheStats(
            entries=self._backend.count(),
            bytes=self._backend.size(),
            hits=counts["hits"],
            misses=counts["misses"],
            stale_served=counts["stale"],
            refreshed=counts["refreshed"],
            failed=counts["failed"],
        )

    def close(self) -> None:
        """Let go of the backend's files."""
        self._backend.close()

    def _first(self, key: Key, fetch: Fetch, lifetime: Lifetime, failure: Failure | None) -> Answer[bytes]:
        self._count("misses")
        if failure is not None and self._clock() < failure.at + COLD_PAUSE_SECONDS:
            raise failure.error
        return self._answer(self._flights.run(key.text, lambda: self._shared(key, None, fetch, lifetime)))

    def _again(self, key: Key, entry: Entry, fetch: Fetch, lifetime: Lifetime) -> Answer[bytes]:
        try:
            newer = self._flights.run(key.text, lambda: self._shared(key, entry, fetch, lifetime))
        except Unavailable as error:
            self._count("stale")
            return self._answer(entry, Failure(error, self._clock()))
        return self._answer(newer)

    def _old(self, key: Key, entry: Entry, fetch: Fetch, lifetime: Lifetime, failure: Failure | None) -> Answer[bytes]:
        self._count("stale")
        if failure is None or self._clock() >= failure.at + PAUSE_SECONDS:
            self._flights.start(
                key.text,
                lambda: self._shared(key, entry, fetch, lifetime),
                lambda refresh: self._workers.submit(lambda: self._attempt(key, refresh)),
            )
        return self._answer(entry, failure)

    def _attempt(self, key: Key, refresh: Callable[[], None]) -> None:
        """Run a refresh that nobody waits for; its failure is on record already, so the log gets one line."""
        try:
            with self._background():
                refresh()
        except SourceError as error:
            log.info("Could not refresh %s: %s", key.name, error)

    def _shared(self, key: Key, old: Entry | None, fetch: Fetch, lifetime: Lifetime) -> Entry:
        """Fetch, unless another process is at it: then wait for what that one gets."""
        began = self._clock()
        while True:
            claim = self._backend.claim(key.text, CLAIM_SECONDS)
            try:
                if (entry := self._settled(key, old, began)) is not None:
                    return entry
                if claim is not None:
                    return self._fetch(key, fetch, lifetime)
            finally:
                if claim is not None:
                    self._backend.release(claim)
            time.sleep(POLL_SECONDS)

    def _settled(self, key: Key, old: Entry | None, began: float) -> Entry | None:
        """What another process got since we looked; its failure is raised."""
        entry = self._read(key)
        if entry is not None and (old is None or entry.fetched > old.fetched):
            return entry
        failure = failures.last(self._backend, key)
        if failure is not None and failure.at > began:
            raise failure.error
        return None

    def _fetch(self, key: Key, fetch: Fetch, lifetime: Lifetime) -> Entry:
        try:
            fetched = fetch()
        except SourceError as error:
            self._count("failed")
            failures.note(self._backend, key, Failure(error, self._clock()))
            raise
        self._count("refreshed")
        entry = Entry.of(fetched, lifetime, key.source, self._clock())
        self._write(key, entry)
        return entry

    def _write(self, key: Key, entry: Entry) -> None:
        keep = None if entry.keep_until is None else entry.keep_until - entry.fetched
        self._backend.set(key.text, pack(entry), keep)
        failures.forget(self._backend, key)

    def _read(self, key: Key) -> Entry | None:
        data = self._backend.get(key.text)
        if data is None:
            return None
        try:
            entry = unpack(data)
        except Damaged as error:
            log.warning("Dropped a damaged cache entry (%s): %s", key.name, error)
            self.drop(key.name)
            return None
        return entry if entry.is_kept(self._clock()) else None

    def _answer(self, entry: Entry, failure: Failure | None = None) -> Answer[bytes]:
        return Answer(
            value=entry.payload,
            fetched_at=entry.fetched_at,
            source=entry.source,
            stale=not entry.is_fresh(self._clock()),
            trouble=failure.trouble if failure else None,
        )

    def _count(self, what: str) -> None:
        with self._counting:
            self._counts[what] += 1
