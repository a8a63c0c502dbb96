"""What a local Fink knows: tables in DuckDB, and the stamps where they lie in their files."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from services.errors import SettingsError
from services.local_fink import classes, kept, tns
from services.local_fink.columns import CHOSEN, COLUMNS, STAMPS
from services.local_fink.history import IS_ALERT, ObjectRows, quoted, starting
from services.local_fink.ingest import ROW_BITS, Ingest, as_parquet, converted, served_files, stamp_columns

_PANDAS = {
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.string(): pd.StringDtype(na_value=float("nan")),
}


@dataclass(frozen=True)
class Summary:
    """What an archive holds.

    Attributes
    ----------
    alerts
        Packets read, whether or not Fink processed them.
    objects
        Different objects among them.
    first_night, last_night
        UTC dates of the first and last packet.
    fingerprint
        Changes whenever a file of the archive is added, removed or rewritten; 16 hexadecimal digits.
    """

    alerts: int
    objects: int
    first_night: date
    last_night: date
    fingerprint: str


@dataclass(frozen=True)
class Place:
    """Where the stamps of an alert are: a file by its number and a row of it."""

    file: int
    row: int


def _fill(database: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Path], names: Sequence[Path]) -> None:
    """Make all tables, and Parquet of what is Avro in `folder`."""
    ingest = Ingest(database)
    for number, name in enumerate(files):
        ingest.add(*converted(name, number, folder), number=number, name=name)
    ingest.finish()
    tns.read(database, names)
    classes.fill_index(database)


def _close(store: weakref.ref[Store]) -> None:
    """At the end of the process: a connection that outlives the interpreter is reported as a leak, at length."""
    kept = store()
    if kept is not None:
        kept.close()


class Store:
    """Alert packets, ready to be asked. Safe to use from many threads.

    Parameters
    ----------
    paths
        Files of alert packets (Parquet, Avro) or folders of them; lists of objects of the Transient Name
        Server (CSV, Parquet) may be among them.
    keep_in
        Folder in which the tables are kept for the next start; None makes them again each time.

    Raises
    ------
    SettingsError
        When a path is missing, a file is damaged, or nothing in them was processed by Fink.
    """

    def __init__(self, paths: Sequence[Path], keep_in: Path | None = None) -> None:
        files, names = served_files(paths)
        scratch = Path(tempfile.mkdtemp(prefix="local_fink_"))
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)

        def fill(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
            _fill(database, folder, files, names)

        self._database, folder = kept.opened([*files, *names], keep_in, scratch, fill)
        atexit.register(_close, weakref.ref(self))
        self._files = [as_parquet(file, number, folder) for number, file in enumerate(files)]
        self._summary = self._summarise(files, kept.fingerprint([*files, *names]))

    def close(self) -> None:
        """Let go of the tables; nothing can be asked afterwards."""
        database = self.__dict__.pop("_database", None)
        if database is not None:
            database.close()

    def _summarise(self, files: Sequence[Path], fingerprint: str) -> Summary:
        asked = "SELECT count(*), count(DISTINCT object_id), min(jd), max(jd) FROM packets"
        alerts, objects, first, last = self._database.execute(asked).fetchall()[0]
        what = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more files"
        if not alerts:
            raise SettingsError(f"{what}: there is no alert in it.")
        if not self._database.execute("SELECT 1 FROM alerts LIMIT 1").fetchall():
            raise SettingsError(f"{what}: none of the {alerts} alerts was processed by Fink (publisher is not Fink).")
        return Summary(alerts, objects, _night(first), _night(last), fingerprint)

    def summary(self) -> Summary:
        """What the archive holds."""
        return self._summary

    def chosen_anomalies(self, low: str, high: str, n: int) -> pd.DataFrame:
        """The newest `n` anomalies whose row key (``jd_objectId``) lies between two texts, oldest first.

        Parameters
        ----------
        low, high
            Bounds of the key, both exclusive, compared as text as HBase does.

        Returns
        -------
        DataFrame
            ``id``, ``key`` and the few columns `CHOSEN` of each: what orders, filters and colours rows.
        """
        return self._chosen("anomalies", "true", [], low, high, n)

    def chosen_of_class(self, column: str, name: str, low: str, high: str, n: int) -> pd.DataFrame:
        """As `chosen_anomalies`, of the alerts of one class: `column` is ``class`` (Fink's) or ``d:tns``."""
        return self._chosen("alerts JOIN classes USING (id)", f'"{column}" = ?', [name], low, high, n)

    def _chosen(self, table: str, where: str, values: list[object], low: str, high: str, n: int) -> pd.DataFrame:
        columns = ", ".join(f'"{name}"' for name in CHOSEN)
        return self._frame(
            f"""SELECT * EXCLUDE (time_key) FROM (
                SELECT id, key, time_key, {columns} FROM {table}
                WHERE {where} AND time_key > ? AND time_key < ? ORDER BY time_key DESC LIMIT ?
            ) ORDER BY time_key""",
            [*values, low, high, n],
        )

    def filled(self, ids: pd.Series, columns: Sequence[str]) -> set[str]:
        """Those of `columns` in which at least one of the alerts has a cell."""
        names = [name for name in columns if name in COLUMNS]
        counts = ", ".join(f'count("{name}")' for name in names) or "0"
        with self._wanting(ids) as (cursor, between):
            query = f"SELECT {counts} FROM alerts SEMI JOIN wanted USING (id) WHERE {between}"
            found = cursor.execute(query).fetchall()[0]
        return {name for name, count in zip(names, found, strict=False) if count}

    def blocks(self, ids: pd.Series, columns: Sequence[str], size: int) -> Iterator[pd.DataFrame]:
        """Alerts by their ids, in the order of these, at most `size` rows at a time.

        Yields
        ------
        DataFrame
            The known ones of `columns`, and `IS_ALERT`.
        """
        query = f"""SELECT true AS "{IS_ALERT}", {quoted(columns)}
            FROM wanted JOIN alerts USING (id) WHERE {{between}} ORDER BY place"""
        for start in range(0, len(ids), size):
            with self._wanting(ids.iloc[start : start + size]) as (cursor, between):
                rows = cursor.sql(query.format(between=between)).to_arrow_table()
            yield typed(rows)

    @contextmanager
    def _wanting(self, ids: pd.Series) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """A connection of its own that knows a table ``wanted`` of ids and their places, and an SQL condition.

        The condition says what the join says, roughly: DuckDB skips what lies outside.
        """
        cursor = self._database.cursor()
        numbers = ids.to_numpy("int64")
        try:
            cursor.register("wanted", pa.table({"id": numbers, "place": np.arange(len(numbers))}))
            yield cursor, f"id BETWEEN {numbers.min()} AND {numbers.max()}" if len(numbers) else "false"
        finally:
            cursor.close()

    def in_declinations(self, dec_low: float, dec_high: float, low: str, high: str) -> pd.DataFrame:
        """The newest alert of each object and first detection in a band of declinations (degrees, inclusive).

        Parameters
        ----------
        low, high
            Bounds of the first detection (JD), both exclusive, compared as text as HBase does.

        Returns
        -------
        DataFrame
            ``id``, ``key``, ``i:objectId``, ``i:jd``, ``i:ra``, ``i:dec``; by first detection, then object.
        """
        return self._frame(
            """SELECT id, key, "i:objectId", "i:jd", "i:ra", "i:dec" FROM alerts
            WHERE "i:dec" BETWEEN ? AND ?
                AND concat("i:jdstarthist"::VARCHAR, '_', "i:objectId") > ?
                AND concat("i:jdstarthist"::VARCHAR, '_', "i:objectId") < ?
            QUALIFY row_number() OVER (PARTITION BY "i:objectId", "i:jdstarthist" ORDER BY "i:jd" DESC) = 1
            ORDER BY "i:jdstarthist"::VARCHAR, "i:objectId" """,
            [dec_low, dec_high, low, high],
        )

    def class_of(self, ids: pd.Series) -> pd.Series:
        """Fink's class of alerts by their ids, in their order."""
        with self._wanting(ids) as (cursor, between):
            query = f"SELECT class FROM wanted JOIN classes USING (id) WHERE {between} ORDER BY place"
            found = [name for (name,) in cursor.execute(query).fetchall()]
        return pd.Series(found, ids.index, dtype="str")

    def table(self, query: str, values: Sequence[object] = ()) -> pd.DataFrame:
        """Answer of a query of one's own, for the small tables (nights, names)."""
        return self._frame(query, values)

    @contextmanager
    def rows_of(self, prefixes: Sequence[str], columns: Sequence[str]) -> Iterator[ObjectRows]:
        """All that is known of objects whose row key (``objectId_jd``) starts with one of `prefixes`."""
        cursor = self._database.cursor()  # with the temporary table of this question
        try:
            yield ObjectRows(cursor, self._files, prefixes, columns)
        finally:
            cursor.close()

    def place(self, prefix: str, candid: str | None) -> Place | None:
        """Where the stamps of an alert are: the newest one with this key prefix, or the one with `candid`."""
        where, values = starting([prefix])
        asked = f"""SELECT id >> {ROW_BITS}, id & {(1 << ROW_BITS) - 1} FROM alerts
            WHERE {where} AND (? IS NULL OR "i:candid"::VARCHAR = ?) ORDER BY "i:jd" DESC LIMIT 1"""
        found = self._database.cursor().execute(asked, [*values, candid, candid]).fetchone()
        return Place(*found) if found else None

    def stamps(self, places: Iterable[Place], kinds: Sequence[str]) -> dict[Place, dict[str, bytes | None]]:
        """The stored stamps (gzipped FITS) of alerts, by kind; None where the packet has none.

        Only the row groups that hold the wanted rows are read, a hundred rows at a time.
        """
        wanted: dict[int, set[int]] = defaultdict(set)
        for place in places:
            wanted[place.file].add(place.row)
        found: dict[Place, dict[str, bytes | None]] = {}
        for number, rows in wanted.items():
            read = self._read_stamps(number, rows, kinds)
            found |= {Place(number, row): stamps for row, stamps in read.items()}
        return found

    def _read_stamps(self, number: int, rows: set[int], kinds: Sequence[str]) -> dict[int, dict[str, bytes | None]]:
        with pq.ParquetFile(self._files[number]) as file:
            if not stamp_columns(file.schema_arrow):
                return {row: dict.fromkeys(kinds) for row in rows}
            found: dict[int, dict[str, bytes | None]] = {}
            for group, start in _groups(file, rows):
                found |= _stamps_in(file, group, start, rows, kinds)
        return found

    def _frame(self, query: str, values: Sequence[object]) -> pd.DataFrame:
        # A cursor of its own: connections are not shared between threads.
        return typed(self._database.cursor().sql(query, params=values).to_arrow_table())


def typed(table: pa.Table) -> pd.DataFrame:
    """Rows of DuckDB as a frame with nullable types; lists of features as Python lists."""
    frame: pd.DataFrame = table.to_pandas(types_mapper=_PANDAS.get)
    for field in table.schema:
        if pa.types.is_list(field.type):  # as Python lists, in which null and NaN stay different
            frame[field.name] = pd.Series(table[field.name].to_pylist(), dtype=object)
    return frame


def _groups(file: pq.ParquetFile, rows: set[int]) -> list[tuple[int, int]]:
    """Row groups that hold any of `rows`, with the number of their first row."""
    found, start = [], 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if any(start <= row < start + size for row in rows):
            found.append((group, start))
        start += size
    return found


def _stamps_in(
    file: pq.ParquetFile, group: int, start: int, rows: set[int], kinds: Sequence[str]
) -> dict[int, dict[str, bytes | None]]:
    found: dict[int, dict[str, bytes | None]] = {}
    columns = [f"{STAMPS[kind]}.stampData" for kind in kinds]
    for batch in file.iter_batches(batch_size=100, row_groups=[group], columns=columns):
        for row in sorted(rows & set(range(start, start + len(batch)))):
            cells = {kind: batch[STAMPS[kind]][row - start].as_py() for kind in kinds}
            found[row] = {kind: cell and cell["stampData"] for kind, cell in cells.items()}
        start += len(batch)
    return found


def _night(jd: float) -> date:
    """UTC date of a Julian date: days change at .5."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=jd - 2440587.5)).date()
