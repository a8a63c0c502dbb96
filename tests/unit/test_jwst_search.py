"""The search keeps programmes together, can be watched and ended, and is the same again with the same seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidQuery
from services.jwst.detector import DEFAULT
from services.jwst.example import example
from services.jwst.search import FEATURES_PER_TREE, ROWS_PER_TREE, TREES, drawn, programmes, search, split

FRAME = example(rows=600, seed=8).frame
DRAWS = 2


@pytest.fixture(scope="module")
def found():
    return search(FRAME, draws=DRAWS, seed=3)


def test_the_default_is_tried_first_and_the_best_of_the_tuning_half_wins(found):
    assert len(found.tried) == DRAWS + 1
    assert found.tried[0].parameters == DEFAULT
    best = max(found.tried, key=lambda one: one.average_precision)
    assert found.best == best.parameters
    assert not found.cancelled


def test_both_halves_are_reported_and_together_are_the_file(found):
    assert found.tuning_rows + found.reporting_rows == len(FRAME)
    assert found.tuning_programmes + found.reporting_programmes == FRAME["proposal_id"].nunique()
    for metrics in (found.default, found.tuned):
        assert metrics.rows == found.reporting_rows
        assert metrics.added == round(0.2 * found.reporting_rows)
        assert metrics.unscored == 0


def test_the_same_seed_gives_the_same_search(found):
    again = search(FRAME, draws=DRAWS, seed=3)
    assert again.tried == found.tried
    assert again.best == found.best
    assert again.tuned.average_precision == found.tuned.average_precision


def test_it_tells_how_far_it_is_and_ends_when_it_is_asked_to():
    told: list[tuple[int, int]] = []
    ended = search(FRAME, draws=50, on_progress=lambda *at: told.append(at), cancelled=lambda: len(told) >= 2)
    assert told == [(1, 51), (2, 51)]
    assert ended.cancelled
    assert len(ended.tried) == 2
    assert ended.best in {one.parameters for one in ended.tried}


def test_a_search_that_is_cancelled_at_once_still_answers_with_the_default():
    ended = search(FRAME, draws=50, cancelled=lambda: True)
    assert [one.parameters for one in ended.tried] == [DEFAULT]
    assert ended.best == DEFAULT
    assert ended.tuned == ended.default


def test_one_programme_cannot_be_split():
    with pytest.raises(InvalidQuery, match="two programmes"):
        search(FRAME.assign(proposal_id="1234"))


def test_rows_without_a_programme_stay_together():
    frame = pd.DataFrame({"proposal_id": pd.Series(["1", np.nan, "2", np.nan], dtype="str")})
    assert list(programmes(frame)) == ["1", "", "2", ""]


def test_draws_stay_within_their_ranges_and_differ():
    many = drawn(200, 5)
    assert len(set(many)) > 190
    for one in many:
        assert TREES[0] <= one.trees <= TREES[1]
        assert ROWS_PER_TREE[0] <= one.rows_per_tree <= ROWS_PER_TREE[1]
        assert FEATURES_PER_TREE[0] <= one.features_per_tree <= FEATURES_PER_TREE[1]
    assert drawn(200, 5) == many


@given(st.lists(st.integers(0, 8), min_size=2, max_size=60), st.integers(0, 100))
def test_no_programme_is_on_both_sides_and_no_side_is_empty(numbers, seed):
    names = np.array([str(n) for n in numbers])
    if len(set(numbers)) < 2:
        with pytest.raises(InvalidQuery):
            split(names, seed)
        return
    first = split(names, seed)
    assert not set(names[first]) & set(names[~first])
    assert 0 < first.sum() < len(names)
