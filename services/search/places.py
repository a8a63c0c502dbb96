"""Objects around a position, an object of SIMBAD, or an object of ZTF."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from services.cache.lifetimes import RESOLVER
from services.errors import NotFound, Unavailable
from services.house import House
from services.names import RESOLVER_CALL, Exact, resolve
from services.search.grammar import DEFAULT_RADIUS_ARCSEC, Query
from services.search.position import Position
from services.search.result import Result, asked_of, in_nights, kept_or_asked, span_words
from services.search.rows import listed, within

CALL = "POST /api/v1/conesearch"
PER_PIXEL = 1000
"""Rows that Fink's cone search takes of each of its pixels (FINK_API 1.6)."""


def around(house: House, query: Query, centre: Position, what: str, *, retry: bool, wait: bool) -> Result | None:
    """Objects within the radius of a position, each with its newest alert; `what` names the position for the screen."""
    arcsec = query.radius_arcsec or DEFAULT_RADIUS_ARCSEC
    key = f"cone/{centre.ra:.6f},{centre.dec:.6f}/{arcsec:g}"

    def fetch() -> pd.DataFrame:
        return house.client.fetch_conesearch(centre.ra, centre.dec, arcsec, n=PER_PIXEL)

    answer = kept_or_asked(house, key, fetch, retry=retry, wait=wait)
    if answer is None:
        return None
    asked = {"ra": round(centre.ra, 7), "dec": round(centre.dec, 7), "radius": arcsec}
    cone = Result(pd.DataFrame(), _place_words(query, centre, arcsec, what), CALL, asked, centre=centre,
                  radius_arcsec=arcsec)  # fmt: skip
    if isinstance(answer, Unavailable):
        return _at_hand(house, query, cone, answer)
    rows = answer.value[in_nights(answer.value, query, "jdstarthist")]
    return replace(
        cone,
        rows=listed(rows, house.index.table()),
        fetched_at=answer.fetched_at,
        stale=answer.stale,
        trouble=answer.trouble,
        notes=_place_notes(query, len(answer.value)),
    )


def _at_hand(house: House, query: Query, cone: Result, trouble: Unavailable) -> Result:
    """The anomalies at hand within a cone."""
    assert cone.centre is not None
    near = within(house.index.table(), cone.centre.ra, cone.centre.dec, cone.asked["radius"])
    rows = near[in_nights(near, query, "jdstarthist")].reset_index(drop=True)
    if rows.empty:
        raise trouble
    return replace(cone, rows=rows, trouble=trouble, partial=True)


def _place_words(query: Query, centre: Position, arcsec: float, what: str) -> str:
    place = what or f"RA {centre.ra:.5f}°, Dec {centre.dec:+.5f}°".replace("-", "−")
    default = "" if query.radius_arcsec else " (the default; r=1m is a minute)"
    words = f"Within {radius_words(arcsec)}{default} of {place}"
    if query.first or query.until:
        words += f", first detected {span_words(query)}"
    return words


def radius_words(arcsec: float) -> str:
    """A radius in the largest unit that keeps it at 1 or more: 10″, 5′, 1.5°."""
    for size, sign in ((3600, "°"), (60, "′")):
        if arcsec >= size:
            return f"{arcsec / size:g}{sign}"
    return f"{arcsec:g}″"


def _place_notes(query: Query, found: int) -> tuple[str, ...]:
    notes = []
    if query.first or query.until:
        notes.append("Around a place, nights are those of the first detection, as in Fink's own cone search.")
    if found >= PER_PIXEL:
        notes.append(f"Fink gives {PER_PIXEL:,} alerts at most of each cell of its map: there may be more.")
    return tuple(notes)


def around_simbad(house: House, query: Query, retry: bool) -> Result | None:
    """What is near to an object of SIMBAD."""
    key = f"resolver/simbad/{query.words.casefold()}"
    rows = asked_of(house, key, lambda: house.client.fetch_resolver("simbad", query.words), RESOLVER, retry=retry).value
    known = rows[rows[["jradeg", "jdedeg"]].notna().all(axis=1)]
    if known.empty:
        raise NotFound(RESOLVER_CALL, f"knows no {query.words} in SIMBAD")
    best = known.iloc[0]
    centre = Position(float(best["jradeg"]) % 360, float(best["jdedeg"]))
    kind = f", {best['otype']} in SIMBAD" if isinstance(best["otype"], str) else ""
    name = best["oname"] if isinstance(best["oname"], str) else query.words
    return around(house, query, centre, f"{name}{kind}", retry=retry, wait=True)


def around_name(house: House, query: Query, retry: bool) -> Result | None:
    """What is near to an object of ZTF, by its id or another name."""
    found = resolve(house, query.name.text if query.name else query.text, retry=retry)
    if not isinstance(found, Exact):
        first = found.found[0].object_id if found.found else ""
        raise NotFound(RESOLVER_CALL, f"has {found.total} objects of that name; a radius needs one, such as {first}")
    curve = house.objects.light_curve(found.object_id, retry=retry).value
    last = curve[curve[["ra", "dec"]].notna().all(axis=1)].iloc[-1]
    centre = Position(float(last["ra"]), float(last["dec"]))
    return around(house, query, centre, found.object_id, retry=retry, wait=True)
