"""Searches answered over a whole Oddfinch in this process, and what the page makes of the answers."""

from __future__ import annotations

import builtins
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import dash_ag_grid as dag
import pandas as pd
import pytest
import requests
from dash import dcc, html

from services.errors import NotFound, Rejected, Unavailable
from services.search.grammar import parse
from services.search.run import run
from services.search.words import WrongWord
from services.snippets import PUBLIC_API
from tests.house import (
    LATE,
    NIGHT,
    ODD,
    PLAIN,
    SILENT,
    World,
    application,
    having,
    of_type,
    state_of,
    states,
    text_of,
    the_app,
)

ODD_PLACE = "320.7354787 -10.0132347"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    the_app()
    made = World(tmp_path_factory.mktemp("searched"), application(tmp_path_factory.mktemp("packets"))).filled()
    yield made
    made.close()


@pytest.fixture
def world(whole: World) -> Iterator[World]:
    """An Oddfinch with a full index; nothing that an earlier test asked is kept."""
    whole.fink.calls.clear()
    whole.fink.failing.clear()
    whole.ahead += 100 * 24 * 3600.0  # older than anything is fresh
    yield whole
    whole.fink.failing.clear()


def ids(result: Any) -> list[str]:
    assert result is not None
    return list(result.rows["object_id"])


def found(world: World, text: str) -> Any:
    return run(world.house, parse(text, newest=world.house.source.last_night))


# What is asked of whom


def test_anomalies_come_out_of_the_index_newest_first(world: World) -> None:
    assert ids(found(world, "class=Anomaly")) == [LATE, PLAIN, SILENT, ODD]
    assert "latests" not in world.fink.calls


def test_the_newest_ones_of_some_nights(world: World) -> None:
    assert ids(found(world, "class=Anomaly last=1")) == [LATE]
    assert ids(found(world, "class=Anomaly last=2 before=2023-04-01")) == [PLAIN, SILENT]
    assert ids(found(world, f"class=Anomaly after={NIGHT} before={NIGHT}")) == [PLAIN, SILENT, ODD]
    assert ids(found(world, f"after={NIGHT} window=1 last=1")) == [PLAIN]
    assert ids(found(world, "class=Anomaly after=2023-06-01")) == []


def test_a_full_list_says_that_there_may_be_more(world: World) -> None:
    assert "last=10 shows more" in found(world, "class=Anomaly last=1").notes[0]
    assert found(world, "class=Anomaly last=9").notes == ()


def test_a_class_is_asked_of_finks_lists_once(world: World) -> None:
    for _ in range(3):
        assert ids(found(world, "class=Mira last=7")) == [ODD, ODD]
    assert world.fink.calls.count("latests") == 1
    result = found(world, "class=mira last=7")
    assert (result.words, result.call) == ("Mira, the newest 7", "POST /api/v1/latests")
    assert result.asked == {"class": "Mira", "n": 7}


def test_rows_of_a_class_are_known_to_have_been_anomalies(world: World) -> None:
    rows = found(world, "class=Mira").rows
    assert rows["times_ever"].tolist() == [1, 0]
    assert rows["rank"].tolist()[0] == 1
    assert rows["anomaly_score"].iloc[0] == pytest.approx(-0.05)


def test_a_class_of_some_nights(world: World) -> None:
    assert len(found(world, "class=Mira after=2023-02-24 before=2023-02-26").rows) == 1
    assert len(found(world, "class=Mira before=2023-02-21").rows) == 1
    assert found(world, "class=Mira after=2023-03-01").rows.empty


def test_a_type_of_tns_is_asked_with_its_prefix(world: World) -> None:
    result = found(world, 'class="SN Ia"')
    assert ids(result) == [PLAIN]
    assert result.asked["class"] == "(TNS) SN Ia"


def test_a_trend_is_the_sign_of_the_rate(world: World) -> None:
    both = found(world, "class=Mira trend=rising"), found(world, "class=Mira trend=fading")
    assert all((result.rows["mag_rate"] * sign > 0).all() for result, sign in zip(both, (-1, 1), strict=True))
    assert both[0].asked["trend"] == "rising"


def test_a_state_of_blazars_is_finks_own_question(world: World) -> None:
    assert found(world, 'class="(CTA) Blazar low state" trend=low_state').rows.empty
    with pytest.raises(Rejected, match="only implemented"):
        found(world, "class=Mira trend=low_state")


def test_an_unknown_class_is_looked_for_at_the_source_before_it_is_refused(world: World) -> None:
    with pytest.raises(WrongWord, match="no class Mirra"):
        found(world, "class=Mirra")
    assert world.fink.calls.count("classes") == 1
    world.fink.failing["classes"] = (500, {}, b"")
    with pytest.raises(WrongWord):
        found(world, "class=Mirro")


def test_around_a_position_are_objects_with_their_distance(world: World) -> None:
    result = found(world, ODD_PLACE)
    assert (ids(result), result.only) == ([ODD], ODD)
    assert "the default" in result.words
    assert result.rows["separation_degree"].tolist() == [pytest.approx(0, abs=1e-9)]
    assert result.asked == {"ra": 320.7354787, "dec": -10.0132347, "radius": 10.0}


def test_several_objects_are_a_list_and_not_one(world: World) -> None:
    rows = world.house.index.table().set_index("object_id")
    ra, dec = rows["ra"].to_dict()[PLAIN], rows["dec"].to_dict()[PLAIN]
    result = found(world, f"{ra} {dec} r=5d")
    assert result.objects > 1
    assert result.only is None


def test_nights_around_a_position_are_those_of_the_first_detection(world: World) -> None:
    assert ids(found(world, f"{ODD_PLACE} before=2023-12-31")) == [ODD]
    assert ids(found(world, f"{ODD_PLACE} after=2023-12-31")) == []


def test_a_name_with_a_radius_is_a_place(world: World) -> None:
    result = found(world, f"{ODD} r=1m")
    assert ids(result) == [ODD]
    assert result.words == f"Within 1′ of {ODD}"


def test_a_name_of_simbad_is_a_place(world: World) -> None:
    answer = [{"name": "X", "oname": "M  31", "otype": "Galaxy", "jradeg": 320.7354787, "jdedeg": -10.0132347}]
    world.fink.failing["resolver"] = (200, {}, json.dumps(answer).encode())
    result = found(world, "M31")
    assert (ids(result), result.only) == ([ODD], ODD)
    assert "M  31, Galaxy in SIMBAD" in result.words
    world.fink.failing["resolver"] = (200, {}, b"[]")
    with pytest.raises(NotFound, match="knows no M32 in SIMBAD"):
        found(world, "M32")


# Silence


def test_without_fink_the_anomalies_at_hand_are_told_from_an_answer(world: World) -> None:
    for kind in ("latests", "conesearch"):
        world.fink.failing[kind] = (500, {}, b"")
    by_class, around = found(world, "class=Mira last=3"), found(world, f"{ODD_PLACE} r=7s")
    assert (ids(by_class), ids(around)) == ([ODD], [ODD])
    for result in (by_class, around):
        assert result.partial
        assert isinstance(result.trouble, Unavailable)
        assert result.only is None
    with pytest.raises(Unavailable):
        found(world, "class=Star last=3")
    with pytest.raises(Unavailable):
        found(world, "10 80")


def test_an_old_answer_is_better_than_a_part_of_one(world: World) -> None:
    assert len(found(world, "class=Mira last=11").rows) == 2
    world.ahead += 24 * 3600.0
    world.fink.failing["latests"] = (500, {}, b"")
    result = run(world.house, parse("class=Mira last=11"), retry=True)
    assert result is not None
    assert len(result.rows) == 2
    assert (result.stale, result.partial, result.trouble is not None) == (True, False, True)


def test_nothing_is_waited_for_when_that_is_not_wanted(world: World) -> None:
    for text in ("class=Mira last=12", "10 81", "M31", f"{ODD} r=9m"):
        assert run(world.house, parse(text), wait=False) is None
    assert world.fink.calls == []


# The page


def test_a_list_is_a_table_and_a_map_under_what_was_understood(world: World) -> None:
    found(world, "class=Mira last=20")
    page = world.layout("search", q="class=Mira last=20")
    assert states(page) == dict.fromkeys(("search", "search-table", "search-sky"), "ready")
    (grid,) = of_type(page, dag.AgGrid)
    assert [row["object_id"] for row in grid.rowData] == [ODD, ODD]
    assert grid.selectedRows == grid.rowData[:1]
    assert not any("sort" in column for column in grid.columnDefs)
    (graph,) = of_type(page, dcc.Graph)
    assert [trace["customdata"] for trace in graph.figure["data"] if trace.get("customdata")] == [[[ODD, "Mira"]]]


def test_a_selected_object_stays_selected(world: World) -> None:
    (grid,) = of_type(world.draw("search-table", q="class=Anomaly", sel=SILENT), dag.AgGrid)
    assert [row["object_id"] for row in grid.selectedRows] == [SILENT]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("class=Anomaly", "ready"),
        ("class=LINER", "empty"),
        ("10 80", "empty"),
        ("class=Mirra", "invalid"),
        ("class=Mira last=x", "invalid"),
        ("class=Mira trend=low_state", "invalid"),
        ("M31", "unavailable"),
        (ODD_PLACE, "ready"),
    ],
)
def test_every_end_is_a_state_of_its_own(world: World, text: str, state: str) -> None:
    assert state_of(world.draw("search", q=text), "search") == state
    if state != "ready":
        for name in ("search-table", "search-sky"):
            assert state_of(world.draw(name, q=text), name) == "empty"
        assert having(world.draw("search", q=text), "data-no-results") or state in ("unavailable", "invalid")


def test_one_object_at_a_place_is_gone_on_to(world: World) -> None:
    (link,) = having(world.draw("search", q=ODD_PLACE), "data-arrive")
    assert link.href == f"/object/{ODD}"
    assert of_type(world.draw("search-table", q=ODD_PLACE), dag.AgGrid) == []  # no table only to be left at once
    assert having(world.draw("search", q=f"{ODD} r=1m"), "data-arrive") == []
    assert having(world.draw("search", q="class=Star last=1"), "data-arrive") == []


def test_a_wrong_word_is_marked_and_others_are_offered(world: World) -> None:
    panel = world.draw("search", q="class=Mirra last=5")
    assert "class=Mirra last=5" in text_of(panel)
    assert [text_of(mark) for mark in of_type(panel, html.Mark)] == ["Mirra"]
    assert "/search?q=class%3DMira%20last%3D5" in [link.href for link in having(panel, "href")]
    page = world.layout("search", q="last=zero")
    assert states(page) == {"search": "invalid"}
    assert [text_of(mark) for mark in of_type(page, html.Mark)] == ["zero"]


def test_silence_shows_what_is_at_hand_and_says_so(world: World) -> None:
    world.fink.failing["latests"] = (500, {}, b"")
    text = "class=Mira last=30"
    panels = {name: world.draw(name, q=text) for name in ("search", "search-table", "search-sky")}
    assert state_of(panels["search"], "search") == "unavailable"
    assert "anomalies at hand" in text_of(panels["search"])
    assert state_of(panels["search-table"], "search-table") == "stale"
    assert state_of(panels["search-sky"], "search-sky") == "stale"
    assert world.client().get("/export/search.csv", query_string={"q": text}).status_code == 503


def test_an_archive_says_that_it_cannot_ask_simbad(world: World) -> None:
    assert "A local archive cannot do that" in text_of(world.draw("search", q="NGC 1275"))


# Beside the page


@pytest.mark.parametrize("extension", ["csv", "json", "vot", "parquet"])
def test_results_can_be_taken_away(world: World, extension: str) -> None:
    answer = world.client().get(f"/export/search.{extension}", query_string={"q": "class=Mira"})
    assert answer.status_code == 200
    assert answer.data
    if extension == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["i:objectId"] for row in rows] == [ODD, ODD]
        assert rows[0]["i:candid"] == "3165254992115015005"


@pytest.mark.parametrize(
    ("extension", "text", "status"),
    [("xml", "class=Mira", 404), ("csv", "class=Mirra", 400), ("csv", ODD, 400), ("csv", "", 400), ("csv", "M31", 503)],
)
def test_what_cannot_be_taken_away_says_why(world: World, extension: str, text: str, status: int) -> None:
    answer = world.client().get(f"/export/search.{extension}", query_string={"q": text})
    assert (answer.status_code, bool(answer.text.strip())) == (status, True)


def test_links_of_the_portal_lead_to_the_search(world: World) -> None:
    client = world.client()
    answer = client.get("/?action=anomaly&last=10&after=2025-07-01")
    assert (answer.status_code, answer.location) == (302, "/search?q=class%3DAnomaly%20last%3D10%20after%3D2025-07-01")
    assert client.get("/?query=ZTF25abixhdc").location == "/search?q=ZTF25abixhdc"
    assert client.get("/ZTF25abixhdc").location == "/object/ZTF25abixhdc"
    assert client.get(f"/?night={date(2023, 2, 25)}").status_code == 200
    assert client.get("/").status_code == 200


def test_the_names_of_classes_are_there_for_completion(world: World) -> None:
    answer = world.client().get("/classes.json")
    names = json.loads(answer.data)
    assert ['"SN candidate"', "Fink", "SN"] in names
    assert names[0] == ["Anomaly", "Fink", "UN"]
    assert len(answer.data) < 30_000


def rows_by_script(world: World, code: str) -> pd.DataFrame:
    """What a script leaves in ``rows`` when the local Fink answers it."""
    session = requests.Session()
    session.mount("http://fink", world.fink)

    def load(name: str, *rest: Any) -> Any:
        return session if name == "requests" else builtins.__import__(name, *rest)

    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": load}}
    exec(compile(code.replace(PUBLIC_API, "http://fink"), "snippet", "exec"), names)
    found: pd.DataFrame = names["rows"]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "class=Anomaly last=9",
        f"class=Anomaly after={NIGHT} before={NIGHT}",
        "class=Mira last=5",
        "class=Mira after=2023-02-24 before=2023-02-26",
        'class="SN Ia"',
        f"{ODD_PLACE} r=7s",
    ],
)
def test_the_code_for_a_search_fetches_the_rows_on_the_screen(world: World, text: str) -> None:
    from pages._search import code_for

    result = found(world, text)
    rows = rows_by_script(world, code_for(world.house, result))
    assert sorted(rows["i:objectId"]) == sorted(ids(result))
    assert len(rows) > 0


def test_the_code_for_a_simulated_sky_says_so(world: World) -> None:
    from pages._search import code_for

    simulated = replace(world.house, source=replace(world.house.source, kind="simulated"))
    for text in ("class=Mira last=5", f"{ODD_PLACE} r=7s", "class=Anomaly last=2"):
        code = code_for(simulated, found(world, text))
        assert "SIMULATED" in code
        assert PUBLIC_API not in code
