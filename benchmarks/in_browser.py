"""What a person waits for: pages in Chromium, against the floor page in the same run.

Every load has a fresh browser context, so nothing is in the browser's cache; the server's cache is warm and every
script has its best compression, as after the first minute of a new installation. The clock is the browser's own,
from the start of the navigation to the frame in which the thing is on screen.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Request, sync_playwright

from benchmarks.measure import Result, settled
from tests.packets import detection, packet, upper_limit, write_parquet

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "alerts.parquet"
REPEATS = 5
START_S = 120
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
MADE_JD = 2460918.7
"""2025-08-31 04:48 UTC, the night of the invented packets."""

FIGURE = ".js-plotly-plot .scatterlayer path"
LIGHT_CURVE = "[data-panel=light-curve] " + FIGURE
FIRST_ROW = '.ag-row [col-id="object_id"] .ag-cell-value *'

# The frame after the one in which it was found is the first that shows it.
PROBE = """selectors => {
  const seen = window.benchSeen = {};
  const look = () => {
    for (const [name, css] of Object.entries(selectors))
      if (!(name in seen) && document.querySelector(css)) {
        seen[name] = 0;
        requestAnimationFrame(() => { seen[name] = performance.now(); });
      }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""

NEXT = """selector => new Promise((done) => {
  const link = document.querySelector("[data-key=next]");
  const id = link.getAttribute("href").match(/ZTF[0-9a-z]+/)[0];
  const start = performance.now();
  const look = () => {
    const path = document.querySelector(selector);
    const box = path && path.closest("[data-caption]");
    if (box && box.dataset.caption.startsWith(id)) requestAnimationFrame(() => done(performance.now() - start));
    else requestAnimationFrame(look);
  };
  link.click();
  requestAnimationFrame(look);
})"""


@dataclass(frozen=True)
class Sky:
    """What the browser benchmarks look at: an archive, one of its nights and an object outside that night."""

    archive: Path
    night: str
    aside: str
    words: str


def chromium() -> str | None:
    """Path of Debian's Chromium."""
    return shutil.which("chromium")


def results() -> list[Result]:
    """All of them; needs Chromium."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oddfinch-bench-")))
        sky = sky_of(folder)
        floor = stack.enter_context(served("floor", str(folder / "floor")))
        here = stack.enter_context(served("app", str(folder / "app"), str(sky.archive)))
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=chromium(), args=ARGS)
        stack.callback(browser.close)
        return Bench(browser, floor, here, sky).results()


def sky_of(folder: Path) -> Sky:
    """Real alerts where they are, invented ones elsewhere."""
    if REAL.exists():
        return Sky(REAL, "2025-09-02", "ZTF25abixhdc", "recorded alerts")
    return Sky(_made(folder / "alerts.parquet"), "2025-08-31", "ZTF00zzzzzzz", "invented alerts")


def _made(path: Path) -> Path:
    """Eight objects with a few weeks of history; one of them on another night."""
    made = []
    for n, letter in enumerate("abcdefgz"):
        jd = MADE_JD + n / 100 - (30 if letter == "z" else 0)
        history: list[Any] = [detection(jd - 1 - d / 2, fid=1 + d % 2, magpsf=18 + d / 50) for d in range(40)]
        history += [upper_limit(jd - 21 - d) for d in range(8)]
        name = f"ZTF00{letter * 7}"
        made.append(packet(name, jd, score=-0.02 - n / 1000, history=history, stamps=True))
    return write_parquet(path, made)


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """A server of `benchmarks.serve` in a process of its own; its address."""
    command = [sys.executable, "-m", "benchmarks.serve", *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip() if process.stdout else ""
        if not address.startswith("http"):
            raise RuntimeError(f"{' '.join(arguments[:1])}: the server did not start")
        yield address
    finally:
        process.terminate()
        process.wait(START_S)


def text_of(address: str) -> str:
    """What a GET answers."""
    with urllib.request.urlopen(address, timeout=START_S) as answer:
        return str(answer.read().decode())


def there(page: Page, selector: str) -> None:
    """Wait until something is in the page, visible or not: the first mark of a figure may be out of range."""
    page.wait_for_selector(selector, state="attached")


class Bench:
    """The measurements, in the order in which they can be taken."""

    def __init__(self, browser: Browser, floor: str, here: str, sky: Sky) -> None:
        self.browser, self.floor, self.here, self.sky = browser, floor, here, sky
        self.night = f"{here}/?night={sky.night}"
        self.scripts: dict[str, int] = {}

    def results(self) -> list[Result]:
        """One row each; the first visits are cold and fill the caches for the others."""
        self.load(self.floor, FIGURE)
        objects = self.visit()
        cold = self.calls_until(f"{self.here}/object/{self.sky.aside}")
        for address in (self.floor, self.here):
            text_of(f"{address}/bench/finish")
        before = self.calls()
        rows = [*self.loads(objects[0]), self.moves(objects[0]), self.weight()]
        return [
            *rows,
            Result("calls before the light curve, cold object page", (cold,), 3, "calls"),
            Result("calls to the source, all of the warm visits above", (self.calls() - before,), 0, "calls"),
        ]

    def loads(self, address: str) -> list[Result]:
        """Floor, object and night page in turns, so that a busy moment hits all three."""
        floor, figure, row = [], [], []
        for _ in range(REPEATS):
            floor.append(self.load(self.floor, FIGURE))
            figure.append(self.load(address, FIGURE))
            row.append(self.load(self.night, FIRST_ROW))
        base = Result("floor page: figure drawn", tuple(floor), None, "ms")
        return [
            base,
            Result("object page: first figure drawn", tuple(figure), None, "ms"),
            Result("the same, times the floor", tuple(t / base.median for t in figure), 1.5, "x"),
            Result("night page: first row of the table", tuple(row), None, "ms"),
            Result("the same, times the floor", tuple(t / base.median for t in row), 2, "x"),
        ]

    def moves(self, address: str) -> Result:
        """From the click on "next" to the next object's light curve."""
        with self.page() as page:
            page.goto(address)
            took = []
            for _ in range(REPEATS):
                there(page, LIGHT_CURVE)
                page.wait_for_timeout(1000)  # a person looks before moving on
                took.append(float(page.evaluate(NEXT, LIGHT_CURVE)))
        return Result("moving to the next object, click to drawn", tuple(took), 250, "ms")

    def weight(self) -> Result:
        """Compressed bytes of every script of the night page."""
        with self.page() as page:
            finished: list[Request] = []
            page.on("requestfinished", lambda request: finished.append(request))
            page.goto(self.night)
            there(page, FIRST_ROW)
            there(page, FIGURE)
            page.wait_for_timeout(1000)
            scripts = [r for r in finished if r.resource_type == "script"]
            self.scripts = {r.url.split("?")[0].rsplit("/", 1)[-1]: r.sizes()["responseBodySize"] for r in scripts}
        return Result("JavaScript of the night page, on the wire", (sum(self.scripts.values()) / 1e6,), 1.3, "MB")

    def visit(self) -> list[str]:
        """Look at everything that is measured warm: the night, its objects one after the other, their alerts."""
        with self.page() as page:
            page.goto(self.night)
            there(page, FIRST_ROW)
            links = page.locator('.ag-row [col-id="object_id"] a').evaluate_all("all => all.map((a) => a.href)")
            addresses = [str(link) for link in links]
            for address in addresses:
                page.goto(address)
                there(page, LIGHT_CURVE)
                settled(self.calls)
            page.goto(self.night)
            there(page, FIGURE)
            settled(self.calls)
        return addresses

    def calls_until(self, address: str) -> int:
        """Calls to the source until an object's light curve is on screen, nothing about it being cached."""
        before = self.calls()
        with self.page() as page:
            page.goto(address)
            there(page, LIGHT_CURVE)
            return self.calls() - before

    def calls(self) -> int:
        """Calls to the source since the server started."""
        return int(text_of(f"{self.here}/bench/calls"))

    def load(self, address: str, selector: str) -> float:
        """Milliseconds from the start of the navigation until `selector` is on screen."""
        with self.page() as page:
            page.add_init_script(f'({PROBE})({{"it": {selector!r}}})')
            page.goto(address, wait_until="commit")
            page.wait_for_function("window.benchSeen && window.benchSeen.it > 0")
            taken = float(page.evaluate("window.benchSeen.it"))
            page.wait_for_load_state("networkidle")  # what follows must not disturb the next load
            return taken

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A page of a fresh browser context."""
        context = self.browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
        try:
            yield context.new_page()
        finally:
            context.close()
            time.sleep(0.1)
