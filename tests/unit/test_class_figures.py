"""Figures of classes: what is drawn, in which colours, and that every number is printed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from components.figures.class_expectation import Comparison, expectation_figure, factor
from components.figures.class_histogram import Bar, HistogramFacts, histogram_figure, percent, positions
from components.figures.class_times import LEVELS, TimesFacts, level, times_figure
from components.theme import tokens

BARS = (
    Bar("CataclyV*", 191, 191 / 660, "CV"),
    Bar("Ambiguous", 3, 3 / 660, "SN"),
    Bar("SIMBAD did not answer", 15, 15 / 660, "NA", apart=True),
)


def trace(figure: dict[str, Any], role: str) -> dict[str, Any]:
    return next(each for each in figure["data"] if each["meta"]["role"] == role)


def histogram(*, log: bool = False, picked: str = "", theme: str = "light") -> dict[str, Any]:
    return histogram_figure(HistogramFacts(BARS, log, "alerts", picked, "Not a class"), theme)


def test_bars_have_the_colour_of_their_family_and_no_answer_has_an_outline_only() -> None:
    figure = histogram()
    bars = trace(figure, "bars")
    assert bars["x"] == [191, 3]
    assert bars["marker"]["color"] == [tokens()["fam-cv"], tokens()["fam-sn"]]
    assert bars["marker"]["pattern"]["shape"] == ["", "/"]
    assert trace(figure, "outline")["meta"]["label"] == BARS[2].label
    assert trace(figure, "outline")["line"]["dash"]


def test_every_count_is_printed_with_its_share() -> None:
    assert trace(histogram(), "numbers")["text"][0] == " <b>191</b>  28.9 %"


def test_what_is_not_a_class_stands_apart_under_a_heading() -> None:
    assert positions(BARS) == [0, 1, 3]
    assert positions(BARS[2:]) == [0]
    assert [note["text"] for note in histogram()["layout"]["annotations"]] == ["<b>Not a class</b>"]


def test_a_bar_of_one_has_a_length_on_a_logarithmic_axis() -> None:
    axis = histogram(log=True)["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert axis["range"][0] < 0
    assert axis["ticktext"][:2] == ["1", "10"]


def test_the_picked_bar_is_marked() -> None:
    assert not [shape for shape in histogram()["layout"]["shapes"] if shape["type"] == "rect"]
    figure = histogram(picked="CataclyV*")
    (wash,) = [shape for shape in figure["layout"]["shapes"] if shape["type"] == "rect"]
    assert (wash["y0"], wash["y1"]) == (-0.5, 0.5)
    assert figure["layout"]["yaxis"]["ticktext"][0] == "<b>CataclyV*</b>"


@pytest.mark.parametrize("theme", ["light", "dark", "beamer"])
def test_a_figure_is_painted_in_its_theme_and_can_be_repainted(theme: str) -> None:
    figure = histogram(theme=theme)
    assert trace(figure, "bars")["marker"]["color"][0] == tokens(theme)["fam-cv"]
    assert [["data", 0, "marker", "color", 0], "fam-cv"] in figure["layout"]["meta"]["tokens"]


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (1, "100.0 %"), (0.0015, "0.1 %"), (0.00042, "0.04 %"), (1e-6, "0.0001 %")]
)
def test_a_share_that_is_not_nothing_never_reads_as_nothing(share: float, words: str) -> None:
    assert percent(share) == words


# In time

STARTS = [date(2025, 8, 30) + timedelta(days=n) for n in range(4)]
ROWS = (
    ("Mira", "LP", (0, 1, 7, 2)),
    ("other, 3 labels", "", (1, 0, 0, 0)),
    ("SIMBAD did not answer", "NA", (0, 0, 1, 0)),
)


def times(*, printed: bool = True, step: str = "night", starts: list[date] | None = None) -> dict[str, Any]:
    return times_figure(TimesFacts(starts or STARTS, step, ROWS, (10, 1, 1), printed))


def test_counts_stand_in_their_cells_and_zeros_do_not() -> None:
    made = times()
    texts = [text for each in made["data"] if each["meta"]["role"] == "counts" for text in each["text"]]
    assert sorted(texts) == sorted(["<b>1</b>", "<b>7</b>", "<b>2</b>", "<b>1</b>", "<b>1</b>"])
    assert trace(made, "cells")["z"][0] == [0, level(1, 7), LEVELS, level(2, 7)]


def test_without_room_the_cells_have_no_numbers_but_the_sums_are_printed() -> None:
    made = times(printed=False)
    assert not [each for each in made["data"] if each["meta"]["role"] == "counts"]
    assert {"<b>10</b>", "<b>1</b>"} <= {note["text"] for note in made["layout"]["annotations"]}


def test_each_class_has_its_family_s_mark_and_a_sum_of_classes_has_none() -> None:
    marks = [note for note in times()["layout"]["annotations"] if note["text"] in "■□"]
    assert [(note["text"], note["y"]) for note in marks] == [("■", 0), ("□", 2)]
    assert marks[0]["font"]["color"] == tokens()["fam-lp"]


def test_the_cells_of_a_level_have_one_colour() -> None:
    scale = trace(times(), "cells")["colorscale"]
    assert [stop for stop, _ in scale] == sorted(stop for stop, _ in scale)
    assert [colour for _, colour in scale[::2]] == [colour for _, colour in scale[1::2]]
    assert scale[0][1] == tokens()["sunken"]


def test_months_name_the_days_and_years_the_months() -> None:
    days = times()["layout"]
    assert days["xaxis"]["ticktext"] == ["30", "31", "1", "2"]
    assert {"Aug 2025", "Sep 2025"} <= {note["text"] for note in days["annotations"]}
    months = times(step="month", starts=[date(2024, 11, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 2, 1)])
    assert months["layout"]["xaxis"]["ticktext"] == ["Nov", "Dec", "Jan", "Feb"]
    assert {"2024", "2025"} <= {note["text"] for note in months["layout"]["annotations"]}


@pytest.mark.parametrize("most", [1, 2, 7, 100, 10_000])
def test_the_largest_count_is_the_darkest_and_a_larger_one_never_lighter(most: int) -> None:
    levels = [level(count, most) for count in range(most + 1)]
    assert levels == sorted(levels)
    assert levels[0] == 0
    assert levels[1] >= 1
    assert levels[-1] <= LEVELS


# Over-representation

COMPARED = (
    Comparison("CataclyV*", 191, 257, 0.289, 0.256, 0.325, 0.207, 1.4, 1.2, 1.6),
    Comparison("Em*", 1, 1, 0.0015, 0.0003, 0.0085, 0.0008, 1.9, 0.33, 11),
)


def test_both_shares_are_drawn_and_counts_and_ratio_are_printed() -> None:
    made = expectation_figure(COMPARED)
    assert trace(made, "anomalies")["x"] == [0.289, 0.0015]
    assert trace(made, "all alerts")["x"] == [0.207, 0.0008]
    assert trace(made, "intervals")["x"] == [0.256, 0.325, None, 0.0003, 0.0085, None]
    texts = [note["text"] for note in made["layout"]["annotations"]]
    assert "191 : 257" in texts
    assert "<b>×1.4</b>  1.2 to 1.6" in texts


def test_the_axis_of_shares_is_logarithmic_and_holds_all_of_them() -> None:
    axis = expectation_figure(COMPARED)["layout"]["xaxis"]
    low, high = (10**end for end in axis["range"])
    assert low < 0.0003
    assert high > 0.325


@pytest.mark.parametrize(("ratio", "words"), [(1234.4, "1,234"), (9.96, "10"), (0.999, "1.0"), (0.0512, "0.051")])
def test_a_ratio_has_two_digits_that_count(ratio: float, words: str) -> None:
    assert factor(ratio) == words
