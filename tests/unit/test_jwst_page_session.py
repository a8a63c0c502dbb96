"""Files that are open on the JWST page: who has them, for how long, and the work in threads behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from pages._jwst_jobs import Job
from pages._jwst_session import IDLE_S, LEFT_S, MOST, Session, Sessions
from services.jwst.errors import UnusableFile
from services.jwst.schema import Limits


class Time:
    """A clock that stands still until it is told to go on, and what was asked to happen later."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[tuple[float, Callable[[], None]]] = []

    def sessions(self, **more: Any) -> Sessions:
        """Open files by this clock."""

        def later(seconds: float, then: Callable[[], None]) -> None:
            self.later.append((self.now + seconds, then))

        return Sessions(now=lambda: self.now, later=later, **more)

    def go_on(self, seconds: float) -> None:
        """Let time pass, and what was asked for happen."""
        self.now += seconds
        due = [then for at, then in self.later if at <= self.now]
        self.later = [one for one in self.later if one[0] > self.now]
        for then in due:
            then()


@pytest.fixture
def time() -> Time:
    return Time()


def opened(sessions: Sessions, name: str = "a.csv", data: bytes = b"a,b\n1,2\n") -> Session:
    """A file that was read, or refused."""
    session = sessions.open(data, name, Limits())
    assert session.job.wait(10)
    return session


def test_every_file_has_a_token_that_cannot_be_guessed(time: Time) -> None:
    sessions = time.sessions()
    tokens = {opened(sessions, data=b"x").token for _ in range(3)}
    assert len(tokens) == 3
    assert all(len(token) >= 24 for token in tokens)


def test_a_file_is_there_for_as_long_as_somebody_looks_at_it(time: Time) -> None:
    sessions = time.sessions()
    token = opened(sessions).token
    for _ in range(3):
        time.go_on(IDLE_S - 1)
        assert sessions.get(token)
    time.go_on(IDLE_S + 1)
    assert sessions.get(token) is None


def test_a_file_that_nobody_looks_at_goes_by_itself(time: Time) -> None:
    sessions = time.sessions()
    opened(sessions)
    for _ in range(12):
        time.go_on(IDLE_S / 10)
    assert not sessions._held
    assert not time.later, "nothing is waited for when there is no file"


def test_a_closed_tab_lets_go_and_a_tab_that_is_loaded_again_does_not(time: Time) -> None:
    sessions = time.sessions()
    closed, again = (opened(sessions).token for _ in range(2))
    sessions.leave(closed)
    sessions.leave(again)
    time.go_on(LEFT_S / 2)
    assert sessions.get(again)
    time.go_on(LEFT_S)
    assert sessions.get(again)
    assert sessions.get(closed) is None


def test_the_oldest_file_gives_way_and_its_work_stops(time: Time) -> None:
    sessions = time.sessions()
    first = opened(sessions)
    begun, stop = threading.Event(), threading.Event()

    def work(job: Job[Any]) -> str:
        begun.set()
        stop.wait(10)
        job.tell("still there?")
        return "done"

    job = first.run(("long",), work)
    assert begun.wait(10)
    for _ in range(MOST):
        opened(sessions)
    stop.set()
    assert sessions.get(first.token) is None
    assert job is not None
    assert job.wait(10)
    assert job.state == "cancelled"


def test_large_files_give_way_earlier(time: Time) -> None:
    sessions = time.sessions(most_rows=100)
    first, second = sessions.example(60, 1, 0), sessions.example(60, 2, 0)
    assert first.job.wait(30)
    assert second.job.wait(30)
    third = sessions.example(60, 3, 0)
    assert sessions.get(first.token) is None
    assert sessions.get(second.token)
    assert sessions.get(third.token)


def test_an_unusable_file_ends_as_a_failed_job_with_its_reason(time: Time) -> None:
    job = opened(time.sessions()).job
    assert job.state == "failed"
    with pytest.raises(UnusableFile):
        _ = job.result


def test_the_same_example_is_made_once_and_tampered_rows_change_its_digest(time: Time) -> None:
    sessions = time.sessions()
    clean, tampered = sessions.example(60, 1, 0), sessions.example(60, 1, 5)
    assert sessions.example(60, 1, 0) is clean
    assert clean.job.wait(30)
    assert tampered.job.wait(30)
    before, after = clean.job.result.observations, tampered.job.result.observations
    assert before.sha256 != after.sha256
    assert after.schema.simulated
    assert "tampered" in after.name
    assert tampered.job.result.counts()["inconsistent"] == 5


def test_a_run_is_computed_once_and_again_after_it_was_cancelled(time: Time) -> None:
    session = opened(time.sessions())
    calls: list[int] = []

    def work(job: Job[Any]) -> int:
        calls.append(1)
        return len(calls)

    one = session.run(("a",), work)
    assert one is not None
    assert one.wait(10)
    assert session.run(("a",), work) is one
    assert session.run(("b",), None) is None
    one.cancel()
    two = session.run(("a",), work)
    assert two is not None
    assert two.wait(10)
    assert two.result == 2


def test_a_job_says_how_far_it_is_and_what_it_raised() -> None:
    told, go = threading.Event(), threading.Event()

    def work(job: Job[Any]) -> str:
        job.tell("half", 1, 2)
        told.set()
        go.wait(10)
        raise ValueError("no")

    job: Job[str] = Job(work, "test")
    assert told.wait(10)
    assert (job.state, job.words, job.done, job.total) == ("running", "half", 1, 2)
    go.set()
    assert job.wait(10)
    assert job.state == "failed"
    with pytest.raises(ValueError, match="no"):
        _ = job.result
