"""Alert packets of parts of the simulated sky, as an Arrow table in Fink's distribution schema."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import numpy as np
import pyarrow as pa

from services.local_fink.columns import FEATURES, STAMPS
from services.local_fink.sky.cast import Part
from services.local_fink.sky.draws import Floats, Ints
from services.local_fink.sky.entries import Columns, Entries
from services.local_fink.sky.features import N_FEATURES, NEAR_TEMPLATE, apparent, packet_features
from services.local_fink.sky.fink_columns import added, detection_only
from services.local_fink.sky.schema import cells, distribution_schema, struct_array
from services.local_fink.sky.stamps import stamps_of

# Before and since the change of the anomaly model (see `scores`): versions that never existed.
_SCIENCE = ("0.0.1-simulated", "0.0.2-simulated")


def features_of(entries: Entries) -> tuple[Floats, Floats, np.ndarray]:
    """Features of every packet from all its points with a brightness, low-quality ones too; none for alerts in i.

    Returns
    -------
    g, r
        Shape (n, 26), NaN where not computable.
    absent
        Shape (n, 2): True where a packet has no point of the band at all, and for alerts in i.
    """
    columns = entries.columns
    seen = ~np.ma.getmaskarray(columns["magpsf"])
    magnitude, sigma = _magnitudes(entries, seen)
    jd, fid = columns["jd"], np.where(seen, columns["fid"], 0)
    n = len(entries.current)
    bands = np.full((2, n, N_FEATURES), np.nan)
    absent = np.zeros((n, 2), dtype=bool)
    start = 0
    for packet, last in enumerate(entries.current):
        span = slice(start, int(last) + 1)
        found = packet_features(jd[span], fid[span], magnitude[span], sigma[span]) if fid[last] <= 2 else (None, None)
        for band, values in enumerate(found):
            absent[packet, band] = values is None
            if values is not None:
                bands[band, packet] = values
        start = int(last) + 1
    return bands[0], bands[1], absent


def _magnitudes(entries: Entries, seen: np.ndarray) -> tuple[Floats, Floats]:
    """Apparent magnitudes for packets with a point near a template object, difference magnitudes for others."""
    columns = entries.columns
    plain = columns["magpsf"].filled(np.nan), columns["sigmapsf"].filled(np.nan)
    positive = columns["isdiffpos"].data == "t"
    dc = apparent(*plain, positive, columns["magnr"].data, columns["sigmagnr"].data)
    near = np.zeros(len(entries.current), dtype=bool)
    near[entries.owner[seen & (columns["distnr"].data <= NEAR_TEMPLATE)]] = True
    use = near[entries.owner]
    return np.where(use, dc[0], plain[0]), np.where(use, dc[1], plain[1])


def packet_table(
    parts: Sequence[Part],
    entries: Entries,
    features: tuple[Floats, Floats, np.ndarray],
    scores: Floats,
    tns: Sequence[str],
    *,
    seed: int,
    smaller_from: date,
    stamps: bool,
) -> pa.Table:
    """One row per alert, in the order of `parts`.

    Parameters
    ----------
    features
        As `features_of` gives them.
    scores
        Anomaly score of each alert, NaN for none.
    tns
        The TNS's type for each alert, "" for none.
    smaller_from
        First night of the second model, which names the science version.
    stamps
        False leaves the cutouts out.
    """
    schema, n = distribution_schema(), len(parts)
    now = {name: values[entries.current] for name, values in entries.columns.items()}
    candidate = now | detection_only(parts, now)
    days = np.array([int(part.seen.day[part.place]) for part in parts])
    columns: Columns = added(parts, entries) | {
        "candid": now["candid"].data,
        "objectId": [part.seen.source.object_id for part in parts],
        "schemavsn": "4.02",
        "publisher": "Fink",
        "fink_broker_version": "0.0-simulated",
        "fink_science_version": [_SCIENCE[int(day >= smaller_from.toordinal())] for day in days],
        "tns": list(tns),
        "anomaly_score": np.ma.masked_invalid(scores),
    }
    made = {"candidate": struct_array(schema.field("candidate").type, candidate, n), "prv_candidates": _past(entries)}
    unwritten = features[2] & _unwritten(parts)[:, None]
    for band, name in enumerate(("lc_features_g", "lc_features_r")):
        made[name] = _features(features[band], unwritten[:, band])
    made |= _stamps(parts, seed) if stamps else {}
    return pa.table(
        [made[f.name] if f.name in made else _column(columns, f, n) for f in schema],
        schema=schema,
    )


def _column(columns: Columns, field: pa.Field, n: int) -> pa.Array:
    values = columns.get(field.name)
    if isinstance(values, dict):
        return struct_array(field.type, values, n)
    return cells(values, field.type, n)


def _past(entries: Entries) -> pa.ListArray:
    kind = distribution_schema().field("prv_candidates").type
    past = entries.history
    columns = {name: values[past] for name, values in entries.columns.items()}
    rows = struct_array(kind.value_type, columns, int(past.sum()))
    return pa.ListArray.from_arrays(pa.array(entries.offsets.astype(np.int32)), rows).cast(kind)


def _unwritten(parts: Sequence[Part]) -> np.ndarray:
    """Whether a band without a point is null in a packet; in most packets it is 26 NaN, as in 22 of 22 real ones."""
    return np.array([part.seen.fid[part.place] == 3 or part.seen.source.number % 10 == 0 for part in parts], dtype=bool)


def _features(rows: Floats, unwritten: np.ndarray) -> pa.StructArray:
    """Features as stored: NaN where not computable, null where nothing was written."""
    kind = pa.struct([(name, pa.float64()) for name in FEATURES])
    return struct_array(kind, {name: rows[:, place] for place, name in enumerate(FEATURES)}, len(rows), unwritten)


def _stamps(parts: Sequence[Part], seed: int) -> dict[str, pa.Array]:
    # Compression, most of the work, leaves the other processor free.
    with ThreadPoolExecutor(2) as workers:
        made = list(workers.map(lambda part: stamps_of(part.seen, part.place, seed), parts))
    kind = distribution_schema().field(STAMPS["Science"]).type
    names = [f"{part.seen.source.object_id}_simulated.fits.gz" for part in parts]
    return {
        STAMPS[name]: struct_array(
            kind, {"fileName": names, "stampData": [stamps[place] for stamps in made]}, len(parts)
        )
        for place, name in enumerate(("Science", "Template", "Difference"))
    }


def days_of(parts: Sequence[Part]) -> Ints:
    """Night (ordinal) of each alert."""
    return np.array([int(part.seen.day[part.place]) for part in parts], dtype=np.int64)
