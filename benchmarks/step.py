"""A step to the next alert on the object page: from the arrow key to the frame that shows it.

The whole page takes part: the ring and the points that the score saw in the light curve, the stamps, and the panels
that are asked for anew. What is counted is that none of them is the light curve.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, sync_playwright

from benchmarks import made
from benchmarks.in_browser import ARGS, LIGHT_CURVE, chromium, served, sky_of, there
from benchmarks.measure import Result

STEPS = 12
TARGET_MS = 100
REAL = ("ZTF25abixhdc", "ZTF20abfcszi")
"""Recorded objects with more alerts than there are steps: ten that were scored, and 21 with labels that change."""
STEPPED = "/_dash-update-component"
PANEL = '"panel":"light-curve"'

# The ring is drawn by the browser from what it has; the stamps too, when those of the neighbours are here already.
STEP = """(key) => new Promise((done) => {
  const gd = document.querySelector("[data-panel=light-curve] .js-plotly-plot");
  const ring = gd._fullData.find((t) => t.meta && t.meta.role === "ring");
  const mark = () => gd.querySelector(`.trace${ring.uid} path`).getAttribute("transform");
  const stamps = () => (document.querySelector("[data-cutouts]") || { dataset: {} }).dataset.drawn;
  const before = [mark(), stamps()], found = [0, 0], start = performance.now();
  const look = () => {
    [mark(), stamps()].forEach((now, n) => {
      if (now !== before[n] && !found[n]) requestAnimationFrame(() => { found[n] = performance.now() - start; });
    });
    if ((found[0] && found[1]) || performance.now() - start > 3000) done(found); else requestAnimationFrame(look);
  };
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  requestAnimationFrame(look);
})"""
AT_REST = """() => !document.querySelector("[data-state=loading], [data-slot][data-busy], [data-cutouts][aria-busy]")
  && document.querySelector("[data-panel=light-curve] .js-plotly-plot[data-drawn]")"""


@dataclass
class Steps:
    """Milliseconds of the steps so far, and what was asked of the server for the light curve."""

    rings: list[float] = field(default_factory=list)
    stamps: list[float] = field(default_factory=list)
    asked: int = 0

    def take(self, page: Page, steps: int) -> None:
        """Step back in time from the newest alert."""
        there(page, LIGHT_CURVE)
        page.wait_for_function(AT_REST)
        page.on("request", self._count)
        for _ in range(steps):
            page.wait_for_timeout(700)  # a person looks before going on; the neighbours' stamps arrive
            ring, stamps = page.evaluate(STEP, "ArrowLeft")
            self.rings.append(float(ring))
            self.stamps.append(float(stamps))
            page.wait_for_function(AT_REST)

    def _count(self, request: Request) -> None:
        self.asked += STEPPED in request.url and PANEL in (request.post_data or "")

    def results(self, what: str) -> list[Result]:
        """Rows of the table."""
        if not all(self.rings):
            raise AssertionError(f"{what}: a step did not move the ring")
        drawn = tuple(t for t in self.stamps if t)
        stamps = [Result("the same, until its stamps are drawn", drawn, TARGET_MS, "ms")] if drawn else []
        return [
            Result(f"step to the next alert, key to redrawn: {what}", tuple(self.rings), TARGET_MS, "ms"),
            *stamps,
            Result("requests for the light curve by these steps", (self.asked,), 0, "calls"),
        ]


def results() -> list[Result]:
    """Recorded objects (invented ones elsewhere), and the invented one with a thousand points; needs Chromium."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oddfinch-bench-")))
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=chromium(), args=ARGS)
        stack.callback(browser.close)
        return [*_recorded(browser, folder), *_thousand(browser, folder)]


def _recorded(browser: Browser, folder: Path) -> list[Result]:
    sky = sky_of(folder)
    objects = REAL if sky.words.startswith("recorded") else (sky.aside,)
    with served("app", str(folder / "app"), str(sky.archive)) as address:
        return _stepped(browser, address, objects).results(sky.words)


def _thousand(browser: Browser, folder: Path) -> list[Result]:
    with served("made", str(folder / "made")) as address:
        return _stepped(browser, address, (made.OBJECT,)).results("1,000 points")


def _stepped(browser: Browser, address: str, objects: tuple[str, ...]) -> Steps:
    found = Steps()
    for object_id in objects:
        context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{address}/object/{object_id}")
        found.take(page, STEPS // len(objects))
        context.close()
    return found
