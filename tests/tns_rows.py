"""Rows of Fink's TNS table, and tables of them."""

from __future__ import annotations

from typing import Any

from services.fink.columns import TNS
from services.fink.decode import tidy
from services.tns.table import TnsTable

ID = "ZTF26aafuoxy"
"""Internal name of `record`."""


def record(name: str = "AT 2022abc", **own: Any) -> dict[str, Any]:
    """One row as Fink sends it."""
    plain = {
        "declination": "23.9654567",
        "discoverydate": "2026-02-09 03:46:46.998",
        "fullname": name,
        "internalname": ID,
        "ra": "38.8742717",
        "redshift": "NaN",
        "type": "nan",
    }
    return {f"d:{key}": value for key, value in {**plain, **own}.items()}


def at(name: str, ra: float, dec: float, **own: Any) -> dict[str, Any]:
    """One row at a place, reported by another survey unless `own` says so."""
    place = {"ra": repr(float(ra)), "declination": repr(float(dec))}
    return record(name, **{"internalname": f"PS{name[3:]}", **place, **own})


def table(*rows: dict[str, Any]) -> TnsTable:
    """A table of rows as Fink sends them."""
    return TnsTable.of_frame(tidy(list(rows), TNS))
