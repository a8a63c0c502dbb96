"""Feature strings in all their spellings."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fink.features import NAMES, UnreadableFeatures, features_frame, parse_features

NUMBERS = st.floats(allow_infinity=False)


def test_there_are_26_names_in_the_stored_order() -> None:
    assert len(NAMES) == len(set(NAMES)) == 26
    assert (NAMES[0], NAMES[8], NAMES[21], NAMES[-1]) == ("mean", "kurtosis", "mean_variance", "stetson_K")


@pytest.mark.parametrize("text", ["[]", "{}", "[ ]", "", "nan", "None", "null", None, math.nan, pd.NA])
def test_no_features_is_none(text: object) -> None:
    assert parse_features(text) is None


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_nan_and_null_are_features_that_could_not_be_computed(brackets: str) -> None:
    text = brackets[0] + "18.5, NaN, null, -1e-3, " + ", ".join(["0"] * 22) + brackets[1]
    features = parse_features(text)
    assert features is not None
    assert list(features) == list(NAMES)
    assert features["mean"] == 18.5
    assert math.isnan(features["weighted_mean"])
    assert math.isnan(features["standard_deviation"])
    assert features["median"] == -1e-3
    assert features["stetson_K"] == 0.0


def test_a_band_without_points_has_26_missing_features() -> None:
    features = parse_features("[" + ", ".join(["null"] * 26) + "]")
    assert features is not None
    assert all(map(math.isnan, features.values()))


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        "[" + "1," * 26 + "1]",
        "[1, 2",
        "hello",
        "17",
        '{"mean": 1}',
        "[" + '"a",' * 25 + "1]",
        "[" + "true," * 25 + "1]",
        "[" + "[1]," * 25 + "1]",
    ],
)
def test_anything_else_is_unreadable_rather_than_guessed(text: str) -> None:
    with pytest.raises(UnreadableFeatures):
        parse_features(text)


@given(st.lists(st.none() | NUMBERS, min_size=26, max_size=26), st.sampled_from(["[]", "{}"]))
def test_what_fink_writes_is_read_back(values: list[float | None], brackets: str) -> None:
    words = ("null" if value is None else "NaN" if math.isnan(value) else repr(value) for value in values)
    features = parse_features(brackets[0] + ", ".join(words) + brackets[1])
    assert features is not None
    wanted = [math.nan if value is None else value for value in values]
    np.testing.assert_array_equal(list(features.values()), wanted)


def test_a_frame_of_features_keeps_the_index_and_the_order() -> None:
    series = pd.Series(["[" + ", ".join(map(str, range(26))) + "]", None, "[]"], index=[7, 8, 9], dtype="str")
    frame = features_frame(series)
    assert frame.shape == (3, 26)
    assert frame.index.tolist() == [7, 8, 9]
    assert frame.loc[7].tolist() == list(map(float, range(26)))
    assert frame.loc[[8, 9]].isna().all(axis=None)
    assert set(map(str, frame.dtypes)) == {"float64"}
