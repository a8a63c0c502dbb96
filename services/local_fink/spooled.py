"""Large tables in formats whose beginning depends on their end: by way of a temporary file, block by block."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# Bytes sent at a time.
_CHUNK = 1 << 20


class Parts(Iterator[bytes]):
    """Parts of an answer, and the temporary file that they are read from: closed with them."""

    def __init__(self, parts: Iterator[bytes], file: IO[bytes]) -> None:
        self._parts = parts
        # Also when nobody reads or closes them.
        self.close = weakref.finalize(self, file.close)

    def __next__(self) -> bytes:
        return next(self._parts)


class Spool:
    """Blocks of one table on disk.

    Parameters
    ----------
    blocks
        All read at once.
    dtype_of
        Of a column's cells in the file that is to be written; text is as wide as its widest.
    """

    def __init__(self, blocks: Iterable[pd.DataFrame], dtype_of: Callable[[pd.Series], np.dtype[Any]] | None = None):
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (outlives this function)
        self.dtypes: dict[str, np.dtype[Any]] = {}
        self._schemas: list[pa.Schema] = []
        try:
            for block in blocks:
                self._add(block)
                if dtype_of is not None:
                    self._widen({str(name): dtype_of(cells) for name, cells in block.items()})
            self.schema = pa.unify_schemas(self._schemas, promote_options="permissive")
        except BaseException:
            self.file.close()
            raise

    def _add(self, block: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(block, preserve_index=False)
        with pa.ipc.new_stream(self.file, table.schema) as writer:
            writer.write_table(table)
        self._schemas.append(table.schema)

    def _widen(self, found: dict[str, np.dtype[Any]]) -> None:
        self.dtypes |= {name: np.promote_types(self.dtypes.get(name, dtype), dtype) for name, dtype in found.items()}

    def tables(self) -> Iterator[pa.Table]:
        """The blocks with one schema; a column that a block does not have is missing in its rows."""
        self.file.seek(0)
        for _ in self._schemas:
            with pa.ipc.open_stream(self.file) as reader:
                table = reader.read_all()
            yield pa.concat_tables([self.schema.empty_table(), table], promote_options="permissive")


def parquet_parts(blocks: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """One Parquet file, a row group per block.

    Raises
    ------
    pyarrow.ArrowException
        When a column mixes text and numbers.
    """
    spool = Spool(blocks)
    made: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (outlives this function)
    try:
        with pq.ParquetWriter(made, spool.schema) as writer:
            for table in spool.tables():
                writer.write_table(table)
    except BaseException:
        made.close()
        raise
    finally:
        spool.file.close()
    made.seek(0)
    return Parts(iter(partial(made.read, _CHUNK), b""), made)


def votable_parts(
    blocks: Iterable[pd.DataFrame],
    plain: Callable[[pd.Series], np.ndarray],
    write: Callable[[dict[str, np.ndarray]], bytes],
) -> Iterator[bytes]:
    """One VOTable, its rows block by block.

    Parameters
    ----------
    plain
        A column as the array that is written.
    write
        A whole VOTable of such arrays.
    """
    spool = Spool(blocks, lambda cells: plain(cells).dtype)
    return Parts(_joined(_documents(spool, plain, write)), spool.file)


def _documents(
    spool: Spool, plain: Callable[[pd.Series], np.ndarray], write: Callable[[dict[str, np.ndarray]], bytes]
) -> Iterator[bytes]:
    for table in spool.tables():
        rows = table.to_pandas()
        yield write({name: plain(rows[name]).astype(dtype) for name, dtype in spool.dtypes.items()})


def _joined(documents: Iterable[bytes]) -> Iterator[bytes]:
    """One document with the rows of all, which say the same about their columns."""
    end = b""
    for number, document in enumerate(documents):
        head, rows = document.split(_BEGIN, 1)
        rows, end = rows.rsplit(_END, 1)
        yield rows if number else head + _BEGIN + rows
    yield _END + end


_BEGIN, _END = b"<TABLEDATA>\n", b"    </TABLEDATA>"
