"""One local Fink over invented packets, and one warm Oddfinch on it, for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # a whole Oddfinch takes two seconds to import, and most files of tests need none
    from tests.house import World


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A local Fink over `tests.house.packets`; the app exists too, because panels are declared by importing pages."""
    from tests.house import application, the_app

    the_app()
    return application(tmp_path_factory.mktemp("archive"))


@pytest.fixture
def world(tmp_path: Path, archive: Any) -> Iterator[World]:
    """Nothing fetched yet, not even the index."""
    from tests.house import World

    made = World(tmp_path, archive)
    yield made
    made.close()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, archive: Any) -> Iterator[World]:
    """Everything fetched; tests must not change it."""
    from tests.house import CANDIDS, ODD, PLAIN, SILENT, World

    made = World(tmp_path_factory.mktemp("warm"), archive).filled()
    for object_id in (ODD, SILENT):
        made.warm(object_id, CANDIDS[object_id])
    made.warm(PLAIN)
    yield made
    made.close()
