"""The simulated export: consistent, varied, reproducible, and never mistaken for a real one."""

import numpy as np
import pandas as pd
import pytest

from services.jwst import measured, rules
from services.jwst.example import FIRST_PROGRAMME, example, visits

OBSERVATIONS = example(3_000, seed=1)
FRAME = OBSERVATIONS.frame


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_its_rows_keep_every_rule(seed):
    checked = rules.check(example(1_500, seed=seed).frame)
    assert not (checked.status == rules.BROKEN).any(axis=None)


def test_the_same_seed_gives_the_same_rows_and_another_one_others():
    again = example(3_000, seed=1)
    pd.testing.assert_frame_equal(again.frame, FRAME)
    assert again.sha256 == OBSERVATIONS.sha256
    assert example(3_000, seed=2).sha256 != OBSERVATIONS.sha256


@pytest.mark.parametrize("rows", [1, 2, 7, 100])
def test_it_has_as_many_rows_as_were_asked_for(rows):
    assert len(example(rows, seed=5).frame) == rows


def test_it_has_product_types_instruments_and_planned_rows():
    kinds = OBSERVATIONS.schema.product_types
    assert set(kinds) == {"spectrum", "image", "cube", "timeseries"}
    assert 0.15 < kinds["image"] / 3_000 < 0.35
    assert FRAME["instrument_name"].nunique() > 7
    assert FRAME.groupby("instrument_name")["filters"].nunique().max() > 6
    assert 0.08 < OBSERVATIONS.schema.planned / 3_000 < 0.15


def test_planned_rows_have_no_times_and_no_files():
    planned = FRAME[FRAME["calib_level"] == -1]
    assert planned[["t_min", "t_max", "t_obs_release", "dataURL"]].isna().all(axis=None)
    assert (planned["provenance_name"] == "APT").all()
    made = FRAME[FRAME["calib_level"] != -1]
    assert made[["t_min", "t_max", "t_obs_release", "dataURL"]].notna().all(axis=None)


def test_programmes_have_visits_and_visits_have_rows():
    assert FRAME["obs_id"].is_unique
    assert FRAME.groupby("proposal_id")["target_name"].nunique().median() > 3
    assert FRAME.groupby("target_name").size().max() > 3


def test_exposures_are_whole_frames_and_fit_into_their_interval():
    msa = FRAME[FRAME["instrument_name"] == "NIRSPEC/MSA"]["t_exptime"] / measured.FRAME_IRS2_S
    assert np.abs(msa - msa.round()).max() < 1e-3
    duty = FRAME["t_exptime"] / ((FRAME["t_max"] - FRAME["t_min"]) * measured.DAY_S)
    assert duty.max() < 1.15
    assert duty.min() < 0.05


def test_nobody_takes_it_for_a_real_export():
    assert OBSERVATIONS.schema.simulated
    assert "simulated" in OBSERVATIONS.name
    assert FRAME["dataURL"].dropna().str.startswith("simulated:").all()
    assert FRAME["proposal_id"].astype(int).min() > 90_000
    assert FRAME["target_name"].str.startswith("SIMULATED").all()


def test_programmes_keep_five_digits_in_a_large_example():
    made = visits(np.random.default_rng(1), 70_000)
    assert made["programme"].max() + FIRST_PROGRAMME < 100_000
    assert made["number"].max() < 1_000
