"""Names, kinds and column sets of Fink's tables."""

from __future__ import annotations

import doctest

import pytest

from services import classification
from services.fink import columns, exchange, features, queries


def test_every_house_name_is_used_once() -> None:
    names = [column.name for column in columns.ALERT]
    assert len(names) == len(set(names))


def test_there_are_108_packet_columns() -> None:
    assert sum(column.fink.startswith("i:") for column in columns.ALERT) == 108


def test_every_column_explains_itself_in_one_line() -> None:
    assert [column.name for column in columns.ALERT if not 5 < len(column.meaning) <= 100] == []


def test_names_translate_there_and_back() -> None:
    for column in columns.ALERT:
        assert columns.fink_name(column.name) == column.fink
        assert columns.tidy_name(column.fink) == column.name


def test_a_light_curve_asks_for_at_most_25_columns() -> None:
    assert len(columns.LIGHT_CURVE) <= 25


@pytest.mark.parametrize("names", [columns.LIST, columns.LIGHT_CURVE])
def test_the_column_sets_can_be_requested_and_classified(names: tuple[str, ...]) -> None:
    assert all(map(columns.requestable, names))
    assert set(classification.INPUTS) <= set(names)


@pytest.mark.parametrize("name", ["classification", "tag", "constellation", "no_such"])
def test_computed_and_unknown_columns_cannot_be_requested(name: str) -> None:
    assert not columns.requestable(name)


def test_the_anomaly_score_of_zero_is_no_score() -> None:
    column = columns.by_name("anomaly_score")
    assert column is not None
    assert column.missing == (0.0,)


def test_the_right_ascension_of_an_alert_is_meant_where_two_have_the_name() -> None:
    assert columns.fink_name("ra") == "i:ra"
    assert columns.tidy_name("d:ra") == "ra"


@pytest.mark.parametrize("module", [columns, features, queries, exchange, classification])
def test_the_examples_in_the_documentation_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0
