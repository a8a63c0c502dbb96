"""What is said about the anomalies of a night: rows, class counts, cautions, headline."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import frames
from services.anomaly_table import AnomalyTable
from services.fink.columns import LIST
from services.fink.decode import tidy
from services.nightly import (
    SHARED_CAUSE,
    cautions,
    class_counts,
    headline,
    label_of,
    nearest_nights,
    night_rows,
)
from services.nights import night_of, night_start_jd

NIGHT = date(2025, 9, 2)
JD = night_start_jd(NIGHT) + 0.3


def anomaly(name: str, score: float | None, *, jd: float = JD, **more: Any) -> dict[str, Any]:
    """One row as Fink gives it, with ``field`` and so on for ``i:field``."""
    row = {
        "i:objectId": name,
        "i:candid": 3165254992115015005,
        "i:jd": jd,
        "i:fid": 1,
        "i:ra": 279.2347,
        "i:dec": -38.7837,
        "i:magpsf": 18.25,
        "i:sigmapsf": 0.05,
        "i:isdiffpos": "t",
        "i:jdstarthist": jd - 100.0,
        "i:ndethist": 12,
        "i:field": 500,
        "i:rcid": 17,
        "d:cdsxmatch": "Unknown",
        "d:tns": "",
        "d:roid": 0,
        "d:anomaly_score": score,
    }
    return row | {f"d:{k}" if f"d:{k}" in row else f"i:{k}": v for k, v in more.items()}


def name(n: int) -> str:
    return f"ZTF25aaaaa{chr(97 + n // 26)}{chr(97 + n % 26)}"


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of the anomaly index, as the pages get them."""
    months: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        month = night_of(row["i:jd"]).replace(day=1)
        months.setdefault(month, []).append(row)
    made = {month: frames.table_from_bytes(frames.to_bytes(tidy(of_month, LIST))) for month, of_month in months.items()}
    return (AnomalyTable.empty().with_months(made) if made else AnomalyTable.empty()).frame


def test_a_row_has_plain_values_and_the_exact_id() -> None:
    (row,) = night_rows(table(anomaly("ZTF25aaaaaaa", -0.04)))
    assert (row["object_id"], row["candid"]) == ("ZTF25aaaaaaa", "3165254992115015005")
    assert (row["rank"], row["score"], row["night"]) == (1, -0.04, "2025-09-02")
    assert (row["band"], row["mag"], row["mag_err"], row["negative"]) == ("g", 18.25, 0.05, False)
    assert row["age"] == pytest.approx(100.0)
    assert row["ndet"] == 12
    assert {type(v) for v in row.values()} <= {str, int, float, bool, dict}


def test_addresses_of_a_row_name_its_own_object_and_alert() -> None:
    (row,) = night_rows(table(anomaly("ZTF25aaaaaaa", -0.04)))
    assert row["href"] == "/object/ZTF25aaaaaaa?alert=3165254992115015005"
    assert row["stamp"] == "/cutout/ZTF25aaaaaaa/3165254992115015005/Science.png"
    assert row["spark"].startswith("/sparkline/ZTF25aaaaaaa.svg?until=60920.3")


def test_rows_are_in_the_order_of_the_index_and_their_ids_differ() -> None:
    rows = night_rows(table(*[anomaly(name(n), -0.01 * n) for n in (1, 3, 2)]))
    assert [row["rank"] for row in rows] == [1, 2, 3]
    assert [row["score"] for row in rows] == [-0.03, -0.02, -0.01]
    assert len({row["id"] for row in rows}) == 3


def test_positions_are_for_the_screen_with_a_true_minus_and_a_constellation() -> None:
    (row,) = night_rows(table(anomaly("ZTF25aaaaaaa", -0.04)))
    assert row["ra_text"] == "18 36 56.33"
    assert row["dec_text"] == "−38 47 01.3"
    assert row["constellation"] == "CrA"


def test_missing_numbers_are_none_and_never_zero() -> None:
    more: dict[str, Any] = {"magpsf": None, "sigmapsf": None, "jdstarthist": None, "ndethist": None}
    (row,) = night_rows(table(anomaly("ZTF25aaaaaaa", -0.01, **more)))
    assert [row[key] for key in ("mag", "mag_err", "age", "ndet")] == [None] * 4


def test_a_row_without_a_score_is_shown_as_such() -> None:
    rows = night_rows(table(anomaly(name(0), -0.02), anomaly(name(1), 0.0)))
    assert [row["score"] for row in rows] == [-0.02, None]
    assert [row["rank"] for row in rows] == [1, None]


def test_quick_filters_know_what_is_not_in_a_catalogue_from_what_is_unknown_to_us() -> None:
    frame = table(
        anomaly(name(0), -0.04, cdsxmatch="Unknown"),
        anomaly(name(1), -0.03, cdsxmatch="Fail 504"),
        anomaly(name(2), -0.02, cdsxmatch="Star", tns="SN Ia"),
    )
    rows = night_rows(frame)
    assert [row["not_in_simbad"] for row in rows] == [True, False, False]
    assert [row["no_tns"] for row in rows] == [True, True, False]
    assert rows[1]["cls"]["family"] == "NA"


def test_a_repeat_and_a_first_listing_are_told_apart() -> None:
    rows = night_rows(table(anomaly(name(0), -0.02), anomaly(name(0), -0.02, jd=JD - 20)))
    assert [(row["is_new"], row["not_repeat"], row["times_90d"]) for row in rows] == [
        (False, False, 2),
        (True, True, 1),
    ]


@pytest.mark.parametrize(
    ("classification", "cdsxmatch", "said"),
    [
        ("Mira", "Mira", ("Mira", "LP")),
        ("SN candidate", "Unknown", ("SN candidate", "SN")),
        ("Unknown", "Unknown", ("Unknown", "UN")),
        (None, "Mira", (None, "NA")),
        (math.nan, math.nan, (None, "NA")),
    ],
)
def test_the_class_now_has_a_family_and_none_when_never_classified(
    classification: object, cdsxmatch: object, said: tuple[str | None, str]
) -> None:
    label, origin, family = label_of(classification, cdsxmatch)
    assert (label, family) == said
    assert bool(origin) is (label is not None)


def test_counts_of_classes_are_largest_here_first() -> None:
    here = table(*[anomaly(name(n), -0.01, cdsxmatch="Mira" if n else "QSO") for n in range(3)])
    before = table(anomaly(name(9), -0.01, cdsxmatch="Star"))
    counts = class_counts(here, before)
    assert [(c["label"], c["family"], c["here"], c["before"]) for c in counts] == [
        ("Mira", "LP", 2, 0),
        ("QSO", "AG", 1, 0),
        ("Star", "ST", 0, 1),
    ]


LABELS = ("Mira", "QSO", "Star", "Unknown", "Fail 504", "RRLyr", "EB*", "Galaxy", "Seyfert1", "CV*")


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from(LABELS), max_size=15),
    st.lists(st.sampled_from(LABELS), max_size=15),
    st.integers(1, 12),
)
def test_counts_of_classes_add_up_to_the_totals(here: list[str], before: list[str], most: int) -> None:
    def made(labels: list[str]) -> pd.DataFrame:
        return pd.DataFrame({"classification": labels, "cdsxmatch": labels}, dtype="str")

    counts = class_counts(made(here), made(before), most=most)
    assert sum(c["here"] for c in counts) == len(here)
    assert sum(c["before"] for c in counts) == len(before)
    assert len(counts) <= most
    assert all(isinstance(c["here"], int) for c in counts)


def strongest(*rows: dict[str, Any]) -> str:
    return " ".join(strong for strong, _ in cautions(table(*rows)))


def test_several_objects_on_one_quadrant_within_minutes_are_a_caution() -> None:
    rows = [anomaly(name(n), -0.01) for n in range(SHARED_CAUSE)]
    ((strong, rest),) = cautions(table(*rows))
    assert str(SHARED_CAUSE) in strong
    assert "500" in rest
    assert "17" in rest


@pytest.mark.parametrize("apart", [{"rcid": 18}, {"field": 501}, {"jd": JD + 0.1}])
def test_the_same_number_apart_in_field_quadrant_or_time_is_none(apart: dict[str, Any]) -> None:
    rows = [anomaly(name(n), -0.01) for n in range(SHARED_CAUSE - 1)]
    assert not cautions(table(*rows, anomaly(name(9), -0.01, **apart)))


def test_one_object_many_times_is_no_common_cause() -> None:
    assert not cautions(table(*[anomaly(name(0), -0.01) for _ in range(SHARED_CAUSE + 1)]))


def test_a_silent_catalogue_is_a_caution_with_the_number_of_alerts() -> None:
    rows = [anomaly(name(n), -0.01, cdsxmatch=label, rcid=n) for n, label in enumerate(("Fail 504", "Fail"))]
    assert "2 alerts" in strongest(*rows)
    assert "1 alert." in strongest(rows[0])
    assert "SIMBAD" not in strongest(anomaly(name(0), -0.01, cdsxmatch="Unknown"))


def test_scores_of_several_models_are_a_caution() -> None:
    july = night_start_jd(date(2025, 7, 2)) + 0.3
    assert "2 model eras" in strongest(anomaly(name(0), -0.01), anomaly(name(1), -0.01, jd=july))
    assert "era" not in strongest(anomaly(name(0), -0.01))


def test_a_list_without_rows_has_no_cautions_and_no_scores() -> None:
    assert cautions(table()) == []
    assert night_rows(table()) == []
    assert headline(table()) == {"count": 0, "median": None, "lowest": None}


def test_the_headline_leaves_missing_scores_out_and_never_counts_them_as_zero() -> None:
    frame = table(anomaly(name(0), -0.04), anomaly(name(1), -0.02), anomaly(name(2), None), anomaly(name(3), 0.0))
    numbers = headline(frame)
    assert numbers["count"] == 4
    assert numbers["median"] == pytest.approx(-0.03)
    assert numbers["lowest"] == pytest.approx(-0.04)


def test_a_headline_without_any_score_has_none() -> None:
    assert headline(table(anomaly(name(0), 0.0))) == {"count": 1, "median": None, "lowest": None}


@given(st.lists(st.dates()), st.dates())
def test_the_nearest_nights_are_on_either_side(nights: list[date], wanted: date) -> None:
    before, after = nearest_nights(nights, wanted)
    assert before is None or (before < wanted and not any(before < n < wanted for n in nights))
    assert after is None or (after > wanted and not any(wanted < n < after for n in nights))
    assert (before is None) is (not any(n < wanted for n in nights))
    assert (after is None) is (not any(n > wanted for n in nights))
