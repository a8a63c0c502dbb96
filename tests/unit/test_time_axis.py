"""Ticks of the time axis: few, inside, in order, and readable as UTC and as MJD."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.time_axis import STEPS_D, tick_step, time_ticks, utc_of_mjd, year_text

STARTS = st.floats(58000, 62000)
SPANS = st.floats(0.01, 6000)
MOST = st.integers(3, 12)
ROUNDING = 1e-6  # values are rounded to six decimals, which is a tenth of a second


@given(STARTS, SPANS, MOST)
def test_ticks_are_inside_the_range_and_increase(start: float, span: float, most: int) -> None:
    values = time_ticks(start, start + span, most)["tickvals"]
    assert all(start - ROUNDING <= value <= start + span + ROUNDING for value in values)
    assert all(a < b for a, b in pairwise(values))


@given(STARTS, SPANS, MOST)
def test_there_are_as_many_steps_as_wanted_at_most(start: float, span: float, most: int) -> None:
    assert len(time_ticks(start, start + span, most)["tickvals"]) <= most + 1
    assert span / tick_step(span, most) <= most * (1 + 1e-9)


@given(STARTS, SPANS)
def test_each_tick_has_two_lines_and_the_second_is_its_mjd(start: float, span: float) -> None:
    ticks = time_ticks(start, start + span)
    assert len(ticks["tickvals"]) == len(ticks["ticktext"])
    for value, text in zip(ticks["tickvals"], ticks["ticktext"], strict=True):
        above, below = text.split("<br>")
        assert above
        assert math.isclose(float(below), value, abs_tol=0.5)


@given(STARTS, SPANS)
def test_neighbouring_ticks_are_told_apart_by_their_text(start: float, span: float) -> None:
    texts = time_ticks(start, start + span)["ticktext"]
    assert len(texts) == len(set(texts))


@given(st.floats(1, 6000), MOST)
def test_the_step_is_the_smallest_that_fits(span: float, most: int) -> None:
    step = tick_step(span, most)
    smaller = [s for s in STEPS_D if s < step]
    assert all(math.floor(span / s) + 1 > most for s in smaller)


@pytest.mark.parametrize(
    ("mjd", "when"),
    [
        (0.0, datetime(1858, 11, 17, tzinfo=UTC)),
        (60000.0, datetime(2023, 2, 25, tzinfo=UTC)),
        (60920.25, datetime(2025, 9, 2, 6, tzinfo=UTC)),
    ],
)
def test_mjd_is_counted_from_november_1858(mjd: float, when: datetime) -> None:
    assert utc_of_mjd(mjd) == when


@settings(max_examples=30, deadline=None)
@given(st.floats(50000, 61500))
def test_utc_agrees_with_astropy(mjd: float) -> None:
    from astropy.time import Time

    expected = Time(mjd, format="mjd", scale="utc").to_datetime(timezone=UTC)
    assert abs((utc_of_mjd(mjd) - expected).total_seconds()) < 1e-3


def test_hours_are_written_out_when_ticks_are_less_than_a_day_apart() -> None:
    assert time_ticks(60000.0, 60001.0)["ticktext"][1] == "25 Feb 06:00<br>60000.25"


def test_days_have_no_hours_and_years_no_days() -> None:
    assert time_ticks(60000.0, 60010.0)["ticktext"][0] == "25 Feb<br>60000"
    assert time_ticks(59990.0, 61000.0)["ticktext"][0] == "Feb 2023<br>60000"


def test_the_year_is_said_once_and_both_when_there_are_two() -> None:
    assert year_text(60000.0, 60010.0) == "2023"
    assert year_text(59900.0, 60010.0) == "2022–2023"


def test_a_range_of_no_length_does_not_fail() -> None:
    ticks = time_ticks(60000.3, 60000.3)
    assert len(ticks["tickvals"]) <= 1
