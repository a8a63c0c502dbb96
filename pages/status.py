"""The status page: what the data source did lately, how old the data are, what is kept. ``/status``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash
from dash import html
from dash.development.base_component import Component

from components.panel import age_text, panel
from components.parts import attrs
from pages._slots import Ask, panel_of, place
from services.fink.calls import CallStats
from services.house import House

dash.register_page(__name__, path="/status", title="Status · Oddfinch", order=3)


def _ago(when: datetime | None) -> str:
    return (
        "never"
        if when is None
        else f"{when:%Y-%m-%d %H:%M:%S} ({age_text((datetime.now(UTC) - when).total_seconds())} ago)"
    )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _call_row(call: CallStats) -> Component:
    cells = [
        str(call.count),
        str(call.failures),
        _ms(call.last_ms),
        _ms(call.median_ms),
        f"{call.received_bytes / 1e6:.1f}",
    ]
    return html.Tr(
        [
            html.Td(call.kind, className="mono text"),
            *[html.Td(text) for text in cells],
            html.Td(_ago(call.last_success), className="text"),
            html.Td(
                [_ago(call.last_failure), f": {call.last_reason}" if call.last_reason else ""],
                className="text",
            ),
        ],
        **attrs({"data-call": call.kind}),
    )


@panel_of("status-calls", "Calls to the data source")
def draw_calls(h: House, _ask: Ask, _wait: bool) -> Component:
    """Each kind of call with its last success and failure."""
    calls = h.calls.snapshot()
    heads = (
        "Call",
        "Requests",
        "Failed",
        "Last, ms",
        "Median, ms",
        "MB",
        "Last success (UTC)",
        "Last failure (UTC)",
    )
    head = html.Tr([html.Th(words, className="text" if "(UTC)" in words else "") for words in heads])
    body: Any = html.Table([html.Thead(head), html.Tbody([_call_row(c) for c in calls])], className="plain-table")
    if not calls:
        body = html.P("Nothing has been asked since the start: everything came from the cache.", className="quiet")
    note = f"{h.source.label} {h.source.detail}"
    return panel(
        "status-calls",
        "Calls to the data source",
        html.Div(body, className="scroll", tabIndex=0),
        note=note,
        simulated=h.source.simulated,
    )


def _facts(rows: list[tuple[str, Any]]) -> Component:
    return html.Dl([part for words, value in rows for part in (html.Dt(words), html.Dd(value))], className="facts-list")


@panel_of("status-index", "History of anomalies")
def draw_index(h: House, _ask: Ask, _wait: bool) -> Component:
    """How much of the anomaly history is in memory and how old it is."""
    p = h.index.progress()
    doing = f"fetching {p.month}" if p.month else "cancelled" if p.cancelled else "nothing to do"
    rows = [
        ("Months loaded", f"{p.done} of {p.total}" + (f", {p.failed} failed" if p.failed else "")),
        ("Anomalies", f"{len(h.index.table()):,}"),
        ("Newest month fetched", _ago(p.as_of)),
        ("Now", doing),
        ("Last failure", str(p.trouble) if p.trouble else "none"),
    ]
    return panel("status-index", "History of anomalies", _facts(rows), simulated=h.source.simulated)


@panel_of("status-cache", "Cache")
def draw_cache(h: House, _ask: Ask, _wait: bool) -> Component:
    """What is kept on disk, and what it saved since the start."""
    s = h.cache.stats()
    rows = [
        ("Kept", f"{s.entries:,} answers, {s.bytes / 1e6:,.1f} MB"),
        ("Served from the cache", f"{s.hits:,}"),
        ("Asked for", f"{s.misses:,}"),
        ("Served old while Fink was silent", f"{s.stale_served:,}"),
        ("Refreshed in the background", f"{s.refreshed:,}"),
        ("Failed", f"{s.failed:,}"),
        ("Folder", html.Span(str(h.settings.cache_dir), className="mono")),
        ("Running since", _ago(h.started_at)),
    ]
    return panel("status-cache", "Cache", _facts(rows), simulated=h.source.simulated)


def layout(**_query: Any) -> Component:
    """The page."""
    title = html.Div(
        [html.H1("Status"), html.Span("of this Oddfinch and its data source", className="facts")],
        className="title-row",
    )
    side = html.Div([place("status-index", {}), place("status-cache", {})], className="stack")
    return html.Div([title, place("status-calls", {}), side], className="page status", **attrs({"data-page": "status"}))
