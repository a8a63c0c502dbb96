"""Every column of one alert with its unit and meaning, searchable."""

from __future__ import annotations

from collections.abc import Iterable

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import attrs


def search_box() -> Component:
    """Filters the rows of the table below it as one types."""
    return html.Label(
        [
            html.Span("Find a column", className="sr-only"),
            dcc.Input(
                type="search",
                placeholder="Find a column",
                className="content-search",
                id="content-search",
                autoComplete="off",
            ),
        ],
        **attrs({"data-search-rows": ""}),
    )


def content_table(rows: Iterable[tuple[str, str, str, str]]) -> Component:
    """Table of (column, value, unit, meaning); a missing value says so."""
    body = [
        html.Tr(
            [
                html.Td(name, className="mono"),
                html.Td(value or html.Span("missing", className="quiet"), className="value", title=value),
                html.Td(unit),
                html.Td(meaning),
            ]
        )
        for name, value, unit, meaning in rows
    ]
    head = html.Tr([html.Th(words) for words in ("Column", "Value", "Unit", "Meaning")])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(body)], className="content-table"),
        className="scroll",
        tabIndex=0,
    )
