"""A verdict for every row: inconsistent, unusual or consistent. No row is dropped.

*Inconsistent*: a rule is broken. *Unusual*: no rule is broken, and the row is unlike the others (worth a look, no
more). *Consistent*: neither, by the rules that could be checked; which could not is said for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.jwst import detector, features, rules
from services.jwst.read import Observations
from services.jwst.rules import Checked, Reason

INCONSISTENT, UNUSUAL, CONSISTENT = "inconsistent", "unusual", "consistent"
VERDICTS = (INCONSISTENT, UNUSUAL, CONSISTENT)


@dataclass(frozen=True)
class Judged:
    """A file with its verdicts.

    Parameters
    ----------
    observations
        The file.
    checked
        What the rules say.
    unusual
        What the forest says.
    verdict
        Per row one of `VERDICTS`, shape (rows,), dtype object.
    seed, budget
        Of the forest: the same give the same verdicts.
    """

    observations: Observations
    checked: Checked
    unusual: detector.Unusual
    verdict: np.ndarray
    seed: int
    budget: float

    def reasons(self, row: int) -> tuple[Reason, ...]:
        """Why a row is inconsistent or unusual; empty when it is consistent."""
        if self.verdict[row] == INCONSISTENT:
            return self.checked.reasons(row)
        return self._deviations(row) if self.verdict[row] == UNUSUAL else ()

    def _deviations(self, row: int) -> tuple[Reason, ...]:
        found = tuple(_deviation(deviation) for deviation in self.unusual.deviations[row])
        score = float(self.unusual.score[row])
        words = f"a combination that few rows have (score {score:.3f})"
        return found or (Reason("forest", score, float(self.unusual.threshold), "", words),)

    def hints(self, row: int) -> tuple[Reason, ...]:
        """What is remarkable about a row and no reason for a verdict."""
        return self.checked.hints(row)

    def counts(self) -> dict[str, int]:
        """Verdict → rows."""
        return {verdict: int((self.verdict == verdict).sum()) for verdict in VERDICTS}

    def flagged(self) -> np.ndarray:
        """Rows that are not consistent: inconsistent ones first, each in the order of the file."""
        return np.concatenate([np.flatnonzero(self.verdict == verdict) for verdict in (INCONSISTENT, UNUSUAL)])

    def not_checkable(self, row: int) -> tuple[str, ...]:
        """Names of the rules that a row could not be checked by."""
        return self._unchecked[int(self._patterns[row])]

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        """The different sets of rules that could not be checked, and which one each row has."""
        missing = self.checked.status.to_numpy() == rules.NOT_CHECKABLE
        weights = 1 << np.arange(missing.shape[1], dtype=np.int64)
        sets, of_row = np.unique(missing @ weights, return_inverse=True)
        return sets, of_row

    @cached_property
    def _patterns(self) -> np.ndarray:
        return self._grouped[1]

    @cached_property
    def _unchecked(self) -> Sequence[tuple[str, ...]]:
        return [
            tuple(rule.name for place, rule in enumerate(rules.RULES) if (int(bits) >> place) & 1)
            for bits in self._grouped[0]
        ]


def judge(
    observations: Observations,
    *,
    seed: int = 1,
    budget: float = detector.BUDGET,
    retrieved_mjd: float | None = None,
) -> Judged:
    """A verdict for every row of a file.

    Parameters
    ----------
    observations
        From `services.jwst.read.read` or `services.jwst.example.example`.
    seed
        Of the isolation forest.
    budget
        Largest share of the rows that break no rule that may be called unusual.
    retrieved_mjd
        When the file was retrieved (MJD); today unless given.
    """
    checked = rules.check(observations.frame, retrieved_mjd=retrieved_mjd)
    unusual = detector.fit_and_score(observations.frame, ~checked.broken, seed=seed, budget=budget)
    verdict = np.where(checked.broken, INCONSISTENT, np.where(unusual.flag, UNUSUAL, CONSISTENT)).astype(object)
    return Judged(observations, checked, unusual, verdict, seed, budget)


def _deviation(deviation: detector.Deviation) -> Reason:
    feature = features.BY_NAME[deviation.feature]
    unit = f" {feature.unit}" if feature.unit else ""
    value = f"{deviation.value:.4g}{unit}"
    words = f"{feature.title}: {value}, where consistent rows have {deviation.typical}{unit}"
    return Reason(deviation.feature, deviation.value, deviation.typical, feature.unit, words)
