"""What a browser fetches beside the pages: sparklines, exports, health. An error is a status and a line."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from flask import Blueprint, Response, current_app, jsonify, request

from components.alert_content import content_table
from components.figures.sparkline import sparkline_svg
from components.joined_files import Kind, joined
from pages import (
    _class_files,
    _cutout_routes,
    _exports,
    _features,
    _jwst_files,
    _observability,
    _search_routes,
    _tns_routes,
)
from pages._files import explained, line
from services.errors import NotFound
from services.fink.client import background
from services.fink.columns import by_name
from services.fink.queries import check_object_id
from services.house import EXTENSION, house
from services.houses import Houses
from services.nightly import BAND_OF

blueprint = Blueprint("files", __name__)
blueprint.register_blueprint(_class_files.blueprint)
blueprint.register_blueprint(_cutout_routes.blueprint)
blueprint.register_blueprint(_exports.blueprint)
blueprint.register_blueprint(_features.blueprint)
blueprint.register_blueprint(_jwst_files.blueprint)
blueprint.register_blueprint(_observability.blueprint)
blueprint.register_blueprint(_search_routes.blueprint)
blueprint.register_blueprint(_tns_routes.blueprint)

FOR_MINUTES = "private, max-age=300"
SPARK_DAYS = 30.0


@blueprint.get("/sparkline/<object_id>.svg")
@explained
def sparkline(object_id: str) -> Response:
    """Thirty days of an object as SVG, up to the time given."""
    with background():  # ten of these must not stand before what somebody waits for
        curve = house().objects.light_curve(check_object_id(object_id)).value
    detected = curve[curve["tag"].eq("valid") & curve["magpsf"].notna()]
    asked = request.args.get("until", type=float)
    until = asked if asked and math.isfinite(asked) else (float(detected["mjd"].max()) if len(detected) else 0.0)
    columns = (detected[name].tolist() for name in ("mjd", "magpsf", "fid", "isdiffpos"))
    points = [(t, m, BAND_OF[fid], sign == "f") for t, m, fid, sign in zip(*columns, strict=True) if fid in BAND_OF]
    answer = Response(
        sparkline_svg(points, until - SPARK_DAYS, until, simulated=house().source.simulated), mimetype="image/svg+xml"
    )
    answer.headers["Cache-Control"] = FOR_MINUTES
    return answer


@blueprint.get("/assets/oddfinch.<any(js, css):kind>")
def own_files(kind: Kind) -> Response:
    """Our scripts or style sheets in one file; its address names their version."""
    answer = Response(joined(kind), mimetype="text/javascript" if kind == "js" else "text/css")
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@blueprint.get("/content/<object_id>/<candid>.html")
@explained
def alert_content(object_id: str, candid: str) -> Response:
    """Table of every column of one alert, as a fragment of HTML."""
    alerts = house().objects.full_alerts(check_object_id(object_id)).value
    rows = alerts[alerts["candid"] == candid]
    if rows.empty:
        raise NotFound("POST /api/v1/objects", f"has no alert {candid} of {object_id}")
    answer = Response(content_table(content_rows(rows.iloc[0])), mimetype="text/html")
    answer.headers["Cache-Control"] = FOR_MINUTES
    return answer


def content_rows(row: pd.Series) -> list[tuple[str, str, str, str]]:
    """Fink's column name, value as text (empty when missing), unit and meaning of every column of an alert."""
    return [
        (column.fink, _cell(row[name]), column.unit, column.meaning)
        for name in row.index
        if (column := by_name(str(name))) is not None
    ]


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


@blueprint.post("/prefetch/<ids>")
@explained
def prefetch(ids: str) -> Response:
    """Have the light curves of some objects ready: the neighbours of the one on screen."""
    house().objects.prefetch([check_object_id(object_id) for object_id in ids.split(",")[:4]])
    return Response(status=204)


@blueprint.get("/index.json")
def index_progress() -> Response:
    """How far the history of anomalies is, for the line that says so."""
    p = house().index.progress()
    return jsonify(
        {
            "done": p.done,
            "total": p.total,
            "failed": p.failed,
            "month": p.month,
            "running": p.running,
            "cancelled": p.cancelled,
            "version": p.version,
            "trouble": str(p.trouble) if p.trouble else "",
        }
    )


@blueprint.post("/index/<action>")
def index_action(action: str) -> Response:
    """Cancel, resume or retry the loading of the history."""
    index = house().index
    actions = {"cancel": index.cancel, "resume": index.resume, "retry": index.retry}
    if action not in actions:
        return line(404, f"There is no action {action}; there are {', '.join(actions)}.")
    actions[action]()
    return index_progress()


@blueprint.get("/source.json")
def source_now() -> Response:
    """Which source a tab gets that is opened now, and why: for the notice of the tabs that are open."""
    held: Houses = current_app.extensions[EXTENSION]
    standing = held.standing()
    return jsonify({"key": held.current.source.key, "state": standing.state, "trouble": standing.why})


@blueprint.post("/source/retry")
def source_retry() -> Response:
    """Ask live Fink now whether it is back; takes a few seconds at most."""
    current_app.extensions[EXTENSION].retry()
    return source_now()


@blueprint.get("/healthz")
def healthz() -> Response:
    """For a supervisor: 200 while this process answers, with what it knows about its source.

    A source that does not answer is no reason to restart this process, so it does not change the status.
    """
    h = house()
    progress = h.index.progress()
    calls = {
        c.kind: {
            "last_success": c.last_success.isoformat() if c.last_success else None,
            "last_failure": c.last_failure.isoformat() if c.last_failure else None,
        }
        for c in h.calls.snapshot()
    }
    return jsonify(
        {
            "status": "ok" if progress.trouble is None else "degraded",
            "source": h.source.kind,
            "uptime_s": round((datetime.now(UTC) - h.started_at).total_seconds()),
            "index": {
                "months": progress.done,
                "of": progress.total,
                "rows": len(h.index.table()),
                "as_of": progress.as_of.isoformat() if progress.as_of else None,
                "trouble": str(progress.trouble) if progress.trouble else None,
            },
            "calls": calls,
        }
    )
