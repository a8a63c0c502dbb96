"""Calendar heat map of nights: one cell a day, one column a week, the count printed in the cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, signed

HEAT_STEPS = (1, 2, 4, 6, 8)
"""Smallest count of each of the five heat colours; Fink keeps at most ten a night."""


def heat(count: int) -> int:
    """Heat colour (1 to 5) of a count of at least one."""
    return sum(count >= step for step in HEAT_STEPS)


def weeks_back(last: date, weeks: int) -> date:
    """Monday of the first of `weeks` weeks that end with the week of `last`."""
    return last - timedelta(days=last.weekday() + 7 * (weeks - 1))


def _lowest(score: float) -> str:
    return "none of them scored" if score != score else f"lowest score {signed(score, 4)}"


def _cell(day: date, found: Mapping[date, tuple[int, float]], chosen: date | None, href: str) -> Component:
    current = attrs({"aria-current": "date"} if day == chosen else {})
    if day not in found:
        return html.Span(className="none", title=f"{day:%d %b %Y}: no anomalies", **current)
    count, lowest = found[day]
    words = f"{day.day} {day:%b %Y}: {count} anomal{'y' if count == 1 else 'ies'}, {_lowest(lowest)}"
    return html.A(
        str(count),
        href=href,
        className=f"heat-{heat(count)}",
        title=words,
        **attrs({"aria-label": words, **current}),
    )


def night_calendar(
    found: Mapping[date, tuple[int, float]],
    *,
    last: date,
    weeks: int,
    chosen: date | None,
    until: date | None = None,
) -> Component:
    """Calendar of the `weeks` weeks that end with the week of `last`.

    Parameters
    ----------
    found
        Count and lowest score of each night that has anomalies.
    chosen
        Night shown beside it.
    until
        Days after this one are left out of the grid (they have not happened).
    """
    first = weeks_back(last, weeks)
    days = [first + timedelta(days=n) for n in range(7 * weeks)]
    months = [
        html.Span(f"{monday:%b}" if monday.day <= 7 or (n == 0 and monday.day < 22) else "")
        for n, monday in enumerate(days[::7])
    ]
    cells = [
        html.Span() if until and day > until else _cell(day, found, chosen, f"/?night={day.isoformat()}")
        for day in days
    ]
    names = [html.Span(letter) for letter in ("M", "", "W", "", "F", "", "S")]
    return html.Div(
        [
            html.Div(months, className="months", **attrs({"aria-hidden": "true"})),
            html.Div(names, className="days", **attrs({"aria-hidden": "true"})),
            html.Nav(cells, className="cells", **attrs({"aria-label": "Nights with anomalies"})),
        ],
        className="calendar",
    )


def night_strip(found: Mapping[date, tuple[int, float]], *, last: date, days: int, chosen: date | None) -> Component:
    """The calendar folded to one row of days, for small screens."""
    dates = [last - timedelta(days=days - 1 - n) for n in range(days)]
    cells = [
        html.Div([_cell(day, found, chosen, f"/?night={day.isoformat()}"), html.Small(str(day.day))]) for day in dates
    ]
    return html.Nav(cells, className="night-strip", **attrs({"aria-label": "Nights with anomalies"}))


def calendar_key() -> Component:
    """What the colours mean."""
    squares = [html.I(className=f"heat-{n}") for n in range(1, 6)]
    return html.Div(["anomalies 1", *squares, "10", html.I(className="dot"), "none known"], className="calendar-key")
