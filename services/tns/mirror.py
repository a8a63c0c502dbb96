"""The mirror of Fink's TNS table: fetched once a day in the background, and whole or not at all.

Yesterday's serves until today's is complete; nobody waits for either.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import pandas as pd
import pyarrow as pa

from services.cache.lifetimes import TNS_MIRROR, Lifetime
from services.errands import Errands
from services.errors import Garbled, Unavailable
from services.fink.exchange import Arriving
from services.fink.policy import background
from services.sources import Source
from services.tns import match
from services.tns.match import RADIUS_ARCSEC, Counterpart
from services.tns.parse import CALL, parse_rows
from services.tns.store import Kept, MirrorFile
from services.tns.table import TnsEntry, TnsTable

log = logging.getLogger(__name__)

T = TypeVar("T")
Status = Literal["absent", "loading", "ready", "stale"]

LEAST_SHARE = 0.5
"""A new table with fewer rows than this share of the old one is taken for a defect: TNS forgets nothing."""
POLL_S = 0.2
"""How often another process's work is looked at (seconds)."""

_ERRAND = "mirror"


class Cancelled(Exception):
    """Somebody pressed Cancel."""


class TnsClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def stream_tns_table(self, read: Callable[[Arriving], T]) -> T:
        """The whole table, read while it arrives."""


@dataclass(frozen=True)
class Arrived:
    """How far a fetch is: bytes and rows so far, and bytes in all (None: not said)."""

    size: int = 0
    rows: int = 0
    total: int | None = None


@dataclass(frozen=True)
class MirrorState:
    """How we know what the mirror says.

    Attributes
    ----------
    status
        ``absent`` (there is none), ``loading`` (there is none, and one is on its way), ``ready``, or ``stale``: there
        is one, and it is older than its lifetime.
    rows, entries
        Rows of the mirror (one per name and internal name) and entries (one per name); 0 of a source without TNS.
    fetched_at
        When the source gave it (UTC); None without one.
    progress
        How far the fetch is that is going on, beside a mirror or without one; None when there is none.
    trouble
        Why there is none, or no newer one.
    cancelled
        True after `Tns.cancel`, until `Tns.retry`.
    version
        Goes up whenever there is another mirror.
    """

    status: Status
    rows: int
    entries: int
    fetched_at: datetime | None
    progress: Arrived | None
    trouble: Unavailable | None
    cancelled: bool
    version: int

    @property
    def has_table(self) -> bool:
        """True when the source has a TNS table, as far as the mirror knows."""
        return self.rows > 0


@dataclass(frozen=True)
class _Held:
    table: TnsTable
    fetched: float


class Tns:
    """What the Transient Name Server knows, out of a mirror on this machine.

    Parameters
    ----------
    client
        Asks the source.
    source
        Whose mirror this is.
    folder
        For the mirrors of all sources.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, client: TnsClient, source: Source, folder: Path, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._source = source
        self._file = MirrorFile(folder, source.key)
        self._clock = clock
        self._errands = Errands[str]("tns-mirror", _garbled, clock=clock)
        self._changing = threading.Lock()
        self._held: _Held | None = None
        self._stamp: tuple[int, int] | None = None
        self._version = 0
        self._stop = threading.Event()
        self._cancelled = False
        self._progress: Arrived | None = None

    # What it is told to do

    def want(self) -> None:
        """Somebody looks: have a mirror fetched if there is none of today. Never waits for the source."""
        if not self._cancelled and not self._is_fresh(self._current()):
            self._errands.want(_ERRAND, self._work)

    def cancel(self) -> None:
        """Fetch no further; an older mirror goes on serving."""
        self._cancelled = True
        self._stop.set()

    def retry(self) -> None:
        """Fetch again now, whatever failed or was cancelled."""
        self._cancelled = False
        self._errands.retry()
        self.want()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is being fetched; False after ``timeout`` (seconds)."""
        return self._errands.wait(timeout)

    # What it knows

    def state(self) -> MirrorState:
        """How far the mirror is; never waits for the source."""
        held, running = self._current(), self._errands.pending([_ERRAND]) and not self._cancelled
        troubles = self._errands.troubles([_ERRAND])
        status: Status = "loading" if running else "absent"
        if held is not None:
            status = "ready" if self._is_fresh(held) else "stale"
        return MirrorState(
            status=status,
            rows=held.table.rows if held else 0,
            entries=len(held.table) if held else 0,
            fetched_at=datetime.fromtimestamp(held.fetched, UTC) if held else None,
            progress=(self._progress or Arrived()) if running else None,
            trouble=troubles[0] if troubles else None,
            cancelled=self._cancelled,
            version=self._version,
        )

    def table(self) -> TnsTable | None:
        """The mirror; None while there is none. Without rows, the source has no TNS table."""
        held = self._current()
        return held.table if held else None

    def types_of(self, rows: pd.DataFrame, radius_arcsec: float = RADIUS_ARCSEC) -> pd.Series | None:
        """TNS type of each row as `services.tns.match.types_of` says; None while there is no mirror."""
        table = self.table()
        return None if table is None else match.types_of(table, rows, radius_arcsec)

    def best_of(self, rows: pd.DataFrame, radius_arcsec: float = RADIUS_ARCSEC) -> list[TnsEntry | None] | None:
        """Best entry of each row (tidy, with ``object_id, ra, dec``), for a few rows; None while there is no mirror."""
        table = self.table()
        return None if table is None else match.best_of(table, rows, radius_arcsec)

    def named(self, text: str) -> list[TnsEntry] | None:
        """Entries of a name as `TnsTable.named` finds them; None while there is no mirror."""
        table = self.table()
        return None if table is None else table.named(text)

    def counterparts_of(
        self, object_id: str, ra: float, dec: float, radius_arcsec: float = RADIUS_ARCSEC
    ) -> tuple[Counterpart, ...] | None:
        """Entries of one object, best first, ranked as `services.tns.match.match` does; None without a mirror."""
        table = self.table()
        return None if table is None else match.counterparts(table, object_id, ra, dec, radius_arcsec)

    # The mirror that is held

    def _current(self) -> _Held | None:
        """The mirror in memory; read from disk where somebody put another one there."""
        stamp = self._file.stamp()
        with self._changing:
            if stamp is not None and stamp != self._stamp:
                kept = self._file.load()
                if kept is not None:
                    self._hold(kept)
                self._stamp = self._file.stamp()
            return self._held

    def _hold(self, kept: Kept) -> None:
        self._held = _Held(TnsTable(kept.rows), kept.fetched)
        self._version += 1

    def _is_fresh(self, held: _Held | None) -> bool:
        if held is None:
            return False
        lifetime: Lifetime = TNS_MIRROR
        fresh = lifetime.fresh_seconds if held.table.rows else lifetime.empty_fresh_seconds
        return self._clock() < held.fetched + fresh

    # In the thread of the errands

    def _work(self) -> None:
        """Fetch the table, unless another process is at it: then wait for what that one gets."""
        self._stop.clear()
        while not (self._stop.is_set() or self._cancelled):
            with self._file.claimed() as mine:
                if self._is_fresh(self._current()):
                    return
                if mine:
                    self._fetch()
                    return
            self._stop.wait(POLL_S)

    def _fetch(self) -> None:
        self._progress = Arrived()
        try:
            with background():
                rows = self._client.stream_tns_table(self._read)
            kept = Kept(rows, self._clock())
            self._refuse_less(kept)
            self._keep(kept)
        except Cancelled:
            log.info("The TNS table was cancelled after %s", self._progress)
        finally:
            self._progress = None

    def _read(self, arriving: Arriving) -> pa.Table:
        def progress(size: int, rows: int) -> None:
            if self._stop.is_set():
                raise Cancelled
            self._progress = Arrived(size, rows, arriving.total)

        return parse_rows(arriving.chunks, progress)

    def _refuse_less(self, kept: Kept) -> None:
        held = self._held
        if held is not None and kept.rows.num_rows < LEAST_SHARE * held.table.rows:
            words = f"answered {kept.rows.num_rows:,} rows where it had {held.table.rows:,}"
            raise Garbled(CALL, f"{words}: the older TNS table is kept")

    def _keep(self, kept: Kept) -> None:
        table = TnsTable(kept.rows)
        table.grow()
        try:
            self._file.save(kept)
        except OSError as error:
            log.warning("The TNS mirror cannot be kept in %s: %s", self._file.folder, error)
        with self._changing:
            self._held, self._stamp = _Held(table, kept.fetched), self._file.stamp()
            self._version += 1


def _garbled(_errand: str) -> Unavailable:
    return Garbled(CALL, "answered a TNS table that could not be used")
