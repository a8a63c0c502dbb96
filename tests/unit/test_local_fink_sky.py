"""/conesearch and /statistics of the local Fink: around a position, and night by night."""

from __future__ import annotations

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from services.local_fink.conesearch import NSIDE, pixel, separation_deg
from tests.packets import packet
from tests.served import ask, post, serve

# 2023-02-25 00:00 UTC.
MIDNIGHT = 2460000.5
ARCSEC = 1 / 3600


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Three objects across the zero of right ascension, the first with two alerts; another far away."""
    packets = [
        packet("ZTF00aaaaaaa", MIDNIGHT + 0.2, ra=359.9999, dec=10.0, cdsxmatch="Star", field=1),
        packet("ZTF00aaaaaaa", MIDNIGHT + 1.2, ra=359.9999, dec=10.0, cdsxmatch="Star", jdstarthist=MIDNIGHT - 19.8),
        packet("ZTF00aaaaaab", MIDNIGHT + 1.2, ra=0.0001, dec=10.0, jdstarthist=MIDNIGHT + 1.2, fid=2, field=1),
        packet("ZTF00aaaaaac", MIDNIGHT + 1.3, ra=0.0, dec=10.01, jdstarthist=MIDNIGHT - 400, cdsxmatch="Galaxy"),
        packet("ZTF00aaaaaad", MIDNIGHT + 1.3, ra=180.0, dec=-80.0, cdsxmatch="Fail 504", publisher="nobody"),
    ]
    return serve(tmp_path_factory.mktemp("sky"), packets)


def _cone(client: FlaskClient, **payload: object) -> list[dict]:
    return ask(client, "conesearch", **{"ra": 0, "dec": 10, "radius": 60, **payload})


def _ids(rows: list[dict]) -> str:
    return "".join(row["i:objectId"][-1] for row in rows)


def test_objects_come_nearest_first_each_with_its_newest_alert(sky: FlaskClient) -> None:
    rows = _cone(sky, ra=359.99995)
    assert _ids(rows) == "abc"
    assert rows[0] == {
        "d:cdsxmatch": "Star",
        "d:classification": "Star",
        "d:nalerthist": 3,
        "i:candid": rows[0]["i:candid"],
        "i:dec": 10.0,
        "i:distnr": 5.25,
        "i:drb": 0.95,
        "i:fid": 1,
        "i:jd": MIDNIGHT + 1.2,
        "i:jdstarthist": MIDNIGHT - 19.8,
        "i:magpsf": 19.0,
        "i:objectId": "ZTF00aaaaaaa",
        "i:ra": 359.9999,
        "i:sigmapsf": 0.1,
        "v:separation_degree": pytest.approx(0.00005 * np.cos(np.radians(10)), rel=1e-4),
    }


@pytest.mark.parametrize(("radius", "found"), [(60, 3), ("60", 3), (1, 2), (0.1, 0), (18_000, 3)])
def test_the_radius_is_in_arcseconds(sky: FlaskClient, radius: object, found: int) -> None:
    assert len(_cone(sky, radius=radius)) == found


def test_a_radius_of_more_than_five_degrees_is_refused(sky: FlaskClient) -> None:
    answer = post(sky, "conesearch", ra=0, dec=10, radius=18_001)
    assert answer.status_code == 400
    assert "`radius` cannot be bigger than 18,000 arcseconds (5 degrees)." in answer.text


@pytest.mark.parametrize(("ra", "dec"), [("00:00:00", "10:00:00"), ("0h0m0s", "10d0m0s"), ("00 00 00", "10 00 00")])
def test_positions_may_be_sexagesimal(sky: FlaskClient, ra: str, dec: str) -> None:
    assert len(_cone(sky, ra=ra, dec=dec)) == 3


def test_what_is_no_position_is_refused_with_the_error_in_it(sky: FlaskClient) -> None:
    for ra, dec in (("here", "there"), (0, 100)):
        answer = post(sky, "conesearch", ra=ra, dec=dec, radius=1)
        assert answer.status_code == 400
        assert "ValueError(" in answer.text


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        ({"startdate": "2023-02-25"}, "b"),
        ({"startdate": "2022-01-01", "stopdate": "2023-02-20"}, "ac"),
        ({"startdate": MIDNIGHT - 401, "window": 10}, "c"),
        ({"startdate": str(MIDNIGHT - 401 - 2_400_000.5), "window": "10"}, "c"),
        ({"stopdate": "2020-01-01"}, "abc"),
        ({"window": 1}, "abc"),
    ],
)
def test_dates_are_about_the_first_detection(sky: FlaskClient, dates: dict, found: str) -> None:
    assert "".join(sorted(_ids(_cone(sky, **dates)))) == found


@pytest.mark.parametrize(
    "payload", [{"n": "x"}, {"radius": "x"}, {"startdate": "x"}, {"stopdate": "x"}, {"columns": 3}]
)
def test_what_the_genuine_server_trips_over_is_500(sky: FlaskClient, payload: dict) -> None:
    assert post(sky, "conesearch", **{"ra": 0, "dec": 10, "radius": 60, **payload}).status_code == 500


def test_columns_keep_the_position(sky: FlaskClient) -> None:
    (row,) = _cone(sky, ra=0.0001, radius=0.1, columns="i:objectId,i:nbad")
    assert sorted(row) == ["i:dec", "i:objectId", "i:ra", "v:separation_degree"]
    (row,) = _cone(sky, ra=0.0001, radius=0.1, columns="d:classification")
    assert row["d:classification"] == "Unknown"


def test_nothing_near_is_an_empty_list(sky: FlaskClient) -> None:
    assert _cone(sky, dec=-45) == []


def test_the_number_of_rows_is_per_pixel(tmp_path_factory: pytest.TempPathFactory) -> None:
    near = [packet(f"ZTF00aaaaaa{c}", MIDNIGHT, ra=50.0, dec=20.0) for c in "abcde"]
    far = [packet(f"ZTF00baaaaa{c}", MIDNIGHT, ra=51.0, dec=20.0) for c in "abcde"]
    client = serve(tmp_path_factory.mktemp("two_pixels"), near + far)
    rows = _cone(client, ra=50, dec=20, radius=7200, n=2)
    assert [row["i:objectId"][-3:] for row in rows] == ["aaa", "aab", "aaa", "aab"]
    assert _cone(client, ra=50, dec=20, n=0) == []


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 360), st.floats(-90, 90))
def test_a_separation_is_the_angle_between_two_directions(ra0: float, dec0: float, ra: float, dec: float) -> None:
    def direction(ra: float, dec: float) -> np.ndarray:
        a, d = np.radians([ra, dec])
        return np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])

    chord = float(np.linalg.norm(direction(ra0, dec0) - direction(ra, dec)))
    (made,) = separation_deg(ra0, dec0, np.array([ra]), np.array([dec]))
    assert 2 * np.sin(np.radians(made) / 2) == pytest.approx(chord, abs=1e-7)


def test_pixels_have_the_same_area_and_all_are_there() -> None:
    rng = np.random.default_rng(1)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 4_000_000)))
    counts = np.bincount(pixel(rng.uniform(0, 360, len(dec)), dec))
    assert len(counts) == 12 * NSIDE**2
    assert counts.min() > 0
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.02)  # as chance has it, and no more


@given(st.floats(0, 360), st.floats(-89.9, 89.9))
def test_a_pixel_is_smaller_than_its_search_margin(ra: float, dec: float) -> None:
    angle = np.radians(np.arange(0, 360, 30))
    around_dec = np.clip(dec + 1.3 * np.sin(angle), -90, 90)
    around_ra = ra + 1.3 * np.cos(angle) / np.cos(np.radians(around_dec).clip(-1.5, 1.5))
    far = separation_deg(ra, dec, around_ra, around_dec) > 1.2
    here = pixel(np.array([ra]), np.array([dec]))
    assert not (pixel(around_ra[far], around_dec[far]) == here).any()


def _nights(client: FlaskClient, date: str, **payload: object) -> list[dict]:
    return ask(client, "statistics", date=date, **payload)


def test_a_night_counts_what_was_received_and_what_was_processed(sky: FlaskClient) -> None:
    (row,) = _nights(sky, "20230226")
    assert row == {
        "key:key": "ztf_20230226",
        "key:time": str(int((MIDNIGHT + 2 - 2440587.5) * 86_400_000)),
        "basic:raw": "4",
        "basic:sci": "3",
        "basic:n_g": "2",
        "basic:n_r": "1",
        "basic:exposures": "2",
        "basic:fields": "1",
        "class:simbad_tot": "2",
        "class:simbad_gal": "1",
        "class:Star": "1",
        "class:Unknown": "2",
    }


@pytest.mark.parametrize(("date", "nights"), [("", 2), ("2023", 2), ("202302", 2), ("20230225", 1), ("2022", 0)])
def test_a_date_is_a_day_a_month_a_year_or_all(sky: FlaskClient, date: str, nights: int) -> None:
    assert len(_nights(sky, date)) == nights


def test_a_label_that_a_night_lacks_is_null_beside_one_that_has_it(sky: FlaskClient) -> None:
    rows = _nights(sky, "2023", columns="basic:sci,class:Unknown,class:nope")
    assert [(row["basic:sci"], row["class:Unknown"]) for row in rows] == [("1", None), ("3", "2")]
    assert set(rows[0]) == {"basic:sci", "class:Unknown", "key:key", "key:time"}
    assert [row["key:key"] for row in _nights(sky, "2023", columns="class:Unknown")] == ["ztf_20230226"]
    assert _nights(sky, "2023", columns="class:nope") == []


def test_the_schema_names_the_columns(sky: FlaskClient) -> None:
    names = [row["schema"] for row in _nights(sky, "", schema="True")]
    assert {"basic:raw", "class:simbad_gal", "class:Star"} <= set(names)


def test_a_date_is_required(sky: FlaskClient) -> None:
    assert post(sky, "statistics", columns="basic:raw").status_code == 400
    assert post(sky, "statistics", date="", columns=3).status_code == 500
