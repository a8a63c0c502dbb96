"""Which classes are over-represented: their share among anomalies against that among all alerts of the same nights.

Fink's nightly statistics count every alert that it processed, by Fink's class. A label of SIMBAD is that class too,
unless SIMBAD says nothing about the nature ("Unknown", "Transient", "Galaxy...", no answer): then Fink's own rules
name the class, and the alerts with that label are not counted anywhere. Types of the Transient Name Server are not
counted at all.

The alerts of a night are counted, not sampled, so that their share has no error of its own. The anomalies are few:
their share has the binomial interval of Wilson (1927), and the ratio that interval divided by the other share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from services.class_counts import COLUMN, By, Spelling, group_of, grouped
from services.classification import AMBIGUOUS, RULES, UNKNOWN

CONFIDENCE = 0.95

#: Columns of the statistics that are sums over classes and no classes.
SUMS = frozenset({"class:simbad_tot", "class:simbad_gal"})
#: Classes that Fink's rules give; any other class is a label of SIMBAD.
FINKS_OWN = frozenset({UNKNOWN, AMBIGUOUS, *(rule.label for rule in RULES)})

NOT_FOR_TNS = "Fink's statistics have no TNS types"
NO_LABEL = "Fink's statistics lack the label"
NOT_COUNTED = "SIMBAD says nothing about the nature, so Fink counts these under classes of its own"
NO_CLASS = "not a class"
TOO_FEW = "Fink's statistics count fewer alerts than there are anomalies"


@dataclass(frozen=True)
class Expectation:
    """The comparison, and what it rests on.

    Attributes
    ----------
    frame
        One row per label with anomalies, those that are most surely over-represented first (by the lower end of the
        ratio's interval), those without a comparison last:
        ``label, family, anomalies`` (int64); ``share, low, high`` (float64: among anomalies, with interval);
        ``alerts`` (Int64) and ``expected`` (float64) among all alerts; ``ratio, ratio_low, ratio_high``; ``why``
        there is no comparison (str, "" when there is one).
    nights
        Nights compared.
    left_out
        Nights with anomalies but without counts: on neither side.
    anomalies, alerts
        Alerts on either side.
    """

    frame: pd.DataFrame
    nights: int
    left_out: int
    anomalies: int
    alerts: int


def overrides_fink(label: str) -> bool:
    """Whether a label of SIMBAD is Fink's class of the alert too (fink-filters 7.40, its last step)."""
    return label not in (UNKNOWN, "Transient") and not label.startswith(("Fail", "Galaxy"))


def counted_nights(table: pd.DataFrame) -> pd.DataFrame:
    """Nights of `services.statistics.NightlyCounts.table` with a number of alerts and with classes."""
    classes = [name for name in table if str(name).startswith("class:") and name not in SUMS]
    known = table["sci"].fillna(0).gt(0) & table[classes].notna().any(axis=1)
    return table[known]


def class_expectation(rows: pd.DataFrame, by: By, spelling: Spelling, statistics: pd.DataFrame) -> Expectation:
    """Compare the anomalies with all alerts of their nights.

    Parameters
    ----------
    rows
        Rows of `services.anomalies.AnomalyIndex`; counted as alerts, because the statistics count alerts.
    statistics
        `services.statistics.NightlyCounts.table`.
    """
    nights = counted_nights(statistics)
    same = nights["night"].isin(rows["night"].unique())
    used = nights[same]
    compared = rows[rows["night"].isin(used["night"])]
    alerts = int(used["sci"].sum())
    frame = _compared(compared, by, spelling, _expected(used, by, spelling), alerts)
    left_out = rows["night"].nunique() - len(used)
    return Expectation(frame, len(used), left_out, len(compared), alerts)


def _expected(used: pd.DataFrame, by: By, spelling: Spelling) -> dict[str, int]:
    """Alerts of each group, by its label."""
    found: dict[str, int] = {}
    for name in used:
        label = str(name).removeprefix("class:")
        if not str(name).startswith("class:") or name in SUMS or (by == "simbad" and label in FINKS_OWN):
            continue
        group = group_of(label, by, spelling)[0]
        found[group] = found.get(group, 0) + int(used[name].fillna(0).sum())
    return found


def _compared(rows: pd.DataFrame, by: By, spelling: Spelling, expected: dict[str, int], alerts: int) -> pd.DataFrame:
    groups = grouped(rows[COLUMN[by]], by, spelling)
    anomalies = np.bincount(groups.codes, minlength=len(groups.labels)).astype("int64")
    uncounted = _uncounted(groups.codes, rows[COLUMN[by]], by)
    why = [
        NO_CLASS if kind != "class" else _why(by, n in uncounted, expected.get(label, 0), int(anomalies[n]))
        for n, (label, kind) in enumerate(zip(groups.labels, groups.kinds, strict=True))
    ]
    known = [None if reason else expected[label] for label, reason in zip(groups.labels, why, strict=True)]
    frame = pd.DataFrame(
        {
            "label": pd.array(groups.labels, dtype="str"),
            "family": pd.array(groups.families, dtype="str"),
            "anomalies": anomalies,
            "alerts": pd.array(known, dtype="Int64"),
            "why": pd.array(why, dtype="str"),
        }
    )
    return _with_ratios(frame, len(rows), alerts)


def _uncounted(codes: np.ndarray, labels: pd.Series, by: By) -> set[int]:
    """Groups with an alert whose label the statistics do not count."""
    if by != "simbad":
        return set()
    kept = {label: overrides_fink(label) for label in labels.dropna().unique()}
    silent = ~labels.map(kept).fillna(False).to_numpy(dtype=bool)
    return set(np.unique(codes[silent]).tolist())


def _why(by: By, uncounted: bool, alerts: int, anomalies: int) -> str:
    if by == "tns":
        return NOT_FOR_TNS
    if uncounted:
        return NOT_COUNTED
    if not alerts:
        return NO_LABEL
    return TOO_FEW if alerts < anomalies else ""


def _with_ratios(frame: pd.DataFrame, total: int, alerts: int) -> pd.DataFrame:
    low, high = wilson(frame["anomalies"].tolist(), total)
    expected = frame["alerts"].astype("float64") / alerts if alerts else frame["alerts"].astype("float64")
    share = frame["anomalies"] / max(total, 1)
    made = frame.assign(
        share=share,
        low=low,
        high=high,
        expected=expected,
        ratio=share / expected,
        ratio_low=low / expected,
        ratio_high=high / expected,
    )
    order = ["ratio_low", "anomalies", "label"]
    return made.sort_values(order, ascending=[False, False, True], na_position="last", ignore_index=True)


def wilson(counts: Sequence[int], total: int) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper end of the Wilson interval (`CONFIDENCE`) of each count among ``total``; NaN of nothing."""
    if not total or not len(counts):
        return np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    from astropy.stats import binom_conf_interval  # half a second to import

    low, high = binom_conf_interval(np.asarray(counts), total, confidence_level=CONFIDENCE, interval="wilson")
    return np.clip(low, 0, 1), np.clip(high, 0, 1)
