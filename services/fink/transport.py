"""Ways to answer the client's requests without a socket: an in-process WSGI application, or a function."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit
from wsgiref.types import WSGIApplication

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app

Reply = tuple[int, Mapping[str, str], bytes]


class FunctionTransport(BaseAdapter):
    """Answers every request with a function.

    Parameters
    ----------
    answer
        From the prepared request to ``(status, headers, body)``, or to an exception, which is then raised as
        the network would (``requests.ConnectTimeout()``).
    """

    def __init__(self, answer: Callable[[requests.PreparedRequest], Reply | Exception]) -> None:
        super().__init__()
        self._answer = answer

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Answer one request; timeouts, certificates and proxies mean nothing here."""
        reply = self._answer(request)
        if isinstance(reply, Exception):
            raise reply
        return _response(request, *reply)

    def close(self) -> None:
        """Nothing is open."""


class WsgiTransport(FunctionTransport):
    """Answers every request with a WSGI application running in this process, such as the local Fink.

    Parameters
    ----------
    application
        Called once per request, in the thread that asks; it must allow several threads.
    """

    def __init__(self, application: WSGIApplication) -> None:
        super().__init__(self._run)
        self._application = application

    def _run(self, request: requests.PreparedRequest) -> Reply:
        body, status, headers = run_wsgi_app(self._application, _environ(request), buffered=True)
        return int(status.split(maxsplit=1)[0]), dict(headers), b"".join(body)


def _environ(request: requests.PreparedRequest) -> dict[str, object]:
    url = urlsplit(request.url or "")
    body = request.body.encode() if isinstance(request.body, str) else request.body
    builder = EnvironBuilder(
        path=unquote(url.path),
        query_string=url.query,
        base_url=f"{url.scheme}://{url.netloc}",
        method=request.method or "GET",
        headers=list(request.headers.items()),
        data=body if isinstance(body, bytes) else b"",
    )
    try:
        return builder.get_environ()
    finally:
        builder.close()


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
) -> requests.Response:
    raw = HTTPResponse(io.BytesIO(body), headers=headers, status=status, preload_content=False)
    return HTTPAdapter().build_response(request, raw)
