"""/cutouts of the local Fink: stamps as pictures, FITS files and arrays."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from services.local_fink import cutouts
from tests.packets import candid_of, fits_bytes, packet, stamps_of
from tests.served import ask, post, serve

JD = 2460000.75
OBJECT, EDGE, BARE, DAMAGED = (f"ZTF00aaaaaa{c}" for c in "abcd")


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An object with two alerts with stamps, one at an edge, one without stamps, one with a broken one."""
    damaged = {"cutoutScience": {"fileName": "x", "stampData": b"not gzip"}}
    packets = [
        packet(OBJECT, JD, stamps=True),
        packet(OBJECT, JD - 1) | stamps_of("ZTF00zzzzzzz", (63, 63)),
        packet(EDGE, JD, stamps=(63, 17)),
        packet(BARE, JD),
        packet(DAMAGED, JD, stamps=True) | damaged,
    ]
    return serve(tmp_path_factory.mktemp("stamps"), packets)


def _packed(pixels: np.ndarray) -> bytes:
    return gzip.compress(fits_bytes(pixels.astype(np.float32)))


def test_a_stamp_is_a_grey_picture_of_its_pixels(sky: FlaskClient) -> None:
    answer = post(sky, "cutouts", objectId=OBJECT, kind="Science")
    assert answer.content_type == "image/png"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={OBJECT}_Science.png"
    picture = Image.open(io.BytesIO(answer.data))
    assert (picture.size, picture.mode) == ((63, 63), "L")


def test_an_edge_stamp_keeps_its_shape(sky: FlaskClient) -> None:
    array = ask(sky, "cutouts", objectId=EDGE, kind="Science", output_format="array")
    assert np.shape(array["b:cutoutScience_stampData"]) == (63, 17)
    picture = post(sky, "cutouts", objectId=EDGE, kind="Science", stretch="log")
    assert Image.open(io.BytesIO(picture.data)).size == (17, 63)


def test_fits_is_the_stamp_as_the_packet_has_it(sky: FlaskClient) -> None:
    answer = post(sky, "cutouts", objectId=OBJECT, kind="Template", output_format="FITS")
    assert answer.content_type == "application/octet-stream"
    stamp = stamps_of(OBJECT, (63, 63))["cutoutTemplate"]["stampData"]
    assert answer.data == gzip.decompress(stamp)


def test_all_stamps_come_as_arrays_only(sky: FlaskClient) -> None:
    arrays = ask(sky, "cutouts", objectId=OBJECT, kind="All", output_format="array")
    assert list(arrays) == [f"b:cutout{kind}_stampData" for kind in ("Difference", "Science", "Template")]
    assert post(sky, "cutouts", objectId=OBJECT, kind="All", output_format="PNG").status_code == 400
    assert post(sky, "cutouts", objectId=OBJECT, kind="All").status_code == 500


def test_the_newest_alert_is_meant_unless_a_candid_is_given(sky: FlaskClient) -> None:
    asked = {"objectId": OBJECT, "kind": "Science", "output_format": "array"}
    newest = ask(sky, "cutouts", **asked)
    older = candid_of(OBJECT, JD - 1)
    assert ask(sky, "cutouts", **asked, candid=candid_of(OBJECT, JD)) == newest
    assert ask(sky, "cutouts", **asked, candid=older) == ask(sky, "cutouts", **asked, candid=str(older)) != newest


@pytest.mark.parametrize(
    "payload",
    [
        {"objectId": "ZTF00zzzzzzz"},
        {"objectId": BARE},
        {"objectId": DAMAGED},
        {"candid": "123"},
        {"kind": "foo"},
        {"colormap": "nope"},
        {"stretch": "nope"},
        {"convolution_kernel": "nope"},
        {"stretch": "linear", "pmin": "nope"},
    ],
)
def test_what_cannot_be_shown_is_500(sky: FlaskClient, payload: dict) -> None:
    answer = post(sky, "cutouts", **{"objectId": OBJECT, "kind": "Science"} | payload)
    assert answer.status_code == 500
    assert json.loads(answer.data) == {"message": "Internal Server Error"}


@pytest.mark.parametrize("stretch", ["sigmoid", "linear", "sqrt", "power", "log", "asinh"])
@pytest.mark.parametrize("kernel", [None, "gauss", "box"])
def test_every_stretch_makes_a_picture(stretch: str, kernel: str | None) -> None:
    pixels = np.add.outer(np.arange(20.0), np.arange(30.0)) / 50
    pixels[10, 15] = 200
    options = {"stretch": stretch} | ({"convolution_kernel": kernel} if kernel else {})
    shown = np.asarray(Image.open(io.BytesIO(cutouts.png(pixels, options))))
    assert shown.shape == (20, 30)
    assert shown[10, 15] == shown.max() > shown[0, 0]


def test_a_colour_map_runs_between_its_ends() -> None:
    pixels = np.zeros((11, 11))
    pixels[5, 5] = 1.0
    shown = np.asarray(Image.open(io.BytesIO(cutouts.png(pixels, {"stretch": "linear", "colormap": "viridis"}))))
    assert shown[0, 0].tolist() == [68, 1, 84, 255]
    assert shown[5, 5].tolist() == [253, 231, 37, 255]


@pytest.mark.parametrize("value", [0.0, 7.0])
@pytest.mark.parametrize("stretch", ["sigmoid", "linear", "asinh"])
def test_an_even_stamp_is_still_a_picture(value: float, stretch: str) -> None:
    assert cutouts.png(np.full((5, 5), value), {"stretch": stretch})


def test_pixels_without_measurement_stay_so_in_arrays(tmp_path: Path) -> None:
    pixels = np.ones((63, 63))
    pixels[3, 4] = np.nan
    stamp = {"cutoutScience": {"fileName": "x", "stampData": _packed(pixels)}}
    client = serve(tmp_path, [packet(OBJECT, JD, stamps=True) | stamp])
    array = ask(client, "cutouts", objectId=OBJECT, kind="Science", output_format="array")
    assert np.isnan(array["b:cutoutScience_stampData"][3][4])
    assert post(client, "cutouts", objectId=OBJECT, kind="Science").status_code == 200


@pytest.mark.parametrize(
    "stamp",
    [gzip.compress(b""), gzip.compress(b"SIMPLE  =  T" * 9), b"", b"\x1f\x8b"],
    ids=["nothing zipped", "no FITS zipped", "nothing", "a broken zip"],
)
def test_a_stamp_that_is_no_image_is_a_value_error(stamp: bytes) -> None:
    with pytest.raises(ValueError, match=r"stamp|buffer"):
        cutouts.pixels_of(stamp)
