"""The simulated sky in a browser: its newest night, the objects made for tours, and SIMULATED on all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SKY_NIGHTS
from tests.browser.screen import Screen

NEWEST = SKY_NIGHTS[1].isoformat()
NIGHT_PANELS = ("night-calendar", "night-summary", "night-table", "night-preview")
OBJECT_PANELS = (
    *("object-summary", "light-curve", "cutouts", "label-reasons", "neighbourhood", "features", "observability"),
)
ROWS = ".ag-center-cols-container .ag-row"
LABELS = "(all) => all.map((picture) => picture.getAttribute('aria-label'))"


@pytest.fixture(scope="module")
def cast(sky_folder: Path) -> dict[str, list[str]]:
    """Objects of the night of the day by the part they play."""
    mark: dict[str, Any] = json.loads((sky_folder / "simulated.json").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = mark["night_of_the_day"]
    return found


def marked(screen: Screen, names: tuple[str, ...]) -> list[str]:
    """Those of some panels that say SIMULATED where it can be seen."""
    return [name for name in names if screen.panel(name).locator(".simulated").first.is_visible()]


def test_the_newest_night_has_ten_anomalies_with_sparklines_and_cutouts(
    over_sky: Screen, cast: dict[str, list[str]]
) -> None:
    page = over_sky.open("/").page
    expect(page.locator("h1")).to_have_text("Night of 31 December 2023")
    names = over_sky.rows()
    assert len(set(names)) == 10
    assert all(name.startswith("ZTF00") for name in names)
    assert {name for part in cast.values() for name in part} <= set(names)
    sparklines = page.locator(f"{ROWS} svg[role=img]")
    expect(sparklines).to_have_count(10)
    detections = [int(words.removeprefix("SIMULATED, ").split()[0]) for words in sparklines.evaluate_all(LABELS)]
    assert min(detections) >= 1
    expect(page.locator(f"{ROWS} .stamp-cell img")).to_have_count(10)
    page.wait_for_function(f"[...document.querySelectorAll('{ROWS} .stamp-cell img')].every((i) => i.naturalWidth)")


def test_every_panel_of_a_night_and_of_an_object_says_simulated(over_sky: Screen, cast: dict[str, list[str]]) -> None:
    over_sky.open(f"/?night={NEWEST}")
    assert over_sky.states() == dict.fromkeys(NIGHT_PANELS, "ready")
    assert marked(over_sky, NIGHT_PANELS) == list(NIGHT_PANELS)
    expect(over_sky.page.locator("header .source")).to_contain_text("SIMULATED")
    (supernova,) = cast["supernova"]
    over_sky.open(f"/object/{supernova}")
    assert set(over_sky.states().values()) == {"ready"}
    assert marked(over_sky, OBJECT_PANELS) == list(OBJECT_PANELS)
    expect(over_sky.page.locator("header .source")).to_contain_text("SIMULATED")
    captions = over_sky.page.locator("[data-caption]").evaluate_all("(all) => all.map((box) => box.dataset.caption)")
    assert captions
    assert all("SIMULATED" in words for words in captions)


def test_the_relabelled_object_shows_its_four_changes(over_sky: Screen, cast: dict[str, list[str]]) -> None:
    (relabelled,) = cast["relabelled object"]
    over_sky.open(f"/object/{relabelled}")
    timeline = over_sky.panel("classification-timeline")
    expect(timeline).to_have_attribute("data-changes", "4")
    labels = timeline.locator("[data-label]").evaluate_all("(all) => all.map((e) => e.dataset.label)")
    assert [label for label in labels if not label.startswith("no answer")][-1] == "CataclyV*"
    expect(over_sky.panel("object-summary")).to_contain_text("CataclyV*")


def test_the_supernova_has_cutouts_a_rise_and_an_alert_to_step_back_to(
    over_sky: Screen, cast: dict[str, list[str]]
) -> None:
    (supernova,) = cast["supernova"]
    page = over_sky.open(f"/object/{supernova}").page
    expect(over_sky.panel("cutouts").locator(".cut:not(.failed) canvas")).to_have_count(3)
    brightness = [magnitude for _, magnitude in over_sky.alerts().values()]
    assert min(brightness) < brightness[0] - 0.5
    before = list(over_sky.alerts())[-2]
    page.keyboard.press("ArrowLeft")
    over_sky.wait_query(alert=before)
    over_sky.rest()


def test_a_night_of_the_sky_is_downloaded_under_a_name_that_says_simulated(over_sky: Screen) -> None:
    page = over_sky.open(f"/?night={NEWEST}").page
    menu = over_sky.panel("night-table").locator("details.menu").first
    menu.locator("summary").click()
    with page.expect_download() as waiting:
        menu.get_by_role("link", name="CSV").click()
    assert "SIMULATED" in waiting.value.suggested_filename
    lines = waiting.value.path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 11
    assert all(line.endswith(",SIMULATED") for line in lines[1:])
