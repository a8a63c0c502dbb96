"""What a page needs to know about the index beside its rows: how far it is and how its nights are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.errors import Unavailable

Status = Literal["ready", "loading", "cancelled", "unavailable", "outside"]


@dataclass(frozen=True)
class Progress:
    """How far the index is.

    Attributes
    ----------
    done, total
        Months in the table and months there are.
    failed
        Months that are not in the table and whose last attempt failed; they are tried again.
    month
        The month being fetched ("2025-09"); None when there is none.
    running
        True while something is being fetched or about to be.
    cancelled
        True after `AnomalyIndex.cancel`, until `resume`.
    trouble
        Last failure of the newest month that has one and has not succeeded since.
    as_of
        When the newest month of the table was fetched (UTC); None before there is one.
    stale
        True when that is longer ago than its lifetime.
    version
        Goes up whenever the table changes.
    """

    done: int
    total: int
    failed: int
    month: str | None
    running: bool
    cancelled: bool
    trouble: Unavailable | None
    as_of: datetime | None
    stale: bool
    version: int


@dataclass(frozen=True)
class NightState:
    """How we know what the table says about some nights.

    Attributes
    ----------
    status
        ``ready`` (no rows then means truly none), ``loading`` (not fetched yet), ``cancelled`` (not fetched
        and nobody is at it), ``unavailable`` (``trouble`` says why) or ``outside`` (the source has no such
        nights).
    fetched_at
        When the oldest answer among them was given (UTC); None when not ready.
    source
        Key of the source.
    stale
        True when one of the answers is past its lifetime.
    trouble
        Last failure to fetch or refresh them, if there was one since.
    """

    status: Status
    fetched_at: datetime | None
    source: str
    stale: bool
    trouble: Unavailable | None
