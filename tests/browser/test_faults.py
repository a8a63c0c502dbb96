"""Fink stopped, slow, failing or talking nonsense: stale or unavailable, never empty, and never a blocked page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Guard
from tests.browser.running import RunningApp, age_cache, free_port, wait_kept
from tests.browser.screen import Screen
from tests.browser.upstream import Mood, Upstream

HOURS = 3600.0
NOTHING_SAID = "This says nothing about the object itself."
DRAWN_AT = "Number(document.querySelector('[data-panel=light-curve] .js-plotly-plot').dataset.drawn)"
OBJECT_PANELS = (
    *("object-summary", "light-curve", "cutouts", "label-reasons", "neighbourhood", "features", "observability"),
)
# Every test that needs an object whose answers are not kept has one of its own, alone in its night: neighbours
# are fetched ahead.
COLD = {Mood.ERROR: "ZTF25aadhncf", Mood.HTML: "ZTF18abrtufy", Mood.TRUNCATED: "ZTF24aahkfdo"}


def test_what_is_kept_is_shown_with_its_age_while_fink_is_silent(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/object/ZTF25abixhdc")
    assert live_screen.states()["light-curve"] == "ready"
    assert age_cache(live_app.cache_dir, "ZTF25abixhdc", 3 * HOURS) >= 2
    fink.stop()
    live_screen.open("/object/ZTF25abixhdc", rest=False)
    curve = live_screen.expect_state("light-curve", "stale")
    expect(curve).to_contain_text("as of 3 h ago; Fink is not answering")
    expect(curve.locator(".js-plotly-plot")).to_be_visible()
    expect(curve.get_by_role("button", name="Ask again now")).to_be_visible()
    expect(live_screen.expect_state("object-summary", "stale")).to_contain_text("as of 3 h ago")

    fink.start()
    curve.get_by_role("button", name="Ask again now").click()
    expect(live_screen.expect_state("light-curve", "ready")).not_to_contain_text("not answering")


def test_without_anything_kept_a_silent_fink_is_unavailable_until_retry_brings_it(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    fink.stop()
    live_screen.open("/object/ZTF25abitcpd", rest=False)
    for name in OBJECT_PANELS:
        panel = live_screen.expect_state(name, "unavailable")
        expect(panel).to_contain_text("POST /api/v1/objects")
        expect(panel).to_contain_text(re.compile(r"at \d\d:\d\d:\d\d UTC"))
        expect(panel).to_contain_text(NOTHING_SAID)
    fink.start()
    for name in OBJECT_PANELS:
        live_screen.panel(name).get_by_role("button", name="Retry now").click()
        live_screen.expect_state(name, "ready")
    live_screen.rest()
    expect(live_screen.page.locator("h1")).to_have_text("ZTF25abitcpd")


def test_a_slow_fink_gives_skeletons_at_once_and_panels_one_by_one(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/status")
    fink.mood = Mood.SLOW
    page = live_screen.page
    live_screen.open("/object/ZTF25ablhwiw", rest=False)
    live_screen.is_page("object")
    assert live_screen.states() == dict.fromkeys(OBJECT_PANELS, "loading")
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    assert live_screen.states()["light-curve"] == "loading", "the page answers before Fink does"
    live_screen.expect_state("light-curve", "ready")
    assert live_screen.states()["cutouts"] == "loading"
    live_screen.expect_state("cutouts", "ready")
    live_screen.rest()


def test_a_slow_fink_does_not_hold_up_another_page(live_screen: Screen, live_app: RunningApp, fink: Upstream) -> None:
    fink.mood = Mood.HELD
    live_screen.open("/object/ZTF25aabzjns", rest=False)
    live_screen.is_page("object")
    live_screen.page.get_by_role("navigation", name="Places").get_by_role("link", name="Night").click()
    live_screen.is_page("night")
    live_screen.expect_state("night-table", "ready")
    assert fink.mood is Mood.HELD, "Fink has not said a word"
    fink.mood = Mood.OK


def test_a_slow_light_curve_does_not_hold_up_the_list_of_the_night(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    fink.mood = Mood.SLOW
    live_screen.open("/?night=2024-04-23&sel=ZTF18abmwkdy", rest=False)
    live_screen.expect_state("night-table", "ready")
    live_screen.wait_rows(2)
    assert live_screen.states()["night-preview"] == "loading"
    live_screen.expect_state("night-preview", "ready")


@pytest.mark.parametrize("mood", COLD)
def test_a_wrong_answer_is_unavailable_and_never_empty(
    live_screen: Screen, live_app: RunningApp, fink: Upstream, mood: Mood
) -> None:
    fink.mood = mood
    live_screen.open(f"/object/{COLD[mood]}")
    panel = live_screen.panel("light-curve")
    assert live_screen.states() == dict.fromkeys(OBJECT_PANELS, "unavailable")
    expect(panel).to_contain_text("Fink did not answer")
    expect(panel).to_contain_text(NOTHING_SAID)
    fink.mood = Mood.OK
    panel.get_by_role("button", name="Retry now").click()
    live_screen.expect_state("light-curve", "ready")


@pytest.mark.parametrize("mood", COLD)
def test_a_wrong_answer_does_not_replace_what_is_kept(
    live_screen: Screen, live_app: RunningApp, fink: Upstream, mood: Mood
) -> None:
    live_screen.open("/object/ZTF25abeepjx")
    age_cache(live_app.cache_dir, "light-curve/ZTF25abeepjx", 5 * HOURS)
    fink.mood = mood
    live_screen.open("/object/ZTF25abeepjx", rest=False)
    expect(live_screen.expect_state("light-curve", "stale")).to_contain_text("as of 5 h ago")
    fink.mood = Mood.OK
    live_screen.panel("light-curve").get_by_role("button", name="Ask again now").click()
    live_screen.expect_state("light-curve", "ready")


def test_old_answers_are_shown_at_once_and_renewed_behind_the_screen(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/object/ZTF25abubydw")
    age_cache(live_app.cache_dir, "ZTF25abubydw", 2 * HOURS)
    fink.mood = Mood.SLOW
    live_screen.open("/object/ZTF25abubydw", rest=False)
    curve = live_screen.expect_state("light-curve", "ready")
    expect(curve).to_contain_text("as of 2 h ago, refreshing")
    expect(curve).not_to_contain_text("refreshing")


def test_an_unknown_object_is_empty_also_on_live_fink(live_screen: Screen, live_app: RunningApp) -> None:
    live_screen.open("/object/ZTF99zzzzzzz")
    expect(live_screen.expect_state("light-curve", "empty")).to_contain_text("ZTF99zzzzzzz")


def test_fink_going_away_in_the_middle_of_a_night_breaks_nothing_that_is_known(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/?night=2025-09-02")
    fink.stop()
    page = live_screen.page
    page.locator('[data-key="later"]').click()
    expect(page.locator("h1")).to_have_text("Night of 3 September 2025")
    assert live_screen.expect_state("night-table", "ready")


def test_a_cold_object_page_asks_at_most_three_times_before_its_light_curve_is_drawn(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/status")
    fink.quiet()
    fink.forget()
    live_screen.open("/object/ZTF24aakvkte", rest=False)
    live_screen.page.wait_for_selector("[data-panel=light-curve] .js-plotly-plot[data-drawn]")
    drawn_at = live_screen.page.evaluate(DRAWN_AT) / 1000
    assert fink.calls(before=drawn_at).total() <= 3
    live_screen.rest()


def test_a_warm_object_page_asks_nothing(live_screen: Screen, live_app: RunningApp, fink: Upstream) -> None:
    for _ in range(2):  # the second time its neighbours in the night are known before its figure is drawn
        live_screen.open("/object/ZTF25abixhdc")
    near = live_screen.page.locator("a[data-key=previous], a[data-key=next]")
    ahead = near.evaluate_all("(all) => all.map((a) => a.pathname.split('/').pop())")
    assert len(ahead) == 2
    wait_kept(live_app.cache_dir, [f"light-curve/{name}" for name in ahead])
    fink.quiet()
    fink.forget()
    live_screen.open("/object/ZTF25abixhdc")
    assert fink.calls().total() == 0


def test_a_night_page_asks_for_no_list_that_is_in_memory(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    live_screen.open("/?night=2025-09-02")
    assert fink.calls()["anomaly"] == 0


@pytest.fixture(scope="module")
def orphan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app whose Fink was never there, with an empty cache."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    folder: Path = tmp_path_factory.mktemp("orphan")
    app = RunningApp(folder, "--source", "live", "--api-url", nowhere)
    try:
        app.wait(complete=False)
        yield app
    finally:
        app.stop()


def test_an_app_that_never_reached_fink_says_so_and_stays_usable(page: Page, guard: Guard, orphan: RunningApp) -> None:
    guard.failed_loads_expected = True
    screen = Screen(page, orphan.url)
    screen.open("/?night=2025-09-02", rest=False)
    table = screen.expect_state("night-table", "unavailable")
    expect(table).to_contain_text("POST /api/v1/anomaly")
    expect(table.get_by_role("button", name="Retry now")).to_be_visible()
    for name in ("night-calendar", "night-summary", "night-preview"):
        screen.expect_state(name, "unavailable")
    screen.open("/status")
    expect(page.locator('[data-call="anomaly"]')).to_contain_text("never")
    assert orphan.health()["status"] == "degraded"
