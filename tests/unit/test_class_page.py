"""The classes page over a whole Oddfinch in this process: states, addresses, exports."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import diskcache
import pandas as pd
import pytest
from dash import dcc

from services.cache.disk import BytesDisk
from services.snippets import LOCAL_API
from tests.house import (
    DOWN,
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

PANELS = ("class-histogram", "class-by-night", "class-expectation", "class-table")
BOTH: dict[str, Any] = {"from": str(NIGHT), "to": str(LATER_NIGHT)}


def figure(root: Any) -> dict[str, Any]:
    (graph,) = of_type(root, dcc.Graph)
    found: dict[str, Any] = graph.figure
    return found


def bars(root: Any) -> list[str]:
    """Labels of a histogram from top to bottom, those without a fill too."""
    return [text.removeprefix("<b>").removesuffix("</b>") for text in figure(root)["layout"]["yaxis"]["ticktext"]]


def test_every_panel_is_there_at_once_when_all_is_kept(warm: World) -> None:
    made = warm.layout("classes", **BOTH)
    assert dict.fromkeys(PANELS, "ready").items() <= states(made).items()
    assert "4 anomalous alerts" in text_of(warm.draw("class-title", **BOTH))


def test_an_address_without_nights_shows_the_newest_and_says_which(warm: World) -> None:
    words = text_of(warm.draw("class-title"))
    first = LATER_NIGHT - timedelta(days=89)
    assert f"the 90 nights to the newest, {first.day} {first:%b %Y} to 20 May 2023" in words


def test_silence_is_apart_from_the_classes_with_its_labels_one_click_away(warm: World) -> None:
    made = warm.draw("class-histogram", **BOTH)
    assert bars(made)[-1] == "SIMBAD did not answer"
    assert "No answer, not a class: 1 alert, 25.0 %" in text_of(made)
    assert "Fail 504 1" in text_of(made)
    assert "Fail 504" in bars(warm.draw("class-histogram", **BOTH, spelling="raw"))


@pytest.mark.parametrize("name", PANELS)
def test_a_value_that_there_is_not_is_invalid_with_one_that_there_is(warm: World, name: str) -> None:
    made = warm.draw(name, by="nobody")
    assert state_of(made, name) == "invalid"
    assert "simbad, fink, tns" in text_of(made)


def test_a_wrong_step_makes_one_panel_invalid_and_leaves_the_others_alone(warm: World) -> None:
    made = warm.layout("classes", **BOTH, bin="fortnight", scale="cubic")
    assert states(made) | {"class-histogram": "invalid", "class-by-night": "invalid"} == states(made)
    assert states(made)["class-table"] == "ready"


@pytest.mark.parametrize(
    ("ask", "field"), [({"from": "2023-13-01"}, "from"), ({"from": "2023-02-02", "to": "2023-02-01"}, "from")]
)
def test_nights_that_there_are_not_are_invalid(warm: World, ask: dict[str, str], field: str) -> None:
    made = warm.draw("class-histogram", **ask)
    assert state_of(made, "class-histogram") == "invalid"
    assert f"{field} cannot be used" in text_of(made)


@pytest.mark.parametrize("name", PANELS)
def test_a_night_without_anomalies_is_empty_and_says_what_was_asked(warm: World, name: str) -> None:
    made = warm.draw(name, night="2023-03-03")
    assert state_of(made, name) == "empty"
    assert "2023-03-03" in text_of(made)
    assert "0 rows" in text_of(made)


def test_silence_of_the_source_is_unavailable_and_never_empty(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    world.fink.fail()
    world.filled()
    for name in PANELS:
        made = world.draw(name, **BOTH)
        assert state_of(made, name) == "unavailable"
        assert having(made, "data-retry", name)
    world.close()


def test_what_is_known_of_a_range_is_counted_while_the_rest_is_missing(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    world.filled()
    kept = [key for key in anomaly_keys(world) if f"/{NIGHT:%Y-%m}/" not in key]
    world.close()
    with diskcache.Cache(str(tmp_path / "cache"), disk=BytesDisk) as answers:
        assert all(answers.delete(key) for key in kept)
    again = World(tmp_path, archive)
    again.fink.fail()
    again.filled()
    made = again.draw("class-histogram", **BOTH)
    assert state_of(made, "class-histogram") == "stale"
    assert "1 of 4 months; Fink is not answering for the others" in text_of(made)
    assert "Mira" in bars(made)
    assert state_of(again.draw("class-objects", **BOTH, pick="QSO"), "class-objects") == "unavailable"
    assert "1 of 4" not in text_of(again.draw("class-histogram", night=str(NIGHT)))
    with again.serving() as client:
        assert client.get(f"/export/classes.csv?from={NIGHT}&to={LATER_NIGHT}").status_code == 503
    again.close()


def anomaly_keys(world: World) -> list[str]:
    with diskcache.Cache(str(world.house.settings.cache_dir), disk=BytesDisk) as answers:
        return [str(key) for key in answers if "anomalies/" in str(key)]


def test_the_list_shows_the_objects_of_a_bar_and_nothing_while_none_is_chosen(warm: World) -> None:
    assert not having(warm.draw("class-objects", **BOTH), "data-panel")
    made = warm.draw("class-objects", **BOTH, pick="Mira")
    assert state_of(made, "class-objects") == "ready"
    assert ODD in text_of(made)
    assert PLAIN not in text_of(made)
    (link,) = [a for a in having(made, "href") if a.href.startswith("/search")]
    assert "SIMBAD" in link.href
    silent = warm.draw("class-objects", **BOTH, pick="SIMBAD did not answer")
    assert SILENT in text_of(silent)
    assert not [a for a in having(silent, "href") if a.href.startswith("/search")]


def test_a_label_that_nobody_has_is_an_empty_list(warm: World) -> None:
    made = warm.draw("class-objects", **BOTH, pick="Nova")
    assert state_of(made, "class-objects") == "empty"
    assert "Nova" in text_of(made)


class Mirror:
    """A mirror of TNS with so many rows, or none yet; it knows the type of no object but `ODD`."""

    def __init__(self, rows: int | None, status: str = "ready") -> None:
        self.rows = rows
        self.status = status
        self.wanted = 0

    def want(self) -> None:
        self.wanted += 1

    def state(self) -> Mirror:
        return self

    def table(self) -> object:
        return None if self.rows is None else object()

    def types_of(self, rows: pd.DataFrame) -> pd.Series | None:
        types = ["SN IIn" if name == ODD and self.rows else None for name in rows["object_id"]]
        return None if self.rows is None else pd.Series(types, dtype="str")


@pytest.fixture
def mirrored(warm: World) -> Iterator[Callable[[Mirror], World]]:
    """The warm world with a mirror of TNS in place of its own."""
    own = warm.house.__dict__.pop("tns", None)

    def put(mirror: Mirror) -> World:
        warm.house.__dict__["tns"] = mirror
        return warm

    yield put
    warm.house.__dict__.pop("tns", None)
    if own is not None:
        warm.house.__dict__["tns"] = own


def test_types_of_tns_come_from_the_mirror_and_where_it_has_none_from_fink(mirrored: Any) -> None:
    mirror = Mirror(100)
    made = mirrored(mirror).draw("class-histogram", **BOTH, by="tns")
    assert state_of(made, "class-histogram") == "ready"
    assert bars(made) == ["SN IIn", "SN Ia", "no TNS entry or type"]
    assert "Fink's own match" not in text_of(made)
    assert mirror.wanted == 1


def test_without_a_mirror_types_of_tns_are_finks_own(mirrored: Any) -> None:
    made = mirrored(Mirror(None)).draw("class-histogram", **BOTH, by="tns")
    assert bars(made) == ["SN Ia", "no TNS entry or type"]
    assert "Fink's own match (d:tns) only" in text_of(made)


@pytest.mark.parametrize(
    ("mirror", "words"),
    [
        (Mirror(None), "The TNS mirror is not here yet"),
        (Mirror(None, "loading"), "the mirror is on its way"),
        (Mirror(0), "Archive has no TNS table"),
    ],
)
def test_no_type_at_all_is_no_finding_where_nobody_was_asked(mirrored: Any, mirror: Mirror, words: str) -> None:
    made = mirrored(mirror).draw("class-histogram", night=str(LATER_NIGHT), by="tns")
    assert state_of(made, "class-histogram") == "unavailable"
    assert words in text_of(made)


def test_no_type_at_all_is_a_finding_where_the_mirror_was_asked(mirrored: Any) -> None:
    world = mirrored(Mirror(100))
    made = world.draw("class-histogram", night=str(LATER_NIGHT), by="tns")
    assert state_of(made, "class-histogram") == "ready"
    assert bars(made) == ["no TNS entry or type"]
    assert state_of(world.draw("class-expectation", **BOTH, by="tns"), "class-expectation") == "empty"


def test_shares_are_compared_with_all_alerts_of_the_same_nights(warm: World) -> None:
    made = warm.draw("class-expectation", **BOTH)
    assert state_of(made, "class-expectation") == "ready"
    assert "4 anomalous of 4 alerts in 2 nights" in text_of(made)
    assert "Not available" in text_of(made)


def test_statistics_that_failed_come_with_the_retry_button(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    world.house.index.start()
    assert world.house.index.wait(10)
    world.fink.failing["statistics"] = DOWN
    made = world.draw("class-expectation", **BOTH)
    assert state_of(made, "class-expectation") == "unavailable"
    assert "POST /api/v1/statistics" in text_of(made)
    assert state_of(world.draw("class-table", **BOTH), "class-table") == "ready"
    world.fink.failing.clear()
    assert state_of(world.draw("class-expectation", **BOTH), "class-expectation") == "unavailable"
    assert state_of(world.draw("class-expectation", **BOTH, retry="1"), "class-expectation") == "ready"
    world.close()


@pytest.mark.parametrize("extension", ["csv", "vot", "json", "parquet"])
@pytest.mark.parametrize("what", ["classes", "class-times", "class-objects"])
def test_every_table_is_a_file_in_four_forms(warm: World, what: str, extension: str) -> None:
    with warm.serving() as client:
        answer = client.get(f"/export/{what}.{extension}?from={NIGHT}&to={LATER_NIGHT}&spelling=raw&pick=Mira")
    assert answer.status_code == 200
    assert f"{what}_{NIGHT}_{LATER_NIGHT}_archive.{extension}" in answer.headers["Content-Disposition"]


def table(world: World, query: str) -> list[dict[str, str]]:
    with world.serving() as client:
        answer = client.get(f"/export/{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_file_has_the_counts_of_the_page(warm: World) -> None:
    rows = table(warm, f"classes.csv?from={NIGHT}&to={LATER_NIGHT}")
    counts = {row["oddfinch:label"]: row["oddfinch:alerts"] for row in rows}
    assert counts["Mira"] == "1"
    assert counts["SIMBAD did not answer"] == "1"
    assert sum(map(int, counts.values())) == 4
    mira = next(row for row in rows if row["oddfinch:label"] == "Mira")
    assert float(mira["oddfinch:ratio"]) == pytest.approx(1.0)
    assert mira["oddfinch:source"] == "Archive"
    assert [row["i:objectId"] for row in table(warm, f"class-objects.csv?night={LATER_NIGHT}&pick=QSO")] == [LATE]


def test_a_file_that_cannot_be_made_is_a_status_and_a_line(warm: World) -> None:
    with warm.serving() as client:
        assert client.get("/export/classes.csv?by=nobody").status_code == 400
        assert client.get("/export/classes.csv?night=2030-01-01").status_code == 404
        assert client.get("/export/classes.exe").status_code == 404


def test_the_documentation_example_is_one_click_on_the_page(warm: World) -> None:
    made = warm.layout("classes")
    (button,) = [b for b in having(made, "data-view") if text_of(b) == "Documentation example"]
    for part in ('"from": "2023-01-25"', '"to": "2023-05-22"', '"spelling": "raw"', '"by": "simbad"'):
        assert part in getattr(button, "data-view")


def test_a_simulated_sky_says_so_on_every_panel_and_in_every_file(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive, kind="simulated").filled()
    for name in (*PANELS, "class-objects"):
        made = world.draw(name, **BOTH, pick="Mira")
        assert "SIMULATED" in text_of(made)
        assert all("SIMULATED" in getattr(box, "data-caption") for box in having(made, "data-caption"))
        assert LOCAL_API in text_of(made)
    assert all(row["oddfinch:source"] == "SIMULATED" for row in table(world, f"classes.csv?night={NIGHT}"))
    world.close()
