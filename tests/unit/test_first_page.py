"""The first page of a tab comes with the frame, and is the page that the router would have given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.house import CANDIDS, NIGHT, ODD, SILENT, World, application, the_app

ADDRESSES = (
    "/",
    f"/?night={NIGHT}&sel={ODD}",
    f"/object/{ODD}?alert={CANDIDS[ODD]}&mode=dcmag",
    f"/object/{ODD}?object_id={SILENT}&path=/object/{SILENT}",
    "/object/",
    "/object/a/b",
    "/object/%3Cb%3E?a=1&a=2",
    "/nowhere",
    "//nowhere?night=%00",
)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything fetched; tests must not change it."""
    the_app()
    made = World(tmp_path_factory.mktemp("warm"), application(tmp_path_factory.mktemp("archive"))).filled()
    made.warm(ODD, CANDIDS[ODD])
    yield made
    made.close()


def frame(warm: World, address: str | None) -> Any:
    """Layout of the app, with the page of an address where one is named."""
    query = "" if address is None else f"?page={quote(address, safe='')}"
    answer = warm.client().get(f"/_dash-layout{query}")
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def part(tree: Any, id: str) -> Any:
    """Properties of the component of that id."""
    if isinstance(tree, dict):
        if tree.get("id") == id:
            return tree
        tree = list(tree.values())
    found = [part(branch, id) for branch in tree] if isinstance(tree, list) else []
    return next((f for f in found if f), None)


def routed(warm: World, address: str) -> Any:
    """What the router answers for it."""
    path, question, search = address.partition("?")
    where = {"pathname": path, "search": question + search}
    names = (("_pages_content", "children"), ("_pages_store", "data"))
    body = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [{"id": id, "property": name} for id, name in names],
        "inputs": [{"id": "_pages_location", "property": name, "value": value} for name, value in where.items()],
        "changedPropIds": ["_pages_location.pathname"],
    }
    answer = warm.client().post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)["response"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_first_page_is_the_one_that_the_router_gives(warm: World, address: str) -> None:
    asked, first = routed(warm, address), frame(warm, address)
    assert without_times(part(first, "_pages_content")["children"]) == without_times(
        asked["_pages_content"]["children"]
    )
    assert part(first, "_pages_store")["data"] == asked["_pages_store"]["data"]


def without_times(page: Any) -> Any:
    """The same without what says when it was drawn."""
    if isinstance(page, dict):
        return {name: without_times(value) for name, value in page.items() if name != "data-caption"}
    return [without_times(one) for one in page] if isinstance(page, list) else page


def test_a_page_asked_for_ahead_of_time_is_the_answer_of_the_router(warm: World) -> None:
    address = f"/object/{ODD}?alert={CANDIDS[ODD]}"
    answer = warm.client().get(f"/ahead.json?page={quote(address, safe='')}")
    assert answer.headers["Cache-Control"] == "no-store"
    made = json.loads(answer.data)
    assert without_times(made["response"]) == without_times(routed(warm, address))
    assert made["multi"] is True


def test_a_frame_for_no_address_waits_for_the_router(warm: World) -> None:
    frame(warm, f"/object/{ODD}")
    assert part(frame(warm, None), "_pages_content").get("children") is None


@pytest.mark.parametrize(
    ("path", "scripts"), [("/", 1), (f"/?night={NIGHT}", 1), (f"/object/{ODD}", 0), ("/status", 0)]
)
def test_only_a_page_with_a_table_brings_its_script_and_the_others_name_it(
    warm: World, path: str, scripts: int
) -> None:
    index = warm.client().get(path).text
    assert index.count('<script src="/_dash-component-suites/dash_ag_grid/') == scripts
    assert index.count('data-src="/_dash-component-suites/dash_ag_grid/') == 1 - scripts
