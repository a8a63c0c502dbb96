"""Dust of the Milky Way in front of a position, from the map of Schlegel, Finkbeiner & Davis on this machine.

The map is two FITS files (1998ApJ...500..525S; ``SFD_dust_4096_ngp.fits`` and ``..._sgp.fits``, 64 MB each), which
are not part of the project. Only the four pixels around a position are read. The projection is that of the files'
own headers: Lambert's equal-area one about the galactic poles.

A magnitude is never corrected here: what there is to say is how large the extinction is.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from services.positions import galactic

log = logging.getLogger(__name__)

NORTH, SOUTH = "SFD_dust_4096_ngp.fits", "SFD_dust_4096_sgp.fits"

#: Extinction per E(B-V) of the map, for R_V = 3.1: Schlafly & Finkbeiner 2011 (ApJ 737, 103), Table 6, rows
#: Landolt V and PS1 g, r, i. They apply to the map as published; the recalibration by 0.86 is inside them. ZTF's
#: bands are not in that table; its magnitudes are calibrated to PS1, whose coefficients stand in.
COEFFICIENTS: MappingProxyType[str, float] = MappingProxyType({"V": 2.742, "g": 3.172, "r": 2.271, "i": 1.682})


class DustMapError(Exception):
    """The folder does not hold a map that can be read; the text is a sentence for the screen."""


@dataclass(frozen=True)
class Extinction:
    """E(B-V) of the map at a position, and the extinction (mag) by band: V, g, r and i."""

    ebv: float
    mag: dict[str, float]


def extinction(folder: Path, ra_deg: float, dec_deg: float) -> Extinction:
    """Extinction through the whole Galaxy at a J2000 position.

    Parameters
    ----------
    folder
        Where the two files are.
    ra_deg, dec_deg
        Position (deg).

    Raises
    ------
    DustMapError
        A file is missing, is not such a map, or has no value there.
    """
    lon, lat = galactic(ra_deg, dec_deg)
    path = folder / (NORTH if lat >= 0 else SOUTH)
    try:
        ebv = _ebv(path, math.radians(lon), math.radians(lat))
    except FileNotFoundError:
        raise DustMapError(f"{path.name} is not in the folder of the dust map.") from None
    except (OSError, KeyError, ValueError, IndexError, TypeError) as error:
        log.warning("The dust map %s cannot be read: %s", path, error)
        raise DustMapError(f"{path.name} cannot be read as a dust map.") from None
    if not math.isfinite(ebv) or ebv < 0:
        raise DustMapError("The dust map has no value at this position.")
    return Extinction(ebv, {band: ebv * coefficient for band, coefficient in COEFFICIENTS.items()})


def _ebv(path: Path, lon: float, lat: float) -> float:
    """Value of one hemisphere's file between its pixels; galactic coordinates in radians."""
    from astropy.io import fits  # a second to import, and most people have no map

    with fits.open(path, memmap=True) as files:
        image, header = files[0].data, files[0].header
        sign = int(header["LAM_NSGP"])
        radius = float(header["LAM_SCAL"]) * math.sqrt(max(0.0, 1 - sign * math.sin(lat)))
        x = float(header["CRPIX1"]) - 1 + radius * math.cos(lon)
        y = float(header["CRPIX2"]) - 1 - sign * radius * math.sin(lon)
        rows, columns = image.shape
        x, y = min(max(x, 0.0), columns - 1.0), min(max(y, 0.0), rows - 1.0)
        x0, y0 = min(int(x), columns - 2), min(int(y), rows - 2)
        corners = [[float(value) for value in row] for row in image[y0 : y0 + 2, x0 : x0 + 2]]
    return _between(corners, x - x0, y - y0)


def _between(corners: list[list[float]], dx: float, dy: float) -> float:
    """Bilinear interpolation in a square; `dx` and `dy` from 0 to 1."""
    low = corners[0][0] * (1 - dx) + corners[0][1] * dx
    high = corners[1][0] * (1 - dx) + corners[1][1] * dx
    return low * (1 - dy) + high * dy
