"""The frozen table: which wavelengths an instrument covers with which filters; where it is silent, the file's own.

The table is data (``wavelengths.csv``) and does not depend on the file that is judged: a file in which a whole group
was shifted still disagrees with it. Origins:

``MAST``
    Values that MAST's public metadata give, in whole nanometres; constant for each combination.
``JDOX``
    Filters not seen in MAST's metadata here, from the JWST User Documentation (https://jwst-docs.stsci.edu: NIRCam
    Filters, half-power wavelengths; channels of MIRI's MRS). Where both are known, MAST's values differ by up to 7 nm
    (46 nm at the red end of the extra-wide F150W2), so the tolerance is wider.
``PASP``
    MIRI's other filters: nominal centre ± half of the bandwidth (Bouchet et al. 2015, PASP 127, 612), which is what
    MAST has for those that were seen.

Measured on MAST's metadata: NIRCam and MIRI rows span all filters that they name (dispersers and masks add nothing);
NIRSpec and NIRISS rows depend on the combination.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

TABLE_VERSION = "2026-11-22.1"
ORIGINS = {
    "MAST": "public MAST metadata",
    "JDOX": "JWST User Documentation",
    "PASP": "Bouchet et al. 2015",
    "FILE": "most rows of this file",
}
IN_FILE_AT_LEAST = 5
"""Rows of a group that the table does not know, before its own most frequent value is expected of all."""
IN_FILE_SHARE = 0.6
IN_FILE_TOLERANCE_NM = 1.0
POISONED_SHARE = 0.4
"""Share of a group that disagrees with the table above which the file as a whole is suspicious (JWST.md)."""
POISONED_AT_LEAST = 3
_SPANS = ("NIRCAM", "MIRI")


@dataclass(frozen=True)
class Band:
    """What is expected of one combination: limits and tolerance in nm, and where they come from."""

    em_min: float
    em_max: float
    tolerance: float
    origin: str


@dataclass(frozen=True)
class Expected:
    """Expected wavelengths per row, shape (rows,), NaN where nothing is known.

    Parameters
    ----------
    em_min, em_max, tolerance
        In nm.
    origin
        A key of `ORIGINS`, or "".
    groups
        "INSTRUMENT filters" of the row, for sentences.
    """

    em_min: np.ndarray
    em_max: np.ndarray
    tolerance: np.ndarray
    origin: np.ndarray
    groups: pd.Series


@cache
def table() -> dict[tuple[str, str], Band]:
    """(instrument, elements joined by ``;``) → band, as in ``wavelengths.csv``."""
    with Path(__file__).with_name("wavelengths.csv").open(newline="", encoding="utf-8") as stream:
        return {
            (row["instrument"], row["filters"]): Band(
                float(row["em_min_nm"]), float(row["em_max_nm"]), float(row["tolerance_nm"]), row["origin"]
            )
            for row in csv.DictReader(stream)
        }


@lru_cache(maxsize=4096)
def band(instrument_name: str, filters: str) -> Band | None:
    """What the table expects of one combination, or None.

    Examples
    --------
    >>> band("NIRCAM/GRISM", "F356W;GRISMR")
    Band(em_min=3140.0, em_max=3980.0, tolerance=1.0, origin='MAST')
    >>> band("NIRSPEC/MSA", "G395H;F290LP").em_max
    5140.0
    """
    family = instrument_name.upper().split("/")[0].strip()
    elements = sorted(part.strip() for part in filters.upper().split(";"))
    if family in _SPANS:
        return _span(family, elements)
    return table().get((family, ";".join(elements)))


def _span(family: str, elements: list[str]) -> Band | None:
    optics = [name for name in elements if name[:1] == "F" or name[:2] == "CH"]
    bands = [table().get((family, name)) for name in optics]
    known = [found for found in bands if found]
    if not known or len(known) < len(bands):
        return None
    origin = next((found.origin for found in known if found.origin != "MAST"), "MAST")
    return Band(
        min(found.em_min for found in known),
        max(found.em_max for found in known),
        max(found.tolerance for found in known),
        origin,
    )


def groups(frame: pd.DataFrame) -> pd.Series:
    """ "INSTRUMENT filters" per row; missing where either is."""
    return frame["instrument_name"].str.upper() + " " + frame["filters"].str.upper()


def expected(frame: pd.DataFrame) -> Expected:
    """Expected wavelengths of every row: from the table, else from the rest of the file."""
    names = groups(frame)
    codes, _ = pd.factorize(names, use_na_sentinel=True)
    places = np.unique(codes, return_index=True)
    bands = {int(code): _frozen(frame, int(place)) for code, place in zip(*places, strict=True) if code >= 0}
    unknown = np.isin(codes, [code for code, found in bands.items() if found is None])
    if unknown.any():
        bands.update(_in_file(frame.loc[unknown, ["em_min", "em_max"]], codes[unknown]))
    limits = np.full((int(codes.max(initial=-1)) + 2, 3), np.nan)
    origins = np.full(len(limits), "", dtype=object)
    for code, found in bands.items():
        if found:
            limits[code] = found.em_min, found.em_max, found.tolerance
            origins[code] = found.origin
    rows = limits[codes]
    return Expected(rows[:, 0], rows[:, 1], rows[:, 2], origins[codes], names)


def _frozen(frame: pd.DataFrame, place: int) -> Band | None:
    return band(frame["instrument_name"].iat[place], frame["filters"].iat[place])


def _in_file(pairs: pd.DataFrame, codes: np.ndarray) -> dict[int, Band]:
    """Group → the pair of limits that most of its rows share, where there are enough of them."""
    counts = pairs.assign(code=codes).dropna().value_counts().reset_index(name="rows")
    total = counts.groupby("code")["rows"].transform("sum")
    shared = counts[(total >= IN_FILE_AT_LEAST) & (counts["rows"] >= IN_FILE_SHARE * total)]
    return {
        int(code): Band(float(em_min), float(em_max), IN_FILE_TOLERANCE_NM, "FILE")
        for code, em_min, em_max in shared[["code", "em_min", "em_max"]].to_numpy(dtype=np.float64).tolist()
    }


def disagrees(frame: pd.DataFrame, known: Expected) -> np.ndarray:
    """Which rows have a wavelength outside its tolerance, shape (rows,)."""
    with np.errstate(invalid="ignore"):
        low = np.abs(frame["em_min"].to_numpy() - known.em_min) > known.tolerance
        return low | (np.abs(frame["em_max"].to_numpy() - known.em_max) > known.tolerance)


def poisoned(frame: pd.DataFrame, known: Expected) -> tuple[str, ...]:
    """Sentences on groups of which more than `POISONED_SHARE` disagree with the frozen table."""
    frozen = np.isin(known.origin, ("MAST", "JDOX", "PASP"))
    wrong = pd.Series(disagrees(frame, known))[frozen].groupby(known.groups[frozen].to_numpy())
    table_of = wrong.agg(["sum", "count"])
    bad = table_of[(table_of["sum"] >= POISONED_AT_LEAST) & (table_of["sum"] > POISONED_SHARE * table_of["count"])]
    return tuple(
        f"{int(row['sum'])} of {int(row['count'])} rows of {name} disagree with the frozen wavelength table: the whole "
        "group may have been changed, or the archive has other values now."
        for name, row in bad.iterrows()
    )
