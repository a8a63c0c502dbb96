"""A Fink on this machine that can be told to misbehave, and that counts what it is asked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from services.local_fink import create_app

SLOW_S = 2.0
HTML = "<!DOCTYPE html><html><head><title>Fink</title></head><body>Under maintenance</body></html>"


class Mood(StrEnum):
    """How the server answers; to be down, `Upstream.stop` it."""

    OK = "ok"
    SLOW = "slow"
    HELD = "silent until it is told otherwise"
    ERROR = "status 500"
    HTML = "HTML in place of JSON"
    TRUNCATED = "truncated JSON"


class _Quiet(WSGIRequestHandler):
    """Without a line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Upstream:
    """The local Fink over real packets, behind a port of 127.0.0.1 that stays its own while it is stopped.

    Parameters
    ----------
    paths
        Alert packets, as for `services.local_fink.create_app`.
    port
        Where to listen.
    """

    def __init__(self, paths: Sequence[Path], port: int) -> None:
        self.mood = Mood.OK
        self.about = ""
        """Kind of call that the mood is about; "" for all of them."""
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._app = create_app(paths)
        self._calls: list[tuple[str, float]] = []
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; does nothing while it already does."""
        if self._server is not None:
            return
        self._server = make_server("127.0.0.1", self._port, self, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, name="upstream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port: connections are refused from now on."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def well(self) -> None:
        """Up, quick, right, and nothing counted yet."""
        self.mood, self.about = Mood.OK, ""
        self.start()
        self.forget()

    def forget(self) -> None:
        """Count from here."""
        self._calls.clear()

    def quiet(self, seconds: float = 1.0) -> None:
        """Wait until nobody has asked for that long: what pages of earlier tests had fetched ahead is done."""
        while self._calls and time.time() - self._calls[-1][1] < seconds:
            time.sleep(seconds / 10)

    def calls(self, *, before: float = float("inf")) -> Counter[str]:
        """How often each kind of call arrived since `forget`, up to a time (seconds since 1970)."""
        return Counter(kind for kind, at in list(self._calls) if at < before)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request in the present mood."""
        request = Request(environ)
        kind = request.path.rsplit("/", 1)[-1]
        self._calls.append((kind, time.time()))
        mood = self.mood if self.about in ("", kind) else Mood.OK
        return self._answer(environ, mood)(environ, start_response)

    def _answer(self, environ: dict[str, Any], mood: Mood) -> Response:
        if mood is Mood.ERROR:
            return Response('{"message": "Internal Server Error"}\n', 500, mimetype="application/json")
        if mood is Mood.HTML:
            return Response(HTML, 200, mimetype="text/html")
        if mood is Mood.SLOW:
            time.sleep(SLOW_S)
        while mood is Mood.HELD and self.mood is Mood.HELD:
            time.sleep(0.05)
        answer = Response.from_app(self._app, environ, buffered=True)
        if mood is Mood.TRUNCATED:
            answer.data = answer.data[: len(answer.data) // 2]
        return answer
