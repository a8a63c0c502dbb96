"""What there is to say about the anomalies of a night or a range of nights, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from services.classification import UNKNOWN, origin_of
from services.nights import utc
from services.photometry import BANDS
from services.positions import constellations, sexagesimal
from services.taxonomy import family

BAND_OF = {fid: band for band, fid in BANDS.items()}
SHARED_CAUSE = 4
"""From so many rows of one field, CCD quadrant and ten minutes on, a common cause in the camera is worth a warning:
ten objects of one night fall on 64 quadrants and some 500 fields."""


def label_of(classification: object, cdsxmatch: object) -> tuple[str | None, str, str]:
    """Class now of an alert: label (None when never classified), who gave it, and its family."""
    if not isinstance(classification, str):
        return None, "", family(None)
    simbad = cdsxmatch if isinstance(cdsxmatch, str) else None
    origin = origin_of(classification, simbad)
    label = str(simbad) if origin == "CDS" and simbad else classification
    return label, origin, family(label)


def _value(number: Any) -> float | None:
    return None if number is None or pd.isna(number) else float(number)


def _ascii_to_screen(text: str) -> str:
    return text.replace("-", "−")


def night_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of the night table, one for each row of the anomaly index, in its order; plain values, ids as text.

    Parameters
    ----------
    frame
        Rows of `services.anomalies.AnomalyIndex.table`.
    """
    names = _constellations(tuple(frame["ra"].tolist()), tuple(frame["dec"].tolist()))
    return [_row(alert, name) for alert, name in zip(frame.itertuples(index=False), names, strict=True)]


@lru_cache(maxsize=128)
def _constellations(ra_deg: tuple[float, ...], dec_deg: tuple[float, ...]) -> list[str]:
    """Kept for the nights looked at last: astropy takes longer for ten positions than all the rest of the table."""
    return constellations(ra_deg, dec_deg)


def _row(alert: Any, constellation: str) -> dict[str, Any]:
    label, origin, code = label_of(alert.classification, alert.cdsxmatch)
    ra_text, dec_text = sexagesimal(alert.ra, alert.dec)
    simbad_silent = isinstance(alert.cdsxmatch, str) and alert.cdsxmatch.startswith("Fail")
    tns = alert.tns if isinstance(alert.tns, str) else ""
    first = _value(alert.jdstarthist)
    return {
        "id": f"{alert.object_id}_{alert.candid}",
        "object_id": alert.object_id,
        "candid": alert.candid,
        "night": f"{pd.Timestamp(alert.night):%Y-%m-%d}",
        "time": f"{utc(alert.jd):%H:%M:%S} UTC",
        "href": f"/object/{alert.object_id}?alert={alert.candid}",
        "spark": f"/sparkline/{alert.object_id}.svg?until={alert.jd - 2400000.5:.5f}",
        "stamp": f"/cutout/{alert.object_id}/{alert.candid}/Science.png",
        "stamp_facts": f"/cutout/{alert.object_id}/{alert.candid}/facts.json?jd={alert.jd:.5f}",
        "rank": None if pd.isna(alert.rank) else int(alert.rank),
        "score": _value(alert.anomaly_score),
        "label": label or "not classified",
        "cls": {
            "label": label or "not classified",
            "origin": origin,
            "family": code,
            "title": "SIMBAD did not answer for this alert" if simbad_silent else f"{label} by {origin}",
        },
        "band": BAND_OF.get(int(alert.fid), "?"),
        "mag": _value(alert.magpsf),
        "mag_err": _value(alert.sigmapsf),
        "negative": alert.isdiffpos == "f",
        "age": None if first is None else alert.jd - first,
        "ndet": None if pd.isna(alert.ndethist) else int(alert.ndethist),
        "times_90d": int(alert.times_90d),
        "times_ever": int(alert.times_ever),
        "is_new": bool(alert.is_new),
        "not_repeat": int(alert.times_90d) <= 1,
        "not_in_simbad": alert.cdsxmatch == UNKNOWN,
        "tns": tns,
        "no_tns": not tns,
        "ra": float(alert.ra),
        "ra_text": ra_text,
        "dec_text": _ascii_to_screen(dec_text),
        "constellation": constellation,
    }


def class_counts(here: pd.DataFrame, before: pd.DataFrame, most: int = 8) -> list[dict[str, Any]]:
    """Counts of each class among the anomalies here and before, largest here first.

    Returns
    -------
    list of dict
        ``label, family, here, before``; beyond `most` labels the rest is one row that says how many it joins.
    """
    counts = {
        "here": _label_counts(here),
        "before": _label_counts(before),
    }
    table = pd.DataFrame(counts).fillna(0).astype(int)
    table = table.sort_values(["here", "before"], ascending=False, kind="stable")
    rows: list[dict[str, Any]] = [
        {"label": str(label), "family": family(label), "here": here_n, "before": before_n}
        for label, here_n, before_n in zip(table.index, table["here"].tolist(), table["before"].tolist(), strict=True)
    ]
    if len(rows) <= most:
        return rows
    rest = rows[most - 1 :]
    other = {"label": f"{len(rest)} other classes", "family": "UN"}
    return [
        *rows[: most - 1],
        {**other, "here": sum(r["here"] for r in rest), "before": sum(r["before"] for r in rest)},
    ]


def _label_counts(frame: pd.DataFrame) -> pd.Series:
    """Rows of each label; the few different pairs are labelled rather than the many rows."""
    pairs = frame.groupby(["classification", "cdsxmatch"], dropna=False, sort=False).size()
    labels = [label_of(*pair)[0] or "not classified" for pair in pairs.index]
    return pairs.groupby(pd.Index(labels, dtype="str"), sort=False).sum()


def cautions(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """What to know before trusting a list: a shared cause in the camera, scores of several model eras.

    Returns
    -------
    list of (str, str)
        A strong first sentence and the rest, for each caution.
    """
    found: list[tuple[str, str]] = []
    if len(frame):
        minutes = np.floor(frame["jd"].to_numpy() * 144)
        groups = frame.assign(slice=minutes).groupby(["field", "rcid", "slice"])["object_id"].nunique()
        if len(groups) and groups.max() >= SHARED_CAUSE:
            place: Any = groups.idxmax()
            field, quadrant = place[0], place[1]
            found.append(
                (
                    f"{groups.max()} objects share one CCD quadrant within ten minutes",
                    f"(field {field}, quadrant {quadrant}). A common cause in the camera is likely.",
                )
            )
        failed = int(frame["cdsxmatch"].str.startswith("Fail").fillna(False).sum())
        if failed:
            word = "alert" if failed == 1 else "alerts"
            found.append((f"SIMBAD did not answer for {failed} {word}.", "Their class is Fink's alone, not a finding."))
        eras = sorted(set(frame["era"]))
        if len(eras) > 1:
            found.append(
                (
                    f"Scores of {len(eras)} model eras are mixed",
                    "and cannot be compared across them; ranks within a night can.",
                )
            )
    return found


def headline(frame: pd.DataFrame) -> dict[str, float | int | None]:
    """Number of anomalies, median and lowest score (lower is odder); None where nothing is scored."""
    scores = frame["anomaly_score"].dropna()
    return {
        "count": len(frame),
        "median": None if scores.empty else float(scores.median()),
        "lowest": None if scores.empty else float(scores.min()),
    }


def nearest_nights(nights: Sequence[Any], wanted: Any) -> tuple[Any | None, Any | None]:
    """Last night before and first night after `wanted` among `nights` (any order)."""
    before = [n for n in nights if n < wanted]
    after = [n for n in nights if n > wanted]
    return max(before, default=None), min(after, default=None)
