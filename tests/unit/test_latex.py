"""The LaTeX table: numbers as they are, nothing that LaTeX would run, and where it comes from."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.latex import STYLES, Style, escape, light_curve_table
from services.sources import Source

ARCHIVE = Source("a", "archive", "R&D_archive 100%", "", date(2023, 1, 25))
SKY = Source("s", "simulated", "Simulated sky", "", date(2023, 1, 25))
NOW = datetime(2025, 9, 3, 7, 5, 9, tzinfo=UTC)


def curve() -> pd.DataFrame:
    """A detection, a negative one, a low-quality one, a limit, and one with nothing but its time."""
    nan = np.nan
    return pd.DataFrame(
        {
            "mjd": [60900.123456, 60901.5, 60902.5, 60903.5, 60904.5],
            "jd": [2460900.623456, 2460902.0, 2460903.0, 2460904.0, 2460905.0],
            "fid": pd.Series([1, 2, 2, 1, None], dtype="Int64"),
            "magpsf": [18.5, 19.25, 20.0, nan, nan],
            "sigmapsf": [0.0512, 0.1, 0.2, nan, nan],
            "diffmaglim": [nan, nan, 20.5, 20.1, nan],
            "isdiffpos": pd.Series(["t", "f", "t", None, None], dtype="str"),
            "magnr": [17.0, 17.5, nan, nan, nan],
            "sigmagnr": [0.01, 0.02, nan, nan, nan],
            "distnr": [0.2, 0.3, nan, nan, nan],
            "tag": pd.Series(["valid", "valid", "badquality", "upperlim", "valid"], dtype="str"),
        }
    )


def rows_of(text: str) -> list[list[str]]:
    """Cells of the rows of the table."""
    body = text.split(r"\startdata")[-1].split(r"\endlastfoot")[-1]
    lines = (line.removesuffix(r" \\") for line in body.splitlines() if re.match(r"[0-9]{5}\.", line))
    return [line.split(" & ") for line in lines]


def table(style: Style = "deluxetable", source: Source = ARCHIVE, **options: str) -> str:
    return light_curve_table(curve(), "ZTF25abixhdc", source, style=style, now=NOW, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("style", STYLES)
def test_rows_are_mjd_band_magnitude_error_limit_and_note(style: Style) -> None:
    assert rows_of(table(style)) == [
        ["60900.12346", "g", "18.500", "0.051", r"\nodata", r"\nodata"],
        ["60901.50000", "r", "19.250", "0.100", r"\nodata", "n"],
        ["60902.50000", "r", "20.000", "0.200", r"\nodata", "q"],
        ["60903.50000", "g", r"\nodata", r"\nodata", "20.100", r"\nodata"],
    ]


def test_other_brightnesses_have_their_own_numbers_and_units() -> None:
    text = table(mode="dcflux")
    assert r"\colhead{($\mu$Jy)}" in text
    assert rows_of(text)[0][2] == f"{3631e6 * (10 ** (-0.4 * 17) + 10 ** (-0.4 * 18.5)):.2f}"
    assert [row[0] for row in rows_of(text)] == ["60900.12346", "60901.50000", "60903.50000"]
    assert "Left out: 2 without a template source to add to." in text
    assert "DC flux" in text
    negative = rows_of(table(mode="diffflux"))[1][2]
    assert negative.startswith("$-$")


@pytest.mark.parametrize("style", STYLES)
def test_the_table_says_its_source_its_time_and_whom_to_thank(style: Style) -> None:
    text = table(style)
    assert "% source: R&D_archive 100%\n% exported_at: 2025-09-03T07:05:09Z\n% object: ZTF25abixhdc\n" in text
    assert r"Source: R\&D\_archive 100\%, 2025-09-03 07:05 UTC." in text
    assert "Möller et al. 2021" in text
    assert "LSST-France" in text
    assert "SIMULATED" not in text


@pytest.mark.parametrize("style", STYLES)
def test_every_row_of_a_simulated_object_carries_the_mark_and_nobody_is_cited(style: Style) -> None:
    text = table(style, SKY)
    assert [row[6] for row in rows_of(text)] == ["SIMULATED"] * 4
    assert "caption{SIMULATED: no telescope saw this." in text
    assert "Möller" not in text


@pytest.mark.parametrize("style", STYLES)
def test_braces_and_environments_are_closed_and_rows_as_wide_as_their_head(style: Style) -> None:
    for source in (ARCHIVE, SKY):
        text = re.sub(r"(?m)^%.*$", "", table(style, source))
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        assert re.findall(r"\\begin\{(\w+)\}", text) == re.findall(r"\\end\{(\w+)\}", text)
        (columns,) = re.findall(r"\\begin\{\w+\}\{([rlc]+)\}", text)
        assert {len(row) for row in rows_of(text)} == {len(columns)}


def test_no_rows_are_a_table_without_rows() -> None:
    for style in STYLES:
        assert rows_of(light_curve_table(curve().iloc[:0], "ZTF25abixhdc", ARCHIVE, style=style, now=NOW)) == []


@given(st.text(max_size=40))
def test_no_text_means_anything_to_latex(text: str) -> None:
    escaped = escape(text)
    harmless = re.sub(r"\\text(backslash|asciitilde|asciicircum)\{\}|\\[&%$#_{}]|\$(-|\\mu|\\sigma|'')\$", "", escaped)
    assert not set(harmless) & set("\\&%$#_{}~^\n\r")
