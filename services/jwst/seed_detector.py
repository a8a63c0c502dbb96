"""The seed's own detector, rebuilt for comparison: ten plain features, an isolation forest, a fixed contamination.

Features and parameters are those that the README and the program of github.com/koraydns/Stellar-Anomaly-Detector
publish: `PUBLISHED` below. The forest is fitted on the very rows that it judges, after a StandardScaler; rows with an
empty cell are dropped. Its model file is a pickle and is not loaded; refitting is also what its program does with its
scaler, which was never saved. A fixed contamination means that about a quarter of the rows is flagged, tampered or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

COLUMNS = ("s_ra", "s_dec", "t_min", "t_max", "t_exptime", "em_min", "em_max")
FEATURES = (*COLUMNS, "t_range", "em_diff", "ra_dec_diff")
PUBLISHED = {"contamination": 0.24958833021525914, "max_features": 0.7, "max_samples": 0.6, "n_estimators": 500}
FIT_ROWS = 10_000
"""Of more rows, this many are drawn for the fit: 60 % of 200,000 rows in each of 500 trees would take minutes."""
SCORE_ROWS = 20_000
MIN_ROWS = 2
LARGEST = 1e30
"""No value counts as more: squares overflow, and the original would stop with an error."""


@dataclass(frozen=True)
class SeedResult:
    """What the seed's detector says.

    Attributes
    ----------
    flag
        Shape (rows,): flagged; False for a row that was dropped.
    score
        Shape (rows,): higher is odder, 0 at its threshold; NaN for a row that was dropped.
    dropped
        Indices of rows that it never looks at, because a cell is empty.
    fitted_rows
        How many rows the forest was fitted on.
    """

    flag: Bools
    score: Floats
    dropped: Ints
    fitted_rows: int


def features(frame: pd.DataFrame) -> Floats:
    """The ten features, shape (rows, 10), in the units of the frame (degrees, MJD, s, nm)."""
    plain = {name: frame[name].to_numpy(dtype=np.float64).clip(-LARGEST, LARGEST) for name in COLUMNS}
    ranges = (
        plain["t_max"] - plain["t_min"],
        plain["em_max"] - plain["em_min"],
        plain["s_ra"] - plain["s_dec"],
    )
    return np.column_stack([*plain.values(), *ranges])


def detect(frame: pd.DataFrame, *, seed: int = 1) -> SeedResult:
    """Fit on the complete rows of a frame and judge them.

    Parameters
    ----------
    frame
        MAST CAOM names, wavelengths in nm.
    seed
        Of the forest; the original has none, so that its flags differ from run to run.
    """
    rows = features(frame)
    complete = np.isfinite(rows).all(axis=1)
    flag, score = np.zeros(len(rows), dtype=bool), np.full(len(rows), np.nan)
    dropped, used = np.flatnonzero(~complete), rows[complete]
    if len(used) < MIN_ROWS:
        return SeedResult(flag, score, np.arange(len(rows)), 0)
    odd, fitted = _judged(used, seed)
    score[complete] = odd
    flag[complete] = odd > 0
    return SeedResult(flag, score, dropped, fitted)


def _judged(rows: Floats, seed: int) -> tuple[Floats, int]:
    from sklearn.ensemble import IsolationForest
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(rows)
    fit = np.random.default_rng(seed).permutation(len(rows))[:FIT_ROWS] if len(rows) > FIT_ROWS else slice(None)
    forest = IsolationForest(**PUBLISHED, random_state=seed, n_jobs=1).fit(scaled[fit])
    parts = [forest.decision_function(scaled[n : n + SCORE_ROWS]) for n in range(0, len(scaled), SCORE_ROWS)]
    return -np.concatenate(parts), min(len(rows), FIT_ROWS)
