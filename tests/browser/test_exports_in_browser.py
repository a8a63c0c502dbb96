"""Downloads: tables with Fink's column names, figures as files, and the code for this."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.screen import Screen

NIGHT = "/?night=2025-09-02"
RISING = "ZTF25abixhdc"
NIGHT_COLUMNS = {"i:objectId", "i:candid", "i:jd", "i:fid", "i:magpsf", "i:ra", "i:dec", "d:anomaly_score",
                 "d:cdsxmatch", "v:classification", "oddfinch:night", "oddfinch:rank", "oddfinch:era",
                 "oddfinch:times_90d", "oddfinch:times_ever", "oddfinch:is_new", "oddfinch:source"}  # fmt: skip
CURVE_COLUMNS = {"i:objectId", "i:candid", "i:jd", "i:fid", "i:magpsf", "i:sigmapsf", "i:diffmaglim", "d:tag",
                 "d:anomaly_score", "v:classification", "oddfinch:dcmag", "oddfinch:dcmag_error",
                 "oddfinch:diffflux", "oddfinch:dcflux", "oddfinch:source"}  # fmt: skip
NAMESPACE = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}


def download(screen: Screen, panel: str, words: str) -> tuple[str, bytes]:
    """Name and bytes of the file behind an entry of a panel's export menu."""
    menu = screen.panel(panel).locator("details", has=screen.page.get_by_label("Export"))
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    with screen.page.expect_download() as waiting:
        menu.get_by_text(words, exact=True).click()
    found = waiting.value
    return found.suggested_filename, Path(found.path()).read_bytes()


def table(name: str, body: bytes) -> list[dict[str, Any]]:
    """Rows of a downloaded CSV, JSON or VOTable file; all cells of the last as text."""
    if name.endswith(".csv"):
        lines = [line for line in io.StringIO(body.decode()) if not line.startswith("#")]
        return list(csv.DictReader(lines))
    if name.endswith(".json"):
        rows: list[dict[str, Any]] = json.loads(body)
        return rows
    root = ElementTree.fromstring(body)
    names = [str(field.get("name")) for field in root.findall(".//v:FIELD", NAMESPACE)]
    rows_found = root.findall(".//v:TR", NAMESPACE)
    return [dict(zip(names, [c.text for c in row], strict=True)) for row in rows_found]


@pytest.mark.parametrize(("words", "extension"), [("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json")])
def test_a_night_is_exported_with_finks_names_and_whole_ids(screen: Screen, words: str, extension: str) -> None:
    screen.open(NIGHT)
    name, body = download(screen, "night-table", words)
    assert name.endswith(f".{extension}")
    assert "2025-09-02" in name
    rows = table(name, body)
    assert len(rows) == 7
    assert set(rows[0]) >= NIGHT_COLUMNS
    assert rows[0]["i:objectId"] == "ZTF18adkvbzf"
    assert rows[0]["i:candid"] == "3166315372915010000"
    assert float(rows[0]["d:anomaly_score"]) == pytest.approx(-0.0349941328)


@pytest.mark.parametrize(
    ("words", "extension"),
    [("Light curve as CSV", "csv"), ("Light curve as VOTable", "vot"), ("Light curve as JSON", "json")],
)
def test_a_light_curve_is_exported_in_all_modes_with_its_limits(screen: Screen, words: str, extension: str) -> None:
    screen.open(f"/object/{RISING}")
    name, body = download(screen, "light-curve", words)
    assert name.endswith(f".{extension}")
    assert RISING in name
    rows = table(name, body)
    assert set(rows[0]) >= CURVE_COLUMNS
    assert [sum(row["d:tag"] == tag for row in rows) for tag in ("valid", "badquality", "upperlim")] == [42, 1, 22]


def test_a_light_curve_is_exported_as_parquet_with_types(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    name, body = download(screen, "light-curve", "Light curve as Parquet")
    assert name.endswith(".parquet")
    rows = pq.read_table(io.BytesIO(body))
    assert set(rows.column_names) >= CURVE_COLUMNS
    assert rows.num_rows == 65
    assert "3168365062815015000" in rows["i:candid"].to_pylist()


def test_a_light_curve_is_exported_as_latex_in_the_brightness_on_the_screen(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?mode=dcmag")
    name, body = download(screen, "light-curve", "LaTeX table (AASTeX)")
    assert name.endswith(".tex")
    text = body.decode()
    assert "\\begin{deluxetable}" in text
    assert f"Light curve of {RISING}: DC magnitude" in text
    assert "\\begin{longtable}" in download(screen, "light-curve", "LaTeX table (booktabs)")[1].decode()


def test_a_notebook_of_the_light_curve_asks_finks_public_api(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?mode=dcmag")
    name, body = download(screen, "light-curve", "Jupyter notebook")
    assert name.endswith(".ipynb")
    notebook = json.loads(body)
    assert notebook["metadata"]["oddfinch"]["object_id"] == RISING
    code = "".join(cell["source"] for cell in notebook["cells"])
    assert 'BASE_URL = "https://api.ztf.fink-portal.org"' in code
    assert 'MODE = "dcmag"' in code


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_figure_for_a_paper_is_one_column_wide_and_white(screen: Screen, theme: str) -> None:
    screen.page.context.add_cookies([{"name": "oddfinch-theme", "value": theme, "url": screen.base}])
    screen.open(f"/object/{RISING}?mode=diffmag")
    name, png = download(screen, "light-curve", "Figure for a paper, PNG")
    assert name == f"{RISING}-diffmag-paper.png"
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (1050, 780)
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    name, svg = download(screen, "light-curve", "Figure for a paper, SVG")
    root = ElementTree.fromstring(svg)
    assert (root.get("width"), root.get("height")) == ("3.5in", "2.6in")
    assert f"<title>{RISING}, Archive".encode() in svg
    assert b"#00857A" in svg or b"rgb(0, 133, 122)" in svg  # the light theme's green, whatever the screen shows


def test_whom_to_cite_is_asked_for_when_the_menu_is_opened_and_can_be_copied(screen: Screen) -> None:
    page = screen.open(f"/object/{RISING}").page
    menu = screen.panel("light-curve").locator("details.cite")
    menu.locator("summary").click()
    expect(menu).to_contain_text("Möller et al. 2021, MNRAS 501, 3272")
    expect(menu).to_contain_text("TNS")
    menu.get_by_role("button", name="Copy BibTeX").click()
    expect(page.locator("#toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").count("@article") >= 5
    with page.expect_download() as waiting:
        menu.get_by_text("BibTeX file").click()
    assert waiting.value.suggested_filename == f"{RISING}_citation_archive.bib"


def test_all_columns_of_all_alerts_are_exported(screen: Screen) -> None:
    screen.open(f"/object/{RISING}?tab=alert-content")
    rows = table(*download(screen, "alert-content", "All columns, all alerts, as CSV"))
    assert len(rows) == 42
    assert len(rows[0]) > 100
    assert "3168365062815015000" in {row["i:candid"] for row in rows}


def test_the_figure_is_exported_as_png_and_svg_with_its_caption(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    name, png = download(screen, "light-curve", "Figure as PNG")
    assert name == f"{RISING}-diffmag.png"
    assert png.startswith(b"\x89PNG")
    screen.page.keyboard.press("Escape")
    name, svg = download(screen, "light-curve", "Figure as SVG")
    assert name == f"{RISING}-diffmag.svg"
    assert svg.startswith(b"<svg")
    assert f"{RISING}, Archive".encode() in svg


def test_a_cutout_is_exported_as_fits(screen: Screen) -> None:
    screen.open(f"/object/{RISING}")
    name, body = download(screen, "cutouts", "Science as FITS")
    assert name.endswith(".fits")
    assert body.startswith(b"SIMPLE  =")
    assert RISING.encode() in body[:5760]


@pytest.mark.parametrize(
    ("path", "panel", "word"),
    [
        (NIGHT, "night-table", "/api/v1/anomaly"),
        (f"/object/{RISING}", "light-curve", "/api/v1/objects"),
        (f"/object/{RISING}", "cutouts", "/api/v1/cutouts"),
    ],
)
def test_the_code_for_this_can_be_copied(screen: Screen, path: str, panel: str, word: str) -> None:
    page = screen.open(path).page
    menu = screen.panel(panel).locator("details", has=page.get_by_label("The code for this"))
    menu.locator("summary").click()
    code = menu.locator("pre").inner_text()
    menu.get_by_role("button", name="Copy").click()
    expect(page.locator("#toast")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == code.strip()
    assert "import requests" in copied
    assert word in copied


def test_what_cannot_be_exported_is_a_status_and_a_sentence(screen: Screen) -> None:
    asked = {
        "/export/object/nonsense.csv": 400,
        "/export/object/ZTF99zzzzzzz.csv": 404,
        "/export/anomalies.csv?night=2025-13-40": 400,
        f"/export/object/{RISING}.exe": 404,
        f"/export/object/{RISING}.tex?style=word": 400,
        f"/export/object/{RISING}.ipynb?mode=loud": 400,
        f"/export/citation/{RISING}.doc": 404,
    }
    found = {path: screen.page.request.get(screen.base + path).status for path in asked}
    assert found == asked
