"""The Transient Name Server's table of the simulated sky: part of the transients, some before their class is known.

Names are of the year 2099 and internal names of other surveys have the year 00, so none passes for a real one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from services.local_fink.sky.observed import Observed

COLUMNS = (
    "name_prefix",
    "name",
    "ra",
    "declination",
    "redshift",
    "type",
    "internal_names",
    "discoverydate",
)
# Shares: reported at all, classified of those, and reported under other surveys' names only.
_REPORTED, _CLASSIFIED, _ELSEWHERE = 0.7, 0.6, 0.25
# Days from the first light to the spectrum.
_CLASSIFIED_AFTER = (8.0, 20.0)
_OTHER_SURVEYS = ("ATLAS00", "PS00", "Gaia00")


@dataclass
class TnsTable:
    """Collects the reported sources; each is looked at once.

    Attributes
    ----------
    seed
        Of the sky.
    sure
        Numbers of sources that are reported and classified in any case.
    rows
        Collected rows, as `COLUMNS`.
    classified
        Type of the classified sources by number, and the JD since when it is known.
    """

    seed: int
    sure: frozenset[int] = frozenset()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    classified: dict[int, tuple[str, float]] = field(default_factory=dict)
    _looked_at: set[int] = field(default_factory=set)

    def add(self, sources: Iterable[Observed]) -> None:
        """Report part of the transients among `sources`, and of the stars that look like one."""
        for seen in sources:
            source = seen.source
            worth = source.kind.transient or (source.kind_name == "dwarf nova" and source.label == "Unknown")
            if worth and source.number not in self._looked_at:
                self._looked_at.add(source.number)
                self._report(seen)

    def _report(self, seen: Observed) -> None:
        rng = np.random.default_rng((self.seed, 51, seen.source.number))
        sure = seen.source.number in self.sure
        if (rng.random() > _REPORTED and not sure) or not seen.seen.any():
            return
        name = "2099" + _letters(len(self._looked_at))
        first = float(seen.jd[seen.seen][0]) - rng.uniform(0, 3)
        names = self._internal_names(seen, rng)
        at = self._row("AT", name, "", "", names, seen, first, rng)
        self.rows.append(at)
        if sure or rng.random() < _CLASSIFIED:
            distance = f"{rng.uniform(0.01, 0.09):.4f}" if seen.source.kind.extragalactic else ""
            prefix = "SN" if seen.source.kind.tns.startswith(("SN", "SLSN")) else "AT"
            # The report stays beside the classified entry; where the prefix does not change there is only one.
            if prefix == "AT":
                self.rows.pop()
            self.rows.append((prefix, *at[1:4], distance, seen.source.kind.tns, *at[6:]))
            self.classified[seen.source.number] = seen.source.kind.tns, first + rng.uniform(*_CLASSIFIED_AFTER)

    def type_of(self, source: int, jd: float) -> str:
        """Type that Fink adds to an alert of a source at a time, "" as long as there is none."""
        kind, since = self.classified.get(source, ("", np.inf))
        return kind if jd >= since else ""

    @staticmethod
    def _internal_names(seen: Observed, rng: np.random.Generator) -> str:
        other = _OTHER_SURVEYS[int(rng.integers(len(_OTHER_SURVEYS)))] + _letters(int(rng.integers(10_000)))
        if rng.random() < _ELSEWHERE:
            return other
        return f"{other}, {seen.source.object_id}" if rng.random() < 0.4 else seen.source.object_id

    @staticmethod
    def _row(
        prefix: str,
        name: str,
        redshift: str,
        kind: str,
        names: str,
        seen: Observed,
        jd: float,
        rng: np.random.Generator,
    ) -> tuple[str, ...]:
        ra, dec = seen.source.ra + rng.normal(0, 4e-5), seen.source.dec + rng.normal(0, 4e-5)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=jd - 2440587.5)
        when = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
        return prefix, name, f"{ra:.7f}", f"{dec:.7f}", redshift, kind, names, when

    def write(self, path: Path) -> int:
        """Write the table in the column form of the TNS's public object list; number of rows."""
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(self.rows)
        return len(self.rows)


def _letters(number: int) -> str:
    letters = ""
    while number or len(letters) < 3:
        number, digit = divmod(number, 26)
        letters = chr(ord("a") + digit) + letters
    return letters
