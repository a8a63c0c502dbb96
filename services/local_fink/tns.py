"""Names of the Transient Name Server: its public object list as the table behind ``/resolver``.

The list has the columns `COLUMNS` (TNS "public objects", www.wis-tns.org; others are ignored), one row per
object with all its internal names in one cell, and may start with a line that only says when it was made.
The table has one row per name and internal name, all text: an absent redshift is "NaN", another absent cell "nan".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from services.errors import SettingsError
from services.local_fink.words import first_line, sql_path

COLUMNS = ("name_prefix", "name", "ra", "declination", "redshift", "type", "internal_names", "discoverydate")

# Names of the served columns; the key is how the genuine table is sorted and searched.
_TABLE = """CREATE TABLE tns (
    key VARCHAR, "d:declination" VARCHAR, "d:discoverydate" VARCHAR, "d:fullname" VARCHAR,
    "d:internalname" VARCHAR, "d:ra" VARCHAR, "d:redshift" VARCHAR, "d:type" VARCHAR
)"""


def is_list(file: Path) -> bool:
    """True when a file is a list of TNS objects: it names their columns."""
    if file.suffix == ".csv":
        return _header_line(file) is not None
    return file.suffix == ".parquet" and set(COLUMNS) <= _parquet_columns(file)


def _header_line(file: Path) -> int | None:
    """Number of the line that names the columns, the first or second; None when neither does."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number in range(2):
            names = {cell.strip().strip('"') for cell in lines.readline(10_000).split(",")}
            if set(COLUMNS) <= names:
                return number
    return None


def _parquet_columns(file: Path) -> set[str]:
    try:
        return set(pq.read_schema(file).names)
    except (pa.ArrowException, OSError):  # said by whoever reads it as packets
        return set()


def read(database: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Make the table ``tns`` of lists of objects; empty without any.

    Raises
    ------
    SettingsError
        When a list is damaged.
    """
    database.execute(_TABLE)
    for file in files:
        try:
            database.execute(f"INSERT INTO tns {_rows_of(file)}")
        except duckdb.Error as error:
            raise SettingsError(f"{file} cannot be read as a list of TNS objects: {first_line(error)}") from error
    database.execute("CREATE OR REPLACE TABLE tns AS SELECT DISTINCT ON (key) * FROM tns ORDER BY ALL")


def _rows_of(file: Path) -> str:
    source = sql_path(file)
    if file.suffix == ".csv":
        relation = f"read_csv({source}, all_varchar = true, header = true, delim = ',', skip = {_header_line(file)})"
    else:
        relation = f"read_parquet({source})"
    return f"""
        SELECT lower(concat(fullname, '_', internalname)), declination, discoverydate, fullname, internalname,
            ra, redshift, type
        FROM (
            SELECT {_cell("declination")}, {_cell("discoverydate")}, {_cell("ra")}, {_cell("redshift", "NaN")},
                {_cell("type")}, trim(concat_ws(' ', name_prefix, name)) AS fullname,
                trim(unnest(string_split(coalesce(nullif(trim(internal_names), ''), 'nan'), ','))) AS internalname
            FROM {relation}
        )
    """


def _cell(name: str, absent: str = "nan") -> str:
    return f"coalesce(nullif(trim({name}::VARCHAR), ''), '{absent}') AS {name}"
