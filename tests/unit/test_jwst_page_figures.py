"""Figures of the JWST page: what is drawn, what is counted, and what huge or missing values do to them."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.figures.jwst_axes import MOST_POINTS, thinned
from components.figures.jwst_curves import CurveLine, curves_figure
from components.figures.jwst_rule import RuleFacts, rule_figure
from components.figures.jwst_sky import SkyFacts, sky_figure

ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)


def trace(figure: dict[str, Any], role: str) -> dict[str, Any]:
    """The trace of a role."""
    (found,) = [one for one in figure["data"] if one["meta"]["role"] == role]
    return found


def sky(ra: list[float], dec: list[float], inconsistent: list[int], selected: int | None = None) -> dict[str, Any]:
    rest = np.array([n for n in range(len(ra)) if n not in inconsistent], dtype=np.int64)
    groups = {"inconsistent": np.array(inconsistent, dtype=np.int64), "consistent": rest}
    return sky_figure(SkyFacts(np.array(ra, dtype=float), np.array(dec, dtype=float), groups, selected))


def rule(
    observed: list[float], expected: list[float], broken: list[bool], selected: int | None = None
) -> dict[str, Any]:
    facts = RuleFacts(
        np.array(observed, dtype=float), np.array(expected, dtype=float), np.array(broken), "nm", selected
    )
    return rule_figure(facts)


def test_what_is_outside_of_the_sky_is_drawn_there() -> None:
    figure = sky([10.0, 550.0], [20.0, -128.0], [1], selected=1)
    assert trace(figure, "inconsistent")["x"] == [550.0]
    assert figure["layout"]["xaxis"]["range"][0] > 550
    assert figure["layout"]["yaxis"]["range"][0] < -128
    assert trace(figure, "ring")["x"] == [550.0]
    assert trace(figure, "consistent")["name"] == "no finding 1"


def test_rows_without_a_position_are_counted_and_not_drawn() -> None:
    figure = sky([10.0, math.nan], [20.0, 5.0], [], selected=1)
    assert trace(figure, "consistent")["customdata"] == [0]
    assert trace(figure, "consistent")["name"] == "no finding 2"
    assert all(one["meta"]["role"] != "ring" for one in figure["data"])


def test_many_rows_are_thinned_and_the_selected_one_stays() -> None:
    rows = np.arange(100_000)
    kept = thinned(rows, 77_777)
    assert len(kept) <= MOST_POINTS + 1
    assert 77_777 in kept
    assert (kept[0], kept[-1]) == (0, 99_999)


def test_small_differences_are_drawn_as_differences() -> None:
    figure = rule([600.0, 5000.0, 27_900.0], [600.0, 4990.0, 27_900.0], [False, True, False])
    assert figure["layout"]["yaxis"]["title"]["text"] == "Observed − expected, nm"
    assert trace(figure, "broken")["y"] == [10.0]
    assert trace(figure, "broken")["customdata"] == [[1, 5000.0]]


def test_large_differences_are_drawn_against_the_line_of_equal_values() -> None:
    figure = rule([10.0, 40.0], [10.0, 20.0], [False, True], selected=1)
    assert figure["layout"]["yaxis"]["title"]["text"] == "Observed, nm"
    assert trace(figure, "equal")["x"] == trace(figure, "equal")["y"]
    assert (trace(figure, "ring")["x"], trace(figure, "ring")["y"]) == ([20.0], [40.0])


def test_wide_ranges_are_logarithmic() -> None:
    assert rule([1.0, 1e6], [1.0, 2.0], [False, True])["layout"]["xaxis"]["type"] == "log"


@given(st.lists(st.tuples(ANY, ANY, st.booleans()), max_size=12), st.integers(-1, 11))
def test_no_values_break_a_figure(values: list[tuple[float, float, bool]], chosen: int) -> None:
    one, other, flags = ([value[n] for value in values] for n in range(3))
    selected = chosen if 0 <= chosen < len(values) else None
    broken = [n for n, flag in enumerate(flags) if flag]
    for figure in (rule(one, other, [bool(f) for f in flags], selected), sky(one, other, broken, selected)):
        text = json.dumps(figure, allow_nan=False)
        assert "@" not in text.replace('"@token"', ""), "every colour is painted"
        for axis in ("xaxis", "yaxis"):
            low, high = figure["layout"][axis]["range"]
            assert low != high


@pytest.mark.parametrize("theme", ["light", "dark", "beamer"])
def test_curves_name_their_areas_and_stand_side_by_side(theme: str) -> None:
    line = CurveLine("Rules", 0.987654, 0.5, ([0.0, 1.0], [0.0, 1.0]), ([0.0, 1.0], [1.0, 0.2]))
    figure = curves_figure([line, line], theme)
    assert [one["meta"]["role"] for one in figure["data"]] == ["roc", "precision-recall"] * 2
    assert figure["data"][0]["name"] == "Rules: AUC 0.988, AP 0.500"
    assert figure["layout"]["xaxis"]["domain"][1] < figure["layout"]["xaxis2"]["domain"][0]
    assert figure["data"][0]["line"]["dash"] != figure["data"][2]["line"]["dash"], "told apart in grey"
