"""The table of anomalies: AG Grid with our own cells (assets/dashAgGridComponentFunctions.js)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from components.parts import attrs, view_button

TNS_WORDS = "Type and name in the mirror of TNS's table; without either, the type that Fink found (d:tns)"
TYPE_ALONE = "No TNS type"
QUICK_FILTERS = (
    ("new", "New only", "is_new"),
    ("nosimbad", "Not in SIMBAD", "not_in_simbad"),
    ("notns", "No TNS counterpart", "no_tns"),
    ("norepeat", "Hide repeats", "not_repeat"),
)
THEME = {
    "function": "themeQuartz.withParams({backgroundColor:'var(--panel)',foregroundColor:'var(--text)',"
    "headerBackgroundColor:'var(--panel)',headerTextColor:'var(--text-2)',headerFontWeight:600,accentColor:'var(--accent)',"
    "borderColor:'var(--line)',wrapperBorder:false,wrapperBorderRadius:0,rowHoverColor:'var(--sunken)',"
    "selectedRowBackgroundColor:'var(--accent-wash)',fontFamily:'inherit',fontSize:'var(--fs-13)',"
    "headerFontSize:'var(--fs-12)',cellHorizontalPadding:8,columnBorder:false,headerColumnBorder:false,"
    "menuBackgroundColor:'var(--panel)',chromeBackgroundColor:'var(--panel)',inputBackgroundColor:'var(--panel)',"
    "inputTextColor:'var(--text)',focusShadow:'none',headerColumnResizeHandleColor:'transparent'})"
}
SCORE = {"function": "params.value == null ? 'not scored' : params.value.toFixed(4).replace('-', '\\u2212')"}
AGE = {"function": "ageText(params.value)"}


def _number(field: str, title: str, width: int, right: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "field": field,
        "headerName": title,
        "width": width,
        "filter": "agNumberColumnFilter",
        **({"type": "rightAligned"} if right else {}),
        **more,
    }


def _text(field: str, title: str, width: int, **more: Any) -> dict[str, Any]:
    return {"field": field, "headerName": title, "width": width, "filter": "agTextColumnFilter", **more}


def _picture(name: str, title: str, width: int, renderer: str) -> dict[str, Any]:
    return {
        "colId": name,
        "headerName": title,
        "width": width,
        "cellRenderer": renderer,
        "sortable": False,
        "filter": False,
    }


def columns(*, with_night: bool) -> list[dict[str, Any]]:
    """Column definitions, in the order of the design; the night comes first when rows of several nights mix."""
    night = [_text("night", "Night", 104)] if with_night else []
    return [
        *night,
        _number("rank", "#", 52, cellClass="rank"),
        _text("object_id", "Object", 140, cellRenderer="ObjectCell"),
        _number("score", "Score", 92, valueFormatter=SCORE, sort="asc"),
        _picture("spark", "Light curve, 30 d", 200, "SparkCell"),
        _picture("stamp", "Science", 108, "StampCell"),
        _text("label", "Class now", 170, cellRenderer="ClassCell", minWidth=150, flex=1),
        _number("mag", "Last mag", 100, cellRenderer="MagCell"),
        _number("age", "Age", 74, valueFormatter=AGE, headerTooltip="Since the first detection at this position"),
        _number("ndet", "Det.", 60, headerTooltip="Detections since the survey began (ndethist)"),
        _number("times_90d", "Top ten 90 d / ever", 158, cellRenderer="TopCell", right=False),
        _text("tns", "TNS", 84, cellRenderer="TnsCell", headerTooltip=TNS_WORDS),
        _number("ra", "RA, Dec (J2000)", 130, cellRenderer="CoordCell", right=False),
        _text("constellation", "Const.", 72),
    ]


def grid(rows: Sequence[dict[str, Any]], *, with_night: bool, selected: str | None) -> Component:
    """The grid itself. Rows are plain values; ids are text. ``selected`` is an object id; else the first row is."""
    oddest = sorted(rows, key=lambda r: r["score"] if r["score"] is not None else 1.0)
    chosen = [r for r in oddest if r["object_id"] == selected][:1] or oddest[:1]
    few = len(rows) <= 12
    return dag.AgGrid(
        id="night-grid",
        rowData=list(rows),
        selectedRows=chosen,
        columnDefs=columns(with_night=with_night),
        defaultColDef={
            "resizable": True,
            "sortable": True,
            "suppressHeaderMenuButton": False,
            "cellDataType": False,
        },
        getRowId="params.data.id",
        dashGridOptions={
            "theme": THEME,
            "rowHeight": 56,
            "headerHeight": 36,
            "animateRows": False,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "isExternalFilterPresent": {"function": "filtersOn()"},
            "doesExternalFilterPass": {"function": "passes(params)"},
            "suppressCellFocus": False,
            "suppressColumnVirtualisation": few,
            "ensureDomOrder": True,
            "enableCellTextSelection": True,
            "tooltipShowDelay": 400,
        },
        style={"height": "100%", "width": "100%"},
    )


def quick_filters(rows: Sequence[dict[str, Any]], on: Sequence[str], *, mirrored: bool = False) -> Component:
    """Filter pills with the number of rows each would leave, and how many rows are hidden now.

    Without a mirror of TNS's table (`mirrored`) all that is known of TNS is the type that Fink gives, and the pill says
    so.
    """
    pills = [
        view_button(
            [
                words if mirrored or name != "notns" else "No TNS type",
                html.Span(str(sum(bool(r[key]) for r in rows)), className="n"),
            ],
            {"only": name},
            pressed=name in on,
            className="pill",
            **attrs({"data-filter": name, "data-toggle": ""}),
        )
        for name, words, key in QUICK_FILTERS
    ]
    count = html.Span(
        [html.B(f"{len(rows)} of {len(rows)} shown"), ", 0 hidden by filters"],
        className="shown",
        role="status",
        **attrs({"data-shown": str(len(rows))}),
    )
    return html.Div([*pills, count], className="filters")


def table_foot(words: str) -> Component:
    """What the table holds, and the keys that move in it."""
    keys = (("J", "K", "row"), ("Enter", "open"), ("←", "→", "night"))
    return html.Div(
        [
            html.Span(words),
            html.Span([html.Span([*[html.Kbd(k) for k in ks[:-1]], " ", ks[-1]]) for ks in keys], className="keys"),
        ],
        className="table-foot",
    )
