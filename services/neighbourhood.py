"""What is known around an alert: the sources and catalogue entries that its packet names, with separations.

"Nothing there", "did not answer" and "not asked" are three things. A packet of its own was asked about everything
that Fink's modules of its time asked; a detection known only from another alert's history was asked about nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

Status = Literal["found", "nothing", "silent", "not asked", "not given"]

#: Arcseconds per pixel of ZTF's camera (Masci et al. 2019, PASP 131, 018003); the packet's ``distnr`` is in pixels.
PIXEL_ARCSEC = 1.012
BANDS = {1: "g", 2: "r", 3: "i"}
#: Search radii in arcseconds: ZTF's alert schema 4.02 for what is in the packet, Fink for what it adds (columns.py).
TEMPLATE_RADIUS = PS1_RADIUS = SSO_RADIUS = 30.0
GAIA_RADIUS = 90.0
SIMBAD_RADIUS = DR3_RADIUS = 1.0
STAR_RADIUS = 1.5
SPICY_RADIUS = 1.2
ARCMINUTE = 60.0
#: Above, Fink takes a PS1 source for a star (fink-science, asteroids; Tachibana & Miller 2018). The lower limit is
#: ours, as far from 0 as the other is from 1.
STAR_FROM, GALAXY_UPTO = 0.76, 0.24
#: Parallaxes better than this give a distance by 1/parallax (Bailer-Jones 2015, PASP 127, 994: below 20 per cent).
GOOD_PARALLAX = 5.0

#: First version of fink-science whose packets hold each answer, as far as real packets show; before it, a missing
#: value can mean that nobody asked.
SINCE: Mapping[str, tuple[int, ...]] = {
    "vsx": (2, 0),
    "gcvs": (2, 0),
    "DR3Name": (2, 0),
    "x4lac": (3, 13),
    "x3hsp": (3, 13),
    "mangrove_HyperLEDA_name": (3, 13),
    "spicy_class": (5, 7),
    "tns": (5, 21),
}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Neighbour:
    """One line of the neighbourhood.

    Attributes
    ----------
    what
        The catalogue, or which of its sources ("PS1, second").
    status
        ``found``; ``nothing`` within ``radius``; ``silent`` (the catalogue did not answer); ``not asked`` (a detection
        from another alert's history); ``not given`` (this version of Fink may not have asked).
    radius
        How far was searched (arcsec).
    separation
        Distance (arcsec); None where the packet says only that it is within the radius.
    name
        Name or class in the catalogue; empty when it gives none.
    facts
        What else is known, in words.
    """

    what: str
    status: Status
    radius: float
    separation: float | None = None
    name: str = ""
    facts: str = ""


def neighbours(row: Row, curve: pd.DataFrame) -> list[Neighbour]:
    """Everything around one detection, in the order of the panel.

    Parameters
    ----------
    row
        Tidy row of the selected detection, with all columns of a full alert; of a detection without a packet of its
        own (``cdsxmatch`` and everything else missing) the columns may be missing.
    curve
        Light curve of the object, for the template's source in the bands that the selected detection is not in: each
        band has its own template, so its nearest source can be another one.

    Returns
    -------
    list of Neighbour
        Never empty; every catalogue is there, whatever it said.
    """
    found = [*_templates(row, curve)]
    for number, which in enumerate(("nearest", "second", "third"), start=1):
        source = ps1_source(row, number, which)
        if number == 1 or source.status == "found":
            found.append(source)
    return [
        *found,
        *_gaia(row),
        simbad(row),
        *star_catalogues(row),
        *galaxy_catalogues(row),
        tns_entry(row),
        solar_system(row),
    ]


def has_packet(row: Row) -> bool:
    """Whether the detection has a packet of its own that Fink processed."""
    return text_in(row, "cdsxmatch") is not None


# Single values


def number_in(row: Row, name: str) -> float | None:
    """A value as a number; None when it is missing or not there."""
    value = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def text_in(row: Row, name: str) -> str | None:
    """A value as text; None when it is missing, empty or not there."""
    value = row.get(name)
    return value if isinstance(value, str) and value else None


def _absent(row: Row, column: str) -> Status:
    """What it means that a cross-match column has no value."""
    if not has_packet(row):
        return "not asked"
    if column in (text_in(row, "unanswered") or "").split(","):
        return "silent"
    version = _version(row)
    return "not given" if version is None or version < SINCE.get(column, ()) else "nothing"


def _version(row: Row) -> tuple[int, ...] | None:
    text = text_in(row, "fink_science_version") or ""
    if text.endswith("-simulated"):  # the sample sky has an answer of every catalogue
        return max(SINCE.values())
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


def if_missing(row: Row) -> Status:
    """What it means that a value of ZTF's own packet is missing."""
    return "nothing" if has_packet(row) else "not asked"


def _mag(band: str, value: float | None, error: float | None = None) -> str:
    if value is None:
        return f"no {band} magnitude"
    return f"{band} {value:.2f}" if error is None else f"{band} {value:.2f} ± {error:.2f}"


def star_words(score: float | None) -> str:
    """PS1's star-galaxy score in words.

    Examples
    --------
    >>> star_words(0.99), star_words(0.5), star_words(None)
    ('probably a star (star score 0.99)', 'star or galaxy, unclear (star score 0.50)', 'no star score')
    """
    if score is None:
        return "no star score"
    kind = "star or galaxy, unclear"
    if score >= STAR_FROM:
        kind = "probably a star"
    elif score <= GALAXY_UPTO:
        kind = "probably a galaxy"
    return f"{kind} (star score {score:.2f})"


# Lines


def _templates(row: Row, curve: pd.DataFrame) -> Iterator[Neighbour]:
    """Nearest source of the template in the selected band, then in the others, each from the detection next in time."""
    yield template_source(row, if_missing(row))
    known = curve["distnr"].notna() & curve["tag"].eq("valid")
    others = curve[known & ~curve["fid"].isin([row.get("fid")])]
    apart = (others["jd"] - (number_in(row, "jd") or 0.0)).abs().to_numpy(dtype="float64")
    bands = others["fid"].to_numpy(dtype="float64", na_value=np.nan)
    for fid in BANDS:
        same = np.flatnonzero(bands == fid)
        if len(same):
            nearest = others.iloc[int(same[np.argmin(apart[same])])]
            yield template_source({str(name): value for name, value in nearest.items()}, "nothing")


def template_source(row: Row, absent: Status) -> Neighbour:
    """Nearest source of the template in the row's band; `absent` is what it means when there is none."""
    band = BANDS.get(int(number_in(row, "fid") or 0), "?")
    distance = number_in(row, "distnr")
    what = f"ZTF reference, {band}"
    if distance is None:
        return Neighbour(what, absent, TEMPLATE_RADIUS)
    facts = _mag(band, number_in(row, "magnr"), number_in(row, "sigmagnr"))
    return Neighbour(what, "found", TEMPLATE_RADIUS, distance * PIXEL_ARCSEC, "", facts)


def ps1_source(row: Row, number: int, which: str) -> Neighbour:
    """One of the three nearest sources of Pan-STARRS 1, by number and in words."""
    distance = number_in(row, f"distpsnr{number}")
    what = f"PS1, {which}"
    if distance is None:
        return Neighbour(what, if_missing(row), PS1_RADIUS)
    mags = [(band, number_in(row, f"s{band}mag{number}")) for band in "griz"]
    given = ", ".join(_mag(band, value) for band, value in mags if value is not None) or "no magnitude"
    facts = f"{star_words(number_in(row, f'sgscore{number}'))}; {given}"
    return Neighbour(what, "found", PS1_RADIUS, distance, text_in(row, f"objectidps{number}") or "", facts)


def _gaia(row: Row) -> Iterator[Neighbour]:
    for what, distance, mag in (
        ("Gaia, nearest", "neargaia", "maggaia"),
        ("Gaia, bright", "neargaiabright", "maggaiabright"),
    ):
        separation = number_in(row, distance)
        facts = _mag("G", number_in(row, mag))
        if separation is None:
            yield Neighbour(what, if_missing(row), GAIA_RADIUS)
        else:
            yield Neighbour(what, "found", GAIA_RADIUS, separation, "", facts)
    name = text_in(row, "DR3Name")
    if name is None:
        yield Neighbour("Gaia DR3", _absent(row, "DR3Name"), DR3_RADIUS)
    else:
        yield Neighbour("Gaia DR3", "found", DR3_RADIUS, None, name.removeprefix("Gaia DR3 "), _gaia_facts(row))


def _gaia_facts(row: Row) -> str:
    words = [parallax_words(number_in(row, "Plx"), number_in(row, "e_Plx"))]
    kind = text_in(row, "gaiaClass")
    if kind or number_in(row, "gaiaVarFlag") == 1:
        words.append(f"variable: {kind}" if kind else "variable")
    return ", ".join(words)


def parallax_words(plx: float | None, error: float | None) -> str:
    """Parallax (mas), and the distance that it means where it is good enough to be turned round.

    Examples
    --------
    >>> parallax_words(0.5, 0.05), parallax_words(0.1, 0.05)
    ('parallax 0.50 ± 0.05 mas, about 2.0 kpc', 'parallax 0.10 ± 0.05 mas')
    """
    if plx is None:
        return "no parallax"
    if error is None or error <= 0:
        return f"parallax {plx:.2f} mas".replace("-", "−")
    words = f"parallax {plx:.2f} ± {error:.2f} mas".replace("-", "−")
    if plx < GOOD_PARALLAX * error:
        return words
    return f"{words}, about {1 / plx:.1f} kpc" if plx < 1 else f"{words}, about {1000 / plx:.0f} pc"


def simbad(row: Row) -> Neighbour:
    """Type of the object in SIMBAD."""
    label = text_in(row, "cdsxmatch")
    if label is None:
        return Neighbour("SIMBAD", "not asked", SIMBAD_RADIUS)
    if label.startswith("Fail"):
        return Neighbour("SIMBAD", "silent", SIMBAD_RADIUS)
    if label == "Unknown":
        return Neighbour("SIMBAD", "nothing", SIMBAD_RADIUS)
    return Neighbour("SIMBAD", "found", SIMBAD_RADIUS, None, label)


def _catalogue(row: Row, what: str, column: str, radius: float, facts: str = "") -> Neighbour:
    name = text_in(row, column)
    if name is None:
        return Neighbour(what, _absent(row, column), radius)
    return Neighbour(what, "found", radius, None, name, facts)


def star_catalogues(row: Row) -> Iterator[Neighbour]:
    """Catalogues of variable and of young stars."""
    yield _catalogue(row, "VSX", "vsx", STAR_RADIUS)
    yield _catalogue(row, "GCVS", "gcvs", STAR_RADIUS)
    number = number_in(row, "spicy_id")
    yield _catalogue(row, "SPICY", "spicy_class", SPICY_RADIUS, f"young star {number:.0f}" if number else "")


def galaxy_catalogues(row: Row) -> Iterator[Neighbour]:
    """Catalogues of blazars and of galaxies."""
    yield _catalogue(row, "4LAC", "x4lac", ARCMINUTE)
    yield _catalogue(row, "3HSP", "x3hsp", ARCMINUTE)
    distance = number_in(row, "mangrove_lum_dist")
    facts = "" if distance is None else f"galaxy at {distance:.0f} Mpc (luminosity distance)"
    host = _catalogue(row, "Mangrove", "mangrove_HyperLEDA_name", ARCMINUTE, facts)
    yield replace(host, name=f"HyperLEDA {host.name}") if host.status == "found" else host


def tns_entry(row: Row) -> Neighbour:
    """Type in the Transient Name Server."""
    line = _catalogue(row, "TNS", "tns", STAR_RADIUS)
    # Fink passes on classified entries only: without a class an object can still be in TNS.
    return replace(line, facts="no classified entry") if line.status == "nothing" else line


def solar_system(row: Row) -> Neighbour:
    """Nearest known Solar System object at that moment."""
    name, distance = text_in(row, "ssnamenr"), number_in(row, "ssdistnr")
    if name is None or distance is None:
        return Neighbour("Solar System", if_missing(row), SSO_RADIUS)
    mag = number_in(row, "ssmagnr")
    return Neighbour("Solar System", "found", SSO_RADIUS, distance, name, "" if mag is None else f"V {mag:.1f}")


def neighbour_frame(lines: Sequence[Neighbour]) -> pd.DataFrame:
    """The same as a table for export: ``what, status, separation_arcsec, within_arcsec, name, facts``."""
    return pd.DataFrame(
        {
            "what": pd.array([line.what for line in lines], dtype="str"),
            "status": pd.array([line.status for line in lines], dtype="str"),
            "separation_arcsec": pd.array([line.separation for line in lines], dtype="Float64").astype("float64"),
            "within_arcsec": [line.radius for line in lines],
            "name": pd.array([line.name or None for line in lines], dtype="str"),
            "facts": pd.array([line.facts or None for line in lines], dtype="str"),
        }
    )
