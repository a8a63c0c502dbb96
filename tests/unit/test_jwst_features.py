"""Features: what honest rows have in common, whatever they observe, and what does not count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jwst import features
from services.jwst.example import example
from services.jwst.features import BY_NAME, FEATURES

FRAME = example(rows=400, seed=4).frame
NAMES = list(BY_NAME)


def of(frame: pd.DataFrame, name: str) -> np.ndarray:
    return features.values(frame)[:, NAMES.index(name)]


def changed(**columns: object) -> pd.DataFrame:
    return FRAME.assign(**columns)


def test_there_is_one_column_per_feature_and_one_row_per_row():
    assert features.values(FRAME).shape == (400, len(FEATURES))
    assert features.values(FRAME.iloc[:0].reset_index(drop=True)).shape == (0, len(FEATURES))


def test_a_planned_row_lacks_what_needs_times_and_nothing_else():
    planned = FRAME["calib_level"] == -1
    missing = pd.DataFrame(np.isnan(features.values(FRAME[planned].reset_index(drop=True))), columns=NAMES)
    assert missing[["duty_single", "duty_combined", "release"]].all(axis=None)
    assert not missing["wavelength"].any()


def test_an_exposure_that_fills_its_time_range_has_a_duty_of_one():
    level = np.where(np.arange(400) % 2, 2.0, 3.0)
    frame = changed(t_min=60000.0, t_max=60000.5, t_exptime=43200.0, calib_level=level)
    single, combined = of(frame, "duty_single"), of(frame, "duty_combined")
    np.testing.assert_allclose(single[1::2], 1.0)
    np.testing.assert_allclose(combined[0::2], 1.0)
    assert np.isnan(single[0::2]).all()
    assert np.isnan(combined[1::2]).all()


def test_times_in_the_wrong_order_have_no_duty_but_a_release_before_the_end_is_negative():
    frame = changed(t_min=60001.0, t_max=60000.0, t_obs_release=59000.0)
    assert np.isnan(of(frame, "duty_single")).all()
    np.testing.assert_allclose(of(frame, "release"), -1000.0)


def test_the_separation_is_in_radii_and_a_moving_target_has_none():
    square = "POLYGON 10 0.1 10.1 0 10 -0.1 9.9 0"
    frame = changed(s_ra=10.3, s_dec=0.0, s_region=square, mtFlag="false")
    np.testing.assert_allclose(of(frame, "separation"), 3.0, rtol=1e-4)
    assert np.isnan(of(frame.assign(mtFlag="true"), "separation")).all()


def test_a_footprint_across_ra_zero_is_as_near_as_any_other():
    across = "POLYGON 0 0.1 0.1 0 0 -0.1 359.9 0"
    assert of(changed(s_ra=359.99, s_dec=0.0, s_region=across, mtFlag="false"), "separation").max() < 0.2


@pytest.mark.parametrize("name", ["s_ra", "s_dec", "obs_id", "obsid", "objID", "target_name", "proposal_pi", "srcDen"])
def test_where_what_and_whose_it_is_count_nothing_by_themselves(name):
    order = np.random.default_rng(1).permutation(len(FRAME))
    shuffled = changed(**{name: FRAME[name].to_numpy()[order]})
    kept = [n for n in NAMES if not (n == "separation" and name in ("s_ra", "s_dec")) and n != "frames"]
    for feature in kept:
        np.testing.assert_array_equal(of(FRAME, feature), of(shuffled, feature))


def test_dates_do_not_count_only_their_differences():
    moved = changed(**{name: FRAME[name] + 128 for name in ("t_min", "t_max", "t_obs_release")})
    np.testing.assert_allclose(features.values(FRAME), features.values(moved), rtol=1e-4, atol=1e-6)


def test_the_order_of_the_rows_does_not_count():
    order = np.random.default_rng(2).permutation(len(FRAME))
    turned = FRAME.iloc[order].reset_index(drop=True)
    np.testing.assert_allclose(features.values(turned), features.values(FRAME)[order])


def test_what_is_missing_takes_the_median_of_the_clean_rows():
    natural = features.values(FRAME)
    clean = np.arange(len(FRAME)) < 300
    design = features.design(natural, clean)
    assert np.isfinite(design).all()
    column = NAMES.index("release")
    missing = np.isnan(natural[:, column])
    known = np.sort(design[clean & ~missing, column])
    assert missing.any()
    assert known[0] < design[missing, column][0] < known[-1]
    assert len(set(design[missing, column])) == 1


def test_a_feature_that_no_clean_row_has_is_the_same_for_all():
    natural = np.full((5, len(FEATURES)), np.nan)
    assert (features.design(natural, np.ones(5, dtype=bool)) == 0).all()


def test_a_difference_can_be_too_large_but_not_too_small():
    natural = features.values(FRAME)
    usual = features.typical(natural, (0.01, 0.99))
    column = NAMES.index("separation")
    assert usual.words(column).startswith("0 to ")
    row = natural[:1].copy()
    row[0, column] = 0.0
    assert usual.distance(row)[0, column] <= 0
    row[0, column] = 1e4
    assert usual.distance(row)[0, column] > 1


@given(st.lists(st.tuples(*[st.floats(width=64) for _ in range(6)]), min_size=1, max_size=20))
def test_no_number_however_large_reaches_the_forest_as_infinity(rows):
    frame = FRAME.head(len(rows)).assign(
        **dict(zip(("s_ra", "s_dec", "t_min", "t_max", "t_exptime", "em_min"), np.array(rows).T, strict=True))
    )
    natural = features.values(frame)
    assert not np.isinf(natural).any()
    assert np.isfinite(features.design(natural, np.ones(len(rows), dtype=bool))).all()
