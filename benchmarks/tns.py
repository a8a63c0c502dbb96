"""The TNS mirror against its targets: 250,000 rows read, held and asked about 10,000 anomalies.

Each measurement of memory has a process of its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from benchmarks.measure import Result, resident_mb, times_of
from services.fink.exchange import Arriving
from services.sources import Source
from services.tns.match import match, types_of
from services.tns.mirror import Tns
from services.tns.parse import parse_rows
from services.tns.table import TnsTable

ROWS, ANOMALIES = 250_000, 10_000
SOURCE = Source("live:made", "live", "Fink live", "invented", date(2023, 1, 25))
CHUNK = 1 << 18
WAIT_S = 120
TYPES = ("SN Ia", "SN II", "SN Ic", "CV", "TDE")


def letters(number: int, count: int) -> str:
    """A number in letters, the last one first."""
    return "".join(chr(97 + number // 26**place % 26) for place in range(count))


def records(rows: int) -> Iterator[dict[str, str]]:
    """Invented rows as Fink sends them: two internal names each, every fifth object classified, some of them bad."""
    draws = np.random.default_rng(5)
    number = made = 0
    while made < rows:
        number += 1
        ra, dec = draws.uniform(0, 360), np.degrees(np.arcsin(draws.uniform(-1, 1)))
        name = f"20{16 + number % 10}{letters(number, 5)}"
        for prefix, kind in (("AT", "nan"), ("SN", TYPES[number % 5]))[: 1 + (number % 5 == 0)]:
            for internal in (f"ATLAS{number % 26:02d}{letters(number, 4)}", ztf_name(number)):
                made += 1
                yield {
                    "d:declination": f"{dec:.7f}",
                    "d:discoverydate": f"20{16 + number % 10}-03-04 05:06:07.890",
                    "d:fullname": f"{prefix} {name}",
                    "d:internalname": internal,
                    "d:ra": "nan" if number % 997 == 0 else f"{ra:.7f}",
                    "d:redshift": "0.0432" if prefix == "SN" else "NaN",
                    "d:type": kind,
                }


def ztf_name(number: int) -> str:
    """ZTF id of an invented object."""
    return f"ZTF{17 + number % 9}{letters(number, 7)}"


def written(folder: Path, rows: int = ROWS) -> Path:
    """The invented answer as a file, one line as Fink sends it."""
    path = folder / "tns.json"
    with path.open("wb") as file:
        file.write(b"[")
        for at, record in enumerate(records(rows)):
            file.write(b"," * (at > 0) + orjson.dumps(record))
            if at == rows - 1:
                break
        file.write(b"]")
    return path


def chunks(path: Path) -> Iterator[bytes]:
    """The answer as it arrives."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def questions(table: TnsTable, count: int = ANOMALIES) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Anomalies: a third are entries by name, a third by position within an arcsecond or so, a third neither."""
    draws = np.random.default_rng(6)
    picked = draws.integers(0, len(table), count)
    kind = np.arange(count) % 3
    ids = [
        (table.entry(int(number)).ztf_names or ("ZTF18aaaaaaa",))[0] if k == 0 else f"ZTF27{letters(at, 7)}"
        for at, (number, k) in enumerate(zip(picked, kind, strict=True))
    ]
    ra = np.where(kind == 1, table.ra[picked], draws.uniform(0, 360, count))
    dec = np.where(kind == 1, table.dec[picked] + draws.normal(0, 0.5, count) / 3600, draws.uniform(-30, 90, count))
    return ids, ra, dec


class _Client:
    """A Fink whose table is a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stream_tns_table(self, read: Any) -> Any:
        """The table as it arrives."""
        return read(Arriving(chunks(self.path), self.path.stat().st_size))


def _parsed(path: Path) -> tuple[float, float]:
    """Seconds to read the answer, and peak memory of the process (MB)."""
    start = time.perf_counter()
    parse_rows(chunks(path))
    return time.perf_counter() - start, resident_mb("VmHWM")


def _fetched(path: Path, folder: Path) -> tuple[float, float]:
    """Seconds until the mirror is complete, kept and ready for positions, and peak memory (MB)."""
    start = time.perf_counter()
    tns = Tns(_Client(path), SOURCE, folder)
    tns.want()
    if not tns.wait(WAIT_S) or tns.state().status != "ready":
        raise TimeoutError(f"no mirror after {WAIT_S} s: {tns.state()}")
    return time.perf_counter() - start, resident_mb("VmHWM")


def _at_rest(folder: Path) -> tuple[float, float]:
    """Seconds to have the mirror of another process, and how much memory a process holds with it (MB)."""
    import scipy.spatial  # noqa: F401  (so that modules do not count)

    before = resident_mb()
    start = time.perf_counter()
    table = Tns(_Client(Path()), SOURCE, folder).table()
    seconds = time.perf_counter() - start
    if table is None:
        raise AssertionError("the mirror is not there")
    match(table, [ztf_name(1)], [10.0], [20.0])
    gc.collect()
    pa.default_memory_pool().release_unused()
    return seconds, resident_mb() - before


def _alone(work: Any, *arguments: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(work, arguments)


def results() -> list[Result]:
    """All of them; the invented table is written first."""
    with tempfile.TemporaryDirectory(prefix="oddfinch-bench-") as name:
        folder = Path(name)
        path = written(folder)
        parsed = [_alone(_parsed, path) for _ in range(3)]
        fetched = [_alone(_fetched, path, folder / f"mirror{n}") for n in range(3)]
        rested = [_alone(_at_rest, folder / "mirror0") for _ in range(3)]
        table = TnsTable(parse_rows(chunks(path)))
    asked = questions(table)
    frame = pd.DataFrame(dict(zip(("object_id", "ra", "dec"), asked, strict=True)))
    if not 0.2 < match(table, *asked).best().row.size / ANOMALIES < 0.9:
        raise AssertionError("the invented anomalies are matched by all or by none")
    size = f"TNS table, {ROWS:,} rows"
    return [
        Result(f"{size}, parsed while it arrives", tuple(1e3 * s for s, _ in parsed), 10_000, "ms"),
        Result("the same, peak memory of its process", tuple(mb for _, mb in parsed), 600, "MB"),
        Result(f"{size}, mirror complete and on disk", tuple(1e3 * s for s, _ in fetched), 10_000, "ms"),
        Result("the same, peak memory of its process", tuple(mb for _, mb in fetched), 600, "MB"),
        Result("mirror of another process, until it answers", tuple(1e3 * s for s, _ in rested), None, "ms"),
        Result("mirror at rest, growth of resident memory", tuple(mb for _, mb in rested), 120, "MB"),
        Result(
            f"{ANOMALIES:,} anomalies against it by name and position",
            times_of(lambda: match(table, *asked), 9),
            300,
            "ms",
        ),
        Result("their TNS types", times_of(lambda: types_of(table, frame), 9), None, "ms"),
    ]
