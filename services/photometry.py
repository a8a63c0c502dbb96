"""Brightness of an object in the four ways astronomers ask for it, and its colour.

ZTF measures on a difference image: ``magpsf`` is the magnitude of what changed against the template, and
``isdiffpos`` says whether light was gained ("t") or lost ("f"). With the magnitude ``magnr`` of the template
source the total is known again, which Fink calls the DC (apparent) magnitude::

    flux = 10^(−0.4 magnr) ± 10^(−0.4 magpsf)         in units of the AB zero point

Sources: ZTF Science Data System Explanatory Supplement, section on difference photometry (p. 107 of the
edition cited by Fink), as implemented in ``fink_utils.photometry.conversion`` (`apparent_flux`, `dc_mag`).
Errors of the difference and of the template are taken as independent. Where Fink writes 1.0857, the exact
2.5 / ln 10 stands here (3 parts in 10⁵).

All functions take tidy frames (`COLUMNS`), one row per alert, history entry or upper limit, in any order,
and keep the index. What is missing stays missing: no row is dropped, and nothing becomes zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.nights import mjd

Floats = npt.NDArray[np.float64]
ModeKey = Literal["diffmag", "dcmag", "diffflux", "dcflux"]

#: Columns that the functions here read.
COLUMNS = ("jd", "fid", "magpsf", "sigmapsf", "diffmaglim", "isdiffpos", "magnr", "sigmagnr", "distnr")

#: ZTF's filter numbers.
BANDS = MappingProxyType({"g": 1, "r": 2, "i": 3})

#: Flux of magnitude 0 in the AB system (Oke & Gunn 1983), in µJy.
AB_ZERO_UJY = 3631e6

#: The template source belongs to the object within this distance, in arcsec (Fink's choice, FINK_API 2.2; ZTF
#: gives ``distnr`` in pixels of 1.01 arcsec, and Fink compares the two numbers as they are).
MAX_TEMPLATE_ARCSEC = 1.5

#: The apparent magnitude suits an object when so large a share of its detections has a template source: below that,
#: what it leaves out says more about the object than what it adds.
DC_SHARE = 0.8

#: g and r count as simultaneous within this time (as Fink's own ``v:g-r``), in days.
COLOUR_WINDOW_DAYS = 0.3

_MAG_PER_RELATIVE_FLUX = 2.5 / np.log(10)


@dataclass(frozen=True)
class Mode:
    """One way to express brightness: its key in the address bar, its words for the axis, its unit."""

    key: ModeKey
    label: str
    unit: str
    total: bool

    @property
    def magnitudes(self) -> bool:
        """True when it grows downwards."""
        return self.unit == "mag"


MODES = MappingProxyType(
    {
        mode.key: mode
        for mode in (
            Mode("diffmag", "Difference magnitude", "mag", total=False),
            Mode("dcmag", "DC magnitude", "mag", total=True),
            Mode("diffflux", "Difference flux", "µJy", total=False),
            Mode("dcflux", "DC flux", "µJy", total=True),
        )
    }
)


class Choice(NamedTuple):
    """The mode that suits an object, and why, as a sentence for the screen."""

    mode: ModeKey
    reason: str


class Level(NamedTuple):
    """Brightness of the template source with its 1σ error, in the unit of the mode it was asked in."""

    value: float
    error: float


def flux_ujy(magnitude: npt.ArrayLike) -> Floats:
    """Flux in µJy of an AB magnitude."""
    return AB_ZERO_UJY * np.power(10.0, -0.4 * np.asarray(magnitude, dtype="float64"))


def magnitude_ab(flux: npt.ArrayLike) -> Floats:
    """AB magnitude of a flux in µJy; NaN where the flux is not positive."""
    values = np.asarray(flux, dtype="float64")
    positive = np.where(values > 0, values, np.nan)
    return -2.5 * np.log10(positive / AB_ZERO_UJY)


def brightness(frame: pd.DataFrame, mode: ModeKey) -> pd.DataFrame:
    """Brightness of every row in one mode.

    Parameters
    ----------
    frame
        Tidy light curve with `COLUMNS`.
    mode
        Key of `MODES`.

    Returns
    -------
    DataFrame
        Same index and order, with

        - ``value`` (float64): in the mode's unit. An upper limit is 5σ of the *difference* (``diffmaglim``, or the
          flux of that magnitude) in the difference modes; in DC modes it is that flux on top of the reference level
          of its band, because the total was less than both together, and NaN when the band has no such level. NaN
          wherever the mode cannot say: in DC modes without a template source within `MAX_TEMPLATE_ARCSEC`, in the
          DC magnitude when the total flux is not positive, in all but the difference magnitude when the sign is
          missing.
        - ``error`` (float64): 1σ in the same unit, > 0; NaN for upper limits and wherever ``value`` is NaN.
        - ``limit`` (bool): the row is an upper limit.

    Raises
    ------
    KeyError
        When ``mode`` is not a mode.
    """
    chosen = MODES[mode]
    value, error = _total(frame) if chosen.total else _difference(frame)
    if chosen.magnitudes:
        value, error = _in_magnitudes(value, error)
    limits = _limit_flux(frame, total=chosen.total)
    limits = magnitude_ab(limits) if chosen.magnitudes else limits
    if mode == "diffmag":  # as measured: neither the sign nor two conversions should touch it
        value, error, limits = (_floats(frame, name) for name in ("magpsf", "sigmapsf", "diffmaglim"))
    limit = np.isnan(_floats(frame, "magpsf")) & np.isfinite(_floats(frame, "diffmaglim"))
    value = np.where(limit, limits, value)
    error = np.where(limit | np.isnan(value), np.nan, error)
    return pd.DataFrame({"value": value, "error": error, "limit": limit}, index=frame.index)


def reference_level(frame: pd.DataFrame, band: str, mode: Literal["dcmag", "dcflux"] = "dcmag") -> Level | None:
    """Brightness of the template source in one band, for the dashed line of the DC modes.

    Parameters
    ----------
    frame
        Tidy light curve with `COLUMNS`.
    band
        "g", "r" or "i".
    mode
        Unit of the answer.

    Returns
    -------
    Level or None
        Median of ``magnr`` over the rows whose template source is within `MAX_TEMPLATE_ARCSEC`, with the
        median of ``sigmagnr``: the rows repeat one measurement of one template, so their number does not
        shrink the error. None when there is no such row.
    """
    rows = _has_template(frame) & _in_band(frame, band)
    if not rows.any():
        return None
    magnitude = float(np.median(_floats(frame, "magnr")[rows]))
    errors = _floats(frame, "sigmagnr")[rows]
    known = errors[np.isfinite(errors)]
    error = float(np.median(known)) if known.size else float("nan")
    if mode == "dcmag":
        return Level(magnitude, error)
    flux = float(flux_ujy(magnitude))
    return Level(flux, float(flux * error / _MAG_PER_RELATIVE_FLUX))


def suitable_mode(frame: pd.DataFrame) -> Choice:
    """The magnitude that suits an object: apparent when there is a source behind it, else that of the difference.

    Parameters
    ----------
    frame
        Tidy light curve with `COLUMNS`; where it has ``tag``, only its "valid" rows count if there are any.

    Returns
    -------
    Choice
        ``dcmag`` when at least `DC_SHARE` of the detections have a template source within `MAX_TEMPLATE_ARCSEC` and
        most have a positive total, else ``diffmag``.

    Examples
    --------
    >>> rows = pd.DataFrame({"fid": [1], "magpsf": [18.2], "magnr": [20.1], "distnr": [11.31]})
    >>> suitable_mode(rows).reason
    'Difference magnitude, because the reference image has no source within 1.5″ (nearest 11.3″).'
    """
    detected = np.isfinite(_floats(frame, "magpsf"))
    counted = detected & _valid(frame)
    rows = frame.loc[counted if counted.any() else detected, [name for name in COLUMNS if name in frame]]
    behind = _has_template(rows)
    drawn = brightness(rows, "dcmag")["value"].notna().to_numpy() if behind.any() else behind
    if behind.any() and behind.mean() >= DC_SHARE and drawn.mean() > 0.5:
        nearest = float(np.median(_floats(rows, "distnr")[behind]))
        reason = f"because a {_level_words(rows)} source lies {nearest:.1f}″ away in the reference image."
        return Choice("dcmag", f"Apparent magnitude, {reason}")
    return Choice("diffmag", f"Difference magnitude, because {_why_not_total(rows, behind, drawn)}.")


def _level_words(frame: pd.DataFrame) -> str:
    """Magnitude of the template source in the band seen most, "17.2 mag (r)"."""
    levels = [(-int(_in_band(frame, band).sum()), band, reference_level(frame, band)) for band in BANDS]
    _, band, level = min((count, band, level) for count, band, level in levels if level is not None)
    return f"{level.value:.1f} mag ({band})"


def _why_not_total(rows: pd.DataFrame, behind: npt.NDArray[np.bool_], drawn: npt.NDArray[np.bool_]) -> str:
    if not len(rows):
        return "there is no detection to add to the reference image"
    if behind.any() and behind.mean() >= DC_SHARE:
        return f"in {int((behind & ~drawn).sum())} of {len(rows)} detections the light lost exceeds the reference"
    if behind.any():
        return (
            f"only {int(behind.sum())} of {len(rows)} detections have a source within {MAX_TEMPLATE_ARCSEC}″ "
            "in the reference image"
        )
    return f"the reference image has no source within {MAX_TEMPLATE_ARCSEC}″ ({_nearest(rows)})"


def _nearest(rows: pd.DataFrame) -> str:
    distances = _floats(rows, "distnr")
    known = distances[np.isfinite(distances)]
    return f"nearest {known.min():.1f}″" if known.size else "none listed"


def applicable(frame: pd.DataFrame, mode: ModeKey) -> str | None:
    """Why a mode has nothing to say about this object, as a sentence for the screen; None when it has.

    Examples
    --------
    >>> rows = pd.DataFrame({"magpsf": [18.2], "magnr": [20.1], "distnr": [11.31]})
    >>> applicable(rows, "dcmag")
    'No template source within 1.5″ of this object (nearest 11.3″).'
    """
    detected = np.isfinite(_floats(frame, "magpsf"))
    if not detected.any():
        return "No detection of this object."
    if not MODES[mode].total or (_has_template(frame) & detected).any():
        return None
    return f"No template source within {MAX_TEMPLATE_ARCSEC}″ of this object ({_nearest(frame[detected])})."


def colour(frame: pd.DataFrame, mode: Literal["diffmag", "dcmag"] = "diffmag") -> pd.DataFrame:
    """g − r of detections that are close in time.

    Parameters
    ----------
    frame
        Tidy light curve with `COLUMNS`; where it has ``tag``, only its "valid" rows count.
    mode
        Which magnitude to subtract. Difference magnitudes are paired only within one sign: light gained in
        one band and lost in the other has no colour.

    Returns
    -------
    DataFrame
        One row per pair, oldest first: ``mjd`` (mean of the two, UTC days), ``value`` (mag), ``error`` (mag, 1σ),
        and ``green``, ``red`` (int): the positions of the two in ``frame``. Pairs are within `COLOUR_WINDOW_DAYS`;
        the closest pair is taken first and each detection is used once.
    """
    measured = brightness(frame, mode)
    usable = _valid(frame) & measured["value"].notna().to_numpy() & ~measured["limit"].to_numpy()
    time = mjd(_floats(frame, "jd"))
    value, error = measured["value"].to_numpy(), measured["error"].to_numpy()
    sign = np.zeros(len(frame)) if mode == "dcmag" else _sign(frame)
    green, red = (np.flatnonzero(usable & _in_band(frame, band)) for band in "gr")
    pairs = _closest_pairs(time, sign, green, red)
    left, right = pairs[:, 0], pairs[:, 1]
    return (
        pd.DataFrame(
            {
                "mjd": (time[left] + time[right]) / 2,
                "value": value[left] - value[right],
                "error": np.hypot(error[left], error[right]),
                "green": left,
                "red": right,
            }
        )
        .sort_values("mjd", kind="stable")
        .reset_index(drop=True)
    )


def _closest_pairs(
    time: Floats, sign: Floats, left: npt.NDArray[np.intp], right: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Positions of pairs in the window and of one sign, each used once, closest first; shape (n, 2)."""
    right = right[np.argsort(time[right], kind="stable")]
    first = np.searchsorted(time[right], time[left] - COLOUR_WINDOW_DAYS, side="left")
    last = np.searchsorted(time[right], time[left] + COLOUR_WINDOW_DAYS, side="right")
    candidates = sorted(
        (abs(time[a] - time[b]), int(a), int(b))
        for a, low, high in zip(left, first, last, strict=True)
        for b in right[low:high]
        if sign[a] == sign[b]
    )
    used: set[int] = set()
    pairs = []
    for _, a, b in candidates:
        if a not in used and b not in used:
            used.update((a, b))
            pairs.append((a, b))
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def _difference(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Signed flux of the difference and its error, in µJy."""
    flux = flux_ujy(_floats(frame, "magpsf"))
    return _sign(frame) * flux, flux * _floats(frame, "sigmapsf") / _MAG_PER_RELATIVE_FLUX


def _limit_flux(frame: pd.DataFrame, *, total: bool) -> Floats:
    """Flux in µJy that the source stayed below: 5σ of the difference, and for the total the reference on top."""
    flux = flux_ujy(_floats(frame, "diffmaglim"))
    if not total:
        return flux
    levels = {band: reference_level(frame, band, "dcflux") for band in BANDS}
    reference = np.full(len(frame), np.nan)
    for band, level in levels.items():
        reference[_in_band(frame, band)] = np.nan if level is None else level.value
    return reference + flux


def _total(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Flux of template plus difference and its error, in µJy; NaN without a template source."""
    difference, difference_error = _difference(frame)
    template = flux_ujy(np.where(_has_template(frame), _floats(frame, "magnr"), np.nan))
    template_error = template * _floats(frame, "sigmagnr") / _MAG_PER_RELATIVE_FLUX
    return template + difference, np.hypot(template_error, difference_error)


def _in_magnitudes(flux: Floats, error: Floats) -> tuple[Floats, Floats]:
    magnitude = magnitude_ab(flux)
    relative = error / np.where(np.isnan(magnitude), np.nan, flux)
    return magnitude, _MAG_PER_RELATIVE_FLUX * relative


def _has_template(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows whose template source is near enough and has a magnitude (Fink reads a negative one as none)."""
    return (_floats(frame, "distnr") <= MAX_TEMPLATE_ARCSEC) & (_floats(frame, "magnr") >= 0)


def _sign(frame: pd.DataFrame) -> Floats:
    """+1 for light gained, −1 for light lost, NaN where nobody said."""
    flags = frame["isdiffpos"].to_numpy(dtype=object, na_value="")
    return np.where(flags == "t", 1.0, np.where(flags == "f", -1.0, np.nan))


def _in_band(frame: pd.DataFrame, band: str) -> npt.NDArray[np.bool_]:
    return _floats(frame, "fid") == BANDS[band]


def _valid(frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    if "tag" not in frame:
        return np.ones(len(frame), dtype=bool)
    return frame["tag"].to_numpy(dtype=object, na_value="") == "valid"


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    column = frame[name]
    if column.dtype == np.float64:  # most are: no copy, and a page asks for some hundred of them
        return column.to_numpy()
    return column.to_numpy(dtype="float64", na_value=np.nan)
