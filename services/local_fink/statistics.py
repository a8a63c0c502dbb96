"""``/statistics``: how many alerts of each night, and of which classes (FINK_API 1.8)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pandas as pd
from flask import Response

from services.classification import HOST_LABELS, UNKNOWN
from services.local_fink.arguments import is_true
from services.local_fink.routes import Payload, ServerError, route, store
from services.local_fink.tables import tabular

# Host labels that are galaxies; the others say that SIMBAD knows no object there, or a supernova.
GALAXIES = HOST_LABELS - {UNKNOWN, "Transient", "Fail", "Fail 504", "SN", "Candidate_SN*", "SN*_Candidate"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NIGHT = """CAST(floor({jd} + 0.5) AS BIGINT) - 2440588"""

_BASIC = f"""
    SELECT night, raw, coalesce(sci, 0) AS sci, coalesce(n_g, 0) AS n_g, coalesce(n_r, 0) AS n_r,
        coalesce(exposures, 0) AS exposures, coalesce(fields, 0) AS fields,
        coalesce(simbad_tot, 0) AS simbad_tot, coalesce(simbad_gal, 0) AS simbad_gal
    FROM (SELECT {_NIGHT.format(jd="jd")} AS night, count(*) AS raw FROM packets GROUP BY night)
    LEFT JOIN (
        SELECT {_NIGHT.format(jd='"i:jd"')} AS night, count(*) AS sci,
            count(*) FILTER ("i:fid" = 1) AS n_g, count(*) FILTER ("i:fid" = 2) AS n_r,
            count(DISTINCT "i:jd") AS exposures, count(DISTINCT "i:field") AS fields,
            count(*) FILTER ("d:cdsxmatch" <> 'Unknown' AND NOT starts_with("d:cdsxmatch", 'Fail')) AS simbad_tot,
            count(*) FILTER (list_contains(?, "d:cdsxmatch")) AS simbad_gal
        FROM alerts GROUP BY night
    ) USING (night) ORDER BY night
"""
_CLASSES = f"""
    SELECT {_NIGHT.format(jd='"i:jd"')} AS night, class, count(*) AS alerts
    FROM alerts JOIN classes USING (id) GROUP BY night, class
"""


@route("/statistics", about="Get statistics concerning alerts processed by Fink", required=["date"])
def statistics(payload: Payload) -> Response:
    """One row per night whose date (YYYYMMDD) starts with the one asked for; every cell is text."""
    table = _nights()
    if is_true(payload, "schema"):
        return tabular(
            [pd.DataFrame({"schema": [name for name in map(str, table) if not name.startswith("key:")]})], payload
        )
    table = table[table["key:key"].str.startswith(f"ztf_{payload['date']}")]
    return tabular([_asked(table, payload)], payload)


def _nights() -> pd.DataFrame:
    """All nights, oldest first; labels that no alert of a night has are missing there."""
    basic = store().table(_BASIC, [sorted(GALAXIES)]).set_index("night")
    simbad = basic.columns.str.startswith("simbad")
    basic.columns = [f"{'class' if simbad[i] else 'basic'}:{name}" for i, name in enumerate(basic)]
    classes = store().table(_CLASSES).pivot(index="night", columns="class", values="alerts")
    table = basic.join(classes.rename(columns=lambda name: f"class:{name}")).astype("Int64").astype("str")
    # When the genuine row was written: here the end of its night, in milliseconds.
    ends = [str((int(night) + 1) * 86_400_000) for night in table.index]
    return table.assign(**{"key:key": [_key(int(night)) for night in table.index], "key:time": ends})


def _key(night: int) -> str:
    return f"ztf_{_EPOCH + timedelta(days=night):%Y%m%d}"


def _asked(table: pd.DataFrame, payload: Payload) -> pd.DataFrame:
    """Columns with a cell; of those asked for, rows with one. Blanks in names matter: labels have some."""
    asked = payload.get("columns", "*")
    if not isinstance(asked, str):
        raise ServerError("columns is not text")
    if asked != "*":
        names = [name for name in re.split(",", asked) if name in table]
        table = table[table[names].notna().any(axis=1)][[*names, "key:key", "key:time"]]
    return table.dropna(axis="columns", how="all")
