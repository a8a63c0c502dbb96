"""From an object's tidy light curve to the facts of its figure; used by the night's preview and the object page."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

import pandas as pd

from components.figures.light_curve_facts import LightCurveFacts, light_curve_facts
from services.nightly import label_of
from services.nights import ERAS, mjd, night_start_jd
from services.photometry import BANDS, MODES, ModeKey, brightness, colour, reference_level


def drawn_curve(frame: pd.DataFrame, mode: ModeKey) -> pd.DataFrame:
    """The light curve with ``value, error`` in one mode and ``label, origin, family`` of each alert."""
    values = brightness(frame, mode)
    pairs = list(zip(frame["classification"], frame["cdsxmatch"], strict=True))
    found: dict[Any, tuple[str | None, str, str]] = {pair: label_of(*pair) for pair in set(pairs)}
    labels = pd.DataFrame([found[pair] for pair in pairs], columns=["label", "origin", "family"], index=frame.index)
    return frame.assign(
        value=values["value"],
        error=values["error"],
        classification=labels["label"],
        origin=labels["origin"],
        family=labels["family"],
    )


def curve_facts(
    frame: pd.DataFrame,
    mode: ModeKey,
    selected: str | None,
    *,
    with_colour: bool = False,
    ranks: Mapping[str, int] | None = None,
) -> LightCurveFacts:
    """Facts of the figure of one object in one brightness mode; `ranks` by candid, where it was listed."""
    chosen = MODES[mode]
    pairs = _pairs(frame, mode) if with_colour else None
    return light_curve_facts(
        drawn_curve(frame, mode),
        selected=selected,
        ranks=ranks or {},
        eras=era_changes(frame),
        colour=pairs if pairs is not None and len(pairs) else None,
        reference=_levels(frame, mode) if chosen.total else [],
        y_title=chosen.label if chosen.magnitudes else f"{chosen.label}, {chosen.unit}",
        unit=chosen.unit,
        decimals=2 if chosen.magnitudes else 1,
        reversed=chosen.magnitudes,
    )


def _levels(frame: pd.DataFrame, mode: ModeKey) -> list[tuple[str, float, str]]:
    """Brightness of the template source in each band that has one, with its words."""
    decimals = 2 if MODES[mode].magnitudes else 0
    found = {band: reference_level(frame, band, cast("Any", mode)) for band in BANDS}
    return [
        (band, level.value, f"reference {band} {level.value:,.{decimals}f}")
        for band, level in found.items()
        if level is not None
    ]


def _pairs(frame: pd.DataFrame, mode: ModeKey) -> pd.DataFrame:
    """g - r with the alerts of each pair, for the ring of the selected one."""
    pairs = colour(frame, "dcmag" if MODES[mode].total else "diffmag")
    candids = [c if isinstance(c, str) else None for c in frame["candid"].tolist()]
    named = {name: [candids[at] for at in pairs[name].tolist()] for name in ("green", "red")}
    return pairs.assign(**{name: pd.Series(ids, dtype=object, index=pairs.index) for name, ids in named.items()})


def era_changes(frame: pd.DataFrame) -> list[tuple[float, str]]:
    """Where scores of two models meet: first night (MJD) and name of each model that scored after another one did."""
    times = sorted(frame["mjd"][frame["anomaly_score"].notna()].tolist())
    starts = [(float(mjd(night_start_jd(day))), name) for day, name in ERAS]
    in_force = [max((era for era in starts if era[0] <= time), default=None) for time in times]
    return [now for before, now in pairwise(in_force) if now is not None and now != before]
