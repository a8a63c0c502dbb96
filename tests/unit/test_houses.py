"""Which source answers: live Fink, what is kept of it, or the sample sky; and never two of them in one view."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services import house as wiring
from services.cache.lifetimes import CLOSED_MONTH
from services.errors import NoAnswer, OtherSource, Unavailable
from services.house import EXTENSION, SOURCE_HEADER, House, build_house
from services.houses import Houses, Standing, ask, open_houses
from services.local_fink.sky import VERSION
from services.local_fink.sky.mark import MARK
from services.settings import Settings, load_settings
from services.sources import Source
from tests.house import ODD, World, application, packets, the_app
from tests.packets import write_parquet

SILENT = NoAnswer("POST /api/v1/statistics", "timed out after 3 s")


def silent(_house: House) -> Unavailable | None:
    return SILENT


def well(_house: House) -> Unavailable | None:
    return None


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """Live Fink and a simulated sky, both with a full index."""
    folder = tmp_path_factory.mktemp("worlds")
    fink = application(folder)
    both = tuple(World(folder / kind, fink, kind=kind).filled() for kind in ("live", "simulated"))
    yield both
    for world in both:
        world.close()


@pytest.fixture
def live_world(worlds: tuple[World, World]) -> Iterator[World]:
    """The first of `worlds`, whose Fink is well again afterwards."""
    yield worlds[0]
    worlds[0].fink.failing = {}


def stand_in(key: str) -> Any:
    """What `Houses` asks of a house."""
    source = Source(key, "live", f"the {key}", "", date(2023, 1, 1))
    idle = SimpleNamespace(retry=lambda: None, start=lambda: None, want=lambda: None)
    return SimpleNamespace(source=source, index=idle, tns=idle)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of somebody who chose nothing; a tiny sky stands in the place of the sample, so that none is made."""
    sky = tmp_path / "cache" / f"sample-sky-{VERSION}"
    sky.mkdir(parents=True)
    write_parquet(sky / "alerts.parquet", packets())
    (sky / MARK).write_text(json.dumps({"simulated": True, "version": VERSION}))
    return load_settings(["--cache-dir", str(tmp_path / "cache")], {})


def opened(settings: Settings, trouble: Any) -> Houses:
    return open_houses(settings, ask=trouble)


# What is chosen at the start


def test_live_fink_is_current_when_it_answers(settings):
    houses = opened(settings, well)
    assert houses.current.source.kind == "live"
    assert houses.standing() == Standing("live")


def test_without_fink_and_without_anything_kept_it_is_the_sample_sky(settings):
    houses = opened(settings, silent)
    assert houses.current.source.simulated
    assert houses.standing() == Standing("sample", SILENT)
    assert houses.standing().why.startswith("POST /api/v1/statistics timed out after 3 s, ")


def test_what_is_kept_of_fink_goes_before_the_sample_sky(settings, worlds):
    live = build_house(replace(settings, source="live"))
    rows = worlds[0].house.client.fetch_anomalies(date(2023, 2, 1), date(2023, 2, 28))
    keep(live, date(2023, 2, 1), rows)
    houses = opened(settings, silent)
    assert houses.current.source.kind == "live"
    assert houses.standing() == Standing("cached", SILENT)


def test_a_kept_month_without_anomalies_is_nothing_to_show(settings, worlds):
    live = build_house(replace(settings, source="live"))
    rows = worlds[0].house.client.fetch_anomalies(date(2023, 2, 1), date(2023, 2, 28))
    keep(live, date(2023, 2, 1), rows.iloc[:0])
    assert opened(settings, silent).current.source.simulated


def keep(house: House, month: date, rows: Any) -> None:
    from services import frames
    from services.cache import Fetched

    key = house.index._key(month)
    house.cache.get(key, lambda: Fetched(frames.to_bytes(rows), empty=rows.empty), CLOSED_MONTH)


@pytest.mark.parametrize("source", ["live", "sample"])
def test_a_source_that_was_chosen_is_never_replaced(settings, source):
    houses = opened(replace(settings, source=source), silent)
    assert houses.standing() == Standing("chosen")
    assert houses.current.source.kind == {"live": "live", "sample": "simulated"}[source]
    assert houses.retry() == Standing("chosen")


# Asking


def test_an_answer_in_time_is_an_answer(live_world):
    assert ask(live_world.house) is None


def test_a_refusal_in_words_is_an_answer_too(live_world):
    live_world.fink.failing = {"statistics": (400, {"Content-Type": "application/json"}, b'{"message": "no"}')}
    assert ask(live_world.house) is None


def test_a_page_of_html_is_no_answer(live_world):
    live_world.fink.failing = {"statistics": (200, {"Content-Type": "text/html"}, b"<html>log in here</html>")}
    assert isinstance(ask(live_world.house), Unavailable)


def test_nobody_waits_longer_than_told():
    held = threading.Event()
    house: Any = SimpleNamespace(client=SimpleNamespace(fetch_statistics=lambda *_: held.wait(30)))
    try:
        trouble = ask(house, within=0.05)
    finally:
        held.set()
    assert isinstance(trouble, NoAnswer)
    assert "timed out after 0.05 s" in str(trouble)


# Fink is back


class Moods:
    """Answers as told, and counts how often it was asked."""

    def __init__(self, *troubles: Unavailable | None) -> None:
        self.troubles = list(troubles)
        self.asked = 0

    def __call__(self, _house: House) -> Unavailable | None:
        self.asked += 1
        return self.troubles.pop(0)


def test_tabs_opened_after_fink_is_back_get_it_and_older_ones_keep_their_sky():
    live, sky = stand_in("live"), stand_in("sky")
    houses = Houses(sky, live=live, trouble=SILENT, ask=Moods(SILENT, None))
    assert houses.retry().state == "sample"
    assert houses.of(None) is sky
    assert houses.retry() == Standing("live")
    assert houses.of(None) is live
    assert houses.of(sky.source.key) is sky
    assert houses.of(live.source.key) is live


def test_fink_that_is_back_is_not_asked_again():
    moods = Moods(None)
    houses = Houses(stand_in("sky"), live=stand_in("live"), trouble=SILENT, ask=moods)
    for _ in range(3):
        houses.retry()
    assert moods.asked == 1


def test_many_who_ask_at_once_cause_one_question():
    moods, asking, go_on = Moods(None), threading.Event(), threading.Event()

    def slow(house: House) -> Unavailable | None:
        asking.set()
        assert go_on.wait(10)
        return moods(house)

    houses = Houses(stand_in("sky"), live=stand_in("live"), trouble=SILENT, ask=slow)
    threads = [threading.Thread(target=houses.retry) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert asking.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert moods.asked == 1


def test_a_source_of_another_process_is_refused():
    with pytest.raises(OtherSource, match="Now it is the live"):
        Houses(stand_in("live")).of("archive:of yesterday")


# Requests


@pytest.fixture
def app_of_both(worlds: tuple[World, World]) -> tuple[Any, House, House]:
    live, sky = (world.house for world in worlds)
    server, houses = the_app().server, Houses(sky, live=live, trouble=SILENT, ask=well)
    server.extensions[EXTENSION] = houses
    houses.retry()
    return server.test_client(), live, sky


def test_a_request_is_answered_from_the_source_that_its_tab_was_opened_with(app_of_both):
    client, live, sky = app_of_both
    url = "/export/anomalies.csv?night=2023-02-25"
    assert "SIMULATED" not in client.get(url).text
    assert "SIMULATED" in client.get(url, headers={SOURCE_HEADER: sky.source.key}).text
    assert "SIMULATED" in client.get(f"{url}&source={sky.source.key}").text
    assert "SIMULATED" not in client.get(url, headers={SOURCE_HEADER: live.source.key}).text


@pytest.mark.parametrize(
    "path", [f"/sparkline/{ODD}.svg", "/export/anomalies.csv?night=2023-02-25", "/index.json", "/_dash-layout"]
)
def test_a_request_of_a_tab_over_another_source_is_refused_in_a_line(app_of_both, path):
    answer = app_of_both[0].get(path, headers={SOURCE_HEADER: "archive:of yesterday"})
    assert (answer.status_code, answer.mimetype) == (409, "text/plain")
    assert "load the page again" in answer.text


def test_a_panel_of_a_tab_over_another_source_is_refused_and_not_drawn_as_a_defect(app_of_both):
    client = app_of_both[0]
    answer = client.post("/_dash-update-component", json={}, headers={SOURCE_HEADER: "archive:of yesterday"})
    assert answer.status_code == 409


def test_the_notice_says_what_stands_in_for_fink_and_why(worlds):
    live, sky = (world.house for world in worlds)
    the_app().server.extensions[EXTENSION] = Houses(sky, live=live, trouble=SILENT, ask=Moods(SILENT, None))
    client = the_app().server.test_client()
    now = client.get("/source.json").get_json()
    assert (now["key"], now["state"]) == (sky.source.key, "sample")
    layout = client.get("/_dash-layout").text
    assert "nothing in it was ever observed" in layout
    assert "timed out after 3 s" in layout
    assert client.post("/source/retry").get_json()["state"] == "sample"
    assert client.post("/source/retry").get_json() == {"key": live.source.key, "state": "live", "trouble": ""}


def test_the_sample_is_found_where_the_cache_is(settings):
    assert wiring.sample_house(settings).source.simulated
