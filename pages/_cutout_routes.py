"""Stamps for the browser: one picture, FITS files, all three at once for the canvas, and whose they are."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pandas as pd
from flask import Blueprint, Response, jsonify, request

from pages._cutouts import moment_and_band, state_words
from pages._files import download, explained
from services import exports
from services.cutouts import KINDS, Pixels, Stamps, Stretch, png, stretch_of
from services.errors import NotFound, Rejected, Unavailable
from services.fink.client import background
from services.fink.queries import check_object_id
from services.house import House, house
from services.nights import moment_words, utc
from services.stamp_files import Facts, bundle, fits, fits_of_all, is_cut

blueprint = Blueprint("cutouts", __name__)

FOR_GOOD = "private, max-age=31536000, immutable"
FOR_MINUTES = "private, max-age=300"
NOT_AT_ALL = "no-store"
ALL = "All"
"""In place of a kind: the three of them in one FITS file."""


def _stamps(object_id: str, candid: str) -> Stamps:
    return house().cutouts.stamps(check_object_id(object_id), candid).value


def _image(stamps: Stamps, kind: str) -> Pixels:
    if kind not in KINDS:
        raise NotFound("GET /cutout", f"knows no {kind}; there are {', '.join(KINDS)}")
    image = stamps.of_kind(kind)
    if image is None:
        raise NotFound("POST /api/v1/cutouts", f"gave no {kind} image of alert {stamps.candid}")
    return image


def _stretch(kind: str) -> Stretch:
    """The stretch asked for; difference images hold both signs, and an arcsinh would hide one of them."""
    asked = stretch_of(request.args.get("stretch"))
    return "linear" if kind == "Difference" and asked == "arcsinh" else asked


@blueprint.get("/cutout/<object_id>/<candid>/<kind>.png")
@explained
def cutout_png(object_id: str, candid: str, kind: str) -> Response:
    """One cutout as PNG."""
    stamps = _stamps(object_id, candid)
    body = png(_image(stamps, kind), _stretch(kind), invert=request.args.get("invert") == "1")
    answer = Response(body, mimetype="image/png")
    name = exports.filename(f"{object_id}_{candid}_{kind}", house().source, "png")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = FOR_MINUTES if stamps.of_newest else FOR_GOOD
    return answer


@blueprint.get("/cutout/<object_id>/<candid>/<kind>.fits")
@explained
def cutout_fits(object_id: str, candid: str, kind: str) -> Response:
    """One cutout as FITS, or ``All`` of them as its extensions, with whose it is and where it comes from."""
    stamps = _stamps(object_id, candid)
    facts: Facts = {
        "OBJECT": object_id,
        "CANDID": None if stamps.of_newest else candid,
        "KIND": kind,
        "NEWEST": stamps.of_newest,
        "ORIGIN": exports.mark(house().source),
    }
    body = fits_of_all(stamps, facts) if kind == ALL else fits(_image(stamps, kind), facts)
    return download(body, f"{object_id}_{_whose(stamps)}_{kind}", "fits", "application/fits")


def _whose(stamps: Stamps) -> str:
    return "newest-alert" if stamps.of_newest else stamps.candid


@blueprint.get("/cutout/<object_id>/<candid>/facts.json")
@explained
def cutout_facts(object_id: str, candid: str) -> Response:
    """Which alert the stamps belong to: its own, or the newest of the object when Fink gave none of this one."""
    with background():
        stamps = _stamps(object_id, candid)
    note, words = "", f"Stamps of this alert, {candid}"
    asked = request.args.get("jd", type=float)
    if stamps.of_newest and asked:
        newest = float(_alerts(house(), object_id)["jd"].iloc[-1])
        apart = newest - asked
        note = (f"{apart:+.0f} d" if abs(apart) >= 1 else f"{apart * 24:+.0f} h").replace("-", "−")
        words = f"Stamps of the newest alert, {moment_words(newest)} UTC; Fink gave none of this one"
    return jsonify({"note": note, "words": words, "of_newest": stamps.of_newest})


@blueprint.get("/cutout/<object_id>/<candid>/stamps.bin")
@explained
def cutout_stamps(object_id: str, candid: str) -> Response:
    """All stamps of an alert for the canvas (`services.stamp_files.bundle`), with the alerts before and after it.

    With ``ahead`` nobody waits for them yet: Fink is asked after everything else, and its silence is a 204.
    """
    ahead = "ahead" in request.args
    try:
        with background() if ahead else nullcontext():
            body, newest = _bundle(house(), check_object_id(object_id), candid)
    except (Rejected, Unavailable):
        if not ahead:
            raise
        return Response(status=204, headers={"Cache-Control": NOT_AT_ALL})
    answer = Response(body, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = NOT_AT_ALL if newest else FOR_MINUTES
    return answer


def _bundle(h: House, object_id: str, candid: str) -> tuple[bytes, bool]:
    """All stamps of an alert, and whether they are of the object's newest one."""
    found = h.cutouts.stamps(object_id, candid)
    stamps, alerts = found.value, _alerts(h, object_id)
    more = {
        "object_id": object_id,
        "candid": candid,
        "of_newest": stamps.of_newest,
        "fresh": not found.stale and found.trouble is None,
        "words": state_words(stamps, alerts),
        "origin": exports.mark(h.source),
        "file": exports.filename(f"{object_id}_{_whose(stamps)}_stamps", h.source, "png"),
        **_among(alerts, candid),
    }
    return bundle(stamps, _position(h, stamps, alerts), more), stamps.of_newest


def _alerts(h: House, object_id: str) -> pd.DataFrame:
    """Rows of the light curve that are alerts, oldest first."""
    curve = h.objects.light_curve(object_id).value
    return curve[curve["candid"].notna() & curve["tag"].eq("valid")]


def _among(alerts: pd.DataFrame, candid: str) -> dict[str, Any]:
    """Time and band of an alert, and its neighbours in time."""
    candids = alerts["candid"].tolist()
    if candid not in candids:
        return {"when": "", "utc": "", "previous": None, "next": None}
    at = candids.index(candid)
    alert = alerts.iloc[at]
    return {
        "when": moment_and_band(alert),
        "utc": f"{utc(alert['jd']):%Y-%m-%d %H:%M} UTC",
        "previous": candids[at - 1] if at else None,
        "next": candids[at + 1] if at + 1 < len(candids) else None,
    }


def _position(h: House, stamps: Stamps, alerts: pd.DataFrame) -> tuple[float, float] | None:
    """Where on the detector the alert of these stamps is; only asked for when its edge cut them."""
    if not is_cut(stamps) or alerts.empty:
        return None
    rows = h.objects.full_alerts(stamps.object_id).value
    whose = alerts["candid"].iloc[-1] if stamps.of_newest else stamps.candid
    mine = rows[rows["candid"].eq(whose)]
    if mine.empty or not {"xpos", "ypos"} <= set(rows.columns) or mine[["xpos", "ypos"]].iloc[0].isna().any():
        return None
    return float(mine["xpos"].iloc[0]), float(mine["ypos"].iloc[0])
