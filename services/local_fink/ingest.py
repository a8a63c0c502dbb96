"""From files of alert packets to the tables of a local Fink.

Every file becomes Parquet (Avro is converted once, into a temporary folder), because a single alert's
stamps can be read out of Parquet later without keeping any stamp in memory. How the tables are filled:

- only alerts whose ``publisher`` is Fink enter; a missing ``cdsxmatch`` is "Unknown";
- a column that no alert of a delivery fills is one that the delivery does not have: its cells get the
  broker's default. A delivery is the file, or what a ``source_file`` column says it was;
- earlier detections that only appear in some alert's ``prv_candidates`` become rows of their own when they
  pass Fink's cuts (`TAG`), one per object and time, from the newest packet that lists them; Fink's own
  columns stay missing there;
- entries without brightness are upper limits, entries that fail the quality cuts are low-quality points;
- the anomalies of a night (UTC date) are chosen as Fink chooses them: `ANOMALIES`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import fastavro
import pyarrow as pa
import pyarrow.parquet as pq

from services.errors import SettingsError
from services.local_fink import tns
from services.local_fink.columns import (
    COLUMNS,
    FEATURES,
    LOW_QUALITY_COLUMNS,
    STAMPS,
    Column,
    packet_schema,
)
from services.local_fink.words import first_line, sql_path

SUFFIXES = (".parquet", ".avro")
# Small enough that reading one stamp never unpacks more than about 4 MB.
ROWS_PER_GROUP = 100

_SQL_TYPES = {
    "float": "DOUBLE",
    "double": "DOUBLE",
    "int": "BIGINT",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
    "features": "DOUBLE[]",
}

# Fink's quality cuts and the two bands it processes (data/README of the recordings; FINK_API 1.2).
GOOD = 'coalesce("i:rb" >= 0.55 AND "i:nbad" = 0, false)'
# What an entry of a packet's history is. A good point in another band is none of the three, as recorded.
TAG = f"""CASE WHEN "i:magpsf" IS NULL THEN 'upperlim' WHEN NOT {GOOD} THEN 'badquality'
    WHEN "i:fid" IN (1, 2) THEN 'valid' END"""

# Per night the 100 lowest scores, of these the best alert of each object, of these ten (FINK_API 2.5).
ANOMALIES = """
    CREATE TABLE anomalies AS
    WITH lowest AS (
        SELECT key, "i:objectId" AS object_id, "d:anomaly_score" AS score,
            CAST(floor("i:jd" + 0.5) AS BIGINT) AS night
        FROM alerts WHERE "d:anomaly_score" < 0
        QUALIFY row_number() OVER (PARTITION BY night ORDER BY score, key) <= 100
    ), best AS (
        SELECT * FROM lowest
        QUALIFY row_number() OVER (PARTITION BY night, object_id ORDER BY score, key) = 1
    )
    SELECT key, time_key FROM best JOIN (SELECT key, time_key FROM alerts) USING (key)
    QUALIFY row_number() OVER (PARTITION BY night ORDER BY score, key) <= 10
    ORDER BY time_key
"""


def served_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Files of alert packets under `paths`, and lists of TNS objects; folders searched to the bottom, sorted within.

    Raises
    ------
    SettingsError
        When a path does not exist, is neither, or is a folder without packets.
    """
    packets: list[Path] = []
    names: list[Path] = []
    for path in paths:
        if not path.exists():
            raise SettingsError(f"{path} does not exist; give a Parquet or Avro file of alerts, or a folder of them.")
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        lists = [file for file in inside if tns.is_list(file)]
        found = [file for file in inside if file.suffix in SUFFIXES and file not in lists]
        if not found and path not in lists:
            raise SettingsError(f"{path} holds no .parquet or .avro file of alerts.")
        packets += found
        names += lists
    if not packets:
        raise SettingsError("No path of alerts given; give a Parquet or Avro file of alerts, or a folder of them.")
    return packets, names


def as_parquet(file: Path, folder: Path) -> tuple[Path, pa.Schema]:
    """The same packets as Parquet, and their schema; what is not Parquet already is converted into `folder`.

    Raises
    ------
    SettingsError
        When the file cannot be read.
    """
    try:
        if file.suffix == ".avro":
            file = _avro_to_parquet(file, folder / f"{len(list(folder.iterdir()))}.parquet")
        return file, pq.read_schema(file)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, EOFError, IndexError) as error:
        raise SettingsError(f"{file} cannot be read as alert packets: {first_line(error)}") from error


def _avro_to_parquet(file: Path, target: Path) -> Path:
    schema = packet_schema()
    with file.open("rb") as packets, pq.ParquetWriter(target, schema) as out:
        for batch in _batches(fastavro.reader(packets)):
            out.write_table(pa.Table.from_pylist([_normalised(record) for record in batch], schema))
    return target


def _batches(records: Any) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(records, ROWS_PER_GROUP)):
        yield batch


def _normalised(record: dict[str, Any]) -> dict[str, Any]:
    """Avro spells features as a record or as a bare list, depending on the year."""
    for band in ("lc_features_g", "lc_features_r"):
        values = record.get(band)
        if isinstance(values, list):
            record[band] = dict(zip(FEATURES, values, strict=False)) if values else None
    return record


class Ingest:
    """Fills the tables of one database, file by file; then `finish`.

    Tables: ``alerts`` and ``history`` (one row per served detection), ``limits`` (upper limits and
    low-quality points), ``anomalies`` (keys of ``alerts``), ``packets`` (object and time of all that was
    read, served or not).
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.database = database
        self._made: set[str] = set()

    def add(self, file: Path, schema: pa.Schema, *, number: int, name: Path) -> None:
        """Read one Parquet file of packets.

        Raises
        ------
        SettingsError
            When it holds something else than alert packets, or is damaged; says so of `name`.
        """
        missing = {"objectId", "candidate"} - set(schema.names)
        if missing:
            raise SettingsError(f"{name} holds no alert packets: it has no column {' or '.join(sorted(missing))}.")
        try:
            self._read(sql_path(file), schema, number)
        except duckdb.Error as error:
            raise SettingsError(f"{name} cannot be read as alert packets: {first_line(error)}") from error

    def _read(self, file: str, schema: pa.Schema, number: int) -> None:
        self._into("packets", f'SELECT "objectId" AS object_id, "candidate"."jd" AS jd FROM read_parquet({file})')
        self._into("alerts", _alerts_of(file, schema, number))
        if _type_at(schema, ("prv_candidates",)) is not None:
            self._into("history", _entries_of(file, schema, _HISTORY, ("valid",)))
            self._into("limits", _entries_of(file, schema, LOW_QUALITY_COLUMNS, ("upperlim", "badquality")))

    def _into(self, table: str, query: str) -> None:
        verb = f"INSERT INTO {table} BY NAME" if table in self._made else f"CREATE TABLE {table} AS"
        self.database.execute(f"{verb} {query}")
        self._made.add(table)

    def finish(self) -> None:
        """Keep one row per object and time, choose the anomalies."""
        run = self.database.execute
        for table in {"history", "limits"} - self._made:
            run(f"CREATE TABLE {table} AS {_no_entries()}")
        run(_one_per_key("alerts", "key", "file_no DESC, row_no"))
        run(_one_per_key("history", "key", "packet_jd DESC, place DESC", "key NOT IN (SELECT key FROM alerts)"))
        run(_one_per_key("limits", 'key, "d:tag"', "packet_jd DESC, place DESC", _STILL_A_LIMIT))
        run(ANOMALIES)


_HISTORY = tuple(column.name for column in COLUMNS.values() if column.in_history)

# Low-quality points give way to a row of the same object and time; upper limits stay, as recorded.
_STILL_A_LIMIT = """
    "d:tag" = 'upperlim' OR key NOT IN (SELECT key FROM alerts UNION ALL SELECT key FROM history)
"""


def _one_per_key(table: str, key: str, order: str, where: str = "true") -> str:
    # Sorted by key, so that a search by prefix skips most row groups.
    return (
        f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} WHERE {where} "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY {order}) = 1 ORDER BY key"
    )


def _alerts_of(file: str, schema: pa.Schema, number: int) -> str:
    raw = ", ".join(f'{_cell(column, schema)} AS "{column.name}"' for column in COLUMNS.values())
    served = ", ".join(f'{_or_default(column)} AS "{column.name}"' for column in COLUMNS.values())
    delivery = '"source_file"' if "source_file" in schema.names else "''"
    return f"""
        SELECT {_keys()}, {number} AS file_no, row_no, {served}
        FROM (
            SELECT {raw}, {delivery} AS delivery, file_row_number AS row_no
            FROM read_parquet({file}, file_row_number = true)
        )
        WHERE "i:publisher" = 'Fink' AND "i:objectId" IS NOT NULL AND "i:jd" IS NOT NULL
        WINDOW of_delivery AS (PARTITION BY delivery)
    """


def _entries_of(file: str, schema: pa.Schema, wanted: Sequence[str], tags: Sequence[str]) -> str:
    """Entries of served packets' histories, each (object, time, tag) once: as the newest packet has it."""
    item = schema.field("prv_candidates").type.value_type
    carried = [COLUMNS[name] for name in {*wanted, *_CUT_ON} if name != "i:objectId"]
    cells = ", ".join(f'{_history_cell(column, item)} AS "{column.name}"' for column in carried)
    publisher = '"publisher"' if "publisher" in schema.names else "NULL"
    kept = ", ".join(f'"{name}"' for name in wanted if name != "i:objectId")
    return f"""
        SELECT {_keys()}, packet_jd, place, "i:objectId", {kept}, {TAG} AS "d:tag"
        FROM (
            SELECT "i:objectId", packet_jd, place, {cells}
            FROM (
                SELECT "objectId" AS "i:objectId", "candidate"."jd" AS packet_jd,
                    unnest("prv_candidates") AS entry, generate_subscripts("prv_candidates", 1) AS place
                FROM read_parquet({file}) WHERE {publisher} = 'Fink'
            )
        )
        WHERE "i:jd" IS NOT NULL AND {TAG} IN ({", ".join(f"'{tag}'" for tag in tags)})
        QUALIFY row_number() OVER (PARTITION BY key, {TAG} ORDER BY packet_jd DESC, place DESC) = 1
    """


_CUT_ON = ("i:jd", "i:magpsf", "i:rb", "i:nbad", "i:fid")


def _no_entries() -> str:
    cells = ", ".join(f'NULL::{_SQL_TYPES[COLUMNS[name].kind]} AS "{name}"' for name in ("i:objectId", *_HISTORY))
    keys = "NULL::VARCHAR AS key, NULL::VARCHAR AS time_key, NULL::DOUBLE AS packet_jd, NULL::BIGINT AS place"
    return f'SELECT {keys}, {cells}, NULL::VARCHAR AS "d:tag" WHERE false'


def _keys() -> str:
    """Row keys of Fink's tables: objects by ``objectId_jd``, anomalies by ``jd_objectId``."""
    jd = 'CAST("i:jd" AS VARCHAR)'
    return f"""concat("i:objectId", '_', {jd}) AS key, concat({jd}, '_', "i:objectId") AS time_key"""


def _cell(column: Column, schema: pa.Schema) -> str:
    kind = _type_at(schema, column.path)
    if kind is None:
        return f"NULL::{_SQL_TYPES[column.kind]}"
    return _typed(column, ".".join(f'"{part}"' for part in column.path), kind)


def _history_cell(column: Column, item: pa.StructType) -> str:
    field = column.path[-1]
    if item.get_field_index(field) < 0:
        return f"NULL::{_SQL_TYPES[column.kind]}"
    return _typed(column, f'entry."{field}"', item.field(field).type)


def _typed(column: Column, source: str, kind: pa.DataType) -> str:
    if column.kind == "features":
        return _feature_list(source, kind)
    if column.kind == "float":  # by its shortest decimal form, which is what the broker stores
        return f"CAST(CAST(CAST({source} AS FLOAT) AS VARCHAR) AS DOUBLE)"
    return f"CAST({source} AS {_SQL_TYPES[column.kind]})"


def _feature_list(source: str, kind: pa.DataType) -> str:
    if not pa.types.is_struct(kind):
        return f"CAST({source} AS DOUBLE[])"
    known = {field.name for field in kind}
    values = ", ".join(f'{source}."{name}"' if name in known else "NULL" for name in FEATURES)
    return f"CASE WHEN {source} IS NOT NULL THEN CAST([{values}] AS DOUBLE[]) END"


def _or_default(column: Column) -> str:
    cell = f'"{column.name}"'
    if column.name == "d:cdsxmatch":
        return f"coalesce({cell}, 'Unknown')"
    if column.kind == "features":  # [] where the delivery has none, 26 absent numbers where only this alert has none
        absent = "list_transform(range(26), lambda _: NULL::DOUBLE)"
        return f"coalesce({cell}, CASE WHEN count({cell}) OVER of_delivery = 0 THEN [] ELSE {absent} END)"
    if column.default is None:
        return cell
    default = f"CASE WHEN count({cell}) OVER of_delivery = 0 THEN {_sql_value(column.default)} END"
    return f"coalesce({cell}, {default})"


def _sql_value(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _type_at(schema: pa.Schema, path: tuple[str, ...]) -> pa.DataType | None:
    """Arrow type at a path of field names, None where the file has no such field."""
    head, *rest = path
    if head not in schema.names:
        return None
    kind = schema.field(head).type
    for part in rest:
        if not pa.types.is_struct(kind) or kind.get_field_index(part) < 0:
            return None
        kind = kind.field(part).type
    return kind


def stamp_columns(schema: pa.Schema) -> bool:
    """True when the packets of a file can carry stamps."""
    return all(_type_at(schema, (field, "stampData")) is not None for field in STAMPS.values())
