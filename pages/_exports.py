"""Files to take away: tables, LaTeX, notebooks, and whom to cite."""

from __future__ import annotations

from typing import cast

import pandas as pd
from flask import Blueprint, Response, request

from components.markup import html_of
from components.take_away import citation_box
from pages._files import download, explained, line
from services import citation, exports, latex, notebook
from services.anomalies import CALL
from services.errors import InvalidQuery, NotFound, Rejected, Unavailable
from services.fink.queries import check_object_id
from services.house import House, house
from services.nights import parse_night
from services.photometry import MODES, ModeKey, brightness
from services.sources import Source

blueprint = Blueprint("exports", __name__)

MIME = {
    "csv": "text/csv; charset=utf-8",
    "vot": "application/x-votable+xml",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "tex": "text/x-tex; charset=utf-8",
    "ipynb": "application/x-ipynb+json",
    "bib": "application/x-bibtex; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
TABLES = "There are csv, vot (VOTable), json and parquet."


def table_file(frame: pd.DataFrame, stem: str, extension: str, description: str, query: str) -> Response:
    """A table as a file of the kind that was asked for, or a line that says which kinds there are."""
    source: Source = house().source
    if extension == "csv":
        body = exports.to_csv(frame, source)
    elif extension == "json":
        body = exports.to_json(frame, source)
    elif extension == "vot":
        body = exports.to_votable(frame, source, description=description, meta={"query": query})
    elif extension == "parquet":
        body = exports.to_parquet(frame, source, description=description, meta={"query": query})
    else:
        return line(404, f"There is no export as {extension}. {TABLES}")
    return download(body, stem, extension, MIME[extension])


@blueprint.get("/export/anomalies.<extension>")
@explained
def anomalies(extension: str) -> Response:
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
        return line(503, "These nights are still being loaded; nothing was exported. Try again in a moment.")
    rows = h.index.between(first, last)
    query = f"POST /api/v1/anomaly start_date={first} stop_date={last}"
    return table_file(
        rows, f"anomalies_{first}_{last}", extension, f"Anomalies of {h.source.label}, {first} to {last}", query
    )


@blueprint.get("/export/object/<object_id>.<extension>")
@explained
def light_curve(object_id: str, extension: str) -> Response:
    """The light curve of an object: as data in all four brightness modes, as LaTeX, as a notebook that redraws it."""
    wanted = check_object_id(object_id)
    if extension == "tex":
        return _latex(house(), wanted)
    if extension == "ipynb":
        return _notebook(house(), wanted)
    curve = house().objects.light_curve(wanted).value
    for mode in ("dcmag", "diffflux", "dcflux"):
        values = brightness(curve, MODES[mode].key)
        curve = curve.assign(**{mode: values["value"], f"{mode}_error": values["error"]})
    query = f"POST /api/v1/objects objectId={wanted} withupperlim=True"
    return table_file(curve, f"{wanted}_light_curve", extension, f"Light curve of {wanted}", query)


def _mode() -> ModeKey:
    mode = request.args.get("mode", "diffmag")
    if mode not in MODES:
        raise InvalidQuery(f"There is no brightness {mode}: {', '.join(MODES)}.", example="diffmag", field="mode")
    return cast("ModeKey", mode)


def _latex(h: House, object_id: str) -> Response:
    style = request.args.get("style", "deluxetable")
    if style not in latex.STYLES:
        raise InvalidQuery(f"There is no style {style}: {', '.join(latex.STYLES)}.", example="booktabs", field="style")
    curve = h.objects.light_curve(object_id).value
    text = latex.light_curve_table(curve, object_id, h.source, mode=_mode(), style=style)
    return download(text.encode(), f"{object_id}_light_curve", "tex", MIME["tex"])


def _notebook(h: House, object_id: str) -> Response:
    """It fetches by itself, so an object is not looked up here; a source that is silent is no obstacle."""
    made = notebook.light_curve(object_id, h.source, mode=_mode())
    return download(notebook.to_bytes(made), f"{object_id}_light_curve", "ipynb", MIME["ipynb"])


@blueprint.get("/export/alerts/<object_id>.<extension>")
@explained
def alerts(object_id: str, extension: str) -> Response:
    """Every column of every alert of an object."""
    rows = house().objects.full_alerts(check_object_id(object_id)).value
    query = f"POST /api/v1/objects objectId={object_id}"
    return table_file(rows, f"{object_id}_alerts", extension, f"All alerts of {object_id}", query)


@blueprint.get("/export/citation/<object_id>.<extension>")
@explained
def references(object_id: str, extension: str) -> Response:
    """Acknowledgements and references as text, or the works as BibTeX."""
    writers = {"bib": citation.as_bibtex, "txt": citation.as_text}
    if extension not in writers:
        return line(404, f"There is no citation as {extension}. There are bib (BibTeX) and txt.")
    h, wanted = house(), check_object_id(object_id)
    text = writers[extension](wanted, _services(h, wanted), h.source)
    return download(text.encode(), f"{wanted}_citation", extension, MIME[extension])


@blueprint.get("/citation/<object_id>.html")
@explained
def citation_fragment(object_id: str) -> Response:
    """The same for the menu of the light curve, as a fragment of HTML."""
    h, wanted = house(), check_object_id(object_id)
    services = _services(h, wanted)
    works = [(service.name, service.gives, [work.short for work in service.works]) for service in services]
    box = citation_box(
        wanted,
        [] if h.source.simulated else works,
        citation.as_text(wanted, services, h.source),
        citation.as_bibtex(wanted, services, h.source),
        simulated=h.source.simulated,
    )
    answer = Response(html_of(box), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _services(h: House, object_id: str) -> tuple[citation.Service, ...]:
    """Whose data are on the object's page; without the full alerts, as far as the light curve tells."""
    curve = h.objects.light_curve(object_id).value
    try:
        return citation.services_of(curve, h.objects.full_alerts(object_id).value)
    except (NotFound, Rejected, Unavailable):
        return citation.services_of(curve)
