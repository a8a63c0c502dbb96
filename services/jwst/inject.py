"""Tampered rows on purpose: copies of rows with some columns altered, so that finding them can be counted.

The ranges are those of the sample that comes with the Stellar Anomaly Detector, fitted to its 20 pairs of a row and
its altered copy (those of the position are the least certain): both times times 1.1 to 1.3, each by itself; the
exposure time times 1.3 to 1.7; both wavelengths plus or minus up to 80 nm; both coordinates times 1.3 to 1.7 and plus
or minus up to 30 degrees, not clipped. A strength below 1 shrinks all of these towards no change.

Nobody who looks for tampering sees the label: it is beside the frame, not in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

POSITION, TIME, EXPOSURE, WAVELENGTH = ("s_ra", "s_dec"), ("t_min", "t_max"), ("t_exptime",), ("em_min", "em_max")
ALTERED = (*TIME, *EXPOSURE, *WAVELENGTH, *POSITION)
"""The seven columns that differ between a row of the sample and its altered copy."""

STRENGTHS = (0.001, 1.0)

TIME_FACTOR, EXPOSURE_FACTOR, POSITION_FACTOR = (0.1, 0.3), (0.3, 0.7), (0.3, 0.7)
POSITION_DEG, WAVELENGTH_NM = 30.0, 80.0
AWARE_DAYS = (30.0, 365.0)
"""How far an attacker who knows the rules moves times and release at full strength: nothing in a file is against it."""


@dataclass(frozen=True)
class Style:
    """One way of tampering.

    Attributes
    ----------
    name
        Value for `inject` ("seed", "column:position", "aware").
    title
        What a list of choices says.
    columns
        What it alters; rows that have none of these are not taken.
    """

    name: str
    title: str
    columns: tuple[str, ...]


STYLES: dict[str, Style] = {
    style.name: style
    for style in (
        Style("seed", "all seven columns, as in the seed's sample", ALTERED),
        Style("column:position", "position only", POSITION),
        Style("column:time", "times only", TIME),
        Style("column:exposure", "exposure time only", EXPOSURE),
        Style("column:wavelength", "wavelengths only", WAVELENGTH),
        *(Style(f"column:{name}", f"{name} only", (name,)) for name in ALTERED if name != "t_exptime"),
        Style("aware", "times and release moved together", (*TIME, "t_obs_release")),
    )
}


@dataclass(frozen=True)
class Injected:
    """A frame with tampered rows in it, and which those are.

    Attributes
    ----------
    frame
        As it was, with altered rows in place of their originals or appended; RangeIndex.
    label
        Shape (rows,): whether a row was altered.
    source_row
        Shape (rows,): index of the row of the original frame that it is or was made from.
    columns
        What was altered.
    style, strength, in_place, seed
        How.
    """

    frame: pd.DataFrame
    label: Bools
    source_row: Ints
    columns: tuple[str, ...]
    style: str
    strength: float
    in_place: bool
    seed: int


def inject(
    frame: pd.DataFrame, *, n: int, style: str = "seed", strength: float = 1.0, in_place: bool = True, seed: int = 1
) -> Injected:
    """Alter `n` rows of a frame of observations, drawn without replacement.

    Parameters
    ----------
    frame
        MAST CAOM names; times in MJD, exposure time in s, wavelengths in nm, positions in degrees. It is not changed.
    n
        How many, or as many as there are rows that have something to alter (a planned row has no times).
    style
        A key of `STYLES`.
    strength
        0.001 to 1: scales every relative and absolute change.
    in_place
        Replace the originals; otherwise append altered copies, whose identifiers then occur twice.
    seed
        Same seed, same rows and same changes.

    Raises
    ------
    ValueError
        For a style or strength that does not exist.
    """
    if style not in STYLES:
        raise ValueError(f"no injection style {style!r}; there are {', '.join(STYLES)}")
    if not STRENGTHS[0] <= strength <= STRENGTHS[1]:
        raise ValueError(f"a strength is {STRENGTHS[0]} to {STRENGTHS[1]:g}, not {strength:g}")
    columns = STYLES[style].columns
    draws = np.random.default_rng([seed, *style.encode()])
    rows = _drawn(frame, columns, n, draws)
    with np.errstate(over="ignore"):
        altered = _altered(frame.iloc[rows], style, strength, draws)
    kept = np.arange(len(frame), dtype=np.int64)
    if in_place:
        whole = frame.copy()
        for name in columns:
            whole[name] = _replaced(frame[name], rows, altered[name])
        source, label = kept, np.isin(kept, rows)
    else:
        whole = pd.concat([frame, altered], ignore_index=True)
        source = np.concatenate([kept, rows])
        label = np.arange(len(whole)) >= len(frame)
    return Injected(whole, label, source, columns, style, strength, in_place, seed)


def _drawn(frame: pd.DataFrame, columns: tuple[str, ...], n: int, draws: np.random.Generator) -> Ints:
    able = np.flatnonzero(frame[list(columns)].notna().any(axis=1).to_numpy())
    return np.sort(draws.permutation(able)[: max(n, 0)]).astype(np.int64)


def _replaced(column: pd.Series, rows: Ints, values: pd.Series) -> Floats:
    numbers = column.to_numpy(dtype=np.float64, copy=True)
    numbers[rows] = values.to_numpy(dtype=np.float64)
    return numbers


def _altered(rows: pd.DataFrame, style: str, strength: float, draws: np.random.Generator) -> pd.DataFrame:
    if style == "aware":
        return _moved(rows, strength, draws)
    new = {name: CHANGES[name](_numbers(rows[name]), strength, draws) for name in STYLES[style].columns}
    return rows.assign(**new)


def _numbers(column: pd.Series) -> Floats:
    return column.to_numpy(dtype=np.float64)


def _times(low_high: tuple[float, float]) -> Callable[[Floats, float, np.random.Generator], Floats]:
    def change(values: Floats, strength: float, draws: np.random.Generator) -> Floats:
        return values * (1 + strength * draws.uniform(*low_high, len(values)))

    return change


def _wavelength(values: Floats, strength: float, draws: np.random.Generator) -> Floats:
    return values + strength * draws.uniform(-WAVELENGTH_NM, WAVELENGTH_NM, len(values))


def _position(values: Floats, strength: float, draws: np.random.Generator) -> Floats:
    scaled = _times(POSITION_FACTOR)(values, strength, draws)
    return scaled + strength * draws.uniform(-POSITION_DEG, POSITION_DEG, len(values))


CHANGES: dict[str, Callable[[Floats, float, np.random.Generator], Floats]] = {
    "t_min": _times(TIME_FACTOR),
    "t_max": _times(TIME_FACTOR),
    "t_exptime": _times(EXPOSURE_FACTOR),
    "em_min": _wavelength,
    "em_max": _wavelength,
    "s_ra": _position,
    "s_dec": _position,
}


def _moved(rows: pd.DataFrame, strength: float, draws: np.random.Generator) -> pd.DataFrame:
    # Back in time where there is room since the first light of the row's own file, else forward: no rule about launch
    # or retrieval gives it away, as one who knows the rules would see to.
    days = strength * draws.uniform(*AWARE_DAYS, len(rows))
    room = (rows["t_min"] - days > rows["t_min"].min()).to_numpy(dtype=bool)
    shift = np.where(room, -days, days)
    return rows.assign(**{name: _numbers(rows[name]) + shift for name in STYLES["aware"].columns})
