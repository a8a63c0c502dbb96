"""What a browser fetches beside the pages: sparklines, cutouts, exports, health. An error is a status and a line."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, cast

import pandas as pd
from flask import Blueprint, Response, current_app, jsonify, request

from components.alert_content import content_table
from components.figures.sparkline import sparkline_svg
from services import exports
from services.anomalies import CALL
from services.cutouts import Kind, Pixels, Stretch, fits, png
from services.errors import InvalidQuery, NotFound, Rejected, Unavailable
from services.fink.client import background
from services.fink.columns import by_name
from services.fink.queries import check_object_id
from services.house import EXTENSION, house
from services.houses import Houses
from services.nightly import BAND_OF
from services.nights import moment_words, parse_night
from services.photometry import MODES, brightness
from services.sources import Source

blueprint = Blueprint("files", __name__)

FOR_GOOD = "private, max-age=31536000, immutable"
FOR_MINUTES = "private, max-age=300"
SPARK_DAYS = 30.0
KINDS = ("Science", "Template", "Difference")
MIME = {"csv": "text/csv; charset=utf-8", "vot": "application/x-votable+xml", "json": "application/json"}


def explained(view: Callable[..., Response]) -> Callable[..., Response]:
    """Turn what went wrong into a status and one line of text: never an empty file that looks like an answer."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except InvalidQuery as error:
            return _line(400, f"{error.what} For example: {error.example}")
        except NotFound as error:
            return _line(404, f"Nothing there: {error}")
        except Rejected as error:
            return _line(400, str(error))
        except Unavailable as error:
            return _line(503, f"Fink did not answer: {error}")

    return answer


def _line(status: int, text: str) -> Response:
    answer = Response(text + "\n", status=status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


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


def _cutout(object_id: str, candid: str, kind: str) -> tuple[Pixels, bool]:
    """One image of an alert, and whether it is that of the object's newest alert instead."""
    if kind not in KINDS:
        raise NotFound("GET /cutout", f"knows no {kind}; there are {', '.join(KINDS)}")
    stamps = house().cutouts.stamps(check_object_id(object_id), candid).value
    image = stamps.of_kind(cast("Kind", kind))
    if image is None:
        raise NotFound("POST /api/v1/cutouts", f"gave no {kind} image of alert {candid}")
    return image, stamps.of_newest


@blueprint.get("/cutout/<object_id>/<candid>/<kind>.png")
@explained
def cutout_png(object_id: str, candid: str, kind: str) -> Response:
    """One cutout as PNG, row 0 of the array at the bottom."""
    image, newest = _cutout(object_id, candid, kind)
    stretch = request.args.get("stretch", "arcsinh")
    stretch = stretch if stretch in {"arcsinh", "linear", "range"} else "arcsinh"
    # Difference images hold both signs around zero, where an arcsinh would hide one of them.
    if kind == "Difference" and stretch == "arcsinh":
        stretch = "linear"
    body = png(image, cast("Stretch", stretch), invert=request.args.get("invert") == "1")
    answer = Response(body, mimetype="image/png")
    name = exports.filename(f"{object_id}_{candid}_{kind}", house().source, "png")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = FOR_MINUTES if newest else FOR_GOOD
    return answer


@blueprint.get("/cutout/<object_id>/<candid>/<kind>.fits")
@explained
def cutout_fits(object_id: str, candid: str, kind: str) -> Response:
    """One cutout as FITS, with whose it is and where it comes from in the header."""
    image, newest = _cutout(object_id, candid, kind)
    facts = {
        "OBJECT": object_id,
        "CANDID": None if newest else candid,
        "KIND": kind,
        "NEWEST": newest,
        "ORIGIN": exports.mark(house().source),
    }
    stem = f"{object_id}_{'newest-alert' if newest else candid}_{kind}"
    return _download(fits(image, facts), stem, "fits", "application/fits")


@blueprint.get("/cutout/<object_id>/<candid>/facts.json")
@explained
def cutout_facts(object_id: str, candid: str) -> Response:
    """Which alert the stamps belong to: its own, or the newest of the object when Fink gave none of this one."""
    h = house()
    with background():
        stamps = h.cutouts.stamps(check_object_id(object_id), candid).value
    note, words = "", f"Stamps of this alert, {candid}"
    asked = request.args.get("jd", type=float)
    if stamps.of_newest and asked:
        alerts = h.objects.light_curve(object_id).value
        newest = float(alerts[alerts["candid"].notna() & alerts["tag"].eq("valid")]["jd"].max())
        apart = newest - asked
        note = (f"{apart:+.0f} d" if abs(apart) >= 1 else f"{apart * 24:+.0f} h").replace("-", "−")
        words = f"Stamps of the newest alert, {moment_words(newest)} UTC; Fink gave none of this one"
    return jsonify({"note": note, "words": words, "of_newest": stamps.of_newest})


def _download(body: bytes, stem: str, extension: str, mimetype: str) -> Response:
    answer = Response(body, mimetype=mimetype)
    name = exports.filename(stem, house().source, extension)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


FORMATS = "There are csv, vot (VOTable) and json."


def _table(frame: pd.DataFrame, stem: str, extension: str, description: str, query: str) -> Response:
    source: Source = house().source
    if extension == "csv":
        body = exports.to_csv(frame, source)
    elif extension == "json":
        body = exports.to_json(frame, source)
    elif extension == "vot":
        body = exports.to_votable(frame, source, description=description, meta={"query": query})
    else:
        return _line(404, f"There is no export as {extension}. {FORMATS}")
    return _download(body, stem, extension, MIME[extension])


@blueprint.get("/export/anomalies.<extension>")
@explained
def export_anomalies(extension: str) -> Response:
    """The anomalies of a night or a range, with rank, repeats and model era beside Fink's own columns."""
    night = request.args.get("night")
    first = parse_night(night or request.args.get("from", ""), field="night" if night else "from")
    last = parse_night(night or request.args.get("to", ""), field="night" if night else "to")
    if first > last:
        raise InvalidQuery(f"The range ends ({last}) before it begins ({first}).", example=str(last), field="from")
    h = house()
    state = h.index.night_state(first, last)
    if state.status == "outside":
        raise NotFound(CALL, f"{h.source.label} has no such nights")
    if state.status == "unavailable" and state.trouble:
        raise state.trouble
    if state.status in {"loading", "cancelled"}:
        return _line(503, "These nights are still being loaded; nothing was exported. Try again in a moment.")
    rows = h.index.between(first, last)
    query = f"POST /api/v1/anomaly start_date={first} stop_date={last}"
    return _table(
        rows, f"anomalies_{first}_{last}", extension, f"Anomalies of {h.source.label}, {first} to {last}", query
    )


@blueprint.get("/export/object/<object_id>.<extension>")
@explained
def export_object(object_id: str, extension: str) -> Response:
    """The light curve of an object in all four brightness modes beside Fink's own columns."""
    curve = house().objects.light_curve(check_object_id(object_id)).value
    for mode in ("dcmag", "diffflux", "dcflux"):
        values = brightness(curve, MODES[mode].key)
        curve = curve.assign(**{mode: values["value"], f"{mode}_error": values["error"]})
    query = f"POST /api/v1/objects objectId={object_id} withupperlim=True"
    return _table(curve, f"{object_id}_light_curve", extension, f"Light curve of {object_id}", query)


@blueprint.get("/export/alerts/<object_id>.<extension>")
@explained
def export_alerts(object_id: str, extension: str) -> Response:
    """Every column of every alert of an object."""
    alerts = house().objects.full_alerts(check_object_id(object_id)).value
    query = f"POST /api/v1/objects objectId={object_id}"
    return _table(alerts, f"{object_id}_alerts", extension, f"All alerts of {object_id}", query)


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
        return _line(404, f"There is no action {action}; there are {', '.join(actions)}.")
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
