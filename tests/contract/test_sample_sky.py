"""The sample sky as it is built by default, behind a local Fink: the documented table, the night of the day."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from services.local_fink import create_app
from services.local_fink.simulate import mark_of, simulate
from services.local_fink.sky.kinds import DOCUMENTED_COUNTS
from tests.served import ask

Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "sky"
    simulate(folder)
    return folder


@pytest.fixture(scope="session")
def client(sky: Path) -> FlaskClient:
    return create_app([sky]).test_client()


@pytest.fixture(scope="session")
def anomalies(client: FlaskClient) -> Rows:
    columns = "i:objectId,i:jd,i:field,i:rcid,d:cdsxmatch,d:anomaly_score"
    rows: Rows = ask(client, "anomaly", n=10_000, start_date="2023-01-25", stop_date="2023-12-31", columns=columns)
    return rows


def night(row: dict[str, Any]) -> date:
    return date.fromordinal(int(row["i:jd"] - 1721424.5))


def test_the_documented_table_of_classes_comes_out_exactly(client: FlaskClient) -> None:
    rows = ask(client, "anomaly", n=10_000, start_date="2023-01-25", stop_date="2023-05-22")
    assert len(rows) == 660
    assert Counter(row["d:cdsxmatch"] for row in rows) == Counter(DOCUMENTED_COUNTS)
    assert sorted(Counter(night(row) for row in rows).values()) == [10] * 66


def test_every_later_night_has_ten_anomalies_too_with_classes_in_the_same_proportions(anomalies: Rows) -> None:
    later = [row for row in anomalies if night(row) > date(2023, 5, 22)]
    assert set(Counter(night(row) for row in later).values()) == {10}
    assert max(night(row) for row in later) == date(2023, 12, 31)
    counts = Counter(row["d:cdsxmatch"] for row in later)
    for label in ("CataclyV*", "Unknown", "Mira"):
        assert counts[label] / len(later) == pytest.approx(DOCUMENTED_COUNTS[label] / 660, abs=0.03)


def test_simbads_spelling_changes_once(anomalies: Rows) -> None:
    old = [night(row) for row in anomalies if row["d:cdsxmatch"] in ("RRLyr", "LPV*")]
    new = [night(row) for row in anomalies if row["d:cdsxmatch"] in ("RRLyrae", "LongPeriodV*")]
    assert date(2023, 5, 22) < max(old) < date(2023, 9, 1) <= min(new)


def test_the_scale_of_the_scores_breaks_with_the_model(anomalies: Rows) -> None:
    def median(chosen: list[float]) -> float:
        return sorted(chosen)[len(chosen) // 2]

    before = median([row["d:anomaly_score"] for row in anomalies if night(row) < date(2023, 11, 17)])
    after = median([row["d:anomaly_score"] for row in anomalies if night(row) >= date(2023, 11, 17)])
    assert before / after == pytest.approx(15, rel=0.15)


def test_a_failed_cross_match_hits_whole_exposures(sky: Path) -> None:
    failed: dict[tuple[float, int], set[str]] = {}
    for file in sorted(sky.glob("*.parquet")):
        for row in pq.read_table(file, columns=["candidate", "cdsxmatch"]).to_pylist():
            key = row["candidate"]["jd"], row["candidate"]["field"]
            failed.setdefault(key, set()).add(row["cdsxmatch"])
    hit = [labels for labels in failed.values() if any(label.startswith("Fail") for label in labels)]
    assert len(hit) >= 5
    assert all(len(labels) == 1 for labels in hit)


def test_the_night_of_the_day_has_one_of_everything(client: FlaskClient, anomalies: Rows) -> None:
    newest = max(night(row) for row in anomalies)
    rows = [row for row in anomalies if night(row) == newest]
    places = Counter((row["i:field"], row["i:rcid"], row["i:jd"]) for row in rows)
    assert max(places.values()) >= 4
    assert {"Seyfert1", "CataclyV*", "Unknown"} <= {row["d:cdsxmatch"] for row in rows}
    changes, listed_before = [], []
    for row in rows:
        seen = ask(client, "objects", objectId=row["i:objectId"], columns="i:jd,d:cdsxmatch")
        labels = [one["d:cdsxmatch"] for one in sorted(seen, key=lambda one: one["i:jd"]) if one.get("d:cdsxmatch")]
        changes.append(len(list(itertools.groupby(labels))) - 1)
        listed_before.append(sum(one["i:objectId"] == row["i:objectId"] for one in anomalies) > 1)
    assert max(changes) == 4
    assert any(listed_before)


def test_the_supernova_of_the_day_was_reported_and_then_classified(sky: Path, client: FlaskClient) -> None:
    rows = ask(client, "anomaly", n=10)
    supernovae = [row for row in rows if row["v:classification"] in ("SN candidate", "Early SN Ia candidate")]
    ids = {row["i:objectId"] for row in supernovae}
    with (sky / "tns.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    near = [
        row
        for row in table
        if any(
            abs(float(row["ra"]) - one["i:ra"]) < 1e-3 and abs(float(row["declination"]) - one["i:dec"]) < 1e-3
            for one in supernovae
        )
    ]
    assert ids
    assert [row["name_prefix"] for row in near][:2] == ["AT", "SN"]


def test_the_tns_has_reports_classified_ones_and_some_under_other_names_only(sky: Path) -> None:
    with (sky / "tns.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    names = Counter(row["name"] for row in table)
    twice = [row for row in table if names[row["name"]] == 2]
    assert {row["name_prefix"] for row in twice} == {"AT", "SN"}
    assert 1 in names.values()
    elsewhere = [row for row in table if "ZTF" not in row["internal_names"]]
    assert 0.1 < len(elsewhere) / len(table) < 0.4


def test_an_alert_has_three_cutouts(client: FlaskClient, anomalies: Rows) -> None:
    for kind in ("Science", "Template", "Difference"):
        payload = {"objectId": anomalies[0]["i:objectId"], "kind": kind}
        answer = client.post("/api/v1/cutouts", json=payload)
        assert answer.status_code == 200
        assert answer.data.startswith(b"\x89PNG")


def test_the_sample_sky_is_small(sky: Path) -> None:
    assert sum(path.stat().st_size for path in sky.iterdir()) < 60e6
    mark = mark_of(sky)
    assert mark is not None
    assert mark["anomalies"] >= 1500
