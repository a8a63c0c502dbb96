"""Starts Oddfinch: settings → data source → cache → services → Dash → server, and nothing else."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import waitress
from dash import Dash, dcc, hooks, html
from dash.development.base_component import Component
from flask import Response, current_app

from components.header import header, help_dialog
from components.joined_files import with_joined
from components.source_notice import source_notice
from components.static_files import StaticFiles
from pages import _first
from services.errors import OtherSource, SettingsError
from services.house import EXTENSION, house
from services.houses import Houses, open_houses
from services.positions import warm_up
from services.settings import Settings, load_settings

THREADS = 16
"""Requests in work at once; most of them wait for Fink, four at a time, or for a file."""

INDEX = (Path(__file__).parent / "assets" / "index.html").read_text()


def layout() -> Component:
    """What is around every page; made anew for each tab, because its source may differ from the last one's."""
    source, standing = house().source, current_app.extensions[EXTENSION].standing()
    return html.Div(
        [
            header(source.kind, source.label, source.detail, source.key),
            source_notice(standing.state, standing.why),
            html.Main(_first.container(), id="content"),
            help_dialog(),
            html.Div(id="toast", className="toast", role="status"),
            dcc.Store(id="client-errors"),
        ]
    )


def check_source() -> None:
    """Refuse what is about a source that this process does not have, before a panel could take it for a defect."""
    house()


def other_source(error: OtherSource) -> Response:
    """The script of the page sees the status and loads the page again."""
    return Response(f"{error}\n", status=409, mimetype="text/plain")


def create_app(houses: Houses) -> Dash:
    """The Dash app over these services. One per process: Dash keeps its pages in global state."""
    app = Dash(
        __name__,
        use_pages=True,
        index_string=INDEX,
        title="Oddfinch",
        update_title="",  # a flickering tab title disturbs a shared screen
        suppress_callback_exceptions=True,  # panels come and go with their pages
        assets_ignore=r"^index\.html$",
        # The source of the Plotly file, and a module that a page imports when somebody asks for it.
        assets_path_ignore=[r"^plotly$", r"^aladin-lite$"],
        compress=False,  # StaticFiles compresses once instead of on every request
    )
    app.server.extensions[EXTENSION] = houses
    app.server.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000  # Dash versions asset URLs by modification time
    app.server.before_request(check_source)
    app.server.register_error_handler(OtherSource, other_source)
    app.layout = layout
    hooks.index()(_first.without_grid)
    hooks.index()(with_joined)
    from pages import _routes, _slots  # pages can only be imported once the app exists

    _slots.register()
    app.server.register_blueprint(_routes.blueprint)
    return app


def wsgi(houses: Houses) -> Any:
    """Everything that answers requests."""
    app = create_app(houses)
    app.server.wsgi_app = StaticFiles(app.server.wsgi_app, houses.current.settings.cache_dir)
    return app.server


def serve(settings: Settings, application: Any) -> None:
    """Answer requests until the process is stopped.

    One process on purpose: the index, the call log and the limit of requests in flight are one, and nothing is forked
    while threads run (docs/decisions). A supervisor restarts it by `/healthz`. The largest body is a file for the JWST
    page, which must not touch the disk: waitress would put bodies over 512 kB into a temporary file.
    """
    largest = (settings.jwst_max_mb + 1) * 1_000_000
    waitress.serve(
        application,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        ident="oddfinch",
        clear_untrusted_proxy_headers=True,
        inbuf_overflow=largest,
        max_request_body_size=largest,
    )


def show_progress(done: int, nights: int) -> None:
    """One line that counts while the sample sky is made."""
    end = "\n" if done == nights else ""
    print(f"\rMaking the sample sky, once: night {done} of {nights}", end=end, file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Run until stopped. Returns the exit code."""
    try:
        settings = load_settings(sys.argv[1:])
        houses = open_houses(settings, show_progress)
    except SettingsError as error:
        print(f"oddfinch: {error}", file=sys.stderr)  # noqa: T201
        return 2
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that temporary files are removed
    application = wsgi(houses)
    houses.start()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    print(f"Oddfinch is at http://{settings.host}:{settings.port} (Ctrl+C stops it)", flush=True)  # noqa: T201
    serve(settings, application)
    return 0


if __name__ == "__main__":
    sys.exit(main())
