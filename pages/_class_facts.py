"""What the figures, the table and the list of the classes page show, from the counts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from dash.development.base_component import Component

from components.classes import Found, Line, class_table
from components.figures.class_expectation import Comparison, factor
from components.figures.class_histogram import Bar, HistogramFacts, percent
from components.figures.class_times import TimesFacts
from pages._classes import Counted, Nights, View
from services.class_counts import GIVER, labels_of
from services.class_expectation import Expectation, class_expectation, overrides_fink, wilson
from services.class_times import MOST_COLUMNS, ClassTimes, class_times
from services.errors import Unavailable
from services.house import House
from services.nights import day_words
from services.statistics import NightlyCounts
from services.taxonomy import FAMILIES, FamilyCode

STATISTICS_S = 20.0
"""How long the comparison waits for Fink's nightly statistics before it says that they are on their way."""
LARGEST = 12
"""Classes with a row of their own in the heat map; the others share one."""
MOST_SEARCHES = 3


def histogram_of(found: Counted) -> HistogramFacts:
    """Bars of all labels; in the order of the counts."""
    counts, view = found.counts, found.view
    bars = [
        Bar(label, count, share, family, _apart(kind, view))
        for label, count, share, family, kind in _columns(counts, "label", view.unit, "share", "family", "kind")
    ]
    heading = "Not a class" if any(bar.apart for bar in bars) else ""
    return HistogramFacts(bars, view.log, view.unit, view.pick, heading)


def _columns(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """Rows of some columns, as plain values."""
    return zip(*[frame[name].tolist() for name in names], strict=True)


def _apart(kind: str, view: View) -> bool:
    return kind == "missing" or (kind == "no answer" and view.spelling != "raw")


def times_of(found: Counted) -> tuple[TimesFacts, str]:
    """Rows of the heat map, and the line below it."""
    view = found.view
    times = class_times(found.nights.rows, view.by, view.spelling, view.unit, view.bin, types=found.types)
    classes = [n for n, kind in enumerate(times.kinds) if kind == "class"]
    own = classes if len(classes) <= LARGEST + 1 else classes[:LARGEST]
    rest = classes[len(own) :]
    rows: list[tuple[str, str, Sequence[int]]] = [_row(times, n) for n in own]
    totals = [int(times.totals[n]) for n in own]
    if rest:
        rows.append((f"other, {len(rest)} labels", "", times.counts[rest].sum(axis=0).tolist()))
        totals.append(int(times.totals[rest].sum()))
    others = [n for n, kind in enumerate(times.kinds) if kind != "class"]
    rows += [_row(times, n) for n in others]
    totals += [int(times.totals[n]) for n in others]
    printed = len(times.starts) <= MOST_COLUMNS
    return TimesFacts(times.starts.tolist(), times.bin, rows, totals, printed), _times_foot(times, view, printed)


def _row(times: ClassTimes, n: int) -> tuple[str, str, Sequence[int]]:
    return times.labels[n], times.families[n], times.counts[n].tolist()


def _times_foot(times: ClassTimes, view: View, printed: bool) -> str:
    words = "Nights without anomalies are left out. " if times.bin == "night" else ""
    if not printed:
        words += f"Numbers are printed up to {MOST_COLUMNS} columns; choose a longer step, or export all of them. "
    if view.bin is None:
        words += "The step is the finest with numbers in the cells. " if printed else ""
    return f"{words}n = {int(times.totals.sum()):,} {view.unit}."


@dataclass(frozen=True)
class Compared:
    """The comparison, what of it is drawn, and whether the statistics behind it are complete and recent."""

    facts: Expectation
    rows: list[Comparison]
    loading: bool
    trouble: Unavailable | None
    as_of: datetime | None


def comparison_of(h: House, found: Counted, *, wait: bool, partial: bool = False) -> Compared | None:
    """Anomalies against all alerts; None when the statistics are not here and `wait` is False.

    Parameters
    ----------
    partial
        Whether what is known of the statistics is better than None.
    """
    nights, view = found.nights, found.view
    counts = _statistics(h, nights, wait=wait)
    if counts.loading and not wait and not partial:
        return None
    facts = class_expectation(nights.rows, view.by, view.spelling, counts.table())
    times = [answer.fetched_at for answer in counts.answers.values()]
    rows = [_comparison(row) for row in facts.frame.itertuples(index=False) if not row.why]
    return Compared(facts, rows, counts.loading, counts.trouble, min(times, default=None))


def _statistics(h: House, nights: Nights, *, wait: bool) -> NightlyCounts:
    """What is known of the nights; waited for as long as the source does not fail."""
    until = time.monotonic() + (STATISTICS_S if wait else 0)
    counts = h.statistics.between(nights.first, nights.last)
    while counts.loading and not counts.trouble and time.monotonic() < until:
        h.statistics.wait(0.5)
        counts = h.statistics.between(nights.first, nights.last)
    return counts


def _comparison(row: Any) -> Comparison:
    return Comparison(
        row.label,
        int(row.anomalies),
        int(row.alerts),
        *map(float, (row.share, row.low, row.high, row.expected, row.ratio, row.ratio_low, row.ratio_high)),
    )


def left_out_words(facts: Expectation, found: Counted) -> list[str]:
    """What the comparison rests on, and what it leaves out."""
    nights = "night" if facts.nights == 1 else "nights"
    words = [
        f"{facts.anomalies:,} anomalous of {facts.alerts:,} alerts in {facts.nights:,} {nights}. Lines are 95 % Wilson "
        "intervals; all alerts are counted, not sampled, and have none. Sorted by the lower end of the ratio."
    ]
    if facts.left_out:
        others = "night" if facts.left_out == 1 else "nights"
        words[0] += f" {facts.left_out:,} {others} without statistics left out of both sides."
    missing: dict[str, list[str]] = {}
    for row in facts.frame[facts.frame["why"] != ""].itertuples(index=False):
        missing.setdefault(str(row.why), []).append(str(row.label))
    said = [f"{_listed(labels)} ({why})" for why, labels in missing.items()]
    return [*words, f"Not available: {'; '.join(said)}."] if said else words


def _listed(labels: Sequence[str], most: int = 6) -> str:
    more = len(labels) - most
    return ", ".join(labels[:most]) + (f" and {more} more" if more > 0 else "")


def lines_of(found: Counted, compared: Compared | None) -> list[Line]:
    """Rows of the table; without statistics every comparison is on its way."""
    counts, unit = found.counts, found.view.unit
    total = len(found.nights.rows) if unit == "alerts" else found.nights.rows["object_id"].nunique()
    low, high = wilson(counts[unit].tolist(), total)
    known = {} if compared is None else {row.label: row for row in compared.facts.frame.itertuples(index=False)}
    return [
        _line(row, (low[n], high[n]), known.get(row.label), compared)
        for n, row in enumerate(counts.itertuples(index=False))
    ]


def _line(row: Any, interval: tuple[float, float], other: Any, compared: Compared | None) -> Line:
    code: FamilyCode = row.family
    raw = "" if row.raw.rpartition(" ")[0] == row.label else row.raw
    why = _why(other, compared)
    return Line(
        label=row.label,
        family=code,
        family_name="Not a class" if row.kind == "missing" else FAMILIES[code],
        raw=raw,
        alerts=f"{row.alerts:,}",
        objects=f"{row.objects:,}",
        share=percent(row.share),
        interval=f"{percent(interval[0])} to {percent(interval[1])}",
        expected="" if why else f"{percent(other.expected)} ({int(other.alerts):,})",
        ratio="" if why else f"×{factor(other.ratio)} ({factor(other.ratio_low)} to {factor(other.ratio_high)})",
        why=why,
    )


def _why(other: Any, compared: Compared | None) -> str:
    if other is not None and compared is not None and compared.facts.nights:
        return str(other.why)
    if compared is None or compared.loading:
        return "Fink's nightly statistics are on their way"
    return "no statistics of these nights"


def table_of(lines: Sequence[Line], view: View) -> Component:
    """The table with the words of its view."""
    return class_table(lines, view.pick, view.unit)


def objects_of(rows: pd.DataFrame, found: Counted) -> list[Found]:
    """Objects of some rows of the index, those listed last first."""
    labels = labels_of(rows, found.view.by, None if found.types is None else found.types.loc[rows.index])
    shown = rows.assign(said=labels)
    by_object = shown.groupby("object_id", sort=False)
    facts = by_object.agg(times=("night", "nunique"), first=("night", "min"), lowest=("anomaly_score", "min"))
    newest = shown.drop_duplicates("object_id").set_index("object_id")  # rows are newest first
    return [_object(row) for row in facts.join(newest[["candid", "night", "said", "tns"]]).reset_index().itertuples()]


def _object(row: Any) -> Found:
    return Found(
        object_id=row.object_id,
        href=f"/object/{row.object_id}?alert={row.candid}",
        times=int(row.times),
        first=day_words(row.first),
        last=day_words(row.night),
        score=None if np.isnan(row.lowest) else float(row.lowest),
        label=row.said if isinstance(row.said, str) else "none",
        tns=row.tns if isinstance(row.tns, str) else "",
    )


def searches(rows: pd.DataFrame, found: Counted) -> list[tuple[str, str]]:
    """Searches for all alerts with the labels of some rows, not only the anomalous ones: words and address.

    A label under which Fink keeps no alerts ("Fail 504", SIMBAD's "Unknown", an entry of TNS without a type) has none.
    """
    by, nights = found.view.by, found.nights
    sizes = labels_of(rows, by).value_counts()  # as Fink's alerts have them: a mirror of TNS is not theirs
    labels = [str(label) for label in sizes.index if by != "simbad" or overrides_fink(str(label))][:MOST_SEARCHES]
    made = []
    for label in labels:
        name = label if by == "fink" else f"({GIVER[by]}) {label}"
        text = f'class="{name}" after={nights.first} before={nights.last}'
        made.append((f"all alerts of {label}", f"/search?{urlencode({'q': text})}"))
    return made
