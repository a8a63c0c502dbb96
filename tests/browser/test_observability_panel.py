"""The observability panel in a browser: what it says of real objects, its choices, and what can be taken away."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

RISING = "ZTF25abixhdc"
GOOD_NIGHT = f"/object/{RISING}?obs_date=2025-09-04"


def site_of(screen: Screen) -> str:
    """Key of the chosen observatory."""
    return str(screen.panel("observability").locator("select").input_value())


def test_the_night_of_an_alert_is_told_in_words_and_numbers(screen: Screen) -> None:
    screen.open(GOOD_NIGHT)
    panel = screen.expect_state("observability", "ready")
    assert site_of(screen) == "palomar"
    expect(panel.locator("[data-verdict=good]")).to_contain_text("above 30° in the dark 03:35 to 09:12 UTC")
    expect(panel.locator("[data-verdict=good]")).to_contain_text("Moon 25° away, 86 % lit")
    expect(panel.locator(".annotation-text").filter(has_text="47° at 06:15")).to_be_visible()
    expect(panel.locator(".sun-times")).to_contain_text("03:35–11:59")


def test_the_observatory_and_the_night_are_chosen_with_the_keyboard_and_kept_in_the_address(screen: Screen) -> None:
    screen.open(GOOD_NIGHT)
    panel = screen.panel("observability")
    panel.locator("select").select_option("paranal")
    screen.wait_query(site="paranal", obs_date="2025-09-04")
    screen.rest()
    expect(panel.locator("select")).to_be_focused()
    panel.get_by_role("button", name="Night after").focus()
    screen.page.keyboard.press("Enter")
    screen.wait_query(site="paranal", obs_date="2025-09-05")
    screen.rest()
    expect(panel.get_by_role("button", name="Night after")).to_be_focused()
    expect(panel.locator(".xtitle")).to_contain_text("5 Sep 2025")
    panel.get_by_role("button", name="Tonight").click()
    screen.wait_query(site="paranal", obs_date=None)
    screen.rest()
    shown = date.fromisoformat(panel.get_by_label("Night, UTC date").input_value())
    assert abs(shown - datetime.now(UTC).date()) <= timedelta(days=1)


def test_a_date_and_coordinates_can_be_typed(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    panel = screen.panel("observability")
    box = panel.get_by_label("Night, UTC date")
    box.fill("2025-06-20")
    box.press("Enter")
    screen.wait_query(obs_date="2025-06-20")
    screen.rest()
    panel.locator("select").select_option("typed")
    coordinates = panel.get_by_label("Longitude")
    expect(coordinates).to_be_focused()
    coordinates.fill("20, 78")
    coordinates.press("Enter")
    screen.wait_query(site="20, 78")
    expect(panel.locator("[data-verdict]")).to_contain_text("the Sun does not set (polar day)")
    expect(panel.get_by_label("Longitude")).to_have_value("20,78")


@pytest.mark.parametrize(("query", "example"), [("site=nowhere", "palomar"), ("obs_date=2025-13-40", "2025-09-02")])
def test_a_bad_place_or_night_is_explained_and_leaves_the_other_panels_alone(
    screen: Screen, query: str, example: str
) -> None:
    screen.open(f"/object/{RISING}?{query}")
    panel = screen.expect_state("observability", "invalid")
    screen.expect_state("light-curve", "ready")
    panel.get_by_role("button", name=f"Use {example}").click()
    screen.expect_state("observability", "ready")
    assert screen.query()[query.split("=")[0]] == example


def test_the_table_and_the_figure_can_be_taken_away(screen: Screen) -> None:
    screen.open(GOOD_NIGHT)
    panel = screen.panel("observability")
    panel.locator("summary[title=Export]").click()
    with screen.page.expect_download() as started:
        panel.get_by_role("link", name="Table as CSV").click()
    assert started.value.suggested_filename == f"{RISING}_palomar_2025-09-04_archive.csv"
    with open(started.value.path(), encoding="utf-8", newline="") as file:
        best = max(csv.DictReader(file), key=lambda row: float(row["oddfinch:altitude_deg"]))
    assert best["oddfinch:utc"] == "2025-09-04 06:15:00"
    if not panel.get_by_role("button", name="Figure as SVG").is_visible():
        panel.locator("summary[title=Export]").click()
    with screen.page.expect_download() as started:
        panel.get_by_role("button", name="Figure as SVG").click()
    assert started.value.suggested_filename == f"{RISING}-palomar-2025-09-04.svg"


def test_stepping_through_the_alerts_does_not_ask_for_the_night_again(screen: Screen) -> None:
    screen.open(GOOD_NIGHT)
    screen.page.evaluate("document.querySelector('[data-panel=observability]').dataset.same = ''")
    screen.page.keyboard.press("ArrowLeft")
    screen.page.wait_for_function("new URLSearchParams(location.search).has('alert')")
    screen.rest()
    expect(screen.panel("observability")).to_have_attribute("data-same", "")
