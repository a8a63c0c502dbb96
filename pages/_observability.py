"""The panel that says when an object can be observed, and its table as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dash import html
from dash.development.base_component import Component
from flask import Blueprint, Response, request

from components.figures.observability import ALTITUDES, AltitudeFacts
from components.observability import answer, coordinates_box, figure_box, night_stepper, site_menu, sun_times
from components.panel import State, message, panel
from components.parts import code_menu, export_menu
from pages._files import download, explained
from pages._slots import Ask, panel_of, theme
from pages._subject import Subject, look_of, subject_of
from pages._summary import position_of
from pages._tabs import tab_strip
from services import exports
from services.errors import NotFound
from services.fink.queries import check_object_id
from services.house import House, house
from services.nights import FIRST_NIGHT, LAST_NIGHT, parse_night
from services.observability import TWILIGHTS_DEG, Observability, Sky, airmass, observability, table, tonight, verdict
from services.observability_words import best_words, clock, moon_words, night_words, script, verdict_words
from services.observatories import TYPED_EXAMPLE, Site, observatories, parse_site

KEYS = ("obs_date", "site")
SHADES = (
    ("sun", "Sun down", ""),
    ("civil", "Civil", ", −6°"),
    ("nautical", "Nautical", ", −12°"),
    ("dark", "Dark", ", −18°"),
)
"""What is said of the Sun below each of `TWILIGHTS_DEG`: class of its shade, name, altitude."""

blueprint = Blueprint("observability", __name__)


def night_of_ask(ask: Ask, site: Site, now: datetime) -> date:
    """The night in the address, else the one that is going on or comes next at a place."""
    text = str(ask.get("obs_date") or "")
    return parse_night(text, field="obs_date") if text else tonight(site, now)


@panel_of("observability", tab_strip("observability"), keys=KEYS)
def draw_observability(h: House, ask: Ask, wait: bool) -> Component | None:
    """Altitude through a night at an observatory, and whether the object can be observed at all."""
    site = parse_site(str(ask.get("site") or ""))
    night = night_of_ask(ask, site, datetime.now(UTC))
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    place = position_of(subject)
    look = look_of(subject.answer)
    if place is None:
        body = message("empty", "No position", ["Fink gives no position of this object, so nothing can be computed."])
        return panel("observability", tab_strip("observability"), body, state=State.EMPTY, simulated=h.source.simulated)
    found = observability(*place, site, night)
    return panel(
        "observability",
        tab_strip("observability"),
        _body(h, subject, found, chosen=bool(ask.get("obs_date"))),
        state=look.state,
        note=look.note,
        tools=[
            *look.tools("observability"),
            export_menu([("Table as CSV", _file(subject.object_id, found.sky))], figure="observability-figure"),
            code_menu(script(subject.object_id, *place, found.sky, simulated=h.source.simulated)),
        ],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def _body(h: House, subject: Subject, found: Observability, *, chosen: bool) -> list[Component]:
    over = found.sky
    mark = f" {exports.SIMULATED}" if h.source.simulated else ""
    caption = f"{subject.object_id} from {over.site.name}, {night_words(over)} UTC, {h.source.label}{mark}"
    return [
        _controls(over, chosen=chosen),
        answer(verdict_words(found), verdict(found).value, moon_words(found)),
        figure_box(
            figure_facts(found),
            theme=theme(),
            caption=caption,
            file=exports.file_stem(f"{subject.object_id}-{over.site.key}-{over.night}", h.source),
        ),
        sun_times(_sun_rows(over)),
    ]


def _controls(over: Sky, *, chosen: bool) -> Component:
    site, day = over.site, timedelta(days=1)
    before = str(over.night - day) if over.night > FIRST_NIGHT else None
    after = str(over.night + day) if over.night < LAST_NIGHT else None
    sites = [(each.key, each.name) for each in observatories().values()]
    typed = site.key if site.typed else ""
    return html.Div(
        [
            site_menu(sites, None if site.typed else site.key),
            *night_stepper(str(over.night), before, after, chosen=chosen),
            coordinates_box(typed, example=TYPED_EXAMPLE, shown=site.typed),
        ],
        className="night-controls",
    )


def _sun_rows(over: Sky) -> list[tuple[str, str, str, str]]:
    """Times at which the Sun is lower than each limit, or that it never is, or always."""
    return [(*words, _times(over, limit)) for words, limit in zip(SHADES, TWILIGHTS_DEG, strict=True)]


def _times(over: Sky, limit_deg: float) -> str:
    if over.sun_altitude_deg.max() < limit_deg:
        return "all day"
    return ", ".join(f"{clock(start)}–{clock(stop)}" for start, stop in over.sun_below(limit_deg)) or "never"


def figure_facts(found: Observability) -> AltitudeFacts:
    """What the figure of a night is drawn from."""
    over = found.sky
    return AltitudeFacts(
        mjd=over.mjd,
        altitude_deg=found.altitude_deg,
        airmass=found.airmass,
        moon_altitude_deg=over.moon_altitude_deg,
        shown=over.shown,
        dark=[over.sun_below(limit) for limit in TWILIGHTS_DEG],
        windows=found.windows,
        best=found.best,
        best_words=best_words(found),
        title=f"night of {night_words(over)}",
        axis_airmass=airmass(ALTITUDES[1:]).tolist(),
    )


def _file(object_id: str, over: Sky) -> str:
    """Address of the table: it names the night and the place, also where the page takes the usual ones."""
    return f"/export/observability/{object_id}.csv?obs_date={over.night}&site={over.site.key}"


@blueprint.get("/export/observability/<object_id>.csv")
@explained
def export_observability(object_id: str) -> Response:
    """Altitude, airmass, Sun and Moon through a night in steps of five minutes."""
    site = parse_site(request.args.get("site"))
    night = night_of_ask(request.args, site, datetime.now(UTC))
    h = house()
    subject = subject_of(h, {"object_id": check_object_id(object_id)}, wait=True)
    place = position_of(subject) if subject else None
    if place is None:
        raise NotFound("POST /api/v1/objects", f"gave no position of {object_id}")
    body = exports.to_csv(table(observability(*place, site, night)), h.source)
    return download(body, f"{object_id}_{site.key}_{night}", "csv", "text/csv; charset=utf-8")
