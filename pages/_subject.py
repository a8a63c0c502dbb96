"""The object that the address names, its light curve, and the alert that is selected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from components.panel import Look, freshness
from pages._slots import Ask
from services.answers import Answer
from services.classification import INPUTS, Explanation, explain
from services.fink.queries import check_object_id
from services.house import House


@dataclass(frozen=True)
class Subject:
    """The object on the page, its light curve and the alert that is selected."""

    object_id: str
    answer: Answer[pd.DataFrame]
    alert: pd.Series | None
    stray: str | None

    @property
    def curve(self) -> pd.DataFrame:
        """Tidy light curve, oldest first."""
        return self.answer.value

    @property
    def candid(self) -> str | None:
        """Id of the selected alert."""
        return None if self.alert is None else str(self.alert["candid"])


def subject_of(h: House, ask: Ask, *, wait: bool) -> Subject | None:
    """The object in the address; None when its light curve would have to be waited for.

    Raises
    ------
    InvalidQuery
        The path does not hold an object id.
    NotFound, Unavailable
        As the source answered, or did not.
    """
    object_id = check_object_id(str(ask["object_id"]))
    retry = bool(ask.get("retry"))
    if not wait and h.objects.peek_light_curve(object_id) is None:
        return None
    answer = h.objects.light_curve(object_id, retry=retry)
    curve = answer.value
    candids = [c if isinstance(c, str) else None for c in curve["candid"].tolist()]
    alerts = [at for at, candid in enumerate(candids) if candid is not None]
    known = [at for at, classified in enumerate(curve["classified"].tolist()) if classified and candids[at]]
    wanted = [at for at in alerts if candids[at] == ask.get("alert")]
    choice = wanted or known or alerts
    stray = str(ask["alert"]) if ask.get("alert") and not wanted else None
    return Subject(object_id, answer, curve.iloc[choice[-1]] if choice else None, stray)


def explained(alert: pd.Series) -> Explanation:
    """Why the alert has its label; the summary and the reasons ask for the same one."""
    return _explained(tuple(None if pd.isna(alert[name]) else alert[name] for name in INPUTS))


@lru_cache(maxsize=256)
def _explained(values: tuple[Any, ...]) -> Explanation:
    return explain(dict(zip(INPUTS, values, strict=True)))


def look_of(answer: Answer[Any]) -> Look:
    """How old an answer is."""
    return freshness(answer.fetched_at, stale=answer.stale, failing=answer.trouble is not None)
