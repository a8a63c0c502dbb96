"""The documentation names only what exists: options, addresses, commands, files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.settings import OPTIONS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

ADDRESS = re.compile(r"`(/[^`\s]*)`")


def routes() -> list[str]:
    """Every route that pages and files declare, as written there: ``/object/<object_id>``."""
    declared = re.compile(r"""(?:path=|path_template=|blueprint\.(?:get|post)\()"(/[^"]*)\"""")
    return [route for path in sorted((ROOT / "pages").glob("*.py")) for route in declared.findall(path.read_text())]


def serves(route: str, address: str) -> bool:
    """Whether a route answers an address; the query does not matter."""
    pattern = re.sub(r"<[^>]+>", "[^/]+", re.sub(r"([.+])", r"\\\1", route))
    return re.fullmatch(pattern, address.split("?")[0]) is not None


def targets() -> set[str]:
    """Targets of the Makefile that a person types."""
    return set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))


def test_every_option_is_one_row_of_the_readme_with_its_variable_and_default():
    rows = {row.split("|")[1].strip(): row for row in README.splitlines() if row.startswith("| `--")}
    assert list(rows) == [f"`{option.flag}`" for option in OPTIONS]
    for option in OPTIONS:
        default = option.default_text({"HOME": "~", "XDG_CACHE_HOME": "~/.cache"})
        assert f"| `{option.variable}` | `{default}`" in rows[f"`{option.flag}`"]


def test_the_readme_names_no_option_that_does_not_exist():
    assert set(re.findall(r"ODDFINCH_[A-Z_]+", README)) == {option.variable for option in OPTIONS}
    assert set(re.findall(r"`(--[a-z-]+)`", README)) == {option.flag for option in OPTIONS}


def test_every_address_in_the_readme_is_served():
    addresses = ADDRESS.findall(README)
    assert {"/", "/status", "/healthz"} <= set(addresses)
    assert [a for a in addresses if not any(serves(route, a) for route in routes())] == []


def test_every_page_is_in_the_readme():
    pages = [route for route in routes() if route.count("/") == 1 and "." not in route]
    assert "/search" in pages
    assert [p for p in pages if not any(serves(p, address) for address in ADDRESS.findall(README))] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(path):
    named = re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), flags=re.MULTILINE)
    assert set(named) <= targets()


def test_the_commands_of_the_help_exist():
    named = re.findall(r'echo "make ([a-z]+) ', MAKEFILE)
    assert {"install", "run", "test", "check", "bench"} <= set(named) <= targets()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_linked_exists(path):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", path.read_text()) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_file_of_the_folder_map_exists():
    named = re.findall(r"^((?:[a-z_]+/)*(?:[a-z_]+(?:\.py|/))) ", README, flags=re.MULTILINE)
    assert {"app.py", "pages/", "services/local_fink/"} <= set(named)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_decision_says_its_date_as_its_file_does():
    for path in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        title = path.read_text().splitlines()[0]
        assert title.startswith("# ")
        assert title.endswith(f"({path.name[:10]})")


def test_the_readme_names_every_dependency_with_a_licence():
    pins = re.findall(r'^    "([a-z0-9-]+)==', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    licences = README[README.index("## Licences") :]
    assert len(pins) > 10
    assert [name for name in pins if name not in licences] == []
