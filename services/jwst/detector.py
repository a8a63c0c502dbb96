"""Rows that break no rule and still look unlike the others: an isolation forest over how well a row fits together.

The forest is fitted without labels, on rows that break no rule, over the features of `features.FEATURES`. Where it
draws the line follows from a budget of false positives: at most that share of the rule-clean rows is called unusual. A
clean file of fewer rows than 1 / budget therefore has no unusual rows at all, and a file has no quarter of odd rows
just because a parameter said so.

A forest of clean rows alone has no splits beyond the most extreme of them, so that a row far outside is as odd as one
on the edge. Therefore some copies of clean rows with one feature moved at random, as far as once the range of the clean
rows beyond its ends, are among what it is fitted on. They are made here, from clean rows and the seed; no label takes
part.

A forest knows only what is rare in this file. It says "look at this", never "this is wrong".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.jwst import features

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Design = npt.NDArray[np.float32]

MODEL_VERSION = "1"
"""Changes with the features, the parameters or the way the line is drawn."""
BUDGET = 0.005
TYPICAL = (0.01, 0.99)
"""Quantiles of the rule-clean rows between which a value is called typical."""
NAMED = 3
"""How many deviations are named, at most."""
FIT_ROWS = 20_000
OUTSKIRTS = 0.2
"""Moved copies per clean row. This and the rows per tree were chosen among ten combinations by how many altered rows
the forest alone finds (seeds 1 to 3, invented files and files made of the sample's genuine rows, full and a tenth of
the strength): about half without copies, 97 to 99.9 % with 0.05 to 0.4. So nothing is reported on these seeds."""
BEYOND, LEAST_RANGE = 1.0, 0.01
"""How far copies are moved, in ranges of the clean rows; and a range, after scaling, where all rows have one value."""
SCORE_ROWS = 20_000


@dataclass(frozen=True)
class Parameters:
    """What can be tuned: trees, rows per tree and share of the features per tree."""

    trees: int = 100
    rows_per_tree: int = 512
    features_per_tree: float = 1.0


DEFAULT = Parameters()


@dataclass(frozen=True)
class Deviation:
    """One feature of a row that is far from those of the rule-clean rows.

    Attributes
    ----------
    feature
        Its name, a key of `features.BY_NAME`.
    value
        In the unit of the feature.
    typical
        The range of the rule-clean rows in words ("0.86 to 1.05").
    """

    feature: str
    value: float
    typical: str


@dataclass(frozen=True)
class Unusual:
    """What the forest says about each row.

    Attributes
    ----------
    flag
        Shape (rows,): unusual.
    score
        Shape (rows,): 0 to 1, higher is odder (Liu, Ting & Zhou 2008); NaN only where no forest could be fitted.
    threshold
        A row with a higher score is unusual.
    deviations
        Per row, furthest first; empty for a row that is not unusual.
    fitted_rows
        How many rule-clean rows the forest was fitted on.
    """

    flag: Bools
    score: Floats
    threshold: float
    deviations: tuple[tuple[Deviation, ...], ...]
    fitted_rows: int


def fit_and_score(
    frame: pd.DataFrame,
    clean: Bools,
    *,
    seed: int = 1,
    budget: float = BUDGET,
    parameters: Parameters = DEFAULT,
) -> Unusual:
    """Fit on the rows that break no rule, and judge all rows.

    Parameters
    ----------
    frame
        Observations as `read` gives them.
    clean
        Shape (rows,): breaks no rule.
    seed
        Same seed and same rows, same flags.
    budget
        Share of the clean rows that may be called unusual, at most.
    parameters
        Of the forest.
    """
    natural = features.values(frame)
    seen = natural[clean]
    if not len(seen):
        nothing: tuple[tuple[Deviation, ...], ...] = ((),) * len(frame)
        return Unusual(np.zeros(len(frame), dtype=bool), np.full(len(frame), np.nan), np.nan, nothing, 0)
    score = scores(natural, clean, seed=seed, parameters=parameters)
    threshold = line(score[clean], budget)
    flag = score > threshold
    return Unusual(flag, score, threshold, _deviations(natural, seen, flag), min(len(seen), FIT_ROWS))


def scores(natural: Floats, clean: Bools, *, seed: int, parameters: Parameters = DEFAULT) -> Floats:
    """Anomaly scores of all rows by a forest that is fitted on the clean ones; higher is odder.

    Parameters
    ----------
    natural
        Shape (rows, features), from `features.values`.
    clean
        Shape (rows,), at least one of them.
    """
    design = features.design(natural, clean)
    forest = _fitted(design[clean], seed, parameters)
    parts = [-forest.score_samples(design[n : n + SCORE_ROWS]) for n in range(0, len(design), SCORE_ROWS)]
    return np.concatenate(parts)


def _fitted(design: Design, seed: int, parameters: Parameters) -> IsolationForest:
    from sklearn.ensemble import IsolationForest

    if len(design) > FIT_ROWS:
        design = design[np.random.default_rng(seed).permutation(len(design))[:FIT_ROWS]]
    design = np.vstack([design, _outskirts(design, seed)])
    return IsolationForest(
        n_estimators=parameters.trees,
        max_samples=min(parameters.rows_per_tree, len(design)),
        max_features=parameters.features_per_tree,
        random_state=seed,
        n_jobs=1,
    ).fit(design)


def _outskirts(design: Design, seed: int) -> Design:
    """Copies of rows with one feature anywhere between far below and far above what the rows have."""
    draws = np.random.default_rng([seed, len(design)])
    copies = design[draws.integers(0, len(design), round(OUTSKIRTS * len(design)))]
    low, high = design.min(axis=0), design.max(axis=0)
    far = BEYOND * np.maximum(high - low, LEAST_RANGE)
    moved = draws.integers(0, design.shape[1], len(copies))
    copies[np.arange(len(copies)), moved] = draws.uniform((low - far)[moved], (high + far)[moved])
    return copies


def line(clean: Floats, budget: float) -> float:
    """The score above which at most `budget` of these scores lie.

    Examples
    --------
    >>> line(np.array([0.4, 0.5, 0.6, 0.7]), 0.25)
    0.6
    """
    allowed = int(np.floor(budget * len(clean) + 1e-9))
    return float(np.sort(clean)[::-1][min(allowed, len(clean) - 1)])


def _deviations(natural: Floats, seen: Floats, flag: Bools) -> tuple[tuple[Deviation, ...], ...]:
    found: list[tuple[Deviation, ...]] = [()] * len(flag)
    usual = features.typical(seen, TYPICAL)
    for row, far in zip(np.flatnonzero(flag), usual.distance(natural[flag]), strict=True):
        furthest = np.argsort(-far, kind="stable")[:NAMED]
        # A row can be odd by a combination of values that are all typical: then its furthest one is named.
        kept = [n for n in furthest if far[n] > 1] or furthest[:1]
        found[row] = tuple(Deviation(features.FEATURES[n].name, float(natural[row, n]), usual.words(n)) for n in kept)
    return tuple(found)
