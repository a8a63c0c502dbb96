"""Over-representation: what Fink's statistics count, what they lack, and intervals."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.class_counts import By, Spelling
from services.class_expectation import (
    NO_CLASS,
    NO_LABEL,
    NOT_COUNTED,
    NOT_FOR_TNS,
    TOO_FEW,
    Expectation,
    class_expectation,
    overrides_fink,
    wilson,
)

ALERTS = 1000


def anomalies(labels: list[str | None], night: str = "2025-09-01") -> pd.DataFrame:
    made = pd.DataFrame({"cdsxmatch": pd.array(labels, dtype="str")})
    fink = [label if label is not None and overrides_fink(label) else "Unknown" for label in labels]
    made["classification"] = pd.array(fink, dtype="str")
    made["tns"] = pd.array([None] * len(labels), dtype="str")
    made["night"] = pd.to_datetime([night] * len(labels)).astype("datetime64[s]")
    return made


def statistics(classes: dict[str, int | None], night: str = "2025-09-01", sci: int | None = ALERTS) -> pd.DataFrame:
    made = pd.DataFrame({"night": pd.to_datetime([night]).astype("datetime64[s]")})
    made["sci"] = pd.array([sci], dtype="Int64")
    for label, count in classes.items():
        made[f"class:{label}"] = pd.array([count], dtype="Int64")
    return made


COUNTED = {"Mira": 50, "LPV*": 20, "LongPeriodV*": 30, "Unknown": 700, "simbad_tot": 300, "simbad_gal": 90}


def row(made: Expectation, label: str) -> pd.Series:
    return made.frame.set_index("label").loc[label]


def compare(labels: list[str | None], by: By = "simbad", spelling: Spelling = "raw") -> Expectation:
    return class_expectation(anomalies(labels), by, spelling, statistics(COUNTED))


def test_a_ratio_is_the_share_among_anomalies_over_that_among_all_alerts() -> None:
    made = compare(["Mira"] * 5 + ["Unknown"] * 5)
    mira = row(made, "Mira")
    assert (mira["share"], mira["expected"], mira["ratio"]) == (0.5, 0.05, 10.0)
    assert mira["low"] < 0.5 < mira["high"]
    assert mira["ratio_low"] == pytest.approx(mira["low"] / 0.05)
    assert (made.nights, made.left_out, made.anomalies, made.alerts) == (1, 0, 10, ALERTS)


def test_spellings_and_families_are_added_up_on_both_sides() -> None:
    merged = row(compare(["LPV*", "LongPeriodV*"], spelling="merged"), "LongPeriodV*")
    assert (merged["anomalies"], merged["alerts"]) == (2, 50)
    family = row(compare(["LPV*", "Mira"], spelling="family"), "Long-period")
    assert (family["anomalies"], family["alerts"]) == (2, 100)


def test_what_simbad_calls_unknown_is_not_what_fink_calls_unknown() -> None:
    assert row(compare(["Unknown"]), "Unknown")["why"] == NOT_COUNTED
    assert row(compare(["Unknown"], "fink"), "Unknown")["alerts"] == 700


@pytest.mark.parametrize("label", ["Unknown", "Transient", "Galaxy"])
@pytest.mark.parametrize("spelling", ["raw", "merged", "family"])
def test_a_group_with_alerts_that_nobody_counts_is_not_compared(label: str, spelling: Spelling) -> None:
    made = compare([label, "Mira"], spelling=spelling)
    assert sorted(made.frame["why"]) == sorted(["", NOT_COUNTED])


def test_silence_of_simbad_is_no_class_to_compare() -> None:
    made = compare(["Fail 504", None], spelling="merged")
    assert made.frame["why"].tolist() == [NO_CLASS, NO_CLASS]
    assert made.frame["ratio"].isna().all()


def test_a_label_that_the_statistics_lack_is_not_available() -> None:
    assert row(compare(["Nova"]), "Nova")["why"] == NO_LABEL


def test_fewer_alerts_than_anomalies_are_no_comparison() -> None:
    assert row(compare(["Mira"] * 51), "Mira")["why"] == TOO_FEW


def test_nothing_is_compared_by_type_of_tns() -> None:
    made = class_expectation(anomalies(["Mira"]).assign(tns="SN Ia"), "tns", "raw", statistics(COUNTED))
    assert made.frame["why"].tolist() == [NOT_FOR_TNS]


def test_a_night_without_statistics_is_on_neither_side() -> None:
    both = pd.concat([anomalies(["Mira"]), anomalies(["Mira", "Star"], "2025-09-02")], ignore_index=True)
    made = class_expectation(both, "simbad", "raw", statistics(COUNTED))
    assert (made.nights, made.left_out, made.anomalies) == (1, 1, 1)
    assert made.frame["label"].tolist() == ["Mira"]


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(statistics(COUNTED, sci=None), id="an unknown number of alerts"),
        pytest.param(statistics({"Mira": None, "simbad_tot": 5}), id="no class at all"),
        pytest.param(statistics({"simbad_tot": 5}), id="only sums"),
        pytest.param(statistics(COUNTED).iloc[:0], id="no row"),
    ],
)
def test_a_night_whose_classes_are_not_known_is_left_out(counts: pd.DataFrame) -> None:
    made = class_expectation(anomalies(["Mira"]), "simbad", "raw", counts)
    assert (made.nights, made.left_out, made.anomalies, made.alerts) == (0, 1, 0, 0)
    assert made.frame.empty


def test_a_night_without_anomalies_adds_nothing_to_all_alerts() -> None:
    counts = pd.concat([statistics(COUNTED), statistics(COUNTED, "2025-09-09")], ignore_index=True)
    assert class_expectation(anomalies(["Mira"]), "simbad", "raw", counts).alerts == ALERTS


def test_what_is_surely_over_represented_comes_before_what_one_alert_suggests() -> None:
    counts = statistics({"Mira": 50, "Nova": 1})
    made = class_expectation(anomalies(["Mira"] * 30 + ["Nova"] + ["Unknown"] * 9), "simbad", "raw", counts)
    assert row(made, "Nova")["ratio"] > row(made, "Mira")["ratio"]
    assert made.frame["label"].tolist() == ["Mira", "Nova", "Unknown"]


def test_the_interval_is_wilsons() -> None:
    low, high = wilson([10], 100)  # Brown, Cai & DasGupta 2001, equation 4
    z, p, n = 1.959964, 0.1, 100
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (low[0], high[0]) == pytest.approx(((middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)))


def test_an_interval_of_nothing_is_no_number() -> None:
    low, high = wilson([0], 0)
    assert math.isnan(low[0])
    assert math.isnan(high[0])


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_lies_between_nothing_and_all(case: tuple[int, int]) -> None:
    count, total = case
    low, high = wilson([count], total)
    assert 0 <= low[0] <= count / total + 1e-12
    assert count / total - 1e-12 <= high[0] <= 1
