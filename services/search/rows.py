"""Alerts of any list with the columns of the anomaly index, so that one table shows them all.

What a list does not say is missing, never zero; what the index knows about an object is added from there: how often
it was among the anomalies up to the night of the alert, its rank, and the score where the list brings none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.anomaly_table import ADDED, UNANSWERED
from services.classification import INPUTS, classify
from services.fink.columns import LIST
from services.fink.decode import tidy
from services.nights import model_era, night_of
from services.repeats import RECENT_NIGHTS

COLUMNS = (*LIST, UNANSWERED, *ADDED)

Floats = npt.NDArray[np.float64]


def listed(rows: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Tidy rows of any endpoint with the columns `COLUMNS` first; theirs besides follow.

    Parameters
    ----------
    rows
        Alerts with ``object_id``, ``candid``, ``jd``, ``ra``, ``dec``; those without time or place are left out.
    index
        All anomalies at hand (`services.anomalies.AnomalyIndex.table`).

    Returns
    -------
    DataFrame
        In the order of `rows`. ``times_90d`` and ``times_ever`` are 0 for what was never among the anomalies up to
        then, with ``first_flagged`` missing.
    """
    rows = rows[rows[["object_id", "jd", "ra", "dec"]].notna().all(axis=1)].reset_index(drop=True)
    full = _with_list_columns(rows)
    jd = full["jd"].to_numpy(dtype="float64")
    nights = night_of(jd)
    full = full.assign(
        night=nights.astype("datetime64[s]"),
        classification=_labels(rows, full),
        era=pd.array(model_era(jd), dtype="str"),
        **_repeats(full["object_id"], nights, index),
    )
    full = _with_scores(full, index)
    return full[[*COLUMNS, *(name for name in full.columns if name not in COLUMNS)]]


def _with_list_columns(rows: pd.DataFrame) -> pd.DataFrame:
    absent = [name for name in (*LIST, UNANSWERED) if name not in rows]
    blank = tidy([{} for _ in range(len(rows))], absent) if absent else pd.DataFrame(index=rows.index)
    return pd.concat([rows, blank[[name for name in absent if name in blank]]], axis="columns").assign(
        **({} if UNANSWERED in rows or UNANSWERED in blank else {UNANSWERED: pd.Series(None, rows.index, dtype="str")})
    )


def _labels(rows: pd.DataFrame, full: pd.DataFrame) -> pd.Series:
    """Class by today's rules where the list has what they need; else the one that was stored with the alert."""
    if all(name in rows for name in INPUTS):
        return classify(full).astype("str")
    if "classification" in rows:
        return rows["classification"].astype("str")
    return pd.Series(None, index=rows.index, dtype="str")


def _repeats(ids: pd.Series, nights: npt.NDArray[np.datetime64], index: pd.DataFrame) -> dict[str, npt.NDArray]:
    """How often each object was listed up to its night, and since when."""
    days = nights.astype("int64")
    mine = index.loc[index["object_id"].isin(ids.unique()), ["object_id", "night"]]
    known = {
        str(name): np.unique(group.to_numpy().astype("datetime64[D]").astype("int64"))
        for name, group in mine.groupby("object_id", sort=False)["night"]
    }
    recent, ever = np.zeros(len(ids), dtype="int64"), np.zeros(len(ids), dtype="int64")
    first = np.full(len(ids), np.datetime64("NaT"), dtype="datetime64[s]")
    for n, (name, day) in enumerate(zip(ids, days, strict=True)):
        listed_on = known.get(str(name))
        if listed_on is None or listed_on[0] > day:
            continue
        ever[n] = np.searchsorted(listed_on, day, side="right")
        recent[n] = ever[n] - np.searchsorted(listed_on, day - (RECENT_NIGHTS - 1))
        first[n] = listed_on[0].astype("datetime64[D]")
    return {"times_90d": recent, "times_ever": ever, "first_flagged": first, "is_new": first == nights}


def _with_scores(full: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Rank, and the score where it is missing, of those alerts that are in the index themselves."""
    mine = index.loc[index["candid"].isin(full["candid"].dropna().unique()), ["candid", "rank", "anomaly_score"]]
    by_alert = mine.drop_duplicates("candid").set_index("candid")
    ranks = full["candid"].map(by_alert["rank"]).astype("Int64")
    scores = full["candid"].map(by_alert["anomaly_score"]).astype("float64")
    return full.assign(rank=ranks, anomaly_score=full["anomaly_score"].astype("float64").fillna(scores))


def within(rows: pd.DataFrame, ra_deg: float, dec_deg: float, radius_arcsec: float) -> pd.DataFrame:
    """Rows within a radius of a position, nearest first, one per object (its newest), with ``separation_degree``."""
    apart = separation_deg(ra_deg, dec_deg, rows["ra"].to_numpy("float64"), rows["dec"].to_numpy("float64"))
    near = rows.assign(separation_degree=apart)[apart <= radius_arcsec / 3600]
    newest = near.sort_values("jd", ascending=False, kind="stable").drop_duplicates("object_id")
    return newest.sort_values("separation_degree", kind="stable", ignore_index=True)


def separation_deg(ra0: float, dec0: float, ra: Floats, dec: Floats) -> Floats:
    """Angle on the sky between a position and others, all in degrees (haversine formula)."""
    a0, d0, a, d = (np.radians(angle) for angle in (ra0, dec0, ra, dec))
    h = np.sin((d - d0) / 2) ** 2 + np.cos(d0) * np.cos(d) * np.sin((a - a0) / 2) ** 2
    return np.asarray(np.degrees(2 * np.arcsin(np.sqrt(np.clip(h, 0, 1)))), dtype="float64")
