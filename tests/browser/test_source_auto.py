"""Without Fink a simulated sky stands in for it, says so, and gives way when Fink is back; what is kept goes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.local_fink.simulate import Order, simulate
from services.local_fink.sky import VERSION
from tests.browser.conftest import Guard
from tests.browser.running import ARCHIVE, RunningApp, free_port
from tests.browser.screen import Screen
from tests.browser.upstream import Upstream

REAL = "ZTF25abixhdc"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights of a simulated sky, instead of a year of them."""
    folder = tmp_path_factory.mktemp("sky") / "sky"
    simulate(folder, Order(nights=(date(2023, 12, 28), date(2023, 12, 31))))
    return folder


@pytest.fixture
def silent_fink() -> Iterator[Upstream]:
    """A Fink that is not listening yet."""
    upstream = Upstream([ARCHIVE], free_port())
    yield upstream
    upstream.stop()


@pytest.fixture  # named before `page` in the tests, so that it outlives their tabs
def app(tmp_path: Path, sky: Path, silent_fink: Upstream) -> Iterator[RunningApp]:
    """Oddfinch as somebody starts it who chose nothing, on a machine that has made its sample sky before."""
    kept = tmp_path / "cache" / f"sample-sky-{VERSION}"
    kept.parent.mkdir()
    kept.symlink_to(sky)
    running = RunningApp(tmp_path, "--api-url", silent_fink.url)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


def test_the_simulated_sky_gives_way_to_fink_when_somebody_asks_again(
    app: RunningApp, silent_fink: Upstream, page: Page
) -> None:
    screen = Screen(page, app.url)
    screen.open("/")
    notice = page.locator("#source-notice")
    expect(notice).to_contain_text("Fink did not answer.")
    expect(notice).to_contain_text("nothing in it was ever observed")
    expect(notice).to_contain_text("was refused a connection")
    expect(page.locator(".header .source")).to_contain_text("SIMULATED")
    simulated = page.locator("#night-grid .ag-center-cols-container .ag-row a").first.inner_text()
    assert simulated.startswith("ZTF00")

    notice.get_by_role("button", name="Try Fink again").click()
    expect(page.locator("#toast")).to_contain_text("Fink still does not answer")
    expect(notice).to_be_visible()

    silent_fink.start()
    notice.get_by_role("button", name="Try Fink again").click()
    expect(page.locator(".header .source")).to_contain_text("Fink live")
    expect(notice).to_be_hidden()
    screen.rest()
    expect(page.locator("#night-grid .ag-row a").first).not_to_contain_text("ZTF00")
    assert "SIMULATED" not in page.locator("body").inner_text()


def test_a_tab_keeps_its_sky_until_it_is_told_to_change(app: RunningApp, silent_fink: Upstream, page: Page) -> None:
    old = Screen(page, app.url)
    old.open("/")
    silent_fink.start()
    second = page.context.new_page()
    second.goto(app.url)
    second.get_by_role("button", name="Try Fink again").click()
    expect(second.locator(".header .source")).to_contain_text("Fink live")
    second.close()

    page.locator("#night-grid .ag-row a").nth(1).click()
    old.is_page("object")
    old.rest()
    assert page.url.split("/")[-1].startswith("ZTF00")
    assert old.states()["light-curve"] == "ready"
    expect(old.panel("light-curve")).to_contain_text("SIMULATED")
    expect(old.panel("cutouts").locator(".cut:not(.failed) canvas")).to_have_count(3)
    with page.expect_download() as download:
        old.panel("light-curve").locator("summary[title=Export]").click()
        old.panel("light-curve").get_by_role("link", name="CSV").first.click()
    assert "SIMULATED" in Path(download.value.path()).read_text()

    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("#source-notice")).to_contain_text("Fink answers again.")
    page.get_by_role("button", name="Show Fink's data").click()
    expect(page.locator(".header .source")).to_contain_text("Fink live")
    old.rest()
    expect(page.locator("#night-grid .ag-row a").first).not_to_contain_text("ZTF00")


def test_what_fink_said_before_goes_before_the_simulated_sky(
    page: Page, tmp_path: Path, fink: Upstream, guard: Guard
) -> None:
    guard.failed_loads_expected = True
    fink.well()
    first = RunningApp(tmp_path, "--api-url", fink.url)
    try:
        first.wait()
        Screen(page, first.url).open(f"/object/{REAL}")
        page.goto("about:blank")
    finally:
        first.stop()
    fink.stop()
    again = RunningApp(tmp_path, "--api-url", fink.url)
    try:
        again.wait()
        screen = Screen(page, again.url)
        screen.open(f"/object/{REAL}", rest=False)
        notice = page.locator("#source-notice")
        expect(notice).to_contain_text("Fink did not answer.")
        expect(notice).to_contain_text("What you see is what it said before")
        assert screen.states()["light-curve"] in {"ready", "stale"}
        assert "SIMULATED" not in page.locator("body").inner_text()
        fink.start()
        notice.get_by_role("button", name="Try Fink again").click()
        expect(notice).to_be_hidden()
    finally:
        page.close()  # before the app that it asks now and then
        again.stop()
        fink.well()
