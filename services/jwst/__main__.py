"""``python -m services.jwst check FILE``: verdicts on a MAST export, without a browser.

Exit code 0: no row is inconsistent; 1: at least one is; 2: the file cannot be used, or a report cannot be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from services.jwst.errors import UnusableFile
from services.jwst.schema import Limits

CONSISTENT, INCONSISTENT, UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        return _check(options)
    except UnusableFile as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"{error.filename or options.file}: {error.strerror or error}")


def _complain(words: str) -> int:
    line = " ".join(words.split())
    print(f"services.jwst: {line.encode('utf-8', 'replace').decode()}", file=sys.stderr)  # noqa: T201
    return UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.jwst", description="Consistency of JWST observations.")
    check = parser.add_subparsers(dest="command", required=True).add_parser(
        "check", help="verdicts on a CSV that MAST exported", epilog=__doc__.split("\n\n")[1]
    )
    check.add_argument("file", type=Path, metavar="FILE", help="CSV of JWST observations from MAST")
    check.add_argument("--report", type=Path, metavar="OUT.html", help="write a report for people")
    check.add_argument("--json", type=Path, metavar="OUT.json", help="write a report for programs, with every row")
    check.add_argument("--csv", type=Path, metavar="OUT.csv", help="write the rows with their verdicts")
    check.add_argument("--seed", type=_whole, default=1, help="of the isolation forest [default 1]")
    check.add_argument("--retrieved", type=float, metavar="MJD", help="when the file was retrieved [default today]")
    check.add_argument("--max-mb", type=_whole, default=20, help="largest file [default 20]")
    check.add_argument("--max-rows", type=_whole, default=200_000, help="most rows [default 200000]")
    return parser


def _whole(text: str) -> int:
    if text.isdecimal() and int(text) < 2**31:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")


def _check(options: argparse.Namespace) -> int:
    from services.jwst import export, report  # after the arguments: --help need not wait for scikit-learn
    from services.jwst.read import read
    from services.jwst.verdicts import judge

    limits = Limits(max_bytes=options.max_mb * 1_000_000, max_rows=options.max_rows)
    with options.file.open("rb") as stream:
        data = stream.read(limits.max_bytes + 1)
    judged = judge(read(data, options.file.name, limits=limits), seed=options.seed, retrieved_mjd=options.retrieved)
    for path, written in ((options.json, report.to_json), (options.csv, export.to_csv)):
        if path:
            path.write_bytes(written(judged))
    if options.report:
        options.report.write_text(report.to_html(judged), encoding="utf-8", errors="replace")
    counts = judged.counts()
    words = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items())
    print(f"{len(judged.verdict):,} rows: {words}")  # noqa: T201
    return INCONSISTENT if counts["inconsistent"] else CONSISTENT


if __name__ == "__main__":
    sys.exit(main())
