"""Ticks of the time axis: few, inside, in order, and readable as UTC and as MJD."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.time_axis import STEPS_D, mjd_ticks, tick_step, time_ticks, utc_of_mjd, utc_ticks

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


def test_above_the_year_is_said_at_the_first_tick_and_where_it_changes() -> None:
    assert utc_ticks(60000.0, 60010.0)["ticktext"] == ["25 Feb 2023", "27 Feb", "1 Mar", "3 Mar", "5 Mar", "7 Mar"]
    texts = utc_ticks(59920.0, 60060.0)["ticktext"]
    assert [text for text in texts if text[-4:].isdigit()] == ["7 Dec 2022", "16 Jan 2023"]
    assert utc_ticks(59990.0, 61000.0)["ticktext"][0] == "Feb 2023"


def test_a_year_that_changes_at_the_very_end_is_not_written_because_it_would_be_cut_off() -> None:
    assert utc_ticks(59890.0, 59946.2, 12)["ticktext"][-1] == "1 Jan"
    assert utc_ticks(59890.0, 59966.2, 20)["ticktext"][-5] == "1 Jan 2023"


@given(STARTS, SPANS, MOST)
def test_above_and_below_are_at_the_same_places(start: float, span: float, most: int) -> None:
    above, below = utc_ticks(start, start + span, most), mjd_ticks(start, start + span, most)
    assert above["tickvals"] == below["tickvals"]
    assert all(
        math.isclose(float(t), v, abs_tol=0.5) for t, v in zip(below["ticktext"], below["tickvals"], strict=True)
    )


@given(STARTS, SPANS, MOST, st.floats(-500, 500))
def test_days_ago_are_counted_back_from_the_moment_that_is_given(
    start: float, span: float, most: int, offset: float
) -> None:
    origin = start + span + offset
    ticks = mjd_ticks(start, start + span, most, ago_from=origin)
    assert all(start - ROUNDING <= v <= start + span + ROUNDING for v in ticks["tickvals"])
    assert all(a < b for a, b in pairwise(ticks["tickvals"]))
    for value, text in zip(ticks["tickvals"], ticks["ticktext"], strict=True):
        ago, mjd = text.replace("−", "-").split("<br>")
        assert math.isclose(float(ago), origin - value, abs_tol=0.5)
        assert math.isclose(float(mjd), value, abs_tol=0.01)


def test_days_ago_stand_over_their_mjd_and_the_moment_itself_is_zero() -> None:
    assert mjd_ticks(60000.0, 60010.3, 8, ago_from=60010.3)["ticktext"][-2:] == ["2<br>60008.30", "0<br>60010.30"]


def test_a_range_of_no_length_does_not_fail() -> None:
    ticks = time_ticks(60000.3, 60000.3)
    assert len(ticks["tickvals"]) <= 1
