"""A text cut into words: ``key=value``, ``key:value`` with or without quotes, and what is left; with their places.

Nothing here knows what the words mean. Places are positions in the text as it was typed, so that an error can point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.errors import InvalidQuery

EXAMPLE = 'class="SN candidate" last=50'

KEYS = ("class", "trend", "last", "radius", "r", "after", "before", "window", "ra", "dec")
"""Keys of the search; ``r`` is short for ``radius``."""

PORTAL_ONLY = ("sso", "random", "tracklet")
"""Keys of Fink's portal for what Oddfinch has no lists of."""

# Quotes, signs and blanks that text processors and telephones put in place of the plain ones, one for one.
_PLAIN = str.maketrans("“”„″‘’′−–—º\u00a0\u2009\t\r\n", '""""\'\'\'---°     ')

_KEYED = re.compile(
    rf"""(?<!\S)(?P<key>(?:{"|".join(KEYS)})(?=\s*[=:])|[a-z_]+(?=[=:]))\s*[=:]\s*"""
    r"""(?P<value>"[^"]*"|'[^']*'|\d{4}-\d\d?-\d\d?\s+\d\d?:\d\d(?::\d\d(?:\.\d*)?)?|[^\s,]*)(?=[\s,]|$)""",
    re.IGNORECASE,
)
_OPEN_QUOTE = re.compile(rf"""(?<!\S)(?:{"|".join(KEYS)})\s*[=:]\s*(?P<quote>["'].*)""", re.IGNORECASE)


class WrongWord(InvalidQuery):
    """A search that cannot be asked, with the word that is to blame.

    Parameters
    ----------
    what, example
        As for `InvalidQuery`.
    text
        The search as it was typed.
    start, end
        Where the word stands in it.
    instead
        Whole searches that may have been meant.
    """

    def __init__(
        self, what: str, text: str, start: int, end: int, *, example: str = EXAMPLE, instead: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, example=example, field="q")
        self.instead = instead
        self.text = text
        self.start = start
        self.end = max(end, start)

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before the word, the word, and the text after it."""
        return self.text[: self.start], self.text[self.start : self.end], self.text[self.end :]


@dataclass(frozen=True)
class Word:
    """A piece of the text and where it stands."""

    text: str
    start: int
    end: int

    def wrong(self, what: str, whole: str, *, example: str = EXAMPLE) -> WrongWord:
        """The error that points at this word of the `whole` text."""
        return WrongWord(what, whole, self.start, self.end, example=example)


@dataclass(frozen=True)
class Words:
    """A text taken apart.

    Attributes
    ----------
    text
        With plain quotes, signs and blanks; as long as what was typed.
    values
        Value of each key, without its quotes; the place is that of the value, or of the key when it has none.
    free
        The text with blanks in place of keys, values and commas.
    """

    text: str
    values: Mapping[str, Word]
    free: str

    @property
    def free_word(self) -> Word:
        """All that is not a key and its value, from its first to its last letter."""
        inner = self.free.strip()
        start = self.free.find(inner) if inner else 0
        return Word(" ".join(inner.split()), start, start + len(inner))


def parse_words(typed: str) -> Words:
    """Take a text apart.

    Raises
    ------
    WrongWord
        A key that there is not, one that comes twice, one without a value, or a quote that does not end.

    Examples
    --------
    >>> found = parse_words('class:"SN candidate", last=50')
    >>> {key: word.text for key, word in found.values.items()}
    {'class': 'SN candidate', 'last': '50'}
    """
    text = typed.translate(_PLAIN)
    values: dict[str, Word] = {}
    free = text
    for found in _KEYED.finditer(text):
        key = "radius" if found["key"].casefold() == "r" else found["key"].casefold()
        word = _value(found, text)
        _check_key(key, found, values, text)
        values[key] = word
        free = free[: found.start()] + " " * (found.end() - found.start()) + free[found.end() :]
    if (open_quote := _OPEN_QUOTE.search(free)) is not None:
        start, end = open_quote.span("quote")
        raise WrongWord("This quote has no end.", text, start, end)
    return Words(text, values, free.replace(",", " "))


def _value(found: re.Match[str], text: str) -> Word:
    start, end = found.span("value")
    value = found["value"]
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
        value = value[1:-1]
    elif value[:1] in ('"', "'"):
        raise WrongWord("This quote has no end.", text, start, len(text))
    cleaned = " ".join(value.split())
    if not cleaned:
        raise WrongWord(f"{found['key']} has no value.", text, *found.span(), example=EXAMPLE)
    return Word(cleaned, start, end)


def _check_key(key: str, found: re.Match[str], values: Mapping[str, Word], text: str) -> None:
    if key in PORTAL_ONLY:
        raise WrongWord(f"{key} is a search of Fink's portal that Oddfinch does not have.", text, *found.span("key"))
    if key not in KEYS:
        named = ", ".join(known for known in KEYS if known not in ("r", "ra", "dec"))
        raise WrongWord(f"There is no key {found['key']}. There are {named}.", text, *found.span("key"))
    if key in values:
        raise WrongWord(f"{key} is there twice.", text, *found.span())
