"""The sky panel: Aladin Lite on images of CDS once a person has asked for them, the cutouts until then.

Nothing is asked of another machine before that. What the browser does is in assets/sky.js.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, icon_button

ALADIN_VERSION = "3.8.2"
"""As in assets/plotly/package.json; see docs/decisions."""
ALADIN_INTEGRITY = "sha384-/ymkiSIIZYSHUE2kIcPf4PWW4meM/MIvDZbgCurNjz4k6/Fe21cxLQ9cEn0DlBsZ"
"""Hash of dist/aladin.js of that version of the npm package; the browser runs nothing else, wherever it is from."""
ALADIN_CDN = f"https://cdn.jsdelivr.net/npm/aladin-lite@{ALADIN_VERSION}/dist/aladin.js"
"""Serves the files of npm packages as they are. CDS's own address serves another build, with another hash."""
ALADIN_PAGE = "https://aladin.cds.unistra.fr/AladinLite/"

SURVEYS: Mapping[str, tuple[str, str]] = {
    "ps1": ("PS1", "CDS/P/PanSTARRS/DR1/color-z-zg-g"),
    "dss2": ("DSS2", "CDS/P/DSS2/color"),
    "2mass": ("2MASS", "CDS/P/2MASS/color"),
    "unwise": ("unWISE", "CDS/P/unWISE/color-W2-W1W2-W1"),
    "legacy": ("Legacy", "CDS/P/DESI-Legacy-Surveys/DR10/color"),
}
"""Value of ``survey`` in the address: the word on its button, and what CDS calls it."""
FIRST_SURVEY = "ps1"
FIRST_FOV = 2.0
SMALLEST_FOV, LARGEST_FOV = 0.2, 60.0
"""Widths of the field, arcminutes."""

SCALE_ARCSEC = 10
OFFER = "Colour images of the sky come from CDS, Strasbourg, which then learns this position and your network address."
PS1_WORDS = "Separations as in the packet; the places are read from PS1's identifiers, to about half an arcsecond."
INVENTED = "This position is simulated: no survey has an image of what is there."


class Place(Protocol):
    """One marked place."""

    @property
    def kind(self) -> str:
        """``alert``, ``template`` or ``ps1``."""

    @property
    def ra(self) -> float:
        """Degrees."""

    @property
    def dec(self) -> float:
        """Degrees."""

    @property
    def words(self) -> str:
        """What it is."""


@dataclass(frozen=True)
class Stamp:
    """One cutout as a picture.

    Attributes
    ----------
    words, src
        What it shows, and its address.
    width_arcsec
        Of the longer side.
    """

    words: str
    src: str
    width_arcsec: float


@dataclass(frozen=True)
class View:
    """What of the sky is shown: width of the field (arcmin) and key of `SURVEYS`."""

    fov: float = FIRST_FOV
    survey: str = FIRST_SURVEY


def sky_box(
    name: str,
    places: Sequence[Place],
    view: View,
    stamps: Sequence[Stamp],
    *,
    north: str,
    script: str | None,
    simulated: bool,
) -> Component:
    """Body of the panel.

    Parameters
    ----------
    name
        The object.
    places
        What is marked; the first one is in the middle.
    stamps
        Shown until there are images; may be empty.
    north
        Side of the stamps where north is: "up" or "down". East is left.
    script
        Address of this server's own copy of Aladin Lite; None where it has none.
    simulated
        Whether the position is invented; then no images are offered.
    """
    facts = {
        "data-sky": "simulated" if simulated else "ask",
        "data-places": json.dumps([[p.kind, p.ra, p.dec] for p in places]),
        "data-surveys": json.dumps({key: survey for key, (_, survey) in SURVEYS.items()}),
        "data-survey": view.survey,
        "data-fov": f"{view.fov:g}",
        "data-script": script or ALADIN_CDN,
        "data-integrity": ALADIN_INTEGRITY,
    }
    still = html.Div(
        [_stamps(name, stamps, north), html.Div([_words(simulated), *_actions(simulated)], className="sky-offer")],
        className="sky-still",
    )
    return html.Div([still] if simulated else [still, _live(places, view)], className="sky", **attrs(facts))


def _words(simulated: bool) -> Component:
    return html.P(INVENTED if simulated else OFFER, role="status", **attrs({"data-sky-words": ""}))


def _actions(simulated: bool) -> list[Component]:
    if simulated:
        return []
    words = "Load sky images from CDS"
    return [html.Button(words, type="button", className="btn primary", **attrs({"data-sky-load": words}))]


def _stamps(name: str, stamps: Sequence[Stamp], north: str) -> Component:
    if not stamps:
        return html.P("Fink gave no cutouts of this alert.", className="sky-none")
    return html.Div([_stamp(name, stamp, north) for stamp in stamps], className="sky-stamps")


def _stamp(name: str, stamp: Stamp, north: str) -> Component:
    words = f"{stamp.words} cutout of {name}, {stamp.width_arcsec:.0f} arcseconds wide, north {north}, east left"
    picture = html.Img(src=stamp.src, alt=words)
    inside = [picture, html.I(className="sky-cross"), _compass(north), _scale(stamp.width_arcsec)]
    return html.Figure([html.Div(inside, className="sky-stamp"), html.Figcaption(stamp.words)])


def _compass(north: str) -> Component:
    return html.Span(
        [html.B("N"), html.B("E")], className=f"sky-compass north-{north}", **attrs({"aria-hidden": "true"})
    )


def _scale(width_arcsec: float) -> Component:
    share = f"{100 * SCALE_ARCSEC / width_arcsec:.2f}%"
    bar = html.I(style={"width": share})
    return html.Span([bar, html.B(f"{SCALE_ARCSEC}″")], className="sky-scale", **attrs({"aria-hidden": "true"}))


def _live(places: Sequence[Place], view: View) -> Component:
    inside = [
        _compass("up"),
        html.Span([html.I(), html.B()], className="sky-scale", **attrs({"aria-hidden": "true"})),
        html.P(className="sky-trouble", role="status", hidden=True),
    ]
    stage = html.Div(inside, className="sky-stage", role="group", **attrs({"aria-label": "Sky around the alert"}))
    return html.Div([_bar(view), stage, _legend(places)], className="sky-live")


def _bar(view: View) -> Component:
    buttons = [
        html.Button(
            words, type="button", **attrs({"data-sky-survey": key, "aria-pressed": str(key == view.survey).lower()})
        )
        for key, (words, _) in SURVEYS.items()
    ]
    surveys = html.Div(buttons, className="segmented", role="group", **attrs({"aria-label": "Survey"}))
    stop = icon_button("cross", "Back to the cutouts; CDS is asked no more", **attrs({"data-sky-stop": ""}))
    field = html.Span([_zoom("−", "Wider", "1.5"), _field(view), _zoom("+", "Closer", "0.6667"), stop])
    return html.Div([surveys, field], className="sky-bar")


def _zoom(sign: str, words: str, factor: str) -> Component:
    named = attrs({"data-sky-zoom": factor, "aria-label": words})
    return html.Button(sign, type="button", className="btn square small", title=words, **named)


def _field(view: View) -> Component:
    words = "Width of the field"
    return html.Output(
        f"{view.fov:.1f}′", className="mono", title=words, **attrs({"data-sky-fov": "", "aria-label": words})
    )


def _legend(places: Sequence[Place]) -> Component:
    """What the marks mean, with the separations of what has one."""
    kinds = [p.kind for p in places]
    parts: list[Any] = [_key("alert", "alert")]
    if "template" in kinds:
        parts.append(_key("template", "template source"))
    if "ps1" in kinds:
        apart = ", ".join(p.words for p in places if p.kind == "ps1")
        parts.append(_key("ps1", f"PS1 at {apart}", PS1_WORDS))
    credit = html.A("Aladin Lite, CDS", href=ALADIN_PAGE, target="_blank", rel="noopener", className="sky-credit")
    return html.P([*parts, credit], className="sky-legend")


def _key(kind: str, words: str, more: str = "") -> Component:
    shape = html.I(className=f"sky-key {kind}", **attrs({"aria-hidden": "true"}))
    return html.Span([shape, words], title=more or None)


def aladin_address(ra: float, dec: float, view: View) -> str:
    """Address of the same view on CDS's own page."""
    asked = {"target": f"{ra:.6f} {dec:+.6f}", "fov": f"{view.fov / 60:.4f}", "survey": SURVEYS[view.survey][1]}
    return f"{ALADIN_PAGE}?{urlencode(asked)}"
