"""Tables as the Fink API sends them: json, csv, votable or parquet, and the spelling of missing cells."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
import pandas as pd

from services.local_fink.columns import COLUMNS, FILLED_IN
from services.local_fink.history import IS_ALERT
from services.local_fink.spooled import parquet_parts, votable_parts

# Columns that a full answer always has, and their cells when no row has any.
ALWAYS = {"d:tracklet": "", "d:tns": ""}


def as_served(
    rows: pd.DataFrame, *, full: bool, filled: Collection[str] | None = None, brackets: str = "[]"
) -> pd.DataFrame:
    """Rows of the store as the server words them: no empty columns, absent text "nan", features as text.

    Parameters
    ----------
    rows
        From `Store.anomalies` or `Store.detections`.
    full
        True when no ``columns`` were asked for; the server then adds some cells (`ALWAYS`, `FILLED_IN`).
    filled
        Columns of `COLUMNS` that have a cell somewhere in the whole answer, when `rows` are a part of it.
    brackets
        Around features: square, or the index tables' curly ones, which are no JSON (FINK_API 0.7).
    """
    alert = rows[IS_ALERT].to_numpy(bool)
    if filled is None:
        filled = {str(name) for name, cells in rows.items() if cells.notna().any()}
    made = {
        name: _worded(cells, COLUMNS[name].kind, alert, brackets) if name in COLUMNS else cells
        for name, cells in rows.items()
        if name not in COLUMNS or name in filled
    }
    if full:
        made |= {name: pd.Series(text, rows.index) for name, text in ALWAYS.items() if name not in made}
        made |= {name: pd.Series(np.where(alert, value, np.nan), rows.index) for name, value in FILLED_IN.items()}
    return pd.DataFrame(made)


def _worded(cells: pd.Series, kind: str, alert: Any, brackets: str) -> pd.Series:
    if kind == "features":
        return cells.map(partial(features_text, brackets=brackets), na_action="ignore").astype("str")
    if kind == "text":  # absent in an alert; a detection known from history says nothing at all
        return cells.mask(cells.isna() & alert, "nan")
    return cells


def features_text(values: Sequence[float | None], brackets: str = "[]") -> str:
    """Features as the broker writes them: numbers as Java spells them, in which NaN and null differ.

    No features at all are ``[]`` whatever the brackets: the server's word for a cell that is not there. In the
    index tables that is so for an alert without them, too: there it is one absent cell, elsewhere 26 of them.
    """
    curly = brackets != "[]"
    if not len(values) or (curly and all(value is None for value in values)):
        return "[]"
    return brackets[0] + ", ".join("null" if value is None else java_double(value) for value in values) + brackets[1]


def java_double(value: float) -> str:
    """A double as Java's ``Double.toString`` spells it: ``2.36E-4`` below 0.001 and from ten million on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    sign, digits, exponent = Decimal(repr(float(value))).as_tuple()
    text = "".join(map(str, digits))
    rest = text[1:].rstrip("0") or "0"
    return f"{'-' if sign else ''}{text[0]}.{rest}E{int(exponent) + len(text) - 1}"


def json_parts(blocks: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """Records, floats to ten decimals, ids as integers, block by block; the same writer as the genuine server's."""
    yield b"["
    comma = b""
    for block in blocks:
        records = block.to_json(orient="records").encode()[1:-1]
        if records:
            yield comma + records
            comma = b","
    yield b"]"


def csv_parts(blocks: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """Comma-separated values with one header, block by block; a single newline when there is nothing."""
    header = True
    for block in blocks:
        if len(block):
            yield block.to_csv(index=False, header=header).encode()
            header = False
    if header:
        yield b"\n"


def to_parquet(table: pd.DataFrame) -> bytes:
    """One Parquet file. Raises ``pyarrow.ArrowException`` when a column mixes text and numbers."""
    out = io.BytesIO()
    table.to_parquet(out)
    return out.getvalue()


def to_votable(table: pd.DataFrame) -> bytes:
    """One VOTable; in its column ids ``:`` becomes ``_``."""
    return _votable({str(name): _plain(cells) for name, cells in table.items()})


def _votable(columns: dict[str, Any]) -> bytes:
    from astropy.io import votable  # takes a second to import
    from astropy.table import Table

    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # astropy warns of every ":" in a name
        votable.writeto(votable.from_table(Table(columns)), out)
    return out.getvalue()


def _plain(cells: pd.Series) -> Any:
    """A numpy array that a VOTable can hold; integers with gaps are masked."""
    if pd.api.types.is_bool_dtype(cells) or pd.api.types.is_integer_dtype(cells):
        kind = "bool" if pd.api.types.is_bool_dtype(cells) else "int64"
        return np.ma.masked_array(
            cells.fillna(False if kind == "bool" else 0).to_numpy(kind), mask=cells.isna().to_numpy(bool)
        )
    if pd.api.types.is_float_dtype(cells):
        return cells.to_numpy(np.float64)
    return np.array(
        ["" if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True)], dtype=str
    )


Write = Callable[[Iterable[pd.DataFrame]], Iterator[bytes]]


def _by_size(one: Callable[[pd.DataFrame], bytes], many: Write, blocks: Iterable[pd.DataFrame]) -> Iterator[bytes]:
    """A small table in one piece, a large one by way of a file: neither can be begun before its end is known."""
    rest = iter(blocks)
    first = list(islice(rest, 2))
    if len(first) > 1:
        return many(chain(first, rest))
    return iter([one(first[0] if first else pd.DataFrame())])


# Format → its parts, and its content type, which for parquet is literally "parquet".
WRITERS: dict[str, tuple[Write, str]] = {
    "json": (json_parts, "application/json"),
    "csv": (csv_parts, "application/csv"),
    "votable": (partial(_by_size, to_votable, partial(votable_parts, plain=_plain, write=_votable)), "text/xml"),
    "parquet": (partial(_by_size, to_parquet, parquet_parts), "parquet"),
}
