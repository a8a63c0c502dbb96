"""The alert-content panel: every column that Fink has for the selected alert."""

from __future__ import annotations

from dash.development.base_component import Component

from components.alert_content import content_box, search_box
from components.panel import State, message, panel
from components.parts import export_menu
from pages._slots import Ask, panel_of
from pages._subject import look_of, subject_of
from pages._tabs import tab_strip
from services.fink.columns import by_name
from services.house import House


@panel_of("alert-content", tab_strip("alert-content"), keys=("alert",))
def draw_content(h: House, ask: Ask, wait: bool) -> Component | None:
    """Every column that Fink has for the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    if not wait and h.objects.peek_full_alerts(subject.object_id) is None:
        return None
    full = h.objects.full_alerts(subject.object_id, retry=bool(ask.get("retry")))
    rows = full.value[full.value["candid"] == subject.candid]
    if rows.empty:
        body = message("empty", "No packet of its own", ["This detection is known only from another alert's history."])
        return panel(
            "alert-content",
            tab_strip("alert-content"),
            body,
            state=State.EMPTY,
            note="nothing here",
            simulated=h.source.simulated,
        )
    declared = [name for name in rows.columns if by_name(str(name)) is not None]
    given = int(rows.iloc[0][declared].notna().sum())
    tools = [
        search_box(),
        export_menu([("All columns, all alerts, as CSV", f"/export/alerts/{subject.object_id}.csv")]),
    ]
    note = f"alert {subject.candid}: {given} of {len(declared)} columns have a value"
    body = content_box(f"/content/{subject.object_id}/{subject.candid}.html")
    look = look_of(full)
    return panel(
        "alert-content",
        tab_strip("alert-content"),
        body,
        state=look.state,
        note=look.note or note,
        tools=[*look.tools("alert-content"), *tools],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )
