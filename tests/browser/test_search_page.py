"""The search: typed questions, wrong words, completion, what was asked last, links of the portal, and silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.running import RunningApp
from tests.browser.screen import Screen
from tests.browser.upstream import Mood, Upstream

LIST = 'class="SN candidate" after=2025-09-02 window=1'
LISTED = ["ZTF25abiwxmw", "ZTF25abcydiy"]
RESULTS = ("search", "search-table", "search-sky")
POINTS = """(gd) => gd.data.filter((t) => t.customdata).flatMap((t) => t.customdata.map((c) => c[0])).sort()"""
RING = """(gd) => { const ring = gd.data.find((t) => t.meta && t.meta.role === 'ring');
  for (const t of gd.data) for (const [n, c] of (t.customdata || []).entries()) {
    if (t.x[n] === ring.x[0] && t.y[n] === ring.y[0]) return c[0]; } return null; }"""


def ask(screen: Screen, text: str) -> Screen:
    """Type a question into the box, as from any page."""
    screen.page.keyboard.press("/")
    box = screen.page.locator("#search-box")
    expect(box).to_be_focused()
    box.fill(text)
    screen.page.keyboard.press("Enter")
    return screen


def sky(screen: Screen) -> Locator:
    return screen.panel("search-sky").locator(".js-plotly-plot[data-drawn]")


def ready(screen: Screen) -> None:
    for name in RESULTS:
        screen.expect_state(name, "ready")
    expect(screen.page.locator(".ag-center-cols-container .ag-row").first).to_be_visible()
    expect(sky(screen)).to_be_visible()


def test_a_typed_question_is_a_table_and_a_map(screen: Screen) -> None:
    ask(screen.open("/status"), LIST)
    ready(screen)
    assert screen.query()["q"] == LIST
    expect(screen.panel("search").locator("h2")).to_have_text("SN candidate, the newest 100, night 2 Sep 2025")
    assert set(screen.rows()) == set(LISTED)
    assert sky(screen).evaluate(POINTS) == sorted(LISTED)
    expect(screen.panel("search-sky")).to_contain_text("2 objects in all bands")
    expect(screen.page.locator("#search-box")).to_have_value(LIST)


def test_rows_and_the_map_choose_together_and_the_object_leads_back_to_the_same_view(screen: Screen) -> None:
    ask(screen.open("/status"), LIST)
    ready(screen)
    page = screen.page
    page.get_by_role("button", name="New only").click()
    screen.wait_query(only="new")
    page.get_by_role("button", name="New only").click()
    screen.wait_query(only=None)
    page.locator("h1").click()  # Enter on the filter would press it again
    first = screen.selected_row()
    other = next(name for name in LISTED if name != first)
    page.keyboard.press("j")
    while screen.selected_row() != other:
        page.keyboard.press("j")
    screen.wait_query(sel=other)
    page.wait_for_function(f"({RING})(document.querySelector('[data-sky-map] .js-plotly-plot')) === '{other}'")
    page.keyboard.press("Enter")
    screen.is_page("object")
    expect(page.locator("h1")).to_have_text(other)
    page.go_back()
    screen.is_page("search")
    ready(screen)
    assert (screen.query()["q"], screen.query()["sel"], screen.selected_row()) == (LIST, other, other)


def test_a_wrong_word_is_marked_and_what_was_meant_is_one_click_away(screen: Screen) -> None:
    ask(screen.open("/status"), 'class="SN candidatte" after=2025-09-02 window=1')
    panel = screen.expect_state("search", "invalid")
    expect(panel.locator("mark")).to_have_text('"SN candidatte"')
    panel.locator(".meant").get_by_role("link", name='class="SN candidate"').first.click()
    ready(screen)
    assert screen.query()["q"] == LIST


def options(screen: Screen) -> Locator:
    return screen.page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def test_classes_are_completed_by_keyboard(screen: Screen) -> None:
    page = screen.open("/status").page
    page.keyboard.press("/")
    page.keyboard.type("class=sn c")
    expect(options(screen).first).to_contain_text("SN candidate")
    box = page.get_by_role("combobox", name="Search")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options(screen).first).to_have_attribute("aria-selected", "true")
    active = options(screen).first.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", str(active))
    page.keyboard.press("Enter")
    expect(box).to_have_value('class="SN candidate" ')
    page.keyboard.type("after=2025-09-02 window=1")
    page.keyboard.press("Enter")
    ready(screen)
    assert screen.query()["q"] == LIST


def test_completion_closes_with_escape_and_leaves_the_text_alone(screen: Screen) -> None:
    page = screen.open("/status").page
    page.keyboard.press("/")
    page.keyboard.type('class="Ano')
    expect(options(screen).first).to_contain_text("Anomaly")
    page.keyboard.press("Escape")
    expect(options(screen)).to_have_count(0)
    expect(page.locator("#search-box")).to_be_focused()
    expect(page.locator("#search-box")).to_have_value('class="Ano')
    page.keyboard.press("Escape")
    expect(page.locator("#search-box")).not_to_be_focused()


def test_the_last_searches_are_kept_in_this_browser_until_they_are_forgotten(screen: Screen) -> None:
    page = screen.open("/status").page
    page.evaluate("localStorage.clear()")
    ask(screen, "last=zero")
    screen.expect_state("search", "invalid")
    ask(screen, "ZTF99")
    screen.expect_state("search", "invalid")
    screen.open("/search")
    kept = screen.panel("search").locator("[data-recent] li")
    expect(kept).to_have_text(["ZTF99", "last=zero"])
    page.keyboard.press("/")
    expect(options(screen)).to_have_text(["ZTF99asked before", "last=zeroasked before", "Forget these searches"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    screen.wait_query(q="last=zero")
    screen.open("/search")
    page.get_by_role("button", name="Forget them").click()
    expect(kept).to_have_count(0)
    assert page.evaluate("localStorage.length") == 0


def test_old_links_of_the_portal_keep_working(screen: Screen) -> None:
    page = screen.page
    page.goto(f"{screen.base}/?action=anomaly&last=3&before=2025-09-02", wait_until="commit")
    screen.wait_query(q="class=Anomaly last=3 before=2025-09-02")
    ready(screen)
    screen.wait_rows(3)
    page.goto(f"{screen.base}/?query=ZTF25abixhdc", wait_until="commit")
    page.wait_for_url("**/object/ZTF25abixhdc")
    page.goto(f"{screen.base}/ZTF25abixhdc", wait_until="commit")
    page.wait_for_url("**/object/ZTF25abixhdc")


@pytest.mark.parametrize("text", ["21:22:56.5 -10:00:47.6", "ztf25abix"])
def test_one_object_is_opened_and_back_leads_past_the_search(screen: Screen, text: str) -> None:
    ask(screen.open("/status"), text)
    screen.page.wait_for_url("**/object/ZTF25abixhdc")
    expect(screen.page.locator("h1")).to_have_text("ZTF25abixhdc")
    screen.rest()
    screen.page.go_back()
    screen.is_page("status")


def test_a_place_with_nothing_is_empty_and_says_what_was_asked(screen: Screen) -> None:
    ask(screen.open("/status"), "10 80")
    panel = screen.expect_state("search", "empty")
    expect(panel).to_contain_text("RA 10.00000°, Dec +80.00000°")
    expect(panel).to_contain_text("answered: 0 rows")
    expect(screen.panel("search-table")).to_be_hidden()
    panel.get_by_role("link", name="Look within 1′").click()
    screen.wait_query(q="10.00000 +80.00000 r=1m")


def test_without_fink_the_cache_and_the_anomalies_at_hand_are_shown_and_retry_brings_the_rest(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    ask(live_screen.open("/status"), LIST)
    ready(live_screen)
    fink.mood = Mood.ERROR
    live_screen.open(f"/search?q={LIST}")
    live_screen.expect_state("search-table", "ready")  # kept, and still fresh
    ask(live_screen, 'class="SN candidate" last=7 after=2025-09-02 window=1')
    panel = live_screen.expect_state("search", "unavailable")
    expect(panel).to_contain_text("Fink did not answer")
    live_screen.expect_state("search-table", "stale")
    expect(live_screen.panel("search-table")).to_contain_text("the anomalies at hand")
    ask(live_screen, "class=Anomaly before=2025-09-02 last=2")
    live_screen.expect_state("search-table", "ready")
    ask(live_screen, "10 81")
    live_screen.expect_state("search", "unavailable")
    fink.well()
    live_screen.panel("search").get_by_role("button", name="Retry now").click()
    live_screen.expect_state("search", "empty")


def test_retry_fills_the_table_and_the_map_too(live_screen: Screen, live_app: RunningApp, fink: Upstream) -> None:
    live_screen.open("/status")
    fink.mood = Mood.ERROR
    ask(live_screen, 'class="SN candidate" last=8 after=2025-09-02 window=1')
    live_screen.expect_state("search", "unavailable")
    live_screen.expect_state("search-table", "stale")
    fink.well()
    live_screen.panel("search").get_by_role("button", name="Retry now").click()
    ready(live_screen)
    live_screen.wait_rows(5)


def severe(found: dict[str, Any]) -> list[str]:
    return [f"{v['id']}: {v['help']}" for v in found["violations"] if v["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_results_and_in_the_list_under_the_box(screen: Screen, theme: str) -> None:
    screen.page.context.add_cookies([{"name": "oddfinch-theme", "value": theme, "url": screen.base}])
    screen.open(f"/search?q={LIST}")
    ready(screen)
    screen.page.locator("#search-box").fill("class=SN")
    expect(options(screen).first).to_be_visible()
    found = Axe().run(screen.page).response
    assert severe(found) == [], json.dumps(severe(found))


def test_nothing_scrolls_sideways_on_a_small_screen(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 1280, "height": 720})
    screen.open("/search?q=class%3DAnomaly+last%3D20")
    ready(screen)
    assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert screen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
