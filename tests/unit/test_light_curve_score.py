"""What the score saw of a light curve, and which ranks are printed."""

from __future__ import annotations

import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.light_curve_facts import light_curve_facts
from components.figures.light_curve_score import RANK_ROOM, printed_ranks, seen_counts, seen_points
from tests.house import curve, limit, point

ALERTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "alerts.parquet"


def scored(*more: dict[str, Any]) -> pd.DataFrame:
    return curve(*more, point(100.0, candid="here", score=-0.01))


def test_detections_of_the_thirty_days_before_count_whatever_their_sign_and_quality() -> None:
    rows = scored(
        point(69.9),
        point(70.0),
        point(80, sign="f"),
        point(90, tag="badquality"),
        point(95, band="r"),
        point(96, band="i"),
        limit(97),
        point(101),
    )
    facts = light_curve_facts(rows, selected="here")
    assert sorted(p.mjd for p in seen_points(facts)) == [70.0, 80.0, 90.0, 95.0, 100.0]
    assert seen_counts(facts) == {"g": 4, "r": 1}


def test_an_alert_without_a_score_or_without_a_place_saw_nothing() -> None:
    rows = curve(point(90), point(100.0, candid="here"))
    assert seen_points(light_curve_facts(rows, selected="here")) == ()
    assert seen_counts(light_curve_facts(rows, selected="here")) == {}
    assert seen_counts(light_curve_facts(scored(), selected=None)) == {}


def test_a_point_that_this_mode_cannot_draw_entered_the_score_all_the_same() -> None:
    facts = light_curve_facts(scored(point(90, math.nan, band="r"), point(60, math.nan)), selected="here")
    assert [p.band for p in seen_points(facts)] == ["g"]
    assert seen_counts(facts) == {"g": 1, "r": 1}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 10)), max_size=30), st.floats(1, 1000))
def test_printed_ranks_have_room_and_every_other_has_a_better_one_beside_it(
    listed: list[tuple[float, int]], span: float
) -> None:
    printed = printed_ranks(listed, span)
    assert len(printed) == len(listed)
    shown = [row for row, room in zip(listed, printed, strict=True) if room]
    room = RANK_ROOM * span
    assert all(abs(a[0] - b[0]) >= room for a, b in combinations(shown, 2))
    for row, has_room in zip(listed, printed, strict=True):
        assert has_room or any(abs(row[0] - other[0]) < room and other[1] <= row[1] for other in shown)


def _mean(points: pd.DataFrame, *, total: bool) -> float:
    values = 10 ** (-0.4 * points["magpsf"].astype(float))
    if total:
        sign = np.where(points["isdiffpos"].isin(["t", "1"]), 1, -1)
        values = 10 ** (-0.4 * points["magnr"].astype(float)) + sign * values
        return float(np.mean(-2.5 * np.log10(values)))
    return float(points["magpsf"].mean())


def test_the_mean_of_these_points_is_the_feature_that_fink_computed() -> None:
    if not ALERTS.exists():
        pytest.skip("needs ../shared/data/alerts.parquet, which is not here")
    columns = ["candidate", "prv_candidates", "anomaly_score", "lc_features_g", "lc_features_r"]
    alerts = pd.read_parquet(ALERTS, columns=columns)
    agreed = []
    for alert in alerts[alerts["anomaly_score"] < 0].to_dict("records"):
        history = [] if alert["prv_candidates"] is None else list(alert["prv_candidates"])
        points = pd.DataFrame([alert["candidate"], *history])
        points = points[points["magpsf"].notna()].drop_duplicates(["jd", "fid"])
        assert (alert["candidate"]["jd"] - points["jd"]).max() <= 30
        for fid, name in ((1, "lc_features_g"), (2, "lc_features_r")):
            mine = points[points["fid"] == fid]
            mean = (alert[name] or {}).get("mean")
            if mean is not None and len(mine):
                with np.errstate(invalid="ignore"):
                    ours = _mean(mine, total=bool((points["distnr"] <= 1.5).any()))
                agreed.append(abs(ours - mean) < 2e-3)
    assert len(agreed) > 300
    assert np.mean(agreed) > 0.98


def test_undrawn_points_reach_the_browser_as_plain_values() -> None:
    facts = light_curve_facts(scored(point(90, math.nan)), selected="here")
    assert json.loads(json.dumps(facts.undrawn)) == [["g", 90.0]]
