"""Names on arrival: what a text can mean, which object it is, and what is said when Fink is silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidQuery, NotFound, Unavailable
from services.names import Exact, Matches, Name, parse_name, resolve

if TYPE_CHECKING:
    from tests.house import World

ODD = "ZTF00aaaaaaa"
TNS = f"""SN,2098abc,320.7354787,-10.0132347,0.05,SN Ia,"ATLAS98xyz, {ODD}",2098-02-20 00:00:00.000
AT,2098abcd,10.0,10.0,,,ZTF00zzzzzzy,2098-02-20 00:00:00.000
AT,2098elsewhere,320.7354787,-10.0132347,,,ATLAS98aaa,2098-02-20 00:00:00.000
SN,2098other,320.7354787,-10.0132347,,,ZTF00aaaaaab,2098-02-20 00:00:00.000
AT,2098far,10.0,80.0,,,ATLAS98bbb,2098-02-20 00:00:00.000
AT,2098two,10.0,80.0,,,"ZTF00aaaaaab, ZTF00aaaaaac",2098-02-20 00:00:00.000
AT,2098else,320.7354787,-10.0132347,,,ATLAS98aaa,2098-02-20 00:00:00.000"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A local Fink over the packets of `tests.house` and a list of TNS objects."""
    from services.local_fink import create_app
    from tests.house import packets, the_app
    from tests.packets import write_parquet
    from tests.served import TNS_COLUMNS

    the_app()
    folder = tmp_path_factory.mktemp("named")
    (folder / "tns.csv").write_text(f"{TNS_COLUMNS}\n{TNS}\n")
    return create_app([write_parquet(folder / "alerts.parquet", packets()), folder / "tns.csv"])


@pytest.fixture(scope="module")
def whole(known: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    from tests.house import World

    made = World(tmp_path_factory.mktemp("world"), known).filled()
    yield made
    made.close()


@pytest.fixture
def named(whole: World) -> Iterator[World]:
    """An Oddfinch over it, with its index filled; what other tests asked is kept, so failing tests ask anew."""
    whole.fink.calls.clear()
    yield whole
    whole.fink.failing.clear()


# What a text can mean


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ZTF25abixhdc", Name("id", "ZTF25abixhdc")),
        (" ztf25ABIXHDC ", Name("id", "ZTF25abixhdc")),
        ("ZTF25abix", Name("part", "ZTF25abix")),
        ("ZTF25", Name("part", "ZTF25")),
        ("SN 2023ixf", Name("tns", "SN 2023ixf")),
        ("SN2023ixf", Name("tns", "SN 2023ixf")),
        ("at  2023IXF", Name("tns", "AT 2023ixf")),
        ("2023ixf", Name("tns", "2023ixf")),
        ("sn1987a", Name("tns", "SN 1987A")),
        ("TDE 2022dbl", Name("tns", "TDE 2022dbl")),
        ("Fink J042203.10+362318.7", Name("fink", "Fink J042203.10+362318.7")),
        ("finkj042203.10−362318.7", Name("fink", "Fink J042203.10-362318.7")),
    ],
)
def test_a_name_is_understood_as_people_write_it(text: str, name: Name) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "nonsense", "ZTF", "ZTF2", "ZTF25abixhdc2", "2023", "SN", "SN 3023ixf", "10 20 30 +40 50 60", "M31"]
)
def test_what_is_no_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        parse_name(text)
    assert parse_name(refused.value.example).kind == "id"


@given(st.text(max_size=30))
def test_any_text_is_a_name_or_refused_and_a_name_means_itself(text: str) -> None:
    try:
        name = parse_name(text)
    except InvalidQuery:
        return
    assert parse_name(name.text) == name


# Which object it is


def test_a_whole_id_is_itself_and_nobody_is_asked(named: World) -> None:
    assert resolve(named.house, "ztf99ZZZZZZZ") == Exact("ZTF99zzzzzzz")
    assert named.fink.calls == []


@pytest.mark.parametrize("text", ["SN 2098abc", "sn2098ABC", "AT 2098abc", "2098abc"])
def test_a_tns_name_is_its_object_with_or_without_the_right_prefix(named: World, text: str) -> None:
    found = resolve(named.house, text)
    assert found == Exact(ODD, f"SN 2098abc is {ODD} in TNS")


def test_a_name_is_asked_for_once(named: World) -> None:
    for _ in range(3):
        resolve(named.house, "SN 2098other")
    assert named.fink.calls == ["resolver"]


def test_a_name_is_no_beginning_of_another_one(named: World) -> None:
    assert resolve(named.house, "AT 2098abcd") == Exact("ZTF00zzzzzzy", "AT 2098abcd is ZTF00zzzzzzy in TNS")


def test_a_tns_object_without_a_ztf_name_is_found_at_its_place(named: World) -> None:
    found = resolve(named.house, "2098else")
    assert isinstance(found, Exact)
    assert found.object_id == ODD
    assert found.how.endswith("0.0″ from its place")


def test_a_tns_object_that_ztf_never_saw_is_nothing_found(named: World) -> None:
    with pytest.raises(NotFound, match="ZTF has nothing within 2″"):
        resolve(named.house, "AT 2098far")


def test_a_tns_object_with_two_ztf_names_is_a_choice(named: World) -> None:
    found = resolve(named.house, "AT 2098two")
    assert isinstance(found, Matches)
    assert [match.object_id for match in found.found] == ["ZTF00aaaaaab", "ZTF00aaaaaac"]


@pytest.mark.parametrize("text", ["SN 2099zzz", "Fink J042203.10+362318.7"])
def test_a_name_that_nobody_gave_is_nothing_found(named: World, text: str) -> None:
    with pytest.raises(NotFound):
        resolve(named.house, text)


def test_a_name_of_finks_team_is_its_object(named: World) -> None:
    body = f'[{{"i:objectId": "{ODD}", "d:internal_name": "Fink J052203.10+362318.7"}}]'.encode()
    asked = "metadata?internal_name=Fink+J052203.10%2B362318.7"
    named.fink.failing[asked] = (200, {"Content-Type": "application/json"}, body)
    found = resolve(named.house, "fink j052203.10+362318.7")
    assert isinstance(found, Exact)
    assert found.object_id == ODD


def test_silence_about_a_name_is_not_nothing_found(named: World) -> None:
    from tests.house import DOWN

    named.fink.failing["resolver"] = DOWN
    with pytest.raises(Unavailable):
        resolve(named.house, "SN 2098late")


# What begins so


def test_a_beginning_lists_what_begins_so_with_its_alerts(named: World) -> None:
    found = resolve(named.house, "ztf00aaaa")
    assert isinstance(found, Matches)
    assert (found.total, found.searched, found.more, found.trouble) == (4, "all alerts", "", None)
    first = found.found[0]
    assert (first.object_id, first.listed) == (ODD, 1)
    assert first.alerts == 5  # with the two detections of its history
    assert first.last_jd == pytest.approx(2460000.7)


def test_too_short_a_beginning_is_looked_for_among_the_anomalies_only(named: World) -> None:
    found = resolve(named.house, "ZTF00")
    assert isinstance(found, Matches)
    assert found.total == 4
    assert "4 letters" in found.more
    assert named.fink.calls == []
    with pytest.raises(InvalidQuery):
        resolve(named.house, "ZTF99")


def test_a_beginning_of_nothing_is_nothing_found(named: World) -> None:
    with pytest.raises(NotFound):
        resolve(named.house, "ZTF99aaaa")


def test_when_fink_is_silent_the_anomalies_at_hand_are_said_with_the_trouble(named: World) -> None:
    named.fink.fail()
    found = resolve(named.house, "ZTF00aaaaaa")
    assert isinstance(found, Matches)
    assert found.trouble is not None
    assert [match.object_id[-1] for match in found.found] == ["a", "b", "c", "d"]
    empty = resolve(named.house, "ZTF99aaaab")
    assert isinstance(empty, Matches)
    assert (empty.total, empty.trouble is None) == (0, False)


@pytest.mark.parametrize("prefix", ["", "ZTF", "ZTF25abi", "ZTF25abixhdcx", "ztf25abix", "ZTF25abix,"])
def test_fink_is_never_asked_for_too_short_a_beginning(named: World, prefix: str) -> None:
    with pytest.raises(InvalidQuery):
        named.house.client.fetch_prefix(prefix)
    assert named.fink.calls == []


def test_a_list_that_fink_cut_off_says_so(named: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame({"object_id": ["ZTF00aaaaaaa"] * 10_000, "jd": 2460000.5})
    monkeypatch.setattr(named.house.client, "fetch_prefix", lambda _: rows)
    found = resolve(named.house, "ZTF01aaaa")
    assert isinstance(found, Matches)
    assert "10,000 alerts at most" in found.more


# On the screen


@pytest.mark.parametrize(
    ("text", "state"),
    [("SN 2098abc", "ready"), ("ZTF00aaaa", "ready"), ("SN 2099zzz", "empty"), ("ZTF99", "invalid")],
)
def test_the_panel_of_a_name_says_how_it_went(named: World, text: str, state: str) -> None:
    from tests.house import state_of

    for panel in ("arrival", "search"):
        assert state_of(named.draw(panel, q=text), panel) == state


@pytest.mark.parametrize("panel", ["arrival", "search"])
@pytest.mark.parametrize("text", ["SN 2098abc", "ZTF00aaaaaaa", "ZTF00aaaaaab"])
def test_one_object_is_gone_on_to_on_arrival_and_from_a_search(named: World, panel: str, text: str) -> None:
    from tests.house import having

    (link,) = having(named.draw(panel, q=text), "data-arrive")
    assert link.href == f"/object/{ODD if text != 'ZTF00aaaaaab' else text}"


def test_a_beginning_that_only_one_object_has_leads_to_it(named: World) -> None:
    from tests.house import having

    (link,) = having(named.draw("search", q="ZTF00aaaaaaa"[:-1] + "a"), "data-arrive")
    assert link.href == f"/object/{ODD}"
    assert having(named.draw("search", q="ZTF00aaaa"), "data-arrive") == []


def test_silence_is_said_above_what_the_anomalies_at_hand_know(named: World) -> None:
    from tests.house import having, state_of, text_of

    named.fink.fail()
    drawn = named.draw("arrival", q="ZTF00aaaaa")
    assert state_of(drawn, "arrival") == "unavailable"
    assert "Fink did not answer" in text_of(drawn)
    assert len(having(drawn, "data-object-id")) == 4


def test_a_page_is_for_names_and_not_for_ids_or_nonsense(named: World) -> None:
    from pages._arrival import arrival
    from tests.house import having

    with named.serving():
        for path in (ODD, "nonsense", "", "%3Cimg%20src%3Dx%3E"):
            assert arrival(path) is None
        for path in ("SN%202098abc", "ZTF00aaaa", "ztf00AAAAAAA"):
            assert len(having(arrival(path), "data-page", "arrival")) == 1


def test_a_search_for_a_name_waits_in_its_own_panel(named: World) -> None:
    from tests.house import states

    assert states(named.layout("search", q="SN 2098abc")) == {"search": "loading"}
    assert states(named.layout("search", q="ztf00AAAAAAA")) == {"search": "ready"}
