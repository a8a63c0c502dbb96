"""Counts of classes by label, merged label and family, in time, and their code."""

from __future__ import annotations

import time
from datetime import date
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.class_code import class_script
from services.class_counts import By, Spelling, Unit, class_counts, group_of, rows_with
from services.class_times import MOST_COLUMNS, Bin, bin_starts, class_times, fitting_bin
from services.sources import Source
from services.taxonomy import FAMILIES, object_types

SIMBAD = st.sampled_from(
    [*(kind.old_label for kind in object_types()), *(kind.new_label for kind in object_types()), "Unknown", "Fail 504"]
)
LABELS = st.lists(st.one_of(st.none(), SIMBAD), min_size=1, max_size=60)
LIVE = Source("live", "live", "Fink live", "", date(2023, 1, 25))
SKY = Source("sim", "simulated", "Simulated sky", "", date(2023, 1, 25))


def rows(labels: list[str | None], objects: list[str] | None = None, nights: list[str] | None = None) -> pd.DataFrame:
    """Rows of the index with the columns that are counted; by default each alert is an object of its own."""
    made = pd.DataFrame({"cdsxmatch": pd.array(labels, dtype="str")})
    made["classification"] = made["cdsxmatch"]
    made["tns"] = pd.array([None] * len(labels), dtype="str")
    made["object_id"] = pd.array(objects or [f"ZTF00aaaa{n:03d}" for n in range(len(labels))], dtype="str")
    made["night"] = pd.to_datetime(nights or ["2025-09-01"] * len(labels)).astype("datetime64[s]")
    return made


def found(frame: pd.DataFrame, spelling: Spelling = "merged", unit: Unit = "alerts") -> dict[str, int]:
    counts = class_counts(frame, "simbad", spelling, unit)
    return dict(zip(counts["label"], counts[unit], strict=True))


MIXED = rows(["LPV*", "LPV*", "LongPeriodV*", "Fail 504", "Fail 500", "Unknown", None])


def test_labels_as_given_are_counted_as_they_are() -> None:
    assert found(MIXED, "raw") == {
        "LPV*": 2,
        "Fail 500": 1,
        "Fail 504": 1,
        "LongPeriodV*": 1,
        "Unknown": 1,
        "no SIMBAD label": 1,
    }


def test_old_and_new_spelling_are_one_class_and_no_answer_is_one_bucket_apart() -> None:
    counts = class_counts(MIXED, "simbad", "merged")
    assert counts["label"].tolist() == ["LongPeriodV*", "Unknown", "SIMBAD did not answer", "no SIMBAD label"]
    assert counts["kind"].tolist() == ["class", "class", "no answer", "missing"]
    assert counts["alerts"].tolist() == [3, 1, 2, 1]
    assert counts["raw"].tolist()[:3] == ["LPV* 2, LongPeriodV* 1", "Unknown 1", "Fail 504 1, Fail 500 1"]


def test_unknown_silence_and_nothing_at_all_are_three_things() -> None:
    groups = {group_of(label, "simbad", "family") for label in ("Unknown", "Fail 504", None)}
    assert len(groups) == 3
    assert [kind for _, _, kind in sorted(groups)] == ["no answer", "class", "missing"]


def test_an_object_that_is_listed_often_counts_once_as_an_object() -> None:
    often = rows(["Mira", "Mira", "Mira", "Star"], ["a", "a", "b", "a"])
    assert found(often, unit="objects") == {"Mira": 2, "Star": 1}
    assert class_counts(often, "simbad", "raw", "objects")["share"].tolist() == [1.0, 0.5]
    assert class_counts(often, "simbad", "raw", "alerts")["share"].tolist() == [0.75, 0.25]


def test_nothing_is_counted_of_nothing() -> None:
    nothing = rows(["Mira"]).iloc[:0]
    assert class_counts(nothing, "simbad", "merged").empty
    assert class_times(nothing, "simbad", "merged").counts.shape == (0, 0)


def test_a_type_of_the_mirror_goes_before_the_one_that_fink_matched() -> None:
    frame = rows(["SN", "SN", "SN"]).assign(tns=pd.array(["SN Ia", "SN Ia", None], dtype="str"))
    types = pd.Series(["SN IIn", None, None], dtype="str")
    counts = class_counts(frame, "tns", "merged", types=types)
    assert dict(zip(counts["label"], counts["alerts"], strict=True)) == {
        "SN IIn": 1,
        "SN Ia": 1,
        "no TNS entry or type": 1,
    }


def test_a_type_of_tns_is_not_respelt_as_simbad_would() -> None:
    assert group_of("SN", "tns", "merged")[0] == "SN"
    assert group_of("SN", "simbad", "merged")[0] == "Supernova"


@settings(max_examples=60)
@given(LABELS, st.sampled_from(get_args(Spelling)))
def test_every_alert_is_counted_once_whatever_the_spelling(labels: list[str | None], spelling: Spelling) -> None:
    frame = rows(labels)
    counts = class_counts(frame, "simbad", spelling)
    assert counts["alerts"].sum() == len(labels)
    assert counts["share"].sum() == pytest.approx(1)
    assert not counts["label"].duplicated().any()
    assert set(counts["family"]) <= set(FAMILIES)
    for label, alerts in zip(counts["label"], counts["alerts"], strict=True):
        assert len(rows_with(frame, label, "simbad", spelling)) == alerts


@settings(max_examples=40)
@given(LABELS)
def test_merging_never_moves_an_alert_to_another_family(labels: list[str | None]) -> None:
    frame = rows(labels)
    merged, families = (class_counts(frame, "simbad", each) for each in ("merged", "family"))
    assert merged.groupby("family")["alerts"].sum().to_dict() == families.groupby("family")["alerts"].sum().to_dict()


def test_a_label_that_nobody_has_finds_nobody() -> None:
    assert rows_with(MIXED, "Mira", "simbad", "raw").empty


def test_a_hundred_thousand_rows_are_counted_within_a_tenth_of_a_second() -> None:
    rng = np.random.default_rng(1)
    kinds = [kind.old_label for kind in object_types()]
    labels = rng.choice(kinds, 100_000).tolist()
    many = rows(labels, rng.choice([f"ZTF{n}" for n in range(20_000)], 100_000).tolist())
    times = []
    for _ in range(3):
        begin = time.process_time()  # the machine may be busy with something else
        class_counts(many, "simbad", "merged", "objects")
        times.append(time.process_time() - begin)
    assert min(times) < 0.1


# In time


def test_weeks_begin_on_monday_and_months_on_their_first_day() -> None:
    nights = np.array(["2025-08-31", "2025-09-01", "2025-09-07", "2025-09-08"], dtype="datetime64[D]")
    weeks = bin_starts(nights, "week").astype(str).tolist()
    assert weeks == ["2025-08-25", "2025-09-01", "2025-09-01", "2025-09-08"]
    assert bin_starts(nights, "month").astype(str).tolist() == ["2025-08-01", *["2025-09-01"] * 3]


@given(st.lists(st.dates(date(2018, 1, 1), date(2030, 1, 1)), min_size=1), st.sampled_from(get_args(Bin)))
def test_a_night_lies_in_its_bin(nights: list[date], bin: Bin) -> None:
    days = np.array(nights, dtype="datetime64[D]")
    starts = bin_starts(days, bin)
    longest = {"night": 1, "week": 7, "month": 31}[bin]
    assert (starts <= days).all()
    assert ((days - starts).astype(int) < longest).all()
    assert (bin_starts(starts, bin) == starts).all()


def test_cells_add_up_to_the_counts_and_an_empty_week_has_a_column() -> None:
    frame = rows(["Mira", "Mira", "Star"], nights=["2025-09-01", "2025-09-20", "2025-09-20"])
    times = class_times(frame, "simbad", "raw", bin="week")
    assert times.starts.astype(str).tolist() == ["2025-09-01", "2025-09-08", "2025-09-15"]
    assert times.labels == ["Mira", "Star"]
    assert times.counts.tolist() == [[1, 0, 1], [0, 0, 1]]
    assert times.totals.tolist() == [2, 1]
    assert class_times(frame, "simbad", "raw", bin="night").starts.astype(str).tolist() == ["2025-09-01", "2025-09-20"]
    assert times.table()["count"].tolist() == [1, 1, 1]


def test_an_object_of_two_nights_of_a_week_counts_once_in_it() -> None:
    frame = rows(["Mira", "Mira"], ["a", "a"], ["2025-09-01", "2025-09-02"])
    assert class_times(frame, "simbad", "raw", "objects", "week").counts.tolist() == [[1]]
    assert class_times(frame, "simbad", "raw", "alerts", "week").counts.tolist() == [[2]]
    assert class_times(frame, "simbad", "raw", "objects", "night").totals.tolist() == [1]


@pytest.mark.parametrize(("days", "bin"), [(20, "night"), (MOST_COLUMNS, "night"), (200, "week"), (900, "month")])
def test_the_step_is_the_finest_with_room_for_numbers(days: int, bin: Bin) -> None:
    nights = np.datetime64("2024-01-01") + np.arange(days)
    assert fitting_bin(nights) == bin


# The code for it


@pytest.mark.parametrize("by", get_args(By))
@pytest.mark.parametrize("spelling", get_args(Spelling))
@pytest.mark.parametrize("unit", get_args(Unit))
def test_the_code_for_any_view_is_python(by: By, spelling: Spelling, unit: Unit) -> None:
    labels = pd.Series(["LPV*", "Fail 504", None], dtype="str")
    for source in (LIVE, SKY):
        text = class_script(date(2025, 9, 1), date(2025, 9, 5), by, spelling, unit, source, labels)
        compile(text, "<code>", "exec")
        assert ("SIMULATED" in text) == source.simulated
        assert ("127.0.0.1" in text) == source.simulated


def test_the_code_for_the_documented_histogram_is_that_of_the_documentation() -> None:
    text = class_script(date(2023, 1, 25), date(2023, 5, 22), "simbad", "raw", "alerts", LIVE, pd.Series(dtype="str"))
    assert 'groupby("d:cdsxmatch").size()' in text
    assert '"stop_date": "2023-05-22"' in text
    assert len([line for line in text.splitlines() if line and not line.startswith(("import", " ", "#"))]) == 3
