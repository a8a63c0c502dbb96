"""The period panel: folding in the browser, its state in the address, and what can be taken away."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.screen import Screen

RISING = "/object/ZTF25abixhdc?tab=period"
FOLDED = """(gd) => {
  const of = (role) => gd.data.find((t) => t.meta && t.meta.role === role);
  const fold = gd.data.filter((t) => t.meta && t.meta.fold);
  return { period: of('chosen').x[0], cycles: gd.layout.xaxis3.range[1], title: gd.layout.xaxis3.title.text,
    points: fold.reduce((n, t) => n + t.x.length, 0), mjd: fold[0].meta.mjd,
    x: fold[0].x.slice(0, fold[0].meta.mjd.length) };
}"""
PEAK_AT = """(gd, n) => {
  const t = gd.data.find((t) => t.meta && t.meta.role === 'peaks');
  const box = gd.getBoundingClientRect(), l = gd._fullLayout;
  return [box.left + l.xaxis2._offset + l.xaxis2.d2p(t.x[n]), box.top + l.yaxis2._offset + l.yaxis2.d2p(t.y[n]),
    t.x[n]];
}"""


def panel(screen: Screen, address: str = RISING) -> Locator:
    """The panel once its search is drawn, scrolled into view."""
    found = screen.open(address).expect_state("period", "ready")
    found.locator(".js-plotly-plot[data-drawn]").scroll_into_view_if_needed()
    return found


def folded(found: Locator) -> dict[str, Any]:
    facts: dict[str, Any] = found.locator(".js-plotly-plot").evaluate(FOLDED)
    return facts


def wait_period(screen: Screen, days: float) -> None:
    screen.page.wait_for_function(
        "(days) => { const gd = document.querySelector('[data-panel=period] .js-plotly-plot');"
        " const t = gd && gd.data.find((t) => t.meta && t.meta.role === 'chosen');"
        " return t && Math.abs(t.x[0] / days - 1) < 1e-6; }",
        arg=days,
    )


def test_a_typed_period_folds_without_the_server_and_is_restored_from_the_address(screen: Screen) -> None:
    found = panel(screen)
    asked: list[str] = []
    screen.page.on("request", lambda request: asked.append(request.url))
    field = found.get_by_label("Period", exact=True)
    field.fill("2.5")
    field.press("Enter")
    wait_period(screen, 2.5)
    screen.wait_query(fold="2.5")
    assert [url for url in asked if "/_dash-update-component" in url] == [], "the server was not asked"
    before = folded(found)
    assert "2.5 d" in before["title"]
    again = panel(screen, "/object/ZTF25abixhdc?" + screen.page.url.split("?")[1])
    assert folded(again)["x"] == pytest.approx(before["x"], abs=2e-5), "the server folds as the browser does"
    expect(again.get_by_label("Period", exact=True)).to_have_value("2.5")


def test_half_twice_and_one_cycle(screen: Screen) -> None:
    found = panel(screen, RISING + "&fold=3")
    found.get_by_role("button", name="Twice the period").click()
    wait_period(screen, 6)
    found.get_by_role("button", name="Half the period").click()
    wait_period(screen, 3)
    screen.wait_query(fold="3")
    assert folded(found)["points"] == 2 * 42
    found.get_by_role("button", name="1 cycle", exact=True).click()
    screen.wait_query(cycles="1")
    screen.page.wait_for_function(
        "() => document.querySelector('[data-panel=period] .js-plotly-plot').layout.xaxis3.range[1] === 1"
    )
    assert folded(found)["points"] == 42
    expect(found.get_by_role("button", name="1 cycle", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_peak_folds_from_the_list_and_from_the_figure(screen: Screen) -> None:
    found = panel(screen)
    button = found.locator("[data-period-fold]").nth(1)
    button.click()
    wait_period(screen, float(button.get_attribute("data-period-fold") or 0))
    expect(button).to_have_attribute("aria-pressed", "true")
    found.locator(".js-plotly-plot").scroll_into_view_if_needed()
    x, y, days = found.locator(".js-plotly-plot").evaluate(PEAK_AT, 0)
    screen.page.mouse.move(x, y)
    screen.page.mouse.click(x, y)
    wait_period(screen, days)
    assert screen.query()["fold"].startswith(f"{days:.4f}"[:5])


def test_the_slider_moves_phase_0_and_says_when_it_is(screen: Screen) -> None:
    found = panel(screen, RISING + "&fold=4")
    start = float(found.locator("[data-period-zero]").inner_text())
    found.get_by_label("Phase 0").fill("0.25")
    screen.wait_query(phase0="0.25")
    expect(found.locator("[data-period-zero]")).to_have_text(f"{start + 1:.4f}")
    screen.page.wait_for_timeout(50)
    facts = folded(found)
    assert facts["x"][0] == pytest.approx(((facts["mjd"][0] - start - 1) / 4) % 1, abs=2e-4)


def test_a_period_that_cannot_be_changes_nothing(screen: Screen) -> None:
    found = panel(screen, RISING + "&fold=4")
    field = found.get_by_label("Period", exact=True)
    field.fill("often")
    field.press("Enter")
    expect(screen.page.locator("#toast")).to_contain_text("A period is between")
    assert screen.query()["fold"] == "4"
    expect(field).to_have_value("4")


def test_another_shortest_period_searches_again_and_keeps_the_fold(screen: Screen) -> None:
    found = panel(screen, RISING + "&fold=4")
    field = found.get_by_label("Shortest period searched")
    field.fill("1.5")
    field.press("Enter")
    screen.wait_query(pmin="1.5", fold="4")
    expect(found.locator(".period-notes")).to_contain_text("1.5 to 19.13 d")
    expect(found.get_by_label("Period", exact=True)).to_have_value("4")


def test_folded_points_and_the_figure_are_files(screen: Screen) -> None:
    found = panel(screen, RISING + "&fold=4")
    names = {}
    for words in ("Folded points as CSV", "Figure as SVG", "Figure as PNG"):
        menu = found.locator("details", has=screen.page.get_by_label("Export"))
        menu.locator("summary").click()
        with screen.page.expect_download() as waiting:
            menu.get_by_text(words, exact=True).click()
        names[words] = (waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes())
        if menu.get_attribute("open") is not None:
            menu.locator("summary").click()
    name, body = names["Folded points as CSV"]
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert name == "ZTF25abixhdc-folded.csv"
    assert len(rows) == 42
    assert {row["oddfinch:period_d"] for row in rows} == {"4"}
    assert {row["oddfinch:source"] for row in rows} == {"Archive"}
    assert all(re.fullmatch(r"\d{19}|", row["i:candid"]) for row in rows)
    assert b"P = 4 d" in names["Figure as SVG"][1], "the caption names the period"
    assert names["Figure as PNG"][1].startswith(b"\x89PNG")


def test_too_few_detections_say_so(screen: Screen) -> None:
    screen.open("/object/ZTF18abtvjik?tab=period")
    expect(screen.expect_state("period", "empty")).to_contain_text("A search needs 10")
