"""Questions that are refused before any request is made."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidQuery
from services.fink import queries


@pytest.mark.parametrize("text", ["ZTF25abixhdc", "  ZTF18adkvbzf\n"])
def test_an_object_id_is_accepted_and_trimmed(text: str) -> None:
    assert queries.check_object_id(text) == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ZTF25ab",
        "ztf25abixhdc",
        "ZTF25ABIXHDC",
        "ZTF25abixhdcx",
        "ZTF25abixhdc,",
        "ZTF٢٥abixhdc",
        "x\nZTF25abixhdc",
    ],
)
def test_anything_else_is_no_object_id(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        queries.check_object_id(text)
    assert (caught.value.example, caught.value.field) == ("ZTF25abixhdc", "object_id")
    assert caught.value.what.endswith(".")


@given(st.text(max_size=14))
def test_an_object_id_is_never_a_prefix_of_others(text: str) -> None:
    with contextlib.suppress(InvalidQuery):
        assert len(queries.check_object_id(text)) == 12


REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = [
    (queries.check_candid, ("12e5",), "candid"),
    (queries.check_candid, (3165254992115015005,), "candid"),
    (queries.check_nights, ("2025-09-03", "2025-09-02"), "to"),
    (queries.check_nights, ("2025-13-40", "2025-09-02"), "from"),
    (queries.check_nights, ("2025-09-02", "hello"), "to"),
    (queries.check_n, (0,), "n"),
    (queries.check_n, (-1,), "n"),
    (queries.check_n, (2.0,), "n"),
    (queries.check_n, (True,), "n"),
    (queries.check_n, (10**7,), "n"),
    (queries.check_position, (360.0, 0.0), "ra"),
    (queries.check_position, (-0.1, 0.0), "ra"),
    (queries.check_position, ("21:22:56", 0.0), "ra"),
    (queries.check_position, (0.0, 90.1), "dec"),
    (queries.check_position, (0.0, math.nan), "dec"),
    (queries.check_radius, (0.0,), "radius"),
    (queries.check_radius, (18_001,), "radius"),
    (queries.check_radius, (math.inf,), "radius"),
    (queries.check_class, ("",), "class"),
    (queries.check_class, ("Anomaly",), "class"),
    (queries.check_class, ("SN\ncandidate",), "class"),
    (queries.check_resolver, ("ned", "M31", False), "resolver"),
    (queries.check_resolver, ("simbad", " ", False), "name"),
    (queries.check_resolver, ("tns", "SN 2022and", True), "object_id"),
    (queries.check_date_prefix, ("2025-09",), "date"),
    (queries.check_statistics, (["basic:sci,class:x"],), "columns"),
    (queries.check_columns, (["magpsf", "classification"],), "columns"),
    (queries.check_columns, (["i:magpsf"],), "columns"),
]


@pytest.mark.parametrize(("check", "arguments", "field"), REFUSED)
def test_a_bad_question_is_refused_with_a_sentence_and_an_example(
    check: Callable[..., Any], arguments: tuple[Any, ...], field: str
) -> None:
    with pytest.raises(InvalidQuery) as caught:
        check(*arguments)
    assert caught.value.field == field
    assert caught.value.example
    assert caught.value.what.endswith(".")


def test_nights_are_dates_times_or_texts() -> None:
    assert queries.check_nights(date(2025, 9, 1), "2025-09-02") == (date(2025, 9, 1), date(2025, 9, 2))
    assert queries.check_night(datetime(2025, 9, 2, 23, 59)) == date(2025, 9, 2)


def test_the_whole_tns_table_may_be_asked_for() -> None:
    assert queries.check_resolver("tns", "", False) == ("tns", "")


def test_columns_come_once_with_those_always_needed() -> None:
    assert queries.check_columns(["jd", "magpsf", "jd"], always=("object_id", "jd")) == [
        "jd",
        "magpsf",
        "object_id",
    ]
