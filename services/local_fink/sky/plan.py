"""Which classes are anomalous in which night: the documented table, dealt out like a deck of cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.local_fink.sky.kinds import DOCUMENTED_COUNTS

PER_NIGHT = 10
# How the failures of the cross-match service fall: label and alerts of the one exposure that each call was about.
FAILED_CALLS = (("Fail 504", 4), ("Fail 504", 3), ("Fail 504", 3), ("Fail 500", 3), ("Fail 503", 2))


@dataclass(frozen=True)
class NightPlan:
    """Anomalies of one night.

    Attributes
    ----------
    labels
        Labels (old spelling) of the alerts that are cross-matched.
    failed
        Label and number of alerts of an exposure whose cross-match failed, None in most nights.
    """

    labels: tuple[str, ...]
    failed: tuple[str, int] | None = None


def deal(rng: np.random.Generator) -> list[NightPlan]:
    """66 nights of ten that together are exactly the documented table, in random order."""
    deck = [label for label, n in DOCUMENTED_COUNTS.items() for _ in range(n) if not label.startswith("Fail")]
    rng.shuffle(deck)
    nights = sum(DOCUMENTED_COUNTS.values()) // PER_NIGHT
    chosen = rng.choice(nights, len(FAILED_CALLS), replace=False)
    failed = dict(zip(chosen.tolist(), FAILED_CALLS, strict=True))
    plans = []
    for night in range(nights):
        taken = PER_NIGHT - (failed[night][1] if night in failed else 0)
        plans.append(NightPlan(tuple(deck[:taken]), failed.get(night)))
        del deck[:taken]
    return plans


@dataclass
class Plans:
    """Plans for night after night: a freshly dealt deck every 66 nights."""

    seed: int
    _dealt: int = 0

    def __post_init__(self) -> None:
        self._nights: list[NightPlan] = []

    def next(self) -> NightPlan:
        """Plan of the next night."""
        if not self._nights:
            self._nights = deal(np.random.default_rng((self.seed, 21, self._dealt)))[::-1]
            self._dealt += 1
        return self._nights.pop()
