"""The search page: ``/search?q=``. It understands names of objects, whole or in part, and says so for anything else."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.panel import State, example, message, panel
from components.parts import attrs, link_button
from pages._arrival import draw_named
from pages._slots import Ask, panel_of, place
from services.errors import InvalidQuery
from services.house import House, house
from services.names import parse_name

dash.register_page(__name__, path="/search", title="Search · Oddfinch", order=2)

EXAMPLE = "ZTF25abixhdc"
UNDERSTOOD = (
    "This box understands ZTF object ids and how they begin (ZTF25abix), names of the Transient Name Server "
    "(SN 2023ixf) and names given by Fink's anomaly team. A good one:"
)


@panel_of("search", "Search")
def draw_search(h: House, ask: Ask, wait: bool) -> Component | None:
    """The object or objects of a name."""
    return draw_named("search", "Search", h, ask, wait=wait, go_on=False)


def layout(q: Any = "", **_query: Any) -> Component:
    """The page for a question."""
    text = q.strip() if isinstance(q, str) else ""
    return html.Div(_answer(text), className="page search-page", **attrs({"data-page": "search"}))


def _answer(text: str) -> Component:
    if not text:
        body = message("empty", "Nothing asked yet", ["Type a name into the box above:", example(EXAMPLE)])
        return panel("search", "Search", body, state=State.EMPTY)
    try:
        name = parse_name(text)
    except InvalidQuery as error:
        return _not_understood(text, error)
    at_once = draw_search(house(), {"q": text}, False) if name.kind == "id" else None
    return at_once or place("search", {"q": text})


def _not_understood(text: str, error: InvalidQuery) -> Component:
    words = [error.what, UNDERSTOOD, example(error.example)]
    actions = [
        link_button(f"Use {error.example}", f"/object/{error.example}", primary=True),
        link_button("Latest night", "/"),
    ]
    return panel("search", "Search", message("cross", "Not understood", words, actions), state=State.INVALID, note=text)
