"""The wiring of a source: what is simulated says so, whatever it is called."""

import json
from pathlib import Path

import pytest

from services.errors import SettingsError
from services.house import build_house
from services.local_fink.sky.mark import MARK
from services.settings import load_settings
from tests.packets import packet, write_parquet

SCORED = packet("ZTF00aaaaaaa", 2460000.8, score=-0.4)


def settings(source: Path, cache: Path):
    return load_settings(["--source", str(source), "--cache-dir", str(cache)], {})


def test_packets_from_a_telescope_are_an_archive(tmp_path):
    write_parquet(tmp_path / "alerts.parquet", [SCORED])
    house = build_house(settings(tmp_path / "alerts.parquet", tmp_path / "cache"))
    assert (house.source.kind, house.source.simulated) == ("archive", False)
    assert house.source.key.startswith("archive:")


def test_a_folder_with_the_mark_of_a_simulation_is_never_taken_for_an_archive(tmp_path):
    folder = tmp_path / "sky"
    folder.mkdir()
    write_parquet(folder / "alerts.parquet", [SCORED])
    (folder / MARK).write_text(json.dumps({"simulated": True, "version": 1}))
    house = build_house(settings(folder, tmp_path / "cache"))
    assert (house.source.kind, house.source.simulated) == ("simulated", True)
    assert house.source.key.startswith("simulated:")


def test_a_cache_folder_that_cannot_be_used_is_one_line(tmp_path):
    write_parquet(tmp_path / "alerts.parquet", [SCORED])
    blocked = tmp_path / "cache"
    blocked.mkdir()
    (blocked / "answers").write_text("a file where a folder belongs")
    with pytest.raises(SettingsError, match="--cache-dir"):
        build_house(settings(tmp_path / "alerts.parquet", blocked))
