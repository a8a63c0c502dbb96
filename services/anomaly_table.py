"""The table of all anomalies, put together from months; never changed, only replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from services import frames
from services.classification import classify
from services.fink.columns import LIST
from services.fink.decode import tidy
from services.nights import model_era, night_of
from services.repeats import count_repeats, rank_in_night

#: Names of the cross-match columns that their catalogue did not answer for, beside the columns of ``LIST``.
UNANSWERED = "unanswered"

#: What the table adds to the columns of the source, with what it means.
ADDED: dict[str, str] = {
    "night": "UTC date of the exposure (datetime64[s])",
    "rank": "position in its night, 1 is the lowest score (Int64; missing without a score)",
    "classification": "Fink's class, computed here (str)",
    "era": "era of the anomaly model; scores compare only within one (str)",
    "times_90d": "nights the object was listed within the 90 up to and including this one (int64)",
    "times_ever": "nights the object was listed up to and including this one (int64)",
    "first_flagged": "first night the object was listed (datetime64[s])",
    "is_new": "True when that is this night (bool)",
}


@dataclass(frozen=True)
class AnomalyTable:
    """One state of the index.

    Attributes
    ----------
    version
        Goes up with every change.
    frame
        One row per anomaly: newest night first, then by rank, rows without a score last in their night.
    """

    version: int
    frame: pd.DataFrame

    @classmethod
    def empty(cls) -> AnomalyTable:
        """The table before the first month, with all its columns."""
        return cls(0, _arranged(_enriched(tidy([], LIST))))

    def with_months(self, months: Mapping[date, pa.Table]) -> AnomalyTable:
        """The table with these months' rows in place of those it had of them.

        Parameters
        ----------
        months
            Rows as the source gave them, by the first day of the month.
        """
        added = _enriched(frames.from_tables(list(months.values())))
        replaced = np.isin(self._days.astype("datetime64[M]"), np.array(list(months), dtype="datetime64[M]"))
        kept = self.frame[~replaced]
        rows = pd.concat([kept, added], ignore_index=True) if len(kept) else added
        return AnomalyTable(self.version + 1, _arranged(rows))

    def between(self, first: date, last: date) -> pd.DataFrame:
        """Rows of the nights from ``first`` to ``last``, both included, in the order of the table."""
        backwards = -self._days.astype("int64")
        start = np.searchsorted(backwards, -_day(last), side="left")
        stop = np.searchsorted(backwards, -_day(first), side="right")
        return self.frame.iloc[start : max(start, stop)].reset_index(drop=True)

    def history(self, object_id: str) -> pd.DataFrame:
        """Rows of one object, oldest first: ``night, jd, candid, rank, anomaly_score, era``."""
        rows = self.frame.loc[
            self.frame["object_id"] == object_id, ["night", "jd", "candid", "rank", "anomaly_score", "era"]
        ]
        return rows.sort_values("jd", ignore_index=True)

    @cached_property
    def nights(self) -> pd.DataFrame:
        """One row per night, newest first: ``night, count, lowest, median`` (of the scores; else NaN)."""
        scores = self.frame.groupby("night", sort=False)["anomaly_score"]
        return scores.agg(count="size", lowest="min", median="median").reset_index()

    @cached_property
    def _days(self) -> npt.NDArray[np.datetime64]:
        return self.frame["night"].to_numpy().astype("datetime64[D]")


def _day(night: date) -> int:
    return int(np.datetime64(night, "D").astype("int64"))


def _enriched(rows: pd.DataFrame) -> pd.DataFrame:
    """With the columns that depend on nothing but the row's own month."""
    jd = rows["jd"].to_numpy(dtype="float64")
    nights = night_of(jd)
    ranks = rank_in_night(nights.astype("int64"), rows["anomaly_score"].to_numpy(dtype="float64"))
    return rows.assign(
        night=nights.astype("datetime64[s]"),
        rank=pd.Series(ranks, index=rows.index).astype("Int64"),
        classification=classify(rows).astype("str"),
        era=pd.array(model_era(jd), dtype="str"),
    )


def _arranged(rows: pd.DataFrame) -> pd.DataFrame:
    """With the columns that depend on all other rows, and in order."""
    days = rows["night"].to_numpy().astype("datetime64[D]").astype("int64")
    repeats = count_repeats(rows["object_id"], days)
    first = repeats.first_day.astype("datetime64[D]").astype("datetime64[s]")
    full = rows.assign(
        times_90d=repeats.recent,
        times_ever=repeats.ever,
        first_flagged=first,
        is_new=repeats.first_day == days,
    )
    order = np.lexsort((rows["rank"].to_numpy(dtype="float64", na_value=np.inf), -days))
    return full.iloc[order].reset_index(drop=True)
