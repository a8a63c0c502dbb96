"""Percentiles of features among the cached anomalies: counting, filling, failing, and the panel that shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.features import number
from services.cache import Cache
from services.cache.disk import DiskBackend
from services.errors import NoAnswer
from services.feature_names import FEATURES
from services.feature_table import (
    compare,
    detections_before,
    extreme_words,
    feature_frame,
    missing_words,
    rank_words,
)
from services.fink.features import NAMES
from services.population import BANDS, Distribution, Population, Rank, numbers_of
from services.sources import Source
from tests.house import CANDIDS, ODD, PLAIN, World, having, state_of, text_of

FIRST, LAST = date(2025, 8, 1), date(2025, 10, 20)
SOURCE = Source("archive:population", "archive", "Archive", "invented", FIRST, LAST)
HOUR = 3600.0
FLOATS = st.floats(-1e6, 1e6, width=32)


def features(value: float, **changes: float) -> str:
    """The stored string of a band whose features are all `value`, but for the changes."""
    return "[" + ", ".join(str(changes.get(name, value)) for name in NAMES).replace("nan", "NaN") + "]"


def anomaly(n: int, g: str = "[]", r: str = "[]") -> dict[str, Any]:
    return {
        "object_id": f"ZTF00aaaaa{n:02d}", "candid": str(3_000_000_000_000_000_000 + n), "jd": 2460900.7,
        "anomaly_score": -0.01 * n, "lc_features_g": g, "lc_features_r": r,
    }  # fmt: skip


class Client:
    """Anomalies by month; may be told to fail."""

    def __init__(self, months: dict[date, list[dict[str, Any]]]) -> None:
        self.months = months
        self.calls: list[date] = []
        self.failing: set[date] = set()

    def fetch_anomalies(self, start: date, stop: date, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Rows of one month."""
        month = start.replace(day=1)
        self.calls.append(month)
        assert stop <= LAST
        assert columns
        if month in self.failing:
            raise NoAnswer("POST /api/v1/anomaly", "timed out")
        return pd.DataFrame(self.months.get(month, []), columns=list(columns))


class Clock:
    """Seconds that a test puts forward."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


AUGUST, SEPTEMBER, OCTOBER = (date(2025, month, 1) for month in (8, 9, 10))
MONTHS = {
    AUGUST: [anomaly(1, features(1.0), features(10.0)), anomaly(2, features(2.0))],
    OCTOBER: [anomaly(3, features(3.0, kurtosis=math.nan)), anomaly(4), anomaly(5, "[1, 2]", "{broken")],
}


def population(folder: Path, client: Client, clock: Clock) -> Population:
    cache = Cache(DiskBackend(folder), source=SOURCE.key, clock=clock)
    return Population(client, cache, SOURCE, clock=clock)


@pytest.fixture
def clock() -> Clock:
    return Clock()


# Ranks


@given(st.lists(FLOATS, min_size=1, max_size=40), FLOATS)
def test_a_rank_counts_what_is_below_equal_and_above(values: list[float], value: float) -> None:
    table = np.full((len(values), len(NAMES)), np.nan)
    table[:, 3] = values
    rank = Distribution(table).rank(NAMES[3], value)
    assert rank is not None
    below, equal = sum(v < value for v in values), sum(v == value for v in values)
    assert (rank.below, rank.equal, rank.n) == (below, equal, len(values))
    assert 0 <= rank.percentile <= 100


@given(st.lists(FLOATS, min_size=2, max_size=40), FLOATS, FLOATS)
def test_a_larger_value_never_has_a_lower_percentile(values: list[float], one: float, other: float) -> None:
    table = np.repeat(np.array(values)[:, None], len(NAMES), axis=1)
    low, high = sorted((one, other))
    ranks = [Distribution(table).rank("mean", value) for value in (low, high)]
    assert ranks[0] is not None
    assert ranks[1] is not None
    assert ranks[0].percentile <= ranks[1].percentile


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_has_no_rank(value: float) -> None:
    assert Distribution(np.ones((3, 26))).rank("mean", value) is None


def test_with_nothing_to_compare_with_there_is_no_rank() -> None:
    assert Distribution(np.empty((0, 26))).rank("mean", 1.0) is None


def test_a_value_beyond_single_precision_is_above_everything() -> None:
    assert Distribution(np.ones((3, 26))).rank("mean", 1e300) == Rank(3, 0, 0)


def test_missing_features_are_not_part_of_the_population() -> None:
    table = np.ones((4, 26))
    table[0] = np.nan
    table[1, NAMES.index("skew")] = np.nan
    found = Distribution(table)
    assert found.n == 3
    rank = found.rank("skew", 0.0)
    assert rank is not None
    assert rank.n == 2


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_words_never_claim_a_larger_share_than_there_is(below: int, equal: int, above: int) -> None:
    if not below + equal + above:
        return
    rank = Rank(below, equal, above)
    words = rank_words(rank)
    share = below if rank.percentile >= 50 else above
    if words.endswith("anomalies") and " all " in words:
        assert share == rank.n
    else:
        said = float(words.split(" than ")[1].split(" %")[0])
        assert said <= 100 * share / rank.n < said + 0.1 + 1e-9


# Filling


def test_nothing_is_asked_before_somebody_looks(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    population(tmp_path, client, clock)
    assert not client.calls


def test_a_look_never_waits_and_the_months_come_newest_first(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    known = population(tmp_path, client, clock)
    assert known.look().loading
    assert known.wait(10)
    found = known.look()
    assert client.calls == [OCTOBER, SEPTEMBER, AUGUST]
    assert (found.months, found.of_months, found.loading, found.trouble) == (3, 3, False, None)
    assert {band: found.bands[band].n for band in BANDS} == {"g": 3, "r": 1}


def test_rows_and_features_belong_together(tmp_path: Path, clock: Clock) -> None:
    known = population(tmp_path, Client(MONTHS), clock)
    known.look()
    assert known.wait(10)
    found = known.look()
    mine = found.features["g"][found.rows["candid"].eq("3000000000000000002").to_numpy(dtype=bool)]
    assert mine.tolist() == [[2.0] * 26]
    assert set(found.rows["era"]) == {"AAD 2025-07-22"}
    assert list(found.rows) == ["object_id", "candid", "jd", "anomaly_score", "era"]


def test_a_string_that_is_no_features_costs_its_own_row_only() -> None:
    table = numbers_of(pd.DataFrame(MONTHS[OCTOBER]))
    assert table["g:mean"].isna().tolist() == [False, True, True]
    assert table["r:mean"].isna().all()


def test_a_month_that_is_known_to_have_no_anomalies_is_not_asked_for(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    cache = Cache(DiskBackend(tmp_path), source=SOURCE.key, clock=clock)
    known = Population(client, cache, SOURCE, is_empty=lambda first, last: first == SEPTEMBER, clock=clock)
    known.look()
    assert known.wait(10)
    found = known.look()
    assert client.calls == [OCTOBER, AUGUST]
    assert (found.months, found.loading, found.trouble) == (3, False, None)


def test_kept_months_are_not_asked_for_again(tmp_path: Path, clock: Clock) -> None:
    first, second = Client(MONTHS), Client(MONTHS)
    for client in (first, second):
        known = population(tmp_path, client, clock)
        known.look()
        assert known.wait(10)
        assert known.look().bands["g"].n == 3
    assert len(first.calls) == 3
    assert not second.calls


def test_a_month_that_fails_is_said_and_asked_for_again_after_a_pause(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    client.failing = {AUGUST}
    known = population(tmp_path, client, clock)
    known.look()
    assert known.wait(10)
    found = known.look()
    assert (found.months, found.of_months, found.loading) == (2, 3, False)
    assert found.trouble is not None
    client.failing = set()
    assert not known.look().loading
    clock.now += 61
    assert known.look().loading
    assert known.wait(10)
    assert known.look().trouble is None


def test_a_retry_does_not_wait_for_the_pause(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    client.failing = {AUGUST}
    known = population(tmp_path, client, clock)
    known.look()
    assert known.wait(10)
    client.failing = set()
    known.retry()
    known.look()
    assert known.wait(10)
    assert known.look().months == 3


def test_what_is_old_serves_until_something_newer_is_there(tmp_path: Path, clock: Clock) -> None:
    client = Client(MONTHS)
    known = population(tmp_path, client, clock)
    known.look()
    assert known.wait(10)
    clock.now += 8 * 24 * HOUR
    client.failing = set(MONTHS) | {SEPTEMBER}
    found = known.look()
    assert found.loading
    assert found.bands["g"].n == 3
    assert known.wait(10)
    assert known.look().bands["g"].n == 3
    assert known.look().trouble is not None


# The table


def table(g: dict[str, float] | None, r: dict[str, float] | None = None, n: tuple[int, int] = (9, 0)) -> list[Any]:
    others = Distribution(np.repeat(np.arange(100.0)[:, None], 26, axis=1))
    return compare({"g": g, "r": r}, {"g": others, "r": others}, {"g": n[0], "r": n[1]})


MIDDLE = dict.fromkeys(NAMES, 49.5)


def test_the_extreme_ones_come_first_in_words() -> None:
    rows = table(MIDDLE | {"skew": -5.0, "chi2": 97.5}, MIDDLE | {"stetson_K": 80.0}, (9, 9))
    assert [row.feature.name for row in rows[:3]] == ["skew", "chi2", "stetson_K"]
    assert extreme_words(rows) == [
        "skew in g smaller than all 100 cached anomalies",
        "chi2 in g larger than 98.0 %",
        "stetson K in r larger than 80.0 %",
    ]
    assert extreme_words(rows[1:])[0] == "chi2 in g larger than 98.0 % of the cached anomalies"


def test_what_is_in_the_middle_is_not_called_extreme() -> None:
    assert extreme_words(table(MIDDLE, MIDDLE, (9, 9))) == []


@given(st.lists(st.one_of(st.just(math.nan), FLOATS), min_size=26, max_size=26))
def test_every_feature_is_there_once_and_sorted(values: list[float]) -> None:
    rows = table(dict(zip(NAMES, values, strict=True)))
    assert sorted(row.feature.name for row in rows) == sorted(NAMES)
    assert [row.extreme for row in rows] == sorted((row.extreme for row in rows), reverse=True)
    for row in rows:
        cell = row.cells["g"]
        assert (cell.value is None) == bool(cell.missing)


def test_a_band_without_detections_says_so() -> None:
    assert missing_words(table(MIDDLE)) == ["No features in r: no detection in r in the 30 days of the packet."]


def test_a_band_with_detections_but_no_features_says_that() -> None:
    rows = table(MIDDLE, dict.fromkeys(NAMES, math.nan), (9, 1))
    assert missing_words(rows) == [
        "No features in r: Fink gave none, with 1 detection in r in the 30 days of the packet."
    ]


def test_too_few_points_and_undefined_are_two_reasons() -> None:
    rows = table(MIDDLE | {"kurtosis": math.nan, "stetson_K": math.nan}, MIDDLE, (3, 9))
    reasons = {row.feature.name: row.cells["g"].missing for row in rows}
    assert reasons["kurtosis"] == "needs 4, has 3"
    assert reasons["stetson_K"] == "undefined for these points"
    assert missing_words(rows) == [
        "1 feature in g needs more than the 3 detections of these 30 days.",
        "Undefined for these points in g: stetson K.",
    ]


def test_detections_of_the_packet_are_those_of_its_band_and_thirty_days() -> None:
    curve = pd.DataFrame(
        {
            "jd": [69.9, 70.0, 85.0, 99.0, 100.0, 100.1],
            "fid": pd.array([1, 1, 2, 1, 1, 1], dtype="Int64"),
            "magpsf": [18.0, 18.0, 18.0, math.nan, 18.0, 18.0],
        }
    )
    assert detections_before(curve, 100.0) == {"g": 2, "r": 1}


def test_the_export_has_values_percentiles_and_reasons() -> None:
    frame = feature_frame(table(MIDDLE | {"skew": -5.0}))
    first = frame.iloc[0]
    assert (first["feature"], first["value_g"], first["percentile_g"], first["population_g"]) == ("skew", -5.0, 0, 100)
    assert math.isnan(first["value_r"])
    assert first["missing_r"].startswith("no detection")
    assert frame["missing_g"].isna().all()


def test_every_feature_has_words_and_the_points_it_needs() -> None:
    assert tuple(FEATURES) == NAMES
    assert {feature.points for feature in FEATURES.values()} == {1, 2, 3, 4}
    finite = [sum(feature.points <= n for feature in FEATURES.values()) for n in (1, 2, 3, 4)]
    assert finite == [8, 17, 24, 26]  # FINK_API 2.1, measured
    assert all(feature.meaning and feature.words for feature in FEATURES.values())


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_numbers_fit_their_column(value: float) -> None:
    text = number(value)
    assert 0 < len(text) <= 9
    assert "-" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(18.842, "18.8"), (-0.0612, "−0.06"), (0.0036, "3.6e−3"), (0.0, "0.00"), (150.4, "150.4"), (None, "–")],
        *[(9.999, "10.0"), (999.96, "1000"), (123456.0, "1.2e5")],
    ],
)
def test_numbers_are_short_and_true(value: float | None, text: str) -> None:
    assert number(value) == text


# The panel


def test_the_panel_shows_all_features_and_says_what_the_population_is(warm: World) -> None:
    warm.house.population.look()
    assert warm.house.population.wait(10)
    made = warm.draw("features", object_id=ODD, alert=str(CANDIDS[ODD]))
    assert state_of(made, "features") == "ready"
    words = text_of(made)
    assert "percentile among 4 (g) and 4 (r) cached anomalies, most extreme first" in words
    assert all(feature.words in words for feature in FEATURES.values())
    marks = [c for c in having(made, "className") if str(c.className).startswith("feature-mark on-")]
    assert len(marks) == 54  # and two in the key


def test_the_panel_does_not_wait_for_the_population(world: World) -> None:
    world.warm(ODD)
    made = world.draw("features", object_id=ODD, alert=str(CANDIDS[ODD]))
    assert state_of(made, "features") == "ready"
    assert world.house.population.wait(10)


def test_while_it_fills_the_panel_says_how_far_it_is(world: World) -> None:
    from pages._features import population_words
    from services.population import Snapshot

    empty = {band: Distribution(np.ones((2, 26))) for band in BANDS}
    rows = pd.DataFrame({"candid": ["1", "2"]})
    part = Snapshot(rows, {}, empty, months=1, of_months=4, loading=True, trouble=None)
    assert population_words(part, 6600) == "percentiles among 2 of 6,600 anomalies so far"
    assert population_words(part, None) == "percentiles among 2 anomalies so far"
    stuck = Snapshot(rows, {}, empty, months=1, of_months=4, loading=False, trouble=None)
    assert population_words(stuck, None).endswith("3 of 4 months missing: Fink did not answer")


def test_an_alert_without_features_is_empty_with_the_reason(world: World) -> None:
    first = world.house.objects.light_curve(ODD).value
    unscored = str(first[first["classified"]]["candid"].iloc[0])
    made = world.draw("features", object_id=ODD, alert=unscored)
    assert state_of(made, "features") == "empty"
    assert "in g" in text_of(made)
    assert world.house.population.wait(10)


@pytest.mark.parametrize("name", ["features", "neighbourhood"])
def test_silence_of_the_source_is_unavailable(world: World, name: str) -> None:
    world.fink.fail()
    made = world.draw(name, object_id=PLAIN)
    assert state_of(made, name) == "unavailable"
    assert having(made, "data-retry")


def test_features_can_be_downloaded_with_whose_they_are(warm: World) -> None:
    with warm.serving():
        from pages._features import export_features

        body = export_features(ODD, str(CANDIDS[ODD])).get_data(as_text=True)
    lines = body.splitlines()
    assert len(lines) == 27
    assert "oddfinch:percentile_g" in lines[0]
    assert str(CANDIDS[ODD]) in lines[1]


@settings(max_examples=5)
@given(st.sampled_from(["123", "0", "x"]))
def test_an_alert_that_is_not_of_this_object_is_not_found(warm: World, candid: str) -> None:
    with warm.serving():
        from pages._features import export_features

        assert export_features(ODD, candid).status_code == 404
