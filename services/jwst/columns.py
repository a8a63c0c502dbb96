"""The columns of a MAST export of observations, and the names under which they arrive.

Names, labels and units are those of MAST's "CAOM Field Descriptions"
(https://mast.stsci.edu/api/v0/_c_a_o_mfields.html). Inside the house a column is called by its CAOM name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Column:
    """One column: CAOM name, whether it is a number, unit in the frame, and label in the MAST portal."""

    name: str
    number: bool
    unit: str
    label: str


def _text(name: str, label: str) -> Column:
    return Column(name, False, "", label)


def _number(name: str, unit: str, label: str) -> Column:
    return Column(name, True, unit, label)


COLUMNS: tuple[Column, ...] = (
    _text("dataproduct_type", "Product Type"),
    _number("calib_level", "", "Calibration Level"),
    _text("obs_collection", "Mission"),
    _text("obs_id", "Observation ID"),
    _text("target_name", "Target Name"),
    _number("s_ra", "deg", "RA"),
    _number("s_dec", "deg", "Dec"),
    _number("t_min", "MJD (d)", "Start Time"),
    _number("t_max", "MJD (d)", "End Time"),
    _number("t_exptime", "s", "Exposure Length"),
    _text("wavelength_region", "Waveband"),
    _text("filters", "Filters"),
    _number("em_min", "nm", "Min. Wavelength"),
    _number("em_max", "nm", "Max. Wavelength"),
    _text("target_classification", "Target Classification"),
    _text("obs_title", "Observation Title"),
    _number("t_obs_release", "MJD (d)", "Release Date"),
    _text("instrument_name", "Instrument"),
    _text("proposal_pi", "Principal Investigator"),
    _text("proposal_id", "Proposal ID"),
    _text("proposal_type", "Proposal Type"),
    _text("project", "Project"),
    _number("sequence_number", "", "Sequence Number"),
    _text("provenance_name", "Provenance Name"),
    _text("s_region", "s_region"),
    _text("jpegURL", "jpegURL"),
    _text("dataURL", "dataURL"),
    _text("dataRights", "Data Rights"),
    _text("mtFlag", "Moving Target"),
    _number("srcDen", "", "Number of Catalog Objects"),
    _text("intentType", "Observation Type"),
    _text("obsid", "Product Group ID"),
    _text("objID", "Object ID"),
)
"""In the order of a MAST export."""

NAMES = tuple(column.name for column in COLUMNS)
NUMBERS = tuple(column.name for column in COLUMNS if column.number)
TEXTS = tuple(column.name for column in COLUMNS if not column.number)
UNREADABLE = "unreadable"
"""Text column of a frame of observations: which cells of the row hold something where a number belongs, by column."""

PRODUCT_TYPES = ("image", "spectrum", "cube", "timeseries", "measurements")
"""Product types that MAST gives to JWST observations; a file may lack some."""

MISSIONS_NAMES = frozenset({"targ_ra", "targ_dec", "expstart", "expend", "effexptm", "exposure_time", "fileSetName"})
"""Columns of the other JWST export of MAST ("Missions MAST" search), which has other facts under other names."""

_EXTRA_LABELS = {"distance": "distance", 'distance (")': "distance", "source": "project", "observation_id": "obs_id"}
IGNORED = frozenset({"distance", "_searchable", "dataurl_count"})
"""Known in some exports and of no use here; never counted as unknown."""


@cache
def _aliases() -> dict[str, str]:
    """Lower-case name or label → CAOM name."""
    names = {column.name.lower(): column.name for column in COLUMNS}
    labels = {column.label.lower(): column.name for column in COLUMNS}
    return {**_EXTRA_LABELS, **labels, **names}


def caom_name(heading: str) -> str | None:
    """CAOM name of a heading of a file, or None.

    Examples
    --------
    >>> caom_name("  Exposure Length "), caom_name("S_RA"), caom_name("redshift")
    ('t_exptime', 's_ra', None)
    """
    plain = re.sub(r"\s+", " ", heading.strip().lstrip("#").strip()).lower()
    return _aliases().get(plain)


def recognised(headings: Sequence[str]) -> set[str]:
    """CAOM names among the headings of a file."""
    return {name for heading in headings if (name := caom_name(heading))} & set(NAMES)
