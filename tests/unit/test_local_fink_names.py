"""Names and vocabularies of the local Fink: /resolver over a list of TNS objects, /classes, /metadata."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient

from services.errors import SettingsError
from services.local_fink import Store, create_app
from services.local_fink.names import of_tns
from tests.packets import candid_of, packet, write_parquet
from tests.served import TNS_COLUMNS, ask, post, serve

JD = 2460000.75
LIST = """SN,2098abc,150.02755416,3.75714275086,0.043,SN II,"ATLAS98xyz, PS98q, ZTF00aaaaaaa",2098-01-27 10:49:26.400
AT,2098abc,150.02755416,3.75714275086,,,ZTF00aaaaaaa,2098-01-27 10:49:26.400
AT,2098abd,10.5,-3,,,,2098-02-01"""


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    packets = [packet("ZTF00aaaaaaa", JD + day, cdsxmatch="Star") for day in (1, 0)]
    return serve(tmp_path_factory.mktemp("sky"), packets, LIST)


def _names(rows: list[dict]) -> list[tuple[str, str]]:
    return [(row["d:fullname"], row["d:internalname"]) for row in rows]


def test_a_name_is_searched_by_its_beginning_without_regard_to_case(sky: FlaskClient) -> None:
    rows = ask(sky, "resolver", resolver="tns", name="sn 2098A")
    assert _names(rows) == [("SN 2098abc", name) for name in ("ATLAS98xyz", "PS98q", "ZTF00aaaaaaa")]
    assert rows[2] == {
        "d:declination": "3.75714275086",
        "d:discoverydate": "2098-01-27 10:49:26.400",
        "d:fullname": "SN 2098abc",
        "d:internalname": "ZTF00aaaaaaa",
        "d:ra": "150.02755416",
        "d:redshift": "0.043",
        "d:type": "SN II",
    }
    assert ask(sky, "resolver", resolver="tns", name="2098abc") == []


def test_an_id_finds_every_name_and_absent_cells_are_words(sky: FlaskClient) -> None:
    rows = ask(sky, "resolver", resolver="tns", name="ztf00AAAAAAA", reverse=True)
    assert _names(rows) == [("AT 2098abc", "ZTF00aaaaaaa"), ("SN 2098abc", "ZTF00aaaaaaa")]
    assert (rows[0]["d:redshift"], rows[0]["d:type"]) == ("NaN", "nan")


@pytest.mark.parametrize("reverse", ["True", 1, False, None])
def test_reverse_is_true_and_nothing_else(sky: FlaskClient, reverse: object) -> None:
    assert ask(sky, "resolver", resolver="tns", name="ZTF00aaaaaaa", reverse=reverse) == []


def test_the_whole_table_comes_for_no_name(sky: FlaskClient) -> None:
    rows = ask(sky, "resolver", resolver="tns", name="", nmax=100_000)
    assert len(rows) == 5
    assert _names(rows)[1] == ("AT 2098abd", "nan")
    assert len(ask(sky, "resolver", resolver="tns", name="", nmax=2)) == 2


@pytest.mark.parametrize("nmax", ["5", 5.0, None, True])
def test_nmax_is_a_whole_number_of_json(sky: FlaskClient, nmax: object) -> None:
    assert post(sky, "resolver", resolver="tns", name="", nmax=nmax).status_code == 500


def test_the_table_comes_in_blocks_of_the_same_rows(sky: FlaskClient) -> None:
    store = sky.application.extensions["local_fink"]
    blocks = list(of_tns(store, "", 4, reverse=False, block=3))
    assert [len(block) for block in blocks] == [3, 1]
    assert (
        len({name for block in blocks for name in zip(block["d:fullname"], block["d:internalname"], strict=True)}) == 4
    )


def test_simbad_backwards_is_the_alerts_as_text(sky: FlaskClient) -> None:
    rows = ask(sky, "resolver", resolver="simbad", name="ZTF00aaaaaaa", reverse=True)
    assert [row["i:jd"] for row in rows] == [str(JD), str(JD + 1)]
    assert rows[0] == {
        "d:cdsxmatch": "Star",
        "i:candid": str(candid_of("ZTF00aaaaaaa", JD)),
        "i:dec": "20.0",
        "i:jd": str(JD),
        "i:objectId": "ZTF00aaaaaaa",
        "i:ra": "150.0",
    }
    assert len(ask(sky, "resolver", resolver="simbad", name="ZTF00aaaaaaa", reverse=True, nmax=1)) == 1


@pytest.mark.parametrize(
    "payload",
    [
        {"resolver": "simbad", "name": "M 31"},
        {"resolver": "ssodnet", "name": "Julienpeloton"},
        {"resolver": "ssodnet", "name": "ZTF00aaaaaaa", "reverse": True},
        {"resolver": "foo", "name": "x"},
        {"resolver": "tns", "name": 3},
    ],
)
def test_what_others_would_have_to_be_asked_fails_as_if_they_were_away(sky: FlaskClient, payload: dict) -> None:
    assert post(sky, "resolver", **payload).status_code == 500


def test_resolver_and_name_are_required(sky: FlaskClient) -> None:
    assert "`resolver`" in post(sky, "resolver", name="x").text
    assert "`name`" in post(sky, "resolver", resolver="tns").text


def test_an_archive_without_a_list_knows_no_names(tmp_path: Path) -> None:
    assert ask(serve(tmp_path, [packet("ZTF00aaaaaaa", JD)]), "resolver", resolver="tns", name="") == []


def test_a_list_is_found_in_the_served_folder_and_may_be_parquet(tmp_path: Path, sky: FlaskClient) -> None:
    write_parquet(tmp_path / "alerts.parquet", [packet("ZTF00aaaaaaa", JD)])
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    before = Store([tmp_path]).summary().fingerprint
    table = pyarrow.csv.read_csv(pa.py_buffer(f"{TNS_COLUMNS}\n{LIST}\n".encode()))
    pq.write_table(table, tmp_path / "names.parquet")
    assert Store([tmp_path]).summary().fingerprint != before
    client = create_app([tmp_path]).test_client()
    made, csv = (ask(c, "resolver", resolver="tns", name="", nmax=9) for c in (client, sky))
    assert _names(made) == _names(csv)
    assert [row["d:redshift"] for row in made] == [row["d:redshift"] for row in csv]


def test_a_line_above_the_header_is_no_object(tmp_path: Path) -> None:
    alerts = write_parquet(tmp_path / "alerts.parquet", [packet("ZTF00aaaaaaa", JD)])
    (tmp_path / "tns.csv").write_text(f'"2098-03-01 00:00:00"\n{TNS_COLUMNS}\n{LIST}\n')
    client = create_app([alerts, tmp_path / "tns.csv"]).test_client()
    assert len(ask(client, "resolver", resolver="tns", name="", nmax=9)) == 5


def test_a_list_alone_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "tns.csv").write_text(f"{TNS_COLUMNS}\n{LIST}\n")
    with pytest.raises(SettingsError, match="No path of alerts"):
        create_app([tmp_path / "tns.csv"])
    (tmp_path / "other.csv").write_text("a,b\n")
    with pytest.raises(SettingsError, match=r"other\.csv holds no"):
        create_app([tmp_path / "other.csv"])


def test_classes_are_the_three_vocabularies(sky: FlaskClient) -> None:
    answer = sky.get("/api/v1/classes")
    assert answer.content_type == "application/json"
    simbad, tns, fink = answer.json.values()
    assert (len(simbad), len(tns), len(fink)) == (315, 43, 11)
    assert {"(SIMBAD) LPV*", "(SIMBAD) LongPeriodV*"} <= set(simbad)
    assert "(SIMBAD) Unknown" not in simbad
    assert tns[:3] == ["(TNS) Afterglow", "(TNS) AGN", "(TNS) CV"]
    assert sky.post("/api/v1/classes", json={}).status_code == 405


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("", 200, "Get user-defined metadata attached to objects"),
        ("?objectId=all", 200, "[]"),
        ("?objectId=ZTF00aaaaaaa", 200, "[]"),
        ("?internal_name=x", 200, "[]"),
        ("?objectId=M31", 500, '{"message": "Internal Server Error"}\n'),
        ("?name=x", 400, "statustext"),
        ("?objectId=all&internal_name=x", 400, "statustext"),
    ],
)
def test_there_are_no_remarks_in_an_archive(sky: FlaskClient, query: str, status: int, text: str) -> None:
    answer = sky.get(f"/api/v1/metadata{query}")
    assert (answer.status_code, answer.text) == (status, text)


def test_remarks_cannot_be_written(sky: FlaskClient) -> None:
    assert sky.post("/api/v1/metadata", json={"objectId": "ZTF00aaaaaaa"}).status_code == 405
