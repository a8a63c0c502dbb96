"""How well a detector finds rows that are known to be tampered: counts, rates with their uncertainty, and curves.

"Recall of all added" divides by every tampered row, also by those a detector never looked at; "of scored" only by
those it did. The false-positive rate divides by every clean row, scored or not. All rates carry their counts and a 95 %
Wilson interval, because a rate of 0 out of 100 is not a rate of 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TYPES = ("image", "spectrum", "cube", "timeseries", "catalog", "measurements")
"""Product types of MAST's JWST search, as the seed lists them."""
ALL = "all"
PREVALENCES = (0.2, 0.01, 0.001)
CONFIDENCE = 0.95
CURVE_POINTS = 200


@dataclass(frozen=True)
class Published:
    """What the seed system says of itself.

    Attributes
    ----------
    name
        Which rows.
    detected, added, false_positives, clean
        Counts; the last one is implied by the published rate.
    how
        How the two numbers were computed.
    """

    name: str
    detected: int
    added: int
    false_positives: int
    clean: int
    how: str

    @property
    def recall(self) -> float:
        """Its "accuracy": detected of all added."""
        return self.detected / self.added

    @property
    def fp_rate(self) -> float:
        """Its false-positive rate."""
        return self.false_positives / self.clean


_HOW = (
    "“Accuracy” is {detected} detected of {added} added, which is the recall of all added rows. The false-positive "
    "rate is {false_positives} of {clean}: the rows that were left after those with an empty cell were dropped, less "
    "the {added}. Its detector flags a fixed share of the rows that it is fitted on (24.96 %), so the number of flags "
    "is given beforehand."
)


def _published(name: str, detected: int, false_positives: int, clean: int, added: int = 999) -> Published:
    numbers = {"detected": detected, "added": added, "false_positives": false_positives, "clean": f"{clean:,}"}
    return Published(name, detected, added, false_positives, clean, _HOW.format(**numbers))


PUBLISHED: dict[str, Published] = {
    ALL: _published("all product types", 876, 229, 3436),
    "image": _published("images only", 923, 303, 3913),
}
"""README of github.com/koraydns/Stellar-Anomaly-Detector; both rates are exact quotients of these counts."""


@dataclass(frozen=True)
class Rate:
    """`k` of `n`, with a 95 % Wilson interval; all three numbers are None when `n` is 0."""

    k: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def rate(k: int, n: int) -> Rate:
    """The rate of `k` successes in `n` trials with its Wilson score interval (Wilson 1927).

    Examples
    --------
    >>> rate(0, 100).high
    0.03699349820698568
    """
    if not n:
        return Rate(k, n, None, None, None)
    from scipy.stats import binomtest

    found = binomtest(k, n).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return Rate(k, n, k / n, float(found.low), float(found.high))


def predictive_value(recall: float | None, fp_rate: float | None, prevalence: float) -> float | None:
    """Share of flagged rows that are tampered where `prevalence` of all rows is (Bayes); None when none is flagged."""
    if recall is None or fp_rate is None:
        return None
    true, false = recall * prevalence, fp_rate * (1 - prevalence)
    return true / (true + false) if true + false else None


@dataclass(frozen=True)
class Curve:
    """A curve of at most `CURVE_POINTS` points: false-positive rate and recall, or recall and precision."""

    x: Floats
    y: Floats


@dataclass(frozen=True)
class Metrics:
    """One detector on one group of rows.

    Attributes
    ----------
    rows, added, clean, unscored
        How many; `unscored` is how many of all rows the detector did not look at.
    true_positives, false_negatives, false_positives, true_negatives
        The confusion matrix over all rows: a row that was not looked at counts as not flagged.
    recall, recall_scored, fp_rate, precision
        Rates with intervals.
    auc, average_precision, roc, precision_recall
        Over the scored rows, higher score first; None unless there are scored rows of both kinds.
    predictive
        Predictive value of a flag at each of `PREVALENCES`.
    """

    rows: int
    added: int
    clean: int
    unscored: int
    true_positives: int
    false_negatives: int
    false_positives: int
    true_negatives: int
    recall: Rate
    recall_scored: Rate
    fp_rate: Rate
    precision: Rate
    auc: float | None
    average_precision: float | None
    roc: Curve | None
    precision_recall: Curve | None
    predictive: Mapping[float, float | None]


def measure(label: Bools, flag: Bools, score: Floats) -> Metrics:
    """Hold flags and scores against what is known.

    Parameters
    ----------
    label, flag
        Shape (rows,): tampered; flagged.
    score
        Shape (rows,): higher is odder; NaN where the detector did not look.
    """
    scored = ~np.isnan(score)
    added, hits, wrong = int(label.sum()), int((label & flag).sum()), int((~label & flag).sum())
    clean = len(label) - added
    recall, fp_rate = rate(hits, added), rate(wrong, clean)
    auc, average, roc, both = _curves(label[scored], score[scored])
    return Metrics(
        rows=len(label),
        added=added,
        clean=clean,
        unscored=int((~scored).sum()),
        true_positives=hits,
        false_negatives=added - hits,
        false_positives=wrong,
        true_negatives=clean - wrong,
        recall=recall,
        recall_scored=rate(int((label & flag & scored).sum()), int((label & scored).sum())),
        fp_rate=fp_rate,
        precision=rate(hits, hits + wrong),
        auc=auc,
        average_precision=average,
        roc=roc,
        precision_recall=both,
        predictive={p: predictive_value(recall.value, fp_rate.value, p) for p in PREVALENCES},
    )


def _curves(label: Bools, score: Floats) -> tuple[float | None, float | None, Curve | None, Curve | None]:
    if label.all() or not label.any():
        return None, None, None, None
    from sklearn import metrics

    false, true, _ = metrics.roc_curve(label, score)
    precision, recall, _ = metrics.precision_recall_curve(label, score)
    return (
        float(metrics.auc(false, true)),
        float(metrics.average_precision_score(label, score)),
        _thinned(false, true),
        _thinned(recall[::-1], precision[::-1]),
    )


def _thinned(x: Floats, y: Floats) -> Curve:
    """Points evenly along the path of the curve, both ends kept."""
    path = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    wanted = np.linspace(0, path[-1], CURVE_POINTS)
    kept = np.unique(np.append(np.searchsorted(path, wanted).clip(max=len(path) - 1), len(path) - 1))
    return Curve(x[kept], y[kept])


def by_type(
    product_type: Sequence[object] | npt.NDArray[np.object_], label: Bools, flag: Bools, score: Floats
) -> dict[str, Metrics | None]:
    """`measure` for all rows (key "all") and for each product type; None for a type without rows.

    Types that MAST does not list among `TYPES` come after those, by name.
    """
    types = np.asarray(product_type, dtype=object)
    others = sorted({str(name) for name in types if isinstance(name, str)} - set(TYPES))
    found: dict[str, Metrics | None] = {ALL: measure(label, flag, score) if len(label) else None}
    for name in (*TYPES, *others):
        of = types == name
        found[name] = measure(label[of], flag[of], score[of]) if of.any() else None
    return found


def seed_fp_rate(metrics: Metrics) -> Rate:
    """False-positive rate as the seed divides: by the scored rows less *all* added ones, scored or not.

    Its denominator is too small where added rows were dropped; None when nothing is left.
    """
    return rate(metrics.false_positives, max(metrics.rows - metrics.unscored - metrics.added, 0))
