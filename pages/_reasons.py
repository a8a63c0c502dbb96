"""Why the selected alert has its label: the panel of Fink's rules."""

from __future__ import annotations

from dash.development.base_component import Component

from components.label_reasons import reasons
from components.panel import State, message, panel
from pages._slots import Ask, panel_of
from pages._subject import explained, subject_of
from services.house import House
from services.nightly import label_of
from services.nights import moment_words


@panel_of("label-reasons", "Why this class", keys=("alert",))
def draw_reasons(h: House, ask: Ask, wait: bool) -> Component | None:
    """Which of Fink's rules fired for the selected alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    alert = subject.alert
    if alert is None or not alert["classified"]:
        text = "This detection is known only from another alert's history. Fink's rules were never applied to it."
        body = message("empty", "Never classified", [text])
        return panel(
            "label-reasons", "Why this class", body, state=State.EMPTY, note="no answer", simulated=h.source.simulated
        )
    why = explained(alert)
    label = label_of(alert["classification"], alert["cdsxmatch"])[0]
    note = f"alert of {moment_words(alert['jd'])} UTC"
    return panel(
        "label-reasons",
        f"Why {label}",
        reasons(why.steps, why.summary),
        note=note,
        simulated=h.source.simulated,
    )
