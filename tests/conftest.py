"""What holds for all tests: a unit test opens no socket, and a property is tried with a bounded number of examples."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

UNIT = Path(__file__).parent / "unit"

# No deadline: a busy machine is no defect. `HYPOTHESIS_PROFILE=thorough make test` takes its time.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Block sockets in tests/unit; a test that needs one carries `enable_socket` and lives elsewhere."""
    for item in items:
        if item.path.is_relative_to(UNIT):
            item.add_marker(pytest.mark.disable_socket)
