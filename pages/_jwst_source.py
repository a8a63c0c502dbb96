"""Where the rows of the JWST page come from: the place for a file, and what was found in it before any verdict."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from components.jwst import (
    ColumnLine,
    choose_button,
    cut,
    drop_zone,
    example_button,
    file_strip,
    report_button,
    schema_box,
)
from components.jwst_trials import running
from components.panel import State, example, message, panel
from components.parts import code_menu, copy_button, export_menu, view_button
from components.summary_bars import warning
from pages._jwst import EXAMPLE_ROWS, SOURCE_KEYS, judged_of, limits_of, session_of, source_query
from pages._jwst_lines import check_code
from pages._jwst_parts import absent, exports, reading_address
from pages._jwst_session import IDLE_S, LEFT_S
from pages._slots import Ask, panel_of
from services.errors import InvalidQuery
from services.house import House
from services.jwst import columns, rules, wavelengths
from services.jwst.errors import EXPECTED, UnusableFile
from services.jwst.verdicts import Judged

LOAD, SCHEMA = "jwst-load", "jwst-schema"
TITLES = {LOAD: "File", SCHEMA: "What is in the file"}
PROMISE = (
    "The file goes to the memory of this Oddfinch server and nowhere else: it is never written to disk, it is sent to "
    f"no one, and it is dropped {LEFT_S:.0f} s after its tab is closed, or when nobody has looked at it for "
    f"{IDLE_S / 60:.0f} min."
)
SHORT_PROMISE = "In the memory of this Oddfinch server only, until the tab is closed."
EXAMPLES = (
    (f"{EXAMPLE_ROWS:,} consistent rows", {"example": "1"}),
    (f"{EXAMPLE_ROWS:,} rows, 100 of them tampered with", {"example": "1", "tampered": "100"}),
)
MOST_NAMED = 12


@panel_of(LOAD, TITLES[LOAD], keys=(*SOURCE_KEYS, "tab"))
def draw_load(h: House, ask: Ask, wait: bool) -> Component | None:
    """The file that is open, or the place for one."""
    if ask.get("refused"):
        return _refused(h, str(ask["refused"]))
    found = judged_of(h, ask)
    if found is not None:
        return _strip(ask, found[1])
    session = session_of(h, ask)
    if session is not None and session.job.error is not None:
        return _unusable(h, session.job.error)
    if session is not None and session.job.state in ("running", "done"):
        job = session.job
        body = running(job.words, job.done, job.total, reading_address(ask))
        return panel(LOAD, TITLES[LOAD], body, state=State.LOADING, note="is on its way")
    return _welcome(h, ask)


def _zone(h: House, words: str) -> Component:
    limits = limits_of(h)
    return drop_zone(words, limits.max_bytes, limits.max_rows, PROMISE, EXAMPLES)


def _welcome(h: House, ask: Ask) -> Component:
    words, note, state = "Drop a MAST export here", "nothing is open", State.READY
    if ask.get("token"):
        words, note, state = "This file is not in memory any more. Drop it here again", "let go of", State.EMPTY
    elif ask.get("file"):
        digest = cut(ask["file"], 16)
        words = f"This view is of a file that is not sent with a link (SHA-256 {digest}…). Drop that file here"
        note, state = "a file is needed", State.EMPTY
    return panel(LOAD, TITLES[LOAD], _zone(h, words), state=state, note=note)


def _unusable(h: House, error: Exception) -> Component:
    """What was wrong with a file, and what would have worked; never a trace of the program."""
    what, expected = "Oddfinch could not read this file. The log of the server says what happened.", EXPECTED
    if isinstance(error, UnusableFile):
        what, expected = error.what, error.expected
    elif isinstance(error, InvalidQuery):
        what, expected = error.what, error.example
    return _invalid(h, what, expected)


def _refused(h: House, size: str) -> Component:
    limits = limits_of(h)
    most = f"{limits.max_bytes / 1e6:,.0f} MB"
    what = f"The file has {cut(size, 20)} MB; at most {most} are accepted."
    return _invalid(h, what, f"a file of at most {most} and {limits.max_rows:,} rows (--jwst-max-mb, --jwst-max-rows)")


def _invalid(h: House, what: str, expected: str) -> Component:
    body = message("cross", "This file cannot be used", [cut(what, 400), "Expected:", example(expected)])
    note = "the file cannot be used; it was not kept"
    return panel(LOAD, TITLES[LOAD], [body, _zone(h, "Drop another file here")], state=State.INVALID, note=note)


def _strip(ask: Ask, judged: Judged) -> Component:
    observations = judged.observations
    schema = observations.schema
    query = source_query(ask)
    facts: list[tuple[str, Any]] = [
        ("File", cut(observations.name, 60)),
        ("SHA-256", [f"{observations.sha256[:12]}… ", copy_button(observations.sha256, "the SHA-256")]),
        ("Rows", f"{schema.rows:,}"),
        ("Rules, table", f"{rules.RULES_VERSION}, {wavelengths.TABLE_VERSION}"),
    ]
    buttons = [
        choose_button("Load CSV", primary=False),
        *([] if schema.simulated else [example_button("Example", {"example": "1"})]),
        view_button("Inject anomalies", {"tab": "evaluate"}, pressed=False, className="btn"),
        report_button("Report to sign", f"/jwst/report.html?{query}"),
    ]
    promise = "Made here." if schema.simulated else SHORT_PROMISE
    kinds = (("Report, HTML", "report.html"), ("Report, JSON", "report.json"), ("Rows with verdicts, CSV", "rows.csv"))
    menu = export_menu([(words, f"/jwst/{path}?{query}") for words, path in kinds])
    body = file_strip(facts, buttons)
    return panel(
        LOAD,
        TITLES[LOAD],
        body,
        note=f"{promise} This page does not ask Fink. Another file can be dropped anywhere on it.",
        tools=[menu, code_menu(check_code(judged))],
        simulated=schema.simulated,
    )


@panel_of(SCHEMA, TITLES[SCHEMA], keys=SOURCE_KEYS)
def draw_schema(h: House, ask: Ask, wait: bool) -> Component | None:
    """Rows by product type, columns, units, what was unusual."""
    found = judged_of(h, ask)
    if found is None:
        return absent(h, ask, SCHEMA, TITLES[SCHEMA])
    judged = found[1]
    schema = judged.observations.schema
    known = len(columns.NAMES) - len(schema.missing)
    careful = [warning("Careful:", cut(text, 300)) for text in judged.checked.warnings]
    return panel(
        SCHEMA,
        TITLES[SCHEMA],
        schema_box(_schema_facts(judged), careful, schema.notes, schema_lines(judged)),
        note=f"{schema.rows:,} rows, {known} of {len(columns.NAMES)} columns known",
        tools=[
            exports(ask, "columns"),
            code_menu(check_code(judged)),
        ],
        simulated=schema.simulated,
    )


def _schema_facts(judged: Judged) -> list[tuple[str, Any]]:
    schema = judged.observations.schema
    kinds = ", ".join(
        f"{cut(kind or 'no type', 24)} {count:,}" for kind, count in list(schema.product_types.items())[:8]
    )
    converted = ", ".join(f"{name} from {unit}" for name, unit in schema.converted.items())
    unreadable = ", ".join(f"{name} {count:,}" for name, count in schema.unreadable.items())
    facts = [
        ("Product types", kinds or "none named"),
        ("Planned, without times", f"{schema.planned:,}"),
        ("Missing columns", _named(schema.missing)),
        ("Not MAST’s, not used", _named(schema.unknown)),
        ("Wavelengths", f"converted: {converted}" if converted else "nm"),
        ("Cells that are no numbers", unreadable or "none"),
        ("Written in", schema.encoding),
    ]
    return [(name, value) for name, value in facts if not (name == "Written in" and schema.simulated)]


def _named(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(cut(name, 30) for name in names[:MOST_NAMED]) + rest


def schema_lines(judged: Judged) -> list[ColumnLine]:
    """All columns of MAST, and what the file has of them."""
    schema = judged.observations.schema
    frame = judged.observations.frame
    lines = []
    for column in columns.COLUMNS:
        filled = int(frame[column.name].notna().sum())
        said = "missing" if column.name in schema.missing else f"{filled:,} of {schema.rows:,} rows"
        if column.name in schema.converted:
            said += f", converted from {schema.converted[column.name]}"
        if column.name in schema.unreadable:
            said += f", {schema.unreadable[column.name]:,} not a number"
        lines.append(ColumnLine(column.name, column.label, column.unit, said))
    return lines
