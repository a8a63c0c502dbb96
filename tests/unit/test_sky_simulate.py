"""Whole simulated skies, small ones: what is written, and that it is always the same."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.errors import SettingsError
from services.local_fink import __main__, create_app
from services.local_fink.columns import packet_schema
from services.local_fink.simulate import MARK, Order, mark_of, simulate
from services.local_fink.sky.tns import COLUMNS
from tests.packets import SCHEMA
from tests.served import ask

Kinds = dict[tuple[str, ...], pa.DataType]

WEEK = Order(nights=(date(2023, 3, 1), date(2023, 3, 6)), stamps=False)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("skies") / "week"
    simulate(folder, WEEK)
    return folder


def fields(kind: pa.Schema | pa.StructType, above: tuple[str, ...] = ()) -> Kinds:
    """Types of all fields that are no structs, by their path."""
    found: Kinds = {}
    for field in kind:
        inner = field.type.value_type if pa.types.is_list(field.type) else field.type
        path = (*above, field.name)
        found |= fields(inner, path) if pa.types.is_struct(inner) else {path: inner}
    return found


def test_the_packets_are_in_finks_schema(week: Path) -> None:
    made, wanted = pq.read_schema(week / "alerts_0000.parquet"), pa.schema(SCHEMA)
    assert fields(made) == {path: kind for path, kind in fields(wanted).items() if path in fields(made)}
    assert set(fields(packet_schema())) <= set(fields(made))


def test_no_simulated_name_can_be_a_real_one(week: Path) -> None:
    table = pq.read_table(week / "alerts_0000.parquet", columns=["objectId", "candidate"])
    assert all(re.fullmatch(r"ZTF00[a-z]{7}", name) for name in table["objectId"].to_pylist())
    with (week / "tns.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["name"].startswith("2099") for row in rows)
    assert all("00" in name for row in rows for name in row["internal_names"].split(", "))
    assert table["candidate"].combine_chunks().field("programpi").unique().to_pylist() == ["SIMULATED"]


def test_the_mark_says_that_it_is_simulated_and_how(week: Path) -> None:
    mark = mark_of(week)
    assert mark is not None
    assert mark["simulated"] is True
    assert {"version", "seed", "nights", "alerts", "anomalies", "objects", "tns"} <= set(mark)
    assert mark["anomalies"] == 10 * len(WEEK.days())
    assert (week / "tns.csv").read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)


def test_features_are_finite_exactly_when_a_band_of_the_packet_has_four_points(week: Path) -> None:
    for packet in pq.read_table(week / "alerts_0000.parquet").to_pylist():
        entries = [*packet["prv_candidates"], packet["candidate"]]
        for band, fid in (("lc_features_g", 1), ("lc_features_r", 2)):
            n = sum(entry["magpsf"] is not None and entry["fid"] == fid for entry in entries)
            values = np.array(list(packet[band].values()) if packet[band] else [np.nan] * 26)
            # Fink's module looks at g and r only.
            assert np.isfinite(values).all() == (n >= 4 and packet["candidate"]["fid"] != 3)
            assert (n == 0) <= np.isnan(values).all()


def test_an_alert_in_i_has_neither_features_nor_a_score(week: Path) -> None:
    packets = pq.read_table(week / "alerts_0000.parquet").to_pylist()
    in_i = [packet for packet in packets if packet["candidate"]["fid"] == 3]
    assert in_i
    for packet in in_i:
        assert (packet["lc_features_g"], packet["lc_features_r"], packet["anomaly_score"]) == (None, None, None)
    assert any(entry["fid"] == 3 for packet in packets for entry in packet["prv_candidates"])


def test_a_band_without_a_point_is_mostly_nan_and_sometimes_null(week: Path) -> None:
    packets = pq.read_table(week / "alerts_0000.parquet").to_pylist()
    cells = [packet[band] for packet in packets for band in ("lc_features_g", "lc_features_r")]
    written = [cell for cell in cells if cell is not None]
    assert any(all(value != value for value in cell.values()) for cell in written)
    assert 0 < cells.count(None) < len(written)


def test_history_is_of_the_thirty_days_before_and_in_order_of_time(week: Path) -> None:
    limits = 0
    for packet in pq.read_table(week / "alerts_0000.parquet").to_pylist():
        times = [entry["jd"] for entry in packet["prv_candidates"]]
        now = packet["candidate"]["jd"]
        assert times == sorted(times)
        assert all(now - 30 <= jd < now for jd in times)
        limits += sum(entry["magpsf"] is None for entry in packet["prv_candidates"])
    assert limits


def test_alert_numbers_are_all_different_and_larger_than_a_float_can_hold(week: Path) -> None:
    numbers = pq.read_table(week / "alerts_0000.parquet", columns=["candid"])["candid"].to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= 10**18


def test_the_same_seed_gives_the_same_answer_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        simulate(tmp_path / name, Order(seed=seed, scale=10))
    packets = [(tmp_path / name / "alerts_0000.parquet").read_bytes() for name in ("one", "again", "other")]
    assert packets[0] == packets[1]
    assert packets[0] != packets[2]
    answers = [
        create_app([tmp_path / name]).test_client().post("/api/v1/anomaly", json={"n": 1000}).data
        for name in ("one", "again")
    ]
    assert answers[0] == answers[1]


def test_ten_planned_anomalies_of_each_night_are_served(week: Path) -> None:
    rows = ask(create_app([week]).test_client(), "anomaly", n=1000, columns="i:objectId,i:jd,d:anomaly_score")
    nights = Counter(int(row["i:jd"] + 0.5) for row in rows)
    assert set(nights.values()) == {10}
    assert len(nights) == len(WEEK.days())


def test_a_large_sky_has_as_many_anomalies_as_asked_for(tmp_path: Path) -> None:
    mark = simulate(tmp_path / "large", Order(scale=20, stamps=False))
    assert mark["anomalies"] == 20


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="not a simulated sky"):
        simulate(tmp_path, WEEK)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_range_without_a_clear_night_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No clear night"):
        simulate(tmp_path / "none", Order(nights=(date(2023, 3, 2), date(2023, 3, 1))))


def test_the_mark_of_anything_else_is_none(tmp_path: Path) -> None:
    assert mark_of(tmp_path) is None
    (tmp_path / MARK).write_text(json.dumps({"simulated": "yes"}), encoding="utf-8")
    assert mark_of(tmp_path) is None


def test_the_command_writes_a_sky_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "sky")
    assert __main__.main(["simulate", out, "--nights", "2023-03-01:2023-03-03", "--seed", "3", "--no-stamps"]) == 0
    assert "SIMULATED" in capsys.readouterr().out
    assert mark_of(Path(out)) is not None


@pytest.mark.parametrize("flags", [["--nights", "2023-03-01"], ["--seed", "-1"], ["--scale", "0"]])
def test_a_bad_flag_is_refused(flags: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        __main__.main(["simulate", str(tmp_path / "sky"), *flags])
