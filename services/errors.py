"""Everything that can go wrong, as one tree.

::

    OddfinchError
    ├── SettingsError           a setting that cannot be used: one line, exit code 2
    ├── InvalidQuery            what was asked cannot be asked; refused before any request → panel state "invalid"
    ├── OtherSource             a tab names a data source that this process does not have  → the tab loads itself anew
    └── SourceError             something about the data source; names the call
        ├── NotFound            it answered, and there is nothing of that name         → panel state "empty"
        ├── Rejected            it answered 400 and said why; asking again won't help  → panel state "invalid"
        └── Unavailable         it did not give a usable answer                        → "stale" or "unavailable"
            ├── NoAnswer        refused, unreachable or timed out
            ├── ServerFailed    status 429 or 5xx, or another status that nobody expects
            └── Garbled         HTML, truncated or otherwise unreadable where data was promised, or far too much of it

How to catch it: pages catch ``InvalidQuery``, ``NotFound``, ``Rejected`` and ``Unavailable``, which are four different
screens. "Answered, nothing there" and "did not answer" are different types so that no page can confuse them. Nothing
below a page turns any of these into an empty table.
"""

from __future__ import annotations

from datetime import UTC, datetime


class OddfinchError(Exception):
    """Base of everything that Oddfinch raises on purpose."""


class SettingsError(OddfinchError):
    """A setting that cannot be used; its text is one line that says what would work."""


class InvalidQuery(OddfinchError):
    """A question that cannot be asked, with one that can.

    Parameters
    ----------
    what
        What is wrong, as a sentence for the screen ("2025-13-40 is not a date.").
    example
        A good value for the same place, ready to be used ("2025-09-02").
    field
        Name of the argument or URL parameter at fault.
    """

    def __init__(self, what: str, *, example: str, field: str) -> None:
        super().__init__(what)
        self.what = what
        self.example = example
        self.field = field


class OtherSource(OddfinchError):
    """A tab was opened over another data source than this process has.

    Parameters
    ----------
    label
        What the current source is called.
    """

    def __init__(self, label: str) -> None:
        super().__init__(f"This page was opened over another data source. Now it is {label}: load the page again.")


class SourceError(OddfinchError):
    """Something about the data source.

    Parameters
    ----------
    call
        Method and path as an astronomer could repeat it ("POST /api/v1/objects").
    reason
        What happened, as half a sentence ("timed out after 30 s").
    at
        When (UTC); now unless given.
    """

    def __init__(self, call: str, reason: str, *, at: datetime | None = None) -> None:
        super().__init__(f"{call} {reason}")
        self.call = call
        self.reason = reason
        self.at = at or datetime.now(UTC)


class NotFound(SourceError):
    """The source answered, and there is nothing of that name."""


class Rejected(SourceError):
    """The source answered 400; ``text`` keeps its own words."""

    def __init__(self, call: str, text: str, *, at: datetime | None = None) -> None:
        super().__init__(call, f"was rejected: {text}", at=at)
        self.text = text


class Unavailable(SourceError):
    """The source gave no usable answer; says nothing about the object that was asked for.

    Parameters
    ----------
    attempts
        How many times it was tried before giving up.
    """

    def __init__(self, call: str, reason: str, *, attempts: int = 1, at: datetime | None = None) -> None:
        super().__init__(call, reason, at=at)
        self.attempts = attempts


class NoAnswer(Unavailable):
    """Refused, unreachable or timed out."""


class ServerFailed(Unavailable):
    """Answered with a status that is a failure of the server; ``status`` keeps it."""

    def __init__(self, call: str, status: int, *, attempts: int = 1, at: datetime | None = None) -> None:
        super().__init__(call, f"answered {status}", attempts=attempts, at=at)
        self.status = status


class Garbled(Unavailable):
    """Answered with something that is not what was promised: HTML, truncated JSON, or far too many bytes."""
