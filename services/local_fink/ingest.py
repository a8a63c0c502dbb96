"""From files of alert packets to the tables of a local Fink.

Every file becomes Parquet (Avro is converted once), because a single alert's stamps and history can be read
out of Parquet later; neither is kept in the tables. How these are filled:

- only alerts whose ``publisher`` is Fink enter; a missing ``cdsxmatch`` is "Unknown";
- a column that no alert of a delivery fills is one that the delivery does not have: its cells get the
  broker's default. A delivery is the file, or what a ``source_file`` column says it was;
- the anomalies of a night (UTC date) are chosen as Fink chooses them: `ANOMALIES`.

What the history of packets adds is found when an object is asked for: `services.local_fink.history`.
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
    CHOSEN,
    COLUMNS,
    FEATURES,
    STAMPS,
    Column,
    packet_schema,
)
from services.local_fink.words import first_line, sql_path

SUFFIXES = (".parquet", ".avro")
# Small enough that reading one stamp never unpacks more than about 4 MB.
ROWS_PER_GROUP = 100

SQL_TYPES = {
    "float": "DOUBLE",
    "double": "DOUBLE",
    "int": "BIGINT",
    "text": "VARCHAR",
    "flag": "BOOLEAN",
    "features": "DOUBLE[]",
}

# The number of a packet: its file and its row there. In an archive that is in the order of time, so are these.
ROW_BITS = 32

# Per night the 100 lowest scores, of these the best alert of each object, of these ten (FINK_API 2.5).
ANOMALIES = f"""
    CREATE TABLE anomalies AS
    WITH lowest AS (
        SELECT id, key, "i:objectId" AS object_id, "d:anomaly_score" AS score,
            CAST(floor("i:jd" + 0.5) AS BIGINT) AS night
        FROM alerts WHERE "d:anomaly_score" < 0
        QUALIFY row_number() OVER (PARTITION BY night ORDER BY score, key) <= 100
    ), best AS (
        SELECT * FROM lowest
        QUALIFY row_number() OVER (PARTITION BY night, object_id ORDER BY score, key) = 1
    ), listed AS (
        SELECT id FROM best QUALIFY row_number() OVER (PARTITION BY night ORDER BY score, key) <= 10
    )
    SELECT id, key, time_key, {", ".join(f'"{name}"' for name in CHOSEN)}
    FROM alerts SEMI JOIN listed USING (id) ORDER BY time_key
"""

# Of two packets of one object and time the one in the later file is kept, there the earlier one.
_REPEATED = f"""
    DELETE FROM stored WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY key ORDER BY id >> {ROW_BITS} DESC, id) AS place FROM stored
        ) WHERE place > 1
    )
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


def as_parquet(file: Path, number: int, folder: Path) -> Path:
    """Where the same packets are as Parquet: the file itself, or in `folder` what `converted` made of it."""
    return folder / f"{number}.parquet" if file.suffix == ".avro" else file


def converted(file: Path, number: int, folder: Path) -> tuple[Path, pa.Schema]:
    """The same packets as Parquet, and their schema; what is not Parquet already is converted into `folder`.

    Raises
    ------
    SettingsError
        When the file cannot be read.
    """
    try:
        target = as_parquet(file, number, folder)
        if target != file:
            _avro_to_parquet(file, target)
        return target, pq.read_schema(target)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, EOFError, IndexError) as error:
        raise SettingsError(f"{file} cannot be read as alert packets: {first_line(error)}") from error


def _avro_to_parquet(file: Path, target: Path) -> None:
    schema = packet_schema()
    with file.open("rb") as packets, pq.ParquetWriter(target, schema) as out:
        for batch in _batches(fastavro.reader(packets)):
            out.write_table(pa.Table.from_pylist([_normalised(record) for record in batch], schema))


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

    Tables: ``alerts`` (a view, one row per served alert), ``anomalies`` (the listed ones, with what orders and
    filters them), ``packets`` (object and time of all that was read, served or not). A packet's ``id`` is its
    file's number and its row there, see `ROW_BITS`.
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
        self._into("packets", _packets_of(file, schema, number))
        self._into("stored", _alerts_of(file, schema, number))

    def _into(self, table: str, query: str) -> None:
        verb = f"INSERT INTO {table} BY NAME" if table in self._made else f"CREATE TABLE {table} AS"
        self.database.execute(f"{verb} {query}")
        self._made.add(table)

    def finish(self) -> None:
        """Keep one row per object and time, choose the anomalies."""
        self.database.execute(_REPEATED)
        self.database.execute(f"CREATE VIEW alerts AS SELECT id, key, time_key, {_served_cells()} FROM stored")
        self.database.execute(ANOMALIES)


def _packets_of(file: str, schema: pa.Schema, number: int) -> str:
    return f"""
        SELECT "objectId" AS object_id, "candidate"."jd" AS jd, {_id(number)},
            coalesce({_publisher(schema)} = 'Fink', false) AS by_fink
        FROM read_parquet({file}, file_row_number = true)
    """


def _publisher(schema: pa.Schema) -> str:
    """SQL for who processed a packet."""
    return '"publisher"' if "publisher" in schema.names else "NULL"


def _id(number: int) -> str:
    return f"({number}::BIGINT << {ROW_BITS}) + file_row_number AS id"


def _alerts_of(file: str, schema: pa.Schema, number: int) -> str:
    raw = ", ".join(f'{_cell(column, schema)} AS "{column.name}"' for column in COLUMNS.values())
    served = ", ".join(f'{_or_default(column)} AS "{column.name}"' for column in COLUMNS.values())
    filled = ", ".join(f'count("{column.name}") > 0 AS "has {column.name}"' for column in _WITH_DEFAULT)
    delivery = '"source_file"' if "source_file" in schema.names else "''"
    # Two passes, because one would hold the whole file in memory.
    return f"""
        WITH read AS NOT MATERIALIZED (
            SELECT {raw}, coalesce({delivery}, '') AS delivery, {_id(number)}
            FROM read_parquet({file}, file_row_number = true)
            WHERE {_publisher(schema)} = 'Fink' AND "objectId" IS NOT NULL AND "candidate"."jd" IS NOT NULL
        ), deliveries AS (
            SELECT delivery, {filled} FROM read GROUP BY delivery
        )
        SELECT id, {KEYS}, {served} FROM read JOIN deliveries USING (delivery) ORDER BY time_key
    """


# Row keys of Fink's tables: objects by ``objectId_jd``, anomalies by ``jd_objectId``.
KEYS = """concat("i:objectId", '_', CAST("i:jd" AS VARCHAR)) AS key,
    concat(CAST("i:jd" AS VARCHAR), '_', "i:objectId") AS time_key"""


def _cell(column: Column, schema: pa.Schema) -> str:
    """A cell as it is stored: floats stay as they are until they are served."""
    kind, stored = _type_at(schema, column.path), _stored_type(column)
    if kind is None:
        return f"NULL::{stored}"
    source = ".".join(f'"{part}"' for part in column.path)
    return _feature_list(source, kind) if column.kind == "features" else f"CAST({source} AS {stored})"


def _stored_type(column: Column) -> str:
    return "FLOAT" if column.kind == "float" else SQL_TYPES[column.kind]


def _served_cells() -> str:
    quoted = {f'"{column.name}"': column for column in COLUMNS.values()}
    return ", ".join(f"{served_cell(column, name)} AS {name}" for name, column in quoted.items())


def served_cell(column: Column, source: str) -> str:
    """SQL for the broker's cell: a packet's float by its shortest decimal form, which is what the broker stores."""
    if column.kind == "float":
        return f"CAST(CAST(CAST({source} AS FLOAT) AS VARCHAR) AS DOUBLE)"
    return f"CAST({source} AS {SQL_TYPES[column.kind]})"


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
        return f'coalesce({cell}, CASE WHEN "has {column.name}" THEN {absent} ELSE [] END)'
    if column.default is None:
        return cell
    default = f'CASE WHEN NOT "has {column.name}" THEN {_sql_value(column.default)} END'
    return f"CAST(coalesce({cell}, {default}) AS {_stored_type(column)})"


_WITH_DEFAULT = [column for column in COLUMNS.values() if column.default is not None or column.kind == "features"]


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
