"""The search page: ``/search?q=``. It understands object ids so far, and says so for anything else."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.panel import State, example, message, panel
from components.parts import attrs, link_button
from services.errors import InvalidQuery
from services.fink.queries import check_object_id

dash.register_page(__name__, path="/search", title="Search · Oddfinch", order=2)

EXAMPLE = "ZTF25abixhdc"


def layout(q: Any = "", **_query: Any) -> Component:
    """The page for a question."""
    text = q.strip() if isinstance(q, str) else ""
    return html.Div(_answer(text), className="page search-page", **attrs({"data-page": "search"}))


def _answer(text: str) -> Component:
    if not text:
        body = message("empty", "Nothing asked yet", ["Type an object id into the box above:", example(EXAMPLE)])
        return panel("search", "Search", body, state=State.EMPTY)
    try:
        object_id = check_object_id(text)
    except InvalidQuery as error:
        return _not_understood(text, error)
    link = html.A(object_id, href=f"/object/{object_id}", className="mono")
    return panel("search", "Search", message("check", "An object id", [html.P(link)]), note=text)


def _not_understood(text: str, error: InvalidQuery) -> Component:
    words = [
        error.what,
        "This box understands whole ZTF object ids: ZTF, two digits of a year, seven small letters. A good one:",
        example(error.example),
    ]
    actions = [
        link_button(f"Use {error.example}", f"/object/{error.example}", primary=True),
        link_button("Latest night", "/"),
    ]
    return panel("search", "Search", message("cross", "Not understood", words, actions), state=State.INVALID, note=text)
