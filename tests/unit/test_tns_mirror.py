"""The mirror: whole or not there, in the background, and yesterday's until today's is complete."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.cache.lifetimes import DAY
from services.errors import Garbled, NoAnswer
from services.fink.client import FinkClient
from services.fink.exchange import Arriving
from services.fink.transport import FunctionTransport
from services.sources import Source
from services.tns.mirror import Tns
from services.tns.parse import CALL
from services.tns.store import MirrorFile
from tests.tns_rows import ID, record

LIVE = Source("live:x", "live", "Fink live", "", date(2023, 1, 25))


def body(count: int = 3) -> bytes:
    """A table of so many rows."""
    return json.dumps([record(f"AT 2022{n}", internalname=ID if n == 0 else f"PS{n}") for n in range(count)]).encode()


class Fink:
    """A client whose answer can be changed, cut, refused or held."""

    def __init__(self) -> None:
        self.answer: bytes | Exception = body()
        self.calls = 0
        self.held = threading.Event()
        self.held.set()
        self.began = threading.Event()

    def stream_tns_table(self, read: Callable[[Arriving], Any]) -> Any:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return read(Arriving(self._chunks(self.answer), len(self.answer)))

    def _chunks(self, answer: bytes) -> Iterator[bytes]:
        yield answer[:10]
        self.began.set()
        assert self.held.wait(10)
        yield answer[10:]


class Clock:
    """Seconds since 1970 that pass when told."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fink() -> Fink:
    return Fink()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tns(fink: Fink, clock: Clock, tmp_path: Path) -> Tns:
    return Tns(fink, LIVE, tmp_path, clock=clock)


def fetched(tns: Tns) -> Tns:
    """The same, once what it wants is there or has failed."""
    tns.want()
    assert tns.wait(10)
    return tns


def test_nothing_is_fetched_before_somebody_wants_it(tns: Tns, fink: Fink) -> None:
    assert tns.state().status == "absent"
    assert tns.table() is None
    assert (tns.named("AT 2022a"), tns.counterparts_of(ID, 1.0, 2.0)) == (None, None)
    assert fink.calls == 0


def test_wanting_never_waits_and_brings_a_mirror(tns: Tns, fink: Fink) -> None:
    fink.held.clear()
    tns.want()
    assert fink.began.wait(10)
    state = tns.state()
    assert (state.status, state.rows) == ("loading", 0)
    assert state.progress is not None
    fink.held.set()
    assert tns.wait(10)
    state = tns.state()
    assert (state.status, state.rows, state.entries, state.progress) == ("ready", 3, 3, None)
    found = tns.counterparts_of(ID, 1.0, 2.0)
    assert found is not None
    assert [each.entry.name for each in found] == ["AT 20220"]


def test_it_is_kept_for_the_next_start_and_asked_for_once_a_day(
    tns: Tns, fink: Fink, clock: Clock, tmp_path: Path
) -> None:
    fetched(tns)
    clock.now += DAY - 60
    again = fetched(Tns(fink, LIVE, tmp_path, clock=clock))
    assert (again.state().status, again.state().rows, fink.calls) == ("ready", 3, 1)
    clock.now += 120
    assert again.state().status == "stale"
    fink.answer = body(4)
    assert (fetched(again).state().status, again.state().rows, fink.calls) == ("ready", 4, 2)


def test_yesterdays_serves_while_todays_is_on_its_way_and_when_it_fails(tns: Tns, fink: Fink, clock: Clock) -> None:
    fetched(tns)
    clock.now += 2 * DAY
    fink.held.clear()
    fink.began.clear()
    tns.want()
    assert fink.began.wait(10)
    state = tns.state()
    assert (state.status, state.rows) == ("stale", 3)
    assert state.progress is not None
    assert tns.table() is not None
    fink.answer = NoAnswer(CALL, "timed out")
    fink.held.set()
    tns.wait(10)
    clock.now += 2 * DAY
    state = fetched(tns).state()
    assert (state.status, state.rows) == ("stale", 3)
    assert state.trouble is fink.answer


@pytest.mark.parametrize("worse", [body()[:-40], b"<html>", body()[:-1], b"[]", body(1)])
def test_half_a_table_or_a_shrunken_one_never_replaces_a_good_one(
    tns: Tns, fink: Fink, clock: Clock, tmp_path: Path, worse: bytes
) -> None:
    fetched(tns)
    before = MirrorFile(tmp_path, LIVE.key).path.read_bytes()
    clock.now += 2 * DAY
    fink.answer = worse
    state = fetched(tns).state()
    assert (state.status, state.rows) == ("stale", 3)
    assert isinstance(state.trouble, Garbled)
    assert MirrorFile(tmp_path, LIVE.key).path.read_bytes() == before


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.95])
def test_a_damaged_file_is_dropped_and_fetched_again(
    tns: Tns, fink: Fink, clock: Clock, tmp_path: Path, at: float
) -> None:
    fetched(tns)
    path = MirrorFile(tmp_path, LIVE.key).path
    whole = path.read_bytes()
    place = int(at * len(whole))
    path.write_bytes(whole[:place] + bytes(255 - each for each in whole[place : place + 40]) + whole[place + 40 :])
    again = Tns(fink, LIVE, tmp_path, clock=clock)
    state = fetched(again).state()
    assert (state.status, state.rows) == ("ready", 3)
    assert again.named("AT 20220") is not None


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\x80\x04cos\nsystem\n"])
def test_a_file_that_is_no_mirror_is_dropped(fink: Fink, clock: Clock, tmp_path: Path, content: bytes) -> None:
    file = MirrorFile(tmp_path, LIVE.key)
    file.folder.mkdir()
    file.path.write_bytes(content)
    assert Tns(fink, LIVE, tmp_path, clock=clock).state().status == "absent"
    assert not file.path.exists()


def test_the_mirror_of_one_source_is_not_that_of_another(tns: Tns, fink: Fink, clock: Clock, tmp_path: Path) -> None:
    fetched(tns)
    other = Source("archive:y", "archive", "Archive", "", date(2023, 1, 25))
    assert Tns(fink, other, tmp_path, clock=clock).table() is None
    MirrorFile(tmp_path, other.key).folder.mkdir()
    MirrorFile(tmp_path, LIVE.key).path.rename(MirrorFile(tmp_path, other.key).path)
    assert Tns(fink, other, tmp_path, clock=clock).table() is None


def test_cancel_ends_the_fetch_and_nothing_is_begun_until_retry(tns: Tns, fink: Fink) -> None:
    fink.held.clear()
    tns.want()
    assert fink.began.wait(10)
    tns.cancel()
    state = tns.state()
    assert (state.status, state.cancelled, state.progress) == ("absent", True, None)
    fink.held.set()
    assert tns.wait(10)
    tns.want()
    assert (tns.state().status, fink.calls) == ("absent", 1)
    tns.retry()
    assert tns.wait(10)
    assert (tns.state().status, tns.state().cancelled, fink.calls) == ("ready", False, 2)


def test_after_a_failure_there_is_a_pause_that_retry_ends(tns: Tns, fink: Fink) -> None:
    fink.answer = NoAnswer(CALL, "was refused a connection")
    assert fetched(tns).state().trouble is fink.answer
    fetched(tns)
    assert (tns.state().status, fink.calls) == ("absent", 1)
    fink.answer = body()
    tns.retry()
    assert tns.wait(10)
    assert (tns.state().status, tns.state().trouble) == ("ready", None)


def test_of_two_processes_one_fetches_and_both_have_it(fink: Fink, clock: Clock, tmp_path: Path) -> None:
    first, second = (Tns(fink, LIVE, tmp_path, clock=clock) for _ in range(2))
    fink.held.clear()
    first.want()
    assert fink.began.wait(10)
    second.want()
    assert not second.wait(0.3)
    assert second.state().status == "loading"
    fink.held.set()
    assert first.wait(10)
    assert second.wait(10)
    assert (first.state().rows, second.state().rows, fink.calls) == (3, 3, 1)


def test_what_a_stopped_process_left_behind_is_swept(tns: Tns, tmp_path: Path) -> None:
    folder = MirrorFile(tmp_path, LIVE.key).folder
    folder.mkdir()
    (folder / "0123.part").write_bytes(b"half")
    fetched(tns)
    assert sorted(path.name for path in folder.iterdir()) == ["lock", "mirror.parquet"]


def test_a_source_without_a_tns_table_is_ready_with_nothing(tns: Tns, fink: Fink) -> None:
    fink.answer = b"[]"
    state = fetched(tns).state()
    assert (state.status, state.rows, state.has_table) == ("ready", 0, False)


def test_a_folder_that_cannot_be_written_costs_only_the_next_start(
    tns: Tns, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = MirrorFile(tmp_path, LIVE.key).folder
    folder.write_text("in the way")
    state = fetched(tns).state()
    assert (state.status, state.rows) == ("ready", 3)
    assert "cannot be kept" in caplog.text


def test_the_client_asks_for_the_whole_table_and_a_broken_answer_is_asked_for_again() -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: Any) -> Any:
        asked.append(json.loads(request.body))
        if len(asked) == 1:
            return 503, {}, b"busy"
        return 200, {"Content-Type": "application/json", "Content-Length": str(len(body()))}, body()

    client = FinkClient("http://fink", transport=FunctionTransport(answer), sleep=lambda _: None)
    totals = client.stream_tns_table(lambda arriving: (arriving.total, b"".join(arriving.chunks)))
    assert totals == (len(body()), body())
    assert asked == [{"resolver": "tns", "name": "", "nmax": 10_000_000}] * 2
    (call,) = client.calls.snapshot()
    assert call.kind == "resolver"
