"""The forest keeps its budget and its seed, names what it saw, and never sees a label; and the seed's own detector."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jwst import detector, features, seed_detector
from services.jwst.detector import Parameters, fit_and_score, line
from services.jwst.example import example

FRAME = example(rows=1000, seed=6).frame
CLEAN = np.ones(len(FRAME), dtype=bool)
QUICK = Parameters(trees=20, rows_per_tree=128)
OURS = fit_and_score(FRAME, CLEAN, parameters=QUICK)


@pytest.mark.parametrize("budget", [0.0, 0.005, 0.02, 0.1])
def test_no_more_clean_rows_are_unusual_than_the_budget_allows(budget):
    found = fit_and_score(FRAME, CLEAN, budget=budget, parameters=QUICK)
    assert found.flag.sum() <= budget * len(FRAME)
    assert found.flag.sum() >= 0.8 * budget * len(FRAME)
    assert (found.flag == (found.score > found.threshold)).all()


def test_a_clean_file_that_is_too_small_for_the_budget_has_no_unusual_row():
    assert not fit_and_score(FRAME.head(150), CLEAN[:150], parameters=QUICK).flag.any()


def test_the_same_seed_gives_the_same_flags_and_another_seed_another_forest():
    again, other = (fit_and_score(FRAME, CLEAN, seed=seed, parameters=QUICK) for seed in (1, 2))
    np.testing.assert_array_equal(OURS.score, again.score)
    assert OURS.deviations == again.deviations
    assert (OURS.score != other.score).any()


def test_every_unusual_row_says_why_and_no_other_row_does():
    for flag, deviations in zip(OURS.flag, OURS.deviations, strict=True):
        assert (0 < len(deviations) <= detector.NAMED) == flag
        assert all(one.feature in features.BY_NAME and one.typical for one in deviations)


def test_a_row_far_beyond_the_clean_ones_is_the_oddest_and_its_feature_is_named_first():
    odd = FRAME.copy()
    row = int(np.flatnonzero((FRAME["calib_level"] == 2).to_numpy())[0])
    odd.loc[row, "t_obs_release"] = odd.loc[row, "t_max"] - 3000
    clean = CLEAN.copy()
    clean[row] = False
    found = fit_and_score(odd, clean)
    assert found.flag[row]
    assert found.deviations[row][0].feature == "release"
    assert found.deviations[row][0].value == pytest.approx(-3000)
    assert " to " in found.deviations[row][0].typical


def test_rows_that_broke_a_rule_teach_the_forest_nothing():
    broken = np.arange(len(FRAME)) >= 800
    spoilt = FRAME.copy()
    spoilt.loc[broken, ["t_min", "t_obs_release", "s_dec"]] = [1e9, -1e9, 45.0]
    # The median of an instrument mode is of the whole file; everything else of the first 800 rows stays as it was.
    one, two = (fit_and_score(frame, ~broken, parameters=QUICK) for frame in (FRAME, spoilt))
    np.testing.assert_array_equal(one.score[~broken], two.score[~broken])


def test_planned_rows_get_a_score_and_are_not_odd_because_they_are_planned():
    planned = (FRAME["calib_level"] == -1).to_numpy()
    assert np.isfinite(OURS.score[planned]).all()
    assert np.median(OURS.score[planned]) < np.quantile(OURS.score[~planned], 0.9)


def test_without_a_clean_row_there_is_no_forest_and_no_flag():
    found = fit_and_score(FRAME.head(5), np.zeros(5, dtype=bool))
    assert not found.flag.any()
    assert np.isnan(found.score).all()
    assert found.deviations == ((),) * 5
    assert found.fitted_rows == 0


def test_one_clean_row_is_enough_and_an_empty_file_is_fine():
    assert np.isfinite(fit_and_score(FRAME.head(3), np.array([True, False, False]), parameters=QUICK).score).all()
    assert len(fit_and_score(FRAME.iloc[:0].reset_index(drop=True), CLEAN[:0]).flag) == 0


def test_rows_without_any_value_are_scored_too():
    empty = FRAME.head(4).where(pd.DataFrame(False, index=range(4), columns=FRAME.columns))
    assert np.isfinite(fit_and_score(empty, CLEAN[:4], parameters=QUICK).score).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.floats(0, 1))
def test_at_most_the_budget_lies_above_the_line(scores, budget):
    values = np.array(scores)
    assert (values > line(values, budget)).sum() <= budget * len(values) + 1e-6


def test_the_seeds_detector_has_its_ten_features_and_published_parameters():
    assert len(seed_detector.FEATURES) == 10
    assert seed_detector.PUBLISHED["contamination"] == 0.24958833021525914
    row = dict(zip(seed_detector.FEATURES, seed_detector.features(FRAME)[0], strict=True))
    assert row["ra_dec_diff"] == pytest.approx(FRAME["s_ra"][0] - FRAME["s_dec"][0])
    assert row["em_diff"] == pytest.approx(FRAME["em_max"][0] - FRAME["em_min"][0])


def test_the_seeds_detector_flags_a_quarter_of_a_clean_file_and_says_which_rows_it_dropped():
    found = seed_detector.detect(FRAME)
    planned = np.flatnonzero(FRAME["t_min"].isna())
    np.testing.assert_array_equal(found.dropped, planned)
    assert np.isnan(found.score[planned]).all()
    assert not found.flag[planned].any()
    assert found.flag.sum() / (len(FRAME) - len(planned)) == pytest.approx(0.2496, abs=0.002)
    assert found.fitted_rows == len(FRAME) - len(planned)


def test_the_seeds_detector_drops_everything_when_nothing_is_complete():
    frame = FRAME.head(6).assign(em_min=np.nan)
    found = seed_detector.detect(frame)
    np.testing.assert_array_equal(found.dropped, np.arange(6))
    assert not found.flag.any()
