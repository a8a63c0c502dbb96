"""The three stamps of an alert: fetched once, and drawn as PNG. As files they are in `services.stamp_files`."""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from services.answers import Answer
from services.cache import Cache, Fetched
from services.cache.lifetimes import CUTOUTS, CUTOUTS_OF_NEWEST
from services.errors import InvalidQuery, ServerFailed, Unavailable
from services.sources import Source

Pixels = npt.NDArray[np.float32]
Kind = Literal["Science", "Template", "Difference"]
Stretch = Literal["arcsinh", "linear", "percentile"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STRETCHES: tuple[Stretch, ...] = get_args(Stretch)
OTHER_NAMES: dict[str, Stretch] = {"asinh": "arcsinh", "range": "percentile"}
"""What a stretch is also called in addresses: by NumPy's other name, and by the name of earlier links."""

SIZE = 63
"""Rows and columns of a stamp that the detector's edge does not cut; the alert is in the middle one."""
ARCSEC_PER_PIXEL = 1.01
"""ZTF's scale (Bellm et al. 2019, PASP 131, 018002)."""
ROW_ZERO_AT_TOP = True
"""Which side of the screen row 0 of an array is drawn at, everywhere."""
ORIENTATION = ("up" if ROW_ZERO_AT_TOP else "down", "left")
"""Where north and east are on the screen.

Row 0 of a ZTF stamp is its *northern* edge and column 0 its eastern one: with ``ypos`` the declination of alerts falls,
and sources of the template lie where their coordinates say only that way (tests/contract/test_stamps.py).
"""

NO_STAMPS = 500
"""Status with which Fink says that it has no such stamps; a failure of its server has the same."""

#: Black is this many sigma below the median of the sky and white about this many above.
BLACK_SIGMA = 2.2
WHITE_SIGMA = 60.0
#: What is closer to the median than this is noise: a linear stretch does not run up (or down) to it.
LEAST_SIGMA = 8.0
#: arcsinh(5 x): strength of the non-linear stretch.
ASINH_SCALE = 5.0
#: The source is looked for within so many pixels of the centre of its stamp.
CENTRE = 8
#: "percentile" cuts so many per cent at either end.
CUT_PERCENT = 0.5
#: Standard deviation of a normal distribution over its median absolute deviation.
MAD_TO_SIGMA = 1.4826

_HEAD = struct.Struct("<I")


class CutoutClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def fetch_cutouts(self, object_id: str, candid: str | None = None) -> Mapping[str, Pixels]:
        """The stamps of an alert by kind; those of the newest alert without ``candid``."""


@dataclass(frozen=True)
class Stamps:
    """The images of one alert.

    Attributes
    ----------
    science, template, difference
        float32, usually 63 x 63 and smaller at the edge of a detector, as the source gives them (see `ORIENTATION`);
        missing pixels are NaN. Units are those of the images (data numbers).
    object_id, candid
        What was asked for.
    of_newest
        True when the source failed for this alert and these are of the object's newest alert instead.
    """

    science: Pixels | None
    template: Pixels | None
    difference: Pixels | None
    object_id: str
    candid: str
    of_newest: bool = False

    @property
    def note(self) -> str | None:
        """What has to be said beside the images, if anything."""
        if not self.of_newest:
            return None
        return "Fink has no cutouts of this alert; these are of the newest alert of the object."

    def of_kind(self, kind: Kind) -> Pixels | None:
        """One of the three images, if Fink has it."""
        return {"Science": self.science, "Template": self.template, "Difference": self.difference}[kind]


class Cutouts:
    """Stamps of alerts, through the cache.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps what it gave, for good.
    source
        The source; its key must be that of the cache.
    """

    def __init__(self, client: CutoutClient, cache: Cache, source: Source) -> None:
        cache.require(source.key)
        self._client = client
        self._cache = cache

    def stamps(self, object_id: str, candid: str, *, retry: bool = False) -> Answer[Stamps]:
        """The three stamps of one alert, in one call.

        When the source fails for this alert, those of the object's newest alert, marked as such and kept for
        an hour.

        Raises
        ------
        InvalidQuery
            ``candid`` is not the number of an alert, or ``object_id`` not the name of an object.
        Rejected, Unavailable
            The source gave neither; that is never kept.
        """
        _check_candid(candid)

        def fetch() -> Fetched:
            try:
                return Fetched(self._ask(object_id, candid, of_newest=False))
            except ServerFailed as error:
                if not may_have_none(error):
                    raise
                # A second one says that it is more than this alert.
                payload = self._ask(object_id, candid, of_newest=True)
                return Fetched(payload, lifetime=CUTOUTS_OF_NEWEST)

        return self._cache.load(f"cutouts/{object_id}/{candid}", fetch, CUTOUTS, unpack_stamps, retry=retry)

    def peek(self, object_id: str, candid: str) -> Answer[Stamps] | None:
        """`stamps` if they are kept; never asks the source."""
        return self._cache.peek_load(f"cutouts/{object_id}/{candid}", unpack_stamps)

    def _ask(self, object_id: str, candid: str, *, of_newest: bool) -> bytes:
        images = self._client.fetch_cutouts(object_id, None if of_newest else candid)
        science, template, difference = (images.get(kind) for kind in KINDS)
        return pack_stamps(Stamps(science, template, difference, object_id, candid, of_newest))


def may_have_none(error: Unavailable) -> bool:
    """Whether an error of `Cutouts.stamps` can mean that there are no stamps.

    Fink answers 500 for an alert without stamps, and also when its server fails (FINK_API.md, section 0, item 4).
    """
    return isinstance(error, ServerFailed) and error.status == NO_STAMPS


def _check_candid(candid: str) -> None:
    if not (candid.isascii() and candid.isdigit() and len(candid) <= 20):
        raise InvalidQuery(
            "An alert is named by its candid, a whole number.", example="3165254992115015005", field="candid"
        )


def pack_stamps(stamps: Stamps) -> bytes:
    """Stamps as bytes: uint32 length of a JSON record, that record, then the pixels, all little endian."""
    images = [stamps.of_kind(kind) for kind in KINDS]
    record = {
        "object_id": stamps.object_id,
        "candid": stamps.candid,
        "of_newest": stamps.of_newest,
        "shapes": [None if image is None else image.shape for image in images],
    }
    head = json.dumps(record).encode()
    pixels = b"".join(image.astype("<f4").tobytes() for image in images if image is not None)
    return _HEAD.pack(len(head)) + head + pixels


def unpack_stamps(payload: bytes) -> Stamps:
    """The stamps that `pack_stamps` wrote; the images are read-only.

    Raises
    ------
    ValueError
        When the bytes are not such stamps.
    """
    try:
        (length,) = _HEAD.unpack_from(payload)
        record = json.loads(payload[_HEAD.size : _HEAD.size + length])
        shapes = record["shapes"]
        starts = np.cumsum([_HEAD.size + length, *(4 * math.prod(shape or (0,)) for shape in shapes)])
        images = [_image(payload, shape, start) for shape, start in zip(shapes, starts[:-1], strict=True)]
        science, template, difference = images
        return Stamps(science, template, difference, record["object_id"], record["candid"], record["of_newest"])
    except (struct.error, KeyError, TypeError) as error:
        raise ValueError(f"not stamps: {error}") from error


def _image(payload: bytes, shape: list[int] | None, start: int) -> Pixels | None:
    if shape is None:
        return None
    return np.frombuffer(payload, "<f4", math.prod(shape), int(start)).reshape(shape)


def stretch_of(text: str | None) -> Stretch:
    """The stretch that an address names; arcsinh unless it names one."""
    name = OTHER_NAMES.get(text or "", text)
    return next((stretch for stretch in STRETCHES if stretch == name), "arcsinh")


def png(image: Pixels, stretch: Stretch = "arcsinh", *, invert: bool = False) -> bytes:
    """One stamp as a greyscale PNG, one pixel per pixel, row 0 as `ROW_ZERO_AT_TOP` says, missing pixels transparent.

    Parameters
    ----------
    image
        2-D, as the source gave it.
    stretch
        ``arcsinh`` for science and template: from `BLACK_SIGMA` below the median of the sky to the brightest
        pixel, at most `WHITE_SIGMA` above it. ``linear`` for difference images: white at the brightest pixel of
        the centre, and black at the faintest one where a source is negative, so that both
        are seen. ``percentile`` is linear between percentiles.
    invert
        True for dark sources on white.

    Raises
    ------
    ValueError
        For another stretch.
    """
    known = np.isfinite(image)
    shades = _shades(np.where(known, image, 0).astype("float64"), known, stretch)
    grey = np.round(255 * (1 - shades if invert else shades)).astype("uint8")
    layers = np.dstack([grey, np.where(known, 255, 0).astype("uint8")])
    picture = Image.fromarray(np.ascontiguousarray(layers if ROW_ZERO_AT_TOP else layers[::-1]))
    buffer = io.BytesIO()
    (picture.getchannel(0) if known.all() else picture).save(buffer, "PNG")
    return buffer.getvalue()


def limits(image: Pixels, stretch: Stretch, *, signed: bool = False) -> tuple[float, float]:
    """Values of a stamp that become black and white; the second is always the larger.

    Parameters
    ----------
    image
        2-D; NaN where there is no pixel.
    stretch
        As for `png`.
    signed
        True for a difference image of which both signs count: the limits are then as far below zero as above.
    """
    values = np.where(np.isfinite(image), image, np.nan).astype("float64")
    if not np.isfinite(values).any():
        return (-1.0, 1.0) if signed else (0.0, 1.0)
    if signed:
        reach = _signed_reach(values, stretch)
        return -reach, reach
    return _limits(values, stretch)


def _signed_reach(image: npt.NDArray[np.float64], stretch: Stretch) -> float:
    """Largest value of a difference image that is told from larger ones: of its centre, or a percentile."""
    if stretch == "percentile":
        return float(np.nanpercentile(np.abs(image), 100 - 2 * CUT_PERCENT)) or 1.0
    sigma = MAD_TO_SIGMA * float(np.nanmedian(np.abs(image - np.nanmedian(image)))) or 1.0
    return sigma * float(np.clip(np.nanmax(np.abs(_centre(image)), initial=0.0) / sigma, LEAST_SIGMA, WHITE_SIGMA))


def _shades(image: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], stretch: Stretch) -> npt.NDArray[np.float64]:
    """0 for black to 1 for white."""
    if stretch not in STRETCHES:
        raise ValueError(f"{stretch} is not a stretch; there are {', '.join(STRETCHES)}")
    if not known.any():
        return np.zeros(image.shape)
    black, white = _limits(np.where(known, image, np.nan), stretch)
    part = np.clip((image - black) / (white - black), 0, 1)
    return np.arcsinh(ASINH_SCALE * part) / np.arcsinh(ASINH_SCALE) if stretch == "arcsinh" else part


def _limits(image: npt.NDArray[np.float64], stretch: Stretch) -> tuple[float, float]:
    """Values that become black and white; the second is always the larger."""
    if stretch == "percentile":
        black, white = (float(limit) for limit in np.nanpercentile(image, [CUT_PERCENT, 100 - CUT_PERCENT]))
        return black, white if white > black else black + _something(black)
    median = float(np.nanmedian(image))
    sigma = MAD_TO_SIGMA * float(np.nanmedian(np.abs(image - median))) or _something(median)
    excess = (image - median) / sigma
    below, above = (BLACK_SIGMA, _brightest(excess)) if stretch == "arcsinh" else _reach(excess)
    return median - below * sigma, median + above * sigma


def _brightest(excess: npt.NDArray[np.float64]) -> float:
    """White of an arcsinh stretch in sigma above the sky: the brightest pixel, so that a field of faint sources is not
    black, within bounds that keep pure noise grey and a saturated star from hiding the rest."""
    return float(np.clip(np.nanmax(excess), LEAST_SIGMA, WHITE_SIGMA))


def _reach(excess: npt.NDArray[np.float64]) -> tuple[float, float]:
    """How many sigma below and above the sky a linear stretch runs: as far as the source in the centre does.

    ``excess`` is the image in sigma above the sky. What bright stars leave behind elsewhere in a difference
    image would make the source itself pale.
    """
    centre = _centre(excess)
    faintest, brightest = (float(np.nanmax(side, initial=0.0)) for side in (-centre, centre))
    below = BLACK_SIGMA if faintest < LEAST_SIGMA else min(faintest, WHITE_SIGMA)
    return below, min(max(brightest, LEAST_SIGMA), WHITE_SIGMA)


def _centre(image: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, columns = (slice(max(0, size // 2 - CENTRE), size // 2 + CENTRE + 1) for size in image.shape)
    return image[rows, columns]


def _something(value: float) -> float:
    """A difference that is not lost in the digits of ``value``."""
    return max(1.0, abs(value) * 1e-3)
