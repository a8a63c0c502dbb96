"""The anomaly index: filling, asking for nights, repeats, failures, progress."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.anomalies import AnomalyIndex
from services.anomaly_table import ADDED
from services.cache import Cache, DiskBackend
from services.cache.lifetimes import CURRENT_MONTH
from services.errors import NoAnswer, Rejected, SourceError
from services.fink.columns import LIST
from services.fink.decode import tidy
from services.months import FIRST_PAUSE
from services.nights import night_start_jd
from services.sources import Source

LIVE = Source("live", "live", "Fink live", "", date(2025, 6, 20))
DOWN = NoAnswer("POST /api/v1/anomaly", "timed out after 30 s")


def anomaly(night: date, name: str, score: float | None, **more: Any) -> dict[str, Any]:
    """One row as Fink gives it."""
    return {
        "i:objectId": name,
        "i:candid": 3165254992115015005,
        "i:jd": night_start_jd(night) + 0.3,
        "d:anomaly_score": score,
        "d:cdsxmatch": "Mira",
        "d:roid": 0,
        **more,
    }


class Fink:
    """A source with rows of its own that counts its calls; it can wait and fail."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)
        self.calls: list[tuple[date, date]] = []
        self.failing: dict[date, Exception] = {}
        self.error: Exception | None = None
        self.gate: threading.Event | None = None

    def fetch_anomalies(self, start: date, stop: date) -> pd.DataFrame:
        self.calls.append((start, stop))
        if self.gate:
            assert self.gate.wait(10)
        error = self.failing.get(start.replace(day=1), self.error)
        if error:
            raise error
        first, end = night_start_jd(start), night_start_jd(stop + timedelta(days=1))
        return tidy([row for row in self.rows if first <= row["i:jd"] < end], LIST)


ROWS = (
    anomaly(date(2025, 9, 2), "ZTF25aaaaaaa", -0.03),
    anomaly(date(2025, 9, 2), "ZTF25bbbbbbb", -0.05),
    anomaly(date(2025, 9, 2), "ZTF25ccccccc", None),
    anomaly(date(2025, 8, 30), "ZTF25aaaaaaa", -0.01),
    anomaly(date(2025, 7, 1), "ZTF25bbbbbbb", -0.02),
    anomaly(date(2025, 6, 25), "ZTF25aaaaaaa", -0.04),
)


class World:
    """An index with all that it needs, at noon of 2025-09-10."""

    def __init__(self, directory: Path) -> None:
        self.fink = Fink(*ROWS)
        self.now = datetime(2025, 9, 10, 12, tzinfo=UTC).timestamp()
        self.backend = DiskBackend(directory)
        self.indexes: list[AnomalyIndex] = []

    def clock(self) -> float:
        return self.now

    def today(self) -> date:
        return datetime.fromtimestamp(self.now, UTC).date()

    def index(self, source: Source = LIVE) -> AnomalyIndex:
        """Another run of the program over the same cache."""
        cache = Cache(self.backend, source=source.key, clock=self.clock)
        made = AnomalyIndex(self.fink, cache, source, today=self.today, clock=self.clock)
        self.indexes.append(made)
        return made

    def filled(self, source: Source = LIVE) -> AnomalyIndex:
        """An index that has done what it can."""
        index = self.index(source)
        index.start()
        assert index.wait(10)
        return index

    def settled(self, index: AnomalyIndex) -> None:
        """Wait until what was asked for is done."""
        assert index.wait(10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "cache")
    yield made
    for index in made.indexes:
        index.cancel()
        if made.fink.gate:
            made.fink.gate.set()
        assert index.wait(10)
    made.backend.close()


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


def test_before_it_is_started_it_asks_nothing_and_has_all_its_columns(world: World) -> None:
    index = world.index()
    assert index.table().empty
    assert index.table().columns.tolist() == [*LIST, "unanswered", *ADDED]
    assert world.fink.calls == []
    assert not index.progress().running


def test_every_month_is_asked_for_once_newest_first_and_within_the_span_of_the_source(world: World) -> None:
    world.filled()
    assert world.fink.calls == [
        (date(2025, 9, 1), date(2025, 9, 10)),
        (date(2025, 8, 1), date(2025, 8, 31)),
        (date(2025, 7, 1), date(2025, 7, 31)),
        (date(2025, 6, 20), date(2025, 6, 30)),
    ]


def test_the_table_is_ordered_by_night_and_then_by_rank(world: World) -> None:
    table = world.filled().table()
    assert table["object_id"].str[5].tolist() == ["b", "a", "c", "a", "b", "a"]
    assert table["rank"].tolist() == [1, 2, pd.NA, 1, 1, 1]
    assert table["night"].dtype == "datetime64[s]"
    assert table["candid"].iloc[0] == "3165254992115015005"


def test_a_row_without_a_score_has_no_rank_and_comes_last(world: World) -> None:
    last = world.filled().night(date(2025, 9, 2)).iloc[-1]
    assert np.isnan(last["anomaly_score"])
    assert last["rank"] is pd.NA


def test_repeats_first_time_class_and_era_are_known_for_every_row(world: World) -> None:
    rows = world.filled().night(date(2025, 9, 2)).set_index("object_id")
    assert rows.loc["ZTF25aaaaaaa", ["times_90d", "times_ever"]].tolist() == [3, 3]
    assert rows.loc["ZTF25bbbbbbb", ["times_90d", "times_ever"]].tolist() == [2, 2]
    assert rows["first_flagged"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-07-01",
        "2025-06-25",
        "2025-09-02",
    ]
    assert rows["is_new"].tolist() == [False, False, True]
    assert rows["classification"].tolist() == ["Mira"] * 3
    assert rows["era"].tolist() == ["AAD 2025-07-22"] * 3


def test_nights_are_counted_with_their_lowest_and_median_score(world: World) -> None:
    nights = world.filled().nights()
    assert nights["count"].tolist() == [3, 1, 1, 1]
    assert nights["lowest"].tolist() == [-0.05, -0.01, -0.02, -0.04]
    assert nights["median"].iloc[0] == pytest.approx(-0.04)
    assert nights["night"].iloc[0] == pd.Timestamp("2025-09-02")


def test_a_range_of_nights_includes_both_ends_and_an_inverted_one_is_empty(world: World) -> None:
    index = world.filled()
    assert len(index.between(date(2025, 7, 1), date(2025, 8, 30))) == 2
    assert index.between(date(2025, 8, 30), date(2025, 7, 1)).empty
    assert index.night(date(2025, 9, 3)).empty


def test_the_history_of_an_object_is_told_from_its_beginning(world: World) -> None:
    history = world.filled().history("ZTF25aaaaaaa")
    assert history.columns.tolist() == ["night", "jd", "candid", "rank", "anomaly_score", "era"]
    assert history["anomaly_score"].tolist() == [-0.04, -0.01, -0.03]
    assert world.filled().history("ZTF99zzzzzzz").empty


def test_what_a_caller_does_to_its_table_changes_nothing_in_the_index(world: World) -> None:
    index = world.filled()
    table = index.table()
    table["rank"] = 0
    table.loc[0, "object_id"] = "changed"
    assert index.table()["rank"].iloc[0] == 1
    assert index.table()["object_id"].iloc[0] == "ZTF25bbbbbbb"


def test_the_next_run_starts_from_the_cache_without_a_call(world: World) -> None:
    first = world.filled().table()
    calls = len(world.fink.calls)
    second = world.filled()
    pd.testing.assert_frame_equal(second.table(), first)
    assert second.version == 1
    assert len(world.fink.calls) == calls


def test_the_next_run_shows_old_months_though_the_source_is_down(world: World) -> None:
    first = world.filled()
    world.now += 30 * 86400
    world.fink.error = DOWN
    second = world.filled()
    assert second.night(date(2025, 9, 2)).equals(first.night(date(2025, 9, 2)))
    state = second.night_state(date(2025, 9, 2))
    assert (state.status, state.stale, str(state.trouble)) == ("ready", True, str(DOWN))
    assert state.fetched_at == datetime(2025, 9, 10, 12, tzinfo=UTC)
    progress = second.progress()
    assert (progress.done, progress.total, progress.failed) == (4, 5, 1)


def test_not_loaded_yet_and_failed_and_truly_none_are_three_answers(world: World) -> None:
    index = world.index()
    assert index.night_state(date(2025, 9, 2)).status == "loading"
    world.fink.failing[date(2025, 8, 1)] = DOWN
    index.start()
    world.settled(index)
    failed = index.night_state(date(2025, 8, 30))
    assert (failed.status, failed.trouble, failed.fetched_at) == ("unavailable", DOWN, None)
    none = index.night_state(date(2025, 9, 3))
    assert (none.status, none.trouble, none.stale, none.source) == ("ready", None, False, "live")
    assert index.night(date(2025, 9, 3)).empty


def test_nights_that_the_source_cannot_have_are_outside(world: World) -> None:
    index = world.filled()
    for night in (date(2025, 6, 19), date(2025, 9, 11)):
        assert index.night_state(night).status == "outside"


def test_a_month_that_somebody_waits_for_is_shown_before_the_next_one_is_fetched(world: World) -> None:
    index = world.index()
    seen: list[int] = []
    fetch = world.fink.fetch_anomalies

    def watching(start: date, stop: date) -> pd.DataFrame:
        seen.append(len(index.table()))
        return fetch(start, stop)

    world.fink.fetch_anomalies = watching  # type: ignore[method-assign]
    index.want(date(2025, 6, 25))
    index.start()
    world.settled(index)
    assert seen[:2] == [0, 1]
    assert seen[2:] == [1, 1]  # the clock stands still, so that the others wait for the end


def test_a_range_is_known_when_all_its_months_are(world: World) -> None:
    world.fink.failing[date(2025, 7, 1)] = DOWN
    index = world.filled()
    assert index.night_state(date(2025, 8, 1), date(2025, 9, 2)).status == "ready"
    assert index.night_state(date(2025, 7, 31), date(2025, 9, 2)).status == "unavailable"


def test_a_month_that_fails_does_not_stop_the_others_and_is_tried_again_later(world: World) -> None:
    world.fink.failing[date(2025, 8, 1)] = DOWN
    index = world.filled()
    assert len(index.table()) == 5
    assert index.progress().trouble is DOWN
    world.fink.failing.clear()
    world.now += FIRST_PAUSE
    index.refresh()
    world.settled(index)
    assert len(index.table()) == 6
    assert index.progress().trouble is None


def test_the_retry_button_tries_failed_months_at_once(world: World) -> None:
    world.fink.error = DOWN
    index = world.filled()
    assert index.table().empty
    world.fink.error = None
    index.retry()
    world.settled(index)
    assert len(index.table()) == 6


@pytest.mark.parametrize("error", [Rejected("POST /api/v1/anomaly", "no"), TypeError("a bug")])
def test_any_other_failure_of_a_month_is_trouble_and_not_the_end_of_the_thread(world: World, error: Exception) -> None:
    world.fink.failing[date(2025, 9, 1)] = error
    index = world.filled()
    assert len(index.table()) == 3
    assert index.night_state(date(2025, 9, 2)).status == "unavailable"
    assert isinstance(index.night_state(date(2025, 9, 2)).trouble, SourceError)


def test_the_newest_month_is_fetched_again_when_asked_and_old_enough(world: World) -> None:
    index = world.filled()
    version, calls = index.version, len(world.fink.calls)
    index.refresh()
    world.settled(index)
    assert len(world.fink.calls) == calls
    world.now += CURRENT_MONTH.fresh_seconds
    world.fink.rows.append(anomaly(date(2025, 9, 10), "ZTF25aaaaaaa", -0.09))
    assert index.progress().stale
    index.refresh()
    world.settled(index)
    assert world.fink.calls[calls:] == [(date(2025, 9, 1), date(2025, 9, 10))]
    assert index.table()["times_90d"].iloc[0] == 4
    assert index.version == version + 1
    assert not index.progress().stale


def test_the_version_stays_when_a_month_comes_back_unchanged(world: World) -> None:
    index = world.filled()
    version, as_of = index.version, index.progress().as_of
    world.now += CURRENT_MONTH.fresh_seconds
    index.refresh()
    world.settled(index)
    assert index.version == version
    assert index.progress().as_of != as_of


def test_a_new_month_is_found_when_it_begins(world: World) -> None:
    index = world.filled()
    world.now = datetime(2025, 10, 1, 12, tzinfo=UTC).timestamp()
    world.fink.rows.append(anomaly(date(2025, 10, 1), "ZTF25ddddddd", -0.01))
    index.refresh()
    world.settled(index)
    assert len(index.night(date(2025, 10, 1))) == 1
    assert index.progress().total == 5


def test_the_month_that_somebody_looks_at_goes_next(world: World) -> None:
    world.fink.gate = threading.Event()
    index = world.index()
    index.start()
    eventually(lambda: len(world.fink.calls) == 1)
    index.want(date(2025, 6, 25))
    world.fink.gate.set()
    world.settled(index)
    assert [start.month for start, _ in world.fink.calls] == [9, 6, 8, 7]


def test_progress_names_the_month_in_hand_and_counts(world: World) -> None:
    world.fink.gate = threading.Event()
    index = world.index()
    index.start()
    eventually(lambda: index.progress().month == "2025-09")
    progress = index.progress()
    assert (progress.done, progress.total, progress.running, progress.as_of) == (0, 4, True, None)
    world.fink.gate.set()
    world.settled(index)
    progress = index.progress()
    assert (progress.done, progress.month, progress.running) == (4, None, False)
    assert progress.as_of == datetime(2025, 9, 10, 12, tzinfo=UTC)


def test_it_can_be_cancelled_and_resumed(world: World) -> None:
    world.fink.gate = threading.Event()
    index = world.index()
    index.start()
    eventually(lambda: len(world.fink.calls) == 1)
    index.cancel()
    world.fink.gate.set()
    world.settled(index)
    assert len(world.fink.calls) == 1
    assert len(index.night(date(2025, 9, 2))) == 3
    assert index.progress().cancelled
    assert index.night_state(date(2025, 7, 1)).status == "cancelled"
    index.resume()
    world.settled(index)
    assert len(index.table()) == 6
    assert not index.progress().cancelled


def test_starting_twice_is_starting_once(world: World) -> None:
    index = world.filled()
    index.start()
    world.settled(index)
    assert len(world.fink.calls) == 4


def test_an_archive_has_only_closed_months_and_ends_where_it_ends(world: World) -> None:
    archive = Source("archive", "archive", "Archive", "", date(2025, 7, 1), date(2025, 8, 30))
    index = world.filled(archive)
    assert world.fink.calls == [(date(2025, 8, 1), date(2025, 8, 30)), (date(2025, 7, 1), date(2025, 7, 31))]
    assert len(index.table()) == 2
    world.now += 86400
    assert not index.night_state(date(2025, 8, 30)).stale


def test_an_unreadable_month_in_the_cache_is_fetched_again(world: World) -> None:
    from services.cache import Fetched
    from services.cache.lifetimes import CLOSED_MONTH

    first = world.filled()
    cache = Cache(world.backend, source="live", clock=world.clock)
    key = first._key(date(2025, 8, 1))
    cache.drop(key)
    cache.get(key, lambda: Fetched(b"not a table"), CLOSED_MONTH)
    second = world.filled()
    assert second.table().equals(first.table())
    assert world.fink.calls[4:] == [(date(2025, 8, 1), date(2025, 8, 31))]
