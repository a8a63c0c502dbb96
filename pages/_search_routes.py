"""What the search has beside its page: exports, the names of classes for the box, and links of Fink's portal."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from pages._exports import table_file
from pages._files import explained
from services.errors import InvalidQuery
from services.house import house
from services.search.classes import known_classes, quoted
from services.search.grammar import parse
from services.search.portal import object_of, search_of
from services.search.run import run

blueprint = Blueprint("search", __name__)


@blueprint.get("/export/search.<extension>")
@explained
def export(extension: str) -> Response:
    """The results of a search, with the columns of the night's table."""
    h = house()
    query = parse(request.args.get("q", ""), newest=h.source.last_night)
    if query.kind == "name" and query.radius_arcsec is None:
        raise InvalidQuery("A name is no list.", example="class=Anomaly last=50", field="q")
    result = run(h, query)
    assert result is not None  # it was waited for
    if result.partial and result.trouble is not None:
        raise result.trouble
    described = f"{result.words}, {h.source.label}"
    return table_file(result.rows, "search", extension, described, f"{result.call} {result.asked}")


@blueprint.get("/classes.json")
def classes() -> Response:
    """What ``class=`` can be completed to: as it is typed, who gives it, and its family."""
    answer = jsonify([[quoted(name.label), name.origin, name.family] for name in known_classes()])
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@blueprint.before_app_request
def portal_link() -> AnyResponse | None:
    """Links of Fink's portal lead to the same question here; the keys of the night page are none of them."""
    if request.method not in ("GET", "HEAD"):
        return None
    if (object_id := object_of(request.path)) is not None:
        return redirect(f"/object/{object_id}")
    if request.path != "/" or (text := search_of(request.args)) is None:
        return None
    return redirect(f"/search?q={quote(text)}")
