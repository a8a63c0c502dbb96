"""Positions as astronomers write them, checked against astropy."""

from __future__ import annotations

import re

import pytest
from astropy.coordinates import SkyCoord
from hypothesis import example, given
from hypothesis import strategies as st

from services.positions import constellations, galactic, sexagesimal

RIGHT_ASCENSIONS = st.floats(0, 360, exclude_max=True)
DECLINATIONS = st.floats(-90, 90)


@given(RIGHT_ASCENSIONS, DECLINATIONS)
@example(359.9999999, 89.99999999)
@example(14.9999999, -0.00001)
@example(0.0, -89.9999999)
def test_astropy_reads_back_the_same_position(ra: float, dec: float) -> None:
    texts = sexagesimal(ra, dec)
    back = SkyCoord(*texts, unit=("hourangle", "deg"))
    away = (back.ra.deg - ra + 180) % 360 - 180
    assert abs(away) <= 0.5 * 0.01 * 15 / 3600 + 1e-9
    assert abs(back.dec.deg - dec) <= 0.5 * 0.1 / 3600 + 1e-9


@given(RIGHT_ASCENSIONS, DECLINATIONS)
@example(359.99999999, 59.999999999)
@example(15 * 59.9999999 / 60, -29.99999999)
def test_the_form_is_fixed_and_there_is_never_a_sixty(ra: float, dec: float) -> None:
    ra_text, dec_text = sexagesimal(ra, dec)
    assert re.fullmatch(r"([01]\d|2[0-3]) [0-5]\d [0-5]\d\.\d\d", ra_text)
    assert re.fullmatch(r"[+-]([0-8]\d|90) [0-5]\d [0-5]\d\.\d", dec_text)


@pytest.mark.parametrize(
    ("ra", "dec", "texts"),
    [
        (0.0, 0.0, ("00 00 00.00", "+00 00 00.0")),
        (359.999999, -0.5, ("00 00 00.00", "-00 30 00.0")),
        (320.7354787, -10.0132347, ("21 22 56.51", "-10 00 47.6")),
        (180.0, 90.0, ("12 00 00.00", "+90 00 00.0")),
    ],
)
def test_known_positions_are_written_so(ra: float, dec: float, texts: tuple[str, str]) -> None:
    assert sexagesimal(ra, dec) == texts


@pytest.mark.parametrize(
    ("ra", "dec", "lon", "lat"),
    [(266.40499, -28.93617, 0.0, 0.0), (192.85948, 27.12825, None, 90.0), (86.40499, 28.93617, 180.0, 0.0)],
)
def test_the_galactic_centre_pole_and_anticentre_are_where_they_are(
    ra: float, dec: float, lon: float | None, lat: float
) -> None:
    found_lon, found_lat = galactic(ra, dec)
    assert found_lat == pytest.approx(lat, abs=1e-3)
    if lon is not None:
        assert (found_lon - lon + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)


def test_constellations_of_bright_stars_are_known() -> None:
    ra, dec = [279.2347, 37.9546, 201.2983, 88.7929], [38.7837, 89.2641, -11.1613, 7.4071]
    assert constellations(ra, dec) == ["Lyr", "UMi", "Vir", "Ori"]
    assert constellations(ra[:1], dec[:1], short=False) == ["Lyra"]


def test_no_position_gives_no_constellation() -> None:
    assert constellations([], []) == []
