"""Anomaly scores: an isolation forest per band, the lower of the two, and the top ten that the plan wants.

The forests are real and are trained on the sky's own complete feature rows. So that the documented table of classes
comes out exactly, a night's planned anomalies are moved down together and its other alerts up together, by the same
offset, when an alert that is not planned would come before the last planned one. The simulated score is therefore the
forest's with one offset per night; the order within either group is the forest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sklearn.ensemble import IsolationForest

from services.local_fink.sky.draws import Floats, Ints
from services.local_fink.sky.features import feature_names

# Fink replaced its isolation forests by actively trained ones on this night; scores became about 15 times smaller.
SMALLER_FROM, SMALLER_BY = date(2023, 11, 17), 15.0
_GAP = 0.002
_TREES = 60
_TRAINING_ROWS = 4000


@dataclass(frozen=True)
class Forests:
    """One forest per band (g, r); None for a band without a single complete row to train on."""

    bands: tuple[IsolationForest | None, IsolationForest | None]

    @classmethod
    def trained(cls, bands: tuple[Floats, Floats], seed: int) -> Forests:
        """Train on feature rows, shape (n, 26) per band; incomplete rows do not count."""
        return cls((_forest(bands[0], seed), _forest(bands[1], seed + 1)))

    def scores(self, bands: tuple[Floats, Floats]) -> Floats:
        """Lowest score of the complete bands of each alert, NaN when it has none; lower is odder."""
        both = np.stack([_scores(forest, rows) for forest, rows in zip(self.bands, bands, strict=True)])
        return np.where(np.isnan(both).all(axis=0), np.nan, np.fmin(*both))


def _used(rows: Floats) -> Floats:
    return np.delete(rows, feature_names().index("mean_variance"), axis=1)


def _complete(rows: Floats) -> np.ndarray:
    return np.asarray(np.isfinite(_used(rows).astype(np.float32)).all(axis=1))


def _forest(rows: Floats, seed: int) -> IsolationForest | None:
    rows = rows[_complete(rows)][:_TRAINING_ROWS]
    if not len(rows):
        return None
    return IsolationForest(n_estimators=_TREES, random_state=seed, n_jobs=1).fit(_used(rows))


def _scores(forest: IsolationForest | None, rows: Floats) -> Floats:
    found = np.full(len(rows), np.nan)
    complete = _complete(rows)
    if forest is not None and complete.any():
        found[complete] = forest.score_samples(_used(rows[complete]))
    return found


def planned_first(scores: Floats, listed: np.ndarray, days: Ints) -> Floats:
    """Scores in which, night by night, every planned anomaly comes before all others.

    Parameters
    ----------
    scores
        Of the forests, NaN where there is none.
    listed
        True for planned anomalies.
    days
        Night of each alert.
    """
    moved = scores.copy()
    for day in np.unique(days):
        planned, other = (days == day) & listed, (days == day) & ~listed & np.isfinite(scores)
        if planned.any() and other.any():
            offset = max(0.0, scores[planned].max() - scores[other].min() + _GAP) / 2
            moved[planned] -= offset
            moved[other] += offset
    return moved


def in_era(scores: Floats, days: Ints) -> Floats:
    """Scores on the scale of the model that was in force."""
    return np.where(days >= SMALLER_FROM.toordinal(), scores / SMALLER_BY, scores)
