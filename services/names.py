"""What a name means: ids of ZTF, whole or in part, names of the Transient Name Server, and Fink's own names.

`parse_name` says which kind of name a text is, without asking anybody; `resolve` finds the objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

import pandas as pd

from services import frames
from services.anomalies import AnomalyIndex
from services.answers import Answer
from services.cache import Cache, Fetched
from services.cache.lifetimes import RESOLVER, SEARCH, Lifetime
from services.errors import InvalidQuery, NotFound, Unavailable
from services.fink.client import PREFIX_ROWS, FinkClient
from services.fink.queries import OBJECT_EXAMPLE, shown

RESOLVER_CALL = "POST /api/v1/resolver"
OBJECTS_CALL = "POST /api/v1/objects"
METADATA_CALL = "GET /api/v1/metadata"

LETTERS_FOR_FINK = 4
"""Letters of a partial id from which on Fink is asked: fewer stand for more rows than it gives."""

NEAR_ARCSEC = 2.0
"""An object this near to a position in TNS is taken for the same source; ZTF's positions scatter by 0.1 to 0.3."""

SHOWN = 200
"""Matches that are listed; their number is always said."""

TNS_PREFIXES = ("SN", "AT")

_ID = re.compile(r"(ZTF)([0-9]{2})([a-z]{0,7})", re.IGNORECASE)
_TNS = re.compile(r"(?:(SN|AT|TDE)\s*)?((?:19|20)[0-9]{2})\s?([a-z]{1,5})", re.IGNORECASE)
_FINK = re.compile(r"Fink\s*(J[0-9]{4,6}(?:\.[0-9]+)?[+-][0-9]{4,6}(?:\.[0-9]+)?)", re.IGNORECASE)

Kind = Literal["id", "part", "tns", "fink"]


@dataclass(frozen=True)
class Name:
    """A text that can be the name of an object.

    Attributes
    ----------
    kind
        ``id`` (of ZTF), ``part`` (the beginning of one), ``tns`` or ``fink`` (given by Fink's anomaly team).
    text
        As its givers spell it: "ZTF25abixhdc", "SN 2023ixf", "2023ixf", "Fink J042203.10+362318.7".
    """

    kind: Kind
    text: str


@dataclass(frozen=True)
class Exact:
    """The object that a name means, and how that is known, in words."""

    object_id: str
    how: str = ""


@dataclass(frozen=True)
class Match:
    """One object of several.

    Attributes
    ----------
    alerts, last_jd
        Number of its alerts and time of the newest (JD, UTC); None where Fink was not asked.
    listed
        How many times it was among the anomalies at hand.
    """

    object_id: str
    alerts: int | None = None
    last_jd: float | None = None
    listed: int = 0


@dataclass(frozen=True)
class Matches:
    """Several objects that a name can mean, and how far that is all of them.

    Attributes
    ----------
    name
        What was asked.
    found
        At most `SHOWN` of them, in the order of their ids.
    total
        How many there are.
    searched
        What was looked through, in words.
    more
        Why there may be others, as a sentence; empty when there are none.
    trouble
        Why Fink's answer is missing or old; None when it is neither.
    """

    name: Name
    found: tuple[Match, ...]
    total: int
    searched: str
    more: str = ""
    trouble: Unavailable | None = None


class Services(Protocol):
    """The part of `services.house.House` that is needed here."""

    @property
    def client(self) -> FinkClient: ...
    @property
    def cache(self) -> Cache: ...
    @property
    def index(self) -> AnomalyIndex: ...


def parse_name(text: str) -> Name:
    """Which kind of name a text is, in the spelling of those who gave it.

    Raises
    ------
    InvalidQuery
        It is none.

    Examples
    --------
    >>> parse_name("ztf25abix"), parse_name("sn2023IXF").text, parse_name("1987a").text
    (Name(kind='part', text='ZTF25abix'), 'SN 2023ixf', '1987A')
    """
    cleaned = " ".join(text.replace("−", "-").split())
    if found := _ID.fullmatch(cleaned):
        name = f"ZTF{found[2]}{found[3].lower()}"
        return Name("id" if len(found[3]) == 7 else "part", name)
    if found := _TNS.fullmatch(cleaned):
        letters = found[3].upper() if len(found[3]) == 1 else found[3].lower()
        return Name("tns", f"{found[1].upper()} {found[2]}{letters}" if found[1] else f"{found[2]}{letters}")
    if found := _FINK.fullmatch(cleaned):
        return Name("fink", f"Fink {found[1].upper()}")
    raise InvalidQuery(
        f"{shown(text)} is no name that Oddfinch knows: a ZTF object id or its beginning, a TNS name such as "
        "SN 2023ixf, or a name given by Fink.",
        example=OBJECT_EXAMPLE,
        field="object_id",
    )


def resolve(house: Services, text: str, *, retry: bool = False) -> Exact | Matches:
    """The object or objects that a name means.

    Parameters
    ----------
    house
        The services to ask.
    text
        As it was typed.
    retry
        True for a person's Retry button, see `services.cache.Cache.get`.

    Returns
    -------
    Exact or Matches
        A whole id is `Exact` without asking whether there is such an object. `Matches` of a partial id holds what the
        anomalies at hand know when Fink does not answer, with the ``trouble``.

    Raises
    ------
    InvalidQuery
        It is no name.
    NotFound
        It is one, and the source answered that it has nothing of that name.
    Rejected, Unavailable
        The source did not say, and nothing is kept.
    """
    name = parse_name(text)
    if name.kind == "id":
        return Exact(name.text)
    if name.kind == "part":
        return _beginning(house, name, retry)
    return (_of_tns if name.kind == "tns" else _of_fink)(house, name, retry)


def _beginning(house: Services, name: Name, retry: bool) -> Matches:
    table = house.index.table()
    ids = table["object_id"]
    counts = ids[ids.str.startswith(name.text)].value_counts()
    listed = {str(each): int(n) for each, n in counts.items()}
    known = [Match(each, listed=n) for each, n in listed.items()]
    if len(name.text) < len("ZTF00") + LETTERS_FOR_FINK:
        if not known:
            raise InvalidQuery(
                f"No anomaly at hand begins with {name.text}, and Fink is asked from {LETTERS_FOR_FINK} letters on.",
                example=OBJECT_EXAMPLE,
                field="object_id",
            )
        more = f"Fink is asked from {LETTERS_FOR_FINK} letters on; there are others that were never anomalies."
        return _matches(name, known, "the anomalies at hand", more)
    try:
        answer = _asked(house, f"prefix/{name.text}", lambda: house.client.fetch_prefix(name.text), SEARCH, retry=retry)
    except Unavailable as error:
        return _matches(name, known, "the anomalies at hand", "", error)
    newest = answer.value.groupby("object_id")["jd"].agg(["size", "max"])
    counted = zip(newest.index, newest["size"], newest["max"], strict=True)
    found = [Match(str(each), int(alerts), float(last), listed.pop(str(each), 0)) for each, alerts, last in counted]
    found += [Match(each, listed=n) for each, n in listed.items()]
    cut = len(answer.value) >= PREFIX_ROWS
    more = f"Fink gives {PREFIX_ROWS:,} alerts at most, and gave them: there may be more." if cut else ""
    return _matches(name, found, "all alerts", more, answer.trouble)


def _matches(
    name: Name,
    found: Iterable[Match],
    searched: str,
    more: str,
    trouble: Unavailable | None = None,
) -> Matches:
    ordered = sorted(found, key=lambda match: match.object_id)
    if not ordered and trouble is None:
        raise NotFound(OBJECTS_CALL, f"has no object whose id begins with {name.text}")
    return Matches(name, tuple(ordered[:SHOWN]), len(ordered), searched, more, trouble)


def _of_tns(house: Services, name: Name, retry: bool) -> Exact | Matches:
    if (found := _of_mirror(house, name, retry)) is not None:
        return found
    for full in _full_names(name.text):
        rows = _tns_rows(house, full, retry)
        if rows.empty:
            continue
        ids = [each for each in dict.fromkeys(rows["internalname"].dropna()) if _is_id(each)]
        if ids:
            return _one_or_several(name, ids, f"{full} is {{}} in TNS")
        return _at_position(house, name, full, rows.iloc[0], retry)
    raise NotFound(RESOLVER_CALL, f"knows no {name.text} in its copy of TNS's list")


def _of_mirror(house: Services, name: Name, retry: bool) -> Exact | Matches | None:
    """What the local copy of TNS's list says; None where there is no copy, or the name is not in it.

    Then Fink is asked: its table may be newer.
    """
    tns = getattr(house, "tns", None)
    entries = (tns.named(name.text) if tns is not None else None) or []
    if not entries:
        return None
    best = entries[0]
    ids = [each for entry in entries for each in entry.ztf_names if _is_id(each)]
    if ids:
        return _one_or_several(name, list(dict.fromkeys(ids)), f"{best.name} is {{}} in TNS")
    if best.ra is None or best.dec is None:
        return None
    return _near(house, name, best.name, (best.ra, best.dec), retry)


def _full_names(text: str) -> list[str]:
    """Names under which TNS can have it: a candidate (AT) becomes a supernova (SN), and people mix them up."""
    prefix, _, rest = text.rpartition(" ")
    return [f"{each} {rest}" for each in dict.fromkeys((*((prefix,) if prefix else ()), *TNS_PREFIXES))]


def _tns_rows(house: Services, full: str, retry: bool) -> pd.DataFrame:
    """Rows of exactly this name: Fink looks for whatever begins so, without regard to case."""
    key = f"resolver/tns/{full.casefold()}"
    rows = _asked(house, key, lambda: house.client.fetch_resolver("tns", full, nmax=50), RESOLVER, retry=retry).value
    return rows[rows["fullname"].str.casefold() == full.casefold()]


def _at_position(house: Services, name: Name, full: str, row: pd.Series, retry: bool) -> Exact | Matches:
    """TNS knows the object by names of other surveys only: what ZTF has at its place."""
    return _near(house, name, full, (float(row["ra"]), float(row["declination"])), retry)


def _near(house: Services, name: Name, full: str, place: tuple[float, float], retry: bool) -> Exact | Matches:
    """What ZTF has at the place (RA and Dec, deg) of something in TNS."""
    ra, dec = place
    key = f"cone/{ra:.6f},{dec:.6f}/{NEAR_ARCSEC:g}"
    found = _asked(house, key, lambda: house.client.fetch_conesearch(ra, dec, NEAR_ARCSEC), SEARCH, retry=retry).value
    if found.empty:
        raise NotFound(RESOLVER_CALL, f"knows {full}, but ZTF has nothing within {NEAR_ARCSEC:g}″ of it")
    apart = float(found["separation_degree"].iloc[0]) * 3600
    how = f"TNS gives no ZTF name for {full}; {{}} is {apart:.1f}″ from its place"
    return _one_or_several(name, list(dict.fromkeys(found["object_id"])), how)


def _of_fink(house: Services, name: Name, retry: bool) -> Exact | Matches:
    def ask() -> pd.DataFrame:
        return house.client.fetch_metadata(internal_name=name.text)

    rows = _asked(house, f"metadata/{name.text}", ask, RESOLVER, retry=retry).value
    ids = [each for each in dict.fromkeys(rows["object_id"].dropna()) if _is_id(each)]
    if not ids:
        raise NotFound(METADATA_CALL, f"has no object with the name {name.text}")
    return _one_or_several(name, ids, f"{name.text} is {{}}, as Fink's anomaly team named it")


def _is_id(text: str) -> bool:
    found = _ID.fullmatch(text)
    return found is not None and len(found[3]) == 7


def _one_or_several(name: Name, ids: list[str], how: str) -> Exact | Matches:
    if len(ids) == 1:
        return Exact(ids[0], how.format(ids[0]))
    return _matches(name, map(Match, ids), "the names that Fink knows", "")


def _asked(
    house: Services, key: str, fetch: Callable[[], pd.DataFrame], lifetime: Lifetime, *, retry: bool
) -> Answer[pd.DataFrame]:
    def packed() -> Fetched:
        rows = fetch()
        return Fetched(frames.to_bytes(rows), empty=rows.empty)

    return house.cache.load(key, packed, lifetime, frames.from_bytes, retry=retry)
