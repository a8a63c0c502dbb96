"""The features panel of the object page, and the downloads of its facts and of the neighbourhood's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component
from flask import Blueprint, Response

from components.features import band_key, feature_tables, meanings
from components.panel import State, message, panel, retry_icon
from components.parts import attrs, code_menu, export_menu
from pages._files import download, explained
from pages._neighbourhood import packet_of, selected_packet
from pages._slots import Ask, panel_of
from pages._subject import look_of, subject_of
from services import exports
from services.errors import NotFound
from services.feature_names import FEATURES
from services.feature_table import (
    FeatureRow,
    compare,
    detections_before,
    extreme_words,
    feature_frame,
    missing_words,
)
from services.fink.columns import fink_name
from services.fink.features import UnreadableFeatures, parse_features
from services.house import House, house
from services.neighbourhood import neighbour_frame, neighbours
from services.population import BANDS, Band, Snapshot
from services.snippets import snippet

blueprint = Blueprint("alert_facts", __name__)

NAME, TITLE = "features", "Features"
SOURCE = (
    "Computed by Fink from the magnitudes of one band in the 30 days of the packet. Definitions: light-curve package; "
    "Malanchev et al. 2021, arXiv:2012.01419."
)
COLUMNS = ("object_id", "candid", "jd", "anomaly_score", "lc_features_g", "lc_features_r")


@panel_of(NAME, TITLE, keys=("alert",))
def draw_features(h: House, ask: Ask, wait: bool) -> Component | None:
    """The 26 features of the selected alert in both bands, among those of all cached anomalies."""
    found = selected_packet(h, ask, wait)
    if found is None:
        return None
    subject, full, row = found
    if ask.get("retry"):
        h.population.retry()
    known = h.population.look()
    rows = rows_of(row, subject.curve, known)
    look = look_of(full)
    if all(cell.value is None for each in rows for cell in each.cells.values()):
        return _nothing(h, rows)
    files = [("Features as CSV", f"/export/features/{subject.object_id}/{subject.candid}.csv")]
    retry = [retry_icon(NAME)] if known.trouble and not look.tools(NAME) else []
    return panel(
        NAME,
        TITLE,
        [*_words(rows), feature_tables(rows), *_waiting(known)],
        state=look.state,
        note=look.note or population_words(known, _of_anomalies(h)),
        tools=[
            band_key(),
            meanings(FEATURES.values(), SOURCE),
            *look.tools(NAME),
            *retry,
            export_menu(files),
            code_menu(_code(h, subject.object_id)),
        ],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def rows_of(row: Mapping[str, Any], curve: pd.DataFrame, known: Snapshot) -> list[FeatureRow]:
    """The features of one alert (all its columns) beside the population."""
    values: dict[Band, Mapping[str, float] | None] = {band: _parsed(row.get(f"lc_features_{band}")) for band in BANDS}
    return compare(values, known.bands, detections_before(curve, float(row["jd"])))


def _parsed(text: object) -> dict[str, float] | None:
    try:
        return parse_features(text)
    except UnreadableFeatures:
        return None


def _nothing(h: House, rows: list[FeatureRow]) -> Component:
    body = message("empty", "No features", missing_words(rows))
    return panel(
        NAME, TITLE, body, state=State.EMPTY, note="nothing to compare", simulated=h.source.simulated
    )  # fmt: skip


def _words(rows: list[FeatureRow]) -> list[Component]:
    extreme = extreme_words(rows)
    said = "; ".join(extreme)
    parts = [html.P(f"{said[:1].upper()}{said[1:]}.", className="feature-words")] if extreme else []
    missing = missing_words(rows)
    return [*parts, *([html.P(" ".join(missing), className="quiet feature-missing")] if missing else [])]


def _waiting(known: Snapshot) -> list[Component]:
    """While anomalies are on their way the panel asks for itself again (assets/features.js)."""
    return [html.Span(hidden=True, **attrs({"data-features-wait": str(known.months)}))] if known.loading else []


def _of_anomalies(h: House) -> int | None:
    """How many anomalies there are in all, when that is known."""
    progress = h.index.progress()
    return len(h.index.table()) if progress.done == progress.total else None


def population_words(known: Snapshot, of: int | None) -> str:
    """What the percentiles are among, and what is missing of that."""
    counts = " and ".join(f"{known.bands[band].n:,} ({band})" for band in BANDS)
    missing = known.of_months - known.months
    if known.loading and missing:
        have = f"{len(known.rows):,} of {of:,}" if of else f"{len(known.rows):,}"
        return f"percentiles among {have} anomalies so far"
    words = f"percentile among {counts} cached anomalies, most extreme first"
    if missing:
        return f"{words}; {missing} of {known.of_months} months missing: Fink did not answer"
    return words


def _code(h: House, object_id: str) -> str:
    payload = {"objectId": object_id, "columns": ",".join(map(fink_name, COLUMNS))}
    return snippet("objects", payload, source=h.source, note=f"Features of {object_id}, 26 numbers as text in each")


# Downloads


@blueprint.get("/export/features/<object_id>/<candid>.csv")
@explained
def export_features(object_id: str, candid: str) -> Response:
    """Features, percentiles and reasons of one alert."""
    h = house()
    row, curve = _alert(h, object_id, candid)
    table = feature_frame(rows_of(row, curve, h.population.look()))
    return _csv(h, table, f"{object_id}_{candid}_features", object_id, candid)


@blueprint.get("/export/neighbourhood/<object_id>/<candid>.csv")
@explained
def export_neighbourhood(object_id: str, candid: str) -> Response:
    """What is around one alert."""
    h = house()
    row, curve = _alert(h, object_id, candid)
    table = neighbour_frame(neighbours(row, curve))
    return _csv(h, table, f"{object_id}_{candid}_neighbourhood", object_id, candid)


def _alert(h: House, object_id: str, candid: str) -> tuple[dict[str, Any], pd.DataFrame]:
    subject = subject_of(h, {"object_id": object_id, "alert": candid}, wait=True)
    if subject is None or subject.candid != candid:
        raise NotFound("POST /api/v1/objects", f"has no alert {candid} of {object_id}")
    return packet_of(h.objects.full_alerts(object_id).value, subject), subject.curve


def _csv(h: House, table: pd.DataFrame, stem: str, object_id: str, candid: str) -> Response:
    owned = table.assign(object_id=object_id, candid=candid)
    return download(exports.to_csv(owned, h.source), stem, "csv", "text/csv; charset=utf-8")
