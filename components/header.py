"""The header of every page: where to go, what to look for, where the data come from."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import attrs, icon, icon_button, simulated_mark

PLACES = (("Night", "/"), ("Classes", "/classes"), ("TNS", "/tns"), ("JWST", "/jwst"), ("Status", "/status"))

KEYS = (
    ("/", "search"),
    ("J  K", "next, previous row or object"),
    ("Enter", "open the selected object"),
    ("← →", "night before, after; on an object: alert before, after"),
    ("M", "next brightness mode"),
    ("S", "copy a link to this view"),
    ("?", "this list"),
)


def source_mark(kind: str, label: str, detail: str, key: str) -> Component:
    """The data source as a word and a shape: round is live, square is an archive, striped is simulated.

    `key` is what the scripts of the page name with every request.
    """
    facts = attrs({"data-kind": kind, "data-key": key})
    if kind == "simulated":
        return html.Span([simulated_mark(), detail], className="source", **facts)
    return html.Span(
        [html.Span(className="dot"), html.B(label), html.Span(detail, className="detail")],
        className="source",
        title=f"{label} {detail}".strip(),
        **facts,
    )


def help_dialog() -> Component:
    """Keyboard help; opened with ``?``."""
    rows = [part for keys, words in KEYS for part in (html.Dt(html.Kbd(keys)), html.Dd(words))]
    return html.Dialog(
        [
            html.H2("Keys"),
            html.Dl(rows),
            html.P("Keys are ignored while you type.", className="quiet"),
            html.Form(html.Button("Close", className="btn", type="submit"), method="dialog"),
        ],
        id="help",
        **attrs({"aria-label": "Keys"}),
    )


def header(kind: str, label: str, detail: str, key: str) -> Component:
    """Header bar; the current place is marked by the browser from the address."""
    places = [html.A(words, href=href) for words, href in PLACES]
    box = html.Form(
        [
            icon("search"),
            html.Label(
                [
                    html.Span("Search", className="sr-only"),
                    dcc.Input(
                        id="search-box",
                        type="text",
                        placeholder="Object, position or class=…",
                        autoComplete="off",
                        name="q",
                    ),
                ]
            ),
            html.Kbd("/"),
        ],
        className="search",
        id="search",
        role="search",
        action="/search",
    )
    return html.Header(
        [
            html.A("Skip to content", href="#content", className="skip"),
            html.A([html.Span(className="mark"), "Oddfinch"], href="/", className="brand"),
            html.Nav(places, className="places", **attrs({"aria-label": "Places"})),
            box,
            html.Div(
                [
                    source_mark(kind, label, detail, key),
                    icon_button("sun", "Light or dark", id="theme-toggle"),
                    icon_button("beamer", "Beamer: larger type", id="beamer-toggle"),
                    icon_button("help", "Keys", id="help-open"),
                ],
                className="right",
            ),
        ],
        className="header",
    )
