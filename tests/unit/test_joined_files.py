"""Oddfinch's own scripts and sheets come as one file each, and nothing of them is lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.joined_files import ASSETS, Kind, joined, with_joined
from tests.house import World

INDEX = """<head>
<link rel="stylesheet" href="/assets/a.css?m=1.5">
<link rel="stylesheet" href="/assets/b.css?m=2">
<link rel="stylesheet" href="https://elsewhere.org/c.css">
</head>
<script src="/_dash-component-suites/dash/deps/react.js"></script>
<script src="/assets/a.js?m=1.5"></script>
<script src="/assets/b.js?m=2"></script>
<script src="/assets/vendor/plotly.js?m=3"></script>
<script src="/renderer.js"></script>"""


def tags(html: str) -> list[str]:
    return [re.sub(r"m=\w{16}$", "m=X", tag) for tag in re.findall(r'(?:src|href)="([^"]*)"', html)]


def test_one_tag_stands_where_the_first_of_ours_stood_and_other_makers_files_stay() -> None:
    assert tags(with_joined(INDEX)) == [
        "/assets/oddfinch.css?m=X",
        "https://elsewhere.org/c.css",
        "/_dash-component-suites/dash/deps/react.js",
        "/assets/oddfinch.js?m=X",
        "/assets/vendor/plotly.js?m=3",
        "/renderer.js",
    ]


def test_an_edited_file_changes_the_address_of_its_kind_alone() -> None:
    script = re.compile(r"oddfinch\.js\?m=(\w+)")
    sheet = re.compile(r"oddfinch\.css\?m=(\w+)")
    before, after = with_joined(INDEX), with_joined(INDEX.replace("b.js?m=2", "b.js?m=7"))
    assert script.findall(before) != script.findall(after)
    assert sheet.findall(before) == sheet.findall(after)


def test_a_page_without_files_of_ours_stays_as_it_is() -> None:
    assert with_joined("<p>nothing</p>") == "<p>nothing</p>"


@pytest.mark.parametrize("kind", ["js", "css"])
def test_the_page_names_one_file_of_ours_and_it_holds_all_of_them(warm: World, kind: Kind) -> None:
    client = warm.client()
    (address,) = re.findall(rf'"(/assets/[^"/]+\.{kind}[^"]*)"', client.get("/").text)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.text == joined(kind)
    for path in Path(ASSETS).glob(f"*.{kind}"):
        assert path.read_text() in answer.text
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
