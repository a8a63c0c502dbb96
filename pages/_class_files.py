"""The counts of classes as files."""

from __future__ import annotations

from typing import Any

import pandas as pd
from flask import Blueprint, Response, request

from pages._classes import KEYS, Counted, counted
from pages._exports import table_file
from pages._files import explained, line
from services.class_counts import rows_with
from services.class_expectation import Expectation, class_expectation, wilson
from services.class_times import class_times
from services.errors import NoAnswer, NotFound
from services.house import house
from services.statistics import CALL

blueprint = Blueprint("classes", __name__)

INCOMPLETE = "These nights are still being loaded; nothing was exported. Try again in a moment."


def class_frame(found: Counted, compared: Expectation) -> pd.DataFrame:
    """Counts and comparison in one table, in the order of the counts."""
    counts, unit = found.counts, found.view.unit
    total = len(found.nights.rows) if unit == "alerts" else found.nights.rows["object_id"].nunique()
    low, high = wilson(counts[unit].tolist(), total)
    own = counts.assign(share_low=low, share_high=high)
    names = {"alerts": "alerts_of_all", "share": "share_compared", "expected": "share_of_all", "why": "not_compared"}
    other = compared.frame[["label", "alerts", "share", "expected", "ratio", "ratio_low", "ratio_high", "why"]]
    order = ["label", "family", "kind", "raw", "alerts", "objects", "share", "share_low", "share_high"]
    return own[order].merge(other.rename(columns=names), on="label", how="left")


def compared(found: Counted) -> Expectation:
    """The comparison with all alerts, as far as the statistics are known now; they are not waited for."""
    nights, view = found.nights, found.view
    statistics = house().statistics.between(nights.first, nights.last).table()
    return class_expectation(nights.rows, view.by, view.spelling, statistics)


def _asked() -> Counted:
    ask: dict[str, Any] = {key: request.args[key] for key in KEYS if request.args.get(key)}
    found = counted(house(), ask, wait=True, also=("bin",))
    if found is None:
        raise NoAnswer(CALL, "did not answer")
    if found.nights.outside:
        raise NotFound(CALL, f"{house().source.label} has no such nights")
    return found


@blueprint.get("/export/classes.<extension>")
@explained
def classes(extension: str) -> Response:
    """Counts by label, with shares, intervals, and the comparison with all alerts of the same nights."""
    return _answer(extension, "classes")


@blueprint.get("/export/class-times.<extension>")
@explained
def times(extension: str) -> Response:
    """Counts by label and night, week or month."""
    return _answer(extension, "class-times")


@blueprint.get("/export/class-objects.<extension>")
@explained
def objects(extension: str) -> Response:
    """The anomalies with the label in ``pick``, or all of them; all columns of the list."""
    return _answer(extension, "class-objects")


def _answer(extension: str, what: str) -> Response:
    found = _asked()
    nights, view = found.nights, found.view
    if not nights.complete:
        return line(503, INCOMPLETE)
    if what == "classes":
        frame = class_frame(found, compared(found))
    elif what == "class-times":
        frame = class_times(nights.rows, view.by, view.spelling, view.unit, view.bin, types=found.types).table()
    else:
        rows = nights.rows
        frame = rows_with(rows, view.pick, view.by, view.spelling, types=found.types) if view.pick else rows
    query = f"POST /api/v1/anomaly start_date={nights.first} stop_date={nights.last}, by {view.column}, {view.spelling}"
    said = f"{view.pick or 'All'} among the anomalies" if what == "class-objects" else "Classes of the anomalies"
    described = f"{said} of {house().source.label}, {nights.first} to {nights.last}"
    return table_file(frame, f"{what}_{nights.first}_{nights.last}", extension, described, query)
