"""The light curve as a component: legend, figure, and the same facts in words for those who can't see it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.light_curve import light_curve_figure
from components.figures.light_curve_facts import LightCurveFacts, Series, value_range
from components.figures.time_axis import utc_of_mjd
from components.parts import attrs, mark

CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,  # plotly.js would offer to upload the data
    "responsive": True,
    "doubleClick": False,  # assets/app.js goes back to the whole range, which autorange would not
}
ODDEST = 12
"""Scores that are read out; the whole timeline is in the figure and in the exports."""
KIND_MARK = {"negative": "neg", "limit": "limit", "low quality": "lowq"}


def _legend_button(words: Any, key: str, symbol: Component, count: int, hidden: Collection[str]) -> Component:
    return html.Button(
        [symbol, words, html.Span(str(count), className="quiet")],
        type="button",
        **attrs(
            {
                "data-legend": key,
                "aria-pressed": str(key not in hidden).lower(),
                "title": f"Show or hide {words}",
            }
        ),
    )


def legend(series: Sequence[Series], *, hidden: Collection[str] = (), ring: bool = True) -> Component:
    """Legend of what is drawn, with counts; each entry shows or hides its points."""
    bands = [b for b in ("g", "r", "i") if any(s.band == b for s in series)]
    buttons = [
        _legend_button(
            b,
            b,
            mark(b, "valid"),
            sum(len(s.mjd) for s in series if s.band == b and s.kind != "limit"),
            hidden,
        )
        for b in bands
    ]
    for kind, symbol in KIND_MARK.items():
        of_kind = [s for s in series if s.kind == kind]
        if of_kind:
            band = of_kind[-1].band if kind != "limit" else of_kind[0].band
            words = f"{kind} ({', '.join(s.band for s in of_kind)})" if kind == "limit" else kind
            buttons.append(_legend_button(words, kind, mark(band, symbol), sum(len(s.mjd) for s in of_kind), hidden))
    end = html.Span([html.Span(className="mk mk-ring accent"), "selected alert"], className="end") if ring else None
    return html.Div([*buttons, end], className="legend")


def figure_box(
    facts: LightCurveFacts,
    *,
    id: str,
    lanes: Collection[str],
    theme: str,
    caption: str,
    file: str,
    zoom: Sequence[float] = (),
    steps: bool = False,
    height: int = 600,
) -> Component:
    """The Graph with what the browser needs to repaint, step, zoom and export it."""
    figure = light_curve_figure(facts, lanes=lanes, theme=theme, zoom=zoom, height=height)
    low, high = value_range(facts)
    home = [*facts.mjd_range(), *((high, low) if facts.reversed else (low, high))]
    marks = {
        "data-theme-drawn": theme,
        "data-caption": caption,
        "data-file": file,
        "data-home": json.dumps(home),
    }
    if steps:
        marks |= {"data-step": facts.selected or "", "data-zoom": ""}
    graph = dcc.Graph(id=id, figure=figure, config=CONFIG, style={"height": "100%"})
    return html.Div(graph, className="plot", **attrs(marks))


def _when(mjd: float) -> str:
    return f"{utc_of_mjd(mjd):%Y-%m-%d %H:%M} UTC"


def timeline_words(facts: LightCurveFacts, state: str) -> list[Component]:
    """The class and score lanes in words, as panels of their own for screen readers and scripts."""
    labels = [
        html.Li(
            f"{s.label}: {_when(s.start_mjd)} to {_when(s.stop_mjd)}, {s.alerts} alert{'s' * (s.alerts != 1)}",
            **attrs({"data-label": s.label, "data-alerts": str(s.alerts)}),
        )
        for s in facts.spans
    ]
    oddest = sorted(facts.scores, key=lambda s: s.score)[:ODDEST]
    scores = [html.Li(f"{s.score:.4f} at {_when(s.mjd)} ({s.band})") for s in oddest]
    return [
        html.Section(
            [html.H3("Classification timeline"), html.Ol(labels)],
            className="sr-only",
            **attrs(
                {
                    "data-panel": "classification-timeline",
                    "data-state": state,
                    "data-changes": str(len(facts.changes_mjd)),
                }
            ),
        ),
        html.Section(
            [
                html.H3(f"Score timeline, {len(facts.scores)} scores, the lowest (oddest) first"),
                html.Ol(scores) if scores else html.P("No alert was scored."),
            ],
            className="sr-only",
            **attrs({"data-panel": "score-timeline", "data-state": state if scores else "empty"}),
        ),
    ]


def class_legend(facts: LightCurveFacts) -> Component | None:
    """Names of the classes in the ribbon, because a short span has no room for its name."""
    found = {s.label: s.family for s in facts.spans if s.family}
    if not found:
        return None
    return html.Div(
        [
            html.Span(
                [html.Span(className="sq hatched" if label == "Ambiguous" else "sq"), label],
                className=f"fam-{code}",
            )
            for label, code in found.items()
        ],
        className="class-legend",
    )
