"""Everything Fink knows about one object: its light curve, and all columns of its alerts."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import pandas as pd

from services import frames, nights
from services.answers import Answer
from services.cache import Cache, Fetched, Workers
from services.cache.lifetimes import OBJECT
from services.classification import classify
from services.errors import NotFound, OddfinchError
from services.fink.columns import LIGHT_CURVE
from services.fink.policy import background
from services.sources import Source

CALL = "POST /api/v1/objects"

#: One of the client's four connections stays free for what a person clicks.
PREFETCH_THREADS = 3

# A cached light curve that was asked for with other columns is another answer.
_COLUMNS = f"{zlib.crc32(','.join(LIGHT_CURVE).encode()):08x}"


class ObjectClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def fetch_objects(
        self, object_id: str, *, columns: Sequence[str] | None = ..., upper_limits: bool = ...
    ) -> pd.DataFrame:
        """Tidy rows of one object, oldest first."""


class Objects:
    """Rows of single objects, through the cache.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps what it said.
    source
        The source; its key must be that of the cache.
    """

    def __init__(self, client: ObjectClient, cache: Cache, source: Source) -> None:
        cache.require(source.key)
        self._client = client
        self._cache = cache
        self._workers = Workers(PREFETCH_THREADS, "object-prefetch")

    def light_curve(self, object_id: str, *, retry: bool = False) -> Answer[pd.DataFrame]:
        """Detections, low-quality points and upper limits of one object.

        Parameters
        ----------
        object_id
            ZTF's name, complete ("ZTF25abixhdc").
        retry
            True for a person's Retry button, see `services.cache.Cache.get`.

        Returns
        -------
        Answer of DataFrame
            Oldest first: ``object_id``, the columns of `services.fink.columns.LIGHT_CURVE`, ``diffmaglim``,
            ``tag`` (valid, badquality, upperlim), ``mjd`` (UTC, days), ``night`` (datetime64[s]),
            ``classification`` (str; missing where Fink never processed the row) and ``classified`` (bool; True
            for a full alert with Fink's values).

        Raises
        ------
        InvalidQuery
            The name cannot be one.
        NotFound
            The source answered, now or a moment ago, that it has no such object.
        Rejected, Unavailable
            The source did not give it, and nothing is kept.
        """
        answer = self._cache.load(
            self._light_curve_key(object_id),
            self._fetch(lambda: self._client.fetch_objects(object_id, columns=LIGHT_CURVE, upper_limits=True)),
            OBJECT,
            _decode_light_curve,
            retry=retry,
        )
        return _found(answer, object_id)

    def peek_light_curve(self, object_id: str) -> Answer[pd.DataFrame] | None:
        """`light_curve` if it is kept, however old; None otherwise. Never asks the source."""
        answer = self._cache.peek_load(self._light_curve_key(object_id), _decode_light_curve)
        return None if answer is None or answer.value is None else _found(answer, object_id)

    def full_alerts(self, object_id: str, *, retry: bool = False) -> Answer[pd.DataFrame]:
        """The valid detections of one object, oldest first: every column Fink has, ``mjd`` and ``night``.

        A large answer (4 kB per row), so only for the panel that shows it. Raises what `light_curve` raises.
        """
        answer = self._cache.load(
            f"alerts/{object_id}",
            self._fetch(lambda: self._client.fetch_objects(object_id, columns=None, upper_limits=False)),
            OBJECT,
            _decode_alerts,
            retry=retry,
        )
        return _found(answer, object_id)

    def peek_full_alerts(self, object_id: str) -> Answer[pd.DataFrame] | None:
        """`full_alerts` if they are kept, however old; None otherwise. Never asks the source."""
        answer = self._cache.peek_load(f"alerts/{object_id}", _decode_alerts)
        return None if answer is None or answer.value is None else _found(answer, object_id)

    def prefetch(self, object_ids: Iterable[str]) -> None:
        """Have light curves ready before somebody asks; what an earlier call had in mind is dropped."""
        self._workers.replace([self._prefetching(object_id) for object_id in object_ids])

    def _prefetching(self, object_id: str) -> Callable[[], None]:
        def work() -> None:
            kept = self._cache.peek(self._light_curve_key(object_id))
            if kept is not None and not kept.stale:
                return
            # Whoever opens the object is told what is wrong with it.
            with contextlib.suppress(OddfinchError), background():
                self.light_curve(object_id)

        return work

    def _light_curve_key(self, object_id: str) -> str:
        return f"light-curve/{object_id}/{_COLUMNS}"

    def _fetch(self, ask: Callable[[], pd.DataFrame]) -> Callable[[], Fetched]:
        def fetch() -> Fetched:
            try:
                return Fetched(frames.to_bytes(ask()))
            except NotFound:
                return Fetched(b"", empty=True)

        return fetch


def _found(answer: Answer[pd.DataFrame | None], object_id: str) -> Answer[pd.DataFrame]:
    if answer.value is None:
        raise NotFound(CALL, f"has nothing under the name {object_id}", at=answer.fetched_at)
    return Answer(answer.value, answer.fetched_at, answer.source, answer.stale, answer.trouble)


def _decode_light_curve(payload: bytes) -> pd.DataFrame | None:
    rows = _decode_alerts(payload)
    if rows is None:
        return None
    if "diffmaglim" not in rows:  # comes with upper limits only, and there may be none
        rows = rows.assign(diffmaglim=float("nan"))
    labels = classify(rows).astype("str")
    return rows.assign(classification=labels, classified=labels.notna())


def _decode_alerts(payload: bytes) -> pd.DataFrame | None:
    """Rows oldest first, with times; None for a kept "there is nothing"."""
    if not payload:
        return None
    rows = frames.from_bytes(payload).sort_values("jd", kind="stable", ignore_index=True)
    jd = rows["jd"].to_numpy(dtype="float64")
    return rows.assign(mjd=nights.mjd(jd), night=nights.night_of(jd).astype("datetime64[s]"))
