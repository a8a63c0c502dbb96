"""Classes by name, rows of any list, links of the portal, and the map of the sky."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from components.figures.sky_map import Cone, SkyPoint, galactic_plane, gnomonic, mollweide, sky_figure
from services.anomaly_table import AnomalyTable
from services.fink.columns import CONESEARCH, LIST
from services.fink.decode import tidy
from services.search.classes import check_class, known_classes, other_spellings, quoted
from services.search.grammar import parse
from services.search.portal import object_of, search_of
from services.search.rows import COLUMNS, listed, within
from services.search.words import WrongWord

VOCABULARY = Path(__file__).parents[2] / ".." / "shared" / "data" / "vocabulary"


# Classes


@pytest.mark.parametrize(
    ("typed", "label", "origin"),
    [
        ("SN candidate", "SN candidate", "Fink"),
        ("sn CANDIDATE", "SN candidate", "Fink"),
        ("Unknown", "Unknown", "Fink"),
        ("Mira", "Mira", "SIMBAD"),
        ("(SIMBAD) Mira", "Mira", "SIMBAD"),
        ("LPV*", "LPV*", "SIMBAD"),
        ("LongPeriodV*", "LongPeriodV*", "SIMBAD"),
        ("(TNS) SN Ia", "(TNS) SN Ia", "TNS"),
        ("SN Ia", "(TNS) SN Ia", "TNS"),
        ("QSO", "QSO", "SIMBAD"),
    ],
)
def test_a_class_is_found_however_it_is_written(typed: str, label: str, origin: str) -> None:
    found = check_class(parse(f'class="{typed}"'))
    assert (found.label, found.origin) == (label, origin)


def test_an_unknown_class_gets_the_nearest_ones_with_the_rest_of_the_search() -> None:
    with pytest.raises(WrongWord) as refused:
        check_class(parse("class=Mirra last=5"))
    assert refused.value.parts == ("class=", "Mirra", " last=5")
    assert refused.value.instead[0] == refused.value.example == "class=Mira last=5"


def test_the_beginning_of_a_class_finds_it() -> None:
    with pytest.raises(WrongWord) as refused:
        check_class(parse('class="sn cand"'))
    assert refused.value.example == 'class="SN candidate"'


def test_a_family_is_told_from_its_classes() -> None:
    with pytest.raises(WrongWord, match="is a family of classes") as refused:
        check_class(parse("class=cataclysmic"))
    assert "class=CataclyV*" in refused.value.instead


def test_a_class_newer_than_this_oddfinch_is_taken_from_the_source() -> None:
    more = {"Fink classifiers": ["Hostless candidate"], "Cross-match with TNS": ["(TNS) SN Xx"]}
    assert check_class(parse('class="Hostless candidate"'), more).label == "Hostless candidate"
    assert check_class(parse('class="(TNS) SN Xx"'), more).origin == "TNS"


def test_every_known_class_is_itself_when_it_is_typed_as_completed() -> None:
    for name in known_classes()[1:]:
        assert check_class(parse(f"class={quoted(name.label)}")) == name


def test_every_class_of_the_vocabularies_is_known() -> None:
    if not VOCABULARY.is_dir():
        pytest.skip("../shared/data/vocabulary is absent")
    labels = {name.bare for name in known_classes()}
    for file in ("fink_types.txt", "tns_types.txt"):
        assert {line.strip() for line in (VOCABULARY / file).read_text().splitlines() if line.strip()} <= labels


def test_simbads_other_spelling_is_named() -> None:
    assert other_spellings("LPV*") == ["LongPeriodV*"]
    assert other_spellings("Mira") == []


# Rows


def index_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """The anomaly index over these rows."""
    from services import frames

    months: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        months.setdefault(pd.Timestamp(row["i:jd"] - 2440587.5, unit="D").date().replace(day=1), []).append(row)
    table = AnomalyTable.empty()
    for month, some in months.items():
        table = table.with_months({month: frames.table_from_bytes(frames.to_bytes(tidy(some, LIST)))})
    return table.frame


def alert(object_id: str, jd: float, **more: Any) -> dict[str, Any]:
    place = {"i:ra": 10.0, "i:dec": 20.0, "i:fid": 1, "d:anomaly_score": -0.02, "d:roid": 0, "d:cdsxmatch": "Mira"}
    return {
        "i:objectId": object_id,
        "i:candid": int(jd * 1000) * 1000 + ord(object_id[-1]),
        "i:jd": jd,
        **place,
        **more,
    }


A, B = "ZTF00aaaaaaa", "ZTF00aaaaaab"
NIGHT = 2460000.7


def test_rows_of_a_list_say_how_often_the_object_was_an_anomaly_up_to_then() -> None:
    index = index_of(alert(A, NIGHT), alert(A, NIGHT + 1), alert(A, NIGHT + 200))
    asked = [alert(A, NIGHT - 1), alert(A, NIGHT + 1), alert(A, NIGHT + 200), alert(B, NIGHT)]
    rows = listed(tidy(asked, LIST), index)
    assert rows["times_ever"].tolist() == [0, 2, 3, 0]
    assert rows["times_90d"].tolist() == [0, 2, 1, 0]
    assert rows["is_new"].tolist() == [False] * 4
    assert rows["first_flagged"].isna().tolist() == [True, False, False, True]
    assert rows["rank"].isna().tolist() == [True, False, False, True]


def test_rows_of_the_index_are_what_the_index_says_of_them() -> None:
    index = index_of(alert(A, NIGHT), alert(B, NIGHT, **{"d:anomaly_score": -0.03}), alert(A, NIGHT + 1))
    rows = listed(index[[*LIST, "unanswered"]], index)
    pd.testing.assert_frame_equal(rows[list(COLUMNS)], index[list(COLUMNS)], check_dtype=False)


def test_a_cone_has_the_columns_of_the_table_and_missing_is_missing() -> None:
    record = {"i:objectId": A, "i:candid": 5, "i:jd": NIGHT, "i:ra": 1.0, "i:dec": 2.0, "d:classification": "Star"}
    rows = listed(tidy([record], CONESEARCH), index_of(alert(B, NIGHT)))
    assert list(rows.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert rows["classification"].tolist() == ["Star"]
    assert rows[["anomaly_score", "rank", "tns", "ndethist"]].isna().all(axis=None)
    assert rows["candid"].tolist() == ["5"]


def test_a_row_without_place_or_time_is_left_out() -> None:
    rows = listed(tidy([alert(A, NIGHT), alert(B, NIGHT, **{"i:ra": None})], LIST), index_of())
    assert rows["object_id"].tolist() == [A]


def test_an_empty_list_stays_one() -> None:
    assert listed(tidy([], LIST), index_of(alert(A, NIGHT))).empty
    assert listed(tidy([], CONESEARCH), index_of()).empty


@given(
    st.lists(st.tuples(st.floats(0, 359.99), st.floats(-90, 90)), min_size=1, max_size=20),
    st.sampled_from([(0.0, 0.0), (359.9999, 10.0), (50.0, 90.0), (120.0, -89.9), (200.0, 45.0)]),
    st.floats(1, 18_000),
)
def test_what_is_within_a_radius_agrees_with_astropy(
    places: list[tuple[float, float]], centre: tuple[float, float], radius: float
) -> None:
    near = [(centre[0] + step) % 360 for step in (0.0, 0.001, -0.001, 1.0)]
    places = [*places, *((ra, max(-90.0, min(90.0, centre[1]))) for ra in near)]
    ids = [f"ZTF00aaa{n:04d}" for n in range(len(places))]
    rows = pd.DataFrame({"object_id": ids, "jd": NIGHT, "ra": [p[0] for p in places], "dec": [p[1] for p in places]})
    found = within(rows, *centre, radius)
    apart = SkyCoord(*centre, unit="deg").separation(SkyCoord(rows["ra"], rows["dec"], unit="deg")).arcsec
    edge = np.abs(apart - radius) < 1e-5
    assert set(rows["object_id"][(apart <= radius) & ~edge]) <= set(found["object_id"])
    assert set(found["object_id"]) <= set(rows["object_id"][(apart <= radius) | edge])
    assert found["separation_degree"].is_monotonic_increasing


# The portal's links


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"query": "ZTF25abixhdc"}, "ZTF25abixhdc"),
        ({"query_type": "Conesearch", "query": "10, 20, 5"}, "10, 20, 5"),
        ({"action": "anomaly", "last": "10", "after": "2025-07-01"}, "class=Anomaly last=10 after=2025-07-01"),
        ({"action": "class", "class": "SN candidate", "last": "5"}, 'class="SN candidate" last=5'),
        ({"action": "conesearch", "ra": "10", "dec": "-20", "r": "5"}, "ra=10 dec=-20 r=5"),
        ({"action": "objectid", "object": "ZTF25abixhdc"}, "ZTF25abixhdc"),
        ({"action": "daterange", "after": "2025-07-01", "window": "1"}, "after=2025-07-01 window=1"),
        ({"night": "2025-09-02", "only": "new"}, None),
        ({}, None),
    ],
)
def test_a_link_of_the_portal_is_a_search(arguments: dict[str, str], text: str | None) -> None:
    assert search_of(arguments) == text
    if text:
        parse(text)


def test_the_portals_page_of_an_object_is_known_by_its_path() -> None:
    assert object_of("/ZTF25abixhdc") == "ZTF25abixhdc"
    assert object_of("/ZTF25abixhdc/") == "ZTF25abixhdc"
    assert object_of("/search") is None
    assert object_of("/object/ZTF25abixhdc") is None


# The map


def test_the_galactic_plane_is_where_astropy_has_it() -> None:
    ra, dec = galactic_plane()
    assert np.abs(SkyCoord(ra, dec, unit="deg").galactic.b.deg).max() < 1e-4


@given(st.floats(0, 360, exclude_max=True), st.floats(-90, 90))
def test_the_whole_sky_is_inside_its_ellipse_with_east_at_the_left(ra: float, dec: float) -> None:
    x, y = mollweide([ra], [dec])
    assert (x[0] / (2 * np.sqrt(2))) ** 2 + (y[0] / np.sqrt(2)) ** 2 <= 1 + 1e-9
    assert np.sign(y[0]) == np.sign(round(dec, 12)) or abs(dec) < 1e-9
    assert (x[0] <= 0) == (ra >= 180) or abs(x[0]) < 1e-9


@given(st.floats(0, 359), st.floats(-85, 85), st.floats(-2, 2), st.floats(-2, 2))
def test_surroundings_agree_with_astropy(ra: float, dec: float, east: float, north: float) -> None:
    centre = SkyCoord(ra, dec, unit="deg")
    place = centre.spherical_offsets_by(east * centre.ra.unit, north * centre.ra.unit)
    x, y = gnomonic([place.ra.deg], [place.dec.deg], ra, dec)
    frame = place.transform_to(centre.skyoffset_frame())
    lon, lat = np.radians(frame.lon.wrap_at("180d").deg), np.radians(frame.lat.deg)
    assert x[0] == pytest.approx(np.degrees(np.tan(lon)), abs=1e-7)
    assert y[0] == pytest.approx(np.degrees(np.tan(lat) / np.cos(lon)), abs=1e-7)


def point(n: int, family: str = "SN") -> SkyPoint:
    return SkyPoint(10.0 * (n % 36), -80 + 4 * (n % 40), family, {"SN": "Supernova"}.get(family, family), "SN", f"Z{n}")


def drawn(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """Traces that hold objects."""
    return [trace for trace in figure["data"] if trace.get("customdata")]


@pytest.mark.parametrize("theme", ["light", "dark", "beamer"])
def test_every_object_is_on_the_map_once_in_the_colour_of_its_family(theme: str) -> None:
    points = [point(n, family) for n, family in enumerate(["SN", "AG", "SN", "NA"])]
    figure = sky_figure(points, theme=theme)
    ids = [c[0] for trace in drawn(figure) for c in trace["customdata"]]
    assert sorted(ids) == ["Z0", "Z1", "Z2", "Z3"]
    assert drawn(figure)[0]["name"] == "Supernova 2"
    assert '"@' not in json.dumps({"data": figure["data"], "layout": {**figure["layout"], "meta": None}})


def test_a_cone_is_drawn_around_its_centre_in_a_fitting_unit() -> None:
    figure = sky_figure([point(0)], cone=Cone(0.0, -80.0, 120.0))
    (trace,) = drawn(figure)
    assert (trace["x"], trace["y"]) == ([pytest.approx(0, abs=1e-9)], [pytest.approx(0, abs=1e-9)])
    assert "arcmin" in figure["layout"]["xaxis"]["title"]["text"]
    assert figure["layout"]["xaxis"]["range"][0] > figure["layout"]["xaxis"]["range"][1]


def test_many_objects_are_drawn_by_webgl_and_names_only_for_few() -> None:
    assert {trace["type"] for trace in drawn(sky_figure([point(n) for n in range(4000)]))} == {"scattergl"}
    assert drawn(sky_figure([point(0)]))[0]["mode"] == "markers+text"
    assert drawn(sky_figure([point(n) for n in range(20)]))[0]["mode"] == "markers"
    assert drawn(sky_figure([])) == []
