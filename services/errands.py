"""Things to be fetched in the background, one at a time, each at most once at a time, with a pause after a failure."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

from services.cache.failures import as_trouble
from services.cache.workers import Workers
from services.errors import SourceError, Unavailable

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)

PAUSE_SECONDS = 60.0
"""After a failure a thing is not asked for again for so long: nobody is waiting in front of a spinner for it."""


class Errands(Generic[K]):
    """One thread that fetches what is wanted, in the order in which it was wanted.

    Parameters
    ----------
    name
        Of the thread.
    garbled
        What to say of a thing whose answer could not be used.
    clock
        Seconds; only differences matter.
    """

    def __init__(
        self, name: str, garbled: Callable[[K], Unavailable], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._garbled = garbled
        self._clock = clock
        self._workers = Workers(1, name)
        self._changed = threading.Condition()
        self._pending: set[K] = set()
        self._failed: dict[K, tuple[Unavailable, float]] = {}

    def want(self, key: K, work: Callable[[], Unavailable | None]) -> None:
        """Have `work` done soon, unless it is about to be, or failed a moment ago.

        `work` returns what went wrong although it brought something, or raises a `SourceError`.
        """
        with self._changed:
            _, failed_at = self._failed.get(key, (None, None))
            paused = failed_at is not None and self._clock() < failed_at + PAUSE_SECONDS
            if paused or key in self._pending:
                return
            self._pending.add(key)
        self._workers.submit(lambda: self._run(key, work))

    def retry(self) -> None:
        """Let what failed be asked for again at once."""
        with self._changed:
            self._failed.clear()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is wanted; False after ``timeout`` (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending, timeout)

    def pending(self, keys: Iterable[K]) -> bool:
        """Whether any of these is wanted and not there yet."""
        with self._changed:
            return not self._pending.isdisjoint(keys)

    def troubles(self, keys: Iterable[K]) -> list[Unavailable]:
        """Last failures of these, in their order."""
        with self._changed:
            return [self._failed[key][0] for key in keys if key in self._failed]

    def _run(self, key: K, work: Callable[[], Unavailable | None]) -> None:
        trouble: Unavailable | None
        try:
            trouble = work()
        except SourceError as error:
            trouble = as_trouble(error)
        except Exception:
            # The thread must outlive one bad answer; the others can still be read.
            log.exception("%s could not be used", key)
            trouble = self._garbled(key)
        with self._changed:
            self._pending.discard(key)
            self._failed.pop(key, None)
            if trouble is not None:
                self._failed[key] = trouble, self._clock()
            self._changed.notify_all()
