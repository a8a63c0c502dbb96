"""What the client has asked for and how it went: counts, failures and latencies per kind of call."""

from __future__ import annotations

import statistics
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

#: Latencies kept per kind: enough for a steady median, few enough to follow a change within minutes.
KEPT_LATENCIES = 100


@dataclass(frozen=True)
class CallStats:
    """State of one kind of call.

    Attributes
    ----------
    kind
        Endpoint ("anomaly", "objects", ...).
    count, failures
        Requests sent, every attempt counted, and how many of them gave no usable answer.
    last_success, last_failure
        When (UTC, aware); None when there was none.
    last_reason
        Why the last failure was one; empty when there was none.
    last_ms, median_ms
        Latency of the last request and the median of the last `KEPT_LATENCIES`, in milliseconds.
    received_bytes
        Bytes of all answers, decompressed.
    """

    kind: str
    count: int
    failures: int
    last_success: datetime | None
    last_failure: datetime | None
    last_reason: str
    last_ms: float | None
    median_ms: float | None
    received_bytes: int


@dataclass
class _Tally:
    count: int = 0
    failures: int = 0
    last_success: datetime | None = None
    last_failure: datetime | None = None
    last_reason: str = ""
    received_bytes: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_LATENCIES))


class CallLog:
    """Counts requests, from any thread.

    Parameters
    ----------
    now
        Clock for the times of success and failure (aware, UTC).
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tallies: dict[str, _Tally] = {}

    def succeeded(self, kind: str, seconds: float, size: int) -> None:
        """Record a usable answer of ``size`` bytes after ``seconds``."""
        with self._lock:
            tally = self._tally(kind, seconds, size)
            tally.last_success = self._now()

    def failed(self, kind: str, seconds: float, reason: str, size: int = 0) -> None:
        """Record a request without usable answer, and why."""
        with self._lock:
            tally = self._tally(kind, seconds, size)
            tally.failures += 1
            tally.last_failure = self._now()
            tally.last_reason = reason

    def snapshot(self) -> list[CallStats]:
        """State of every kind that was called, by name."""
        with self._lock:
            return [_stats(kind, tally) for kind, tally in sorted(self._tallies.items())]

    def count(self, kind: str | None = None) -> int:
        """Requests sent so far, of one kind or of all."""
        with self._lock:
            return sum(tally.count for name, tally in self._tallies.items() if kind in (None, name))

    def _tally(self, kind: str, seconds: float, size: int) -> _Tally:
        tally = self._tallies.setdefault(kind, _Tally())
        tally.count += 1
        tally.received_bytes += size
        tally.latencies.append(seconds * 1000)
        return tally


def _stats(kind: str, tally: _Tally) -> CallStats:
    return CallStats(
        kind=kind,
        count=tally.count,
        failures=tally.failures,
        last_success=tally.last_success,
        last_failure=tally.last_failure,
        last_reason=tally.last_reason,
        last_ms=tally.latencies[-1] if tally.latencies else None,
        median_ms=statistics.median(tally.latencies) if tally.latencies else None,
        received_bytes=tally.received_bytes,
    )
