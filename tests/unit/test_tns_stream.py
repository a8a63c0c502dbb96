"""An answer that is read while it arrives: limits, broken transfers, and readers that want no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.errors import Garbled, NoAnswer
from services.fink.exchange import Arriving, Exchange
from services.fink.policy import TNS_TABLE, Endpoint, Slots
from services.fink.transport import FunctionTransport, Reply

BODY = b"[" + b"1," * 400_000 + b"1]"
SMALL = Endpoint("resolver", 5, 10, len(BODY), "as large as the answer")


class Ticks:
    """A clock that can be put forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def exchange(reply: Reply | list[Reply], *, endpoint: Endpoint = SMALL, **more: Any) -> Exchange:
    """An exchange whose server answers so, one reply after the other."""
    replies = iter(reply if isinstance(reply, list) else [reply] * 9)
    transport = FunctionTransport(lambda _: next(replies))
    return Exchange("http://fink", transport=transport, sleep=lambda _: None, endpoints={TNS_TABLE: endpoint}, **more)


def whole(body: bytes, length: int | None = None) -> Reply:
    """A 200 that promises so many bytes."""
    return 200, {"Content-Length": str(len(body) if length is None else length)}, body


def pieces(arriving: Arriving) -> list[int]:
    """Sizes of the pieces in which it came."""
    return [len(chunk) for chunk in arriving.chunks]


def test_it_comes_in_pieces_and_the_call_is_logged_with_its_size() -> None:
    asked = exchange(whole(BODY))
    sizes = asked.ask_streamed(TNS_TABLE, {}, pieces)
    assert len(sizes) > 1
    assert sum(sizes) == len(BODY)
    (call,) = asked.calls.snapshot()
    assert call.kind == "resolver"
    assert call.last_success is not None


def test_more_than_the_limit_is_not_read_on() -> None:
    endpoint = Endpoint("resolver", 5, 10, 300_000, "small")
    with pytest.raises(Garbled, match=r"more than 0\.3 MB"):
        exchange(whole(BODY), endpoint=endpoint).ask_streamed(TNS_TABLE, {}, pieces)


def test_a_transfer_that_breaks_off_is_asked_for_again_from_the_beginning() -> None:
    replies = [whole(BODY[:500_000], len(BODY)), whole(BODY)]
    assert sum(exchange(replies).ask_streamed(TNS_TABLE, {}, pieces)) == len(BODY)


def test_a_transfer_that_always_breaks_off_is_no_answer() -> None:
    with pytest.raises(Garbled, match="broke off") as caught:
        exchange(whole(BODY[:500_000], len(BODY))).ask_streamed(TNS_TABLE, {}, pieces)
    assert caught.value.attempts == 3


def test_a_server_that_never_ends_is_left_when_its_time_is_up() -> None:
    clock = Ticks()

    def slowly(arriving: Arriving) -> None:
        for _ in arriving.chunks:
            clock.now += 6

    with pytest.raises(NoAnswer, match="still sending"):
        exchange(whole(BODY), clock=clock).ask_streamed(TNS_TABLE, {}, slowly)


def test_a_reader_that_wants_no_more_ends_the_call_and_gives_its_slot_back() -> None:
    def enough(arriving: Arriving) -> None:
        next(arriving.chunks)
        raise InterruptedError

    asked = exchange(whole(BODY), slots=Slots(1, 1))
    with pytest.raises(InterruptedError):
        asked.ask_streamed(TNS_TABLE, {}, enough)
    assert sum(asked.ask_streamed(TNS_TABLE, {}, pieces)) == len(BODY)


def test_the_size_is_not_promised_where_it_is_not_that_of_the_bytes() -> None:
    def total(arriving: Arriving) -> int | None:
        drained: Iterator[bytes] = arriving.chunks
        assert sum(map(len, drained)) == 2
        return arriving.total

    assert exchange((200, {}, b"[]")).ask_streamed(TNS_TABLE, {}, total) is None
    assert exchange(whole(b"[]")).ask_streamed(TNS_TABLE, {}, total) == 2
