"""Names on arrival: ``/object/SN 2023ixf`` goes on to the object, ``/object/ZTF25abix`` lists what begins so."""

from __future__ import annotations

from urllib.parse import unquote

from dash import html
from dash.development.base_component import Component

from components.name_matches import matches_table, on_to
from components.panel import State, message, panel
from components.parts import attrs, link_button
from pages._slots import Ask, failed, panel_of, place
from services.errors import InvalidQuery
from services.house import House
from services.names import Exact, Match, Matches, parse_name, resolve
from services.nights import utc_text


def arrival(path: str) -> Component | None:
    """Page for what stands below ``/object/`` when it is a name; None when it is an id, or no name at all."""
    text = unquote(path)
    try:
        name = parse_name(text)
    except InvalidQuery:
        return None
    if name.kind == "id" and name.text == text:
        return None
    return html.Div(
        [html.H1(text, className="sr-only"), place("arrival", {"q": text})],
        className="page search-page",
        **attrs({"data-page": "arrival", "data-object": path}),
    )


@panel_of("arrival", "Name")
def draw_arrival(h: House, ask: Ask, wait: bool) -> Component | None:
    """The object that the address names, to go on to; or those that it can mean."""
    return draw_named("arrival", "Name", h, ask, wait=wait, go_on=True)


def draw_named(panel_name: str, title: str, h: House, ask: Ask, *, wait: bool, go_on: bool) -> Component | None:
    """Panel with what the name ``q`` means; with `go_on` the browser opens the object when it is one.

    Raises
    ------
    InvalidQuery, NotFound, Rejected, Unavailable
        As `services.names.resolve` does.
    """
    text = str(ask["q"])
    if not wait and parse_name(text).kind != "id":
        return None
    found = resolve(h, text, retry=bool(ask.get("retry")))
    if isinstance(found, Matches) and go_on and _is_only(found):
        found = Exact(found.found[0].object_id, _count(found))
    if isinstance(found, Matches):
        return _listed(panel_name, title, h, found)
    link = on_to(found.object_id) if go_on else html.A(
        found.object_id, href=f"/object/{found.object_id}", className="mono"
    )  # fmt: skip
    words = [html.P(found.how)] if found.how else []
    body = message("check", "One object", [*words, html.P(link)])
    return panel(panel_name, title, body, note=text, simulated=h.source.simulated)


def _is_only(found: Matches) -> bool:
    """Whether one object, and certainly no other, is meant."""
    return found.total == 1 and found.searched == "all alerts" and not found.more and found.trouble is None


def _listed(panel_name: str, title: str, h: House, found: Matches) -> Component:
    """The objects that a partial id stands for, and how far these are all of them."""
    table = matches_table([_cells(match) for match in found.found])
    if found.trouble is not None and found.searched != "all alerts":
        known = [html.P(_count(found)), table] if found.found else []
        return failed(panel_name, found.trouble, known)
    more = [found.more] if found.more else []
    if len(found.found) < found.total:
        more.append(f"The first {len(found.found)} are listed.")
    note = " ".join([_count(found), *more])
    state = State.STALE if found.trouble is not None else State.READY
    actions = html.Div([link_button("Latest night", "/")], className="row")
    return panel(panel_name, title, [table, actions], state=state, note=note, simulated=h.source.simulated)


def _count(found: Matches) -> str:
    objects = "1 object" if found.total == 1 else f"{found.total:,} objects"
    verb = "begins" if found.total == 1 else "begin"
    if found.name.kind != "part":
        return f"{objects} may be {found.name.text}."
    return f"{objects} among {found.searched} {verb} with {found.name.text}."


def _cells(match: Match) -> tuple[str, str, str, str]:
    alerts = "" if match.alerts is None else f"{match.alerts:,}"
    newest = "" if match.last_jd is None else utc_text(match.last_jd)[:16]
    times = "never" if not match.listed else "once" if match.listed == 1 else f"{match.listed} times"
    return match.object_id, alerts, newest, times
