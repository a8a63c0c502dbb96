"""Notes of refreshes that failed: so that nobody asks again at once, and so that pages can say what is wrong.

A note is never an answer: it is kept beside the value, under a name of its own, and only says when and how it
failed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.cache.backend import Backend
from services.cache.entry import Key
from services.errors import Garbled, NoAnswer, NotFound, Rejected, ServerFailed, SourceError, Unavailable

#: A note outlives any outage that somebody would still be looking at; a success removes it earlier.
KEEP_SECONDS = 86400.0

_KINDS: dict[str, type[SourceError]] = {
    kind.__name__: kind for kind in (NotFound, Rejected, Unavailable, NoAnswer, ServerFailed, Garbled)
}


@dataclass(frozen=True)
class Failure:
    """One failed fetch and when it ended (seconds since 1970)."""

    error: SourceError
    at: float

    @property
    def trouble(self) -> Unavailable:
        """What to show beside a stale value; a refusal of something that once worked is trouble too."""
        return as_trouble(self.error)


def as_trouble(error: SourceError) -> Unavailable:
    """An error as something to show beside a value, whatever its kind."""
    if isinstance(error, Unavailable):
        return error
    return Unavailable(error.call, error.reason, at=error.at)


def note(backend: Backend, key: Key, failure: Failure) -> None:
    """Keep a note, in place of an earlier one."""
    backend.set(_name(key), _pack(failure), KEEP_SECONDS)


def forget(backend: Backend, key: Key) -> None:
    """Remove the note, after a success."""
    backend.delete(_name(key))


def last(backend: Backend, key: Key) -> Failure | None:
    """The last failure since the last success, or None."""
    data = backend.get(_name(key))
    return None if data is None else _unpack(data)


def _name(key: Key) -> str:
    return f"failure\x1f{key.text}"


def _pack(failure: Failure) -> bytes:
    error = failure.error
    facts = {
        "kind": _known_kind(error).__name__,
        "call": error.call,
        "reason": error.reason,
        "error_at": error.at.timestamp(),
        "at": failure.at,
        **{name: getattr(error, name) for name in ("text", "status", "attempts") if hasattr(error, name)},
    }
    return json.dumps(facts).encode()


def _known_kind(error: SourceError) -> type[SourceError]:
    return next(kind for kind in type(error).__mro__ if kind.__name__ in _KINDS)


def _unpack(data: bytes) -> Failure | None:
    try:
        facts = json.loads(data)
        return Failure(_error(facts), float(facts["at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _error(facts: dict[str, Any]) -> SourceError:
    kind = _KINDS[facts["kind"]]
    at = datetime.fromtimestamp(facts["error_at"], UTC)
    if kind is Rejected:
        return Rejected(facts["call"], facts["text"], at=at)
    if kind is ServerFailed:
        return ServerFailed(facts["call"], facts["status"], attempts=facts["attempts"], at=at)
    if issubclass(kind, Unavailable):
        return kind(facts["call"], facts["reason"], attempts=facts["attempts"], at=at)
    return kind(facts["call"], facts["reason"], at=at)
