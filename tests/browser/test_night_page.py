"""The night page in a browser: the list, its filters, its nights, and what the address bar says about them."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

NIGHT = "/?night=2025-09-02"
BY_SCORE = [
    "ZTF18adkvbzf",
    "ZTF18abmasep",
    "ZTF25abiwxmw",
    "ZTF25abixhdc",
    "ZTF25abcydiy",
    "ZTF25abgkhcw",
    "ZTF25aaqvqvd",
]
PANELS = ("night-calendar", "night-summary", "night-table", "night-preview")


def test_the_night_of_2_september_2025_shows_its_seven_anomalies_oddest_first(screen: Screen) -> None:
    screen.open(NIGHT)
    assert screen.rows() == BY_SCORE
    first = screen.page.locator('.ag-center-cols-container .ag-row[row-index="0"]')
    expect(first).to_contain_text("ZTF18adkvbzf")
    expect(first).to_contain_text("−0.0350")
    expect(screen.page.locator("h1")).to_have_text("Night of 2 September 2025")
    expect(screen.page.locator("[data-slot=night-title]")).to_contain_text("7 anomalies of 18 alerts")


def test_every_panel_of_a_night_comes_to_rest_in_a_state(screen: Screen) -> None:
    screen.open(NIGHT).is_page("night")
    assert screen.states() == dict.fromkeys(PANELS, "ready")
    expect(screen.page).to_have_title("Night · Oddfinch")


@pytest.mark.parametrize("name", ["new", "nosimbad", "notns", "norepeat"])
def test_a_quick_filter_leaves_as_many_rows_as_it_says_and_counts_what_it_hides(screen: Screen, name: str) -> None:
    screen.open(NIGHT)
    pill = screen.page.locator(f'[data-filter="{name}"]')
    left = int(re.findall(r"\d+", pill.inner_text())[-1])
    assert 0 < left < 7
    pill.click()
    screen.wait_rows(left)
    expect(screen.page.locator("[data-shown]")).to_have_text(f"{left} of 7 shown, {7 - left} hidden by filters")
    assert screen.query() == {"night": "2025-09-02", "only": name, **_selection(screen)}
    pill.click()
    screen.wait_rows(7)
    assert "only" not in screen.query()


def _selection(screen: Screen) -> dict[str, str]:
    return {k: v for k, v in screen.query().items() if k == "sel"}


def test_quick_filters_add_up_and_come_back_with_the_link(screen: Screen) -> None:
    screen.open(NIGHT)
    for name in ("nosimbad", "notns"):
        screen.page.locator(f'[data-filter="{name}"]').click()
    screen.wait_query(only="nosimbad,notns")
    screen.page.wait_for_function("!document.querySelector('[data-shown]').textContent.startsWith('7')")
    rows, words = screen.rows(), screen.page.locator("[data-shown]").inner_text()
    screen.page.reload()
    screen.rest()
    expect(screen.page.locator("[data-shown]")).to_have_text(words)
    assert screen.rows() == rows
    for name, pressed in (("nosimbad", "true"), ("notns", "true"), ("new", "false")):
        expect(screen.page.locator(f'[data-filter="{name}"]')).to_have_attribute("aria-pressed", pressed)


def test_a_filter_that_is_not_ours_hides_nothing(screen: Screen) -> None:
    screen.open(f"{NIGHT}&only=everything")
    assert screen.rows() == BY_SCORE


def test_a_sorted_column_is_in_the_address_and_comes_back_with_it(screen: Screen) -> None:
    screen.open(NIGHT)
    screen.page.locator('.ag-header-cell[col-id="ndet"] .ag-header-cell-label').click()
    screen.wait_query(sort="ndet:asc")
    screen.page.wait_for_function(
        "document.querySelector('.ag-center-cols-container [row-index=\"0\"]').getAttribute('row-id')"
        ".startsWith('ZTF25abiwxmw')"
    )
    screen.page.reload()
    screen.rest()
    assert screen.rows()[0] == "ZTF25abiwxmw"
    assert screen.rows()[-1] == "ZTF18adkvbzf"


def test_a_column_filter_in_the_address_is_applied_and_what_it_hides_is_counted(screen: Screen) -> None:
    model = {"label": {"filterType": "text", "type": "contains", "filter": "SN candidate"}}
    screen.open(f"{NIGHT}&filter={quote(json.dumps(model))}")
    screen.wait_rows(2)
    expect(screen.page.locator("[data-shown]")).to_have_text("2 of 7 shown, 5 hidden by filters")


def test_choosing_a_row_previews_its_object_and_names_it_in_the_address(screen: Screen) -> None:
    screen.open(NIGHT)
    expect(screen.panel("night-preview")).to_contain_text("ZTF18adkvbzf")
    screen.page.locator('.ag-center-cols-container .ag-row[row-index="3"] [col-id="mag"]').click()
    screen.wait_query(sel="ZTF25abixhdc")
    expect(screen.panel("night-preview")).to_contain_text("ZTF25abixhdc")
    screen.rest()
    assert screen.figure("night-preview")["ring"]
    screen.page.reload()
    screen.rest()
    expect(screen.panel("night-preview")).to_contain_text("ZTF25abixhdc")
    assert screen.selected_row() == "ZTF25abixhdc"


def test_nights_change_by_arrow_calendar_and_the_browsers_own_back_and_forward(screen: Screen) -> None:
    screen.open(NIGHT)
    heading = screen.page.locator("h1")
    screen.page.locator('[data-key="later"]').click()
    expect(heading).to_have_text("Night of 3 September 2025")
    screen.rest()
    screen.panel("night-calendar").locator('.calendar a[href="/?night=2025-09-04"]').click()
    expect(heading).to_have_text("Night of 4 September 2025")
    screen.page.go_back()
    expect(heading).to_have_text("Night of 3 September 2025")
    screen.page.go_back()
    expect(heading).to_have_text("Night of 2 September 2025")
    screen.rest()
    assert screen.rows() == BY_SCORE
    screen.page.go_forward()
    expect(heading).to_have_text("Night of 3 September 2025")


def test_the_calendar_counts_each_night_and_marks_the_chosen_one(screen: Screen) -> None:
    screen.open(NIGHT)
    chosen = screen.panel("night-calendar").locator('.calendar [aria-current="date"]')
    expect(chosen).to_have_text("7")
    expect(chosen).to_have_attribute("aria-label", "2 Sep 2025: 7 anomalies of 18 alerts, lowest score −0.0350")


def test_a_night_without_alerts_is_blank_and_says_so(screen: Screen) -> None:
    screen.open(NIGHT)
    blank = screen.panel("night-calendar").locator('.calendar [title="10 Sep 2025: no alerts in the archive"]')
    expect(blank).to_have_class("blank")
    expect(blank).to_be_empty()
    expect(screen.panel("night-calendar").locator(".calendar-key")).to_contain_text("blank: no alerts in the archive")
    assert not screen.panel("night-calendar").locator(".calendar .none").count()


def test_arrow_keys_move_the_focus_between_the_nights_of_the_calendar(screen: Screen) -> None:
    screen.open(NIGHT)
    screen.panel("night-calendar").locator('.calendar a[href="/?night=2025-09-02"]').focus()
    screen.page.keyboard.press("ArrowDown")
    assert screen.page.evaluate("document.activeElement.getAttribute('href')") == "/?night=2025-09-03"
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("h1")).to_have_text("Night of 3 September 2025")


def test_a_range_is_one_long_list_with_the_night_of_each_row(screen: Screen) -> None:
    screen.open("/?from=2025-09-01&to=2025-09-03")
    expect(screen.page.locator("h1")).to_have_text("Nights of 1 to 3 September 2025")
    total = int(screen.page.locator("[data-shown]").get_attribute("data-shown") or 0)
    assert total == len(screen.rows()) == 8 + 7 + 1
    nights = screen.page.locator('.ag-center-cols-container [col-id="night"]').all_inner_texts()
    assert set(nights) == {"2025-09-01", "2025-09-02", "2025-09-03"}


def test_a_range_can_be_typed(screen: Screen) -> None:
    screen.open(NIGHT)
    screen.page.get_by_role("link", name="Range").click()
    expect(screen.page.locator("#range")).to_be_visible()
    screen.rest()
    screen.page.locator("#from-box").fill("2025-09-01")
    screen.page.locator("#to-box").fill("2025-09-02")
    screen.page.get_by_role("button", name="Show").click()
    expect(screen.page.locator("h1")).to_have_text("Nights of 1 to 2 September 2025")
    assert {k: screen.query()[k] for k in ("from", "to")} == {"from": "2025-09-01", "to": "2025-09-02"}


def test_a_night_without_anomalies_is_empty_and_names_its_neighbours(screen: Screen) -> None:
    screen.open("/?night=2025-09-10")
    table = screen.expect_state("night-table", "empty")
    expect(table).to_contain_text("No anomalies on 10 September 2025")
    expect(table).to_contain_text("night=2025-09-10")
    expect(table).to_contain_text("That night has no alerts in the archive.")
    expect(table).to_contain_text("Nearest nights with anomalies: 5 Sep 2025")
    table.get_by_role("link", name="Previous with data").click()
    expect(screen.page.locator("h1")).to_have_text("Night of 5 September 2025")


def test_an_impossible_date_is_invalid_and_a_good_one_is_a_click_away(screen: Screen) -> None:
    screen.open("/?night=2025-13-40")
    table = screen.expect_state("night-table", "invalid")
    expect(table).to_contain_text("2025-13-40")
    assert not {"empty", "unavailable", "stale"} & set(screen.states().values())
    table.get_by_role("link", name=re.compile("^Use ")).click()
    expect(screen.page.locator("h1")).to_have_text(re.compile(r"^Night of \d"))
    screen.rest()
    assert "invalid" not in screen.states().values()


def test_a_range_that_ends_before_it_begins_is_invalid(screen: Screen) -> None:
    screen.open("/?from=2025-09-05&to=2025-09-01")
    expect(screen.expect_state("night-table", "invalid")).to_contain_text("before it begins")


@pytest.mark.parametrize("more", ["object_id=EVIL&foo=bar&foo=baz&sel=ZTF99zzzzzzz", "sel=&only=&sort=no:way"])
def test_what_the_address_says_beside_what_the_page_knows_is_ignored(screen: Screen, more: str) -> None:
    screen.open(f"{NIGHT}&{more}")
    assert sorted(screen.rows()) == sorted(BY_SCORE)
    assert screen.states() == dict.fromkeys(PANELS, "ready")


def test_without_a_night_in_the_address_the_newest_one_is_shown(screen: Screen) -> None:
    screen.open("/")
    expect(screen.page.locator("h1")).to_have_text("Night of 13 November 2025")
    assert screen.states() == dict.fromkeys(PANELS, "ready")


def test_markup_in_the_address_stays_text(screen: Screen) -> None:
    screen.open("/?night=" + quote("<img src=x onerror=alert(1)>"))
    expect(screen.expect_state("night-table", "invalid")).to_contain_text("<img src=x")
    assert screen.page.locator("img[src=x]").count() == 0
