"""What a real connection does when a server misbehaves, over a socket of this machine."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.errors import Garbled, NoAnswer, Unavailable
from services.fink.decode import parse_classes
from services.fink.exchange import Exchange
from services.fink.policy import ENDPOINTS

pytestmark = pytest.mark.enable_socket

LIST = b'{"Fink classifiers": ["SN candidate"]}'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour = "good"

    def do_GET(self) -> None:
        getattr(self, self.behaviour)()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _head(self, length: int, **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def good(self) -> None:
        self._head(len(LIST))
        self.wfile.write(LIST)

    def compressed(self) -> None:
        body = gzip.compress(LIST)
        self._head(len(body), Content_Encoding="gzip")
        self.wfile.write(body)

    def bomb(self) -> None:
        body = gzip.compress(b" " * 50_000_000)
        self._head(len(body), Content_Encoding="gzip")
        self.wfile.write(body)

    def not_gzip(self) -> None:
        self._head(len(LIST), Content_Encoding="gzip")
        self.wfile.write(LIST)

    def breaks_off(self) -> None:
        self._head(1000)
        self.wfile.write(LIST[:10])
        self.close_connection = True

    def silent(self) -> None:
        time.sleep(1.0)

    def stalls(self) -> None:
        self._head(1000)
        self.wfile.write(LIST[:10])
        self.wfile.flush()
        time.sleep(1.0)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(address: str, read_s: float = 20) -> Exchange:
    """An exchange that gives up after ``read_s`` seconds of silence."""
    limits = {"classes": replace(ENDPOINTS["classes"], read_s=read_s)}
    return Exchange(address, sleep=lambda _: None, endpoints=limits)


def fetch(exchange: Exchange) -> dict[str, list[str]]:
    try:
        return exchange.ask("classes", {}, parse_classes)
    finally:
        exchange.close()


@pytest.mark.parametrize("behaviour", ["good", "compressed"])
def test_plain_and_compressed_answers_are_read(address: str, behaviour: str) -> None:
    Handler.behaviour = behaviour
    assert fetch(opened(address)) == {"Fink classifiers": ["SN candidate"]}


@pytest.mark.parametrize(
    ("behaviour", "kind", "words", "attempts"),
    [
        ("bomb", Garbled, "more than 2 MB", 1),
        ("not_gzip", Garbled, "decompressed", 1),
        ("breaks_off", Garbled, "broke off", 3),
        ("silent", NoAnswer, "timed out after 0.3 s", 1),
        ("stalls", NoAnswer, "timed out after 0.3 s", 1),
    ],
)
def test_a_misbehaving_server_is_named_for_what_it_did(
    address: str, behaviour: str, kind: type[Unavailable], words: str, attempts: int
) -> None:
    Handler.behaviour = behaviour
    with pytest.raises(kind, match=words) as caught:
        fetch(opened(address, 0.3 if kind is NoAnswer else 20))
    assert caught.value.attempts == attempts


def test_a_closed_port_refuses() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(NoAnswer, match="was refused a connection") as caught:
            fetch(opened(address))
    assert caught.value.attempts == 3
