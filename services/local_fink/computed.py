"""The ``v:`` columns, which the Fink API computes at request time when no ``columns`` are asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from services.local_fink.classes import classes_of
from services.local_fink.history import IS_ALERT

Floats = npt.NDArray[np.float64]

# g and r points closer than this make a colour (days; FINK_API 1.2).
COLOUR_TOLERANCE_DAY = 0.3

_COLOURS = ("v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)", "v:sigma(rate(g-r))")


def with_computed(rows: pd.DataFrame, *, colours: bool) -> pd.DataFrame:
    """Rows of detections with their ``v:`` columns.

    Parameters
    ----------
    rows
        All columns of one or more detections (`Store.anomalies`, `Store.detections`).
    colours
        True for the rates and colours that ``/objects`` adds.
    """
    added = {"v:classification": _classes(rows)}
    if colours:
        added |= rates_and_colours(rows)
    added["v:lastdate"] = iso_times(rows["i:jd"])
    added["v:firstdate"] = iso_times(rows["i:jdstarthist"])
    added["v:lapse"] = rows["i:jd"] - rows["i:jdstarthist"]
    added["v:constellation"] = _constellations(rows)
    return rows.assign(**added)


def _classes(rows: pd.DataFrame) -> pd.Series:
    """Fink's class of the alerts; missing for detections that are only known from an alert's history."""
    alerts = rows[rows[IS_ALERT]]
    return classes_of(alerts).reindex(rows.index)


def rates_and_colours(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Rate of change in each band and colour g-r with its rate, of detections of any number of objects.

    Parameters
    ----------
    rows
        ``i:objectId``, ``i:jd``, ``i:fid``, ``i:magpsf`` and ``i:sigmapsf``; in any order.
    """
    table = np.full((len(rows), len(_COLOURS)), np.nan)
    for places in rows.groupby("i:objectId", sort=False).indices.values():
        points = rows.iloc[places][["i:jd", "i:fid", "i:magpsf", "i:sigmapsf"]].to_numpy(np.float64)
        order = np.argsort(points[:, 0], kind="stable")
        table[places[order]] = _of_one_object(points[order])
    return {name: pd.Series(table[:, i], index=rows.index) for i, name in enumerate(_COLOURS)}


def _of_one_object(points: Floats) -> Floats:
    """The columns `_COLOURS` of the time-sorted points (jd, fid, mag, sigma) of one object."""
    made = np.full((len(points), len(_COLOURS)), np.nan)
    bands = [np.flatnonzero(points[:, 1] == fid) for fid in (1, 2)]
    for band in bands:
        made[band, :2] = _changes(*points[band][:, [0, 2, 3]].T)
    green, red = (points[band] for band in bands)
    near = _nearest(green[:, 0], red[:, 0])
    green, red = green[near >= 0], red[near[near >= 0]]
    colour, sigma = green[:, 2] - red[:, 2], np.hypot(green[:, 3], red[:, 3])
    known = np.column_stack([colour, sigma, _changes(green[:, 0], colour, sigma)])
    to = _nearest(points[:, 0], green[:, 0])
    made[to >= 0, 2:] = known[to[to >= 0]]
    return made


def _changes(jd: Floats, value: Floats, sigma: Floats) -> Floats:
    """Change per day since the point before, and its error; shape (n, 2), the first row NaN."""
    made = np.full((len(jd), 2), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        made[1:, 0] = np.diff(value) / np.diff(jd)
        made[1:, 1] = np.hypot(sigma[1:], sigma[:-1]) / np.diff(jd)
    return made


def _nearest(times: Floats, candidates: Floats, tolerance: float = COLOUR_TOLERANCE_DAY) -> npt.NDArray[np.intp]:
    """Index of the candidate nearest to each time within `tolerance`, the earlier of two; -1 for none."""
    if not len(candidates):
        return np.full(len(times), -1)
    before = np.searchsorted(candidates, times, side="right") - 1
    after = np.minimum(np.searchsorted(candidates, times, side="left"), len(candidates) - 1)
    back = np.where(before >= 0, times - candidates[before], np.inf)
    ahead = np.where(candidates[after] >= times, candidates[after] - times, np.inf)
    found = np.where(back <= ahead, before, after)
    return np.where(np.minimum(back, ahead) <= tolerance, found, -1)


def iso_times(jd: pd.Series) -> pd.Series:
    """UTC as ``YYYY-MM-DD hh:mm:ss.sss`` of Julian dates, missing where they are."""
    milliseconds = ((jd - 2440587.5) * 86_400_000).round()
    known = milliseconds.dropna().astype("int64").to_numpy().astype("datetime64[ms]")
    text = np.char.replace(np.datetime_as_string(known, unit="ms"), "T", " ")
    return pd.Series(text, index=milliseconds.dropna().index, dtype="str").reindex(jd.index)


def _look_up(ra_deg: Floats, dec_deg: Floats) -> list[str]:
    from astropy.coordinates import SkyCoord, get_constellation  # takes a second to import

    return [str(name) for name in get_constellation(SkyCoord(ra_deg, dec_deg, unit="deg"))]


def _constellations(rows: pd.DataFrame) -> pd.Series:
    firsts = rows.drop_duplicates("i:objectId").set_index("i:objectId")
    # Per object: a look-up costs milliseconds, and objects do not move.
    names = _look_up(firsts["i:ra"].to_numpy(), firsts["i:dec"].to_numpy())
    return rows["i:objectId"].map(dict(zip(firsts.index, names, strict=True))).astype("str")
