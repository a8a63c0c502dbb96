"""``make bench``: one table, and what it was measured on."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from benchmarks import at_scale, in_browser, jwst, period, server_side, step, tns
from benchmarks.measure import Result, busy, machine, table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print. Targets that are missed do not change the exit code: times depend on the machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the skies of 15,000 and 100,000 anomalies")
    quick = parser.parse_args(arguments).quick
    start = time.monotonic()
    print(f"Measured on {machine()}", busy(), sep="\n", flush=True)
    rows: list[Result] = [*server_side.results(), *period.results(), *jwst.results(), *tns.results()]
    if quick:
        print("Quick: nothing was measured on the skies of 15,000 and 100,000 anomalies.")
    else:
        rows += at_scale.results()
    if in_browser.chromium():
        rows += [*in_browser.results(), *step.results()]
        print(
            "In Chromium: cold browser cache on each load, warm server; floor page = an empty Dash page with one Graph."
        )
    else:
        print("No chromium here: what a browser would show was not measured.")
    print(f"{time.monotonic() - start:.0f} s in all; medians are held against the targets.\n")
    print(table(rows))


if __name__ == "__main__":
    main()
