"""Why an alert has its label: the rules in order, with their values against their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from dash import html
from dash.development.base_component import Component

from components.parts import attrs

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


def reasons(steps: Sequence[Any], summary: str) -> list[Component]:
    """The list of steps and the sentence that sums them up."""
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
    return [
        html.Ol(items, className="reasons scroll", tabIndex=0),
        html.P(sentence, className="verdict-text"),
    ]
