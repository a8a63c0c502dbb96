"""The local Fink against the recorded answers of the genuine server over the same alerts.

Needs ``../shared``: the alerts, the recordings and the tool that compares a server with them.
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.serving import make_server

from services.local_fink import create_app

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
ALERTS, GOLDEN = SHARED / "data" / "alerts.parquet", SHARED / "data" / "golden"
TNS = SHARED / "data" / "tns.csv"
COMPARE = SHARED / "tools" / "golden_compare.py"
OBJECTS = SHARED / "data" / "objects.parquet"

if not all(path.exists() for path in (ALERTS, GOLDEN, TNS, COMPARE, OBJECTS)):
    pytest.skip("the recordings of the genuine server (../shared) are not here", allow_module_level=True)

# Records that differ, with the reason. More than eight would be too many.
DIFFERING = {
    "objects_multi": "objects on one exposure: the genuine order of rows of equal time is a hash map's",
    "objects_multi_nojd": "several objects without i:jd: the genuine order of all rows is a hash map's",
}

# What the comparison of histories is about: the measurements, not what Fink made of them.
PHOTOMETRY = [
    *("i:fid", "i:magpsf", "i:sigmapsf", "i:diffmaglim", "i:isdiffpos", "i:magnr", "i:sigmagnr"),
    *("i:distnr", "i:ra", "i:dec", "i:rb"),
]
LIMITS = [
    "i:fid",
    "i:magpsf",
    "i:sigmapsf",
    "i:diffmaglim",
    "i:isdiffpos",
    "i:magnr",
    "i:sigmagnr",
    "i:distnr",
]


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app([ALERTS, TNS])


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def server(app: Flask) -> Iterator[str]:
    """The application over real HTTP on this machine; its URL."""
    listening = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def _records(least: int = 100) -> list[dict]:
    """Recorded requests whose status is at least that."""
    records = [json.loads(path.read_text()) for path in sorted(GOLDEN.glob("*.request.json"))]
    return [record for record in records if record["status"] >= least]


@pytest.mark.enable_socket
def test_the_comparing_tool_finds_only_the_listed_differences(server: str) -> None:
    command = [sys.executable, str(COMPARE), server, str(GOLDEN)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout.splitlines()
    assert {line.split(":")[0] for line in said[:-1]} == set(DIFFERING), "\n".join(said)
    assert said[-1] == f"{len(_records()) - len(DIFFERING)} of {len(_records())} records match"
    assert len(DIFFERING) <= 8


@pytest.mark.parametrize("record", _records(), ids=lambda record: record["name"])
def test_status_and_headers_are_the_recorded_ones(client: FlaskClient, record: dict) -> None:
    answer = _repeat(client, record)
    assert answer.status_code == record["status"]
    for name in ("Content-Type", "Access-Control-Allow-Origin", "Allow", "Content-Disposition"):
        assert _words(answer.headers.get(name)) == _words(record["headers"].get(name)), name


def _words(header: str | None) -> set[str] | None:
    """A header as its parts: the order of methods and the charset of XML do not matter."""
    return header and {part.strip() for part in header.split(";")[0].split(",")}


def _repeat(client: FlaskClient, record: dict) -> object:
    body = record["json"] if record["json"] is not None else record.get("body")
    kind = {"content_type": "application/json"} if body is not None else {}
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    query = record["params"]
    return client.open(record["url"], method=record["method"], data=data, query_string=query, **kind)


@pytest.mark.parametrize("record", _records(400), ids=lambda record: record["name"])
def test_refusals_are_worded_as_recorded(client: FlaskClient, record: dict) -> None:
    assert _repeat(client, record).get_data() == (GOLDEN / record["response_file"]).read_bytes()


@pytest.mark.parametrize("name", ["anomaly_csv", "objects_csv", "objects_upperlim_csv"])
def test_csv_holds_the_recorded_cells(client: FlaskClient, name: str) -> None:
    record = json.loads((GOLDEN / f"{name}.request.json").read_text())
    made, recorded = (
        pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False)
        for body in (_repeat(client, record).get_data(), (GOLDEN / f"{name}.csv").read_bytes())
    )
    assert len(made) == len(recorded)
    shared = [column for column in LIMITS if column in recorded]
    pd.testing.assert_frame_equal(made[shared], recorded[shared])
    if name != "objects_upperlim_csv":  # there are rows of history in that one
        assert sorted(made) == sorted(recorded)
        pd.testing.assert_frame_equal(made[recorded.columns], recorded)


@pytest.mark.parametrize("name", ["anomaly_parquet", "objects_parquet"])
def test_parquet_has_the_recorded_rows_and_columns(client: FlaskClient, name: str) -> None:
    record = json.loads((GOLDEN / f"{name}.request.json").read_text())
    made = pd.read_parquet(io.BytesIO(_repeat(client, record).get_data()))
    recorded = pd.read_parquet(GOLDEN / record["response_file"])
    assert set(made) == set(recorded)
    np.testing.assert_allclose(made["i:magpsf"].astype(float), recorded["i:magpsf"].astype(float))


@pytest.mark.parametrize("name", ["cutouts_png", "cutouts_get_png"])
def test_pictures_are_the_recorded_ones(client: FlaskClient, name: str) -> None:
    record = json.loads((GOLDEN / f"{name}.request.json").read_text())
    made, recorded = (
        np.asarray(Image.open(io.BytesIO(body))).astype(int)
        for body in (_repeat(client, record).get_data(), (GOLDEN / record["response_file"]).read_bytes())
    )
    assert made.shape == recorded.shape
    # The colour map is drawn from nine of its colours; the grey picture is exact.
    assert np.abs(made - recorded).max() <= (12 if "get" in name else 0)


def test_a_fits_stamp_has_the_recorded_pixels(client: FlaskClient) -> None:
    record = json.loads((GOLDEN / "cutouts_fits.request.json").read_text())
    recorded = (GOLDEN / record["response_file"]).read_bytes()
    assert _repeat(client, record).get_data() == recorded


@pytest.fixture(scope="module")
def recorded_rows() -> pd.DataFrame:
    rows = pd.read_parquet(OBJECTS)
    rows["key"] = rows["i:objectId"] + "_" + rows["i:jd"].map(repr)
    return rows


@pytest.fixture(scope="module")
def made_rows(client: FlaskClient, recorded_rows: pd.DataFrame) -> pd.DataFrame:
    ids = ",".join(sorted(set(recorded_rows["i:objectId"])))
    answer = client.post("/api/v1/objects", json={"objectId": ids, "withupperlim": True})
    rows = pd.DataFrame(json.loads(answer.data), dtype=object)
    rows["key"] = rows["i:objectId"] + "_" + rows["i:jd"].map(lambda jd: repr(round(jd, 7)))
    return rows


def test_every_object_has_the_recorded_rows(made_rows: pd.DataFrame, recorded_rows: pd.DataFrame) -> None:
    made, recorded = (sorted(zip(rows["key"], rows["d:tag"], strict=True)) for rows in (made_rows, recorded_rows))
    assert made == recorded


def test_every_alert_of_every_object_has_the_recorded_cells(
    made_rows: pd.DataFrame, recorded_rows: pd.DataFrame
) -> None:
    alerts = recorded_rows[recorded_rows["x:origin"] == "alert"].set_index("key")
    made = made_rows[made_rows["d:tag"] == "valid"].set_index("key").loc[alerts.index]
    columns = [name for name in alerts if name[:2] in ("i:", "d:", "v:")]
    assert _differences(made, alerts, columns) == []


@pytest.mark.parametrize(("origin", "columns"), [("history", PHOTOMETRY), ("badquality", LIMITS), ("upperlim", LIMITS)])
def test_every_history_has_the_recorded_photometry(
    made_rows: pd.DataFrame, recorded_rows: pd.DataFrame, origin: str, columns: list[str]
) -> None:
    recorded = recorded_rows[recorded_rows["x:origin"] == origin].set_index("key")
    tag = "valid" if origin == "history" else origin
    made = made_rows[made_rows["d:tag"] == tag].set_index("key").loc[recorded.index]
    assert _differences(made, recorded, columns) == []


def _differences(made: pd.DataFrame, recorded: pd.DataFrame, columns: list[str]) -> list[tuple]:
    found = []
    for name in columns:
        cells = made[name] if name in made else [None] * len(made)
        pairs = zip(recorded.index, recorded[name], cells, strict=True)
        found += [(name, *pair) for pair in pairs if not _same(pair[1], pair[2])]
    return found


def _same(recorded: object, made: object) -> bool:
    if _absent(recorded) or _absent(made):
        return _absent(recorded) and _absent(made)
    try:  # upper limits have numbers as text, and the table of the recordings has ids as floats
        return math.isclose(float(recorded), float(made), rel_tol=1e-6, abs_tol=1e-6)  # type: ignore[arg-type]
    except ValueError:
        return recorded == made


def _absent(cell: object) -> bool:
    """Missing, in any spelling: absent text is "nan" beside rows that have some, else "" in ``d:tns``."""
    return cell is None or cell is pd.NA or cell in ("nan", "") or cell != cell


def test_all_recordings_are_compared() -> None:
    assert len(_records()) == 104
