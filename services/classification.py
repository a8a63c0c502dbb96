"""Fink's classification of one alert: nine steps in order, a later one overriding an earlier one, and why.

The rules are those of fink-filters 7.40 (``fink_filters.ztf.classification``), which the API runs at request
time to fill ``v:classification``. They are written down once, as data, and `classify` and `explain` both read
that table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

UNKNOWN = "Unknown"
AMBIGUOUS = "Ambiguous"

#: Labels of SIMBAD that fink-filters accepts as the host of a supernova or as no obstacle to one
#: (34, ``extract_fink_classification``; the newer spellings such as "Seyfert1" are not among them).
HOST_LABELS: frozenset[str] = frozenset(
    {
        *("BClG", "BlueCompG", "Candidate_SN*", "ClG", "Compact_Gr_G", "EmG", "Fail", "Fail 504", "Galaxy"),
        *("GinCl", "GinGroup", "GinPair", "GravLens_Candidate", "GroupG", "HII_G", "High_z_G", "IG", "LINER"),
        *("LSB_G", "PairG", "PartofG", "Possible_ClG", "Possible_SClG", "SN", "SN*_Candidate", "Seyfert"),
        *("Seyfert_1", "Seyfert_2", "StarburstG", "SuperClG", "Transient", "Unknown", "Void", "galaxy"),
    }
)

AGE = "jd - jdstarthist"
_FINK_NUMBERS = (*("roid", "mulens", "snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn"),)
_NUMBERS = (*_FINK_NUMBERS, "ndethist", "drb", "classtar", "jd", "jdstarthist")
_TEXTS = ("cdsxmatch", "tracklet")

#: Every column that `classify` reads.
INPUTS: tuple[str, ...] = (*_NUMBERS, *_TEXTS)

Booleans = npt.NDArray[np.bool_]
Inputs = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Condition:
    """One comparison of a rule: column, words, threshold (for the screen), and how it is computed."""

    column: str
    comparison: str
    threshold: float | str
    holds: Callable[[npt.NDArray[Any]], Booleans]


@dataclass(frozen=True)
class Rule:
    """A rule of Fink's: it fires when ``every`` condition holds and one of ``either``, if there are any."""

    label: str
    every: tuple[Condition, ...]
    either: tuple[Condition, ...] = ()
    exclusive: bool = False

    def fires(self, inputs: Inputs) -> Booleans:
        """Rows for which the rule fires; a missing value fails its comparison."""
        fired = np.logical_and.reduce([test.holds(inputs[test.column]) for test in self.every])
        if self.either:
            fired &= np.logical_or.reduce([test.holds(inputs[test.column]) for test in self.either])
        return fired


@dataclass(frozen=True)
class Test:
    """One comparison of one alert, as shown: ``alternative`` means that one of several such is enough."""

    __test__ = False  # not a test of pytest's

    column: str
    value: float | str | None
    comparison: str
    threshold: float | str
    passed: bool
    alternative: bool = False


@dataclass(frozen=True)
class Step:
    """One of the nine steps for one alert.

    Attributes
    ----------
    number, name
        Position (1 to 9) and the label it gives ("SIMBAD" for the last).
    fired
        Whether its tests passed.
    decided
        Whether the final label comes from this step.
    tests
        Its comparisons; of those with ``alternative`` one is enough.
    """

    number: int
    name: str
    fired: bool
    decided: bool
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Explanation:
    """How one alert got its label.

    Attributes
    ----------
    label
        The label; None when Fink never processed the row (an upper limit, another alert's history).
    origin
        Who gave it, as `origin_of`; None without a label.
    steps
        The nine steps, in order.
    summary
        One or two sentences for the screen.
    """

    label: str | None
    origin: str | None
    steps: tuple[Step, ...]
    summary: str

    @property
    def decisive(self) -> Step | None:
        """The step that gave the label; None when no step fired and the label is the initial "Unknown"."""
        return next((step for step in self.steps if step.decided), None)


def _above(column: str, limit: float) -> Condition:
    return Condition(column, ">", limit, lambda values: values > limit)


def _below(column: str, limit: float) -> Condition:
    return Condition(column, "<", limit, lambda values: values < limit)


def _at_most(column: str, limit: float) -> Condition:
    return Condition(column, "≤", limit, lambda values: values <= limit)


def _is(column: str, code: float) -> Condition:
    return Condition(column, "=", code, lambda values: values == code)


def _is_not(column: str, code: float) -> Condition:
    # For NumPy a missing number is "not equal", but unknown must not count as passed.
    return Condition(column, "≠", code, lambda values: (values != code) & ~np.isnan(values))


def _each(test: Callable[[str], bool]) -> Callable[[npt.NDArray[Any]], Booleans]:
    return lambda values: np.array([test(value) for value in values], dtype=bool)


def overrides(label: str) -> bool:
    """Whether a label of SIMBAD wins over Fink's own rules (step 9)."""
    return label not in (UNKNOWN, "Transient") and not label.startswith(("Fail", "Galaxy"))


_HOST = Condition("cdsxmatch", "is one of", "34 labels that allow a supernova", _each(HOST_LABELS.__contains__))
_SNN = (_above("snn_snia_vs_nonia", 0.5), _above("snn_sn_vs_all", 0.5))
_POINT_LIKE = (_above("drb", 0.5), _above("classtar", 0.4))
_TRACK = Condition("tracklet", "starts with", "TRCK_", _each(lambda value: value.startswith("TRCK_")))
_SIMBAD = Condition(
    "cdsxmatch", "is none of", "Unknown, Transient, Fail…, Galaxy…", _each(lambda value: overrides(value))
)

#: Steps 1 to 7 in order. "Exclusive" ones make an alert Ambiguous when two of them fire.
RULES: tuple[Rule, ...] = (
    Rule("Microlensing candidate", (_above("mulens", 0),), exclusive=True),
    Rule(
        "SN candidate",
        (_HOST, _at_most(AGE, 90), *_POINT_LIKE, _above("ndethist", 1), _is_not("roid", 3)),
        either=_SNN,
        exclusive=True,
    ),
    Rule(
        "Early SN Ia candidate",
        (_HOST, *_POINT_LIKE, _at_most("ndethist", 20), _above("rf_snia_vs_nonia", 0.5)),
        either=_SNN,
    ),
    Rule(
        "Kilonova candidate",
        (
            *(_above("rf_kn_vs_nonkn", 0.5), *_POINT_LIKE, _below(AGE, 5)),
            *(_below("ndethist", 20), _is_not("roid", 3), _HOST),
        ),
    ),
    Rule("Solar System candidate", (_is("roid", 2),), exclusive=True),
    Rule("Tracklet", (_TRACK,)),
    Rule("Solar System MPC", (_is("roid", 3),), exclusive=True),
)


def classify(frame: pd.DataFrame) -> pd.Series:
    """Fink's class of every alert.

    Parameters
    ----------
    frame
        Tidy rows with the columns `INPUTS`, as `services.fink.columns.LIGHT_CURVE` and ``LIST`` bring them.

    Returns
    -------
    Series of str, index of ``frame``, named "classification"
        The label. Missing for rows that Fink never processed: upper limits, low-quality points and detections
        known only from another alert's history carry none of Fink's values, which is not "Unknown".

    Raises
    ------
    KeyError
        When a column of `INPUTS` is absent.
    """
    inputs = _inputs(frame)
    labels = np.full(len(frame), UNKNOWN, dtype=object)
    exclusive = np.zeros(len(frame), dtype="int64")
    for rule in RULES:
        fired = rule.fires(inputs)
        labels[fired] = rule.label
        exclusive += fired & rule.exclusive
    labels[exclusive >= 2] = AMBIGUOUS
    simbad = _SIMBAD.holds(inputs["cdsxmatch"])
    labels[simbad] = inputs["cdsxmatch"][simbad]
    labels[~_processed(frame)] = None
    return pd.Series(labels, index=frame.index, name="classification", dtype="str")


def _inputs(frame: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    inputs: dict[str, npt.NDArray[Any]] = {
        name: frame[name].to_numpy(dtype="float64", na_value=np.nan) for name in _NUMBERS
    }
    inputs[AGE] = inputs["jd"] - inputs["jdstarthist"]
    # Fink's tables say "Unknown" where an alert has no SIMBAD counterpart; an absent cell means the same.
    inputs["cdsxmatch"] = frame["cdsxmatch"].astype("object").fillna(UNKNOWN).to_numpy()
    inputs["tracklet"] = frame["tracklet"].astype("object").fillna("").to_numpy()
    return inputs


def _processed(frame: pd.DataFrame) -> Booleans:
    known = frame[[*_FINK_NUMBERS, *_TEXTS]].notna().to_numpy(dtype=bool)
    return np.logical_or.reduce(known, axis=1)


def origin_of(label: str, cdsxmatch: str | None) -> str:
    """Who gave a label: "SIMBAD", "Fink", or "CDS" where the catalogue service failed.

    Parameters
    ----------
    label
        A label of `classify`, or of ``cdsxmatch`` itself.
    cdsxmatch
        SIMBAD's label of the same alert; None or NaN when there is none.

    Notes
    -----
    "Unknown" on an alert whose cross-match failed is CDS's doing: nobody looked in SIMBAD, so nobody knows. A
    class of Fink's rules on such an alert stays Fink's.

    Examples
    --------
    >>> origin_of("Mira", "Mira"), origin_of("SN candidate", "Galaxy"), origin_of("Unknown", "Fail 504")
    ('SIMBAD', 'Fink', 'CDS')
    """
    simbad = cdsxmatch if isinstance(cdsxmatch, str) else UNKNOWN
    if label.startswith("Fail") or (label == UNKNOWN and simbad.startswith("Fail")):
        return "CDS"
    return "SIMBAD" if label == simbad and overrides(simbad) else "Fink"


def explain(row: Mapping[str, Any] | pd.Series) -> Explanation:
    """How one alert got its label, step by step.

    Parameters
    ----------
    row
        The columns `INPUTS` of one tidy row.

    Returns
    -------
    Explanation
        Its label equals that of `classify`.

    Raises
    ------
    KeyError
        When a column of `INPUTS` is absent.
    """
    frame = _one_row(row)
    label = classify(frame).iloc[0]
    inputs = _inputs(frame)
    fired = [bool(rule.fires(inputs)[0]) for rule in RULES]
    exclusive = [rule.label for rule, fires in zip(RULES, fired, strict=True) if fires and rule.exclusive]
    overridden = bool(_SIMBAD.holds(inputs["cdsxmatch"])[0])
    fired += [len(exclusive) >= 2, overridden]
    if not isinstance(label, str):
        return Explanation(None, None, _steps(frame, [False] * 9, 0), _NEVER_PROCESSED)
    cdsxmatch = inputs["cdsxmatch"][0]
    summary = f"{_how(label, fired, exclusive)} {_simbad_part(cdsxmatch, overridden)}"
    return Explanation(label, origin_of(label, cdsxmatch), _steps(frame, fired, len(exclusive)), summary)


_NEVER_PROCESSED = (
    "Fink did not process this point as an alert of its own: it is known from the history of a later alert, "
    "so it has no class."
)


def _one_row(row: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
    numbers = {name: [_number(row[name])] for name in _NUMBERS}
    texts = {name: pd.array([row[name] if isinstance(row[name], str) else None], dtype="str") for name in _TEXTS}
    return pd.DataFrame({**numbers, **texts})


def _number(value: Any) -> float:
    return np.nan if value is None or pd.isna(value) else float(value)


def _steps(frame: pd.DataFrame, fired: list[bool], exclusive: int) -> tuple[Step, ...]:
    inputs = _inputs(frame)
    names = [*(rule.label for rule in RULES), AMBIGUOUS, "SIMBAD"]
    tests = [
        *(_tests(rule, inputs) for rule in RULES),
        (Test("exclusive rules that fired", exclusive, "≥", 2, exclusive >= 2),),
        (_test(_SIMBAD, inputs, alternative=False),),
    ]
    last = max((position for position, fires in enumerate(fired) if fires), default=None)
    return tuple(
        Step(position + 1, name, fired[position], position == last, tests[position])
        for position, name in enumerate(names)
    )


def _tests(rule: Rule, inputs: Inputs) -> tuple[Test, ...]:
    either = (_test(condition, inputs, alternative=True) for condition in rule.either)
    return (*either, *(_test(condition, inputs, alternative=False) for condition in rule.every))


def _test(condition: Condition, inputs: Inputs, *, alternative: bool) -> Test:
    value = inputs[condition.column][0]
    passed = bool(condition.holds(inputs[condition.column])[0])
    shown = None if value == "" or value != value else value  # NaN is unequal to itself
    shown = shown if shown is None or isinstance(shown, str) else float(shown)
    return Test(condition.column, shown, condition.comparison, condition.threshold, passed, alternative)


#: Three at most: "Solar System candidate" and "Solar System MPC" are two values of one column.
_COUNTS = {2: "Two", 3: "Three"}


def _how(label: str, fired: list[bool], exclusive: list[str]) -> str:
    """What Fink's own rules said."""
    if fired[7]:
        return (
            f"{_COUNTS[len(exclusive)]} of the four exclusive rules fired ({', '.join(exclusive)}), "
            f"{'so the label is' if label == AMBIGUOUS else 'which alone would make it'} {AMBIGUOUS}."
        )
    names = [rule.label for rule, fires in zip(RULES, fired, strict=False) if fires]
    if not names:
        return "None of Fink's rules fired."
    if len(names) == 1:
        return f"One of Fink's rules fired: {names[0]}."
    return f"{len(names)} of Fink's rules fired and the last one counts: {names[-1]}."


def _simbad_part(cdsxmatch: str, overridden: bool) -> str:
    """What SIMBAD's label did to it."""
    if overridden:
        return f"SIMBAD knows it as {cdsxmatch}, which wins over everything else."
    if cdsxmatch.startswith("Fail"):
        return f"SIMBAD could not be asked for this alert ({cdsxmatch}), so it overrides nothing."
    return f"SIMBAD is {cdsxmatch} and does not override it."
