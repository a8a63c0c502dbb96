"""/objects of the local Fink: history, upper limits, prefixes, stamps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from services.local_fink.computed import iso_times
from tests.packets import detection, packet, upper_limit
from tests.served import ask, post, serve

JD = 2460000.75
SN = "ZTF00aaaaaaa"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Two alerts of one object with history, one alert of a neighbour by name, one packet Fink never saw."""
    history = [
        upper_limit(JD - 9, diffmaglim=19.5526),
        upper_limit(JD - 8, fid=3),
        detection(JD - 7, fid=2, rb=0.3, magpsf=20.25, distnr=0.373683),
        detection(JD - 6, fid=3, rb=0.3),
        detection(JD - 5, fid=3),
        detection(JD - 2, fid=2, magpsf=18.5, isdiffpos="1"),
        detection(JD - 1.1, magpsf=18.75),
    ]
    packets = [
        packet(SN, JD, history=[*history, detection(JD - 1, magpsf=30.0)], score=-0.1, stamps=(50, 63)),
        packet(SN, JD - 1, history=[detection(JD - 2, fid=2, magpsf=17.0)], score=-0.1),
        packet("ZTF00aaaaaab", JD, stamps=True, ra=10.0, dec=41.0),
        packet("ZTF00aaaaaac", JD, publisher="ZTF (www.ztf.caltech.edu)", history=[detection(JD - 1)]),
    ]
    return serve(tmp_path_factory.mktemp("sky"), packets)


def _by_time(rows: list[dict]) -> dict[float, dict]:
    return {round(row["i:jd"] - JD, 3): row for row in rows}


def test_detections_of_history_are_rows_and_come_newest_first(sky: FlaskClient) -> None:
    assert list(_by_time(ask(sky, "objects", objectId=SN))) == [0.0, -1.0, -1.1, -2.0]


def test_a_detection_of_history_is_as_the_newest_packet_has_it(sky: FlaskClient) -> None:
    row = _by_time(ask(sky, "objects", objectId=SN))[-2.0]
    assert (row["i:magpsf"], row["i:isdiffpos"], row["i:objectId"]) == (18.5, "1", SN)


def test_a_detection_of_history_says_nothing_of_fink(sky: FlaskClient) -> None:
    row = _by_time(ask(sky, "objects", objectId=SN))[-2.0]
    said = {name: row[name] for name in row if name.startswith("d:") and row[name] not in (None, "")}
    assert said == {}
    assert row["v:classification"] is None
    assert row["v:firstdate"] is None


def test_an_alert_is_preferred_to_its_mention_in_history(sky: FlaskClient) -> None:
    assert _by_time(ask(sky, "objects", objectId=SN))[-1.0]["i:magpsf"] == 19.0


def test_rates_and_colours_are_from_the_points_themselves(sky: FlaskClient) -> None:
    rows = _by_time(ask(sky, "objects", objectId=SN))
    assert rows[-1.0]["v:rate"] == pytest.approx(0.25 / 0.1, rel=1e-4)
    assert rows[-1.0]["v:sigma(rate)"] == pytest.approx(np.hypot(0.1, 0.1) / 0.1, rel=1e-4)
    assert rows[-1.1]["v:rate"] is None
    assert all(row["v:g-r"] is None for row in rows.values())


def test_g_and_r_within_three_tenths_of_a_day_make_a_colour(tmp_path: Path) -> None:
    history = [
        detection(JD - 4.2, magpsf=19.0),
        detection(JD - 4, fid=2, magpsf=18.5),
        detection(JD - 0.2, fid=2, magpsf=18.0),
    ]
    rows = _by_time(ask(serve(tmp_path, [packet(SN, JD, history=history, magpsf=19.5)]), "objects", objectId=SN))
    assert [rows[time]["v:g-r"] for time in (0.0, -0.2, -4.0, -4.2)] == [1.5, 1.5, 0.5, 0.5]
    assert rows[0.0]["v:rate(g-r)"] == pytest.approx(1 / 4.2, rel=1e-6)


@pytest.mark.parametrize("true", ["True", True])
def test_upper_limits_and_low_quality_points_come_when_asked_for(sky: FlaskClient, true: object) -> None:
    rows = _by_time(ask(sky, "objects", objectId=SN, withupperlim=true))
    tags = {time: row["d:tag"] for time, row in rows.items()}
    # A good point in the i band (-5) is neither.
    assert tags == {
        0.0: "valid",
        -1.0: "valid",
        -1.1: "valid",
        -2.0: "valid",
        -6.0: "badquality",
        -7.0: "badquality",
        -8.0: "upperlim",
        -9.0: "upperlim",
    }


@pytest.mark.parametrize("false", ["true", 1, False, "1", None])
def test_nothing_else_asks_for_upper_limits(sky: FlaskClient, false: object) -> None:
    rows = ask(sky, "objects", objectId=SN, withupperlim=false)
    assert len(rows) == 4
    assert "d:tag" not in rows[0]


def test_the_numbers_of_upper_limits_are_text(sky: FlaskClient) -> None:
    rows = _by_time(ask(sky, "objects", objectId=SN, withupperlim="True"))
    said = {name: value for name, value in rows[-9.0].items() if value is not None}
    assert said.pop("i:jd") == JD - 9
    assert said == {
        "i:objectId": SN,
        "i:candid": -1,
        "i:fid": "1",
        "i:diffmaglim": "19.5526",
        "d:tag": "upperlim",
    }
    assert (rows[-7.0]["i:magpsf"], rows[-7.0]["i:distnr"], rows[-7.0]["i:fid"]) == ("20.25", "0.373683", "2")
    assert (rows[0.0]["i:fid"], rows[0.0]["i:magpsf"]) == (1, 19.0)


def test_upper_limits_bring_their_own_columns(sky: FlaskClient) -> None:
    rows = ask(sky, "objects", objectId=SN, withupperlim="True", columns="i:jd,d:roid")
    assert {"i:diffmaglim", "i:candid", "i:magpsf"} <= set(rows[0])


def test_low_quality_points_without_asking_for_the_time_are_500(sky: FlaskClient) -> None:
    assert post(sky, "objects", objectId=SN, withupperlim="True", columns="i:magpsf").status_code == 500


def test_upper_limits_do_not_fit_into_parquet(sky: FlaskClient) -> None:
    assert post(sky, "objects", objectId=SN, withupperlim="True", output_format="parquet").status_code == 500
    assert post(sky, "objects", objectId=SN, withupperlim="True", output_format="csv").status_code == 200


def test_an_id_is_a_prefix(sky: FlaskClient) -> None:
    rows = ask(sky, "objects", objectId="ZTF00a", columns="i:objectId,i:jd")
    assert {row["i:objectId"] for row in rows} == {SN, "ZTF00aaaaaab"}


def test_several_ids_are_a_list_with_commas(sky: FlaskClient) -> None:
    assert len(ask(sky, "objects", objectId=f"{SN}, ZTF00aaaaaab,{SN}", columns="i:jd")) == 5


def test_a_packet_that_fink_never_processed_is_not_served(sky: FlaskClient) -> None:
    assert ask(sky, "objects", objectId="ZTF00aaaaaac", withupperlim="True") == []


@pytest.mark.parametrize("payload", [{"objectId": ""}, {"objectId": 7}, {"objectId": None}])
def test_an_id_that_is_none_is_500(sky: FlaskClient, payload: dict) -> None:
    assert post(sky, "objects", **payload).status_code == 500


def test_a_row_without_a_requested_cell_is_left_out(sky: FlaskClient) -> None:
    assert len(ask(sky, "objects", objectId=SN, columns="d:cdsxmatch")) == 2


def test_stamps_come_with_the_rows_that_have_them(sky: FlaskClient) -> None:
    asked = {"columns": "i:objectId,i:candid,i:jd", "withcutouts": "True", "cutout_kind": "Science"}
    rows = _by_time(ask(sky, "objects", objectId=SN, **asked))
    assert np.shape(rows[0.0]["b:cutoutScience_stampData"]) == (50, 63)
    assert rows[-1.0]["b:cutoutScience_stampData"] == []
    assert rows[-2.0]["b:cutoutScience_stampData"] == []


def test_all_three_stamps_come_unless_a_kind_is_named(sky: FlaskClient) -> None:
    row = ask(sky, "objects", objectId="ZTF00aaaaaab", withcutouts=True)[0]
    stamps = {name: np.shape(value) for name, value in row.items() if name.startswith("b:")}
    assert stamps == {f"b:cutout{kind}_stampData": (63, 63) for kind in ("Science", "Template", "Difference")}


def test_stamps_need_the_columns_that_name_them(sky: FlaskClient) -> None:
    asked = {"columns": "i:jd", "withcutouts": "True"}
    assert post(sky, "objects", objectId=SN, **asked).status_code == 500


def test_an_object_without_history_has_no_upper_limits(sky: FlaskClient) -> None:
    rows = ask(sky, "objects", objectId="ZTF00aaaaaab", withupperlim="True")
    assert [row["d:tag"] for row in rows] == ["valid"]
    assert rows[0]["v:constellation"] == "Andromeda"


@given(st.integers(min_value=0, max_value=4 * 10**12))
def test_a_julian_date_is_the_millisecond_it_stands_for(milliseconds: int) -> None:
    moment = np.datetime64(milliseconds, "ms")
    jd = 2440587.5 + milliseconds / 86_400_000
    shown = np.datetime64(iso_times(_series(jd)).iloc[0])
    assert abs(shown - moment) <= np.timedelta64(1, "ms")


def _series(value: float) -> pd.Series:
    return pd.Series([value])
