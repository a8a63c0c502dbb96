"""The sky panel in a browser: nothing leaves the machine unasked, CDS answers or does not, one Aladin for the tab."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Guard
from tests.browser.running import ROOT
from tests.browser.screen import Screen

ADDRESS = "/object/ZTF25abixhdc?tab=sky"
OTHER_HOSTS = re.compile(r"^https?://(?!127\.0\.0\.1)")
ALADIN = ROOT / "assets" / "vendor" / "aladin-lite" / "aladin.js"
DRIVER = "GL Driver Message"
"""Chromium's drawing without a graphics card warns about itself."""
CDS = re.compile(r"request to another host: https://alasky(bis)?\.(cds\.)?unistra\.fr/")
PROPERTIES = """creator_did = ivo://{name}
dataproduct_type = image
hips_version = 1.4
hips_frame = equatorial
hips_order = 11
hips_order_min = 0
hips_tile_width = 512
hips_tile_format = jpeg
"""
needs_aladin = pytest.mark.skipif(
    not Path(ALADIN).exists(), reason="assets/vendor/aladin-lite is not there: make assets needs npm"
)


def jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (30, 30, 60)).save(out, "JPEG")
    return out.getvalue()


class Cds:
    """CDS as far as the panel needs it, with a plain sky; or one that cannot be reached."""

    def __init__(self) -> None:
        self.answers = True
        self._tile, self._all_sky = jpeg(512, 512), jpeg(27 * 64, 29 * 64)

    def __call__(self, route: Route) -> None:
        """Answer one request."""
        if not self.answers:
            route.abort()
            return
        url = urlsplit(route.request.url)
        headers = {"Access-Control-Allow-Origin": "*"}
        if "MocServer" in url.path:
            name = parse_qs(url.query)["ID"][0]
            record = {"ID": name, "hips_service_url": f"http://alasky.cds.unistra.fr/{name}"}
            route.fulfill(json=[record], headers=headers)
        elif url.path.endswith("/properties"):
            route.fulfill(body=PROPERTIES.format(name=url.path[1 : -len("/properties")]), headers=headers)
        elif url.path.endswith(".jpg"):
            body = self._all_sky if "Allsky" in url.path else self._tile
            route.fulfill(body=body, content_type="image/jpeg", headers=headers)
        else:
            route.fulfill(status=404, headers=headers)  # Moc.fits: Aladin does without


@pytest.fixture
def cds(page: Page, guard: Guard) -> Iterator[Cds]:
    """CDS for the test; being asked is no fault then, and what the browser remembers is forgotten after it."""
    made = Cds()
    page.route(OTHER_HOSTS, made)
    guard.failed_loads_expected = True
    yield made
    page.evaluate("localStorage.removeItem('oddfinch-sky')")
    guard.problems[:] = [p for p in guard.problems if not CDS.search(p) and DRIVER not in p]


def is_now(screen: Screen, state: str) -> None:
    expect(screen.page.locator("[data-sky]")).to_have_attribute("data-sky", state)


def load(screen: Screen) -> None:
    screen.page.locator("[data-sky-load]").click()


def test_cutouts_stand_there_and_no_other_machine_is_asked(screen: Screen) -> None:
    screen.open(ADDRESS)
    screen.expect_state("sky", "ready")
    is_now(screen, "ask")
    images = screen.panel("sky").locator(".sky-stamp img")
    expect(images).to_have_count(2)
    screen.page.wait_for_function("[...document.querySelectorAll('.sky-stamp img')].every((i) => i.naturalWidth)")
    expect(screen.panel("sky")).to_contain_text("which then learns this position")


def test_where_cds_does_not_answer_the_cutouts_stay_and_the_reason_is_said(screen: Screen, cds: Cds) -> None:
    cds.answers = False
    screen.open(ADDRESS)
    load(screen)
    is_now(screen, "failed")
    expect(screen.panel("sky")).to_contain_text("Aladin Lite needs the network for its sky images; CDS did not answer.")
    expect(screen.panel("sky").locator(".sky-stamp img").first).to_be_visible()
    screen.page.reload()
    screen.rest()
    is_now(screen, "ask")


@needs_aladin
def test_images_survey_and_field_are_in_the_address_and_come_back(screen: Screen, cds: Cds) -> None:
    screen.open(ADDRESS)
    load(screen)
    is_now(screen, "live")
    expect(screen.page.locator("[data-sky-fov]")).to_have_text("2.0′")
    screen.page.locator("[data-sky-survey=dss2]").click()
    screen.page.locator("[data-sky-zoom='1.5']").click()
    screen.wait_query(survey="dss2", fov="3")
    screen.page.reload()
    screen.rest()
    is_now(screen, "live")
    expect(screen.page.locator("[data-sky-survey=dss2]")).to_have_attribute("aria-pressed", "true")
    expect(screen.page.locator("[data-sky-fov]")).to_have_text("3.0′")
    screen.page.locator("[data-sky-stop]").click()
    is_now(screen, "ask")
    assert screen.page.evaluate("localStorage.getItem('oddfinch-sky')") is None


@needs_aladin
def test_stepping_keeps_the_one_aladin_and_a_survey_that_fails_leaves_the_last(screen: Screen, cds: Cds) -> None:
    screen.open(ADDRESS)
    load(screen)
    is_now(screen, "live")
    screen.page.evaluate("document.querySelector('.sky-view').mine = true")
    before = json.loads(str(screen.page.locator("[data-sky]").get_attribute("data-places")))
    screen.page.keyboard.press("ArrowLeft")
    screen.page.wait_for_function(
        "(old) => { const box = document.querySelector('[data-sky]'); return box && box.dataset.places !== old"
        " && box.querySelector('.sky-view')?.mine; }",
        arg=json.dumps(before),
    )
    is_now(screen, "live")
    cds.answers = False
    screen.page.locator("[data-sky-survey=legacy]").click()
    expect(screen.page.locator(".sky-trouble")).to_contain_text("the one before is still shown")
    expect(screen.page.locator("[data-sky-survey=ps1]")).to_have_attribute("aria-pressed", "true")
