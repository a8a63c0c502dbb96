"""A local Fink: ``python -m services.local_fink serve PATH... --port 8765`` serves alert packets as a Fink API,
``python -m services.local_fink simulate OUT --nights FIRST:LAST --seed 1`` makes packets of a simulated sky.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import date
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
    """Serve until interrupted, or write a simulated sky; 2 when what was asked cannot be done."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        return _simulate(options) if options.command == "simulate" else _serve(options)
    except SettingsError as error:
        print(f"local_fink: {error}", file=sys.stderr)  # noqa: T201
        return 2


def _serve(options: argparse.Namespace) -> int:
    try:
        app = create_app(options.paths)
        handler = WSGIRequestHandler if options.access_log else _Quiet
        server = make_server(options.host, options.port, app, threaded=True, request_handler=handler)
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


def _simulate(options: argparse.Namespace) -> int:
    # Serving needs neither the forests nor the light-curve package, which take seconds to load.
    from services.local_fink.simulate import DEFAULT_NIGHTS, Order, simulate

    order = Order(options.nights or DEFAULT_NIGHTS, options.seed, options.scale, not options.no_stamps)
    try:
        mark = simulate(options.out, order, _show_progress)
    except OSError as error:
        raise SettingsError(f"{options.out} cannot be written: {error.strerror}.") from error
    counts = ", ".join(f"{mark[name]} {name}" for name in ("alerts", "anomalies", "objects"))
    print(f"\n{options.out}  SIMULATED, {counts}")  # noqa: T201
    return 0


def _show_progress(done: int, nights: int) -> None:
    print(f"\rnight {done} of {nights}", end="", file=sys.stderr, flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.local_fink", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve alert packets")
    serve.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="Parquet or Avro file of alerts, or folder")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8765, help="0 takes a free one")
    serve.add_argument("--access-log", action="store_true", help="one line per request on stderr")
    _add_simulate(commands.add_parser("simulate", help="write packets of a simulated sky"))
    return parser


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="OUT", help="new folder, or a simulated sky to replace")
    parser.add_argument(
        "--nights", type=_nights, metavar="FIRST:LAST", help="UTC dates, 2023-01-25:2023-12-31 if absent"
    )
    parser.add_argument("--seed", type=_whole, default=1, help="the same seed gives the same sky")
    parser.add_argument("--scale", type=_count, metavar="N", help="this many anomalies, ten a night from FIRST on")
    parser.add_argument("--no-stamps", action="store_true", help="without cutouts")


def _nights(text: str) -> tuple[date, date]:
    try:
        first, last = (date.fromisoformat(part) for part in text.split(":"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST:LAST, for example 2023-01-25:2023-12-31") from error
    return first, last


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def described(summary: Summary) -> str:
    """``478 alerts of 357 objects, 2018-08 to 2025-11``."""
    first, last = (f"{night:%Y-%m}" for night in (summary.first_night, summary.last_night))
    return f"{summary.alerts} alerts of {summary.objects} objects, {first} to {last}"


if __name__ == "__main__":
    sys.exit(main())
