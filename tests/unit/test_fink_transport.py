"""Requests answered in-process."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from services.errors import ServerFailed
from services.fink.client import FinkClient
from services.fink.transport import FunctionTransport, WsgiTransport


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)

    @app.post("/api/v1/echo")
    def echo() -> dict[str, Any]:
        return {"json": request.get_json(), "args": request.args, "agent": request.headers["User-Agent"]}

    @app.get("/api/v1/classes")
    def classes() -> Response:
        return Response('{"Fink classifiers": ["SN candidate"]}', content_type="application/json")

    return app


def session(application: Flask) -> requests.Session:
    opened = requests.Session()
    opened.mount("http://", WsgiTransport(application))
    return opened


def test_method_path_query_headers_and_body_reach_the_application(application: Flask) -> None:
    reply = session(application).post(
        "http://local.test/api/v1/echo?a=(SIMBAD)%20QSO&b=%2B", json={"n": 1}, headers={"User-Agent": "me"}
    )
    assert reply.status_code == 200
    assert reply.json() == {"json": {"n": 1}, "args": {"a": "(SIMBAD) QSO", "b": "+"}, "agent": "me"}


def test_a_route_that_does_not_exist_is_a_404(application: Flask) -> None:
    assert session(application).get("http://local.test/nope").status_code == 404


def test_the_client_works_on_an_application_without_a_socket(application: Flask) -> None:
    client = FinkClient("http://local.test", transport=WsgiTransport(application))
    assert client.fetch_classes() == {"Fink classifiers": ["SN candidate"]}
    with pytest.raises(ServerFailed, match="404"):
        client.fetch_anomalies("2025-09-02", "2025-09-02")


def test_a_base_url_with_a_path_keeps_it() -> None:
    asked: list[str | None] = []

    def answer(sent: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        asked.append(sent.url)
        return 200, {}, b"{}"

    FinkClient("http://local.test/fink/", transport=FunctionTransport(answer)).fetch_classes()
    assert asked == ["http://local.test/fink/api/v1/classes"]


def test_an_exception_that_is_returned_is_raised() -> None:
    opened = requests.Session()
    opened.mount("http://", FunctionTransport(lambda _: requests.ReadTimeout()))
    with pytest.raises(requests.ReadTimeout):
        opened.get("http://local.test")
