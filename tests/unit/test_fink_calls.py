"""The log of calls."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from services.fink.calls import KEPT_LATENCIES, CallLog

NOON = datetime(2025, 9, 2, 12, tzinfo=UTC)


def test_nothing_asked_is_nothing_logged() -> None:
    assert CallLog().snapshot() == []
    assert CallLog().count() == 0


def test_successes_and_failures_are_counted_apart() -> None:
    log = CallLog(now=lambda: NOON)
    log.succeeded("objects", 0.25, 1000)
    log.failed("objects", 0.75, "answered 504")
    log.succeeded("anomaly", 0.1, 10)
    anomaly, objects = log.snapshot()
    assert (objects.count, objects.failures, objects.received_bytes) == (2, 1, 1000)
    assert (objects.last_success, objects.last_failure, objects.last_reason) == (NOON, NOON, "answered 504")
    assert (objects.last_ms, objects.median_ms) == (750, 500)
    assert (anomaly.last_failure, anomaly.last_reason) == (None, "")
    assert (log.count(), log.count("objects"), log.count("classes")) == (3, 2, 0)


def test_the_median_follows_the_last_hundred() -> None:
    log = CallLog()
    for seconds in [100.0] * 500 + [0.001] * KEPT_LATENCIES:
        log.succeeded("objects", seconds, 0)
    assert log.snapshot()[0].median_ms == 1


def test_no_call_is_lost_between_threads() -> None:
    log = CallLog()
    threads = [
        threading.Thread(target=lambda: [log.succeeded("objects", 0.1, 1) for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.count() == 4000
