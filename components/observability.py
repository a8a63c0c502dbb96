"""Whether a position can be observed from somewhere: the choice of place and night, the answer in words, the figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.observability import AltitudeFacts, observability_figure
from components.light_curve import CONFIG
from components.parts import attrs, date_box, icon, view_button

TYPED = "typed"
"""Value of the choice that opens the box for coordinates."""


def site_menu(sites: Sequence[tuple[str, str]], current: str | None) -> Component:
    """The observatories as (key, name) in a native menu, with coordinates last; None when those are chosen."""
    options = [html.Option(name, value=key, selected=key == current) for key, name in sites]
    typed = html.Option("Coordinates…", value=TYPED, selected=current is None)
    return html.Label(
        [
            html.Span("Observatory", className="sr-only"),
            html.Select([*options, typed], className="site-menu", **attrs({"data-night-sky": "site"})),
        ],
        className="site-choice",
    )


def coordinates_box(value: str, *, example: str, shown: bool) -> Component:
    """Box for typed coordinates; hidden until somebody asks for it."""
    box = dcc.Input(id="site-coordinates", value=value, type="text", className="date-box", placeholder=example,
                    autoComplete="off")  # fmt: skip
    return html.Label(
        [html.Span("Longitude °E, latitude °N, height m"), box],
        className="site-coordinates",
        **attrs({"data-night-sky": "coordinates", **({} if shown else {"data-away": ""})}),
    )


def night_stepper(value: str, before: str | None, after: str | None, *, chosen: bool) -> list[Component]:
    """The night before, a box for the date, the night after, and the way back to tonight.

    Parameters
    ----------
    value, before, after
        Dates as in the address; None where there is no such night.
    chosen
        Whether the address names a night.
    """
    return [
        _arrow("left", "Night before", before),
        html.Span(date_box("observing-night", "Night, UTC date", value), **attrs({"data-night-sky": "date"})),
        _arrow("right", "Night after", after),
        view_button("Tonight", {"obs_date": None}, pressed=not chosen, className="btn small",
                    **attrs({"data-night-sky": "tonight"})),
    ]  # fmt: skip


def _arrow(symbol: str, words: str, night: str | None) -> Component:
    names = {"data-night-sky": symbol, "aria-label": words}
    return html.Button(
        icon(symbol),
        type="button",
        className="btn square",
        title=words,
        disabled=night is None,
        **attrs({**names, **({} if night is None else {"data-view": json.dumps({"obs_date": night})})}),
    )


def answer(verdict: tuple[str, str], state: str, moon: str) -> Component:
    """Whether it can be observed, in words, and the Moon at the other end of the line."""
    said, matter = verdict
    return html.P(
        [html.Span([said, " ", html.B(matter)], className="verdict"), html.Span(moon, className="moon")],
        className="night-answer",
        role="status",
        **attrs({"data-verdict": state}),
    )


def sun_times(rows: Sequence[tuple[str, str, str, str]]) -> Component:
    """Between which times the Sun is how low: (shade, name, altitude, times)."""
    cells = [
        html.Div(
            [
                html.Dt([html.Span(className=f"shade shade-{shade}"), name, html.Span(altitude, className="limit")]),
                html.Dd(times),
            ]
        )
        for shade, name, altitude, times in rows
    ]
    return html.Dl(cells, className="sun-times")


def figure_box(facts: AltitudeFacts, *, theme: str, caption: str, file: str) -> Component:
    """The Graph with what the browser needs to repaint and export it."""
    config: Any = CONFIG
    graph = dcc.Graph(
        id="observability-figure", figure=observability_figure(facts, theme), config=config, style={"height": "100%"}
    )
    marks = {"data-theme-drawn": theme, "data-caption": caption, "data-file": file}
    return html.Div(graph, className="plot night-plot", **attrs(marks))
