"""Small parts that several panels of the JWST page share."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from components.jwst_trials import waiting
from components.panel import State, panel
from components.parts import attrs, export_menu
from pages._jwst import session_of, source_query
from pages._slots import Ask
from services.errors import InvalidQuery
from services.house import House

FORMATS = (("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json"))


def nothing() -> Component:
    """What stands where a tab has no panel."""
    return html.Div(className="jwst-nothing")


def absent(h: House, ask: Ask, name: str = "", title: str = "") -> Component:
    """What stands where a panel has no verdicts to speak of: a skeleton while they are on their way, else nothing."""
    try:
        session = session_of(h, ask)
    except InvalidQuery:
        return nothing()
    if session is None or session.job.state not in ("running", "done"):
        return nothing()
    job = reading_address(ask)
    if not name:
        return html.Span(className="facts", **attrs({"data-jwst-job": job}))
    return panel(name, title, waiting(job), state=State.LOADING, note="verdicts are on their way")


def reading_address(ask: Ask) -> str:
    """Where the browser asks how far the verdicts are."""
    return f"/jwst/job.json?{source_query(ask, kind='file')}"


def exports(ask: Ask, what: str, figure: str | None = None, **more: Any) -> Component:
    """Data of a panel as files, and its figure."""
    query = source_query(ask, **more)
    return export_menu([(words, f"/jwst/{what}.{kind}?{query}") for words, kind in FORMATS], figure=figure)
