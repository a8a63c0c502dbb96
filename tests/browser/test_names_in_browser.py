"""Names on arrival: in the address and in the search box."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.screen import Screen
from tests.browser.upstream import Mood, Upstream

RISING = "ZTF25abixhdc"


def test_a_name_that_is_one_object_goes_on_to_it_and_back_leads_past_both(screen: Screen) -> None:
    page = screen.open("/status").page
    page.evaluate("window.oddfinch.go('/object/ztf25ABIXHDC?mode=diffmag')")
    page.wait_for_url(f"**/object/{RISING}?mode=diffmag")
    expect(page.locator("h1")).to_have_text(RISING)
    page.go_back()
    screen.is_page("status")


def test_the_beginning_of_an_id_lists_what_begins_so(screen: Screen) -> None:
    screen.open("/object/ZTF25ab")
    panel = screen.expect_state("arrival", "ready")
    expect(panel).to_contain_text("16 objects among the anomalies at hand begin with ZTF25ab.")
    panel.get_by_role("link", name=RISING).click()
    screen.is_page("object")
    expect(screen.page.locator("h1")).to_have_text(RISING)


def test_a_name_that_nobody_gave_is_empty_and_says_who_was_asked(screen: Screen) -> None:
    screen.open("/object/SN%202099zzz")
    panel = screen.expect_state("arrival", "empty")
    expect(panel).to_contain_text("/api/v1/resolver")
    expect(panel).to_contain_text("SN 2099zzz")


def test_the_search_box_takes_a_name_and_the_beginning_of_one(screen: Screen) -> None:
    page = screen.open("/status").page
    page.locator("#search-box").fill("ztf25abi")
    page.keyboard.press("Enter")
    screen.is_page("search")
    panel = screen.expect_state("search", "ready")
    expect(panel).to_contain_text("objects among the anomalies at hand begin with ZTF25abi.")
    expect(panel.locator(f'tr[data-object-id="{RISING}"]')).to_contain_text("3 times")
    page.locator("#search-box").fill("SN 2099zzz")
    page.keyboard.press("Enter")
    screen.expect_state("search", "empty")


def test_silence_lists_what_the_anomalies_at_hand_know(live_screen: Screen, fink: Upstream) -> None:
    live_screen.open("/status")
    fink.mood = Mood.ERROR
    live_screen.open("/object/ZTF25abcyd")
    panel = live_screen.expect_state("arrival", "unavailable")
    expect(panel).to_contain_text("Fink did not answer")
    expect(panel.get_by_role("link", name="ZTF25abcydiy")).to_be_visible()
