"""Components as text: what never changes in the browser by itself is sent as HTML and put in place as it is.

A panel is some hundred elements. As components each of them is hydrated, checked and wrapped by Dash's renderer; as
text the browser parses all of them at once. `as_markup` replaces the children of every element that holds plain HTML
only by the attribute ``data-markup``, which assets/app.js puts in place before the next paint. The elements, their
classes and their attributes are the same either way.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from html import escape
from typing import Any

from dash.development.base_component import Component

NAMES = {"className": "class", "htmlFor": "for"}
VOID = frozenset({"br", "hr", "img", "wbr"})
"""Elements of the house that have no end tag (HTML Living Standard 13.1.2)."""
ABOUT_ITSELF = {"_prop_names", "_valid_wildcard_attributes", "available_properties", "available_wildcard_properties"}
"""What a component of Dash knows about itself, kept beside its properties."""
OF_THE_RENDERER = frozenset(
    {"children", "id", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks"} | ABOUT_ITSELF
)


def as_markup(component: Component) -> Component:
    """The same component, with plain HTML inside of it as text; the component given is left alone."""
    made = copy.copy(component)
    inner = _children(component)
    if all(_plain(child) for child in inner):
        text = "".join(map(html_of, inner))
        if any(isinstance(child, Component) for child in inner):
            made.children = None
            setattr(made, "data-markup", text)
    else:
        made.children = [as_markup(c) if _element(c) else c for c in inner]
    return made


def html_of(part: Any) -> str:
    """HTML of one child: text is escaped, None is nothing.

    Raises
    ------
    KeyError
        A style or another attribute is not text, number, or truth value.
    """
    if part is None:
        return ""
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    name = part._type.lower()
    start = f"<{name}{''.join(_attributes(part))}>"
    return start if name in VOID else f"{start}{''.join(map(html_of, _children(part)))}</{name}>"


def _children(component: Component) -> list[Any]:
    inner = getattr(component, "children", None)
    return list(inner) if isinstance(inner, (list, tuple)) else [inner]


def _element(part: Any) -> bool:
    """Whether it is an element of HTML, and not a component with a script behind it."""
    return isinstance(part, Component) and part._namespace == "dash_html_components"


def _plain(part: Any) -> bool:
    """Whether it can be text: elements without ids that a callback could name, down to the last one."""
    if not isinstance(part, Component):
        return True
    return _element(part) and not isinstance(getattr(part, "id", None), dict) and all(map(_plain, _children(part)))


def _attributes(component: Component) -> Iterable[str]:
    for name, value in vars(component).items():
        if name == "id" or name not in OF_THE_RENDERER:
            yield _attribute(NAMES.get(name, name.lower()), value)


def _attribute(name: str, value: Any) -> str:
    """One attribute with the blank before it; truth values stand alone, as ``hidden`` does."""
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if isinstance(value, dict):
        value = ";".join(f"{_dashed(key)}:{part}" for key, part in value.items())
    return f' {name}="{escape(str(value))}"'


def _dashed(key: str) -> str:
    """``backgroundColor`` as CSS writes it; custom properties (``--x``) as they are."""
    return key if key.startswith("--") else "".join(f"-{c.lower()}" if c.isupper() else c for c in key)
