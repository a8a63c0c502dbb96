"""Why the selected alert has its label, and when and why the label of the object changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dash import html
from dash.development.base_component import Component

from components.label_reasons import changes_list, reasons
from components.panel import State, message, panel
from pages._slots import Ask, panel_of
from pages._subject import Subject, explained, subject_of
from services.house import House
from services.label_changes import LabelChange, label_changes, silence
from services.nightly import label_of
from services.nights import moment_words, utc


class Dated(NamedTuple):
    """One change of label for the screen."""

    candid: str
    when: str
    before: str
    after: str
    cause: str


def dated(change: LabelChange) -> Dated:
    """The change with its date, and a sentence for its cause."""
    cause = f"{change.cause[:1].upper()}{change.cause[1:]}."
    return Dated(change.candid, f"{utc(change.jd):%Y-%m-%d}", change.before, change.after, cause)


@panel_of("label-reasons", "Why this class", keys=("alert",))
def draw_reasons(h: House, ask: Ask, wait: bool) -> Component | None:
    """Which of Fink's rules fired for the selected alert, and what changed from alert to alert."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    changes = label_changes(subject.curve)
    alert = subject.alert
    if alert is None or not alert["classified"]:
        return _never_classified(h, subject, changes)
    why = explained(alert)
    return panel(
        "label-reasons",
        f"Why {label_of(alert['classification'], alert['cdsxmatch'])[0]}",
        reasons(why.steps, why.summary, [*_silence(subject), *_changes(subject, changes)]),
        note=f"alert of {moment_words(alert['jd'])} UTC",
        simulated=h.source.simulated,
    )


def _never_classified(h: House, subject: Subject, changes: Sequence[LabelChange]) -> Component:
    text = "This detection is known only from another alert's history. Fink's rules were never applied to it."
    body = [message("empty", "Never classified", [text]), *_changes(subject, changes)]
    return panel(
        "label-reasons", "Why this class", body, state=State.EMPTY, note="no answer", simulated=h.source.simulated
    )


def _silence(subject: Subject) -> list[Component]:
    """That SIMBAD was not heard for this alert, and what it said for others."""
    label = None if subject.alert is None else subject.alert["cdsxmatch"]
    if not isinstance(label, str) or not label.startswith("Fail"):
        return []
    return [html.P(f"{silence(label, subject.curve)}.", className="verdict-text")]


def _changes(subject: Subject, changes: Sequence[LabelChange]) -> list[Component]:
    return [changes_list([dated(change) for change in changes], subject.candid)] if changes else []
