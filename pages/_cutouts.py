"""The panel of the three stamps: drawn once by the server, then the browser steps, stretches and zooms by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from dash.development.base_component import Component

from components.cutouts import picture_button, stepper, viewer
from components.panel import State, message, panel, retry_button
from components.parts import attrs, code_menu, export_menu, icon_button
from pages._slots import Ask, failed, panel_of
from pages._subject import Subject, look_of, subject_of
from services.cutouts import ARCSEC_PER_PIXEL, KINDS, ORIENTATION, SIZE, Stamps, Stretch, may_have_none, stretch_of
from services.errors import NotFound, Unavailable
from services.house import House
from services.nightly import BAND_OF
from services.nights import moment_words
from services.snippets import cutout
from services.stamp_files import is_cut

STRETCHES: tuple[tuple[Stretch, str], ...] = (
    ("arcsinh", "asinh"),
    ("linear", "linear"),
    ("percentile", "percentile"),
)
"""Value of ``stretch`` in the address, and the word on the button."""
FILES = ("All", *KINDS)


@panel_of("cutouts", "Cutouts")
def draw_cutouts(h: House, ask: Ask, wait: bool) -> Component | None:
    """Science, template and difference image of the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    if subject.candid is None:
        raise NotFound("POST /api/v1/cutouts", "no alert of this object has an id")
    if not wait and h.cutouts.peek(subject.object_id, subject.candid) is None:
        return None
    try:
        found = h.cutouts.stamps(subject.object_id, subject.candid, retry=bool(ask.get("retry")))
    except Unavailable as error:
        below = [_stepper(subject, ask)]
        return _none_given(h, error, below) if may_have_none(error) else failed("cutouts", error, below)
    look = look_of(found)
    return panel(
        "cutouts",
        "Cutouts",
        viewer(subject.object_id, subject.candid, str(ask.get("alert") or ""), _stepper(subject, ask)),
        state=look.state,
        note=look.note or state_words(found.value, subject.curve),
        tools=[*look.tools("cutouts"), *_tools(subject)],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def _none_given(h: House, error: Unavailable, below: Sequence[Component]) -> Component:
    """What a 500 says: a Fink in this process gives it only for packets without stamps, a server also when it fails."""
    asked = f"Asked {error.call} at {error.at:%H:%M} UTC, for this alert and for the newest one of the object."
    if h.source.kind == "live":
        words = "Answered 500: Fink says so where it has no stamps, and also when its server fails. The two look alike."
        state, note = State.UNAVAILABLE, "none given"
        body = message("warn", "Fink gave no cutouts", [asked, words], [retry_button("cutouts")])
    else:
        state, note = State.EMPTY, "none in the packets"
        body = message("empty", "No cutouts", [asked, f"{h.source.label} answered: these packets carry no stamps."])
    return panel("cutouts", "Cutouts", [body, *below], state=state, note=note, simulated=h.source.simulated)


def _tools(subject: Subject) -> list[Component]:
    path = f"/cutout/{subject.object_id}/{subject.candid}"
    files = [(f"{'All three' if kind == 'All' else kind} as FITS", f"{path}/{kind}.fits") for kind in FILES]
    code = cutout(subject.object_id, str(subject.candid), "Science")
    larger = icon_button("expand", "Larger stamps", **attrs({"data-cut-expand": ""}))
    return [larger, export_menu(files, more=[picture_button()]), code_menu(code)]


def _stepper(subject: Subject, ask: Ask) -> Component:
    when = "" if subject.alert is None else moment_and_band(subject.alert)
    stretch = stretch_of(str(ask.get("stretch") or ""))
    return stepper(subject.candid or "", when, STRETCHES, stretch, inverted=ask.get("invert") == "1")


def moment_and_band(alert: pd.Series) -> str:
    """When an alert was, and in which band: ``4 Sep 08:45 UTC, g``."""
    return f"{moment_words(alert['jd'])} UTC, {BAND_OF.get(int(alert['fid']), '?')}"


def state_words(stamps: Stamps, curve: pd.DataFrame) -> str:
    """State line of the panel: whose stamps they are if not this alert's, and what part of the sky they show.

    Parameters
    ----------
    curve
        Light curve of the object, oldest first.
    """
    if stamps.of_newest:
        alerts = curve[curve["candid"].notna()]
        when = f", {moment_words(alerts['jd'].iloc[-1])} UTC" if len(alerts) else ""
        return f"of the newest alert{when}: Fink gave none of this one"
    cut = "cut by the detector’s edge, " if is_cut(stamps) else ""
    north, east = ORIENTATION
    return f"{cut}{SIZE * ARCSEC_PER_PIXEL:.0f}″ wide, north {north}, east {east}"
