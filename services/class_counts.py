"""What the anomalies are: counts by label, by merged label or by family, of SIMBAD, Fink or TNS.

Three things that are not classes never mix with them: nobody answered ("Fail 504"), nothing was said (a missing
value), and, which is an answer, "Unknown".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.taxonomy import FAMILIES, FamilyCode, family, merged

By = Literal["simbad", "fink", "tns"]
Spelling = Literal["raw", "merged", "family"]
Unit = Literal["alerts", "objects"]
Kind = Literal["class", "no answer", "missing"]

#: Whose label, and the column of the anomaly index that has it.
COLUMN: dict[By, str] = {"simbad": "cdsxmatch", "fink": "classification", "tns": "tns"}
#: Who gives it, as screens call it.
GIVER: dict[By, str] = {"simbad": "SIMBAD", "fink": "Fink", "tns": "TNS"}
NO_ANSWER: dict[By, str] = {by: f"{giver} did not answer" for by, giver in GIVER.items()}
MISSING: dict[By, str] = {"simbad": "no SIMBAD label", "fink": "never classified", "tns": "no TNS entry or type"}

#: Columns of `class_counts`, with what they are.
COUNTED: dict[str, str] = {
    "label": "label, merged label, or name of the family (str)",
    "family": "code of `services.taxonomy.FAMILIES` (str)",
    "kind": "class, no answer, or missing (str)",
    "alerts": "alerts with it (int64)",
    "objects": "different objects with it (int64)",
    "share": "its part of all alerts, or of all objects, as the unit is (float64, 0 to 1)",
    "raw": "its labels as they were given, with alerts of each: LPV* 40, LongPeriodV* 12 (str)",
}


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which group each row belongs to.

    Attributes
    ----------
    labels, families, kinds
        Of each group.
    codes
        int64 (n,): position of the row's group in `labels`.
    raw
        int64 (n,): position of the row's own label in `spellings`; -1 where it has none.
    spellings
        The labels as they were given.
    """

    labels: list[str]
    families: list[FamilyCode]
    kinds: list[Kind]
    codes: npt.NDArray[np.int64]
    raw: npt.NDArray[np.int64]
    spellings: list[str]


def group_of(label: str | None, by: By, spelling: Spelling) -> tuple[str, FamilyCode, Kind]:
    """Group of one label: what it is called, its family, and whether it is a class at all.

    Examples
    --------
    >>> group_of("LPV*", "simbad", "merged"), group_of("Fail 504", "simbad", "family")
    (('LongPeriodV*', 'LP', 'class'), ('SIMBAD did not answer', 'NA', 'no answer'))
    """
    if label is None:
        return MISSING[by], "NA", "missing"
    code = family(label)
    if code == "NA":
        return (label if spelling == "raw" else NO_ANSWER[by]), code, "no answer"
    if spelling == "family":
        return FAMILIES[code], code, "class"
    # TNS has spellings of its own: its "SN" is not SIMBAD's.
    return (merged(label) if spelling == "merged" and by != "tns" else label), code, "class"


def grouped(labels: pd.Series, by: By, spelling: Spelling) -> Grouping:
    """Groups of all rows; only the few different labels are looked at one by one.

    Parameters
    ----------
    labels
        str (n,), as given; missing where there is none.
    """
    raw, given = pd.factorize(labels)
    spellings = [str(label) for label in given]
    found: dict[tuple[str, FamilyCode, Kind], int] = {}
    places = [found.setdefault(group_of(label, by, spelling), len(found)) for label in [*spellings, None]]
    used = places if (raw < 0).any() else places[:-1]
    groups = list(found)[: max(used, default=-1) + 1]
    codes = np.array(places, dtype="int64")[raw]  # -1 takes the last one, which is that of no label
    return Grouping(
        labels=[label for label, _, _ in groups],
        families=[code for _, code, _ in groups],
        kinds=[kind for _, _, kind in groups],
        codes=codes,
        raw=raw.astype("int64"),
        spellings=spellings,
    )


def labels_of(rows: pd.DataFrame, by: By, types: pd.Series | None = None) -> pd.Series:
    """The label of each row.

    Parameters
    ----------
    types
        Types of the Transient Name Server for the rows, from a mirror of it; where it has none, Fink's own match
        counts (``d:tns``). Used for ``by="tns"``.
    """
    own = rows[COLUMN[by]]
    return own if types is None or by != "tns" else types.where(types.notna(), own)


def class_counts(
    rows: pd.DataFrame, by: By, spelling: Spelling, unit: Unit = "alerts", *, types: pd.Series | None = None
) -> pd.DataFrame:
    """Counts of each label, largest first; what is not a class comes last unless labels are left as they are.

    Parameters
    ----------
    rows
        Rows of `services.anomalies.AnomalyIndex`, any number.
    by, spelling, unit
        Whose labels; as given, with SIMBAD's spellings merged, or families; what shares are of.
    types
        As for `labels_of`.

    Returns
    -------
    DataFrame
        Columns `COUNTED`. An object with several labels counts for each of them, so shares of objects may add up to
        more than 1.
    """
    groups = grouped(labels_of(rows, by, types), by, spelling)
    objects = pd.factorize(rows["object_id"])[0]
    alerts = np.bincount(groups.codes, minlength=len(groups.labels))
    different = _different(groups.codes, objects, len(groups.labels))
    total = len(rows) if unit == "alerts" else int(objects.max(initial=-1)) + 1
    counted = pd.DataFrame(
        {
            "label": pd.array(groups.labels, dtype="str"),
            "family": pd.array(groups.families, dtype="str"),
            "kind": pd.array(groups.kinds, dtype="str"),
            "alerts": alerts.astype("int64"),
            "objects": different,
            "share": (alerts if unit == "alerts" else different) / max(total, 1),
            "raw": pd.array(_spellings(groups), dtype="str"),
        }
    )
    return _ordered(counted, unit, apart=spelling != "raw")


def _ordered(counted: pd.DataFrame, unit: Unit, *, apart: bool) -> pd.DataFrame:
    rank = {"class": 0, "no answer": int(apart), "missing": 2}
    keys = {"rank": counted["kind"].map(rank), "size": -counted[unit]}
    order = counted.assign(**keys).sort_values(["rank", "size", "label"], kind="stable").index
    return counted.loc[order].reset_index(drop=True)


def _different(codes: npt.NDArray[np.int64], objects: npt.NDArray[np.int64], groups: int) -> npt.NDArray[np.int64]:
    """How many different objects each group has."""
    step = int(objects.max(initial=0)) + 1
    pairs = pd.unique(codes * step + objects)  # ten times as fast as NumPy's, which sorts
    return np.bincount(pairs // step, minlength=groups).astype("int64")


def _spellings(groups: Grouping) -> list[str]:
    """The labels that each group joins, largest first."""
    known = groups.raw >= 0
    sizes = np.bincount(groups.raw[known], minlength=len(groups.spellings))
    home = np.zeros(len(groups.spellings), dtype="int64")
    home[groups.raw[known]] = groups.codes[known]
    words: list[list[str]] = [[] for _ in groups.labels]
    for place in np.argsort(-sizes, kind="stable"):
        words[home[place]].append(f"{groups.spellings[place]} {sizes[place]}")
    return [", ".join(each) for each in words]


def rows_with(
    rows: pd.DataFrame, label: str, by: By, spelling: Spelling, *, types: pd.Series | None = None
) -> pd.DataFrame:
    """The rows that `class_counts` counts for a label; none when it counts none."""
    groups = grouped(labels_of(rows, by, types), by, spelling)
    if label not in groups.labels:
        return rows.iloc[:0]
    return rows[groups.codes == groups.labels.index(label)]
