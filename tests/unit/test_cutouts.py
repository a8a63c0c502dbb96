"""Stamps: fetched once, kept whole, drawn the right way up."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from services.cache import Cache, DiskBackend
from services.cache.lifetimes import CUTOUTS_OF_NEWEST
from services.cutouts import (
    KINDS,
    ROW_ZERO_AT_TOP,
    STRETCHES,
    Cutouts,
    Pixels,
    Stamps,
    limits,
    may_have_none,
    pack_stamps,
    png,
    stretch_of,
    unpack_stamps,
)
from services.errors import InvalidQuery, NoAnswer, ServerFailed
from services.sources import Source

LIVE = Source("live", "live", "Fink live", "", date(2023, 1, 25))
NAME, CANDID = "ZTF25abixhdc", "3165254992115015005"
FAILED = ServerFailed("POST /api/v1/cutouts", 500)

IMAGES = hnp.arrays(
    "float32",
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(width=32),
)


def sky(**sources: float) -> Pixels:
    """63 x 63 pixels of noise (sigma 1) around 100; sources are given as "row_column" and height."""
    image = np.random.default_rng(1).normal(100, 1, (63, 63)).astype("float32")
    for place, height in sources.items():
        row, column = map(int, place.strip("p").split("_"))
        image[row, column] += height
    return image


class Fink:
    """A source of stamps that counts its calls."""

    def __init__(self) -> None:
        self.calls: list[str | None] = []
        self.errors: dict[str | None, Exception] = {}
        self.kinds: tuple[str, ...] = KINDS

    def fetch_cutouts(self, object_id: str, candid: str | None = None) -> dict[str, Pixels]:
        self.calls.append(candid)
        if candid in self.errors:
            raise self.errors[candid]
        value = 1.0 if candid else 2.0
        return {kind: np.full((63, 40), value, dtype="float32") for kind in self.kinds}


class World:
    """Cutouts with all that they need."""

    def __init__(self, directory: Path) -> None:
        self.fink = Fink()
        self.now = 1.75e9
        self.backend = DiskBackend(directory)
        self.cutouts = Cutouts(self.fink, Cache(self.backend, source="live", clock=lambda: self.now), LIVE)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "cache")
    yield made
    made.backend.close()


def opened(payload: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(payload)))


def test_three_stamps_come_in_one_call_and_are_kept_for_good(world: World) -> None:
    first = world.cutouts.stamps(NAME, CANDID)
    world.now += 365 * 86400
    again = world.cutouts.stamps(NAME, CANDID)
    assert world.fink.calls == [CANDID]
    assert not again.stale
    assert (again.value.object_id, again.value.candid, again.value.note) == (NAME, CANDID, None)
    for kind in KINDS:
        np.testing.assert_array_equal(again.value.of_kind(kind), first.value.of_kind(kind))


def test_where_fink_fails_for_one_alert_the_newest_ones_are_shown_and_marked(world: World) -> None:
    world.fink.errors[CANDID] = FAILED
    stamps = world.cutouts.stamps(NAME, CANDID).value
    assert world.fink.calls == [CANDID, None]
    assert stamps.of_newest
    assert stamps.note is not None
    assert stamps.science is not None
    assert stamps.science[0, 0] == 2.0


def test_stamps_of_another_alert_are_asked_for_again_after_an_hour(world: World) -> None:
    world.fink.errors[CANDID] = FAILED
    world.cutouts.stamps(NAME, CANDID)
    world.now += CUTOUTS_OF_NEWEST.fresh_seconds - 1
    assert not world.cutouts.stamps(NAME, CANDID).stale
    world.fink.errors.clear()
    world.now += 2
    assert not world.cutouts.stamps(NAME, CANDID, retry=True).value.of_newest


def test_when_both_fail_the_error_is_raised_and_nothing_is_kept(world: World) -> None:
    world.fink.errors = {CANDID: FAILED, None: FAILED}
    with pytest.raises(ServerFailed):
        world.cutouts.stamps(NAME, CANDID)
    assert world.cutouts.peek(NAME, CANDID) is None
    world.fink.errors.clear()
    assert not world.cutouts.stamps(NAME, CANDID, retry=True).value.of_newest


def test_only_a_500_can_mean_that_there_are_no_stamps() -> None:
    assert may_have_none(FAILED)
    assert not any(may_have_none(e) for e in (ServerFailed("POST /x", 503), NoAnswer("POST /x", "timed out")))


@pytest.mark.parametrize("error", [NoAnswer("POST /x", "timed out"), ServerFailed("POST /x", 504)])
def test_a_source_that_is_down_is_not_asked_for_other_stamps(world: World, error: Exception) -> None:
    world.fink.errors[CANDID] = error
    with pytest.raises(type(error)):
        world.cutouts.stamps(NAME, CANDID)
    assert world.fink.calls == [CANDID]


@pytest.mark.parametrize("candid", ["", "-1", "12.5", "newest", "٣", "1" * 21])
def test_what_is_no_candid_is_refused_before_any_call(world: World, candid: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        world.cutouts.stamps(NAME, candid)
    assert caught.value.field == "candid"
    assert world.fink.calls == []


def test_a_kind_that_fink_lacks_is_missing_and_the_others_are_there(world: World) -> None:
    world.fink.kinds = ("Science", "Difference")
    stamps = world.cutouts.stamps(NAME, CANDID).value
    assert stamps.template is None
    assert stamps.difference is not None
    assert stamps.difference.shape == (63, 40)


@given(IMAGES, IMAGES, st.booleans())
def test_stamps_are_unpacked_as_they_were_packed(one: Pixels, other: Pixels, of_newest: bool) -> None:
    found = unpack_stamps(pack_stamps(Stamps(one, None, other, NAME, CANDID, of_newest)))
    assert (found.template, found.of_newest) == (None, of_newest)
    np.testing.assert_array_equal(found.science, one)
    np.testing.assert_array_equal(found.difference, other)


@given(st.binary(max_size=80))
def test_bytes_that_are_no_stamps_are_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        unpack_stamps(payload)


@given(IMAGES, st.sampled_from(STRETCHES), st.booleans())
def test_any_image_can_be_drawn_and_keeps_its_size(image: Pixels, stretch: str, invert: bool) -> None:
    with Image.open(io.BytesIO(png(image, stretch, invert=invert))) as drawn:  # type: ignore[arg-type]
        assert drawn.size == image.shape[::-1]
        assert drawn.mode == ("L" if np.isfinite(image).all() else "LA")


def line_of(row: int, rows: int = 63) -> int:
    """Line of a picture that shows a row of an array."""
    return row if ROW_ZERO_AT_TOP else rows - 1 - row


def test_every_row_is_on_its_side() -> None:
    drawn = opened(png(sky(p0_5=500)))
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (line_of(0), 5)


def test_a_missing_pixel_is_transparent_and_the_others_are_not() -> None:
    image = sky()
    image[0, 0] = np.nan
    alpha = opened(png(image))[..., 1]
    assert alpha[line_of(0), 0] == 0
    assert (alpha == 255).sum() == alpha.size - 1


def test_inversion_turns_black_and_white() -> None:
    image = sky(p30_30=500)
    total = opened(png(image)).astype(int) + opened(png(image, invert=True))
    assert set(np.unique(total)) <= {254, 255, 256}


@pytest.mark.parametrize("stretch", ["arcsinh", "linear"])
def test_the_sky_is_dark_and_a_bright_source_is_white(stretch: str) -> None:
    drawn = opened(png(sky(p30_30=500), stretch))  # type: ignore[arg-type]
    assert drawn.max() == 255
    assert np.median(drawn) < 50


def test_a_faint_source_is_still_seen_in_a_difference_image() -> None:
    drawn = opened(png(sky(p30_30=20), "linear")).astype(int)
    assert drawn[30, 30] == 255


def test_a_negative_source_is_darker_than_the_sky_in_a_difference_image() -> None:
    drawn = opened(png(sky(p30_30=-40), "linear")).astype(int)
    assert drawn[30, 30] == 0
    assert np.median(drawn) > 150


def test_noise_alone_stays_darker_than_a_source() -> None:
    assert np.median(opened(png(sky(), "linear"))) < 80


def test_a_percentile_stretch_cuts_half_a_per_cent_at_either_end() -> None:
    ramp = np.arange(10_000, dtype="float32").reshape(100, 100)
    assert limits(ramp, "percentile") == pytest.approx((50, 9949), abs=1)
    drawn = opened(png(ramp, "percentile"))
    assert (drawn == 0).mean() == pytest.approx(0.007, abs=0.003)
    assert (drawn == 255).mean() == pytest.approx(0.007, abs=0.003)


def test_an_unknown_stretch_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="arcsinh, linear, percentile"):
        png(sky(), "sqrt")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("linear", "linear"),
        ("range", "percentile"),
        ("asinh", "arcsinh"),
        ("", "arcsinh"),
        (None, "arcsinh"),
        ("x", "arcsinh"),
    ],
)
def test_addresses_with_other_names_of_a_stretch_are_understood(text: str | None, stretch: str) -> None:
    assert stretch_of(text) == stretch


@given(IMAGES, st.sampled_from(STRETCHES), st.booleans())
def test_the_limits_of_any_image_are_two_numbers_in_order(image: Pixels, stretch: str, signed: bool) -> None:
    black, white = limits(image, stretch, signed=signed)  # type: ignore[arg-type]
    assert np.isfinite([black, white]).all()
    assert black < white
    assert not signed or black == -white


@pytest.mark.parametrize("height", [40.0, -40.0])
def test_a_difference_image_has_zero_in_the_middle_of_its_greys(height: float) -> None:
    image = sky(p31_31=height) - 100
    image[5, 5] = 9000
    for stretch in ("arcsinh", "linear"):
        black, white = limits(image, stretch, signed=True)  # type: ignore[arg-type]
        assert -black == white == pytest.approx(40, rel=0.2)
