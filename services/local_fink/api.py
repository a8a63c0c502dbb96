"""The routes of a local Fink: what the genuine server answers, down to its errors (FINK_API 0 and 1)."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from flask import Blueprint, Flask, Response, current_app, request, send_file
from werkzeug.exceptions import HTTPException

from services.local_fink import cutouts
from services.local_fink.columns import COLUMNS, STAMPS
from services.local_fink.computed import with_computed
from services.local_fink.formats import WRITERS, as_served
from services.local_fink.store import IS_ALERT, Place, Store

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]

# More than any archive holds, and still an integer for the database.
MOST_ROWS = 10**12
# First alerts of Fink (UTC), where the genuine server starts when no start_date is given.
FIRST_DATE = "2019-11-01"
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type,Authorization",
    "Access-Control-Allow-Methods": "GET,PUT,POST,DELETE,OPTIONS",
}

api = Blueprint("local_fink", __name__, url_prefix="/api/v1")


class ServerError(Exception):
    """What makes the genuine server answer 500: its text is for our log only."""


def create_app(paths: Sequence[Path]) -> Flask:
    """A Flask application that serves alert packets as a Fink API.

    Its `Store` is ``app.extensions["local_fink"]``. Safe to call from many threads.

    Parameters
    ----------
    paths
        Files of alert packets (Parquet as Fink's Data Transfer delivers, Avro as its livestream), or folders.

    Raises
    ------
    SettingsError
        When a path is missing, a file is damaged, or there is no processed alert in them.
    """
    app = Flask("local_fink", static_folder=None)
    app.extensions["local_fink"] = Store(paths)
    app.register_blueprint(api)
    app.register_error_handler(405, _http_error)
    return app


def _store() -> Store:
    store: Store = current_app.extensions["local_fink"]
    return store


@api.after_request
def _allow_origins(response: Response) -> Response:
    response.headers.update(_CORS)
    return response


@api.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _http_error(error)
    if not isinstance(error, ServerError):
        log.exception("%s %s", request.method, request.path)
    return _message("Internal Server Error", 500)


def _http_error(error: HTTPException) -> Response:
    answer = _message(error.description or error.name, error.code or 500)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer


def _message(text: str, status: int) -> Response:
    return Response(json.dumps({"message": text}) + "\n", status, mimetype="application/json")


def _refused(text: str) -> Response:
    """A 400 of the genuine server: a Python dict as text, called HTML."""
    return Response(str({"status": "error", "text": f"{text}\n"}), 400)


def _route(path: str, *, about: str, required: Sequence[str] = ()) -> Callable[..., Callable[[Payload], Response]]:
    """Serve a function of the payload by GET and POST, as every Fink endpoint is served."""

    def register(answer: Callable[[Payload], Response]) -> Callable[[Payload], Response]:
        def view() -> Response:
            if request.method in ("GET", "HEAD") and not request.args:
                return Response(about)
            payload = _payload()
            missing = [name for name in required if name not in payload]
            if missing:
                return _refused(f"A value for `{missing[0]}` is required. See https://api.ztf.fink-portal.org ")
            return answer(payload)

        api.add_url_rule(path, answer.__name__, view, methods=["GET", "POST"])
        return answer

    return register


def _payload() -> Payload:
    """Arguments of the query string if there are any, else the JSON body."""
    given = request.args.to_dict() if request.args else request.get_json()
    if not isinstance(given, dict):
        raise ServerError("the body is not an object")
    return given


@_route("/anomaly", about="Get alerts tagged as anomaly")
def anomaly(payload: Payload) -> Response:
    """The newest n anomalies between two dates."""
    low, high = _window(payload)
    n = _whole(payload.get("n", 10))
    wanted = _columns(payload)
    rows = _store().anomalies(low, high, min(max(n, 0), MOST_ROWS), wanted or list(COLUMNS))
    return _tabular(_detections(rows, wanted, colours=False), payload)


def _window(payload: Payload) -> tuple[str, str]:
    """Bounds of the row key as the genuine server scans: as text, the lower one's last character up by one.

    So alerts less than a tenth of a day after the start are not found; a window given backwards is turned.
    """
    start = str(_julian(payload.get("start_date", FIRST_DATE)))
    stop = str(_julian(payload["stop_date"]) + 1) if "stop_date" in payload else str(_julian(_now()))
    low, high = sorted((start, stop))
    return low[:-1] + chr(ord(low[-1]) + 1), high


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _julian(text: Any) -> float:
    """Julian date of an ISO date or time in UTC."""
    if not isinstance(text, str) or not _ISO_DATE.fullmatch(text.strip()):
        raise ServerError(f"{text!r} is not a date")
    try:
        moment = datetime.fromisoformat(text.strip()[:26]).replace(tzinfo=UTC)
    except ValueError as error:
        raise ServerError(f"{text!r} is not a date") from error
    return moment.timestamp() / 86400 + 2440587.5


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ServerError(f"{value!r} is not a whole number") from error


def _columns(payload: Payload) -> list[str]:
    """Known columns asked for, in the order of the answer; empty when everything is asked for.

    ``v:`` is no family of the stored tables: the genuine server fails when it is mixed with those that are.
    """
    asked = payload.get("columns", "*")
    if not isinstance(asked, str):
        raise ServerError("columns is not text")
    names = [name for name in asked.replace(" ", "").split(",") if name]
    if names in ([], ["*"]):
        return []
    if len({name.startswith("v:") for name in names}) > 1:
        raise ServerError("v: columns cannot be asked for")
    return [name for name in COLUMNS if name in names] or ["unknown"]


def _detections(rows: pd.DataFrame, wanted: list[str], *, colours: bool) -> pd.DataFrame:
    """Detections as served: newest first where the time is known, no row without a cell, ``v:`` if full."""
    if wanted:
        rows = rows[[*(name for name in wanted if name in rows), IS_ALERT]]
        rows = rows[rows.drop(columns=IS_ALERT).notna().any(axis=1)]
    if rows.empty:
        return pd.DataFrame()
    made = as_served(rows.copy() if wanted else with_computed(rows, colours=colours), full=not wanted)
    if "i:jd" in made:
        # Not stable: this gives alerts of one exposure the order of the recordings, on every processor.
        made = made.sort_values("i:jd", ascending=False, kind="heapsort")
    return made.drop(columns=IS_ALERT)


def _tabular(table: pd.DataFrame, payload: Payload) -> Response:
    asked = payload.get("output-format", "json")
    if asked not in WRITERS:
        return _refused(f"Output format `{asked}` is not supported. Choose among json, csv, votable, or parquet")
    write, kind = WRITERS[asked]
    try:
        answer = Response(write(table), 200)
    except pa.ArrowException as error:  # text and numbers in one column, where upper limits are in it
        raise ServerError(str(error)) from error
    answer.headers["Content-Type"] = kind
    return answer


@_route("/objects", about="Get object data based on ZTF ID", required=["objectId"])
def objects(payload: Payload) -> Response:
    """Detections of one or more objects, with what lies below Fink's cuts when asked for."""
    prefixes = _prefixes(payload["objectId"])
    wanted = _columns(payload)
    rows = _store().detections(prefixes, wanted or list(COLUMNS))
    table = _detections(rows, wanted, colours=True)
    if _is_true(payload, "withcutouts"):
        table = _with_stamps(table, payload.get("cutout-kind", "All"))
    if _is_true(payload, "withupperlim"):
        table = _with_limits(table, prefixes)
    return _tabular(table, payload)


def _prefixes(object_id: Any) -> list[str]:
    """Ids asked for; each is the beginning of a row key, so part of an id gives every object it begins."""
    if not isinstance(object_id, str) or not object_id:
        raise ServerError("no object id")
    return [prefix.strip() for prefix in object_id.split(",")]


def _is_true(payload: Payload, name: str) -> bool:
    """Only true and "True" are; "true" is silently not."""
    return str(payload.get(name)) == "True"


def _with_limits(table: pd.DataFrame, prefixes: Sequence[str]) -> pd.DataFrame:
    upper, low_quality = (_store().limits(prefixes, tag) for tag in ("upperlim", "badquality"))
    if len(low_quality) and "i:jd" not in table:
        raise ServerError("low-quality points need i:jd")
    parts = [table.assign(**{"d:tag": "valid"}), _limit_rows(upper), _limit_rows(low_quality)]
    both = pd.concat([part.astype(object) for part in parts if len(part)] or [pd.DataFrame()], ignore_index=True)
    if "i:jd" not in both:
        return both
    return both.sort_values("i:jd", ascending=False, kind="stable")


def _limit_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Extra rows of ``withupperlim``: only their own cells, all but time and alert number as text."""
    rows = rows.dropna(axis="columns", how="all").assign(**{"i:candid": -1})
    numbers = rows.columns.difference(["i:jd", "i:candid", "d:tag", "i:objectId"])
    return rows.astype(dict.fromkeys(numbers, "str"))


def _with_stamps(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Rows with the pixels of their stamps; an empty list where there are none."""
    kinds = list(STAMPS) if kind == "All" else [kind]
    if kind not in (*STAMPS, "All") or not {"i:objectId", "i:candid"} <= set(table):
        raise ServerError("stamps need a kind, i:objectId and i:candid")
    store = _store()
    ids = zip(table["i:objectId"], table["i:candid"].astype("str"), strict=True)
    places = [store.place(object_id, candid) for object_id, candid in ids]
    stamps = store.stamps([place for place in places if place], kinds)
    made = {
        f"b:cutout{kind}_stampData": pd.Series([_pixel_rows(stamps, place, kind) for place in places], table.index)
        for kind in kinds
    }
    return table.assign(**made)


def _pixel_rows(
    stamps: Mapping[Place, Mapping[str, bytes | None]], place: Place | None, kind: str
) -> list[list[float]]:
    stamp = stamps[place][kind] if place else None
    return cutouts.pixels_of(stamp).tolist() if stamp else []


@_route("/cutouts", about="Get cutout data based on ZTF ID", required=["objectId", "kind"])
def cutouts_of(payload: Payload) -> Response:
    """One stamp as picture, FITS file or array, or all three as arrays."""
    shape = payload.get("output-format", "PNG")
    if shape not in ("PNG", "FITS", "array"):
        return _refused("output-format must be one of: PNG, FITS, or array.")
    if payload["kind"] == "All" and shape != "array":
        if "output-format" not in payload:
            raise ServerError("kind All needs an explicit output-format")
        return _refused("The option `kind=All` is only compatible with `output-format=array`.")
    stamps = _stamps(payload)
    if shape == "array":
        return _array({kind: cutouts.pixels_of(stamp) for kind, stamp in stamps.items()})
    (stamp,) = stamps.values()
    return _file(stamp, shape, payload)


def _stamps(payload: Payload) -> dict[str, bytes]:
    """Stamps of the alert asked for, by kind; a server error when there is no such alert, kind or stamp."""
    kinds = list(STAMPS) if payload["kind"] == "All" else [payload["kind"]]
    if not set(kinds) <= set(STAMPS):
        raise ServerError(f"no such kind: {payload['kind']}")
    candid = str(payload["candid"]) if "candid" in payload else None
    place = _store().place(str(payload["objectId"]), candid)
    found = _store().stamps([place], kinds)[place] if place else {}
    present = {kind: stamp for kind, stamp in found.items() if stamp}
    if len(present) < len(kinds):
        raise ServerError("no such alert, or it has no stamps")
    return present


def _array(pixels: Mapping[str, np.ndarray]) -> Response:
    # Not orjson: a pixel without measurement is NaN, and the genuine server writes it so.
    body = {f"b:cutout{kind}_stampData": pixels[kind].tolist() for kind in sorted(pixels)}
    return Response(json.dumps(body, separators=(",", ":")) + "\n", mimetype="application/json")


def _file(stamp: bytes, shape: str, payload: Payload) -> Response:
    name = f"{payload['objectId']}_{payload['kind']}"
    if shape == "FITS":
        body, kind, name = cutouts.unpacked(stamp), "application/octet-stream", f"{name}.fits"
    else:
        body, kind, name = _picture(stamp, payload), "image/png", f"{name}.png"
    return send_file(io.BytesIO(body), mimetype=kind, as_attachment=True, download_name=name)


def _picture(stamp: bytes, payload: Payload) -> bytes:
    try:
        return cutouts.png(cutouts.pixels_of(stamp), payload)
    except (ValueError, KeyError, TypeError) as error:
        raise ServerError(f"no such picture: {error}") from error
