"""The report on a file, for whoever has to sign it: JSON for programs, one HTML page for people.

Both say what was judged (SHA-256 of the input), by what (versions of rules, table and model, seed, budget) and when
(UTC), so that the same file gives the same verdicts again. The page carries everything it needs and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from typing import Any

import orjson

from services.jwst import detector, rules, wavelengths
from services.jwst.rules import Reason
from services.jwst.verdicts import VERDICTS, Judged

MOST_ROWS = 2_000
"""Flagged rows on the page; a browser gets slow with more, and the JSON has all."""
WORDS = (
    "Inconsistent means that a rule is broken: errors and tampering look alike, and this report does not tell them "
    "apart. Unusual means that the row is unlike the others and worth a look. Changes that keep all columns consistent "
    "with each other are not found. None of 100 genuine rows of MAST breaks a rule; that bounds the rate of false "
    "alarms to 3 % (95 %, one-sided), and no lower."
)
NOT_VERIFIED = "not verified: no row was compared with the archive"


def facts(judged: Judged, *, now: datetime | None = None) -> dict[str, Any]:
    """All that a report says, but for the rows.

    Parameters
    ----------
    judged
        The file with its verdicts.
    now
        Time of the report (UTC); now unless given.
    """
    made = (now or datetime.now(UTC)).astimezone(UTC)
    observations = judged.observations
    return {
        "program": "Oddfinch, consistency of JWST observations",
        "simulated": observations.schema.simulated,
        "file": observations.name,
        "sha256": observations.sha256,
        "made_utc": made.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "versions": versions(),
        "seed": judged.seed,
        "budget": judged.budget,
        "retrieved_mjd": round(judged.checked.retrieved_mjd, 5),
        "archive": NOT_VERIFIED,
        "counts": {"rows": len(judged.verdict), **judged.counts()},
        "words": WORDS,
        "warnings": list(judged.checked.warnings),
        "schema": _schema(judged),
        "rules": [_rule(judged, rule) for rule in rules.RULES],
    }


def versions() -> dict[str, str]:
    """Versions of what judges."""
    return {
        "rules": rules.RULES_VERSION,
        "wavelength_table": wavelengths.TABLE_VERSION,
        "model": detector.MODEL_VERSION,
    }


def _schema(judged: Judged) -> dict[str, Any]:
    schema = judged.observations.schema
    return {
        "rows": schema.rows,
        "planned": schema.planned,
        "product_types": dict(schema.product_types),
        "missing_columns": list(schema.missing),
        "unknown_columns": list(schema.unknown),
        "units": dict(schema.units),
        "converted": dict(schema.converted),
        "unreadable": dict(schema.unreadable),
        "notes": list(schema.notes),
        "encoding": schema.encoding,
    }


def _rule(judged: Judged, rule: rules.Rule) -> dict[str, Any]:
    status = judged.checked.status[rule.name].to_numpy()
    said = {name: getattr(rule, name) for name in ("name", "title", "source", "tolerance", "unit", "hint")}
    counts = {words.replace(" ", "_"): int((status == code).sum()) for code, words in rules.STATUS_WORDS.items()}
    return {**said, "columns": list(rule.columns), **counts}


def rows(judged: Judged) -> Iterable[dict[str, Any]]:
    """One record per row of the file, in its order."""
    names = judged.observations.frame["obs_id"]
    for row, (obs_id, verdict) in enumerate(
        zip(names.astype(object).where(names.notna(), None), judged.verdict, strict=True)
    ):
        yield {
            "index": row,
            "obs_id": obs_id,
            "verdict": verdict,
            "reasons": [_record(reason) for reason in judged.reasons(row)],
            "hints": [_record(reason) for reason in judged.hints(row)],
            "not_checkable": judged.not_checkable(row),
        }


def _record(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "words": reason.words,
        "observed": reason.observed,
        "expected": reason.expected,
        "unit": reason.unit,
    }


def to_json(judged: Judged, *, now: datetime | None = None) -> bytes:
    """The report as JSON; ``rows`` has every row of the file, ``index`` from 0."""
    report = {**facts(judged, now=now), "rows": list(rows(judged))}
    return orjson.dumps(report, option=orjson.OPT_INDENT_2)


_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1a1d21;background:#fff}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}
th,td{border:1px solid #c9ced6;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f1f3f6}
thead+tbody td.n,.counts td.n{text-align:right;font-variant-numeric:tabular-nums}
.inconsistent,.unusual{font-weight:600;white-space:nowrap}
.inconsistent{color:#9b1c1c}
.unusual{color:#7a4b00}
.simulated{border:2px solid #7a4b00;padding:.25rem .75rem}
.sign{height:3rem}
.sign td{min-width:14rem}
ul{margin:0;padding-left:1.1rem}
"""


def to_html(judged: Judged, *, now: datetime | None = None) -> str:
    """The report as one HTML page without scripts, links or pictures; every text in it is escaped."""
    said = facts(judged, now=now)
    parts = [
        "<h1>Consistency of JWST observations</h1>",
        '<p class="simulated">SIMULATED: the rows are an example made by Oddfinch.</p>' if said["simulated"] else "",
        _pairs(_what(said)),
        "<h2>Verdicts</h2>", _pairs({name: said["counts"][name] for name in ("rows", *VERDICTS)}, "counts"),
        f"<p>{escape(said['words'])}</p>", _list(said["warnings"]),
        "<h2>Rows that are not consistent</h2>", _flagged(judged),
        "<h2>Rules</h2>", _rules(said["rules"]),
        "<h2>The file</h2>", _pairs(_file(said["schema"])), _list(said["schema"]["notes"]),
        "<h2>Signed off</h2>", _table(("Name", "Date", "Signature"), [("", "", "")], row_class="sign"),
    ]  # fmt: skip
    return _page("Consistency of JWST observations", "\n".join(parts))


def _page(title: str, body: str) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _what(said: Mapping[str, Any]) -> dict[str, object]:
    named = {f"version of {name.replace('_', ' ')}": version for name, version in said["versions"].items()}
    return {
        "file": said["file"],
        "SHA-256 of the input": said["sha256"],
        "made (UTC)": said["made_utc"],
        **named,
        "seed": said["seed"],
        "budget of false positives of the forest": f"{said['budget']:.3%}",
        "day of retrieval (MJD)": f"{said['retrieved_mjd']:.5f}",
        "compared with the archive": said["archive"],
    }


def _file(schema: Mapping[str, Any]) -> dict[str, object]:
    kinds = ", ".join(f"{kind or 'none named'}: {count:,}" for kind, count in schema["product_types"].items())
    converted = ", ".join(f"{name} from {unit}" for name, unit in schema["converted"].items())
    unreadable = ", ".join(f"{name}: {count:,}" for name, count in schema["unreadable"].items())
    return {
        "rows by product type": kinds,
        "planned observations": schema["planned"],
        "missing columns": ", ".join(schema["missing_columns"]) or "none",
        "columns that are not MAST's": ", ".join(schema["unknown_columns"][:50]) or "none",
        "converted": converted or "none",
        "cells that are no numbers": unreadable or "none",
        "encoding": schema["encoding"],
    }


def _cell(value: object) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f'<td class="n">{value:,}</td>' if number else f"<td>{escape(str(value))}</td>"


def _pairs(pairs: Mapping[str, object], name: str = "pairs") -> str:
    lines = (f'<tr><th scope="row">{escape(title)}</th>{_cell(value)}</tr>' for title, value in pairs.items())
    return f'<table class="{name}">{"".join(lines)}</table>'


def _table(head: Iterable[str], lines: Iterable[Iterable[object]], *, row_class: str = "") -> str:
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(f'<tr class="{row_class}">{"".join(map(_cell, line))}</tr>' for line in lines)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _rules(table: Iterable[Mapping[str, Any]]) -> str:
    head = ("Rule", "Tolerance", "Source", "Broken", "Holds", "Not checkable", "Counts")
    keys = ("title", "tolerance", "source", "broken", "holds", "not_checkable")
    return _table(head, [[*(rule[key] for key in keys), "a hint only" if rule["hint"] else "yes"] for rule in table])


def _flagged(judged: Judged) -> str:
    flagged = judged.flagged()
    if not len(flagged):
        return "<p>None.</p>"
    names = judged.observations.frame["obs_id"].fillna("").to_numpy(dtype=object)
    lines = "".join(_flagged_row(judged, int(row), str(names[row])) for row in flagged[:MOST_ROWS])
    rest = len(flagged) - MOST_ROWS
    more = f"<p>{rest:,} more rows are in the JSON report.</p>" if rest > 0 else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Row (from 0)", "obs_id", "Verdict", "Why"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>{more}"


def _flagged_row(judged: Judged, row: int, obs_id: str) -> str:
    verdict = judged.verdict[row]
    why = _list(reason.words for reason in judged.reasons(row))
    return f'<tr>{_cell(row)}{_cell(obs_id)}<td class="{verdict}">{verdict}</td><td>{why}</td></tr>'
