"""Where the data come from: live Fink, a local archive of alert packets, or the simulated sky."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

SourceKind = Literal["live", "archive", "simulated"]


@dataclass(frozen=True)
class Source:
    """One data source, named on every page.

    Attributes
    ----------
    key
        Short, stable and different for every source: part of every cache key, so rows of two sources never mix.
    kind
        ``live`` (a Fink server), ``archive`` (local alert packets) or ``simulated``.
    label
        What the header calls it ("Fink live", "Archive").
    detail
        What it holds, in words ("478 alerts, 2018-08 to 2025-11"); may be empty.
    first_night, last_night
        Span of UTC nights that can hold anomalies; ``last_night`` None means "until today".
    """

    key: str
    kind: SourceKind
    label: str
    detail: str
    first_night: date
    last_night: date | None = None

    @property
    def simulated(self) -> bool:
        """True when nothing in it was ever seen in the sky."""
        return self.kind == "simulated"
