"""The TNS page: its panels in each state, what its script asks, and its exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.house import House
from services.local_fink import create_app
from services.local_fink.tns import COLUMNS
from tests.house import DOWN, NIGHT, ODD, PLAIN, SILENT, World, having, packets, state_of, states, text_of
from tests.packets import write_parquet

NIGHTS = {"from": "2023-02-01", "to": "2023-05-31"}


@pytest.fixture(scope="module")
def with_tns(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A local Fink that has a list of TNS objects: `ODD` by name as AT and SN, `SILENT` by nothing."""
    folder = tmp_path_factory.mktemp("with-tns")
    entries = [
        ("AT", "2023abc", "320.7354787", "-10.0132347", "", "", ODD, "2023-02-15 00:00:00.000"),
        ("SN", "2023abc", "320.7354787", "-10.0132347", "0.03", "SN Ia", ODD, "2023-02-15 00:00:00.000"),
        ("AT", "2023xyz", "", "", "nan", "nan", "", "nan"),
    ]
    with (folder / "tns.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *entries])
    return create_app([write_parquet(folder / "alerts.parquet", packets()), folder / "tns.csv"])


def mirrored(world: World) -> World:
    """The same with its mirror complete."""
    world.filled().house.tns.want()
    assert world.house.tns.wait(10)
    return world


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, with_tns: Any) -> Iterator[World]:
    """A world whose Fink has a TNS table, everything fetched; tests must not change it."""
    world = World(tmp_path_factory.mktemp("known"), with_tns)
    yield mirrored(world)
    world.close()


@pytest.fixture
def other(tmp_path: Path, with_tns: Any) -> Iterator[World]:
    """The same, for tests that change it."""
    world = World(tmp_path, with_tns)
    yield mirrored(world)
    world.close()


def grid_rows(panel: Any) -> dict[str, dict[str, Any]]:
    """Rows of the table by object."""
    (grid,) = having(panel, "rowData")
    return {row["object_id"]: row for row in grid.rowData}


def test_every_panel_of_the_page_is_ready_and_the_counts_are_right(known: World) -> None:
    page = known.layout("tns", **NIGHTS)
    assert having(page, "data-page", "tns")
    table = known.draw("tns-table", **NIGHTS)
    assert state_of(table, "tns-table") == "ready"
    rows = grid_rows(table)
    assert (rows[ODD]["name"], rows[ODD]["type"], rows[ODD]["found"], rows[ODD]["more"]) == (
        "SN 2023abc",
        "SN Ia",
        "NP",
        2,
    )
    assert (rows[PLAIN]["found"], rows[PLAIN]["type"]) == ("D", "SN Ia")
    assert rows[SILENT]["unreported"]
    strip = known.draw("tns-mirror", **NIGHTS)
    assert state_of(strip, "tns-mirror") == "ready"
    assert "3entries in the mirror" in text_of(strip)
    assert "1 by name, 1 within 2″" in text_of(strip)


def test_the_filter_and_the_radius_of_the_address_are_those_of_the_page(known: World) -> None:
    panel = known.draw("tns-table", **NIGHTS, only="unreported", radius="5")
    pressed = [text_of(each) for each in having(panel, "aria-pressed", "true")]
    assert pressed == ["Unreported2", "5″"]
    assert "2 of 4 shown, 2 hidden by filters" in text_of(panel)


@pytest.mark.parametrize("radius", ["nonsense", "0", "-1", "nan", "1e9"])
def test_a_radius_that_is_none_is_invalid_and_the_example_works(known: World, radius: str) -> None:
    panel = known.draw("tns-table", **NIGHTS, radius=radius)
    assert state_of(panel, "tns-table") == "invalid"
    assert "Use 2" in text_of(panel)


def test_the_entries_of_the_selected_object_are_listed_with_how_they_were_found(known: World) -> None:
    panel = known.draw("tns-object", **NIGHTS, sel=ODD)
    words = text_of(panel)
    assert words.index("SN 2023abc") < words.index("AT 2023abc")
    assert "name and position, 0.00″ away" in words
    assert "Draft" not in words


def test_an_unreported_object_has_a_draft_to_copy_that_is_never_sent(known: World) -> None:
    panel = known.draw("tns-object", **NIGHTS, sel=SILENT)
    (button,) = [each for each in having(panel, "data-copy") if "AT report" in getattr(each, "data-copy")]
    assert f"Internal name: {SILENT}" in getattr(button, "data-copy")
    assert "Oddfinch sends nothing" in text_of(panel)
    assert "Whoever sends it is its author" in text_of(panel)


def test_without_a_selection_the_panel_beside_the_table_is_closed(known: World) -> None:
    assert state_of(known.draw("tns-object", **NIGHTS), "tns-object") == "empty"
    assert having(known.draw("tns-object", **NIGHTS), "className", "panel tns-object closed")


def test_a_source_without_a_tns_table_says_so_and_still_shows_what_fink_found(world: World) -> None:
    mirrored(world)
    strip = world.draw("tns-mirror", **NIGHTS)
    assert state_of(strip, "tns-mirror") == "empty"
    assert "this source has no TNS table" in text_of(strip)
    rows = grid_rows(world.draw("tns-table", **NIGHTS))
    assert (rows[PLAIN]["type"], rows[PLAIN]["type_by_fink"]) == ("SN Ia", True)
    assert not any(row["unreported"] for row in rows.values())
    assert "There is no TNS table" in text_of(world.draw("tns-object", **NIGHTS, sel=SILENT))


def test_without_a_mirror_the_page_says_why_and_objects_can_be_asked_one_by_one(tmp_path: Path, with_tns: Any) -> None:
    world = World(tmp_path, with_tns).filled()
    world.fink.failing = {"resolver": DOWN}
    world.house.tns.want()
    assert world.house.tns.wait(10)
    strip = world.draw("tns-mirror", **NIGHTS)
    assert state_of(strip, "tns-mirror") == "unavailable"
    assert "Ask for these 4 objects one by one" in text_of(strip)
    world.fink.failing = {}
    with world.serving():
        answer = world.client().post("/tns/ask?from=2023-02-01&to=2023-05-31")
    assert answer.status_code == 200
    assert world.house.tns_one_by_one.wait(10)
    house: House = world.house
    assert house.tns.table() is None
    rows = grid_rows(world.draw("tns-table", **NIGHTS))
    assert rows[ODD]["name"] == "SN 2023abc"
    assert rows[SILENT]["unreported"]
    assert "asked one by one" in text_of(world.draw("tns-table", **NIGHTS))
    world.close()


def test_with_fink_down_the_page_works_from_the_mirror(other: World) -> None:
    other.ahead = 3 * 86400.0
    other.fink.fail()
    other.fink.failing["resolver"] = DOWN
    assert grid_rows(other.draw("tns-table", **NIGHTS))[ODD]["name"] == "SN 2023abc"


def test_no_anomalies_are_an_empty_panel_that_names_the_question(known: World) -> None:
    panel = known.draw("tns-table", night="2023-03-01")
    assert states(panel) == {"tns-table": "empty"}
    assert "night=2023-03-01" in text_of(panel)


def test_the_script_hears_how_far_the_mirror_is_and_can_cancel_it(other: World) -> None:
    client = other.client()
    told = client.get("/tns/state.json").json
    assert (told["running"], told["rows"]) == (False, "1.0")
    assert client.post("/tns/cancel").json["version"] != told["version"]
    assert client.post("/tns/nonsense").status_code == 404
    assert client.post("/tns/ask").status_code == 400
    assert client.post("/tns/ask?night=x").status_code == 400


@pytest.mark.parametrize("extension", ["csv", "json", "vot", "parquet"])
def test_the_table_is_exported_with_the_filter_of_the_page(known: World, extension: str) -> None:
    answer = known.client().get(f"/export/tns.{extension}?from=2023-02-01&to=2023-05-31&only=known")
    assert answer.status_code == 200
    if extension == "json":
        names = {row["i:objectId"]: row["oddfinch:tns_name"] for row in orjson.loads(answer.data)}
        assert names == {ODD: "SN 2023abc", PLAIN: None}
    if extension == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["oddfinch:known"] for row in rows] == ["True", "True"]


def test_what_cannot_be_exported_is_said_in_a_line(known: World) -> None:
    client = known.client()
    assert client.get(f"/export/tns.xls?night={NIGHT}").status_code == 404
    assert client.get("/export/tns.csv?radius=x").status_code == 400
