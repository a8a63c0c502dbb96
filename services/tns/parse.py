"""Fink's TNS table from JSON that is still arriving to typed columns, with as much memory as one block of rows needs.

The answer is one list of flat records, all texts (FINK_API 1.4). It is cut behind a record wherever a MB has come
together: what is in front of a cut is complete JSON, or else the cut was inside a text, and the one before is tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from services.errors import Garbled
from services.fink.columns import TNS
from services.fink.decode import parse_json, tidy
from services.nights import UNIX_EPOCH_JD

CALL = "POST /api/v1/resolver"

BLOCK = 1 << 20
"""Bytes that are turned into rows at once: some 5,000 rows."""
LONGEST = 16 * BLOCK
"""No record is anywhere near so long: what has no end by then is no list of records."""
TRIES = 64
"""Ends of records that are tried in one block: a text may hold a brace, but hardly so many."""

SCHEMA = pa.schema(
    [
        ("fullname", pa.string()),
        ("internalname", pa.string()),
        ("type", pa.dictionary(pa.int32(), pa.string())),
        ("ra", pa.float64()),
        ("dec", pa.float64()),
        ("redshift", pa.float64()),
        ("discovery_jd", pa.float64()),
    ]
)
"""One row per name and internal name. ``ra, dec`` in degrees (J2000), ``discovery_jd`` Julian date (UTC); whatever TNS
or Fink does not give, or gives as nonsense, is missing, and the row is kept."""

Record = dict[str, Any]


def parse_rows(chunks: Iterable[bytes], progress: Callable[[int, int], None] = lambda size, rows: None) -> pa.Table:
    """Typed rows of a table that is still arriving.

    Parameters
    ----------
    chunks
        Bytes of the JSON, cut anywhere.
    progress
        Told (bytes read, rows typed) after every block; whatever it raises ends the reading.

    Returns
    -------
    pyarrow.Table
        With `SCHEMA`, in the order of the answer.

    Raises
    ------
    Garbled
        When it is not a list of records, or breaks off: half a table is none.
    """
    size, rows = 0, 0
    tables: list[pa.Table] = []

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            yield chunk

    for records in blocks(counted()):
        if records:
            tables.append(typed(tidy(records, TNS)))
            rows += len(records)
        progress(size, rows)
    return pa.concat_tables(tables).unify_dictionaries() if tables else SCHEMA.empty_table()


def blocks(chunks: Iterable[bytes]) -> Iterator[list[Record]]:
    """Records of a list that arrives in chunks, some thousand at a time; raises as `parse_rows`."""
    pending, began = b"", False
    for chunk in chunks:
        pending += chunk
        if not began and pending.lstrip()[:1] not in (b"", b"["):
            break  # no list: read no more of it, and say what it is
        if len(pending) < BLOCK:
            continue
        text = _opened(pending, began)
        cut, records = _complete(text)
        if cut:
            yield _checked(records)
            pending, began = text[cut:], True
        elif len(pending) > LONGEST:
            raise Garbled(CALL, f"answered a record of more than {LONGEST >> 20} MB")
    rest = parse_json(_opened(pending, began), call=CALL)
    if not isinstance(rest, list):
        raise Garbled(CALL, "answered a single value where a list of rows belongs")
    yield _checked(rest)


def _opened(pending: bytes, began: bool) -> bytes:
    """The rest of a list as a list: behind a record there is a comma, or the end."""
    text = pending.lstrip()
    if not began:
        return text
    return b"[" + (text[1:] if text[:1] == b"," else text)


def _complete(text: bytes) -> tuple[int, list[Any]]:
    """The longest beginning of a list that is whole records, as its length and those; (0, []) without one."""
    end = len(text)
    for _ in range(TRIES):
        end = text.rfind(b"}", 0, end)
        if end < 0:
            break
        try:
            return end + 1, _loads(text[: end + 1] + b"]")
        except ValueError:
            continue
    return 0, []


def _loads(text: bytes) -> list[Any]:
    try:
        value: list[Any] = orjson.loads(text)
    except ValueError:
        if b"NaN" not in text:
            raise
        value = json.loads(text)
    return value


def _checked(records: list[Any]) -> list[Record]:
    if not all(isinstance(record, dict) for record in records):
        raise Garbled(CALL, "answered a list of something else than rows")
    return records


def typed(rows: pd.DataFrame) -> pa.Table:
    """Rows as `services.fink.client.FinkClient.fetch_resolver` gives them, as `SCHEMA` has them."""
    ra, dec = places(rows["ra"].to_numpy(dtype="float64"), rows["declination"].to_numpy(dtype="float64"))
    redshift = rows["redshift"].to_numpy(dtype="float64")
    columns = [
        pa.array(rows["fullname"], pa.string(), from_pandas=True),
        pa.array(rows["internalname"], pa.string(), from_pandas=True),
        pa.array(rows["type"], pa.string(), from_pandas=True).dictionary_encode(),
        pa.array(ra),
        pa.array(dec),
        pa.array(np.where(np.isfinite(redshift), redshift, np.nan)),
        pa.array(julian_dates(rows["discoverydate"])),
    ]
    return pa.table(columns, schema=SCHEMA)


def places(ra: np.ndarray, dec: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (deg) with right ascension in 0 to 360; both NaN where one of them is no such angle."""
    with np.errstate(invalid="ignore"):
        good = np.isfinite(ra) & np.isfinite(dec) & (np.abs(dec) <= 90) & (ra >= -360) & (ra <= 720)
        return np.where(good, np.mod(ra, 360), np.nan), np.where(good, dec, np.nan)


def julian_dates(texts: pd.Series) -> np.ndarray:
    """Julian dates (UTC) of times as TNS writes them ("2022-01-27 10:49:26.400"); NaN for anything else."""
    times = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True).dt.as_unit("ms")
    milliseconds = times.dt.tz_localize(None).to_numpy().astype("datetime64[ms]")
    days = milliseconds.astype("int64") / 86_400_000 + UNIX_EPOCH_JD
    return np.where(np.isnat(milliseconds), np.nan, days)
