"""The object that the address names, its light curve, and the alert that is selected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from components.panel import Look, freshness
from pages._slots import Ask
from services.answers import Answer
from services.classification import INPUTS, Explanation, explain
from services.fink.queries import check_object_id
from services.house import House


@dataclass(frozen=True)
class Subject:
    """The object on the page, its light curve and the alert that is selected.

    Attributes
    ----------
    stray
        Id in the address that no alert of this object has.
    newer
        The newest alert, when one before it was selected because that one has a score.
    """

    object_id: str
    answer: Answer[pd.DataFrame]
    alert: pd.Series | None
    stray: str | None
    newer: pd.Series | None = None

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
    kept = h.objects.peek_light_curve(object_id)
    if kept is None and not wait:
        return None
    fresh = kept is not None and not kept.stale and not retry
    answer = kept if kept is not None and fresh else h.objects.light_curve(object_id, retry=retry)
    curve = answer.value
    wanted = _rows_of(curve, str(ask.get("alert") or ""))
    stray = str(ask["alert"]) if ask.get("alert") and not wanted else None
    if wanted:
        return Subject(object_id, answer, curve.iloc[wanted[-1]], stray)
    return _first_choice(object_id, answer, stray)


def _rows_of(curve: pd.DataFrame, candid: str) -> list[int]:
    return [at for at, mine in enumerate(curve["candid"].tolist()) if mine == candid]


def _first_choice(object_id: str, answer: Answer[pd.DataFrame], stray: str | None) -> Subject:
    """The newest alert with a score, else the newest that Fink classified, else the newest of all."""
    curve = answer.value
    alert = curve["candid"].notna().to_numpy()
    classified = alert & curve["classified"].to_numpy(dtype=bool)
    scored = classified & curve["anomaly_score"].notna().to_numpy()
    chosen = next((found for found in map(np.flatnonzero, (scored, classified, alert)) if len(found)), None)
    if chosen is None:
        return Subject(object_id, answer, None, stray)
    at, newest = int(chosen[-1]), int(np.flatnonzero(classified if classified.any() else alert)[-1])
    return Subject(object_id, answer, curve.iloc[at], stray, curve.iloc[newest] if newest > at else None)


def explained(alert: pd.Series) -> Explanation:
    """Why the alert has its label; the summary and the reasons ask for the same one."""
    return _explained(tuple(None if pd.isna(alert[name]) else alert[name] for name in INPUTS))


@lru_cache(maxsize=256)
def _explained(values: tuple[Any, ...]) -> Explanation:
    return explain(dict(zip(INPUTS, values, strict=True)))


def look_of(answer: Answer[Any]) -> Look:
    """How old an answer is."""
    return freshness(answer.fetched_at, stale=answer.stale, failing=answer.trouble is not None)
