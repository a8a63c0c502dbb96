"""Calendar of nights: one cell a day, counts printed, days that have not happened left out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from dash.development.base_component import Component
from hypothesis import given, settings
from hypothesis import strategies as st

from components.calendar import HEAT_STEPS, heat, night_calendar, night_strip, weeks_back
from tests.house import components, having, text_of

LAST = date(2025, 9, 4)  # a Thursday
FOUND = {date(2025, 9, 2): (7, -0.0412), date(2025, 8, 30): (1, -0.01), date(2025, 6, 1): (10, -0.1)}
DAYS = st.dates(date(2018, 1, 1), date(2030, 12, 31))


def made(**more: Any) -> Component:
    return night_calendar(FOUND, **{"last": LAST, "weeks": 4, "chosen": None, **more})


def links(calendar: Component) -> dict[str, Component]:
    """Cells with a count, by the night they lead to."""
    return {c.href.removeprefix("/?night="): c for c in having(calendar, "href")}


def cells(calendar: Component) -> list[Component]:
    (grid,) = having(calendar, "aria-label", "Nights with anomalies")
    return list(grid.children)


def test_heat_grows_with_the_count_from_one_to_five() -> None:
    heats = [heat(count) for count in range(1, 11)]
    assert heats == sorted(heats)
    assert set(heats) == {1, 2, 3, 4, 5}
    assert len(HEAT_STEPS) == 5


@given(DAYS, st.integers(1, 60))
def test_the_calendar_starts_on_a_monday_and_ends_with_the_week_of_the_last_day(last: date, weeks: int) -> None:
    first = weeks_back(last, weeks)
    assert first.weekday() == 0
    assert first + timedelta(days=7 * (weeks - 1)) <= last < first + timedelta(days=7 * weeks)


@settings(max_examples=25, deadline=None)
@given(DAYS, st.integers(1, 30))
def test_there_is_one_cell_for_each_day_of_each_week(last: date, weeks: int) -> None:
    assert len(cells(night_calendar({}, last=last, weeks=weeks, chosen=None))) == 7 * weeks


def test_a_night_with_anomalies_says_how_many_and_leads_there() -> None:
    found = links(made())
    assert set(found) == {"2025-09-02", "2025-08-30"}
    assert text_of(found["2025-09-02"]) == "7"
    words = getattr(found["2025-09-02"], "aria-label")
    assert "7 anomalies" in words
    assert "−0.0412" in words
    assert "1 anomaly," in getattr(found["2025-08-30"], "aria-label")


def test_cells_are_in_the_order_of_the_days() -> None:
    position = {getattr(cell, "href", None): n for n, cell in enumerate(cells(made()))}
    first = weeks_back(LAST, 4)
    assert position["/?night=2025-09-02"] == (date(2025, 9, 2) - first).days


def test_a_night_without_anomalies_says_so_and_leads_nowhere() -> None:
    words = [c.title for c in having(made(), "title") if not hasattr(c, "href")]
    assert "03 Sep 2025: no anomalies" in words or "3 Sep 2025: no anomalies" in words


def test_days_that_have_not_happened_are_blank() -> None:
    late = cells(made(until=date(2025, 9, 3)))[-4:]
    assert all(not hasattr(cell, "title") and not hasattr(cell, "href") for cell in late)


@pytest.mark.parametrize("chosen", [date(2025, 9, 2), date(2025, 9, 3)])
def test_the_chosen_night_is_marked_with_or_without_anomalies(chosen: date) -> None:
    (cell,) = having(made(chosen=chosen), "aria-current", "date")
    assert f"{chosen:%b %Y}" in cell.title
    assert str(chosen.day) in cell.title


def test_no_night_is_marked_when_none_is_chosen() -> None:
    assert not having(made(), "aria-current")


def test_each_month_is_named_once_above_its_first_week() -> None:
    calendar = night_calendar({}, last=LAST, weeks=20, chosen=None)
    (months,) = [c for c in components(calendar) if getattr(c, "className", "") == "months"]
    names = [name for name in (text_of(span) for span in months.children) if name]
    assert len(months.children) == 20
    assert names == ["Apr", "May", "Jun", "Jul", "Aug", "Sep"]


def test_the_strip_shows_the_last_days_in_order() -> None:
    strip = night_strip(FOUND, last=LAST, days=7, chosen=date(2025, 9, 2))
    assert [text_of(cell)[-1] for cell in strip.children] == ["9", "0", "1", "1", "2", "3", "4"]
    assert set(links(strip)) == {"2025-08-30", "2025-09-02"}
    assert len(having(strip, "aria-current", "date")) == 1
