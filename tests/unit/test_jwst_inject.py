"""Injection: what is altered, by how much, and that everything else stays as it was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jwst.inject import ALTERED, STRENGTHS, STYLES, inject


def rows(size: int = 60, planned: int = 6) -> pd.DataFrame:
    """Invented observations; the first ones are planned, so they have no times."""
    draws = np.random.default_rng(5)
    start = 59800 + draws.uniform(0, 900, size)
    frame = pd.DataFrame(
        {
            "obs_id": [f"jw{n:05d}" for n in range(size)],
            "s_ra": draws.uniform(1, 359, size),
            "s_dec": draws.uniform(-80, 80, size),
            "t_min": start,
            "t_max": start + 0.1,
            "t_exptime": draws.uniform(10, 3000, size),
            "em_min": 1013.0,
            "em_max": 1282.0,
            "t_obs_release": start + 365,
        }
    )
    frame.loc[: planned - 1, ["t_min", "t_max", "t_obs_release"]] = np.nan
    return frame


FRAME = rows()


def changed(injected) -> pd.DataFrame:
    """Per cell, whether it differs from the row that it was made from."""
    before = FRAME.iloc[injected.source_row].reset_index(drop=True)
    return ~((before == injected.frame) | (before.isna() & injected.frame.isna()))


def ratio(injected, name: str) -> np.ndarray:
    after = injected.frame.loc[injected.label, name].to_numpy()
    return after / FRAME[name].to_numpy()[injected.source_row[injected.label]]


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("style", STYLES)
def test_only_the_columns_of_the_style_change_and_only_in_labelled_rows(style, in_place):
    found = inject(FRAME, n=20, style=style, in_place=in_place)
    cells = changed(found)
    assert set(cells.columns[cells.any()]) == set(STYLES[style].columns) == set(found.columns)
    assert (cells.any(axis=1).to_numpy() == found.label).all()
    assert found.label.sum() == 20


def test_seed_style_stays_within_the_ranges_that_were_fitted_to_the_sample():
    found = inject(FRAME, n=60)
    for name, low, high in (("t_min", 1.1, 1.3), ("t_max", 1.1, 1.3), ("t_exptime", 1.3, 1.7)):
        factors = ratio(found, name)
        factors = factors[~np.isnan(factors)]
        assert (factors >= low).all()
        assert (factors <= high).all()
        assert np.ptp(factors) > 0.8 * (high - low)
    for name in ("em_min", "em_max"):
        assert np.abs(found.frame[name] - FRAME[name]).between(0, 80).all()
    ra = FRAME["s_ra"]
    assert found.frame["s_ra"].between(1.3 * ra - 30, 1.7 * ra + 30).all()
    assert found.frame["s_ra"].max() > 360, "the coordinates of the sample are not clipped either"


def test_both_times_are_drawn_by_themselves_so_that_their_order_turns_around_in_some_rows():
    found = inject(FRAME, n=60).frame
    assert 5 < (found["t_max"] < found["t_min"]).sum() < 50


@pytest.mark.parametrize("name", ALTERED)
def test_a_tenth_of_the_strength_changes_a_tenth_as_much(name):
    whole, tenth = (inject(FRAME, n=60, strength=strength).frame[name] - FRAME[name] for strength in (1.0, 0.1))
    np.testing.assert_allclose(tenth.dropna(), 0.1 * whole.dropna(), rtol=1e-6, atol=1e-9)


def test_moved_together_keeps_what_the_times_have_to_do_with_each_other():
    found = inject(FRAME, n=54, style="aware").frame
    for a, b in (("t_max", "t_min"), ("t_obs_release", "t_max")):
        np.testing.assert_allclose((found[a] - found[b]).dropna(), (FRAME[a] - FRAME[b]).dropna(), atol=1e-6)
    moved = (found["t_min"] - FRAME["t_min"]).dropna().abs()
    assert moved.between(30, 365).all()
    assert found["t_min"].min() >= FRAME["t_min"].min()


def test_a_planned_row_is_not_taken_where_only_times_are_altered():
    found = inject(FRAME, n=1000, style="column:time")
    assert found.label.sum() == 54
    assert not found.label[:6].any()


def test_appended_rows_come_after_their_originals_and_keep_their_identifiers():
    found = inject(FRAME, n=10, in_place=False)
    assert len(found.frame) == 70
    assert found.label[60:].all()
    pd.testing.assert_frame_equal(found.frame.iloc[:60], FRAME)
    assert (found.frame["obs_id"][60:].to_numpy() == FRAME["obs_id"].to_numpy()[found.source_row[60:]]).all()


def test_the_label_is_not_in_the_frame_and_the_original_is_untouched():
    before = FRAME.copy()
    found = inject(FRAME, n=30)
    assert list(found.frame.columns) == list(FRAME.columns)
    pd.testing.assert_frame_equal(FRAME, before)


@pytest.mark.parametrize(("style", "strength"), [("nonsense", 1.0), ("seed", 0.0), ("seed", 1.5), ("seed", np.nan)])
def test_a_style_or_strength_that_does_not_exist_is_refused(style, strength):
    with pytest.raises(ValueError, match=r"style|strength"):
        inject(FRAME, n=5, style=style, strength=strength)


def test_nothing_happens_to_an_empty_frame():
    for style in STYLES:
        assert not inject(FRAME.iloc[:0], n=5, style=style).label.any()


@given(
    n=st.integers(0, 80),
    style=st.sampled_from(sorted(STYLES)),
    strength=st.floats(*STRENGTHS),
    in_place=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_the_same_seed_gives_the_same_rows_and_never_more_than_asked_for(n, style, strength, in_place, seed):
    one, two = (inject(FRAME, n=n, style=style, strength=strength, in_place=in_place, seed=seed) for _ in range(2))
    pd.testing.assert_frame_equal(one.frame, two.frame)
    assert (one.label == two.label).all()
    assert one.label.sum() <= n
    assert len(one.frame) == len(one.label) == len(one.source_row)
