"""How a benchmark is timed, and how its results are printed."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("dash", "plotly", "pandas", "numpy", "pyarrow", "waitress")


@dataclass(frozen=True)
class Result:
    """One row of the table.

    Attributes
    ----------
    name
        What was measured.
    values
        Every measurement, in `unit`.
    target
        Upper bound of the median; None for a row that only informs.
    unit
        "ms", "MB", "x", "calls".
    """

    name: str
    values: tuple[float, ...]
    target: float | None
    unit: str

    @property
    def median(self) -> float:
        """Median of the measurements."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the median keeps to the target."""
        if self.target is None:
            return ""
        return "yes" if self.median <= self.target else "NO"


def times_of(work: Callable[[], Any], repeats: int, *, warm_up: int = 1) -> tuple[float, ...]:
    """Milliseconds of each of `repeats` calls, after some that do not count."""
    for _ in range(warm_up):
        work()
    gc.collect()
    return tuple(_milliseconds(work) for _ in range(repeats))


def _milliseconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def resident_mb(which: str = "VmRSS") -> float:
    """Memory of this process: now, or with ``VmHWM`` at most so far."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(which)) / 1024


def settled(count: Callable[[], int], *, quiet_s: float = 0.7, limit_s: float = 60) -> int:
    """The count once it has not changed for a while, so that work in the background disturbs nothing."""
    known, since, end = count(), time.monotonic(), time.monotonic() + limit_s
    while time.monotonic() < min(since + quiet_s, end):
        time.sleep(0.05)
        if (now := count()) != known:
            known, since = now, time.monotonic()
    return known


def number(value: float, unit: str) -> str:
    """A value with as many decimals as its unit deserves."""
    return f"{value:.{ {'x': 2, 'MB': 2, 'calls': 0}.get(unit, 1) }f}"


def table(results: Sequence[Result]) -> str:
    """The results as text, one line each."""
    rows = [("", "median", "min", "target", "unit", "ok")]
    for r in results:
        target = "" if r.target is None else number(r.target, r.unit)
        rows.append((r.name, number(r.median, r.unit), number(min(r.values), r.unit), target, r.unit, r.verdict))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Iterable[str], widths: Sequence[int]) -> str:
    cells = list(zip(row, widths, strict=True))
    left, numbers, words = cells[:1], cells[1:4], cells[4:]
    parts = [*[t.ljust(w) for t, w in left], *[t.rjust(w) for t, w in numbers], *[t.ljust(w) for t, w in words]]
    return "  ".join(parts).rstrip()


def busy() -> str:
    """A sentence when others use the processors too, which makes every time too long; empty otherwise."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return f"The machine is busy (load {load:.1f} on {cores} cores): times are too long." if load > cores else ""


def machine() -> str:
    """What it ran on: without this, a time means nothing."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores, {platform.system()}, Python {sys.version.split()[0]}, {packages}"
