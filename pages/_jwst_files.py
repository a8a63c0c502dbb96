"""What the JWST page gives away: the report, rows and tables as files, and the progress of what it computes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import numpy as np
import orjson
import pandas as pd
from flask import Blueprint, Response, jsonify, request

from pages._files import explained, line
from pages._jwst import WAIT_S, chosen_of, judged_of, limits_of, row_of, rule_of, session_of
from pages._jwst_jobs import Job
from pages._jwst_lines import counted_rules, said_of_row
from pages._jwst_measures import comparison_records, curve_records, search_records, trial_records
from pages._jwst_runs import hunt_of, injection_of, measured, searched
from pages._jwst_session import SESSIONS
from pages._jwst_source import schema_lines
from services.errors import InvalidQuery
from services.house import House, house
from services.jwst import export, report, rules
from services.jwst.errors import UnusableFile
from services.jwst.evaluate import ALL
from services.jwst.verdicts import Judged

blueprint = Blueprint("jwst", __name__)

FILE_HEADER = "X-Oddfinch-File"
"""Name of a file that is handed over. A page of another site cannot send it, so that none can fill our memory."""
MIME = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "vot": "application/x-votable+xml",
    "html": "text/html; charset=utf-8",
}
LONGEST_NAME = 200
NO_FILE = InvalidQuery("There is no file in memory.", example="/jwst?example=1", field="token")

Records = Sequence[Mapping[str, Any]]


@blueprint.post("/jwst/file")
def take_file() -> Response:
    """A file for the memory of this process: the body as it is, its name in a header. Answers with its token."""
    limits = limits_of(house())
    name = unquote(request.headers.get(FILE_HEADER, ""))
    if not name:
        return line(400, f"The name of the file belongs into the header {FILE_HEADER}.")
    if request.content_length is None:
        return line(411, "The size of the file is not named.")
    if request.content_length > limits.max_bytes:
        size = request.content_length / 1e6
        return line(413, f"The file has {size:,.1f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are accepted.")
    session = SESSIONS.open(request.get_data(cache=False), name[:LONGEST_NAME], limits)
    return _uncached(jsonify({"token": session.token}))


def _uncached(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/jwst/file.json")
def file_progress() -> Response:
    """How far a file is, and what is wrong with it when it cannot be used."""
    session = SESSIONS.get(request.args.get("token", ""))
    if session is None:
        return line(404, "There is no such file in memory.")
    job = session.job
    said = _progress(job)
    if job.state == "done":
        said["sha256"] = job.result.observations.sha256
    if isinstance(job.error, UnusableFile):
        said["error"] = str(job.error)
    return _uncached(jsonify(said))


def _progress(job: Job[Any]) -> dict[str, Any]:
    return {"state": job.state, "words": job.words, "done": job.done, "total": job.total}


@blueprint.post("/jwst/leave")
def leave_file() -> Response:
    """The tab goes away, or wants its file to be dropped at once (``now=1``)."""
    token = request.args.get("token", "")
    (SESSIONS.drop if request.args.get("now") else SESSIONS.leave)(token)
    return Response(status=204)


def _asked_job() -> Job[Any] | None:
    if request.args.get("kind") == "file":
        session = session_of(house(), request.args)
        return session.job if session else None
    found = judged_of(house(), request.args)
    if found is None:
        return None
    if request.args.get("kind") == "search":
        hunt = hunt_of(request.args)
        return searched(*found, hunt, start=False) if hunt else None
    injection = injection_of(request.args, found[1])
    return measured(*found, injection, start=False) if injection else None


@blueprint.get("/jwst/job.json")
@explained
def job_progress() -> Response:
    """How far an injection or a search is."""
    job = _asked_job()
    return line(404, "Nothing of that kind is being computed.") if job is None else _uncached(jsonify(_progress(job)))


@blueprint.post("/jwst/cancel")
@explained
def cancel_job() -> Response:
    """Stop an injection, a search, or the making of an example."""
    job = _asked_job()
    if job is not None and job.state == "running":
        job.cancel()
    return Response(status=204)


# Files


def _judged() -> Judged:
    found = judged_of(house(), request.args, seconds=WAIT_S)
    if found is None:
        raise NO_FILE
    return found[1]


def _download(judged: Judged, body: bytes, stem: str, extension: str) -> Response:
    """A file to keep, with the input and SIMULATED in its name."""
    plain = re.sub(r"[^\w.-]+", "_", judged.observations.name.rsplit(".", 1)[0])[:60].strip("._-") or "jwst"
    mark = f"-{export.SIMULATED}" if judged.observations.schema.simulated else ""
    answer = Response(body, content_type=MIME[extension])
    name = f"{plain}-{stem}{mark}.{extension}".encode("ascii", "replace").decode().replace("?", "_")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return _uncached(answer)


@blueprint.get("/jwst/report.<any(html, json):extension>")
@explained
def signed_report(extension: str) -> Response:
    """The report, with SHA-256, versions, seed and time."""
    judged = _judged()
    body = report.to_html(judged).encode("utf-8", "replace") if extension == "html" else report.to_json(judged)
    return _download(judged, body, "report", extension)


@blueprint.get("/jwst/rows.<any(csv, vot, json):extension>")
@explained
def rows_file(extension: str) -> Response:
    """Every row with its verdict and reasons."""
    judged = _judged()
    writers = {"csv": export.to_csv, "vot": export.to_votable, "json": report.to_json}
    return _download(judged, writers[extension](judged), "verdicts", extension)


@blueprint.get("/jwst/<any(rules, columns, row, sky, values, evaluation, comparison, curves, search):what>.<extension>")
@explained
def table_file(what: str, extension: str) -> Response:
    """One of the tables of the page."""
    if extension not in WRITERS:
        return line(404, f"There is no export as {extension}; there are {', '.join(WRITERS)}.")
    h, judged = house(), _judged()
    records = TABLES[what](h, judged)
    mark = export.SIMULATED if judged.observations.schema.simulated else judged.observations.name
    marked = [{**record, "sha256": judged.observations.sha256, "source": mark} for record in records]
    return _download(judged, WRITERS[extension](marked), what, extension)


def _rules(h: House, judged: Judged) -> Records:
    return [vars(one) for one in counted_rules(judged)]


def _columns(h: House, judged: Judged) -> Records:
    return [
        {"column": one.name, "label": one.label, "unit": one.unit, "in_file": one.said} for one in schema_lines(judged)
    ]


def _row(h: House, judged: Judged) -> Records:
    chosen = chosen_of(h, request.args)
    row = row_of(request.args, chosen) if chosen else None
    if row is None:
        raise InvalidQuery("There is no such row.", example="0", field="row")
    said = zip(rules.RULES, said_of_row(judged, row), strict=True)
    return [
        {"row": row, "verdict": judged.verdict[row], "rule": rule.name, "title": one.title,
         "says": rules.STATUS_WORDS[one.status], "words": one.words, "hint": one.hint}
        for rule, one in said
    ]  # fmt: skip


def _sky(h: House, judged: Judged) -> Records:
    frame = judged.observations.frame
    columns = (
        frame["obs_id"].astype(object).where(frame["obs_id"].notna(), None),
        frame["s_ra"],
        frame["s_dec"],
        judged.verdict,
    )
    return [
        {"row": row, "obs_id": name, "s_ra": _finite(ra), "s_dec": _finite(dec), "verdict": verdict}
        for row, (name, ra, dec, verdict) in enumerate(zip(*columns, strict=True))
    ]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _values(h: House, judged: Judged) -> Records:
    chosen = chosen_of(h, request.args)
    if chosen is None:
        raise NO_FILE
    rule = rule_of(chosen)
    observed, expected = judged.checked.values(rule)
    status = judged.checked.status[rule].to_numpy()
    return [
        {
            "row": row,
            "rule": rule,
            "observed": _finite(one),
            "expected": _finite(other),
            "says": rules.STATUS_WORDS[int(code)],
        }
        for row, (one, other, code) in enumerate(zip(observed.tolist(), expected.tolist(), status, strict=True))
    ]


def _trial(h: House, judged: Judged) -> Any:
    session, injection = session_of(h, request.args), injection_of(request.args, judged)
    job = measured(session, judged, injection, start=True) if session and injection else None
    if job is None or not job.wait(60):
        raise InvalidQuery("There is no injection to write down.", example="run=seed,1,in,999,1", field="run")
    return job.result


def _search(h: House, judged: Judged) -> Records:
    session, hunt = session_of(h, request.args), hunt_of(request.args)
    job = searched(session, judged, hunt, start=True) if session and hunt else None
    if job is None or not job.wait(60):
        raise InvalidQuery("There is no search to write down.", example="search=seed,1,12,1", field="search")
    return search_records(job.result)


TABLES: Mapping[str, Callable[[House, Judged], Records]] = {
    "rules": _rules,
    "columns": _columns,
    "row": _row,
    "sky": _sky,
    "values": _values,
    "evaluation": lambda h, judged: trial_records(_trial(h, judged)),
    "comparison": lambda h, judged: comparison_records(_trial(h, judged)),
    "curves": lambda h, judged: curve_records(_trial(h, judged), request.args.get("etype") or ALL),
    "search": _search,
}


def _names(records: Records) -> list[str]:
    return list(dict.fromkeys(name for record in records for name in record))


def to_csv(records: Records) -> bytes:
    """Records as CSV (UTF-8); missing is an empty cell, and no text is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = _names(records)
    writer.writerow(names)
    for record in records:
        cells = (record.get(name) for name in names)
        writer.writerow(["" if c is None else export.harmless(c) if isinstance(c, str) else c for c in cells])
    return text.getvalue().encode("utf-8", "replace")


def to_json(records: Records) -> bytes:
    """Records as JSON; missing is null."""
    return orjson.dumps([dict(record) for record in records], option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)


def to_votable(records: Records) -> bytes:
    """Records as VOTable."""
    from astropy.io.votable import from_table  # half a second to import, and most people never export
    from astropy.table import Table

    frame = pd.DataFrame([dict(record) for record in records], columns=_names(records))
    columns = {}
    for name in frame:
        numeric = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        texts = (
            frame[name].astype(object).where(frame[name].notna(), "").astype(str).str.replace(_CONTROLS, "", regex=True)
        )
        columns[str(name)] = frame[name].to_numpy() if numeric else texts.to_numpy(dtype=str)
    out = io.BytesIO()
    from_table(Table(columns)).to_xml(out)
    return out.getvalue()


_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
WRITERS: Mapping[str, Callable[[Records], bytes]] = {"csv": to_csv, "vot": to_votable, "json": to_json}
