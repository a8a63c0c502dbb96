"""Light curves and full alerts of one object, through the cache."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from services.cache import Cache, DiskBackend
from services.cache.lifetimes import OBJECT
from services.errors import NoAnswer, NotFound
from services.fink.columns import LIGHT_CURVE
from services.fink.decode import tidy
from services.objects import Objects
from services.sources import Source

LIVE = Source("live", "live", "Fink live", "", pd.Timestamp("2023-01-25").date())
NAME = "ZTF25abixhdc"
DOWN = NoAnswer("POST /api/v1/objects", "timed out after 45 s")

ROWS: list[dict[str, Any]] = [
    {"i:candid": 3165254992115015005, "i:jd": 2460920.75, "i:fid": 1, "i:magpsf": 18.1, "d:tag": "valid"}
    | {"d:cdsxmatch": "Unknown", "d:roid": 0, "d:mulens": 0.0, "d:anomaly_score": -0.03},
    {"i:candid": 3165254992115015004, "i:jd": 2460919.75, "i:fid": 2, "i:magpsf": 18.2, "d:tag": "valid"},
    {"i:candid": -1, "i:jd": 2460918.75, "i:fid": "3", "i:diffmaglim": "19.5526", "d:tag": "upperlim"},
]


class Fink:
    """A source of one object that counts its calls; it can wait and fail."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.gate: threading.Event | None = None
        self.busy = 0
        self.busiest = 0
        self._lock = threading.Lock()

    def fetch_objects(
        self, object_id: str, *, columns: Sequence[str] | None = LIGHT_CURVE, upper_limits: bool = True
    ) -> pd.DataFrame:
        with self._lock:
            self.calls.append(object_id)
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
        if self.gate:
            assert self.gate.wait(10)
        with self._lock:
            self.busy -= 1
        if self.error:
            raise self.error
        if object_id.endswith("nothing"):
            raise NotFound("POST /api/v1/objects", "has nothing of that name")
        rows = ROWS if upper_limits else ROWS[:2]
        wanted = None if columns is None else [*columns, "tag"]
        return tidy([{"i:objectId": object_id, **row} for row in rows], wanted)


class World:
    """Objects with all that they need."""

    def __init__(self, directory: Path) -> None:
        self.fink = Fink()
        self.now = 1.75e9
        self.backend = DiskBackend(directory)
        self.cache = Cache(self.backend, source="live", clock=lambda: self.now)
        self.objects = Objects(self.fink, self.cache, LIVE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "cache")
    yield made
    made.backend.close()


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def test_a_light_curve_is_told_from_its_beginning_with_times_and_classes(world: World) -> None:
    rows = world.objects.light_curve(NAME).value
    assert rows["tag"].tolist() == ["upperlim", "valid", "valid"]
    assert rows["mjd"].tolist() == [60918.25, 60919.25, 60920.25]
    assert rows["night"].dt.strftime("%d").tolist() == ["31", "01", "02"]
    assert rows["fid"].tolist() == [3, 2, 1]
    assert set(LIGHT_CURVE) <= set(rows.columns)


def test_only_full_alerts_count_as_classified(world: World) -> None:
    rows = world.objects.light_curve(NAME).value
    assert rows["classified"].tolist() == [False, False, True]
    assert rows["classification"].isna().tolist() == [True, True, False]
    assert rows["classification"].iloc[2] == "Unknown"


def test_an_identifier_goes_through_the_cache_with_all_its_digits(world: World) -> None:
    world.objects.light_curve(NAME)
    kept = world.objects.peek_light_curve(NAME)
    assert kept is not None
    assert kept.value["candid"].iloc[2] == "3165254992115015005"
    assert world.fink.calls == [NAME]


def test_a_light_curve_is_asked_for_once(world: World) -> None:
    first = world.objects.light_curve(NAME)
    second = world.objects.light_curve(NAME)
    pd.testing.assert_frame_equal(first.value, second.value)
    assert (second.stale, second.trouble, second.source) == (False, None, "live")
    assert world.fink.calls == [NAME]


def test_peeking_never_asks(world: World) -> None:
    assert world.objects.peek_light_curve(NAME) is None
    assert world.fink.calls == []


def test_an_object_that_is_not_there_is_not_found_and_not_asked_for_again_at_once(world: World) -> None:
    for _ in range(2):
        with pytest.raises(NotFound, match="ZTF25nothing"):
            world.objects.light_curve("ZTF25nothing")
        assert world.objects.peek_light_curve("ZTF25nothing") is None
    assert world.fink.calls == ["ZTF25nothing"]


def test_an_outage_is_never_not_found(world: World) -> None:
    world.fink.error = DOWN
    with pytest.raises(NoAnswer):
        world.objects.light_curve(NAME)
    world.fink.error = None
    assert len(world.objects.light_curve(NAME, retry=True).value) == 3


def test_an_outage_leaves_the_old_light_curve_with_the_trouble(world: World) -> None:
    world.objects.light_curve(NAME)
    world.now += OBJECT.fresh_seconds + 1
    world.fink.error = DOWN
    answer = world.objects.light_curve(NAME, retry=True)
    assert (len(answer.value), answer.stale, answer.trouble) == (3, True, DOWN)


def test_full_alerts_have_every_column_and_only_valid_rows(world: World) -> None:
    rows = world.objects.full_alerts(NAME).value
    assert rows["mjd"].tolist() == [60919.25, 60920.25]
    assert {"lc_features_g", "magzpsci", "night"} <= set(rows.columns)
    world.objects.full_alerts(NAME)
    assert world.fink.calls == [NAME]


def test_full_alerts_and_light_curve_are_two_answers(world: World) -> None:
    world.objects.light_curve(NAME)
    assert len(world.objects.full_alerts(NAME).value) == 2
    assert world.fink.calls == [NAME, NAME]


def test_what_was_fetched_ahead_costs_no_call_when_it_is_opened(world: World) -> None:
    world.objects.prefetch(["ZTF25aaaaaaa", "ZTF25bbbbbbb"])
    eventually(lambda: world.objects.peek_light_curve("ZTF25bbbbbbb") is not None)
    eventually(lambda: world.objects.peek_light_curve("ZTF25aaaaaaa") is not None)
    world.objects.light_curve("ZTF25aaaaaaa")
    world.objects.prefetch(["ZTF25aaaaaaa", "ZTF25ccccccc"])
    eventually(lambda: world.objects.peek_light_curve("ZTF25ccccccc") is not None)
    assert sorted(world.fink.calls) == ["ZTF25aaaaaaa", "ZTF25bbbbbbb", "ZTF25ccccccc"]


def test_fetching_ahead_uses_at_most_three_connections_and_forgets_what_nobody_looks_at(world: World) -> None:
    world.fink.gate = threading.Event()
    world.objects.prefetch([f"ZTF25aaaaaa{letter}" for letter in "abcdefgh"])
    eventually(lambda: len(world.fink.calls) == 3)
    world.objects.prefetch(["ZTF25zzzzzzz"])
    world.fink.gate.set()
    eventually(lambda: world.objects.peek_light_curve("ZTF25zzzzzzz") is not None)
    assert len(world.fink.calls) == 4
    assert world.fink.busiest == 3


def test_fetching_ahead_says_nothing_about_failures_and_goes_on(world: World) -> None:
    world.fink.error = DOWN
    world.objects.prefetch(["ZTF25aaaaaaa"])
    eventually(lambda: world.cache.stats().failed == 1)
    world.fink.error = None
    world.objects.prefetch(["ZTF25nothing", "ZTF25bbbbbbb"])
    eventually(lambda: world.objects.peek_light_curve("ZTF25bbbbbbb") is not None)
