"""The strip above the TNS table: how many objects are known, and how old the mirror is that says so."""

from __future__ import annotations

from datetime import UTC, datetime

from dash import html
from dash.development.base_component import Component

from components import tns as look
from components.panel import State, age_text, panel, retry_icon
from components.parts import icon
from pages._slots import Ask
from pages._tns import View, view_of
from services.house import House
from services.tns.mirror import Arrived, MirrorState
from services.tns.one_by_one import Asked

NAME, TITLE = "tns-mirror", "TNS mirror"
MB = 1e6


def draw_mirror(h: House, ask: Ask, wait: bool) -> Component | None:
    """Counts, and the state of the mirror they come from."""
    if ask.get("retry"):
        h.tns.retry()
    view = view_of(h, {**ask, "retry": None}, wait=wait)
    if view is None:
        return None
    asked = h.tns_one_by_one.progress()
    body = look.polled(
        [look.strip(_cells(view)), *_below(view, asked)],
        running=view.mirror.progress is not None or asked.running,
        versions=versions(view.mirror, asked),
    )
    state = _state(view)
    tools = [retry_icon(NAME)] if state in (State.STALE, State.UNAVAILABLE) else []
    return panel(NAME, TITLE, body, state=state, note=_note(view), tools=tools, simulated=h.source.simulated)


def versions(mirror: MirrorState, asked: Asked) -> tuple[str, str]:
    """What changes whenever the strip has something new to say, and whenever the table has."""
    rows = f"{mirror.version}.{asked.version // 10 if asked.running else asked.version}"
    how = (mirror.status, mirror.cancelled, mirror.progress is not None, mirror.trouble is not None, asked.running)
    return f"{rows}.{'.'.join(map(str, how))}", rows


def _state(view: View) -> State:
    mirror = view.mirror
    if mirror.status == "loading":
        return State.LOADING
    if mirror.status == "absent":
        return State.UNAVAILABLE if mirror.trouble else State.LOADING if not mirror.cancelled else State.EMPTY
    if not mirror.has_table:
        return State.EMPTY
    return State.STALE if mirror.trouble else State.READY


def _note(view: View) -> str:
    mirror = view.mirror
    if mirror.fetched_at is None:
        if mirror.cancelled:
            return "cancelled: there is no mirror"
        return "Fink did not answer: there is no mirror" if mirror.trouble else "the first one is on its way"
    if not mirror.has_table:
        return "this source has no TNS table"
    age = age_text((datetime.now(UTC) - mirror.fetched_at).total_seconds())
    if mirror.trouble:
        return f"as of {age} ago; Fink is not answering"
    going = "; a new one is on its way" if mirror.progress else "; renewed once a day"
    return f"as of {age} ago{going}" if age[0].isdigit() else f"as of now{going}"


def _cells(view: View) -> list[tuple[str, str, str]]:
    counts, asked = view.knowledge.counts, view.knowledge.asked
    nights = view.window
    span = f"{nights.first:%Y-%m-%d}" if nights.single else f"{nights.first:%Y-%m-%d} to {nights.last:%Y-%m-%d}"
    entries = int((view.knowledge.objects["by_name"] | view.knowledge.objects["by_position"]).sum())
    found = f"{counts['by_name']:,} by name, {counts['by_position']:,} within {view.radius:g}″"
    held = f"{view.mirror.entries:,}" if view.mirror.fetched_at else "none"
    age = f"{view.mirror.rows:,} rows, renewed once a day" if view.mirror.fetched_at else "there is no mirror yet"
    return [
        (f"{counts['objects']:,}", "anomalous objects", span),
        (f"{entries:,}" if asked else "?", "with a TNS entry", found if asked else "nothing to look in"),
        (f"{counts['by_fink']:,}", "with d:tns filled", "by Fink: classified entries only"),
        (f"{counts['unreported']:,}" if asked else "?", "unreported", _unreported_how(view)),
        (held, "entries in the mirror", age),
    ]


def _unreported_how(view: View) -> str:
    if not view.knowledge.asked:
        return "not known without a TNS table"
    return "by name only: asked one by one" if view.one_by_one else "no name, no position, no d:tns"


def _below(view: View, asked: Asked) -> list[Component]:
    """What is going on, what went wrong, and what can be done."""
    mirror = view.mirror
    if mirror.progress is not None:
        words, done, total = arriving_words(mirror.progress)
        return [look.progress_line(words, done, total, label="TNS table", cancel="cancel")]
    if asked.running:
        words = f"{asked.done:,} of {asked.total:,} objects asked"
        return [look.progress_line(words, asked.done, asked.total, label="Objects asked", cancel="stop")]
    if mirror.fetched_at is not None:
        if mirror.has_table:
            return [_trouble(str(mirror.trouble), [])] if mirror.trouble else []
        text = "The TNS resolver of this source has 0 rows, so nothing can be called unreported. Fink's d:tns is shown."
        return [_trouble(text, [])]
    words = (
        str(mirror.trouble) if mirror.trouble else "Fetching the TNS table was cancelled." if mirror.cancelled else ""
    )
    return [_trouble(words, _ways_out(view, asked))] if words else []


def _ways_out(view: View, asked: Asked) -> list[Component]:
    count = view.knowledge.counts["objects"]
    query = view.window.query
    failed = f" ({asked.failed:,} without an answer)" if asked.failed else ""
    return [
        look.action_button("Fetch the TNS table", "retry", primary=True),
        look.action_button(f"Ask for these {count:,} objects one by one{failed}", "ask", query=query),
    ]


def _trouble(words: str, buttons: list[Component]) -> Component:
    return html.Div([icon("warn"), html.Span(words), *buttons], className="row tns-trouble", role="status")


def arriving_words(arrived: Arrived) -> tuple[str, float, float | None]:
    """A fetch in words, and its bar: done and total in MB (None: not known)."""
    if not arrived.size:
        return "TNS table: waiting for the first rows", 0.0, None
    size = f"{arrived.size / MB:.1f} MB"
    total = None if arrived.total is None else arrived.total / MB
    of = f" of {total:.1f} MB" if total else ""
    return f"TNS table: {size}{of}, {arrived.rows:,} rows", arrived.size / MB, total
