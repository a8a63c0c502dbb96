"""The object page: everything known about one source. ``/object/ZTF25abixhdc?alert=…&mode=dcmag&zoom=60900,60921``."""

from __future__ import annotations

from typing import Any

import dash
from dash import ctx, html
from dash.development.base_component import Component

from components.panel import panel
from components.parts import attrs, copy_button
from pages import (  # noqa: F401  # most of them are here to declare their panel
    _content,
    _curve_panel,
    _cutouts,
    _features,
    _more,
    _neighbourhood,
    _observability,
    _period,
    _reasons,
    _sky,
)
from pages._arrival import arrival
from pages._slots import Ask, panel_of, place
from pages._subject import look_of, subject_of
from pages._summary import bands, chips, coordinates, dates, lead, neighbours, score, tns_names, where
from services.house import House

dash.register_page(
    __name__,
    path_template="/object/<object_id>",
    title=lambda object_id=None: f"{object_id} · Oddfinch",
    order=1,
)

CURVE_KEYS = ("mode", "zoom", "colour", "axis", "hide")
CUTOUT_KEYS = ("stretch", "invert", "czoom")
KEYS = ("alert", "tab", *CURVE_KEYS, *CUTOUT_KEYS, *_observability.KEYS, *_sky.KEYS, *_period.KEYS)
"""What the page reads from the address."""


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
        [name, html.Div([*chips(subject), *tns_names(h, subject)], className="chips"), lead(subject)],
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


def layout(object_id: str = "", **query: Any) -> Component:
    """The page for an address. The id comes from the path; a query parameter of that name is ignored."""
    path = _path()
    object_id = path.removeprefix("/object/") if path.startswith("/object/") else object_id
    if (named := arrival(object_id)) is not None:
        return named
    ask = {
        "object_id": object_id,
        **{k: str(query[k]) for k in KEYS if isinstance(query.get(k), str) and query[k]},
    }
    side = html.Div([place("cutouts", ask), place("label-reasons", ask)], className="side")
    below = [place(name, ask, after="light-curve") for name in ("neighbourhood", "features", "more")]
    return html.Div(
        [place("object-summary", ask), place("light-curve", ask), side, *below],
        className="page object",
        **attrs({"data-page": "object", "data-object": object_id}),
    )


def _path() -> str:
    """Path of the address, from the router's own input; empty outside of its callback."""
    try:
        return str(ctx.inputs.get("_pages_location.pathname") or "")
    except (LookupError, dash.exceptions.MissingCallbackContextException):
        return ""
