"""Draft of a report of a new transient (AT) to the Transient Name Server: text to be checked and copied, never sent.

The fields are those of TNS's AT report form (www.wis-tns.org, "AT reports"): position, discovery, last non-detection,
photometry. What a person has to decide is left open, in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from services.nights import utc
from services.photometry import BANDS
from services.positions import sexagesimal
from services.snippets import SIMULATED_ID
from services.sources import Source
from services.taxonomy import family

BAND_OF = {fid: band for band, fid in BANDS.items()}
INSTRUMENT = "ZTF-Cam (P48)"
TO_DO = "[to be filled in]"
LONG_BEFORE_D = 30.0
"""A first detection at the place so long before the first one in the light curve is worth a warning (days)."""

NOTHING_KNOWN = frozenset({"UN", "NA", "GA"})
"""Families of SIMBAD's labels that do not speak against a new transient: none, and a galaxy that it may be in."""

WHO_CHECKS = (
    "Whoever sends it is its author. Check first, on the images, that it is real, new and no known variable or moving "
    "object, and look in TNS itself: its table here is a day old, and ZTF's own team reports to TNS too."
)
NEVER_SENT = (
    "Oddfinch sends nothing. Copy the text and enter it at www.wis-tns.org/user/addsubmission/at under your name."
)
NEVER_REPORT = "SIMULATED: no telescope saw this object. It must not be reported."


@dataclass(frozen=True)
class Draft:
    """The text of a report, and what speaks against sending it."""

    text: str
    cautions: tuple[str, ...]


def at_report(
    object_id: str,
    curve: pd.DataFrame,
    source: Source,
    *,
    jdstarthist: float = float("nan"),
    simbad: object = None,
) -> Draft | None:
    """The draft for one object; None when its light curve has no detection to report.

    Parameters
    ----------
    curve
        Light curve as `services.objects.Objects.light_curve` gives it.
    source
        Where it comes from: what is simulated says so in its first and last line. An object whose id only the simulated
        sky gives is simulated wherever it comes from.
    jdstarthist
        ZTF's first detection at this place (Julian date, UTC); NaN when not given.
    simbad
        SIMBAD's label of what is there; missing when not known.
    """
    detections = curve[curve["tag"].eq("valid") & curve["magpsf"].notna() & curve["isdiffpos"].eq("t")]
    if detections.empty:
        return None
    detections = detections.sort_values("jd", kind="stable")
    first = detections.iloc[0]
    limits = curve[curve["tag"].eq("upperlim") & curve["diffmaglim"].notna() & (curve["jd"] < first["jd"])]
    lines = [*_place(object_id, detections), *_discovery(first), *_before(limits), *_photometry(detections)]
    simulated = [NEVER_REPORT] if source.simulated or SIMULATED_ID.fullmatch(object_id) else []
    cautions = (*simulated, *_known(simbad), *_cautions(detections, limits, jdstarthist))
    return Draft("\n".join([*simulated, *lines, *simulated]) + "\n", cautions)


def _place(object_id: str, detections: pd.DataFrame) -> list[str]:
    ra, dec = float(detections["ra"].median()), float(detections["dec"].median())
    sexa = sexagesimal(ra, dec)
    return [
        "AT report (draft)",
        f"RA (J2000): {sexa[0].replace(' ', ':')}  ({ra:.7f} deg)",
        f"Dec (J2000): {sexa[1].replace(' ', ':')}  ({dec:.7f} deg)",
        f"Reporting group: {TO_DO}",
        "Discovery data source: ZTF",
        f"Reporter/s: {TO_DO}",
        f"AT type: {TO_DO} (PSN, possible supernova, only if you mean it)",
        f"Host name, host redshift: {TO_DO}, or leave open",
        f"Internal name: {object_id}",
    ]


def _discovery(first: pd.Series) -> list[str]:
    return [
        f"Discovery date (UTC): {_when(first['jd'])}  (JD {first['jd']:.5f})",
        f"Discovery magnitude: {first['magpsf']:.2f} +/- {first['sigmapsf']:.2f} ABMag, {_filter(first)}, {INSTRUMENT}",
    ]


def _before(limits: pd.DataFrame) -> list[str]:
    """The last image before the discovery that shows nothing."""
    if limits.empty:
        return [f"Last non-detection: none in this light curve; {TO_DO} or an archive"]
    last = limits.sort_values("jd", kind="stable").iloc[-1]
    limit = f"limit {last['diffmaglim']:.2f} ABMag (5 sigma), {_filter(last)}, {INSTRUMENT}"
    return [f"Last non-detection (UTC): {_when(last['jd'])}  (JD {last['jd']:.5f}), {limit}"]


def _photometry(detections: pd.DataFrame) -> list[str]:
    """The newest detection in each band, newest first."""
    newest = detections.drop_duplicates("fid", keep="last").iloc[::-1]
    said = (
        f"{_when(row['jd'])}  {row['magpsf']:.2f} +/- {row['sigmapsf']:.2f} ABMag, {_filter(row)}"
        for _, row in newest.iterrows()
    )
    return [
        "Latest photometry (UTC):",
        *(f"  {line}" for line in said),
        "Exposure: 30 s, public ZTF alert, by way of Fink",
    ]


def _known(simbad: object) -> list[str]:
    if family(simbad) in NOTHING_KNOWN:
        return []
    return [f"SIMBAD has an object of type {simbad} here: what is known is not new."]


def _cautions(detections: pd.DataFrame, limits: pd.DataFrame, jdstarthist: float) -> tuple[str, ...]:
    found = []
    first = float(detections["jd"].iloc[0])
    if np.isfinite(jdstarthist) and first - jdstarthist > LONG_BEFORE_D:
        found.append(
            f"ZTF has had detections here since {utc(jdstarthist):%Y-%m-%d}, {first - jdstarthist:,.0f} d before the "
            "first one in this light curve: the discovery date is then not right, and it may be a variable."
        )
    if limits.empty:
        found.append("No limit before the first detection is known: TNS asks for one, or for an archive.")
    if len(detections) < 2:
        found.append("One detection is not enough to exclude a moving object or an artefact.")
    return tuple(found)


def _when(jd: float) -> str:
    return f"{utc(float(jd)):%Y-%m-%d %H:%M:%S}"


def _filter(row: pd.Series) -> str:
    return f"{BAND_OF.get(int(row['fid']), 'unknown')}-ZTF"
