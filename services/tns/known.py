"""Which anomalous objects the world already knows: one row per object, with its best TNS entry and who was first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from services.nightly import label_of
from services.nights import UNIX_EPOCH_JD
from services.taxonomy import family
from services.tns.match import RADIUS_ARCSEC, Pairs, match
from services.tns.table import TnsTable

NOT_COMPARED = frozenset({"UN", "NA", "GA"})
"""Families that contradict nothing: nobody knows, nobody answered, and the galaxy that a supernova is in."""

RULE = (
    "Different: the TNS type is of another class family than SIMBAD's label or Fink's class. Unknown, no answer, "
    "Ambiguous and galaxies (a supernova's host) are not held against it."
)

FILTERS = ("known", "unreported", "classified", "unclassified", "different")
"""What rows can be chosen by; each is a column of truth values."""


@dataclass(frozen=True)
class Knowledge:
    """What TNS has for the objects of a range of nights.

    Attributes
    ----------
    objects
        One row per object, columns as `known_objects` says.
    counts
        Objects in all, and with which kind of match.
    asked
        Whether a TNS table was there to look in: without one, nothing is called unreported.
    """

    objects: pd.DataFrame
    counts: Mapping[str, int]
    asked: bool


def known_objects(
    rows: pd.DataFrame,
    table: TnsTable | None,
    radius_arcsec: float = RADIUS_ARCSEC,
    answered: frozenset[str] | None = None,
) -> Knowledge:
    """The objects of some anomalies with what TNS has for them.

    Parameters
    ----------
    rows
        Rows of `services.anomalies.AnomalyIndex.table`, any order.
    table
        What to look in; None when there is nothing to look in (then only ``d:tns`` speaks).
    answered
        Objects that the table can say anything about; None for all.

    Returns
    -------
    Knowledge
        ``objects`` has, known ones first and of both the newest flag first:

        - ``object_id, candid, ra, dec`` of the newest anomaly, ``anomaly_score`` (the lowest), ``nights``
          (anomalies in the range), ``label, origin, family``;
        - ``by_name, by_position, by_fink`` (bool: found by name, by position, by Fink's ``d:tns``), ``fullname,
          entry_type, redshift, separation_arcsec`` of the best entry, ``counterparts`` (int), ``tns`` (Fink's type) and
          ``type`` (the entry's, or else Fink's);
        - ``discovery_jd, detected_jd`` (ZTF's first detection at the place, ``jdstarthist``), ``flagged_night`` (first
          night in the top ten), and ``detected_after_d, flagged_after_d``: days after the discovery in TNS, negative
          when before, NaN without one;
        - ``looked_up`` (whether there was a table to look in) and the columns of `FILTERS`.
    """
    objects = _objects(rows)
    if table is None:
        pairs = _no_pairs()
    else:
        ids = objects["object_id"].tolist()
        pairs = match(table, ids, objects["ra"].to_numpy(), objects["dec"].to_numpy(), radius_arcsec)
    full = _judged(_with_entries(objects, table, pairs), table is not None, answered)
    full = full.sort_values("known", ascending=False, kind="stable", ignore_index=True)
    names = ("by_name", "by_position", "by_fink", *FILTERS)
    counts = {"objects": len(full), **{name: int(full[name].sum()) for name in names}}
    return Knowledge(full, counts, table is not None)


def _objects(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per object: its newest anomaly, and what all its anomalies together say."""
    ordered = rows.sort_values("jd", kind="stable")
    groups = ordered.groupby("object_id", sort=False)
    newest = ordered.drop_duplicates("object_id", keep="last").set_index("object_id")
    newest = newest[["candid", "ra", "dec", "classification", "cdsxmatch"]]
    summed = groups.agg(
        anomaly_score=("anomaly_score", "min"),
        nights=("candid", "size"),
        tns=("tns", "last"),
        detected_jd=("jdstarthist", "min"),
        flagged_night=("first_flagged", "min"),
    )
    joined = newest.join(summed).reset_index()
    labels = [
        label_of(*pair) for pair in zip(joined["classification"].tolist(), joined["cdsxmatch"].tolist(), strict=True)
    ]
    named = {
        name: pd.array([label[place] for label in labels], dtype="str")
        for place, name in enumerate(("label", "origin", "family"))
    }
    full = joined.assign(**named)
    return full.sort_values(["flagged_night", "object_id"], ascending=[False, True], ignore_index=True)


_NO_FACTS = pd.DataFrame(
    {
        **{name: pd.array([], dtype="str") for name in ("fullname", "type")},
        **{name: np.array([], dtype="float64") for name in ("redshift", "discovery_jd")},
    }
)


def _no_pairs() -> Pairs:
    none, no = np.array([], dtype="int64"), np.array([], dtype=bool)
    return Pairs(none, none, no, no, np.array([], dtype="float64"), none)


def _with_entries(objects: pd.DataFrame, table: TnsTable | None, pairs: Pairs) -> pd.DataFrame:
    size, best = len(objects), pairs.best()
    entries = _NO_FACTS if table is None else table.facts(best.entry)
    placed = entries.assign(separation_arcsec=best.separation_arcsec).set_index(best.row).reindex(range(size))
    columns: dict[str, Any] = {
        **{"entry_type" if name == "type" else str(name): cells.array for name, cells in placed.items()},
        "by_name": _any(size, pairs.row[pairs.by_name]),
        "by_position": _any(size, pairs.row[pairs.by_position]),
        "counterparts": pairs.counts(size),
    }
    return objects.assign(**columns)


def _any(size: int, rows: np.ndarray) -> np.ndarray:
    found = np.zeros(size, dtype=bool)
    found[rows] = True
    return found


def _judged(objects: pd.DataFrame, asked: bool, answered: frozenset[str] | None) -> pd.DataFrame:
    by_fink = objects["tns"].notna()
    has_entry = objects["by_name"] | objects["by_position"]
    kind = objects["entry_type"].where(objects["entry_type"].notna(), objects["tns"])
    looked_up = objects["object_id"].isin(answered) if answered is not None else pd.Series(asked, objects.index)
    flagged_jd = objects["flagged_night"].to_numpy().astype("datetime64[D]").astype("int64") + UNIX_EPOCH_JD
    labels = zip(kind.tolist(), objects["cdsxmatch"].tolist(), objects["classification"].tolist(), strict=True)
    return objects.assign(
        type=kind,
        by_fink=by_fink,
        looked_up=looked_up,
        known=has_entry | by_fink,
        unreported=looked_up & ~has_entry & ~by_fink,
        classified=kind.notna(),
        unclassified=has_entry & kind.isna(),
        different=[differs(*each) for each in labels],
        detected_after_d=objects["detected_jd"] - objects["discovery_jd"],
        flagged_after_d=flagged_jd - np.floor(objects["discovery_jd"] - 0.5) - 0.5,
    )


def differs(tns_type: object, simbad: object, fink: object) -> bool:
    """Whether a TNS type contradicts SIMBAD's label or Fink's class, by families (see `RULE`).

    Examples
    --------
    >>> differs("SN Ia", "CataclyV*", None), differs("SN Ia", "Galaxy", "SN candidate")
    (True, False)
    """
    mine = family(tns_type)
    if mine in NOT_COMPARED:
        return False
    others = {family(label) for label in (simbad, fink) if label != "Ambiguous"} - NOT_COMPARED
    return bool(others - {mine})


def chosen(knowledge: Knowledge, only: str) -> pd.DataFrame:
    """The objects that a filter leaves; all of them when `only` is "" or no filter."""
    objects = knowledge.objects
    return objects[objects[only]].reset_index(drop=True) if only in FILTERS else objects


EXPORTED = (
    *("object_id", "candid", "ra", "dec", "anomaly_score", "nights", "cdsxmatch", "classification", "tns"),
    *("fullname", "type", "redshift", "separation_arcsec", "by_name", "by_position", "by_fink", "counterparts"),
    *("discovery_jd", "detected_jd", "flagged_night", "detected_after_d", "flagged_after_d"),
    *FILTERS,
)
"""Columns of the export, in order. The TNS columns get names of their own: TNS's ra is not the alert's."""

RENAMED = {"fullname": "tns_name", "type": "tns_type", "redshift": "tns_redshift", "counterparts": "tns_entries"}


def for_export(objects: pd.DataFrame) -> pd.DataFrame:
    """Rows of `known_objects` as they are exported."""
    return objects[list(EXPORTED)].rename(columns=RENAMED)
