"""Rates, their intervals and curves; and that the seed's published numbers are what their counts say."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jwst import detector, evaluate, features
from services.jwst.evaluate import (
    ALL,
    CURVE_POINTS,
    PUBLISHED,
    TYPES,
    by_type,
    measure,
    predictive_value,
    rate,
    seed_fp_rate,
)


def test_the_published_rates_are_quotients_of_the_published_counts():
    every, images = PUBLISHED[ALL], PUBLISHED["image"]
    assert every.recall == 0.8768768768768769
    assert every.fp_rate == 0.06664726426076834
    assert images.recall == 0.923923923923924
    assert images.fp_rate == 0.07743419371326347
    assert "876 detected of 999 added" in every.how
    assert "303 of 3,913" in images.how


def test_no_false_positive_in_a_hundred_rows_is_not_a_rate_of_zero():
    found = rate(0, 100)
    assert found.value == 0
    assert found.low == 0
    assert found.high == pytest.approx(0.0370, abs=1e-4)


def test_a_rate_of_nothing_has_no_value():
    found = rate(0, 0)
    assert (found.value, found.low, found.high) == (None, None, None)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons_and_holds_the_rate(counts):
    k, n = counts
    found, z = rate(k, n), 1.959963984540054
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
    assert found.low == pytest.approx(max(0, middle - half), abs=1e-9)
    assert found.high == pytest.approx(min(1, middle + half), abs=1e-9)
    assert found.low - 1e-12 <= found.value <= found.high + 1e-12


@pytest.mark.parametrize(
    ("recall", "fp_rate", "values"),
    [(0.8769, 0.0666, (0.77, 0.12, 0.013)), (0.99, 0.005, (0.98, 0.67, 0.17))],
)
def test_a_flag_is_worth_less_the_rarer_tampering_is(recall, fp_rate, values):
    for prevalence, value in zip((0.2, 0.01, 0.001), values, strict=True):
        assert predictive_value(recall, fp_rate, prevalence) == pytest.approx(value, abs=0.006)


def test_a_detector_that_flags_nothing_has_no_predictive_value():
    assert predictive_value(0.0, 0.0, 0.2) is None
    assert predictive_value(None, 0.1, 0.2) is None


LABEL = np.array([True, True, True, False, False, False, False, False])
FLAG = np.array([True, False, False, True, False, False, False, False])
SCORE = np.array([0.9, 0.5, np.nan, 0.6, 0.2, 0.1, 0.3, np.nan])


def test_rows_that_were_never_looked_at_count_as_not_found_in_all_and_not_at_all_in_scored():
    found = measure(LABEL, FLAG, SCORE)
    assert (found.rows, found.added, found.clean, found.unscored) == (8, 3, 5, 2)
    assert (found.true_positives, found.false_negatives) == (1, 2)
    assert (found.false_positives, found.true_negatives) == (1, 4)
    assert (found.recall.value, found.recall_scored.value) == (1 / 3, 1 / 2)
    assert (found.fp_rate.value, found.precision.value) == (1 / 5, 1 / 2)
    assert found.auc == pytest.approx(7 / 8)
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)


def test_the_seeds_formula_divides_by_the_scored_rows_less_all_added_ones():
    found = seed_fp_rate(measure(LABEL, FLAG, SCORE))
    assert (found.k, found.n) == (1, 6 - 3)
    assert seed_fp_rate(measure(LABEL, FLAG, np.full(8, np.nan))).value is None


def test_one_kind_of_row_has_rates_but_no_curve():
    found = measure(np.zeros(4, dtype=bool), np.array([True, False, False, False]), np.arange(4.0))
    assert found.recall.value is None
    assert found.precision.value == 0
    assert found.fp_rate.value == 0.25
    assert (found.auc, found.average_precision, found.roc, found.precision_recall) == (None, None, None, None)
    assert set(found.predictive.values()) == {None}


def test_curves_are_thinned_along_their_path_and_keep_their_ends():
    draws = np.random.default_rng(3)
    label = draws.uniform(size=20_000) < 0.2
    score = label + draws.normal(size=20_000)
    found = measure(label, score > 1, score)
    for curve in (found.roc, found.precision_recall):
        assert len(curve.x) <= CURVE_POINTS + 1
        assert (np.diff(curve.x) >= 0).all()
    assert (found.roc.x[0], found.roc.y[0], found.roc.x[-1], found.roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(found.roc.y, found.roc.x) == pytest.approx(found.auc, abs=0.002)
    assert (found.precision_recall.x[0], found.precision_recall.y[0], found.precision_recall.x[-1]) == (0, 1, 1)


def test_a_product_type_without_rows_has_none_and_one_that_nobody_listed_still_counts():
    types = ["image"] * 4 + ["spectrum"] * 3 + ["hologram"]
    found = by_type(types, LABEL, FLAG, SCORE)
    assert list(found) == [ALL, *TYPES, "hologram"]
    assert found["cube"] is None
    assert found["image"].rows == 4
    assert found["hologram"].unscored == 1
    assert found[ALL].rows == 8


def test_rows_without_a_product_type_count_in_all_only():
    found = by_type([np.nan] * 8, LABEL, FLAG, SCORE)
    assert found[ALL].rows == 8
    assert {name for name, metrics in found.items() if metrics} == {ALL}
    assert by_type([], LABEL[:0], FLAG[:0], SCORE[:0])[ALL] is None


@given(st.data())
def test_every_row_is_in_exactly_one_cell_of_the_confusion_matrix(data):
    size = data.draw(st.integers(0, 30))
    boolean = st.lists(st.booleans(), min_size=size, max_size=size)
    label, flag = (np.array(data.draw(boolean), dtype=bool) for _ in range(2))
    score = np.array(data.draw(st.lists(st.floats(0, 1) | st.just(np.nan), min_size=size, max_size=size)), dtype=float)
    found = measure(label, flag & ~np.isnan(score), score)
    cells = found.true_positives + found.false_negatives + found.false_positives + found.true_negatives
    assert cells == found.rows == size
    assert found.true_positives + found.false_negatives == found.added
    for one in (found.recall, found.recall_scored, found.fp_rate, found.precision):
        assert one.value is None or 0 <= one.value <= 1


@pytest.mark.parametrize("module", [detector, evaluate, features])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
