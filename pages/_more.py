"""The place of four panels on the object page, of which one is shown: ``tab`` in the address."""

from __future__ import annotations

from pages._slots import Ask, shared_place
from pages._tabs import TABS

NAMES = tuple(name for name, _ in TABS)


def tab_of(ask: Ask) -> str:
    """Panel that the address asks for; the first one unless it names another."""
    tab = str(ask.get("tab") or "")
    return tab if tab in NAMES else NAMES[0]


shared_place("more", tab_of)
