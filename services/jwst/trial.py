"""Every detector on the same injected rows: Oddfinch's rules and forest, each alone, and the seed's detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.jwst import detector, evaluate, rules, seed_detector
from services.jwst.inject import Injected

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BOTH, RULES, FOREST, SEED = "rules and forest", "rules", "forest", "seed"
DETECTORS: dict[str, str] = {
    BOTH: "Rules and forest: inconsistent or unusual",
    RULES: "Rules alone: inconsistent",
    FOREST: "Forest alone: unusual, fitted on rule-clean rows",
    SEED: "The seed's detector: ten plain features, fixed contamination",
}


@dataclass(frozen=True)
class Judgement:
    """Flags and scores of one detector, shape (rows,); higher scores are odder, NaN where it did not look."""

    flag: Bools
    score: Floats


@dataclass(frozen=True)
class Trial:
    """What each detector made of an injection.

    Attributes
    ----------
    injected
        The rows, and which are tampered.
    judgements
        By detector, a key of `DETECTORS`.
    metrics
        By detector, then by product type ("all" first); None for a type without rows.
    seed_fp_rate
        False-positive rate of the seed's detector over all rows, by the seed's own formula.
    """

    injected: Injected
    judgements: Mapping[str, Judgement]
    metrics: Mapping[str, Mapping[str, evaluate.Metrics | None]]
    seed_fp_rate: evaluate.Rate


def judgements(frame: pd.DataFrame, *, seed: int = 1, budget: float = detector.BUDGET) -> dict[str, Judgement]:
    """What Oddfinch's three ways of looking say of a frame of observations."""
    hard = [rule.name for rule in rules.RULES if not rule.hint]
    broken = rules.check(frame).status[hard].eq(int(rules.BROKEN)).sum(axis=1).to_numpy(dtype=np.float64)
    unusual = detector.fit_and_score(frame, broken == 0, seed=seed, budget=budget)
    # A forest's score is below 1, so that any broken rule comes before any unusual row.
    both = np.nan_to_num(unusual.score) + broken
    return {
        BOTH: Judgement((broken > 0) | unusual.flag, both),
        RULES: Judgement(broken > 0, broken),
        FOREST: Judgement(unusual.flag, unusual.score),
    }


def _seed(frame: pd.DataFrame, seed: int) -> Judgement:
    found = seed_detector.detect(frame, seed=seed)
    return Judgement(found.flag, found.score)


def run(
    injected: Injected,
    *,
    seed: int = 1,
    budget: float = detector.BUDGET,
    with_seed: bool = True,
    on_progress: Callable[[str], None] | None = None,
) -> Trial:
    """Let every detector judge the same rows, and count.

    Parameters
    ----------
    injected
        From `inject.inject`; its label is only used to count.
    seed
        Of the forests.
    budget
        Share of rule-clean rows that may be called unusual.
    with_seed
        Whether the seed's detector takes part; it is the slow one.
    on_progress
        Called with a key of `DETECTORS` before the work for it begins.
    """
    tell = on_progress or (lambda name: None)
    tell(BOTH)
    found = judgements(injected.frame, seed=seed, budget=budget)
    if with_seed:
        tell(SEED)
        found[SEED] = _seed(injected.frame, seed)
    types = injected.frame["dataproduct_type"].to_numpy(dtype=object)
    counted = {name: evaluate.by_type(types, injected.label, said.flag, said.score) for name, said in found.items()}
    overall = counted.get(SEED, {}).get(evaluate.ALL)
    return Trial(injected, found, counted, evaluate.seed_fp_rate(overall) if overall else evaluate.rate(0, 0))
