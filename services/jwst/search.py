"""A randomised search for the parameters of the forest: tuned on one half of the programmes, reported on the other.

Rows of one programme are siblings: the same target, the same set-up, often the same visit. They stay on one side, else
the forest would be tested on what it was tuned with. Each half gets an injection of its own. What is tuned is the
average precision of the forest alone, because the rules leave next to nothing to gain. Labels choose between
parameters; no forest is ever fitted with one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.errors import InvalidQuery
from services.jwst import detector, evaluate, features, rules
from services.jwst.detector import DEFAULT, Parameters
from services.jwst.inject import inject

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DRAWS = 12
INJECTED_SHARE = 0.2
TREES, ROWS_PER_TREE, FEATURES_PER_TREE = (50, 300), (64, 1024), (0.3, 1.0)
"""Ranges of the search; trees and rows per tree are drawn evenly in their logarithm."""


@dataclass(frozen=True)
class Tried:
    """One draw and its average precision on the tuning half."""

    parameters: Parameters
    average_precision: float


@dataclass(frozen=True)
class Searched:
    """What a search found.

    Attributes
    ----------
    tried
        In the order of the draws; the first one is the default.
    best
        The parameters with the highest average precision on the tuning half.
    default, tuned
        The forest alone on the other half, with the default and with the best parameters.
    tuning_rows, reporting_rows, tuning_programmes, reporting_programmes
        Sizes of the two halves.
    cancelled
        Whether it was ended before all draws were tried; `best` is the best until then.
    seed
        Of halves, injections, draws and forests.
    """

    tried: tuple[Tried, ...]
    best: Parameters
    default: evaluate.Metrics
    tuned: evaluate.Metrics
    tuning_rows: int
    reporting_rows: int
    tuning_programmes: int
    reporting_programmes: int
    cancelled: bool
    seed: int


@dataclass(frozen=True)
class _Half:
    natural: Floats
    clean: Bools
    label: Bools
    programmes: int


def search(
    frame: pd.DataFrame,
    *,
    draws: int = DRAWS,
    style: str = "seed",
    strength: float = 1.0,
    seed: int = 1,
    budget: float = detector.BUDGET,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Searched:
    """Try the default and `draws` drawn sets of parameters.

    Parameters
    ----------
    frame
        Observations without injected rows.
    draws
        How many besides the default.
    style, strength
        Of the injections, as for `inject.inject`.
    seed
        Same seed and same rows, same answer.
    budget
        For the flags in `default` and `tuned`.
    on_progress
        Called as (tried, of how many) after each.
    cancelled
        Asked before each but the first; True ends the search with what there is.

    Raises
    ------
    InvalidQuery
        There are fewer than two programmes.
    """
    tuning, reporting = _halves(frame, style, strength, seed)
    wanted = (DEFAULT, *drawn(draws, seed))
    tried: list[Tried] = []
    for parameters in wanted:
        if tried and cancelled and cancelled():
            break
        tried.append(Tried(parameters, _measured(tuning, parameters, seed, budget).average_precision or 0.0))
        if on_progress:
            on_progress(len(tried), len(wanted))
    best = max(tried, key=lambda one: one.average_precision).parameters
    default = _measured(reporting, DEFAULT, seed, budget)
    return Searched(
        tried=tuple(tried),
        best=best,
        default=default,
        tuned=default if best == DEFAULT else _measured(reporting, best, seed, budget),
        tuning_rows=len(tuning.label),
        reporting_rows=len(reporting.label),
        tuning_programmes=tuning.programmes,
        reporting_programmes=reporting.programmes,
        cancelled=len(tried) < len(wanted),
        seed=seed,
    )


def drawn(draws: int, seed: int) -> tuple[Parameters, ...]:
    """Sets of parameters within the ranges of the search."""
    random = np.random.default_rng([seed, draws])

    def whole(low_high: tuple[int, int]) -> int:
        return round(float(np.exp(random.uniform(*np.log(low_high)))))

    def one() -> Parameters:
        return Parameters(whole(TREES), whole(ROWS_PER_TREE), round(float(random.uniform(*FEATURES_PER_TREE)), 2))

    return tuple(one() for _ in range(draws))


def programmes(frame: pd.DataFrame) -> npt.NDArray[np.str_]:
    """Programme of each row; rows without one are one programme."""
    return frame["proposal_id"].astype("str").fillna("").to_numpy(dtype=np.str_)


def split(names: npt.NDArray[np.str_], seed: int) -> Bools:
    """Shape (rows,): on the first side; whole programmes, drawn until half of the rows are there.

    Raises
    ------
    InvalidQuery
        There are fewer than two programmes.
    """
    known, inverse, sizes = np.unique(names, return_inverse=True, return_counts=True)
    if len(known) < 2:
        raise InvalidQuery(
            "A search needs rows of at least two programmes: one half to tune, one to report.",
            example="the built-in example",
            field="search",
        )
    order = np.random.default_rng(seed).permutation(len(known))
    before = np.concatenate([[0], np.cumsum(sizes[order])[:-1]])
    first = np.zeros(len(known), dtype=bool)
    first[order[before < len(names) / 2]] = True
    if first.all():
        first[order[-1]] = False
    return np.asarray(first[inverse])


def _halves(frame: pd.DataFrame, style: str, strength: float, seed: int) -> tuple[_Half, _Half]:
    names = programmes(frame)
    first = split(names, seed)
    made = []
    for number, side in enumerate((first, ~first)):
        rows = frame[side].reset_index(drop=True)
        n = max(1, round(INJECTED_SHARE * len(rows)))
        injected = inject(rows, n=n, style=style, strength=strength, seed=2 * seed + number)
        clean = ~rules.check(injected.frame).broken
        made.append(_Half(features.values(injected.frame), clean, injected.label, len(np.unique(names[side]))))
    return made[0], made[1]


def _measured(half: _Half, parameters: Parameters, seed: int, budget: float) -> evaluate.Metrics:
    if not half.clean.any():
        return evaluate.measure(half.label, np.zeros_like(half.label), np.full(len(half.label), np.nan))
    score = detector.scores(half.natural, half.clean, seed=seed, parameters=parameters)
    return evaluate.measure(half.label, score > detector.line(score[half.clean], budget), score)
