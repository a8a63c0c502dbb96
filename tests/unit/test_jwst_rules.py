"""The rules for rows of a MAST export: each broken by one change, none by a consistent row."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.jwst import columns, export, measured, regions, rules, wavelengths
from services.jwst.example import example
from services.jwst.rules import BROKEN, HOLDS, NOT_CHECKABLE

CLEAN = example(160, seed=2).frame
RETRIEVED = 61_000.0


def row_of(instrument: str, product_type: str, *, made: bool = True) -> int:
    """A row of a mode that is planned or not, and whose target does not move."""
    wanted = (CLEAN["instrument_name"] == instrument) & (CLEAN["dataproduct_type"] == product_type)
    wanted &= (CLEAN["calib_level"] != -1) == made
    return int(np.flatnonzero(wanted & (CLEAN["mtFlag"] == "false"))[0])


MSA = row_of("NIRSPEC/MSA", "spectrum")
IMAGE = row_of("NIRCAM/IMAGE", "image")


def changed(row: int, **values: object) -> pd.DataFrame:
    frame = CLEAN.copy()
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def broken_rules(frame: pd.DataFrame, row: int) -> set[str]:
    checked = rules.check(frame, retrieved_mjd=RETRIEVED)
    assert set(np.flatnonzero(checked.broken)) <= {row}
    return {reason.rule for reason in checked.reasons(row)}


def test_no_consistent_row_breaks_a_rule():
    checked = rules.check(CLEAN, retrieved_mjd=RETRIEVED)
    assert not checked.broken.any()
    assert checked.warnings == ()
    assert (checked.status.dtypes == np.int8).all()
    assert checked.status.shape == (160, len(rules.RULES))


def shifted(name: str, by: float) -> float:
    return float(CLEAN[name][MSA]) + by


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"s_ra": 400.0}, "ra"),
        ({"s_ra": -0.1}, "ra"),
        ({"s_dec": -90.5}, "dec"),
        ({"t_max": shifted("t_min", -1)}, "time-order"),
        ({"t_min": 59_000.0}, "launch"),
        ({"t_max": RETRIEVED + 2}, "retrieval"),
        ({"t_obs_release": shifted("t_max", -0.01)}, "release"),
        ({"t_exptime": -1.0}, "exposure"),
        ({"t_exptime": 1e7}, "duty"),
        ({"s_dec": shifted("s_dec", 0.5)}, "separation"),
        ({"em_min": 100.0}, "band"),
        ({"em_max": 40_000.0}, "band-max"),
        ({"em_min": shifted("em_max", 1.0)}, "wavelength-order"),
        ({"em_min": shifted("em_min", 2.0)}, "em-min"),
        ({"em_max": shifted("em_max", -2.0)}, "em-max"),
        ({"t_exptime": shifted("t_exptime", 0.5)}, "frame-time"),
        ({"obs_id": "hst_1234"}, "obs-id"),
        ({"obs_collection": "HST"}, "mission"),
        ({"proposal_id": "1345"}, "programme"),
        ({"instrument_name": "MIRI/IMAGE"}, "instrument"),
        ({"filters": "F770W"}, "filters"),
        ({"dataURL": "mast:JWST/product/jw01345_cal.fits"}, "file"),
        ({"unreadable": "s_ra"}, "numbers"),
    ],
)
def test_one_change_breaks_the_rule_that_is_about_it(values, rule):
    assert rule in broken_rules(changed(MSA, **values), MSA)


def test_every_rule_but_the_hint_is_broken_by_some_case():
    marks = test_one_change_breaks_the_rule_that_is_about_it.pytestmark
    assert {case[1] for case in marks[0].args[1]} == {rule.name for rule in rules.RULES if not rule.hint}


@pytest.mark.parametrize("column", ["s_ra", "t_min", "t_max", "t_exptime", "em_min", "em_max", "s_region", "filters"])
def test_a_row_that_lacks_something_is_not_checkable_and_not_broken(column):
    frame = CLEAN.assign(**{column: pd.Series(np.nan, index=CLEAN.index, dtype=CLEAN[column].dtype)})
    checked = rules.check(frame, retrieved_mjd=RETRIEVED)
    assert not checked.broken.any()
    about = [rule.name for rule in rules.RULES if column in rule.columns and rule.name not in ("numbers", "retrieval")]
    assert (checked.status[about] != BROKEN).all(axis=None)
    assert (checked.status[about] == NOT_CHECKABLE).all(axis=0).any()


def test_a_file_without_identifiers_is_checked_by_the_rest():
    frame = CLEAN.assign(obs_id=pd.Series(np.nan, index=CLEAN.index, dtype="str"))
    assert not rules.check(frame, retrieved_mjd=RETRIEVED).broken.any()


def test_one_row_without_its_identifier_is_inconsistent():
    assert broken_rules(changed(MSA, obs_id=np.nan), MSA) == {"obs-id"}


def test_planned_observations_are_checked_by_what_remains():
    planned = row_of("NIRSPEC/MSA", "spectrum", made=False)
    status = rules.check(CLEAN, retrieved_mjd=RETRIEVED).status.iloc[planned]
    assert status["time-order"] == status["duty"] == status["file"] == NOT_CHECKABLE
    assert status["separation"] == status["em-min"] == status["frame-time"] == HOLDS
    assert broken_rules(changed(planned, em_max=5_090.5), planned) == {"em-max"}


def test_a_reason_says_what_was_observed_and_what_was_expected():
    frame = changed(MSA, t_max=76_052.5)
    reason = next(r for r in rules.check(frame, retrieved_mjd=RETRIEVED).reasons(MSA) if r.rule == "release")
    release = CLEAN["t_obs_release"][MSA]
    assert (reason.observed, reason.expected, reason.unit) == (76_052.5, release, "MJD")
    assert reason.words == f"t_max 76,052 is after the release, {release:,.0f}"


def test_a_sentence_has_as_many_decimals_as_tell_the_numbers_apart():
    end = float(CLEAN["t_max"][MSA])
    frame = changed(MSA, t_obs_release=end - 0.004)
    words = rules.check(frame, retrieved_mjd=RETRIEVED).reasons(MSA)[0].words
    observed, expected = words.removeprefix("t_max ").split(" is after the release, ")
    assert observed != expected


def test_a_repeated_identifier_is_a_hint_and_no_reason():
    frame = pd.concat([CLEAN, CLEAN.iloc[[MSA]]], ignore_index=True)
    checked = rules.check(frame, retrieved_mjd=RETRIEVED)
    assert not checked.broken.any()
    assert [hint.rule for hint in checked.hints(MSA)] == ["repeated"]
    assert checked.reasons(MSA) == ()


def test_moving_targets_are_not_compared_with_their_footprint():
    frame = changed(MSA, s_dec=CLEAN["s_dec"][MSA] + 1, mtFlag="true")
    assert broken_rules(frame, MSA) == set()


def test_values_are_observed_and_expected_where_the_rule_could_be_checked():
    checked = rules.check(CLEAN, retrieved_mjd=RETRIEVED)
    observed, expected = checked.values("em-min")
    np.testing.assert_array_equal(observed, CLEAN["em_min"])
    np.testing.assert_allclose(expected, CLEAN["em_min"])
    observed, _ = checked.values("release")
    assert (np.isnan(observed) == CLEAN["t_max"].isna()).all()
    programmes, _ = checked.values("programme")
    assert programmes[MSA] == CLEAN["proposal_id"][MSA]


def test_subarrays_by_name_or_by_size_need_no_whole_frames():
    assert "frame-time" in broken_rules(changed(IMAGE, t_exptime=20.0), IMAGE)
    small = "POLYGON " + " ".join(f"{CLEAN['s_ra'][IMAGE] + d} {CLEAN['s_dec'][IMAGE] + d}" for d in (0, 1e-4, 2e-4))
    assert broken_rules(changed(IMAGE, t_exptime=20.0, s_region=small), IMAGE) == set()


def test_frames_are_whole_for_long_exposures_too():
    assert round(measured.FRAME_IRS2_S * 2_700, 3) == 39_390.003
    start = CLEAN["t_min"][MSA]
    values = {"t_exptime": 39_390.003, "t_max": start + 1, "t_obs_release": start + 2}
    assert broken_rules(changed(MSA, **values), MSA) == set()


def test_rows_of_another_mission_keep_the_rules_that_are_not_of_jwst():
    frame = changed(MSA, obs_collection="HST", obs_id="hst_8990_02", em_min=100.0)
    assert broken_rules(frame, MSA) == set()
    assert broken_rules(changed(MSA, obs_collection="HST", obs_id="hst_8990_02", s_ra=720.0), MSA) == {"ra"}


def test_every_rule_says_where_it_comes_from_and_what_it_forgives():
    assert len(rules.BY_NAME) == len(rules.RULES)
    for rule in rules.RULES:
        assert rule.title
        assert rule.source
        assert rule.tolerance
        assert set(rule.columns) <= set(CLEAN.columns)


# The frozen table


def test_a_group_that_was_shifted_as_a_whole_disagrees_with_the_frozen_table_and_is_reported():
    prism = (CLEAN["instrument_name"] == "NIRSPEC/MSA") & (CLEAN["filters"] == "CLEAR;PRISM")
    frame = CLEAN.assign(em_min=CLEAN["em_min"].where(~prism, CLEAN["em_min"] + 40))
    checked = rules.check(frame, retrieved_mjd=RETRIEVED)
    assert checked.broken[prism].all()
    assert checked.broken.sum() == prism.sum()
    (warning,) = checked.warnings
    assert warning.startswith(f"{prism.sum()} of {prism.sum()} rows of NIRSPEC/MSA CLEAR;PRISM disagree")


def test_a_combination_that_the_table_does_not_know_is_compared_with_the_rest_of_the_file():
    frame = CLEAN.iloc[:12].assign(instrument_name="NIRISS/SOSS", filters="CLEAR;GR700XD", em_min=600.0, em_max=2800.0)
    frame.loc[3, "em_max"] = 2_900.0
    known = wavelengths.expected(frame)
    assert set(known.origin) == {"FILE"}
    assert wavelengths.disagrees(frame, known).nonzero()[0].tolist() == [3]
    assert set(wavelengths.expected(frame.iloc[:4]).origin) == {""}


@pytest.mark.parametrize(
    ("instrument", "filters", "limits"),
    [
        ("NIRCAM/IMAGE", "F200W", (1755, 2226)),
        ("NIRCAM/IMAGE", "F115W;F444W", (1013, 4986)),
        ("NIRCAM/CORON", "F200W;MASKRND", (1755, 2226)),
        ("nircam/grism", "GRISMR; F356W", (3140, 3980)),
        ("NIRSPEC/SLIT", "CLEAR;PRISM", (600, 5300)),
        ("NIRISS/WFSS", "F200W;GR150C", (800, 2300)),
    ],
)
def test_the_table_knows_combinations_in_any_order(instrument, filters, limits):
    band = wavelengths.band(instrument, filters)
    assert band is not None
    assert (band.em_min, band.em_max) == limits


def test_the_table_says_nothing_of_what_it_does_not_know():
    assert wavelengths.band("NIRCAM/IMAGE", "F200W;F999W") is None
    assert wavelengths.band("NIRCAM/IMAGE", "") is None
    assert wavelengths.band("HST", "F200W") is None


def test_every_line_of_the_table_is_a_band_of_jwst_with_an_origin():
    for band in wavelengths.table().values():
        assert 500 < band.em_min < band.em_max < 30_000
        assert band.tolerance > 0
        assert band.origin in wavelengths.ORIGINS


# Footprints


def footprint(text: str) -> tuple[float, float, float]:
    found = regions.regions(pd.Series([text], dtype="str"))
    return float(found.ra_deg[0]), float(found.dec_deg[0]), float(found.radius_deg[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("POLYGON 10 0 11 0 11 1 10 1", (10.5, 0.5, 0.7071)),
        ("POLYGON ICRS 359.5 0 0.5 0 0.5 1 359.5 1", (0.0, 0.5, 0.7071)),
        ("POLYGON ICRS GSC1 10 0 11 0 11 1 10 1", (10.5, 0.5, 0.7071)),
        ("CIRCLE ICRS 120 -45 0.25", (120.0, -45.0, 0.25)),
        ("polygon 10 0 11 0 11 1 10 1 POLYGON 10 0 11 0 11 1 10 1", (10.5, 0.5, 0.7071)),
    ],
)
def test_footprints_have_a_centre_and_a_radius_on_the_sphere(text, expected):
    ra, dec, radius = footprint(text)
    assert (ra + 180) % 360 - 180 == pytest.approx((expected[0] + 180) % 360 - 180, abs=0.001)
    assert (dec, radius) == pytest.approx(expected[1:], abs=0.001)


@pytest.mark.parametrize(
    "text", ["", "POLYGON", "POLYGON 1", "POLYGON 1 2 3", "CIRCLE x y z", "POLYGON 1e999 2", "<b>"]
)
def test_a_footprint_that_cannot_be_read_is_missing(text):
    assert np.isnan(footprint(text)).all()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))] * 8), min_size=1, max_size=3
    )
)
def test_any_numbers_get_a_status_from_every_rule(values):
    names = ["s_ra", "s_dec", "t_min", "t_max", "t_exptime", "em_min", "em_max", "t_obs_release"]
    frame = CLEAN.iloc[: len(values)].copy()
    frame[names] = np.array(values, dtype=float)
    checked = rules.check(frame, retrieved_mjd=RETRIEVED)
    assert set(np.unique(checked.status)) <= {HOLDS, BROKEN, NOT_CHECKABLE}
    for row in range(len(frame)):
        assert bool(checked.reasons(row)) == bool(checked.broken[row])


def test_a_long_hostile_footprint_takes_no_time():
    assert np.isnan(footprint("POLYGON " * 16_000)).all()
    assert np.isnan(footprint("POLYGON " + "a " * 60_000)).all()


@pytest.mark.parametrize("module", [columns, export, wavelengths])
def test_the_examples_in_the_docstrings_are_true(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
