"""Things fetched in the background: one at a time, each once, with a pause after a failure."""

from __future__ import annotations

import threading

from services.errands import PAUSE_SECONDS, Errands
from services.errors import Garbled, NoAnswer, Unavailable

WAIT_S = 10


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def garbled(key: str) -> Unavailable:
    return Garbled("POST /api/v1/x", f"gave an unusable {key}")


def errands(clock: Clock | None = None) -> Errands[str]:
    return Errands("test", garbled, clock=clock or Clock())


def silent() -> Unavailable | None:
    raise NoAnswer("POST /api/v1/x", "timed out after 1 s")


def test_a_thing_that_is_wanted_twice_is_fetched_once():
    held, done = threading.Event(), []
    runs = errands()
    for _ in range(3):
        runs.want("a", lambda: done.append(held.wait(WAIT_S)))
    assert runs.pending(["a", "b"])
    held.set()
    assert runs.wait(WAIT_S)
    assert done == [True]
    assert not runs.pending(["a"])


def test_things_are_fetched_in_the_order_in_which_they_were_wanted():
    order: list[str] = []
    runs = errands()
    for key in "cab":
        runs.want(key, lambda key=key: order.append(key))
    assert runs.wait(WAIT_S)
    assert order == ["c", "a", "b"]


def test_what_failed_rests_for_a_while_and_says_why():
    clock = Clock()
    runs = errands(clock)
    runs.want("a", silent)
    assert runs.wait(WAIT_S)
    assert [str(trouble) for trouble in runs.troubles(["b", "a"])] == ["POST /api/v1/x timed out after 1 s"]
    asked: list[int] = []
    runs.want("a", lambda: asked.append(1))
    assert runs.wait(WAIT_S)
    assert asked == []
    clock.now = PAUSE_SECONDS
    runs.want("a", lambda: asked.append(1))
    assert runs.wait(WAIT_S)
    assert asked == [1]
    assert runs.troubles(["a"]) == []


def test_a_retry_ends_the_pause():
    asked: list[int] = []
    runs = errands()
    runs.want("a", silent)
    assert runs.wait(WAIT_S)
    runs.retry()
    runs.want("a", lambda: asked.append(1))
    assert runs.wait(WAIT_S)
    assert asked == [1]


def test_a_defect_does_not_end_the_thread(caplog):
    runs = errands()
    runs.want("a", lambda: 1 / 0)
    runs.want("b", lambda: None)
    assert runs.wait(WAIT_S)
    assert [str(trouble) for trouble in runs.troubles("ab")] == ["POST /api/v1/x gave an unusable a"]
    assert "a could not be used" in caplog.text


def test_what_went_wrong_although_something_came_is_kept_too():
    runs = errands()
    runs.want("a", lambda: garbled("a"))
    assert runs.wait(WAIT_S)
    assert len(runs.troubles(["a"])) == 1
