"""How files are answered: an error is a status and a line of text, a download says whose data it holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response

from services import exports
from services.errors import InvalidQuery, NotFound, Rejected, Unavailable
from services.house import house


def explained(view: Callable[..., Response]) -> Callable[..., Response]:
    """Turn what went wrong into a status and one line of text: never an empty file that looks like an answer."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except InvalidQuery as error:
            return line(400, f"{error.what} For example: {error.example}")
        except NotFound as error:
            return line(404, f"Nothing there: {error}")
        except Rejected as error:
            return line(400, str(error))
        except Unavailable as error:
            return line(503, f"Fink did not answer: {error}")

    return answer


def line(status: int, text: str) -> Response:
    """A status with one line of text."""
    answer = Response(text + "\n", status=status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def download(body: bytes, stem: str, extension: str, content_type: str) -> Response:
    """A file to keep, with the source in its name."""
    answer = Response(body, content_type=content_type)
    name = exports.filename(stem, house().source, extension)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
