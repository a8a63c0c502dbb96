"""Addresses: what nobody meant to type is answered too, and Dash puts the right page and panel in place."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from pages._slots import place
from tests.house import (
    CANDIDS,
    LATER_NIGHT,
    ODD,
    SILENT,
    World,
    having,
    state_of,
    states,
)

OBJECT_PANELS = ("object-summary", "light-curve", "cutouts", "label-reasons")
CURVE = {"object_id": ODD}


def unbroken(root: Any) -> None:
    """No panel failed by a defect of ours, which in a warm world is the only way to be unavailable."""
    assert "unavailable" not in states(root).values()
    json.dumps(root.to_plotly_json(), default=lambda c: c.to_plotly_json() if isinstance(c, Component) else str(c))


ODD_TEXT = st.text(max_size=12) | st.sampled_from(
    ["2023-02-30", "-1", "1,2", "nan,nan", "2,1", "1,2,3", ",", "null", "0"]
)


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(["night", "from", "to", "sel", "only", "zz"]), ODD_TEXT | st.lists(ODD_TEXT)))
def test_any_query_of_the_night_page_is_answered(warm: World, query: dict[str, Any]) -> None:
    unbroken(warm.layout("night", **query))


OBJECT_KEYS = (
    *("alert", "tab", "mode", "zoom", "colour", "axis", "hide", "stretch", "invert", "czoom"),
    *("obs_date", "site", "fov", "survey", "fold", "cycles", "phase0", "pmin"),
)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["light-curve", "cutouts", "observability", "period", "sky"]),
    st.dictionaries(st.sampled_from(OBJECT_KEYS), ODD_TEXT),
)
def test_any_text_in_the_query_of_the_object_page_is_answered(warm: World, name: str, query: dict[str, str]) -> None:
    unbroken(warm.draw(name, object_id=ODD, **query))


@pytest.mark.parametrize("value", [["a", "b"], ["1,2", "3,4"], ""])
def test_repeated_and_empty_keys_of_the_object_page_are_as_good_as_none(warm: World, value: Any) -> None:
    made = warm.layout("object", ODD, **dict.fromkeys([*OBJECT_KEYS, "zz"], value))
    unbroken(made)
    (slot,) = having(made, "data-slot", "light-curve")
    assert json.loads(getattr(slot, "data-ask")) == {"object_id": ODD}


@settings(max_examples=12, deadline=None)
@given(st.text(max_size=15))
def test_any_path_below_object_is_answered(warm: World, object_id: str) -> None:
    # A name that may exist is looked up; everything else is refused with an example.
    assert set(states(warm.layout("object", object_id)).values()) <= {"invalid", "loading", "empty"}


EXTREME_NIGHTS = (
    {"night": "0001-01-01"},
    {"night": "9999-12-31"},
    {"to": "0001-01-05"},
    {"from": "0001-01-01", "to": "9999-12-31"},
)


@pytest.mark.parametrize("query", EXTREME_NIGHTS, ids=str)
def test_nights_at_the_ends_of_the_calendar_are_answered(warm: World, query: dict[str, str]) -> None:
    made = warm.layout("night", **query)
    unbroken(made)
    assert states(made)["night-table"] == "invalid"


EXTREME_ZOOMS = ("0,inf", "-inf,inf", "1,9999999", "-9999999,1", "1e308,2e308")


@pytest.mark.parametrize("zoom", EXTREME_ZOOMS)
def test_a_zoom_far_beyond_any_calendar_is_answered(warm: World, zoom: str) -> None:
    unbroken(warm.draw("light-curve", **CURVE, zoom=zoom))


def test_unknown_keys_are_ignored_and_repeated_ones_do_not_fail(warm: World) -> None:
    made = warm.layout("night", night=["2023-02-25", "2023-02-26"], utm_source="mail", children="x")
    (grid,) = having(made, "rowData")
    assert {r["night"] for r in grid.rowData} == {str(LATER_NIGHT)}


# Wiring through Dash


def updated(client: FlaskClient, output: str, outputs: Any, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer of Dash to a callback, as a browser asks for it."""
    changed = inputs[0]["id"]
    name = json.dumps(changed, separators=(",", ":"), sort_keys=True) if isinstance(changed, dict) else changed
    body = {
        "output": output,
        "outputs": outputs,
        "inputs": inputs,
        "changedPropIds": [f"{name}.{inputs[0]['property']}"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)["response"]


def routed(client: FlaskClient, path: str, search: str = "") -> dict[str, Any]:
    """What the router puts on the page for an address."""
    inputs = [
        {"id": "_pages_location", "property": "pathname", "value": path},
        {"id": "_pages_location", "property": "search", "value": search},
    ]
    outputs = [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}]
    return updated(client, ".._pages_content.children..._pages_store.data..", outputs, inputs)


def sent_states(answer: Any) -> dict[str, str]:
    """State of each panel in an answer of Dash."""
    found: dict[str, str] = {}
    if isinstance(answer, dict):
        if "data-panel" in answer:
            found[answer["data-panel"]] = answer["data-state"]
        answer = list(answer.values())
    for part in answer if isinstance(answer, list) else []:
        found |= sent_states(part)
    return found


@pytest.mark.parametrize("kind", ["ask", "change"])
def test_a_slot_that_asks_gets_its_panel(warm: World, kind: str) -> None:
    client = warm.client()
    known = json.loads(client.get("/_dash-dependencies").data)
    (callback,) = [c for c in known if c["inputs"][0]["id"] == f'{{"kind":"{kind}","panel":["MATCH"]}}']
    slot = {"id": {"kind": "slot", "panel": "label-reasons"}, "property": callback["output"].rsplit(".", 1)[1]}
    inputs = [{"id": {"kind": kind, "panel": "label-reasons"}, "property": "data", "value": CURVE}]
    answer = updated(client, callback["output"], slot, inputs)
    assert sent_states(answer) == {"label-reasons": "ready"}
    assert "Mira" in json.dumps(answer)


def test_a_question_whose_page_was_left_meanwhile_changes_nothing(warm: World) -> None:
    client = warm.client()
    known = json.loads(client.get("/_dash-dependencies").data)
    (callback,) = [c for c in known if c["inputs"][0]["id"] == '{"kind":"change","panel":["MATCH"]}']
    slot = {"id": {"kind": "slot", "panel": "night-preview"}, "property": callback["output"].rsplit(".", 1)[1]}
    changed = {"kind": "change", "panel": "night-preview"}
    body = {
        "output": callback["output"],
        "outputs": slot,
        "inputs": [{"id": changed, "property": "data"}],
        "changedPropIds": [json.dumps(changed, separators=(",", ":")) + ".data"],
    }
    assert client.post("/_dash-update-component", json=body).status_code == 204


def test_the_router_draws_the_page_of_the_path(warm: World) -> None:
    answer = routed(warm.client(), f"/object/{ODD}", f"?alert={CANDIDS[ODD]}")
    assert answer["_pages_store"]["data"]["title"].startswith(ODD)
    assert dict.fromkeys(OBJECT_PANELS, "ready").items() <= sent_states(answer).items()


def test_a_query_cannot_put_another_object_under_the_path(warm: World) -> None:
    text = json.dumps(routed(warm.client(), f"/object/{ODD}", f"?object_id={SILENT}"))
    plain = json.dumps(routed(warm.client(), f"/object/{ODD}"))
    asks = r'data-ask": "([^}]*)}'
    assert re.findall(asks, text) == re.findall(asks, plain)
    assert ODD in text


@pytest.mark.parametrize("path", ["/", "/status", "/search", "/nowhere", "/object/", "/object/a/b"])
def test_the_router_has_an_answer_for_every_path(warm: World, path: str) -> None:
    content = json.dumps(routed(warm.client(), path, "?a=1&a=2&layout=x&night=&q=%00")["_pages_content"])
    assert "data-page" in content


def test_a_slot_of_an_address_is_the_panel_in_its_place(warm: World) -> None:
    with warm.serving():
        made = place("label-reasons", CURVE)
    assert getattr(made, "data-keys") == "alert"
    assert state_of(made, "label-reasons") == "ready"
