"""What a text asks: an object, a name, a position, or a list of alerts by class and night.

The grammar holds all that the search box of Fink's portal understands of these: ``class``, ``trend``, ``last``,
``radius`` or ``r`` (with s, m, d), ``after``, ``before``, ``window``, as ``key=value`` or ``key:value`` with quotes
where needed; ids, whole or in part; names; positions. What it does not hold is refused with the word that is to blame.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from services.errors import InvalidQuery
from services.names import Name, parse_name
from services.nights import FIRST_NIGHT, LAST_NIGHT, night_of
from services.search.position import EXAMPLE as POSITION_EXAMPLE
from services.search.position import Position, is_meant, parse_position, parse_radius
from services.search.words import EXAMPLE, Word, Words, WrongWord, parse_words

ANOMALY = "Anomaly"
TRENDS = ("rising", "fading", "low_state", "new_low_state")
MOST = 10_000
"""Most rows of a list; as many as Fink gives for one id."""
DEFAULT_LAST = 100
"""Rows of a list without ``last``, as in Fink's portal."""
DEFAULT_RADIUS_ARCSEC = 10.0
"""Radius around a position or a name without one, as in Fink's portal."""
LONGEST = 300
"""Characters of a search."""
LONGEST_WINDOW_D = 3650

_SIMBAD_NAME = re.compile(r"(?=.*[A-Za-z])[\w\s+\-.*\[\]()/'&:]{2,80}")
_DATE = re.compile(r"([12][0-9]{3})[-./]([0-9]{1,2})[-./]([0-9]{1,2})(?:[T ][0-9:.]{1,15}Z?)?")
_DAYS = re.compile(r"([0-9]{1,5}(?:\.[0-9]{0,6})?)\s*d?", re.IGNORECASE)
_JULIAN = re.compile(r"[0-9]{5,7}(?:\.[0-9]*)?")
_ZTF_LIKE = re.compile(r"ztf\S*", re.IGNORECASE)

Kind = Literal["name", "simbad", "position", "class", "anomalies"]


@dataclass(frozen=True)
class Query:
    """A question that can be asked.

    Attributes
    ----------
    kind
        ``name`` (of ZTF, TNS or Fink's team), ``simbad`` (any other name), ``position``, ``class``, ``anomalies``.
    text
        As it was typed, without blanks around it.
    name, words, position
        What the first three ask for; None or empty otherwise.
    radius_arcsec
        As typed; None when it was not.
    class_name, class_at
        Class as typed, and where it stands in the text.
    trend, last
        As typed; empty or None when not.
    first, until
        First and last night (UTC), both included; None where open.
    """

    kind: Kind
    text: str
    name: Name | None = None
    words: str = ""
    position: Position | None = None
    radius_arcsec: float | None = None
    class_name: str = ""
    class_at: tuple[int, int] = field(default=(0, 0), compare=False)
    trend: str = ""
    last: int | None = None
    first: date | None = None
    until: date | None = None


def parse(typed: str, *, newest: date | None = None) -> Query:
    """The question that a text asks.

    Parameters
    ----------
    newest
        The night from which a ``window`` alone counts back; today unless given.

    Raises
    ------
    InvalidQuery
        It asks none; a `WrongWord` wherever one word is to blame.

    Examples
    --------
    >>> parse("ZTF25abixhdc").kind, parse("class=Anomaly last=10").last, parse("M31 r=5m").radius_arcsec
    ('name', 10, 300.0)
    """
    text = typed.strip()
    if not text:
        raise InvalidQuery("Nothing was asked.", example=EXAMPLE, field="q")
    if len(text) > LONGEST:
        raise WrongWord(f"A search has at most {LONGEST} characters.", text, LONGEST, len(text))
    words = parse_words(text)
    first, until = _nights(words, newest or datetime.now(UTC).date())
    if words.free.strip() or "ra" in words.values or "dec" in words.values:
        return _of_place(words, text, first, until)
    return _of_list(words, text, first, until)


def _of_list(words: Words, text: str, first: date | None, until: date | None) -> Query:
    """Alerts by class and night; without a class they are anomalies."""
    if (radius := words.values.get("radius")) is not None:
        raise radius.wrong("A radius needs a position or a name to be around.", words.text, example=POSITION_EXAMPLE)
    named = words.values.get("class")
    anomalies = named is None or named.text.casefold() in (ANOMALY.casefold(), "anomalies")
    return Query(
        "anomalies" if anomalies else "class",
        text,
        class_name=ANOMALY if anomalies or named is None else named.text,
        class_at=(0, 0) if named is None else (named.start, named.end),
        trend=_trend(words, anomalies=anomalies),
        last=_last(words),
        first=first,
        until=until,
    )


def _of_place(words: Words, text: str, first: date | None, until: date | None) -> Query:
    """What is at a position, or has a name."""
    _refuse_lists(words)
    radius = words.values.get("radius")
    arcsec = None if radius is None else parse_radius(radius, words.text)
    position = _position(words)
    if position is not None:
        if position.radius_arcsec is not None and radius is not None:
            raise radius.wrong("There are two radii: one is behind the position.", words.text, example=POSITION_EXAMPLE)
        return Query(
            "position",
            text,
            position=position,
            radius_arcsec=arcsec or position.radius_arcsec,
            first=first,
            until=until,
        )
    _refuse_dates(words)
    word = words.free_word
    if (name := _name(word)) is not None:
        return Query("name", text, name=name, radius_arcsec=arcsec)
    return Query("simbad", text, words=_simbad(word, words.text), radius_arcsec=arcsec)


def _refuse_lists(words: Words) -> None:
    """Keys of lists beside a position or a name."""
    word = words.free_word
    if (named := words.values.get("class")) is not None:
        if word.start > named.start and not is_meant(words.free):
            quoted = f'class="{named.text} {word.text}"'
            raise word.wrong("A class with a blank in it needs quotes.", words.text, example=quoted)
        raise named.wrong(
            "A class and a place cannot be asked together: Fink lists a class over the whole sky.", words.text
        )
    for key in ("last", "trend"):
        if (value := words.values.get(key)) is not None:
            raise value.wrong(f"{key} goes with a class, not with a place or a name.", words.text)


def _refuse_dates(words: Words) -> None:
    for key in ("after", "before", "window"):
        if (value := words.values.get(key)) is not None:
            raise value.wrong(f"{key} goes with a class or a position, not with a name.", words.text)


def _position(words: Words) -> Position | None:
    ra, dec = words.values.get("ra"), words.values.get("dec")
    if ra is None and dec is None:
        meant = is_meant(words.free) and _name(words.free_word) is None
        return parse_position(words.free, words.text) if meant else None
    if ra is None or dec is None:
        given, other = (ra, "dec") if ra is not None else (dec, "ra")
        assert given is not None
        raise given.wrong(f"{other} is missing.", words.text, example="ra=193.822 dec=2.897 r=10s")
    if words.free.strip():
        raise words.free_word.wrong("The place is given already, by ra and dec.", words.text)
    return _of_keys(ra, dec, words.text)


def _of_keys(ra: Word, dec: Word, text: str) -> Position:
    for word in (ra, dec):
        if not is_meant(word.text):
            raise word.wrong("This is no angle.", text, example="ra=193.822 dec=2.897 r=10s")
    pair = f"{ra.text} {dec.text if dec.text[0] in '+-' else '+' + dec.text}"
    try:
        return parse_position(pair, pair)
    except WrongWord as error:
        word = ra if error.start < len(ra.text) else dec
        raise word.wrong(error.what, text, example=error.example) from None


def _name(word: Word) -> Name | None:
    try:
        return parse_name(word.text)
    except InvalidQuery:
        return None


def _simbad(word: Word, text: str) -> str:
    """Any other name, for SIMBAD to know."""
    if _ZTF_LIKE.fullmatch(word.text):
        raise word.wrong("An id of ZTF is ZTF, two digits of the year and seven letters.", text, example="ZTF25abixhdc")
    if _SIMBAD_NAME.fullmatch(word.text):
        return word.text
    raise word.wrong("This is no id, name or position that the search knows.", text, example="ZTF25abixhdc")


def _trend(words: Words, *, anomalies: bool) -> str:
    word = words.values.get("trend")
    if word is None:
        return ""
    if word.text.casefold() not in TRENDS:
        example = 'class="SN candidate" trend=rising'
        raise word.wrong(f"A trend is one of {', '.join(TRENDS)}.", words.text, example=example)
    if anomalies:
        raise word.wrong("Fink knows trends for the lists of classes, not for anomalies.", words.text)
    return word.text.casefold()


def _last(words: Words) -> int | None:
    word = words.values.get("last")
    if word is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", word.text) or not 1 <= int(word.text) <= MOST:
        raise word.wrong(f"last is a number of alerts, 1 to {MOST:,}.", words.text, example="class=Anomaly last=50")
    return int(word.text)


def _nights(words: Words, newest: date) -> tuple[date | None, date | None]:
    """First and last night that ``after``, ``before`` and ``window`` name."""
    after, before, window = (words.values.get(key) for key in ("after", "before", "window"))
    first = None if after is None else _night(after, words.text)
    until = None if before is None else _night(before, words.text)
    if before is not None and first and until and first > until:
        raise before.wrong(f"The nights end ({until}) before they begin ({first}).", words.text)
    if window is None:
        return first, until
    if first and until:
        raise window.wrong("after, before and window are one too many: two of them say it all.", words.text)
    days = timedelta(days=_days(window, words.text) - 1)
    if first:
        return first, first + days
    return (until or newest) - days, until or newest


def _days(word: Word, text: str) -> int:
    found = _DAYS.fullmatch(word.text)
    days = math.ceil(float(found[1])) if found else 0
    if 1 <= days <= LONGEST_WINDOW_D:
        return days
    example = "class=Anomaly after=2025-07-01 window=7"
    raise word.wrong(f"window is a number of days, 1 to {LONGEST_WINDOW_D}.", text, example=example)


def _night(word: Word, text: str) -> date:
    """The night of a date, of a time (UTC), or of a Julian date, modified or not."""
    night = _of_date(word.text) or _of_julian(word.text)
    if night is None or not FIRST_NIGHT <= night <= LAST_NIGHT:
        what = "This is no night of ZTF. Nights are written as year, month and day."
        raise word.wrong(what, text, example="class=Anomaly after=2025-07-01 before=2025-08-01")
    return night


def _of_date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _of_julian(text: str) -> date | None:
    if not _JULIAN.fullmatch(text):
        return None
    days = float(text)
    return night_of(days if days > 2_400_000 else days + 2_400_000.5)
