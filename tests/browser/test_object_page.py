"""The object page in a browser: its facts, its alerts, its modes, and bad addresses."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.running import ARCHIVE
from tests.browser.screen import Screen

PANELS = ("object-summary", "light-curve", "classification-timeline", "score-timeline", "cutouts",
          "label-reasons", "neighbourhood", "features", "observability")  # fmt: skip
RISING = "ZTF25abixhdc"
CHANGING = "ZTF20abfcszi"
NO_ANSWER = "no answer"
POINT_AT = """(gd, candid) => {
  for (const t of gd.data) {
    const i = t.meta && t.meta.lane === 'curve' ? (t.customdata || []).indexOf(candid) : -1;
    if (i < 0) continue;
    const { xaxis, yaxis } = gd._fullLayout, box = gd.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.l2p(t.x[i]), box.top + yaxis._offset + yaxis.l2p(t.y[i])];
  }
}"""


def timeline(screen: Screen) -> list[tuple[str, int]]:
    """Labels with their numbers of alerts, in time order."""
    items = screen.panel("classification-timeline").locator("[data-label]")
    found = items.evaluate_all("(all) => all.map((e) => [e.dataset.label, +e.dataset.alerts])")
    return [(label, count) for label, count in found]


def bands(screen: Screen) -> dict[str, list[int]]:
    """Valid, low quality and limits of each band."""
    rows = screen.panel("object-summary").locator("[data-band]")
    found: dict[str, list[int]] = rows.evaluate_all(
        "(all) => Object.fromEntries(all.map((r) => [r.dataset.band,"
        " [...r.querySelectorAll('td')].slice(1).map((c) => +c.textContent)]))"
    )
    return found


def test_a_rising_source_has_42_detections_1_of_low_quality_and_22_limits(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    assert [sum(column) for column in zip(*bands(screen).values(), strict=True)] == [42, 1, 22]
    expect(screen.panel("light-curve").locator(".note").first).to_contain_text("42 detections, 22 limits")
    expect(screen.page.locator("h1")).to_have_text(RISING)
    expect(screen.page).to_have_title(f"{RISING} · Oddfinch")


def test_its_class_is_known_for_10_alerts_and_its_history_is_not_counted_as_classified(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    spans = timeline(screen)
    assert [span for span in spans if not span[0].startswith(NO_ANSWER)] == [("Ambiguous", 10)]
    assert spans[0][0].startswith(NO_ANSWER)
    expect(screen.panel("classification-timeline")).to_have_attribute("data-changes", "0")
    assert screen.panel("score-timeline").locator("li").count() == 10


def test_a_label_that_changes_is_shown_with_every_change(screen: Screen) -> None:
    screen.open(f"/object/{CHANGING}")
    spans = [span for span in timeline(screen) if not span[0].startswith(NO_ANSWER)]
    assert [label for label, _ in spans] == ["SN candidate", "Ambiguous", "SN candidate", "Star", "SN candidate"]
    counts = [count for _, count in spans]
    assert (counts[1], counts[3], sum(counts)) == (2, 1, 21)
    expect(screen.panel("classification-timeline")).to_have_attribute("data-changes", "4")
    screen.expect_state("score-timeline", "empty")


def test_every_panel_of_an_object_comes_to_rest_in_a_state(screen: Screen) -> None:
    screen.open(f"/object/{RISING}").is_page("object")
    assert screen.states() == dict.fromkeys(PANELS, "ready")


@pytest.mark.parametrize(
    ("words", "mode", "title"),
    [
        ("Apparent mag", "dcmag", "DC magnitude"),
        ("Difference flux", "diffflux", "Difference flux"),
        ("Flux", "dcflux", "DC flux"),
        ("Difference mag", "diffmag", "Difference magnitude"),
    ],
)
def test_each_brightness_mode_draws_its_own_axis_and_is_in_the_address(
    screen: Screen, words: str, mode: str, title: str
) -> None:
    screen.open("/object/ZTF18abmasep" + ("?mode=dcmag" if mode == "diffmag" else ""))
    screen.page.locator('[data-group="mode"]').get_by_role("button", name=words, exact=True).click()
    screen.wait_query(mode=mode)
    expect(screen.panel("light-curve").locator(".js-plotly-plot .ytitle")).to_contain_text(title)
    assert screen.pressed("mode") == words
    low, high = screen.figure()["y"]
    assert (low > high) is mode.endswith("mag"), "magnitudes grow downwards, fluxes upwards"


def test_a_mode_that_an_object_cannot_have_says_why_and_offers_one_it_can(screen: Screen) -> None:
    screen.open("/object/ZTF25abeqaoy?mode=dcmag")
    panel = screen.panel("light-curve")
    expect(panel.get_by_role("heading", name="is not defined here")).to_be_visible()
    panel.get_by_role("button", name="Use the difference magnitude").click()
    expect(panel.locator(".js-plotly-plot")).to_be_visible()
    screen.rest()
    assert screen.pressed("mode") == "Difference mag"


def test_arrow_keys_step_through_the_alerts_and_everything_follows(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?tab=alert-content")
    order = list(screen.alerts())
    before = screen.object_view()
    assert before["alert"] == order[-1]
    screen.page.keyboard.press("ArrowLeft")
    screen.wait_query(alert=order[-2])
    screen.wait_ring(order[-2])
    expect(screen.page.locator(f'[data-when="{order[-2]}"]')).to_be_visible()
    screen.rest()
    after = screen.object_view()
    assert all(order[-2] in source for source in after["stamps"])
    for part in ("when", "reasons", "content"):
        assert after[part] != before[part]
    assert after["states"] == before["states"]
    screen.page.keyboard.press("ArrowRight")
    screen.wait_query(alert=order[-1])
    screen.wait_ring(order[-1])


def test_stepping_stops_at_the_first_and_the_last_alert(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    order = list(screen.alerts())
    screen.page.keyboard.press("ArrowRight")
    screen.wait_ring(order[-1])
    screen.open(f"/object/{RISING}?alert={order[0]}")
    screen.page.keyboard.press("ArrowLeft")
    screen.wait_query(alert=order[0])
    screen.wait_ring(order[0])


def test_a_click_on_a_point_selects_its_alert(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    order = list(screen.alerts())
    lonely = order[5]
    figure = screen.panel("light-curve").locator(".js-plotly-plot")
    screen.page.mouse.click(*figure.evaluate(POINT_AT, lonely))
    screen.page.wait_for_function("new URLSearchParams(location.search).has('alert')")
    chosen = screen.query()["alert"]
    screen.wait_ring(chosen)
    assert chosen in order[3:8]


def test_the_buttons_beside_the_cutouts_step_too(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    order = list(screen.alerts())
    screen.page.get_by_role("button", name="Alert before").click()
    screen.wait_query(alert=order[-2])
    screen.wait_ring(order[-2])


def test_the_nights_in_the_top_ten_are_listed_and_lead_to_their_alerts(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    tiles = screen.panel("object-summary").locator("button[data-alert]")
    assert [re.sub(r"\s+", " ", t) for t in tiles.all_inner_texts()] == [
        "#3 4 Sep 2025",
        "#4 2 Sep 2025",
        "#2 1 Sep 2025",
    ]
    candid = tiles.last.get_attribute("data-alert") or ""
    tiles.last.click()
    screen.wait_query(alert=candid)
    screen.wait_ring(candid)


@pytest.mark.parametrize(("object_id", "valid"), [("ZTF18acenqto", 1), ("ZTF18aaqfhlj", 5), ("ZTF25aabvany", 1)])
def test_an_object_with_one_band_or_one_alert_is_drawn(screen: Screen, object_id: str, valid: int) -> None:
    screen.open(f"/object/{object_id}")
    counts = bands(screen)
    assert sum(count[0] for count in counts.values()) == valid
    assert sum(count[0] > 0 for count in counts.values()) == 1
    assert screen.states()["light-curve"] == "ready"
    assert len(screen.alerts()) == valid


def test_the_query_cannot_override_the_object_in_the_path(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?object_id=EVIL")
    expect(screen.page.locator("h1")).to_have_text(RISING)
    assert screen.states() == dict.fromkeys(PANELS, "ready")


@pytest.mark.parametrize(
    "query",
    ["foo=bar&mode=nonsense&zoom=1,2,3&hide=nothing", "zoom=a,b&alert=&mode=&stretch=no", "zoom=60922,60890"],
)
def test_a_query_that_makes_no_sense_changes_nothing(screen: Screen, query: str) -> None:
    screen.open(f"/object/{RISING}?{query}")
    assert screen.states() == dict.fromkeys(PANELS, "ready")
    figure = screen.figure()
    assert figure["hidden"] == []
    assert figure["title"] == "Difference magnitude"
    assert figure["x"][0] < 60890 < 60922 < figure["x"][1]


def test_an_alert_that_is_not_in_the_light_curve_is_said_to_be_missing(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?alert=123")
    expect(screen.panel("light-curve")).to_contain_text("Alert 123 is not in this light curve")


def test_an_object_that_does_not_exist_is_empty_and_says_what_was_asked(screen: Screen) -> None:
    screen.open("/object/ZTF99zzzzzzz")
    panel = screen.expect_state("light-curve", "empty")
    expect(panel).to_contain_text("ZTF99zzzzzzz")
    expect(panel).to_contain_text(re.compile(r"Asked POST /api/v1/objects at \d\d:\d\d UTC"))
    assert set(screen.states().values()) == {"empty"}


@pytest.mark.parametrize("object_id", ["ZTF25abixhdc2", "%3Cimg%20src%3Dx%3E"])
def test_an_id_that_cannot_be_one_is_invalid_and_a_good_one_is_shown(screen: Screen, object_id: str) -> None:
    screen.open(f"/object/{object_id}")
    panel = screen.expect_state("light-curve", "invalid")
    assert set(screen.states().values()) == {"invalid"}
    assert re.search(r"ZTF\d\d[a-z]{7}\b", panel.locator(".example").inner_text())


def test_a_column_of_the_alert_can_be_looked_for(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?tab=alert-content")
    content = screen.panel("alert-content")
    content.get_by_role("searchbox").fill("jdstarthist")
    expect(content.locator("tbody tr:visible").first).to_contain_text("i:jdstarthist")
    shown = content.locator("tbody tr:visible").all_inner_texts()
    assert len(shown) < 5
    assert all("jdstarthist" in text for text in shown)


def test_the_list_of_the_night_and_its_neighbours_are_one_step_away(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    screen.page.locator('[data-key="next"]').click()
    screen.page.wait_for_function("(id) => !location.pathname.includes(id)", arg=RISING)
    screen.rest()
    screen.page.locator('[data-key="previous"]').click()
    expect(screen.page.locator("h1")).to_have_text(RISING)
    screen.rest()
    screen.panel("object-summary").get_by_role("link", name="Night of 4 Sep 2025").click()
    expect(screen.page.locator("h1")).to_have_text("Night of 4 September 2025")
    screen.rest()
    expect(screen.page.locator(".ag-row-selected a").first).to_have_text(RISING)
    assert screen.query()["sel"] == RISING


def asked_of_dash(screen: Screen) -> list[str]:
    """Bodies of the questions that Dash asks from here on."""
    bodies: list[str] = []
    screen.page.on(
        "request", lambda r: bodies.append(r.post_data or "") if "/_dash-update-component" in r.url else None
    )
    return bodies


def test_a_step_to_another_alert_does_not_ask_for_the_light_curve(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    order = list(screen.alerts())
    asked = asked_of_dash(screen)
    screen.page.keyboard.press("ArrowLeft")
    screen.wait_ring(order[-2])
    screen.rest()
    redrawn = set(re.findall(r'"id":\{"kind":"slot","panel":"([^"]+)"', "".join(asked)))
    assert {"object-summary", "label-reasons"} <= redrawn
    assert "light-curve" not in redrawn


def test_the_first_page_comes_without_a_question_to_the_router(screen: Screen) -> None:
    asked = asked_of_dash(screen)
    screen.open(f"/object/{RISING}")
    assert not any("_pages_content" in body for body in asked)
    expect(screen.page).to_have_title(f"{RISING} · Oddfinch")


def test_the_next_object_is_there_before_somebody_goes_to_it(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    page.wait_for_function("() => window.oddfinchAhead.size === document.querySelectorAll('.panel [data-key]').length")
    following = str(page.locator("[data-key=next]").get_attribute("href")).split("/")[-1].split("?")[0]
    asked = asked_of_dash(screen)
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text(following)
    expect(page).to_have_title(f"{following} · Oddfinch")
    screen.rest()
    assert not any("_pages_content" in body for body in asked)
    page.go_back()
    expect(page.locator("h1")).to_have_text(RISING)
    screen.rest()


def test_a_table_is_drawn_after_a_page_that_came_without_its_script(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    page.locator(".places a").first.click()
    screen.is_page("night")
    screen.rest()
    page.go_back()
    screen.is_page("object")
    page.reload(wait_until="commit")
    screen.is_page("object")
    page.go_forward()
    screen.is_page("night")
    screen.rest()
    assert screen.rows()


SEEN = """(gd) => {
  const of = (role) => gd.data.filter((t) => t.meta && t.meta.role === role);
  const inked = (t) => t.x.filter((x) => x !== null).length;
  const at = (role) => (of(role).length ? of(role)[0].x[0] : null);
  const shape = (name) => gd.layout.shapes.find((s) => s.name === name);
  const path = (name) => gd.querySelector(`.shapelayer path[data-index="${gd.layout.shapes.indexOf(shape(name))}"]`);
  return {
    rings: { curve: at('ring'), score: at('ring-score'), colour: at('ring-colour'), class: at('ring-class') },
    hairline: shape('hairline').x0,
    hairlineAt: +path('hairline').getAttribute('d').match(/M([\\d.]+)/)[1],
    expectedAt: gd._fullLayout.xaxis._offset + gd._fullLayout.xaxis.l2p(shape('hairline').x0),
    seen: of('seen').reduce((n, t) => n + inked(t), 0),
    ranks: of('ranks').flatMap((t) => t.text).filter(Boolean),
  };
}"""


def strips(screen: Screen) -> dict[str, Any]:
    """Where the selected alert is marked in every strip, and what else the figure says about it."""
    found: dict[str, Any] = screen.panel("light-curve").locator(".js-plotly-plot").evaluate(SEEN)
    return found


def real_curve(object_id: str) -> pd.DataFrame:
    """Valid detections as Fink gives them, by candid."""
    names = ("candid", "jd", "fid", "magpsf", "isdiffpos", "magnr", "distnr")
    rows = pd.read_parquet(
        ARCHIVE.with_name("objects.parquet"),
        columns=[f"i:{name}" for name in names],
        filters=[("i:objectId", "==", object_id), ("d:tag", "==", "valid")],
    )
    rows.columns = pd.Index(names)
    return rows.assign(candid=rows["candid"].astype("int64").astype(str)).set_index("candid")


@pytest.mark.parametrize(
    ("object_id", "title"),
    [
        (RISING, "Difference magnitude"),
        ("ZTF25abcydiy", "Difference magnitude"),
        ("ZTF25aauurnj", "Difference magnitude"),
        ("ZTF18abmasep", "DC magnitude"),
        (CHANGING, "DC magnitude"),
    ],
)
def test_values_on_the_screen_are_those_of_the_service_in_the_mode_that_suits(
    screen: Screen, object_id: str, title: str
) -> None:
    screen.open(f"/object/{object_id}")
    assert screen.figure()["title"] == title
    expect(screen.panel("light-curve").locator(".curve-note")).to_contain_text("because")
    real, drawn = real_curve(object_id), screen.alerts()
    total = title.startswith("DC")
    difference: pd.Series = 10 ** (-0.4 * real["magpsf"].astype(float)) * np.where(real["isdiffpos"] == "t", 1, -1)
    with np.errstate(invalid="ignore"):
        magnitudes = -2.5 * np.log10(10 ** (-0.4 * real["magnr"].astype(float)) + difference)
    expected = magnitudes if total else real["magpsf"].astype(float)
    shown = [candid for candid in real.index if candid in drawn]
    assert len(shown) >= 3
    for candid in shown:
        mjd, value = drawn[candid]
        assert mjd == pytest.approx(real["jd"][candid] - 2400000.5, abs=1e-6)
        assert value == pytest.approx(expected[candid], abs=1e-3)


def test_a_step_moves_the_mark_in_every_strip_and_counts_again_what_the_score_saw(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    alerts = screen.alerts()
    order, seen = list(alerts), screen.panel("light-curve").locator("[data-seen]")
    expect(seen).to_have_text("in the score (22 g, 20 r)")
    before = strips(screen)
    assert before["seen"] == 42
    screen.page.keyboard.press("ArrowLeft")
    screen.wait_ring(order[-2])
    expect(seen).to_have_text("in the score (21 g, 20 r)")
    after, mjd = strips(screen), alerts[order[-2]][0]
    assert {name: after["rings"][name] for name in ("curve", "score", "class")} == dict.fromkeys(
        ("curve", "score", "class"), mjd
    )
    assert after["rings"]["colour"] == pytest.approx(mjd, abs=0.3)
    assert (after["hairline"], after["seen"]) == (mjd, 41)
    assert after["hairlineAt"] == pytest.approx(after["expectedAt"], abs=0.1), "drawn where the figure says it is"
    first = next(candid for candid in order if candid)
    screen.page.keyboard.press("ArrowRight")
    screen.wait_ring(order[-1])
    screen.open(f"/object/{RISING}?alert={first}")
    expect(seen).to_be_hidden()
    assert strips(screen)["rings"]["score"] is None


def test_a_step_of_the_light_curve_is_done_in_a_tenth_of_a_second(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    took = screen.page.evaluate(
        "() => { const t = performance.now(); window.oddfinch.curve.step(-1); return performance.now() - t; }"
    )
    assert took < 100
    screen.rest()


def test_ranks_are_printed_at_the_scores_of_the_nights_in_the_top_ten(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    assert sorted(strips(screen)["ranks"]) == ["#2", "#3", "#4"]
    scores = screen.panel("score-timeline").locator("li").all_inner_texts()
    assert sum("of its night" in words for words in scores) == 3


def test_all_strips_zoom_together_with_utc_above_and_mjd_below(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    page.evaluate("Plotly.relayout(document.querySelector('#light-curve-figure .js-plotly-plot'),"
                  " {'xaxis.range[0]': 60915.2, 'xaxis.range[1]': 60923.1})")  # fmt: skip
    screen.wait_query(zoom="60915.200,60923.100")
    axes = (
        screen.panel("light-curve")
        .locator(".js-plotly-plot")
        .evaluate("(gd) => [gd._fullLayout.xaxis, gd._fullLayout.xaxis2].map((a) => [a.range, a.tickvals, a.ticktext])")
    )
    assert axes[0][0] == axes[1][0] == [60915.2, 60923.1]
    assert axes[0][1] == axes[1][1] == [60916, 60917, 60918, 60919, 60920, 60921, 60922, 60923]
    assert (axes[0][2][0], axes[1][2][0], axes[1][2][1]) == ("60916", "29 Aug 2025", "30 Aug")


def test_the_selected_alert_stays_marked_when_one_zooms_after_a_step(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    order = list(screen.alerts())
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    screen.wait_ring(order[-5])
    mjd = screen.alerts()[order[-5]][0]
    page.evaluate("Plotly.relayout(document.querySelector('#light-curve-figure .js-plotly-plot'),"
                  " {'xaxis.range[0]': 60915.2, 'xaxis.range[1]': 60923.1})")  # fmt: skip
    page.wait_for_function(
        "document.querySelector('#light-curve-figure .js-plotly-plot').layout.xaxis.tickvals[0] === 60916"
    )
    page.wait_for_timeout(300)  # Dash draws the figure again in its own time
    after = strips(screen)
    assert (after["rings"]["curve"], after["hairline"]) == (mjd, mjd)
    assert after["hairlineAt"] == pytest.approx(after["expectedAt"], abs=0.1)


def test_days_ago_are_one_click_away_and_in_the_address(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    panel = screen.panel("light-curve")
    panel.get_by_role("button", name="Days ago").click()
    screen.wait_query(axis="ago")
    expect(panel.locator(".curve-note")).to_contain_text("Days before the newest detection, 4 Sep 08:45 UTC.")
    screen.rest()
    texts = panel.locator(".js-plotly-plot").evaluate("(gd) => gd.layout.xaxis.ticktext")
    assert texts[-1] == "0<br>60922.37"
    panel.get_by_role("button", name="Days ago").click()
    screen.wait_query(axis=None)


def test_points_that_are_switched_off_stay_off_after_a_reload(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    panel = screen.panel("light-curve")
    for key in ("limit", "low quality"):
        panel.locator(f'[data-legend="{key}"]').click()
    screen.wait_query(hide="limit,low quality")
    hidden = screen.figure()["hidden"]
    assert hidden
    assert all(name.endswith(("limit", "low quality")) for name in hidden)
    page.reload()
    screen.rest()
    assert screen.figure()["hidden"] == hidden
    expect(panel.locator('[data-legend="limit"]')).to_have_attribute("aria-pressed", "false")


def test_the_legend_counts_every_band(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    words = screen.panel("light-curve").locator("[data-legend]").all_inner_texts()
    assert [re.sub(r"\s+", " ", w) for w in words] == ["g 22", "r 20", "i 0", "limit 9 g, 5 r, 8 i", "low quality 1 i"]


def test_each_change_of_label_has_its_date_its_cause_and_a_way_to_its_alert(screen: Screen) -> None:
    screen.open(f"/object/{CHANGING}")
    changes = screen.panel("label-reasons").locator("[data-change]")
    assert changes.count() == 4
    expect(changes.nth(2)).to_contain_text("2020-08-12")
    expect(changes.nth(2)).to_contain_text("SN candidate → Star")
    expect(changes.nth(2)).to_contain_text("SIMBAD's label changed from Transient to Star")
    candid = changes.nth(2).get_attribute("data-change") or ""
    changes.nth(2).get_by_role("button").click()
    screen.wait_query(alert=candid)
    screen.wait_ring(candid)
    expect(screen.panel("label-reasons")).to_contain_text("Why Star")
    screen.rest()


def test_a_raw_packet_that_fink_never_took_is_nothing_of_that_name(screen: Screen) -> None:
    screen.open("/object/ZTF19acmbuei")
    expect(screen.expect_state("light-curve", "empty")).to_contain_text("has nothing under the name ZTF19acmbuei")
