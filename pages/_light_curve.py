"""From an object's tidy light curve to the facts of its figure; used by the night's preview and the object page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from components.figures.light_curve_facts import LightCurveFacts, light_curve_facts
from services.nightly import label_of
from services.photometry import MODES, ModeKey, brightness, colour, reference_level


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


def curve_facts(frame: pd.DataFrame, mode: ModeKey, selected: str | None, *, with_colour: bool) -> LightCurveFacts:
    """Facts of the figure of one object in one brightness mode."""
    chosen = MODES[mode]
    levels: list[tuple[str, float, str]] = []
    if chosen.total:
        unit_mode: Any = mode
        for band in ("g", "r"):
            level = reference_level(frame, band, unit_mode)
            if level is not None:
                decimals = 2 if chosen.magnitudes else 0
                levels.append((band, level.value, f"reference {band} {level.value:.{decimals}f}"))
    pairs: pd.DataFrame | None = None
    if with_colour:
        pairs = colour(frame, "dcmag" if chosen.total else "diffmag")
    return light_curve_facts(
        drawn_curve(frame, mode),
        selected=selected,
        colour=pairs if pairs is not None and len(pairs) else None,
        reference=levels,
        y_title=chosen.label if chosen.magnitudes else f"{chosen.label}, {chosen.unit}",
        unit=chosen.unit,
        decimals=2 if chosen.magnitudes else 1,
        reversed=chosen.magnitudes,
    )
