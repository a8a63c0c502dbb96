"""Fink's JSON into typed frames: types, and everything that means "missing"."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Garbled
from services.fink import columns
from services.fink.decode import parse_classes, parse_counts, parse_cutouts, parse_json, parse_table, tidy

CANDID = 3165254992115015005


def table(*rows: dict[str, Any], wanted: list[str] | None = None) -> pd.DataFrame:
    return parse_table(orjson.dumps(list(rows)), wanted if wanted is not None else [])


def test_an_empty_answer_has_the_columns_asked_for_with_their_types() -> None:
    frame = parse_table(b"[]", ["object_id", "candid", "jd", "fid", "is_transient", "tns"])
    assert [str(dtype) for dtype in frame.dtypes] == [
        "str",
        "str",
        "float64",
        "Int64",
        "boolean",
        "str",
        "str",
    ]
    assert frame.columns.tolist()[-1] == "unanswered"


def test_without_a_list_of_columns_every_declared_one_exists() -> None:
    frame = parse_table(b'[{"i:jd":2460000.5}]')
    assert frame.columns.tolist()[:-1] == [column.name for column in columns.ALERT]


def test_a_column_can_be_added_to_a_full_frame_without_a_warning() -> None:
    frame = parse_table(b'[{"i:jd":2460000.5}]')
    frame["night"] = "2023-02-24"
    assert frame["night"].tolist() == ["2023-02-24"]


def test_columns_come_in_the_order_asked_for_and_others_after_them() -> None:
    frame = table({"i:ra": 1.0, "i:jd": 2.0, "d:brand_new": "x"}, wanted=["jd", "ra"])
    assert frame.columns.tolist() == ["jd", "ra", "brand_new"]


def test_a_candid_keeps_all_its_digits() -> None:
    frame = table({"i:candid": CANDID}, {"i:candid": CANDID + 1}, {"i:candid": -1}, {"i:candid": None})
    assert frame["candid"].tolist()[:2] == [str(CANDID), str(CANDID + 1)]
    assert frame["candid"].isna().tolist() == [False, False, True, True]


def test_a_candid_that_was_a_float_is_no_candid() -> None:
    assert table({"i:candid": 3.165254992115015e18}, {"i:candid": -1.0})["candid"].isna().all()


def test_strings_of_numbers_in_upper_limit_rows_become_numbers() -> None:
    frame = table({"i:fid": 1, "i:diffmaglim": 20.1}, {"i:fid": "3", "i:diffmaglim": "19.5526"})
    assert frame["fid"].tolist() == [1, 3]
    assert frame["diffmaglim"].tolist() == [20.1, 19.5526]


@pytest.mark.parametrize("word", ["nan", "None", "null", "", "NaN", None])
@pytest.mark.parametrize("name", ["d:cdsxmatch", "d:tns", "i:ssnamenr", "d:tracklet", "i:objectId", "i:candid"])
def test_every_word_for_missing_text_is_missing(name: str, word: str | None) -> None:
    assert table({name: word}).iloc[0].isna().all()


@pytest.mark.parametrize("word", ["nan", "None", "null", "", "Unknown", "Fail", None, -999.0, -999, "-999.0"])
@pytest.mark.parametrize("name", ["i:ssdistnr", "i:ndethist", "d:mangrove_lum_dist"])
def test_every_word_for_a_missing_number_is_missing(name: str, word: object) -> None:
    assert table({name: word}).iloc[0].isna().all()


@pytest.mark.parametrize("name", ["spicy_id", "slsn_score", "blazar_stats_m0", "blazar_stats_robustness_high"])
def test_minus_one_means_missing_where_fink_means_it(name: str) -> None:
    assert table({f"d:{name}": -1.0})[name].isna().all()
    assert table({"d:mag_rate": -1.0})["mag_rate"].tolist() == [-1.0]


def test_an_anomaly_score_of_exactly_zero_is_missing_and_never_zero() -> None:
    scores = table({"d:anomaly_score": 0.0}, {"d:anomaly_score": -1e-10}, {"d:anomaly_score": 0})["anomaly_score"]
    assert scores.isna().tolist() == [True, False, True]


def test_simbad_keeps_its_own_words_because_they_are_the_fact() -> None:
    frame = table({"d:cdsxmatch": "Unknown"}, {"d:cdsxmatch": "Fail 504"}, {"d:cdsxmatch": "Mira"})
    assert frame["cdsxmatch"].tolist() == ["Unknown", "Fail 504", "Mira"]


def test_a_catalogue_without_a_match_is_missing_and_answered() -> None:
    frame = table({"d:vsx": "Unknown", "d:tns": ""})
    assert frame[["vsx", "tns"]].isna().all(axis=None)
    assert frame["unanswered"].isna().all()


def test_a_catalogue_that_failed_is_missing_and_named() -> None:
    frame = table({"d:vsx": "Fail 503", "d:gcvs": "Fail", "d:tns": "SN Ia"}, {"d:vsx": "EA"}, wanted=["vsx", "gcvs"])
    assert frame["vsx"].isna().tolist() == [True, False]
    assert frame["unanswered"].tolist()[0] == "vsx,gcvs"
    assert pd.isna(frame["unanswered"].tolist()[1])


@pytest.mark.parametrize(("given_", "tidy_"), [("t", "t"), ("1", "t"), (1, "t"), ("f", "f"), ("0", "f"), (0, "f")])
def test_the_sign_of_a_difference_is_t_or_f(given_: object, tidy_: str) -> None:
    assert table({"i:isdiffpos": given_})["isdiffpos"].tolist() == [tidy_]


def test_flags_are_true_false_or_missing() -> None:
    flags = table({"d:is_transient": True}, {"d:is_transient": "False"}, {"d:is_transient": None})["is_transient"]
    assert flags.dtype == "boolean"
    assert flags.isna().tolist() == [False, False, True]
    assert flags.tolist()[:2] == [True, False]


def test_an_integer_with_a_fraction_is_missing() -> None:
    assert table({"i:ndethist": 3.5}, {"i:ndethist": 1e300}, {"i:ndethist": 4.0})["ndethist"].isna().tolist() == [
        True,
        True,
        False,
    ]


def test_a_neighbour_identifier_of_pan_starrs_keeps_its_digits() -> None:
    assert table({"i:objectidps1": 174563018308698162})["objectidps1"].tolist() == ["174563018308698162"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, None], "Int64"),
        ([1.5, 2], "float64"),
        ([True, None], "boolean"),
        (["0012", "7"], "str"),
        ([2**60, 1], "str"),
        ([[1, 2], None], "object"),
        ([1, "a"], "str"),
    ],
)
def test_an_undeclared_column_has_the_type_of_its_json(values: list[object], dtype: str) -> None:
    frame = table(*({"d:brand_new": value} for value in values))
    assert str(frame["brand_new"].dtype) == dtype


def test_two_families_with_one_bare_name_are_both_kept() -> None:
    frame = table({"i:extra": 1, "d:extra": 2})
    assert set(frame.columns) == {"extra", "i:extra"} or set(frame.columns) == {"extra", "d:extra"}


def test_rows_with_different_keys_are_filled_with_missing() -> None:
    frame = table({"i:jd": 1.0}, {"i:ra": 2.0}, wanted=["jd", "ra"])
    assert frame.isna().to_numpy().tolist() == [[False, True], [True, False]]


def test_a_feature_string_with_nan_inside_passes_unchanged() -> None:
    text = "[NaN, 1.0, null]"
    assert table({"d:lc_features_g": text})["lc_features_g"].tolist() == [text]


def test_a_bare_nan_is_read_although_json_knows_none() -> None:
    frame = parse_table(b'[{"i:magpsf": NaN, "i:candid": 3165254992115015005}]', ["magpsf", "candid"])
    assert math.isnan(frame["magpsf"].iloc[0])
    assert frame["candid"].iloc[0] == str(CANDID)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>502 Bad Gateway</title>", "web page"),
        (b'[{"i:jd": 1.0}, {"i:j', "break off"),
        (b'[{"i:jd": NaN}, {"i:j', "break off"),
        (b"", "nothing at all"),
        (b'{"message": "hello"}', "an object"),
        (b"17", "a single value"),
        (b"[1, 2]", "rows"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000 + b"NaN", "not JSON"),
    ],
)
def test_anything_but_a_list_of_rows_is_garbled(body: bytes, words: str) -> None:
    with pytest.raises(Garbled, match=words):
        parse_table(body, ["jd"], call="POST /api/v1/anomaly")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["nan", "Fail"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from([column.fink for column in columns.ALERT] + ["d:new", "weird", "i:", "x:y:z"])


@given(st.lists(st.dictionaries(NAMES, JSON_VALUES, max_size=6), max_size=5))
def test_no_value_in_any_column_breaks_the_types(rows: list[dict[str, Any]]) -> None:
    wanted = ["candid", "jd", "fid", "is_transient", "tns", "anomaly_score"]
    frame = tidy(rows, wanted)
    assert len(frame) == len(rows)
    assert [str(frame[name].dtype) for name in wanted] == [
        "str",
        "float64",
        "Int64",
        "boolean",
        "str",
        "float64",
    ]
    assert not (frame["anomaly_score"] == 0).any()


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_garbled(body: bytes) -> None:
    with contextlib.suppress(Garbled):
        parse_json(body)


@given(st.integers(min_value=10**17, max_value=2**63 - 1))
def test_any_candid_survives(candid: int) -> None:
    assert table({"i:candid": candid})["candid"].tolist() == [str(candid)]


def test_cutouts_turn_null_and_nan_into_missing_pixels() -> None:
    stamps = parse_cutouts(b'{"b:cutoutScience_stampData": [[1.5, null], [NaN, 2]]}', "POST")
    assert list(stamps) == ["Science"]
    assert stamps["Science"].dtype == np.float32
    assert np.isnan(stamps["Science"]).tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize("value", [{}, [], {"b:cutoutScience_stampData": [1, 2]}, 3])
def test_cutouts_that_are_no_images_are_garbled(value: object) -> None:
    with pytest.raises(Garbled):
        parse_cutouts(json.dumps(value).encode(), "POST")


def test_cutouts_with_ragged_rows_are_garbled() -> None:
    with pytest.raises(Garbled, match="fit together"):
        parse_cutouts(b'{"b:cutoutScience_stampData": [[1], [1, 2]]}', "POST")


@pytest.mark.parametrize("value", [[], {"a": 1}, None])
def test_classes_must_be_lists_by_name(value: object) -> None:
    with pytest.raises(Garbled):
        parse_classes(json.dumps(value).encode(), "GET")


def test_nightly_counts_are_integers_and_an_absent_count_is_not_zero() -> None:
    body = b'[{"key:key": "ztf_20211103", "basic:sci": "346644"}, {"key:key": "ztf_20211104"}]'
    frame = parse_counts(body, "POST", ["basic:sci", "class:Mira"])
    assert frame["night"].tolist() == ["2021-11-03", "2021-11-04"]
    assert frame["basic:sci"].dtype == "Int64"
    assert frame["basic:sci"].tolist()[0] == 346644
    assert frame["basic:sci"].isna().tolist() == [False, True]
    assert frame["class:Mira"].isna().all()
