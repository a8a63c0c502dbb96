"""How the genuine server takes a request and fails: methods, payload, required arguments, headers, errors.

A route is one function of the payload under `route`; what it raises becomes an answer here (FINK_API 1.0).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from services.local_fink.store import Store

log = logging.getLogger(__name__)

Payload = Mapping[str, Any]
Answer = Callable[[Payload], Response]

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type,Authorization",
    "Access-Control-Allow-Methods": "GET,PUT,POST,DELETE,OPTIONS",
}

api = Blueprint("local_fink", __name__, url_prefix="/api/v1")


class ServerError(Exception):
    """What makes the genuine server answer 500: its text is for our log only."""


def store() -> Store:
    """What the application that answers this request serves."""
    held: Store = current_app.extensions["local_fink"]
    return held


@api.after_request
def _allow_origins(response: Response) -> Response:
    response.headers.update(_CORS)
    return response


@api.errorhandler(Exception)
def _failed(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return http_error(error)
    if not isinstance(error, ServerError):
        log.exception("%s %s", request.method, request.path)
    return _message("Internal Server Error", 500)


def http_error(error: HTTPException) -> Response:
    """An error of HTTP's own (wrong method, no body) as the genuine server words it."""
    answer = _message(error.description or error.name, error.code or 500)
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer


def _message(text: str, status: int) -> Response:
    return Response(json.dumps({"message": text}) + "\n", status, mimetype="application/json")


def refused(text: str) -> Response:
    """A 400 of the genuine server: a Python dict as text, called HTML."""
    return Response(str({"status": "error", "text": f"{text}\n"}), 400)


def route(path: str, *, about: str, required: Sequence[str] = ()) -> Callable[[Answer], Answer]:
    """Serve a function of the payload by GET and POST, as most of Fink's endpoints are served.

    Parameters
    ----------
    about
        What a GET without arguments is told.
    required
        Arguments whose absence is refused, in the order in which they are missed.
    """

    def register(answer: Answer) -> Answer:
        def view() -> Response:
            if request.method in ("GET", "HEAD") and not request.args:
                return Response(about)
            payload = _payload()
            missing = [name for name in required if name not in payload]
            if missing:
                return refused(f"A value for `{missing[0]}` is required. See https://api.ztf.fink-portal.org ")
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
