"""The mirror as one Parquet file: whole or not there, whoever writes it and whatever interrupts that."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from services.tns.parse import SCHEMA

try:
    import fcntl
except ImportError:  # no POSIX: several processes may then fetch at once, and the last one wins
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

LAYOUT = b"1"
"""Goes up when `SCHEMA` changes: a mirror of another layout is fetched again."""

_LAYOUT, _SOURCE, _FETCHED, _ROWS = (f"oddfinch:{name}".encode() for name in ("layout", "source", "fetched", "rows"))


@dataclass(frozen=True)
class Kept:
    """What is on disk: rows with `services.tns.parse.SCHEMA`, and when they were fetched (seconds since 1970)."""

    rows: pa.Table
    fetched: float


class MirrorFile:
    """The file of one source's mirror, shared by all processes with the same cache folder.

    Parameters
    ----------
    folder
        For the mirrors of all sources; made when first written.
    source
        Key of the source.
    """

    def __init__(self, folder: Path, source: str) -> None:
        self._source = source.encode()
        self.folder = folder / hashlib.sha256(self._source).hexdigest()[:16]
        self.path = self.folder / "mirror.parquet"

    def stamp(self) -> tuple[int, int] | None:
        """What changes whenever the file is replaced; None without one."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def load(self) -> Kept | None:
        """What is kept; None without anything. A file that is damaged or of another layout is dropped."""
        if not self.path.exists():
            return None
        try:
            # Every page of the file has a checksum: a mirror with a hole must not say that an object is unreported.
            rows = pq.read_table(self.path, page_checksum_verification=True, memory_map=False)
            return self._checked(rows)
        except (pa.ArrowException, OSError, ValueError) as error:
            log.warning("Dropped an unreadable TNS mirror (%s): %s", self.path, error)
            with contextlib.suppress(OSError):
                self.path.unlink()
            return None

    def _checked(self, rows: pa.Table) -> Kept:
        facts = rows.schema.metadata or {}
        if facts.get(_LAYOUT) != LAYOUT or facts.get(_SOURCE) != self._source:
            raise ValueError("it is of another layout or source")
        plain = rows.replace_schema_metadata(None).cast(SCHEMA)
        if plain.num_rows != int(facts.get(_ROWS, b"-1")):
            raise ValueError("rows are missing")
        return Kept(plain, float(facts[_FETCHED]))

    def save(self, kept: Kept) -> None:
        """Put a new mirror in place of the old one, at once and whole.

        Raises
        ------
        OSError
            When the folder cannot be written; the old mirror is then still there.
        """
        self._make_folder()
        part = self.folder / f"{uuid.uuid4().hex}.part"
        facts = {_LAYOUT: LAYOUT, _SOURCE: self._source, _FETCHED: repr(kept.fetched), _ROWS: str(kept.rows.num_rows)}
        try:
            with part.open("wb") as file:
                table = kept.rows.replace_schema_metadata(facts)
                pq.write_table(table, file, compression="zstd", write_page_checksum=True, store_schema=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path)
        finally:
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def claimed(self) -> Iterator[bool]:
        """Hold the right to fetch; yields False while another process, or another part of this one, has it.

        The system takes it back from a process that dies.
        """
        lock = self._lock()
        try:
            yield lock is not None
        finally:
            if lock is not None and lock >= 0:
                os.close(lock)

    def _lock(self) -> int | None:
        """A descriptor that holds the lock; None when somebody else does, -1 where there are no locks."""
        if fcntl is None:
            return -1
        try:
            self._make_folder()
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return -1  # saving will say what is wrong with the folder
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:  # a file system without locks
            pass
        self._sweep()
        return descriptor

    def _sweep(self) -> None:
        """Drop what a process left behind that was stopped while it wrote."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
