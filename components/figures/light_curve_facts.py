"""Facts of a light curve: what there is to draw, as plain values. Times are MJD (UTC)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from components.figures.time_axis import utc_of_mjd

BANDS = {1: "g", 2: "r", 3: "i"}
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
    """Anomaly score of one alert."""

    band: str
    mjd: float
    score: float
    candid: str
    hover: str


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
    colour
        Columns ``mjd, value, error`` of g - r.
    selected
        Candid of the alert that is ringed, or None.
    reference
        ``(band, value, words)`` of each reference level.
    y_title, reversed
        Quantity with its unit; whether it grows downwards.
    """

    series: tuple[Series, ...]
    spans: tuple[Span, ...] = ()
    alerts_mjd: tuple[float, ...] = ()
    changes_mjd: tuple[float, ...] = ()
    scores: tuple[Score, ...] = ()
    colour: pd.DataFrame | None = None
    selected: str | None = None
    reference: tuple[tuple[str, float, str], ...] = ()
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


def _hover(row: Any, unit: str, decimals: int) -> str:
    band, when = BANDS[int(row.fid)], utc_of_mjd(row.mjd)
    value = f"{row.value:.{decimals}f}"
    if row.kind == "limit":
        first = f"{band} fainter than {value} {unit}"
    else:
        error = f" ± {row.error:.{decimals}f}" if row.error == row.error else ""
        first = f"{band} {value}{error} {unit}, {row.kind}"
    lines = [first, f"{when:%Y-%m-%d %H:%M:%S} UTC", f"MJD {row.mjd:.4f}"]
    if row.classified:
        lines.append(f"{row.classification} ({row.origin})")
    if row.anomaly_score == row.anomaly_score:
        lines.append(f"score {row.anomaly_score:.4f}")
    return "<br>".join(lines).replace("-0.", "−0.")


def kinds_of(curve: pd.DataFrame) -> pd.Series:
    """Kind of each row of a tidy light curve: detection, negative, low quality or limit (shape n, str)."""
    negative = curve["isdiffpos"].eq("f").fillna(False)
    kinds = np.select(
        [curve["tag"].eq("upperlim"), curve["tag"].eq("badquality"), negative],
        ["limit", "low quality", "negative"],
        "detection",
    )
    return pd.Series(kinds, index=curve.index, dtype="str")


def _series(curve: pd.DataFrame, unit: str, decimals: int) -> tuple[Series, ...]:
    drawn = curve[curve["value"].notna() & curve["fid"].isin(list(BANDS))]
    return tuple(
        Series(
            band=BANDS[int(fid)],  # type: ignore[call-overload]
            kind=str(kind),
            mjd=rows["mjd"].tolist(),
            value=rows["value"].tolist(),
            error=rows["error"].tolist(),
            candid=[None if c != c else c for c in rows["candid"]],
            hover=[_hover(row, unit, decimals) for row in rows.itertuples()],
        )
        for (fid, kind), rows in drawn.groupby(["fid", "kind"], sort=True)
    )


def label_spans(curve: pd.DataFrame) -> tuple[tuple[Span, ...], tuple[float, ...]]:
    """Class ribbon of a light curve and the times at which the label changed.

    A label holds from its first alert to the first alert with another label. Valid detections before the first
    classified alert are known from history only: they make one span without a label.
    """
    valid = curve[curve["tag"].eq("valid")]
    known = valid[valid["classified"] & valid["classification"].notna()]
    spans: list[Span] = []
    first = float(known["mjd"].iloc[0]) if len(known) else float("inf")
    before = valid[valid["mjd"] < first]
    if len(before):
        stop = first if len(known) else float(before["mjd"].iloc[-1])
        words = f"no answer: {len(before)} earlier detection{'s' * (len(before) != 1)} known only from alert history"
        spans.append(Span(float(before["mjd"].iloc[0]), stop, words, None, len(before)))
    if known.empty:
        return tuple(spans), ()
    run = known["classification"].ne(known["classification"].shift()).cumsum()
    runs = [
        (float(r["mjd"].iloc[0]), r["classification"].iloc[0], r["family"].iloc[0], len(r))
        for _, r in known.groupby(run)
    ]
    stops = [r[0] for r in runs[1:]] + [float(known["mjd"].iloc[-1])]
    spans += [Span(r[0], stop, *_said(str(r[1]), str(r[2])), r[3]) for r, stop in zip(runs, stops, strict=True)]
    return tuple(spans), tuple(r[0] for r in runs[1:])


def _said(label: str, family: str) -> tuple[str, str | None]:
    """Label and family of a span; a cross-match that failed is nobody's answer, never a class."""
    return (f"no answer: SIMBAD failed ({label})", None) if family == "NA" else (label, family)


def light_curve_facts(
    curve: pd.DataFrame,
    *,
    selected: str | None = None,
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
    colour
        g - r as ``mjd, value, error`` (mag), or None.
    reference
        Reference levels to draw.
    """
    curve = curve.assign(kind=kinds_of(curve))
    spans, changes = label_spans(curve)
    scored = curve[curve["anomaly_score"].notna() & curve["candid"].notna() & curve["fid"].isin(list(BANDS))]
    scores = tuple(
        Score(BANDS[int(r.fid)], r.mjd, r.anomaly_score, r.candid, _hover(r, unit, decimals))  # type: ignore[arg-type]
        for r in scored.itertuples()
    )
    known = curve[curve["classified"] & curve["tag"].eq("valid")]
    return LightCurveFacts(
        series=_series(curve, unit, decimals),
        spans=spans,
        alerts_mjd=tuple(known["mjd"].tolist()),
        changes_mjd=changes,
        scores=scores,
        colour=colour,
        selected=selected,
        reference=tuple(reference),
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
