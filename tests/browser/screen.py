"""A page as its users see it: what is on it, and when it has come to rest."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

# The page is that of the address, and everything is drawn: no skeleton, no panel that is being asked again, every
# figure bound by assets/app.js, no image on its way.
AT_REST = """() => document.querySelector('[data-page]')
  && (!location.pathname.startsWith('/object/')
    || document.querySelector('[data-object]')?.dataset.object === location.pathname.slice(8))
  && !document.querySelector('[data-state=loading], [data-slot][data-busy]')
  && !document.querySelector('.js-plotly-plot:not([data-drawn])')
  && [...document.querySelectorAll('[data-slot=light-curve] .plot, [data-slot=night-preview] .plot')]
       .every((box) => box.querySelector('.js-plotly-plot[data-drawn]'))
  && [...document.querySelectorAll('.grid-box, #tns-grid')]
       .every((box) => box.querySelector('.ag-row, .ag-overlay-no-rows-center'))
  && [...document.querySelectorAll('.stamps img')].every((image) => image.complete)
  && !document.querySelector('[data-cutouts]:not([data-drawn]), [data-cutouts][aria-busy]')"""

# A figure that gives way to another one is there for a moment without anything in it.
PLOTTED = "(css) => { const gd = document.querySelector(css); return gd && gd.data && gd.layout && gd.layout.xaxis; }"

FIGURE_FACTS = """(gd) => {
  const of = (role) => gd.data.find((t) => t.meta && t.meta.role === role);
  const at = (t) => t && t.x.length ? [t.x[0], t.y[0]] : null;
  return {
    x: gd.layout.xaxis.range.map((v) => +v.toFixed(3)),
    y: gd.layout.yaxis.range.map((v) => +v.toFixed(3)),
    ring: at(of('ring')),
    hidden: gd.data.filter((t) => t.visible === false && t.meta).map((t) => t.meta.band + ' ' + t.meta.kind).sort(),
    title: gd.layout.yaxis.title.text,
    ink: gd.layout.font.color,
  };
}"""

POINTS = """(gd) => gd.data.filter((t) => t.meta && t.meta.lane === 'curve' && t.customdata)
  .flatMap((t) => t.customdata.map((id, i) => [id, t.x[i], t.y[i]])).filter((p) => p[0])"""


class Screen:
    """One tab on one running Oddfinch."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base

    def open(self, path: str, *, rest: bool = True) -> Screen:
        """Go to an address of the app, and by default wait until everything is drawn."""
        self.page.goto(self.base + path, wait_until="commit")
        if rest:
            self.rest()
        return self

    def rest(self) -> Screen:
        """Wait until everything is drawn."""
        self.page.wait_for_function(AT_REST)
        return self

    def is_page(self, name: str) -> None:
        """Wait for the page of that ``data-page``."""
        expect(self.page.locator("[data-page]")).to_have_attribute("data-page", name)

    def panel(self, name: str) -> Locator:
        """The panel of that name."""
        return self.page.locator(f'section[data-panel="{name}"]')

    def expect_state(self, name: str, state: str, *, timeout: float | None = None) -> Locator:
        """Wait until a panel says that it is in a state."""
        found = self.panel(name)
        expect(found).to_have_attribute("data-state", state, timeout=timeout)
        return found

    def states(self) -> dict[str, str]:
        """State of every panel."""
        found: dict[str, str] = self.page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('[data-panel]')]"
            ".map((p) => [p.dataset.panel, p.dataset.state]))"
        )
        return found

    def query(self) -> dict[str, str]:
        """The query of the address bar."""
        return {k: v[-1] for k, v in parse_qs(urlsplit(self.page.url).query).items()}

    def wait_query(self, **wanted: str | None) -> None:
        """Wait until the address bar says this; None for a key that is not there."""
        self.page.wait_for_function(
            "(wanted) => { const q = new URLSearchParams(location.search);"
            " return Object.entries(wanted).every(([k, v]) => q.get(k) === v); }",
            arg=wanted,
        )

    def rows(self) -> list[str]:
        """Objects of the night's table, top to bottom."""
        found: list[str] = self.page.eval_on_selector_all(
            ".ag-center-cols-container .ag-row",
            "(rows) => rows.sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))"
            ".map((r) => r.getAttribute('row-id').split('_')[0])",
        )
        return found

    def wait_rows(self, count: int) -> None:
        """Wait until the night's table shows so many rows."""
        expect(self.page.locator(".ag-center-cols-container .ag-row")).to_have_count(count)

    def selected_row(self) -> str:
        """Object of the selected row."""
        row = self.page.locator('.ag-center-cols-container .ag-row[aria-selected="true"]')
        return str(row.get_attribute("row-id")).split("_")[0]

    def figure(self, panel: str = "light-curve") -> dict[str, Any]:
        """Ranges, ring, hidden traces, title and colours of a panel's figure, once nothing is being drawn."""
        self.rest()
        self.page.wait_for_function(PLOTTED, arg=f'section[data-panel="{panel}"] .js-plotly-plot')
        found: dict[str, Any] = self.panel(panel).locator(".js-plotly-plot").evaluate(FIGURE_FACTS)
        return found

    def alerts(self) -> dict[str, tuple[float, float]]:
        """Alerts in the light curve: id to (MJD, brightness), oldest first."""
        self.page.wait_for_function(PLOTTED, arg='section[data-panel="light-curve"] .js-plotly-plot')
        points = self.panel("light-curve").locator(".js-plotly-plot").evaluate(POINTS)
        return {str(i): (x, y) for i, x, y in sorted(points, key=lambda p: p[1])}

    def wait_ring(self, candid: str) -> None:
        """Wait until the ring is around an alert."""
        x, y = self.alerts()[candid]
        self.page.wait_for_function(
            "([x, y]) => { const gd = document.querySelector('[data-panel=light-curve] .js-plotly-plot');"
            " const t = gd && gd.data.find((t) => t.meta && t.meta.role === 'ring');"
            " return t && t.x[0] === x && t.y[0] === y; }",
            arg=[x, y],
        )

    def pressed(self, group: str) -> str:
        """Words of the chosen button of a group."""
        return self.page.locator(f'[data-group="{group}"] [aria-pressed="true"]').inner_text()

    def object_view(self) -> dict[str, Any]:
        """Everything that a link to an object page has to bring back."""
        more = self.page.locator("[data-slot=more] section")
        return {
            "alert": self.page.locator("[data-when]").get_attribute("data-when"),
            "when": self.page.locator("[data-when]").inner_text(),
            "stamps": [self.page.locator("[data-cutouts]").get_attribute("data-drawn")],
            "reasons": self.panel("label-reasons").inner_text(),
            "content": [more.get_attribute("data-panel"), more.locator(".note").inner_text()],
            "mode": self.pressed("mode"),
            "stretch": self.pressed("stretch"),
            "legend": self.page.locator('[data-panel="light-curve"] [data-legend]').evaluate_all(
                "(all) => all.map((b) => [b.dataset.legend, b.getAttribute('aria-pressed')])"
            ),
            "figure": self.figure(),
            "states": self.states(),
        }

    def view_button(self, patch: dict[str, str | None]) -> Locator:
        """The button that changes the view by `patch`."""
        return self.page.locator(f"[data-view='{json.dumps(patch)}']")
