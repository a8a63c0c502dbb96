"""Which TNS entries belong to which objects, how that is known, and which one to show.

An object and an entry belong together when a survey reported the entry under the object's ZTF id (by name), or when
they are no further apart than a radius on the sphere (by position). An AT and the SN that it became are one thing
in TNS and two entries here; they are ranked together:

1. things reported under the object's name, before things that are merely near;
2. of those, things with a type before things without;
3. then the nearest;
4. and of one thing the classified entry before its AT twin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.tns.table import Floats, Ints, TnsEntry, TnsTable

RADIUS_ARCSEC = 2.0
"""Default radius: ZTF's positions scatter by 0.1 to 0.3 arcsec, those of other surveys by up to 1 or 2."""

UNCLASSIFIED = "AT, no type"
"""What stands for the type of a counterpart that nobody has classified."""


@dataclass(frozen=True)
class Pairs:
    """Objects with their entries, best first.

    Attributes
    ----------
    row
        Number of the object in the question (int64), ascending.
    entry
        Number of the entry in the table (int64).
    by_name, by_position
        How they were found (bool); one of them or both.
    separation_arcsec
        Distance on the sphere; NaN where one of them has no position. Of those found by name it may exceed the radius.
    rank
        0 is the best entry of its object.
    """

    row: Ints
    entry: Ints
    by_name: npt.NDArray[np.bool_]
    by_position: npt.NDArray[np.bool_]
    separation_arcsec: Floats
    rank: Ints

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.row)

    def best(self) -> Pairs:
        """The first entry of each object that has one."""
        return self._only(self.rank == 0)

    def counts(self, rows: int) -> Ints:
        """How many entries each of so many objects has."""
        return np.bincount(self.row, minlength=rows)

    def _only(self, keep: npt.NDArray[np.bool_]) -> Pairs:
        return Pairs(*(getattr(self, name)[keep] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Counterpart:
    """One entry that belongs to an object: how that was found, and how far apart they are (None: not known)."""

    entry: TnsEntry
    by_name: bool
    by_position: bool
    separation_arcsec: float | None


def match(
    table: TnsTable,
    object_ids: Sequence[str],
    ra: npt.ArrayLike,
    dec: npt.ArrayLike,
    radius_arcsec: float = RADIUS_ARCSEC,
) -> Pairs:
    """The entries of each object.

    Parameters
    ----------
    object_ids
        ZTF ids.
    ra, dec
        Their positions (deg, J2000), as many; NaN where there is none.
    radius_arcsec
        Largest distance for a match by position.
    """
    places = np.asarray(ra, dtype="float64"), np.asarray(dec, dtype="float64")
    named, near = table.of_internal_names(object_ids), table.near(*places, radius_arcsec)
    size = max(len(table), 1)
    keys, where = np.unique(np.concatenate([named[0] * size + named[1], near[0] * size + near[1]]), return_inverse=True)
    row, entry = keys // size, keys % size
    by_name, by_position = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
    by_name[where[: len(named[0])]] = True
    by_position[where[len(named[0]) :]] = True
    apart = table.separations(places[0][row], places[1][row], entry)
    return _ranked(table, row, entry, by_name, by_position, apart)


def _ranked(
    table: TnsTable,
    row: Ints,
    entry: Ints,
    by_name: npt.NDArray[np.bool_],
    by_position: npt.NDArray[np.bool_],
    apart: Floats,
) -> Pairs:
    if not len(row):
        return Pairs(row, entry, by_name, by_position, apart, row)
    facts = pd.DataFrame(
        {
            "thing": table.designation[entry],
            "unnamed": ~by_name,
            "kind": table.ranks(entry),
            "far": np.where(np.isnan(apart), np.inf, apart),
        }
    )
    of_thing = facts.groupby([row, facts["thing"]])[["unnamed", "kind", "far"]].transform("min")
    keys = (facts["far"], facts["unnamed"], facts["kind"], facts["thing"])
    order = np.lexsort((*keys, of_thing["far"], of_thing["kind"], of_thing["unnamed"], row))
    row = row[order]
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
    rank = np.arange(len(row)) - np.repeat(starts, np.diff(np.r_[starts, len(row)]))
    return Pairs(row, entry[order], by_name[order], by_position[order], apart[order], rank)


def counterparts(
    table: TnsTable, object_id: str, ra: float, dec: float, radius_arcsec: float = RADIUS_ARCSEC
) -> tuple[Counterpart, ...]:
    """The entries of one object, best first; arguments as for `match`."""
    pairs = match(table, [object_id], [ra], [dec], radius_arcsec)
    columns = (pairs.entry.tolist(), pairs.by_name.tolist(), pairs.by_position.tolist(), pairs.separation_arcsec)
    return tuple(
        Counterpart(table.entry(entry), name, place, None if np.isnan(apart) else float(apart))
        for entry, name, place, apart in zip(*columns, strict=True)
    )


def best_of(table: TnsTable, rows: pd.DataFrame, radius_arcsec: float = RADIUS_ARCSEC) -> list[TnsEntry | None]:
    """Best entry of each row, None where there is none; rows as for `types_of`."""
    ids = rows["object_id"].fillna("").tolist()
    best = match(table, ids, rows["ra"].to_numpy("float64"), rows["dec"].to_numpy("float64"), radius_arcsec).best()
    found: list[TnsEntry | None] = [None] * len(rows)
    for row, entry in zip(best.row.tolist(), best.entry.tolist(), strict=True):
        found[row] = table.entry(entry)
    return found


def types_of(table: TnsTable, rows: pd.DataFrame, radius_arcsec: float = RADIUS_ARCSEC) -> pd.Series:
    """TNS type of each row's best entry (str), in the index of `rows`.

    Missing where there is no entry. Where there is one that has no type, it is Fink's own match (``tns``), if that has
    one, and `UNCLASSIFIED` else.

    Parameters
    ----------
    rows
        Tidy rows with ``object_id, ra, dec``, and perhaps ``tns``.
    """
    ids = rows["object_id"].fillna("").tolist()
    best = match(table, ids, rows["ra"].to_numpy("float64"), rows["dec"].to_numpy("float64"), radius_arcsec).best()
    found: list[str | None] = [None] * len(rows)
    fink = rows["tns"].tolist() if "tns" in rows else found.copy()
    for row, entry in zip(best.row.tolist(), best.entry.tolist(), strict=True):
        found[row] = table.type_of(entry) or (fink[row] if isinstance(fink[row], str) else UNCLASSIFIED)
    return pd.Series(pd.array(found, dtype="str"), index=rows.index)
