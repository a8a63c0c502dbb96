"""A few daemon threads for work that nobody waits for.

Not `concurrent.futures`: its threads are joined when the interpreter ends, so one hanging upstream call would
keep a stopped dashboard alive for as long as the timeout of that call.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

Work = Callable[[], None]


class Workers:
    """At most ``count`` daemon threads, which start when there is work and end when there is none."""

    def __init__(self, count: int, name: str) -> None:
        self._count = count
        self._name = name
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._running = 0

    def submit(self, work: Work) -> None:
        """Run ``work`` soon, after what was submitted before."""
        with self._lock:
            self._waiting.append(work)
            self._start_one()

    def replace(self, works: list[Work]) -> None:
        """Run these next and drop what has not begun."""
        with self._lock:
            self._waiting = deque(works)
            for _ in works:
                self._start_one()

    def _start_one(self) -> None:
        if self._running < self._count:
            self._running += 1
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                log.exception("Background work of %s failed.", self._name)

    def _next(self) -> Work | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._running -= 1
            return None
