"""The three stamps of an alert: fetched once, drawn as PNG or handed out as FITS."""

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
from services.errors import InvalidQuery, ServerFailed
from services.sources import Source

Pixels = npt.NDArray[np.float32]
Kind = Literal["Science", "Template", "Difference"]
Stretch = Literal["arcsinh", "linear", "range"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STRETCHES: tuple[Stretch, ...] = get_args(Stretch)

#: Black is this many sigma below the median of the sky and white about this many above.
BLACK_SIGMA = 2.2
WHITE_SIGMA = 60.0
#: What is closer to the median than this is noise: a linear stretch does not run up (or down) to it.
LEAST_SIGMA = 8.0
#: arcsinh(5 x): strength of the non-linear stretch.
ASINH_SCALE = 5.0
#: The source is looked for within so many pixels of the centre of its stamp.
CENTRE = 8
#: "range" cuts so many per cent at either end.
RANGE_PERCENT = 0.5
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
        float32, usually 63 x 63 and smaller at the edge of a detector; row 0 is the bottom of the sky,
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
                if error.status != 500:
                    raise
                # 500 is Fink's word for "no such cutouts"; a second 500 says that it is more than this alert.
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


def png(image: Pixels, stretch: Stretch = "arcsinh", *, invert: bool = False) -> bytes:
    """One stamp as a greyscale PNG, one pixel per pixel, the right way up, missing pixels transparent.

    Parameters
    ----------
    image
        2-D; row 0 is the bottom of the sky.
    stretch
        ``arcsinh`` for science and template: from `BLACK_SIGMA` below the median of the sky to the brightest
        pixel, at most `WHITE_SIGMA` above it. ``linear`` for difference images: white at the brightest pixel of
        the centre, and black at the faintest one where a source is negative, so that both
        are seen. ``range`` is linear between percentiles.
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
    layers = np.dstack([grey, np.where(known, 255, 0).astype("uint8")])[::-1]
    picture = Image.fromarray(np.ascontiguousarray(layers))
    buffer = io.BytesIO()
    (picture.getchannel(0) if known.all() else picture).save(buffer, "PNG")
    return buffer.getvalue()


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
    if stretch == "range":
        black, white = (float(limit) for limit in np.nanpercentile(image, [RANGE_PERCENT, 100 - RANGE_PERCENT]))
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
    rows, columns = (slice(max(0, size // 2 - CENTRE), size // 2 + CENTRE + 1) for size in excess.shape)
    centre = excess[rows, columns]
    faintest, brightest = (float(np.nanmax(side, initial=0.0)) for side in (-centre, centre))
    below = BLACK_SIGMA if faintest < LEAST_SIGMA else min(faintest, WHITE_SIGMA)
    return below, min(max(brightest, LEAST_SIGMA), WHITE_SIGMA)


def _something(value: float) -> float:
    """A difference that is not lost in the digits of ``value``."""
    return max(1.0, abs(value) * 1e-3)


def fits(image: Pixels, facts: Mapping[str, str | float | int | bool | None]) -> bytes:
    """One stamp as a FITS file with one image.

    Parameters
    ----------
    image
        2-D; row 0 is the bottom of the sky, as FITS has it.
    facts
        What the header says, by keyword of at most eight characters; missing values become undefined cards.
        Identifiers have to be text, because readers take numbers for floats.
    """
    from astropy.io import fits as astropy_fits  # a second to import, and seldom needed

    unit = astropy_fits.PrimaryHDU(np.asarray(image, dtype="float32"))
    for keyword, value in facts.items():
        unit.header[keyword] = None if isinstance(value, float) and not np.isfinite(value) else value
    buffer = io.BytesIO()
    unit.writeto(buffer)
    return buffer.getvalue()
