"""``/latests``: the newest alerts of one class, as the index tables keep them (FINK_API 1.3)."""

from __future__ import annotations

import pandas as pd
from flask import Response

from services.local_fink.arguments import FIRST_DATE, julian, key_range, now_jd, row_count, wanted_columns
from services.local_fink.classes import tns_types
from services.local_fink.columns import COLUMNS
from services.local_fink.routes import Payload, ServerError, route, store
from services.local_fink.tables import Question, alerts, tabular

# What the index tables keep of an alert beside all of Fink's own columns.
_KEPT = """candid chipsf classtar dec diffmaglim distnr distpsnr1 drb fid field isdiffpos jd jdendhist jdstarthist
    maggaia magnr magpsf magzpsci ndethist neargaia nid nmtchps objectId publisher ra rb rcid sgscore1 sigmagnr
    sigmapsf ssdistnr ssmagnr ssnamenr tooflag xpos ypos"""
INDEXED = tuple(name for name in COLUMNS if name.startswith("d:") or name[2:] in _KEPT.split())

TRENDS = ("rising", "fading", "low_state", "new_low_state")
# The only class that has states; its table is empty in an archive.
BLAZAR = "(CTA) Blazar low state"
_BAD_TREND = """
        {trend} is not a valid trend.
        Trend must be among: rising, fading, low_state, new_low_state
        """
_BAD_STATE = """
        {trend} trend is only implemented for the `{blazar}` class.
        {name} class can accept trend among: rising, fading.
        """


@route("/latests", about="Get object data based their class", required=["class"])
def latests(payload: Payload) -> Response:
    """The newest n alerts of a class of Fink's, SIMBAD's or TNS', and of these those with a trend."""
    complaint = _complaint(payload)
    if complaint:
        return Response(complaint, 400)
    n = row_count(payload.get("n", 10))
    low, high = _window(payload)
    question = Question(wanted_columns(payload, INDEXED), INDEXED, colours="color" in payload, brackets="{}")
    chosen = store().chosen_of_class(*_index_of(payload["class"]), low, high, n)
    if payload.get("trend") in TRENDS[:2]:
        chosen = _with_trend(chosen, payload["trend"], question)
    return tabular(alerts(store(), chosen, question), payload)


def _complaint(payload: Payload) -> str | None:
    trend, name = payload.get("trend"), payload["class"]
    if "trend" not in payload or trend in TRENDS[:2]:
        return None
    if trend not in TRENDS:
        return _BAD_TREND.format(trend=trend)
    return None if name == BLAZAR else _BAD_STATE.format(trend=trend, name=name, blazar=BLAZAR)


def _window(payload: Payload) -> tuple[str, str]:
    """Bounds of the row key; unlike an anomaly's, they end with the moment given."""
    start = julian(payload.get("startdate", FIRST_DATE))
    return key_range(start, julian(payload["stopdate"]) if "stopdate" in payload else now_jd())


def _index_of(name: object) -> tuple[str, str]:
    """Column and value that a class is looked up by: SIMBAD's and Fink's are one index, TNS' another."""
    if not isinstance(name, str):
        raise ServerError("the class is not text")
    if name.startswith("(TNS) ") and name.removeprefix("(TNS) ") in tns_types():
        return "d:tns", name.removeprefix("(TNS) ")
    return "class", name.removeprefix("(SIMBAD) ")


def _with_trend(chosen: pd.DataFrame, trend: str, question: Question) -> pd.DataFrame:
    """Those that brighten or fade by ``d:mag_rate``; the genuine server fails where the answer has no such column."""
    asked = not question.wanted or "d:mag_rate" in question.wanted
    if not asked or chosen["d:mag_rate"].isna().all():
        raise ServerError("a trend needs d:mag_rate")
    rate = chosen["d:mag_rate"]
    return chosen[rate < 0 if trend == "rising" else rate > 0]
