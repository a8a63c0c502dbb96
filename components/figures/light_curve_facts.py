"""Facts of a light curve: what there is to draw, as plain values. Times are MJD (UTC)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

BANDS = {1: "g", 2: "r", 3: "i"}
MJD_OF_1970 = 40587
NOTHING: Mapping[str, int] = MappingProxyType({})
KINDS = ("detection", "negative", "low quality", "limit")


@dataclass(frozen=True)
class Series:
    """Points of one band and one kind, in time order."""

    band: str
    kind: str
    mjd: list[float]
    value: list[float]
    error: list[float]
    candid: list[str | None]
    hover: list[str]


@dataclass(frozen=True)
class Span:
    """A stretch of time with one label; ``family`` None means that no alert was classified in it."""

    start_mjd: float
    stop_mjd: float
    label: str
    family: str | None
    alerts: int


@dataclass(frozen=True)
class Score:
    """Anomaly score of one alert; ``rank`` in its night, when it was listed among the oddest of it."""

    band: str
    mjd: float
    score: float
    candid: str
    hover: str
    rank: int | None = None


@dataclass(frozen=True)
class LightCurveFacts:
    """Everything that the figure shows, in plain values.

    Attributes
    ----------
    series
        One for each band and kind that has points.
    spans
        Class ribbon from left to right, history first.
    alerts_mjd, changes_mjd
        Times of classified alerts, and of those where the label changed.
    scores
        One for each scored alert.
    eras
        ``(mjd, words)`` of each change of the model between two scores.
    colour
        Columns ``mjd, value, error`` of g - r, and ``green, red``: the alerts of each pair.
    selected
        Candid of the alert that is ringed, or None.
    reference
        ``(band, value, words)`` of each reference level.
    undrawn
        ``(band, mjd)`` of detections in g and r that have no value in this mode.
    y_title, reversed
        Quantity with its unit; whether it grows downwards.
    """

    series: tuple[Series, ...]
    spans: tuple[Span, ...] = ()
    alerts_mjd: tuple[float, ...] = ()
    changes_mjd: tuple[float, ...] = ()
    scores: tuple[Score, ...] = ()
    eras: tuple[tuple[float, str], ...] = ()
    colour: pd.DataFrame | None = None
    selected: str | None = None
    reference: tuple[tuple[str, float, str], ...] = ()
    undrawn: tuple[tuple[str, float], ...] = ()
    y_title: str = "Difference magnitude"
    reversed: bool = True

    def mjd_range(self) -> tuple[float, float]:
        """First and last time of anything, with a margin of 4 %, at least a day."""
        times = [t for s in self.series for t in s.mjd]
        if not times:
            return 0.0, 1.0
        pad = max(0.04 * (max(times) - min(times)), 0.5)
        return min(times) - pad, max(times) + pad

    def point(self, candid: str | None) -> tuple[float, float] | None:
        """Time and value of an alert, when it is drawn."""
        for series in self.series:
            if candid is not None and candid in series.candid:
                at = series.candid.index(candid)
                return series.mjd[at], series.value[at]
        return None


class Row(NamedTuple):
    """One row of a light curve in plain values; missing text and labels are None, missing numbers NaN."""

    mjd: float
    band: str | None
    kind: str
    valid: bool
    value: float
    error: float
    candid: str | None
    score: float
    classified: bool
    label: str | None
    origin: str | None
    family: str | None
    utc: str


def kind_of(tag: Any, sign: Any) -> str:
    """Kind of a row: limit, low quality, negative or detection."""
    if tag == "upperlim":
        return "limit"
    if tag == "badquality":
        return "low quality"
    return "negative" if sign == "f" else "detection"


def rows_of(curve: pd.DataFrame) -> list[Row]:
    """The light curve as plain rows, in its order; columns as for `light_curve_facts`.

    Lists once, then Python: a frame is slow to ask row by row.
    """
    moments = np.round((curve["mjd"].to_numpy(dtype="float64") - MJD_OF_1970) * 86400).astype("datetime64[s]")
    columns = [
        curve["mjd"].tolist(),
        [None if fid is pd.NA or fid != fid else BANDS.get(int(fid)) for fid in curve["fid"].tolist()],
        [kind_of(tag, sign) for tag, sign in zip(curve["tag"].tolist(), curve["isdiffpos"].tolist(), strict=True)],
        [tag == "valid" for tag in curve["tag"].tolist()],
        curve["value"].tolist(),
        curve["error"].tolist(),
        _texts(curve["candid"]),
        curve["anomaly_score"].tolist(),
        curve["classified"].tolist(),
        *(_texts(curve[name]) for name in ("classification", "origin", "family")),
        np.datetime_as_string(moments).tolist(),
    ]
    return [Row(*cells) for cells in zip(*columns, strict=True)]


def _texts(column: pd.Series) -> list[str | None]:
    return [cell if isinstance(cell, str) else None for cell in column.tolist()]


def _hover(row: Row, unit: str, decimals: int, ranks: Mapping[str, int]) -> str:
    value = f"{row.value:.{decimals}f}"
    if row.kind == "limit":
        first = f"{row.band} fainter than {value} {unit}"
    else:
        error = f" ± {row.error:.{decimals}f}" if row.error == row.error else ""
        first = f"{row.band} {value}{error} {unit}, {row.kind}"
    lines = [first, f"{row.utc.replace('T', ' ')} UTC", f"MJD {row.mjd:.4f}"]
    if row.classified:
        lines.append(f"{row.label} ({row.origin})")
    if row.score == row.score:
        listed = f", rank {ranks[row.candid]} of its night" if row.candid is not None and row.candid in ranks else ""
        lines.append(f"score {row.score:.4f}{listed}")
    return "<br>".join(lines).replace("-0.", "−0.")


def _series(rows: Sequence[Row], hovers: Sequence[str]) -> tuple[Series, ...]:
    groups: dict[tuple[str, str], list[tuple[Row, str]]] = {}
    for row, hover in zip(rows, hovers, strict=True):
        if row.band is not None and row.value == row.value:
            groups.setdefault((row.band, row.kind), []).append((row, hover))
    return tuple(
        Series(
            band=band,
            kind=kind,
            mjd=[r.mjd for r, _ in group],
            value=[r.value for r, _ in group],
            error=[r.error for r, _ in group],
            candid=[r.candid for r, _ in group],
            hover=[hover for _, hover in group],
        )
        for (band, kind), group in sorted(groups.items())
    )


def label_spans(rows: Sequence[Row]) -> tuple[tuple[Span, ...], tuple[float, ...]]:
    """Class ribbon of a light curve and the times at which the label changed.

    A label holds from its first alert to the first alert with another label. Valid detections that Fink never
    classified are known from history only: the time before the first label is one span without any, and counts all.
    """
    known = [r for r in rows if r.valid and r.classified and r.label is not None]
    first = known[0].mjd if known else float("inf")
    unknown = [r for r in rows if r.valid and not r.classified]
    spans: list[Span] = []
    if unknown and unknown[0].mjd < first:
        stop = first if known else unknown[-1].mjd
        words = f"no answer: {len(unknown)} detection{'s' * (len(unknown) != 1)} known only from alert history"
        spans.append(Span(unknown[0].mjd, stop, words, None, len(unknown)))
    runs = [list(group) for _, group in groupby(known, key=lambda r: r.label)]
    stops = [run[0].mjd for run in runs[1:]] + [known[-1].mjd for _ in known[:1]]
    spans += [
        Span(run[0].mjd, stop, *_said(str(run[0].label), str(run[0].family)), len(run))
        for run, stop in zip(runs, stops, strict=True)
    ]
    return tuple(spans), tuple(run[0].mjd for run in runs[1:])


def _said(label: str, family: str) -> tuple[str, str | None]:
    """Label and family of a span; a cross-match that failed is nobody's answer, never a class."""
    return (f"no answer: SIMBAD failed ({label})", None) if family == "NA" else (label, family)


def light_curve_facts(
    curve: pd.DataFrame,
    *,
    selected: str | None = None,
    ranks: Mapping[str, int] = NOTHING,
    eras: Sequence[tuple[float, str]] = (),
    colour: pd.DataFrame | None = None,
    reference: Sequence[tuple[str, float, str]] = (),
    y_title: str = "Difference magnitude",
    unit: str = "mag",
    decimals: int = 2,
    reversed: bool = True,
) -> LightCurveFacts:
    """Facts of a light curve.

    Parameters
    ----------
    curve
        Tidy rows in time order with ``mjd, fid, tag, isdiffpos, candid, value, error, anomaly_score, classified,
        classification, origin, family``; ``value`` is in the unit named by `unit`, limits included.
    selected
        Candid of the alert to ring.
    ranks
        Rank in its night by candid, of those alerts that were listed.
    eras
        Changes of the model between two scores, as ``(mjd, words)``.
    colour
        g - r as ``mjd, value, error`` (mag) and, where known, the alerts ``green, red``; or None.
    reference
        Reference levels to draw.
    """
    rows = rows_of(curve)
    hovers = [_hover(row, unit, decimals, ranks) for row in rows]
    spans, changes = label_spans(rows)
    scores = tuple(
        Score(r.band, r.mjd, r.score, r.candid, hover, ranks.get(r.candid))
        for r, hover in zip(rows, hovers, strict=True)
        if r.score == r.score and r.candid is not None and r.band is not None
    )
    return LightCurveFacts(
        series=_series(rows, hovers),
        spans=spans,
        alerts_mjd=tuple(r.mjd for r in rows if r.valid and r.classified),
        changes_mjd=changes,
        scores=scores,
        eras=tuple(eras),
        colour=colour,
        selected=selected,
        reference=tuple(reference),
        undrawn=tuple(
            (r.band, r.mjd) for r in rows if r.value != r.value and r.band in ("g", "r") and r.kind != "limit"
        ),
        y_title=y_title,
        reversed=reversed,
    )


def value_range(facts: LightCurveFacts) -> tuple[float, float]:
    """Lower and upper value that the light-curve lane shows.

    Detections and their errors set it. Limits widen it on the faint side; a limit brighter than the brightest
    detection by more than 0.3 mag would only flatten the curve and is marked at the frame instead. Flux limits never
    widen it.
    """
    low: list[float] = []
    high: list[float] = []
    for s in facts.series:
        errors = np.nan_to_num(np.minimum(np.asarray(s.error, dtype=float), 1.5 if facts.reversed else np.inf))
        values = np.asarray(s.value, dtype=float)
        if s.kind != "limit":
            low.append(float((values - errors).min()))
            high.append(float((values + errors).max()))
    limits = [v for s in facts.series if s.kind == "limit" for v in s.value]
    low += [value for _, value, _ in facts.reference]
    high += [value for _, value, _ in facts.reference]
    if facts.reversed and limits:
        typical = [v for v in limits if v >= min(low) - 0.3] if low else limits
        high += [max(typical)] if typical else []
        low += [min(typical)] if typical else []
    if not low:
        return 0.0, 1.0
    pad = max(0.05 * (max(high) - min(low)), 0.05 if facts.reversed else 1.0)
    return min(low) - pad, max(high) + pad
