"""The features of one alert as strips: where each stands among those of a population, in both bands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

from components.parts import MINUS, attrs

BANDS = ("g", "r")
NO_VALUE = "–"


class Feature(Protocol):
    """What a feature is called and means."""

    @property
    def words(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def meaning(self) -> str: ...


class Row(Protocol):
    """One feature with a cell (``value, rank, missing``) for each band."""

    @property
    def feature(self) -> Feature: ...
    @property
    def cells(self) -> Mapping[Any, Any]: ...


def number(value: float | None) -> str:
    """A value of any size in at most six characters: three digits, a true minus, a power where it must be.

    Examples
    --------
    >>> number(18.842), number(-0.0612), number(0.0036), number(None)
    ('18.8', '−0.06', '3.6e−3', '–')
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    size = abs(value)
    if size and (size < 0.0095 or size >= 99999.5):
        text = f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    else:
        text = f"{value:.2f}" if size < 9.995 else f"{value:.1f}" if size < 999.95 else f"{value:.0f}"
    return text.replace("-", MINUS)


def feature_tables(rows: Sequence[Row]) -> Component:
    """Two columns of strips, read downwards; circles are g, squares are r, as in the light curve."""
    half = (len(rows) + 1) // 2
    return html.Div(
        [_table(rows[:half]), _table(rows[half:])],
        className="feature-tables scroll",
        tabIndex=0,
        role="group",
        **attrs({"aria-label": "Features"}),
    )


def _table(rows: Sequence[Row]) -> Component:
    scale = html.Th(
        [html.Span(words, style={"left": f"{at}%"}) for at, words in ((0, "0"), (50, "50"), (100, "100 %"))],
        className="feature-scale",
        **attrs({"aria-label": "Percentile"}),
    )
    head = html.Tr([html.Th("Feature"), scale, *[html.Th(band) for band in BANDS]])
    return html.Table([html.Thead(head), html.Tbody([_row(row) for row in rows])], className="feature-table")


def _row(row: Row) -> Component:
    unit = f" ({row.feature.unit})" if row.feature.unit else ""
    name = html.Th(
        row.feature.words, title=f"{row.feature.meaning}{unit}", className="far" if _far(row) else "", scope="row"
    )
    marks = [_mark(band, row.cells[band]) for band in BANDS]
    strip = html.Td([*marks, html.Span(_spoken(row), className="sr-only")], className="feature-strip")
    values = [
        html.Td(number(row.cells[band].value), title=_title(band, row.cells[band]), className="feature-value")
        for band in BANDS
    ]
    return html.Tr([name, strip, *values])


def _far(row: Row) -> bool:
    """Within the outer tenth of the population in one band at least."""
    ranks = (row.cells[band].rank for band in BANDS)
    return any(rank is not None and abs(rank.percentile - 50) >= 45 for rank in ranks)


def _mark(band: str, cell: Any) -> Component | None:
    if cell.rank is None:
        return None
    return html.I(className=f"feature-mark on-{band}", style={"left": f"{cell.rank.percentile:.1f}%"})


def _spoken(row: Row) -> str:
    ranks = [(band, row.cells[band].rank) for band in BANDS]
    return ", ".join(f"{band} {rank.percentile:.1f}" for band, rank in ranks if rank is not None) or "no percentile"


def _title(band: str, cell: Any) -> str:
    if cell.value is None:
        return str(cell.missing)
    if cell.rank is None:
        return f"{cell.value!r} in {band}"
    return f"{cell.value!r} in {band}: percentile {cell.rank.percentile:.1f} of {cell.rank.n:,}"


def meanings(features: Iterable[Feature], source: str) -> Component:
    """All definitions behind one button."""
    items = [
        part
        for feature in features
        for part in (html.Dt(feature.words), html.Dd([feature.meaning, f", {feature.unit}" if feature.unit else ""]))
    ]
    return html.Details(
        [
            html.Summary("What are these?", className="btn small"),
            html.Div([html.Dl(items), html.P(source, className="quiet")], className="sheet", tabIndex=0),
        ],
        className="menu feature-meanings",
    )


def band_key() -> Component:
    """Which mark is which band."""
    keys = [
        html.Span([html.I(className=f"feature-mark on-{band}", **attrs({"aria-hidden": "true"})), band])
        for band in BANDS
    ]
    return html.Span(keys, className="feature-key")
