"""Where there is no mirror: Fink's resolver is asked for single objects, four at a time, when somebody says so."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from services import frames
from services.cache import Cache, Fetched
from services.cache.failures import as_trouble
from services.cache.lifetimes import RESOLVER
from services.cache.workers import Workers
from services.errors import SourceError, Unavailable
from services.fink.columns import TNS
from services.fink.decode import tidy
from services.tns.table import TnsTable

AT_ONCE = 4
"""Questions at a time: as many as the client sends at once (services/fink/policy.py)."""
NMAX = 50
"""Rows asked for: one per name that TNS and the surveys have for an object."""
GIVE_UP_AFTER = 8
"""Failures in a row after which the rest is not asked: the source is away."""


class ResolverClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def fetch_resolver(self, resolver: str, name: str, reverse: bool = ..., nmax: int = ...) -> pd.DataFrame:
        """Rows of one name."""


@dataclass(frozen=True)
class Asked:
    """How far the questions are.

    Attributes
    ----------
    done, total
        Objects that were answered or failed, and objects in all; 0 of 0 before the first question.
    failed
        Of these, how many have no answer.
    running, cancelled
        Whether questions are going on, and whether somebody ended them.
    trouble
        The last failure.
    version
        Goes up with every answer.
    """

    done: int = 0
    total: int = 0
    failed: int = 0
    running: bool = False
    cancelled: bool = False
    trouble: Unavailable | None = None
    version: int = 0


class OneByOne:
    """TNS names of single objects, through the cache.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps one entry per object.
    """

    def __init__(self, client: ResolverClient, cache: Cache) -> None:
        self._client = client
        self._cache = cache
        self._workers = Workers(AT_ONCE, "tns-one-by-one")
        self._changed = threading.Condition()
        self._known: dict[str, pd.DataFrame] = {}
        self._waiting: set[str] = set()
        self._total = self._failed = self._in_a_row = self._version = 0
        self._cancelled = False
        self._trouble: Unavailable | None = None

    def start(self, object_ids: Sequence[str]) -> None:
        """Ask for those that are not known; what is being asked goes on, and nobody waits."""
        wanted = list(dict.fromkeys(object_ids))
        with self._changed:
            self._cancelled, self._trouble, self._failed, self._in_a_row = False, None, 0, 0
            new = [each for each in wanted if each not in self._known and each not in self._waiting]
            self._waiting |= set(new)
            self._total = len(self._waiting)
        for object_id in new:
            self._workers.submit(lambda object_id=object_id: self._ask(object_id))  # type: ignore[misc]

    def cancel(self) -> None:
        """Ask no further; what is known stays."""
        with self._changed:
            self._cancelled = True
            self._waiting.clear()
            self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is asked; False after ``timeout`` (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    def progress(self) -> Asked:
        """How far it is."""
        with self._changed:
            left = len(self._waiting)
            return Asked(
                done=0 if self._cancelled else self._total - left,
                total=self._total,
                failed=self._failed,
                running=left > 0,
                cancelled=self._cancelled,
                trouble=self._trouble,
                version=self._version,
            )

    def known(self, object_ids: Sequence[str]) -> frozenset[str]:
        """Those of some objects that were answered, with an entry or without."""
        with self._changed:
            return frozenset(each for each in object_ids if each in self._known)

    def table(self, object_ids: Sequence[str]) -> TnsTable:
        """What the answers for some objects say; one of them may have several entries, and most have none."""
        with self._changed:
            found = [self._known[each] for each in object_ids if each in self._known and len(self._known[each])]
        return TnsTable.of_frame(pd.concat(found, ignore_index=True) if found else tidy([], TNS))

    def _ask(self, object_id: str) -> None:
        with self._changed:
            if object_id not in self._waiting:
                return
        rows: pd.DataFrame | None = None
        trouble: Unavailable | None = None
        try:
            answer = self._cache.load(
                f"resolver/tns/reverse/{object_id}", lambda: self._fetch(object_id), RESOLVER, frames.from_bytes
            )
            rows, trouble = answer.value, answer.trouble
        except SourceError as error:
            trouble = as_trouble(error)
        finally:
            self._note(object_id, rows, trouble)

    def _fetch(self, object_id: str) -> Fetched:
        rows = self._client.fetch_resolver("tns", object_id, reverse=True, nmax=NMAX)
        return Fetched(frames.to_bytes(rows), empty=rows.empty)

    def _note(self, object_id: str, rows: pd.DataFrame | None, trouble: Unavailable | None) -> None:
        with self._changed:
            if rows is not None:
                self._known[object_id] = rows
                self._version += 1
            self._failed += rows is None and not self._cancelled
            self._in_a_row = 0 if rows is not None else self._in_a_row + 1
            self._trouble = trouble or self._trouble
            self._waiting.discard(object_id)
            if self._in_a_row >= GIVE_UP_AFTER:
                self._failed += len(self._waiting)
                self._waiting.clear()
            self._changed.notify_all()
