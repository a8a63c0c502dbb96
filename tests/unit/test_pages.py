"""Pages and their panels over a whole Oddfinch in this process: states, addresses, wiring."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from dash import dcc

from pages._slots import drawn
from tests.house import (
    ABSENT,
    CANDIDS,
    HTML,
    LATE,
    LATER_NIGHT,
    NIGHT,
    ODD,
    PLAIN,
    SILENT,
    World,
    having,
    of_type,
    state_of,
    states,
    text_of,
)

HOUR = 3600.0
DAY = 24 * HOUR
NIGHT_PANELS = ("night-calendar", "night-summary", "night-table", "night-preview")
CORE = ("object-summary", "light-curve", "cutouts", "label-reasons")
OBJECT_PANELS = (*CORE, "neighbourhood", "features", "observability")
BEHIND = {"neighbourhood": "light-curve", "features": "light-curve", "more": "light-curve"}
"""Slots of the object page that the browser asks for once another panel is drawn."""
CURVE = {"object_id": ODD}


def settled(world: World) -> World:
    """The same world when nothing that an earlier test asked for is on its way."""
    assert world.house.statistics.wait(10)
    return world


def asked(root: Any) -> set[str]:
    """Panels that ask the server for their content."""
    stores = of_type(root, dcc.Store)
    return {c.id["panel"] for c in stores if isinstance(c.id, dict) and c.id["kind"] == "ask"}


def held(root: Any) -> dict[str, str]:
    """Slots that wait for another panel, and for which."""
    return {getattr(c, "data-slot"): getattr(c, "data-after") for c in having(root, "data-after")}


def figure(root: Any) -> dict[str, Any]:
    (graph,) = of_type(root, dcc.Graph)
    return graph.figure


# States of a slot


def test_what_is_kept_is_drawn_at_once_and_asks_nobody(warm: World) -> None:
    calls = len(settled(warm).fink.calls)
    night = warm.layout("night", night=str(NIGHT), sel=ODD)
    object_page = warm.layout("object", ODD)
    assert len(warm.fink.calls) == calls
    assert asked(night) == asked(object_page) == set()
    assert dict.fromkeys(NIGHT_PANELS[:-1], "ready").items() <= states(night).items()
    assert dict.fromkeys(CORE, "ready").items() <= states(object_page).items()


def test_what_stands_behind_the_main_figure_costs_the_first_answer_nothing_cached_or_not(warm: World) -> None:
    night, object_page = warm.layout("night", night=str(NIGHT)), warm.layout("object", ODD)
    assert held(night) == {"night-preview": "night-table"}
    assert held(object_page) == BEHIND
    assert state_of(night, "night-preview") == state_of(object_page, "features") == "loading"


@pytest.mark.parametrize("name", [*CORE, *BEHIND])
def test_each_panel_of_an_object_is_ready_when_it_is_asked_for(warm: World, name: str) -> None:
    assert set(states(warm.draw("observability" if name == "more" else name, object_id=ODD)).values()) == {"ready"}


def test_what_is_not_kept_is_a_skeleton_that_asks_for_itself(world: World) -> None:
    calls = len(world.fink.calls)
    made = world.layout("object", ODD, alert=str(CANDIDS[ODD]))
    assert len(world.fink.calls) == calls
    assert asked(made) == set(CORE)
    assert set(states(made).values()) == {"loading"}
    (store,) = [c for c in of_type(made, dcc.Store) if c.id == {"kind": "ask", "panel": "cutouts"}]
    assert store.data == {"object_id": ODD, "alert": str(CANDIDS[ODD])}


def test_the_preview_alone_waits_when_the_night_is_known(world: World) -> None:
    made = world.filled().layout("night", night=str(NIGHT))
    assert asked(made) == set()
    assert state_of(made, "night-table") == "ready"
    assert state_of(made, "night-preview") == "loading"


def test_a_source_without_a_tns_table_does_not_say_that_there_is_no_counterpart(world: World) -> None:
    world.filled().house.tns.want()
    assert world.house.tns.wait(10)
    assert not world.house.tns.state().has_table
    words = text_of(world.draw("night-table", night=str(NIGHT)))
    assert "No TNS type" in words
    assert "No TNS counterpart" not in words


def test_an_object_that_fink_does_not_have_is_empty_with_the_question_that_was_asked(world: World) -> None:
    made = world.draw("light-curve", object_id=ABSENT)
    assert state_of(made, "light-curve") == "empty"
    assert "/api/v1/objects" in text_of(made)
    assert "UTC" in text_of(made)
    assert not having(made, "data-retry")


@pytest.mark.parametrize("name", ["object-summary", "light-curve", "cutouts", "alert-content"])
def test_silence_of_the_source_is_unavailable_with_call_time_tries_and_retry(world: World, name: str) -> None:
    world.fink.fail()
    made = world.draw(name, object_id=ODD)
    assert state_of(made, name) == "unavailable"
    words = text_of(made)
    assert "POST /api/v1/objects" in words
    assert re.search(r"\d\d:\d\d:\d\d UTC", words)
    assert "3 times" in words
    assert "This says nothing about the object itself." in words
    assert having(made, "data-retry", name)


def test_a_web_page_in_place_of_data_is_unavailable_and_not_empty(world: World) -> None:
    world.fink.fail(HTML)
    assert state_of(world.draw("light-curve", object_id=ODD), "light-curve") == "unavailable"


def test_a_source_without_the_stamps_says_so_in_that_panel_alone(world: World) -> None:
    assert state_of(world.draw("cutouts", object_id=PLAIN), "cutouts") == "empty"
    assert state_of(world.draw("light-curve", object_id=PLAIN), "light-curve") == "ready"


def test_a_500_of_a_live_fink_for_stamps_is_not_taken_for_their_absence_nor_for_silence(
    tmp_path: Path, archive: Any
) -> None:
    live = World(tmp_path, archive, kind="live")
    made = live.draw("cutouts", object_id=PLAIN)
    live.close()
    assert state_of(made, "cutouts") == "unavailable"
    assert "The two look alike" in text_of(made)
    assert "did not answer" not in text_of(made)
    assert having(made, "data-retry", "cutouts")


def test_retry_gets_through_as_soon_as_the_source_is_back(world: World) -> None:
    world.fink.fail()
    assert state_of(world.draw("light-curve", **CURVE), "light-curve") == "unavailable"
    world.fink.failing.clear()
    assert state_of(world.draw("light-curve", **CURVE), "light-curve") == "unavailable"
    assert state_of(world.draw("light-curve", **CURVE, retry="1"), "light-curve") == "ready"


@pytest.mark.parametrize("name", ["object-summary", "light-curve"])
def test_old_data_are_shown_while_the_source_is_silent_and_say_so(world: World, name: str) -> None:
    world.house.objects.light_curve(ODD)
    world.ahead = 2 * HOUR
    world.fink.fail()
    made = world.draw(name, object_id=ODD, retry="1")
    assert state_of(made, name) == "stale"
    assert "as of" in text_of(made)
    assert having(made, "data-retry", name)
    assert ODD in text_of(made) or figure(made)["data"]


def test_a_night_that_could_not_be_fetched_is_unavailable_and_never_empty(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    world.fink.fail()
    world.filled()
    for name in NIGHT_PANELS:
        made = world.draw(name, night=str(LATER_NIGHT))  # the month that is asked for first
        assert state_of(made, name) == "unavailable"
        assert having(made, "data-retry", name)
        assert "No anomalies" not in text_of(made)
    world.close()


def test_the_list_of_a_night_stays_though_the_source_is_silent(world: World) -> None:
    world.filled().ahead = 8 * DAY
    world.fink.fail()
    world.house.index.refresh()
    assert world.house.index.wait(10)
    made = world.draw("night-table", night=str(LATER_NIGHT))
    assert state_of(made, "night-table") == "stale"
    assert [r["object_id"] for r in having(made, "rowData")[0].rowData] == [LATE]


def test_a_night_without_anomalies_is_empty_and_names_its_neighbours(warm: World) -> None:
    made = warm.draw("night-table", night="2023-02-26")
    assert state_of(made, "night-table") == "empty"
    assert {f"/?night={NIGHT}", f"/?night={LATER_NIGHT}"} <= {c.href for c in having(made, "href")}
    assert state_of(warm.draw("night-preview", night="2023-02-26"), "night-preview") == "empty"


def test_a_night_that_the_source_cannot_have_is_not_called_a_night_of_no_rows(warm: World) -> None:
    made = warm.draw("night-table", night="2018-01-01")
    assert state_of(made, "night-table") == "empty"
    assert "0 rows" not in text_of(made)


INVALID = (
    ("object-summary", {"object_id": "nonsense"}),
    ("light-curve", {"object_id": "ZTF00"}),
    ("night-table", {"night": "2025-13-40"}),
    ("night-table", {"from": "yesterday"}),
    ("night-table", {"to": "2023-2-5"}),
    ("night-table", {"from": "2023-05-01", "to": "2023-02-01"}),
)


@pytest.mark.parametrize(("name", "ask"), INVALID)
def test_a_question_that_cannot_be_asked_is_refused_without_asking(warm: World, name: str, ask: dict[str, str]) -> None:
    calls = len(settled(warm).fink.calls)
    made = warm.draw(name, **ask)
    assert state_of(made, name) == "invalid"
    assert len(warm.fink.calls) == calls


@pytest.mark.parametrize(("name", "ask"), INVALID)
def test_the_good_one_that_is_offered_instead_works(warm: World, name: str, ask: dict[str, str]) -> None:
    link = having(warm.draw(name, **ask), "href")[0]
    where = urlsplit(link.href)
    better = dict(parse_qsl(where.query))
    if where.path:
        better["object_id"] = where.path.removeprefix("/object/")
    assert better
    assert "invalid" not in states(warm.draw(name, **better)).values()


# What the panels say


def test_the_table_has_the_night_in_order_with_exact_ids(warm: World) -> None:
    (grid,) = having(warm.draw("night-table", night=str(NIGHT)), "rowData")
    assert [(r["object_id"], r["candid"], r["rank"]) for r in grid.rowData] == [
        (object_id, str(CANDIDS[object_id]), n) for n, object_id in enumerate((ODD, SILENT, PLAIN), 1)
    ]


def test_a_range_has_the_rows_of_all_its_nights(warm: World) -> None:
    made = warm.draw("night-table", **{"from": str(NIGHT), "to": str(LATER_NIGHT)})
    (grid,) = having(made, "rowData")
    assert [r["night"] for r in grid.rowData] == [str(LATER_NIGHT)] + [str(NIGHT)] * 3


def test_without_a_night_in_the_address_the_latest_one_is_shown(warm: World) -> None:
    (grid,) = having(warm.draw("night-table"), "rowData")
    assert {r["night"] for r in grid.rowData} == {str(LATER_NIGHT)}


@pytest.mark.parametrize(("sel", "shown"), [(SILENT, SILENT), (ABSENT, ODD), ("", ODD)])
def test_the_preview_is_of_the_selected_row_else_of_the_first(warm: World, sel: str, shown: str) -> None:
    made = warm.draw("night-preview", night=str(NIGHT), sel=sel)
    assert f"/object/{shown}?alert={CANDIDS[shown]}" in {c.href for c in having(made, "href")}


def test_the_newest_alert_is_selected_unless_the_address_names_one(warm: World) -> None:
    assert getattr(having(warm.draw("light-curve", **CURVE), "data-step")[0], "data-step") == str(CANDIDS[ODD])
    alerts = warm.house.objects.light_curve(ODD).value["candid"].dropna().tolist()
    made = warm.draw("light-curve", **CURVE, alert=alerts[0])
    assert getattr(having(made, "data-step")[0], "data-step") == alerts[0]


def test_an_alert_of_another_object_is_said_to_be_none_of_this_one(warm: World) -> None:
    words = text_of(warm.draw("light-curve", **CURVE, alert="999"))
    assert "999" in words


def test_timelines_are_also_there_in_words(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE)
    (timeline,) = having(made, "data-panel", "classification-timeline")
    assert getattr(timeline, "data-changes") == "1"
    assert [getattr(c, "data-label") for c in having(timeline, "data-label")][-2:] == ["Star", "Mira"]
    (scores,) = having(made, "data-panel", "score-timeline")
    assert text_of(scores).count("UTC") == 1
    assert state_of(warm.draw("light-curve", object_id=ODD), "score-timeline") == "ready"


def test_a_mode_that_cannot_be_says_why_and_offers_one_that_can(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE, mode="dcmag")
    assert not of_type(made, dcc.Graph)
    assert any('"mode": "diffmag"' in getattr(c, "data-view") for c in having(made, "data-view"))


@pytest.mark.parametrize(
    ("mode", "reversed_"), [("diffmag", True), ("dcmag", True), ("diffflux", False), ("dcflux", False)]
)
def test_every_mode_is_drawn_where_there_is_a_template(warm: World, mode: str, reversed_: bool) -> None:
    low, high = figure(warm.draw("light-curve", object_id=SILENT, mode=mode))["layout"]["yaxis"]["range"]
    assert (low > high) is reversed_


def test_the_zoom_of_the_address_is_drawn(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE, zoom="59990,60001")
    assert figure(made)["layout"]["xaxis"]["range"] == [59990.0, 60001.0]


def test_the_theme_of_the_reader_sets_the_colours(warm: World) -> None:
    with warm.serving(Cookie="oddfinch-theme=dark"):
        dark = drawn("light-curve", CURVE, wait=True)
    assert getattr(having(dark, "data-theme-drawn")[0], "data-theme-drawn") == "dark"
    assert figure(dark)["layout"]["font"] != figure(warm.draw("light-curve", **CURVE))["layout"]["font"]


def test_alert_content_has_the_exact_candid_and_says_what_is_missing(warm: World) -> None:
    words = text_of(warm.draw("alert-content", **CURVE))
    assert str(CANDIDS[ODD]) in words
    words = warm.client().get(f"/content/{ODD}/{CANDIDS[ODD]}.html").get_data(as_text=True)
    assert "i:magpsf" in words
    assert "missing" in words


def test_reasons_are_given_for_the_selected_alert(warm: World) -> None:
    assert "Mira" in text_of(warm.draw("label-reasons", **CURVE))


def test_what_was_never_seen_in_the_sky_is_marked_in_every_panel(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive, kind="simulated").filled()
    world.warm(ODD, CANDIDS[ODD])
    for name in NIGHT_PANELS:
        assert "SIMULATED" in text_of(world.draw(name, night=str(NIGHT), sel=ODD))
    for name in OBJECT_PANELS:
        assert "SIMULATED" in text_of(world.draw(name, object_id=ODD))
    assert "SIMULATED" in getattr(having(world.draw("light-curve", **CURVE), "data-caption")[0], "data-caption")
    world.close()


def test_the_status_page_counts_calls_and_failures(world: World) -> None:
    world.fink.fail()
    world.draw("light-curve", object_id=ODD)
    made = world.draw("status-calls")
    (row,) = having(made, "data-call", "objects")
    assert [text_of(cell) for cell in row.children[:3]] == ["objects", "3", "3"]
    made = world.layout("status")
    assert states(made) == {"status-calls": "ready", "status-index": "ready", "status-cache": "ready"}


@pytest.mark.parametrize(
    ("q", "state"),
    [("", "empty"), ("class=", "invalid"), ("nonsense", "loading"), (f" {ODD} ", "ready"), (["a", "b"], "empty")],
)
def test_the_search_page_knows_what_it_understands(warm: World, q: Any, state: str) -> None:
    made = warm.layout("search", q=q)
    assert state_of(made, "search") == state
    if state == "ready":
        assert ODD in text_of(made)


def test_an_unknown_address_has_a_page_of_its_own(warm: World) -> None:
    assert states(warm.layout("not_found_404", anything="x")) == {"not-found": "empty"}
