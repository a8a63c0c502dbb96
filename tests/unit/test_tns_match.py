"""Which TNS entries belong to which objects: by name, on the sphere, and in which order."""

from __future__ import annotations

import astropy.units as u
import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tns.match import UNCLASSIFIED, counterparts, match, types_of
from services.tns.table import TnsTable
from tests.tns_rows import ID, at, record, table


def names(held: TnsTable, ra: float = 10.0, dec: float = 20.0, radius: float = 2.0) -> list[str]:
    """Names of the entries of `ID`, best first."""
    return [each.entry.name for each in counterparts(held, ID, ra, dec, radius)]


def test_an_object_is_found_by_its_name_wherever_the_entry_is() -> None:
    held = table(at("SN 2020a", 50.0, -5.0, internalname=ID.upper()), at("SN 2020b", 10.0, 40.0))
    (found,) = counterparts(held, ID, 10.0, 20.0)
    assert (found.by_name, found.by_position) == (True, False)
    assert found.separation_arcsec == pytest.approx(
        SkyCoord(10, 20, unit="deg").separation(SkyCoord(50, -5, unit="deg")).arcsec
    )


def test_a_name_is_exact_and_not_the_beginning_of_another() -> None:
    held = table(
        at("SN 2020a", 50.0, 0.0, internalname="ZTF26aafuox"), at("SN 2020b", 51.0, 0.0, internalname=ID + "z")
    )
    assert names(held) == []


def test_several_internal_names_are_found_in_one_cell_and_in_several_rows() -> None:
    one_cell = table(at("SN 2020a", 50.0, 0.0, internalname=f"ATLAS20a, {ID} ,PS20b"))
    rows = table(*[at("SN 2020a", 50.0, 0.0, internalname=name) for name in ("ATLAS20a", ID, "PS20b")])
    for held in (one_cell, rows):
        (found,) = counterparts(held, ID, 10.0, 20.0)
        assert found.entry.internal_names == ("ATLAS20a", ID, "PS20b")
        assert found.entry.ztf_names == (ID,)
        assert len(held) == 1


def test_the_classified_entry_comes_before_its_at_twin_whichever_has_the_name() -> None:
    twin = at("AT 2020a", 10.0, 20.0, internalname=ID)
    sn = at("SN 2020a", 10.0, 20.0 + 1 / 3600, type="SN Ia")
    assert names(table(twin, sn)) == ["SN 2020a", "AT 2020a"]
    assert names(table(sn, twin)) == ["SN 2020a", "AT 2020a"]


def test_what_was_reported_under_the_name_comes_before_what_is_merely_near() -> None:
    named = at("AT 2020a", 10.0, 20.0 + 1.5 / 3600, internalname=ID)
    near = at("SN 2019z", 10.0, 20.0, type="SN II")
    assert names(table(near, named)) == ["AT 2020a", "SN 2019z"]


def test_of_entries_that_are_near_those_with_a_type_come_first_and_then_the_nearest() -> None:
    held = table(
        at("AT 2020a", 10.0, 20.0 + 0.1 / 3600),
        at("SN 2020b", 10.0, 20.0 + 1.8 / 3600, type="SN Ia"),
        at("SN 2020c", 10.0, 20.0 + 1.2 / 3600, type="SN II"),
        at("AT 2020d", 10.0, 20.0 + 0.7 / 3600),
    )
    assert names(held) == ["SN 2020c", "SN 2020b", "AT 2020a", "AT 2020d"]


def test_an_entry_found_both_ways_is_there_once_and_says_both() -> None:
    (found,) = counterparts(table(at("SN 2020a", 10.0, 20.0, internalname=ID)), ID, 10.0, 20.0 + 0.5 / 3600)
    assert (found.by_name, found.by_position) == (True, True)
    assert found.separation_arcsec == pytest.approx(0.5, abs=1e-6)


def test_entries_without_a_position_are_found_by_name_with_no_distance() -> None:
    held = table(at("SN 2020a", float("nan"), 20.0, internalname=ID))
    (found,) = counterparts(held, ID, 10.0, 20.0)
    assert found.separation_arcsec is None
    assert (found.entry.ra, found.entry.redshift) == (None, None)


def test_an_object_without_a_position_is_found_by_name_only() -> None:
    held = table(at("SN 2020a", 10.0, 20.0, internalname=ID), at("SN 2020b", 10.0, 20.0))
    pairs = match(held, [ID, "ZTF18abcdefg"], [np.nan, np.nan], [20.0, 20.0])
    assert pairs.row.tolist() == [0]


@pytest.mark.parametrize(
    ("ra", "dec", "other_ra", "other_dec", "arcsec"),
    [
        (0.0, 10.0, 360.0 - 1 / 3600, 10.0, np.cos(np.radians(10.0))),
        (359.9999, 0.0, 0.0001, 0.0, 0.72),
        (12.0, 90.0, 200.0, 90.0 - 1 / 3600, 1.0),
        (0.0, -90.0 + 0.5 / 3600, 180.0, -90.0 + 0.5 / 3600, 1.0),
    ],
)
def test_right_ascension_wraps_and_poles_are_places(
    ra: float, dec: float, other_ra: float, other_dec: float, arcsec: float
) -> None:
    held = table(at("SN 2020a", other_ra, other_dec))
    (found,) = counterparts(held, "", ra, dec, arcsec * 1.001)
    assert found.separation_arcsec == pytest.approx(arcsec, rel=1e-4)
    assert not counterparts(held, "", ra, dec, arcsec * 0.999)


def places(draws: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Random positions, with crowds at RA 0 and at both poles."""
    ra, dec = draws.uniform(0, 360, count), np.degrees(np.arcsin(draws.uniform(-1, 1, count)))
    kind = draws.integers(0, 4, count)
    ra = np.where(kind == 1, draws.uniform(-0.002, 0.002, count) % 360, ra)
    dec = np.where(kind == 1, draws.uniform(-0.002, 0.002, count), dec)
    polar = draws.choice([-1, 1], count) * (90 - np.abs(draws.normal(0, 0.001, count)))
    return ra, np.where(kind >= 2, polar, dec)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), radius=st.floats(0.5, 30))
def test_by_position_the_same_pairs_and_distances_are_found_as_by_astropy(seed: int, radius: float) -> None:
    draws = np.random.default_rng(seed)
    ra, dec = places(draws, 40)
    other_ra, other_dec = places(draws, 60)
    held = table(*[at(f"SN 20{n:03d}x", a, d) for n, (a, d) in enumerate(zip(other_ra, other_dec, strict=True))])
    pairs = match(held, [""] * len(ra), ra, dec, radius)
    here, there = SkyCoord(ra, dec, unit="deg"), SkyCoord(other_ra, other_dec, unit="deg")
    apart = here[:, None].separation(there[None, :]).to_value(u.arcsec)
    sure = np.abs(apart - radius) > 1e-6  # a pair at the edge may fall on either side
    found = np.zeros(apart.shape, dtype=bool)
    found[pairs.row, pairs.entry] = True
    assert ((apart <= radius) == found)[sure].all()
    assert pairs.separation_arcsec == pytest.approx(apart[pairs.row, pairs.entry], abs=1e-6)


def test_types_keep_the_index_of_the_rows_and_tell_no_entry_from_no_type() -> None:
    held = table(
        at("AT 2020a", 10.0, 20.0, internalname=ID),
        at("SN 2020b", 30.0, 0.0, type="SN II"),
        at("AT 2020b", 30.0, 0.0),
    )
    rows = pd.DataFrame(
        {"object_id": [ID, "ZTF18aaaaaaa", "ZTF18aaaaaab"], "ra": [10.0, 30.0, 99.0], "dec": [20.0, 0.0, 0.0]},
        index=[7, 3, 5],
    )
    found = types_of(held, rows)
    assert found.index.tolist() == [7, 3, 5]
    assert found[7] == UNCLASSIFIED
    assert found[3] == "SN II"
    assert pd.isna(found[5])


@pytest.mark.parametrize("text", ["SN 2023ixf", "sn2023ixf", "2023ixf", " AT 2023IXF ", "ZTF23aaklqou", "atlas23abc"])
def test_a_name_is_found_as_people_write_it_classified_entries_first(text: str) -> None:
    held = table(
        at("AT 2023ixf", 1.0, 2.0, internalname="ATLAS23abc"),
        at("SN 2023ixf", 1.0, 2.0, internalname="ZTF23aaklqou", type="SN II"),
        at("SN 2023ixf", 1.0, 2.0, internalname="ATLAS23abc", type="SN II"),
        at("SN 2023ixg", 1.0, 2.0),
    )
    found = [entry.name for entry in held.named(text)]
    assert found[0] == "SN 2023ixf"
    assert set(found) <= {"SN 2023ixf", "AT 2023ixf"}


def test_names_that_are_none_find_nothing() -> None:
    held = table(record(internalname="nan"), record(None or "", internalname=""))
    assert [held.named(text) for text in ("", "nan", "x" * 10_000, "\x00", "SN")] == [[]] * 5


def test_rows_without_any_name_are_entries_of_their_own() -> None:
    held = table(*[record("nan", ra="10", declination="20", internalname=f"PS{n}") for n in range(3)])
    assert len(held) == 3
    assert names(held) == ["", "", ""]


def test_an_empty_table_answers_every_question_with_nothing() -> None:
    held = table()
    assert len(held) == 0
    assert len(match(held, [ID], [1.0], [2.0])) == 0
    assert held.named("SN 2023ixf") == []
    rows = pd.DataFrame({"object_id": [ID], "ra": [1.0], "dec": [2.0]})
    assert types_of(held, rows).isna().all()
