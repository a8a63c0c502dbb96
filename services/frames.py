"""Typed frames as bytes: Arrow IPC, which keeps every dtype and cannot carry code."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa


def to_bytes(frame: pd.DataFrame) -> bytes:
    """A typed frame as an Arrow IPC stream; the index is not kept.

    Uncompressed, because the cache compresses whole entries.
    """
    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_bytes(payload: bytes) -> pd.DataFrame:
    """The frame that `to_bytes` wrote, with the same dtypes and a fresh 0..n-1 index.

    Raises
    ------
    ValueError
        When the bytes are not such a stream.
    """
    return from_tables([table_from_bytes(payload)])


def table_from_bytes(payload: bytes) -> pa.Table:
    """The same as an Arrow table, which costs next to nothing: for joining many before converting once.

    Raises
    ------
    ValueError
        When the bytes are not such a stream.
    """
    try:
        with pa.ipc.open_stream(payload) as reader:
            return reader.read_all()
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"not an Arrow stream: {error}") from error


def from_tables(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """The rows of several tables one under the other, as one typed frame.

    A column that only some of them have is missing in the rows of the others.

    Raises
    ------
    ValueError
        When two of them disagree about the type of a column, or when there is none.
    """
    return pa.concat_tables(tables, promote_options="default").to_pandas()
