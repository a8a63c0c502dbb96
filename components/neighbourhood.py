"""What is around an alert, one line for each catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, icon


class Line(Protocol):
    """What one catalogue said."""

    @property
    def what(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def radius(self) -> float: ...
    @property
    def separation(self) -> float | None: ...
    @property
    def name(self) -> str: ...
    @property
    def facts(self) -> str: ...


def radius_words(arcsec: float) -> str:
    """A search radius: arcminutes where they are whole and there is more than one minute's worth of seconds."""
    return f"{arcsec / 60:.0f}′" if arcsec >= 60 and arcsec % 60 == 0 else f"{arcsec:g}″"


def status_words(line: Line) -> str:
    """What it means that nothing was found."""
    return {
        "nothing": f"{line.facts or 'nothing'} within {radius_words(line.radius)}",
        "silent": "did not answer for this alert",
        "not asked": "not asked",
        "not given": "no answer in this packet; its version of Fink may not have asked",
    }[line.status]


@dataclass
class _Shown:
    what: str
    words: str
    line: Line


def _merged(lines: Sequence[Line]) -> list[_Shown]:
    """Catalogues that said the same about the same radius share a line."""
    shown: list[_Shown] = []
    for line in lines:
        words = "" if line.status == "found" else status_words(line)
        same = [s for s in shown if words and s.words == words and "," not in line.what and "," not in s.line.what]
        if same:
            same[0].what += f", {line.what}"
        else:
            shown.append(_Shown(line.what, words, line))
    return shown


def neighbour_table(lines: Sequence[Line]) -> Component:
    """Rows of catalogue, separation and what is there."""
    head = html.Tr([html.Th(words, scope="col") for words in ("Catalogue", "Distance", "What")])
    return html.Table(
        [html.Thead(head, className="sr-only"), html.Tbody([_row(shown) for shown in _merged(lines)])],
        className="neighbours",
    )


def _row(shown: _Shown) -> Component:
    line = shown.line
    if line.status != "found":
        return html.Tr(
            [html.Th(shown.what, scope="row"), html.Td(), html.Td(shown.words, className="quiet")],
            **attrs({"data-status": line.status}),
        )
    far = f"≤ {radius_words(line.radius)}" if line.separation is None else f"{line.separation:.1f}″"
    return html.Tr(
        [
            html.Th(shown.what, scope="row"),
            html.Td(html.B(far) if line.separation is not None else far, className="far-away"),
            html.Td(_found(line)),
        ],
        **attrs({"data-status": "found"}),
    )


def _found(line: Line) -> list[Any]:
    if line.what.startswith("PS1"):  # its 18 digits say nothing to a person; they are in the alert's content
        return [line.facts]
    return [html.B(line.name) if line.name else None, ", " if line.name and line.facts else None, line.facts]


def asteroid_notice(words: str, links: Sequence[tuple[str, str]]) -> Component:
    """That the detection may be of the Solar System, with where to check it (words, address)."""
    checks: list[Any] = []
    for text, href in links:
        checks += [", " if checks else " Check: ", html.A(text, href=href, target="_blank", rel="noopener noreferrer")]
    return html.Div([icon("warn"), html.Span([html.B("Solar System?"), f" {words}", *checks])], className="warning")
