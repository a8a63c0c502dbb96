"""Tables as files: CSV, JSON, VOTable and Parquet, under Fink's own column names.

Rules that hold for all four:

- A column that Fink has is called what Fink calls it (``i:magpsf``); one that Oddfinch made (night, rank,
  ...) is called ``oddfinch:NAME``.
- Every row says where it comes from, in ``oddfinch:source``: "SIMULATED", or the label of the source ("Fink
  live", "Archive"). A row that is copied out of its file keeps the mark.
- Missing is an empty cell, null or an empty TD; never zero, never "nan".
- Identifiers such as ``i:candid`` are text: 19 digits do not survive a reader that takes numbers for floats.
- The minus sign is ASCII, also in text.

In CSV a text cell that a spreadsheet would run as a formula (it starts with ``=``, ``+``, ``-`` or ``@`` and
is not a signed number or coordinate) gets an apostrophe in front, because some texts are written by
strangers.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from services.fink import columns
from services.sources import Source

if TYPE_CHECKING:
    from astropy.table import Column

SOURCE_COLUMN = "oddfinch:source"
SIMULATED = "SIMULATED"

_SIGNED_NUMBER = re.compile(r"[+-][0-9][0-9.: ]*(e[+-]?[0-9]+)?", re.IGNORECASE)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: XML 1.0 has no way to write these, not even escaped.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
#: Units as VOTable 1.4 spells them, where Fink's documentation has another word.
_VOTABLE_UNITS = {"DN": "adu"}


def mark(source: Source) -> str:
    """What ``oddfinch:source`` says in every row of an export from this source."""
    return SIMULATED if source.simulated else source.label


def file_stem(stem: str, source: Source) -> str:
    """Name without extension for a file that the browser makes; marked when the source is simulated."""
    return f"{stem}-{SIMULATED}" if source.simulated else stem


def filename(stem: str, source: Source, extension: str) -> str:
    """Name of an exported file, safe everywhere: ``night_2025-09-02_fink-live.csv``.

    Examples
    --------
    >>> from datetime import date
    >>> sky = Source("sim", "simulated", "Simulated sky", "", date(2025, 1, 1))
    >>> filename("night 2025-09-02", sky, "csv")
    'night_2025-09-02_SIMULATED.csv'
    """
    said = mark(source)
    origin = said if source.simulated else said.lower()
    parts = (re.sub(r"[^\w.-]+", joint, text).strip("._-") for text, joint in ((stem, "_"), (origin, "-")))
    return f"{'_'.join(parts)}.{extension}"


def to_csv(frame: pd.DataFrame, source: Source) -> bytes:
    """A tidy frame as CSV (UTF-8, comma, one header line, no index).

    Parameters
    ----------
    frame
        Tidy rows, in the order they shall have.
    source
        Where they come from.
    """
    table = _exported(frame, source)
    return _with_texts(table, _harmless).to_csv(index=False, lineterminator="\n").encode()


def to_json(frame: pd.DataFrame, source: Source) -> bytes:
    """A tidy frame as Fink answers it: a list of flat records, null for missing.

    Every record has every column, and identifiers are text where Fink has integers that JavaScript cannot
    read.
    """
    table = _exported(frame, source)
    cells = {name: _plain(table[name]) for name in table}
    records = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    return orjson.dumps(records, option=orjson.OPT_SERIALIZE_NUMPY)


def to_votable(
    frame: pd.DataFrame,
    source: Source,
    *,
    description: str,
    meta: Mapping[str, str],
    now: datetime | None = None,
) -> bytes:
    """A tidy frame as VOTable 1.4 (TABLEDATA), with units, meanings and provenance.

    Parameters
    ----------
    frame, source
        As for `to_csv`.
    description
        What the table is, in a sentence; of a simulated sky the sentence begins with the mark.
    meta
        More INFO elements, such as ``{"query": "POST /api/v1/anomaly ..."}``.
    now
        Time of the export (UTC); now unless given. It becomes INFO ``exported_at``, beside INFO ``source``.

    Returns
    -------
    bytes
        XML. Fields are named as Fink names its columns and have an ID with ``_`` for ``:``, as in Fink's own
        VOTables. Identifiers are ``char`` arrays, exact in every reader.
    """
    from astropy.io.votable import from_table  # half a second to import, and most people never export
    from astropy.io.votable.tree import Info
    from astropy.table import Table

    table = _exported(frame, source)
    votable = from_table(Table([_votable_column(table[name]) for name in table.columns]))
    resource = votable.resources[0]
    for field, name in zip(resource.tables[0].fields, table.columns, strict=True):
        field.name = name  # astropy fills the ID from the name, so the name was the ID until here
    resource.description = _CONTROLS.sub("", described(description, source))
    infos = _provenance(source, meta, now)
    resource.infos.extend(Info(name=name, value=_CONTROLS.sub("", value)) for name, value in infos.items())
    out = io.BytesIO()
    votable.to_xml(out)
    return out.getvalue()


def to_parquet(
    frame: pd.DataFrame,
    source: Source,
    *,
    description: str,
    meta: Mapping[str, str],
    now: datetime | None = None,
) -> bytes:
    """A tidy frame as Parquet (zstd), with the types of the frame and, as in `to_votable`, what it is.

    Parameters
    ----------
    frame, source, description, meta, now
        As for `to_votable`.

    Returns
    -------
    bytes
        Parquet. Numbers are float64 or int64 with nulls, flags bool, nights dates, identifiers text. Each field has
        ``unit`` and ``description`` in its metadata; the file has ``description``, ``source``, ``exported_at`` and
        `meta`.
    """
    table = _exported(frame, source)
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    made = pa.table([_plain_arrow(column) for column in arrow.columns], names=arrow.column_names)
    facts = {"description": described(description, source), **_provenance(source, meta, now)}
    schema = pa.schema([_field(field) for field in made.schema], metadata={**(arrow.schema.metadata or {}), **facts})
    out = io.BytesIO()
    pq.write_table(made.cast(schema), out, compression="zstd")
    return out.getvalue()


def described(description: str, source: Source) -> str:
    """What a file is, in a sentence that begins with the mark when its rows are simulated."""
    return f"{SIMULATED}: {description}" if source.simulated else description


def _provenance(source: Source, meta: Mapping[str, str], now: datetime | None) -> dict[str, str]:
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    return {"source": mark(source), "exported_at": f"{moment:%Y-%m-%dT%H:%M:%SZ}", **meta}


def _plain_arrow(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text and times as every reader of Parquet knows them: strings, and dates where all times are midnights."""
    kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        days = column.cast(pa.date32(), safe=False)
        return days if days.cast(kind).equals(column) else column.cast(pa.timestamp("us"))
    return column


def _field(field: pa.Field) -> pa.Field:
    known = columns.by_fink(field.name)
    facts = {
        "unit": known.unit if known else "",
        "description": (known.meaning if known else _own_meaning(field.name)) or "",
    }
    return field.with_metadata({name: text for name, text in facts.items() if text})


def _exported(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Fink's names, plain text, and the mark of the source in the last column."""
    ours = frame.drop(columns=SOURCE_COLUMN, errors="ignore").rename(columns=_exported_name)
    marks = pd.Series(mark(source), index=frame.index, dtype="str", name=SOURCE_COLUMN)
    return pd.concat([_with_texts(ours, _ascii_minus), marks], axis="columns")


def _with_texts(table: pd.DataFrame, change: Callable[[object], object]) -> pd.DataFrame:
    """The same table with every text cell changed."""
    cells = {
        name: table[name].map(change, na_action="ignore") if _is_text(table[name]) else table[name]
        for name in table.columns
    }
    return pd.DataFrame(cells, index=table.index)


def _exported_name(name: str) -> str:
    exported = columns.fink_name(name)
    return exported if ":" in exported else f"oddfinch:{exported}"


def _is_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype))


def _ascii_minus(value: object) -> object:
    return value.replace("−", "-") if isinstance(value, str) else value


def _harmless(value: object) -> object:
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    return value if _SIGNED_NUMBER.fullmatch(value) else f"'{value}"


def _plain(column: pd.Series) -> list[Any]:
    """Cells as JSON has them: None for missing, ISO text for times and dates."""
    cells = _iso(column) if pd.api.types.is_datetime64_any_dtype(column.dtype) else column
    return cells.astype(object).where(cells.notna(), None).tolist()


def _iso(column: pd.Series) -> pd.Series:
    """Times as ISO text; whole days as dates."""
    whole_days = (column.dropna() == column.dropna().dt.normalize()).all()
    return column.dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S.%f").astype("str")


def _votable_column(column: pd.Series) -> Column:
    from astropy.table import MaskedColumn

    name = str(column.name)
    known = columns.by_fink(name)
    unit = _VOTABLE_UNITS.get(known.unit, known.unit) if known and known.unit else None
    return MaskedColumn(
        data=_votable_data(column),
        mask=column.isna().to_numpy(),
        name=re.sub(r"[^A-Za-z0-9_.-]", "_", name),
        unit=unit,
        description=known.meaning if known else _own_meaning(name),
    )


def _votable_data(column: pd.Series) -> np.ndarray:
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.fillna(0).to_numpy(dtype="int64")
    if pd.api.types.is_float_dtype(column.dtype):
        return column.to_numpy(dtype="float64", na_value=np.nan)
    texts = ["" if cell is None else _CONTROLS.sub("", str(cell)) for cell in _plain(column)]
    plain = all(text.isascii() for text in texts)
    return np.array(texts, dtype="S" if plain else "U") if texts else np.array([], dtype="S1")


def _own_meaning(name: str) -> str | None:
    if name == SOURCE_COLUMN:
        return "Where this row comes from"
    return "Computed by Oddfinch" if name.startswith("oddfinch:") else None
