"""``python -m services.local_fink serve PATH... --port 8765``: serve alert packets as a Fink API."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from services.errors import SettingsError
from services.local_fink.api import create_app
from services.local_fink.store import Summary


class _Quiet(WSGIRequestHandler):
    """Without a line for every request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; 2 when the paths cannot be served."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        app = create_app(options.paths)
        handler = WSGIRequestHandler if options.access_log else _Quiet
        server = make_server(options.host, options.port, app, threaded=True, request_handler=handler)
    except SettingsError as error:
        print(f"local_fink: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except (OSError, SystemExit):  # werkzeug exits by itself when the port is taken
        print(f"local_fink: cannot listen on {options.host}:{options.port}", file=sys.stderr)  # noqa: T201
        return 2
    summary = app.extensions["local_fink"].summary()
    print(f"http://{options.host}:{server.server_port}  {described(summary)}", flush=True)  # noqa: T201
    # Stopped by a signal, it still removes its temporary folder.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.local_fink", description=__doc__)
    serve = parser.add_subparsers(required=True, metavar="COMMAND").add_parser("serve", help="serve alert packets")
    serve.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="Parquet or Avro file of alerts, or folder")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    serve.add_argument("--access-log", action="store_true", help="one line per request on stderr")
    return parser


def described(summary: Summary) -> str:
    """``478 alerts of 357 objects, 2018-08 to 2025-11``."""
    first, last = (f"{night:%Y-%m}" for night in (summary.first_night, summary.last_night))
    return f"{summary.alerts} alerts of {summary.objects} objects, {first} to {last}"


if __name__ == "__main__":
    sys.exit(main())
