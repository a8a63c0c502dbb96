"""The JWST page: a file that is dropped on it, its rows and reasons, what is measured, what hostile files can do."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.running import ROOT
from tests.browser.screen import Screen

SAMPLE = ROOT.parent / "shared" / "data" / "jwst" / "MAST_allmix_100_with_anomaly_JWST.csv"
EXAMPLE = "/jwst?example=1&rows=600&tampered=30"
LINES = "[data-jwst-line]"
DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "text/csv" }));
  const target = document.querySelector("[data-page=jwst]");
  for (const kind of ["dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page, as the browser tells it."""
    page.evaluate(DROP, [name, base64.b64encode(content).decode()])


def opened(screen: Screen, path: str = "/jwst") -> Page:
    """The page once its place for a file is there."""
    screen.open(path)
    screen.page.wait_for_selector("[data-jwst-choose]")
    return screen.page


def example(screen: Screen, more: str = "") -> Page:
    """The built-in example with its rows on the screen."""
    page = opened(screen, EXAMPLE + more)
    screen.expect_state("jwst-load", "ready")
    return page


def hostile() -> bytes:
    """The example's rows with markup, formulas and endless names in them, and a heading that is markup."""
    from services.jwst.example import example as made

    frame = made(40, 1).frame.astype(object)
    marks = "<img src=x onerror='window.hacked=1'>"
    frame.loc[0, ["obs_id", "s_ra"]] = [marks, 400.0]
    frame.loc[1, ["obs_id", "s_dec"]] = ['=HYPERLINK("http://evil.invalid")', -100.0]
    frame.loc[2, ["dataproduct_type", "s_dec"]] = ["<script>window.hacked=1</script>", -100.0]
    frame.loc[3, ["target_name", "s_ra"]] = ["x" * 9_000 + marks, -5.0]
    frame[marks] = "=1+1"
    return bytes(frame.drop(columns="unreadable").to_csv(index=False).encode())


@pytest.fixture
def sample() -> bytes:
    if not SAMPLE.exists():
        pytest.skip(f"needs ../shared/data/jwst/{SAMPLE.name}, which is not here")
    return SAMPLE.read_bytes()


def test_a_dropped_sample_shows_twenty_rows_with_reasons_and_a_reload_keeps_it(screen: Screen, sample: bytes) -> None:
    page = opened(screen)
    drop(page, SAMPLE.name, sample)
    table = screen.expect_state("jwst-table", "ready")
    expect(table.locator(LINES)).to_have_count(20)
    expect(table.locator(".shown")).to_contain_text("20 of 120 shown, 100 hidden by filters")
    expect(table.locator(LINES).first).to_contain_text("is outside")
    expect(page.locator('[data-view*="all"]', has_text="All")).to_contain_text("120")
    page.locator(".jwst-counts button").first.click()
    page.locator(".filters button", has_text="Inconsistent").click()
    screen.wait_query(rule=screen.query()["rule"], only="inconsistent")
    table.locator(LINES).nth(3).click()
    row = table.locator(LINES).nth(3).get_attribute("data-jwst-line") or ""
    screen.wait_query(row=row)
    expect(page.locator(f"[data-jwst-shown='{row}']")).to_be_visible()
    asked = screen.query()
    assert "token" not in asked, "what opens the file is never in an address"
    page.reload()
    expect(screen.expect_state("jwst-table", "ready").locator(LINES)).to_have_count(20)
    expect(page.locator(f"[data-jwst-shown='{row}']")).to_be_visible()
    assert screen.query() == asked
    expect(page.locator(".jwst-counts [aria-pressed=true]")).to_have_count(1)


def test_a_link_to_a_view_of_a_file_says_that_the_file_is_needed(screen: Screen, sample: bytes) -> None:
    page = opened(screen, "/jwst?file=91dc56d88aa4&rule=release")
    expect(screen.expect_state("jwst-load", "empty")).to_contain_text("a file that is not sent with a link")
    drop(page, "renamed.csv", sample)
    expect(screen.expect_state("jwst-table", "ready").locator(LINES)).to_have_count(17)
    assert screen.query() == {"file": "91dc56d88aa4", "rule": "release"}, "the same bytes: the view stays"


def test_the_example_says_simulated_and_its_files_do_too(screen: Screen) -> None:
    page = example(screen)
    table = screen.expect_state("jwst-table", "ready")
    expect(table.locator(LINES)).to_have_count(30)
    screen.rest()
    panels = page.locator("[data-panel][data-state=ready]")
    expect(panels.locator(".simulated")).to_have_count(panels.count())
    with page.expect_download() as waiting:
        page.get_by_text("Report to sign").click()
    report = Path(waiting.value.path()).read_text()
    assert "SIMULATED" in waiting.value.suggested_filename
    assert re.search(r"SHA-256.*?[0-9a-f]{64}", report, re.DOTALL)
    assert "SIMULATED" in report
    assert "<script" not in report


def test_filters_rules_order_and_pages_come_back_with_the_address(screen: Screen) -> None:
    page = example(screen)
    table = screen.expect_state("jwst-table", "ready")
    table.locator(".filters button", has_text="No finding").click()
    table.get_by_role("button", name="Later rows").click()
    table.get_by_role("button", name="Row", exact=True).click()
    table.get_by_label("Product type").select_option("spectrum")
    screen.wait_query(only="consistent", type="spectrum", sort="row")
    screen.rest()
    rows = table.locator(LINES).evaluate_all("(all) => all.map((l) => +l.dataset.jwstLine)")
    assert rows == sorted(rows)
    page.reload()
    again = screen.expect_state("jwst-table", "ready")
    expect(again.get_by_label("Product type")).to_have_value("spectrum")
    assert again.locator(LINES).evaluate_all("(all) => all.map((l) => +l.dataset.jwstLine)") == rows
    page.keyboard.press("j")
    screen.wait_query(row=str(rows[1]))


def test_a_hostile_file_is_text_on_the_page_and_no_formula_in_a_file(screen: Screen) -> None:
    page = opened(screen)
    drop(page, "<img src=x onerror=window.hacked=1>.csv", hostile())
    table = screen.expect_state("jwst-table", "ready")
    expect(table).to_contain_text("<img src=x onerror=")
    screen.rest()
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("main img, main script").count() == 0
    with page.expect_download() as waiting:
        link = page.locator('[data-panel=jwst-table] a[href*="/jwst/rows.csv"]')
        link.evaluate("(a) => a.click()")
    rows = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text())))
    assert rows[1]["obs_id"].startswith("'=HYPERLINK")
    assert float(rows[1]["s_dec"]) == -100, "a number stays one"
    assert len(rows) == 40


def test_what_is_no_mast_export_is_invalid_and_says_what_was_expected(screen: Screen) -> None:
    page = opened(screen, EXAMPLE)
    screen.expect_state("jwst-table", "ready")
    drop(page, "shopping.csv", b"item,price\nmilk,1.20\n")
    said = screen.expect_state("jwst-load", "invalid")
    expect(said).to_contain_text("header with MAST's column names")
    expect(said).to_contain_text("s_ra")
    expect(page.locator("[data-panel=jwst-table]")).to_have_count(0)
    assert "Traceback" not in page.content()


def test_an_injection_is_measured_beside_the_published_numbers(screen: Screen) -> None:
    page = example(screen, "&tampered=0&tab=evaluate")
    page.get_by_label("Seed", exact=True).fill("3")
    page.get_by_role("button", name="Inject and measure").click()
    screen.wait_query(run="seed,1,in,120,3")
    results = page.locator("[data-panel=jwst-evaluate] .jwst-rates")
    expect(results).to_contain_text("120 of 120")
    expect(results.get_by_role("row", name="Catalogues")).to_contain_text("no rows")
    expect(screen.panel("jwst-comparison")).to_contain_text("876 of 999")
    expect(screen.panel("jwst-comparison")).to_contain_text("87.7 %")
    page.locator("[data-panel=jwst-curves] .js-plotly-plot[data-drawn]").wait_for()
    with page.expect_download() as waiting:
        page.locator('[data-panel=jwst-evaluate] a[href*="evaluation.json"]').evaluate("(a) => a.click()")
    records = json.loads(Path(waiting.value.path()).read_text())
    assert {r["detector"] for r in records} == {"rules and forest", "rules", "forest", "seed"}
    assert {r["source"] for r in records} == {"SIMULATED"}


def test_a_search_can_be_cancelled_and_run(screen: Screen) -> None:
    page = example(screen, "&tampered=0&tab=search")
    page.get_by_label("Draws").fill("60")
    page.get_by_role("button", name="Search for parameters").click()
    page.get_by_role("button", name="Cancel").click()
    screen.wait_query(search=None)
    expect(screen.expect_state("jwst-search", "ready")).to_contain_text("Nothing is searched yet")
    page.get_by_label("Draws").fill("1")
    page.get_by_role("button", name="Search for parameters").click()
    expect(screen.expect_state("jwst-draws", "ready").locator("tbody tr")).to_have_count(2)


@pytest.mark.parametrize(
    ("theme", "path"), [("light", "/jwst"), ("dark", EXAMPLE), ("beamer", EXAMPLE + "&tab=evaluate&run=seed,1,in,60,1")]
)
def test_axe_finds_nothing_serious_here(screen: Screen, theme: str, path: str) -> None:
    screen.page.context.add_cookies([{"name": "oddfinch-theme", "value": theme, "url": screen.base}])
    opened(screen, path)
    screen.rest()
    found = Axe().run(screen.page).response["violations"]
    severe = [
        f"{v['id']}: {v['help']}: {', '.join(str(n['target']) for n in v['nodes'][:6])}"
        for v in found
        if v["impact"] in {"serious", "critical"}
    ]
    assert not severe, "\n".join(severe)
