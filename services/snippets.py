"""The code for this: a short script that fetches the rows on the screen from Fink's public API.

What the API leaves to its callers is done in the script, with a comment that says why (FINK_API, sections 0
and 1): the lower end of a date window loses alerts, an object id is a prefix, upper limits carry their
numbers as text, and 19-digit identifiers must not become floats. The scripts need ``requests`` and
``pandas`` and nothing of ours.

Fink has nothing of a simulated sky: scripts for its rows say SIMULATED, ask a local Fink on the same machine, and tell
how to start it. An object is known to be simulated by its id, wherever the script is asked for; the rows of a night
are by their source.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from services.exports import SIMULATED, SOURCE_COLUMN
from services.fink.columns import fink_name
from services.nights import night_start_jd
from services.sources import Source

PUBLIC_API = "https://api.ztf.fink-portal.org"
LOCAL_PORT = 8765
LOCAL_API = f"http://127.0.0.1:{LOCAL_PORT}"

#: No telescope of ZTF found anything in a year 00; the simulated sky gives such ids and no others.
SIMULATED_ID = re.compile(r"ZTF00[a-z]{7}")

#: How to have a Fink that knows the simulated sky.
SERVE_SIMULATED = (
    "python -m services.local_fink simulate sky",
    f"python -m services.local_fink serve sky --port {LOCAL_PORT}",
)
_SIMULATED_NOTE = (
    f"# {SIMULATED}: no telescope saw this, and Fink does not have it. A local Fink does; start it first:",
    *(f"#   {command}" for command in SERVE_SIMULATED),
)

#: Most rows of one night in Fink's anomaly table (FINK_API 2.5).
ROWS_PER_NIGHT = 10

#: What rows without a detection carry as text instead of numbers (FINK_API section 0, point 10).
NUMBERS_AS_TEXT = ("i:fid", "i:diffmaglim", "i:magpsf", "i:sigmapsf", "i:magnr", "i:sigmagnr", "i:distnr")


def snippet(
    endpoint: str,
    payload: Mapping[str, Any],
    *,
    source: Source | None = None,
    base_url: str = PUBLIC_API,
    note: str = "",
) -> str:
    """A script that fetches the rows of one call and leaves them in ``rows`` (a DataFrame) or in a file.

    Parameters
    ----------
    endpoint
        Last part of the path: "anomaly", "objects", "cutouts" or any other that answers records.
    payload
        Arguments as Fink names them. A ``start_date`` of "anomaly" is the first night that is wanted.
    source
        Where the rows on the screen come from; needed where no argument says that they are simulated.
    base_url
        The API to ask; the public one is never asked for what is simulated.
    note
        What the rows are, for the first comment.

    Returns
    -------
    str
        Python source, ending with a newline.
    """
    simulated = _is_simulated(payload, source)
    call = _Call(endpoint, payload, LOCAL_API if simulated and base_url == PUBLIC_API else base_url, note, simulated)
    if endpoint == "cutouts":
        return _script(call, _save_cutout(call), imports="import requests")
    if endpoint == "anomaly" and "start_date" in payload:
        return _anomalies_script(call)
    steps = _rows(payload)
    if endpoint == "objects":
        steps += _objects(payload)
    return _script(call, steps + _marked(call))


def anomalies(
    first: date, last: date, names: Iterable[str], *, source: Source | None = None, base_url: str = PUBLIC_API
) -> str:
    """Script for the anomalies of all nights from ``first`` to ``last``, with columns of the house."""
    payload = {"start_date": f"{first}", "stop_date": f"{last}", "columns": _fink_names(names)}
    nights = f"{first}" if first == last else f"{first} to {last}"
    whose = "Anomalies of a simulated sky" if _is_simulated(payload, source) else "Fink's anomalies"
    return snippet("anomaly", payload, source=source, base_url=base_url, note=f"{whose}, {nights}")


def light_curve(object_id: str, names: Iterable[str], *, base_url: str = PUBLIC_API) -> str:
    """Script for the light curve of one object, low-quality points and upper limits included."""
    wanted = dict.fromkeys(("object_id", *names, "diffmaglim"))  # a limit is nothing without its magnitude
    payload = {"objectId": object_id, "withupperlim": "True", "columns": _fink_names(wanted)}
    return snippet("objects", payload, base_url=base_url, note=f"Light curve of {object_id}")


def cutout(object_id: str, candid: str, kind: str, *, base_url: str = PUBLIC_API) -> str:
    """Script that saves one cutout of one alert as FITS; ``kind`` is Science, Template or Difference."""
    payload = {"objectId": object_id, "candid": candid, "kind": kind, "output-format": "FITS"}
    return snippet("cutouts", payload, base_url=base_url, note=f"{kind} cutout of {object_id}, {candid}")


def alert_list(
    asked: Mapping[str, Any],
    names: Iterable[str],
    *,
    note: str,
    source: Source | None = None,
    base_url: str = PUBLIC_API,
) -> str:
    """Script for a list of a search: the newest anomalies, or the newest alerts of a class.

    Parameters
    ----------
    asked
        Arguments of "latests" (with a ``class``) or of "anomaly"; dates are first and last night, both wanted.
    names
        Columns of the house.
    note
        What the rows are.
    """
    payload = {**asked, "columns": _fink_names(dict.fromkeys((*names, "jd")))}
    if "class" not in asked:
        return snippet("anomaly", payload, source=source, base_url=base_url, note=note)
    simulated = _is_simulated(payload, source)
    base = LOCAL_API if simulated and base_url == PUBLIC_API else base_url
    steps = _rows(payload)
    if "startdate" in asked:
        first, last = (date.fromisoformat(str(asked[key])) for key in ("startdate", "stopdate"))
        payload |= {"startdate": f"{first - timedelta(days=1)}", "stopdate": f"{last + timedelta(days=1)}"}
        steps += _of_nights(first, last)
    call = _Call("latests", payload, base, note, simulated)
    return _script(call, steps + _marked(call))


def cone(asked: Mapping[str, Any], *, note: str, source: Source | None = None, base_url: str = PUBLIC_API) -> str:
    """Script for the objects around a position; `asked` has ``ra``, ``dec`` (deg) and ``radius`` (arcsec)."""
    return snippet("conesearch", asked, source=source, base_url=base_url, note=note)


@dataclass(frozen=True)
class _Call:
    """What a script asks, of whom, and for what."""

    endpoint: str
    payload: Mapping[str, Any]
    base_url: str
    note: str
    simulated: bool


def _is_simulated(payload: Mapping[str, Any], source: Source | None) -> bool:
    ids = str(payload.get("objectId", "")).split(",")
    return bool(source and source.simulated) or any(SIMULATED_ID.fullmatch(each.strip()) for each in ids)


def _marked(call: _Call) -> list[str]:
    """A step that leaves the mark in every row, so that a table which is kept carries it too."""
    return [f"rows[{_quoted(SOURCE_COLUMN)}] = {_quoted(SIMULATED)}"] if call.simulated else []


def _fink_names(names: Iterable[str]) -> str:
    return ",".join(map(fink_name, names))


def _script(call: _Call, steps: list[str], imports: str = "import pandas as pd\nimport requests") -> str:
    comment = [f"# {' '.join(call.note.split())}"] if call.note else []
    warning = _SIMULATED_NOTE if call.simulated else ()
    columns = ["columns = [", *wrapped(_columns(call.payload)), "]"] if _columns(call.payload) else []
    asking = [
        "answer = requests.post(",
        f"    {_quoted(call.base_url.rstrip('/') + '/api/v1/' + call.endpoint)},",
        "    json={",
        *(f"        {_quoted(key)}: {_argument(key, value)}," for key, value in call.payload.items()),
        "    },",
        "    timeout=60,",
        ")",
        "answer.raise_for_status()",
    ]
    return "\n".join([imports, "", *comment, *warning, *columns, *asking, *steps]) + "\n"


def _columns(payload: Mapping[str, Any]) -> list[str]:
    return [name.strip() for name in str(payload.get("columns", "")).split(",") if name.strip()]


def _argument(key: str, value: object) -> str:
    return '",".join(columns)' if key == "columns" and value else _quoted(value)


def _quoted(value: object) -> str:
    """A Python literal with the double quotes that people expect."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def wrapped(names: list[str]) -> list[str]:
    """The items of a list display as lines of Python, several to a line."""
    text = ", ".join(map(_quoted, names)) + ","
    return textwrap.wrap(text, 96, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _rows(payload: Mapping[str, Any]) -> list[str]:
    """Steps from the answer to ``rows``."""
    names = _columns(payload)
    if not names:
        return ["rows = pd.DataFrame(answer.json())"]
    tagged = payload.get("withupperlim") and "d:tag" not in names
    wanted = '[*columns, "d:tag"]' if tagged else "columns"
    steps = ["# A column without a single value is absent from the answer: name them all."]
    steps.append(f"rows = pd.DataFrame(answer.json(), columns={wanted}, dtype=object)")
    if "i:candid" in names:
        steps.append("# 19 digits do not fit a float: keep the identifier as text.")
        steps.append('rows["i:candid"] = rows["i:candid"].astype(str)')
    return [*steps, "rows = rows.infer_objects()"]


def _anomalies_script(call: _Call) -> str:
    """From a day earlier, because the first 2.4 h of a window are missing; the extra night is dropped."""
    payload = call.payload
    first = date.fromisoformat(str(payload["start_date"]))
    last = date.fromisoformat(str(payload.get("stop_date", first)))
    nights = (last - first).days + 2
    asked = {"n": ROWS_PER_NIGHT * nights, **payload}
    asked |= {"start_date": f"{first - timedelta(days=1)}", "stop_date": f"{last}"}
    if _columns(asked):
        asked["columns"] = ",".join(dict.fromkeys((*_columns(asked), "i:jd")))
    steps = [*_rows(asked), *_of_nights(first, last), *_marked(call)]
    return _script(replace(call, payload=asked), steps)


def _of_nights(first: date, last: date) -> list[str]:
    """Steps that keep the nights that were meant."""
    begin, end = night_start_jd(first), night_start_jd(last + timedelta(days=1))
    return [
        "# Fink leaves out alerts before 02:24 UTC of the first day: ask from a day earlier.",
        f'rows = rows[(rows["i:jd"] >= {begin}) & (rows["i:jd"] < {end})].copy()',
    ]


def _objects(payload: Mapping[str, Any]) -> list[str]:
    """Steps that keep the objects that were meant and make numbers of its upper limits' texts."""
    wanted = _columns(payload)
    steps = []
    if "i:objectId" in wanted:
        ids = ", ".join(_quoted(each.strip()) for each in str(payload["objectId"]).split(","))
        steps.append("# Fink takes an identifier for a prefix: keep only what was meant.")
        steps.append(f'rows = rows[rows["i:objectId"].isin([{ids}])].copy()')
    texts = [name for name in NUMBERS_AS_TEXT if name in wanted]
    if payload.get("withupperlim") and texts:
        steps.append("# Low-quality points and upper limits arrive with their numbers as text.")
        steps.extend(["numbers = [", *wrapped(texts), "]"])
        steps.append('rows[numbers] = rows[numbers].apply(pd.to_numeric, errors="coerce")')
    return steps


def _save_cutout(call: _Call) -> list[str]:
    kind = str(call.payload.get("output-format", "PNG"))
    if kind == "array":
        return ["# Row 0 is the bottom of the picture.", "images = answer.json()"]
    parts = [str(call.payload[key]) for key in ("objectId", "candid", "kind") if key in call.payload]
    stem = "_".join([*parts, *([SIMULATED] if call.simulated else [])])
    name = re.sub(r"[^\w.-]", "_", f"{stem}.{kind.lower()}")
    return [f'with open({_quoted(name)}, "wb") as file:', "    file.write(answer.content)"]
