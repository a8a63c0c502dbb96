"""The address bar as the state of a view, the keyboard, and the themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.screen import Screen

RISING = "ZTF25abixhdc"
NIGHT = "/?night=2025-09-02"
CALLBACK = "/_dash-update-component"


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def zoom_by_mouse(screen: Screen) -> None:
    """Draw a box over the middle of the light curve."""
    box = screen.panel("light-curve").locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    mouse = screen.page.mouse
    mouse.move(box["x"] + 0.45 * box["width"], box["y"] + 0.1 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"], steps=4)
    mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.6 * box["height"], steps=4)
    mouse.up()
    screen.page.wait_for_function("new URLSearchParams(location.search).has('zoom')")


def test_from_the_list_to_a_link_that_gives_somebody_else_the_same_view(
    screen: Screen, new_context: Callable[..., BrowserContext]
) -> None:
    page = screen.open(NIGHT).page
    page.locator('[data-filter="notns"]').click()
    screen.wait_rows(3)
    expect(page.locator("[data-shown]")).to_have_text("3 of 7 shown, 4 hidden by filters")
    page.locator('.ag-center-cols-container .ag-row:has-text("ZTF25abixhdc") [col-id="mag"]').click()
    screen.wait_query(sel=RISING)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(RISING)
    screen.rest()
    order = list(screen.alerts())
    start = order.index(screen.query()["alert"])
    for step in (1, 2):
        page.keyboard.press("ArrowLeft")
        screen.wait_query(alert=order[start - step])
    page.keyboard.press("m")
    screen.wait_query(mode="dcmag")
    screen.rest()
    page.keyboard.press("m")
    screen.wait_query(mode="diffflux")
    screen.rest()
    page.locator('[data-legend="limit"]').click()
    screen.wait_query(hide="limit")
    page.locator('[data-group="stretch"]').get_by_role("button", name="linear").click()
    screen.wait_query(stretch="linear")
    zoom_by_mouse(screen)
    screen.rest()
    mine = screen.object_view()
    page.keyboard.press("s")
    expect(page.locator("#toast")).to_contain_text("Copied")
    link = clipboard(page)
    assert link == page.url

    theirs = Screen(new_context().new_page(), "")
    theirs.open(link)
    assert theirs.object_view() == mine
    assert mine["alert"] == order[start - 2]
    assert mine["mode"] == "Difference flux"
    assert mine["figure"]["hidden"]
    assert theirs.page.url == link


def test_back_from_an_object_gives_the_list_as_it_was_and_forward_the_object(screen: Screen) -> None:
    page = screen.open(NIGHT).page
    page.locator('[data-filter="notns"]').click()
    screen.wait_rows(3)
    page.locator('.ag-center-cols-container .ag-row:has-text("ZTF25abixhdc") a').first.click()
    expect(page.locator("h1")).to_have_text(RISING)
    screen.rest()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("document.querySelector('[data-slot=cutouts]') && !document.querySelector('[data-busy]')")
    at_object = page.url
    page.go_back()
    expect(page.locator("h1")).to_have_text("Night of 2 September 2025")
    screen.wait_rows(3)
    assert screen.query()["only"] == "notns"
    page.go_forward()
    expect(page.locator("h1")).to_have_text(RISING)
    screen.rest()
    assert page.url == at_object
    expect(page.locator("[data-when]")).to_have_attribute("data-when", screen.query()["alert"])


def test_a_double_click_shows_the_whole_light_curve_again(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    before = screen.figure()
    zoom_by_mouse(screen)
    assert screen.figure()["x"] != before["x"]
    box = screen.panel("light-curve").locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box
    screen.page.mouse.dblclick(box["x"] + 20, box["y"] + 20)
    screen.wait_query(zoom=None)
    after = screen.figure()
    assert after["x"] == pytest.approx(before["x"])
    assert after["y"] == pytest.approx(before["y"])


def test_the_legend_hides_and_shows_and_the_address_says_so(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?hide=g")
    assert all(name.startswith("g ") for name in screen.figure()["hidden"])
    screen.page.locator('[data-legend="g"]').click()
    screen.wait_query(hide=None)
    assert screen.figure()["hidden"] == []


def test_j_and_k_walk_the_rows_and_enter_opens_one(screen: Screen) -> None:
    page = screen.open(NIGHT).page
    expect(screen.panel("night-preview")).to_contain_text("ZTF18adkvbzf")
    page.keyboard.press("j")
    screen.wait_query(sel="ZTF18abmasep")
    page.keyboard.press("j")
    screen.wait_query(sel="ZTF25abiwxmw")
    page.keyboard.press("k")
    screen.wait_query(sel="ZTF18abmasep")
    expect(screen.panel("night-preview")).to_contain_text("ZTF18abmasep")
    assert screen.selected_row() == "ZTF18abmasep"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("ZTF18abmasep")


def test_j_and_k_on_an_object_go_to_its_neighbours_in_the_night(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    page.keyboard.press("j")
    page.wait_for_function("(id) => !location.pathname.includes(id)", arg=RISING)
    screen.rest()
    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(RISING)


def test_arrow_keys_on_the_list_change_the_night(screen: Screen) -> None:
    page = screen.open(NIGHT).page
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Night of 3 September 2025")
    screen.rest()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_have_text("Night of 2 September 2025")


def test_m_goes_through_the_brightness_modes(screen: Screen) -> None:
    screen.open("/object/ZTF18abmasep")
    # It opens in its apparent magnitude, because there is a source behind it.
    for mode in ("diffflux", "dcflux", "diffmag", "dcmag"):
        screen.page.keyboard.press("m")
        screen.wait_query(mode=mode)
        screen.rest()


def test_keys_are_only_letters_while_somebody_types(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    address = page.url
    page.keyboard.press("/")
    expect(page.locator("#search-box")).to_be_focused()
    page.keyboard.type("mjks?/")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#search-box")).to_have_value("mjks?/")
    expect(page.locator("#help")).to_be_hidden()
    assert page.url == address
    page.keyboard.press("Escape")
    expect(page.locator("#search-box")).not_to_be_focused()


def test_a_question_mark_lists_the_keys_and_escape_closes_the_list(screen: Screen) -> None:
    page = screen.open("/status").page
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help")).to_contain_text("next brightness mode")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_the_theme_changes_without_asking_the_server_and_stays(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if CALLBACK in request.url else None)
    before = screen.figure()["ink"]
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = screen.figure()["ink"]
    assert dark != before
    assert asked == []
    page.reload()
    screen.rest()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert screen.figure()["ink"] == dark
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert screen.figure()["ink"] == before


def test_beamer_makes_the_type_half_as_large_again(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    size = "(name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize)"
    name = "[data-panel=object-summary] .facts-list dd"
    before = page.evaluate(size, name)
    page.locator("#beamer-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "beamer")
    assert page.evaluate(size, name) == pytest.approx(1.5 * before, rel=0.1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
    page.locator("#beamer-toggle").click()
    assert page.evaluate(size, name) == before


@pytest.mark.parametrize("path", [f"{NIGHT}&sel={RISING}&only=notns", f"/object/{RISING}?mode=diffflux", "/status"])
def test_reloading_leaves_the_address_and_the_states_alone(screen: Screen, path: str) -> None:
    screen.open(path)
    address, states = screen.page.url, screen.states()
    screen.page.reload()
    screen.rest()
    assert screen.page.url == address
    assert screen.states() == states
