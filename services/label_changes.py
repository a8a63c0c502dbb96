"""When Fink's label of an object changed, and which of its inputs made it change.

The label of each alert comes from the nine steps of `services.classification`; two alerts with different labels are
compared step by step, and what changed is said in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import pandas as pd

from services.classification import INPUTS, UNKNOWN, Explanation, Step, Test, explain, overrides
from services.nightly import label_of
from services.taxonomy import merged

RULES_END = 7
"""The first seven steps are Fink's rules; "Ambiguous" and SIMBAD follow."""


class LabelChange(NamedTuple):
    """One change of label: the alert that brought it (Julian date, id), the two labels, and why."""

    jd: float
    candid: str
    before: str
    after: str
    cause: str


def label_changes(curve: pd.DataFrame) -> tuple[LabelChange, ...]:
    """Changes of label along a light curve.

    Parameters
    ----------
    curve
        Tidy light curve, oldest first, with ``jd, candid, tag, classified, classification`` and the columns
        `services.classification.INPUTS`. Rows that Fink never classified, limits and low-quality points have no part.

    Returns
    -------
    tuple of LabelChange
        Oldest first, one for each pair of successive alerts whose labels differ. An alert for which SIMBAD did not
        answer and no rule fired has the label of the failure ("Fail 504"), as on the rest of the page.
    """
    rows = _classified(curve)
    pairs = zip(rows["classification"].tolist(), rows["cdsxmatch"].tolist(), strict=True)
    labels = [str(label_of(*pair)[0]) for pair in pairs]
    changed = [n for n, (before, after) in enumerate(pairwise(labels)) if before != after]
    before, after = _plain(rows.iloc[changed]), _plain(rows.iloc[[n + 1 for n in changed]])
    return tuple(
        LabelChange(float(new["jd"]), str(new["candid"]), labels[n], labels[n + 1], cause(old, new, curve))
        for n, old, new in zip(changed, before, after, strict=True)
    )


def _classified(curve: pd.DataFrame) -> pd.DataFrame:
    """Alerts with a label, oldest first, with what the label was made from."""
    valid = curve["tag"].to_numpy(dtype=object, na_value="") == "valid"
    names = list(dict.fromkeys(("jd", "candid", "classification", *INPUTS)))
    return curve.loc[curve["classified"].to_numpy(dtype=bool) & valid, names]


def _plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [dict(zip(rows.columns, cells, strict=True)) for cells in rows.itertuples(index=False)]


def cause(before: Mapping[str, Any], after: Mapping[str, Any], curve: pd.DataFrame) -> str:
    """Why the label of one alert differs from that of an earlier one, as a sentence without its full stop."""
    old, new = _simbad(before), _simbad(after)
    if overrides(new):
        return _simbad_words(old, new)
    rules = _rules(_explained(before), _explained(after), all_that_fired=overrides(old))
    simbad = silence(new, curve) if _failed(new) else _simbad_words(old, new) if old != new else ""
    return "; ".join(part for part in (simbad, rules) if part)


def silence(failure: str, curve: pd.DataFrame) -> str:
    """What is known of an alert for which SIMBAD did not answer ("Fail 504")."""
    other = other_label(curve)
    told = f"other alerts of the object carry {other}" if other else "no other alert of the object has its label either"
    return f"SIMBAD did not answer for this alert ({failure}); {told}"


def other_label(curve: pd.DataFrame) -> str | None:
    """SIMBAD's label on most alerts for which it answered, the newest of them if there is a tie; None without any."""
    labels = [_simbad(row) for row in reversed(_plain(_classified(curve)))]
    counts = Counter(label for label in labels if not _failed(label))
    return counts.most_common(1)[0][0] if counts else None


def _simbad(row: Mapping[str, Any]) -> str:
    label = row["cdsxmatch"]
    return label if isinstance(label, str) else UNKNOWN


def _failed(label: str) -> bool:
    return label.startswith("Fail")


def _simbad_words(old: str, new: str) -> str:
    if merged(old) == merged(new):
        return f"SIMBAD spells {old} as {new} now; it is the same class"
    told = f"SIMBAD answered again and says {new}" if _failed(old) else f"SIMBAD's label changed from {old} to {new}"
    return f"{told}, which wins over Fink's rules" if overrides(new) else told


def _explained(row: Mapping[str, Any]) -> Explanation:
    return _explain(tuple(None if pd.isna(row[name]) else row[name] for name in INPUTS))


@lru_cache(maxsize=1024)
def _explain(values: tuple[Any, ...]) -> Explanation:
    """Kept, because a page asks again at every step from alert to alert."""
    return explain(dict(zip(INPUTS, values, strict=True)))


def _rules(before: Explanation, after: Explanation, *, all_that_fired: bool) -> str:
    """What Fink's own rules did differently, or all that they did where SIMBAD had overridden them before."""
    pairs = list(zip(before.steps[:RULES_END], after.steps[:RULES_END], strict=True))
    standing = [new.name for _, new in pairs if new.fired]
    if after.steps[RULES_END].decided:  # Ambiguous
        head = f"{_joined(standing)} {'both' if len(standing) == 2 else 'all'} fired"
    elif all_that_fired:
        head = f"{_joined(standing)} fired" if standing else "none of Fink's rules fired"
    else:
        head = ""
    if all_that_fired:
        return head
    verb = "is new" if head else "fired"
    began = [_turned(old, new, verb) for old, new in pairs if new.fired and not old.fired]
    ended = [_turned(old, new, "no longer fired") for old, new in pairs if old.fired and not new.fired]
    return "; ".join([*([head] if head else []), *began, *ended])


def _turned(old: Step, new: Step, verb: str) -> str:
    """A rule that began or ended, with the values that made it so."""
    moved = ", ".join(_moved(a, b) for a, b in _decisive(old, new))
    return f"{new.name} {verb}" + (f": {moved}" if moved else "")


def _decisive(old: Step, new: Step) -> list[tuple[Test, Test]]:
    """Comparisons that turned; alternatives only when none of them had passed before, or none passes now."""
    pairs = list(zip(old.tests, new.tests, strict=True))
    alternatives = [(a.passed, b.passed) for a, b in pairs if a.alternative]
    counted = any(a for a, _ in alternatives) != any(b for _, b in alternatives)
    return [(a, b) for a, b in pairs if a.passed != b.passed and (counted or not a.alternative)]


def _moved(old: Test, new: Test) -> str:
    if isinstance(new.threshold, str):
        return f"{new.column} {old.value or 'missing'} → {new.value or 'missing'}"
    verdict = "" if new.passed else "not "
    shown = [_number(test.value, new.threshold) for test in (old, new)]
    return f"{new.column} {shown[0]} → {shown[1]} ({verdict}{new.comparison} {new.threshold:g})"


def _number(value: float | str | None, threshold: float) -> str:
    """With two decimals, or as many as it takes to tell it from the threshold."""
    if value is None or isinstance(value, str):
        return value or "missing"
    if float(value).is_integer():
        return f"{value:.0f}"
    return next((text for n in range(2, 9) if float(text := f"{value:.{n}f}") != threshold), f"{value:g}")


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
