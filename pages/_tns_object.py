"""Beside the TNS table: all TNS entries of the selected object, and the draft of a report where there is none."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components import tns as look
from components.panel import State, panel
from components.parts import attrs, copy_button, icon
from pages._slots import Ask
from pages._tns import View, view_of
from services.elsewhere import TNS_OBJECT
from services.house import House
from services.tns.draft import NEVER_SENT, WHO_CHECKS, at_report
from services.tns.match import Counterpart, counterparts
from services.tns.rows import came, day

NAME = "tns-object"


def draw(h: House, ask: Ask, wait: bool) -> Component | None:
    """The selected object; a closed panel (assets/tns.css hides it) while none is."""
    view = view_of(h, {**ask, "retry": None}, wait=wait)
    if view is None:
        return None
    objects = view.knowledge.objects
    rows = objects[objects["object_id"] == ask.get("sel")]
    if rows.empty:
        text = html.P("Choose a row of the table.", className="quiet")
        return panel(NAME, "Selected object", text, state=State.EMPTY, className=f"{NAME} closed")
    row = rows.iloc[0]
    if row["unreported"] and not wait and h.objects.peek_light_curve(str(row["object_id"])) is None:
        return None
    return panel(
        NAME,
        "Selected object",
        html.Div(_body(h, view, row, retry=bool(ask.get("retry"))), className="scroll", tabIndex=0),
        note="in TNS" if row["known"] else "unreported" if row["unreported"] else "",
        tools=[_close()],
        simulated=h.source.simulated,
        className=NAME,
    )


def _close() -> Component:
    return html.Button(
        icon("cross"),
        type="button",
        className="icon-btn",
        title="Close",
        **attrs({"aria-label": "Close", "data-tns-close": ""}),
    )


def _body(h: House, view: View, row: pd.Series, *, retry: bool) -> list[Component]:
    object_id = str(row["object_id"])
    name = html.A(html.B(object_id), href=f"/object/{object_id}", className="mono")
    head = html.Div([name, copy_button(object_id, "object id")], className="name")
    if row["unreported"]:
        return [head, _facts(row), *_draft(h, row, retry=retry)]
    entries = [_entry(each, h) for each in _entries(h, view, row)]
    return [head, _facts(row), look.entry_list(entries) if entries else html.P(_nothing(view, row), className="quiet")]


def _nothing(view: View, row: pd.Series) -> str:
    if not row["looked_up"]:
        return "There is no TNS table to look it up in."
    return f"No entry has its name or is within {view.radius:g}″; Fink found a classified one within 1.5″ (d:tns)."


def _entries(h: House, view: View, row: pd.Series) -> tuple[Counterpart, ...]:
    object_id = str(row["object_id"])
    table = h.tns_one_by_one.table([object_id]) if view.one_by_one else h.tns.table()
    if table is None:
        return ()
    return counterparts(table, object_id, float(row["ra"]), float(row["dec"]), view.radius)


def _entry(each: Counterpart, h: House) -> dict[str, Any]:
    entry = each.entry
    apart = "" if each.separation_arcsec is None else f", {each.separation_arcsec:.2f}″ away"
    ways = [words for words, by in (("name", each.by_name), ("position", each.by_position)) if by]
    return {
        "name": entry.name or "without a name",
        "href": "" if h.source.simulated or not entry.designation else f"{TNS_OBJECT}{entry.designation}",
        "type": entry.type or "no type",
        "how": " and ".join(ways) + apart,
        "discovered": day(float("nan") if entry.discovery_jd is None else entry.discovery_jd) or "not given",
        "redshift": "none" if entry.redshift is None else f"{entry.redshift:g}",
        "names": ", ".join(entry.internal_names) or "none",
    }


def _facts(row: pd.Series) -> Component:
    fink = row["tns"] if isinstance(row["tns"], str) else "none"
    facts = [
        ("Fink's d:tns", fink),
        ("First detection", f"{day(row['detected_jd'])} {came(row['detected_after_d'])}".strip()),
        ("First in the top ten", f"{row['flagged_night']:%Y-%m-%d} {came(row['flagged_after_d'])}".strip()),
    ]
    if isinstance(row["fullname"], str):
        facts.append(("Discovered in TNS", day(row["discovery_jd"]) or "not given"))
    return html.Dl([part for words, said in facts for part in (html.Dt(words), html.Dd(said))], className="facts-list")


def _draft(h: House, row: pd.Series, *, retry: bool) -> list[Component]:
    curve = h.objects.light_curve(str(row["object_id"]), retry=retry).value
    draft = at_report(
        str(row["object_id"]), curve, h.source, jdstarthist=float(row["detected_jd"]), simbad=row["cdsxmatch"]
    )
    if draft is None:
        return [html.P("No detection brighter than the template: there is nothing to report.", className="quiet")]
    return [look.draft_box(draft.text, draft.cautions, (WHO_CHECKS, NEVER_SENT))]
