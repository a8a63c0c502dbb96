"""The one callback behind every panel.

A page declares how each of its panels is drawn (`panel_of`), and puts it in place with `place`. What is cached is
drawn at once; anything else starts as a skeleton and is drawn as soon as the skeleton is on screen, so no
panel waits for another; a panel that stands behind a page's main figure is asked for when that is drawn. What
goes wrong becomes a state of that panel, here and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import MATCH, Input, Output, callback, ctx
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from components.markup import as_markup
from components.panel import State, example, message, panel, retry_button, skeleton, slot
from components.parts import link_button, view_button
from services.errors import InvalidQuery, NotFound, Rejected, Unavailable
from services.house import House, house

log = logging.getLogger(__name__)

Ask = Mapping[str, Any]
Draw = Callable[[House, Ask, bool], Component | None]


@dataclass(frozen=True)
class Drawer:
    """How one panel is drawn; ``keys`` are the parts of the address that redraw it."""

    name: str
    title: Any
    keys: tuple[str, ...]
    draw: Draw
    className: str = ""


_DRAWERS: dict[str, Drawer] = {}
_SHARED: dict[str, Callable[[Ask], str]] = {}


def panel_of(name: str, title: Any, *, keys: Sequence[str] = (), className: str = "") -> Callable[[Draw], Draw]:
    """Declare the function that draws panel `name`.

    The function gets the house, what was asked, and whether it may wait for the data source; when it may not and the
    answer is not at hand, it returns None. It may raise any `SourceError` or `InvalidQuery`.
    """

    def declare(draw: Draw) -> Draw:
        _DRAWERS[name] = Drawer(name, title, tuple(keys), draw, className)
        return draw

    return declare


def shared_place(name: str, choose: Callable[[Ask], str]) -> None:
    """Declare a slot where one of several panels stands; `choose` tells which, by ``tab`` in the address."""
    _SHARED[name] = choose


def _panel_in(name: str, ask: Ask) -> str:
    return _SHARED[name](ask) if name in _SHARED else name


def theme() -> str:
    """Theme of the person who asks, for the colours of figures."""
    return request.cookies.get("oddfinch-theme", "light")


def place(name: str, ask: Ask, *, after: str = "") -> Component:
    """The slot of a panel on its page.

    A panel that comes `after` another costs the first answer nothing, cached or not: the browser asks for it once the
    figure or table of that other panel is drawn.
    """
    drawer = _DRAWERS[_panel_in(name, ask)]
    made = None if after else drawn(drawer.name, ask, wait=False)
    waiting = skeleton(drawer.name, drawer.title, className=drawer.className)
    keys = ("tab",) if name in _SHARED else drawer.keys
    content = None if made is None else as_markup(made)
    return slot(name, content, ask, keys=keys, pending=as_markup(waiting), after=after)


def drawn(name: str, ask: Ask, *, wait: bool) -> Component | None:
    """Panel `name` in whatever state it is; None when drawing it would mean to wait and `wait` is False."""
    drawer = _DRAWERS[name]
    made = _drawn(drawer, ask, wait=wait)
    if made is not None:
        setattr(made, "data-keys", ",".join(drawer.keys))  # where panels share a slot, each has keys of its own
    return made


def _drawn(drawer: Drawer, ask: Ask, *, wait: bool) -> Component | None:
    try:
        return drawer.draw(house(), ask, wait)
    except InvalidQuery as error:
        return invalid(drawer, error)
    except NotFound as error:
        return not_found(drawer, error)
    except Rejected as error:
        return rejected(drawer, error)
    except Unavailable as error:
        return unavailable(drawer, error)
    except Exception:
        log.exception("panel %s could not be drawn for %s", drawer.name, dict(ask))
        return broken(drawer)


def broken(drawer: Drawer) -> Component:
    """A defect of ours: said as such, because it is neither an empty sky nor Fink's silence."""
    text = "This is a defect in Oddfinch, not in the data source. The log of the server says what happened."
    body = message("warn", "This panel could not be drawn", [text], [retry_button(drawer.name)])
    return panel(
        drawer.name,
        drawer.title,
        body,
        state=State.UNAVAILABLE,
        note="Oddfinch failed",
        className=drawer.className,
    )


def invalid(drawer: Drawer, error: InvalidQuery) -> Component:
    """What was wrong, and a good one to use instead."""
    words = f"Use {error.example}"
    if error.field in drawer.keys:  # a value of this panel alone: the rest of the address stays
        use = view_button(words, {error.field: error.example}, pressed=False, className="btn primary")
    else:
        href = f"/object/{error.example}" if error.field == "object_id" else f"?{error.field}={error.example}"
        use = link_button(words, href, primary=True)
    body = message(
        "cross",
        error.what,
        ["A good one:", example(error.example)],
        [use, link_button("Latest night", "/")],
    )
    note = f"{error.field.replace('_', ' ')} cannot be used"
    return panel(drawer.name, drawer.title, body, state=State.INVALID, note=note, className=drawer.className)


def not_found(drawer: Drawer, error: NotFound) -> Component:
    """A true "nothing here", with the question that was asked and when."""
    text = f"Asked {error.call} at {error.at:%H:%M} UTC. {house().source.label} answered: {error.reason}."
    body = message("empty", "Nothing of that name", [text], [link_button("Latest night", "/")])
    return panel(drawer.name, drawer.title, body, state=State.EMPTY, note="nothing here", className=drawer.className)


def rejected(drawer: Drawer, error: Rejected) -> Component:
    """Fink understood the question and refused it, in its own words."""
    body = message("cross", "Fink refused this question", [f"{error.call} at {error.at:%H:%M:%S} UTC.", error.text])
    return panel(drawer.name, drawer.title, body, state=State.INVALID, note="refused", className=drawer.className)


def failed(name: str, error: Unavailable, below: Sequence[Component] = ()) -> Component:
    """Panel `name` for an error that its drawer caught, with what still makes sense below the message."""
    return unavailable(_DRAWERS[name], error, below)


def unavailable(drawer: Drawer, error: Unavailable, below: Sequence[Component] = ()) -> Component:
    """What failed, when, how often it was tried, and a way to try again."""
    tries = "once" if error.attempts == 1 else f"{error.attempts} times"
    text = f"{error.call} {error.reason} at {error.at:%H:%M:%S} UTC, tried {tries}. Nothing is cached for this."
    body = message(
        "warn",
        "Fink did not answer",
        [text, "This says nothing about the object itself."],
        [retry_button(drawer.name), link_button("What else works", "/status")],
    )
    return panel(
        drawer.name,
        drawer.title,
        [body, *below],
        state=State.UNAVAILABLE,
        note="no answer",
        className=drawer.className,
    )


def register() -> None:
    """Attach every slot to its drawer: when it first appears without its content, and when its view changes."""
    callback(
        Output({"kind": "slot", "panel": MATCH}, "children"),
        Input({"kind": "ask", "panel": MATCH}, "data"),
    )(_answer)
    callback(
        Output({"kind": "slot", "panel": MATCH}, "children", allow_duplicate=True),
        Input({"kind": "change", "panel": MATCH}, "data"),
        prevent_initial_call=True,
    )(_answer)


def _panel_name() -> str:
    return str(ctx.outputs_list["id"]["panel"])


def _answer(ask: Ask | None) -> Component | None:
    if ask is None:  # Dash reads the question when it sends it; by then its page may have given way to another
        raise PreventUpdate
    made = drawn(_panel_in(_panel_name(), ask), ask, wait=True)
    return None if made is None else as_markup(made)
