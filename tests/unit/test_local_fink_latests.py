"""/latests of the local Fink: which index a class is looked up in, what the index keeps, trends, colours."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from services.local_fink.latests import INDEXED
from tests.packets import FEATURES, features, packet
from tests.served import ask, post, serve

# 2023-02-25 00:00 UTC.
MIDNIGHT = 2460000.5
ID = "i:objectId"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Two quasars, one of which is seen twice in g and once in r, a microlensing event and a typed supernova."""
    packets = [
        packet("ZTF00aaaaaaa", MIDNIGHT + 0.2, cdsxmatch="QSO", added={"mag_rate": -0.1}, score=-0.1),
        packet("ZTF00aaaaaab", MIDNIGHT + 1.2, cdsxmatch="QSO", added={"mag_rate": 0.2}, magpsf=19.5),
        packet("ZTF00aaaaaab", MIDNIGHT + 2.2, cdsxmatch="QSO", added={"mag_rate": None}, magpsf=18.5),
        packet("ZTF00aaaaaab", MIDNIGHT + 2.3, cdsxmatch="QSO", added={"mag_rate": 0.0}, magpsf=18.0, fid=2),
        packet("ZTF00aaaaaac", MIDNIGHT + 3.2, added={"mulens": 0.9}),
        packet("ZTF00aaaaaad", MIDNIGHT + 4.2, added={"tns": "SN Ia"}),
    ]
    return serve(tmp_path_factory.mktemp("sky"), packets)


def _ids(rows: list[dict]) -> str:
    return "".join(row[ID][-1] for row in rows)


def _latest(client: FlaskClient, name: str, **payload: object) -> list[dict]:
    return ask(client, "latests", **{"class": name, **payload})


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("QSO", "bbba"),
        ("(SIMBAD) QSO", "bbba"),
        ("Microlensing candidate", "c"),
        ("Unknown", "d"),
        ("(TNS) SN Ia", "d"),
        ("(TNS) SN II", ""),
        ("(TNS) Nonsense", ""),
        ("SN Ia", ""),
        ("Anomaly", ""),
        ("SLSN candidate", ""),
        ("(CTA) Blazar low state", ""),
        ("QS", ""),
    ],
)
def test_a_class_finds_its_alerts_newest_first(sky: FlaskClient, name: str, found: str) -> None:
    assert _ids(_latest(sky, name)) == found


def test_a_class_is_required(sky: FlaskClient) -> None:
    answer = post(sky, "latests", n=1)
    assert answer.status_code == 400
    assert "A value for `class` is required" in answer.text


def test_ten_alerts_come_unless_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    packets = [packet("ZTF00aaaaaaa", MIDNIGHT + hour / 24) for hour in range(12)]
    client = serve(tmp_path_factory.mktemp("many"), packets)
    assert len(_latest(client, "Unknown")) == 10
    assert len(_latest(client, "Unknown", n="11")) == 11
    assert _latest(client, "Unknown", n=0) == []


def test_the_stop_date_is_a_moment_and_not_a_day(sky: FlaskClient) -> None:
    dates = {"startdate": "2023-02-25", "stopdate": "2023-02-26"}
    assert _ids(_latest(sky, "QSO", **dates)) == "a"
    assert _ids(_latest(sky, "QSO", startdate="2023-02-26", stopdate="2023-02-26 12:00:00")) == "b"
    # The names that /anomaly has mean nothing here.
    assert len(_latest(sky, "QSO", start_date="2099-01-01")) == 4


@pytest.mark.parametrize("payload", [{"startdate": "hello"}, {"startdate": 2460000.5}, {"n": "x"}, {"class": 3}])
def test_what_the_genuine_server_trips_over_is_500(sky: FlaskClient, payload: dict) -> None:
    assert post(sky, "latests", **{"class": "QSO", **payload}).status_code == 500


def test_a_full_row_has_what_the_index_keeps(sky: FlaskClient) -> None:
    row = _latest(sky, "QSO", n=1)[0]
    assert {"i:candid", "d:cdsxmatch", "v:classification", "v:constellation"} <= set(row)
    assert not {"i:magap", "i:fwhm", "i:nbad", "i:exptime", "v:rate"} & set(row)
    assert sum(name.startswith("i:") for name in INDEXED) == 36


def test_only_columns_of_the_index_come_when_asked_for(sky: FlaskClient) -> None:
    assert _latest(sky, "QSO", n=1, columns="i:objectId, i:nbad,nope") == [{ID: "ZTF00aaaaaab"}]
    assert _latest(sky, "QSO", columns="i:nbad") == []
    assert _ids(_latest(sky, "QSO", columns=ID)) == "abbb"  # oldest first where the time is not asked for


def test_features_are_in_curly_brackets_and_absent_ones_in_square(sky: FlaskClient) -> None:
    rows = _latest(sky, "QSO", columns="i:jd,d:lc_features_g")
    assert [row["d:lc_features_g"] for row in rows[:3]] == ["[]"] * 3
    text = rows[3]["d:lc_features_g"]
    assert (text[0], text[-1]) == ("{", "}")
    assert dict(zip(FEATURES, map(float, text[1:-1].split(", ")), strict=True)) == features()


@pytest.mark.parametrize(("trend", "found"), [("rising", "a"), ("fading", "b")])
def test_a_trend_is_the_sign_of_the_rate(sky: FlaskClient, trend: str, found: str) -> None:
    assert _ids(_latest(sky, "QSO", trend=trend)) == found


def test_a_trend_is_looked_for_among_the_newest_n(sky: FlaskClient) -> None:
    assert _latest(sky, "QSO", trend="rising", n=3) == []


def test_a_trend_without_its_column_is_500(sky: FlaskClient) -> None:
    for payload in ({"class": "QSO", "columns": "i:objectId"}, {"class": "NoSuchClass"}):
        assert post(sky, "latests", trend="rising", **payload).status_code == 500


def test_a_wrong_trend_is_refused_in_words(sky: FlaskClient) -> None:
    for payload in ({"class": "QSO", "trend": "up", "startdate": "hello"}, {"class": "QSO", "trend": "low_state"}):
        answer = post(sky, "latests", **payload)
        assert (answer.status_code, answer.content_type) == (400, "text/html; charset=utf-8")
        assert payload["trend"] in answer.text
    assert _latest(sky, "(CTA) Blazar low state", trend="low_state") == []


@pytest.mark.parametrize("flag", [True, False, "no"])
def test_the_presence_of_color_adds_colours(sky: FlaskClient, flag: object) -> None:
    rows = _latest(sky, "QSO", color=flag)
    assert [row["v:g-r"] for row in rows] == [0.5, 0.5, None, None]
    assert [row["v:rate"] for row in rows] == [None, -1.0, None, None]
    assert "v:rate" not in _latest(sky, "QSO", color=flag, columns="i:jd")[0]
