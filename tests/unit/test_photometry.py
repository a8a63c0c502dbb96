"""Brightness in four modes, the template's level and the colour."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.photometry import (
    AB_ZERO_UJY,
    COLUMNS,
    MODES,
    ModeKey,
    applicable,
    brightness,
    colour,
    flux_ujy,
    magnitude_ab,
    reference_level,
    suitable_mode,
)

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
NAN = float("nan")
DETECTION: dict[str, Any] = {
    "jd": 2460920.7,
    "fid": 1,
    "magpsf": 18.5,
    "sigmapsf": 0.1,
    "diffmaglim": 20.0,
    "isdiffpos": "t",
    "magnr": 17.0,
    "sigmagnr": 0.02,
    "distnr": 0.3,
    "tag": "valid",
}
LIMIT: dict[str, Any] = {
    **DETECTION,
    **dict.fromkeys(("magpsf", "sigmapsf", "magnr", "sigmagnr", "distnr"), NAN),
    "isdiffpos": None,
    "tag": "upperlim",
}

magnitudes = st.floats(min_value=8, max_value=24)
errors = st.floats(min_value=1e-3, max_value=0.5)


def curve(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(DETECTION))
    texts = {"isdiffpos": "str", "tag": "str", "fid": "Int64"}
    return frame.astype({name: texts.get(name, "float64") for name in DETECTION})


def one(mode: ModeKey, **changes: Any) -> tuple[float, float]:
    row = brightness(curve({**DETECTION, **changes}), mode).iloc[0]
    return float(row["value"]), float(row["error"])


def test_the_difference_magnitude_is_given_as_it_was_measured() -> None:
    assert one("diffmag") == (18.5, 0.1)
    assert one("diffmag", isdiffpos="f", distnr=20.0) == (18.5, 0.1)
    assert one("diffmag", isdiffpos=None) == (18.5, 0.1)


def test_light_gained_makes_the_total_brighter_than_the_template_and_light_lost_fainter() -> None:
    gained, _ = one("dcmag")
    lost, _ = one("dcmag", isdiffpos="f")
    assert gained < 17.0 < lost


def test_equal_light_gained_is_three_quarters_of_a_magnitude() -> None:
    value, error = one("dcmag", magnr=18.5, sigmagnr=0.1)
    assert value == pytest.approx(18.5 - 2.5 * np.log10(2))
    assert error == pytest.approx(0.1 / np.sqrt(2))


def test_more_light_lost_than_there_was_has_a_flux_but_no_magnitude() -> None:
    assert np.isnan(one("dcmag", magnr=19.0, isdiffpos="f")).all()
    value, error = one("dcflux", magnr=19.0, isdiffpos="f")
    assert value < 0 < error


@pytest.mark.parametrize("mode", ["dcmag", "dcflux"])
@pytest.mark.parametrize(
    "changes",
    [
        {"distnr": 1.51},
        {"distnr": NAN},
        {"magnr": NAN},
        {"magnr": -999.0},
        {"isdiffpos": None},
        {"magpsf": NAN, "diffmaglim": NAN},
    ],
)
def test_without_a_template_source_or_a_sign_the_total_is_missing(mode: ModeKey, changes: dict[str, Any]) -> None:
    assert np.isnan(one(mode, **changes)).all()


def test_the_template_may_be_one_and_a_half_arcseconds_away() -> None:
    assert np.isfinite(one("dcmag", distnr=1.5)).all()


def test_magnitude_zero_is_3631_jansky() -> None:
    assert one("diffflux", magpsf=0.0)[0] == pytest.approx(3631e6)


def test_an_upper_limit_of_the_difference_is_its_limit_and_has_no_error() -> None:
    frame = curve(DETECTION, LIMIT)
    for key, expected in (("diffmag", 20.0), ("diffflux", AB_ZERO_UJY * 10**-8.0)):
        drawn = brightness(frame, cast("ModeKey", key))
        assert drawn["limit"].tolist() == [False, True]
        assert drawn["value"].iloc[1] == pytest.approx(expected)
        assert np.isnan(drawn["error"].iloc[1])


def test_an_upper_limit_of_the_total_is_the_reference_with_the_limit_on_top() -> None:
    frame = curve(DETECTION, LIMIT)
    expected = AB_ZERO_UJY * (10 ** (-0.4 * 17.0) + 10 ** (-0.4 * 20.0))
    drawn = brightness(frame, "dcflux")
    assert drawn["limit"].tolist() == [False, True]
    assert drawn["value"].iloc[1] == pytest.approx(expected)
    magnitude = brightness(frame, "dcmag")["value"].iloc[1]
    assert magnitude == pytest.approx(-2.5 * np.log10(expected / AB_ZERO_UJY))
    assert magnitude < 17.0, "less bright than that, not fainter than the source that is always there"
    assert drawn["error"].isna().tolist() == [False, True]


def test_an_upper_limit_in_a_band_without_a_reference_has_no_total() -> None:
    frame = curve(DETECTION, {**LIMIT, "fid": 2})
    drawn = brightness(frame, "dcmag")
    assert drawn["limit"].tolist() == [False, True]
    assert np.isnan(drawn["value"].iloc[1])


def test_rows_keep_their_index_and_order() -> None:
    frame = curve(DETECTION, LIMIT, {**DETECTION, "magpsf": 19.0}).set_index(pd.Index([7, 3, 5]))
    drawn = brightness(frame, "diffmag")
    assert drawn.index.tolist() == [7, 3, 5]
    assert drawn["value"].tolist() == [18.5, 20.0, 19.0]


def test_a_frame_without_rows_gives_frames_without_rows() -> None:
    empty = curve()
    assert all(brightness(empty, key).empty for key in MODES)
    assert colour(empty).empty
    assert reference_level(empty, "g") is None
    assert applicable(empty, "diffmag") == "No detection of this object."


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(KeyError):
        brightness(curve(DETECTION), cast("ModeKey", "luminosity"))


def fink_dc(m: float, s: float, mr: float, sr: float, positive: bool) -> tuple[float, float]:
    """The formula as Fink publishes it, with its rounded 1.0857."""
    difference, template = 10 ** (-0.4 * m), 10 ** (-0.4 * mr)
    flux = template + difference if positive else template - difference
    error = np.sqrt((s / 1.0857 * difference) ** 2 + (sr / 1.0857 * template) ** 2)
    return flux, error


@given(magnitudes, errors, magnitudes, errors, st.booleans())
def test_the_total_agrees_with_the_formula_as_fink_publishes_it(
    m: float, s: float, mr: float, sr: float, positive: bool
) -> None:
    flux, flux_error = fink_dc(m, s, mr, sr, positive)
    changes = {"magpsf": m, "sigmapsf": s, "magnr": mr, "sigmagnr": sr, "isdiffpos": "t" if positive else "f"}
    value, error = one("dcflux", **changes)
    assert value == pytest.approx(3631e6 * flux, rel=1e-9, abs=1e-6)
    assert error == pytest.approx(3631e6 * flux_error, rel=1e-4)
    magnitude, magnitude_error = one("dcmag", **changes)
    if flux > 1e-4 * 10 ** (-0.4 * mr):
        assert magnitude == pytest.approx(-2.5 * np.log10(flux), abs=1e-6)
        assert magnitude_error == pytest.approx(flux_error / flux * 1.0857, rel=1e-3)


@given(magnitudes)
def test_a_magnitude_survives_the_way_through_flux(magnitude: float) -> None:
    assert magnitude_ab(flux_ujy(magnitude)) == pytest.approx(magnitude, abs=1e-9)


@given(magnitudes, errors)
def test_light_gained_and_light_lost_are_mirror_images_in_difference_flux(m: float, s: float) -> None:
    gained = one("diffflux", magpsf=m, sigmapsf=s)
    lost = one("diffflux", magpsf=m, sigmapsf=s, isdiffpos="f")
    assert gained[0] == -lost[0] > 0
    assert gained[1] == lost[1] > 0


maybe = st.one_of(st.just(NAN), st.floats(min_value=8, max_value=24))
rows = st.fixed_dictionaries(
    {
        "magpsf": maybe,
        "sigmapsf": st.one_of(st.just(NAN), errors),
        "diffmaglim": maybe,
        "isdiffpos": st.sampled_from(["t", "f", None]),
        "magnr": maybe,
        "sigmagnr": st.one_of(st.just(NAN), errors),
        "distnr": st.one_of(st.just(NAN), st.floats(min_value=0, max_value=12)),
    }
)


@given(st.lists(rows, max_size=8), st.sampled_from(list(MODES)))
def test_no_row_is_lost_no_error_is_without_a_value_and_errors_are_positive(
    drawn_rows: list[dict[str, Any]], mode: ModeKey
) -> None:
    frame = curve(*({**DETECTION, **row} for row in drawn_rows))
    drawn = brightness(frame, mode)
    assert len(drawn) == len(frame)
    assert drawn.loc[drawn["value"].isna(), "error"].isna().all()
    assert (drawn["error"].dropna() > 0).all()
    nothing = frame["magpsf"].isna() & frame["diffmaglim"].isna()
    assert drawn.loc[nothing, "value"].isna().all()
    assert not np.isinf(drawn[["value", "error"]].to_numpy()).any()


def test_the_reference_level_is_the_median_of_the_template_in_that_band() -> None:
    frame = curve(
        DETECTION,
        {**DETECTION, "magnr": 17.2, "sigmagnr": 0.04},
        {**DETECTION, "magnr": 17.1, "sigmagnr": NAN},
        {**DETECTION, "magnr": 12.0, "distnr": 9.0},
        {**DETECTION, "magnr": 16.0, "fid": 2},
        LIMIT,
    )
    assert reference_level(frame, "g") == pytest.approx((17.1, 0.03))
    assert reference_level(frame, "r") == pytest.approx((16.0, 0.02))
    assert reference_level(frame, "i") is None


def test_the_reference_level_in_flux_is_the_same_level() -> None:
    level = reference_level(curve(DETECTION), "g", "dcflux")
    assert level is not None
    assert magnitude_ab(level.value) == pytest.approx(17.0)
    assert level.error / level.value == pytest.approx(0.02 * np.log(10) / 2.5)


def test_a_mode_that_cannot_be_drawn_says_why() -> None:
    far = curve({**DETECTION, "distnr": 14.2}, {**DETECTION, "distnr": 11.31})
    assert applicable(far, "dcmag") == "No template source within 1.5″ of this object (nearest 11.3″)."
    assert applicable(far, "diffflux") is None
    assert applicable(curve(DETECTION), "dcflux") is None
    assert "none listed" in str(applicable(curve({**DETECTION, "distnr": NAN}), "dcflux"))
    assert applicable(curve(LIMIT), "diffmag") == "No detection of this object."


def test_the_apparent_magnitude_suits_what_has_a_source_behind_it() -> None:
    choice = suitable_mode(curve(*[DETECTION] * 4, {**DETECTION, "fid": 2, "magnr": 16.2}))
    assert choice.mode == "dcmag"
    assert choice.reason == ("Apparent magnitude, because a 17.0 mag (g) source lies 0.3″ away in the reference image.")


def test_the_difference_magnitude_suits_everything_else_and_says_why() -> None:
    far = {**DETECTION, "distnr": 11.3}
    assert suitable_mode(curve(far)) == (
        "diffmag",
        "Difference magnitude, because the reference image has no source within 1.5″ (nearest 11.3″).",
    )
    half = suitable_mode(curve(DETECTION, far))
    assert half.mode == "diffmag"
    assert "only 1 of 2 detections" in half.reason
    assert "there is no detection" in suitable_mode(curve(LIMIT)).reason
    assert "none listed" in suitable_mode(curve({**DETECTION, "distnr": NAN})).reason


def test_an_object_that_lost_more_light_than_its_reference_has_no_apparent_magnitude_to_open_with() -> None:
    gone = {**DETECTION, "magpsf": 16.0, "isdiffpos": "f"}
    choice = suitable_mode(curve(gone, gone, DETECTION))
    assert choice.mode == "diffmag"
    assert "in 2 of 3 detections the light lost exceeds the reference" in choice.reason


def test_low_quality_points_do_not_choose_the_mode() -> None:
    low = {**DETECTION, "tag": "badquality", "distnr": 9.0}
    assert suitable_mode(curve(DETECTION, low, low)).mode == "dcmag"


@given(st.lists(rows, max_size=8))
def test_a_mode_that_suits_an_object_is_applicable_and_gives_its_reason(drawn_rows: list[dict[str, Any]]) -> None:
    frame = curve(*({**DETECTION, **row} for row in drawn_rows))
    choice = suitable_mode(frame)
    assert choice.mode in ("diffmag", "dcmag")
    assert choice.reason.endswith(".")
    assert "nan" not in choice.reason
    assert choice.mode == "diffmag" or applicable(frame, choice.mode) is None


def at(day: float, band: int, magnitude: float, **changes: Any) -> dict[str, Any]:
    return {**DETECTION, "jd": 2460000.5 + day, "fid": band, "magpsf": magnitude, **changes}


def test_the_colour_pairs_the_closest_detections_and_uses_each_once() -> None:
    frame = curve(at(0.0, 1, 18.0), at(0.1, 2, 17.5), at(0.15, 1, 18.4), at(5.0, 1, 18.0), at(5.31, 2, 17.0))
    pairs = colour(frame)
    assert pairs["mjd"].tolist() == pytest.approx([60000.125])
    assert pairs["value"].tolist() == pytest.approx([0.9])
    assert pairs["error"].tolist() == pytest.approx([np.hypot(0.1, 0.1)])


def test_low_quality_points_limits_and_opposite_signs_have_no_colour() -> None:
    green = at(0.0, 1, 18.0)
    for other in (
        at(0.1, 2, 17.5, tag="badquality"),
        {**LIMIT, "jd": 2460000.6, "fid": 2},
        at(0.1, 2, 17.5, isdiffpos="f"),
        at(0.1, 3, 17.5),
    ):
        assert colour(curve(green, other)).empty


def test_opposite_signs_have_a_colour_once_the_template_is_added() -> None:
    frame = curve(at(0.0, 1, 19.0), at(0.1, 2, 19.0, isdiffpos="f"))
    assert colour(frame, "dcmag")["value"].tolist() == pytest.approx(
        [one("dcmag", magpsf=19.0)[0] - one("dcmag", magpsf=19.0, isdiffpos="f")[0]]
    )


def test_a_frame_without_tags_is_all_valid() -> None:
    frame = curve(at(0.0, 1, 18.0), at(0.1, 2, 17.5)).drop(columns="tag")
    assert len(colour(frame)) == 1


@given(st.lists(st.tuples(st.floats(0, 3), st.sampled_from([1, 2])), max_size=30))
def test_pairs_are_in_the_window_in_order_of_time_and_never_share_a_detection(
    points: list[tuple[float, int]],
) -> None:
    frame = curve(*(at(day, band, 18.0) for day, band in points))
    pairs = colour(frame)
    assert len(pairs) <= min((frame["fid"] == band).sum() for band in (1, 2))
    assert pairs["mjd"].is_monotonic_increasing


ACCEPTANCE = ("ZTF25abixhdc", "ZTF25abcydiy", "ZTF18abmasep", "ZTF20abfcszi", "ZTF25aauurnj")


@pytest.mark.parametrize("object_id", ACCEPTANCE)
def test_real_totals_follow_the_published_formula_point_by_point(object_id: str) -> None:
    path = DATA / "objects.parquet"
    if not path.exists():
        pytest.skip("needs ../shared/data/objects.parquet, which is not here")
    columns = ["i:objectId", "d:tag", *(f"i:{name}" for name in COLUMNS)]
    raw = pd.read_parquet(path, columns=columns, filters=[("i:objectId", "==", object_id), ("d:tag", "==", "valid")])
    frame = raw.rename(columns=lambda name: name.split(":")[1]).reset_index(drop=True)
    drawn = {mode: brightness(frame, mode)[["value", "error"]].to_numpy() for mode in ("dcflux", "dcmag")}
    rows_of = frame.astype(dict.fromkeys(("magpsf", "sigmapsf", "magnr", "sigmagnr", "distnr"), "float64"))
    compared = 0
    for at, row in enumerate(rows_of.to_dict("records")):
        if not row["distnr"] <= 1.5:
            assert np.isnan(drawn["dcflux"][at]).all()
            continue
        numbers = [float(row[name]) for name in ("magpsf", "sigmapsf", "magnr", "sigmagnr")]
        flux, error = fink_dc(numbers[0], numbers[1], numbers[2], numbers[3], row["isdiffpos"] == "t")
        assert drawn["dcflux"][at].tolist() == pytest.approx([3631e6 * flux, 3631e6 * error], rel=1e-4, abs=1e-2)
        if flux > 0:
            expected = [-2.5 * np.log10(flux), 1.0857 * error / flux]
            assert drawn["dcmag"][at].tolist() == pytest.approx(expected, rel=1e-3)
        else:
            assert np.isnan(drawn["dcmag"][at]).all()
        compared += 1
    assert compared == int((rows_of["distnr"] <= 1.5).sum())
    assert brightness(frame, "diffmag")["value"].tolist() == rows_of["magpsf"].tolist()


def real_light_curves() -> list[pd.DataFrame]:
    paths = sorted((DATA / "golden").glob("objects_*.json"))
    if not paths:
        pytest.skip("needs ../shared/data/golden, which is not here")
    answers = [json.loads(path.read_text()) for path in paths if not path.name.endswith("request.json")]
    frames = [pd.DataFrame(records) for records in answers if isinstance(records, list)]
    single = [raw for raw in frames if "v:g-r" in raw and raw["i:objectId"].nunique() == 1]
    return [raw.rename(columns=lambda name: re.sub("^[idv]:", "", name)) for raw in single]


def test_the_colour_of_real_nights_with_one_pair_is_the_one_fink_computes() -> None:
    compared = 0
    for frame in real_light_curves():
        time = frame["jd"].to_numpy("float64") - 2400000.5
        for mjd, value in colour(frame.assign(tag="valid"))[["mjd", "value"]].to_numpy():
            near = frame[np.abs(time - mjd) < 0.31]
            if len(near) == 2:  # else Fink's rule and ours may choose different neighbours
                assert near["g-r"].astype(float).tolist() == pytest.approx([value, value], abs=1e-6)
                compared += 1
    assert compared >= 5
