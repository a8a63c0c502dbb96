"""The mark that tells a simulated sky from an archive; apart from the simulation, which takes seconds to import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MARK = "simulated.json"


def mark_of(folder: Path) -> dict[str, Any] | None:
    """The mark of a simulated sky, None for any other folder."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return mark if isinstance(mark, dict) and mark.get("simulated") is True else None
