"""Facts of a light curve: what there is to draw, before anything is drawn."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.light_curve_facts import (
    KINDS,
    LightCurveFacts,
    Series,
    Span,
    label_spans,
    light_curve_facts,
    rows_of,
    value_range,
)
from tests.house import curve, limit, point

LABELS = {"Mira": "LP", "QSO": "AG", "Unknown": "UN", "Fail 504": "NA"}

POINTS = st.builds(
    point,
    st.floats(59000, 61000),
    st.floats(10, 25),
    band=st.sampled_from(["g", "r", "i", "?"]),
    tag=st.sampled_from(["valid", "valid", "badquality", "upperlim"]),
    sign=st.sampled_from(["t", "f", None]),
    error=st.floats(0.001, 3) | st.just(math.nan),
    candid=st.none() | st.integers(2**53, 2**62).map(str),
    score=st.none() | st.floats(-0.9, -0.001),
    label=st.none() | st.sampled_from(list(LABELS)),
)


def _with_family(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "family": LABELS.get(row["classification"], "NA")}


CURVES = st.lists(POINTS.map(_with_family), max_size=25).map(lambda rows: curve(*rows))


def series_of(facts: LightCurveFacts, band: str, kind: str) -> Series:
    found = [s for s in facts.series if (s.band, s.kind) == (band, kind)]
    assert len(found) == 1
    return found[0]


def test_each_band_and_kind_is_one_series_in_time_order() -> None:
    facts = light_curve_facts(
        curve(
            point(3, 18.0, candid="30"),
            point(1, 19.0, candid="10"),
            point(2, 18.5, sign="f", candid="20"),
            point(4, 18.2, tag="badquality", sign="f"),
            limit(5, 20.5),
            point(6, 17.0, band="r"),
        )
    )
    assert [(s.band, s.kind) for s in facts.series] == [
        ("g", "detection"),
        ("g", "limit"),
        ("g", "low quality"),
        ("g", "negative"),
        ("r", "detection"),
    ]
    g = series_of(facts, "g", "detection")
    assert (g.mjd, g.value, g.candid) == ([1.0, 3.0], [19.0, 18.0], ["10", "30"])
    assert series_of(facts, "g", "limit").candid == [None]


def test_a_point_of_unknown_sign_is_a_detection_and_not_a_negative_one() -> None:
    assert [row.kind for row in rows_of(curve(point(1, sign=None)))] == ["detection"]


def test_what_has_no_value_in_this_mode_or_no_known_band_is_not_drawn() -> None:
    facts = light_curve_facts(curve(point(1, math.nan), point(2, band="?"), point(3)))
    assert [s.mjd for s in facts.series] == [[3.0]]


def test_a_label_holds_until_the_first_alert_with_another_one() -> None:
    labels = [("Mira", 10.0), ("Mira", 12.0), ("QSO", 15.0), ("Mira", 18.0), ("Mira", 20.0)]
    spans, changes = label_spans(rows_of(curve(*[point(t, label=name) for name, t in labels])))
    assert spans == (
        Span(10.0, 15.0, "Mira", "LP", 2),
        Span(15.0, 18.0, "QSO", "LP", 1),
        Span(18.0, 20.0, "Mira", "LP", 2),
    )
    assert changes == (15.0, 18.0)


def test_detections_before_the_first_alert_are_history_without_an_answer() -> None:
    rows = curve(limit(1), point(2), point(3), point(5, label="Mira"), point(6), point(7, label="Mira"))
    spans, changes = label_spans(rows_of(rows))
    assert [(s.start_mjd, s.stop_mjd, s.family, s.alerts) for s in spans] == [
        (2.0, 5.0, None, 3),  # the one at 6 was never classified either
        (5.0, 7.0, "LP", 2),
    ]
    assert changes == ()


def test_an_object_without_any_alert_of_its_own_is_all_history() -> None:
    spans, changes = label_spans(rows_of(curve(point(2), point(9))))
    assert [(s.start_mjd, s.stop_mjd, s.family) for s in spans] == [(2.0, 9.0, None)]
    assert changes == ()


def test_limits_and_low_quality_points_have_no_part_in_the_ribbon() -> None:
    assert label_spans(rows_of(curve(limit(1), point(2, tag="badquality")))) == ((), ())


def test_a_cross_match_that_failed_is_never_a_class() -> None:
    rows = curve(point(1, label="Mira"), point(2, label="Fail 504", family="NA"), point(3, label="Mira"))
    spans, _ = label_spans(rows_of(rows))
    assert [s.family for s in spans] == ["LP", None, "LP"]
    assert "Fail 504" in spans[1].label
    assert spans[1].label != "Fail 504"


def test_a_hover_says_value_error_time_class_and_score() -> None:
    row = point(60000.25, 18.456, error=0.031, candid="7", score=-0.0312, label="Mira")
    hover = series_of(light_curve_facts(curve(row)), "g", "detection").hover[0]
    for words in (
        "g 18.46 ± 0.03 mag",
        "2023-02-25 06:00:00 UTC",
        "MJD 60000.2500",
        "Mira (CDS)",
        "score −0.0312",
    ):
        assert words in hover


def test_a_hover_leaves_out_what_is_missing() -> None:
    facts = light_curve_facts(curve(point(60000.0, error=math.nan), limit(60001.0, 20.5)))
    assert "±" not in series_of(facts, "g", "detection").hover[0]
    assert "fainter than 20.50" in series_of(facts, "g", "limit").hover[0]
    for series in facts.series:
        assert "score" not in series.hover[0]
        assert "nan" not in series.hover[0].lower()


def test_only_scored_alerts_have_a_score() -> None:
    facts = light_curve_facts(curve(point(1, candid="1", score=-0.02), point(2, candid="2"), point(3)))
    assert [(s.candid, s.score, s.band) for s in facts.scores] == [("1", -0.02, "g")]


def test_a_score_that_was_listed_has_its_rank_and_says_so() -> None:
    rows = curve(point(1, candid="1", score=-0.02), point(2, candid="2", score=-0.01))
    facts = light_curve_facts(rows, ranks={"1": 3})
    assert [s.rank for s in facts.scores] == [3, None]
    hovers = series_of(facts, "g", "detection").hover
    assert "score −0.0200, rank 3 of its night" in hovers[0]
    assert "rank" not in hovers[1]


def test_a_detection_without_a_value_in_this_mode_is_known_but_not_drawn() -> None:
    rows = curve(point(1, math.nan), point(2, math.nan, band="i"), limit(3, math.nan), point(4, band="r"))
    assert light_curve_facts(rows).undrawn == (("g", 1.0),)


def test_an_alert_is_found_where_it_is_drawn() -> None:
    facts = light_curve_facts(curve(point(1, 18.0, candid="11"), point(2, 19.0, band="r", candid="12")))
    assert facts.point("12") == (2.0, 19.0)
    assert facts.point("13") is None
    assert facts.point(None) is None


def test_an_empty_light_curve_has_no_facts_and_still_a_range() -> None:
    facts = light_curve_facts(curve())
    assert (facts.series, facts.spans, facts.scores, facts.changes_mjd) == ((), (), (), ())
    assert facts.mjd_range() == (0.0, 1.0)
    assert value_range(facts) == (0.0, 1.0)


def test_the_time_range_has_a_margin_and_at_least_a_day() -> None:
    assert light_curve_facts(curve(point(100))).mjd_range() == (99.5, 100.5)
    assert light_curve_facts(curve(point(100), limit(200))).mjd_range() == (96.0, 204.0)


def test_a_limit_far_above_the_brightest_detection_does_not_flatten_the_curve() -> None:
    alone = value_range(light_curve_facts(curve(point(1, 19.0), point(2, 18.0), limit(4, 18.5))))
    far = [limit(3, 15.0), limit(4, 18.5)]
    assert value_range(light_curve_facts(curve(point(1, 19.0), point(2, 18.0), *far))) == alone
    near = value_range(light_curve_facts(curve(point(1, 19.0), point(2, 18.0), limit(3, 17.8))))
    assert near[0] < 17.8 < alone[0] + 0.2


def test_not_even_when_every_limit_is_far_above() -> None:
    alone = value_range(light_curve_facts(curve(point(1, 19.0), point(2, 18.0))))
    assert value_range(light_curve_facts(curve(point(1, 19.0), point(2, 18.0), limit(3, 15.0)))) == alone


def test_faint_limits_widen_the_range_and_limits_alone_make_one() -> None:
    assert value_range(light_curve_facts(curve(point(1, 18.0), limit(2, 20.8))))[1] > 20.8
    low, high = value_range(light_curve_facts(curve(limit(1, 19.0), limit(2, 20.0))))
    assert low < 19.0
    assert high > 20.0


def test_a_limit_in_flux_never_widens_the_range() -> None:
    rows = [point(1, 200.0, error=5.0), point(2, -50.0, error=5.0)]
    without = value_range(light_curve_facts(curve(*rows), reversed=False))
    assert value_range(light_curve_facts(curve(*rows, limit(3, 9000.0)), reversed=False)) == without


def test_one_huge_error_does_not_set_the_scale_in_magnitudes() -> None:
    low, high = value_range(light_curve_facts(curve(point(1, 19.0), point(2, 19.1, error=40.0))))
    assert high - low < 4


def test_reference_levels_are_inside_the_range() -> None:
    facts = light_curve_facts(curve(point(1, 18.0)), reference=[("g", 21.0, "reference g 21.00")])
    assert value_range(facts)[1] > 21.0


@settings(max_examples=25, deadline=None)
@given(CURVES)
def test_every_point_with_a_value_and_a_band_is_drawn_once(rows: pd.DataFrame) -> None:
    facts = light_curve_facts(rows)
    drawn = sorted((t, v) for s in facts.series for t, v in zip(s.mjd, s.value, strict=True))
    usable = rows[rows["fid"].isin([1, 2, 3])]
    assert drawn == sorted(zip(usable["mjd"], usable["value"], strict=True))
    for s in facts.series:
        assert s.kind in KINDS
        assert s.mjd == sorted(s.mjd)
        lengths = {len(values) for values in (s.mjd, s.value, s.error, s.candid, s.hover)}
        assert lengths == {len(s.mjd)}


@settings(max_examples=25, deadline=None)
@given(CURVES)
def test_the_ribbon_goes_from_left_to_right_without_gaps_and_counts_every_alert(rows: pd.DataFrame) -> None:
    spans, changes = label_spans(rows_of(rows))
    for left, right in pairwise(spans):
        assert left.start_mjd <= left.stop_mjd == right.start_mjd
    valid = rows[rows["tag"] == "valid"]
    known = valid[valid["classified"]]
    unknown = valid[~valid["classified"]]
    history = len(unknown) > 0 and not unknown["mjd"].min() >= known["mjd"].min()
    assert sum(s.alerts for s in spans) == len(known) + (len(unknown) if history else 0)
    assert len(changes) == max(len(spans) - (1 if history else 0) - 1, 0)
    assert all(s.family != "NA" for s in spans)


@settings(max_examples=25, deadline=None)
@given(CURVES, st.booleans())
def test_the_value_range_is_finite_and_holds_every_detection(rows: pd.DataFrame, magnitudes: bool) -> None:
    facts = light_curve_facts(rows, reversed=magnitudes)
    low, high = value_range(facts)
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    for s in facts.series:
        if s.kind != "limit":
            assert all(low <= value <= high for value in s.value)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_are_told_apart_by_tag_first_and_sign_second(kind: str) -> None:
    made = {
        "detection": point(1),
        "negative": point(1, sign="f"),
        "low quality": point(1, sign="f", tag="badquality"),
        "limit": limit(1),
    }
    assert [row.kind for row in rows_of(curve(made[kind]))] == [kind]
