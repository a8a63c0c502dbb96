"""How long each kind of answer is fresh and how long it is kept, in one table with the reasons."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60.0
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Lifetime:
    """One row of the table.

    Attributes
    ----------
    name
        What it is for.
    fresh_seconds
        How long an answer is served without asking again.
    empty_fresh_seconds
        The same for a true "there is nothing", which is often "there is nothing yet".
    keep_seconds
        How long an answer may be served, marked as stale, while the source does not answer; None is for ever.
    why
        The reason for these numbers.
    """

    name: str
    fresh_seconds: float
    empty_fresh_seconds: float
    keep_seconds: float | None
    why: str


CLOSED_MONTH = Lifetime(
    "anomalies of a closed month",
    fresh_seconds=7 * DAY,
    empty_fresh_seconds=6 * HOUR,
    keep_seconds=None,
    why="Past nights do not change, apart from rare back-fills, which a weekly look finds.",
)
CURRENT_MONTH = Lifetime(
    "anomalies of the current month",
    fresh_seconds=10 * MINUTE,
    empty_fresh_seconds=5 * MINUTE,
    keep_seconds=None,
    why="The newest night is loaded some hours after it ends; people wait for it in the morning.",
)
OBJECT = Lifetime(
    "light curve or alerts of one object",
    fresh_seconds=HOUR,
    empty_fresh_seconds=5 * MINUTE,
    keep_seconds=365 * DAY,
    why="An object gains rows at most once a night, at an hour nobody knows beforehand.",
)
CUTOUTS = Lifetime(
    "cutouts of one alert",
    fresh_seconds=3650 * DAY,
    empty_fresh_seconds=HOUR,
    keep_seconds=None,
    why="The images of an alert never change.",
)
CUTOUTS_OF_NEWEST = Lifetime(
    "cutouts of another alert of the object, shown in place of missing ones",
    fresh_seconds=HOUR,
    empty_fresh_seconds=5 * MINUTE,
    keep_seconds=30 * DAY,
    why="The right ones may come back, and the newest alert changes.",
)
CLASSES = Lifetime(
    "list of classes",
    fresh_seconds=DAY,
    empty_fresh_seconds=5 * MINUTE,
    keep_seconds=None,
    why="Changes a few times a year, and the call is slow because Fink asks a third party.",
)
RESOLVER = Lifetime(
    "names of an object in TNS, SIMBAD or SsODNet",
    fresh_seconds=DAY,
    empty_fresh_seconds=HOUR,
    keep_seconds=365 * DAY,
    why="Fink renews its TNS table once a day; a name may be given at any time.",
)
TNS_MIRROR = Lifetime(
    "mirror of the whole TNS table",
    fresh_seconds=DAY,
    empty_fresh_seconds=6 * HOUR,
    keep_seconds=None,
    why="Fink renews its TNS table once a day; 50 MB are not asked for more often.",
)
SEARCH = Lifetime(
    "list of alerts of a class or around a position",
    fresh_seconds=HOUR,
    empty_fresh_seconds=5 * MINUTE,
    keep_seconds=30 * DAY,
    why="Gains rows at most once a night.",
)
STATISTICS = Lifetime(
    "counts per night of the current month",
    fresh_seconds=HOUR,
    empty_fresh_seconds=HOUR,
    keep_seconds=None,
    why="Counts of a night are final once it is processed; only the newest night is missing.",
)
CLOSED_STATISTICS = Lifetime(
    "counts per night of a closed month or year",
    fresh_seconds=30 * DAY,
    empty_fresh_seconds=DAY,
    keep_seconds=None,
    why="They change only when Fink processes a night again.",
)

LIFETIMES: tuple[Lifetime, ...] = (
    CLOSED_MONTH,
    CURRENT_MONTH,
    OBJECT,
    CUTOUTS,
    CUTOUTS_OF_NEWEST,
    CLASSES,
    RESOLVER,
    TNS_MIRROR,
    SEARCH,
    STATISTICS,
    CLOSED_STATISTICS,
)
