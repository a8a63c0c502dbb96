"""The panel: one box that is always in a state a person can read, and a program too.

Every panel is ``<section data-panel="NAME" data-state="STATE">``. A *slot* is the place of a panel on a page: it is
drawn at once from what is cached, or as a skeleton that asks the server for its content as soon as it is on screen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from components.parts import attrs, icon, simulated_mark


class State(StrEnum):
    """What a panel is showing."""

    LOADING = "loading"
    READY = "ready"
    EMPTY = "empty"
    STALE = "stale"
    UNAVAILABLE = "unavailable"
    INVALID = "invalid"


def panel(
    name: str,
    title: Any,
    body: Any,
    *,
    state: State = State.READY,
    note: Any = "",
    tools: Sequence[Any] = (),
    refreshing: bool = False,
    simulated: bool = False,
    className: str = "",
) -> Component:
    """One panel.

    Parameters
    ----------
    name
        Value of ``data-panel``, from PRODUCT's list of panels.
    title, note
        Heading, and the state line beside it (what, how many, as of when).
    tools
        Buttons at the right of the heading; export and code come last, in that order.
    refreshing
        Whether newer data are on their way; the browser asks again in a moment.
    simulated
        Whether what is shown was never seen in the sky.
    """
    marks = [simulated_mark()] if simulated else []
    header = html.Header(
        [
            html.H2(title),
            html.Span([*_note_icon(state), note], className="note"),
            html.Div([*marks, *tools], className="tools"),
        ]
    )
    return html.Section(
        [header, html.Div(body, className="body")],
        className=f"panel {className}".strip(),
        **attrs(
            {
                "data-panel": name,
                "data-state": state.value,
                "aria-label": title if isinstance(title, str) else name,
                **({"data-refreshing": ""} if refreshing else {}),
            }
        ),
    )


def _note_icon(state: State) -> list[Component]:
    names = {
        State.STALE: "clock",
        State.UNAVAILABLE: "warn",
        State.INVALID: "cross",
        State.EMPTY: "empty",
    }
    return [icon(names[state]), html.Span(" ")] if state in names else []


def message(symbol: str, title: str, paragraphs: Sequence[Any], actions: Sequence[Any] = ()) -> Component:
    """Body of a panel that has words instead of data."""
    return html.Div(
        [
            icon(symbol),
            html.H3(title),
            *[html.P(p) if not isinstance(p, Component) else p for p in paragraphs],
            html.Div(list(actions), className="row") if actions else None,
        ],
        className="message",
        role="status",
    )


def example(text: str) -> Component:
    """A good value, as it would be typed."""
    return html.Div(text, className="example")


def retry_button(name: str, words: str = "Retry now", *, primary: bool = True) -> Component:
    """Ask again for panel `name`, past any pause after a failure."""
    return html.Button(
        [icon("retry"), words],
        type="button",
        className="btn primary" if primary else "btn",
        **attrs({"data-retry": name}),
    )


def retry_icon(name: str) -> Component:
    """Small retry in the header of a stale panel."""
    return html.Button(
        icon("retry"),
        type="button",
        className="icon-btn",
        title="Ask again now",
        **attrs({"data-retry": name, "aria-label": "Ask again now"}),
    )


def skeleton(name: str, title: Any, note: str = "loading", rows: int = 3, className: str = "") -> Component:
    """Panel of the final geometry while its data are on the way."""
    bars = [html.I(style={"width": f"{90 - 13 * (n % 4)}%"}) for n in range(rows)]
    return panel(
        name,
        title,
        html.Div([*bars, html.I(className="fill")], className="skeleton", **attrs({"aria-busy": "true"})),
        state=State.LOADING,
        note=note,
        className=className,
    )


def slot(name: str, content: Component | None, ask: Mapping[str, Any], *, keys: Sequence[str] = (),
         pending: Component | None = None, after: str = "") -> Component:  # fmt: skip
    """The place of a panel.

    Parameters
    ----------
    content
        The panel, when it could be drawn without waiting; None when it has to be asked for.
    ask
        What the server must know to draw it (JSON).
    keys
        Names in the address bar that this panel depends on; a change of one redraws it.
    pending
        What stands there while it is asked for.
    after
        Name of the panel whose figure or table is drawn before this one is asked for (assets/app.js); "" for at once.
    """
    stores = [dcc.Store(id={"kind": "change", "panel": name})]
    if content is None and not after:
        stores.append(dcc.Store(id={"kind": "ask", "panel": name}, data=dict(ask)))
    return html.Div(
        [
            html.Div(
                content if content is not None else pending,
                id={"kind": "slot", "panel": name},
                className="slot-in",
            ),
            *stores,
        ],
        className="slot",
        **attrs(
            {
                "data-slot": name,
                "data-ask": json.dumps(dict(ask)),
                "data-keys": ",".join(keys),
                **({"data-after": after} if after else {}),
            }
        ),
    )


def age_text(seconds: float) -> str:
    """Age in words: "3 min", "2 h", "4 d"."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "less than a minute"


@dataclass(frozen=True)
class Look:
    """How a panel says how old its data are: state, state line, and whether newer ones are on their way."""

    state: State
    note: str
    refreshing: bool = False

    def tools(self, name: str) -> list[Component]:
        """The retry button of a stale panel."""
        return [retry_icon(name)] if self.state is State.STALE else []


def freshness(fetched_at: datetime, *, stale: bool, failing: bool, now: datetime | None = None) -> Look:
    """Look of data fetched at a time (UTC, aware).

    Data past their lifetime are *stale* only while the source is failing; otherwise they are being refreshed and the
    line says how old they are.
    """
    age = age_text(((now or datetime.now(UTC)) - fetched_at).total_seconds())
    if failing:
        return Look(State.STALE, f"as of {age} ago; Fink is not answering")
    return Look(State.READY, f"as of {age} ago, refreshing", refreshing=True) if stale else Look(State.READY, "")
