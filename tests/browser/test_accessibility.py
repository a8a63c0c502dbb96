"""axe-core over every page, in all themes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.screen import Screen

PAGES = {
    "night": "/?night=2025-09-02",
    "empty night": "/?night=2025-09-10",
    "object": "/object/ZTF25abixhdc",
    "invalid object": "/object/nonsense",
    "status": "/status",
    "search": "/search?q=nonsense",
    "list of a search": "/search?q=class%3DAnomaly",
    "TNS": "/tns",
}
SEVERE = {"serious", "critical"}
SETTLED = "() => !document.querySelector('[data-refreshing], [data-busy]')"
"""No panel is about to be drawn again: it is paler meanwhile."""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark", "beamer"])
def test_axe_finds_nothing_serious(screen: Screen, name: str, theme: str) -> None:
    screen.page.context.add_cookies([{"name": "oddfinch-theme", "value": theme, "url": screen.base}])
    screen.open(PAGES[name])
    screen.page.wait_for_function(SETTLED)
    found = Axe().run(screen.page).response["violations"]
    severe = [
        f"{v['id']} ({v['impact']}): {v['help']}: {', '.join(str(n['target']) for n in v['nodes'][:6])}"
        for v in found
        if v["impact"] in SEVERE
    ]
    assert not severe, "\n".join(severe)
