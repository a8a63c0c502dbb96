"""Look of the TNS page: the strip of counts, the table, and what TNS has for one object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from components.night_table import SCORE, THEME
from components.parts import attrs, icon, view_button

BREAK_D = 120
"""Bars of longer differences are broken."""
FOUND = (("N", "name"), ("P", "position"), ("D", "d:tns"))


def strip(cells: Sequence[tuple[str, str, str]]) -> Component:
    """Counts side by side: (number, what it counts, how)."""
    return html.Dl(
        [html.Div([html.Dd(number), html.Dt([words, html.Small(how)])]) for number, words, how in cells],
        className="tns-strip",
    )


def progress_line(words: str, done: float, total: float | None, *, label: str, cancel: str | None = None) -> Component:
    """A fetch under way, with its counts; ``total`` None is not known. `cancel` names the action of its button."""
    bar = {"max": str(total), "value": str(done)} if total else {}
    parts: list[Any] = [
        html.Progress(**attrs({"aria-label": label, **bar, "data-tns-bar": ""})),
        html.Span(words, **attrs({"data-tns-words": ""})),
    ]
    if cancel:
        parts.append(action_button("Cancel", cancel))
    return html.Div(parts, className="progress", role="status")


def action_button(words: str, action: str, *, primary: bool = False, query: str = "") -> Component:
    """Button that has the server do something in the background (assets/tns.js)."""
    return html.Button(
        words,
        type="button",
        className=f"btn small{' primary' if primary else ''}",
        **attrs({"data-tns-action": f"/tns/{action}{'?' + query if query else ''}"}),
    )


def polled(children: Any, *, running: bool, versions: tuple[str, str]) -> Component:
    """What is asked for again when the mirror changes; `versions` of the strip, and of the table."""
    facts = {
        "data-tns-poll": "/tns/state.json",
        "data-running": str(running).lower(),
        "data-version": versions[0],
        "data-rows": versions[1],
    }
    return html.Div(children, className="tns-mirror-in", **attrs(facts))


def found_key() -> Component:
    """What the three letters mean."""
    return html.Span(
        [html.Span([html.B(letter, className="by on"), f" {words} "]) for letter, words in FOUND], className="found-key"
    )


def filters(choices: Sequence[tuple[str, str, int | None]], chosen: str, shown: int, total: int) -> Component:
    """Pills with the number of rows each would leave (None: not known), and how many rows are hidden now."""
    pills = [
        html.Button(
            [words, html.Span("?" if count is None else f"{count:,}", className="n")],
            type="button",
            className="pill",
            disabled=count is None,
            **attrs({"data-tns-only": name, "aria-pressed": str(name == chosen).lower()}),
        )
        for name, words, count in choices
    ]
    count = html.Span(
        [html.B(f"{shown:,} of {total:,} shown"), f", {total - shown:,} hidden by filters"],
        className="shown",
        role="status",
        **attrs({"data-tns-shown": str(total)}),
    )
    return html.Div(
        [html.Div(pills, className="row", role="group", **attrs({"aria-label": "Filter"})), count], className="filters"
    )


def radius_choice(radii: Sequence[float], chosen: float) -> Component:
    """Radius of the match by position."""
    values = sorted({*radii, chosen})
    buttons = [view_button(f"{r:g}″", {"radius": f"{r:g}"}, pressed=r == chosen) for r in values]
    return html.Div(
        [
            html.Span("Radius", className="quiet"),
            html.Div(
                buttons, className="segmented", role="group", **attrs({"aria-label": "Radius of the match by position"})
            ),
        ],
        className="radius",
    )


def _text(field: str, title: str, width: int, **more: Any) -> dict[str, Any]:
    return {"field": field, "headerName": title, "width": width, "filter": "agTextColumnFilter", **more}


def _number(field: str, title: str, width: int, **more: Any) -> dict[str, Any]:
    plain = {"field": field, "headerName": title, "width": width, "filter": "agNumberColumnFilter"}
    return {**plain, "type": "rightAligned", **more}


def columns() -> list[dict[str, Any]]:
    """Column definitions, in the order of the design."""
    sep = {"function": "params.value == null ? '' : params.value.toFixed(2) + '\\u2033'"}
    return [
        _text("object_id", "Object", 136, cellRenderer="TnsObjectCell"),
        _text("label", "Class now", 200, cellRenderer="ClassCell", minWidth=176, flex=2),
        _number("score", "Lowest score", 100, valueFormatter=SCORE),
        _text("found", "Found by", 96, cellRenderer="TnsFoundCell"),
        _text("name", "TNS name", 132, cellRenderer="TnsNameCell", minWidth=110, flex=1),
        _text("type", "Type", 122, cellRenderer="TnsTypeCell", minWidth=96, flex=1),
        _number("redshift", "z", 68, cellRenderer="TnsRedshiftCell"),
        _number("sep", "Sep.", 76, valueFormatter=sep),
        _text("discovered", "Discovered", 104, headerTooltip="In TNS (UTC)"),
        _number("detected_after", "First detection", 124, cellRenderer="TnsDetectedCell",
                headerTooltip="ZTF's first detection at this place, against the discovery in TNS"),
        _text("flagged", "First flagged", 116, headerTooltip="First night in Fink's top ten"),
        {"colId": "bar", "headerName": "Fink first · TNS first", "width": 170, "cellRenderer": "TnsBarCell",
         "sortable": False, "filter": False, "headerClass": "centred"},
        _number("flagged_after", "Flag came", 112, cellRenderer="TnsFlaggedCell",
                headerTooltip="First top-ten night against the discovery in TNS"),
    ]  # fmt: skip


def grid(rows: Sequence[dict[str, Any]], *, selected: str | None) -> Component:
    """The table. Rows are plain values of `services.tns.rows.table_rows`; filters and sort are those of the address."""
    return dag.AgGrid(
        id="tns-grid",
        rowData=list(rows),
        selectedRows=[row for row in rows if row["object_id"] == selected][:1],
        columnDefs=columns(),
        defaultColDef={"resizable": True, "sortable": True, "cellDataType": False},
        getRowId="params.data.id",
        dashGridOptions={
            "theme": THEME,
            "rowHeight": 31,
            "headerHeight": 36,
            "animateRows": False,
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "isExternalFilterPresent": {"function": "tnsFilterOn()"},
            "doesExternalFilterPass": {"function": "tnsPasses(params)"},
            "ensureDomOrder": True,
            "enableCellTextSelection": True,
            "tooltipShowDelay": 400,
        },
        style={"height": "100%", "width": "100%"},
    )


def entry_list(entries: Sequence[Mapping[str, Any]]) -> Component:
    """Entries of one object, best first: name, type, how it was found and how far, who named it."""
    return html.Ol([html.Li(_entry(each)) for each in entries], className="tns-entries")


def _entry(each: Mapping[str, Any]) -> list[Any]:
    name = html.B(each["name"])
    head = [
        html.A(name, href=each["href"], target="_blank", rel="noopener") if each["href"] else name,
        html.Span(each["type"], className="tag"),
    ]
    facts = [
        ("Found by", each["how"]),
        ("Discovered", each["discovered"]),
        ("Redshift", each["redshift"]),
        ("Names", each["names"]),
    ]
    return [
        html.Div(head, className="row"),
        html.Dl([part for words, value in facts for part in (html.Dt(words), html.Dd(value))], className="facts-list"),
    ]


def draft_box(text: str, cautions: Sequence[str], said: Sequence[str]) -> Component:
    """Draft of a report: what speaks against it first, then the text with a button that copies it."""
    return html.Div(
        [
            html.H3("Draft of an AT report"),
            *[html.P([icon("warn"), " ", words], className="caution") for words in cautions],
            html.Pre(text, tabIndex=0, **attrs({"aria-label": "Draft of an AT report"})),
            html.Button(
                [icon("copy"), "Copy the draft"],
                type="button",
                className="btn primary",
                **attrs({"data-copy": text}),
            ),
            *[html.P(words, className="quiet") for words in said],
        ],
        className="draft",
    )
