"""All pictures in docs/screenshots, over the sample sky: ``python -m docs.screenshots [--sky FOLDER] [NAME...]``.

Needs Chromium and what the browser tests need. Without a folder the sky is made anew (about 15 s); names (or their
beginnings) choose some of the pictures. The states are real ones: the Fink behind this Oddfinch is held, or stopped.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests
import waitress
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from requests.adapters import BaseAdapter

import app
from benchmarks.measure import settled
from services.anomalies import AnomalyIndex
from services.cutouts import Cutouts
from services.fink.client import FinkClient
from services.fink.transport import WsgiTransport
from services.house import House, build_house
from services.houses import Houses
from services.local_fink import create_app
from services.local_fink.simulate import simulate
from services.objects import Objects
from services.settings import load_settings
from services.statistics import Statistics
from tests.browser.running import age_cache
from tests.browser.screen import AT_REST

OUT = Path(__file__).parent / "screenshots"
CHROMIUM = "/usr/bin/chromium"
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
THEMES = ("light", "dark", "beamer")
LARGE, SMALL = (1920, 1080), (1280, 720)
COLOURS = 256
"""Of a picture: lines, words and grey stamps need no more, at a third of the bytes."""
SUPERNOVA, RELABELLED, RR_LYRAE = "ZTF00rcmdglo", "ZTF00piixbii", "ZTF00wdpxini"
UNSEEN = dict(zip(THEMES, ("ZTF00pjsrpze", "ZTF00chqckkd", "ZTF00ihfhdrj"), strict=True))
"""Objects that no other picture shows, so that nothing about them is kept: one for each theme."""
KEPT = dict(zip(THEMES, ("ZTF00fqcfpfb", "ZTF00whxierv", "ZTF00xnqakpw"), strict=True))
"""The same for objects that are looked at before Fink stops: after that it is not asked again for a minute."""
OTHER_PAGES = {
    "classes": "/classes?from=2023-01-25&to=2023-05-22&spelling=raw",
    "tns": "/tns?from=2023-12-01&to=2023-12-31",
    "search": "/search?q=class%3DAnomaly+last%3D100",
    "jwst": "/jwst?example=1&tampered=100",
}
HOURS_OLD = 3
WAIT_MS = 30_000
STOPPED_STATES = ("stale", "unavailable")


class Fink(BaseAdapter):
    """The local Fink as a transport that can be held or stopped."""

    def __init__(self, sky: Path, folder: Path) -> None:
        super().__init__()
        self._inside = WsgiTransport(create_app([sky], folder))
        self.running = threading.Event()
        self.running.set()
        self.stopped = False

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one request, when it is time."""
        self.running.wait()
        if self.stopped:
            raise requests.ConnectionError("nobody listens")
        return self._inside.send(request)

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Picture:
    """One file: an address, a theme, a size, and the state of the light curve panel that it waits for."""

    name: str
    address: str
    theme: str = "light"
    size: tuple[int, int] = LARGE
    state: str = "ready"


def pictures() -> list[Picture]:
    """All of them; those that need a stopped Fink last."""
    relabelled = f"/object/{RELABELLED}"
    found = [
        Picture("night", "/"),
        Picture("night-720-dark", "/", "dark", SMALL),
        Picture("night-720-beamer", "/", "beamer", SMALL),
        *(Picture(f"object-{theme}", relabelled, theme) for theme in THEMES),
        Picture("object-720", relabelled, "light", SMALL),
        Picture("object-720-dark", relabelled, "dark", SMALL),
        Picture("object-720-beamer", relabelled, "beamer", SMALL),
        Picture("object-period", f"/object/{RR_LYRAE}?tab=period"),
        Picture("object-sky", f"/object/{SUPERNOVA}?tab=sky"),
        *(Picture(name, address) for name, address in OTHER_PAGES.items()),
        *(Picture(f"{name}-720-dark", address, "dark", SMALL) for name, address in OTHER_PAGES.items()),
    ]
    invalid = f"/object/{SUPERNOVA}?obs_date=2025-13-40"
    for theme in THEMES:
        unseen = f"/object/{UNSEEN[theme]}"
        found += [
            Picture(f"state-ready-{theme}", f"/object/{KEPT[theme]}", theme, SMALL),
            Picture(f"state-loading-{theme}", unseen, theme, SMALL, "loading"),
            Picture(f"state-empty-{theme}", "/object/ZTF00zzzzzzz", theme, SMALL, "empty"),
            Picture(f"state-invalid-{theme}", invalid, theme),
            Picture(f"state-stale-{theme}", f"/object/{KEPT[theme]}", theme, SMALL, "stale"),
            Picture(f"state-unavailable-{theme}", unseen, theme, SMALL, "unavailable"),
        ]
    order = ("ready", "empty", "unavailable", "stale", "loading")
    return sorted(found, key=lambda picture: order.index(picture.state))


def _house(sky: Path, folder: Path) -> tuple[House, Fink]:
    """Oddfinch over a sky, asking a Fink that can be told to misbehave; its index is full."""
    made = build_house(load_settings(["--source", str(sky), "--cache-dir", str(folder)], {}))
    fink = Fink(sky, folder / "archives")
    client = FinkClient("http://local-fink", transport=fink, calls=made.calls)
    parts = (client, made.cache, made.source)
    house = replace(
        made,
        client=client,
        index=AnomalyIndex(*parts),
        objects=Objects(*parts),
        cutouts=Cutouts(*parts),
        statistics=Statistics(*parts),
    )
    house.index.start()
    house.index.wait(WAIT_MS / 1000)
    return house, fink


def _serve(house: House) -> str:
    """Address of a server that lives as long as this process."""
    server = waitress.create_server(app.wsgi(Houses(house)), host="127.0.0.1", port=0, threads=app.THREADS)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


@dataclass
class Camera:
    """Takes the pictures, one browser context each."""

    browser: Browser
    address: str
    fink: Fink
    cache_dir: Path

    def take(self, picture: Picture) -> None:
        """One picture, with Fink in the mood that it needs."""
        if picture.state == "stale":
            self._shoot(replace(picture, state="ready"), keep=False)
            age_cache(self.cache_dir, KEPT[picture.theme], HOURS_OLD * 3600)
        self.fink.stopped = picture.state in STOPPED_STATES
        if picture.state == "loading":
            self.fink.running.clear()
        try:
            self._shoot(picture)
        finally:
            self.fink.stopped = False
            self.fink.running.set()

    def _shoot(self, picture: Picture, *, keep: bool = True) -> None:
        width, height = picture.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, timezone_id="UTC", reduced_motion="reduce"
        )
        context.add_cookies([{"name": "oddfinch-theme", "value": picture.theme, "url": self.address}])
        page = context.new_page()
        page.goto(self.address + picture.address, wait_until="commit")
        _wait(page, picture)
        if keep:
            _write(page, OUT / f"{picture.name}.png")
        context.close()


def _wait(page: Page, picture: Picture) -> None:
    if picture.address.startswith("/object/"):
        selector = f'[data-panel="light-curve"][data-state="{picture.state}"]'
        page.wait_for_selector(selector, state="attached", timeout=WAIT_MS)
    if picture.state != "loading":
        page.wait_for_function(AT_REST, timeout=WAIT_MS)
    page.evaluate("() => document.fonts.ready.then(() => null)")
    page.wait_for_timeout(1000)  # small images and the marks on figures come after everything that says it is drawn


def _write(page: Page, file: Path) -> None:
    page.screenshot(path=file)
    with Image.open(file) as image:
        few = image.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def main() -> None:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    parser.add_argument("--sky", type=Path, help="folder of the sample sky; made anew if not given")
    parser.add_argument("names", nargs="*", help="beginnings of names; all pictures if none is given")
    asked = parser.parse_args()
    wanted = [p for p in pictures() if not asked.names or p.name.startswith(tuple(asked.names))]
    with tempfile.TemporaryDirectory(prefix="oddfinch-pictures-") as place, sync_playwright() as driver:
        folder = Path(place)
        sky = asked.sky or folder / "sky"
        if asked.sky is None:
            simulate(sky)
        house, fink = _house(sky, folder / "cache")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        camera = Camera(browser, _serve(house), fink, folder / "cache")
        for picture in wanted:
            camera.take(picture)
        browser.close()
        settled(house.calls.count)  # what pages had fetched ahead


if __name__ == "__main__":
    main()
