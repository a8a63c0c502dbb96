"""Measurements as the entries of alert packets carry them: the columns of ``candidate`` and ``prv_candidates``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.local_fink.sky.cadence import field_of, quadrant_of
from services.local_fink.sky.cast import Part
from services.local_fink.sky.draws import Floats, Ints, uniform
from services.local_fink.sky.light_curves import ZERO_POINT

Columns = dict[str, Any]

# JD of ZTF's night number 0. The number starts again after 8999 with 1000, so that alert numbers have 19 digits and fit
# into 64 bits in any century.
_NIGHT_ZERO, _FIRST_NIGHT, _NIGHTS = 2457754.5, 1000, 8000
# As many sources as have a number of their own among the alert numbers of an exposure.
MOST_SOURCES = 85_000_000
# What an exposure without a detection still says.
_OF_EXPOSURE = (
    *("jd", "fid", "pid", "diffmaglim", "programpi", "programid", "nid", "rcid", "field", "rbversion"),
    *("magzpsci", "magzpsciunc", "magzpscirms", "clrcoeff", "clrcounc"),
)


@dataclass(frozen=True)
class Entries:
    """All entries of some packets, one packet after the other; the alert's own measurement comes last.

    Attributes
    ----------
    owner
        Number of the packet of each entry.
    current
        Place of each packet's own measurement.
    columns
        ZTF's fields by name; what an upper limit does not have is masked.
    """

    owner: Ints
    current: Ints
    columns: Columns

    @property
    def history(self) -> np.ndarray:
        """True for entries of the history."""
        past = np.ones(len(self.owner), dtype=bool)
        past[self.current] = False
        return past

    @property
    def offsets(self) -> Ints:
        """Where each packet's history starts among all history entries, and where the last one ends."""
        counts = np.bincount(self.owner[self.history], minlength=len(self.current))
        return np.concatenate([[0], np.cumsum(counts)])


def entries_of(parts: Sequence[Part]) -> Entries:
    """Entries of the packets of `parts`."""
    spans = [slice(int(part.seen.history_start()[part.place]), part.place + 1) for part in parts]
    counts = np.array([span.stop - span.start for span in spans])
    owner = np.repeat(np.arange(len(parts)), counts)

    def along(name: str) -> Any:
        return np.concatenate([getattr(part.seen, name)[span] for part, span in zip(parts, spans, strict=True)])

    raw = {name: along(name) for name in _RAW}
    place = {name: np.asarray(values)[owner] for name, values in _places(parts).items()}
    columns = _columns(raw, place)
    missing = ~np.isfinite(raw["magpsf"])
    shown = {
        name: values if name in _OF_EXPOSURE else np.ma.MaskedArray(values, missing) for name, values in columns.items()
    }
    return Entries(owner, np.cumsum(counts) - 1, shown)


_RAW = ("jd", "fid", "limit", "seeing", "magpsf", "sigmapsf", "positive", "rb", "nbad", "chance")


def _places(parts: Sequence[Part]) -> Columns:
    sources = [part.seen.source for part in parts]
    quadrants = [quadrant_of(source.ra, source.dec) for source in sources]
    found: Columns = {"rcid": [q[0] for q in quadrants], "x": [q[1] for q in quadrants], "y": [q[2] for q in quadrants]}
    found["field"] = [field_of(source.ra, source.dec) for source in sources]
    for name in ("ra", "dec", "number"):
        found[name] = [getattr(source, name) for source in sources]
    found["apart"] = [source.model.separation for source in sources]
    found["template"] = [[source.model.template[band] for band in (1, 2, 3)] for source in sources]
    return found


def _columns(raw: Columns, place: Columns) -> Columns:
    n = len(raw["jd"])
    chance = [raw["chance"][:, column] for column in range(4)]
    columns = _of_exposures(raw, place) | _photometry(raw, place, chance) | _shape(raw, chance)
    degrees = (chance[0] - 0.5) * 1e-4
    columns |= {
        "ra": np.round((place["ra"] + degrees) % 360, 7),
        "dec": np.round(place["dec"] + (chance[1] - 0.5) * 8e-5, 7),
        "ranr": np.round(place["ra"] % 360, 7),
        "decnr": np.round(place["dec"] + place["apart"] / 3600, 7),
        "xpos": place["x"],
        "ypos": place["y"],
        "mindtoedge": np.minimum.reduce([place["x"], place["y"], 3072 - place["x"], 3080 - place["y"]]),
        "candid": alert_number(columns["pid"], place["number"]),
        "tblid": place["number"] % 1000,
        "rb": raw["rb"],
        "nbad": raw["nbad"],
        "nneg": (chance[2] * 5).astype(np.int64),
        "isdiffpos": np.where(raw["positive"], "t", "f"),
    }
    return columns | {"programpi": np.full(n, "SIMULATED"), "rbversion": np.full(n, "simulated")}


def alert_number(pid: Ints, source: Ints) -> Ints:
    """Alert number (``candid``): the processed image's, then the source's.

    Different for different alerts of a sky with at most `MOST_SOURCES` sources: the image's number ends in 15, to which
    the millions of the source's number are added without a carry, and begins with the night and the hundred-thousandth
    of a day, which no source has twice.
    """
    return np.asarray(pid * 1_000_000 + source)


def _of_exposures(raw: Columns, place: Columns) -> Columns:
    jd, fid = raw["jd"], raw["fid"]
    night = np.floor(jd - _NIGHT_ZERO)
    nid = (night.astype(np.int64) - _FIRST_NIGHT) % _NIGHTS + _FIRST_NIGHT
    fraction = np.floor((jd - _NIGHT_ZERO - night) * 1e5).astype(np.int64)
    zero = np.array([26.3, 26.25, 25.8])[fid - 1]
    return {
        "jd": jd,
        "fid": fid,
        "nid": nid,
        "pid": nid * 10**9 + fraction * 10**4 + place["rcid"] * 100 + 15,
        "rcid": place["rcid"],
        "field": place["field"],
        "programid": np.ones(len(jd), dtype=np.int64),
        "diffmaglim": np.round(raw["limit"], 3),
        "magzpsci": zero - np.round(0.2 * uniform(61, fid, nid, place["field"]), 2),
        "magzpsciunc": np.full(len(jd), 8e-6),
        "magzpscirms": np.array([0.037, 0.031, 0.034])[fid - 1],
        "clrcoeff": np.array([-0.066, 0.102, 0.05])[fid - 1],
        "clrcounc": np.full(len(jd), 9e-6),
    }


def _photometry(raw: Columns, place: Columns, chance: Sequence[Floats]) -> Columns:
    magpsf, sigmapsf = np.round(raw["magpsf"], 4), np.round(raw["sigmapsf"], 4)
    n = len(raw["jd"])
    offset = np.round((chance[3] - 0.5) * 2 * sigmapsf, 4)
    magnr = reference(place["template"], raw["fid"])
    return {
        "magpsf": magpsf,
        "sigmapsf": sigmapsf,
        "magap": magpsf + offset,
        "sigmagap": sigmapsf * 1.4,
        "magapbig": magpsf + 1.3 * offset,
        "sigmagapbig": sigmapsf * 1.7,
        "magdiff": offset,
        "magfromlim": raw["limit"] - magpsf - offset,
        "scorr": 1.0857 / np.maximum(raw["sigmapsf"], 1e-4),
        "magnr": magnr,
        "sigmagnr": reference_error(magnr),
        "distnr": np.round(np.maximum(place["apart"] + (chance[0] - 0.5) * 0.1, 0.01), 4),
        "chinr": np.full(n, 0.6),
        "sharpnr": np.full(n, -0.02),
    }


def reference(template: Floats, fid: Ints) -> Floats:
    """Magnitude of the template's object; `template` are its fluxes in g, r, i along the last axis."""
    fluxes = np.take_along_axis(np.asarray(template), (fid - 1)[:, None], axis=1)[:, 0]
    return np.asarray(np.round(ZERO_POINT - 2.5 * np.log10(fluxes), 3))


def reference_error(magnr: Floats) -> Floats:
    """Error of a template magnitude: 5 sigma at 22.5, never below 0.01."""
    return np.asarray(np.round(np.maximum(0.01, 0.2 * 10 ** (0.4 * (magnr - 22.5))), 3))


def _shape(raw: Columns, chance: Sequence[Floats]) -> Columns:
    elong = np.round(1 + 0.3 * chance[1], 3)
    width = np.round(raw["seeing"] / 2.355, 3)
    return {
        "fwhm": np.round(raw["seeing"], 2),
        "seeratio": np.round(0.9 + 0.4 * chance[3], 3),
        "classtar": np.round(0.7 + 0.3 * chance[1], 3),
        "aimage": width,
        "bimage": np.round(width / elong, 3),
        "aimagerat": np.round(width / raw["seeing"], 3),
        "bimagerat": np.round(width / elong / raw["seeing"], 3),
        "elong": elong,
        "sky": np.round(chance[2] - 0.5, 2),
        "chipsf": np.round(1 + 3 * chance[0], 2),
        "sumrat": np.round(1 - 0.2 * chance[2] ** 4, 3),
    }
