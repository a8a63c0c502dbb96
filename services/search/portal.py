"""Addresses of Fink's portal, as searches: ``/?query=...``, ``/?action=anomaly&last=10``, ``/ZTF25abixhdc``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.search.classes import quoted

KEYS = ("class", "last", "trend", "after", "before", "window", "ra", "dec")
NAMES = ("object", "objectId", "objectid", "name")
RADII = ("r", "radius")

_OBJECT = re.compile(r"/(ZTF[0-9]{2}[a-z]{7})/?")


def object_of(path: str) -> str | None:
    """Object of an address that is nothing but its id; None for any other."""
    found = _OBJECT.fullmatch(path)
    return found[1] if found else None


def search_of(arguments: Mapping[str, str]) -> str | None:
    """The search that a query string of the portal asks; None when it is none of the portal's.

    Examples
    --------
    >>> search_of({"action": "anomaly", "last": "10", "after": "2025-07-01"})
    'class=Anomaly last=10 after=2025-07-01'
    >>> search_of({"night": "2025-09-02"}) is None
    True
    """
    if "query" in arguments:
        return arguments["query"].strip()
    action = arguments.get("action")
    if action is None:
        return None
    words = [arguments[name] for name in NAMES if arguments.get(name)]
    if action == "anomaly":
        words.append("class=Anomaly")
    keys = [key for key in KEYS if arguments.get(key) and not (key == "class" and action == "anomaly")]
    words += [f"{key}={quoted(arguments[key])}" for key in keys]
    words += [f"r={arguments[key]}" for key in RADII if arguments.get(key)][:1]
    return " ".join(words) or f"{action}="
