"""The rows with their verdicts, as CSV and VOTable.

Cells of text that a spreadsheet would run as a formula get an apostrophe in front (OWASP, "CSV Injection"): the text is
a stranger's. Numbers are numbers, negative ones too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.csv import write_csv

from services.jwst import columns
from services.jwst.rules import Reason
from services.jwst.verdicts import Judged

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SIMULATED = "SIMULATED"


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-12.5"), harmless("-12.5+cmd"), harmless("NGC 1")
    ("'=1+1", '-12.5', "'-12.5+cmd", 'NGC 1')
    """
    if not text.lstrip(" ").startswith(_FORMULA_STARTS) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def table(judged: Judged) -> pd.DataFrame:
    """Every row of the file with its verdict, then MAST's columns.

    ``index`` counts from 0; ``source`` says SIMULATED or the name of the file.
    """
    observations = judged.observations
    rows = range(len(judged.verdict))
    said = pd.DataFrame(
        {
            "index": np.arange(len(judged.verdict)),
            "verdict": judged.verdict,
            "reasons": [_joined(judged.reasons(row)) for row in rows],
            "hints": [_joined(judged.hints(row)) for row in rows],
            "not_checkable": [" ".join(judged.not_checkable(row)) for row in rows],
            "score": judged.unusual.score,
            "source": SIMULATED if observations.schema.simulated else observations.name,
        }
    )
    return pd.concat([said, observations.frame[[*columns.NAMES, columns.UNREADABLE]]], axis=1)


def to_csv(judged: Judged) -> bytes:
    """The table as CSV (UTF-8, comma, one header line); missing is an empty cell."""
    safe = table(judged)
    texts = {
        str(name): _each(values, lambda text: harmless(plain(text)))
        for name, values in safe.items()
        if not pd.api.types.is_numeric_dtype(values)
    }
    out = io.BytesIO()
    write_csv(pa.Table.from_pandas(safe.assign(**texts), preserve_index=False), out)
    return out.getvalue()


def plain(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return _CONTROLS.sub("", text)


def _each(values: pd.Series, made: Callable[[str], str]) -> pd.Series:
    """A column of text with every different text made into another one, once; missing stays missing."""
    codes, unique = pd.factorize(values, use_na_sentinel=True)
    texts = np.array([*map(made, unique), None], dtype=object)
    return pd.Series(texts[codes], index=values.index, dtype="str")


def _joined(reasons: Iterable[Reason]) -> str:
    return "; ".join(reason.words for reason in reasons)


def to_votable(judged: Judged) -> bytes:
    """The table as VOTable, with the units of MAST's columns."""
    from astropy.io.votable import from_table  # half a second to import, and most people never export
    from astropy.table import Column, Table

    units = {column.name: {"MJD (d)": "d"}.get(column.unit, column.unit) for column in columns.COLUMNS}
    made: list[Column] = []
    for name, values in table(judged).items():
        if pd.api.types.is_numeric_dtype(values):
            made.append(Column(values.to_numpy(), name=name, unit=units.get(str(name)) or None))
        else:
            made.append(Column(_each(values, plain).fillna("").to_numpy(dtype=str), name=name))
    out = io.BytesIO()
    from_table(Table(made)).to_xml(out)
    return out.getvalue()
