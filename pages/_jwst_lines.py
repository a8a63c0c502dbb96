"""Rows, rules and reasons of a file as the parts of the JWST page want them: plain values."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from components.jwst import VERDICT_WORDS, RowLine, RuleLine, Said, choice, cut, filter_pills
from components.parts import attrs
from pages._jwst import DROPPED, Chosen, verdicts_of
from services.jwst import rules
from services.jwst.verdicts import Judged

FIRST_WORDS = 2
"""Reasons of a row that the table shows."""
MOST_PAIRS = 40
NO_TYPE = "no product type"


def all_pills(chosen: Chosen) -> list[Component]:
    """Filters by verdict, each with the rows that it would leave."""
    found = verdicts_of(chosen.judged, chosen.seed_result)
    pills = [(name, VERDICT_WORDS[name], int(mask.sum())) for name, mask in found.items()]
    if chosen.seed_result is None:
        pills.append(("partly", "Partly checkable", int(chosen.facts.partly.sum())))
    return filter_pills([*pills, ("all", "All", len(chosen.judged.verdict))], chosen.only)


def rule_choice(chosen: Chosen) -> Component:
    """Filter by rule."""
    counts = counted_rules(chosen.judged)
    choices = [("", "Any rule"), *[(line.name, f"{line.title} ({line.broken:,})") for line in counts if line.broken]]
    if chosen.rule and chosen.rule not in dict(choices):
        choices.append((chosen.rule, f"{rules.BY_NAME[chosen.rule].title} (0)"))
    return choice("rule", "Broken rule", choices, chosen.rule)


def type_choice(chosen: Chosen) -> Component:
    """Filter by product type."""
    choices = [
        (name or "none", f"{cut(name or NO_TYPE, 40)} ({count:,})") for name, count in chosen.facts.type_counts.items()
    ]
    return choice("type", "Product type", [("", "Any type"), *choices[:100]], chosen.kind)


def row_lines(chosen: Chosen, rows: np.ndarray) -> list[RowLine]:
    """Lines of the table."""
    counts = chosen.facts.broken
    return [_line(chosen, int(row), int(counts[row])) for row in rows]


def _line(chosen: Chosen, row: int, broken: int) -> RowLine:
    said = chosen.observations.frame.iloc[row]
    instrument, product = (_text(said[name]) for name in ("instrument_name", "dataproduct_type"))
    what = ", ".join(cut(part, 40) for part in (instrument, product) if part)
    verdict, words = _verdict(chosen, row)
    also = _oddfinch_says(chosen, row, broken) if chosen.seed_result is not None else ""
    shown = [f"{cut(text)}." for text in words[:FIRST_WORDS]]
    more = len(words) - len(shown)
    return RowLine(row, _text(said["obs_id"]), what, verdict, broken, shown, more, also)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _verdict(chosen: Chosen, row: int) -> tuple[str, list[str]]:
    """Verdict of the chosen detector, and why."""
    seed = chosen.seed_result
    if seed is None:
        verdict = str(chosen.judged.verdict[row])
        return verdict, _reasons(chosen.judged, row) or _unchecked(chosen.judged, row)
    verdict = next(name for name, mask in verdicts_of(chosen.judged, seed).items() if mask[row])
    if verdict == DROPPED:
        return verdict, ["A cell is empty, so that the seed's program never looks at this row"]
    above = "above" if seed.flag[row] else "below"
    return verdict, [f"Its score is {abs(float(seed.score[row])):.3f} {above} the threshold; it gives no reasons"]


def _oddfinch_says(chosen: Chosen, row: int, broken: int) -> str:
    words = VERDICT_WORDS[str(chosen.judged.verdict[row])].lower()
    return f"Oddfinch: {words}{f', {broken} rules broken' if broken > 1 else ', 1 rule broken' if broken else ''}"


def _reasons(judged: Judged, row: int) -> list[str]:
    return [reason.words for reason in judged.reasons(row)]


def _unchecked(judged: Judged, row: int) -> list[str]:
    count = len([name for name in judged.not_checkable(row) if not rules.BY_NAME[name].hint])
    return [f"{count} rules could not be checked"] if count else []


def facts_of_row(chosen: Chosen, row: int) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Identifier, what it is, and what the forest says of a row that breaks no rule."""
    said = chosen.observations.frame.iloc[row]
    verdict, words = _verdict(chosen, row)
    score = float(chosen.judged.unusual.score[row])
    line = float(chosen.judged.unusual.threshold)
    known = [
        ("Verdict", VERDICT_WORDS[verdict]),
        ("Instrument", _text(said["instrument_name"])),
        ("Filters", _text(said["filters"])),
        ("Product", _text(said["dataproduct_type"])),
        ("Target", _text(said["target_name"])),
        ("Forest", f"score {score:.3f}, unusual above {line:.3f}" if np.isfinite(score) else "not scored"),
    ]
    unusual = chosen.judged.verdict[row] == "unusual"
    others = _reasons(chosen.judged, row) if unusual else words if chosen.seed_result is not None else []
    return _text(said["obs_id"]) or "no obs_id", [(key, value) for key, value in known if value], others


def said_of_row(judged: Judged, row: int) -> list[Said]:
    """What every rule says of a row, in the order of the rules."""
    status = judged.checked.status.iloc[row]
    words = {reason.rule: reason.words for reason in (*judged.checked.reasons(row), *judged.hints(row))}
    return [Said(rule.title, int(status[rule.name]), words.get(rule.name, ""), rule.hint) for rule in rules.RULES]


def counted_rules(judged: Judged) -> list[RuleLine]:
    """Every rule with what it says of how many rows."""
    status = judged.checked.status
    lines = []
    for rule in rules.RULES:
        counts = [int((status[rule.name] == code).sum()) for code in (rules.BROKEN, rules.HOLDS, rules.NOT_CHECKABLE)]
        said = (rule.name, rule.title, rule.source, rule.tolerance, rule.unit, rule.hint)
        lines.append(RuleLine(*said, *counts))
    return lines


def pairs(observed: np.ndarray, expected: np.ndarray, broken: np.ndarray) -> Component:
    """Observed and expected texts of the rows that break a rule, the most frequent first."""
    found: dict[tuple[str, str], int] = {}
    for one, other in zip(observed[broken], expected[broken], strict=True):
        found[str(one), str(other)] = found.get((str(one), str(other)), 0) + 1
    ranked: Sequence[tuple[tuple[str, str], int]] = sorted(found.items(), key=lambda item: -item[1])[:MOST_PAIRS]
    if not ranked:
        return html.P(
            "No row breaks this rule; its values are texts, of which there is nothing to draw.", className="quiet"
        )
    head = html.Tr([html.Th(words, scope="col") for words in ("Observed", "Expected", "Rows")])
    body = [
        html.Tr(
            [html.Td(cut(one, 80), className="mono"), html.Td(cut(other, 80), className="mono"), html.Td(f"{count:,}")]
        )
        for (one, other), count in ranked
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="content-table")
    return html.Div(
        table, className="scroll", tabIndex=0, role="group", **attrs({"aria-label": "Observed and expected"})
    )


def check_code(judged: Judged) -> str:
    """The code for the verdicts: the command line, and the same in Python."""
    observations = judged.observations
    name = observations.name.replace("\n", " ")
    if observations.schema.simulated:
        return (
            "# SIMULATED: the built-in example, in Oddfinch's folder\n"
            "from services.jwst import report\n"
            f"{source_code(judged)}"
            "from services.jwst.verdicts import judge\n\n"
            f"judged = judge(observations, seed={judged.seed})\n"
            "print(judged.counts())\n"
            'open("report.html", "w", encoding="utf-8").write(report.to_html(judged))\n'
        )
    return (
        "# In Oddfinch's folder; exit code 1 when rows are inconsistent\n"
        f"python -m services.jwst check {_argument(name)} --report report.html --json rows.json --csv rows.csv\n\n"
        "# The same in Python\n"
        "from services.jwst import report\n"
        f"{source_code(judged)}"
        "from services.jwst.verdicts import judge\n\n"
        f"assert observations.sha256 == {observations.sha256!r}\n"
        f"judged = judge(observations, seed={judged.seed})\n"
        "for row in judged.flagged():\n"
        "    print(row, judged.verdict[row], [reason.words for reason in judged.reasons(row)])\n"
    )


def source_code(judged: Judged) -> str:
    """Python that gives the rows as ``observations``."""
    observations = judged.observations
    if not observations.schema.simulated:
        name = repr(observations.name)
        return f"from services.jwst.read import read\n\nobservations = read(open({name}, 'rb').read(), {name})\n"
    rows, seed, tampered = example_of(observations.name)
    lines = f"from services.jwst.example import example\n\nobservations = example(rows={rows}, seed={seed})\n"
    if tampered:
        lines += (
            "from dataclasses import replace\nfrom services.jwst.inject import inject\n"
            f"observations = replace(observations, frame=inject(observations.frame, n={tampered}, seed={seed}).frame)\n"
        )
    return lines


def example_of(name: str) -> tuple[int, int, int]:
    """Rows, seed and tampered rows of an example, which its name says."""
    numbers = [int(part) for part in name.removesuffix(".csv").split("-") if part.isdecimal()]
    return numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 0


def _argument(name: str) -> str:
    """A file name for a shell: never an option."""
    return shlex.quote(f"./{name}" if name.startswith("-") else name)
