"""One server for the browser benchmarks: Oddfinch over an archive, or the floor page, served the same way.

``python -m benchmarks.serve app FOLDER ARCHIVE``, ``... made FOLDER`` (over the invented Fink) or ``... floor FOLDER``;
prints its address and serves until stopped.
Beside the pages it answers ``/bench/finish`` (when every static file asked for so far has its best compression) and
``/bench/calls`` (calls to the data source since the start).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import waitress
from dash import Dash, dcc, html
from flask import Flask

import app
from benchmarks import made
from components.static_files import StaticFiles
from services.house import House, build_house
from services.houses import Houses
from services.settings import load_settings

BUNDLE = Path(app.__file__).parent / "assets" / "vendor" / "plotly-oddfinch.min.js"
INDEX_WAIT_S = 120


class Bench:
    """The application with the two addresses of the benchmarks."""

    def __init__(self, server: Flask, calls: Callable[[], int]) -> None:
        self._inside: WSGIApplication = server
        self._static: StaticFiles = server.wsgi_app  # type: ignore[assignment]
        self._calls = calls

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] == "/bench/finish":
            self._static.finish()
        elif environ["PATH_INFO"] != "/bench/calls":
            return self._inside(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(self._calls()).encode()]


def oddfinch(folder: Path, archive: str) -> Bench:
    """Oddfinch over an archive, its index full."""
    return full(build_house(load_settings(["--source", archive, "--cache-dir", str(folder)], {})))


def invented(folder: Path) -> Bench:
    """Oddfinch over the invented Fink, its index full."""
    return full(made.house(folder))


def full(house: House) -> Bench:
    """Oddfinch with an index that is full before anybody asks."""
    server = app.wsgi(Houses(house))
    house.index.start()
    house.index.wait(INDEX_WAIT_S)
    return Bench(server, house.calls.count)


def floor(folder: Path) -> Bench:
    """The least that a Dash page with a figure can be: one Graph with a small scatter in its layout."""
    assets = folder / "assets"
    assets.mkdir(parents=True)
    if BUNDLE.exists():
        shutil.copy(BUNDLE, assets)
    page = Dash("floor", assets_folder=str(assets), compress=False, update_title="")
    page.server.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000
    trace = {"type": "scatter", "mode": "markers", "x": [*range(20)], "y": [x * x % 7 for x in range(20)]}
    page.layout = html.Div(dcc.Graph(figure={"data": [trace], "layout": {}}))
    page.server.wsgi_app = StaticFiles(page.server.wsgi_app, folder)
    return Bench(page.server, lambda: 0)


def main(kind: str, folder: str, *archive: str) -> None:
    """Serve on a free port until stopped."""
    makers: dict[str, Callable[..., Bench]] = {"app": oddfinch, "made": invented, "floor": floor}
    served = makers[kind](Path(folder), *archive)
    server = waitress.create_server(served, host="127.0.0.1", port=0, threads=app.THREADS)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
