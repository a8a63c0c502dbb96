"""Words for the database and about it: a path in SQL, an error in one line."""

from __future__ import annotations

from pathlib import Path


def sql_path(file: Path) -> str:
    """A path as an SQL string; square brackets and stars in it are not patterns."""
    plain = "".join(f"[{char}]" if char in "*?[" else char for char in str(file))
    return "'" + plain.replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]
