"""A CSV from MAST → typed observations, or a sentence that says why not.

The file is a stranger's: size, columns and rows are capped before anything is parsed, the only parser is Python's own
`csv`, nothing is ever unpickled, and whatever is wrong ends as `UnusableFile`.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import dropwhile, islice

import numpy as np
import pandas as pd

from services.jwst import columns, texts
from services.jwst.errors import UnusableFile
from services.jwst.schema import Limits, Schema

DEFAULT_LIMITS = Limits()
CHUNK = 20_000
"""Rows that exist as Python strings at one time: 200,000 rows of 33 cells would be half a gigabyte."""
HEADER_WITHIN = 40
"""Lines, after which no header is looked for."""
RECOGNISED_AT_LEAST = 5
MEASURED = frozenset({"s_ra", "s_dec", "t_min", "t_max", "t_exptime", "em_min", "em_max"})
NAMED = frozenset({"obs_id", "instrument_name", "proposal_id"})
_TYPES = frozenset(
    {"string", "str", "char", "int", "integer", "long", "float", "double", "boolean", "bool", "date", ""}
)
_SEPARATORS = (",", "\t", ";", "|")
_HUGE = 1e300
"""A conversion must not make a number infinite: that would make it missing, which no rule checks."""


@dataclass(frozen=True)
class Observations:
    """Typed rows of a file.

    Parameters
    ----------
    frame
        One row per row of data, in the order of the file, with a RangeIndex. Columns: all of `columns.NAMES`, and
        `columns.UNREADABLE`. Numbers are float64, text is str, NaN is missing; wavelengths are in nm. ``mtFlag`` is
        "true" or "false".
    name
        Name of the file.
    sha256
        Of its bytes, in hexadecimal.
    schema
        What was found in it.
    """

    frame: pd.DataFrame
    name: str
    sha256: str
    schema: Schema


@dataclass(frozen=True)
class _Header:
    cells: tuple[str, ...]
    separator: str
    lines: int
    """Physical lines up to and including the header."""


def read(data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS) -> Observations:
    """Typed observations of a CSV file.

    Parameters
    ----------
    data
        The bytes of the file.
    name
        What it is called, for the report.
    limits
        How much is accepted.

    Raises
    ------
    UnusableFile
        Whatever is wrong with the file: too large, not text, not a table, not MAST's columns.
    """
    _small_enough(data, limits)
    text, encoding = texts.decoded(data)
    header = _header(text, limits)
    raw, ragged = _cells(text, header, limits)
    frame, unreadable = _typed(raw)
    frame, converted = _in_nanometres(frame)
    schema = _schema(frame, header, encoding, converted, unreadable, ragged)
    plain_name = name.encode("utf-8", "replace").decode("utf-8")
    return Observations(frame, plain_name, hashlib.sha256(data).hexdigest(), schema)


def _small_enough(data: bytes, limits: Limits) -> None:
    if not data.strip():
        raise UnusableFile("The file is empty.")
    if len(data) > limits.max_bytes:
        size = len(data) / 1e6
        raise UnusableFile(f"The file has {size:,.1f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are accepted.")


def _split(line: str, separator: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line], delimiter=separator), ()))
    except csv.Error:
        return ()


def _header(text: str, limits: Limits) -> _Header:
    """The first line that names enough of MAST's columns; a ``#`` before it is a comment sign."""
    lines = list(islice(texts.lines(text), HEADER_WITHIN))
    for number, line in enumerate(lines, 1):
        ways = [_Header(_split(line.rstrip("\r\n"), separator), separator, number) for separator in _SEPARATORS]
        best = max(ways, key=_recognised)
        if _recognised(best) >= RECOGNISED_AT_LEAST:
            _usable_columns(best, limits)
            return best
    raise _not_mast(lines)


def _recognised(header: _Header) -> int:
    return len(columns.recognised(header.cells))


def _not_mast(lines: Sequence[str]) -> UnusableFile:
    names = {cell.strip() for line in lines for separator in _SEPARATORS for cell in _split(line.strip(), separator)}
    if names & columns.MISSIONS_NAMES:
        return UnusableFile(
            "This is an export of the MAST Missions search, whose columns are others than those of observations."
        )
    return UnusableFile(f"None of the first {HEADER_WITHIN} lines is a header with MAST's column names.")


def _usable_columns(header: _Header, limits: Limits) -> None:
    if len(header.cells) > limits.max_columns:
        raise UnusableFile(
            f"The file has {len(header.cells):,} columns; a MAST export has about {len(columns.NAMES)}, "
            f"and at most {limits.max_columns:,} are accepted."
        )
    exact = [cell.strip().lstrip("#").strip() for cell in header.cells]
    twice = [name for name in columns.NAMES if exact.count(name) > 1]
    if twice:
        raise UnusableFile(f"The column {twice[0]} is there twice, so that it is not clear which one is meant.")
    names = columns.recognised(header.cells)
    if not names & MEASURED or not names & NAMED:
        raise UnusableFile(
            "The file lacks the columns that could be checked: positions, times or wavelengths by observation."
        )


def _places(header: _Header) -> dict[str, int]:
    """CAOM name → place in the header; an exact name goes before a label."""
    places: dict[str, int] = {}
    for place, cell in enumerate(header.cells):
        name = columns.caom_name(cell)
        if name in columns.NAMES and (name not in places or cell.strip() == name):
            places[name] = place
    return places


def _rows(text: str, header: _Header, limits: Limits) -> Iterator[list[list[str]]]:
    """Rows of data in chunks; blank lines are not rows, and after the first row every other line is one."""
    reader = csv.reader(islice(texts.lines(text), header.lines, None), delimiter=header.separator, strict=True)
    rows = dropwhile(partial(_comment, header), (row for row in reader if len(row) > 1 or (row and row[0].strip())))
    count = 0
    while True:
        try:
            chunk = list(islice(rows, CHUNK))
        except csv.Error as error:
            line = header.lines + reader.line_num
            raise UnusableFile(
                f"Line {line:,} cannot be read as CSV ({error}); is a quotation mark not closed?"
            ) from None
        if not chunk:
            return
        count += len(chunk)
        if count > limits.max_rows:
            raise UnusableFile(f"The file has more than {limits.max_rows:,} rows.")
        yield chunk


def _comment(header: _Header, row: Sequence[str]) -> bool:
    """A line of comment or of types; some exports have them between the header and the data."""
    if row[0].lstrip().startswith("#"):
        return True
    return len(row) == len(header.cells) and len(row) > 1 and _all_types(row)


def _all_types(row: Sequence[str]) -> bool:
    return row[0].strip().lower() in _TYPES and any(row) and all(cell.strip().lower() in _TYPES for cell in row)


def _cells(text: str, header: _Header, limits: Limits) -> tuple[pd.DataFrame, int]:
    """Cells of MAST's columns as text, and the number of rows that have more or fewer cells than the header."""
    places = _places(header)
    width = len(header.cells)
    chunks, ragged = [], 0
    for chunk in _rows(text, header, limits):
        ragged += sum(len(row) != width for row in chunk)
        chunks.append(_chunk_frame(chunk, places))
    if not chunks:
        raise UnusableFile("The file has a header and no rows.")
    return pd.concat(chunks, ignore_index=True), ragged


def _chunk_frame(rows: Sequence[Sequence[str]], places: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.array([row[place] if place < len(row) else "" for row in rows], dtype="str")
            for name, place in places.items()
        }
    )


def _typed(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    size = len(raw)
    typed: dict[str, object] = {}
    bad = pd.Series([""] * size, dtype="str")
    counts: dict[str, int] = {}
    for column in columns.COLUMNS:
        if column.name not in raw:
            typed[column.name] = np.full(size, np.nan) if column.number else texts.nothing(size)
        elif column.number:
            typed[column.name], wrong = texts.numbers(raw[column.name])
            if wrong.any():
                counts[column.name] = int(wrong.sum())
                bad = bad.where(~wrong, bad + "," + column.name)
        else:
            typed[column.name] = texts.words(raw[column.name], column.name)
    typed[columns.UNREADABLE] = bad.str.lstrip(",").where(bad != "")
    return pd.DataFrame(typed), counts


def _in_nanometres(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Wavelengths in nm. JWST sees 600 to 28,500 nm, so the median tells metres and micrometres from nanometres."""
    values = frame[["em_min", "em_max"]].to_numpy()
    values = values[np.isfinite(values) & (values > 0)]
    middle = float(np.median(values)) if values.size else np.nan
    unit, factor = ("metres", 1e9) if middle < 1e-3 else ("micrometres", 1e3) if middle < 100 else ("", 1.0)
    if not unit:
        return frame, {}
    with np.errstate(over="ignore"):
        scaled = (frame[["em_min", "em_max"]] * factor).clip(-_HUGE, _HUGE).round(6)
    return frame.assign(em_min=scaled["em_min"], em_max=scaled["em_max"]), {"em_min": unit, "em_max": unit}


def _schema(
    frame: pd.DataFrame,
    header: _Header,
    encoding: str,
    converted: dict[str, str],
    unreadable: dict[str, int],
    ragged: int,
) -> Schema:
    places = _places(header)
    used = set(places.values())
    others = [cell.strip()[:80] for place, cell in enumerate(header.cells) if place not in used]
    kinds = frame["dataproduct_type"].fillna("").value_counts()
    return Schema(
        rows=len(frame),
        planned=int((frame["calib_level"] == -1).sum()),
        product_types={str(kind): int(count) for kind, count in kinds.items()},
        missing=tuple(name for name in columns.NAMES if name not in places),
        unknown=tuple(cell for cell in others if cell.lower() not in columns.IGNORED),
        units={column.name: column.unit for column in columns.COLUMNS if column.unit and column.name in places},
        converted=converted,
        unreadable=unreadable,
        notes=_notes(frame, header, encoding, ragged),
        encoding=encoding,
        separator=header.separator,
    )


def _notes(frame: pd.DataFrame, header: _Header, encoding: str, ragged: int) -> tuple[str, ...]:
    collection = frame["obs_collection"]
    elsewhere = int((collection.notna() & (collection.str.upper() != "JWST")).sum())
    notes = [
        (header.lines > 1, f"{header.lines - 1} lines before the header were skipped."),
        (encoding not in ("utf-8", "utf-8 with a byte-order mark"), f"The text is in {encoding}."),
        (ragged > 0, f"{ragged:,} rows have more or fewer cells than the header; they are kept, and may be shifted."),
        (elsewhere > 0, f"{elsewhere:,} rows name another mission than JWST."),
    ]
    return tuple(words for said, words in notes if said)
