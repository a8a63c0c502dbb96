"""Stamps of an alert: from gzipped FITS to an array or a picture, with the genuine server's stretches."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.float64]

_BLOCK, _CARD = 2880, 80

# Nine colours along each map, from 0 to 1 (matplotlib's perceptually uniform maps, sampled evenly).
_MAPS = {
    "gray": "000000 202020 404040 606060 808080 9f9f9f bfbfbf dfdfdf ffffff",
    "viridis": "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725",
    "plasma": "0d0887 4c02a1 7e03a8 aa2395 cc4778 e66c5c f89540 fdc527 f0f921",
    "inferno": "000004 210c4a 57106e 8a226a bc3754 e45a31 f98e09 f9cb35 fcffa4",
    "magma": "000004 1d1147 51127c 832681 b73779 e75263 fc8961 fec488 fcfdbf",
    "cividis": "00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 fee838",
}


def unpacked(stamp: bytes) -> bytes:
    """The FITS file of a stamp as packets carry it.

    Raises
    ------
    ValueError
        When it is damaged.
    """
    try:
        return gzip.decompress(stamp)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the stamp is damaged: {error}") from error


def pixels_of(stamp: bytes) -> Pixels:
    """Pixels of a gzipped FITS stamp: rows from the bottom of the sky image up, NaN where it has none.

    Raises
    ------
    ValueError
        When it is not one image of 32- or 64-bit floats.
    """
    raw = unpacked(stamp)
    cards, start = _header(raw)
    if cards.get("NAXIS") != "2" or cards.get("BITPIX") not in ("-32", "-64"):
        raise ValueError("the stamp is not one image of floats")
    shape = int(cards["NAXIS2"]), int(cards["NAXIS1"])
    kind = ">f4" if cards["BITPIX"] == "-32" else ">f8"
    return np.frombuffer(raw, kind, count=shape[0] * shape[1], offset=start).reshape(shape).astype(np.float64)


def _header(raw: bytes) -> tuple[dict[str, str], int]:
    """Keyword → value text of the first header, and where its data start."""
    cards: dict[str, str] = {}
    for start in range(0, len(raw), _CARD):
        card = raw[start : start + _CARD].decode("ascii", "replace")
        if card[:8].strip() == "END":
            return cards, -(-(start + _CARD) // _BLOCK) * _BLOCK
        cards[card[:8].strip()] = card[10:].split("/")[0].strip()
    raise ValueError("the stamp has no FITS header")


def png(pixels: Pixels, options: Mapping[str, Any]) -> bytes:
    """A picture of one stamp.

    Parameters
    ----------
    pixels
        From `pixels_of`.
    options
        ``stretch`` (sigmoid, linear, sqrt, power, log, asinh), ``colormap`` (keys of `_MAPS`),
        ``convolution_kernel`` (gauss, box); ``pmin`` and ``pmax`` have no effect, as on the
        genuine server.

    Raises
    ------
    ValueError, KeyError
        When an option is none of these.
    """
    image = np.nan_to_num(pixels)
    stretch = options.get("stretch", "sigmoid")
    image = _sigmoid(image) if stretch == "sigmoid" else _stretched(image, stretch, options)
    if "convolution_kernel" in options:
        image = _smoothed(image, options["convolution_kernel"])
    drawn = _coloured(image, options["colormap"]) if "colormap" in options else (image * 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(drawn).save(out, format="PNG")
    return out.getvalue()


def _sigmoid(image: Pixels) -> Pixels:
    spread = image.std() or 1.0
    scaled: Pixels = 1 / (1 + np.exp(-(image - image.mean()) / spread))
    return scaled


# Each from [0, 1] to [0, 1]; the constants are astropy's defaults, and the genuine server's 10 for asinh.
_STRETCHES: dict[str, Callable[[Pixels], Pixels]] = {
    "linear": lambda x: x,
    "sqrt": np.sqrt,
    "power": np.square,
    "log": lambda x: np.log(1000 * x + 1) / np.log(1001),
    "asinh": lambda x: np.arcsinh(x / 10) / np.arcsinh(1 / 10),
}


def _stretched(image: Pixels, stretch: str, options: Mapping[str, Any]) -> Pixels:
    float(options.get("pmin", 0)), float(options.get("pmax", 0))
    top = image[image.shape[0] // 2, image.shape[1] // 2]
    bottom = image.min() + 0.2 * np.median(np.abs(image - np.median(image)))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.clip((image - bottom) / (top - bottom), 0, 1)
    return _STRETCHES[stretch](np.nan_to_num(scaled))


def _smoothed(image: Pixels, kernel: str) -> Pixels:
    """Convolved with a kernel of width one pixel, edges repeated; a box of one pixel changes nothing."""
    if kernel not in ("gauss", "box"):
        raise ValueError(f"unknown kernel {kernel}")
    if kernel == "box":
        return image
    weights = np.exp(-0.5 * np.arange(-2, 3) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        image = np.apply_along_axis(lambda line: np.convolve(np.pad(line, 2, "edge"), weights, "valid"), axis, image)
    return image


def _coloured(image: Pixels, name: str) -> npt.NDArray[np.uint8]:
    stops = np.array([list(bytes.fromhex(colour)) for colour in _MAPS[name].split()])
    at = np.linspace(0, 1, len(stops))
    channels = [np.interp(image, at, stops[:, channel]) for channel in range(3)]
    return np.stack([*channels, np.full(image.shape, 255)], axis=-1).astype(np.uint8)
