"""Oddfinch's own scripts and style sheets as one file each: a browser has six connections, and forty small files wait.

Dash puts a tag for every file of the assets folder on the page; `with_joined` puts one in the place of them all, and
`joined` is what it names. The files keep their order, so nothing else changes.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal

ASSETS = Path(__file__).parents[1] / "assets"
Kind = Literal["js", "css"]

_TAGS = {
    "js": re.compile(r'\s*<script src="(/assets/)[^"/]+\.js\?m=[^"]+"></script>'),
    "css": re.compile(r'\s*<link rel="stylesheet" href="(/assets/)[^"/]+\.css\?m=[^"]+">'),
}
_TAG = {
    "js": '\n<script src="{}oddfinch.js?m={}"></script>',
    "css": '\n<link rel="stylesheet" href="{}oddfinch.css?m={}">',
}


def with_joined(index: str) -> str:
    """HTML of the first page with one script and one style sheet of ours; files of other makers stay as they are."""
    for kind, tags in _TAGS.items():
        found = list(tags.finditer(index))
        if found:
            version = hashlib.sha256("".join(tag[0] for tag in found).encode()).hexdigest()[:16]
            rest = tags.sub("", index[found[0].end() :])
            index = index[: found[0].start()] + _TAG[kind].format(found[0][1], version) + rest
    return index


def joined(kind: Kind) -> str:
    """All own files of a kind, one after the other, in Dash's order; each says its name."""
    gap = "\n;\n" if kind == "js" else "\n"
    return gap.join(f"/* {path.name} */\n{path.read_text()}" for path in sorted(ASSETS.glob(f"*.{kind}")))
