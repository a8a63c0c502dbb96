"""The panel of stamps in a browser: pixels against FITS, stretches, zoom, cross hair, stepping, files."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from PIL import Image
from playwright.sync_api import Locator, expect

from services.cutouts import KINDS, ROW_ZERO_AT_TOP, SIZE, png
from tests.browser.running import ARCHIVE
from tests.browser.screen import Screen

pytestmark = pytest.mark.filterwarnings("ignore:.*SIMPLE card")

STEPPED, NEWEST = "ZTF25abcydiy", "3168187552115015000"
"""Six alerts with stamps; the newest has 144 missing pixels."""
CUT, CUT_ALERT = "ZTF18aaaheqt", "2659307100115010008"
"""48 rows: the detector ends above the 48th."""
LONELY = "ZTF25abixhdc"
"""Ten alerts, of which only the newest has stamps."""

# Greys of a canvas at the middle of every pixel of the stamp, line by line; -1 where it is transparent.
GREYS = """(canvas, size) => {
  const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
  const g = copy.getContext('2d', { willReadFrequently: true });
  g.drawImage(canvas, 0, 0);
  const data = g.getImageData(0, 0, copy.width, copy.height).data;
  const at = (n) => Math.floor((n + 0.5) * canvas.width / size), greys = [];
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) {
    const i = 4 * (at(y) * canvas.width + at(x));
    greys.push(data[i + 3] ? data[i] : -1);
  }
  return greys;
}"""


@cache
def real_stamps(object_id: str, candid: str) -> dict[str, np.ndarray]:
    """The images of an alert as they are in its packet."""
    columns = ["candid", *(f"cutout{kind}" for kind in KINDS)]
    rows = pq.read_table(ARCHIVE, columns=columns, filters=[("objectId", "=", object_id)]).to_pylist()
    (row,) = [row for row in rows if str(row["candid"]) == candid and row["cutoutScience"]]
    found = {}
    for kind in KINDS:
        with fits.open(io.BytesIO(gzip.decompress(row[f"cutout{kind}"]["stampData"])), ignore_missing_simple=True) as f:
            found[kind] = np.array(f[0].data)
    return found


def line_of(row: int) -> int:
    """Line of the screen, in pixels of the stamp, that shows a row of an uncut array; and the other way round."""
    return row if ROW_ZERO_AT_TOP else SIZE - 1 - row


def viewer(screen: Screen) -> Locator:
    return screen.page.locator("[data-cutouts]")


def open_at(screen: Screen, object_id: str, candid: str, query: str = "") -> Screen:
    """The page of an alert, with its stamps drawn."""
    screen.open(f"/object/{object_id}?alert={candid}{query}")
    wait_drawn(screen, candid)
    return screen


def wait_drawn(screen: Screen, candid: str) -> None:
    expect(screen.page.locator(f'[data-cutouts][data-drawn="{candid}"]')).to_have_count(1)


def greys(screen: Screen, kind: str) -> np.ndarray:
    canvas = screen.page.locator(f'canvas[data-kind="{kind}"]')
    return np.array(canvas.evaluate(GREYS, SIZE)).reshape(SIZE, SIZE)


def values(screen: Screen) -> dict[str, float | None]:
    """What is read out under the stamps, unrounded; None outside of an image."""
    found = viewer(screen).locator("[data-value]").evaluate_all("(all) => all.map((o) => o.dataset.exact)")
    return {kind: float(text) if text else None for kind, text in zip(KINDS, found, strict=True)}


def place(screen: Screen) -> str:
    return viewer(screen).locator("[data-cut-place]").inner_text()


def asked_for(screen: Screen) -> list[str]:
    """Addresses of stamps that are asked for from here on."""
    found: list[str] = []
    screen.page.on("request", lambda r: found.append(r.url) if "/cutout/" in r.url else None)
    return found


def wait_kept(screen: Screen, *candids: str) -> None:
    """Wait until the stamps of these alerts are in the browser."""
    screen.page.wait_for_function(
        "(keys) => keys.every((key) => window.oddfinch.stamps.kept.has(key))",
        arg=[f"{STEPPED}/{candid}" for candid in candids],
    )


def test_the_three_are_drawn_from_one_request_as_the_pixels_of_the_packet(screen: Screen) -> None:
    asked = asked_for(screen)
    open_at(screen, STEPPED, NEWEST)
    assert [f"/{NEWEST}/stamps.bin" in url for url in asked if "ahead" not in url] == [True]
    assert all("source=archive" in url for url in asked)
    real = real_stamps(STEPPED, NEWEST)
    with Image.open(io.BytesIO(png(real["Science"]))) as made:
        wanted = np.asarray(made.convert("LA"))
    drawn = greys(screen, "Science")
    there = wanted[..., 1] > 0
    marked = np.abs(drawn - wanted[..., 0]) > 2
    assert (~there).sum() == 144
    assert marked[there].mean() < 0.06, "arrows, scale and mark hide some pixels"
    assert (drawn[~there] >= 0).mean() < 0.5, "only the arrows are drawn where pixels are missing"
    assert (greys(screen, "Difference")[~there] == -1).all()


def test_the_read_out_follows_the_arrow_keys_and_is_the_pixel_of_the_fits_file(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    real = real_stamps(STEPPED, NEWEST)
    assert values(screen) == {kind: pytest.approx(real[kind][31, 31]) for kind in KINDS}
    assert place(screen) == "DN at the alert"
    alert = screen.query()["alert"]
    viewer(screen).locator(".cuts").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        screen.page.keyboard.press(key)
    row = line_of(31 - 6)
    assert values(screen) == {kind: pytest.approx(real[kind][row, 34]) for kind in KINDS}
    north = "N" if ROW_ZERO_AT_TOP else "S"
    assert place(screen) == f"DN at 3.0″ W, 6.1″ {north}"
    assert screen.query()["alert"] == alert, "these arrow keys are not steps in time"
    screen.page.keyboard.press("Escape")
    assert place(screen) == "DN at the alert"


def test_the_pointer_reads_all_three_and_missing_pixels_are_said_to_be_missing(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    real = real_stamps(STEPPED, NEWEST)
    row, column = map(int, np.argwhere(np.isnan(real["Science"]))[70])
    canvas = screen.page.locator('canvas[data-kind="Template"]')
    side = canvas.bounding_box()["width"]  # type: ignore[index]
    canvas.hover(position={"x": (column + 0.5) * side / SIZE, "y": (line_of(row) + 0.5) * side / SIZE})
    shown = viewer(screen).locator("[data-value]").all_inner_texts()
    assert shown == ["no data"] * 3
    screen.page.locator("h1").hover()
    assert place(screen) == "DN at the alert"


def test_a_cut_stamp_keeps_its_alert_in_the_middle_and_is_empty_beyond_the_edge(screen: Screen) -> None:
    open_at(screen, CUT, CUT_ALERT)
    real = real_stamps(CUT, CUT_ALERT)
    assert real["Science"].shape == (48, 63)
    expect(screen.panel("cutouts").locator(".note")).to_contain_text("cut by the detector’s edge")
    assert values(screen) == {kind: pytest.approx(real[kind][31, 31]) for kind in KINDS}
    empty = greys(screen, "Difference") == -1
    beyond = [line_of(row) for row in range(48, SIZE)]
    assert empty[beyond].all()
    assert not empty[[line_of(row) for row in range(10, 48)]].all(axis=1).any()
    viewer(screen).locator(".cuts").focus()
    for _ in range(4):
        screen.page.keyboard.press("Shift+ArrowDown" if ROW_ZERO_AT_TOP else "Shift+ArrowUp")
    assert viewer(screen).locator("[data-value]").all_inner_texts() == ["off edge"] * 3


def test_stretch_inversion_and_zoom_change_what_is_drawn_and_come_back_from_the_address(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    page = screen.page
    plain = greys(screen, "Template")
    page.locator('[data-group="stretch"]').get_by_role("button", name="percentile").click()
    screen.wait_query(stretch="percentile")
    assert screen.pressed("stretch") == "percentile"
    cut = greys(screen, "Template")
    assert (cut != plain).mean() > 0.5
    invert = page.get_by_role("button", name="Invert")
    invert.click()
    screen.wait_query(invert="1")
    there = cut >= 0
    assert (np.abs(greys(screen, "Template") + cut - 255)[there] <= 1).mean() > 0.95
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    screen.wait_query(czoom="2,0,0")
    before = greys(screen, "Difference")
    page.reload(wait_until="commit")
    screen.rest()
    wait_drawn(screen, NEWEST)
    np.testing.assert_array_equal(greys(screen, "Difference"), before)
    expect(viewer(screen).locator("[data-cut-factor]")).to_have_text("2×")
    invert.click()
    screen.wait_query(invert=None)
    expect(invert).to_have_attribute("aria-pressed", "false")


def test_the_old_name_of_a_stretch_is_understood_and_nonsense_is_the_usual_view(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST, "&stretch=range&czoom=2,a,NaN")
    assert screen.pressed("stretch") == "percentile"
    expect(viewer(screen).locator("[data-cut-factor]")).to_have_text("1×")


def test_wheel_and_keys_zoom_all_three_about_the_same_place_and_dragging_moves_them(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    box = screen.page.locator('canvas[data-kind="Template"]').bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75
    screen.page.mouse.move(x, y)
    before = values(screen)
    for _ in range(4):
        screen.page.mouse.wheel(0, -100)
    screen.page.wait_for_function("new URLSearchParams(location.search).get('czoom')?.startsWith('4,')")
    assert values(screen) == before, "what was under the pointer stays there"
    screen.page.mouse.down()
    screen.page.mouse.move(x + 30, y - 20, steps=3)
    screen.page.mouse.up()
    assert values(screen) == before
    screen.page.keyboard.press("0")
    viewer(screen).locator(".cuts").focus()
    screen.page.keyboard.press("0")
    screen.wait_query(czoom=None)
    screen.page.keyboard.press("+")
    screen.wait_query(czoom="1.41,0,0")


def test_a_step_to_a_neighbour_is_drawn_from_what_is_here_already(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    order = list(screen.alerts())
    assert order[-1] == NEWEST
    wait_kept(screen, order[-2])
    asked = asked_for(screen)
    screen.page.keyboard.press("ArrowLeft")
    wait_drawn(screen, order[-2])
    expect(screen.page.locator(f'[data-when="{order[-2]}"]')).to_be_visible()
    wait_kept(screen, order[-3])
    assert [url.split("/")[-2] for url in asked] == [order[-3]], "only the next neighbour is fetched ahead"
    real = real_stamps(STEPPED, NEWEST)
    for _ in range(3):
        screen.page.keyboard.press("ArrowRight")
        wait_drawn(screen, NEWEST)
        assert values(screen)["Science"] == pytest.approx(real["Science"][31, 31])
        screen.page.keyboard.press("ArrowLeft")
        wait_drawn(screen, order[-2])
    assert len(asked) == 1
    link = screen.panel("cutouts").get_by_role("link", name="Science as FITS", include_hidden=True)
    expect(link).to_have_attribute("href", f"/cutout/{STEPPED}/{order[-2]}/Science.fits")
    code = screen.panel("cutouts").locator(".menu.code pre")
    expect(code).to_contain_text(order[-2])


def test_stamps_of_another_alert_are_said_to_be_that(screen: Screen) -> None:
    screen.open(f"/object/{LONELY}")
    order = list(screen.alerts())
    note = screen.panel("cutouts").locator(".note")
    expect(note).to_contain_text("wide, north")
    screen.page.keyboard.press("ArrowLeft")
    wait_drawn(screen, order[-2])
    expect(note).to_have_text("of the newest alert, 4 Sep 08:45 UTC: Fink gave none of this one")
    screen.page.keyboard.press("ArrowRight")
    wait_drawn(screen, order[-1])
    expect(note).to_contain_text("wide, north")


def test_the_larger_view_has_500_pixels_for_each_and_gives_them_back(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    order = list(screen.alerts())
    expand = screen.page.get_by_role("button", name="Larger stamps")
    expand.click()
    canvas = screen.page.locator('dialog[open] canvas[data-kind="Difference"]')
    assert canvas.bounding_box()["width"] == pytest.approx(500, abs=1)  # type: ignore[index]
    screen.page.locator("dialog[open]").get_by_role("button", name="Alert before").click()
    wait_drawn(screen, order[-2])
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator("dialog[open]")).to_have_count(0)
    expect(expand).to_be_focused()
    assert screen.page.locator('[data-panel="cutouts"] .body canvas').first.bounding_box()["width"] < 200  # type: ignore[index]


def downloaded(screen: Screen, find: Callable[[Locator], Locator]) -> tuple[str, bytes]:
    """Name and content of what an entry of the export menu saves."""
    panel = screen.panel("cutouts")
    panel.locator("summary[title=Export]").click()
    with screen.page.expect_download() as waiting:
        find(panel).click()
    saved: Any = waiting.value
    return str(saved.suggested_filename), saved.path().read_bytes()


def test_all_three_are_saved_as_one_fits_file(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    name, body = downloaded(screen, lambda panel: panel.get_by_role("link", name="All three as FITS"))
    assert name == f"{STEPPED}_{NEWEST}_All_archive.fits"
    real = real_stamps(STEPPED, NEWEST)
    with fits.open(io.BytesIO(body)) as found:
        for kind in KINDS:
            np.testing.assert_array_equal(found[kind.upper()].data, real[kind])


def test_what_is_seen_is_saved_as_a_picture_that_says_whose_it_is(screen: Screen) -> None:
    open_at(screen, STEPPED, NEWEST)
    name, body = downloaded(screen, lambda panel: panel.get_by_role("button", name="The three as PNG"))
    assert name == f"{STEPPED}_{NEWEST}_stamps_archive.png"
    with Image.open(io.BytesIO(body)) as picture:
        assert picture.size == (1576, 608)
    caption = viewer(screen).get_attribute("data-caption")
    assert caption == f"{STEPPED}  ·  alert {NEWEST}, 2025-09-04 04:30 UTC, g  ·  Archive"
