"""A simulated export of JWST observations: consistent rows, for trying and measuring without an archive.

Rows are made by the structure that real ones have (programmes with visits, visits with rows; exposures of whole
frames; release at once or after a year; some observations still planned), not from rows of any file. Programmes have
numbers from 90001 on, which JWST does not use, and files have addresses that begin with ``simulated:``, so that nobody
takes them for real.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from services.jwst import columns, texts, wavelengths
from services.jwst.example_modes import MODES
from services.jwst.measured import DAY_S
from services.jwst.read import Observations
from services.jwst.schema import Schema

PLANNED_SHARE = 0.115
"""Rows without times in the files of the published evaluation: about 11 to 12 % (JWST.md, section 2)."""
MOVING_SHARE = 0.01
FIRST_MJD, LAST_MJD = 59_690.0, 60_800.0
FIRST_PROGRAMME = 90_001
ROWS_PER_VISIT = 3
VISITS_PER_PROGRAMME = 6
MOST_PROGRAMMES = 9_999
PROPOSAL_TYPES = ("GO", "GTO", "CAL", "COM", "ERS", "DD")
PROPOSAL_SHARES = (0.42, 0.36, 0.08, 0.06, 0.05, 0.03)

Columns = dict[str, Any]


def example(rows: int = 5_000, seed: int = 1) -> Observations:
    """Consistent rows of simulated observations.

    Parameters
    ----------
    rows
        How many.
    seed
        The same seed and number give the same rows.
    """
    rng = np.random.default_rng(seed)
    table = _rows(rng, visits(rng, max(1, -(-rows // ROWS_PER_VISIT))), rows)
    frame = _frame(table)
    return Observations(frame, f"simulated-jwst-{rows}-{seed}.csv", _digest(frame), _schema(frame))


def _digest(frame: pd.DataFrame) -> str:
    """SHA-256 of the rows themselves, since there is no file."""
    hashes = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(hashes.tobytes()).hexdigest()


def _schema(frame: pd.DataFrame) -> Schema:
    kinds = frame["dataproduct_type"].value_counts()
    return Schema(
        rows=len(frame),
        planned=int((frame["calib_level"] == -1).sum()),
        product_types={str(kind): int(count) for kind, count in kinds.items()},
        units={column.name: column.unit for column in columns.COLUMNS if column.unit},
        notes=("The rows are simulated: consistent by construction, from no archive.",),
        simulated=True,
    )


def visits(rng: np.random.Generator, count: int) -> Columns:
    """One entry per visit: what its rows have in common."""
    shares = np.array([mode.share for mode in MODES])
    programmes = min(max(1, count // VISITS_PER_PROGRAMME), MOST_PROGRAMMES)
    programme = np.sort(rng.integers(programmes, size=count))
    mode = rng.choice(len(MODES), size=count, p=shares / shares.sum())
    return {
        "mode": mode,
        "filters": rng.integers(1 << 16, size=count) % np.array([len(m.filters) for m in MODES])[mode],
        "programme": programme,
        "number": pd.Series(programme).groupby(programme).cumcount().to_numpy() % 999 + 1,
        "planned": rng.random(count) < PLANNED_SHARE,
        "moving": rng.random(count) < MOVING_SHARE,
        **_sky(rng, mode),
        **_times(rng, mode),
    }


def _of_mode(mode: np.ndarray, name: str) -> np.ndarray:
    return np.array([getattr(m, name) for m in MODES])[mode]


def _sky(rng: np.random.Generator, mode: np.ndarray) -> Columns:
    """Targets evenly over the sky below 80° of declination, and footprints near them."""
    size = len(mode)
    dec = np.degrees(np.arcsin(rng.uniform(-0.985, 0.985, size)))
    angle, distance = rng.uniform(0, 2 * np.pi, size), rng.uniform(0, 1, size) * _of_mode(mode, "offset_deg")
    ra = rng.uniform(0, 360, size)
    return {
        "ra": ra,
        "dec": dec,
        "centre_ra": ra + distance * np.cos(angle) / np.cos(np.radians(dec)),
        "centre_dec": dec + distance * np.sin(angle),
        "roll": rng.uniform(0, np.pi / 2, size),
    }


def _times(rng: np.random.Generator, mode: np.ndarray) -> Columns:
    """Exposures of whole frames within an interval, and the release at once or after a year."""
    size = len(mode)
    frame_s = _of_mode(mode, "frame_s")
    frames = np.maximum(np.round(_of_mode(mode, "exposure_s") * rng.lognormal(0, 0.7, size) / frame_s), 3)
    exposure = np.round(frames * frame_s, 3)
    combined = _of_mode(mode, "level") == 3
    duty = np.where(combined, 10 ** rng.uniform(-1.2, -0.1, size), rng.uniform(0.87, 1.0, size))
    waits = np.where(combined & (rng.random(size) < 0.15), 10 ** rng.uniform(-0.3, 2.5, size), 0.0)
    begin = np.round(rng.uniform(FIRST_MJD, LAST_MJD, size), 5)
    end = np.round(begin + exposure / duty / DAY_S + waits, 5)
    soon = rng.random(size) < 0.35
    release = end + np.where(soon, 10 ** rng.uniform(-1.2, 1.0, size), 365 + rng.gamma(1.0, 1.5, size))
    return {"exposure": exposure, "t_min": begin, "t_max": end, "release": np.round(release, 5)}


def _rows(rng: np.random.Generator, each: Columns, rows: int) -> Columns:
    """Visits repeated for their rows, each with a number within the visit."""
    count = len(each["mode"])
    of_visit = np.sort(np.concatenate([np.arange(min(count, rows)), rng.integers(count, size=max(rows - count, 0))]))
    table = {name: values[of_visit] for name, values in each.items()}
    table["within"] = pd.Series(of_visit).groupby(of_visit).cumcount().to_numpy()
    table["source"] = table["within"] * 7 + table["number"] % 7 + 1
    return table


def _frame(table: Columns) -> pd.DataFrame:
    mode, planned = table["mode"], table["planned"]
    filters = [MODES[m].filters[f] for m, f in zip(mode, table["filters"], strict=True)]
    made = {**_names(table, filters), **_measured(table, filters), **_programmes(table)}
    made["calib_level"] = np.where(planned, -1.0, _of_mode(mode, "level").astype(float))
    made["dataproduct_type"] = _of_mode(mode, "product_type")
    made["provenance_name"] = np.where(planned, "APT", "CALJWST")
    made["mtFlag"] = np.where(table["moving"], "true", "false")
    fixed = {"obs_collection": "JWST", "project": "JWST", "intentType": "science", "wavelength_region": "INFRARED"}
    size = len(mode)
    made.update({name: np.full(size, text, dtype=object) for name, text in fixed.items()})
    return pd.DataFrame({name: _column(name, made, size) for name in (*columns.NAMES, columns.UNREADABLE)})


def _column(name: str, made: Columns, size: int) -> Any:
    if name in columns.NUMBERS:
        return np.asarray(made.get(name, np.full(size, np.nan)), dtype=np.float64)
    return pd.Series(made[name], dtype="str") if name in made else texts.nothing(size)


def _names(table: Columns, filters: list[str]) -> Columns:
    """Identifiers and files, by the JWST file name conventions."""
    mode, planned = table["mode"], table["planned"]
    parts = zip(
        mode, table["programme"] + FIRST_PROGRAMME, table["number"], table["within"], table["source"], strict=True
    )
    obs_id = [
        _planned_id(*part) if plan else _made_id(text, *part)
        for plan, text, part in zip(planned, filters, parts, strict=True)
    ]
    urls = [
        None if plan else f"simulated:JWST/product/{name}_{MODES[m].suffix}.fits"
        for plan, name, m in zip(planned, obs_id, mode, strict=True)
    ]
    size = len(mode)
    return {
        "obs_id": obs_id,
        "filters": filters,
        "instrument_name": _of_mode(mode, "instrument_name"),
        "dataURL": urls,
        "obsid": [str(900_000_000 + i) for i in range(size)],
        "objID": [str(950_000_000 + i) for i in range(size)],
    }


def _family(m: int) -> str:
    return MODES[m].instrument_name.split("/")[0].lower()


def _planned_id(m: int, programme: int, number: int, within: int, _: int) -> str:
    return f"jw{programme:05d}{number:03d}001_xx{within + 101:03d}_{within + 1:05d}_{_family(m)}"


def _made_id(filters: str, m: int, programme: int, number: int, within: int, source: int) -> str:
    """Level 2: visit, activity, exposure and detector; level 3: association, source or target, optical elements."""
    mode = MODES[m]
    if mode.level == 2:
        detector = mode.detectors[within % len(mode.detectors)]
        return f"jw{programme:05d}{number:03d}001_02101_{within // len(mode.detectors) + 1:05d}_{detector}"
    group = f"o{number:03d}" if within == 0 or mode.sources else f"c{1000 + within}"
    what = f"s{source:05d}" if mode.sources else f"t{number:03d}"
    return f"jw{programme:05d}-{group}_{what}_{mode.detectors[0]}_{filters.lower().replace(';', '-')}"


def _measured(table: Columns, filters: list[str]) -> Columns:
    pairs = zip(_of_mode(table["mode"], "instrument_name"), filters, strict=True)
    limits = np.array([[b.em_min, b.em_max] for pair in pairs if (b := wavelengths.band(*pair))])
    late = {name: np.where(table["planned"], np.nan, table[name]) for name in ("t_min", "t_max", "release")}
    return {
        "s_ra": np.round(table["ra"], 7),
        "s_dec": np.round(table["dec"], 7),
        "t_min": late["t_min"],
        "t_max": late["t_max"],
        "t_obs_release": late["release"],
        "t_exptime": table["exposure"],
        "em_min": limits[:, 0],
        "em_max": limits[:, 1],
        "s_region": _regions(table),
        "sequence_number": np.where(table["planned"], table["within"] + 1.0, -999.0),
    }


def _regions(table: Columns) -> list[str]:
    """Squares, turned by the roll, as STC-S text."""
    radius = _of_mode(table["mode"], "radius_arcsec")[:, None] / 3600
    angle = table["roll"][:, None] + np.arange(4) * np.pi / 2
    dec = table["centre_dec"][:, None] + radius * np.sin(angle)
    ra = (table["centre_ra"][:, None] + radius * np.cos(angle) / np.cos(np.radians(table["centre_dec"]))[:, None]) % 360
    corners = np.stack([ra, dec], axis=-1).reshape(len(ra), 8)
    return ["POLYGON " + " ".join([f"{value:.9f}" for value in corner]) for corner in corners.tolist()]


def _programmes(table: Columns) -> Columns:
    programme = table["programme"]
    kinds = np.random.default_rng(FIRST_PROGRAMME).choice(
        PROPOSAL_TYPES, size=int(programme.max()) + 1, p=PROPOSAL_SHARES
    )
    numbers = [f"{p + 1}" for p in programme]
    return {
        "proposal_id": [str(p + FIRST_PROGRAMME) for p in programme],
        "proposal_pi": [f"Simulated, Investigator {n}" for n in numbers],
        "proposal_type": kinds[programme],
        "obs_title": [f"Simulated programme {n}" for n in numbers],
        "target_name": [f"SIMULATED-{p + 1}-{n}" for p, n in zip(programme, table["number"], strict=True)],
        "dataRights": np.where(table["planned"] | (table["release"] < LAST_MJD), "PUBLIC", "EXCLUSIVE_ACCESS"),
    }
