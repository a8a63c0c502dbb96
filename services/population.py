"""The features of all cached anomalies, as something to compare one alert with.

The anomaly index has no features (they are three times as large as the rest of a row), so they are asked for here,
month by month, when somebody first looks at features; a thread of their own does it and nobody waits. What is kept of
a month is the parsed numbers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from services import frames
from services.answers import Answer
from services.cache import Cache, Fetched
from services.cache.lifetimes import CLOSED_MONTH, CURRENT_MONTH, Lifetime
from services.errands import Errands
from services.errors import Garbled, Unavailable
from services.fink.features import NAMES, UnreadableFeatures, parse_features
from services.fink.policy import background
from services.months import is_closed, month_end, months_between
from services.nights import model_era
from services.sources import Source

CALL = "POST /api/v1/anomaly"
COLUMNS = ("object_id", "candid", "jd", "anomaly_score", "lc_features_g", "lc_features_r")

Band = Literal["g", "r"]
BANDS: tuple[Band, ...] = ("g", "r")
Values = npt.NDArray[np.float32]

#: Seconds until a month that failed is asked for again.


class PopulationClient(Protocol):
    """The part of `services.fink.client.FinkClient` that is needed here."""

    def fetch_anomalies(self, start: date, stop: date, *, columns: Sequence[str] | None = ...) -> pd.DataFrame:
        """Tidy rows of the nights from ``start`` to ``stop``, both included."""


@dataclass(frozen=True)
class Rank:
    """Where one value stands among others.

    Attributes
    ----------
    below, equal, above
        How many of them are smaller, the same to the precision of the population (float32), and larger.
    """

    below: int
    equal: int
    above: int

    @property
    def n(self) -> int:
        """Size of the population."""
        return self.below + self.equal + self.above

    @property
    def percentile(self) -> float:
        """Percentile, 0 to 100, equal ones counted half; 50 in the middle."""
        return 100 * (self.below + self.equal / 2) / self.n


class Distribution:
    """The features of a population in one band, each sorted.

    Parameters
    ----------
    features
        n x 26 (columns in the order of `services.fink.features.NAMES`), NaN where there is none.
    """

    def __init__(self, features: npt.ArrayLike) -> None:
        table = np.asarray(features, dtype="float32").reshape(-1, len(NAMES))
        finite = np.isfinite(table)
        self.n = int(finite.any(axis=1).sum())
        self._sorted = {name: np.sort(table[finite[:, at], at]) for at, name in enumerate(NAMES)}

    def rank(self, name: str, value: float) -> Rank | None:
        """Where `value` stands; None when it is not finite or nothing is there to compare with."""
        others = self._sorted[name]
        with np.errstate(over="ignore"):  # beyond float32 it is above or below everything
            mine = np.float32(value)
        if not np.isfinite(value) or not len(others):
            return None
        below, upto = (int(np.searchsorted(others, mine, side)) for side in ("left", "right"))
        return Rank(below, upto - below, len(others) - upto)


@dataclass(frozen=True)
class Snapshot:
    """What is known of the population at one moment.

    Attributes
    ----------
    rows
        One row per anomaly, in no particular order: ``object_id, candid, jd, anomaly_score, era``.
    features
        By band: float32, len(rows) x 26 in the order of `services.fink.features.NAMES`; NaN where there is none.
    bands
        The same, ready for `Distribution.rank`.
    months, of_months
        Months that are in, and months there are.
    loading
        True while more is on its way.
    trouble
        Why a month is missing or older than it should be.
    """

    rows: pd.DataFrame
    features: Mapping[Band, Values]
    bands: Mapping[Band, Distribution]
    months: int
    of_months: int
    loading: bool
    trouble: Unavailable | None


@dataclass(frozen=True)
class _Month:
    rows: pd.DataFrame
    fetched_at: datetime
    empty: bool


@dataclass(frozen=True)
class _Made:
    """What the months in memory amount to; made again when one of them changes."""

    rows: pd.DataFrame
    features: Mapping[Band, Values]
    bands: Mapping[Band, Distribution]


class Population:
    """Features of all anomalies of a source, through the cache.

    Parameters
    ----------
    client
        Asks the source.
    cache
        Keeps one entry per month.
    source
        Gives the span of nights; its key must be that of the cache.
    is_empty
        Whether it is known that a range of nights, both included, has no anomalies: then nobody is asked.
    today
        Today's UTC date.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        client: PopulationClient,
        cache: Cache,
        source: Source,
        *,
        is_empty: Callable[[date, date], bool] = lambda first, last: False,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        cache.require(source.key)
        self._client = client
        self._cache = cache
        self._source = source
        self._is_empty = is_empty
        self._today = today
        self._clock = clock
        self._errands = Errands[date]("population", _garbled, clock=clock)
        self._changing = threading.Lock()
        self._months: dict[date, _Month] = {}
        self._made: _Made | None = None

    def look(self) -> Snapshot:
        """What is known now; what is missing or old is fetched in the background, newest month first.

        Never waits. The first look begins the filling.
        """
        months = months_between(self._source.first_night, self._source.last_night or self._today())
        for month in months:
            if not self._is_fresh(month):
                self._errands.want(month, partial(self._load, month))
        failures = self._errands.troubles(months)
        with self._changing:
            if self._made is None:
                self._made = _joined([self._months[month].rows for month in sorted(self._months)])
            made = self._made
            return Snapshot(
                rows=made.rows,
                features=made.features,
                bands=made.bands,
                months=len(self._months),
                of_months=len(months),
                loading=self._errands.pending(months),
                trouble=failures[0] if failures else None,
            )

    def retry(self) -> None:
        """Let what failed be asked for again at once."""
        self._errands.retry()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is being fetched; False after ``timeout`` (seconds)."""
        return self._errands.wait(timeout)

    def _is_fresh(self, month: date) -> bool:
        known = self._months.get(month)
        if known is None:
            return False
        lifetime = self._lifetime(month)
        fresh = lifetime.empty_fresh_seconds if known.empty else lifetime.fresh_seconds
        return self._clock() < known.fetched_at.timestamp() + fresh

    def _lifetime(self, month: date) -> Lifetime:
        closed = self._source.last_night is not None or is_closed(month, self._today())
        return CLOSED_MONTH if closed else CURRENT_MONTH

    def _load(self, month: date) -> Unavailable | None:
        return None if self._take_none(month) else self._take_newest(month)

    def _take_none(self, month: date) -> bool:
        """Ask nobody about a month that is known to have no anomalies; False when that is not known."""
        if not self._is_empty(*self._nights(month)):
            return False
        now = datetime.fromtimestamp(self._clock(), UTC)
        self._take(month, Answer(numbers_of(_nothing()), now, self._source.key))
        return True

    def _take_newest(self, month: date) -> Unavailable | None:
        """What is kept at once, then a newer one where that is old; why there is no newer one."""
        key = f"features/{month:%Y-%m}"
        kept = self._cache.peek_load(key, frames.from_bytes)
        if kept is not None:
            self._take(month, kept)
        with background():
            fetch, lifetime = (lambda: self._fetch(month)), self._lifetime(month)
            answer = self._cache.load(key, fetch, lifetime, frames.from_bytes, retry=True)
        self._take(month, answer)
        return answer.trouble

    def _take(self, month: date, answer: Answer[pd.DataFrame]) -> None:
        with self._changing:
            self._months[month] = _Month(answer.value, answer.fetched_at, answer.value.empty)
            self._made = None

    def _nights(self, month: date) -> tuple[date, date]:
        """First and last night of a month that the source has."""
        return max(month, self._source.first_night), min(month_end(month), self._source.last_night or self._today())

    def _fetch(self, month: date) -> Fetched:
        first, last = self._nights(month)
        rows = self._client.fetch_anomalies(first, last, columns=COLUMNS)
        return Fetched(frames.to_bytes(numbers_of(rows)), empty=rows.empty)


def _garbled(month: date) -> Unavailable:
    return Garbled(CALL, f"answered features of {month:%Y-%m} that could not be used")


def numbers_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Anomalies with their features as numbers.

    Parameters
    ----------
    rows
        Tidy rows with `COLUMNS`.

    Returns
    -------
    DataFrame
        ``object_id, candid, jd, anomaly_score`` and 52 columns ``g:mean``, ... ``r:stetson_K`` (float32, NaN where
        there is none). A string that is not one of features counts as none: one bad row must not cost a month.
    """
    parts = [rows[["object_id", "candid", "jd", "anomaly_score"]].reset_index(drop=True)]
    for band in BANDS:
        table = np.array([_parsed(text) for text in rows[f"lc_features_{band}"]], dtype="float32")
        names = [f"{band}:{name}" for name in NAMES]
        parts.append(pd.DataFrame(table.reshape(-1, len(NAMES)), columns=names))
    return pd.concat(parts, axis="columns")


def _parsed(text: object) -> list[float]:
    try:
        found = parse_features(text)
    except UnreadableFeatures:
        found = None
    return [float("nan")] * len(NAMES) if found is None else list(found.values())


def _joined(months: Sequence[pd.DataFrame]) -> _Made:
    none = {"object_id": "str", "candid": "str", "jd": "float64", "anomaly_score": "float64"}
    some = [rows for rows in months if len(rows)]
    table = pd.concat(some, ignore_index=True) if some else numbers_of(_nothing())
    rows = table[list(none)].astype(none)
    features: dict[Band, Values] = {
        band: table[[f"{band}:{name}" for name in NAMES]].to_numpy(dtype="float32") for band in BANDS
    }
    eras = pd.array(model_era(rows["jd"].to_numpy(dtype="float64")), dtype="str")
    return _Made(rows.assign(era=eras), features, {band: Distribution(features[band]) for band in BANDS})


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in COLUMNS})
