"""Cutouts of 63x63 pixels as gzipped FITS: science, template, difference."""

from __future__ import annotations

import gzip

import numpy as np

from services.local_fink.sky.draws import Floats
from services.local_fink.sky.light_curves import Model, flux_of
from services.local_fink.sky.observed import Observed

SIZE = 63
KINDS = ("Science", "Template", "Difference")
# Counts of noise per pixel, in units of which everything is drawn; steps of 1/2 keep the files small.
_STEP = 0.5
_TEMPLATE_NOISE = 0.4
_TEMPLATE_SEEING = 1.9
_SKY = 12.0
_EDGE_SHARE, _BAD_COLUMN_SHARE = 0.02, 0.03
_ROWS, _COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)

Image = np.ndarray


def stamps_of(seen: Observed, place: int, seed: int) -> tuple[bytes, bytes, bytes]:
    """Science, template and difference of one alert, each a gzipped FITS file with one image.

    North is up and east left, one pixel about one arcsecond. Stamps at the edge of the detector are smaller;
    pixels of a bad column are NaN.
    """
    rng = np.random.default_rng((seed, 41, seen.source.number, place))
    field = np.random.default_rng((seed, 42, seen.source.number))
    model, fid = seen.source.model, int(seen.fid[place])
    # Flux of one pixel's noise: a point source at the limit has five times the noise of its pixels together.
    seeing = float(seen.seeing[place])
    unit = float(flux_of(seen.limit[place])) / 5 / (1.5 * seeing)
    sources = _neighbours(field, model, fid)
    template = _drawn(sources, _TEMPLATE_SEEING, unit) + rng.normal(0, _TEMPLATE_NOISE, (SIZE, SIZE))
    change = float(flux_of(seen.magpsf[place])) * (1 if seen.positive[place] else -1)
    difference = _point(31.0, 31.0, change, seeing, unit) + rng.normal(0, 1, (SIZE, SIZE))
    difference += _residual(seen, sources, unit, rng)
    science = _drawn(sources, seeing, unit) + difference
    images = _damaged([science + _SKY, template + _SKY, difference], rng)
    return tuple(_fits(image) for image in images)  # type: ignore[return-value]


def _neighbours(rng: np.random.Generator, model: Model, fid: int) -> list[tuple[float, float, float, float]]:
    """Row, column, flux and size (pixels, 0 for a star) of what the template shows; its own object first."""
    apart, angle = model.separation, rng.uniform(0, 2 * np.pi)
    at = 31 + apart * np.sin(angle), 31 + apart * np.cos(angle)
    galaxy, star = model.constant[fid], model.template[fid] - model.constant[fid]
    found = [(*at, star, 0.0)] if star > 0 else []
    found += [(*at, galaxy, rng.uniform(2.0, 4.5))] if galaxy > 0 else []
    for _ in range(int(rng.poisson(4))):
        row, column = rng.uniform(0, SIZE, 2)
        found.append((float(row), float(column), float(flux_of(rng.uniform(16.5, 21.0))), 0.0))
    return found


def _drawn(sources: list[tuple[float, float, float, float]], seeing: float, unit: float) -> Image:
    image = np.zeros((SIZE, SIZE))
    for row, column, flux, size in sources:
        image += _galaxy(row, column, flux, size, unit) if size else _point(row, column, flux, seeing, unit)
    return image


def _point(row: float, column: float, flux: float, seeing: float, unit: float) -> Image:
    sigma2 = (seeing / 2.355) ** 2
    up, across = np.exp(-0.5 * (_ROWS[:, 0] - row) ** 2 / sigma2), np.exp(-0.5 * (_COLUMNS[0] - column) ** 2 / sigma2)
    return np.asarray(np.outer(up, across) * (flux / unit / (2 * np.pi * sigma2)))


def _galaxy(row: float, column: float, flux: float, size: float, unit: float) -> Image:
    """An exponential disc, flattened to two thirds."""
    radius = np.hypot(_COLUMNS - column, (_ROWS - row) / 0.67)
    return np.asarray(np.exp(-radius / size) * (flux / unit / (2 * np.pi * 0.67 * size**2)))


def _residual(
    seen: Observed, sources: list[tuple[float, float, float, float]], unit: float, rng: np.random.Generator
) -> Image:
    """What a bright star leaves behind: a dipole, as artefacts show."""
    if seen.source.kind_name != "artefact":
        return np.zeros((SIZE, SIZE))
    row, column, flux, _ = sources[0]
    shift = rng.uniform(0.02, 0.06)
    return _point(row, column + shift, flux, 2.2, unit) - _point(row, column - shift, flux, 2.2, unit)


def _damaged(images: list[Floats], rng: np.random.Generator) -> list[Floats]:
    """Cut at the detector's edge, or lose a column of the science image, now and then."""
    luck = rng.random()
    if luck < _EDGE_SHARE:
        kept = int(rng.integers(34, SIZE - 4))
        return [image[:, :kept] for image in images]
    if luck < _EDGE_SHARE + _BAD_COLUMN_SHARE:
        column = int(rng.integers(0, SIZE))
        images[0][:, column] = images[2][:, column] = np.nan
    return images


def _fits(image: Floats) -> bytes:
    """A gzipped FITS file with one image of 32-bit floats; the same bytes for the same pixels."""
    pixels = (np.round(image / _STEP) * _STEP).astype(">f4")
    cards = [("SIMPLE", "T"), ("BITPIX", "-32"), ("NAXIS", "2")]
    cards += [("NAXIS1", str(image.shape[1])), ("NAXIS2", str(image.shape[0]))]
    header = "".join(f"{name:<8}= {value:>20}".ljust(80) for name, value in cards)
    header += "SIMULATE=                    T / invented pixels".ljust(80) + "END".ljust(80)
    return gzip.compress(_padded(header.encode("ascii"), b" ") + _padded(pixels.tobytes(), b"\0"), 2, mtime=0)


def _padded(block: bytes, filler: bytes) -> bytes:
    """FITS counts in blocks of 2880 bytes."""
    return block + filler * (-len(block) % 2880)
