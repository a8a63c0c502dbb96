"""Fink's JSON answers turned into typed frames: where its many words for "missing" become missing.

`pandas.read_json` is not used because it guesses types: it loses digits of ``candid`` and turns names into
numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from services.errors import Garbled
from services.fink import columns as declared
from services.fink.columns import NO_VALUE, Column

Values = list[Any]
Cutout = npt.NDArray[np.float32]

UNANSWERED = "unanswered"

#: The three stamps of an alert.
CUTOUTS = ("Science", "Template", "Difference")

_MISSING_TEXT = frozenset({"", "nan", "NaN", "None", "null", "<NA>"})
_SIGNS = {"t": "t", "1": "t", "True": "t", "true": "t", "f": "f", "0": "f", "False": "f", "false": "f"}
_FLAGS: dict[object, bool] = {True: True, False: False, **{key: sign == "t" for key, sign in _SIGNS.items()}}
#: From here on a float no longer holds every integer, so neighbouring ids would become one.
_EXACT = 2**53


def parse_json(body: bytes, *, call: str = "The source") -> Any:
    """Value of a JSON answer; bare ``NaN`` and ``Infinity``, which cutouts carry, are allowed.

    Raises
    ------
    Garbled
        When it is HTML, breaks off, or is otherwise not JSON.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        if b"NaN" in body or b"Infinity" in body:
            return _parse_slowly(body, call)
        raise Garbled(call, _why_unreadable(body)) from None


def _parse_slowly(body: bytes, call: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled(call, _why_unreadable(body)) from None


def _why_unreadable(body: bytes) -> str:
    start = body[:200].lstrip()
    if not start:
        return "answered nothing at all"
    if start[:1] == b"<":
        return "answered with a web page where data were promised"
    return f"answered {len(body)} bytes that are not JSON, or that break off"


def parse_table(body: bytes, columns: Sequence[str] | None = None, *, call: str = "The source") -> pd.DataFrame:
    """Typed frame of a list of records.

    Parameters
    ----------
    body
        JSON as Fink sends it: a list of flat objects.
    columns
        House names of the columns that must exist, in this order; all of `columns.ALERT` when None. Columns
        that the answer lacks are missing throughout; columns nobody asked for follow under their bare name.
    call
        What was asked, for the error.

    Returns
    -------
    DataFrame
        One row per record, in the order of the answer. Dtypes by kind: float64, Int64, str, boolean; ids are
        str. In a frame with cross-matches, ``unanswered`` (str, comma-separated) names the columns whose
        catalogue failed to answer for that row; missing when all answered.

    Raises
    ------
    Garbled
        When it is not a list of objects.
    """
    records = parse_json(body, call=call)
    if not isinstance(records, list):
        raise Garbled(call, f"answered {_kind_of(records)} where a list of rows belongs")
    if not all(isinstance(record, dict) for record in records):
        raise Garbled(call, "answered a list of something else than rows")
    return tidy(records, columns)


def _kind_of(value: object) -> str:
    return "an object" if isinstance(value, dict) else "a single value"


def tidy(records: list[dict[str, Any]], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """`parse_table` for records that are already Python values."""
    names = [column.name for column in declared.ALERT] if columns is None else list(columns)
    sources = _sources(records, names)
    series: dict[str, Any] = {}
    failed: dict[str, list[bool]] = {}
    for name, fink in sources.items():
        column = declared.by_fink(fink) or declared.by_name(name)
        values = _cells(records, fink)
        if column and column.crossmatch:
            failed[name] = [isinstance(value, str) and value.startswith("Fail") for value in values]
        series[name] = _typed(column, values)
    if failed:
        series[UNANSWERED] = _text(_failed_names(failed, len(records)))
    # Copied into one block of numbers: pandas warns at the first column added to more than 100 blocks.
    return pd.DataFrame(series, index=pd.RangeIndex(len(records)), copy=True)


def _sources(records: list[dict[str, Any]], names: list[str]) -> dict[str, str]:
    """House name → name in the answer: what was asked for first, then what came besides."""
    present = set().union(*records)
    tidied = {declared.tidy_name(key): key for key in present}
    sources = {}
    for name in names:
        first = declared.fink_name(name)
        sources[name] = first if first in present else tidied.get(name, first)
    for key in sorted(present.difference(sources.values())):
        name = declared.tidy_name(key)
        sources[key if name in sources else name] = key
    return sources


def _cells(records: list[dict[str, Any]], key: str) -> Values:
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key) for record in records]


def _typed(column: Column | None, values: Values) -> Any:
    if column is None:
        return _guessed(values)
    if column.crossmatch:
        return _text([None if _no_match(value) else value for value in values])
    if column.name == "isdiffpos":
        return _text([_SIGNS.get(str(value)) for value in values])
    if column.kind == "float":
        return _floats(values, column.missing)
    return _BY_KIND[column.kind](values, column.missing)


def _no_match(value: object) -> bool:
    return value == "Unknown" or (isinstance(value, str) and value.startswith("Fail"))


def _text(values: Values, _missing: tuple[float, ...] = ()) -> Any:
    cleaned = [None if value is None or value in _MISSING_TEXT else value for value in map(_plain, values)]
    return pd.array(cleaned, dtype="str")


def _plain(value: Any) -> str | None:
    if isinstance(value, str) or value is None:
        return value
    return None if isinstance(value, float) and math.isnan(value) else str(value)


def _floats(values: Values, missing: tuple[float, ...] = ()) -> npt.NDArray[np.float64]:
    numbers = _as_floats(values)
    for code in (NO_VALUE, *missing):
        numbers[numbers == code] = np.nan
    return numbers


def _as_floats(values: Values) -> npt.NDArray[np.float64]:
    try:
        numbers = np.array(values, dtype="float64")
    except (ValueError, TypeError, OverflowError):
        return np.array([_one_float(value) for value in values], dtype="float64")
    return numbers if numbers.ndim == 1 else np.full(len(values), np.nan)


def _one_float(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError):
        return math.nan


def _integers(values: Values, missing: tuple[float, ...] = ()) -> Any:
    """Int64; not for ids, which may exceed 2**53. A number with a fraction becomes missing."""
    numbers = _floats(values, missing)
    good = np.isfinite(numbers) & (np.abs(numbers) < _EXACT)
    good &= np.rint(np.where(good, numbers, 0)) == np.where(good, numbers, 0)
    return pd.arrays.IntegerArray(np.where(good, numbers, 0).astype("int64"), ~good)


def _flags(values: Values, _missing: tuple[float, ...] = ()) -> Any:
    known = [_FLAGS.get(value) if isinstance(value, (bool, int, str)) else None for value in values]
    mask = np.array([value is None for value in known], dtype=bool)
    return pd.arrays.BooleanArray(np.array([bool(value) for value in known], dtype=bool), mask)


def _ids(values: Values, _missing: tuple[float, ...] = ()) -> Any:
    return pd.array([_one_id(value) for value in values], dtype="str")


def _one_id(value: object) -> str | None:
    """Digits as they came. An id that has been a float may have lost its last digits and is no id."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or text in _MISSING_TEXT or text in ("-1", "-999"):
        return None
    return text


_BY_KIND: dict[str, Callable[[Values, tuple[float, ...]], Any]] = {
    "int": _integers,
    "text": _text,
    "flag": _flags,
    "id": _ids,
}


def _guessed(values: Values) -> Any:
    """Type of a column that is not declared: by its JSON types alone, never by what a text looks like."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return _flags(values)
    if kinds == {int}:
        exact = all(abs(value) < _EXACT for value in values if value is not None)
        return _integers(values) if exact else _ids(values)
    if kinds and kinds <= {int, float}:
        return _floats(values)
    if kinds & {list, dict}:
        return pd.Series(values, dtype="object").array
    return _text(values)


def _failed_names(failed: dict[str, list[bool]], rows: int) -> Values:
    if not any(map(any, failed.values())):
        return [None] * rows
    names = list(failed)
    return [
        ",".join(name for name, bad in zip(names, row, strict=True) if bad) or None
        for row in zip(*failed.values(), strict=True)
    ]


def parse_classes(body: bytes, call: str) -> dict[str, list[str]]:
    """Lists of classes by who gives them; raises `Garbled` for anything else."""
    value = parse_json(body, call=call)
    if isinstance(value, dict) and all(isinstance(names, list) for names in value.values()):
        return {str(source): [str(name) for name in names] for source, names in value.items()}
    raise Garbled(call, "answered something else than lists of classes")


def parse_cutouts(body: bytes, call: str) -> dict[str, Cutout]:
    """Stamps by kind (float32, 2-D, NaN for null); raises `Garbled` when there are none."""
    value = parse_json(body, call=call)
    stamps = {kind: value.get(f"b:cutout{kind}_stampData") for kind in CUTOUTS} if isinstance(value, dict) else {}
    found = {kind: _stamp(rows, call) for kind, rows in stamps.items() if rows is not None}
    if not found:
        raise Garbled(call, "answered without any of the three images")
    return found


def _stamp(rows: Any, call: str) -> Cutout:
    try:
        stamp = np.array(rows, dtype="float32")
    except (ValueError, TypeError, OverflowError):
        raise Garbled(call, "answered an image whose rows do not fit together") from None
    if stamp.ndim != 2:
        raise Garbled(call, "answered an image that is not two-dimensional")
    return stamp


def parse_counts(body: bytes, call: str, names: Sequence[str] | None = None) -> pd.DataFrame:
    """``night`` (str) and counts (Int64) of the nightly statistics; ``names`` exist even when absent."""
    rows = parse_table(body, ["key:key", *(names or [])], call=call)
    counts = [name for name in rows.columns if name.startswith(("basic:", "class:"))]
    day = rows["key:key"].str.removeprefix("ztf_")
    frame = pd.DataFrame({"night": day.str[:4] + "-" + day.str[4:6] + "-" + day.str[6:8]})
    return frame.assign(**{name: pd.to_numeric(rows[name], errors="coerce").astype("Int64") for name in counts})
