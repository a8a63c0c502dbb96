"""Ranks and repeats, against the plain definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from services.repeats import RECENT_NIGHTS, count_repeats, rank_in_night

ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(17_000, 17_300)), max_size=60)
SCORES = st.lists(
    st.tuples(st.integers(17_000, 17_005), st.one_of(st.floats(-1, 1), st.just(float("nan")))), max_size=40
)


@given(ROWS)
def test_repeats_count_nights_as_one_would_by_hand(rows: list[tuple[str, int]]) -> None:
    names = pd.Series([name for name, _ in rows], dtype="str")
    found = count_repeats(names, np.array([day for _, day in rows], dtype="int64"))
    for number, (name, day) in enumerate(rows):
        nights = {other for who, other in rows if who == name}
        assert found.ever[number] == sum(night <= day for night in nights)
        assert found.first_day[number] == min(nights)
        assert found.recent[number] == sum(day - RECENT_NIGHTS < night <= day for night in nights)


def test_the_ninety_days_include_this_night_and_not_the_ninetieth_before_it() -> None:
    days = np.array([100, 189, 190], dtype="int64")
    assert count_repeats(pd.Series(["a"] * 3, dtype="str"), days).recent.tolist() == [1, 2, 2]


@given(SCORES)
def test_the_lowest_score_of_a_night_has_rank_one(rows: list[tuple[int, float]]) -> None:
    days = np.array([day for day, _ in rows], dtype="int64")
    scores = np.array([score for _, score in rows], dtype="float64")
    ranks = rank_in_night(days, scores)
    assert np.isnan(ranks).tolist() == np.isnan(scores).tolist()
    for day in set(days.tolist()):
        scored = (days == day) & ~np.isnan(scores)
        ordered = scores[scored][np.argsort(ranks[scored])]
        assert sorted(ranks[scored]) == list(range(1, scored.sum() + 1))
        assert (np.diff(ordered) >= 0).all()
