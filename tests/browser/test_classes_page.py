"""The classes page in a browser: the documented table by one click, from a bar to its objects and back, outages."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from services.local_fink.sky.kinds import DOCUMENTED_COUNTS
from tests.browser.conftest import Guard
from tests.browser.running import RunningApp, free_port
from tests.browser.screen import Screen
from tests.browser.upstream import Upstream
from tests.sample import sample_sky

PANELS = ("class-histogram", "class-by-night", "class-expectation", "class-table")
DOCUMENTED = "/classes?from=2023-01-25&to=2023-05-22&spelling=raw"
ROWS = "(rows) => rows.map((r) => [r.dataset.class, r.cells[2].textContent])"
# Label and count of every bar, from top to bottom, as they are printed.
BARS = """(gd) => { const axis = gd._fullLayout.yaxis, t = gd.data.find((t) => t.meta.role === 'numbers');
  const count = (n) => +t.text[n].match(/<b>([\\d,]+)/)[1].replace(',', '');
  return axis.ticktext.map((label, n) => [label.replace(/<.?b>/g, ''), count(n)]); }"""
# Where a bar's label stands in the window.
PLACE = """(gd, label) => { const axis = gd._fullLayout.yaxis, box = gd.getBoundingClientRect();
  const n = axis.ticktext.findIndex((t) => t.replace(/<.?b>/g, '') === label);
  return [box.left + 40, box.top + axis._offset + axis.d2p(axis.tickvals[n])]; }"""


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Oddfinch over the sample sky."""
    app = RunningApp(tmp_path_factory.mktemp("classes"), "--source", str(sample_sky(tmp_path_factory)))
    try:
        app.wait()
        yield app
    finally:
        app.stop()


@pytest.fixture
def over_sky(page: Page, sky: RunningApp) -> Screen:
    """A tab on the sample sky."""
    return Screen(page, sky.url)


def lines(screen: Screen) -> dict[str, int]:
    """Label and alerts of every row of the table."""
    found = screen.panel("class-table").locator("tr[data-class]").evaluate_all(ROWS)
    return {label: int(count.replace(",", "")) for label, count in found}


def bars(screen: Screen) -> list[tuple[str, int]]:
    found = screen.panel("class-histogram").locator(".js-plotly-plot").evaluate(BARS)
    return [(label, count) for label, count in found]


def click_bar(screen: Screen, label: str) -> None:
    x, y = screen.panel("class-histogram").locator(".js-plotly-plot").evaluate(PLACE, label)
    screen.page.mouse.click(x, y)


def pressed(screen: Screen) -> dict[str, str]:
    """The chosen button of every group."""
    found: list[tuple[str, str]] = screen.page.locator("[data-group]").evaluate_all(
        "(all) => all.map((g) => [g.dataset.group, g.querySelector('[aria-pressed=true]')?.innerText ?? ''])"
    )
    return dict(found)


def view(screen: Screen) -> dict[str, Any]:
    """Everything that a link has to bring back."""
    return {
        "query": screen.query(),
        "pressed": pressed(screen),
        "bars": bars(screen),
        "table": lines(screen),
        "list": screen.panel("class-objects").inner_text(),
        "states": screen.states(),
    }


def test_the_documented_table_is_one_click_away(over_sky: Screen) -> None:
    page = over_sky.open("/classes").page
    over_sky.is_page("classes")
    page.get_by_role("button", name="Documentation example").click()
    over_sky.wait_query(**{"from": "2023-01-25", "to": "2023-05-22", "spelling": "raw", "by": "simbad"})
    expect(page.locator(".title-row .facts")).to_contain_text("660 anomalous alerts · 30 labels")
    over_sky.rest()
    assert lines(over_sky) == dict(DOCUMENTED_COUNTS)
    assert dict(bars(over_sky)) == dict(DOCUMENTED_COUNTS)
    assert [count for _, count in bars(over_sky)] == sorted(DOCUMENTED_COUNTS.values(), reverse=True)
    over_sky.panel("class-histogram").locator("details.code summary").click()
    expect(over_sky.panel("class-histogram").locator("details.code pre")).to_contain_text('groupby("d:cdsxmatch")')


def test_from_a_bar_to_its_objects_to_one_of_them_and_back(over_sky: Screen) -> None:
    page = over_sky.open(DOCUMENTED).page
    click_bar(over_sky, "Mira")
    over_sky.wait_query(pick="Mira")
    objects = over_sky.expect_state("class-objects", "ready")
    expect(objects).to_contain_text("65 alerts")
    over_sky.rest()
    before = view(over_sky)
    link = objects.locator("a.mono").first
    name = link.inner_text()
    link.click()
    over_sky.is_page("object")
    expect(page.locator("h1")).to_have_text(name)
    page.go_back()
    over_sky.is_page("classes")
    over_sky.expect_state("class-objects", "ready")
    over_sky.rest()
    assert view(over_sky) == before
    objects.get_by_role("button", name="Close the list").click()
    over_sky.wait_query(pick=None)
    expect(objects).to_have_count(0)


def test_a_link_brings_back_every_choice(over_sky: Screen) -> None:
    page = over_sky.open("/classes?from=2023-01-25&to=2023-12-31").page
    for name, patch in (
        ("Families", {"spelling": "family"}),
        ("Objects", {"unit": "objects"}),
        ("Log", {"scale": "log"}),
        ("Fink", {"by": "fink"}),
        ("Month", {"bin": "month"}),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        over_sky.wait_query(**patch)
        over_sky.rest()
    button = over_sky.panel("class-table").get_by_role("button", name="Cataclysmic", exact=True)
    button.click()
    over_sky.expect_state("class-objects", "ready")
    over_sky.rest()
    expect(over_sky.panel("class-table").get_by_role("button", name="Cataclysmic", exact=True)).to_be_focused()
    before = view(over_sky)
    assert before["pressed"] == {
        "by": "Fink",
        "unit": "Objects",
        "scale": "Log",
        "spelling": "Families",
        "bin": "Month",
    }
    page.reload()
    over_sky.expect_state("class-objects", "ready")
    over_sky.rest()
    assert view(over_sky) == before


def test_nights_are_typed_and_wrong_ones_explained(over_sky: Screen) -> None:
    page = over_sky.open("/classes").page
    menu = page.locator("details.nights")
    menu.locator("summary").click()
    page.get_by_label("First night").fill("2023-13-01")
    page.get_by_label("Last night").fill("2023-02-28")
    menu.get_by_role("button", name="Show").click()
    expect(over_sky.expect_state("class-histogram", "invalid")).to_contain_text("2023-13-01 is not a date")
    menu.locator("summary").click()
    menu.get_by_role("button", name="All nights").click()
    over_sky.expect_state("class-histogram", "ready")
    over_sky.wait_query(**{"from": "2023-01-25", "to": None})


def test_the_counts_are_downloaded_under_a_name_that_says_simulated(over_sky: Screen) -> None:
    page = over_sky.open(DOCUMENTED).page
    menu = over_sky.panel("class-table").locator("details.menu").first
    menu.locator("summary").click()
    with page.expect_download() as waiting:
        menu.get_by_role("link", name="CSV").click()
    assert "SIMULATED" in waiting.value.suggested_filename
    with waiting.value.path().open(encoding="utf-8", newline="") as file:
        counts = {row["oddfinch:label"]: int(row["oddfinch:alerts"]) for row in csv.DictReader(file)}
    assert counts == dict(DOCUMENTED_COUNTS)
    for name in PANELS:
        expect(over_sky.panel(name).locator(".simulated").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark", "beamer"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_small_screen(over_sky: Screen, theme: str) -> None:
    page = over_sky.page
    page.context.add_cookies([{"name": "oddfinch-theme", "value": theme, "url": over_sky.base}])
    page.set_viewport_size({"width": 1280, "height": 720})
    over_sky.open(f"{DOCUMENTED}&pick=Mira")
    found = Axe().run(page).response["violations"]
    severe = [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] in {"serious", "critical"}]
    assert not severe
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_while_fink_is_silent_the_counts_stay_and_what_is_missing_says_so(
    live_screen: Screen, live_app: RunningApp, fink: Upstream
) -> None:
    fink.stop()
    live_screen.open("/classes?from=2023-11-01&to=2023-11-30", rest=False)  # no other test asks for counts of 2023
    for name in ("class-histogram", "class-by-night", "class-table"):
        expect(live_screen.panel(name)).to_have_attribute("data-state", "ready")
    live_screen.expect_state("class-expectation", "unavailable")
    expect(live_screen.panel("class-expectation")).to_contain_text("POST /api/v1/statistics")
    fink.start()
    live_screen.panel("class-expectation").get_by_role("button", name="Retry now").click()
    live_screen.expect_state("class-expectation", "ready")


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app whose Fink was never there."""
    app = RunningApp(
        tmp_path_factory.mktemp("nobody"), "--source", "live", "--api-url", f"http://127.0.0.1:{free_port()}"
    )
    try:
        app.wait(complete=False)
        yield app
    finally:
        app.stop()


def test_without_fink_and_without_a_cache_every_panel_says_so(page: Page, guard: Guard, nobody: RunningApp) -> None:
    guard.failed_loads_expected = True
    screen = Screen(page, nobody.url).open("/classes?from=2025-09-01&to=2025-09-30", rest=False)
    for name in PANELS:
        panel = screen.expect_state(name, "unavailable")
        expect(panel).to_contain_text("POST /api/v1/anomaly")
        expect(panel.get_by_role("button", name="Retry now")).to_be_visible()
