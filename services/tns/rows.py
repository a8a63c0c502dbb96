"""Rows of the TNS table on the screen: plain values, one for each object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from services.nights import night_of, utc
from services.tns.known import FILTERS
from services.tns.table import TnsEntry

LONG_D = 730.0
"""From so many days on a difference is said in years."""


def table_rows(objects: pd.DataFrame, radius_arcsec: float) -> list[dict[str, Any]]:
    """One record for each row of `services.tns.known.known_objects`, in its order."""
    dated = objects.assign(discovered=_days(objects["discovery_jd"]), detected=_days(objects["detected_jd"]))
    names = [str(name) for name in dated]
    nothing = f"none within {radius_arcsec:g}″"
    rows = zip(*(dated[name].tolist() for name in names), strict=True)
    return [_row(dict(zip(names, cells, strict=True)), nothing) for cells in rows]


def _row(each: dict[str, Any], nothing: str) -> dict[str, Any]:
    label = _text(each["label"]) or "not classified"
    return {
        "id": each["object_id"],
        "object_id": each["object_id"],
        "href": f"/object/{each['object_id']}",
        "label": label,
        "cls": {
            "label": label,
            "origin": _text(each["origin"]),
            "family": each["family"],
            "title": f"{label} by {each['origin']}",
        },
        "score": _number(each["anomaly_score"]),
        "found": "".join(letter for letter, by in FOUND_BY if each[by]),
        "name": _text(each["fullname"]),
        "nameless": nothing if each["looked_up"] else "not looked up",
        "type": _text(each["type"]),
        "type_by_fink": bool(each["by_fink"]) and not _text(each["entry_type"]),
        "more": int(each["counterparts"]),
        "redshift": _number(each["redshift"]),
        "sep": _number(each["separation_arcsec"]),
        "discovered": _text(each["discovered"]),
        "detected": _text(each["detected"]),
        "flagged": f"{each['flagged_night']:%Y-%m-%d}",
        "detected_after": _number(each["detected_after_d"]),
        "detected_words": came(each["detected_after_d"]),
        "flagged_after": _number(each["flagged_after_d"]),
        "flagged_words": came(each["flagged_after_d"]),
        **{name: bool(each[name]) for name in FILTERS},
    }


def with_tns(rows: Sequence[dict[str, Any]], best: Sequence[TnsEntry | None] | None) -> list[dict[str, Any]]:
    """Rows of the night table (`services.nightly.night_rows`) with what the mirror knows of them.

    Adds ``tns_name`` ("" where there is no entry); ``tns`` is the type of the entry where it has one, and else Fink's;
    ``no_tns`` is true where neither knows anything.

    Parameters
    ----------
    best
        Best entry of each row, from `services.tns.mirror.Tns.best_of`; None without a mirror.
    """
    return [_with_entry(row, entry) for row, entry in zip(rows, best or [None] * len(rows), strict=True)]


def _with_entry(row: dict[str, Any], entry: TnsEntry | None) -> dict[str, Any]:
    kind = (entry.type if entry else None) or row["tns"]
    return {**row, "tns_name": entry.name if entry else "", "tns": kind, "no_tns": not kind and entry is None}


FOUND_BY = (("N", "by_name"), ("P", "by_position"), ("D", "by_fink"))
"""How a counterpart was found, as one letter each: its name, its position, Fink's d:tns."""


def _days(jd: pd.Series) -> pd.Series:
    """UTC dates of Julian dates as text, missing where they are."""
    nights = pd.Series(night_of(jd.to_numpy(dtype="float64")).astype("datetime64[s]"), index=jd.index)
    return nights.dt.strftime("%Y-%m-%d")


def day(jd: float) -> str:
    """UTC date of a Julian date; "" when it is missing."""
    return "" if pd.isna(jd) else f"{utc(float(jd)):%Y-%m-%d}"


def came(days: float) -> str:
    """Days after something, in words: "31 d after", "7.0 yr before", "the same day"; "" when not known."""
    if pd.isna(days):
        return ""
    if abs(days) < 1:
        return "the same day"
    size = f"{abs(days):.0f} d" if abs(days) < LONG_D else f"{abs(days) / 365.25:.1f} yr"
    return f"{size} {'after' if days > 0 else 'before'}"


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
