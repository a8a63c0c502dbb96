"""What was found in a file of observations, before anything is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """How much of a file is accepted; a larger one is refused with a message, never cut.

    Parameters
    ----------
    max_bytes
        Size of the file.
    max_rows
        Rows of data.
    max_columns
        Columns; a MAST export has 33 or 34.
    """

    max_bytes: int = 20_000_000
    max_rows: int = 200_000
    max_columns: int = 500


@dataclass(frozen=True)
class Schema:
    """A report on a file.

    Parameters
    ----------
    rows
        Rows of data, all of which are in the frame.
    planned
        Rows of observations that are planned, not made (calibration level −1).
    product_types
        Product type → rows, most frequent first; "" for rows that name none.
    missing, unknown
        CAOM columns that the file lacks; columns of the file that are not MAST's (their values are not used).
    units
        Column → unit in the frame.
    converted
        Column → what it was converted from ("metres"); empty when nothing was.
    unreadable
        Column → cells that hold something where a number belongs.
    notes
        Sentences about what was unusual in the file.
    encoding, separator
        How it was written.
    simulated
        Whether the rows are an example made here.
    """

    rows: int
    planned: int
    product_types: Mapping[str, int]
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    converted: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    encoding: str = "utf-8"
    separator: str = ","
    simulated: bool = False
