"""The TNS page in a browser: counterparts, filters, the draft of a report, and the mirror when Fink is silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from services.local_fink.simulate import Order, simulate
from tests.browser.conftest import Guard
from tests.browser.running import RunningApp, free_port
from tests.browser.screen import Screen
from tests.browser.upstream import Mood, Upstream

NIGHTS = (date(2023, 11, 20), date(2023, 12, 31))
ROW = "#tns-grid .ag-center-cols-container .ag-row"
SHOWN = re.compile(r"(\d+) of (\d+) shown, (\d+) hidden by filters")
SEVERE = {"serious", "critical"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated sky of six weeks, with its list of TNS objects."""
    made = tmp_path_factory.mktemp("tns-sky") / "sky"
    simulate(made, Order(nights=NIGHTS))
    return made


@pytest.fixture(scope="module")
def upstream(folder: Path) -> Iterator[Upstream]:
    """A Fink over that sky that can be told to misbehave."""
    fink = Upstream([folder], free_port())
    fink.start()
    yield fink
    fink.stop()


@pytest.fixture(scope="module")
def app(upstream: Upstream, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Oddfinch over the sky."""
    running = RunningApp(tmp_path_factory.mktemp("tns-app"), "--source", str(folder))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture
def tns(page: Page, app: RunningApp) -> Screen:
    """A tab on the page."""
    return Screen(page, app.url)


def opened(screen: Screen, query: str = "") -> Screen:
    """The page with its mirror there and its table drawn."""
    screen.open(f"/tns{query}", rest=False)
    screen.expect_state("tns-mirror", "ready")
    screen.expect_state("tns-table", "ready")
    expect(screen.page.locator("#tns-grid[data-bound]")).to_be_visible()
    expect(screen.page.locator(ROW).first).to_be_visible()
    return screen


def counts(screen: Screen) -> tuple[int, ...]:
    """Rows shown, rows in all, rows hidden."""
    found = SHOWN.search(screen.panel("tns-table").locator(".shown").inner_text())
    assert found
    return tuple(map(int, found.groups()))


def pill(screen: Screen, name: str) -> str:
    """Number of rows that a filter promises to leave."""
    return screen.page.locator(f'[data-tns-only="{name}"] .n').inner_text()


def test_known_objects_stand_first_with_name_type_and_who_was_first(tns: Screen) -> None:
    page = opened(tns).page
    first = page.locator(f"{ROW}[row-index='0']")
    expect(first).to_contain_text(re.compile(r"(SN|AT) 2099\w+"))
    expect(first.locator(".by.on").first).to_have_text(re.compile("[NPD]"))
    expect(first.locator(".first-bar i")).to_be_visible()
    expect(tns.panel("tns-table").locator(".simulated")).to_be_visible()
    expect(tns.panel("tns-mirror")).to_contain_text(re.compile(r"\d+ by name, \d+ within 2″"))
    assert counts(tns)[2] == 0


def test_the_unreported_filter_is_in_the_address_and_says_what_it_hides(tns: Screen) -> None:
    page = opened(tns).page
    promised = int(pill(tns, "unreported"))
    page.locator('[data-tns-only="unreported"]').click()
    tns.wait_query(only="unreported")
    shown, total, hidden = counts(tns)
    assert (shown, hidden) == (promised, total - promised)
    expect(page.locator(f"{ROW} .by.on")).to_have_count(0)
    opened(tns, "?only=unreported")
    assert counts(tns) == (shown, total, hidden)
    expect(page.locator('[data-tns-only="unreported"]')).to_have_attribute("aria-pressed", "true")
    page.locator('[data-tns-only="unreported"]').click()
    tns.wait_query(only=None)
    assert counts(tns)[2] == 0


def test_the_draft_of_a_report_is_copied_and_says_that_it_must_not_be_sent(tns: Screen) -> None:
    page = opened(tns, "?only=unreported").page
    page.locator(f"{ROW}[row-index='0'] [col-id='label']").click()
    panel = tns.expect_state("tns-object", "ready")
    object_id = panel.locator(".name a").inner_text()
    tns.wait_query(sel=object_id)
    expect(panel).to_contain_text("Oddfinch sends nothing")
    panel.get_by_role("button", name="Copy the draft").click()
    expect(page.locator("#toast")).to_contain_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("SIMULATED")
    assert f"Internal name: {object_id}" in text
    page.keyboard.press("j")
    expect(panel.locator(".name a")).not_to_have_text(object_id)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()
    tns.wait_query(sel=None, only="unreported")


def test_selection_sort_and_radius_come_back_with_the_address(tns: Screen) -> None:
    page = opened(tns).page
    page.locator(f"{ROW}[row-index='1'] [col-id='label']").click()
    object_id = tns.expect_state("tns-object", "ready").locator(".name a").inner_text()
    page.locator("#tns-grid .ag-header-cell[col-id='score']").click()
    tns.wait_query(sort="score:asc", sel=object_id)
    tns.view_button({"radius": "10"}).click()
    tns.wait_query(radius="10")
    expect(tns.panel("tns-mirror")).to_contain_text("within 10″")
    query = page.url.partition("?")[2]
    opened(tns, f"?{query}")
    expect(tns.panel("tns-object").locator(".name a")).to_have_text(object_id)
    expect(tns.view_button({"radius": "10"})).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#tns-grid .ag-header-cell[col-id='score']")).to_have_attribute("aria-sort", "ascending")


def test_the_table_is_downloaded_as_it_is_filtered(tns: Screen) -> None:
    page = opened(tns).page
    page.locator('[data-tns-only="known"]').click()
    tns.wait_query(only="known")
    shown = counts(tns)[0]
    menu = tns.panel("tns-table").locator("details.menu").first
    menu.locator("summary").click()
    with page.expect_download() as waiting:
        menu.get_by_role("link", name="CSV").click()
    assert "SIMULATED" in waiting.value.suggested_filename
    assert len(waiting.value.path().read_text(encoding="utf-8").splitlines()) == shown + 1


def test_axe_finds_nothing_serious_on_the_tns_page(tns: Screen) -> None:
    page = opened(tns, "?only=unreported").page
    page.locator(f"{ROW}[row-index='0'] [col-id='label']").click()
    tns.expect_state("tns-object", "ready")
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found = [v for v in Axe().run(page).response["violations"] if v["impact"] in SEVERE]
        assert not found, (theme, [(v["id"], [n["target"] for n in v["nodes"][:4]]) for v in found])


@pytest.fixture
def live(upstream: Upstream, tmp_path: Path, guard: Guard) -> Iterator[RunningApp]:
    """Oddfinch over real HTTP from that Fink, with nothing kept yet and no TNS table to be had."""
    guard.failed_loads_expected = True
    upstream.well()
    upstream.mood, upstream.about = Mood.HTML, "resolver"
    running = RunningApp(tmp_path, "--source", "live", "--api-url", upstream.url)
    try:
        running.wait()
        yield running
    finally:
        upstream.well()
        running.stop()


def test_the_mirror_serves_when_fink_is_silent_and_is_fetched_when_it_is_back(
    page: Page, live: RunningApp, upstream: Upstream
) -> None:
    screen = Screen(page, live.url)
    nights = f"?from={NIGHTS[0]}&to={NIGHTS[1]}"
    screen.open(f"/tns{nights}", rest=False)
    strip = screen.expect_state("tns-mirror", "unavailable")
    expect(strip).to_contain_text("web page")
    expect(strip.get_by_role("button", name=re.compile("one by one"))).to_be_visible()
    expect(screen.panel("tns-table")).to_contain_text("no TNS table to look in")
    expect(page.locator('[data-tns-only="unreported"]')).to_be_disabled()
    upstream.mood = Mood.OK
    strip.get_by_role("button", name="Fetch the TNS table").click()
    screen.expect_state("tns-mirror", "ready")
    expect(page.locator('[data-tns-only="unreported"]')).to_be_enabled()
    upstream.stop()
    opened(screen, nights)
    expect(page.locator(f"{ROW}[row-index='0']")).to_contain_text(re.compile(r"(SN|AT) 2099\w+"))
