"""For an address that is none of ours."""

from __future__ import annotations

from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.panel import State, message, panel
from components.parts import attrs, link_button

dash.register_page(__name__, title="No such page · Oddfinch")


def layout(**_query: Any) -> Component:
    """The page."""
    actions = [link_button("Latest night", "/", primary=True), link_button("Status", "/status")]
    body = message(
        "empty",
        "There is no page at this address",
        ["Object pages are at /object/ followed by the object id."],
        actions,
    )
    return html.Div(
        panel("not-found", "Not found", body, state=State.EMPTY),
        className="page",
        **attrs({"data-page": "not-found"}),
    )
