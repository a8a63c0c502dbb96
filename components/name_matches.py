"""Objects that a name can mean, as a list of links."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.parts import attrs

HEADS = ("Object", "Alerts", "Newest alert (UTC)", "Among the anomalies")


def matches_table(rows: Sequence[tuple[str, str, str, str]]) -> Component:
    """Table of objects: id, number of alerts, time of the newest, times among the anomalies; all as text."""
    head = html.Tr([html.Th(words, scope="col") for words in HEADS])
    body = [
        html.Tr(
            [html.Td(html.A(object_id, href=f"/object/{object_id}", className="mono")), *map(html.Td, cells)],
            **attrs({"data-object-id": object_id}),
        )
        for object_id, *cells in rows
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plain-table")
    return html.Div(table, className="scroll name-matches", tabIndex=0)


def on_to(object_id: str) -> Component:
    """Link to an object that the browser follows by itself (assets/arrival.js)."""
    return html.A(object_id, href=f"/object/{object_id}", className="mono", **attrs({"data-arrive": ""}))
