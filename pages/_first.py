"""Pages before the router asks for them: the first one of a tab, with its frame; and the neighbours of an object.

Every other page comes through Dash's router, which is a callback: the browser asks for it only after it has drawn a
frame with nothing inside. For the first page assets/index.html names the address when it asks for the layout, and
keeps back the router's question about it. It does the same for a page that it has asked for ahead of time.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import dash
from dash._pages import _parse_query_string, _path_to_page  # as the router reads an address, to the letter
from dash._utils import to_json
from dash.development.base_component import Component
from flask import Response, request

from pages._routes import blueprint

GRID = re.compile(r'<script src="([^"]*/dash_ag_grid/[^"]*)"></script>')

WITH_TABLE = ("/", "/classes", "/search", "/tns")
"""Pages that have a table, or may have one; assets/app.js has the same list."""


def container() -> Component:
    """Dash's place for pages, with the page that the request for the layout names in ``?page=``, if it names one."""
    address = request.args.get("page")
    if address is None:
        return dash.page_container
    made = copy.copy(dash.page_container)
    location, content, store, dummy = made.children
    content, store = copy.copy(content), copy.copy(store)
    content.children, store.data = _page_at(address)
    made.children = [location, content, store, dummy]
    return made


@blueprint.get("/ahead.json")
def ahead() -> Response:
    """What the router answers for the address in ``?page=``, for a browser that will hand it to Dash in its place."""
    page, title = _page_at(request.args.get("page", "/"))
    answer = {"_pages_content": {"children": page}, "_pages_store": {"data": title}}
    made = Response(to_json({"multi": True, "response": answer}), mimetype="application/json")
    made.headers["Cache-Control"] = "no-store"
    return made


def _page_at(address: str) -> tuple[Component, dict[str, str]]:
    """What the router answers for a path and query: the page, and its title."""
    path, _, search = address.partition("?")
    page, variables = _path_to_page(path.strip("/"))
    if not page:
        page = next(p for name, p in dash.page_registry.items() if name.endswith("not_found_404"))
    variables = variables or {}
    query: dict[str, Any] = _parse_query_string(f"?{search}")
    title = page["title"]
    # What the path says comes last, so that no query parameter takes its place.
    return page["layout"](**{**query, **variables}), {"title": title(**variables) if callable(title) else title}


def without_grid(index: str) -> str:
    """HTML of the first page without the script of the table where there is no table: it is a quarter of all scripts.

    What remains names the script; assets/app.js fetches it behind the figure, or at the latest on the way to a table.
    """
    with_table = request.path in WITH_TABLE
    return index if with_table else GRID.sub(r'<template id="grid-script" data-src="\1"></template>', index)
