"""Which sources play in a night: those listed as anomalies, and a few alerts that nobody lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from services.local_fink.sky import positions
from services.local_fink.sky.cadence import centre_of, field_of
from services.local_fink.sky.kinds import BACKGROUND, KINDS, WEARERS
from services.local_fink.sky.observed import Observed, Observer, anchor_of
from services.local_fink.sky.plan import NightPlan

# Chance that a known source fills a place in the list before a new one is drawn.
RETURNS = 0.62
# Alerts beside the listed ones: of known sources, and of others.
FOLLOW_UPS, OTHERS = 4, 4
# Alerts in i of known sources, at most.
IN_I = 1
_MANY = 2000
# Objects of the night of the day (2023-12-31, the newest night) in the default sky, for tests and tours, by the part
# they play; the mark of any sky (``simulated.json``) names its own under ``night_of_the_day``.
NIGHT_OF_THE_DAY: Mapping[str, tuple[str, ...]] = {
    "supernova": ("ZTF00rcmdglo",),
    "returning dwarf nova": ("ZTF00pocuoyz",),
    "changing-look nucleus": ("ZTF00ydnmtcc",),
    "relabelled object": ("ZTF00piixbii",),
    "artefact cluster": ("ZTF00gnehjoo", "ZTF00pcoznrr", "ZTF00xrzrruu", "ZTF00ghkjvxx"),
}


@dataclass(frozen=True)
class Part:
    """One alert of a night.

    Attributes
    ----------
    seen, place
        The source's observations, and which of them the alert is about.
    listed
        True when it belongs to the night's top ten.
    label
        Cross-match of this alert when it is not what the source's own label says.
    """

    seen: Observed
    place: int
    listed: bool
    label: str | None = None

    @property
    def jd(self) -> float:
        """Time of the alert."""
        return float(self.seen.jd[self.place])


@dataclass
class Cast:
    """Draws sources as the nights need them and brings known ones back.

    Parameters
    ----------
    observer
        Draws and observes.
    others
        Alerts per night of sources that nobody lists, and of known sources that are not listed in that night.
    returns
        Chance that a known source fills a place in the list.
    drawn
        Number of sources drawn so far.
    """

    observer: Observer
    others: tuple[int, int] = (OTHERS, FOLLOW_UPS)
    returns: float = RETURNS
    drawn: int = 0
    _known: dict[str, list[Observed]] = field(default_factory=lambda: defaultdict(list))
    _quiet: list[Observed] = field(default_factory=list)

    def night(self, day: int, plan: NightPlan) -> list[Part]:
        """All alerts of a night, the listed ones first."""
        rng = np.random.default_rng((self.observer.seed, 31, day))
        self._forget(day)
        parts = self._failed(day, *plan.failed, rng) if plan.failed else []
        failed = {part.jd for part in parts}
        for label in plan.labels:
            taken = {part.seen.source.number for part in parts}
            parts.append(self._listed(day, label, rng, taken, failed))
        return parts + self._beside(day, rng, parts)

    def add(self, seen: Observed) -> None:
        """Let a source that was drawn elsewhere take part."""
        self._known[seen.source.label].append(seen)

    def draw(self, kind: str, label: str, place: tuple[float, float], anchor: float, days: tuple[int, int]) -> Observed:
        """A new source at a position (degrees), seen in the nights from ``days[0]`` to ``days[1]``."""
        source = self.observer.source(self.drawn, kind, label, *place, anchor)
        self.drawn += 1
        return self.observer.observe(source, *days)

    def new(
        self, day: int, kind: str, label: str, rng: np.random.Generator, fits: Callable[[Observed], list[int]]
    ) -> Observed:
        """A new source for which `fits` finds an exposure; it can be seen until its kind fades.

        Raises
        ------
        RuntimeError
            When none is found, which a night with clear sky does not do.
        """
        for attempt in range(_MANY):
            # The few star-forming clouds can all be below the horizon or left out for a night.
            place = positions.draw(KINDS[kind].population if attempt < _MANY // 8 else "disc", rng)
            anchor = anchor_of(self.observer.cadence, *place, day)
            if anchor is None:
                continue
            seen = self.draw(kind, label, place, anchor, (day - 45, day + KINDS[kind].lasts))
            if fits(seen):
                return seen
        raise RuntimeError(f"no {kind} can be seen in night {day}")

    def _listed(self, day: int, label: str, rng: np.random.Generator, taken: set[int], failed: set[float]) -> Part:
        def fits(seen: Observed) -> list[int]:
            return [place for place in seen.scorable(day) if float(seen.jd[place]) not in failed]

        seen = self._returning(day, label, rng, taken, fits)
        if seen is None:
            seen = self.new(day, _kind(WEARERS[label], rng), label, rng, fits)
            self._known[label].append(seen)
        return Part(seen, int(rng.choice(fits(seen))), True)

    def _returning(
        self, day: int, label: str, rng: np.random.Generator, taken: set[int], fits: Callable[[Observed], list[int]]
    ) -> Observed | None:
        if rng.random() > self.returns:
            return None
        able = [seen for seen in self._known[label] if seen.source.number not in taken and fits(seen)]
        return able[int(rng.integers(len(able)))] if able else None

    def _failed(self, day: int, label: str, n: int, rng: np.random.Generator) -> list[Part]:
        """Alerts of one exposure, all without an answer of the cross-match service."""
        first = self._member(day, rng, lambda seen: seen.scorable(day))
        place = first.scorable(day)[0]
        parts = [Part(first, place, True, label)]
        while len(parts) < n:
            seen = self._member(day, rng, lambda seen: self._in_exposure(seen, parts[0]), parts[0])
            parts.append(Part(seen, self._in_exposure(seen, parts[0])[0], True, label))
        return parts

    @staticmethod
    def _in_exposure(seen: Observed, part: Part) -> list[int]:
        day = int(part.seen.day[part.place])
        return [place for place in seen.scorable(day) if float(seen.jd[place]) == part.jd]

    def _member(
        self, day: int, rng: np.random.Generator, fits: Callable[[Observed], list[int]], beside: Part | None = None
    ) -> Observed:
        """A source with a label of its own, in the field of another if there is one."""
        while True:
            label = str(rng.choice(["Mira", "RRLyr", "LPV*", "EB*", "V*"]))
            kind = _kind(WEARERS[label], rng)
            if beside is None:
                seen = self.new(day, kind, label, rng, fits)
            else:
                place = in_field(field_of(beside.seen.source.ra, beside.seen.source.dec), rng)
                seen = self.draw(kind, label, place, beside.jd, (day - 45, day + KINDS[kind].lasts))
            if fits(seen):
                self._known[label].append(seen)
                return seen

    def _beside(self, day: int, rng: np.random.Generator, listed: list[Part]) -> list[Part]:
        """Alerts that nobody lists."""
        others, follow_ups = self.others
        taken = {part.seen.source.number for part in listed}
        able = [
            seen
            for seens in self._known.values()
            for seen in seens
            if day in seen.alerts and seen.source.number not in taken
        ]
        chosen = [able[place] for place in rng.permutation(len(able))[:follow_ups]]
        chosen += self._quiet_ones(day, others, rng)
        failed = [part for part in listed if part.label][:1]
        beside = [self._beside_failed(part, rng) for part in failed]
        beside += [Part(seen, int(rng.choice(seen.alerts[day])), False) for seen in chosen]
        return beside + self._in_i(day, rng)

    def _in_i(self, day: int, rng: np.random.Generator) -> list[Part]:
        """Alerts in i of known sources, which have neither features nor a score."""
        able = [seen for seens in self._known.values() for seen in seens if day in seen.alerts_in_i]
        chosen = [able[place] for place in rng.permutation(len(able))[:IN_I]]
        return [Part(seen, seen.alerts_in_i[day][0], False) for seen in chosen]

    def _beside_failed(self, part: Part, rng: np.random.Generator) -> Part:
        """An alert that nobody lists, in the exposure of one whose cross-match failed."""
        day = int(part.seen.day[part.place])
        field = field_of(part.seen.source.ra, part.seen.source.dec)
        while True:
            seen = self.draw("eclipsing", "EB*", in_field(field, rng), part.jd, (day - 45, day))
            places = [place for place in seen.alerts.get(day, []) if float(seen.jd[place]) == part.jd]
            if places:
                return Part(seen, places[0], False, part.label)

    def _quiet_ones(self, day: int, n: int, rng: np.random.Generator) -> list[Observed]:
        known = [seen for seen in self._quiet if day in seen.alerts]
        found = [known[place] for place in rng.permutation(len(known))[: n // 2]]
        names = list(BACKGROUND)
        weights = np.array(list(BACKGROUND.values()))
        while len(found) < n:
            label, kind = names[int(rng.choice(len(names), p=weights / weights.sum()))]
            found.append(self.new(day, kind, label, rng, lambda seen: seen.alerts.get(day, [])))
            self._quiet.append(found[-1])
        return found

    def _forget(self, day: int) -> None:
        """Drop what can never be seen again, so that a long sky stays small."""
        for label, seens in self._known.items():
            self._known[label] = [seen for seen in seens if len(seen.day) and seen.day[-1] >= day]
        self._quiet = [seen for seen in self._quiet if len(seen.day) and seen.day[-1] >= day]


def in_field(number: int, rng: np.random.Generator, spread: float = 2.5) -> tuple[float, float]:
    """A position (degrees) not further than `spread` from a field's centre along either axis."""
    ra, dec = centre_of(number)
    east, north = rng.uniform(-spread, spread, 2)
    return float(ra + east / max(np.cos(np.radians(dec)), 0.2)) % 360, min(float(dec + north), 89.9)


def _kind(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    names = list(weights)
    chances = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=chances / chances.sum()))]
