"""What the panels of the TNS page share: nights, radius, and what is known of their objects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from pages._nights import Window, latest_night, window_of
from pages._slots import Ask
from services.errors import InvalidQuery
from services.house import House
from services.tns.known import FILTERS, Knowledge, known_objects
from services.tns.match import RADIUS_ARCSEC
from services.tns.mirror import MirrorState

DAYS = 90
"""Nights on the page when the address names none, of a source that goes on; of one that ends, all."""
RADII = (1, 2, 5, 10)
LARGEST_ARCSEC = 60.0


@dataclass(frozen=True)
class View:
    """One state of the page.

    Attributes
    ----------
    one_by_one
        Whether single answers stand in for the mirror.
    """

    window: Window
    radius: float
    only: str
    mirror: MirrorState
    knowledge: Knowledge
    one_by_one: bool

    @property
    def query(self) -> str:
        """Nights and radius as a query string, for exports."""
        return f"{self.window.query}&{urlencode({'radius': f'{self.radius:g}'})}"


def radius_of(ask: Ask) -> float:
    """Radius in the address (arcsec).

    Raises
    ------
    InvalidQuery
        It is none, or larger than makes sense.
    """
    text = str(ask.get("radius") or RADIUS_ARCSEC).strip()
    try:
        radius = float(text)
    except ValueError:
        radius = math.nan
    if not 0 < radius <= LARGEST_ARCSEC:
        raise InvalidQuery(
            f"{text[:40]} is no radius. It is a number of arcseconds up to {LARGEST_ARCSEC:g}.",
            example="2",
            field="radius",
        )
    return radius


def only_of(ask: Ask) -> str:
    """The filter in the address; "" when it names none that there is."""
    only = str(ask.get("only") or "")
    return only if only in FILTERS else ""


def window_of_page(h: House, ask: Ask, *, wait: bool) -> Window | None:
    """The nights in the address; without any, the last `DAYS` of a source that goes on, and all of one that ends."""
    if ask.get("night") or ask.get("from") or ask.get("to"):
        return window_of(h, ask, wait=wait)
    if h.source.last_night is not None:
        return window_of(h, {**ask, "from": str(h.source.first_night), "to": str(h.source.last_night)}, wait=wait)
    h.index.refresh()
    last = latest_night(h, wait=wait)
    if last is None:
        return None
    return window_of(h, {**ask, "from": str(last - timedelta(days=DAYS - 1)), "to": str(last)}, wait=wait)


def view_of(h: House, ask: Ask, *, wait: bool) -> View | None:
    """What the page shows; None when it would have to wait. Raises as `pages._nights.window_of`, and for the radius."""
    radius = radius_of(ask)
    window = window_of_page(h, ask, wait=wait)
    if window is None:
        return None
    h.tns.want()
    mirror, table = h.tns.state(), h.tns.table()
    ids = list(dict.fromkeys(window.rows["object_id"]))
    answered = h.tns_one_by_one.known(ids) if table is None else None
    if answered:
        table = h.tns_one_by_one.table(ids)
    knowledge = known_objects(window.rows, table if table is None or answered or table.rows else None, radius, answered)
    return View(window, radius, only_of(ask), mirror, knowledge, bool(answered))
