"""The night of the day: the newest night of the sky, with one of everything that the pages explain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from services.local_fink.sky import positions
from services.local_fink.sky.cadence import centre_of, field_of, quadrant_of
from services.local_fink.sky.cast import NIGHT_OF_THE_DAY, Cast, Part
from services.local_fink.sky.kinds import KINDS
from services.local_fink.sky.observed import Observed, anchor_of

# Alerts on one CCD quadrant in one exposure.
ARTEFACTS = 4
# What the cross-match made of one object, alert after alert: four changes.
CHANGING_LABELS = ("Unknown", "Star", "V*?_Candidate", "CV*_Candidate", "CataclyV*")
# Nights before the last one in which the long stories begin.
_STORY = 100
# Nights between two alerts of the changing-look nucleus.
_WEEKLY = 7

Fits = Callable[[Observed], bool]


class Tour:
    """Sources of the night of the day, drawn before all others, and the alerts that lead up to it.

    Parameters
    ----------
    cast
        Draws the sources.
    day
        Ordinal of the newest night.
    """

    def __init__(self, cast: Cast, day: int) -> None:
        self.day = day
        self._cast = cast
        self._rng = np.random.default_rng((cast.observer.seed, 81, day))
        supernova = self._draw("supernova Ia", "Unknown", 45, self._rose_in_both_bands)
        returning = self._draw("dwarf nova", "CataclyV*", _STORY, self._was_out_before)
        nucleus = self._draw("changing look", "Seyfert_1", _STORY, self._many_alerts)
        relabelled = self._draw("polar", "CataclyV*", _STORY, self._many_alerts)
        cluster = self._cluster()
        self.supernova = supernova.source.number
        self.returns = self._earlier_outburst(returning)
        self.listed = [self._last(seen) for seen in (supernova, returning, nucleus, relabelled)] + cluster
        parts = [[part] for part in self.listed[: -len(cluster)]] + [cluster]
        self.objects = {
            name: tuple(part.seen.source.object_id for part in played)
            for name, played in zip(NIGHT_OF_THE_DAY, parts, strict=True)
        }
        self.before = self._stories(supernova, returning, nucleus, relabelled)

    def _draw(self, kind: str, label: str, story: int, fits: Fits) -> Observed:
        while True:
            place = positions.draw(KINDS[kind].population, self._rng)
            anchor = anchor_of(self._cast.observer.cadence, *place, self.day)
            if anchor is None:
                continue
            seen = self._cast.draw(kind, label, place, anchor, (self.day - story, self.day))
            if fits(seen):
                return seen

    def _scorable(self, seen: Observed) -> bool:
        return bool(seen.scorable(self.day))

    def _rose_in_both_bands(self, seen: Observed) -> bool:
        """Seen in each band, and looked at without success before."""
        nights = [np.unique(seen.day[seen.seen & (seen.fid == band)]) for band in (1, 2)]
        limits = ~seen.seen & (seen.jd < seen.source.model.facts["t0"])
        return self._scorable(seen) and min(map(len, nights)) >= 4 and int(limits.sum()) >= 3

    def _was_out_before(self, seen: Observed) -> bool:
        """In outburst now and at least twice before, each time for at least three nights."""
        facts = seen.source.model.facts
        nights = np.array([day for day in seen.alerts if seen.scorable(day)])
        ago = [(self.day - nights) // facts["every"] == turn for turn in (0, 1)]
        return self._scorable(seen) and all(int(turn.sum()) >= 3 for turn in ago)

    def _earlier_outburst(self, seen: Observed) -> dict[int, Part]:
        """By night the alerts of the outburst before this one, with which it can be in the top ten already."""
        every = seen.source.model.facts["every"]
        nights = [day for day in seen.alerts if (self.day - day) // every == 1 and seen.scorable(day)]
        return {day: Part(seen, seen.scorable(day)[0], True) for day in nights}

    def _many_alerts(self, seen: Observed) -> bool:
        return self._scorable(seen) and len(seen.alerts) >= 3 * len(CHANGING_LABELS)

    def _cluster(self) -> list[Part]:
        """Artefacts on one quadrant, in one exposure."""
        first = self._draw("artefact", "Unknown", 45, self._scorable)
        parts = [self._last(first)]
        while len(parts) < ARTEFACTS:
            place = self._on_quadrant(first.source.ra, first.source.dec)
            seen = self._cast.draw("artefact", "Unknown", place, parts[0].jd, (self.day - 45, self.day))
            same = [one for one in seen.scorable(self.day) if float(seen.jd[one]) == parts[0].jd]
            if same:
                parts.append(Part(seen, same[0], True))
        return parts

    def _on_quadrant(self, ra: float, dec: float) -> tuple[float, float]:
        """Another position of the field and quadrant that hold a position."""
        wanted = field_of(ra, dec), quadrant_of(ra, dec)[0]
        width = 1.7 / max(np.cos(np.radians(centre_of(wanted[0])[1])), 0.2)
        while True:
            near = (ra + self._rng.uniform(-width, width)) % 360, dec + self._rng.uniform(-0.8, 0.8)
            if near[1] > positions.SOUTH and (field_of(*near), quadrant_of(*near)[0]) == wanted:
                return near

    def _last(self, seen: Observed) -> Part:
        return Part(seen, seen.scorable(self.day)[0], True)

    def _stories(
        self, supernova: Observed, returning: Observed, nucleus: Observed, relabelled: Observed
    ) -> Mapping[int, list[Part]]:
        """Earlier alerts by night; of the relabelled object with the label of the time."""
        found: dict[int, list[Part]] = defaultdict(list)
        for seen, every in ((supernova, 1), (returning, 1), (nucleus, _WEEKLY)):
            for day in self._nights(seen)[::every]:
                found[day].append(Part(seen, seen.alerts[day][0], False))
            for day, places in seen.alerts_in_i.items():
                found[day].append(Part(seen, places[0], False))
        nights = self._nights(relabelled)
        share = len(nights) / len(CHANGING_LABELS)
        for place, day in enumerate(nights):
            label = CHANGING_LABELS[int(place / share)]
            found[day].append(Part(relabelled, relabelled.alerts[day][0], False, label))
        return found

    def _nights(self, seen: Observed) -> Sequence[int]:
        return sorted(day for day in seen.alerts if day < self.day)
