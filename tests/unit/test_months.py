"""Months and whose turn it is."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services import months
from services.months import DOWN_PAUSE, FIRST_PAUSE, LONGEST_PAUSE, Schedule

DATES = st.dates(date(2018, 1, 1), date(2030, 12, 31))
JUNE, JULY, AUGUST = (date(2025, month, 1) for month in (6, 7, 8))


class Clock:
    """Time that moves when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(DATES, DATES)
def test_the_months_of_a_span_cover_every_night_once_newest_first(one: date, other: date) -> None:
    first, last = sorted((one, other))
    found = months.months_between(first, last)
    assert found == sorted(set(found), reverse=True)
    assert found[-1] <= first <= months.month_end(found[-1])
    assert found[0] <= last <= months.month_end(found[0])
    for later, earlier in itertools.pairwise(found):
        assert months.month_end(earlier) + timedelta(days=1) == later


def test_no_month_lies_in_a_span_that_ends_before_it_begins() -> None:
    assert months.months_between(date(2025, 9, 2), date(2025, 8, 30)) == []


def test_a_month_is_open_until_its_last_night_must_have_been_loaded() -> None:
    assert not months.is_closed(AUGUST, date(2025, 9, 3))
    assert months.is_closed(AUGUST, date(2025, 9, 4))


def test_the_newest_month_goes_first_and_a_wanted_one_before_it() -> None:
    schedule = Schedule(Clock())
    schedule.ask([JUNE, JULY, AUGUST])
    assert schedule.next() == AUGUST
    schedule.want([JUNE])
    assert schedule.next() == JUNE
    schedule.succeeded(JUNE)
    assert schedule.next() == AUGUST


def test_a_month_is_the_last_wanted_one_when_nobody_waits_for_another() -> None:
    schedule = Schedule(Clock())
    schedule.ask([JUNE, JULY])
    assert not schedule.is_last_wanted(JULY)
    schedule.want([JUNE, JULY])
    assert not schedule.is_last_wanted(JULY)
    schedule.succeeded(JUNE)
    assert schedule.is_last_wanted(JULY)


def test_what_was_wanted_last_goes_first() -> None:
    schedule = Schedule(Clock())
    schedule.ask([JUNE, JULY, AUGUST])
    schedule.want([JUNE])
    schedule.want([JULY])
    assert schedule.next() == JULY


def test_a_wanted_month_that_nobody_asked_for_is_not_fetched() -> None:
    schedule = Schedule(Clock())
    schedule.want([JUNE])
    assert schedule.next() is None
    assert schedule.seconds_to_next() is None


def test_a_failed_month_lets_the_others_go_on_and_has_another_turn_later() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    schedule.ask([JULY, AUGUST])
    schedule.failed(AUGUST)
    assert schedule.next() == JULY
    schedule.succeeded(JULY)
    assert schedule.next() is None
    assert schedule.seconds_to_next() == FIRST_PAUSE
    schedule.ask([AUGUST])
    schedule.want([AUGUST])
    assert schedule.next() is None
    clock.now += FIRST_PAUSE
    assert schedule.next() == AUGUST


def test_the_pause_grows_with_every_failure_up_to_a_limit() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    schedule.ask([AUGUST])
    pauses = []
    for _ in range(8):
        schedule.failed(AUGUST)
        pauses.append(schedule.seconds_to_next())
        clock.now += LONGEST_PAUSE
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_source_that_is_down_is_not_hammered_month_after_month() -> None:
    clock = Clock()
    schedule = Schedule(clock)
    schedule.ask(months.months_between(date(2023, 1, 25), AUGUST))
    for _ in range(3):
        month = schedule.next()
        assert month is not None
        schedule.failed(month)
    assert schedule.next() is None
    clock.now += DOWN_PAUSE
    assert schedule.next() == date(2025, 5, 1)


def test_the_retry_button_ends_all_pauses() -> None:
    schedule = Schedule(Clock())
    schedule.ask([JUNE, JULY, AUGUST])
    for month in (AUGUST, JULY, JUNE):
        schedule.failed(month)
    assert schedule.next() is None
    schedule.retry()
    assert schedule.next() == AUGUST
