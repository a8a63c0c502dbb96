"""Fink's nine steps, one by one and against a second spelling of them."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classification import HOST_LABELS, INPUTS, classify, explain, origin_of

QUIET: dict[str, Any] = {
    "roid": 0,
    "mulens": 0.0,
    "snn_snia_vs_nonia": 0.0,
    "snn_sn_vs_all": 0.0,
    "rf_snia_vs_nonia": 0.0,
    "rf_kn_vs_nonkn": 0.0,
    "ndethist": 10,
    "drb": 0.99,
    "classtar": 0.9,
    "jd": 2460920.5,
    "jdstarthist": 2460917.5,
    "cdsxmatch": "Unknown",
    "tracklet": None,
}
SN: dict[str, Any] = {"snn_snia_vs_nonia": 0.9}


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame([{**QUIET, **row} for row in rows])
    return table.astype({"roid": "Int64", "ndethist": "Int64", "cdsxmatch": "str", "tracklet": "str"})


def label(**values: Any) -> Any:
    return classify(frame(values)).iloc[0]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, "Unknown"),
        ({"mulens": 1e-9}, "Microlensing candidate"),
        (SN, "SN candidate"),
        ({"snn_sn_vs_all": 0.51}, "SN candidate"),
        ({"snn_sn_vs_all": 0.5}, "Unknown"),
        (SN | {"jdstarthist": 2460920.5 - 90}, "SN candidate"),
        (SN | {"jdstarthist": 2460920.5 - 90.01}, "Unknown"),
        (SN | {"drb": 0.5}, "Unknown"),
        (SN | {"classtar": 0.4}, "Unknown"),
        (SN | {"ndethist": 1}, "Unknown"),
        (SN | {"rf_snia_vs_nonia": 0.51}, "Early SN Ia candidate"),
        (SN | {"rf_snia_vs_nonia": 0.51, "ndethist": 20}, "Early SN Ia candidate"),
        (SN | {"rf_snia_vs_nonia": 0.51, "ndethist": 21}, "SN candidate"),
        (SN | {"rf_snia_vs_nonia": 0.51, "ndethist": 1}, "Early SN Ia candidate"),
        ({"rf_kn_vs_nonkn": 0.51}, "Kilonova candidate"),
        ({"rf_kn_vs_nonkn": 0.51, "jdstarthist": 2460920.5 - 5}, "Unknown"),
        ({"rf_kn_vs_nonkn": 0.51, "ndethist": 20}, "Unknown"),
        (SN | {"rf_snia_vs_nonia": 0.9, "rf_kn_vs_nonkn": 0.9}, "Kilonova candidate"),
        ({"roid": 1}, "Unknown"),
        ({"roid": 2}, "Solar System candidate"),
        ({"roid": 3}, "Solar System MPC"),
        ({"tracklet": "TRCK_20250902_060000_01"}, "Tracklet"),
        ({"tracklet": "nothing"}, "Unknown"),
        ({"tracklet": "TRCK_1", "roid": 3}, "Solar System MPC"),
        (SN | {"mulens": 0.1}, "Ambiguous"),
        (SN | {"roid": 2}, "Ambiguous"),
        (SN | {"roid": 3}, "Solar System MPC"),
        ({"mulens": 0.1, "roid": 3}, "Ambiguous"),
        ({"mulens": 0.1, "tracklet": "TRCK_1"}, "Tracklet"),
        ({"mulens": 0.1, "rf_kn_vs_nonkn": 0.9}, "Kilonova candidate"),
        ({"cdsxmatch": "Mira"}, "Mira"),
        (SN | {"mulens": 0.1, "cdsxmatch": "QSO"}, "QSO"),
        (SN | {"cdsxmatch": "Galaxy"}, "SN candidate"),
        (SN | {"cdsxmatch": "GalaxyPair"}, "Unknown"),
        (SN | {"cdsxmatch": "Seyfert_1"}, "Seyfert_1"),
        (SN | {"cdsxmatch": "Transient"}, "SN candidate"),
        (SN | {"cdsxmatch": "Fail 504"}, "SN candidate"),
        (SN | {"cdsxmatch": "Fail 503"}, "Unknown"),
        (SN | {"cdsxmatch": None}, "SN candidate"),
        (SN | {"drb": math.nan}, "Unknown"),
        (SN | {"roid": None}, "Unknown"),
    ],
)
def test_each_rule_and_each_override(values: dict[str, Any], wanted: str) -> None:
    assert label(**values) == wanted


def test_a_row_without_any_value_of_finks_has_no_class() -> None:
    nothing = dict.fromkeys([*QUIET])
    nothing |= {"jd": 2460920.5, "drb": 0.9, "ndethist": 3, "classtar": 0.9, "jdstarthist": 2460900.5}
    table = frame({}, nothing)
    labels = classify(table.astype({"mulens": "float64", "rf_kn_vs_nonkn": "float64"}))
    assert labels.isna().tolist() == [False, True]
    assert explain(table.iloc[1]).label is None
    assert "history" in explain(table.iloc[1]).summary


def test_labels_keep_the_index_and_are_text() -> None:
    table = frame({}, SN).set_axis([7, 3])
    labels = classify(table)
    assert (labels.index.tolist(), str(labels.dtype), labels.name) == ([7, 3], "str", "classification")


def test_an_empty_frame_has_no_labels() -> None:
    assert classify(frame({}).iloc[:0]).tolist() == []


def test_a_column_that_is_absent_is_an_error_and_not_a_missing_value() -> None:
    with pytest.raises(KeyError):
        classify(frame({}).drop(columns="roid"))


def slow_label(row: dict[str, Any]) -> str:
    """The nine steps again, as plain sentences."""
    age = row["jd"] - row["jdstarthist"]
    host = row["cdsxmatch"] in HOST_LABELS
    real = row["drb"] > 0.5 and row["classtar"] > 0.4
    snn = row["snn_snia_vs_nonia"] > 0.5 or row["snn_sn_vs_all"] > 0.5
    mulens = row["mulens"] > 0
    sn = snn and host and age <= 90 and real and row["ndethist"] > 1 and row["roid"] != 3
    found = "Unknown"
    if mulens:
        found = "Microlensing candidate"
    if sn:
        found = "SN candidate"
    if snn and host and real and row["ndethist"] <= 20 and row["rf_snia_vs_nonia"] > 0.5:
        found = "Early SN Ia candidate"
    if row["rf_kn_vs_nonkn"] > 0.5 and real and age < 5 and row["ndethist"] < 20 and row["roid"] != 3 and host:
        found = "Kilonova candidate"
    if row["roid"] == 2:
        found = "Solar System candidate"
    if (row["tracklet"] or "").startswith("TRCK_"):
        found = "Tracklet"
    if row["roid"] == 3:
        found = "Solar System MPC"
    if mulens + sn + (row["roid"] == 2) + (row["roid"] == 3) >= 2:
        found = "Ambiguous"
    if row["cdsxmatch"] in ("Unknown", "Transient") or row["cdsxmatch"].startswith(("Fail", "Galaxy")):
        return found
    return str(row["cdsxmatch"])


SCORES = (0.0, 0.4, 0.5, 0.51, 1.0)
VALUES: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("mulens", "snn_snia_vs_nonia", "snn_sn_vs_all"), SCORES),
    **dict.fromkeys(("rf_snia_vs_nonia", "rf_kn_vs_nonkn", "drb", "classtar"), SCORES),
    "roid": (0, 1, 2, 3),
    "ndethist": (1, 2, 19, 20, 21, 400),
    "jd": (2460920.5,),
    "jdstarthist": tuple(2460920.5 - age for age in (0, 4.9, 5, 90, 91)),
    "cdsxmatch": ("Unknown", "Galaxy", "Transient", "Fail", "Fail 503", "Fail 504", "Mira", "SN"),
    "tracklet": (None, "TRCK_20250902_060000_01", "other"),
}
ROW = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


@given(st.lists(ROW, min_size=1, max_size=8))
def test_the_vectorised_rules_say_what_the_plain_ones_say(rows: list[dict[str, Any]]) -> None:
    assert classify(frame(*rows)).tolist() == [slow_label(row) for row in rows]


def test_thousands_of_rows_at_once_get_the_labels_that_each_would_get_alone() -> None:
    draw = random.Random(1)
    rows = [{name: draw.choice(values) for name, values in VALUES.items()} for _ in range(3000)]
    assert classify(frame(*rows)).tolist() == [slow_label(row) for row in rows]


@given(ROW)
def test_the_explanation_never_contradicts_the_label(row: dict[str, Any]) -> None:
    told = explain(row)
    assert told.label == slow_label(row)
    assert [step.number for step in told.steps] == list(range(1, 10))
    assert sum(step.decided for step in told.steps) == any(step.fired for step in told.steps)
    assert told.origin == origin_of(told.label, row["cdsxmatch"])
    if told.decisive and told.decisive.number < 9:
        assert told.decisive.name == told.label
    for step in told.steps:
        every = all(test.passed for test in step.tests if not test.alternative)
        either = [test.passed for test in step.tests if test.alternative]
        assert step.fired == (every and (any(either) if either else True))


def test_the_summary_of_an_ambiguous_alert_names_the_rules_that_fired() -> None:
    assert explain(QUIET | SN | {"mulens": 0.5}).summary == (
        "Two of the four exclusive rules fired (Microlensing candidate, SN candidate), "
        "so the label is Ambiguous. SIMBAD is Unknown and does not override it."
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "None of Fink's rules fired. SIMBAD is Unknown"),
        (SN, "One of Fink's rules fired: SN candidate."),
        (
            SN | {"rf_snia_vs_nonia": 0.9},
            "2 of Fink's rules fired and the last one counts: Early SN Ia candidate.",
        ),
        ({"cdsxmatch": "Mira"}, "SIMBAD knows it as Mira, which wins over everything else."),
        ({"cdsxmatch": "Fail 504"}, "SIMBAD could not be asked for this alert (Fail 504)"),
        (
            SN | {"mulens": 0.5, "cdsxmatch": "Seyfert_1"},
            "which alone would make it Ambiguous. SIMBAD knows it as Seyfert_1",
        ),
    ],
)
def test_the_summary_says_who_decided(values: dict[str, Any], words: str) -> None:
    assert words in explain(QUIET | values).summary


def test_a_missing_value_is_shown_as_missing_and_fails_its_test() -> None:
    step = explain(QUIET | SN | {"drb": None}).steps[1]
    [test] = [test for test in step.tests if test.column == "drb"]
    assert (test.value, test.passed, test.comparison, test.threshold) == (None, False, ">", 0.5)


@pytest.mark.parametrize(
    ("label_", "cdsxmatch", "origin"),
    [
        ("Mira", "Mira", "SIMBAD"),
        ("Ambiguous", "Unknown", "Fink"),
        ("SN candidate", "Galaxy", "Fink"),
        ("SN candidate", None, "Fink"),
        ("SN candidate", "Fail 504", "Fink"),
        ("Unknown", "Unknown", "Fink"),
        ("Unknown", math.nan, "Fink"),
        ("Unknown", "Fail 503", "CDS"),
        ("Fail 504", "Fail 504", "CDS"),
    ],
)
def test_a_label_comes_with_who_gave_it(label_: str, cdsxmatch: Any, origin: str) -> None:
    assert origin_of(label_, cdsxmatch) == origin


def test_every_input_is_needed() -> None:
    assert set(INPUTS) == set(QUIET)


def test_the_host_labels_are_those_of_the_vocabulary() -> None:
    path = Path(__file__).parents[2].parent / "shared" / "data" / "vocabulary" / "host_labels.txt"
    if not path.is_file():
        pytest.skip("../shared/data/vocabulary, the public vocabularies, is absent")
    assert set(path.read_text().split("\n")) - {""} == HOST_LABELS
