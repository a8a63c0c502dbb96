"""One kept answer as bytes: a checked header and a compressed payload.

Layout, little endian: 4 bytes magic with the version of this layout, uint32 length of the header, uint32
CRC-32 of the header, the header (JSON), the payload (Zstandard). Whatever does not add up is `Damaged`.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from services.cache.lifetimes import Lifetime

MAGIC = b"ODF1"
_PREFIX = struct.Struct("<4sII")
_CODEC = "zstd"
#: Nothing that Oddfinch keeps comes near this (bytes); a damaged length must not ask for all memory.
_LARGEST = 2 * 1024**3


class Damaged(ValueError):
    """The bytes are not a whole entry of this layout."""


@dataclass(frozen=True)
class Key:
    """What an answer is kept under; the source is part of it, so rows of two sources never mix."""

    source: str
    name: str

    @property
    def text(self) -> str:
        """The key as the backend sees it."""
        return f"{self.source}\x1f{self.name}"


@dataclass(frozen=True)
class Fetched:
    """What a source just gave.

    Attributes
    ----------
    payload
        The bytes to keep.
    empty
        True when the source answered that there is nothing: kept, but only fresh for ``empty_fresh_seconds``.
    lifetime
        Replaces the lifetime asked for, when only the answer shows how long it is good for.
    """

    payload: bytes
    empty: bool = False
    lifetime: Lifetime | None = None


@dataclass(frozen=True)
class Entry:
    """One kept answer; times are seconds since 1970 (UTC), ``keep_until`` None is for ever."""

    payload: bytes
    fetched: float
    fresh_until: float
    keep_until: float | None
    source: str
    empty: bool = False

    @classmethod
    def of(cls, fetched: Fetched, lifetime: Lifetime, source: str, now: float) -> Entry:
        """The entry for what was fetched just now."""
        lives = fetched.lifetime or lifetime
        fresh = lives.empty_fresh_seconds if fetched.empty else lives.fresh_seconds
        keep_until = None if lives.keep_seconds is None else now + lives.keep_seconds
        return cls(fetched.payload, now, now + fresh, keep_until, source, fetched.empty)

    @property
    def fetched_at(self) -> datetime:
        """When the source gave it (UTC, aware)."""
        return datetime.fromtimestamp(self.fetched, UTC)

    def is_fresh(self, now: float) -> bool:
        """True while it needs no refresh."""
        return now < self.fresh_until

    def is_kept(self, now: float) -> bool:
        """True while it may be served at all."""
        return self.keep_until is None or now < self.keep_until


def pack(entry: Entry) -> bytes:
    """An entry as bytes."""
    body = pa.compress(entry.payload, codec=_CODEC, asbytes=True) if entry.payload else b""
    facts = asdict(entry)
    facts["payload"] = {"length": len(entry.payload), "crc": zlib.crc32(body), "codec": _CODEC}
    header = json.dumps(facts).encode()
    return _PREFIX.pack(MAGIC, len(header), zlib.crc32(header)) + header + body


def unpack(data: bytes) -> Entry:
    """The entry that `pack` wrote.

    Raises
    ------
    Damaged
        When the bytes are cut, changed, or of another layout.
    """
    facts, body = _split(data)
    try:
        about = facts.pop("payload")
        entry = Entry(payload=_payload(body, about), **facts)
        _check_times(entry)
    except (KeyError, TypeError, AttributeError, pa.ArrowException, OSError) as error:
        raise Damaged(f"unreadable entry: {error}") from error
    return entry


def _split(data: bytes) -> tuple[dict[str, Any], bytes]:
    if len(data) < _PREFIX.size:
        raise Damaged("too short")
    magic, length, crc = _PREFIX.unpack_from(data)
    header = data[_PREFIX.size : _PREFIX.size + length]
    if magic != MAGIC or len(header) != length or zlib.crc32(header) != crc:
        raise Damaged("the header does not add up")
    facts = json.loads(header)
    if not isinstance(facts, dict):
        raise Damaged("the header is not a record")
    return facts, data[_PREFIX.size + length :]


def _payload(body: bytes, about: dict[str, Any]) -> bytes:
    length = about["length"]
    if about["codec"] != _CODEC or zlib.crc32(body) != about["crc"] or not 0 <= length <= _LARGEST:
        raise Damaged("the payload does not add up")
    if not length:
        return b""
    payload: bytes = pa.decompress(body, decompressed_size=length, codec=_CODEC, asbytes=True)
    if len(payload) != length:
        raise Damaged("the payload is cut")
    return payload


def _check_times(entry: Entry) -> None:
    times = (entry.fetched, entry.fresh_until, 0.0 if entry.keep_until is None else entry.keep_until)
    if not all(isinstance(time, (int, float)) for time in times):
        raise Damaged("the header has no times")
