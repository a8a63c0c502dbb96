"""Tables of an archive that are kept for the next start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from services.errors import SettingsError
from services.local_fink import Store, create_app
from services.local_fink.kept import MOST, TABLES
from tests.packets import detection, packet, upper_limit, write_avro, write_parquet
from tests.served import ask

JD = 2460000.75
OBJECT = "ZTF00aaaaaaa"


def _packets(n: int = 1) -> list[dict[str, Any]]:
    history = [upper_limit(JD - 3), detection(JD - 1)]
    return [packet(OBJECT, JD + 2 * night, history=history, score=-0.1, stamps=(5, 5)) for night in range(n)]


@contextmanager
def _served(path: Path, keep_in: Path | None) -> Iterator[Any]:
    app = create_app([path], keep_in)
    yield app.test_client()
    app.extensions["local_fink"].close()


def _answers(path: Path, keep_in: Path | None) -> list[Any]:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("objects", {"objectId": OBJECT, "withupperlim": "True"}),
        ("anomaly", {"n": 10}),
        ("latests", {"class": "Unknown"}),
        ("cutouts", {"objectId": OBJECT, "kind": "All", "output_format": "array"}),
    ]
    with _served(path, keep_in) as client:
        return [ask(client, route, **payload) for route, payload in asked]


@pytest.mark.parametrize("write", [write_parquet, write_avro])
def test_kept_tables_give_the_answers_of_new_ones(tmp_path: Path, write: Any) -> None:
    file = write(tmp_path / f"night.{write.__name__[6:]}", _packets(3))
    unkept = _answers(file, None)
    assert [_answers(file, tmp_path / "kept") for _ in range(2)] == [unkept] * 2
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_kept_tables_are_not_made_again(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "night.parquet", _packets())
    Store([file], tmp_path / "kept").close()
    (folder,) = (tmp_path / "kept").iterdir()
    made = (folder / TABLES).stat().st_mtime_ns
    Store([file], tmp_path / "kept").close()
    assert (folder / TABLES).stat().st_mtime_ns == made


def test_a_file_that_was_rewritten_has_new_tables(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "night.parquet", _packets())
    Store([file], tmp_path / "kept").close()
    write_parquet(file, _packets(2))
    with _served(file, tmp_path / "kept") as client:
        assert len(ask(client, "anomaly")) == 2


def test_files_of_one_name_in_two_folders_are_two_archives(tmp_path: Path) -> None:
    for n, folder in enumerate("ab", start=1):
        (tmp_path / folder).mkdir()
        file = write_parquet(tmp_path / folder / "night.parquet", _packets(1))
        os.utime(file, (1, 1))
        Store([file], tmp_path / "kept").close()
        assert len(list((tmp_path / "kept").iterdir())) == n


def test_damaged_tables_are_made_again(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "night.parquet", _packets())
    Store([file], tmp_path / "kept").close()
    (folder,) = (tmp_path / "kept").iterdir()
    (folder / TABLES).write_bytes(b"hello")
    with _served(file, tmp_path / "kept") as client:
        assert len(ask(client, "anomaly")) == 1


def test_an_archive_that_cannot_be_read_leaves_nothing_kept(tmp_path: Path) -> None:
    good = write_parquet(tmp_path / "night.parquet", _packets()).read_bytes()
    (tmp_path / "night.parquet").write_bytes(good[:-100])
    with pytest.raises(SettingsError):
        Store([tmp_path / "night.parquet"], tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


def test_where_nothing_can_be_kept_the_archive_is_served_all_the_same(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "night.parquet", _packets())
    (tmp_path / "kept").write_text("a file where the folder would be")
    with _served(file, tmp_path / "kept") as client:
        assert len(ask(client, "anomaly")) == 1


def test_the_archives_used_last_are_kept(tmp_path: Path) -> None:
    for n in range(MOST + 2):
        file = write_parquet(tmp_path / f"{n}.parquet", _packets(1 + n))
        Store([file], tmp_path / "kept").close()
        for age, folder in enumerate(sorted((tmp_path / "kept").iterdir(), key=lambda f: f.stat().st_mtime)[::-1]):
            os.utime(folder, (1e9 - age, 1e9 - age))
    found = [duckdb.connect(str(folder / TABLES), read_only=True) for folder in (tmp_path / "kept").iterdir()]
    counts = {database.execute("SELECT count(*) FROM packets").fetchall()[0][0] for database in found}
    for database in found:
        database.close()
    assert counts == {3 + n for n in range(MOST)}


def test_many_may_make_and_use_the_same_tables_at_once(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "night.parquet", _packets())
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: Store([file], tmp_path / "kept"), range(4)))
    assert [len(store.chosen_anomalies("", "~", 10)) for store in stores] == [1] * 4
    for store in stores:
        store.close()
    assert len(list((tmp_path / "kept").iterdir())) == 1
