"""Positions as people write them: decimal degrees; hours, minutes, seconds with blanks, colons or letters.

    193.822 2.89732          193d49m18.267s 2d53m50.35s       12 55 17.218 +02 53 50.35
    12h55m17.218s +02d53m50.35s      12:55:17.218 02:53:50.35

and each of them with a radius behind it. Right ascension is in hours where it has three parts or an ``h``, in degrees
otherwise; nothing else decides that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.search.words import Word, WrongWord

EXAMPLE = "12:55:17.2 +02:53:50 r=10s"
MAX_RADIUS_ARCSEC = 18_000.0
"""Fink's own limit of a cone (5 degrees)."""

UNITS = {"": 1.0, "s": 1.0, '"': 1.0, "arcsec": 1.0, "m": 60.0, "'": 60.0, "arcmin": 60.0}
UNITS |= dict.fromkeys(("d", "°", "deg", "degrees"), 3600.0)
"""Units of a radius, in arcseconds."""

_RADIUS = re.compile(r"([0-9]{1,9}(?:\.[0-9]*)?|\.[0-9]+)\s*(arcsec|arcmin|degrees|deg|[smd\"'°]?)", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<value>[0-9]{1,20}(?:\.[0-9]*)?|\.[0-9]+)(?:\s*(?P<unit>degrees|deg|[hmsd:°'\"]))?",
    re.IGNORECASE,
)
_MEANT = re.compile(r"[+-]?\s*[0-9.][0-9.\s+\-:hmsd°'\"]*", re.IGNORECASE)
_DEGREES = re.compile(r"deg(?:rees)?", re.IGNORECASE)

# What may follow a number with this unit within the same angle.
_NEXT = {"h": "m", "m": "s", "d": "m", "°": "'", "'": '"'}
_LIKE = {"d": "d", "°": "d", "'": "m", '"': "s"}


@dataclass(frozen=True)
class Position:
    """Right ascension and declination (deg, J2000), and the radius (arcsec) where one stands behind them."""

    ra: float
    dec: float
    radius_arcsec: float | None = None


@dataclass(frozen=True)
class _Number:
    sign: str
    value: str
    unit: str
    start: int
    value_end: int
    end: int

    @property
    def word(self) -> Word:
        """The number without its unit."""
        return Word(f"{self.sign}{self.value}", self.start, self.value_end)


def parse_radius(word: Word, text: str) -> float:
    """A radius in arcseconds: ``10``, ``10s``, ``5m``, ``0.5d``, ``5'``.

    Raises
    ------
    WrongWord
        It is none, or not more than 0 and at most 5 degrees.
    """
    found = _RADIUS.fullmatch(word.text)
    if found is None:
        raise word.wrong("A radius is a number with s, m or d: arcseconds, minutes or degrees.", text, example=EXAMPLE)
    arcsec = float(found[1]) * UNITS[found[2].lower()]
    if not 0 < arcsec <= MAX_RADIUS_ARCSEC:
        raise word.wrong("A radius is more than 0 and at most 5 degrees (18000 s).", text, example=EXAMPLE)
    return arcsec


def is_meant(free: str) -> bool:
    """Whether a text can only be meant as a position: numbers, signs and units, and nothing else."""
    return _MEANT.fullmatch(_DEGREES.sub("d", free).strip()) is not None


def parse_position(free: str, text: str) -> Position:
    """A position out of the free words of a search.

    Parameters
    ----------
    free
        As `services.search.words.Words.free`, so that places in it are places in `text`.

    Raises
    ------
    WrongWord
        A number too many, too few, or out of its range.

    Examples
    --------
    >>> parse_position("10:00:00 -10:30:00", "10:00:00 -10:30:00")
    Position(ra=150.0, dec=-10.5, radius_arcsec=None)
    """
    numbers = _numbers(free, text)
    if len(numbers) < 2:
        raise numbers[0].word.wrong("A position has two parts, right ascension and declination.", text, example=EXAMPLE)
    if any(number.unit for number in numbers[:-1]):
        groups, rest = _by_units(numbers, text)
    else:
        groups, rest = _by_count(numbers, text)
    ra, dec = _right_ascension(groups[0], text), _declination(groups[1], text)
    return Position(ra, dec, _trailing(rest, text))


def _numbers(free: str, text: str) -> list[_Number]:
    found, at = [], 0
    while free[at:].strip():
        at += len(free[at:]) - len(free[at:].lstrip())
        number = _NUMBER.match(free, at)
        if number is None:
            raise WrongWord("This is no part of a position.", text, at, at + 1, example=EXAMPLE)
        unit = (number["unit"] or "").lower()
        short = "d" if unit.startswith("deg") else unit
        found.append(_Number(number["sign"], number["value"], short, at, number.end("value"), number.end()))
        at = number.end()
    return found


def _by_count(numbers: list[_Number], text: str) -> tuple[list[list[_Number]], list[_Number]]:
    """Right ascension, declination and the rest of numbers that have no units: a sign, or their count, divides them."""
    signed = next((n for n, number in enumerate(numbers) if n and number.sign), None)
    each = signed or {2: 1, 3: 1, 6: 3, 7: 3}.get(len(numbers), 0)
    if not 1 <= each <= 3 or not 2 * each <= len(numbers) <= 2 * each + 1:
        whole = Word("", numbers[0].start, numbers[-1].end)
        raise whole.wrong(
            f"{len(numbers)} numbers are no position: it has two of degrees, or hours, minutes, seconds and degrees, "
            "minutes, seconds, and may have a radius behind it.",
            text,
            example=EXAMPLE,
        )
    return [numbers[:each], numbers[each : 2 * each]], numbers[2 * each :]


def _by_units(numbers: list[_Number], text: str) -> tuple[list[list[_Number]], list[_Number]]:
    first, rest = _angle(numbers)
    if not rest:
        raise numbers[-1].word.wrong("The declination is missing.", text, example=EXAMPLE)
    second, rest = _angle(rest)
    return [first, second], rest


def _angle(numbers: list[_Number]) -> tuple[list[_Number], list[_Number]]:
    """The numbers of one angle, and those behind it."""
    taken = 1
    while taken < min(3, len(numbers)) and _goes_on(numbers[taken - 1], numbers[taken]):
        taken += 1
    return numbers[:taken], numbers[taken:]


def _goes_on(before: _Number, after: _Number) -> bool:
    if after.sign or before.unit not in (":", *_NEXT):
        return False
    if before.unit == ":":
        return after.unit in (":", "")
    glued = before.end == after.start and not after.unit
    return glued or after.unit in (_NEXT[before.unit], *(["m"] if before.unit == "°" else []))


def _right_ascension(parts: Sequence[_Number], text: str) -> float:
    hours = (len(parts) > 1 and parts[0].unit in ("", ":")) or parts[0].unit == "h"
    value = _value(parts, text, 24 if hours else 360, "hours" if hours else "degrees")
    if parts[0].sign == "-":
        raise parts[0].word.wrong("A right ascension is not negative.", text, example=EXAMPLE)
    return value * 15 if hours else value


def _declination(parts: Sequence[_Number], text: str) -> float:
    if parts[0].unit == "h":
        raise parts[0].word.wrong("A declination is in degrees, not in hours.", text, example=EXAMPLE)
    value = _value(parts, text, 90, "degrees", inclusive=True)
    return -value if parts[0].sign == "-" else value


def _value(parts: Sequence[_Number], text: str, limit: int, unit: str, *, inclusive: bool = False) -> float:
    for number in parts[:-1]:
        if "." in number.value:
            raise number.word.wrong("Only the last part of an angle has decimals.", text, example=EXAMPLE)
    for number in parts[1:]:
        if float(number.value) >= 60:
            raise number.word.wrong("Minutes and seconds are less than 60.", text, example=EXAMPLE)
    value = sum(float(number.value) / 60**place for place, number in enumerate(parts))
    if value > limit or (value == limit and not inclusive):
        place = "right ascension is less than" if not inclusive else "declination is at most"
        raise parts[0].word.wrong(f"A {place} {limit} {unit}.", text, example=EXAMPLE)
    return value


def _trailing(rest: Sequence[_Number], text: str) -> float | None:
    if not rest:
        return None
    if len(rest) > 1:
        raise rest[1].word.wrong("This is a number too many behind a position.", text, example=EXAMPLE)
    return parse_radius(Word(f"{rest[0].sign}{rest[0].value}{rest[0].unit}", rest[0].start, rest[0].end), text)
