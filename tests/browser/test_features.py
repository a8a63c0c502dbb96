"""Features, neighbourhood and the sentence of the summary, on real alerts."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.screen import Screen

OBJECT, BY_TWO = "ZTF25abixhdc", "ZTF25aauurnj"


def filled(screen: Screen) -> Screen:
    """Wait until the population is complete."""
    expect(screen.panel("features").locator(".note")).to_contain_text("cached anomalies, most extreme first")
    return screen


def test_the_strips_are_sorted_and_stand_at_their_percentiles(screen: Screen) -> None:
    filled(screen.open(f"/object/{OBJECT}"))
    panel = screen.panel("features")
    rows = panel.locator(".feature-table tbody tr")
    expect(rows).to_have_count(26)
    far = rows.evaluate_all(
        "(all) => all.map((row) => Math.max(-1, ...[...row.querySelectorAll('.feature-mark')]"
        ".map((m) => Math.abs(parseFloat(m.style.left) - 50))))"
    )
    assert far == sorted(far, reverse=True)
    first = rows.first
    said = first.locator(".feature-strip .sr-only").inner_text()
    shown = first.locator(".feature-mark").evaluate_all(
        "(all) => all.map((m) => { const s = m.parentElement.getBoundingClientRect(), b = m.getBoundingClientRect();"
        " return 100 * (b.x + b.width / 2 - s.x) / s.width; })"
    )
    wanted = [float(x) for x in re.findall(r"[\d.]+", said)]
    assert all(abs(a - b) < 1.5 for a, b in zip(shown, wanted, strict=True))


def test_missing_features_say_why_and_the_definitions_can_be_read(screen: Screen) -> None:
    filled(screen.open(f"/object/{BY_TWO}"))
    panel = screen.panel("features")
    expect(panel.locator(".feature-missing")).to_contain_text("features in g need more than the 2 detections")
    panel.get_by_text("What are these?").click()
    expect(panel.locator(".feature-meanings .sheet")).to_contain_text("Steepest change between two detections")


def test_a_step_to_another_alert_changes_features_and_sentence(screen: Screen) -> None:
    filled(screen.open(f"/object/{OBJECT}"))
    panel, line = screen.panel("neighbourhood"), screen.page.locator("[data-context-for]")
    expect(line).to_contain_text("PS1 source")
    before = panel.locator("[data-context-of]").get_attribute("data-context-of")
    screen.page.keyboard.press("ArrowLeft")
    expect(panel.locator("[data-context-of]")).not_to_have_attribute("data-context-of", str(before))
    expect(line).to_have_text(panel.locator("[data-context-of]").text_content() or "")


def test_the_neighbourhood_tells_nothing_from_no_answer(screen: Screen) -> None:
    screen.open(f"/object/{OBJECT}")
    words = screen.panel("neighbourhood").inner_text()
    assert "11.4″" in words
    assert "nothing within 1.5″" in words
    assert "did not answer" not in words
    with screen.page.expect_download() as waiting:
        screen.panel("neighbourhood").locator("summary[title=Export]").click()
        screen.page.get_by_text("Neighbourhood as CSV").click()
    assert waiting.value.suggested_filename.endswith("_archive.csv")
