"""TNS objects as a table in memory that answers by name and by position; never changed after it is made."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.tns.parse import typed

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST_NAME = 64
"""Names of more bytes are nobody's; they are kept, but cannot be looked up."""

PREFIXED = re.compile(r"\s*(SN|AT|TDE|FRB)?\s*((?:18|19|20)[0-9]{2})\s*([A-Za-z]{1,6})\s*", re.IGNORECASE)
"""A name of TNS as people write it: "SN 2023ixf", "sn2023ixf", "2023ixf"."""

ZTF_ID = re.compile(r"ZTF[0-9]{2}[a-z]{7}", re.IGNORECASE)


@dataclass(frozen=True)
class TnsEntry:
    """One object of TNS under one of its names: "AT 2023vwy" and "SN 2023vwy" are two entries of one designation.

    Attributes
    ----------
    name
        Full name; "" where the table has none.
    prefix, designation
        "SN" and "2023vwy".
    type
        Type ("SN Ia"); None when nobody has classified it.
    ra, dec
        Position (deg, J2000); None when the table has none.
    redshift
        None when the table has none.
    discovery_jd
        Time of discovery (Julian date, UTC); None when the table has none.
    internal_names
        Names that surveys gave it, in the order of the table.
    """

    name: str
    prefix: str
    designation: str
    type: str | None
    ra: float | None
    dec: float | None
    redshift: float | None
    discovery_jd: float | None
    internal_names: tuple[str, ...]

    @property
    def ztf_names(self) -> tuple[str, ...]:
        """Those of its names that are object ids of ZTF."""
        return tuple(name for name in self.internal_names if ZTF_ID.fullmatch(name))


class Names:
    """Names with what they belong to, to be found exactly and without regard to case.

    Parameters
    ----------
    names
        Text, null where there is none.
    owners
        As many numbers.
    """

    def __init__(self, names: pa.Array, owners: Ints) -> None:
        lowered = pc.utf8_lower(names)
        usable = pc.fill_null(pc.and_(pc.greater(pc.binary_length(lowered), 0), _at_most(lowered)), False)
        kept = usable.to_numpy(zero_copy_only=False)
        keys = np.array(lowered.filter(usable).cast(pa.binary()).to_pylist() or [b""], dtype="S")[: int(kept.sum())]
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._owners = owners[kept][order].astype("int32")

    def find(self, names: Iterable[str]) -> tuple[Ints, Ints]:
        """Pairs (number of the name asked for, owner), in the order of the question."""
        asked = np.array([name.lower().encode() for name in names] or [b""], dtype="S")
        asked[np.char.str_len(asked) == 0] = b"\x01"  # no name at all is nobody's
        first = np.searchsorted(self._keys, asked, side="left")
        counts = np.searchsorted(self._keys, asked, side="right") - first
        return np.repeat(np.arange(len(asked)), counts), self._owners[_runs(first, counts)].astype("int64")


def _at_most(names: pa.Array) -> pa.Array:
    return pc.less_equal(pc.binary_length(names), LONGEST_NAME)


def _runs(first: Ints, counts: Ints) -> Ints:
    """``first[0], first[0]+1, ...`` for each run of ``counts`` numbers, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - counts), counts)


class TnsTable:
    """Entries of TNS, one per full name.

    Parameters
    ----------
    rows
        With `services.tns.parse.SCHEMA`: one row per name and internal name. Where rows of a name disagree, the first
        value that is there counts.
    """

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows.num_rows
        codes, names = _codes(rows["fullname"].combine_chunks())
        kinds = rows["type"].combine_chunks()
        self._kinds = kinds.dictionary.to_pylist()
        first = _firsts(codes, rows, kinds.indices)
        self._names = names
        self.ra, self.dec = first["ra"].to_numpy(copy=True), first["dec"].to_numpy(copy=True)
        self._redshift = first["redshift"].to_numpy(copy=True)
        self.discovery_jd = first["discovery_jd"].to_numpy(copy=True)
        self._kind = first["kind"].fillna(-1).to_numpy(dtype="int32")
        prefixes, designations = _designations(names)
        self._prefix = np.array(prefixes, dtype="S8")
        told = pa.array(designations, pa.string())
        self.designation = told.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype("int32")
        """Number of the designation of each entry: the same for an AT and the SN it became."""
        self._internal, self._offsets = _internal_names(rows["internalname"].combine_chunks(), codes, len(names))
        owners = np.repeat(np.arange(len(names)), np.diff(self._offsets))
        self._by_internal = Names(self._internal, owners)
        self._by_designation = Names(told, np.arange(len(names)))
        self._tree: tuple[cKDTree, Ints] | None = None
        self._growing = threading.Lock()

    @classmethod
    def of_frame(cls, rows: pd.DataFrame) -> TnsTable:
        """The table of rows as `services.fink.client.FinkClient.fetch_resolver` gives them."""
        return cls(typed(rows))

    def __len__(self) -> int:
        """Number of entries."""
        return len(self.ra)

    def entry(self, number: int) -> TnsEntry:
        """One entry by its number, 0 to ``len(table) - 1``."""
        name = self._names[number].as_py() or ""
        own = self._internal[int(self._offsets[number]) : int(self._offsets[number + 1])]
        return TnsEntry(
            name=name,
            prefix=self._prefix[number].decode(),
            designation=_split(name)[1],
            type=self.type_of(number),
            ra=_known(self.ra[number]),
            dec=_known(self.dec[number]),
            redshift=_known(self._redshift[number]),
            discovery_jd=_known(self.discovery_jd[number]),
            internal_names=tuple(text for text in own.to_pylist() if text),
        )

    def facts(self, numbers: Ints) -> pd.DataFrame:
        """Of some entries: ``fullname, type`` (str, missing where there is none), ``redshift, discovery_jd``."""
        kinds = np.array([*self._kinds, None], dtype=object)  # -1 is the last one
        names = self._names.take(pa.array(numbers, pa.int64())).to_pylist()
        return pd.DataFrame(
            {
                "fullname": pd.array(names, dtype="str"),
                "type": pd.array(kinds[self._kind[numbers]], dtype="str"),
                "redshift": self._redshift[numbers],
                "discovery_jd": self.discovery_jd[numbers],
            }
        )

    def type_of(self, number: int) -> str | None:
        """Type of an entry; None when nobody has classified it."""
        kind = int(self._kind[number])
        return None if kind < 0 else str(self._kinds[kind])

    def ranks(self, numbers: Ints) -> Ints:
        """How much is known about entries: 0 has a type, 1 a name of a classified one (SN) without, 2 neither."""
        return np.where(self._kind[numbers] >= 0, 0, np.where(self._prefix[numbers] == b"AT", 2, 1))

    def of_internal_names(self, names: Iterable[str]) -> tuple[Ints, Ints]:
        """Pairs (number of the name asked for, number of an entry that a survey reported under it)."""
        return self._by_internal.find(names)

    def near(self, ra: npt.ArrayLike, dec: npt.ArrayLike, radius_arcsec: float) -> tuple[Ints, Ints]:
        """Pairs (number of the position, number of an entry) no further apart than ``radius_arcsec`` on the sphere.

        Parameters
        ----------
        ra, dec
            Positions (deg); a missing one is near nothing.
        """
        places = unit_vectors(np.atleast_1d(ra), np.atleast_1d(dec))
        asked = np.flatnonzero(np.isfinite(places).all(axis=1))
        tree, numbers = self._grown()
        if not len(asked) or not len(numbers):
            return np.array([], dtype="int64"), np.array([], dtype="int64")
        found = tree.query_ball_point(places[asked], chord(radius_arcsec))
        counts = np.fromiter(map(len, found), dtype="int64", count=len(asked))
        flat = [number for some in found if some for number in some]
        return np.repeat(asked, counts), numbers[np.array(flat, dtype="int64")]

    def separations(self, ra: Floats, dec: Floats, numbers: Ints) -> Floats:
        """Distance of positions to entries (arcsec), NaN where one of them has no position; all of one length."""
        apart = unit_vectors(ra, dec) - unit_vectors(self.ra[numbers], self.dec[numbers])
        half = np.linalg.norm(apart, axis=1) / 2
        return np.degrees(2 * np.arcsin(np.minimum(half, 1))) * 3600

    def named(self, text: str) -> list[TnsEntry]:
        """Entries of a name: "SN 2023ixf", "sn2023ixf", "2023ixf", or one that a survey gave; classified ones first.

        A prefix is no condition: people say SN for what TNS still calls AT.
        """
        found = PREFIXED.fullmatch(text)
        owners = self._by_designation.find([f"{found[2]}{found[3]}"])[1] if found else np.array([], dtype="int64")
        if not len(owners):
            owners = self._by_internal.find([text.strip()])[1]
        unique = np.unique(owners)
        return [self.entry(int(number)) for number in unique[np.argsort(self.ranks(unique), kind="stable")]]

    def grow(self) -> None:
        """Make ready for the first question by position."""
        self._grown()

    def _grown(self) -> tuple[cKDTree, Ints]:
        """Tree over the entries that have a position, and their numbers."""
        from scipy.spatial import cKDTree  # takes a moment to import

        with self._growing:
            if self._tree is None:
                numbers = np.flatnonzero(np.isfinite(self.ra))
                places = unit_vectors(self.ra[numbers], self.dec[numbers])
                self._tree = cKDTree(places, balanced_tree=False, compact_nodes=False), numbers
            return self._tree


def unit_vectors(ra: npt.ArrayLike, dec: npt.ArrayLike) -> Floats:
    """Points of the unit sphere, n x 3, of positions in degrees; distances between them know neither RA 0 nor poles."""
    lon, lat = np.radians(np.asarray(ra, dtype="float64")), np.radians(np.asarray(dec, dtype="float64"))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def chord(angle_arcsec: float) -> float:
    """Straight distance of two points of the unit sphere that are an angle apart."""
    return float(2 * np.sin(np.radians(min(angle_arcsec / 3600, 180.0)) / 2))


def _codes(names: pa.Array) -> tuple[Ints, pa.Array]:
    """Number of the entry of each row, and the names of the entries; rows without a name are entries of their own."""
    encoded = names.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype("int64")
    nameless = np.flatnonzero(codes < 0)
    codes[nameless] = len(encoded.dictionary) + np.arange(len(nameless))
    return codes, pa.concat_arrays([encoded.dictionary, pa.nulls(len(nameless), pa.string())])


def _firsts(codes: Ints, rows: pa.Table, kinds: pa.Array) -> pd.DataFrame:
    """First value that is there, of each column, for each entry in order."""
    columns = {name: rows[name].to_numpy() for name in ("ra", "dec", "redshift", "discovery_jd")}
    kind = kinds.to_numpy(zero_copy_only=False).astype("float64")
    return pd.DataFrame({**columns, "kind": kind}).groupby(codes, sort=True).first()


def _designations(names: pa.Array) -> tuple[list[str], list[str]]:
    """Prefix of each name, and what is left of it in small letters; a name that is missing is like no other."""
    split = [_split(name or "") for name in names.to_pylist()]
    return [prefix for prefix, _ in split], [
        rest.lower() if rest else f"\x00{number}" for number, (_, rest) in enumerate(split)
    ]


def _split(name: str) -> tuple[str, str]:
    prefix, _, rest = name.partition(" ")
    return (prefix, rest.replace(" ", "")) if rest else ("", prefix)


def _internal_names(cells: pa.Array, codes: Ints, entries: int) -> tuple[pa.Array, Ints]:
    """Internal names sorted by entry, and where those of each entry begin; a cell may hold several, with commas."""
    parts = pc.split_pattern(cells, ",")
    names = pc.utf8_trim_whitespace(pc.list_flatten(parts))
    owners = codes[pc.list_parent_indices(parts).to_numpy(zero_copy_only=False)]
    order = np.argsort(owners, kind="stable")
    offsets = np.zeros(entries + 1, dtype="int64")
    np.cumsum(np.bincount(owners, minlength=entries), out=offsets[1:])
    return names.take(pa.array(order)), offsets


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
