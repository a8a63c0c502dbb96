"""Features and scores of simulated alerts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.local_fink.columns import FEATURES
from services.local_fink.sky.features import apparent, band_features, feature_names
from services.local_fink.sky.scores import Forests, in_era, planned_first

# Finite features by number of points (FINK_API 2.1).
FINITE = {1: 8, 2: 17, 3: 24, 4: 26}


def points(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 2460000 + np.sort(rng.uniform(0, 30, n)), 18 + rng.normal(0, 0.4, n), rng.uniform(0.02, 0.2, n)


def test_the_features_are_finks_in_their_stored_order() -> None:
    assert feature_names() == FEATURES


@given(n=st.integers(1, 60), seed=st.integers(0, 10_000))
def test_every_feature_is_finite_exactly_from_four_points_on(n: int, seed: int) -> None:
    values = band_features(*points(n, seed))
    assert values is not None
    assert np.isfinite(values).sum() == FINITE[min(n, 4)]


def test_a_band_without_points_has_no_features_and_upper_limits_are_no_points() -> None:
    jd, magnitude, sigma = points(5)
    assert band_features(jd, np.full(5, np.nan), sigma) is None
    some = band_features(jd, np.where(np.arange(5) < 2, np.nan, magnitude), sigma)
    assert some is not None
    assert np.isfinite(some).sum() == FINITE[3]


def test_apparent_magnitudes_add_and_take_away_and_are_missing_where_nothing_is_left() -> None:
    half = 18 - 2.5 * np.log10(0.5)
    magpsf = np.array([18.0, half, 17.0])
    positive = np.array([True, False, False])
    magnitude, sigma = apparent(magpsf, np.full(3, 0.1), positive, np.full(3, 18.0), np.full(3, 0.01))
    assert magnitude[:2] == pytest.approx([18 - 2.5 * np.log10(2), half])
    assert np.isnan(magnitude[2])
    assert np.isnan(sigma[2])


def rows(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (n, 26))


def test_the_score_is_the_lower_of_the_complete_bands_and_missing_without_any() -> None:
    g, r = rows(60, 1), rows(60, 2)
    forests = Forests.trained((g, r), 1)
    full = forests.scores((g, r))
    alone = forests.scores((g, np.full_like(r, np.nan))), forests.scores((np.full_like(g, np.nan), r))
    assert full == pytest.approx(np.minimum(*alone))
    broken = g.copy()
    broken[0, 8] = np.nan
    assert np.isnan(forests.scores((broken, np.full_like(r, np.nan)))[0])
    assert (full < 0).all()


def test_mean_variance_is_not_looked_at() -> None:
    g = rows(40, 1)
    without = g.copy()
    without[:, FEATURES.index("mean_variance")] = np.nan
    forests = Forests.trained((g, g), 1)
    assert forests.scores((g, g)) == pytest.approx(forests.scores((without, without)))


@given(seed=st.integers(0, 1000), n=st.integers(2, 40))
def test_planned_anomalies_come_first_and_keep_their_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    scores, listed = rng.uniform(-0.7, -0.4, n), rng.random(n) < 0.5
    scores[rng.random(n) < 0.2] = np.nan
    scores[listed] = np.where(np.isnan(scores[listed]), -0.5, scores[listed])
    moved = planned_first(scores, listed, np.full(n, 7))
    others = moved[~listed & np.isfinite(moved)]
    if listed.any() and len(others):
        assert moved[listed].max() < others.min()
    for group in (listed, ~listed & np.isfinite(scores)):
        assert (np.argsort(moved[group]) == np.argsort(scores[group])).all()
    assert (np.isnan(moved) == np.isnan(scores)).all()


def test_scores_become_fifteen_times_smaller_with_the_new_model() -> None:
    days = np.array([date(2023, 11, 16).toordinal(), date(2023, 11, 17).toordinal()])
    assert in_era(np.array([-0.45, -0.45]), days) == pytest.approx([-0.45, -0.03])
