"""Who may import whom: the rooms of the house, read from the source. `make check` runs this file too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("services", "components", "pages")
FIGURES_MAY = {"plotly", "numpy", "pandas", "components.figures", "components.theme"}

Rule = Callable[[str, str], bool]
"""Whether a module may import another; both by full name."""


def within(name: str, *packages: str) -> bool:
    """Whether module `name` is one of `packages` or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def imported(source: str, module: str) -> Iterator[str]:
    """Full names that the source of `module` imports, inside functions too, relative ones resolved."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*module.split(".")[: -node.level], *([base] if base else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module_name(path: Path) -> str:
    """Dotted name of a file of the project."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def every_import() -> list[tuple[str, str]]:
    """Pairs (module, what it imports) of the whole house, app.py included."""
    files = [ROOT / "app.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return [(module_name(path), name) for path in files for name in imported(path.read_text(), module_name(path))]


def _figures(module: str, name: str) -> bool:
    standard = name.split(".")[0] in sys.stdlib_module_names
    return not within(module, "components.figures") or standard or within(name, *FIGURES_MAY)


def _pages(module: str, name: str) -> bool:
    if not within(module, "pages") or not within(name, "pages"):
        return True
    return name.removeprefix("pages.").startswith("_")


DRAWING = ("dash", "dash_ag_grid", "plotly", "components", "pages", "app")

RULES: dict[str, Rule] = {
    "services never import Dash, Plotly, components or pages": lambda module, name: (
        not (within(module, "services") and within(name, *DRAWING))
    ),
    "only services/fink imports requests": lambda module, name: (
        within(module, "services.fink") or not within(name, "requests")
    ),
    "the local Fink never imports the client": lambda module, name: (
        not (within(module, "services.local_fink") and within(name, "services.fink"))
    ),
    "components never import services or pages": lambda module, name: (
        not (within(module, "components") and within(name, "services", "pages", "app"))
    ),
    "figures and the theme never import Dash": lambda module, name: (
        not (within(module, "components.figures", "components.theme") and within(name, "dash", "dash_ag_grid"))
    ),
    "figures import plotly, numpy, pandas, other figures and the theme only": _figures,
    "pages never import pages, only their private helpers": _pages,
    "nobody imports app": lambda module, name: not within(name, "app"),
}


@pytest.mark.parametrize("words", RULES)
def test_the_house_keeps_its_import_rule(words):
    broken = [f"{module} imports {name}" for module, name in every_import() if not RULES[words](module, name)]
    assert not broken, f"{words}, but " + "; ".join(broken)


def test_the_rules_are_read_over_the_whole_house():
    modules = {module for module, _ in every_import()}
    assert {"app", "pages.night", "components.panel", "services.fink.client"} <= modules


@pytest.mark.parametrize(
    ("words", "module", "source"),
    [
        ("services never import Dash, Plotly, components or pages", "services.x", "from dash import html"),
        (
            "services never import Dash, Plotly, components or pages",
            "services.x",
            "from components import panel",
        ),
        ("only services/fink imports requests", "services.cutouts", "def f():\n    import requests"),
        ("the local Fink never imports the client", "services.local_fink.api", "from services import fink"),
        ("the local Fink never imports the client", "services.local_fink.api", "from ..fink.client import X"),
        ("components never import services or pages", "components.x", "import services.nights as n"),
        ("figures and the theme never import Dash", "components.theme", "import dash.dcc"),
        (
            "figures import plotly, numpy, pandas, other figures and the theme only",
            "components.figures.x",
            "from components.parts import icon",
        ),
        ("pages never import pages, only their private helpers", "pages.object", "from pages import night"),
        ("nobody imports app", "pages.status", "from app import create_app"),
    ],
)
def test_a_rule_notices_when_it_is_broken(words, module, source):
    assert not all(RULES[words](module, name) for name in imported(source, module))


def test_names_that_only_begin_alike_are_not_confused():
    assert RULES["pages never import pages, only their private helpers"]("pages.object", "pages._slots.theme")
    assert RULES["only services/fink imports requests"]("services.x", "requests_of_mine")
    assert RULES["the local Fink never imports the client"]("services.local_fink.api", "services.fink_names")
