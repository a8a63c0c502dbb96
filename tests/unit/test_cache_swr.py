"""Stale while revalidate: what is served, what is asked again, and what happens when the source fails."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.cache import Cache, DiskBackend, Fetched, Lifetime
from services.cache.entry import Key
from services.cache.swr import COLD_PAUSE_SECONDS, PAUSE_SECONDS
from services.errors import Garbled, NoAnswer, NotFound, Rejected, ServerFailed, SourceError, Unavailable

KEY = "objects/ZTF25abixhdc"
LIFE = Lifetime("test", fresh_seconds=100, empty_fresh_seconds=10, keep_seconds=100_000, why="A test.")
DOWN = NoAnswer("POST /api/v1/objects", "timed out after 30 s", attempts=3)


class Clock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.now = 1.75e9

    def __call__(self) -> float:
        return self.now


class Upstream:
    """A source that counts its calls and answers with their number, or fails."""

    def __init__(self) -> None:
        self.calls = 0
        self.error: Exception | None = None
        self.empty = False
        self.gate: threading.Event | None = None
        self.threads: list[str] = []

    def __call__(self) -> Fetched:
        self.calls += 1
        self.threads.append(threading.current_thread().name)
        number = self.calls
        if self.gate:
            assert self.gate.wait(10)
        if self.error:
            raise self.error
        return Fetched(b"" if self.empty else b"answer %d" % number, empty=self.empty)


def eventually(true: Callable[[], bool]) -> None:
    """Wait for something that a background thread does."""
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[DiskBackend]:
    made = DiskBackend(tmp_path / "cache")
    yield made
    made.close()


@pytest.fixture
def cache(backend: DiskBackend, clock: Clock) -> Cache:
    return Cache(backend, source="live", clock=clock)


def test_a_fresh_answer_is_served_without_a_call(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    first = cache.get(KEY, upstream, LIFE)
    clock.now += 99
    again = cache.get(KEY, upstream, LIFE)
    assert (first.value, again) == (b"answer 1", first)
    assert (first.source, first.fetched_at.timestamp(), first.stale) == ("live", 1.75e9, False)
    assert upstream.calls == 1


def test_an_old_answer_is_served_at_once_and_refreshed_behind(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.gate = threading.Event()
    old = cache.get(KEY, upstream, LIFE)
    assert (old.value, old.stale, old.trouble) == (b"answer 1", True, None)
    upstream.gate.set()
    eventually(lambda: cache.get(KEY, upstream, LIFE).value == b"answer 2")
    assert upstream.calls == 2
    assert upstream.threads[1].startswith("cache-refresh")


def test_one_refresh_at_a_time_for_one_key(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.gate = threading.Event()
    for _ in range(30):
        assert cache.get(KEY, upstream, LIFE).stale
    upstream.gate.set()
    eventually(lambda: not cache.get(KEY, upstream, LIFE).stale)
    assert upstream.calls == 2


def test_a_failing_source_leaves_the_old_answer_with_its_age_and_the_trouble(
    cache: Cache, upstream: Upstream, clock: Clock
) -> None:
    first = cache.get(KEY, upstream, LIFE)
    clock.now += 3600
    upstream.error = DOWN
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: cache.get(KEY, upstream, LIFE).trouble is not None)
    answer = cache.get(KEY, upstream, LIFE)
    assert (answer.value, answer.stale, answer.fetched_at) == (first.value, True, first.fetched_at)
    assert isinstance(answer.trouble, NoAnswer)
    assert str(answer.trouble) == str(DOWN)
    assert (answer.trouble.attempts, answer.trouble.at) == (DOWN.attempts, DOWN.at)


def test_after_a_failed_refresh_the_source_is_left_alone_for_a_while(
    cache: Cache, upstream: Upstream, clock: Clock
) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.error = DOWN
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: cache.stats().failed == 1)
    eventually(lambda: cache.get(KEY, upstream, LIFE).trouble is not None)
    clock.now += PAUSE_SECONDS - 1
    assert cache.get(KEY, upstream, LIFE).trouble is not None
    assert upstream.calls == 2
    clock.now += 2
    upstream.error = None
    eventually(lambda: cache.get(KEY, upstream, LIFE).value == b"answer 3")
    assert cache.get(KEY, upstream, LIFE).trouble is None


def test_the_retry_button_asks_at_once_and_tells_how_it_went(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.error = DOWN
    failed = cache.get(KEY, upstream, LIFE, retry=True)
    assert (failed.value, failed.stale, failed.trouble) == (b"answer 1", True, DOWN)
    upstream.error = None
    assert cache.get(KEY, upstream, LIFE, retry=True).value == b"answer 3"


def test_a_retry_that_meets_a_failing_refresh_is_told_of_the_failure(
    cache: Cache, upstream: Upstream, clock: Clock
) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.gate, upstream.error = threading.Event(), DOWN
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: upstream.calls == 2)
    with ThreadPoolExecutor(1) as pool:
        retried = pool.submit(cache.get, KEY, upstream, LIFE, retry=True)
        time.sleep(0.02)
        upstream.gate.set()
        assert retried.result().trouble is not None


def test_without_an_old_answer_the_error_is_raised_and_nothing_is_kept(cache: Cache, upstream: Upstream) -> None:
    upstream.error = DOWN
    with pytest.raises(NoAnswer):
        cache.get(KEY, upstream, LIFE)
    assert cache.peek(KEY) is None


def test_the_panels_of_one_page_share_a_first_failure_but_a_reload_asks_again(
    cache: Cache, upstream: Upstream, clock: Clock
) -> None:
    upstream.error = DOWN
    for _ in range(3):
        with pytest.raises(NoAnswer, match="timed out"):
            cache.get(KEY, upstream, LIFE)
    assert upstream.calls == 1
    upstream.error = None
    clock.now += COLD_PAUSE_SECONDS
    assert cache.get(KEY, upstream, LIFE).value == b"answer 2"


def test_the_retry_button_also_works_where_nothing_was_ever_shown(cache: Cache, upstream: Upstream) -> None:
    upstream.error = DOWN
    with pytest.raises(NoAnswer):
        cache.get(KEY, upstream, LIFE)
    upstream.error = None
    assert cache.get(KEY, upstream, LIFE, retry=True).value == b"answer 2"


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        Unavailable("GET /x", "is away"),
        ServerFailed("GET /x", 504, attempts=4),
        Garbled("GET /x", "answered HTML"),
        Rejected("GET /x", "radius too large"),
        NotFound("GET /x", "has nothing"),
    ],
)
def test_a_remembered_failure_is_the_same_kind_of_failure(cache: Cache, upstream: Upstream, error: SourceError) -> None:
    upstream.error = error
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            cache.get(KEY, upstream, LIFE)
        assert type(caught.value) is type(error)
        assert (str(caught.value), caught.value.at) == (str(error), error.at)
    assert upstream.calls == 1


def test_a_refusal_of_what_once_worked_is_trouble_and_the_old_answer_stays(
    cache: Cache, upstream: Upstream, clock: Clock
) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    upstream.error = Rejected("GET /x", "no")
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: isinstance(cache.get(KEY, upstream, LIFE).trouble, Unavailable))


def test_a_true_empty_is_kept_briefly(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    upstream.empty = True
    assert cache.get(KEY, upstream, LIFE).value == b""
    clock.now += 9
    assert not cache.get(KEY, upstream, LIFE).stale
    assert upstream.calls == 1
    clock.now += 2
    assert cache.get(KEY, upstream, LIFE).stale


def test_what_is_past_its_keeping_is_as_if_absent(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    cache.get(KEY, upstream, LIFE)
    clock.now += 100_001
    assert cache.peek(KEY) is None
    upstream.error = DOWN
    with pytest.raises(NoAnswer):
        cache.get(KEY, upstream, LIFE)


def test_two_sources_in_one_directory_never_mix(cache: Cache, backend: DiskBackend, upstream: Upstream) -> None:
    cache.get(KEY, upstream, LIFE)
    archive = Cache(backend, source="archive")
    assert archive.peek(KEY) is None
    assert archive.get(KEY, lambda: Fetched(b"archived"), LIFE).source == "archive"
    assert cache.get(KEY, upstream, LIFE).value == b"answer 1"


def test_a_cache_refuses_to_serve_another_source(cache: Cache) -> None:
    cache.require("live")
    with pytest.raises(ValueError, match="archive"):
        cache.require("archive")


def test_peeking_never_calls_upstream(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    assert cache.peek(KEY) is None
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    peeked = cache.peek(KEY)
    assert peeked is not None
    assert (peeked.value, peeked.stale) == (b"answer 1", True)
    assert upstream.calls == 1


@pytest.mark.parametrize("damage", [b"", b"ODF1 and then nonsense", b"\0" * 500])
def test_a_damaged_entry_is_dropped_and_fetched_again(
    cache: Cache, backend: DiskBackend, upstream: Upstream, damage: bytes
) -> None:
    cache.get(KEY, upstream, LIFE)
    backend.set(Key("live", KEY).text, damage)
    assert cache.peek(KEY) is None
    assert cache.get(KEY, upstream, LIFE).value == b"answer 2"


def test_a_truncated_value_file_is_dropped_and_fetched_again(cache: Cache, tmp_path: Path, upstream: Upstream) -> None:
    def noise() -> Fetched:
        upstream()
        return Fetched(bytes(range(256)) * 1000 if upstream.calls > 1 else _noise())

    cache.get(KEY, noise, LIFE)
    (file,) = tmp_path.rglob("*.val")
    file.write_bytes(file.read_bytes()[:1000])
    assert len(cache.get(KEY, noise, LIFE).value) == 256_000
    assert upstream.calls == 2


def _noise() -> bytes:
    """Bytes that do not compress, so that they are kept in a file of their own."""
    return random.Random(1).randbytes(100_000)


def test_a_payload_that_cannot_be_decoded_is_dropped_and_fetched_again(cache: Cache, upstream: Upstream) -> None:
    cache.get(KEY, lambda: Fetched(b"from an older version"), LIFE)

    def decode(payload: bytes) -> int:
        return int(payload.removeprefix(b"answer "))

    assert cache.load(KEY, upstream, LIFE, decode).value == 1
    peeked = cache.peek_load(KEY, decode)
    assert peeked is not None
    assert peeked.value == 1
    cache.get("other", lambda: Fetched(b"x"), LIFE)
    assert cache.peek_load("other", decode) is None


def test_thirty_threads_with_a_cold_cache_make_one_call(cache: Cache, upstream: Upstream) -> None:
    upstream.gate = threading.Event()
    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(cache.get, KEY, upstream, LIFE) for _ in range(30)]
        eventually(lambda: upstream.calls == 1)
        upstream.gate.set()
        assert {answer.result().value for answer in waiting} == {b"answer 1"}
    assert upstream.calls == 1


def test_the_failure_of_the_one_call_reaches_all_who_wait_for_it(cache: Cache, upstream: Upstream) -> None:
    upstream.gate, upstream.error = threading.Event(), DOWN
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(cache.get, KEY, upstream, LIFE) for _ in range(10)]
        eventually(lambda: upstream.calls == 1)
        upstream.gate.set()
        assert [type(answer.exception()) for answer in waiting] == [NoAnswer] * 10
    assert upstream.calls == 1


def test_a_fault_of_our_own_is_raised_and_leaves_the_key_usable(cache: Cache, upstream: Upstream) -> None:
    upstream.error = TypeError("a bug")
    with pytest.raises(TypeError, match="a bug"):
        cache.get(KEY, upstream, LIFE)
    upstream.error = None
    assert cache.get(KEY, upstream, LIFE).value == b"answer 2"


def test_different_keys_do_not_wait_for_each_other(cache: Cache, upstream: Upstream) -> None:
    upstream.gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(cache.get, KEY, upstream, LIFE)
        eventually(lambda: upstream.calls == 1)
        assert cache.get("another", lambda: Fetched(b"quick"), LIFE).value == b"quick"
        upstream.gate.set()
        slow.result()


def test_a_refresh_that_nobody_waits_for_runs_in_the_background_context(
    backend: DiskBackend, upstream: Upstream, clock: Clock
) -> None:
    entered: list[str] = []

    @contextlib.contextmanager
    def background() -> Iterator[None]:
        entered.append(threading.current_thread().name)
        yield

    cache = Cache(backend, source="live", background=background, clock=clock)
    cache.get(KEY, upstream, LIFE)
    assert entered == []
    clock.now += 101
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: upstream.calls == 2)
    assert entered == upstream.threads[1:]


def test_another_process_at_work_is_waited_for_and_its_answer_taken(
    cache: Cache, tmp_path: Path, upstream: Upstream, clock: Clock
) -> None:
    other_backend = DiskBackend(tmp_path / "cache")
    other = Cache(other_backend, source="live", clock=clock)
    upstream.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(other.get, KEY, upstream, LIFE)
        eventually(lambda: upstream.calls == 1)
        ours = pool.submit(cache.get, KEY, upstream, LIFE)
        time.sleep(0.05)
        upstream.gate.set()
        assert ours.result().value == theirs.result().value == b"answer 1"
    assert upstream.calls == 1
    other_backend.close()


def test_another_process_that_fails_is_not_followed_by_a_second_failing_call(
    backend: DiskBackend, tmp_path: Path, upstream: Upstream
) -> None:
    other_backend = DiskBackend(tmp_path / "cache")
    upstream.gate, upstream.error = threading.Event(), DOWN
    with ThreadPoolExecutor(2) as pool:
        theirs = pool.submit(Cache(other_backend, source="live").get, KEY, upstream, LIFE)
        eventually(lambda: upstream.calls == 1)
        ours = pool.submit(Cache(backend, source="live").get, KEY, upstream, LIFE)
        time.sleep(0.05)
        upstream.gate.set()
        assert isinstance(ours.exception(), NoAnswer)
        assert isinstance(theirs.exception(), NoAnswer)
    assert upstream.calls == 1
    other_backend.close()


PROCESS = """
import pathlib, sys, time
from services.cache import Cache, DiskBackend, Fetched, Lifetime
directory, calls = map(pathlib.Path, sys.argv[1:])
def fetch():
    with calls.open("a") as log:
        log.write("call\\n")
    time.sleep(0.5)
    return Fetched(b"answer")
life = Lifetime("test", 100, 10, None, "A test.")
print(Cache(DiskBackend(directory), source="live").get("key", fetch, life).value.decode())
"""


def test_several_processes_with_a_cold_cache_make_one_call(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    command = [sys.executable, "-c", PROCESS, str(tmp_path / "cache"), str(calls)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = [process.communicate(timeout=60)[0].strip() for process in running]
    assert answers == ["answer"] * 4
    assert calls.read_text() == "call\n"


def test_the_numbers_of_the_status_page_count_what_happened(cache: Cache, upstream: Upstream, clock: Clock) -> None:
    cache.get(KEY, upstream, LIFE)
    cache.get(KEY, upstream, LIFE)
    clock.now += 101
    cache.get(KEY, upstream, LIFE)
    eventually(lambda: cache.stats().refreshed == 2)
    stats = cache.stats()
    assert (stats.misses, stats.hits, stats.stale_served, stats.failed) == (1, 1, 1, 0)
    assert stats.entries >= 1
    assert stats.bytes > 0
