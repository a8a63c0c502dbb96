"""A backend on `diskcache`, used as a store of bytes and nothing else.

diskcache pickles whatever it does not know, and unpickling runs code: whoever could write the directory could
run code here (CVE-2025-69872). So `BytesDisk` refuses pickle when writing *and* when reading, and the
directory is for its owner.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diskcache
from diskcache.core import MODE_BINARY, MODE_RAW

from services.cache.backend import Claim

log = logging.getLogger(__name__)

#: Evicts the least recently used entries beyond this.
SIZE_LIMIT = 4 * 1024**3
#: Seconds to wait for another process's write before doing without the cache.
LOCK_WAIT = 5.0

_TROUBLE = (sqlite3.Error, diskcache.Timeout, OSError, ValueError)
_HOST = socket.gethostname()


class PickleRefused(ValueError):
    """Something other than bytes under a text key was about to be written or read."""


class BytesDisk(diskcache.Disk):
    """Text keys and bytes values only, in both directions."""

    def put(self, key: Any) -> tuple[Any, bool]:
        if type(key) is not str:
            raise PickleRefused("keys are text")
        return super().put(key)

    def get(self, key: Any, raw: Any) -> Any:
        if not raw:
            raise PickleRefused("the key is a pickle")
        return super().get(key, raw)

    def store(self, value: Any, read: bool, key: Any = diskcache.UNKNOWN) -> Any:
        if type(value) is not bytes or read:
            raise PickleRefused("values are bytes")
        return super().store(value, read, key=key)

    def fetch(self, mode: int, filename: Any, value: Any, read: bool) -> bytes:
        if mode not in (MODE_RAW, MODE_BINARY) or (mode == MODE_BINARY and not _is_inside(filename)):
            raise PickleRefused("the value is not plain bytes")
        found = super().fetch(mode, filename, value, read)
        if type(found) is not bytes:
            raise PickleRefused("the value is not plain bytes")
        return found


def _is_inside(filename: object) -> bool:
    """True for the relative names that diskcache itself gives; no entry can point out of its directory."""
    return isinstance(filename, str) and not os.path.isabs(filename) and ".." not in Path(filename).parts


class DiskBackend:
    """Bytes in a directory, shared by all processes of this machine that are given the same one.

    Parameters
    ----------
    directory
        Made with mode 0700 if absent; an existing one is narrowed to it.
    size_limit
        Bytes; beyond it the least recently used entries go.

    Raises
    ------
    OSError
        When the directory cannot be made, read or written.
    """

    def __init__(self, directory: Path, *, size_limit: int = SIZE_LIMIT) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._directory = directory
        self._cache = _open(directory, size_limit)

    def get(self, key: str) -> bytes | None:
        with _quietly("read", key):
            return self._cache.get(key)
        # A row that cannot be read would stay in the way: `set` replaces it, and until then it counts as
        # absent.
        return None

    def set(self, key: str, value: bytes, keep_seconds: float | None = None) -> None:
        with _quietly("write", key):
            self._cache.set(key, value, expire=keep_seconds)

    def delete(self, key: str) -> None:
        with _quietly("delete", key):
            self._cache.delete(key)

    def claim(self, key: str, seconds: float) -> Claim | None:
        name, token = _claim_name(key), f"{_HOST} {os.getpid()} {uuid.uuid4().hex}"
        claim = Claim(key, token)
        with _quietly("claim", key):
            if self._cache.add(name, token.encode(), expire=seconds):
                return claim
            if _is_dead(self.get(name)):
                return self._take_over(claim, seconds)
            return None
        # Without a working store nobody can be coordinated with, and nobody must wait either.
        return claim

    def _take_over(self, claim: Claim, seconds: float) -> Claim | None:
        name = _claim_name(claim.key)
        with self._cache.transact():
            if not _is_dead(self.get(name)):
                return None
            self._cache.set(name, claim.token.encode(), expire=seconds)
        return claim

    def release(self, claim: Claim) -> None:
        name = _claim_name(claim.key)
        with _quietly("release", claim.key), self._cache.transact():
            if self.get(name) == claim.token.encode():
                self._cache.delete(name)

    def count(self) -> int:
        with _quietly("count", ""):
            return len(self._cache)
        return 0

    def size(self) -> int:
        with _quietly("measure", ""):
            return int(self._cache.volume())
        return 0

    def close(self) -> None:
        self._cache.close()


def _open(directory: Path, size_limit: int) -> diskcache.Cache:
    try:
        return _open_once(directory, size_limit)
    except sqlite3.OperationalError as error:
        raise OSError(f"{directory} cannot hold a cache: {error}") from error
    except sqlite3.DatabaseError as error:
        # Nothing in a cache is worth more than starting.
        log.warning("The cache's database was damaged (%s); starting an empty one.", error)
        _empty(directory)
        return _open_once(directory, size_limit)


def _open_once(directory: Path, size_limit: int) -> diskcache.Cache:
    return diskcache.Cache(
        str(directory),
        timeout=LOCK_WAIT,
        disk=BytesDisk,
        size_limit=size_limit,
        eviction_policy="least-recently-used",
    )


def _empty(directory: Path) -> None:
    """Remove the database and the two-letter folders of values, and nothing else in the directory."""
    for path in directory.glob("cache.db*"):
        path.unlink(missing_ok=True)
    for path in directory.glob("[0-9a-f][0-9a-f]"):
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _quietly(verb: str, key: str) -> Iterator[None]:
    """The store's own trouble is a line in the log, never an exception on a screen."""
    try:
        yield
    except _TROUBLE as error:
        log.warning("The cache could not %s %s: %s", verb, key, error)


def _claim_name(key: str) -> str:
    return f"claim\x1f{key}"


def _is_dead(holder: bytes | None) -> bool:
    """True when a claim's holder was a process of this machine and has ended; False when not known."""
    parts = (holder or b"").decode(errors="replace").split(" ")
    if len(parts) != 3 or parts[0] != _HOST or not parts[1].isdigit():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
