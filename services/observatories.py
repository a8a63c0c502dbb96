"""Where telescopes stand: a table of the major observatories, or coordinates that somebody types."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from services.errors import InvalidQuery

TABLE = Path(__file__).with_name("observatories.csv")
HOME = "palomar"
"""Key of the observatory that the alerts come from."""

TYPED_EXAMPLE = "-116.863,33.356,1706"
LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Heights that have ground: the shore of the Dead Sea lies at -430 m, Mount Everest rises to 8849 m."""

_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_TYPED = re.compile(rf"({_NUMBER})\s*,\s*({_NUMBER})(?:\s*,\s*({_NUMBER}))?", re.ASCII)


@dataclass(frozen=True)
class Site:
    """A place on Earth.

    Attributes
    ----------
    key
        How it is written in the address bar: a word of the table, or the coordinates.
    name
        For the screen.
    longitude_deg, latitude_deg
        Geodetic (WGS84), east and north positive; longitude from -180 to 180.
    height_m
        Above the ellipsoid; the difference to mean sea level, up to 100 m, moves nothing that is printed.
    source
        Where the coordinates come from.
    """

    key: str
    name: str
    longitude_deg: float
    latitude_deg: float
    height_m: float
    source: str

    @property
    def typed(self) -> bool:
        """Whether somebody typed the coordinates."""
        return self.key not in observatories()


@cache
def observatories() -> Mapping[str, Site]:
    """The table by key: the home of the alerts first, then by region from west to east."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [
            Site(
                row["key"],
                row["name"],
                float(row["longitude_deg"]),
                float(row["latitude_deg"]),
                float(row["height_m"]),
                row["source"],
            )
            for row in csv.DictReader(file)
        ]
    return MappingProxyType({site.key: site for site in rows})


def parse_site(text: str | None, *, field: str = "site") -> Site:
    """The place that an address names; nothing names Palomar.

    Parameters
    ----------
    text
        A key of the table (``la-silla``), or ``longitude,latitude`` or ``longitude,latitude,height`` in degrees east,
        degrees north and metres. Longitudes may run from -180 to 180 or from 0 to 360; the height is 0 unless given.

    Raises
    ------
    InvalidQuery
        For anything else.

    Examples
    --------
    >>> parse_site("343.5, 28.3").longitude_deg
    -16.5
    """
    cleaned = " ".join((text or "").replace("−", "-").split())
    if not cleaned:
        return observatories()[HOME]
    known = observatories().get(cleaned.lower().replace(" ", "-"))
    return known or _typed_site(cleaned, field)


def _typed_site(text: str, field: str) -> Site:
    found = _TYPED.fullmatch(text)
    if found is None:
        shown = text if len(text) <= 40 else text[:39] + "…"
        raise InvalidQuery(
            f"{shown} is no observatory of the table. Coordinates are longitude (° east), latitude (° north) and "
            "perhaps height (m), with commas between them.",
            example=TYPED_EXAMPLE if "," in text else HOME,
            field=field,
        )
    longitude, latitude, height = (float(part or 0) for part in found.groups())
    _check(longitude, latitude, height, field)
    longitude = round((longitude + 180) % 360 - 180, 6)
    key = f"{longitude:.6g},{latitude:.6g}" + (f",{height:g}" if height else "")
    return Site(key, f"{_degrees(longitude, 'EW')} {_degrees(latitude, 'NS')}", longitude, latitude, height, "typed")


def _check(longitude: float, latitude: float, height: float, field: str) -> None:
    for words, value, low, high in (
        ("longitude", longitude, -180, 360),
        ("latitude", latitude, -90, 90),
        ("height", height, LOWEST_M, HIGHEST_M),
    ):
        if not low <= value <= high:
            what = f"The {words} {value:g} is not on Earth: it must be from {low:g} to {high:g}."
            raise InvalidQuery(what, example=TYPED_EXAMPLE, field=field)


def _degrees(value: float, letters: str) -> str:
    return f"{abs(value):.2f}° {letters[value < 0]}"
