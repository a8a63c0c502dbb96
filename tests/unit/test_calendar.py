"""Calendar of nights: one cell a day, counts printed, days that have not happened left out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from dash.development.base_component import Component
from hypothesis import given, settings
from hypothesis import strategies as st

from components.calendar import HEAT_STEPS, Day, calendar_key, heat, night_calendar, night_strip, weeks_back
from tests.house import components, having, text_of

LAST = date(2025, 9, 4)  # a Thursday
CLOUDS, QUIET, SILENT = date(2025, 9, 1), date(2025, 8, 31), date(2025, 9, 3)
DAYS_KNOWN = {
    date(2025, 9, 2): Day(7, -0.0412, 234567, True),
    date(2025, 8, 30): Day(1, -0.01),
    date(2025, 6, 1): Day(10, -0.1),
    CLOUDS: Day(0, alerts=0, observed=False),
    QUIET: Day(0, alerts=198765, observed=True),
}
DAYS = st.dates(date(2018, 1, 1), date(2030, 12, 31))


def made(**more: Any) -> Component:
    return night_calendar(DAYS_KNOWN, **{"last": LAST, "weeks": 4, "chosen": None, **more})


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
    assert words == "2 Sep 2025: 7 anomalies of 234,567 alerts, lowest score −0.0412"
    assert getattr(found["2025-08-30"], "aria-label") == "30 Aug 2025: 1 anomaly, lowest score −0.0100"


def test_cells_are_in_the_order_of_the_days() -> None:
    position = {getattr(cell, "href", None): n for n, cell in enumerate(cells(made()))}
    first = weeks_back(LAST, 4)
    assert position["/?night=2025-09-02"] == (date(2025, 9, 2) - first).days


def cell(calendar: Component, day: date) -> Component:
    """Cell of one day, by its words."""
    (found,) = [c for c in having(calendar, "title") if c.title.startswith(f"{day.day} {day:%b %Y}: ")]
    return found


@pytest.mark.parametrize(
    ("day", "look", "printed", "words"),
    [
        (QUIET, "zero", "0", "0 anomalies of 198,765 alerts"),
        (CLOUDS, "blank", "", "no ZTF data"),
        (SILENT, "none", "", "not known"),
    ],
)
def test_the_reasons_for_no_anomalies_look_different_and_lead_nowhere(
    day: date, look: str, printed: str, words: str
) -> None:
    found = cell(made(), day)
    assert (found.className, text_of(found)) == (look, printed)
    assert found.title == getattr(found, "aria-label") == f"{day.day} {day:%b %Y}: {words}"
    assert not hasattr(found, "href")


@pytest.mark.parametrize("count", [None, 0])
@pytest.mark.parametrize("observed", [None, True, False])
def test_only_a_night_that_is_known_to_have_no_alerts_is_blank(count: int | None, observed: bool | None) -> None:
    look = Day(count, alerts=None, observed=observed).look
    assert (look == "blank") is (observed is False)
    assert (look == "zero") is (observed is True and count == 0)


def test_anomalies_are_shown_whatever_is_known_about_alerts() -> None:
    for observed in (None, True, False):
        assert Day(3, -0.1, None, observed).look == "heat-2"


def test_an_anomaly_without_a_score_is_not_given_one() -> None:
    assert Day(1).words("blank") == "1 anomaly, none of them scored"


def test_a_source_that_is_not_the_sky_says_what_its_blank_nights_are() -> None:
    words = "no alerts in the archive"
    assert cell(made(blank=words), CLOUDS).title.endswith(words)
    assert words in text_of(calendar_key(unknown=False, blank=words))


def test_the_key_explains_the_dot_only_where_there_is_one() -> None:
    assert "not known" in text_of(calendar_key(unknown=True))
    assert "not known" not in text_of(calendar_key(unknown=False))


def test_days_that_have_not_happened_are_blank() -> None:
    late = cells(made(until=date(2025, 9, 3)))[-4:]
    assert all(not hasattr(cell, "title") and not hasattr(cell, "href") for cell in late)


@pytest.mark.parametrize("chosen", [date(2025, 9, 2), date(2025, 9, 3)])
def test_the_chosen_night_is_marked_with_or_without_anomalies(chosen: date) -> None:
    (marked,) = having(made(chosen=chosen), "aria-current", "date")
    assert marked.title.startswith(f"{chosen.day} {chosen:%b %Y}: ")


def test_no_night_is_marked_when_none_is_chosen() -> None:
    assert not having(made(), "aria-current")


def test_each_month_is_named_once_above_its_first_week() -> None:
    calendar = night_calendar({}, last=LAST, weeks=20, chosen=None)
    (months,) = [c for c in components(calendar) if getattr(c, "className", "") == "months"]
    names = [name for name in (text_of(span) for span in months.children) if name]
    assert len(months.children) == 20
    assert names == ["Apr", "May", "Jun", "Jul", "Aug", "Sep"]


def test_the_strip_shows_the_last_days_in_order() -> None:
    strip = night_strip(DAYS_KNOWN, last=LAST, count=7, chosen=date(2025, 9, 2))
    assert [text_of(cell)[-1] for cell in strip.children] == ["9", "0", "1", "1", "2", "3", "4"]
    assert set(links(strip)) == {"2025-08-30", "2025-09-02"}
    assert len(having(strip, "aria-current", "date")) == 1
