"""Pulsating stars of the simulated sky on the object page, against what they were drawn with."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from playwright.sync_api import Locator, expect

from services.local_fink.simulate import Order, Sky
from tests.browser.conftest import SKY_NIGHTS
from tests.browser.screen import Screen
from tests.browser.test_object_page import bands
from tests.browser.test_period_panel import folded, wait_period

PERCENT = 0.01
PANELS = ("object-summary", "light-curve", "cutouts", "label-reasons", "neighbourhood", "features", "period")
POINTS = """(gd) => {
  const found = {};
  for (const t of gd.data)
    if (t.meta && t.meta.lane === 'curve' && ['detection', 'negative'].includes(t.meta.kind))
      found[t.meta.band] = (found[t.meta.band] || 0) + t.x.length;
  return found;
}"""


@pytest.fixture(scope="module")
def stars() -> dict[str, list[tuple[str, float]]]:
    """Id and period in days of the objects of the sky, by their SIMBAD label; those with most alerts first."""
    alerts: Counter[str] = Counter()
    periods: dict[str, dict[str, float]] = {}
    for parts in Sky(Order(nights=SKY_NIGHTS)).nights(lambda done, nights: None):
        for source in (part.seen.source for part in parts):
            alerts[source.object_id] += 1
            if "period" in source.model.facts:
                periods.setdefault(source.label, {})[source.object_id] = float(source.model.facts["period"])
    return {
        label: sorted(found.items(), key=lambda star: (-alerts[star[0]], star[0])) for label, found in periods.items()
    }


def look(screen: Screen, object_id: str) -> Locator:
    """The period panel of an object, on a page that is drawn."""
    screen.open(f"/object/{object_id}?tab=period")
    return screen.expect_state("period", "ready")


def says_who_it_is(screen: Screen, object_id: str, label: str, family: str) -> None:
    """Name, class with its origin and colour, counts that are those of the points, and SIMULATED on every panel."""
    expect(screen.page.locator("h1")).to_have_text(object_id)
    chip = screen.panel("object-summary").locator(".chip").first
    expect(chip.locator("b")).to_have_text(re.compile(label))
    expect(chip.locator(".origin")).to_have_text("SIMBAD")
    expect(screen.panel("object-summary").locator(f".chip .fam-{family}, .chip.fam-{family}").first).to_be_visible()
    assert screen.pressed("mode") == "Apparent mag"
    expect(screen.panel("light-curve").locator(".curve-note")).to_contain_text("source lies")
    drawn = screen.panel("light-curve").locator(".js-plotly-plot").evaluate(POINTS)
    assert {band: counts[0] for band, counts in bands(screen).items() if counts[0]} == drawn
    for name in PANELS:
        expect(screen.panel(name).locator(".simulated").first).to_be_visible()
    captions = screen.page.locator("[data-caption]").evaluate_all("(all) => all.map((box) => box.dataset.caption)")
    assert len(captions) == 2
    assert all("SIMULATED" in words for words in captions)


def peaks(found: Locator) -> list[float]:
    """Periods of the listed peaks, in days."""
    buttons = found.locator("[data-period-fold]").evaluate_all("(all) => all.map((b) => +b.dataset.periodFold)")
    return [float(days) for days in buttons]


@pytest.mark.parametrize("which", [0, 1])
def test_the_period_of_an_rr_lyrae_is_found_or_one_click_away(
    over_sky: Screen, stars: dict[str, list[tuple[str, float]]], which: int
) -> None:
    object_id, true = stars["RRLyr"][which]
    found = look(over_sky, object_id)
    says_who_it_is(over_sky, object_id, "^RRLyr(ae)?$", "PU")  # SIMBAD changed the word
    listed = peaks(found)
    at = next(n for n, days in enumerate(listed) if abs(days / true - 1) < PERCENT)
    first = found.locator("[data-period-fold][aria-pressed=true]")
    best = float(first.get_attribute("data-period-fold") or 0)
    expect(found.locator(".period-verdict")).to_contain_text(f"Best: {best:.3f}")
    button = found.locator("[data-period-fold]").nth(at)
    if best != listed[at]:  # the alerts alone cannot tell it from its aliases: the panel says that they are
        expect(button.locator(".alias")).to_contain_text("alias")
    button.click()
    wait_period(over_sky, listed[at])
    facts = folded(found)
    assert facts["period"] == pytest.approx(true, rel=PERCENT)
    assert facts["points"] == 2 * sum(counts[0] for counts in bands(over_sky).values())
    assert abs(float(over_sky.query()["fold"]) / true - 1) < PERCENT
    expect(button).to_have_attribute("aria-pressed", "true")


def test_a_mira_that_was_seen_for_less_than_a_cycle_is_given_no_period(
    over_sky: Screen, stars: dict[str, list[tuple[str, float]]]
) -> None:
    object_id, true = stars["Mira"][0]
    found = look(over_sky, object_id)
    says_who_it_is(over_sky, object_id, "^Mira$", "LP")
    expect(found.locator(".period-verdict")).to_contain_text("No period can be told: one slow change over the ")
    field = found.get_by_label("Period", exact=True)
    assert float(field.input_value()) < true, "it starts with the length of the light curve"
    field.fill(f"{true:.2f}")
    field.press("Enter")
    wait_period(over_sky, float(f"{true:.2f}"))
    assert f"{true:.5g}"[:5] in folded(found)["title"]
