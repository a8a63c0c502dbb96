"""The light curve as a component: legend, figure, and the same facts in words for those who can't see it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.light_curve import light_curve_figure
from components.figures.light_curve_facts import LightCurveFacts, Score, Series, value_range
from components.figures.light_curve_score import seen_counts
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
SEEN_TITLE = (
    "The features behind the score of the selected alert were computed from these: the alert itself and the detections "
    "in g and r of the 30 days before it, of either sign and any quality"
)
KIND_MARK = {"negative": "neg", "limit": "limit", "low quality": "lowq"}


def _legend_button(words: Any, key: str, symbol: Component, count: str, hidden: Collection[str]) -> Component:
    return html.Button(
        [symbol, words, html.Span(count, className="quiet")],
        type="button",
        **attrs(
            {
                "data-legend": key,
                "aria-pressed": str(key not in hidden).lower(),
                "title": f"Show or hide {words}",
            }
        ),
    )


def legend(series: Sequence[Series], *, hidden: Collection[str] = (), end: Sequence[Component] = ()) -> Component:
    """Legend of what is drawn, with counts; each entry shows or hides its points.

    A band counts its detections of either sign; limits and low quality have entries of their own, with the count of
    each band.
    """
    bands = [b for b in ("g", "r", "i") if any(s.band == b for s in series)]
    buttons = [_legend_button(b, b, mark(b, "valid"), _detections(series, b), hidden) for b in bands]
    for kind, symbol in KIND_MARK.items():
        of_kind = sorted((s for s in series if s.kind == kind), key=lambda s: "gri".index(s.band))
        if of_kind:
            counts = ", ".join(f"{len(s.mjd)} {s.band}" for s in of_kind)
            buttons.append(_legend_button(kind, kind, mark(of_kind[0].band, symbol), counts, hidden))
    return html.Div([*buttons, html.Span(list(end), className="end") if end else None], className="legend")


def _detections(series: Sequence[Series], band: str) -> str:
    return str(sum(len(s.mjd) for s in series if s.band == band and s.kind in ("detection", "negative")))


def selection_legend(facts: LightCurveFacts) -> list[Component]:
    """Legend of what belongs to the selected alert; the browser counts again when one steps."""
    counts = seen_counts(facts)
    seen = html.Span(
        [html.Span(className="mk-seen"), html.Span(seen_words(counts), **attrs({"data-seen-words": ""}))],
        title=SEEN_TITLE,
        hidden=not counts,
        className="seen",
        **attrs({"data-seen": json.dumps(facts.undrawn)}),
    )
    return [seen, html.Span([html.Span(className="mk mk-ring accent"), "selected alert"])]


def seen_words(counts: Mapping[str, int]) -> str:
    """How many points of each band the score of the selected alert is about."""
    return f"in the score ({', '.join(f'{n} {band}' for band, n in counts.items())})"


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
    hidden: Collection[str] = (),
    ago_from: float | None = None,
) -> Component:
    """The Graph with what the browser needs to repaint, step, zoom and export it."""
    figure = light_curve_figure(
        facts, lanes=lanes, theme=theme, zoom=zoom, height=height, hidden=hidden, ago_from=ago_from
    )
    low, high = value_range(facts)
    home = [*facts.mjd_range(), *((high, low) if facts.reversed else (low, high))]
    marks = {
        "data-theme-drawn": theme,
        "data-caption": caption,
        "data-file": file,
        "data-home": json.dumps(home),
    }
    if ago_from is not None:
        marks["data-ago-from"] = str(ago_from)
    if steps:
        marks |= {"data-step": facts.selected or "", "data-zoom": ""}
    graph = dcc.Graph(id=id, figure=figure, config=CONFIG, style={"height": "100%"})
    return html.Div(graph, className="plot", **attrs(marks))


def _when(mjd: float) -> str:
    return f"{utc_of_mjd(mjd):%Y-%m-%d %H:%M} UTC"


def _listed(score: Score) -> str:
    return "" if score.rank is None else f", rank {score.rank} of its night"


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
    scores = [html.Li(f"{s.score:.4f} at {_when(s.mjd)} ({s.band}){_listed(s)}") for s in oddest]
    eras = [html.P(f"{words}, from {_when(mjd)}") for mjd, words in facts.eras]
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
                *eras,
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
