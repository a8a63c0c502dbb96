"""What the night page says about nights with and without alerts, as the counts per night become known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.house import DOWN, NIGHT, World, application, having, state_of, text_of, the_app

EMPTY = NIGHT + timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
def app() -> None:
    """Panels are declared when the pages are imported, and those need the app."""
    the_app()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return application(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def world(tmp_path: Path, archive: Any) -> Iterator[World]:
    """The anomalies are known, the counts of alerts are not."""
    made = World(tmp_path, archive)
    made.house.index.start()
    assert made.house.index.wait(10)
    yield made
    assert made.house.statistics.wait(10)
    made.close()


def drawn(world: World, name: str = "night-calendar", night: Any = NIGHT) -> Any:
    return world.draw(name, night=str(night))


def looks(calendar: Any) -> set[str]:
    """How the nights without anomalies look."""
    return {c.className for c in having(calendar, "role", "img")}


def test_the_calendar_is_there_before_the_counts_and_asks_again_for_itself(world: World) -> None:
    made = drawn(world)
    assert state_of(made, "night-calendar") == "ready"
    assert looks(made) == {"none"}
    assert having(made, "data-refreshing")
    assert world.house.statistics.wait(10)
    made = drawn(world)
    assert looks(made) == {"blank", "zero"}
    assert not having(made, "data-refreshing")


def test_a_night_with_alerts_and_no_anomalies_is_not_a_night_without_data(world: World) -> None:
    words = {c.className: c.title for c in having(drawn(world.filled()), "role", "img")}
    assert words["zero"].endswith(": 0 anomalies of 1 alert")
    assert words["blank"].endswith(": no alerts in the archive")


def test_silence_about_the_counts_is_never_a_night_without_data(world: World) -> None:
    world.fink.failing["statistics"] = DOWN
    made = drawn(world.filled())
    assert state_of(made, "night-calendar") == "ready"
    assert looks(made) == {"none"}
    assert "not known" in text_of(made)
    assert not having(made, "data-refreshing")
    assert "no alerts" not in text_of(drawn(world, "night-table", EMPTY))


def test_retry_asks_for_the_counts_again(world: World) -> None:
    world.fink.failing["statistics"] = DOWN
    drawn(world.filled())
    world.fink.failing.clear()
    world.ahead = 10.0
    world.draw("night-calendar", night=str(NIGHT), retry="1")
    assert world.house.statistics.wait(10)
    assert "blank" in looks(drawn(world))


def test_the_title_counts_the_alerts_of_the_night_once_they_are_known(world: World) -> None:
    assert "alerts" not in text_of(drawn(world, "night-title"))
    assert "3 anomalies of 3 alerts" in text_of(drawn(world.filled(), "night-title"))


def test_an_empty_night_says_whether_there_was_anything_to_be_odd(world: World) -> None:
    assert "That night has no alerts in the archive." in text_of(drawn(world.filled(), "night-table", EMPTY))
    quiet = NIGHT - timedelta(days=10)
    assert "Fink processed 1 alert" in text_of(drawn(world, "night-table", quiet))


def test_known_counts_cost_no_call(world: World) -> None:
    calls = len(world.filled().fink.calls)
    for name in ("night-title", "night-calendar", "night-table"):
        drawn(world, name)
    assert len(world.fink.calls) == calls
