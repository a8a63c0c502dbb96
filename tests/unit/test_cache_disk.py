"""The disk backend: bytes only, shared between processes, and never a reason for an error."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diskcache
import pytest

from services.cache import Claim, DiskBackend
from services.cache.disk import BytesDisk, PickleRefused


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[DiskBackend]:
    made = DiskBackend(tmp_path / "cache")
    yield made
    made.close()


class Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.path), "w")


def test_bytes_come_back_small_and_large(backend: DiskBackend) -> None:
    for size in (0, 10, 200_000):
        backend.set("key", b"x" * size)
        assert backend.get("key") == b"x" * size
    assert backend.count() == 1
    assert backend.size() > 200_000


def test_what_was_deleted_or_never_there_is_absent(backend: DiskBackend) -> None:
    backend.set("key", b"x")
    backend.delete("key")
    backend.delete("never there")
    assert backend.get("key") is None


def test_the_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    DiskBackend(tmp_path / "open").close()
    assert stat.S_IMODE(os.stat(tmp_path / "open").st_mode) == 0o700


@pytest.mark.parametrize("value", ["text", 1, 1.5, None, True, [b"x"], bytearray(b"x")])
def test_nothing_but_bytes_is_written(tmp_path: Path, value: object) -> None:
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache, pytest.raises(PickleRefused):
        cache.set("key", value)


@pytest.mark.parametrize("key", [None, True, 1, b"key", ("a", "tuple")])
def test_nothing_but_text_is_a_key(tmp_path: Path, key: object) -> None:
    with diskcache.Cache(str(tmp_path), disk=BytesDisk) as cache, pytest.raises(PickleRefused):
        cache.set(key, b"x")


@pytest.mark.parametrize("padding", [0, 100_000])
def test_a_pickle_put_into_the_directory_by_somebody_else_is_never_loaded(tmp_path: Path, padding: int) -> None:
    sprung = tmp_path / "sprung"
    with diskcache.Cache(str(tmp_path / "cache")) as evil:
        evil.set("key", [Trap(sprung), "x" * padding])
    backend = DiskBackend(tmp_path / "cache")
    assert backend.get("key") is None
    assert not sprung.exists()
    backend.set("key", b"good")
    assert backend.get("key") == b"good"
    backend.close()


def test_a_row_that_calls_its_bytes_something_else_is_absent(tmp_path: Path) -> None:
    backend = DiskBackend(tmp_path)
    backend.set("key", pickle.dumps("harmless"))
    backend.close()
    with sqlite3.connect(tmp_path / "cache.db") as database:
        database.execute("UPDATE Cache SET mode = 4")
    database.close()
    assert backend.get("key") is None
    backend.close()


def test_an_entry_cannot_point_out_of_the_directory(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    backend = DiskBackend(tmp_path / "cache")
    backend.set("key", b"x" * 100_000)
    backend.close()
    with sqlite3.connect(tmp_path / "cache" / "cache.db") as database:
        database.execute("UPDATE Cache SET filename = '../secret'")
    database.close()
    assert backend.get("key") is None
    backend.close()


def test_a_missing_value_file_is_absence(backend: DiskBackend, tmp_path: Path) -> None:
    backend.set("key", b"x" * 100_000)
    for path in tmp_path.rglob("*.val"):
        path.unlink()
    assert backend.get("key") is None


def test_a_ruined_database_is_replaced_by_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not ours")
    (tmp_path / "cache.db").write_bytes(b"this is no database " * 100)
    backend = DiskBackend(tmp_path)
    backend.set("key", b"x")
    assert backend.get("key") == b"x"
    assert (tmp_path / "notes.txt").read_text() == "not ours"
    backend.close()


def test_the_least_recently_used_go_first_when_it_is_full(tmp_path: Path) -> None:
    backend = DiskBackend(tmp_path, size_limit=3_000_000)
    backend.set("used", b"x" * 100_000)
    for number in range(60):
        backend.set(f"other {number}", b"x" * 100_000)
        assert backend.get("used") is not None
    assert backend.get("other 0") is None
    assert backend.size() < 4_000_000
    backend.close()


def test_only_one_holds_a_claim_at_a_time(backend: DiskBackend) -> None:
    claim = backend.claim("key", 60)
    assert claim is not None
    assert backend.claim("key", 60) is None
    assert backend.claim("another key", 60) is not None
    backend.release(claim)
    assert backend.claim("key", 60) is not None


def test_a_claim_that_was_passed_on_is_not_released_by_its_old_holder(backend: DiskBackend) -> None:
    backend.claim("key", 60)
    backend.release(Claim("key", "somebody else"))
    assert backend.claim("key", 60) is None


def test_a_claim_ends_by_itself(backend: DiskBackend) -> None:
    assert backend.claim("key", 0) is not None
    assert backend.claim("key", 60) is not None


def test_the_claim_of_a_killed_process_blocks_nobody(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from services.cache import DiskBackend\n"
        "assert DiskBackend(pathlib.Path(sys.argv[1])).claim('key', 3600)\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    backend = DiskBackend(tmp_path)
    assert backend.claim("key", 60) is not None
    assert backend.claim("key", 60) is None
    backend.close()
