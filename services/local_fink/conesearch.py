"""``/conesearch``: objects around a position, the newest alert of each (FINK_API 1.6)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from flask import Response

from services.local_fink.arguments import any_date, key_range, now_jd, real, row_count, wanted_columns
from services.local_fink.history import IS_ALERT
from services.local_fink.routes import Payload, refused, route, store
from services.local_fink.tables import BLOCK, Question, served, tabular

Floats = npt.NDArray[np.float64]

CLASS = "d:classification"
_KEPT = "candid dec distnr drb fid jd jdstarthist magpsf objectId ra sigmapsf"
COLUMNS = ("d:cdsxmatch", CLASS, "d:nalerthist", *(f"i:{name}" for name in _KEPT.split()))
ALWAYS = ("i:ra", "i:dec")

LARGEST_ARCSEC = 18_000.0
# The table is filed by HEALPix pixel; limits are per pixel. A pixel's centre is at most 0.6 deg from its corners.
NSIDE = 128
_PIXEL_DEG = 0.6


@route("/conesearch", about="Get object data based on coordinates", required=["ra", "dec", "radius"])
def conesearch(payload: Payload) -> Response:
    """Objects within a radius of a position, nearest first."""
    low, high = _first_seen(payload)
    n = row_count(payload.get("n", 1000))
    radius_deg = real(payload["radius"]) / 3600
    if radius_deg > LARGEST_ARCSEC / 3600:
        return refused("`radius` cannot be bigger than 18,000 arcseconds (5 degrees).")
    try:
        centre = _position(payload["ra"], payload["dec"])
    except ValueError as error:
        return Response(str({"status": "error", "text": error}), 400)
    found = _within(centre, radius_deg, low, high, n)
    return tabular([_served(found, wanted_columns(payload, COLUMNS))], payload)


def _first_seen(payload: Payload) -> tuple[str, str]:
    """Bounds of the first detection; without a start they are open, and a stop or window means nothing."""
    if "startdate" not in payload:
        if "stopdate" in payload:
            any_date(payload["stopdate"])
        return "", "~"
    start = any_date(payload["startdate"])
    if "stopdate" in payload:
        return key_range(start, any_date(payload["stopdate"]))
    return key_range(start, start + real(payload["window"]) if "window" in payload else now_jd())


def _position(ra: Any, dec: Any) -> tuple[float, float]:
    """Right ascension and declination in degrees, of degrees or sexagesimal text (``10:30:00`` or ``10h30m``).

    Raises ValueError when they are no position.
    """
    from astropy.coordinates import SkyCoord  # takes a second to import

    text = str(ra)
    if "h" in text:
        coordinate = SkyCoord(ra, dec, frame="icrs")
    elif ":" in text or " " in text:
        coordinate = SkyCoord(ra, dec, frame="icrs", unit=("hourangle", "deg"))
    else:
        coordinate = SkyCoord(ra, dec, frame="icrs", unit="deg")
    return float(coordinate.ra.deg), float(coordinate.dec.deg)


def _within(centre: tuple[float, float], radius_deg: float, low: str, high: str, n: int) -> pd.DataFrame:
    """Alerts chosen, nearest first, with ``v:separation_degree``: one per object, from n rows of each pixel."""
    reach = radius_deg + 2 * _PIXEL_DEG
    near = store().in_declinations(centre[1] - reach, centre[1] + reach, low, high)
    ra, dec = (near[name].to_numpy(np.float64) for name in ALWAYS)
    near = near.assign(**{"v:separation_degree": separation_deg(*centre, ra, dec)})
    near = near[pd.Series(pixel(ra, dec), near.index).groupby(pixel(ra, dec)).cumcount() < n]
    near = near.sort_values("i:jd", kind="stable").drop_duplicates("i:objectId", keep="last")
    near = near[near["v:separation_degree"] <= radius_deg]
    return near.sort_values("v:separation_degree", kind="stable")


def _served(found: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    columns = sorted({*wanted, *ALWAYS}) if wanted else list(COLUMNS)
    blocks = store().blocks(found["id"], columns, BLOCK)
    rows = pd.concat([*blocks], ignore_index=True) if len(found) else pd.DataFrame()
    if rows.empty:
        return rows
    question = Question([name for name in columns if name in rows])
    table = served(rows[[*question.wanted, IS_ALERT]], question).reset_index(drop=True)
    if CLASS in columns:
        table[CLASS] = store().class_of(found["id"]).array
    return table.assign(**{"v:separation_degree": found["v:separation_degree"].array})


def separation_deg(ra0: float, dec0: float, ra: Floats, dec: Floats) -> Floats:
    """Angle on the sky between a position and others, all in degrees (Vincenty's formula, stable at all angles)."""
    a, b, c, d = (np.radians(angle) for angle in (ra0, dec0, ra, dec))
    across = np.hypot(np.cos(d) * np.sin(c - a), np.cos(b) * np.sin(d) - np.sin(b) * np.cos(d) * np.cos(c - a))
    along = np.sin(b) * np.sin(d) + np.cos(b) * np.cos(d) * np.cos(c - a)
    return np.asarray(np.degrees(np.arctan2(across, along)), dtype=np.float64)


def pixel(ra_deg: Floats, dec_deg: Floats) -> npt.NDArray[np.int64]:
    """Number of the HEALPix pixel of positions, `NSIDE` 128, ring scheme (Gorski et al. 2005, ApJ 622, 759).

    Rings count from the north; in the belt |sin dec| <= 2/3 each has 4 NSIDE pixels, in a cap 4 per ring number.
    """
    z, turn = np.sin(np.radians(dec_deg)), (ra_deg % 360) / 90
    belt = _belt(z, turn)
    return np.where(np.abs(z) <= 2 / 3, belt, _cap(z, turn))


def _belt(z: Floats, turn: Floats) -> npt.NDArray[np.int64]:
    rise, fall = (np.floor(NSIDE * (0.5 + turn + sign * 0.75 * z)).astype(np.int64) for sign in (-1, 1))
    ring = NSIDE + 1 + rise - fall
    shift = 1 - (ring & 1)
    along = ((rise + fall - NSIDE + shift + 1) // 2) % (4 * NSIDE)
    return 2 * NSIDE * (NSIDE - 1) + (ring - 1) * 4 * NSIDE + along


def _cap(z: Floats, turn: Floats) -> npt.NDArray[np.int64]:
    part, reach = turn % 1, NSIDE * np.sqrt(np.maximum(3 * (1 - np.abs(z)), 0))
    ring = (reach * part).astype(np.int64) + (reach * (1 - part)).astype(np.int64) + 1
    along = (turn * ring).astype(np.int64) % (4 * ring)
    return np.where(z > 0, 2 * ring * (ring - 1) + along, 12 * NSIDE**2 - 2 * ring * (ring + 1) + along)
