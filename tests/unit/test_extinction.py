"""Dust from the map: projection, interpolation, coefficients, and every way in which there can be no map."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from services.extinction import COEFFICIENTS, NORTH, SOUTH, DustMapError, extinction

SIZE = 64
SCALE = SIZE / 2 * 0.98


def write_map(folder: Path, name: str, image: np.ndarray, **changes: object) -> None:
    header = fits.Header({"CRPIX1": SIZE / 2 + 0.5, "CRPIX2": SIZE / 2 + 0.5, "LAM_SCAL": SCALE})
    header["LAM_NSGP"] = 1 if name == NORTH else -1
    for key, value in changes.items():
        header[key] = value
    fits.PrimaryHDU(image.astype("float32"), header).writeto(folder / name, overwrite=True)


@pytest.fixture(scope="module")
def ramps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North: E(B-V) is the column of the pixel; south: its row. Interpolation of a ramp is exact."""
    folder = tmp_path_factory.mktemp("dust")
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    write_map(folder, NORTH, columns)
    write_map(folder, SOUTH, rows)
    return folder


def at(folder: Path, lon: float, lat: float) -> float:
    place = SkyCoord(lon, lat, unit="deg", frame="galactic").icrs
    return extinction(folder, float(place.ra.deg), float(place.dec.deg)).ebv


@settings(max_examples=25)
@given(lon=st.floats(0, 359.9), lat=st.floats(1, 90))
def test_the_north_is_projected_as_its_header_says(ramps: Path, lon: float, lat: float) -> None:
    column = SIZE / 2 - 0.5 + SCALE * math.sqrt(1 - math.sin(math.radians(lat))) * math.cos(math.radians(lon))
    assert at(ramps, lon, lat) == pytest.approx(column, abs=1e-3)


@settings(max_examples=25)
@given(lon=st.floats(0, 359.9), lat=st.floats(-90, -1))
def test_the_south_is_projected_with_the_other_sign(ramps: Path, lon: float, lat: float) -> None:
    row = SIZE / 2 - 0.5 + SCALE * math.sqrt(1 + math.sin(math.radians(lat))) * math.sin(math.radians(lon))
    assert at(ramps, lon, lat) == pytest.approx(row, abs=1e-3)


def test_coefficients_are_those_of_schlafly_and_finkbeiner_for_the_map_as_published(ramps: Path) -> None:
    found = extinction(ramps, 192.85948, 27.12825)  # the galactic north pole
    assert found.ebv == pytest.approx(SIZE / 2 - 0.5, abs=1e-3)
    assert COEFFICIENTS == {"V": 2.742, "g": 3.172, "r": 2.271, "i": 1.682}
    assert found.mag == {band: pytest.approx(found.ebv * c) for band, c in COEFFICIENTS.items()}


def test_a_position_on_the_rim_of_the_map_is_still_on_it(ramps: Path) -> None:
    assert 0 <= at(ramps, 0.0, 0.0) <= SIZE


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DustMapError, match="is not in the folder"):
        extinction(tmp_path, 192.8, 27.1)


def test_a_file_of_something_else_is_not_a_map(tmp_path: Path) -> None:
    (tmp_path / NORTH).write_bytes(b"not FITS at all" * 300)
    with pytest.raises(DustMapError, match="cannot be read"):
        extinction(tmp_path, 192.8, 27.1)


def test_an_image_without_the_projection_is_not_a_map(tmp_path: Path) -> None:
    fits.PrimaryHDU(np.ones((SIZE, SIZE), dtype="float32")).writeto(tmp_path / NORTH)
    with pytest.raises(DustMapError, match="cannot be read"):
        extinction(tmp_path, 192.8, 27.1)


@pytest.mark.parametrize("value", [math.nan, -1.0])
def test_a_hole_in_the_map_is_not_zero_extinction(tmp_path: Path, value: float) -> None:
    write_map(tmp_path, NORTH, np.full((SIZE, SIZE), value))
    with pytest.raises(DustMapError, match="no value"):
        extinction(tmp_path, 192.8, 27.1)
