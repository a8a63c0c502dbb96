"""/anomaly of the local Fink: which alerts are chosen, which dates find them, how cells are worded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from services.local_fink.formats import features_text, java_double
from tests.packets import FEATURES, candid_of, features, packet
from tests.served import ask, post, serve

# 2023-02-25 00:00 UTC.
MIDNIGHT = 2460000.5
NIGHT = "2023-02-25"


def _ids(rows: list[dict]) -> list[str]:
    return [row["i:objectId"] for row in rows]


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """One alert 0.2 d after midnight of 2023-02-25, one of the next night; both with features."""
    packets = [
        packet("ZTF00aaaaaaa", MIDNIGHT + 0.2, score=-0.02, cdsxmatch="Star", magpsf=18.651),
        packet("ZTF00aaaaaab", MIDNIGHT + 1.3, score=-0.03, cdsxmatch="Fail 504"),
    ]
    return serve(tmp_path_factory.mktemp("two_nights"), packets)


def test_a_night_has_the_best_alert_of_each_object_among_the_hundred_lowest(tmp_path: Path) -> None:
    many = [packet("ZTF00aaaaaaa", MIDNIGHT + i / 1000, score=-1 - i / 1000) for i in range(95)]
    few = [packet(f"ZTF00baaaaa{c}", MIDNIGHT + 0.3, score=-0.5 - i / 100) for i, c in enumerate("abcdefgh")]
    rows = ask(serve(tmp_path, many + few), "anomaly", n=100, start_date="2023-02-24")
    # 95 alerts of one object and the five lowest of the others are the hundred.
    assert sorted(_ids(rows)) == ["ZTF00aaaaaaa", *(f"ZTF00baaaaa{c}" for c in "defgh")]
    assert min(row["d:anomaly_score"] for row in rows) == pytest.approx(-1.094)


def test_a_night_has_at_most_ten_anomalies(tmp_path: Path) -> None:
    packets = [packet(f"ZTF00aaaaaa{c}", MIDNIGHT + 0.3, score=-i / 100) for i, c in enumerate("abcdefghijklmn")]
    rows = ask(serve(tmp_path, packets), "anomaly", n=100)
    assert sorted(_ids(rows)) == [f"ZTF00aaaaaa{c}" for c in "efghijklmn"]


@pytest.mark.parametrize("score", [0.0, 0.01, None])
def test_an_alert_without_a_negative_score_is_no_anomaly(tmp_path: Path, score: float | None) -> None:
    packets = [
        packet("ZTF00aaaaaaa", MIDNIGHT + 0.3, score=score),
        packet("ZTF00aaaaaab", MIDNIGHT, score=-0.1),
    ]
    rows = ask(serve(tmp_path, packets), "anomaly", n=100, start_date="2023-02-20")
    assert _ids(rows) == ["ZTF00aaaaaab"]


def test_a_night_ends_at_midnight_utc(tmp_path: Path) -> None:
    eve = [packet(f"ZTF00aaaaaa{c}", MIDNIGHT - 0.01, score=-0.1) for c in "abcdefghij"]
    morrow = [packet(f"ZTF00baaaaa{c}", MIDNIGHT + 0.01, score=-0.1) for c in "abcdefghij"]
    rows = ask(serve(tmp_path, eve + morrow), "anomaly", n=100)
    assert len(rows) == 20


def test_start_and_stop_dates_are_both_in_the_window(two_nights: FlaskClient) -> None:
    assert _ids(ask(two_nights, "anomaly", start_date=NIGHT, stop_date=NIGHT)) == ["ZTF00aaaaaaa"]
    assert len(ask(two_nights, "anomaly", start_date=NIGHT, stop_date="2023-02-26")) == 2


def test_alerts_in_the_first_tenth_of_the_first_day_are_not_found(tmp_path: Path) -> None:
    client = serve(tmp_path, [packet("ZTF00aaaaaaa", MIDNIGHT + 0.09, score=-0.1)])
    assert ask(client, "anomaly", start_date=NIGHT, stop_date=NIGHT) == []
    assert len(ask(client, "anomaly", start_date="2023-02-24", stop_date=NIGHT)) == 1


def test_a_window_given_backwards_is_turned_round(two_nights: FlaskClient) -> None:
    assert _ids(ask(two_nights, "anomaly", start_date="2023-02-27", stop_date="2023-02-23")) == [
        "ZTF00aaaaaab",
        "ZTF00aaaaaaa",
    ]


def test_a_window_without_alerts_is_an_empty_list(two_nights: FlaskClient) -> None:
    assert ask(two_nights, "anomaly", start_date="2020-05-01", stop_date="2020-05-02") == []


@pytest.mark.parametrize(("n", "rows"), [(1, 1), ("1", 1), (1.7, 1), (0, 0), (-1, 0), (5, 2)])
def test_n_counts_the_newest_alerts(two_nights: FlaskClient, n: object, rows: int) -> None:
    found = ask(two_nights, "anomaly", n=n)
    assert _ids(found) == ["ZTF00aaaaaab", "ZTF00aaaaaaa"][:rows]


@pytest.mark.parametrize(
    "payload",
    [
        {"n": "abc"},
        {"n": None},
        {"start_date": "2025-13-45"},
        {"start_date": "hello"},
        {"start_date": ""},
        {"start_date": 2460000.5},
        {"stop_date": None},
        {"columns": "i:objectId,v:classification"},
        {"columns": 3},
    ],
)
def test_what_the_genuine_server_trips_over_is_500(two_nights: FlaskClient, payload: dict) -> None:
    answer = post(two_nights, "anomaly", **payload)
    assert (answer.status_code, answer.content_type) == (500, "application/json")
    assert json.loads(answer.data) == {"message": "Internal Server Error"}


def test_only_known_columns_come_and_blanks_do_not_matter(two_nights: FlaskClient) -> None:
    rows = ask(two_nights, "anomaly", n=1, columns="i:objectId, d:anomaly_score ,i:foo")
    assert rows == [{"d:anomaly_score": -0.03, "i:objectId": "ZTF00aaaaaab"}]
    assert ask(two_nights, "anomaly", columns="i:foo") == []


def test_rows_come_oldest_first_when_the_time_is_not_asked_for(two_nights: FlaskClient) -> None:
    assert _ids(ask(two_nights, "anomaly", columns="i:objectId")) == ["ZTF00aaaaaaa", "ZTF00aaaaaab"]


def test_a_full_row_has_what_the_server_computes(two_nights: FlaskClient) -> None:
    row = ask(two_nights, "anomaly")[1]
    assert row["v:classification"] == "Star"
    assert row["v:lastdate"] == "2023-02-25 04:48:00.000"
    assert row["v:firstdate"] == "2023-02-05 04:48:00.000"
    assert row["v:lapse"] == 20.0
    assert row["v:constellation"] == "Leo"
    assert row["d:blazar_stats_robustness_low"] == -1.0
    assert "v:rate" not in row


def test_cells_keep_the_broker_s_types(two_nights: FlaskClient) -> None:
    row = ask(two_nights, "anomaly")[1]
    assert row["i:candid"] == candid_of("ZTF00aaaaaaa", MIDNIGHT + 0.2) > 2**53
    assert row["i:magpsf"] == 18.651  # a 32-bit float by its shortest decimal form
    assert (row["i:fid"], row["d:tracklet"], row["i:isdiffpos"]) == (1, "", "t")


def test_a_column_that_no_row_has_is_in_no_record(two_nights: FlaskClient) -> None:
    assert not {"i:scorr", "i:rfid"} & set(ask(two_nights, "anomaly")[0])


def test_features_that_are_nan_null_or_not_there_are_told_apart(tmp_path: Path) -> None:
    nan = {"lc_features_g": features(kurtosis=float("nan"), skew=2.5e-5), "lc_features_r": None}
    packets = [
        packet("ZTF00aaaaaaa", MIDNIGHT + 0.2, score=-0.1, added=nan),
        packet("ZTF00aaaaaab", MIDNIGHT + 0.2, score=-0.1),
    ]
    rows = {row["i:objectId"]: row for row in ask(serve(tmp_path, packets), "anomaly")}
    green = rows["ZTF00aaaaaaa"]["d:lc_features_g"].strip("[]").split(", ")
    assert green[FEATURES.index("kurtosis")] == "NaN"
    assert green[FEATURES.index("skew")] == "2.5E-5"
    assert rows["ZTF00aaaaaaa"]["d:lc_features_r"] == f"[{', '.join(['null'] * 26)}]"
    assert json.loads(rows["ZTF00aaaaaab"]["d:lc_features_r"]) == list(features().values())


def test_a_delivery_without_features_has_empty_ones(tmp_path: Path) -> None:
    none = {"lc_features_g": None, "lc_features_r": None}
    client = serve(tmp_path, [packet("ZTF00aaaaaaa", MIDNIGHT + 0.2, score=-0.1, added=none)])
    assert ask(client, "anomaly")[0]["d:lc_features_g"] == "[]"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_java_s_spelling_of_a_number_is_that_number(value: float) -> None:
    assert float(java_double(value)) == value
    assert "e" not in java_double(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.001, "0.001"), (9.99e-4, "9.99E-4"), (1e7, "1.0E7"), (-12345678.5, "-1.23456785E7"), (3.0, "3.0")],
)
def test_java_changes_to_powers_of_ten_where_java_does(value: float, text: str) -> None:
    assert java_double(value) == text


def test_features_have_java_s_names_for_what_is_no_number() -> None:
    assert features_text([float("nan"), None, float("inf")]) == "[NaN, null, Infinity]"
