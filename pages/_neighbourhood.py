"""The neighbourhood panel of the object page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.neighbourhood import asteroid_notice, neighbour_table
from components.panel import panel
from components.parts import attrs, code_menu, export_menu
from pages._slots import Ask, panel_of
from pages._subject import Subject, look_of, subject_of
from services.answers import Answer
from services.elsewhere import mpc_check, mpc_object, skybot
from services.errors import NotFound
from services.fink.columns import fink_name
from services.house import House
from services.neighbourhood import has_packet, neighbours
from services.positions import constellation, galactic
from services.snippets import snippet
from services.surroundings import asteroid_words, context

NAME, TITLE = "neighbourhood", "Neighbourhood"
#: What the panel is made of, for the code that fetches it.
COLUMNS = (
    *("object_id", "candid", "jd", "fid", "ra", "dec", "distnr", "magnr", "sigmagnr"),
    *(f"{name}{k}" for k in (1, 2, 3) for name in ("objectidps", "distpsnr", "sgscore", "sgmag", "srmag", "simag")),
    *("neargaia", "maggaia", "neargaiabright", "maggaiabright", "DR3Name", "Plx", "e_Plx", "gaiaClass"),
    *("cdsxmatch", "vsx", "gcvs", "x4lac", "x3hsp", "mangrove_HyperLEDA_name", "mangrove_lum_dist"),
    *("spicy_id", "spicy_class", "tns", "roid", "ssdistnr", "ssmagnr", "ssnamenr"),
)


def packet_of(alerts: pd.DataFrame, subject: Subject) -> dict[str, Any]:
    """All columns of the selected alert; what the light curve has where Fink lists no alert of that id."""
    rows = alerts[alerts["candid"] == subject.candid]
    if len(rows):
        return {str(name): value for name, value in rows.iloc[0].items()}
    return {} if subject.alert is None else {str(name): value for name, value in subject.alert.items()}


def selected_packet(h: House, ask: Ask, wait: bool) -> tuple[Subject, Answer[pd.DataFrame], dict[str, Any]] | None:
    """The object, all its alerts, and the selected one; None when one of them would have to be waited for.

    Raises
    ------
    NotFound
        No alert of this object has an id.
    InvalidQuery, Rejected, Unavailable
        As `services.objects.Objects.full_alerts`.
    """
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    if subject.alert is None:
        raise NotFound("POST /api/v1/objects", "no alert of this object has an id")
    if not wait and h.objects.peek_full_alerts(subject.object_id) is None:
        return None
    full = h.objects.full_alerts(subject.object_id, retry=bool(ask.get("retry")))
    return subject, full, packet_of(full.value, subject)


def context_of(row: Mapping[str, Any]) -> str:
    """The sentence about place and surroundings of one detection."""
    ra, dec = row.get("ra"), row.get("dec")
    if ra is None or dec is None or pd.isna(ra) or pd.isna(dec):
        return context(row)
    return context(row, galactic(float(ra), float(dec))[1], constellation(float(ra), float(dec)))


@panel_of(NAME, TITLE, keys=("alert",))
def draw_neighbourhood(h: House, ask: Ask, wait: bool) -> Component | None:
    """What the packet of the selected alert says about its surroundings."""
    found = selected_packet(h, ask, wait)
    if found is None:
        return None
    subject, full, row = found
    lines = neighbours(row, subject.curve)
    look = look_of(full)
    own = has_packet(row)
    files = [("Neighbourhood as CSV", f"/export/neighbourhood/{subject.object_id}/{subject.candid}.csv")]
    # The summary shows the light curve's part of the sentence until this one is here (assets/neighbourhood.js); where
    # the summary is only a strip, it is read here.
    said = html.P(context_of(row), className="neighbour-context", **attrs({"data-context-of": subject.candid}))
    body = html.Div([*_asteroid(h, row), said, neighbour_table(lines)], className="scroll", tabIndex=0)
    return panel(
        NAME,
        TITLE,
        body,
        state=look.state,
        note=look.note or ("from the alert packet" if own else "known only from another alert: nothing was asked"),
        tools=[*look.tools(NAME), export_menu(files), code_menu(_code(h, subject.object_id))],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def _asteroid(h: House, row: Mapping[str, Any]) -> list[Component]:
    words = asteroid_words(row)
    if not words:
        return []
    jd, ra, dec = (float(row[name]) for name in ("jd", "ra", "dec"))
    name = row.get("ssnamenr")
    links = [("SkyBoT", skybot(jd, ra, dec)), ("MPC", mpc_check(jd, ra, dec))]
    links += [(f"orbit of {name}", mpc_object(name))] if isinstance(name, str) else []
    return [asteroid_notice(words, [] if h.source.simulated else links)]


def _code(h: House, object_id: str) -> str:
    payload = {"objectId": object_id, "columns": ",".join(map(fink_name, COLUMNS))}
    return snippet("objects", payload, source=h.source, note=f"What Fink and ZTF know around {object_id}")
