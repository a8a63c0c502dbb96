"""``make bench``: one table, and what it was measured on."""

from __future__ import annotations

import time

from benchmarks import in_browser, server_side
from benchmarks.measure import Result, busy, machine, table


def main() -> None:
    """Measure and print. Targets that are missed do not change the exit code: times depend on the machine."""
    start = time.monotonic()
    print(f"Measured on {machine()}", busy(), sep="\n", flush=True)
    rows: list[Result] = server_side.results()
    if in_browser.chromium():
        rows += in_browser.results()
        print(
            "In Chromium: cold browser cache on each load, warm server; floor page = an empty Dash page with one Graph."
        )
    else:
        print("No chromium here: what a browser would show was not measured.")
    print(f"{time.monotonic() - start:.0f} s in all; medians are held against the targets.\n")
    print(table(rows))


if __name__ == "__main__":
    main()
