"""Nights, Julian dates and model eras."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import nights
from services.errors import InvalidQuery

DATES = st.dates(date(2017, 1, 1), date(2040, 12, 31))


@given(DATES, st.floats(0, 0.99999))
def test_a_night_is_the_utc_date_of_the_exposure(night: date, part: float) -> None:
    assert nights.night_of(nights.night_start_jd(night) + part) == night


@given(st.lists(st.floats(2457754.5, 2469807.4), max_size=20))
def test_an_array_of_julian_dates_has_the_nights_of_its_elements(jds: list[float]) -> None:
    found = nights.night_of(np.array(jds))
    assert found.dtype == "datetime64[D]"
    assert found.tolist() == [nights.night_of(jd) for jd in jds]


def test_a_night_begins_at_midnight_utc_and_not_before() -> None:
    start = nights.night_start_jd(date(2025, 9, 2))
    assert start == 2460920.5
    assert nights.night_of(np.nextafter(start, 0)) == date(2025, 9, 1)


def test_a_missing_julian_date_is_no_night_in_a_column_and_an_error_alone() -> None:
    assert np.isnat(nights.night_of(np.array([np.nan, 2460920.7]))).tolist() == [True, False]
    with pytest.raises(ValueError, match="nan"):
        nights.night_of(float("nan"))
    with pytest.raises(ValueError, match="inf"):
        nights.utc(float("inf"))


def test_numpy_scalars_are_single_julian_dates() -> None:
    assert nights.night_of(np.float64(2460920.7)) == date(2025, 9, 2)
    assert nights.mjd(np.float64(2460920.5)) == 60920.0


@given(st.dates(nights.FIRST_NIGHT, nights.LAST_NIGHT))
def test_every_written_night_is_read_back(night: date) -> None:
    assert nights.parse_night(f" {night.isoformat()} ") == night


def test_a_date_that_does_not_exist_is_explained() -> None:
    with pytest.raises(InvalidQuery) as caught:
        nights.parse_night("2025-13-40")
    assert caught.value.what == "2025-13-40 is not a date. The month must be 01 to 12 and the day must exist."
    assert (caught.value.example, caught.value.field) == ("2025-09-02", "night")


@pytest.mark.parametrize("text", ["", "20250902", "2025-W36-2", "2025-9-2", "٢٠٢٥-٠٩-٠٢", "yesterday", "x" * 900])
def test_other_spellings_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidQuery, match="YYYY-MM-DD") as caught:
        nights.parse_night(text, field="from")
    assert caught.value.field == "from"
    assert len(caught.value.what) < 120


@given(st.text(max_size=12))
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(InvalidQuery):
        assert nights.parse_night(text).isoformat() == text.strip()


def test_utc_agrees_with_the_julian_date_to_a_millisecond() -> None:
    assert nights.utc(2460920.5) == datetime(2025, 9, 2, tzinfo=UTC)
    assert abs(nights.utc(2460920.75) - datetime(2025, 9, 2, 6, tzinfo=UTC)) < timedelta(milliseconds=1)
    assert nights.utc_text(2460920.75) == "2025-09-02 06:00:00"


@pytest.mark.parametrize(
    ("night", "era"),
    [
        (date(2023, 1, 24), nights.BEFORE_SERVICE),
        (date(2023, 1, 25), "isolation forest 2023-01-25"),
        (date(2023, 11, 16), "isolation forest 2023-09"),
        (date(2023, 11, 17), "AAD 2023-11-17"),
        (date(2025, 9, 2), "AAD 2025-07-22"),
        (date(2030, 1, 1), "AAD 2026-07-03"),
    ],
)
def test_each_change_of_the_model_begins_an_era(night: date, era: str) -> None:
    assert nights.model_era(nights.night_start_jd(night)) == era


def test_eras_are_in_order_and_have_different_names() -> None:
    starts = [start for start, _ in nights.ERAS]
    assert starts == sorted(set(starts))
    assert len({name for _, name in nights.ERAS}) == len(starts)


def test_eras_of_a_column_are_those_of_its_elements() -> None:
    jds = np.array([2459000.5, 2460300.5, 2460920.7])
    assert nights.model_era(jds).tolist() == [nights.model_era(float(jd)) for jd in jds]
