"""Where the tables of an archive are: kept beside the cache for the next start, or in a temporary folder.

A kept folder is complete or not there at all, is never changed, and may be used by many processes. Its name says
what it was made of and by which code, so that it is never asked to be something else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import duckdb

from services import classification
from services.local_fink import classes, columns, ingest, tns

TABLES = "tables.duckdb"
# Archives whose tables are kept; the one used longest ago makes room.
MOST = 3

# What DuckDB may hold in memory; more is written to the temporary folder.
MEMORY_LIMIT = "256MB"

Fill = Callable[[duckdb.DuckDBPyConnection, Path], None]


def fingerprint(files: Sequence[Path]) -> str:
    """Changes whenever a file is added, removed or rewritten; 16 hexadecimal digits."""
    facts = [f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files]
    return hashlib.sha256("\n".join(sorted(facts)).encode()).hexdigest()[:16]


@cache
def _made_by() -> str:
    """Changes whenever the code that fills the tables does."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (classification, classes, columns, ingest, tns)]
    return hashlib.sha256(b"".join([*sources, duckdb.__version__.encode()])).hexdigest()[:8]


def opened(
    files: Sequence[Path], keep_in: Path | None, scratch: Path, fill: Fill
) -> tuple[duckdb.DuckDBPyConnection, Path]:
    """The tables of an archive, ready to be read, and the folder in which they are.

    Parameters
    ----------
    files
        What the tables are made of; their order matters.
    keep_in
        Folder of kept tables, made if absent. None, or one that cannot be written, keeps nothing.
    scratch
        Temporary folder, for tables that are not kept.
    fill
        Makes the tables in a new database, and other files beside it.
    """
    if keep_in is not None:
        order = hashlib.sha256("\n".join(str(file.resolve()) for file in files).encode()).hexdigest()[:8]
        kept = keep_in / f"{fingerprint(files)}-{order}-{_made_by()}"
        try:
            return _kept(kept, fill), kept
        except OSError:  # no place or no right to write; a temporary folder may have both
            pass
    database = _connected(scratch / TABLES)
    try:
        fill(database, scratch)
    except BaseException:
        database.close()
        raise
    return database, scratch


def _kept(folder: Path, fill: Fill) -> duckdb.DuckDBPyConnection:
    if (folder / TABLES).exists():
        try:
            database = _connected(folder / TABLES, read_only=True)
        except duckdb.Error:  # damaged: made again
            shutil.rmtree(folder, ignore_errors=True)
        else:
            with suppress(OSError):  # only says when it was used last
                os.utime(folder)
            return database
    _make(folder, fill)
    _make_room(folder.parent)
    return _connected(folder / TABLES, read_only=True)


def _make(folder: Path, fill: Fill) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, so that two processes can make the same tables at the same time.
    partial = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        with _connected(partial / TABLES) as database:
            fill(database, partial)
        if not folder.exists():
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make_room(keep_in: Path) -> None:
    kept = [folder for folder in keep_in.iterdir() if not folder.name.startswith(".")]
    for folder in sorted(kept, key=lambda folder: folder.stat().st_mtime)[:-MOST]:
        shutil.rmtree(folder, ignore_errors=True)


def _connected(tables: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    # One folder per process and database: connections of a process share a database and must agree on it, and
    # two databases must not write into each other's files. DuckDB removes it.
    own = hashlib.sha256(str(tables.resolve()).encode()).hexdigest()[:16]
    spill = Path(tempfile.gettempdir()) / f"local_fink_{os.getpid()}_{own}"
    return duckdb.connect(
        str(tables), read_only=read_only, config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill)}
    )
