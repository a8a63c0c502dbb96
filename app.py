"""Starts Oddfinch: settings → data source → cache → services → Dash → server, and nothing else."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import dash
import waitress
from dash import Dash, dcc, html

from components.header import header, help_dialog
from components.static_files import StaticFiles
from services.errors import SettingsError
from services.house import EXTENSION, House, build_house
from services.positions import warm_up
from services.settings import Settings, load_settings

THREADS = 16
"""Requests in work at once; most of them wait for Fink, four at a time, or for a file."""

INDEX = (Path(__file__).parent / "assets" / "index.html").read_text()


def create_app(house: House) -> Dash:
    """The Dash app over these services. One per process: Dash keeps its pages in global state."""
    app = Dash(
        __name__,
        use_pages=True,
        index_string=INDEX,
        title="Oddfinch",
        update_title="",  # a flickering tab title disturbs a shared screen
        suppress_callback_exceptions=True,  # panels come and go with their pages
        assets_ignore=r"^index\.html$",
        assets_path_ignore=[r"^plotly$"],  # source of the bundle that `make assets` puts into vendor/
        compress=False,  # StaticFiles compresses once instead of on every request
    )
    app.server.extensions[EXTENSION] = house
    app.server.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000  # Dash versions asset URLs by modification time
    app.layout = html.Div(
        [
            header(house.source.kind, house.source.label, house.source.detail),
            html.Main(dash.page_container, id="content"),
            help_dialog(),
            html.Div(id="toast", className="toast", role="status"),
            dcc.Store(id="client-errors"),
        ]
    )
    from pages import _routes, _slots  # pages can only be imported once the app exists

    _slots.register()
    app.server.register_blueprint(_routes.blueprint)
    return app


def wsgi(house: House) -> Any:
    """Everything that answers requests."""
    app = create_app(house)
    app.server.wsgi_app = StaticFiles(app.server.wsgi_app, house.settings.cache_dir)
    return app.server


def serve(settings: Settings, application: Any) -> None:
    """Answer requests until the process is stopped.

    One process on purpose: the index, the call log and the limit of requests in flight are one, and nothing is forked
    while threads run (docs/decisions). A supervisor restarts it by `/healthz`.
    """
    waitress.serve(
        application,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        ident="oddfinch",
        clear_untrusted_proxy_headers=True,
    )


def show_progress(done: int, nights: int) -> None:
    """One line that counts while the sample sky is made."""
    end = "\n" if done == nights else ""
    print(f"\rMaking the sample sky, once: night {done} of {nights}", end=end, file=sys.stderr, flush=True)  # noqa: T201


def main() -> int:
    """Run until stopped. Returns the exit code."""
    try:
        settings = load_settings(sys.argv[1:])
        house = build_house(settings, show_progress)
    except SettingsError as error:
        print(f"oddfinch: {error}", file=sys.stderr)  # noqa: T201
        return 2
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that temporary files are removed
    application = wsgi(house)
    house.index.start()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    print(f"Oddfinch is at http://{settings.host}:{settings.port} (Ctrl+C stops it)", flush=True)  # noqa: T201
    serve(settings, application)
    return 0


if __name__ == "__main__":
    sys.exit(main())
