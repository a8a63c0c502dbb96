"""The local Fink as a server: methods, errors, headers and the four formats."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from flask.testing import FlaskClient

from tests.packets import candid_of, packet
from tests.served import post, serve

JD = 2460000.75
OBJECT = "ZTF00aaaaaaa"
COLUMNS = "i:objectId,i:candid,i:jd,i:fid,i:magpsf,d:tns,d:from_upper"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return serve(tmp_path_factory.mktemp("sky"), [packet(OBJECT, JD, score=-0.1, magpsf=18.653)])


def test_get_without_arguments_describes_the_route(sky: FlaskClient) -> None:
    answer = sky.get("/api/v1/anomaly")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.text == "Get alerts tagged as anomaly"


def test_the_query_string_takes_the_place_of_the_body(sky: FlaskClient) -> None:
    assert sky.get("/api/v1/anomaly?n=1&columns=i:objectId").json == [{"i:objectId": OBJECT}]
    assert sky.post("/api/v1/anomaly?n=0", json={"n": 1}).json == []


def test_a_body_that_is_no_json_is_refused_as_json(sky: FlaskClient) -> None:
    for answer, status in [
        (sky.post("/api/v1/anomaly"), 415),
        (sky.post("/api/v1/anomaly", data="{not json", content_type="application/json"), 400),
        (sky.delete("/api/v1/anomaly"), 405),
        (sky.post("/api/v1/anomaly", json=[1]), 500),
    ]:
        assert (answer.status_code, answer.content_type) == (status, "application/json")
        assert list(answer.json) == ["message"]


def test_an_unknown_route_is_html(sky: FlaskClient) -> None:
    answer = sky.get("/api/v1/nope")
    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_other_pages_may_ask(sky: FlaskClient) -> None:
    for answer in (
        sky.get("/api/v1/anomaly?n=1"),
        sky.get("/api/v1/anomaly?n=x"),
        sky.options("/api/v1/anomaly"),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("route", "payload", "name"),
    [
        ("objects", {}, "objectId"),
        ("cutouts", {"kind": "Science"}, "objectId"),
        ("cutouts", {"objectId": "x"}, "kind"),
    ],
)
def test_a_missing_argument_is_refused_with_a_python_dict_as_text(
    sky: FlaskClient, route: str, payload: dict, name: str
) -> None:
    answer = post(sky, route, **payload)
    assert (answer.status_code, answer.content_type) == (400, "text/html; charset=utf-8")
    assert answer.text == (
        f"{{'status': 'error', 'text': 'A value for `{name}` is required. See https://api.ztf.fink-portal.org \\n'}}"
    )


def test_an_unknown_format_is_refused_after_the_question_was_asked(sky: FlaskClient) -> None:
    assert post(sky, "anomaly", output_format="xml").status_code == 400
    assert post(sky, "anomaly", output_format="xml", n="abc").status_code == 500
    assert post(sky, "cutouts", objectId=OBJECT, kind="Science", output_format="gif").status_code == 400


def test_json_says_numbers_as_numbers_and_ids_in_full(sky: FlaskClient) -> None:
    (row,) = post(sky, "objects", objectId=OBJECT, columns=COLUMNS).json
    assert row == {
        "i:objectId": OBJECT,
        "i:candid": candid_of(OBJECT, JD),
        "i:jd": JD,
        "i:fid": 1,
        "i:magpsf": 18.653,
        "d:tns": "",
        "d:from_upper": False,
    }


def test_csv_has_the_same_cells(sky: FlaskClient) -> None:
    answer = post(sky, "objects", objectId=OBJECT, columns=COLUMNS, output_format="csv")
    assert answer.content_type == "application/csv"
    head, row = answer.text.splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert (cells["i:candid"], cells["i:magpsf"]) == (str(candid_of(OBJECT, JD)), "18.653")


def test_parquet_has_the_same_cells(sky: FlaskClient) -> None:
    answer = post(sky, "objects", objectId=OBJECT, output_format="parquet")
    assert answer.content_type == "parquet"
    table = pd.read_parquet(io.BytesIO(answer.data))
    assert table["i:candid"].tolist() == [candid_of(OBJECT, JD)]
    assert {"v:rate", "d:lc_features_g"} <= set(table)


def test_votable_is_one_and_has_no_colons_in_its_ids(sky: FlaskClient) -> None:
    answer = post(sky, "objects", objectId=OBJECT, output_format="votable")
    assert answer.content_type.split(";")[0] == "text/xml"
    assert '<FIELD ID="i_magpsf" datatype="double" name="i:magpsf"/>' in answer.text
    assert f"<TD>{candid_of(OBJECT, JD)}</TD>" in answer.text


@pytest.mark.parametrize(("kind", "body"), [("json", b"[]"), ("csv", b"\n")])
def test_nothing_found_is_an_empty_answer(sky: FlaskClient, kind: str, body: bytes) -> None:
    answer = post(sky, "objects", objectId="ZTF00zzzzzzz", withupperlim="True", output_format=kind)
    assert (answer.status_code, answer.data) == (200, body)


@pytest.mark.parametrize("kind", ["votable", "parquet"])
def test_nothing_found_is_an_empty_table(sky: FlaskClient, kind: str) -> None:
    assert post(sky, "objects", objectId="ZTF00zzzzzzz", output_format=kind).status_code == 200
