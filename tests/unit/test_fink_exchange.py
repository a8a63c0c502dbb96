"""Limits, retries and the sorting of failures, with a function in place of the network."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from urllib3.exceptions import ReadTimeoutError

from services.errors import Garbled, NoAnswer, Rejected, ServerFailed, SettingsError, Unavailable
from services.fink.calls import CallLog
from services.fink.exchange import Exchange, rejection_text
from services.fink.policy import ATTEMPTS, ENDPOINTS, RETRIED_STATUS, Slots, background
from services.fink.transport import FunctionTransport, Reply

GOOD: Reply = (200, {"Content-Type": "application/json"}, b"[1]")
Step = Reply | Exception


class Bench:
    """An exchange whose server gives the steps in turn (the last for ever); its time passes by sleeping."""

    def __init__(
        self,
        *steps: Step,
        seconds_per_request: float = 0.0,
        slots: Slots | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.requests: list[requests.PreparedRequest] = []
        self._steps = steps
        self._cost = seconds_per_request
        self.log = CallLog()
        self.exchange = Exchange(
            "http://fink.test/",
            transport=FunctionTransport(self._answer),
            calls=self.log,
            sleep=self._sleep,
            clock=clock or (lambda: self.now),
            jitter=lambda: 0.5,
            slots=slots or Slots(),
        )

    def _answer(self, request: requests.PreparedRequest) -> Step:
        self.requests.append(request)
        self.now += self._cost
        return self._steps[min(len(self.requests), len(self._steps)) - 1]

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def ask(self, kind: str = "objects", **arguments: Any) -> Any:
        return self.exchange.ask(kind, arguments, lambda body, _: json.loads(body))


def status(code: int, body: bytes = b"", **headers: str) -> Reply:
    return code, {key.replace("_", "-"): value for key, value in headers.items()}, body


def failure(bench: Bench) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        bench.ask()
    return caught.value


def test_arguments_go_out_as_json_in_a_post() -> None:
    bench = Bench(GOOD)
    assert bench.ask("objects", objectId="ZTF25abixhdc", withupperlim=True) == [1]
    sent = bench.requests[0]
    assert (sent.method, sent.url) == ("POST", "http://fink.test/api/v1/objects")
    assert sent.headers["Content-Type"] == "application/json"
    assert json.loads(sent.body or b"") == {"objectId": "ZTF25abixhdc", "withupperlim": True}


@pytest.mark.parametrize("kind", ["classes", "metadata"])
def test_where_a_post_fails_or_writes_only_get_is_used(kind: str) -> None:
    bench = Bench(GOOD)
    bench.ask(kind, objectId="all")
    assert (bench.requests[0].method, bench.requests[0].body) == ("GET", None)
    assert str(bench.requests[0].url).endswith("?objectId=all")


@pytest.mark.parametrize("code", sorted(RETRIED_STATUS))
def test_overload_is_asked_again_with_growing_pauses(code: int) -> None:
    bench = Bench(status(code), status(code), GOOD)
    assert bench.ask() == [1]
    assert bench.slept == pytest.approx([0.65, 1.15])


@pytest.mark.parametrize("code", sorted(RETRIED_STATUS))
def test_lasting_overload_is_a_failed_server_after_three_attempts(code: int) -> None:
    bench = Bench(status(code, b"<html>busy</html>"))
    error = failure(bench)
    assert isinstance(error, ServerFailed)
    assert (error.status, error.attempts, len(bench.requests)) == (code, ATTEMPTS, ATTEMPTS)
    assert str(error) == f"POST /api/v1/objects answered {code}"


@pytest.mark.parametrize("code", [500, 501, 404, 405, 415, 301, 204])
def test_other_statuses_are_never_asked_again(code: int) -> None:
    bench = Bench(status(code, b'{"message": "Internal Server Error"}', Location="http://elsewhere.test/"))
    error = failure(bench)
    assert isinstance(error, ServerFailed)
    assert (error.status, error.attempts, len(bench.requests)) == (code, 1, 1)


def test_a_400_is_never_asked_again_and_keeps_its_words() -> None:
    bench = Bench(status(400, b"{'status': 'error', 'text': 'A value for `objectId` is required.\\n'}"))
    with pytest.raises(Rejected) as caught:
        bench.ask()
    assert caught.value.text == "A value for `objectId` is required."
    assert len(bench.requests) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{'status': 'error', 'text': 'No.'}", "No."),
        (b'{"message": "The browser sent nonsense."}', "The browser sent nonsense."),
        (
            b"   up is not a valid trend.\n   Trend must be: rising",
            "up is not a valid trend. Trend must be: rising",
        ),
        (b"['a']", "['a']"),
        (b"", "no reason given"),
        (b"(" * 5000, "(" * 500),
        (b"\xff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_the_words_of_a_rejection_are_found_in_every_form(body: bytes, text: str) -> None:
    assert rejection_text(body) == text


def test_retry_after_in_seconds_is_obeyed() -> None:
    bench = Bench(status(429, Retry_After="7"), GOOD)
    bench.ask()
    assert bench.slept == pytest.approx([7.15])


def test_retry_after_as_a_date_is_obeyed() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    bench = Bench(status(503, Retry_After=later), GOOD)
    bench.ask()
    assert 17 < bench.slept[0] < 21


@pytest.mark.parametrize("header", ["", "soon", "-5", "Mon, 99 Foo 2025"])
def test_an_unreadable_retry_after_changes_nothing(header: str) -> None:
    bench = Bench(status(429, Retry_After=header), GOOD)
    bench.ask()
    assert bench.slept == pytest.approx([0.65])


def test_a_retry_after_beyond_the_time_limit_ends_the_call() -> None:
    bench = Bench(status(429, Retry_After="3600"), GOOD)
    assert failure(bench).attempts == 1
    assert bench.slept == []


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (requests.ConnectionError("Connection refused"), "was refused a connection"),
        (requests.ConnectionError("Failed to resolve 'fink.test'"), "found no such host"),
        (requests.ConnectionError("reset by peer"), "got no connection"),
        (requests.ConnectTimeout(), "could not be reached within 4 s"),
    ],
)
def test_a_lost_connection_is_tried_three_times(trouble: Exception, reason: str) -> None:
    bench = Bench(trouble)
    error = failure(bench)
    assert isinstance(error, NoAnswer)
    assert (error.reason, error.attempts) == (reason, ATTEMPTS)
    assert Bench(trouble, GOOD).ask() == [1]


@pytest.mark.parametrize(
    "trouble",
    [requests.ReadTimeout(), requests.ConnectionError(ReadTimeoutError(None, "", "Read timed out."))],  # type: ignore[arg-type]
)
def test_a_slow_server_is_not_asked_the_same_again(trouble: Exception) -> None:
    bench = Bench(trouble)
    error = failure(bench)
    assert isinstance(error, NoAnswer)
    assert (error.reason, error.attempts) == ("timed out after 45 s", 1)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (requests.exceptions.SSLError("bad"), NoAnswer),
        (requests.exceptions.InvalidURL("bad"), NoAnswer),
        (requests.exceptions.ContentDecodingError("bad"), Garbled),
    ],
)
def test_what_cannot_pass_by_itself_is_tried_once(trouble: Exception, kind: type[Unavailable]) -> None:
    bench = Bench(trouble)
    error = failure(bench)
    assert type(error) is kind
    assert len(bench.requests) == 1


def test_an_answer_shorter_than_announced_is_asked_again_and_then_garbled() -> None:
    bench = Bench((200, {"Content-Length": "1000"}, b"[1, 2"))
    error = failure(bench)
    assert isinstance(error, Garbled)
    assert "broke off" in error.reason
    assert error.attempts == ATTEMPTS


def test_an_answer_above_the_cap_is_garbled_and_not_kept() -> None:
    bench = Bench((200, {}, b" " * (ENDPOINTS["classes"].max_bytes + 1)))
    with pytest.raises(Garbled, match="more than 2 MB"):
        bench.ask("classes")


def test_the_whole_call_ends_in_time_however_often_it_may_be_tried() -> None:
    bench = Bench(status(504), seconds_per_request=60)
    assert failure(bench).attempts == 2
    assert bench.now <= ENDPOINTS["objects"].total_s + 60


def test_an_answer_that_never_stops_ends_in_time() -> None:
    bench = Bench((200, {}, b"[1]"), seconds_per_request=101)
    assert failure(bench).reason == "was still sending after 100 s"


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda endpoint: endpoint.kind)
def test_every_endpoint_has_limits_with_a_reason(endpoint: Any) -> None:
    assert endpoint.why
    assert endpoint.connect_s < endpoint.read_s < endpoint.total_s
    assert endpoint.max_bytes >= 1_000_000


def test_every_attempt_is_logged_with_its_outcome() -> None:
    bench = Bench(status(502), GOOD, seconds_per_request=0.25)
    bench.ask()
    stats = bench.log.snapshot()[0]
    assert (stats.kind, stats.count, stats.failures, stats.received_bytes) == ("objects", 2, 1, 3)
    assert (stats.last_reason, stats.last_ms) == ("answered 502", pytest.approx(250))


def test_an_answer_that_cannot_be_parsed_is_logged_as_a_failure() -> None:
    bench = Bench(GOOD)

    def parse(_: bytes, call: str) -> None:
        raise Garbled(call, "answered nonsense")

    with pytest.raises(Garbled):
        bench.exchange.ask("objects", {}, parse)
    assert bench.log.snapshot()[0].failures == 1


@pytest.mark.parametrize("url", ["fink.test", "", "ftp://fink.test", "file:///etc/passwd"])
def test_a_base_url_must_be_a_web_address(url: str) -> None:
    with pytest.raises(SettingsError):
        Exchange(url)


def test_no_cookie_is_sent_back() -> None:
    bench = Bench((200, {"Set-Cookie": "sticky=1"}, b"[1]"))
    bench.ask()
    bench.ask()
    assert "Cookie" not in bench.requests[1].headers


class Crowd:
    """Threads that ask at once, of a server that lets nobody go before it is told to."""

    def __init__(self, slots: Slots) -> None:
        self._gate = threading.Event()
        self._lock = threading.Lock()
        self._arrivals = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self.inside = 0
        self.most = 0
        self._exchange = Exchange("http://fink.test", transport=FunctionTransport(self._answer), slots=slots)

    def _answer(self, _: requests.PreparedRequest) -> Reply:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self._arrivals.release()
        self._gate.wait(5)
        with self._lock:
            self.inside -= 1
        return GOOD

    def _ask(self) -> None:
        self._exchange.ask("objects", {}, lambda body, _: body)

    def _prefetch(self) -> None:
        with background():
            self._ask()

    def send(self, number: int, *, prefetching: bool = False) -> None:
        target: Callable[[], None] = self._prefetch if prefetching else self._ask
        for _ in range(number):
            self._threads.append(threading.Thread(target=target))
            self._threads[-1].start()

    def arrive(self, number: int) -> bool:
        """Whether so many more requests reach the server within a moment."""
        return all(self._arrivals.acquire(timeout=2) for _ in range(number))

    def nobody_else_arrives(self) -> bool:
        return not self._arrivals.acquire(timeout=0.1)

    def go(self) -> None:
        self._gate.set()
        for thread in self._threads:
            thread.join(5)


def test_at_most_four_requests_are_in_flight() -> None:
    crowd = Crowd(Slots())
    crowd.send(9)
    assert crowd.arrive(4)
    assert crowd.nobody_else_arrives()
    crowd.go()
    assert crowd.most == 4


def test_a_click_does_not_wait_behind_prefetching() -> None:
    crowd = Crowd(Slots())
    crowd.send(6, prefetching=True)
    assert crowd.arrive(3)
    assert crowd.nobody_else_arrives()
    crowd.send(1)
    assert crowd.arrive(1)
    crowd.go()
    assert crowd.most == 4


def test_who_finds_no_free_slot_in_time_gets_no_answer() -> None:
    slots = Slots(total=1)
    begin_and_end_of_the_wait = iter([0.0, 100.0])
    bench = Bench(GOOD, slots=slots, clock=begin_and_end_of_the_wait.__next__)
    with slots.taken(1) as free:
        assert free
        with pytest.raises(NoAnswer, match="earlier calls"):
            bench.ask()
    assert bench.requests == []


def test_a_failed_call_gives_its_slot_back() -> None:
    slots = Slots(total=1)
    failure(Bench(status(500), slots=slots))
    assert Bench(GOOD, slots=slots).ask() == [1]
