"""Names of classes as Fink's lists know them: spelt right, or the nearest ones of a name that there is not.

Fink's own classes and the types of TNS are in ``services/local_fink/vocabulary.csv`` (fink_types.csv of the API, and
the object types of the Transient Name Server); SIMBAD's are those of `services.taxonomy`, old and new spelling.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.classification import UNKNOWN
from services.search.grammar import ANOMALY, Query
from services.search.words import WrongWord
from services.taxonomy import FAMILIES, family, merged, object_types

_VOCABULARY = Path(__file__).parents[1] / "local_fink" / "vocabulary.csv"
_PREFIXES = {"SIMBAD": "(SIMBAD) ", "TNS": "(TNS) "}
NEAREST = 5


@dataclass(frozen=True)
class ClassName:
    """A class that can be searched.

    Attributes
    ----------
    label
        As it is typed: "SN candidate", "Mira", "(TNS) SN Ia".
    origin
        Who gives it: Fink, SIMBAD or TNS.
    family
        Code of `services.taxonomy.FAMILIES`.
    """

    label: str
    origin: str
    family: str

    @property
    def bare(self) -> str:
        """Without the prefix that tells TNS' types from SIMBAD's."""
        return self.label.removeprefix(_PREFIXES["TNS"])


@cache
def known_classes() -> tuple[ClassName, ...]:
    """All classes that this Oddfinch knows of: Fink's, then SIMBAD's, then those of TNS."""
    simbad = {label for kind in object_types() for label in (kind.old_label, kind.new_label)} - {UNKNOWN}
    return (
        ClassName(ANOMALY, "Fink", "UN"),
        *_named([*_labels("Fink"), UNKNOWN], "Fink"),
        *_named(sorted(simbad, key=str.casefold), "SIMBAD"),
        *_named((f"{_PREFIXES['TNS']}{label}" for label in _labels("TNS")), "TNS"),
    )


def _named(labels: Iterable[str], origin: str) -> list[ClassName]:
    return [ClassName(label, origin, family(label)) for label in labels]


def _labels(vocabulary: str) -> list[str]:
    with _VOCABULARY.open(encoding="utf-8", newline="") as file:
        return [row["label"] for row in csv.DictReader(file) if row["vocabulary"] == vocabulary]


def check_class(query: Query, more: Mapping[str, Iterable[str]] | None = None) -> ClassName:
    """The class that a search names.

    Parameters
    ----------
    query
        Of the kind ``class``.
    more
        What the source says about its classes (`services.fink.client.FinkClient.fetch_classes`), for classes that are
        newer than this Oddfinch.

    Raises
    ------
    WrongWord
        There is none of that name; it names the nearest.
    """
    wanted = query.class_name.removeprefix(_PREFIXES["SIMBAD"])
    found = _spelt().get(wanted) or _folded().get(wanted.casefold())
    if found is not None:
        return found
    for label in (label for labels in (more or {}).values() for label in labels):
        if query.class_name in (label, label.removeprefix(_PREFIXES["SIMBAD"])):
            return ClassName(query.class_name, "TNS" if label.startswith(_PREFIXES["TNS"]) else "Fink", family(label))
    raise _unknown(query, wanted)


def other_spellings(label: str) -> list[str]:
    """What else SIMBAD has called this class; Fink lists alerts under the spelling of their day."""
    new = merged(label)
    labels = dict.fromkeys(name.label for name in known_classes() if name.origin == "SIMBAD")
    return [other for other in labels if other != label and merged(other) == new]


@cache
def _spelt() -> dict[str, ClassName]:
    """By label, and by TNS' bare label where nothing else has that name."""
    exact = {name.label: name for name in known_classes()}
    return {name.bare: name for name in known_classes()} | exact


@cache
def _folded() -> dict[str, ClassName]:
    return {label.casefold(): name for label, name in reversed(_spelt().items())}


def _unknown(query: Query, wanted: str) -> WrongWord:
    members = _of_family(wanted)
    near = members or _near(wanted)
    start, end = query.class_at
    instead = tuple(f"{query.text[:start]}{quoted(label)}{query.text[end:]}" for label in near)
    words = f"There is no class {wanted} in Fink's lists."
    if members:
        words = f"{wanted} is a family of classes, and Fink lists each by itself."
    return WrongWord(
        words, query.text, start, end, example=instead[0] if instead else 'class="SN candidate"', instead=instead
    )


def _near(wanted: str) -> list[str]:
    """Classes that begin so, have it within, or are spelt much like it; the shortest first."""
    folded, sought = _folded(), wanted.casefold()
    inside = [label for label in folded if len(sought) > 2 and sought in label]
    begin = sorted(inside, key=lambda label: (not label.startswith(sought), len(label)))
    close = difflib.get_close_matches(sought, folded, n=NEAREST, cutoff=0.6)
    return list(dict.fromkeys(folded[label].label for label in (*begin, *close)))[:NEAREST]


def _of_family(wanted: str) -> list[str]:
    """Classes of a family of Oddfinch's, whose name is no class; candidates last."""
    code = next((code for code, name in FAMILIES.items() if name.casefold() == wanted.casefold()), None)
    members = [name.label for name in known_classes() if name.family == code]
    return sorted(members, key=lambda label: ("Candidate" in label, len(label)))[:NEAREST]


def quoted(label: str) -> str:
    """A class as it is typed behind ``class=``."""
    return f'"{label}"' if any(c.isspace() or c in ",'" for c in label) else label
