"""The design tokens of `assets/tokens.css`, for what cannot read CSS: figures and sparklines.

The style sheet is the only place where a colour is written down; this module parses it once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

THEMES = ("light", "dark", "beamer")
TOKENS_CSS = Path(__file__).parents[1] / "assets" / "tokens.css"
FONT = (
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", Ubuntu, Cantarell, '
    '"DejaVu Sans Condensed", system-ui, sans-serif'
)
BAND_SYMBOL = MappingProxyType({"g": "circle", "r": "square", "i": "diamond"})
BAND_SYMBOL_OPEN = MappingProxyType({"g": "circle-open", "r": "square-open", "i": "diamond-open"})
BAND_SYMBOL_LOW_QUALITY = MappingProxyType({"g": "x-thin", "r": "cross-thin", "i": "asterisk"})
BAND_SYMBOL_LIMIT = MappingProxyType({"g": "triangle-down-open", "r": "arrow-bar-down-open", "i": "y-down"})


@cache
def tokens(theme: str = "light") -> Mapping[str, str]:
    """CSS custom properties of one theme, by name without the dashes; colours and sizes as written.

    Parameters
    ----------
    theme
        ``light``, ``dark`` or ``beamer``; anything else counts as ``light``.
    """
    css = TOKENS_CSS.read_text()
    values = dict(re.findall(r"--([\w-]+):([^;]+);", css.split("[data-theme", 1)[0]))
    block = re.search(rf"\[data-theme={re.escape(theme)}\]\{{(.*?)\}}", css, re.DOTALL)
    if block:
        values.update(re.findall(r"--([\w-]+):([^;]+);", block[1]))
    return MappingProxyType(values)


def paint(figure: dict[str, Any], theme: str = "light") -> dict[str, Any]:
    """Replace ``"@token"`` strings in a figure by the theme's colours, in place, and remember where they were.

    The places go into ``layout.meta.tokens`` as ``[[path, token], ...]``, so that the browser can repaint the figure
    when the theme changes, without asking the server.

    Returns
    -------
    dict
        The same figure.
    """
    values = tokens(theme)
    places: list[list[Any]] = []

    def walk(node: Any, path: list[Any]) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            kind = type(value)  # most values are numbers, by the thousand
            if kind is str:
                if value.startswith("@"):
                    places.append([[*path, key], value[1:]])
            elif kind is dict or kind is list:
                walk(value, [*path, key])

    walk(figure, [])
    for path, token in places:
        node: Any = figure
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = values[token]
    figure.setdefault("layout", {})["meta"] = {"tokens": places}
    return figure
