"""Work that takes seconds, in a thread of its own: it says how far it is, and can be told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 2
"""Computations at one time; more would only make each slower, and the pages with them."""
_TURNS = threading.BoundedSemaphore(AT_ONCE)
WAITING = "waiting for another computation"


class Cancelled(Exception):
    """Raised inside of the work when somebody has told it to stop."""


class Job(Generic[T]):
    """One piece of work; it begins at once.

    Parameters
    ----------
    work
        Gets the job, calls `tell` now and then, and returns the result. It is let go of when it has ended.
    name
        Of the thread.
    """

    def __init__(self, work: Callable[[Job[T]], T], name: str) -> None:
        self.words, self.done, self.total = WAITING, 0, 0
        self.error: Exception | None = None
        self._result: T | None = None
        self._cancelled, self._ended = threading.Event(), threading.Event()
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def tell(self, words: str, done: int = 0, total: int = 0) -> None:
        """Say how far it is; called by the work.

        Raises
        ------
        Cancelled
            Nobody wants the result any more.
        """
        if self._cancelled.is_set():
            raise Cancelled
        self.words, self.done, self.total = words, done, total

    def cancel(self) -> None:
        """Tell the work to stop; it does when it next says how far it is."""
        self._cancelled.set()

    @property
    def state(self) -> str:
        """``running``, ``done``, ``failed`` or ``cancelled``."""
        if self._cancelled.is_set():
            return "cancelled"
        if not self._ended.is_set():
            return "running"
        return "failed" if self.error else "done"

    def wait(self, seconds: float) -> bool:
        """Whether it ended within so many seconds."""
        return self._ended.wait(seconds)

    @property
    def result(self) -> T:
        """What the work returned.

        Raises
        ------
        Exception
            What the work raised.
        """
        if self.error:
            raise self.error
        assert self._result is not None, "asked for before it was done"
        return self._result

    def _run(self, work: Callable[[Job[T]], T]) -> None:
        try:
            while not _TURNS.acquire(timeout=0.2):
                self.tell(WAITING)
            try:
                self._result = work(self)
            finally:
                _TURNS.release()
        except Cancelled:
            pass
        except Exception as error:
            self.error = error
            log.info("%s failed", threading.current_thread().name, exc_info=error)
        finally:
            self._ended.set()


def after(seconds: float, then: Callable[[], None]) -> None:
    """Call a function later, in a thread that keeps no process alive."""
    timer = threading.Timer(seconds, then)
    timer.daemon = True
    timer.start()


def clock() -> float:
    """Seconds that only go forward."""
    return time.monotonic()
