"""Small parts used on every page: icons, chips, menus, copy buttons. Values in, Dash components out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

MINUS = "−"


def attrs(names: Mapping[str, Any]) -> dict[str, Any]:
    """``data-`` and ``aria-`` attributes for a component, which Python cannot spell as keywords."""
    return dict(names)


def icon(name: str) -> Component:
    """Decorative icon of `assets/icons.css`; the words beside it carry the meaning."""
    return html.Span(className=f"icon icon-{name}", **attrs({"aria-hidden": "true"}))


def mark(band: str, kind: str) -> Component:
    """Band mark as in the light curve: kind is ``valid``, ``neg``, ``lowq`` or ``limit``."""
    return html.Span(className=f"mk mk-{band}-{kind} band-{band}", **attrs({"aria-hidden": "true"}))


def icon_button(name: str, label: str, **attributes: Any) -> Component:
    """Borderless button that says what it does to eyes (title) and to screen readers (aria-label)."""
    return html.Button(
        icon(name),
        type="button",
        className="icon-btn",
        title=label,
        **attrs({"aria-label": label, **attributes}),
    )


def chip(label: str | None, origin: str, family: str) -> Component:
    """Class with its origin: family colour, name in words, who gave it."""
    shape = "sq hatched" if label == "Ambiguous" else "sq na" if family == "NA" else "sq"
    words = label or "not classified"
    return html.Span(
        [
            html.Span(className=shape, **attrs({"aria-hidden": "true"})),
            html.B(words, title=words),
            html.Span(origin, className="origin") if origin else None,
        ],
        className=f"chip fam-{family}",
    )


def copy_button(text: str, what: str) -> Component:
    """One click puts `text` on the clipboard; `what` names it."""
    return icon_button("copy", f"Copy {what}", **attrs({"data-copy": text}))


def link_button(children: Any, href: str, *, primary: bool = False) -> Component:
    """Link that looks like a button and keeps the page (no reload)."""
    return html.A(children, href=href, className="btn primary" if primary else "btn")


def view_button(children: Any, patch: Mapping[str, Any], *, pressed: bool, **attributes: Any) -> Component:
    """Button that changes the view: the browser writes `patch` into the address bar and redraws what depends on it."""
    return html.Button(
        children,
        type="button",
        **attrs({"data-view": json.dumps(dict(patch)), "aria-pressed": str(pressed).lower(), **attributes}),
    )


def segmented(key: str, choices: Sequence[tuple[str, str]], current: str, label: str) -> Component:
    """One of several: `choices` are (value, words), the pressed one is the value of `key` in the address bar."""
    return html.Div(
        [view_button(words, {key: value}, pressed=value == current) for value, words in choices],
        className="segmented",
        role="group",
        **attrs({"aria-label": label, "data-group": key}),
    )


def export_menu(
    links: Iterable[tuple[str, str]], *, figure: str | None = None, more: Iterable[Component] = ()
) -> Component:
    """Download menu: (words, href) of the data, PNG and SVG of the figure with that Graph id, and more buttons."""
    rows: list[Component] = [html.A(words, href=href, download="") for words, href in links]
    if figure:
        rows += [
            html.Button(
                f"Figure as {kind.upper()}",
                type="button",
                **attrs({"data-figure": figure, "data-kind": kind}),
            )
            for kind in ("png", "svg")
        ]
    rows += more
    return html.Details(
        [
            html.Summary(icon("download"), className="icon-btn", title="Export", **attrs({"aria-label": "Export"})),
            html.Div(rows, className="sheet"),
        ],
        className="menu",
    )


def code_menu(code: str) -> Component:
    """The code for this: a snippet with a copy button."""
    return html.Details(
        [
            html.Summary(
                icon("code"),
                className="icon-btn",
                title="The code for this",
                **attrs({"aria-label": "The code for this"}),
            ),
            html.Div(
                [
                    html.Pre(code, tabIndex=0),
                    html.Button(
                        [icon("copy"), "Copy"],
                        type="button",
                        className="btn small",
                        **attrs({"data-copy": code}),
                    ),
                ],
                className="sheet",
            ),
        ],
        className="menu code",
    )


def simulated_mark() -> Component:
    """The word that every simulated figure and table carries."""
    return html.Span("SIMULATED", className="simulated")


def signed(value: float, decimals: int) -> str:
    """Number with a true minus, for the screen."""
    return f"{value:.{decimals}f}".replace("-", MINUS)


def score_text(score: float | None) -> str:
    """Anomaly score with four decimals; a missing score is said in words, never shown as zero."""
    return "not scored" if score is None or score != score else signed(score, 4)


def date_box(id: str, words: str, value: str) -> Component:
    """Box for one date, year first."""
    box = dcc.Input(id=id, value=value, type="text", className="date-box", placeholder="YYYY-MM-DD", autoComplete="off")
    return html.Label([html.Span(words, className="sr-only"), box])
