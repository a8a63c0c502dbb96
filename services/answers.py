"""A value together with how we came by it, so that its age and its source can be shown beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from services.errors import Unavailable

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """One answer of a data source, perhaps an old one.

    Attributes
    ----------
    value
        The answer itself.
    fetched_at
        When the source gave it (UTC, aware).
    source
        Key of the source that gave it (`services.sources.Source.key`).
    stale
        True when it is past its lifetime; a refresh has then been started in the background or has failed.
    trouble
        The last failure to refresh it, when there was one since `fetched_at`; None means the source is not known
        to be failing.
    """

    value: T
    fetched_at: datetime
    source: str
    stale: bool = False
    trouble: Unavailable | None = None

    def map(self, convert: Callable[[T], S]) -> Answer[S]:
        """Same provenance, converted value."""
        return cast("Answer[S]", replace(cast("Any", self), value=convert(self.value)))
