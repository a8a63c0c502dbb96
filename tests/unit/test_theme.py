"""Design tokens: one style sheet, three themes, and nothing drawn in a colour that is not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.theme import (
    BAND_SYMBOL,
    BAND_SYMBOL_LIMIT,
    BAND_SYMBOL_LOW_QUALITY,
    BAND_SYMBOL_OPEN,
    THEMES,
    paint,
    tokens,
)
from services.taxonomy import FAMILIES

ROOT = Path(__file__).parents[2]
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
SOURCES = sorted((ROOT / "components").rglob("*.py"))


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_every_token_of_the_light_one(theme: str) -> None:
    assert set(tokens(theme)) == set(tokens("light"))


def test_an_unknown_theme_is_the_light_one() -> None:
    assert tokens("no-such-theme") == tokens("light")
    assert tokens(".*") == tokens("light")


def test_the_themes_differ_where_they_should() -> None:
    assert tokens("dark")["panel"] != tokens("light")["panel"]
    assert tokens("beamer")["fs-12"] != tokens("light")["fs-12"]
    assert tokens("beamer")["panel"] == tokens("light")["panel"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_colour_and_every_class_an_ink(theme: str, family: str) -> None:
    names = [f"fam-{family.lower()}"] + ([f"on-{family.lower()}"] if family != "NA" else [])
    for name in names:
        assert COLOUR.fullmatch(tokens(theme)[name])


@pytest.mark.parametrize("theme", THEMES)
def test_the_bands_have_different_colours(theme: str) -> None:
    assert len({tokens(theme)[f"band-{band}"] for band in BAND_SYMBOL}) == 3


@pytest.mark.parametrize("source", [p for p in SOURCES if p.name != "theme.py"], ids=lambda path: path.name)
def test_every_token_named_in_the_source_exists(source: Path) -> None:
    named = set(re.findall(r'["\']@([a-z][a-z0-9-]*)["\']', source.read_text()))
    assert named <= set(tokens())


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_component_writes_a_colour_down(source: Path) -> None:
    assert not COLOUR.findall(source.read_text())


def test_each_kind_of_point_has_one_symbol_for_each_band() -> None:
    kinds = (BAND_SYMBOL, BAND_SYMBOL_OPEN, BAND_SYMBOL_LOW_QUALITY, BAND_SYMBOL_LIMIT)
    symbols = [symbol for kind in kinds for symbol in kind.values()]
    assert all(set(kind) == {"g", "r", "i"} for kind in kinds)
    assert len(symbols) == len(set(symbols))


def test_painting_replaces_tokens_at_any_depth_and_remembers_their_places() -> None:
    figure = {"data": [{"marker": {"color": ["@band-g", "red"]}}], "layout": {"font": {"color": "@text"}}}
    painted = paint(figure, "dark")
    assert painted is figure
    assert figure["data"] == [{"marker": {"color": [tokens("dark")["band-g"], "red"]}}]
    assert painted["layout"]["meta"]["tokens"] == [
        [["data", 0, "marker", "color", 0], "band-g"],
        [["layout", "font", "color"], "text"],
    ]


def test_a_token_that_does_not_exist_is_an_error_and_not_a_colour() -> None:
    with pytest.raises(KeyError):
        paint({"data": [{"color": "@no-such-token"}]})


def test_a_figure_without_tokens_only_gains_an_empty_list() -> None:
    assert paint({"data": []}) == {"data": [], "layout": {"meta": {"tokens": []}}}
