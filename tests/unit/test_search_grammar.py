"""What a search can say: every notation, every refusal with the word to blame, and nothing that breaks it."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidQuery
from services.names import Name
from services.search.grammar import LONGEST, Query, parse
from services.search.words import KEYS, WrongWord

TODAY = date(2025, 9, 5)
RA, DEC = 193.8217409, 2.8973194


def refusal(text: str) -> WrongWord:
    with pytest.raises(WrongWord) as refused:
        parse(text, newest=TODAY)
    return refused.value


# Names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ZTF25abixhdc", Name("id", "ZTF25abixhdc")),
        ("  ztf25ABIXHDC ", Name("id", "ZTF25abixhdc")),
        ("ZTF25abix", Name("part", "ZTF25abix")),
        ("SN 2023ixf", Name("tns", "SN 2023ixf")),
        ("sn2023ixf,", Name("tns", "SN 2023ixf")),
        ("2011dh", Name("tns", "2011dh")),
        ("2003ms", Name("tns", "2003ms")),
        ("Fink J042203.10+362318.7", Name("fink", "Fink J042203.10+362318.7")),
    ],
)
def test_a_name_is_known_by_its_form(text: str, name: Name) -> None:
    found = parse(text)
    assert (found.kind, found.name) == ("name", name)


@pytest.mark.parametrize(
    "text", ["M31", "M 31", "RR Lyr", "4U 1543-47", "3C 273", "V* SS Cyg", "[VV2006] J1", "51 Peg b"]
)
def test_any_other_name_is_for_simbad(text: str) -> None:
    found = parse(text)
    assert (found.kind, found.words) == ("simbad", text)


def test_a_name_may_have_a_radius() -> None:
    found = parse("ZTF25abixhdc r=5m")
    assert found.name == Name("id", "ZTF25abixhdc")
    assert found.radius_arcsec == 300


# Positions


@pytest.mark.parametrize(
    "text",
    [
        "193.8217409 2.8973194",
        "193.8217409, +2.8973194",
        "193.8217409d 2.8973194deg",
        "ra=193.8217409 dec=2.8973194",
        "12 55 17.218 +02 53 50.35",
        "12 55 17.218, 02 53 50.35",
        "12:55:17.218 02:53:50.35",
        "12:55:17.218+02:53:50.35",
        "12h55m17.218s +02d53m50.35s",
        "12 h 55 m 17.218 s 2 d 53 m 50.35 s",
        "12h55m17.218 2°53'50.35\"",
        "193d49m18.267s, 2d53m50.35s",
        "ra:12:55:17.218 dec:2:53:50.35",
        "12H55M17.218S +02D53M50.35S",
    ],
)
def test_a_position_is_the_same_in_every_notation(text: str) -> None:
    found = parse(text).position
    assert found is not None
    assert found.ra == pytest.approx(RA, abs=2e-6)
    assert found.dec == pytest.approx(DEC, abs=2e-6)


@pytest.mark.parametrize(
    ("text", "arcsec"),
    [
        ("10 20", None),
        ("10 20 r=5", 5),
        ("10 20 radius:5s", 5),
        ('10 20 r=5"', 5),
        ("10 20 r=5m", 300),
        ("10 20 r=5'", 300),
        ("10 20 r=0.5d", 1800),
        ("10 20 r=2 deg".replace(" deg", "deg"), 7200),
        ("10 20 7", 7),
        ("10 20 1m", 60),
        ("1 2 3 +4 5 6 10s", 10),
        ("12:55:17.2 +02:53:50 r=5d", 18000),
        ("12h55m17s 2d53m50s 30", 30),
    ],
)
def test_a_radius_has_units_and_may_stand_behind_the_position(text: str, arcsec: float | None) -> None:
    assert parse(text).radius_arcsec == arcsec


@given(
    st.floats(0, 359.999), st.floats(-89.999, 89.999), st.sampled_from([" ", ":", "hms"]), st.integers(0, 4)
)  # fmt: skip
def test_positions_agree_with_astropy(ra: float, dec: float, separator: str, decimals: int) -> None:
    place = SkyCoord(ra, dec, unit="deg")
    text = place.to_string("hmsdms", precision=decimals, **({} if separator == "hms" else {"sep": separator}))
    unit = ("hourangle", "deg")
    try:
        found = parse(text).position
    except WrongWord:
        assert " 60" in text or ":60" in text or text.startswith("24")
        return
    wanted = SkyCoord(text, unit=unit)
    assert found is not None
    assert found.ra == pytest.approx(wanted.ra.deg, abs=1e-9)
    assert found.dec == pytest.approx(wanted.dec.deg, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("10 20 30 +40 50 60", "60"),
        ("10 60 30 +40 50 10", "60"),
        ("24:00:00 +10:00:00", "24"),
        ("360 10", "360"),
        ("10 91", "91"),
        ("10 -90:00:01", "-90"),
        ("-10 20", "-10"),
        ("10.5:30 20", "10.5"),
        ("193.8", "193.8"),
        ("1 2 3 4", "1 2 3 4"),
        ("12h 10h", "10"),
        ("12h55m", "55"),
        ("10 20 r=6d", "6d"),
        ("10 20 r=0", "0"),
        ("10 20 r=ten", "ten"),
        ("10 20 5 r=5", "5"),
        ("12:00:00 +10:00:00 5 6", "6"),
        ("ra=10", "10"),
        ("ra=10 dec=95", "95"),
        ("ra=x dec=5", "x"),
        ("ra=10 dec=5 M31", "M31"),
    ],
)
def test_a_position_that_is_none_names_the_number_to_blame(text: str, word: str) -> None:
    assert refusal(text).parts[1] == word


# Lists


@pytest.mark.parametrize(
    "text", ["class=Anomaly", "class:anomaly", "CLASS = Anomaly", 'class="Anomaly"', "class=anomalies"]
)
def test_anomalies_are_a_kind_of_their_own(text: str) -> None:
    assert parse(text) == Query("anomalies", text, class_name="Anomaly")


def test_the_portals_example_is_understood() -> None:
    text = 'class="SN candidate" last=50 after=2025-07-01 before=2025-08-01'
    first, until = date(2025, 7, 1), date(2025, 8, 1)
    assert parse(text) == Query("class", text, class_name="SN candidate", last=50, first=first, until=until)


@pytest.mark.parametrize("quotes", ['"{}"', "'{}'", "“{}”", "„{}“"])
def test_quotes_may_be_of_any_kind(quotes: str) -> None:
    assert parse(f"class={quotes.format('(TNS) SN Ia')}").class_name == "(TNS) SN Ia"


@pytest.mark.parametrize(
    ("text", "first", "until"),
    [
        ("after=2025-07-01", date(2025, 7, 1), None),
        ("before:2025-07-01", None, date(2025, 7, 1)),
        ("after=2025-07-01 window=7", date(2025, 7, 1), date(2025, 7, 7)),
        ("before=2025-07-07 window=7d", date(2025, 7, 1), date(2025, 7, 7)),
        ("window=1", TODAY, TODAY),
        ("window=0.5", TODAY, TODAY),
        ("after=2025.7.1", date(2025, 7, 1), None),
        ("after=2025-07-01T12:30:00", date(2025, 7, 1), None),
        ("after=2025-07-01 12:30:00 last=3", date(2025, 7, 1), None),
        ('after="2025-07-01 12:30"', date(2025, 7, 1), None),
        ("after=2460920.5", date(2025, 9, 2), None),
        ("after=60920", date(2025, 9, 2), None),
    ],
)
def test_nights_are_dates_times_or_julian_dates(text: str, first: date | None, until: date | None) -> None:
    found = parse(f"class=Mira {text}", newest=TODAY)
    assert (found.kind, found.first, found.until) == ("class", first, until)


def test_without_a_class_a_list_is_of_anomalies() -> None:
    assert parse("last=10").kind == "anomalies"
    assert parse("after=2025-07-01").kind == "anomalies"


def test_around_a_position_nights_may_be_named_too() -> None:
    found = parse("10 20 r=1m after=2025-07-01")
    assert (found.kind, found.first) == ("position", date(2025, 7, 1))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("class=", "class="),
        ("class=SN candidate", "candidate"),
        ('class="SN cand', '"SN cand'),
        ("class='", "'"),
        ("colour=red", "colour"),
        ("last=ten", "ten"),
        ("last=0", "0"),
        ("last=10001", "10001"),
        ("last=5 last=6", "last=6"),
        ("r=5 radius=6 10 20", "radius=6"),
        ("class=Mira trend=up", "up"),
        ("class=Anomaly trend=rising", "rising"),
        ("trend=rising", "rising"),
        ("after=2025-13-01", "2025-13-01"),
        ("after=yesterday", "yesterday"),
        ("after=1990-01-01", "1990-01-01"),
        ("after=2025-09-02 before=2025-09-01", "2025-09-01"),
        ("after=2025-09-02 before=2025-09-03 window=5", "5"),
        ("window=0", "0"),
        ("window=x", "x"),
        ("class=QSO 10 20", "QSO"),
        ("class=QSO r=5", "5"),
        ("10 20 last=5", "5"),
        ("M31 after=2025-07-01", "2025-07-01"),
        ("sso=8467", "sso"),
        ("ZTF25abixhdc2", "ZTF25abixhdc2"),
        ("<b>x</b> & y", "<b>x</b> & y"),
        ("?", "?"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, word: str) -> None:
    error = refusal(text)
    assert error.parts[1] == word
    assert "".join(error.parts) == text


def test_a_class_with_a_blank_is_given_its_quotes() -> None:
    assert refusal("class=SN candidate").example == 'class="SN candidate"'


def test_nothing_and_far_too_much_are_refused() -> None:
    with pytest.raises(InvalidQuery):
        parse("   ")
    assert refusal("x" * (LONGEST + 1)).start == LONGEST


# Anything at all

PIECES = [
    *KEYS,
    *("=", ":", '"', "'", " ", " ", " ", ",", "-", "+", ".", "h", "m", "s", "d", "°", "12", "7.5", "60", "2025-07-01"),
    *("ZTF25", "abixhdc", "SN", "2023ixf", "SN candidate", "Anomaly", "rising", "M31", "Fink J", "(TNS) "),
]


def check_any(text: str) -> None:
    """It is a question that means itself, or it is refused with a word of it and with a question that can be asked."""
    try:
        found = parse(text, newest=TODAY)
    except InvalidQuery as error:
        refused = error
    else:
        assert found == parse(found.text, newest=TODAY)
        return
    parse(refused.example, newest=TODAY)
    assert not isinstance(refused, WrongWord) or len("".join(refused.parts)) == len(text.strip())


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(PIECES)), max_size=10).map("".join))
def test_any_text_is_a_question_or_refused_with_a_good_one(text: str) -> None:
    check_any(text)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_ten_thousand_random_searches_never_fail_otherwise(seed: int) -> None:
    draw = Random(seed)
    for _ in range(1000):
        pieces = draw.choices(PIECES, k=draw.randrange(9))
        pieces.insert(
            draw.randrange(len(pieces) + 1), "".join(map(chr, draw.choices(range(1, 0x2FF), k=draw.randrange(4))))
        )
        check_any("".join(pieces))
