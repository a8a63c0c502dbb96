"""Search, Status, addresses that are none of ours, and what a supervisor asks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.running import RunningApp
from tests.browser.screen import Screen

NIGHT = "/?night=2025-09-02"


def test_an_object_id_in_the_search_box_opens_the_object(screen: Screen) -> None:
    page = screen.open(NIGHT).page
    page.keyboard.press("/")
    page.keyboard.type("  ZTF25abixhdc ")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("ZTF25abixhdc")
    screen.is_page("object")


@pytest.mark.parametrize(
    ("text", "word"),
    [("ZTF25abixhdc2", "ZTF25abixhdc2"), ("10 20 30 +40 50 60", "60"), ("<b>x</b> & y", "<b>x</b> & y")],
)
def test_what_the_search_does_not_understand_it_explains_with_an_example(screen: Screen, text: str, word: str) -> None:
    page = screen.open("/status").page
    page.locator("#search-box").fill(text)
    page.keyboard.press("Enter")
    screen.is_page("search")
    assert screen.query() == {"q": text}
    panel = screen.expect_state("search", "invalid")
    expect(panel).to_contain_text("Not understood")
    expect(panel.locator(".asked")).to_have_text(text)
    expect(panel.locator("mark")).to_have_text(word)
    expect(panel.get_by_role("link", name=re.compile("^Use "))).to_be_visible()


def test_an_empty_search_says_that_nothing_was_asked(screen: Screen) -> None:
    screen.open("/search")
    expect(screen.expect_state("search", "empty")).to_contain_text("Nothing asked yet")
    screen.page.locator("#search-box").fill("   ")
    screen.page.keyboard.press("Enter")
    screen.is_page("search")
    assert screen.query() == {}


def test_a_search_link_to_an_object_id_opens_the_object(screen: Screen) -> None:
    screen.page.goto(f"{screen.base}/search?q=ZTF25abixhdc", wait_until="commit")
    screen.is_page("object")
    expect(screen.page.locator("h1")).to_have_text("ZTF25abixhdc")


def test_status_lists_each_kind_of_call_with_its_last_success(screen: Screen) -> None:
    screen.open("/object/ZTF25abixhdc").open("/status").is_page("status")
    assert screen.states() == dict.fromkeys(("status-calls", "status-index", "status-cache"), "ready")
    for kind in ("anomaly", "objects", "cutouts"):
        expect(screen.page.locator(f'[data-call="{kind}"]')).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d"))
    expect(screen.panel("status-index")).to_contain_text(re.compile(r"(\d+) of \1"))


def test_an_address_that_is_none_of_ours_says_so_and_leads_back(screen: Screen) -> None:
    screen.open("/no/such/page?night=2025-09-02")
    expect(screen.expect_state("not-found", "empty")).to_contain_text("There is no page at this address")
    screen.page.get_by_role("link", name="Latest night").click()
    screen.is_page("night")


def test_the_header_names_the_source_and_leads_everywhere(screen: Screen) -> None:
    page = screen.open("/object/ZTF25abixhdc").page
    expect(page.locator("[data-kind=archive]")).to_contain_text("478 alerts")
    places = page.get_by_role("navigation", name="Places")
    places.get_by_role("link", name="Status").click()
    screen.is_page("status")
    expect(places.locator('[aria-current="page"]')).to_have_text("Status")
    places.get_by_role("link", name="Night").click()
    screen.is_page("night")
    expect(places.locator('[aria-current="page"]')).to_have_text("Night")


def test_the_page_has_a_language_a_title_and_one_heading(screen: Screen) -> None:
    for path in (NIGHT, "/object/ZTF25abixhdc", "/status"):
        screen.open(path)
        expect(screen.page.locator("html")).to_have_attribute("lang", "en")
        expect(screen.page.locator("h1")).to_have_count(1)
        expect(screen.page).to_have_title(re.compile("Oddfinch"))


def test_a_supervisor_is_told_that_all_is_well(archive_app: RunningApp) -> None:
    health = archive_app.health()
    assert health["status"] == "ok"
    assert health["source"] == "archive"
    assert health["index"]["rows"] == 131
