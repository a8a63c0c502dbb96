"""Single flight inside one process: of all callers of one key, one works and the others get what it got."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Work in progress, by key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Future[T]] = {}

    def run(self, key: str, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises, done by us or by whoever began with this key first."""
        flight, ours = self._join(key)
        if ours:
            self._lead(key, flight, work)
        return flight.result()

    def start(self, key: str, work: Callable[[], T], submit: Callable[[Callable[[], None]], None]) -> bool:
        """Have ``work`` done elsewhere unless it is in progress; False when it is.

        Callers of `run` that come meanwhile wait for it.
        """
        flight, ours = self._join(key)
        if ours:
            submit(lambda: self._lead(key, flight, work))
        return ours

    def _join(self, key: str) -> tuple[Future[T], bool]:
        with self._lock:
            if key in self._running:
                return self._running[key], False
            flight: Future[T] = Future()
            self._running[key] = flight
            return flight, True

    def _lead(self, key: str, flight: Future[T], work: Callable[[], T]) -> None:
        try:
            result = work()
        except BaseException as error:
            self._land(key)
            flight.set_exception(error)
            raise
        self._land(key)
        flight.set_result(result)

    def _land(self, key: str) -> None:
        with self._lock:
            del self._running[key]
