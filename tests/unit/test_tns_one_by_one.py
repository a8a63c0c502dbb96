"""Where there is no mirror: single objects, four at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from services.cache import Cache
from services.cache.disk import DiskBackend
from services.errors import NoAnswer
from services.fink.columns import TNS
from services.fink.decode import tidy
from services.tns.one_by_one import GIVE_UP_AFTER, OneByOne
from services.tns.parse import CALL
from tests.tns_rows import record

IDS = [f"ZTF20aaaaaa{letter}" for letter in "abcdefghijkl"]


class Fink:
    """A resolver that counts how many questions are going on."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.going = self.most = 0
        self.failing = False
        self.held = threading.Event()
        self.held.set()
        self._lock = threading.Lock()

    def fetch_resolver(self, resolver: str, name: str, reverse: bool = False, nmax: int = 10) -> pd.DataFrame:
        assert (resolver, reverse) == ("tns", True)
        with self._lock:
            self.asked.append(name)
            self.going += 1
            self.most = max(self.most, self.going)
        self.held.wait(10)
        time.sleep(0.005)
        with self._lock:
            self.going -= 1
        if self.failing:
            raise NoAnswer(CALL, "was refused a connection")
        rows = [record("SN 2020a", internalname=name, type="SN Ia")] if name == IDS[0] else []
        return tidy(rows, TNS)


@pytest.fixture
def fink() -> Fink:
    return Fink()


@pytest.fixture
def one_by_one(fink: Fink, tmp_path: Path) -> Iterator[OneByOne]:
    backend = DiskBackend(tmp_path)
    yield OneByOne(fink, Cache(backend, source="live:x"))
    backend.close()


def test_four_are_asked_at_a_time_each_once(one_by_one: OneByOne, fink: Fink) -> None:
    fink.held.clear()
    one_by_one.start([*IDS, *IDS])
    one_by_one.start(IDS[:3])
    while fink.going < 4:
        time.sleep(0.005)
    assert one_by_one.progress().running
    fink.held.set()
    assert one_by_one.wait(10)
    assert fink.most == 4
    assert sorted(fink.asked) == sorted(IDS)
    progress = one_by_one.progress()
    assert (progress.failed, progress.running) == (0, False)


def test_the_answers_are_a_table_and_no_answer_is_no_entry(one_by_one: OneByOne) -> None:
    one_by_one.start(IDS)
    assert one_by_one.wait(10)
    assert one_by_one.known([*IDS, "ZTF20zzzzzzz"]) == frozenset(IDS)
    held = one_by_one.table(IDS)
    assert [entry.name for entry in held.named(IDS[0])] == ["SN 2020a"]
    assert len(held) == 1


def test_cancel_ends_it_and_what_is_known_stays(one_by_one: OneByOne, fink: Fink) -> None:
    fink.held.clear()
    one_by_one.start(IDS)
    while fink.going < 4:
        time.sleep(0.005)
    one_by_one.cancel()
    assert one_by_one.progress().cancelled
    fink.held.set()
    end = time.monotonic() + 5
    while len(one_by_one.known(IDS)) < 4 and time.monotonic() < end:
        time.sleep(0.005)
    assert len(fink.asked) == 4
    one_by_one.start(IDS)
    assert one_by_one.wait(10)
    assert len(one_by_one.known(IDS)) == len(IDS)


def test_a_source_that_is_away_is_not_asked_for_everything(one_by_one: OneByOne, fink: Fink) -> None:
    fink.failing = True
    one_by_one.start([f"ZTF21aaaaa{a}{b}" for a in "abcdef" for b in "abcdefgh"])
    assert one_by_one.wait(10)
    progress = one_by_one.progress()
    assert len(fink.asked) <= GIVE_UP_AFTER + 4
    assert progress.failed >= 48 - 4
    assert progress.trouble is not None
    assert not one_by_one.known(IDS)
