"""Calendar heat map of nights: one cell a day, one column a week, the count printed in the cell.

A night without anomalies looks different for each of its reasons: alerts but no anomalies (0), no alerts at all
(blank), and not known (a dot).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, signed

HEAT_STEPS = (1, 2, 4, 6, 8)
"""Smallest count of each of the five heat colours; Fink keeps at most ten a night."""


@dataclass(frozen=True)
class Day:
    """What is known about one night; None is always "not known", never 0.

    Attributes
    ----------
    count, lowest
        Anomalies, and the lowest score among them (NaN when none is scored).
    alerts
        Alerts processed.
    observed
        Whether there is any alert of the night.
    """

    count: int | None = None
    lowest: float = math.nan
    alerts: int | None = None
    observed: bool | None = None

    @property
    def look(self) -> str:
        """How its cell looks: ``heat-1`` to ``heat-5``, ``zero``, ``blank`` or ``none`` (not known)."""
        if self.count:
            return f"heat-{heat(self.count)}"
        if self.observed is False:
            return "blank"
        return "zero" if self.observed and self.count == 0 else "none"

    def words(self, blank: str) -> str:
        """What its cell stands for, without the date; `blank` says what a night without alerts is."""
        if self.look == "blank":
            return blank
        if self.count is None:
            return "anomalies not known" if self.observed else "not known"
        if self.look == "none":
            return "no anomalies known so far"
        of = "" if self.alerts is None else f" of {self.alerts:,} alert{'' if self.alerts == 1 else 's'}"
        return f"{self.count} anomal{'y' if self.count == 1 else 'ies'}{of}{self._lowest()}"

    def _lowest(self) -> str:
        if not self.count:
            return ""
        return ", none of them scored" if math.isnan(self.lowest) else f", lowest score {signed(self.lowest, 4)}"


NOT_KNOWN = Day()
NO_DATA = "no ZTF data"


def heat(count: int) -> int:
    """Heat colour (1 to 5) of a count of at least one."""
    return sum(count >= step for step in HEAT_STEPS)


def weeks_back(last: date, weeks: int) -> date:
    """Monday of the first of `weeks` weeks that end with the week of `last`."""
    return last - timedelta(days=last.weekday() + 7 * (weeks - 1))


def _cell(night: date, day: Day, chosen: date | None, blank: str) -> Component:
    words = f"{night.day} {night:%b %Y}: {day.words(blank)}"
    facts = {"aria-label": words, **({"aria-current": "date"} if night == chosen else {})}
    if not day.count:
        return html.Span(
            "0" if day.look == "zero" else None, role="img", className=day.look, title=words, **attrs(facts)
        )
    href = f"/?night={night.isoformat()}"
    return html.A(str(day.count), href=href, className=day.look, title=words, **attrs(facts))


def night_calendar(
    days: Mapping[date, Day],
    *,
    last: date,
    weeks: int,
    chosen: date | None,
    until: date | None = None,
    blank: str = NO_DATA,
) -> Component:
    """Calendar of the `weeks` weeks that end with the week of `last`.

    Parameters
    ----------
    days
        What is known about each night; nothing about those that are not there.
    chosen
        Night shown beside it.
    until
        Days after this one are left out of the grid (they have not happened).
    blank
        What a night without any alert is.
    """
    first = weeks_back(last, weeks)
    nights = [first + timedelta(days=n) for n in range(7 * weeks)]
    months = [
        html.Span(f"{monday:%b}" if monday.day <= 7 or (n == 0 and monday.day < 22) else "")
        for n, monday in enumerate(nights[::7])
    ]
    cells = [
        html.Span() if until and night > until else _cell(night, days.get(night, NOT_KNOWN), chosen, blank)
        for night in nights
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


def night_strip(
    days: Mapping[date, Day], *, last: date, count: int, chosen: date | None, blank: str = NO_DATA
) -> Component:
    """The calendar folded to one row of the `count` days up to `last`, for small screens."""
    nights = [last - timedelta(days=count - 1 - n) for n in range(count)]
    cells = [
        html.Div([_cell(night, days.get(night, NOT_KNOWN), chosen, blank), html.Small(str(night.day))])
        for night in nights
    ]
    return html.Nav(cells, className="night-strip", **attrs({"aria-label": "Nights with anomalies"}))


def calendar_key(*, unknown: bool, blank: str = NO_DATA) -> Component:
    """What the colours mean; `unknown` when there are nights that nothing is known about."""
    squares = [html.I(className=f"heat-{n}") for n in range(1, 6)]
    meanings = [html.Span([html.I("0", className="zero"), "alerts, none odd"]), html.Span(f"blank: {blank}")]
    if unknown:
        meanings.append(html.Span([html.I(className="dot"), "not known"]))
    return html.Div(["anomalies 1", *squares, "10", *meanings], className="calendar-key")
