"""Where sources of each kind are on the sky."""

from __future__ import annotations

import numpy as np

# Rotation from equatorial (J2000) to galactic Cartesian coordinates (Murray 1989, as in Hipparcos volume 1, 1.5.3).
_TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [0.4941094279, -0.4448296300, 0.7469822445],
        [-0.8676661490, -0.1980763734, 0.4559837762],
    ]
)
# Star-forming clouds (l, b in degrees): Taurus, Perseus, Orion, Cygnus, Cepheus.
_CLOUDS = ((172.0, -15.0), (159.0, -20.0), (209.0, -19.0), (80.0, 0.0), (110.0, 15.0))
# ZTF does not reach further south.
SOUTH = -28.0


def draw(population: str, rng: np.random.Generator) -> tuple[float, float]:
    """Right ascension and declination (degrees) of one source.

    Parameters
    ----------
    population
        ``disc``, ``thick`` (old disc), ``halo``, ``clouds`` or ``galaxies`` (away from the Galactic plane).
    """
    while True:
        ra, dec = to_equatorial(*_galactic(population, rng))
        if dec > SOUTH:
            return ra, dec


def _galactic(population: str, rng: np.random.Generator) -> tuple[float, float]:
    if population == "clouds":
        centre = _CLOUDS[rng.integers(len(_CLOUDS))]
        return centre[0] + rng.normal(0, 4), centre[1] + rng.normal(0, 3)
    if population in ("disc", "thick"):
        height = rng.laplace(0, 6.0 if population == "disc" else 22.0)
        return (rng.normal(0, 75) if rng.random() < 0.6 else rng.uniform(0, 360)), float(np.clip(height, -89, 89))
    while True:
        latitude = float(np.degrees(np.arcsin(rng.uniform(-1, 1))))
        if abs(latitude) > (18 if population == "galaxies" else 8):
            return rng.uniform(0, 360), latitude


def to_equatorial(longitude: float, latitude: float) -> tuple[float, float]:
    """Right ascension and declination (J2000) of galactic coordinates, all in degrees."""
    l_rad, b_rad = np.radians([longitude, latitude])
    galactic = np.array([np.cos(b_rad) * np.cos(l_rad), np.cos(b_rad) * np.sin(l_rad), np.sin(b_rad)])
    x, y, z = _TO_GALACTIC.T @ galactic
    return float(np.degrees(np.arctan2(y, x)) % 360), float(np.degrees(np.arcsin(np.clip(z, -1, 1))))


def galactic_latitude(ra: float, dec: float) -> float:
    """Galactic latitude in degrees of an equatorial position in degrees."""
    a, d = np.radians([ra, dec])
    z = _TO_GALACTIC[2] @ np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
    return float(np.degrees(np.arcsin(np.clip(z, -1, 1))))
