"""Entries: what goes in comes out, and nothing damaged comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cache.entry import Damaged, Entry, Fetched, Key, pack, unpack
from services.cache.lifetimes import CUTOUTS, CUTOUTS_OF_NEWEST, LIFETIMES, OBJECT

ENTRY = Entry(b"payload " * 50, 1.75e9, 1.75e9 + 60, None, "live", False)


@given(st.binary(max_size=2000), st.booleans(), st.text(max_size=30))
def test_an_entry_comes_back_as_it_went_in(payload: bytes, empty: bool, source: str) -> None:
    entry = Entry(payload, 1.75e9, 1.75e9 + 60, 1.76e9, source, empty)
    assert unpack(pack(entry)) == entry


@given(st.data())
def test_a_changed_byte_is_always_noticed(data: st.DataObject) -> None:
    packed = bytearray(pack(ENTRY))
    place = data.draw(st.integers(0, len(packed) - 1))
    packed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Damaged):
        unpack(bytes(packed))


@given(st.integers(0, len(pack(ENTRY)) - 1))
def test_a_cut_entry_is_always_noticed(length: int) -> None:
    with pytest.raises(Damaged):
        unpack(pack(ENTRY)[:length])


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_damage_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(Damaged):
        unpack(data)


def test_a_true_empty_is_fresh_for_a_shorter_time() -> None:
    full = Entry.of(Fetched(b"rows"), OBJECT, "live", 0)
    empty = Entry.of(Fetched(b"", empty=True), OBJECT, "live", 0)
    assert full.is_fresh(OBJECT.fresh_seconds - 1)
    assert empty.is_fresh(OBJECT.empty_fresh_seconds - 1)
    assert not empty.is_fresh(OBJECT.empty_fresh_seconds)


def test_an_answer_may_bring_its_own_lifetime() -> None:
    entry = Entry.of(Fetched(b"", lifetime=CUTOUTS_OF_NEWEST), CUTOUTS, "live", 0)
    assert entry.fresh_until == CUTOUTS_OF_NEWEST.fresh_seconds


def test_what_has_no_end_is_kept_for_ever() -> None:
    assert ENTRY.is_kept(1e12)
    assert not Entry(b"", 0, 1, 10, "live").is_kept(10)


def test_keys_of_two_sources_never_meet() -> None:
    assert Key("live", "objects/ZTF25abixhdc").text != Key("archive", "objects/ZTF25abixhdc").text


def test_every_lifetime_has_a_reason_and_keeps_longer_than_it_is_fresh() -> None:
    assert len({life.name for life in LIFETIMES}) == len(LIFETIMES)
    for life in LIFETIMES:
        assert life.why.endswith(".")
        assert life.empty_fresh_seconds <= life.fresh_seconds
        assert life.keep_seconds is None or life.keep_seconds > life.fresh_seconds
