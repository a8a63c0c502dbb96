"""The same work over simulated skies of 15,000 and 100,000 anomalies: what it costs must not grow with the sky.

What is done for all anomalies is counted per thousand of them, what is done for one night or object as it is. The
skies are made once, into the user's cache folder; each is measured in a process of its own.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa

from app import create_app
from benchmarks.measure import Result, resident_mb, settled, times_of
from benchmarks.server_side import page, panel
from services.house import House, build_house
from services.houses import Houses
from services.nightly import class_counts
from services.settings import load_settings

SCALES = (15_000, 100_000)
FLAT = 1.5
"""How much more a thousand anomalies of the large sky may cost than a thousand of the small one."""
WAIT_S = 900
POINTS = 250
"""Length of the light curve that is looked at: about the same in both skies."""


ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """One measured thing.

    Attributes
    ----------
    values
        Measurements, in `unit`.
    unit
        "ms" or "MB".
    shared
        True when it is for all anomalies, and counts per thousand of them.
    bound
        True when it is held against `FLAT`.
    """

    values: tuple[float, ...]
    unit: str
    shared: bool = True
    bound: bool = True


Step = Callable[[Path, Path], dict[str, Cost]]


def results() -> list[Result]:
    """All of them, first each sky's, then their ratios."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(TemporaryDirectory(prefix="oddfinch-bench-"))) for _ in SCALES]
        skies = list(zip(map(sky_of, SCALES), folders, strict=True))
        small, large = _in_turns(skies)
    rows = [
        _row(name, scale, found[name]) for name in small for scale, found in zip(SCALES, (small, large), strict=True)
    ]
    return [*rows, *(_ratio(name, cost, large[name]) for name, cost in small.items() if cost.bound)]


def _in_turns(skies: Sequence[tuple[Path, Path]]) -> list[dict[str, Cost]]:
    """Costs of each sky; every step is taken for one after the other, so that a busy moment hits them all."""
    found: list[dict[str, Cost]] = [{} for _ in skies]
    for step in (_opened, _cold, *[_kept, _pages] * ROUNDS):
        for costs, sky in zip(found, skies, strict=True):
            for name, cost in _alone(step, *sky).items():
                known = costs.get(name, replace(cost, values=()))
                costs[name] = replace(cost, values=(*known.values, *cost.values))
    return found


def _alone(step: Step, sky: Path, folder: Path) -> dict[str, Cost]:
    """What a step finds in a process of its own; an end of that process is an error, not a reason to try again."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(step, sky, folder).result()


def _row(name: str, scale: int, cost: Cost) -> Result:
    per = " per 1,000" if cost.shared else ""
    return Result(f"{name}{per}, sky of {scale:,}", _per_thousand(cost, scale), None, cost.unit)


def _per_thousand(cost: Cost, scale: int) -> tuple[float, ...]:
    return tuple(value * 1000 / scale for value in cost.values) if cost.shared else cost.values


def _ratio(name: str, small: Cost, large: Cost) -> Result:
    one, other = (_row(name, scale, cost).median for scale, cost in zip(SCALES, (small, large), strict=True))
    return Result(f"{name}: large sky against small", (other / one,), FLAT, "x")


def sky_of(scale: int) -> Path:
    """Folder of the sky with so many anomalies, made on the first use."""
    from services.local_fink.sky import VERSION
    from services.local_fink.sky.mark import mark_of

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "oddfinch-bench"
    folder = cache / f"sky-{VERSION}-seed-1-{scale}"
    if mark_of(folder) is None:
        from services.local_fink.simulate import Order, simulate

        print(f"Making the sky of {scale:,} anomalies, once, in {folder}", file=sys.stderr, flush=True)
        simulate(folder, Order(seed=1, scale=scale, stamps=False))
    return folder


def _opened(sky: Path, folder: Path) -> dict[str, Cost]:
    """The local Fink over the sky: its tables made, and found again."""
    from services.local_fink.store import Store

    before = resident_mb()

    def opened() -> None:
        Store([sky], folder / "tables").close()

    first = times_of(opened, 1, warm_up=0)
    peak = resident_mb("VmHWM") - before
    return {
        "local Fink: opened for the first time": Cost(first, "ms"),
        "local Fink: growth of memory at most, opened for the first time": Cost((peak,), "MB", bound=False),
        "local Fink: opened again": Cost(times_of(opened, 5), "ms", shared=False, bound=False),
    }


def _house(sky: Path, folder: Path) -> House:
    return build_house(load_settings(["--source", str(sky), "--cache-dir", str(folder)], {}))


def _cold(sky: Path, folder: Path) -> dict[str, Cost]:
    """The index of a first start."""
    return {"index through the local Fink, nothing in the cache": Cost((_index(sky, folder)[0],), "ms")}


def _kept(sky: Path, folder: Path) -> dict[str, Cost]:
    """The index of a later start."""
    took, grown = _index(sky, folder)
    return {"index from cached months": Cost((took,), "ms"), "memory of the index": Cost((grown,), "MB")}


def _index(sky: Path, folder: Path) -> tuple[float, float]:
    """Milliseconds until the index is full, and by how many MB the process has grown then."""
    house = _house(sky, folder)
    before, start = resident_mb(), time.perf_counter()
    _fill(house)
    took = (time.perf_counter() - start) * 1e3
    house.index.cancel()
    gc.collect()
    pa.default_memory_pool().release_unused()
    return took, resident_mb() - before


def _fill(house: House) -> None:
    house.index.start()
    if not house.index.wait(WAIT_S):
        raise TimeoutError(f"the index was not full after {WAIT_S} s")


def _pages(sky: Path, folder: Path) -> dict[str, Cost]:
    """What pages cost when everything that they show is in the cache."""
    house = _house(sky, folder)
    _fill(house)
    client = create_app(Houses(house)).server.test_client()
    table = house.index.table()
    night, name = table["night"].iloc[len(table) // 2].date(), _typical(house, table)

    def of_night() -> bytes:
        return panel(client, "night-table", {"night": str(night)})

    def of_object() -> bytes:
        return page(client, f"/object/{name}", complete=False)  # there are no cutouts

    of_night(), of_object()
    settled(house.calls.count)
    return {
        "class counts of the whole history": Cost(times_of(lambda: class_counts(table, table.iloc[:0]), 9), "ms"),
        "night table": Cost(times_of(of_night, 25, warm_up=5), "ms", shared=False),
        "object page": Cost(times_of(of_object, 15, warm_up=3), "ms", shared=False),
    }


def _typical(house: House, table: pd.DataFrame) -> str:
    """An object with a light curve of about `POINTS` points."""
    names = table.loc[table["times_ever"] == 3, "object_id"].head(20)
    lengths = {str(name): len(house.objects.light_curve(str(name)).value) for name in names}
    return min(lengths, key=lambda name: abs(lengths[name] - POINTS))
