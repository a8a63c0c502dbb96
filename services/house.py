"""Everything a page may ask, wired together once per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from flask import current_app, request

from services.anomalies import AnomalyIndex
from services.cache import Cache
from services.cache.disk import DiskBackend
from services.cutouts import Cutouts
from services.errors import SettingsError
from services.fink.calls import CallLog
from services.fink.client import FinkClient, background
from services.fink.transport import WsgiTransport
from services.objects import Objects
from services.population import Population
from services.settings import Settings
from services.sources import Source
from services.statistics import Statistics
from services.tns.mirror import Tns
from services.tns.one_by_one import OneByOne

Progress = Callable[[int, int], None]

EXTENSION = "oddfinch"
FIRST_SCORED_NIGHT = date(2023, 1, 25)
"""First night that Fink's anomaly service scored (FINK_API.md 1.1)."""


@dataclass(frozen=True)
class House:
    """The services of one running Oddfinch."""

    settings: Settings
    source: Source
    calls: CallLog
    client: FinkClient
    cache: Cache
    index: AnomalyIndex
    objects: Objects
    cutouts: Cutouts
    statistics: Statistics
    started_at: datetime

    @cached_property
    def population(self) -> Population:
        """Features of all anomalies; nothing is fetched before somebody looks."""
        return Population(self.client, self.cache, self.source, is_empty=self._has_none)

    @cached_property
    def tns(self) -> Tns:
        """What the Transient Name Server knows; nothing is fetched before somebody looks."""
        return Tns(self.client, self.source, self.settings.cache_dir / "tns")

    @cached_property
    def tns_one_by_one(self) -> OneByOne:
        """The same for single objects, where there is no mirror."""
        return OneByOne(self.client, self.cache)

    def _has_none(self, first: date, last: date) -> bool:
        """Whether the index knows that there are no anomalies on these nights."""
        state = self.index.night_state(first, last)  # before the rows, because a month may arrive between the two
        return state.status == "ready" and not state.stale and self.index.between(first, last).empty


def _live(settings: Settings, calls: CallLog) -> tuple[Source, FinkClient]:
    source = Source(
        key=f"live:{settings.api_url}",
        kind="live",
        label="Fink live",
        detail=settings.api_url.split("://", 1)[1],
        first_night=FIRST_SCORED_NIGHT,
    )
    return source, FinkClient(settings.api_url, calls=calls)


def _archive(path: Path, settings: Settings, calls: CallLog) -> tuple[Source, FinkClient]:
    from services.local_fink import create_app  # only an archive needs DuckDB and its packets in memory
    from services.local_fink.sky.mark import mark_of

    app = create_app([path], settings.cache_dir / "archives")
    held = app.extensions["local_fink"].summary()
    simulated = mark_of(path) is not None
    source = Source(
        key=f"{'simulated' if simulated else 'archive'}:{held.fingerprint}",
        kind="simulated" if simulated else "archive",
        label="Simulated sky" if simulated else "Archive",
        detail=f"{held.alerts:,} alerts, {held.first_night:%Y-%m} to {held.last_night:%Y-%m}",
        first_night=held.first_night,
        last_night=held.last_night,
    )
    return source, FinkClient("http://local-fink", transport=WsgiTransport(app), calls=calls)


def _sample(cache_dir: Path, progress: Progress | None) -> Path:
    """Folder of the sample sky; it is made on the first use, and again when its version changes."""
    from services.local_fink.sky import VERSION
    from services.local_fink.sky.mark import mark_of

    folder = cache_dir / f"sample-sky-{VERSION}"
    if mark_of(folder) is None:
        from services.local_fink.simulate import simulate  # takes seconds to import, and is needed once

        simulate(folder, progress=progress)
    return folder


def _wired(settings: Settings, calls: CallLog, progress: Progress | None) -> tuple[Source, FinkClient]:
    if settings.source in {"auto", "live"}:
        return _live(settings, calls)
    sample = settings.source == "sample"
    path = _sample(settings.cache_dir, progress) if sample else Path(settings.source)
    return _archive(path, settings, calls)


def build_house(settings: Settings, progress: Progress | None = None) -> House:
    """Services for these settings; nothing is fetched yet. The source ``auto`` is live Fink here.

    Parameters
    ----------
    progress
        Told (nights done, nights in all) while the sample sky is made for the first time.

    Raises
    ------
    SettingsError
        The archive cannot be read, or the cache folder cannot be written.
    """
    calls = CallLog()
    source, client = _wired(settings, calls, progress)
    try:
        backend = DiskBackend(settings.cache_dir / "answers")
    except OSError as error:
        raise SettingsError(f"--cache-dir: {settings.cache_dir} cannot be used: {error.strerror}") from None
    cache = Cache(backend, source=source.key, background=background)
    return House(
        settings=settings,
        source=source,
        calls=calls,
        client=client,
        cache=cache,
        index=AnomalyIndex(client, cache, source),
        objects=Objects(client, cache, source),
        cutouts=Cutouts(client, cache, source),
        statistics=Statistics(client, cache, source),
        started_at=datetime.now(UTC),
    )


def sample_house(settings: Settings, progress: Progress | None = None) -> House:
    """Services over the sample sky, whatever source the settings name; raises and reports as `build_house`."""
    return build_house(replace(settings, source="sample"), progress)


SOURCE_HEADER = "X-Oddfinch-Source"
"""With which a tab says what it was opened over."""


def source_asked() -> str | None:
    """Key of the source that the current request is about, None when it names none.

    Scripts name it in a header; pictures and downloads, which can have none, in their address.
    """
    return request.headers.get(SOURCE_HEADER) or request.args.get("source")


def house() -> House:
    """The services that answer the current request.

    Raises
    ------
    OtherSource
        It is about a source that this process does not have.
    """
    found: House = current_app.extensions[EXTENSION].of(source_asked())
    return found
