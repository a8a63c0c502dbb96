"""Searches over the genuine server's recorded answers to ``/latests``, ``/resolver``, ``/conesearch``, ``/classes``."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

from services.anomaly_table import AnomalyTable
from services.errors import Rejected, ServerFailed
from services.fink.client import FinkClient
from services.fink.transport import FunctionTransport
from services.nightly import night_rows
from services.search.by_class import COLUMNS
from services.search.classes import check_class, known_classes, quoted
from services.search.grammar import parse
from services.search.rows import COLUMNS as TABLE
from services.search.rows import listed

GOLDEN = Path(__file__).parents[2].parent / "shared" / "data" / "golden"
NOTHING_LISTED = AnomalyTable.empty().frame

if not GOLDEN.is_dir():
    pytest.skip("../shared/data/golden, the recorded answers, is absent", allow_module_level=True)


@cache
def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.request.json").read_text())
    return found


def body(name: str) -> bytes:
    return (GOLDEN / record(name)["response_file"]).read_bytes()


def asked_and_answered(name: str) -> tuple[FinkClient, list[dict[str, Any]]]:
    """A client of a server that gives the record, and a list for the arguments that it is asked with."""
    asked: list[dict[str, Any]] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        asked.append(json.loads(request.body or b"{}"))
        return record(name)["status"], record(name)["headers"], body(name)

    return FinkClient("http://fink.test", transport=FunctionTransport(answer), sleep=lambda _: None), asked


LISTS = ("simbad_qso", "qso", "sn", "early", "tns", "columns", "rising", "get")
NO_LISTS = ("anomaly", "unknown_class", "slsn")


@pytest.mark.parametrize("name", LISTS)
def test_a_recorded_list_becomes_rows_of_the_table(name: str) -> None:
    client, _ = asked_and_answered(f"latests_{name}")
    frame = client.fetch_latests("SN candidate", columns=COLUMNS)
    if frame["ra"].isna().all():  # a record of a few columns only
        frame = frame.assign(ra=10.0, dec=20.0, fid=1)
    rows = listed(frame, NOTHING_LISTED)
    wanted = json.loads(body(f"latests_{name}"))
    assert list(rows.columns[: len(TABLE)]) == list(TABLE)
    assert len(rows) == len(wanted) == len(night_rows(rows))
    assert rows["jd"].is_monotonic_decreasing
    if "i:candid" in wanted[0]:
        assert set(rows["candid"]) == {str(row["i:candid"]) for row in wanted}
    if "v:classification" in wanted[0]:
        classes = {str(row["i:candid"]): row["v:classification"] for row in wanted}
        assert rows["classification"].tolist() == [classes[candid] for candid in rows["candid"]]


@pytest.mark.parametrize("name", NO_LISTS)
def test_a_recorded_list_without_rows_is_an_empty_table(name: str) -> None:
    client, _ = asked_and_answered(f"latests_{name}")
    assert listed(client.fetch_latests("SN candidate", columns=COLUMNS), NOTHING_LISTED).empty


@pytest.mark.parametrize(
    ("name", "error"), [("missing_class", Rejected), ("bad_trend", Rejected), ("bad_date", ServerFailed)]
)
def test_a_recorded_refusal_is_an_error(name: str, error: type[Exception]) -> None:
    client, _ = asked_and_answered(f"latests_{name}")
    with pytest.raises(error):
        client.fetch_latests("SN candidate", columns=COLUMNS)


def test_finks_trend_and_ours_are_one() -> None:
    client, asked = asked_and_answered("latests_rising")
    frame = client.fetch_latests("SN candidate", trend="rising", columns=COLUMNS)
    assert asked[0]["trend"] == "rising"
    assert "d:mag_rate" in asked[0]["columns"]
    assert len(frame) == 20
    assert (frame["mag_rate"] < 0).all()


def test_the_recorded_cone_is_a_row_of_the_table() -> None:
    client, asked = asked_and_answered("conesearch")
    found = parse("320.7354787 -10.0132347 r=5")
    assert found.position is not None
    assert found.radius_arcsec == 5
    frame = client.fetch_conesearch(found.position.ra, found.position.dec, found.radius_arcsec)
    assert {key: asked[0][key] for key in ("ra", "dec", "radius")} == record("conesearch")["json"]
    (row,) = night_rows(listed(frame, NOTHING_LISTED))
    assert (row["object_id"], row["label"], row["score"]) == ("ZTF25abixhdc", "Ambiguous", None)


@pytest.mark.parametrize("name", ["conesearch_big", "conesearch_missing", "resolver_missing_name"])
def test_a_recorded_refusal_of_a_place_or_a_name_is_one(name: str) -> None:
    client, _ = asked_and_answered(name)
    with pytest.raises(Rejected):
        client.fetch_conesearch(1.0, 2.0, 5.0)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tns_name", 3),
        ("tns_reverse", 1),
        ("tns_reverse_unknown", 0),
        ("tns_reverse_unclassified", 1),
        ("tns_full", 22),
        ("tns_unknown", 0),
    ],
)
def test_recorded_names_of_tns_are_typed(name: str, rows: int) -> None:
    client, _ = asked_and_answered(f"resolver_{name}")
    frame = client.fetch_resolver("tns", "SN 2022and")
    assert len(frame) == rows
    assert not (frame["type"] == "nan").any()
    assert pd.api.types.is_float_dtype(frame["ra"])


@pytest.mark.parametrize("name", ["unknown_resolver", "nmax_string"])
def test_a_recorded_failure_of_the_resolver_is_one(name: str) -> None:
    client, _ = asked_and_answered(f"resolver_{name}")
    with pytest.raises(ServerFailed):
        client.fetch_resolver("simbad", "M31")


def test_recorded_alerts_of_simbad_have_exact_ids() -> None:
    client, _ = asked_and_answered("resolver_simbad_reverse")
    frame = client.fetch_resolver("simbad", "ZTF25aauurnj", reverse=True, nmax=3)
    wanted = [str(row["i:candid"]) for row in json.loads(body("resolver_simbad_reverse"))]
    assert frame["candid"].tolist() == wanted
    assert pd.api.types.is_float_dtype(frame["jd"])


def test_every_class_that_fink_names_can_be_searched_and_completed() -> None:
    client, _ = asked_and_answered("classes")
    completed = {name.label for name in known_classes()}
    for labels in client.fetch_classes().values():
        for label in labels:
            found = check_class(parse(f"class={quoted(label)}"))
            assert found.label in (label, label.removeprefix("(SIMBAD) "))
            assert found.label in completed
