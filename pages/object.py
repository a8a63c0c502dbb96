"""The object page: everything known about one source. ``/object/ZTF25abixhdc?alert=…&mode=dcmag&zoom=60900,60921``."""

from __future__ import annotations

from typing import Any

import dash
from dash import ctx, html
from dash.development.base_component import Component

import pages._curve_panel
import pages._reasons  # noqa: F401  # these declare their panels
from components.alert_content import content_box, search_box
from components.cutouts import stamps
from components.panel import State, message, panel
from components.parts import (
    attrs,
    code_menu,
    copy_button,
    export_menu,
    icon,
    segmented,
    view_button,
)
from pages._slots import Ask, failed, panel_of, place
from pages._subject import Subject, look_of, subject_of
from pages._summary import bands, chips, coordinates, dates, lead, neighbours, score, where
from services.errors import NotFound, Unavailable
from services.fink.columns import by_name
from services.house import House
from services.nightly import BAND_OF
from services.nights import moment_words
from services.snippets import cutout as cutout_snippet

dash.register_page(
    __name__,
    path_template="/object/<object_id>",
    title=lambda object_id=None: f"{object_id} · Oddfinch",
    order=1,
)

KEYS = ("alert", "mode", "zoom", "colour", "axis", "hide", "stretch", "invert")
STRETCHES = (("arcsinh", "arcsinh"), ("linear", "linear"), ("range", "range"))


@panel_of("object-summary", "Object", keys=("alert",))
def draw_summary(h: House, ask: Ask, wait: bool) -> Component | None:
    """Name, class, score, history in the top ten, counts, coordinates, ways out."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    look = look_of(subject.answer)
    listed = h.index.history(subject.object_id)
    name = html.Div([html.H1(subject.object_id), copy_button(subject.object_id, "object id")], className="object-name")
    groups = [
        [name, html.Div(chips(subject), className="chips"), lead(subject)],
        score(subject, listed),
        [dates(subject)],
        [bands(subject.curve)],
        *coordinates(subject),
    ]
    body = html.Div([html.Div(group) for group in groups], className="scroll groups", tabIndex=0)
    tools = [*look.tools("object-summary"), *neighbours(h, subject, listed)]
    line = look.note or where(h, subject, listed)
    return panel(
        "object-summary", "Object", body, state=look.state, note=line, tools=tools,
        refreshing=look.refreshing, simulated=h.source.simulated,
    )  # fmt: skip


@panel_of("cutouts", "Cutouts", keys=("alert", "stretch", "invert"))
def draw_cutouts(h: House, ask: Ask, wait: bool) -> Component | None:
    """Science, template and difference image of the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    if subject.candid is None:
        raise NotFound("POST /api/v1/cutouts", "no alert of this object has an id")
    if not wait and h.cutouts.peek(subject.object_id, subject.candid) is None:
        return None
    stretch = str(ask.get("stretch") or "arcsinh")
    stretch = stretch if stretch in dict(STRETCHES) else "arcsinh"
    inverted = ask.get("invert") == "1"
    try:
        found = h.cutouts.stamps(subject.object_id, subject.candid, retry=bool(ask.get("retry")))
    except Unavailable as error:
        return failed("cutouts", error, [_stepper(subject, stretch, inverted)])
    body = [
        stamps(h.source.key, subject.object_id, subject.candid, stretch=stretch, inverted=inverted),
        _stepper(subject, stretch, inverted),
    ]
    look = look_of(found)
    words = (
        "of the newest alert: Fink gave none of this one" if found.value.of_newest else "64″ wide, north up, east left"
    )
    files = [
        (f"{kind} as FITS", f"/cutout/{subject.object_id}/{subject.candid}/{kind}.fits")
        for kind in ("Science", "Template", "Difference")
    ]
    tools = [export_menu(files), code_menu(cutout_snippet(subject.object_id, subject.candid, "Science"))]
    return panel(
        "cutouts",
        "Cutouts",
        body,
        state=look.state,
        note=look.note or words,
        tools=tools,
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def _stepper(subject: Subject, stretch: str, inverted: bool) -> Component:
    alert = subject.alert
    when = "" if alert is None else f"{moment_words(alert['jd'])} UTC, {BAND_OF.get(int(alert['fid']), '?')}"
    arrows = [
        html.Button(
            icon(symbol),
            type="button",
            className="btn square",
            **attrs({"data-step-by": by, "aria-label": words, "title": words}),
        )
        for symbol, by, words in (("left", "-1", "Alert before"), ("right", "1", "Alert after"))
    ]
    return html.Div(
        [
            arrows[0],
            html.B(when, className="when", **attrs({"data-when": subject.candid or ""})),
            arrows[1],
            segmented("stretch", STRETCHES, stretch, "Stretch"),
            view_button(
                icon("invert"),
                {"invert": None if inverted else "1"},
                pressed=inverted,
                className="btn square",
                title="Invert",
            ),
        ],
        className="stepper",
    )


@panel_of("alert-content", "Alert content", keys=("alert",))
def draw_content(h: House, ask: Ask, wait: bool) -> Component | None:
    """Every column that Fink has for the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    if not wait and h.objects.peek_full_alerts(subject.object_id) is None:
        return None
    full = h.objects.full_alerts(subject.object_id, retry=bool(ask.get("retry")))
    rows = full.value[full.value["candid"] == subject.candid]
    if rows.empty:
        body = message("empty", "No packet of its own", ["This detection is known only from another alert's history."])
        return panel(
            "alert-content", "Alert content", body, state=State.EMPTY, note="nothing here", simulated=h.source.simulated
        )
    declared = [name for name in rows.columns if by_name(str(name)) is not None]
    given = int(rows.iloc[0][declared].notna().sum())
    tools = [
        search_box(),
        export_menu([("All columns, all alerts, as CSV", f"/export/alerts/{subject.object_id}.csv")]),
    ]
    note = f"alert {subject.candid}: {given} of {len(declared)} columns have a value"
    body = content_box(f"/content/{subject.object_id}/{subject.candid}.html")
    look = look_of(full)
    return panel(
        "alert-content",
        "Alert content",
        body,
        state=look.state,
        note=look.note or note,
        tools=[*look.tools("alert-content"), *tools],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def layout(object_id: str = "", **query: Any) -> Component:
    """The page for an address. The id comes from the path; a query parameter of that name is ignored."""
    path = _path()
    object_id = path.removeprefix("/object/") if path.startswith("/object/") else object_id
    ask = {
        "object_id": object_id,
        **{k: str(query[k]) for k in KEYS if isinstance(query.get(k), str) and query[k]},
    }
    side = html.Div([place("cutouts", ask), place("label-reasons", ask)], className="side")
    return html.Div(
        [place("object-summary", ask), place("light-curve", ask), side, place("alert-content", ask)],
        className="page object",
        **attrs({"data-page": "object", "data-object": object_id}),
    )


def _path() -> str:
    """Path of the address, from the router's own input; empty outside of its callback."""
    try:
        return str(ctx.inputs.get("_pages_location.pathname") or "")
    except (LookupError, dash.exceptions.MissingCallbackContextException):
        return ""
