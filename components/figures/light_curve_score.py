"""What the anomaly score saw of a light curve, and which ranks there is room to print.

Fink computes the features that the score sees from the alert itself and the history in its packet: the detections of
the 30 days before it in g and r, of either sign and of any quality, no limits (FINK_API.md 2.2; on the alerts that the
project is tested with, the mean over these points is Fink's own for 311 of 314 bands). The browser repeats both rules
when one steps or zooms (assets/light_curve.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from components.figures.light_curve_facts import LightCurveFacts

SCORE_WINDOW_D = 30.0
"""Length of the history in an alert packet, which is all that the anomaly score saw (FINK_API.md 2.2)."""
SCORE_BANDS = ("g", "r")
RANK_ROOM = 0.028
"""Share of the time axis that one printed rank takes: 24 of about 900 pixels."""


class Seen(NamedTuple):
    """A detection that entered the features of the selected alert's score."""

    band: str
    kind: str
    mjd: float
    value: float


def is_scored(facts: LightCurveFacts) -> bool:
    """Whether the selected alert is drawn and has a score."""
    return facts.point(facts.selected) is not None and facts.selected in {s.candid for s in facts.scores}


def seen_points(facts: LightCurveFacts) -> tuple[Seen, ...]:
    """The drawn points that entered the features of the selected alert; none when it has no score."""
    at = facts.point(facts.selected)
    if at is None or not is_scored(facts):
        return ()
    return tuple(
        Seen(s.band, s.kind, mjd, value)
        for s in facts.series
        if s.band in SCORE_BANDS and s.kind != "limit"
        for mjd, value in zip(s.mjd, s.value, strict=True)
        if at[0] - SCORE_WINDOW_D <= mjd <= at[0]
    )


def seen_counts(facts: LightCurveFacts) -> dict[str, int]:
    """How many points of each band entered, those included that this brightness mode cannot draw."""
    at = facts.point(facts.selected)
    if at is None or not is_scored(facts):
        return {}
    bands = [point.band for point in seen_points(facts)]
    bands += [band for band, mjd in facts.undrawn if at[0] - SCORE_WINDOW_D <= mjd <= at[0]]
    return {band: bands.count(band) for band in SCORE_BANDS if band in bands}


def printed_ranks(listed: Sequence[tuple[float, int]], span_d: float) -> list[bool]:
    """Which of the ranks are printed: the best first, each with room for itself.

    Parameters
    ----------
    listed
        Time (MJD) and rank of each.
    span_d
        Length of the time axis in days.
    """
    room = RANK_ROOM * span_d
    printed: list[int] = []
    for at in sorted(range(len(listed)), key=lambda n: (listed[n][1], -listed[n][0])):
        if all(abs(listed[at][0] - listed[other][0]) >= room for other in printed):
            printed.append(at)
    return [at in printed for at in range(len(listed))]
