"""The night page: which objects were odd. ``/``, ``/?night=2025-09-02``, ``/?from=2025-09-01&to=2025-09-05``."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dash
import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.calendar import NO_DATA, calendar_key, night_calendar, night_strip, weeks_back
from components.night_table import grid, quick_filters, table_foot
from components.panel import State, message, panel
from components.parts import attrs, code_menu, date_box, export_menu, icon, link_button, signed
from components.summary_bars import class_bars, stacked_bar, warning
from pages._nights import Window, days_of, look_of, nights_found, window_of
from pages._preview import preview_panel
from pages._slots import Ask, panel_of, place
from services.errors import InvalidQuery, Unavailable
from services.fink.columns import LIST
from services.house import House, house
from services.nightly import cautions, class_counts, headline, nearest_nights, night_rows
from services.nights import day_words
from services.snippets import anomalies as anomalies_snippet
from services.statistics import NightlyCounts
from services.tns.rows import with_tns

dash.register_page(__name__, path="/", title="Night · Oddfinch", order=0)

BEFORE_D = 90
CALENDAR_WEEKS = 23


@panel_of("night-title", "Night")
def draw_title(h: House, ask: Ask, wait: bool) -> Component | None:
    """The night in large type, its neighbours, its numbers, one night or a range."""
    try:
        window = window_of(h, ask, wait=wait)
    except (InvalidQuery, Unavailable):  # the table says what is wrong; the title only keeps its place
        return html.Div(html.H1("Night"), className="title-row")
    if window is None:
        return None
    nights = list(nights_found(h))
    counts = h.statistics.between(window.first, window.last)
    before, after = nearest_nights(nights, window.first)[0], nearest_nights(nights, window.last)[1]
    return html.Div(
        [
            _neighbour("left", "Earlier night", before, "earlier"),
            html.H1(f"Night of {window.words}" if window.single else f"Nights of {window.words}"),
            _neighbour("right", "Later night", after, "later"),
            html.Span(_facts(window.rows, counts.total(window.first, window.last)), className="facts"),
            html.Div(_scope(window), className="scope"),
        ],
        className="title-row",
        # A range has boxes that somebody may be typing into: its title is not drawn again.
        **attrs({"data-refreshing": ""} if counts.loading and window.single else {}),
    )


def _neighbour(symbol: str, words: str, night: date | None, key: str) -> Component:
    if night is None:
        return html.Span(
            icon(symbol),
            className="btn square",
            **attrs({"aria-disabled": "true", "aria-label": f"No {words.lower()}"}),
        )
    label = f"{words}: {day_words(night)}"
    return html.A(
        icon(symbol),
        href=f"/?night={night}",
        className="btn square",
        title=label,
        **attrs({"aria-label": label, "data-key": key}),
    )


def _facts(rows: pd.DataFrame, alerts: int | None) -> list[Any]:
    numbers = headline(rows)
    count = numbers["count"]
    words: list[Any] = [html.B(f"{count:,}"), f" anomal{'y' if count == 1 else 'ies'}"]
    if alerts:
        words += [" of ", html.B(f"{alerts:,}"), f" alert{'' if alerts == 1 else 's'}"]
    if numbers["median"] is not None:
        median = html.B(signed(float(numbers["median"]), 4))
        words.append(html.Span([" · median score ", median], className="median"))
        words += [" · lowest ", html.B(signed(float(numbers["lowest"] or 0), 4))]
    return words


def _scope(window: Window) -> list[Component]:
    start = window.first if not window.single else window.last - timedelta(days=30)
    choice = html.Div(
        [
            html.A(
                "One night",
                href=f"/?night={window.last}",
                **attrs({"aria-current": str(window.single).lower()}),
            ),
            html.A(
                "Range",
                href=f"/?from={start}&to={window.last}",
                **attrs({"aria-current": str(not window.single).lower()}),
            ),
        ],
        className="segmented",
    )
    if window.single:
        return [choice]
    boxes = html.Form(
        [
            date_box("from-box", "First night", str(window.first)),
            date_box("to-box", "Last night", str(window.last)),
            html.Button("Show", className="btn small", type="submit"),
        ],
        className="row",
        id="range",
    )
    return [boxes, choice]


@panel_of("night-calendar", "Nights")
def draw_calendar(h: House, ask: Ask, wait: bool) -> Component | None:
    """Calendar of the nights that have anomalies; the newest are known first."""
    try:
        window = window_of(h, {**ask, "retry": None}, wait=wait)
    except InvalidQuery:  # a way out of a date that is none
        window = window_of(h, {}, wait=wait)
    if window is None:
        return None
    found = nights_found(h)
    newest = max([*found, window.last])
    last = min(max(window.last + timedelta(days=70), window.last), newest) if newest > window.last else window.last
    chosen = window.last if window.single else None
    first = weeks_back(last, CALENDAR_WEEKS)
    if ask.get("retry"):
        h.statistics.retry()
    counts = h.statistics.between(first, newest)
    days = days_of(h, found, counts, first, newest)
    blank = _no_data(h)
    body = [
        night_calendar(days, last=last, weeks=CALENDAR_WEEKS, chosen=chosen, until=newest, blank=blank),
        night_strip(days, last=min(window.last + timedelta(days=6), newest), count=15, chosen=chosen, blank=blank),
        calendar_key(unknown=any(day.look == "none" for day in days.values()), blank=blank),
    ]
    return panel(
        "night-calendar",
        "Nights",
        body,
        note=_calendar_note(h, len(found), counts),
        tools=_calendar_steps(found, window),
        refreshing=counts.loading,
        simulated=h.source.simulated,
    )


def _no_data(h: House) -> str:
    """What a night without any alert is: an archive is a choice of packets, and says nothing about the sky."""
    return "no alerts in the archive" if h.source.kind == "archive" else NO_DATA


def _calendar_note(h: House, found: int, counts: NightlyCounts) -> str:
    progress = h.index.progress()
    if progress.running and progress.done < progress.total:
        return f"month {progress.done + 1} of {progress.total} is on its way"
    words = f"{found:,} nights with anomalies"
    return f"{words}; nights without data are not known" if counts.trouble else words


def _calendar_steps(found: dict[date, Any], window: Window) -> list[Component]:
    back, on = window.last - timedelta(days=90), window.last + timedelta(days=90)
    earlier = nearest_nights(list(found), back)[0]
    later = nearest_nights(list(found), on)[1]
    return [
        html.A(
            icon(symbol),
            href=f"/?night={night}",
            className="icon-btn",
            title=words,
            **attrs({"aria-label": words}),
        )
        for symbol, night, words in (
            ("left", earlier, "Three months back"),
            ("right", later, "Three months on"),
        )
        if night is not None
    ]


@panel_of("night-summary", "This night against the 90 before")
def draw_summary(h: House, ask: Ask, wait: bool) -> Component | None:
    """Class counts beside those of the 90 nights before, and what to be careful about."""
    window = window_of(h, {**ask, "retry": None}, wait=wait)
    if window is None:
        return None
    before = h.index.between(window.first - timedelta(days=BEFORE_D), window.first - timedelta(days=1))
    careful = cautions(window.rows)
    counts = class_counts(window.rows, before, most=max(4, 6 - len(careful)))  # so that both fit
    here = "this night" if window.single else "this range"
    body = [
        class_bars(counts, len(window.rows), len(before), here, f"{BEFORE_D} days before"),
        stacked_bar(counts, max(len(window.rows), 1)),
        html.Div([warning(*words) for words in careful], className="warnings"),
    ]
    title = "This night against the 90 days before" if window.single else "This range against the 90 days before"
    return panel("night-summary", title, body, note="class now", simulated=h.source.simulated)


@panel_of("night-table", "Anomalies")
def draw_table(h: House, ask: Ask, wait: bool) -> Component | None:
    """The list itself."""
    window = window_of(h, ask, wait=wait)
    if window is None:
        return None
    if window.rows.empty:
        return _empty_table(h, window)
    look = look_of(window)
    entries = h.tns.best_of(window.rows)
    rows = with_tns(night_rows(window.rows), entries)
    on = [name for name in str(ask.get("only") or "").split(",") if name]
    tools = [
        *look.tools("night-table"),
        export_menu(_downloads(window)),
        code_menu(anomalies_snippet(window.first, window.last, LIST, source=h.source)),
    ]
    body = [
        quick_filters(rows, on, mirrored=entries is not None and h.tns.state().has_table),
        html.Div(grid(rows, with_night=not window.single, selected=ask.get("sel")), className="grid-box"),
        table_foot(_foot(h, window)),
    ]
    words = look.note or "sorted by score, most anomalous first"
    return panel(
        "night-table",
        "Anomalies",
        body,
        state=look.state,
        note=words,
        tools=tools,
        simulated=h.source.simulated,
    )


def _downloads(window: Window) -> list[tuple[str, str]]:
    kinds = (("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json"), ("Parquet", "parquet"))
    return [(words, f"/export/anomalies.{ext}?{window.query}") for words, ext in kinds]


def _foot(h: House, window: Window) -> str:
    if h.source.kind == "archive" and window.single:
        n = window.rows["object_id"].nunique()
        return f"The archive holds {n} objects with a score below 0 on this night; Fink keeps at most 10."
    return "Fink keeps the ten lowest scores of a night, one alert per object."


def _empty_table(h: House, window: Window) -> Component:
    before, after = nearest_nights(list(nights_found(h)), window.first)
    known = window.state.fetched_at or datetime.now(UTC)
    outside = window.state.status == "outside"
    said = "has no such nights" if outside else "answered: 0 rows"
    paragraphs: list[Any] = [
        html.P(
            [
                "Asked for ",
                html.Span(window.query, className="mono"),
                f" at {known:%H:%M} UTC. {h.source.label} {said}.",
            ]
        )
    ]
    paragraphs += _sky_of(h, window)
    near = [n for n in (before, after) if n]
    if near:
        paragraphs.append(f"Nearest nights with anomalies: {', '.join(day_words(n) for n in near)}.")
    buttons = [
        link_button([icon("left"), "Previous with data"], f"/?night={before}") if before else None,
        link_button(["Next with data", icon("right")], f"/?night={after}") if after else None,
    ]
    body = message("empty", f"No anomalies on {window.words}", paragraphs, [b for b in buttons if b])
    return panel("night-table", "Anomalies", body, state=State.EMPTY, note="nothing here", simulated=h.source.simulated)


def _sky_of(h: House, window: Window) -> list[str]:
    """Whether there was anything to be odd, as far as that is known."""
    counts = h.statistics.between(window.first, window.last)
    alerts = counts.total(window.first, window.last)
    if alerts is None:
        return []
    if not alerts:
        return [f"{'That night has' if window.single else 'These nights have'} {_no_data(h)}."]
    when = "that night" if window.single else "in these nights"
    return [f"Fink processed {alerts:,} alert{'' if alerts == 1 else 's'} {when}."]


@panel_of("night-preview", "Preview", keys=("sel",), className="preview")
def draw_preview(h: House, ask: Ask, wait: bool) -> Component | None:
    """Light curve, cutouts and facts of the selected row, without leaving the list."""
    window = window_of(h, {**ask, "retry": None}, wait=wait)
    if window is None:
        return None
    rows = window.rows
    if rows.empty:
        body = message("empty", "Nothing to preview", ["Choose a night with anomalies."])
        return panel(
            "night-preview", "Preview", body, state=State.EMPTY, className="preview", simulated=h.source.simulated
        )
    wanted = rows[rows["object_id"] == ask.get("sel")]
    row = (wanted if len(wanted) else rows.sort_values("anomaly_score", kind="stable")).iloc[0]
    return preview_panel(h, row, len(rows), wait=wait, retry=bool(ask.get("retry")))


def layout(**query: Any) -> Component:
    """The page for an address; anything in the query that it does not know is ignored."""
    known = ("night", "from", "to", "sel", "only")
    ask = {key: str(query[key]) for key in known if isinstance(query.get(key), str) and query[key]}
    ranged = not ask.get("night") and (ask.get("from") or ask.get("to"))
    if not ask.get("sel"):
        ask.pop("sel", None)
    return html.Div(
        [
            place("night-title", ask),
            html.Div([place("night-calendar", ask), place("night-summary", ask)], className="top"),
            place("night-table", ask),
            place("night-preview", ask, after="night-table"),
            *_progress(house()),
        ],
        className="page night range" if ranged else "page night",
        **attrs({"data-page": "night"}),
    )


def _progress(h: House) -> list[Component]:
    """A line about missing months; the browser keeps it up to date and asks for the panels again when rows arrive."""
    p = h.index.progress()
    facts: dict[str, Any] = {"data-poll": "/index.json", "data-version": str(p.version)}
    return [html.Div(id="index-progress", className="index-progress", role="status", **facts)]
