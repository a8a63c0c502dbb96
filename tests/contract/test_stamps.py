"""How ZTF's stamps lie on the sky: measured on real ones, because the packets' documentation does not say."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from services.cutouts import ARCSEC_PER_PIXEL

ALERTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "alerts.parquet"
MIDDLE = 31
BRIGHT_MAG = 19.0
"""A source of the template as bright as that is seen without doubt."""
FROM_PIXELS, TO_PIXELS = 4, 26


def brightness(template: np.ndarray, row: float, column: float) -> float:
    """Brightest of nine pixels, in sigma above the sky."""
    at = np.round([row, column]).astype(int)
    box = template[at[0] - 1 : at[0] + 2, at[1] - 1 : at[1] + 2]
    sky = float(np.nanmedian(template))
    return (float(np.nanmax(box)) - sky) / (1.4826 * float(np.nanmedian(np.abs(template - sky))))


def bright_neighbours() -> list[tuple[np.ndarray, float, float]]:
    """Template, and how many pixels east and north of the alert its nearest source is; bright and not in the middle."""
    if not ALERTS.exists():
        pytest.skip("needs ../shared/data/alerts.parquet, which is not here")
    found = []
    for row in pq.read_table(ALERTS, columns=["candidate", "cutoutTemplate"]).to_pylist():
        alert, stamp = row["candidate"], (row["cutoutTemplate"] or {}).get("stampData")
        if not stamp or (alert.get("magnr") or 99) > BRIGHT_MAG or alert.get("ranr") is None:
            continue
        east = (alert["ranr"] - alert["ra"]) * np.cos(np.radians(alert["dec"])) * 3600 / ARCSEC_PER_PIXEL
        north = (alert["decnr"] - alert["dec"]) * 3600 / ARCSEC_PER_PIXEL
        if FROM_PIXELS < np.hypot(east, north) < TO_PIXELS:
            with fits.open(io.BytesIO(gzip.decompress(stamp)), ignore_missing_simple=True) as opened:
                found.append((opened[0].data, east, north))
    return found


@pytest.mark.filterwarnings("ignore:.*SIMPLE card")
def test_north_is_towards_row_zero_and_east_towards_column_zero() -> None:
    neighbours = bright_neighbours()
    clear = 0
    for template, east, north in neighbours:
        right = brightness(template, MIDDLE - north, MIDDLE - east)
        others = [
            brightness(template, MIDDLE + north, MIDDLE - east),
            brightness(template, MIDDLE - north, MIDDLE + east),
            brightness(template, MIDDLE + north, MIDDLE + east),
        ]
        assert right > 20
        assert right > max(others)
        clear += right > 5 * max(others)
    assert clear >= 3
