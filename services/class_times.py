"""Classes against time: one row per label, one column per night, week or month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.class_counts import By, Kind, Spelling, Unit, grouped, labels_of
from services.taxonomy import FamilyCode

Bin = Literal["night", "week", "month"]

MOST_COLUMNS = 45
"""So many columns have room for a number in each cell, on a screen of 1080p."""


@dataclass(frozen=True, eq=False)
class ClassTimes:
    """Counts of labels in time.

    Attributes
    ----------
    bin
        What a column is.
    starts
        datetime64[D] (m,): the night, the Monday of the week, or the first of the month; oldest first. Nights without
        anomalies have no column; weeks and months have, because they are evenly spaced.
    labels, families, kinds
        Of each of the n rows, in the order of `services.class_counts.class_counts`.
    counts
        int64 (n, m).
    totals
        int64 (n,): of the whole time; of objects that is less than the sum of the columns.
    """

    bin: Bin
    starts: npt.NDArray[np.datetime64]
    labels: list[str]
    families: list[FamilyCode]
    kinds: list[Kind]
    counts: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]

    def table(self) -> pd.DataFrame:
        """Long form for files: ``bin, start, label, family, count``, cells with a zero left out."""
        row, column = np.nonzero(self.counts)
        return pd.DataFrame(
            {
                "bin": pd.array([self.bin] * len(row), dtype="str"),
                "start": self.starts[column].astype("datetime64[s]"),
                "label": pd.array([self.labels[n] for n in row], dtype="str"),
                "family": pd.array([self.families[n] for n in row], dtype="str"),
                "count": self.counts[row, column],
            }
        )


def bin_starts(nights: npt.NDArray[np.datetime64], bin: Bin) -> npt.NDArray[np.datetime64]:
    """First day of the night's bin (datetime64[D]); weeks begin on Monday."""
    days = nights.astype("datetime64[D]")
    if bin == "night":
        return days
    if bin == "month":
        return days.astype("datetime64[M]").astype("datetime64[D]")
    # 1970-01-01 was a Thursday.
    return days - ((days.astype("int64") + 3) % 7).astype("timedelta64[D]")


def fitting_bin(nights: npt.NDArray[np.datetime64]) -> Bin:
    """The finest bin with so few columns that numbers fit into the cells; months when none has."""
    choices: tuple[Bin, ...] = ("night", "week")
    return next((bin for bin in choices if len(_columns(bin_starts(nights, bin), bin)) <= MOST_COLUMNS), "month")


def class_times(
    rows: pd.DataFrame,
    by: By,
    spelling: Spelling,
    unit: Unit = "alerts",
    bin: Bin | None = None,
    *,
    types: pd.Series | None = None,
) -> ClassTimes:
    """Counts of each label in each night, week or month.

    Parameters
    ----------
    rows, by, spelling, unit, types
        As for `services.class_counts.class_counts`. An alert is one object in one night, so by night both units agree.
    bin
        What a column is; None for what fits.
    """
    nights = rows["night"].to_numpy().astype("datetime64[D]")
    chosen = bin or fitting_bin(nights)
    starts = bin_starts(nights, chosen)
    columns = _columns(starts, chosen)
    groups = grouped(labels_of(rows, by, types), by, spelling)
    objects = pd.factorize(rows["object_id"])[0]
    shape = (len(groups.labels), len(columns))
    cells = groups.codes * max(shape[1], 1) + np.searchsorted(columns, starts)
    counts = _counted(cells, objects, unit, shape[0] * shape[1]).reshape(shape)
    totals = _counted(groups.codes, objects, unit, shape[0])
    order = _order(groups.labels, groups.kinds, totals, apart=spelling != "raw")
    return ClassTimes(
        chosen,
        columns,
        [groups.labels[n] for n in order],
        [groups.families[n] for n in order],
        [groups.kinds[n] for n in order],
        counts[order],
        totals[order],
    )


def _columns(starts: npt.NDArray[np.datetime64], bin: Bin) -> npt.NDArray[np.datetime64]:
    found = np.unique(starts)
    if bin == "night" or not len(found):
        return found
    if bin == "week":
        return np.arange(found[0], found[-1] + np.timedelta64(1, "D"), 7)
    return np.arange(found[0].astype("datetime64[M]"), found[-1].astype("datetime64[M]") + 1).astype("datetime64[D]")


def _counted(
    places: npt.NDArray[np.int64], objects: npt.NDArray[np.int64], unit: Unit, size: int
) -> npt.NDArray[np.int64]:
    """Alerts, or different objects, at each of `size` places."""
    if unit == "objects":
        step = int(objects.max(initial=0)) + 1
        places = pd.unique(places * step + objects) // step
    return np.bincount(places, minlength=size).astype("int64")


def _order(labels: list[str], kinds: list[Kind], totals: npt.NDArray[np.int64], *, apart: bool) -> list[int]:
    rank = {"class": 0, "no answer": int(apart), "missing": 2}
    return sorted(range(len(labels)), key=lambda n: (rank[kinds[n]], -totals[n], labels[n]))
