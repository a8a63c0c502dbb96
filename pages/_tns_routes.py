"""What the TNS page's script asks: how far the mirror is, what to do about it, and the table as a file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from pages._exports import table_file
from pages._files import explained, line
from pages._nights import asked_nights
from pages._tns import only_of, radius_of, view_of
from pages._tns_mirror import arriving_words, versions
from services.errors import InvalidQuery
from services.house import house
from services.tns.known import chosen, for_export

blueprint = Blueprint("tns", __name__)


@blueprint.get("/tns/state.json")
def state() -> Response:
    """How far the mirror is and the questions are; looking at it is wanting it."""
    h = house()
    h.tns.want()
    mirror, asked = h.tns.state(), h.tns_one_by_one.progress()
    words, done, total = "", 0.0, None
    if mirror.progress is not None:
        words, done, total = arriving_words(mirror.progress)
    elif asked.running:
        words, done, total = f"{asked.done:,} of {asked.total:,} objects asked", asked.done, asked.total
    running = mirror.progress is not None or asked.running
    strip, rows = versions(mirror, asked)
    return jsonify({"running": running, "words": words, "done": done, "total": total, "version": strip, "rows": rows})


@blueprint.post("/tns/<action>")
@explained
def act(action: str) -> Response:
    """Cancel or retry the mirror; ask for the objects of some nights one by one, or stop that."""
    h = house()
    actions: dict[str, Any] = {
        "cancel": h.tns.cancel,
        "retry": h.tns.retry,
        "ask": _ask,
        "stop": h.tns_one_by_one.cancel,
    }
    if action not in actions:
        return line(404, f"There is no action {action}; there are {', '.join(actions)}.")
    actions[action]()
    return state()


def _ask() -> None:
    nights = asked_nights(request.args)
    if nights is None:
        raise InvalidQuery("No nights are named.", example="2025-09-02", field="night")
    h = house()
    h.tns_one_by_one.start(h.index.between(*nights)["object_id"].tolist())


@blueprint.get("/export/tns.<extension>")
@explained
def export(extension: str) -> Response:
    """The TNS table of some nights as a file, with the filter of the page."""
    h = house()
    radius_of(request.args)
    view = view_of(h, request.args, wait=False)
    if view is None:
        return line(503, "These nights are still being loaded; nothing was exported. Try again in a moment.")
    rows, only = for_export(chosen(view.knowledge, only_of(request.args))), only_of(request.args)
    window = view.window
    nights = f"{window.first} to {window.last}"
    about = f"Anomalies of {h.source.label} with their TNS entries within {view.radius:g} arcsec, {nights}"
    query = f"POST /api/v1/anomaly and /api/v1/resolver, {window.query}, filter {only or 'none'}"
    stem = f"tns{'_' + only if only else ''}_{window.first}_{window.last}"
    return table_file(rows, stem, extension, about, query)
