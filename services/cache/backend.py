"""The small interface that a place to keep bytes has to offer. `DiskBackend` is the one there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Claim:
    """The right to fetch one key, held by one caller among all threads and processes."""

    key: str
    token: str


class Backend(Protocol):
    """Keeps bytes under text keys, shared by threads and processes.

    No method raises for trouble of its own (disk full, damaged file): what cannot be read counts as absent
    and what cannot be written is not kept, because a cache must never be the reason that a page shows an
    error.
    """

    def get(self, key: str) -> bytes | None:
        """What is kept under a key, or None."""

    def set(self, key: str, value: bytes, keep_seconds: float | None = None) -> None:
        """Keep ``value``; after ``keep_seconds`` it is as if absent (None: until evicted)."""

    def delete(self, key: str) -> None:
        """Forget a key; unknown ones are fine."""

    def claim(self, key: str, seconds: float) -> Claim | None:
        """Take the right to fetch ``key``, or None while somebody else has it.

        It ends by `release`, after ``seconds``, or with the process that holds it, whichever comes first.
        """

    def release(self, claim: Claim) -> None:
        """Give a claim back; one that has passed to somebody else is left alone."""

    def count(self) -> int:
        """Number of things kept."""

    def size(self) -> int:
        """Bytes taken."""

    def close(self) -> None:
        """Let go of files and connections; the backend opens them again when it is used again."""
