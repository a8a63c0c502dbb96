"""The sample sky as it is built by default: made once for all tests of a run, because it takes seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.local_fink.simulate import simulate

_made: list[Path] = []


def sample_sky(factory: pytest.TempPathFactory) -> Path:
    """Folder of the sample sky; nobody writes into it."""
    if not _made:
        folder = factory.mktemp("sample") / "sky"
        simulate(folder)
        _made.append(folder)
    return _made[0]
