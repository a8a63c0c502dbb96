"""Bytes and cells of a stranger's file → text and numbers."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from services.jwst.errors import UnusableFile

MISSING = ("", "nan", "null", "none", "--", "n/a")
"""Cells that mean "no value", in any case."""

_MAGIC = {
    b"PK\x03\x04": "an Excel or ZIP file",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1": "a Parquet file",
    b"SIMPLE  =": "a FITS file",
    b"%PDF": "a PDF",
    b"\x80\x04": "a pickle, which is never loaded",
    b"\x80\x05": "a pickle, which is never loaded",
    b"<": "XML or HTML",
    b"{": "JSON",
    b"[": "JSON",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8 with a byte-order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)


def decoded(data: bytes) -> tuple[str, str]:
    """Text of a file, and the name of its encoding: by its byte-order mark, else UTF-8, else Latin-1.

    Raises
    ------
    UnusableFile
        It is another kind of file, or holds NUL characters, which no CSV does.
    """
    for magic, kind in _MAGIC.items():
        if data.lstrip()[: len(magic)] == magic:
            raise UnusableFile(f"The file is {kind}, not CSV.")
    text, encoding = _by_mark(data)
    if "\0" in text:
        raise UnusableFile("The file holds NUL characters, so it is not CSV.")
    return (text if "\n" in text else text.replace("\r", "\n")), encoding


def _by_mark(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :] if codec == "utf-8" else data, codec), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _strict(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise UnusableFile(
            f"The file says that it is {codec}, and is not: some of its bytes are no characters."
        ) from None


def lines(text: str) -> Iterator[str]:
    """Lines with their ends, without a copy of the text (an `io.StringIO` would take four bytes per character)."""
    begin = 0
    while begin < len(text):
        end = text.find("\n", begin) + 1 or len(text)
        yield text[begin:end]
        begin = end


def nothing(size: int) -> pd.Series:
    """A text column in which every cell is missing."""
    return pd.Series(np.full(size, np.nan), dtype="str")


def numbers(cells: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Cells as float64, NaN where there is none, and which cells hold something that is not a finite number.

    Parameters
    ----------
    cells
        Text, one cell per row.
    """
    plain = cells.str.strip()
    values = _parsed(plain)
    given = ~plain.str.lower().isin(MISSING)
    wrong = given & ~np.isfinite(values)
    return np.where(wrong, np.nan, values), wrong


def _parsed(plain: pd.Series) -> Any:
    """Numbers of texts; only digits, signs, points and exponents are let through to the parser."""
    looks = plain.str.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?").to_numpy(dtype=bool, na_value=False)
    values = np.full(len(plain), np.nan)
    with np.errstate(over="ignore"):
        values[looks] = plain[looks].to_numpy(dtype=object).astype(np.float64)
    return values


def words(cells: pd.Series, name: str) -> pd.Series:
    """Cells as text, stripped, NaN where there is none.

    Identifiers lose the ``.0`` that a program adds to whole numbers next to a gap; flags become "true" and "false".
    """
    plain = cells.str.strip()
    plain = plain.where(~plain.str.lower().isin(MISSING))
    if name in ("proposal_id", "obsid", "objID"):
        return plain.str.replace(r"^(\d+)\.0$", r"\1", regex=True)
    return plain.str.lower() if name in ("mtFlag", "dataproduct_type") else plain
