"""What kind of thing a class label names: eleven families, and one spelling per SIMBAD class.

Labels come from three vocabularies: SIMBAD's object types, which changed spelling over the years (``LPV*``
and ``LongPeriodV*`` are one class), Fink's own classes and the types of the Transient Name Server. The
families are Oddfinch's: coarse enough for a colour each, and a candidate has the family of what it is a
candidate for.

``taxonomy_types.csv`` holds SIMBAD's types with old and new label (source: SIMBAD guide, ``otypes.labels``,
CDS Strasbourg); its columns ``candidate_of`` and ``family`` are ours. Choices that are not obvious:
symbiotic stars are with the cataclysmic ones, as in the GCVS; sources known only by a wavelength (Radio, IR,
X, ...) are Unknown, as SIMBAD calls their nature, and so are clouds and nebulae, which say nothing about
what varies; star-forming regions are Young; X-ray binaries, compact stars and clusters are Other star.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

FamilyCode = Literal["CV", "PU", "EB", "LP", "YO", "AG", "SN", "ST", "GA", "SS", "UN", "NA"]

#: Code and name of every family, in the order of legends. NA is not a class: nobody answered, or nobody
#: asked.
FAMILIES: MappingProxyType[FamilyCode, str] = MappingProxyType(
    {
        "CV": "Cataclysmic",
        "PU": "Pulsating",
        "EB": "Eclipsing",
        "LP": "Long-period",
        "YO": "Young",
        "AG": "Active galaxy",
        "SN": "Supernova, transient",
        "ST": "Other star",
        "GA": "Galaxy",
        "SS": "Solar System",
        "UN": "Unknown",
        "NA": "No answer",
    }
)

#: Fink's classes (fink_types.csv of Fink's portal) and those types of the Transient Name Server that SIMBAD
#: lacks. "Ambiguous" is at least two of microlensing, supernova and Solar System; drawings hatch it.
OTHER_LABELS: MappingProxyType[str, FamilyCode] = MappingProxyType(
    {
        "Early SN Ia candidate": "SN",
        "Kilonova candidate": "SN",
        "SN candidate": "SN",
        "SLSN candidate": "SN",
        "Microlensing candidate": "SN",
        "Ambiguous": "SN",
        "Tracklet": "SS",
        "Solar System MPC": "SS",
        "Solar System candidate": "SS",
        "(CTA) Blazar low state": "AG",
        "(CTA) Blazar high state": "AG",
        "QSO_CandidateSeyfert": "AG",  # of alerts, in no list of SIMBAD's: two labels that were joined
        "Afterglow": "SN",
        "CV": "CV",
        "FRB": "SN",
        "ILRT": "SN",
        "Impostor-SN": "SN",
        "Kilonova": "SN",
        "LBV": "ST",
        "LRN": "SN",
        "Light-Echo": "SN",
        "M dwarf": "ST",
        "Other": "UN",
        "Varstar": "ST",
    }
)

#: Supernovae and tidal disruptions have open-ended subtypes ("SN Ia-91bg-like", "TDE-H-He").
TRANSIENT_PREFIXES = ("SN ", "SLSN", "TDE")

_MISSING = frozenset({"", "nan", "none", "null", "<na>"})
_SEARCH_PREFIXES = ("(SIMBAD) ", "(TNS) ")
_CANDIDATE_PREFIXES = ("Candidate_", "Possible_")
_CANDIDATE_SUFFIXES = ("_Candidate", "?")


@dataclass(frozen=True)
class ObjectType:
    """One SIMBAD object type; ``candidate_of`` is the otype it is a candidate for, "" when it is none."""

    otype: str
    old_label: str
    new_label: str
    candidate_of: str
    family: FamilyCode


@cache
def object_types() -> tuple[ObjectType, ...]:
    """SIMBAD's types as ``taxonomy_types.csv`` has them."""
    path = Path(__file__).with_name("taxonomy_types.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(ObjectType(**cast("dict[str, Any]", row)) for row in csv.DictReader(lines))


def family(label: object) -> FamilyCode:
    """Family of a class label.

    Parameters
    ----------
    label
        A label of SIMBAD (old or new), Fink or TNS, with or without the "(SIMBAD) " or "(TNS) " of Fink's
        search; or a missing value.

    Returns
    -------
    str
        A code of `FAMILIES`: "NA" where nobody answered ("Fail 504") or nothing was asked (missing), "UN" for
        "Unknown" and for labels that no vocabulary has.

    Examples
    --------
    >>> family("EB*_Candidate"), family("SN Ia-pec"), family("Fail 504"), family(None)
    ('EB', 'SN', 'NA', 'NA')
    """
    return _family(label) if isinstance(label, str) else "NA"


@cache
def merged(label: str) -> str:
    """SIMBAD's current spelling of a SIMBAD label; any other label as it is.

    ``Candidate_X``, ``Possible_X``, ``X?`` and ``X_Candidate`` are one class, however X was spelt.

    Examples
    --------
    >>> [merged(label) for label in ("LPV*", "Candidate_CV*", "CataclyV*_Candidate", "Ambiguous")]
    ['LongPeriodV*', 'CV*_Candidate', 'CV*_Candidate', 'Ambiguous']
    """
    known = _by_label().get(label)
    if known is not None:
        return known.new_label
    base = _by_label().get(_without_candidate(label))
    if base is None or base.candidate_of:
        return base.new_label if base else label
    candidates = (kind.new_label for kind in object_types() if kind.candidate_of == base.otype)
    return next(candidates, f"{base.new_label}_Candidate")


@cache
def _family(label: str) -> FamilyCode:
    text = label.strip()
    for prefix in _SEARCH_PREFIXES:
        text = text.removeprefix(prefix)
    if text.casefold() in _MISSING or text.startswith("Fail"):
        return "NA"
    if text in OTHER_LABELS:
        return OTHER_LABELS[text]
    if text.startswith(TRANSIENT_PREFIXES):
        return "SN"
    known = _by_label().get(text) or _by_folded_label().get(_without_candidate(text).casefold())
    return known.family if known else "UN"


def _without_candidate(label: str) -> str:
    for prefix in _CANDIDATE_PREFIXES:
        label = label.removeprefix(prefix)
    for suffix in _CANDIDATE_SUFFIXES:
        if label.removesuffix(suffix) in _by_label():
            return label.removesuffix(suffix)
    return label


@cache
def _by_label() -> dict[str, ObjectType]:
    labels = {kind.old_label: kind for kind in object_types()}
    return labels | {kind.new_label: kind for kind in object_types()}


@cache
def _by_folded_label() -> dict[str, ObjectType]:
    return {label.casefold(): kind for label, kind in _by_label().items()}
