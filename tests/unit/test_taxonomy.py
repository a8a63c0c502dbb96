"""Families and spellings of class labels."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.taxonomy import FAMILIES, OTHER_LABELS, family, merged, object_types

VOCABULARY = Path(__file__).parents[2] / ".." / "shared" / "data" / "vocabulary"

#: The 30 labels of Fink's documented histogram (all anomalies to 2023-05-22) and the family each belongs to.
DOCUMENTED = {
    "CataclyV*": "CV",
    "Unknown": "UN",
    "Mira": "LP",
    "RRLyr": "PU",
    "LPV*": "LP",
    "EB*_Candidate": "EB",
    "EB*": "EB",
    "Star": "ST",
    "CV*_Candidate": "CV",
    "Fail 504": "NA",
    "Blazar": "AG",
    "V*": "ST",
    "WD*_Candidate": "ST",
    "YSO_Candidate": "YO",
    "PulsV*": "PU",
    "Fail 500": "NA",
    "YSO": "YO",
    "Fail 503": "NA",
    "SN": "SN",
    "LP*_Candidate": "LP",
    "BLLac": "AG",
    "QSO": "AG",
    "Radio": "UN",
    "Seyfert_1": "AG",
    "TTau*": "YO",
    "Em*": "ST",
    "ClG": "GA",
    "V*?_Candidate": "ST",
    "BlueStraggler": "ST",
    "AGN": "AG",
}


def lines(name: str) -> list[str]:
    path = VOCABULARY / name
    if not path.exists():
        pytest.skip("needs ../shared/data/vocabulary, which is not here")
    return path.read_text(encoding="utf-8").splitlines()


def test_every_label_of_the_documented_histogram_has_its_family() -> None:
    assert {label: family(label) for label in DOCUMENTED} == DOCUMENTED


def test_every_fink_class_and_every_tns_type_has_a_family_of_its_own() -> None:
    labels = [*lines("fink_types.txt"), *lines("tns_types.txt")]
    assert {label for label in labels if family(label) in ("UN", "NA")} <= {"Other"}


def test_every_simbad_type_is_kept_with_both_labels() -> None:
    facts = {tuple(row) for row in csv.reader(lines("simbad_otypes.csv")[1:])}
    assert {(kind.otype, kind.old_label, kind.new_label) for kind in object_types()} == facts


def test_every_possible_host_is_a_galaxy_an_active_galaxy_a_transient_or_unknown() -> None:
    assert {family(label) for label in lines("host_labels.txt")} <= {"GA", "AG", "SN", "UN", "NA"}


def test_every_simbad_type_has_a_family_that_exists() -> None:
    assert {kind.family for kind in object_types()} <= set(FAMILIES) - {"NA", "SS"}
    assert set(OTHER_LABELS.values()) <= set(FAMILIES)


def test_old_and_new_spelling_have_one_family_and_one_merged_label() -> None:
    for kind in object_types():
        assert family(kind.old_label) == family(kind.new_label) == kind.family
        assert merged(kind.old_label) == merged(kind.new_label) == kind.new_label


def test_a_candidate_has_the_family_of_what_it_is_a_candidate_for() -> None:
    by_otype = {kind.otype: kind for kind in object_types()}
    candidates = [kind for kind in object_types() if kind.candidate_of]
    assert len(candidates) > 45
    for kind in candidates:
        assert kind.family == by_otype[kind.candidate_of].family


def test_candidates_spelt_with_a_whole_class_label_are_found_too() -> None:
    for kind in object_types():
        if kind.otype.endswith("?") or kind.candidate_of:
            continue
        for label in {kind.old_label, kind.new_label}:
            spellings = {f"Candidate_{label}", f"Possible_{label}", f"{label}?", f"{label}_Candidate"}
            assert {family(spelling) for spelling in spellings} == {kind.family}
            assert len({merged(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("LPV*", "LongPeriodV*"),
        ("EB*", "EclBin"),
        ("Candidate_EB*", "EB*_Candidate"),
        ("CataclyV*_Candidate", "CV*_Candidate"),
        ("V*?_Candidate", "V*_Candidate"),
        ("Supernova_Candidate", "SN*_Candidate"),
        ("GravLens_Candidate", "Lens_Candidate"),
        ("BYDra_Candidate", "BYDraV*_Candidate"),
        ("Fail 504", "Fail 504"),
        ("SN candidate", "SN candidate"),
        ("no such label", "no such label"),
    ],
)
def test_spellings_are_merged(label: str, expected: str) -> None:
    assert merged(label) == expected


@given(st.sampled_from([label for kind in object_types() for label in (kind.old_label, kind.new_label)]))
def test_merging_twice_changes_nothing(label: str) -> None:
    assert merged(merged(label)) == merged(label)


@pytest.mark.parametrize("label", [None, float("nan"), "", "nan", "None", "null", "Fail", "Fail 504", " Fail 500"])
def test_no_answer_is_not_a_class(label: object) -> None:
    assert family(label) == "NA"


def test_unknown_is_not_the_same_as_no_answer() -> None:
    assert family("Unknown") == "UN"
    assert family("a label that nobody has used yet") == "UN"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("(TNS) SN Ia-pec", "SN"),
        ("(SIMBAD) EclBin", "EB"),
        ("TDE-H-He", "SN"),
        ("SLSN-I", "SN"),
        ("galaxy", "GA"),
        ("Ambiguous", "SN"),
        ("Tracklet", "SS"),
        ("(CTA) Blazar low state", "AG"),
        ("SNR", "UN"),
    ],
)
def test_labels_of_other_vocabularies_have_families(label: str, expected: str) -> None:
    assert family(label) == expected
