"""Every column of one alert with its unit and meaning, searchable.

The table is an HTML fragment that the browser fetches and puts in place: six hundred cells are quick as text and
slow as components.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import attrs


def search_box() -> Component:
    """Filters the rows of the table below it as one types."""
    box = dcc.Input(
        type="search", placeholder="Find a column", className="content-search", id="content-search", autoComplete="off"
    )
    return html.Label(
        [html.Span("Find a column", className="sr-only"), box],
        className="content-find",
        **attrs({"data-search-rows": ""}),
    )


def content_box(href: str) -> Component:
    """Where the table comes to stand."""
    return html.Div(className="scroll", tabIndex=0, **attrs({"data-fragment": href}))


def content_table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """HTML of a table of (column, value, unit, meaning), everything escaped; a missing value says so."""
    heads = "".join(f"<th scope=col>{words}</th>" for words in ("Column", "Value", "Unit", "Meaning"))
    return (
        f"<table class=content-table><thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, rows))}</tbody></table>"
    )


def _row(cells: tuple[str, str, str, str]) -> str:
    name, value, unit, meaning = map(escape, cells)
    shown = value or "<span class=quiet>missing</span>"
    return (
        f'<tr><td class=mono>{name}</td><td class=value title="{value}">{shown}</td>'
        f"<td>{unit}</td><td>{meaning}</td></tr>"
    )
