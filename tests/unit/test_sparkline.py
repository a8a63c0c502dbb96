"""The light curve of thirty days as SVG: which points, which marks, where."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.figures.sparkline import HEIGHT, WIDTH, sparkline_svg

Point = tuple[float, float, str, bool]
SVG = "{http://www.w3.org/2000/svg}"
MARKS = {"g": "circle", "r": "rect", "i": "path"}

POINTS = st.lists(st.tuples(st.floats(80, 150), st.floats(12, 22), st.sampled_from("gri"), st.booleans()), max_size=30)


def marks(points: list[Point], start: float = 100.0, stop: float = 130.0) -> list[ElementTree.Element]:
    """Groups of marks, in the order of the points."""
    return ElementTree.fromstring(sparkline_svg(points, start, stop)).findall(f"{SVG}g")


def place(mark: ElementTree.Element) -> tuple[float, float]:
    """Centre of the mark of a g or r point."""
    shape = mark[0]
    if "cx" in shape.attrib:
        return float(shape.attrib["cx"]), float(shape.attrib["cy"])
    half = float(shape.attrib["width"]) / 2
    return float(shape.attrib["x"]) + half, float(shape.attrib["y"]) + half


@pytest.mark.parametrize(("band", "tag"), MARKS.items())
def test_each_band_has_its_shape_and_takes_its_colour_from_the_page(band: str, tag: str) -> None:
    (mark,) = marks([(110.0, 18.0, band, False)])
    assert mark.attrib["class"] == f"band-{band}"
    assert mark[0].tag == f"{SVG}{tag}"
    assert mark[0].attrib["fill"] == "currentColor"


@pytest.mark.parametrize("band", MARKS)
def test_a_negative_detection_is_open(band: str) -> None:
    (mark,) = marks([(110.0, 18.0, band, True)])
    assert mark[0].attrib["fill"] == "none"
    assert mark[0].attrib["stroke"] == "currentColor"


def test_time_runs_to_the_right_and_brighter_is_higher() -> None:
    (x1, y1), (x2, y2) = map(place, marks([(105.0, 19.0, "g", False), (120.0, 17.0, "r", False)]))
    assert x1 < x2
    assert y1 > y2


def test_points_outside_the_time_range_are_left_out_and_its_ends_are_in() -> None:
    times = (99.9, 100.0, 115.0, 130.0, 130.1)
    assert len(marks([(t, 18.0, "g", False) for t in times])) == 3


def test_a_constant_source_stays_a_line_of_dots_in_the_middle() -> None:
    heights = [place(m)[1] for m in marks([(100.0 + n, 18.0 + 0.01 * n, "g", False) for n in range(5)])]
    assert max(heights) - min(heights) < HEIGHT / 8


def test_it_says_in_words_what_it_shows() -> None:
    text = sparkline_svg([(110.0, 18.04, "g", False), (111.0, 19.26, "r", False)], 100.0, 130.0)
    words = ElementTree.fromstring(text).attrib["aria-label"]
    assert words == "2 detections in 30 days, magnitude 18.0 to 19.3"


def test_nothing_to_draw_is_still_a_picture_that_says_so() -> None:
    root = ElementTree.fromstring(sparkline_svg([], 100.0, 130.0))
    assert root.attrib["aria-label"].startswith("0 detections")
    assert "magnitude" not in root.attrib["aria-label"]
    assert len(root) == 1


@given(POINTS)
def test_every_point_of_the_range_is_drawn_inside_the_picture(points: list[Point]) -> None:
    text = sparkline_svg(points, 100.0, 130.0)
    root = ElementTree.fromstring(text)
    drawn = root.findall(f"{SVG}g")
    assert len(drawn) == sum(100 <= p[0] <= 130 + 1e-4 for p in points)
    for mark in drawn:
        numbers = [float(n) for n in re.findall(r"-?\d+\.\d", " ".join(mark[0].attrib.values()))][:2]
        assert 0 <= numbers[0] <= WIDTH
        assert 0 <= numbers[1] <= HEIGHT
