"""The object page in a browser: its facts, its alerts, its modes, and bad addresses."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.screen import Screen

PANELS = ("object-summary", "light-curve", "classification-timeline", "score-timeline", "cutouts",
          "label-reasons", "alert-content")  # fmt: skip
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
    screen.open(f"/object/{RISING}")
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


def test_stretch_and_inversion_reach_the_cutouts_and_the_address(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    screen.page.locator('[data-group="stretch"]').get_by_role("button", name="linear").click()
    screen.wait_query(stretch="linear")
    stamps = screen.panel("cutouts").locator("img")
    expect(stamps.first).to_have_attribute("src", re.compile("stretch=linear"))
    screen.rest()
    screen.page.get_by_role("button", name="Invert").click()
    screen.wait_query(invert="1")
    expect(stamps.first).to_have_attribute("src", re.compile("invert=1"))
    screen.rest()
    assert all(stamps.evaluate_all("(all) => all.map((image) => image.naturalWidth > 0)"))


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


@pytest.mark.parametrize("object_id", ["ZTF25ABIXHDC", "ZTF25abixhdc2", "%3Cimg%20src%3Dx%3E"])
def test_an_id_that_cannot_be_one_is_invalid_and_a_good_one_is_shown(screen: Screen, object_id: str) -> None:
    screen.open(f"/object/{object_id}")
    panel = screen.expect_state("light-curve", "invalid")
    assert set(screen.states().values()) == {"invalid"}
    assert re.search(r"ZTF\d\d[a-z]{7}\b", panel.locator(".example").inner_text())


def test_a_column_of_the_alert_can_be_looked_for(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
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
    assert redrawn == {"object-summary", "cutouts", "label-reasons", "alert-content"}


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
