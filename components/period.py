"""The search for a period as a panel's content: the field and buttons, the figure, the list of peaks.

Values in, Dash components out. Dash has no element for a plain field or slider; the places with ``data-period-input``
become one in assets/period.js, which folds the points again without asking the server.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.figures.period import PeriodFacts, period_figure
from components.parts import attrs

CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,  # plotly.js would offer to upload the data
    "responsive": True,
    "doubleClick": False,  # assets/period.js goes back to the whole range
}
FOLDED_CSV = "#folded.csv"
"""Where the link to the folded points leads; assets/period.js makes the file."""


@dataclass(frozen=True)
class PeakLine:
    """One entry of the list: period as the address writes it and as the screen does, power, what it may be instead."""

    period: str
    words: str
    power: float
    alias: str


def _button(words: str, title: str, **marks: str) -> Component:
    return html.Button(
        words, type="button", className="btn small", title=title, **attrs({"aria-label": title, **marks})
    )


def _field(words: str, name: str, value: str, unit: str = "", **marks: str) -> Component:
    """Place of a field with its label."""
    place = html.Span(**attrs({"data-period-input": name, "data-value": value, "data-label": words, **marks}))
    return html.Label([html.Span(words, className="quiet"), place, html.Span(unit)], className="period-field")


def controls(period: str, cycles: int) -> Component:
    """Field for the period, halving and doubling, cycles."""
    pages = [
        html.Button(
            words, type="button", **attrs({"data-period-cycles": str(n), "aria-pressed": str(n == cycles).lower()})
        )
        for n, words in ((1, "1 cycle"), (2, "2 cycles"))
    ]
    return html.Div(
        [
            _field("Period", "fold", period, "d"),
            _button("÷2", "Half the period", **{"data-period-times": "0.5"}),
            _button("×2", "Twice the period", **{"data-period-times": "2"}),
            html.Div(pages, className="segmented", role="group", **attrs({"aria-label": "Cycles"})),
        ],
        className="period-controls",
    )


def phase_line(phase0: float, zero_mjd: float) -> Component:
    """Slider for the phase, and the time at which it is 0."""
    zero = html.B(f"{zero_mjd:.4f}", **attrs({"data-period-zero": ""}))
    return html.Div(
        [
            _field("Phase 0", "phase0", f"{phase0:g}"),
            html.Span(["at MJD ", zero], className="period-zero"),
        ],
        className="period-phase",
    )


def peak_list(peaks: Sequence[PeakLine], current: str) -> Component:
    """The highest peaks, each a button that folds with it."""
    items = [
        html.Li(
            html.Button(
                [
                    html.B(f"{n}"),
                    html.Span(f"{peak.words} d", className="mono"),
                    html.Span(f"power {peak.power:.2f}", className="quiet"),
                    html.Span(peak.alias, className="alias") if peak.alias else None,
                ],
                type="button",
                **attrs({"data-period-fold": peak.period, "aria-pressed": str(peak.period == current).lower()}),
            )
        )
        for n, peak in enumerate(peaks, 1)
    ]
    return html.Ol(items, className="period-peaks", **attrs({"aria-label": "Highest peaks: period, power"}))


def period_box(
    facts: PeriodFacts,
    peaks: Sequence[PeakLine],
    verdict: str,
    notes: Sequence[str],
    *,
    period: str,
    title: str,
    shortest: str,
    theme: str,
    caption: str,
    file: str,
    export: dict[str, str],
) -> Component:
    """The whole content of the panel.

    Parameters
    ----------
    verdict, notes
        What was found, in a sentence or two, and what was searched.
    period, shortest
        As they stand in the fields and in the address; ``title`` is the period with fewer digits, for the axis.
    caption, file
        Line above an exported figure, and its name.
    export
        What every row of the folded points says: ``object_id``, ``source``, and ``mode``.
    """
    folding = facts.folding
    figure = period_figure(facts, period_words=title, theme=theme)
    graph = dcc.Graph(id="period-figure", figure=figure, config=CONFIG, style={"height": "100%"})
    marks = {"data-theme-drawn": theme, "data-caption": caption, "data-file": file}
    box = html.Div(graph, className="plot period-plot", **attrs(marks))
    state = {
        "epoch": folding.epoch_mjd,
        "start": period,
        "range": figure["layout"]["xaxis2"]["range"],
        "caption": caption,
        "file": file,
        **export,
    }
    return html.Div(
        [
            controls(period, folding.cycles),
            box,
            phase_line(folding.phase0, folding.zero_mjd),
            html.P(verdict, className="period-verdict"),
            peak_list(peaks, period),
            html.Div([html.P(words) for words in notes], className="quiet period-notes"),
            html.Div(_field("Shortest period searched", "pmin", shortest, "d"), className="period-range"),
        ],
        className="period scroll",
        tabIndex=0,
        **attrs({"data-period": json.dumps(state)}),
    )
