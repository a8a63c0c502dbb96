"""The code for the TNS table: a script that fetches anomalies and TNS from Fink and joins them by name and position."""

from __future__ import annotations

from datetime import date

from services import snippets
from services.sources import Source

COLUMNS = ("object_id", "candid", "jd", "ra", "dec", "anomaly_score", "cdsxmatch", "tns")


def script(first: date, last: date, radius_arcsec: float, source: Source) -> str:
    """Python source; ``by_name`` and ``by_place`` are the matches, ``rows`` the anomalies of the nights."""
    api = snippets.LOCAL_API if source.simulated else snippets.PUBLIC_API
    return snippets.anomalies(first, last, COLUMNS, source=source) + _TEMPLATE.format(
        api=api, radius=f"{radius_arcsec:g}"
    )


_TEMPLATE = """
# Fink's whole TNS table: all texts, one row per TNS name and internal name. It takes a minute.
answer = requests.post(
    "{api}/api/v1/resolver", json={{"resolver": "tns", "name": "", "nmax": 10_000_000}}, timeout=900
)
answer.raise_for_status()
tns = pd.DataFrame(answer.json())
by_name = rows.merge(tns, left_on="i:objectId", right_on="d:internalname")

import astropy.units as u
from astropy.coordinates import SkyCoord, search_around_sky

places = tns.drop_duplicates("d:fullname")[["d:fullname", "d:type", "d:ra", "d:declination", "d:discoverydate"]]
places = places.assign(ra=pd.to_numeric(places["d:ra"], "coerce"), dec=pd.to_numeric(places["d:declination"], "coerce"))
places = places.dropna(subset=["ra", "dec"])
here = SkyCoord(rows["i:ra"].astype(float), rows["i:dec"].astype(float), unit="deg")
there = SkyCoord(places["ra"], places["dec"], unit="deg")
i, k, apart, _ = search_around_sky(here, there, {radius} * u.arcsec)
by_place = rows.iloc[i].reset_index(drop=True).join(places.iloc[k].reset_index(drop=True))
by_place["arcsec"] = apart.arcsec
"""
