"""Chromium, running apps, and a guard: no error in a console, and no word to any machine but this one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError, expect

from services.local_fink.simulate import Order, simulate
from tests.browser.running import ARCHIVE, RunningApp, free_port
from tests.browser.screen import Screen
from tests.browser.upstream import Upstream

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
VIEWPORT = {"width": 1920, "height": 1080}
OWN_HOST = "127.0.0.1"
# Long enough for a busy machine; nothing here measures time except where a test says so.
PATIENCE_MS = 20_000
OVER_REAL_ALERTS = {"archive_app", "fink", "silent_fink"}
"""Fixtures that read `ARCHIVE`; tests over the simulated sky need none of them."""
# The newest night is that of the default sky, with the same parts played; before it, as long as its longest story.
SKY_NIGHTS = (date(2023, 9, 20), date(2023, 12, 31))
# Chromium says this itself about every 4xx and 5xx that a page gets.
FAILED_LOAD = "Failed to load resource"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and say why it is skipped where it cannot run."""
    no_browser, no_alerts = shutil.which(CHROMIUM) is None, not ARCHIVE.exists()
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.enable_socket)
        if no_browser:
            item.add_marker(pytest.mark.skip(reason="Debian's chromium is not installed (apt-get install chromium)"))
        elif no_alerts and OVER_REAL_ALERTS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.skip(reason=f"{ARCHIVE.name} is not in ../shared/data: it needs real alerts"))


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses here name their app; the fixture of that name in pytest-base-url is one that pytest 9 deprecates."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": VIEWPORT,
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
        "permissions": ["clipboard-read", "clipboard-write"],
    }


@dataclass
class Guard:
    """What a page must never do, noted while a test runs."""

    failed_loads_expected: bool = False
    problems: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Note what the pages of a context do wrong."""
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)

    def leave(self, context: BrowserContext) -> None:
        """Note nothing more."""
        context.remove_listener("console", self._console)
        context.remove_listener("weberror", self._error)
        context.remove_listener("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        expected = self.failed_loads_expected and message.text.startswith(FAILED_LOAD)
        if "preloaded using link preload but not used" in message.text:
            return  # a chunk for a figure that an outage left undrawn
        if message.type in {"error", "warning"} and not expected:
            self.problems.append(f"console {message.type}: {message.text[:500]} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob", "about"} and parts.hostname != OWN_HOST:
            self.problems.append(f"request to another host: {request.url}")


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext], guard: Guard) -> Iterator[Callable[..., Any]]:
    """Contexts under guard; what it noted fails the test."""

    def watched(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        guard.watch(context)
        return context

    expect.set_options(timeout=PATIENCE_MS)
    yield watched
    assert not guard.problems


@pytest.fixture(scope="session")
def kept_context(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[BrowserContext]:
    """One context for all tests: a new one would load and compile every script again, a third of a page's time."""
    context = browser.new_context(**browser_context_args)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(kept_context: BrowserContext, guard: Guard) -> Iterator[Page]:
    """A tab under guard, without the cookies of the tests before; the app keeps nothing else in a browser."""
    expect.set_options(timeout=PATIENCE_MS)
    kept_context.clear_cookies()
    guard.watch(kept_context)
    yield kept_context.new_page()
    for tab in kept_context.pages:
        tab.close()
    guard.leave(kept_context)
    assert not guard.problems


@pytest.fixture(scope="session")
def archive_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Oddfinch over the archive, with all its months of anomalies; for tests that change nothing in it."""
    app = RunningApp(tmp_path_factory.mktemp("archive-app"), "--source", str(ARCHIVE))
    try:
        app.wait()
        yield app
    finally:
        app.stop()


@pytest.fixture(scope="session")
def fink() -> Iterator[Upstream]:
    """The Fink-compatible server that `live_app` asks."""
    upstream = Upstream([ARCHIVE], free_port())
    upstream.start()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="session")
def running_live_app(fink: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    app = RunningApp(tmp_path_factory.mktemp("live-app"), "--source", "live", "--api-url", fink.url)
    try:
        app.wait()
        yield app
    finally:
        app.stop()


@pytest.fixture
def live_app(running_live_app: RunningApp, fink: Upstream) -> Iterator[RunningApp]:
    """Oddfinch asking `fink` over real HTTP, with all months known; `fink` is well before and after the test."""
    fink.well()
    yield running_live_app
    fink.well()


@pytest.fixture(scope="session")
def sky_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated sky with its night of the day."""
    made = tmp_path_factory.mktemp("sky") / "sky"
    simulate(made, Order(nights=SKY_NIGHTS))
    return made


@pytest.fixture(scope="session")
def sky_app(sky_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Oddfinch over that sky; for tests that change nothing in it."""
    app = RunningApp(tmp_path_factory.mktemp("sky-app"), "--source", str(sky_folder))
    try:
        app.wait()
        yield app
    finally:
        app.stop()


@pytest.fixture
def over_sky(page: Page, sky_app: RunningApp) -> Screen:
    """A tab on the simulated sky."""
    return Screen(page, sky_app.url)


@pytest.fixture
def screen(page: Page, archive_app: RunningApp) -> Screen:
    """A tab on the archive."""
    return Screen(page, archive_app.url)


@pytest.fixture
def live_screen(page: Page, live_app: RunningApp, guard: Guard) -> Screen:
    """A tab on the live app, where failed loads are part of the plot."""
    guard.failed_loads_expected = True
    return Screen(page, live_app.url)
