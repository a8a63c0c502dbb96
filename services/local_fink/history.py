"""What the histories of packets add to an object, read out of the packets when the object is asked for.

- Earlier detections that only appear in some alert's ``prv_candidates`` are rows of their own when they pass
  Fink's cuts (`TAG`), one per object and time, from the newest packet that lists them; Fink's own columns stay
  missing there.
- Entries without brightness are upper limits, entries that fail the quality cuts are low-quality points. A
  low-quality point gives way to a detection of the same object and time; an upper limit stays, as recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from services.local_fink.columns import COLUMNS, LOW_QUALITY_COLUMNS, Column
from services.local_fink.ingest import KEYS, ROW_BITS, SQL_TYPES, served_cell
from services.local_fink.words import sql_path

# Rows that one id or prefix can give (NLIMIT of the genuine server).
ROW_LIMIT = 10_000

# Column of every row: True for an alert, False for a detection known from an alert's history.
IS_ALERT = "x:alert"

# Fink's quality cuts and the two bands it processes (data/README of the recordings; FINK_API 1.2).
GOOD = 'coalesce("i:rb" >= 0.55 AND "i:nbad" = 0, false)'
# What an entry of a packet's history is. A good point in another band is none of the three, as recorded.
TAG = f"""CASE WHEN "i:magpsf" IS NULL THEN 'upperlim' WHEN NOT {GOOD} THEN 'badquality'
    WHEN "i:fid" IN (1, 2) THEN 'valid' END"""

# What `TAG` and the keys are about.
_CUT_ON = ("i:jd", "i:magpsf", "i:rb", "i:nbad", "i:fid")


class ObjectRows:
    """All rows of the objects whose row key (``objectId_jd``) starts with one of some prefixes.

    Parameters
    ----------
    connection
        Of its own: a temporary table of the histories' entries is made in it.
    files
        The archive's Parquet files by number.
    prefixes
        Beginnings of row keys. Of more objects than `ROW_LIMIT` rows can show, only the first have a history.
    columns
        Those that detections are wanted with.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[Path],
        prefixes: Sequence[str],
        columns: Collection[str],
    ) -> None:
        self._connection = connection
        self._columns = columns
        needed = {*columns, *LOW_QUALITY_COLUMNS, *_CUT_ON}
        self._carried = [column for column in COLUMNS.values() if column.in_history and column.name in needed]
        self._where, self._values = starting(prefixes)
        self._limit = ROW_LIMIT * len(prefixes)
        self._read_entries(files, prefixes)

    def detections(self) -> pa.Table:
        """Valid detections by key: alerts, and earlier ones with what a history carries (`IS_ALERT` False)."""
        known = {"i:objectId", *(column.name for column in self._carried)}
        carried = [name for name in self._columns if name in known]
        return self._rows(
            f"""SELECT * EXCLUDE (key) FROM (
                SELECT key, true AS "{IS_ALERT}", {quoted(self._columns)} FROM alerts WHERE {self._where}
                UNION ALL BY NAME
                SELECT key, false AS "{IS_ALERT}", {quoted(carried)} FROM entries
                WHERE "d:tag" = 'valid' AND {self._where} AND key NOT IN (SELECT key FROM alerts WHERE {self._where})
            ) ORDER BY key LIMIT {self._limit}""",
            self._values * 3,
        )

    def upper_limits(self) -> pa.Table:
        """Upper limits by key."""
        return self._limits("\"d:tag\" = 'upperlim'", [])

    def low_quality(self) -> pa.Table:
        """Low-quality points by key, without those that are a detection elsewhere."""
        known = f"""SELECT key FROM alerts WHERE {self._where}
            UNION ALL SELECT key FROM entries WHERE "d:tag" = 'valid'"""
        return self._limits(f"\"d:tag\" = 'badquality' AND key NOT IN ({known})", self._values)

    def _limits(self, which: str, values: Sequence[object]) -> pa.Table:
        cells = quoted(name for name in COLUMNS if name in LOW_QUALITY_COLUMNS)
        return self._rows(
            f"""SELECT {cells}, "d:tag" FROM entries
            WHERE {self._where} AND {which} ORDER BY key LIMIT {self._limit}""",
            [*self._values, *values],
        )

    def _rows(self, query: str, values: Sequence[object]) -> pa.Table:
        return self._connection.sql(query, params=list(values)).to_arrow_table()

    def _read_entries(self, files: Sequence[Path], prefixes: Sequence[str]) -> None:
        """Entries of the packets' histories, each (object, time, tag) once: as the newest packet has it."""
        places = self._packets(prefixes)
        parts = [_entries_of(files[number], rows, self._carried) for number, rows in places.items()]
        query = " UNION ALL ".join(part for part in parts if part) or _nothing(self._carried)
        self._connection.execute(
            f"""CREATE TEMP TABLE entries AS SELECT {KEYS}, *, {TAG} AS "d:tag" FROM ({query})
            WHERE "i:jd" IS NOT NULL AND "d:tag" IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY key, "d:tag" ORDER BY packet_jd DESC, place DESC) = 1"""
        )

    def _packets(self, prefixes: Sequence[str]) -> Mapping[int, list[int]]:
        """Rows of the packets of these objects by the number of their file."""
        # The object's id is the beginning of a key: either may be the longer one.
        either = " OR ".join(["starts_with(object_id, ?) OR starts_with(?, object_id)"] * len(prefixes))
        last = f"SELECT key FROM alerts WHERE {self._where} ORDER BY key LIMIT 1 OFFSET {self._limit}"
        found = self._connection.execute(
            f"""SELECT id >> {ROW_BITS}, id & {(1 << ROW_BITS) - 1} FROM packets
            WHERE by_fink AND ({either}) AND object_id <= coalesce(({last}), object_id) ORDER BY id""",
            [prefix for prefix in prefixes for _ in range(2)] + self._values,
        ).fetchall()
        return {number: [row for _, row in rows] for number, rows in groupby(found, key=lambda place: place[0])}


def _entries_of(file: Path, rows: Iterable[int], carried: Iterable[Column]) -> str:
    """SQL for the entries of some packets of a file; empty where packets have no history."""
    schema = _schema(file)
    if "prv_candidates" not in schema.names:
        return ""
    item = schema.field("prv_candidates").type.value_type
    cells = ", ".join(f'{_entry_cell(column, item)} AS "{column.name}"' for column in carried)
    return f"""
        SELECT "i:objectId", packet_jd, place, {cells} FROM (
            SELECT "objectId" AS "i:objectId", "candidate"."jd" AS packet_jd,
                unnest("prv_candidates") AS entry, generate_subscripts("prv_candidates", 1) AS place
            FROM read_parquet({sql_path(file)}, file_row_number = true)
            WHERE file_row_number IN ({", ".join(map(str, rows))})
        )
    """


@lru_cache(maxsize=1024)
def _schema(file: Path) -> pa.Schema:
    return pq.read_schema(file)


def _entry_cell(column: Column, item: pa.StructType) -> str:
    field = column.path[-1]
    if item.get_field_index(field) < 0:
        return f"NULL::{SQL_TYPES[column.kind]}"
    return served_cell(column, f'entry."{field}"')


def _nothing(carried: Iterable[Column]) -> str:
    cells = ", ".join(f'NULL::{SQL_TYPES[column.kind]} AS "{column.name}"' for column in carried)
    return f"""SELECT NULL::VARCHAR AS "i:objectId", NULL::DOUBLE AS packet_jd, NULL::BIGINT AS place, {cells}
        WHERE false"""


def starting(prefixes: Sequence[str]) -> tuple[str, list[str]]:
    """SQL condition that a key starts with one of `prefixes`, and its values."""
    # The first half lets DuckDB skip segments, the second is exact.
    one = "(key >= ? AND starts_with(key, ?))"
    return f"({' OR '.join([one] * len(prefixes))})", [prefix for prefix in prefixes for _ in range(2)]


def quoted(names: Iterable[str]) -> str:
    """Names of known columns in SQL."""
    return ", ".join(f'"{name}"' for name in names if name in COLUMNS) or "NULL AS nothing"
