"""The local Fink as an application; alerts by night, by object and their stamps (FINK_API 1.1, 1.2, 1.7)."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from flask import Flask, Response, send_file

from services.local_fink import conesearch, cutouts, latests, names, statistics
from services.local_fink.arguments import FIRST_DATE, is_true, julian, key_range, now_jd, row_count, wanted_columns
from services.local_fink.columns import COLUMNS, STAMPS
from services.local_fink.routes import Payload, ServerError, api, http_error, refused, route, store
from services.local_fink.store import Place, Store, typed
from services.local_fink.tables import Question, alerts, served, tabular

# The modules whose routes are served beside the ones below.
ROUTES = (conesearch, latests, names, statistics)


def create_app(paths: Sequence[Path], keep_in: Path | None = None) -> Flask:
    """A Flask application that serves alert packets as a Fink API.

    Its `Store` is ``app.extensions["local_fink"]``. Safe to call from many threads.

    Parameters
    ----------
    paths
        Files of alert packets (Parquet as Fink's Data Transfer delivers, Avro as its livestream), or folders;
        and lists of objects of the Transient Name Server (CSV, Parquet), for ``/resolver``.
    keep_in
        Folder in which its tables are kept for the next start; None makes them again each time.

    Raises
    ------
    SettingsError
        When a path is missing, a file is damaged, or there is no processed alert in them.
    """
    app = Flask("local_fink", static_folder=None)
    app.extensions["local_fink"] = Store(paths, keep_in)
    app.register_blueprint(api)
    app.register_error_handler(405, http_error)
    return app


@route("/anomaly", about="Get alerts tagged as anomaly")
def anomaly(payload: Payload) -> Response:
    """The newest n anomalies between two dates."""
    low, high = _window(payload)
    n = row_count(payload.get("n", 10))
    question = Question(wanted_columns(payload))
    chosen = store().chosen_anomalies(low, high, n)
    return tabular(alerts(store(), chosen, question), payload)


def _window(payload: Payload) -> tuple[str, str]:
    """Bounds of the row key; the day of the last date is in them."""
    start = julian(payload.get("start_date", FIRST_DATE))
    return key_range(start, julian(payload["stop_date"]) + 1 if "stop_date" in payload else now_jd())


@route("/objects", about="Get object data based on ZTF ID", required=["objectId"])
def objects(payload: Payload) -> Response:
    """Detections of one or more objects, with what lies below Fink's cuts when asked for."""
    prefixes = _prefixes(payload["objectId"])
    question = Question(wanted_columns(payload))
    with store().rows_of(prefixes, question.wanted or list(COLUMNS)) as found:
        table = served(typed(found.detections()), question, colours=True)
        limits = (typed(found.upper_limits()), typed(found.low_quality())) if is_true(payload, "withupperlim") else None
    if "i:jd" in table:
        # Not stable: this gives alerts of one exposure the order of the recordings, on every processor.
        table = table.sort_values("i:jd", ascending=False, kind="heapsort")
    if is_true(payload, "withcutouts"):
        table = _with_stamps(table, payload.get("cutout-kind", "All"))
    if limits is not None:
        table = _with_limits(table, *limits)
    return tabular([table], payload)


def _prefixes(object_id: Any) -> list[str]:
    """Ids asked for; each is the beginning of a row key, so part of an id gives every object it begins."""
    if not isinstance(object_id, str) or not object_id:
        raise ServerError("no object id")
    return [prefix.strip() for prefix in object_id.split(",")]


def _with_limits(table: pd.DataFrame, upper: pd.DataFrame, low_quality: pd.DataFrame) -> pd.DataFrame:
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
    held = store()
    ids = zip(table["i:objectId"], table["i:candid"].astype("str"), strict=True)
    places = [held.place(object_id, candid) for object_id, candid in ids]
    stamps = held.stamps([place for place in places if place], kinds)
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


@route("/cutouts", about="Get cutout data based on ZTF ID", required=["objectId", "kind"])
def cutouts_of(payload: Payload) -> Response:
    """One stamp as picture, FITS file or array, or all three as arrays."""
    shape = payload.get("output-format", "PNG")
    if shape not in ("PNG", "FITS", "array"):
        return refused("output-format must be one of: PNG, FITS, or array.")
    if payload["kind"] == "All" and shape != "array":
        if "output-format" not in payload:
            raise ServerError("kind All needs an explicit output-format")
        return refused("The option `kind=All` is only compatible with `output-format=array`.")
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
    place = store().place(str(payload["objectId"]), candid)
    found = store().stamps([place], kinds)[place] if place else {}
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
