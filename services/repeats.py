"""What the list of all anomalies says about each of its rows: rank in the night, repeats, first time.

All in whole-array arithmetic, because the index does this again whenever a month arrives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Length of the recent window in nights, the present one included; the bot's "in the last 90 days" counts so.
RECENT_NIGHTS = 90

# Object number and day go into one sortable integer; days since 1970 stay below this until the year 4840.
_STRIDE = 1 << 20

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Repeats:
    """One element per row, in the order of the rows; days are counted from 1970-01-01.

    Attributes
    ----------
    recent
        Nights on which the object was in the list, within `RECENT_NIGHTS` up to and including this night.
    ever
        Nights on which it was, up to and including this night.
    first_day
        The first of them.
    """

    recent: Integers
    ever: Integers
    first_day: Integers


def count_repeats(object_ids: pd.Series, days: Integers) -> Repeats:
    """How often and since when each row's object is in the list.

    Parameters
    ----------
    object_ids
        Object of each row (str), in any order.
    days
        Night of each row, as whole days since 1970-01-01. Two rows of one object and night count once.
    """
    start = pd.factorize(object_ids)[0].astype("int64") * _STRIDE
    rows = start + days
    nights = np.unique(rows)
    first = np.searchsorted(nights, start)
    upto = np.searchsorted(nights, rows, side="right")
    return Repeats(
        recent=upto - np.searchsorted(nights, rows - (RECENT_NIGHTS - 1)),
        ever=upto - first,
        first_day=nights[first] - start if len(nights) else days,
    )


def rank_in_night(days: Integers, scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rank of each row among those of its night; 1 is the lowest score, which is the oddest.

    Rows without a score have no rank (NaN). Equal scores are ranked in the order of the rows.
    """
    order = np.lexsort((scores, days))
    position = np.arange(len(order))
    begins = np.flatnonzero(np.diff(days[order], prepend=-1))
    ranks = np.empty(len(order), dtype="float64")
    ranks[order] = position - np.repeat(begins, np.diff(begins, append=len(order))) + 1
    ranks[np.isnan(scores)] = np.nan
    return ranks
