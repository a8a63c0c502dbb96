"""Panels and their slots: the state is always there to read, for people and for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from components.panel import (
    State,
    age_text,
    example,
    freshness,
    message,
    panel,
    retry_button,
    retry_icon,
    skeleton,
    slot,
)
from tests.house import components, having, of_type, state_of, text_of

NOW = datetime(2025, 9, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("state", State)
def test_a_panel_names_itself_and_its_state(state: State) -> None:
    made = panel("night-table", "Anomalies", html.P("body"), state=state, note="three")
    assert state_of(made, "night-table") == state.value
    assert "Anomalies" in text_of(made)
    assert "three" in text_of(made)
    assert "body" in text_of(made)


def test_a_panel_is_ready_unless_it_says_otherwise() -> None:
    assert state_of(panel("x", "X", None), "x") == "ready"


@pytest.mark.parametrize("simulated", [True, False])
def test_only_what_was_never_seen_in_the_sky_is_marked_so(simulated: bool) -> None:
    assert ("SIMULATED" in text_of(panel("x", "X", None, simulated=simulated))) is simulated


def test_tools_keep_their_order() -> None:
    made = panel("x", "X", None, tools=[html.Button("one"), html.Button("two")])
    assert [text_of(c) for c in components(made) if isinstance(c, html.Button)] == ["one", "two"]


def test_a_skeleton_is_busy_and_loading() -> None:
    made = skeleton("cutouts", "Cutouts")
    assert state_of(made, "cutouts") == "loading"
    assert having(made, "aria-busy", "true")


def test_a_message_has_its_words_and_actions() -> None:
    made = message("warn", "No answer", ["first", example("ZTF00aaaaaaa")], [html.A("go", href="/x")])
    assert text_of(made) == "No answerfirstZTF00aaaaaaago"
    assert [a.href for a in having(made, "href")] == ["/x"]


@pytest.mark.parametrize("make", [retry_button, retry_icon])
def test_retry_buttons_name_the_panel_that_they_are_for(make: type[html.Button]) -> None:
    assert having(make("cutouts"), "data-retry", "cutouts")


def test_a_slot_with_content_asks_for_nothing() -> None:
    made = slot("x", panel("x", "X", None), {"object_id": "a"}, keys=("alert", "mode"))
    kinds = [c.id["kind"] for c in of_type(made, dcc.Store)]
    assert kinds == ["change"]
    (place,) = having(made, "data-slot", "x")
    assert getattr(place, "data-keys") == "alert,mode"
    assert json.loads(getattr(place, "data-ask")) == {"object_id": "a"}


def test_a_slot_without_content_shows_what_is_pending_and_asks() -> None:
    made = slot("x", None, {"object_id": "a"}, pending=skeleton("x", "X"))
    (store,) = [c for c in of_type(made, dcc.Store) if c.id["kind"] == "ask"]
    assert store.id == {"kind": "ask", "panel": "x"}
    assert store.data == {"object_id": "a"}
    assert state_of(made, "x") == "loading"


@given(st.dictionaries(st.text(), st.text()))
def test_what_is_asked_survives_the_page(ask: dict[str, str]) -> None:
    made = slot("x", None, ask)
    assert json.loads(getattr(made, "data-ask")) == ask


def test_fresh_data_say_nothing_about_their_age() -> None:
    look = freshness(NOW - timedelta(minutes=30), stale=False, failing=False, now=NOW)
    assert (look.state, look.note, look.refreshing, look.tools("x")) == (State.READY, "", False, [])


def test_old_data_that_are_being_refreshed_are_ready_and_say_their_age() -> None:
    look = freshness(NOW - timedelta(hours=3), stale=True, failing=False, now=NOW)
    assert (look.state, look.refreshing) == (State.READY, True)
    assert "3 h ago" in look.note


@pytest.mark.parametrize("stale", [True, False])
def test_old_data_of_a_source_that_fails_are_stale_with_a_way_to_ask_again(stale: bool) -> None:
    look = freshness(NOW - timedelta(days=2), stale=stale, failing=True, now=NOW)
    assert look.state is State.STALE
    assert "2 d ago" in look.note
    assert having(look.tools("cutouts"), "data-retry", "cutouts")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "less than a minute"), (59, "less than a minute"), (60, "1 min"), (7200, "2 h"), (4 * 86400, "4 d")],
)
def test_ages_are_said_in_the_largest_unit(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
