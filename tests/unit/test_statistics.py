"""Counts per night: kept, fetched in the background, and what no row means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cache import Cache, DiskBackend
from services.cache.lifetimes import CLOSED_STATISTICS, STATISTICS
from services.errands import PAUSE_SECONDS
from services.errors import NoAnswer
from services.fink.decode import parse_counts
from services.nights import FIRST_NIGHT
from services.sources import Source
from services.statistics import COUNTS, Statistics, spans

TODAY = date(2025, 9, 5)
NOW = datetime(2025, 9, 5, 18, tzinfo=UTC).timestamp()
LIVE = Source("live", "live", "Fink live", "", date(2023, 1, 25))
DOWN = NoAnswer("POST /api/v1/statistics", "timed out after 20 s")
HOUR = 3600.0
DAYS = st.dates(date(2017, 1, 1), date(2027, 12, 31))

ROWS: list[dict[str, Any]] = [
    {"key:key": "ztf_20250903", "basic:raw": "400000", "basic:sci": "234567", "class:Mira": "12"},
    {"key:key": "ztf_20250901", "basic:raw": "300000", "basic:sci": "0", "class:Mira": None},
    {"key:key": "ztf_20240229", "basic:raw": "2", "basic:sci": "1", "basic:exposures": "1", "class:EB*": "1"},
    {"key:key": "ztf_20240301", "basic:raw": "7", "class:EB*": "1"},
    {"key:key": "ztf_20240302", "basic:raw": "0", "basic:sci": "0"},
]


class Fink:
    """A source of nightly counts that notes what it was asked; it can wait and fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def fetch_statistics(self, date_prefix: str = "", columns: Sequence[str] | None = None) -> pd.DataFrame:
        self.asked.append(date_prefix)
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        rows = [row for row in ROWS if row["key:key"].startswith(f"ztf_{date_prefix}")]
        return parse_counts(json.dumps(rows).encode(), "POST /api/v1/statistics")


class World:
    """Statistics with all that they need, and clocks that can be put forward."""

    def __init__(self, folder: Path) -> None:
        self.fink = Fink()
        self.ahead = 0.0
        self.backend = DiskBackend(folder)
        self.cache = Cache(self.backend, source="live", clock=self.clock)
        self.statistics = self.made()

    def clock(self) -> float:
        return NOW + self.ahead

    def made(self) -> Statistics:
        """Another process over the same cache."""
        return Statistics(
            self.fink,
            self.cache,
            LIVE,
            today=lambda: datetime.fromtimestamp(self.clock(), UTC).date(),
            clock=self.clock,
        )

    def loaded(self, first: date, last: date) -> Any:
        """What is known once everything has been fetched."""
        self.statistics.between(first, last)
        assert self.statistics.wait(10)
        return self.statistics.between(first, last)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "cache")
    yield made
    made.fink.gate.set()
    assert made.statistics.wait(10)
    made.backend.close()


def prefixes(first: date, last: date, today: date = TODAY) -> list[str]:
    return [span.prefix for span in spans(first, last, today)]


def test_closed_years_are_one_call_each_and_months_of_this_year_another() -> None:
    assert prefixes(date(2023, 5, 1), date(2025, 9, 5)) == [*(f"20250{n}" for n in range(9, 0, -1)), "2024", "2023"]


def test_a_year_is_closed_some_days_after_its_end() -> None:
    assert prefixes(date(2024, 12, 20), date(2025, 1, 2), date(2025, 1, 2)) == ["202501", "202412"]
    assert prefixes(date(2024, 12, 20), date(2025, 1, 9), date(2025, 1, 9)) == ["202501", "2024"]


def test_nobody_is_asked_about_days_before_the_survey_or_after_today() -> None:
    assert prefixes(date(2010, 1, 1), date(2016, 1, 1)) == []
    assert prefixes(date(2026, 1, 1), date(2026, 2, 1)) == []


@given(DAYS, DAYS)
def test_every_night_of_a_range_lies_in_exactly_one_span(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = spans(first, last, TODAY)
    earliest, latest = max(first, FIRST_NIGHT), min(last, TODAY)
    for night in (earliest, latest) if earliest <= latest else ():
        assert len([span for span in found if span.first <= night <= span.last]) == 1


def test_nobody_waits_for_counts_and_they_are_there_later(world: World) -> None:
    world.fink.gate.clear()
    counts = world.statistics.between(date(2025, 9, 1), date(2025, 9, 3))
    assert (counts.loading, counts.trouble, counts.answers) == (True, None, {})
    assert counts.alerts(date(2025, 9, 3)) is None
    assert counts.observed(date(2025, 9, 3)) is None
    world.fink.gate.set()
    assert world.statistics.wait(10)
    counts = world.statistics.between(date(2025, 9, 1), date(2025, 9, 3))
    assert (counts.loading, counts.alerts(date(2025, 9, 3))) == (False, 234567)


def test_what_is_on_its_way_is_asked_for_once(world: World) -> None:
    world.fink.gate.clear()
    for _ in range(5):
        assert world.statistics.between(date(2025, 9, 1), date(2025, 9, 3)).loading
    world.fink.gate.set()
    assert world.statistics.wait(10)
    assert world.fink.asked == ["202509"]


def test_warm_counts_cost_no_call_also_after_a_restart(world: World) -> None:
    world.loaded(date(2024, 1, 1), date(2025, 9, 5))
    asked = list(world.fink.asked)
    assert not world.statistics.between(date(2024, 1, 1), date(2025, 9, 5)).loading
    again = world.made().between(date(2024, 2, 1), date(2024, 3, 1))
    assert again.alerts(date(2024, 2, 29)) == 1
    assert world.fink.asked == asked


def test_a_night_without_a_row_is_blank_only_once_it_must_have_been_counted(world: World) -> None:
    counts = world.loaded(date(2025, 9, 1), date(2025, 9, 5))
    nights = [date(2025, 9, day) for day in range(1, 6)]
    assert [counts.observed(night) for night in nights] == [True, False, True, None, None]
    assert [counts.alerts(night) for night in nights] == [0, 0, 234567, None, None]


def test_a_count_that_fink_did_not_write_is_missing_and_not_zero(world: World) -> None:
    counts = world.loaded(date(2024, 2, 1), date(2024, 3, 31))
    assert (counts.observed(date(2024, 3, 1)), counts.alerts(date(2024, 3, 1))) == (True, None)


def test_a_row_of_zeros_is_a_night_without_data(world: World) -> None:
    counts = world.loaded(date(2024, 2, 1), date(2024, 3, 31))
    assert (counts.observed(date(2024, 3, 2)), counts.alerts(date(2024, 3, 2))) == (False, 0)


def test_a_range_has_a_total_when_each_of_its_nights_is_known(world: World) -> None:
    counts = world.loaded(date(2024, 2, 1), date(2025, 9, 5))
    assert counts.total(date(2024, 2, 1), date(2024, 2, 29)) == 1
    assert counts.total(date(2025, 9, 1), date(2025, 9, 3)) == 234567
    assert counts.total(date(2025, 9, 3), date(2025, 9, 4)) is None
    assert counts.total(date(2024, 2, 29), date(2024, 3, 1)) is None


def test_the_table_has_typed_counts_by_night_with_the_classes_of_all_spans(world: World) -> None:
    table = world.loaded(date(2024, 1, 1), date(2025, 9, 5)).table()
    assert table["night"].is_monotonic_increasing
    assert {str(table[name].dtype) for name in (*COUNTS, "class:Mira", "class:EB*")} == {"Int64"}
    assert str(table["night"].dtype) == "datetime64[s]"
    assert table["raw"].tolist() == [2, 7, 0, 300000, 400000]
    assert table["class:Mira"].isna().tolist() == [True, True, True, True, False]


def test_the_table_of_nothing_has_the_columns_all_the_same(world: World) -> None:
    table = world.statistics.between(date(2010, 1, 1), date(2010, 1, 2)).table()
    assert table.empty
    assert list(table) == ["night", *COUNTS]


def test_silence_is_trouble_and_never_a_night_without_data(world: World) -> None:
    world.fink.error = DOWN
    counts = world.loaded(date(2024, 3, 1), date(2024, 3, 9))
    assert counts.trouble is DOWN
    assert counts.observed(date(2024, 3, 5)) is None
    assert counts.alerts(date(2024, 3, 5)) is None
    assert counts.table().empty


def test_after_a_failure_nobody_asks_again_at_once_unless_told(world: World) -> None:
    world.fink.error = DOWN
    for _ in range(3):
        assert not world.loaded(date(2024, 3, 1), date(2024, 3, 9)).loading
    assert len(world.fink.asked) == 1
    world.fink.error = None
    world.ahead = 10.0  # the cache itself lets a failure rest for some seconds
    world.statistics.retry()
    assert world.loaded(date(2024, 3, 1), date(2024, 3, 9)).trouble is None
    assert len(world.fink.asked) == 2


def test_a_failure_is_tried_again_after_a_pause(world: World) -> None:
    world.fink.error = DOWN
    world.loaded(date(2024, 3, 1), date(2024, 3, 9))
    world.ahead = PAUSE_SECONDS + 1
    world.fink.error = None
    assert world.loaded(date(2024, 3, 1), date(2024, 3, 9)).observed(date(2024, 3, 1)) is True


def test_a_defect_of_ours_is_trouble_too_and_does_not_stop_the_rest(world: World) -> None:
    world.fink.error = ZeroDivisionError()
    assert world.loaded(date(2024, 3, 1), date(2024, 3, 9)).trouble is not None


def test_old_counts_are_served_at_once_and_refreshed_behind(world: World) -> None:
    world.loaded(date(2024, 3, 1), date(2025, 9, 5))
    asked = len(world.fink.asked)
    world.ahead = STATISTICS.fresh_seconds + 1
    world.fink.gate.clear()
    counts = world.statistics.between(date(2024, 3, 1), date(2025, 9, 5))
    assert counts.alerts(date(2025, 9, 3)) == 234567
    world.fink.gate.set()
    assert len(world.fink.asked) <= asked + 2
    assert "2024" not in world.fink.asked[asked:]


def test_closed_spans_live_longer_than_the_present_month() -> None:
    assert CLOSED_STATISTICS.fresh_seconds > STATISTICS.fresh_seconds
    assert timedelta(seconds=STATISTICS.fresh_seconds) <= timedelta(hours=6)


def test_the_cache_of_another_source_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="archive"):
        Statistics(world.fink, world.cache, Source("archive", "archive", "Archive", "", TODAY))
