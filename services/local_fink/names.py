"""Names and vocabularies: ``/resolver``, ``/classes`` and ``/metadata`` (FINK_API 1.4, 1.5, 1.10)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd
from flask import Response, request

from services.local_fink.arguments import row_count
from services.local_fink.classes import vocabularies
from services.local_fink.routes import Payload, ServerError, api, route, store
from services.local_fink.store import Store
from services.local_fink.tables import tabular

# Rows of the table of names that are in memory at a time.
BLOCK = 10_000
_SIMBAD_COLUMNS = ("d:cdsxmatch", "i:candid", "i:dec", "i:jd", "i:objectId", "i:ra")
_METADATA_KEYS = ("objectId", "internal_name", "internal_name_encoded")


@route(
    "/resolver",
    about="Resolve astronomical names to ZTF alert names, and vice-versa",
    required=["resolver", "name"],
)
def resolver(payload: Payload) -> Response:
    """Names of an object elsewhere, from what the archive knows by itself: TNS' list and its alerts' SIMBAD types.

    All else is asked of CDS and IMCCE by the genuine server, and fails here as it does there when they are away.
    """
    name, reverse = payload["name"], payload.get("reverse") is True
    if not isinstance(name, str):
        raise ServerError("the name is not text")
    if payload["resolver"] == "tns":
        return tabular(of_tns(store(), name, _most(payload), reverse=reverse), payload)
    if payload["resolver"] == "simbad" and reverse:
        return tabular([_of_alerts(name, _most(payload))], payload)
    raise ServerError(f"resolver {payload['resolver']!r} is not there")


def _most(payload: Payload) -> int:
    """How many rows; the genuine server takes whole numbers of JSON only."""
    most = payload.get("nmax", 10)
    if not isinstance(most, int) or isinstance(most, bool):
        raise ServerError(f"nmax {most!r} is not a whole number")
    return row_count(most)


def of_tns(held: Store, name: str, most: int, *, reverse: bool, block: int = BLOCK) -> Iterator[pd.DataFrame]:
    """Rows of the TNS table, at most `block` at a time, sorted by full and internal name without regard to case.

    Parameters
    ----------
    held
        Handed in, because rows are still asked for when the request is over.
    name
        The beginning of a full name ("SN 2022and"); of an internal name when `reverse`.
    """
    where, sought = ("contains(key, ?)", f"_{name.lower()}") if reverse else ("starts_with(key, ?)", name.lower())
    query, after = f"SELECT * FROM tns WHERE {where} AND key > ? ORDER BY key LIMIT ?", ""
    while most > 0:
        rows = held.table(query, [sought, after, min(most, block)])
        if rows.empty:
            return
        most, after = most - len(rows), rows["key"].iloc[-1]
        yield rows.drop(columns="key")


def _of_alerts(object_id: str, most: int) -> pd.DataFrame:
    """Alerts whose id starts with this one's, oldest first, every cell as text."""
    cells = ", ".join(f'"{name}"::VARCHAR AS "{name}"' for name in _SIMBAD_COLUMNS)
    query = f"SELECT {cells} FROM alerts WHERE starts_with(key, ?) ORDER BY key LIMIT ?"
    return store().table(query, [object_id, most])


@api.get("/classes")
def classes() -> Response:
    """The labels that ``/latests`` can be asked for."""
    return Response(json.dumps(vocabularies()) + "\n", mimetype="application/json")


@api.get("/metadata")
def metadata() -> Response:
    """Remarks of people on objects, of which an archive has none. Unlike the genuine one, it cannot be written to."""
    if not request.args:
        return Response("Get user-defined metadata attached to objects")
    if len(request.args) > 1 or not set(request.args) <= set(_METADATA_KEYS):
        return Response("statustext", 400)  # all that the genuine server manages to say
    object_id = request.args.get("objectId", "all")
    if object_id != "all" and not object_id.startswith("ZTF"):
        raise ServerError(f"{object_id!r} is no object")
    return Response("[]", mimetype="application/json")
