"""What only the alert itself carries: ZTF's counts and neighbours, and the columns that Fink adds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.local_fink.sky.cast import Part
from services.local_fink.sky.draws import Floats, uniform
from services.local_fink.sky.entries import Columns, Entries
from services.local_fink.sky.kinds import spelt
from services.local_fink.sky.positions import galactic_latitude

# First light of the survey (JD), from which known variables have been detected.
_FIRST_LIGHT = 2458197.5
_NO_VALUE = -999.0
_SCORES = ("rf_snia_vs_nonia", "snn_snia_vs_nonia", "snn_sn_vs_all", "mulens", "rf_kn_vs_nonkn")


def detection_only(parts: Sequence[Part], now: Columns) -> Columns:
    """Fields of ``candidate`` that its history does not have."""
    luck = _luck(parts, 71)
    jd = np.array([part.jd for part in parts])
    # What had no brightness before has no alerts before either.
    young = np.array([part.seen.source.kind.transient for part in parts]) | _are(parts, "asteroid")
    seen = np.array([int(part.seen.seen[: part.place + 1].sum()) for part in parts])
    older = np.where(young, 0, (20 + 500 * luck[:, 0] ** 2).astype(np.int64))
    first = np.array([float(part.seen.jd[part.seen.seen][0]) for part in parts])
    return (
        {
            "jdstarthist": np.where(young, first, _FIRST_LIGHT + 200 * luck[:, 1]),
            "jdendhist": jd,
            "ndethist": seen + older,
            "ncovhist": 600 + (1500 * luck[:, 2]).astype(np.int64),
            "drb": np.where(np.asarray(now["rb"]) > 0.7, 0.9 + 0.0999 * luck[:, 3], 0.5 + 0.4 * luck[:, 3]),
            "drbversion": "simulated",
            "tooflag": 0,
            "exptime": 30.0,
            "jdstartref": _FIRST_LIGHT,
            "jdendref": _FIRST_LIGHT + 150,
            "nframesref": 15 + (25 * luck[:, 4]).astype(np.int64),
            "rfid": np.asarray(now["field"]) * 10**6 + np.asarray(now["fid"]) * 10**4 + np.asarray(now["rcid"]),
            "nmatches": 200 + (900 * luck[:, 5]).astype(np.int64),
            "zpclrcov": -1e-5,
            "zpmed": 26.2,
            "clrmed": 0.65,
            "clrrms": 0.3,
            "pdiffimfilename": [f"simulated_{part.seen.source.object_id}_{part.place:04d}.fits" for part in parts],
        }
        | _neighbours(parts, now, luck)
        | _solar_system(parts)
    )


def _neighbours(parts: Sequence[Part], now: Columns, luck: Floats) -> Columns:
    """Nearest stars: the object itself where the template shows a star, and strangers further off."""
    template = np.array([[part.seen.source.model.template[band] for band in (1, 2, 3)] for part in parts])
    magnitudes = 25 - 2.5 * np.log10(template)
    star = np.array([not part.seen.source.kind.extragalactic for part in parts])
    apart = np.array([part.seen.source.model.separation for part in parts])
    gaia = np.where(star & (magnitudes[:, 1] < 20.5), apart, 4 + 40 * luck[:, 6])
    found: Columns = {
        "sgmag1": magnitudes[:, 0],
        "srmag1": magnitudes[:, 1],
        "simag1": magnitudes[:, 2],
        "szmag1": magnitudes[:, 2],
        "sgscore1": np.where(star, 0.9 + 0.1 * luck[:, 0], 0.1 * luck[:, 0]),
        "distpsnr1": apart,
        "nmtchps": 1 + (12 * luck[:, 1]).astype(np.int64),
        "neargaia": gaia,
        "maggaia": np.where(gaia < 2, magnitudes[:, 1], 17 + 3.5 * luck[:, 2]),
        "neargaiabright": 20 + 60 * luck[:, 3],
        "maggaiabright": 11 + 2.9 * luck[:, 4],
    }
    for place in (2, 3):
        found |= {f"s{band}mag{place}": 18.5 + 3 * luck[:, place] for band in "griz"}
        found |= {f"sgscore{place}": luck[:, place + 2], f"distpsnr{place}": 5.0 * place + 5 * luck[:, place + 1]}
    numbers = np.array([part.seen.source.number for part in parts], dtype=np.int64)
    return found | {f"objectidps{place}": 10 * numbers + place for place in (1, 2, 3)}


def _solar_system(parts: Sequence[Part]) -> Columns:
    moving = _are(parts, "asteroid")
    return {
        "ssdistnr": np.where(moving, 0.4, _NO_VALUE),
        "ssmagnr": np.where(moving, 18.0, _NO_VALUE),
        "ssnamenr": [f"SIMULATED {p.seen.source.number}" if m else "null" for p, m in zip(parts, moving, strict=True)],
    }


def added(parts: Sequence[Part], entries: Entries) -> Columns:
    """Fink's own columns, but for the score, the features and the TNS's type."""
    columns = entries.columns
    now = entries.current
    seen = np.array([int(part.seen.seen[: part.place + 1].sum()) for part in parts])
    return (
        {
            "cdsxmatch": [_label(part) for part in parts],
            "vsx": [_vsx(part) for part in parts],
            "gcvs": "Unknown",
            "x3hsp": "Unknown",
            "x4lac": "Unknown",
            "spicy_class": "Unknown",
            "spicy_id": -1,
            "tracklet": "",
            "roid": np.where(_are(parts, "asteroid"), 3, 0),
            "nalerthist": np.minimum(seen, 40),
            "jd_first_real_det": columns["jd"][np.searchsorted(entries.owner, np.arange(len(parts)))],
            "jdstarthist_dt": columns["jd"][now] - columns["jd"][np.searchsorted(entries.owner, np.arange(len(parts)))],
            "mangrove": dict.fromkeys(("HyperLEDA_name", "2MASS_name", "lum_dist", "ang_dist"), "None"),
        }
        | _gaia(parts)
        | _classifiers(parts)
        | _rates(entries)
    )


def _label(part: Part) -> str:
    return spelt(part.label or part.seen.source.label, int(part.seen.day[part.place]))


def _vsx(part: Part) -> str:
    """The star catalogue is asked through the same service as SIMBAD and fails with it."""
    if part.label and part.label.startswith("Fail"):
        return part.label
    known = part.seen.source.kind.vsx if part.seen.source.label != "Unknown" else ""
    return known or "Unknown"


def _gaia(parts: Sequence[Part]) -> Columns:
    """Parallaxes of the catalogued stars: small, as their heights above the plane allow."""
    luck = _luck(parts, 72)
    sources = [part.seen.source for part in parts]
    near = np.array([min(1.0, abs(galactic_latitude(source.ra, source.dec)) / 30 + 0.2) for source in sources])
    star = np.array([not source.kind.extragalactic and source.kind_name != "asteroid" for source in sources])
    return {
        "DR3Name": [f"SIMULATED {s.number:012d}" if one else "nan" for s, one in zip(sources, star, strict=True)],
        "Plx": np.ma.MaskedArray(np.round(near * (0.2 + 2 * luck[:, 0] ** 2), 3), ~star),
        "e_Plx": np.ma.MaskedArray(np.round(0.05 + 0.2 * luck[:, 1], 3), ~star),
        "gaiaVarFlag": (star & (luck[:, 2] < 0.6)).astype(np.int64),
        "gaiaClass": "nan",
    }


def _classifiers(parts: Sequence[Part]) -> Columns:
    """Scores of Fink's classifiers: high for what they look for, low for the rest."""
    luck = _luck(parts, 73)
    scores = {name: np.round(0.35 * luck[:, place] ** 2, 4) for place, name in enumerate(_SCORES)}
    supernova = _are(parts, "supernova Ia", "supernova II", "superluminous", "tidal disruption")
    early = _are(parts, "supernova Ia") & (luck[:, 5] < 0.8)
    for name in ("snn_snia_vs_nonia", "snn_sn_vs_all"):
        scores[name] = np.where(supernova, np.round(0.55 + 0.43 * luck[:, 6], 4), scores[name])
    scores["rf_snia_vs_nonia"] = np.where(early, np.round(0.51 + 0.4 * luck[:, 7], 4), 0.0)
    scores["mulens"] = np.where(_are(parts, "microlensing"), np.round(0.2 + 0.6 * luck[:, 3], 4), 0.0)
    return scores | {"rf_kn_vs_nonkn": 0.0, "is_transient": supernova, "from_upper": np.zeros(len(parts), dtype=bool)}


def _rates(entries: Entries) -> Columns:
    """Change since the last detection in the alert's own band, mag/day; 0 where there was none."""
    columns, now = entries.columns, entries.current
    seen = ~np.ma.getmaskarray(columns["magpsf"])
    rate, error, delta = (np.zeros(len(now)) for _ in range(3))
    start = 0
    for packet, last in enumerate(now):
        past = np.flatnonzero(seen[start:last] & (columns["fid"][start:last] == columns["fid"][last])) + start
        if len(past):
            delta[packet] = columns["jd"][last] - columns["jd"][past[-1]]
            rate[packet] = (columns["magpsf"].data[last] - columns["magpsf"].data[past[-1]]) / delta[packet]
            error[packet] = np.hypot(*columns["sigmapsf"].data[[last, past[-1]]]) / delta[packet]
        start = last + 1
    bounds = {"lower_rate": rate - error, "upper_rate": rate + error}
    return {"mag_rate": rate, "sigma_rate": error, "delta_time": delta} | bounds


def _are(parts: Sequence[Part], *kinds: str) -> np.ndarray:
    return np.array([part.seen.source.kind_name in kinds for part in parts], dtype=bool)


def _luck(parts: Sequence[Part], what: int) -> Floats:
    """Eight uniform numbers per source, always the same; shape (n, 8)."""
    numbers = np.array([part.seen.source.number for part in parts], dtype=np.int64)
    return uniform(what, numbers[:, None], np.arange(8)[None, :])
