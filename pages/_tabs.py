"""The tabs of the object page's lower right panel: the title of a panel that shares its place with others."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, view_button

TABS = (("observability", "Observability"), ("sky", "Sky"), ("period", "Period"), ("alert-content", "Alert content"))
"""Panel name, words."""


def tab_strip(current: str) -> Component:
    """The strip as a panel's title; the browser writes the choice into the address as ``tab``."""
    buttons = [
        view_button(words, {"tab": None if name == TABS[0][0] else name}, pressed=name == current)
        for name, words in TABS
    ]
    return html.Span(buttons, className="tab-strip", role="group", **attrs({"aria-label": "More about this object"}))
