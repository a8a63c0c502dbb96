"""The rules that a consistent row of a MAST export keeps, in one table, and what they say of a file.

A broken rule makes a row inconsistent; why it is broken, an error or a hand, no rule can tell. Tolerances were set
after seeing 100 genuine rows of MAST, of which none breaks a rule: the true rate of false alarms may be up to 3 %
(95 %, one-sided).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from services.jwst import measured, named, wavelengths
from services.jwst.columns import NUMBERS
from services.jwst.facts import Facts, Finding

RULES_VERSION = "2026-11-22.1"
HOLDS, NOT_CHECKABLE, BROKEN = 1, 0, -1
STATUS_WORDS = {1: "holds", 0: "not checkable", -1: "broken"}
_UNIX_EPOCH_MJD = 40_587.0


@dataclass(frozen=True)
class Rule:
    """One rule.

    Parameters
    ----------
    name, title
        For programs and for people.
    source
        Where it comes from.
    tolerance
        How much is forgiven, in words with unit.
    unit
        Of observed and expected values; "" for text.
    columns
        What it reads.
    function
        Facts → finding for every row.
    sentence
        How a broken rule is told, with ``{observed}`` and ``{expected}``.
    digits
        Decimals of its numbers in sentences.
    hint
        Shown, and never a reason to call a row inconsistent.
    jwst
        Only for rows of JWST.
    """

    name: str
    title: str
    source: str
    tolerance: str
    unit: str
    columns: tuple[str, ...]
    function: Callable[[Facts], Finding]
    sentence: str
    digits: int = 0
    hint: bool = False
    jwst: bool = True


_CAOM = "MAST CAOM field descriptions"
_NAMING = "JWST pipeline documentation, file naming schemes"
_SAMPLE = "measured on 100 genuine rows of MAST"
_TABLE = "frozen table: public MAST metadata, JWST User Documentation, Bouchet et al. 2015; else most rows of the file"

RULES: tuple[Rule, ...] = (
    Rule("numbers", "Numbers where numbers belong", _CAOM, "none", "", NUMBERS, named.numbers,
         "{observed}: not a finite number", jwst=False),
    Rule("ra", "Right ascension from 0° to 360°", _CAOM, "none", "deg", ("s_ra",), measured.within("s_ra", 0, 360),
         "RA {observed}° is outside 0° to 360°", 4, jwst=False),
    Rule("dec", "Declination from −90° to 90°", _CAOM, "none", "deg", ("s_dec",), measured.within("s_dec", -90, 90),
         "Dec {observed}° is outside -90° to 90°", 4, jwst=False),
    Rule("time-order", "Ends after it begins", _CAOM, "none", "MJD", ("t_min", "t_max"), measured.time_order,
         "t_max {observed} is before t_min {expected}", 4, jwst=False),
    Rule("launch", "Not before the launch", "JWST was launched on 2021-12-25 (MJD 59573)", "none", "MJD", ("t_min",),
         measured.launch, "t_min {observed} is before the launch, {expected}"),
    Rule("retrieval", "Not after the file was retrieved", "nothing is observed in the future", "1 d", "MJD",
         ("t_min", "t_max"), measured.retrieval, "observed at {observed}, after the file was retrieved, {expected}"),
    Rule("release", "Released after it was taken", _SAMPLE + " (90 of 90)", "none", "MJD", ("t_max", "t_obs_release"),
         measured.release, "t_max {observed} is after the release, {expected}"),
    Rule("exposure", "Exposure not negative", _CAOM, "none", "s", ("t_exptime",), measured.exposure_sign,
         "t_exptime {observed} s is negative", 3, jwst=False),
    Rule("duty", "Exposure fits between beginning and end", _SAMPLE + " (up to 1.11 times the interval, times to 1 s)",
         "15 % and 1 s", "s", ("t_exptime", "t_min", "t_max"), measured.duty,
         "t_exptime {observed} s is longer than t_min to t_max allows, {expected} s", 1),
    Rule("separation", "Target near the footprint", _SAMPLE + " (up to 0.115°); angles on the sphere",
         "0.25° or 3 radii of the footprint; not for moving targets", "deg", ("s_ra", "s_dec", "s_region", "mtFlag"),
         measured.separation, "the target is {observed}° from its footprint, more than {expected}°", 3),
    Rule("band", "Shortest wavelength JWST observes", "JWST User Documentation: 600 to 28,500 nm", "500 to 30,000 nm",
         "nm", ("em_min",), measured.within("em_min", *measured.BAND_NM), "em_min {observed} nm is not JWST's"),
    Rule("band-max", "Longest wavelength JWST observes", "JWST User Documentation: 600 to 28,500 nm",
         "500 to 30,000 nm", "nm", ("em_max",), measured.within("em_max", *measured.BAND_NM),
         "em_max {observed} nm is not JWST's"),
    Rule("wavelength-order", "Shortest wavelength first", _CAOM, "none", "nm", ("em_min", "em_max"),
         measured.wavelength_order, "em_min {observed} nm is longer than em_max {expected} nm", 1, jwst=False),
    Rule("em-min", "Shortest wavelength of the filters", _TABLE, "1 nm; 15 or 25 nm where MAST's value is not known",
         "nm", ("em_min", "instrument_name", "filters"), measured.shortest,
         "em_min {observed} nm, where instrument and filters have {expected} nm", 1),
    Rule("em-max", "Longest wavelength of the filters", _TABLE, "1 nm; 15 or 25 nm where MAST's value is not known",
         "nm", ("em_max", "instrument_name", "filters"), measured.longest,
         "em_max {observed} nm, where instrument and filters have {expected} nm", 1),
    Rule("frame-time", "Whole number of frames",
         "JWST User Documentation: 10.73677 s for whole detectors, 14.58889 s for NIRSpec IRS2",
         "0.01 s and 2 × 10⁻⁶; not for MIRI, FGS, subarrays, coronagraphs, slits, target acquisition, time series", "s",
         ("t_exptime", "instrument_name", "obs_id", "s_region", "dataproduct_type"), measured.frame_time,
         "t_exptime {observed} s is no whole number of frames; the nearest is {expected} s", 3),
    Rule("obs-id", "An identifier of JWST", _NAMING, "none", "", ("obs_id",), named.identifier,
         "obs_id is {observed}, where one begins with {expected}"),
    Rule("mission", "JWST by mission and by identifier", _NAMING, "none", "", ("obs_collection", "obs_id"),
         named.mission, "obs_collection is {observed}, and obs_id is of {expected}"),
    Rule("programme", "Programme as in the identifier", _NAMING, "none", "", ("proposal_id", "obs_id"),
         named.programme, "proposal_id is {observed}, and obs_id says {expected}"),
    Rule("instrument", "Instrument as in the identifier", _NAMING, "none", "", ("instrument_name", "obs_id"),
         named.instrument, "instrument_name is {observed}, and obs_id says {expected}"),
    Rule("filters", "Filters as in the identifier", _NAMING, "filters may name more", "", ("filters", "obs_id"),
         named.elements, "filters are {observed}, and obs_id says {expected}"),
    Rule("file", "File named after the observation", _SAMPLE + " (90 of 90)", "zeros of source numbers, segments", "",
         ("dataURL", "obs_id"), named.file, "dataURL is {observed}, which is not of {expected}"),
    Rule("repeated", "Each observation once", "identifiers are unique in MAST", "a hint only", "", ("obs_id",),
         named.repeated, "this obs_id is on {observed} rows of the file", hint=True),
)  # fmt: skip
BY_NAME = {rule.name: rule for rule in RULES}


@dataclass(frozen=True)
class Reason:
    """Why a row breaks a rule, ready for the screen and for programs."""

    rule: str
    observed: float | str | None
    expected: float | str | None
    unit: str
    words: str


@dataclass(frozen=True)
class Checked:
    """What the rules say of a file.

    Parameters
    ----------
    status
        int8, rows × rules: `HOLDS`, `BROKEN`, `NOT_CHECKABLE`; columns are names of rules.
    broken
        Rows that break a rule that is not a hint, shape (rows,).
    warnings
        Sentences about the file as a whole.
    retrieved_mjd
        The day that was taken for that of retrieval.
    """

    status: pd.DataFrame
    broken: np.ndarray
    warnings: tuple[str, ...]
    retrieved_mjd: float
    findings: dict[str, Finding] = field(repr=False)

    def reasons(self, row: int) -> tuple[Reason, ...]:
        """Why a row is inconsistent, in the order of the rules; empty when it is not."""
        return self._of(row, hint=False)

    def hints(self, row: int) -> tuple[Reason, ...]:
        """What is remarkable about a row, and no reason to call it inconsistent."""
        return self._of(row, hint=True)

    def _of(self, row: int, *, hint: bool) -> tuple[Reason, ...]:
        broken = np.flatnonzero(self._matrix[row] == BROKEN) if self._any[row] else ()
        return tuple(_reason(RULES[i], self.findings[RULES[i].name], row) for i in broken if RULES[i].hint is hint)

    @cached_property
    def _matrix(self) -> np.ndarray:
        return self.status.to_numpy()

    @cached_property
    def _any(self) -> np.ndarray:
        return np.any(self._matrix == BROKEN, axis=1)

    def values(self, rule: str) -> tuple[np.ndarray, np.ndarray]:
        """Observed and expected values of a rule, shape (rows,) each; NaN or None where it is not checkable."""
        finding = self.findings[rule]
        there = self.status[rule].to_numpy() != NOT_CHECKABLE
        return _where(there, finding.observed), _where(there, finding.expected)


def _where(there: np.ndarray, values: np.ndarray) -> np.ndarray:
    nothing: Any = np.nan if values.dtype.kind == "f" else None
    return np.where(there, values, nothing)


def today_mjd() -> float:
    """Now, as Modified Julian Date (UTC)."""
    return time.time() / measured.DAY_S + _UNIX_EPOCH_MJD


def check(frame: pd.DataFrame, *, retrieved_mjd: float | None = None) -> Checked:
    """Every rule for every row.

    Parameters
    ----------
    frame
        As `services.jwst.read.Observations.frame`.
    retrieved_mjd
        When the file was retrieved (MJD); today unless given.
    """
    facts = Facts(frame, today_mjd() if retrieved_mjd is None else retrieved_mjd)
    findings = {rule.name: rule.function(facts) for rule in RULES}
    columns = {rule.name: _status(rule, findings[rule.name], facts) for rule in RULES}
    status = pd.DataFrame(columns, index=frame.index)
    hard = [rule.name for rule in RULES if not rule.hint]
    broken = np.any(status[hard].to_numpy() == BROKEN, axis=1)
    return Checked(status, broken, wavelengths.poisoned(frame, facts.wavelengths), facts.retrieved_mjd, findings)


def _status(rule: Rule, finding: Finding, facts: Facts) -> np.ndarray:
    checkable = finding.checkable & facts.jwst if rule.jwst else finding.checkable
    return np.where(checkable, np.where(finding.broken, BROKEN, HOLDS), NOT_CHECKABLE).astype(np.int8)


def _reason(rule: Rule, finding: Finding, row: int) -> Reason:
    observed, expected = _plain(finding.observed[row]), _plain(finding.expected[row])
    digits = _digits(observed, expected, rule.digits)
    words = rule.sentence.format(observed=_said(observed, digits), expected=_said(expected, digits))
    return Reason(rule.name, observed, expected, rule.unit, words)


def _plain(value: object) -> float | str | None:
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return None if value is None else str(value)


def _digits(observed: object, expected: object, least: int) -> int:
    """Decimals, enough to tell one number from the other."""
    if not isinstance(observed, float) or not isinstance(expected, float):
        return least
    return next((n for n in range(least, 7) if f"{observed:.{n}f}" != f"{expected:.{n}f}"), least)


def _said(value: float | str | None, digits: int) -> str:
    if isinstance(value, float):
        return f"{value:,.{digits}f}" if abs(value) < 1e12 else f"{value:.3g}"
    return str(value)[:200]
