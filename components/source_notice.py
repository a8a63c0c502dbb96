"""The notice under the header while something stands in for live Fink, with a way to ask again."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, icon

WORDS = {
    "sample": "What you see is a simulated sky: nothing in it was ever observed.",
    "cached": "What you see is what it said before; every panel says how old that is.",
}
"""What is shown instead, by state of `services.houses.Standing`; no notice in the others."""


def source_notice(state: str, trouble: str) -> Component:
    """Why this is not live Fink.

    Parameters
    ----------
    state
        As in `services.houses.Standing`.
    trouble
        What went wrong and when; empty when nothing did.
    """
    return html.Div(
        [
            icon("warn"),
            html.B("Fink did not answer.", id="source-title"),
            html.Span(
                [
                    html.Span(WORDS.get(state, ""), id="source-words"),
                    html.Span(trouble, id="source-trouble", className="quiet", title=trouble),
                ],
                className="words",
            ),
            html.Button("Try Fink again", type="button", className="btn small", id="source-retry"),
        ],
        id="source-notice",
        className="source-notice",
        role="status",
        hidden=state not in WORDS,
        **attrs({"data-state": state}),
    )
