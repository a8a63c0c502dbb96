"""The sky panel of the object page: the field around the selected alert. ``?tab=sky&survey=dss2&fov=5``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component

from components.cutouts import stamp_url
from components.panel import panel
from components.parts import attrs, icon
from components.sky import (
    FIRST_FOV,
    FIRST_SURVEY,
    LARGEST_FOV,
    SMALLEST_FOV,
    SURVEYS,
    Stamp,
    View,
    aladin_address,
    sky_box,
)
from pages._slots import Ask, panel_of
from pages._subject import Subject, look_of, subject_of
from pages._tabs import tab_strip
from services.cutouts import ARCSEC_PER_PIXEL, ORIENTATION, Kind
from services.errors import InvalidQuery, NotFound, SourceError, Unavailable
from services.house import House
from services.sky_marks import marks

KEYS = ("fov", "survey")
"""What the panel reads from the address; the browser changes them without the server."""
OWN_ALADIN = Path(__file__).parents[1] / "assets" / "vendor" / "aladin-lite" / "aladin.js"
"""Where `make assets` puts Aladin Lite."""
KINDS: tuple[Kind, ...] = ("Science", "Template")


@panel_of("sky", tab_strip("sky"), keys=("alert",))
def draw_sky(h: House, ask: Ask, wait: bool) -> Component | None:
    """The field around the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    alert = subject.alert
    if alert is None:
        raise NotFound("POST /api/v1/objects", "no alert of this object has an id")
    view = view_of(ask)
    if not wait and not _at_hand(h, subject):
        return None
    places = marks(alert.to_dict(), _packet(h, subject))
    look = look_of(subject.answer)
    body = sky_box(
        subject.object_id,
        places,
        view,
        _stamps(h, subject),
        north=ORIENTATION[0],
        script=script_address(OWN_ALADIN),
        simulated=h.source.simulated,
    )
    tools = [] if h.source.simulated else [_elsewhere(aladin_address(places[0].ra, places[0].dec, view))]
    return panel(
        "sky",
        tab_strip("sky"),
        body,
        state=look.state,
        note=look.note,
        tools=[*look.tools("sky"), *tools],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def view_of(ask: Ask) -> View:
    """Field and survey that the address asks for.

    Raises
    ------
    InvalidQuery
        There is no such survey, or the field is no number of arcminutes within the limits.
    """
    survey, text = str(ask.get("survey") or FIRST_SURVEY), str(ask.get("fov") or FIRST_FOV)
    if survey not in SURVEYS:
        known = ", ".join(SURVEYS)
        raise InvalidQuery(f"There is no survey “{survey}”; there are {known}.", example=FIRST_SURVEY, field="survey")
    try:
        fov = float(text)
    except ValueError:
        fov = math.nan
    if not SMALLEST_FOV <= fov <= LARGEST_FOV:
        limits = f"{SMALLEST_FOV:g} to {LARGEST_FOV:g} arcminutes"
        raise InvalidQuery(f"A field of “{text}” is not one of {limits}.", example=f"{FIRST_FOV:g}", field="fov")
    return View(fov, survey)


def script_address(own: Path) -> str | None:
    """Address of our copy of Aladin Lite, with its time as Dash gives it; None where `make assets` did not get it."""
    try:
        changed = int(own.stat().st_mtime)
    except OSError:
        return None
    return f"/assets/vendor/aladin-lite/{own.name}?m={changed}"


def _at_hand(h: House, subject: Subject) -> bool:
    """Whether neighbours and cutouts are known without asking."""
    candid = subject.candid or ""
    kept = h.objects.peek_full_alerts(subject.object_id), h.cutouts.peek(subject.object_id, candid)
    return all(answer is not None for answer in kept)


def _packet(h: House, subject: Subject) -> dict[Any, Any] | None:
    """The alert with all its columns; None when it has no packet, or the source does not give it: marks are extra."""
    try:
        rows = h.objects.full_alerts(subject.object_id).value
    except SourceError:
        return None
    mine = rows[rows["candid"] == subject.candid]
    return None if mine.empty else mine.iloc[0].to_dict()


def _stamps(h: House, subject: Subject) -> list[Stamp]:
    """Science and template cutout; none where the source has none, or does not answer."""
    candid = subject.candid or ""
    try:
        found = h.cutouts.stamps(subject.object_id, candid).value
    except (NotFound, Unavailable):
        return []
    images = [(kind, found.of_kind(kind)) for kind in KINDS]
    address = [stamp_url(h.source.key, subject.object_id, candid, kind) for kind in KINDS]
    return [
        Stamp(kind, src, max(image.shape) * ARCSEC_PER_PIXEL)
        for (kind, image), src in zip(images, address, strict=True)
        if image is not None
    ]


def _elsewhere(href: str) -> Component:
    words = "Open in Aladin Lite at CDS"
    named = attrs({"aria-label": words})
    return html.A(icon("link"), href=href, target="_blank", rel="noopener", className="icon-btn", title=words, **named)
