"""Footprints: ``s_region`` as MAST writes it → centre and radius on the sky.

MAST's regions are STC-S (IVOA note "STC-S: Space-Time Coordinate Metadata Linear String Implementation" 1.33):
``POLYGON [ICRS] ra dec ra dec …`` and ``CIRCLE [ICRS] ra dec radius``, in degrees, one or more after each other.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

_SHAPE = re.compile(r"(POLYGON|CIRCLE)\s+(?:[A-Za-z][\w.]*\s+){0,4}([-+\d.eE\s]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Regions:
    """One footprint per row; NaN where there is none or it cannot be read.

    Parameters
    ----------
    ra_deg, dec_deg
        Direction of the mean of the corners (of the centre of a circle), shape (rows,).
    radius_deg
        Largest distance of a corner from it.
    """

    ra_deg: np.ndarray
    dec_deg: np.ndarray
    radius_deg: np.ndarray


def unit_vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    """Directions as vectors of length one, shape (…, 3); NaN where a coordinate is not finite."""
    with np.errstate(invalid="ignore"):
        ra, dec = np.radians(ra_deg), np.radians(dec_deg)
        return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def separation_deg(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angle between unit vectors, by the chord, which keeps its precision for small angles."""
    chord = np.linalg.norm(first - second, axis=-1)
    return np.degrees(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def regions(texts: pd.Series) -> Regions:
    """Footprints of a column of STC-S text; each different text is read once."""
    codes, unique = pd.factorize(texts, use_na_sentinel=True)
    found = np.array([_one(text) for text in unique] or np.empty((0, 3)), dtype=float).reshape(-1, 3)
    rows = np.vstack([found, np.full((1, 3), np.nan)])[codes]
    return Regions(rows[:, 0], rows[:, 1], rows[:, 2])


def _one(text: str) -> tuple[float, float, float]:
    """Centre and radius of one footprint, in degrees; plain floats, since it runs once per footprint."""
    corners, reach = [], 0.0
    for shape, numbers in _SHAPE.findall(text):
        values = _floats(numbers)
        if values is None:
            return (math.nan, math.nan, math.nan)
        if shape.upper() == "CIRCLE" and len(values) == 3:
            reach = max(reach, values.pop())
        if len(values) % 2 or not values:
            return (math.nan, math.nan, math.nan)
        corners += [_vector(ra, dec) for ra, dec in zip(values[::2], values[1::2], strict=True)]
    return _around(corners, reach)


def _floats(numbers: str) -> list[float] | None:
    try:
        values = [float(number) for number in numbers.split()]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def _vector(ra_deg: float, dec_deg: float) -> tuple[float, float, float]:
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    return math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)


def _around(corners: list[tuple[float, float, float]], reach_deg: float) -> tuple[float, float, float]:
    x, y, z = (math.fsum(axis) for axis in zip(*corners, strict=True)) if corners else (0.0, 0.0, 0.0)
    length = math.hypot(x, y, z)
    if length < 1e-9:
        return (math.nan, math.nan, math.nan)
    centre = (x / length, y / length, z / length)
    widest = max(math.dist(centre, corner) for corner in corners)
    radius = math.degrees(2 * math.asin(min(widest / 2, 1.0)))
    ra = math.degrees(math.atan2(centre[1], centre[0])) % 360
    return (ra, math.degrees(math.asin(max(-1.0, min(1.0, centre[2])))), radius + reach_deg)
