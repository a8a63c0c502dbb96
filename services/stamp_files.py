"""Stamps as files: FITS, of one image or of all three, and one small binary with which a browser draws them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from services.cutouts import (
    ARCSEC_PER_PIXEL,
    KINDS,
    ORIENTATION,
    ROW_ZERO_AT_TOP,
    SIZE,
    STRETCHES,
    Kind,
    Pixels,
    Stamps,
    limits,
)

if TYPE_CHECKING:
    from astropy.io.fits import Header

Facts = Mapping[str, str | float | int | bool | None]
"""What a FITS header says, by keyword of at most eight characters; missing values become undefined cards. Identifiers
have to be text, because readers take numbers for floats."""

UNIT = "DN"
"""Data numbers, as the headers of ZTF's own stamps say."""
_HEAD = struct.Struct("<I")
_FLOAT = 4


def fits(image: Pixels, facts: Facts) -> bytes:
    """One stamp as a FITS file with one image, its rows as the source gave them.

    Parameters
    ----------
    image
        2-D.
    facts
        What the header says.
    """
    from astropy.io import fits as astropy_fits  # a second to import, and seldom needed

    unit = astropy_fits.PrimaryHDU(np.asarray(image, dtype="float32"))
    _describe(unit.header, facts)
    buffer = io.BytesIO()
    unit.writeto(buffer)
    return buffer.getvalue()


def fits_of_all(stamps: Stamps, facts: Facts) -> bytes:
    """All stamps of an alert as one FITS file: a header, then one extension for each image that the source has.

    Parameters
    ----------
    stamps
        The images; their extensions are called SCIENCE, TEMPLATE and DIFFERENCE.
    facts
        What the first header says.
    """
    from astropy.io import fits as astropy_fits

    first = astropy_fits.PrimaryHDU()
    _describe(first.header, facts)
    units = [first]
    for kind in KINDS:
        image = stamps.of_kind(kind)
        if image is not None:
            units.append(astropy_fits.ImageHDU(np.asarray(image, dtype="float32"), name=kind.upper()))
            units[-1].header["BUNIT"] = UNIT
    buffer = io.BytesIO()
    astropy_fits.HDUList(units).writeto(buffer)
    return buffer.getvalue()


def _describe(header: Header, facts: Facts) -> None:
    for keyword, value in facts.items():
        header[keyword] = None if isinstance(value, float) and not np.isfinite(value) else value


def is_cut(stamps: Stamps) -> bool:
    """Whether the edge of the detector cut the stamps, so that the alert is not in their middle."""
    images = [stamps.of_kind(kind) for kind in KINDS]
    return any(image is not None and min(image.shape) < SIZE for image in images)


def margins(shape: tuple[int, ...], position: tuple[float, float] | None) -> tuple[int, int]:
    """Columns and rows that the detector's edge cut off *before* the first ones of a stamp.

    Parameters
    ----------
    shape
        Rows and columns of the stamp.
    position
        ``xpos, ypos`` of the alert on the detector in pixels, None when they are not known. A stamp is cut before
        its first column only near x = 0; otherwise it is cut after its last one. The same holds for rows.
    """
    rows, columns = (max(0, SIZE - size) for size in shape)
    x, y = position or (np.inf, np.inf)
    return columns if x < SIZE / 2 else 0, rows if y < SIZE / 2 else 0


def bundle(stamps: Stamps, position: tuple[float, float] | None, more: Mapping[str, Any]) -> bytes:
    """The stamps of an alert for the browser, in one answer.

    Little endian: uint32 length of a JSON record, the record (padded with blanks so that the pixels are aligned), then
    the pixels of the images that there are as float32, row by row, NaN where there is no pixel. The record has ``size``
    (pixels), ``scale`` (arcsec per pixel), ``unit``, where ``north`` and ``east`` are on the screen, whether row 0 is
    drawn ``on_top``, and ``images``: kind, shape (rows, columns), ``before`` (see `margins`) and the limits of each
    stretch.

    Parameters
    ----------
    stamps
        The images.
    position
        ``xpos, ypos`` of the alert on the detector, None when not known.
    more
        What the record says besides.
    """
    images = {kind: image for kind in KINDS if (image := stamps.of_kind(kind)) is not None}
    record = {
        **more,
        "size": SIZE,
        "scale": ARCSEC_PER_PIXEL,
        "unit": UNIT,
        "north": ORIENTATION[0],
        "east": ORIENTATION[1],
        "on_top": ROW_ZERO_AT_TOP,
        "images": [_described(kind, image, position) for kind, image in images.items()],
    }
    head = json.dumps(record, allow_nan=False).encode()
    head += b" " * (-(_HEAD.size + len(head)) % _FLOAT)
    return _HEAD.pack(len(head)) + head + b"".join(image.astype("<f4").tobytes() for image in images.values())


def _described(kind: Kind, image: Pixels, position: tuple[float, float] | None) -> dict[str, Any]:
    signed = kind == "Difference"
    return {
        "kind": kind,
        "shape": image.shape,
        "before": margins(image.shape, position),
        "limits": {stretch: limits(image, stretch, signed=signed) for stretch in STRETCHES},
    }
