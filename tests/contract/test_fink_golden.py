"""The client against the recorded answers of the genuine server, replayed byte for byte."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests

from services.classification import classify
from services.errors import Garbled, NotFound, Rejected, ServerFailed
from services.fink import columns
from services.fink.client import FinkClient
from services.fink.features import features_frame
from services.fink.transport import FunctionTransport

GOLDEN = Path(__file__).parents[2].parent / "shared" / "data" / "golden"
ALWAYS = (date(2017, 1, 1), date(2030, 1, 1))
OBJECT = "ZTF25abixhdc"

if not GOLDEN.is_dir():
    pytest.skip("../shared/data/golden, the recorded answers, is absent", allow_module_level=True)

RECORDS = sorted(path.name.removesuffix(".request.json") for path in GOLDEN.glob("*.request.json"))


@cache
def record(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((GOLDEN / f"{name}.request.json").read_text())
    return answer


def body(name: str) -> bytes:
    return (GOLDEN / record(name)["response_file"]).read_bytes()


@cache
def rows(name: str) -> Any:
    return json.loads(body(name))


def replay(*names: str) -> FinkClient:
    """A client of a server that gives the named records, one after the other."""
    waiting = list(names)

    def answer(_: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        name = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return record(name)["status"], record(name)["headers"], body(name)

    return FinkClient("http://fink.test", transport=FunctionTransport(answer), sleep=lambda _: None)


def object_asked(name: str) -> str:
    found = rows(name)[0].get("i:objectId") if record(name)["status"] == 200 and is_list(name) else None
    return found or OBJECT


def is_list(name: str) -> bool:
    return record(name)["response_file"].endswith(".json") and isinstance(rows(name), list) and bool(rows(name))


ASK: dict[str, Callable[[FinkClient, str], Any]] = {
    "anomaly": lambda client, _: client.fetch_anomalies(*ALWAYS, columns=None, n=10_000),
    "objects": lambda client, name: client.fetch_objects(object_asked(name), columns=None),
    "latests": lambda client, _: client.fetch_latests("SN candidate"),
    "resolver": lambda client, _: client.fetch_resolver("tns", "SN 2022and"),
    "classes": lambda client, _: client.fetch_classes(),
    "cutouts": lambda client, _: client.fetch_cutouts("ZTF25abcydiy"),
    "conesearch": lambda client, _: client.fetch_conesearch(320.7354787, -10.0132347, 5),
    "nope": lambda client, _: client.fetch_classes(),
}


def ask(name: str) -> Any:
    kind = urllib.parse.urlsplit(record(name)["url"]).path.rpartition("/")[2]
    return ASK[kind](replay(name), name)


def chosen(wanted: Callable[[str], bool]) -> list[str]:
    return [name for name in RECORDS if wanted(name)]


def carries_json(name: str) -> bool:
    return record(name)["status"] == 200 and record(name)["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", chosen(lambda name: record(name)["status"] == 400))
def test_a_400_is_rejected_and_keeps_finks_own_words(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        ask(name)
    assert caught.value.text
    assert not caught.value.text.startswith("{")


@pytest.mark.parametrize("name", chosen(lambda name: record(name)["status"] not in (200, 400)))
def test_any_other_error_status_is_a_failed_server(name: str) -> None:
    with pytest.raises(ServerFailed) as caught:
        ask(name)
    assert caught.value.status == record(name)["status"]
    assert caught.value.attempts == 1


@pytest.mark.parametrize("name", chosen(lambda name: record(name)["status"] == 200 and not carries_json(name)))
def test_a_200_without_json_is_garbled(name: str) -> None:
    with pytest.raises(Garbled):
        ask(name)


@pytest.mark.parametrize("name", chosen(lambda name: carries_json(name) and is_list(name)))
def test_a_list_becomes_a_frame_with_the_same_rows(name: str) -> None:
    frame = ask(name)
    wanted = rows(name)
    if name.startswith("objects_"):
        wanted = [row for row in wanted if row.get("i:objectId", object_asked(name)) == object_asked(name)]
        assert frame["jd"].is_monotonic_increasing or frame["jd"].isna().all()
    if name.startswith("anomaly_"):
        wanted = [row for row in wanted if row.get("i:jd")]
    assert len(frame) == len(wanted)


@pytest.mark.parametrize("name", chosen(lambda name: carries_json(name) and rows(name) == []))
def test_an_empty_list_is_an_empty_frame_and_for_an_object_not_found(name: str) -> None:
    if name.startswith("objects_"):
        with pytest.raises(NotFound):
            ask(name)
    else:
        assert ask(name).empty


def test_the_night_of_2025_09_02_has_seven_anomalies() -> None:
    frame = replay("anomaly_day").fetch_anomalies(date(2025, 9, 2), date(2025, 9, 2))
    best = frame.loc[frame["anomaly_score"].idxmin()]
    assert len(frame) == 7
    assert best["object_id"] == "ZTF18adkvbzf"
    assert best["anomaly_score"] == pytest.approx(-0.0350, abs=5e-5)


def test_a_window_returns_only_the_nights_asked_for() -> None:
    frame = replay("anomaly_range").fetch_anomalies(date(2024, 4, 12), date(2024, 4, 12))
    assert 0 < len(frame) < len(rows("anomaly_range"))
    assert (np.floor(frame["jd"] - 0.5) == np.floor(frame["jd"].iloc[0] - 0.5)).all()


@pytest.mark.parametrize("name", ["objects_withupperlim_str", "objects_columns_upperlim"])
def test_a_light_curve_tells_detections_low_quality_points_and_limits_apart(name: str) -> None:
    frame = replay(name).fetch_objects(OBJECT)
    assert frame["tag"].value_counts().to_dict() == {"valid": 42, "upperlim": 22, "badquality": 1}
    assert str(frame["magpsf"].dtype) == "float64"
    assert str(frame["fid"].dtype) == "Int64"
    limits = frame[frame["tag"] == "upperlim"]
    assert limits["magpsf"].isna().all()
    assert limits["diffmaglim"].notna().all()
    assert limits["candid"].isna().all()
    assert classify(limits).isna().all()


def test_every_candid_keeps_its_digits() -> None:
    frame = replay("anomaly_all_n10000").fetch_anomalies(*ALWAYS)
    wanted = {str(row["i:candid"]) for row in rows("anomaly_all_n10000")}
    assert set(frame["candid"]) == wanted
    assert frame["candid"].str.len().isin([18, 19]).all()


def test_every_column_of_a_full_answer_is_declared() -> None:
    names = set().union(*rows("anomaly_all_n10000"), *rows("objects_withupperlim_str"), *rows("latests_sn"))
    assert {name for name in names if columns.by_fink(name) is None} == set()


def test_a_full_frame_has_every_declared_column() -> None:
    frame = replay("latests_sn").fetch_latests("SN candidate")
    assert {column.name for column in columns.ALERT} <= set(frame.columns)
    assert frame["magap"].isna().all()


def test_an_outage_of_a_catalogue_is_missing_and_named() -> None:
    frame = replay("anomaly_all_n10000").fetch_anomalies(*ALWAYS, columns=None)
    recorded = {str(row["i:candid"]): row for row in rows("anomaly_all_n10000")}
    failed = frame[frame["unanswered"].notna()]
    assert len(failed) > 0
    for alert in failed.itertuples():
        for name in str(alert.unanswered).split(","):
            assert pd.isna(getattr(alert, name))
            assert recorded[str(alert.candid)][f"d:{name}"].startswith("Fail")
    assert {"Fail 500", "Fail 503"} <= set(frame["cdsxmatch"])


@pytest.mark.parametrize(
    "name",
    chosen(lambda name: carries_json(name) and is_list(name) and "v:classification" in rows(name)[0]),
)
def test_our_classification_agrees_with_finks_own_on_every_full_alert(name: str) -> None:
    full = set(json.loads((GOLDEN / "full_alerts.json").read_text()))
    frame = ask(name)
    keys = [f"{row.object_id}_{row.jd:.6f}" for row in frame.itertuples()]
    alerts = frame[[key in full for key in keys]]
    assert len(alerts) > 0
    assert classify(alerts).tolist() == alerts["classification"].tolist()


@pytest.mark.parametrize("name", ["anomaly_all_n10000", "latests_sn"])
def test_features_are_read_from_lists_and_from_curly_braces(name: str) -> None:
    frame = ask(name)
    features = features_frame(frame["lc_features_r"])
    assert features.shape == (len(frame), 26)
    assert features["mean"].dropna().between(10, 25).all()
    assert features["mean"].notna().sum() > 0


def test_cutouts_are_three_images_with_nan_where_there_is_no_value() -> None:
    stamps = ask("cutouts_all_array")
    assert sorted(stamps) == ["Difference", "Science", "Template"]
    assert {stamp.shape for stamp in stamps.values()} == {(63, 63)}
    assert {stamp.dtype.name for stamp in stamps.values()} == {"float32"}
    assert any(np.isnan(stamp).any() for stamp in stamps.values())


def test_tns_names_have_numbers_as_numbers_and_unclassified_as_missing() -> None:
    table = ask("resolver_tns_full")
    assert table["redshift"].dtype == "float64"
    assert table["ra"].between(0, 360).all()
    assert table["type"].isna().any()
    assert "nan" not in set(table["type"].dropna())


def test_positions_of_a_cone_search_come_with_their_distance() -> None:
    nearest = ask("conesearch").iloc[0]
    assert nearest["object_id"] == OBJECT
    assert nearest["classification"] == "Ambiguous"
    assert nearest["separation_degree"] == 0


def test_classes_come_by_who_gives_them() -> None:
    classes = ask("classes")
    assert len(classes["Fink classifiers"]) == 11
    assert len(classes["Cross-match with TNS"]) == 43


def test_full_rows_that_break_the_server_are_asked_for_by_columns() -> None:
    client = replay("objects_columns_nojd_upperlim", "objects_single")
    assert len(client.fetch_objects(OBJECT, columns=None)) == 42
    assert client.calls.count("objects") == 2
