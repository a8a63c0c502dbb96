"""A few daemon threads."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue

import pytest

from services.cache import Workers


def test_no_more_threads_than_allowed_work_at_once_and_they_hold_nobody_up() -> None:
    workers, gate, begun = Workers(2, "few"), threading.Event(), SimpleQueue[bool]()

    def work() -> None:
        begun.put(threading.current_thread().daemon)
        gate.wait(5)

    for _ in range(5):
        workers.submit(work)
    assert [begun.get(timeout=5) for _ in range(2)] == [True, True]
    assert begun.empty()
    gate.set()
    assert [begun.get(timeout=5) for _ in range(3)] == [True] * 3


def test_work_that_fails_is_logged_and_the_next_is_done(caplog: pytest.LogCaptureFixture) -> None:
    workers, done = Workers(1, "few"), threading.Event()
    with caplog.at_level(logging.ERROR):
        workers.submit(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        workers.submit(done.set)
        assert done.wait(5)
    assert "ZeroDivisionError" in caplog.text


def test_what_has_not_begun_can_be_replaced() -> None:
    workers, gate, done = Workers(1, "few"), threading.Event(), SimpleQueue[str]()
    workers.submit(lambda: gate.wait(5) and None)
    workers.submit(lambda: done.put("old"))
    workers.replace([lambda: done.put("new"), lambda: done.put("newer")])
    gate.set()
    assert [done.get(timeout=5), done.get(timeout=5)] == ["new", "newer"]
    assert done.empty()
