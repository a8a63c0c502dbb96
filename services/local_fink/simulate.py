"""A simulated sky on disk: alert packets as Parquet, the TNS's table, and a mark that says what they are.

``python -m services.local_fink simulate OUT --nights 2023-01-25:2023-12-31 --seed 1``
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from services.errors import SettingsError
from services.local_fink.sky import VERSION
from services.local_fink.sky.cadence import DOCUMENTED, Cadence
from services.local_fink.sky.cast import Cast, Part
from services.local_fink.sky.entries import entries_of
from services.local_fink.sky.mark import MARK, mark_of
from services.local_fink.sky.observed import Observer
from services.local_fink.sky.packets import days_of, features_of, packet_table
from services.local_fink.sky.plan import PER_NIGHT, NightPlan, Plans
from services.local_fink.sky.scores import SMALLER_FROM, Forests, in_era, planned_first
from services.local_fink.sky.tns import TnsTable
from services.local_fink.sky.tour import Tour

DEFAULT_NIGHTS = (DOCUMENTED[0], date(2023, 12, 31))

# Nights that are drawn, scored and written together. With stamps a file is a month or two, without a year or two.
_TOGETHER, _TOGETHER_LARGE = 33, 200
# As few rows as a reader of single stamps wants, and as many as fit where there are none.
_GROUP, _GROUP_LARGE = 100, 5000
# Alerts beside the listed ones in the nights of a large sky (of others, and of known sources), and how often its
# sources come back.
_BESIDE_LARGE, _RETURNS_LARGE = (1, 1), 0.9

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What sky is wanted.

    Attributes
    ----------
    nights
        First and last night (UTC dates), both included.
    seed
        The same seed gives the same sky.
    scale
        Number of anomalies of a large sky for benchmarks: ten in every night from the first one on, without
        weather and without a night of the day; None for the sample sky.
    stamps
        False leaves the cutouts out.
    """

    nights: tuple[date, date] = DEFAULT_NIGHTS
    seed: int = 1
    scale: int | None = None
    stamps: bool = True

    def cadence(self) -> Cadence:
        """The survey's diary for it."""
        return Cadence(self.seed, every_night=self.scale is not None)

    def days(self) -> list[int]:
        """Ordinals of the nights in which the dome opens.

        Raises
        ------
        SettingsError
            When there is none.
        """
        first, last = self.nights
        if self.scale is not None:
            last = first + timedelta(days=-(-self.scale // PER_NIGHT) - 1)
        days = np.arange(first.toordinal(), last.toordinal() + 1)
        clear = days[self.cadence().is_clear(days)] if len(days) else days
        if not len(clear):
            raise SettingsError(f"No clear night from {first} to {last}; ask for more nights.")
        return [int(day) for day in clear]


def simulate(folder: Path, order: Order | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """Write a simulated sky into `folder`, which is complete or not there at all.

    Parameters
    ----------
    folder
        New, or a simulated sky that is replaced.
    order
        What is wanted; the sample sky if None.
    progress
        Called with the nights done and all nights.

    Returns
    -------
    The content of the mark: ``simulated`` (True), ``version``, ``seed``, ``nights`` (first and last with an alert),
    counts of ``alerts``, ``anomalies``, ``objects`` and ``tns`` rows, and where there is a night of the day the objects
    in it (``night_of_the_day``, as `cast.NIGHT_OF_THE_DAY`).

    Raises
    ------
    SettingsError
        When `folder` holds something else, or there is no clear night.
    """
    order = order or Order()
    if folder.exists() and any(folder.iterdir()) and mark_of(folder) is None:
        raise SettingsError(f"{folder} holds something that is not a simulated sky; give a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, so that two processes can build the same sky at the same time.
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        mark = _Writer(partial, order).write(progress or (lambda done, all_nights: None))
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return mark


@dataclass
class Sky:
    """The alerts of a sky, night by night.

    Parameters
    ----------
    order
        What is wanted.
    """

    order: Order

    def __post_init__(self) -> None:
        observer = Observer(self.order.seed, self.order.cadence())
        self._cast = Cast(observer) if self.order.scale is None else Cast(observer, _BESIDE_LARGE, _RETURNS_LARGE)
        self.days = self.order.days()
        # The nights of the documented table are what the table says, and nothing else.
        has_tour = self.order.scale is None and self.days[-1] > DOCUMENTED[1].toordinal()
        self.tour = Tour(self._cast, self.days[-1]) if has_tour else None

    def nights(self, progress: Progress) -> Iterator[list[Part]]:
        """Alerts of each night, the listed ones first."""
        plans = Plans(self.order.seed)
        for done, day in enumerate(self.days, start=1):
            parts = (
                self._cast.night(day, plans.next()) if self.tour is None else self._night(day, plans.next(), self.tour)
            )
            yield _failing_together(parts)
            progress(done, len(self.days))

    def _night(self, day: int, plan: NightPlan, tour: Tour) -> list[Part]:
        first = tour.listed if day == tour.day else []
        if day in tour.returns and "CataclyV*" in plan.labels and plan.failed is None:
            first = [tour.returns[day]]
            labels = list(plan.labels)
            labels.remove("CataclyV*")
            plan = NightPlan(tuple(labels))
        if day == tour.day:
            plan = NightPlan((*plan.labels, "Mira", "RRLyr")[: PER_NIGHT - len(first)])
        shown = {part.seen.source.number for part in first}
        before = [part for part in tour.before.get(day, []) if part.seen.source.number not in shown]
        return first + self._cast.night(day, plan) + before


def _failing_together(parts: list[Part]) -> list[Part]:
    """The same alerts; what lies in an exposure whose cross-match failed has no label either."""
    failed = {part.jd: part.label for part in parts if part.listed and part.label}
    return [part if part.listed else replace(part, label=failed.get(part.jd, part.label)) for part in parts]


@dataclass
class _Writer:
    """Writes one sky, some nights at a time."""

    folder: Path
    order: Order
    _forests: Forests | None = None
    _counts: dict[str, int] = field(default_factory=lambda: {"alerts": 0, "anomalies": 0})
    _objects: set[int] = field(default_factory=set)

    def write(self, progress: Progress) -> dict[str, Any]:
        sky = Sky(self.order)
        tns = TnsTable(self.order.seed, frozenset({sky.tour.supernova} if sky.tour else ()))
        for number, parts in enumerate(_together(sky.nights(progress), self._nights_together)):
            tns.add(part.seen for part in parts)
            self._write_packets(number, parts, [tns.type_of(part.seen.source.number, part.jd) for part in parts])
        mark = self._mark(sky.days) | {"tns": tns.write(self.folder / "tns.csv")}
        if sky.tour:
            mark["night_of_the_day"] = sky.tour.objects
        (self.folder / MARK).write_text(json.dumps(mark, indent=1) + "\n", encoding="utf-8")
        return mark

    @property
    def _nights_together(self) -> int:
        return _TOGETHER if self.order.scale is None else _TOGETHER_LARGE

    def _write_packets(self, number: int, parts: Sequence[Part], tns: Sequence[str]) -> None:
        entries = entries_of(parts)
        features = features_of(entries)
        bands = features[:2]
        if self._forests is None:
            self._forests = Forests.trained(bands, self.order.seed)
        listed, days = np.array([part.listed for part in parts]), days_of(parts)
        scores = in_era(planned_first(self._forests.scores(bands), listed, days), days)
        table = packet_table(
            parts,
            entries,
            features,
            scores,
            tns,
            seed=self.order.seed,
            smaller_from=SMALLER_FROM,
            stamps=self.order.stamps,
        )
        rows = _GROUP if self.order.stamps else _GROUP_LARGE
        pq.write_table(table, self.folder / f"alerts_{number:04d}.parquet", row_group_size=rows, compression="zstd")
        self._counts["alerts"] += len(parts)
        self._counts["anomalies"] += int(listed.sum())
        self._objects.update(part.seen.source.number for part in parts)

    def _mark(self, days: Sequence[int]) -> dict[str, Any]:
        nights = [date.fromordinal(day).isoformat() for day in (days[0], days[-1])]
        found: dict[str, Any] = {"simulated": True, "version": VERSION, "seed": self.order.seed, "nights": nights}
        return found | self._counts | {"objects": len(self._objects)}


def _together(nights: Iterator[list[Part]], n: int) -> Iterator[list[Part]]:
    """Alerts of `n` nights at a time."""
    waiting: list[Part] = []
    for count, parts in enumerate(nights, start=1):
        waiting += parts
        if count % n == 0:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
