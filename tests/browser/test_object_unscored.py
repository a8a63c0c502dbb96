"""Alerts that have no anomaly score: said as such, never as zero, and never as an outage."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

RAW = "ZTF19acmbuei"
"""Only a packet of ZTF itself is there (its publisher is not Fink): Fink has never said anything about it."""
BEFORE_SCORES = "ZTF18abskozm"
"""Fink's packet of 2019: there was no anomaly score yet, and no features."""
ZERO = "ZTF18acenqto"
"""One alert alone, for which Fink wrote 0.0: no features, so no score."""
READY = ("object-summary", "light-curve", "classification-timeline", "label-reasons", "neighbourhood", "observability")
EMPTY = ("score-timeline", "cutouts", "features")
SCORES = "(gd) => gd.data.filter((t) => t.meta && t.meta.lane === 'score').flatMap((t) => [...t.y]).filter(Boolean)"


def test_a_packet_that_fink_never_processed_is_nothing_there_and_no_outage(screen: Screen) -> None:
    screen.open(f"/object/{RAW}")
    assert set(screen.states().values()) == {"empty"}
    expect(screen.panel("light-curve")).to_contain_text("Asked POST /api/v1/objects")
    expect(screen.panel("light-curve")).to_contain_text(RAW)


@pytest.mark.parametrize("object_id", [BEFORE_SCORES, ZERO])
def test_an_object_that_was_never_scored_says_so_in_every_panel_that_needs_a_score(
    screen: Screen, object_id: str
) -> None:
    screen.open(f"/object/{object_id}")
    assert screen.states() == dict.fromkeys(READY, "ready") | dict.fromkeys(EMPTY, "empty")
    summary = screen.panel("object-summary")
    expect(summary.locator(".score-line")).to_contain_text("not scored")
    expect(summary).to_contain_text("Never in the top ten.")
    expect(summary.locator(".ranks .rank")).to_have_count(0)
    expect(screen.panel("light-curve")).to_contain_text("No alert of this object was scored")
    assert screen.panel("light-curve").locator(".js-plotly-plot").evaluate(SCORES) == []
    for band in "gr":
        expect(screen.panel("features")).to_contain_text(f"No features in {band}: ")
    expect(screen.panel("cutouts")).to_contain_text("these packets carry no stamps")
    expect(screen.panel("cutouts").get_by_role("button", name="Retry now")).to_have_count(0)
