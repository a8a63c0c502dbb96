"""Class counts of a night beside the nights before it, as bars with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.parts import icon


def _bar(count: int, total: int, most: int, family: str, label: str) -> Component:
    shape = "hatched" if label == "Ambiguous" else "na" if family == "NA" else ""
    share = f"{count} ({count / total:.0%})" if count else "0"
    width = f"{62 * count / most:.1f}%" if most else "0"
    return html.Div(
        [html.I(className=shape, style={"width": width}) if count else None, html.Span(share)],
        className=f"bar fam-{family}",
    )


def class_bars(rows: Sequence[dict[str, Any]], n_here: int, n_before: int, here: str, before: str) -> Component:
    """Two columns of bars.

    Parameters
    ----------
    rows
        ``label, family, here, before`` (counts), largest first.
    n_here, n_before
        Totals that the shares refer to.
    """
    most_here = max((r["here"] for r in rows), default=0)
    most_before = max((r["before"] for r in rows), default=0)
    cells: list[Any] = [
        html.Span(),
        html.Span(f"{here}, n = {n_here}", className="head"),
        html.Span(f"{before}, n = {n_before}", className="head"),
    ]
    for r in rows:
        cells += [
            html.Span(r["label"]),
            _bar(r["here"], n_here, most_here, r["family"], r["label"]),
            _bar(r["before"], n_before, most_before, r["family"], r["label"]),
        ]
    return html.Div(cells, className="class-bars")


def stacked_bar(rows: Sequence[dict[str, Any]], total: int) -> Component:
    """One bar for small screens: each class with its name and count below."""
    parts = [r for r in rows if r["here"]]
    return html.Div(
        [
            html.Div(
                [
                    html.I(className="hatched" if r["label"] == "Ambiguous" else "na" if r["family"] == "NA" else ""),
                    html.Small(f"{r['label']} {r['here']}"),
                ],
                className=f"fam-{r['family']}",
                style={"flex": str(r["here"] / total)},
            )
            for r in parts
        ],
        className="stacked",
    )


def warning(strong: str, rest: str) -> Component:
    """A fact that the reader should know before trusting the list."""
    return html.Div([icon("warn"), html.Span([html.B(strong), " ", rest])], className="warning")
