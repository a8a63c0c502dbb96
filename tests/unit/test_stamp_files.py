"""Stamps as FITS, and as the one answer from which a browser draws them."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from astropy.io import fits as astropy_fits
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from services.cutouts import SIZE, STRETCHES, Pixels, Stamps
from services.stamp_files import bundle, fits, fits_of_all, is_cut, margins

NAME, CANDID = "ZTF25abixhdc", "3165254992115015005"
IMAGES = hnp.arrays(
    "float32",
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(width=32),
)
WHOLE = np.arange(SIZE * SIZE, dtype="float32").reshape(SIZE, SIZE)


def stamps(science: Pixels | None, template: Pixels | None = None, difference: Pixels | None = None) -> Stamps:
    return Stamps(science, template, difference, NAME, CANDID)


def opened(payload: bytes) -> tuple[dict[str, Any], list[Pixels]]:
    """Record and images of a bundle, read as the browser does."""
    length = int.from_bytes(payload[:4], "little")
    record = json.loads(payload[4 : 4 + length])
    start, images = 4 + length, []
    assert start % 4 == 0, "a Float32Array begins at a multiple of four"
    for image in record["images"]:
        rows, columns = image["shape"]
        images.append(np.frombuffer(payload, "<f4", rows * columns, start).reshape(rows, columns))
        start += 4 * rows * columns
    assert start == len(payload)
    return record, images


def test_the_fits_file_has_the_pixels_and_the_facts() -> None:
    payload = fits(WHOLE, {"OBJECT": NAME, "CANDID": CANDID, "MJD": 60920.25, "SCORE": float("nan")})
    with astropy_fits.open(io.BytesIO(payload)) as found:
        np.testing.assert_array_equal(found[0].data, WHOLE)
        header = found[0].header
        assert (header["OBJECT"], header["CANDID"], header["MJD"]) == (NAME, CANDID, 60920.25)
        assert isinstance(header["CANDID"], str)


def test_one_fits_file_has_every_image_that_there_is() -> None:
    payload = fits_of_all(stamps(WHOLE, None, -WHOLE), {"OBJECT": NAME, "CANDID": None})
    with astropy_fits.open(io.BytesIO(payload)) as found:
        found.verify("exception")
        assert [unit.name for unit in found] == ["PRIMARY", "SCIENCE", "DIFFERENCE"]
        np.testing.assert_array_equal(found["DIFFERENCE"].data, -WHOLE)
        assert found["SCIENCE"].header["BUNIT"] == "DN"
        assert found[0].header["OBJECT"] == NAME


@given(
    IMAGES, IMAGES, st.dictionaries(st.text(max_size=5).map(lambda key: f"x{key}"), st.text(max_size=20), max_size=3)
)
def test_a_bundle_has_the_pixels_bit_by_bit_and_limits_for_every_stretch(
    one: Pixels, other: Pixels, more: dict[str, str]
) -> None:
    record, images = opened(bundle(stamps(one, None, other), None, more))
    assert [image["kind"] for image in record["images"]] == ["Science", "Difference"]
    assert {key: record[key] for key in more} == more
    np.testing.assert_array_equal(images[0], one)
    np.testing.assert_array_equal(images[1], other)
    for image in record["images"]:
        assert set(image["limits"]) == set(STRETCHES)


@pytest.mark.parametrize(
    ("shape", "position", "before"),
    [
        ((63, 63), (10.0, 10.0), (0, 0)),
        ((48, 63), (2298.3, 3063.8), (0, 0)),  # ZTF18aaaheqt: the detector ends above it
        ((48, 63), (2298.3, 17.0), (0, 15)),
        ((63, 40), (9.0, 1500.0), (23, 0)),
        ((63, 40), (3064.0, 1500.0), (0, 0)),
        ((50, 40), (9.0, 19.0), (23, 13)),
        ((48, 63), None, (0, 0)),
    ],
)
def test_a_cut_stamp_is_filled_up_on_the_side_where_the_detector_ends(
    shape: tuple[int, int], position: tuple[float, float] | None, before: tuple[int, int]
) -> None:
    assert margins(shape, position) == before
    assert is_cut(stamps(np.zeros(shape, "float32"))) is (shape != (63, 63))
