"""Why an alert has its label: the rules in order, with their values against their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

from components.parts import attrs

OPEN_UP_TO = 6
"""So many changes are shown at once; more are one click away, so that the steps stay in sight."""
NAMES = {"jd - jdstarthist": "age, d"}


class Test(Protocol):
    """One comparison."""

    column: str
    value: Any
    comparison: str
    threshold: Any
    passed: bool


def number(value: Any) -> str:
    """A value as in the rule: two decimals unless it is whole, words as they are."""
    if value is None or value != value:
        return "missing"
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def limit(threshold: Any) -> str:
    """A threshold as Fink writes it."""
    return threshold if isinstance(threshold, str) else f"{threshold:g}"


def _negated(comparison: str) -> str:
    """The comparison as said of a value that fails it."""
    for words, opposite in (
        ("is none of", "is one of"),
        ("is one of", "is not one of"),
        ("starts with", "does not start with"),
    ):
        if comparison.startswith(words):
            return opposite + comparison.removeprefix(words)
    return f"is not {comparison}"


def _test(test: Test) -> Component:
    verb = test.comparison if test.passed else _negated(test.comparison)
    return html.Span(
        [
            f"{NAMES.get(test.column, test.column)} ",
            html.B(number(test.value)),
            f" {verb} {limit(test.threshold)}",
        ],
        className="pass" if test.passed else "fail",
    )


def _shown(step: Any) -> list[Any]:
    """All comparisons of a step that fired; of one that did not, those that failed."""
    return list(step.tests) if step.fired else [t for t in step.tests if not t.passed]


class Change(Protocol):
    """One change of label; ``when`` in words."""

    @property
    def candid(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def cause(self) -> str: ...


def changes_list(changes: Sequence[Change], current: str | None) -> Component:
    """Every change of label with its date and cause; a click selects the alert that brought it."""
    rows = [
        html.Li(
            [
                html.Button(c.when, type="button", className="when", **attrs({"data-alert": c.candid})),
                html.Span([f"{c.before} → ", html.B(c.after)]),
                html.Span(c.cause, className="cause"),
            ],
            **attrs({"data-change": c.candid, "aria-current": str(c.candid == current).lower()}),
        )
        for c in changes
    ]
    last = changes[-1]
    count = f"{len(changes)} change{'s' * (len(changes) != 1)} of label"
    said = html.Summary([html.B(count), f", the last on {last.when}: {last.before} → {last.after}"])
    return html.Details(
        [said, html.Ol(rows)],
        open=len(changes) <= OPEN_UP_TO,
        className="label-changes",
        **attrs({"data-label-changes": str(len(changes))}),
    )


def reasons(steps: Sequence[Any], summary: str, between: Sequence[Component] = ()) -> Component:
    """The sentence that sums the steps up, what else there is to know, and the list of steps."""
    items = [
        html.Li(
            [
                html.Span(className="mark", **attrs({"aria-hidden": "true"})),
                html.Span(step.name, className="what"),
                html.Span(
                    "decided" if step.decided else "fired" if step.fired else "did not fire",
                    className="verdict",
                ),
                html.Span([_test(t) for t in _shown(step)], className="tests"),
            ],
            className="fired" if step.fired else "",
        )
        for step in steps
    ]
    first, _, rest = summary.partition(". ")
    sentence: list[Any] = [html.B(first + ("." if rest else "")), " ", rest]
    verdict = html.P(sentence, className="verdict-text")
    return html.Div([verdict, *between, html.Ol(items, className="reasons")], className="scroll why", tabIndex=0)
