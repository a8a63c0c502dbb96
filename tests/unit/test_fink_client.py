"""One method per endpoint: what goes out, what comes back, what is asked again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pandas as pd
import pytest
import requests

from services.errors import Garbled, InvalidQuery, NoAnswer, NotFound, ServerFailed
from services.fink.client import FinkClient
from services.fink.transport import FunctionTransport, Reply

OBJECT = "ZTF25abixhdc"
NIGHT = date(2025, 9, 2)
JD = 2460920.5  # 2025-09-02 00:00 UTC


class Server:
    """A server that keeps what it was asked and answers with a function of the arguments."""

    def __init__(self, answer: Callable[[dict[str, Any]], object]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answer = answer
        self.client = FinkClient("http://fink.test", transport=FunctionTransport(self._reply), sleep=lambda _: None)

    def _reply(self, request: requests.PreparedRequest) -> Reply | Exception:
        self.asked.append(json.loads(request.body) if request.body else {"url": request.url})
        value = self._answer(self.asked[-1])
        if isinstance(value, (Exception, tuple)):
            return value
        return 200, {"Content-Type": "application/json"}, orjson.dumps(value)


def alerts(*jds: float, name: str = OBJECT) -> list[dict[str, Any]]:
    return [{"i:objectId": name, "i:jd": jd, "i:candid": 10**18 + i} for i, jd in enumerate(jds)]


def test_anomalies_are_asked_for_a_day_earlier_and_filtered() -> None:
    server = Server(lambda _: alerts(JD - 0.001, JD, JD + 0.05, JD + 0.999, JD + 1))
    frame = server.client.fetch_anomalies(NIGHT, NIGHT)
    assert server.asked[0]["start_date"] == "2025-09-01"
    assert server.asked[0]["stop_date"] == "2025-09-02"
    assert frame["jd"].tolist() == [JD + 0.999, JD + 0.05, JD]
    assert frame.index.tolist() == [0, 1, 2]


def test_a_full_answer_is_asked_for_again_with_more_rows() -> None:
    server = Server(lambda asked: alerts(*[JD + k / 1000 for k in range(500)][: asked["n"]]))
    assert len(server.client.fetch_anomalies(NIGHT, NIGHT, n=100)) == 500
    assert [asked["n"] for asked in server.asked] == [100, 400, 1600]


def test_the_columns_asked_for_include_what_filtering_needs() -> None:
    server = Server(lambda _: [])
    frame = server.client.fetch_anomalies("2025-09-02", "2025-09-03", columns=("anomaly_score",))
    assert server.asked[0]["columns"] == "d:anomaly_score,i:objectId,i:jd"
    assert frame.columns.tolist() == ["anomaly_score", "object_id", "jd"]
    assert frame.empty


def test_full_rows_are_asked_for_without_columns() -> None:
    server = Server(lambda _: [])
    assert "classification" in server.client.fetch_anomalies(NIGHT, NIGHT, columns=None).columns
    assert "columns" not in server.asked[0]


def test_a_light_curve_is_sorted_and_free_of_other_objects() -> None:
    server = Server(lambda _: [*alerts(JD + 2, JD + 1), *alerts(JD, name="ZTF25abixhdd")])
    frame = server.client.fetch_objects(OBJECT)
    assert server.asked[0]["withupperlim"] is True
    assert len(server.asked[0]["columns"].split(",")) == 25
    assert frame["jd"].tolist() == [JD + 1, JD + 2]
    assert frame["tag"].tolist() == ["valid", "valid"]


def test_rows_without_an_object_id_get_the_one_that_was_asked_for() -> None:
    server = Server(lambda _: [{"i:jd": JD, "d:tag": "upperlim"}, {"i:jd": JD + 1, "d:tag": "valid"}])
    frame = server.client.fetch_objects(f" {OBJECT} ", columns=None)
    assert frame["object_id"].tolist() == [OBJECT, OBJECT]
    assert frame["tag"].tolist() == ["upperlim", "valid"]


@pytest.mark.parametrize("rows", [[], alerts(JD, name="ZTF25abixhdd")])
def test_no_row_of_the_object_itself_is_not_found(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(NotFound, match=OBJECT):
        Server(lambda _: rows).client.fetch_objects(OBJECT)


def test_full_rows_that_fail_are_asked_for_by_columns() -> None:
    server = Server(lambda asked: alerts(JD) if "columns" in asked else (500, {}, b"{}"))
    assert len(server.client.fetch_objects(OBJECT, columns=None)) == 1
    assert len(server.asked) == 2
    asked = server.asked[1]["columns"].split(",")
    assert "i:jd" in asked
    assert not any(name.startswith("v:") or name == "d:tag" for name in asked)


def test_columns_that_fail_are_a_failed_server() -> None:
    server = Server(lambda _: (500, {}, b"{}"))
    with pytest.raises(ServerFailed):
        server.client.fetch_objects(OBJECT)
    assert len(server.asked) == 1


def test_the_newest_of_a_class_can_be_limited_to_nights() -> None:
    server = Server(lambda _: alerts(JD + 1.5, JD + 0.5, JD - 0.5))
    frame = server.client.fetch_latests("SN candidate", n=7, start=NIGHT, stop=NIGHT)
    asked = server.asked[0]
    assert (asked["class"], asked["n"]) == ("SN candidate", 7)
    assert (asked["startdate"], asked["stopdate"]) == ("2025-09-01", "2025-09-03")
    assert frame["jd"].tolist() == [JD + 0.5]
    assert len(server.client.fetch_latests("SN candidate")) == 3
    assert "startdate" not in server.asked[1]


def test_reverse_is_sent_as_a_json_true_or_not_at_all() -> None:
    server = Server(lambda _: [])
    server.client.fetch_resolver("tns", "SN 2022and")
    server.client.fetch_resolver("tns", OBJECT, reverse=True, nmax=3)
    assert server.asked == [
        {"resolver": "tns", "name": "SN 2022and", "nmax": 10},
        {"resolver": "tns", "name": OBJECT, "nmax": 3, "reverse": True},
    ]


def test_a_name_in_tns_comes_typed() -> None:
    rows = [{"d:fullname": "AT 2026cqa", "d:type": "nan", "d:ra": "38.87", "d:redshift": "NaN"}]
    frame = Server(lambda _: rows).client.fetch_resolver("tns", "AT 2026cqa")
    assert frame["ra"].tolist() == [38.87]
    assert frame[["type", "redshift", "discoverydate"]].isna().all(axis=None)


def test_a_name_in_simbad_comes_with_its_position() -> None:
    rows = [{"name": "Mira", "oname": "* omi Cet", "otype": "Mira", "jradeg": "34.8366", "jdedeg": "-2.9776"}]
    frame = Server(lambda _: rows).client.fetch_resolver("simbad", "Mira")
    assert frame.loc[0, ["oname", "jradeg", "jdedeg"]].tolist() == ["* omi Cet", 34.8366, -2.9776]


def test_a_cone_search_sends_numbers_in_degrees_and_arcseconds() -> None:
    server = Server(lambda _: [])
    assert server.client.fetch_conesearch(320.7, -10, 5, n=50).empty
    assert server.asked == [{"ra": 320.7, "dec": -10.0, "radius": 5.0, "n": 50}]


def test_the_cutouts_of_one_alert_are_asked_for_in_one_call() -> None:
    server = Server(lambda _: {"b:cutoutScience_stampData": [[1.0, None]], "b:cutoutTemplate_stampData": None})
    stamps = server.client.fetch_cutouts(OBJECT, "3165254992115015005")
    assert server.asked == [
        {"objectId": OBJECT, "kind": "All", "output-format": "array", "candid": "3165254992115015005"}
    ]
    assert list(stamps) == ["Science"]
    assert stamps["Science"].shape == (1, 2)


def test_without_a_candid_the_newest_alert_is_meant() -> None:
    server = Server(lambda _: {"b:cutoutScience_stampData": [[1.0]]})
    server.client.fetch_cutouts(OBJECT)
    assert "candid" not in server.asked[0]


def test_statistics_of_a_month_can_be_limited_to_columns() -> None:
    server = Server(lambda _: [{"key:key": "ztf_20250902", "basic:sci": "12", "class:Mira": "nan"}])
    frame = server.client.fetch_statistics("202509", ["basic:sci", "class:Mira"])
    assert server.asked == [{"date": "202509", "columns": "basic:sci,class:Mira"}]
    assert frame.loc[0, "night"] == "2025-09-02"
    assert frame.loc[0, "basic:sci"] == 12
    assert pd.isna(frame.loc[0, "class:Mira"])


def test_metadata_is_only_ever_read() -> None:
    server = Server(lambda _: [{"i:objectId": OBJECT, "d:internal_name": "Fink J1", "d:username": "me"}])
    assert server.client.fetch_metadata(object_id="all")["internal_name"].tolist() == ["Fink J1"]
    server.client.fetch_metadata(internal_name="Fink J1+2")
    assert [asked["url"].partition("?")[2] for asked in server.asked] == [
        "objectId=all",
        "internal_name=Fink+J1%2B2",
    ]


def test_metadata_needs_exactly_one_name() -> None:
    server = Server(lambda _: [])
    with pytest.raises(InvalidQuery):
        server.client.fetch_metadata()
    with pytest.raises(InvalidQuery):
        server.client.fetch_metadata(object_id="all", internal_name="x")


CALLS: list[Callable[[FinkClient], object]] = [
    lambda client: client.fetch_anomalies(NIGHT, NIGHT),
    lambda client: client.fetch_objects(OBJECT),
    lambda client: client.fetch_latests("SN candidate"),
    lambda client: client.fetch_resolver("tns", "SN 2022and"),
    lambda client: client.fetch_classes(),
    lambda client: client.fetch_conesearch(1, 2, 3),
    lambda client: client.fetch_cutouts(OBJECT),
    lambda client: client.fetch_statistics("2025"),
    lambda client: client.fetch_metadata(object_id="all"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        ((500, {}, b"{}"), ServerFailed),
        ((504, {}, b"<html>gateway</html>"), ServerFailed),
        ((200, {}, b"<html>maintenance</html>"), Garbled),
        ((200, {}, b'[{"i:jd": 24'), Garbled),
        (requests.ReadTimeout(), NoAnswer),
        (requests.ConnectionError("refused"), NoAnswer),
    ],
)
def test_no_failure_of_any_endpoint_becomes_an_empty_answer(
    call: Callable[[FinkClient], object], trouble: Reply | Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        call(Server(lambda _: trouble).client)


REFUSED: list[Callable[[FinkClient], object]] = [
    lambda client: client.fetch_anomalies("2025-09-03", "2025-09-02"),
    lambda client: client.fetch_anomalies(NIGHT, NIGHT, n=0),
    lambda client: client.fetch_anomalies(NIGHT, NIGHT, columns=("nope",)),
    lambda client: client.fetch_objects("ZTF25ab"),
    lambda client: client.fetch_latests("Anomaly"),
    lambda client: client.fetch_latests("QSO", start=NIGHT),
    lambda client: client.fetch_resolver("tns", "SN 2022and", reverse=True),
    lambda client: client.fetch_resolver("tns", "SN 2022and", nmax=0),
    lambda client: client.fetch_conesearch(1, 2, 20_000),
    lambda client: client.fetch_cutouts("", "1"),
    lambda client: client.fetch_cutouts(OBJECT, "newest"),
    lambda client: client.fetch_statistics("September"),
    lambda client: client.fetch_metadata(object_id="everything"),
]


@pytest.mark.parametrize("call", REFUSED)
def test_a_bad_question_never_reaches_the_server(call: Callable[[FinkClient], object]) -> None:
    server = Server(lambda _: [])
    with pytest.raises(InvalidQuery):
        call(server.client)
    assert server.asked == []
    assert server.client.calls.snapshot() == []
