"""The object page: everything known about one source. ``/object/ZTF25abixhdc?alert=…&mode=dcmag&zoom=60900,60921``."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, cast

import dash
from dash import ctx, html
from dash.development.base_component import Component

from components.alert_content import content_box, search_box
from components.cutouts import stamps
from components.label_reasons import reasons
from components.light_curve import class_legend, figure_box, legend, timeline_words
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
from pages._light_curve import curve_facts
from pages._slots import Ask, failed, panel_of, place, theme
from pages._subject import Subject, explained, look_of, subject_of
from pages._summary import bands, chips, coordinates, dates, lead, neighbours, score, where
from services.errors import NotFound, Unavailable
from services.fink.columns import LIGHT_CURVE, by_name
from services.house import House
from services.nightly import BAND_OF, label_of
from services.nights import FIRST_NIGHT, LAST_NIGHT, mjd, moment_words, night_start_jd
from services.photometry import MODES, ModeKey, applicable, brightness
from services.snippets import cutout as cutout_snippet
from services.snippets import light_curve as light_curve_snippet

dash.register_page(
    __name__,
    path_template="/object/<object_id>",
    title=lambda object_id=None: f"{object_id} · Oddfinch",
    order=1,
)

KEYS = ("alert", "mode", "zoom", "colour", "hide", "stretch", "invert")
MODE_WORDS = (
    ("diffmag", "Difference mag"),
    ("dcmag", "Apparent mag"),
    ("diffflux", "Difference flux"),
    ("dcflux", "Flux"),
)
MJD_RANGE = (mjd(night_start_jd(FIRST_NIGHT)) - 365, mjd(night_start_jd(LAST_NIGHT)))
"""Times that a zoom can reasonably ask for; limits may be older than the first public night."""
STRETCHES = (("arcsinh", "arcsinh"), ("linear", "linear"), ("range", "range"))


def zoom_of(ask: Ask) -> list[float]:
    """Two or four numbers of ``zoom`` in the address, the first two MJD; anything else shows everything."""
    try:
        numbers = [float(x) for x in str(ask.get("zoom") or "").split(",") if x]
    except ValueError:
        return []
    if len(numbers) not in (2, 4) or not all(map(math.isfinite, numbers)):
        return []
    return numbers if MJD_RANGE[0] <= numbers[0] < numbers[1] <= MJD_RANGE[1] else []


def mode_of(ask: Ask) -> ModeKey:
    """Brightness mode in the address, difference magnitude unless it names one."""
    mode = str(ask.get("mode") or "diffmag")
    return cast("ModeKey", mode if mode in MODES else "diffmag")


@panel_of("light-curve", "Light curve, class and score", keys=("mode", "colour"))
def draw_light_curve(h: House, ask: Ask, wait: bool) -> Component | None:
    """Curve, class, colour and score on one time axis."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    look = look_of(subject.answer)
    mode, colour = mode_of(ask), ask.get("colour") != "0"
    tools = [
        segmented("mode", MODE_WORDS, mode, "Brightness"),
        view_button("g − r", {"colour": "0" if colour else None}, pressed=colour, className="btn small"),
        *look.tools("light-curve"),
        export_menu(_downloads(subject.object_id), figure="light-curve-figure"),
        code_menu(light_curve_snippet(subject.object_id, LIGHT_CURVE)),
    ]
    valid = int(subject.curve["tag"].eq("valid").sum())
    limits = int(subject.curve["tag"].eq("upperlim").sum())
    return panel(
        "light-curve",
        "Light curve, class and score",
        _curve_body(h, subject, ask, mode, colour, look.state),
        state=look.state,
        refreshing=look.refreshing,
        note=look.note or f"{_count(valid, 'detection')}, {_count(limits, 'limit')}",
        tools=tools,
        simulated=h.source.simulated,
    )


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _curve_body(h: House, subject: Subject, ask: Ask, mode: ModeKey, colour: bool, state: State) -> list[Any]:
    why_not = applicable(subject.curve, mode)
    facts = curve_facts(subject.curve, mode, subject.candid, with_colour=colour)
    if why_not:
        use = view_button("Use the difference magnitude", {"mode": "diffmag"}, pressed=False, className="btn primary")
        body = message("empty", f"{MODES[mode].label} is not defined here", [why_not], [use])
        return [body, *timeline_words(facts, state.value)]
    lanes = ["class", "score", *(["colour"] if facts.colour is not None else [])]
    hidden = [key for key in str(ask.get("hide") or "").split(",") if key]
    mark = " SIMULATED" if h.source.simulated else ""
    box = figure_box(
        facts,
        id="light-curve-figure",
        lanes=lanes,
        theme=theme(),
        caption=f"{subject.object_id}, {h.source.label}{mark}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        file=f"{subject.object_id}-{mode}",
        zoom=zoom_of(ask),
        steps=True,
    )
    notes = [html.P(words, className="quiet curve-note") for words in _curve_notes(subject, mode)]
    heads = html.Div([legend(facts.series, hidden=hidden), class_legend(facts)], className="curve-heads")
    return [heads, *notes, box, *timeline_words(facts, state.value)]


def _curve_notes(subject: Subject, mode: ModeKey) -> list[str]:
    notes = []
    if subject.stray:
        notes.append(f"Alert {subject.stray} is not in this light curve; the newest alert is selected instead.")
    if MODES[mode].total:
        detected = subject.curve[subject.curve["magpsf"].notna()]
        drawn = int(brightness(detected, mode)["value"].notna().sum())
        if drawn < len(detected):
            notes.append(
                f"{drawn} of {len(detected)} detections have a template source within 1.5″; the others have no "
                "reference to add to. Limits are those of the difference image."
            )
    return notes


def _downloads(object_id: str) -> list[tuple[str, str]]:
    kinds = (
        ("Light curve as CSV", "csv"),
        ("Light curve as VOTable", "vot"),
        ("Light curve as JSON", "json"),
    )
    return [(words, f"/export/object/{object_id}.{ext}") for words, ext in kinds]


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
        stamps(subject.object_id, subject.candid, stretch=stretch, inverted=inverted),
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


@panel_of("label-reasons", "Why this class", keys=("alert",))
def draw_reasons(h: House, ask: Ask, wait: bool) -> Component | None:
    """Which of Fink's rules fired for the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    alert = subject.alert
    if alert is None or not alert["classified"]:
        text = "This detection is known only from another alert's history. Fink's rules were never applied to it."
        body = message("empty", "Never classified", [text])
        return panel("label-reasons", "Why this class", body, state=State.EMPTY, note="no answer")
    why = explained(alert)
    label = label_of(alert["classification"], alert["cdsxmatch"])[0]
    note = f"alert of {moment_words(alert['jd'])} UTC"
    return panel(
        "label-reasons",
        f"Why {label}",
        reasons(why.steps, why.summary),
        note=note,
        simulated=h.source.simulated,
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
        return panel("alert-content", "Alert content", body, state=State.EMPTY, note="nothing here")
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
        **attrs({"data-page": "object"}),
    )


def _path() -> str:
    """Path of the address, from the router's own input; empty outside of a callback."""
    try:
        return str(ctx.inputs.get("_pages_location.pathname") or "")
    except dash.exceptions.MissingCallbackContextException:
        return ""
