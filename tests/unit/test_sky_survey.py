"""When and how the simulated survey looks: cadence, photometry, ids, cutouts, the plan."""

from __future__ import annotations

import gzip
import io
import itertools
import math
import re
from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from services.local_fink.sky import positions
from services.local_fink.sky.cadence import (
    DOCUMENTED,
    JD_OF_ORDINAL,
    Cadence,
    centre_of,
    field_of,
    moon_illumination,
    quadrant_of,
)
from services.local_fink.sky.cast import Cast
from services.local_fink.sky.draws import MULTIPLIER, object_id, uniform
from services.local_fink.sky.entries import MOST_SOURCES, alert_number
from services.local_fink.sky.kinds import BACKGROUND, DOCUMENTED_COUNTS, KINDS, WEARERS, spelt
from services.local_fink.sky.observed import Observer, anchor_of
from services.local_fink.sky.plan import deal
from services.local_fink.sky.stamps import stamps_of

CADENCE = Cadence(1)
YEAR = (date(2023, 1, 1).toordinal(), date(2023, 12, 31).toordinal())


@given(seed=st.integers(0, 10**6), number=st.integers(0, 26**7 - 1))
def test_an_object_id_cannot_be_a_real_one(seed: int, number: int) -> None:
    assert re.fullmatch(r"ZTF00[a-z]{7}", object_id(seed, number))


def test_object_ids_are_all_different() -> None:
    # Without a common divisor the multiplication permutes all names, so that a sky of any size has no name twice.
    assert math.gcd(MULTIPLIER, 26) == 1
    assert len({object_id(5, number) for number in range(20_000)}) == 20_000
    with pytest.raises(ValueError, match="seven letters"):
        object_id(1, 26**7)


@given(seed=st.integers(0, 10**6), number=st.integers(0, 26**7 - 1), other=st.integers(0, 26**7 - 1))
def test_two_sources_of_a_sky_never_share_an_id(seed: int, number: int, other: int) -> None:
    assert (object_id(seed, number) == object_id(seed, other)) == (number == other)


EXPOSED = st.tuples(st.integers(1000, 8999), st.integers(0, 99_999), st.integers(0, 63))


@given(st.lists(st.tuples(EXPOSED, st.integers(0, MOST_SOURCES - 1)), unique=True, min_size=2, max_size=8))
def test_alert_numbers_are_different_for_every_source_and_exposure_and_fit(alerts: list[Any]) -> None:
    pids = [nid * 10**9 + fraction * 10**4 + rcid * 100 + 15 for (nid, fraction, rcid), _ in alerts]
    numbers = alert_number(np.array(pids), np.array([source for _, source in alerts])).tolist()
    assert len(set(numbers)) == len(alerts)
    assert all(10**18 <= number < 2**63 for number in numbers)


def test_uniform_numbers_depend_on_their_keys_only_and_fill_the_interval() -> None:
    many = uniform(1, np.arange(20_000))
    assert many[17] == uniform(1, 17)[0]
    assert (many >= 0).all()
    assert (many < 1).all()
    assert np.histogram(many, 10, (0, 1))[0] == pytest.approx(2000, abs=200)


@given(seed=st.integers(0, 1000))
def test_the_documented_dates_have_sixty_six_clear_nights(seed: int) -> None:
    first, last = (day.toordinal() for day in DOCUMENTED)
    assert Cadence(seed).is_clear(np.arange(first, last + 1)).sum() == 66


@given(ra=st.floats(0, 359.99), dec=st.floats(-28, 85))
def test_a_field_holds_its_centre_and_a_quadrant_is_one_of_sixty_four(ra: float, dec: float) -> None:
    number = field_of(ra, dec)
    assert field_of(*centre_of(number)) == number
    rcid, x, y = quadrant_of(ra, dec)
    assert 0 <= rcid < 64
    assert 0 <= x <= 3072
    assert 0 <= y <= 3080


def test_a_field_has_a_season_and_is_seen_in_g_and_r_and_now_and_then_in_i() -> None:
    seen = CADENCE.exposures(field_of(180.0, 20.0), *YEAR)
    bands = Counter(seen.fid.tolist())
    assert (np.diff(seen.jd) > 0).all()
    assert 0 < bands[3] < 0.2 * (bands[1] + bands[2])
    assert min(bands[1], bands[2]) > 20
    assert np.diff(np.unique(seen.day)).max() > 45
    assert (seen.jd - seen.day - JD_OF_ORDINAL > 0.1).all()
    assert (seen.jd - seen.day - JD_OF_ORDINAL < 0.56).all()


def test_for_weeks_a_field_can_be_seen_in_one_band_only() -> None:
    shares = []
    for number in range(400, 440):
        seen = CADENCE.exposures(number, YEAR[0], YEAR[0] + 45)
        if len(seen.jd) > 8:
            shares.append(np.mean(seen.fid == 1))
    assert min(shares) < 0.25
    assert max(shares) > 0.75
    assert 0.1 < np.mean([0.3 < share < 0.7 for share in shares]) < 0.9


def test_good_nights_follow_good_nights_and_the_dome_stays_shut_for_days() -> None:
    clear = CADENCE.is_clear(np.arange(YEAR[0], YEAR[0] + 3000))
    again = clear[1:][clear[:-1]].mean()
    shut = max(len(list(run)) for is_clear, run in itertools.groupby(clear) if not is_clear)
    assert clear.mean() == pytest.approx(0.6, abs=0.04)
    assert again > clear.mean() + 0.05
    assert 4 <= shut <= 20


def test_the_moon_takes_faint_sources_away() -> None:
    seen = CADENCE.exposures(field_of(180.0, 20.0), YEAR[0] - 3000, YEAR[1])
    moon, in_g = moon_illumination(seen.jd), seen.fid == 1
    assert seen.limit[in_g & (moon > 0.8)].mean() < seen.limit[in_g & (moon < 0.2)].mean() - 0.5


def test_a_night_asked_for_alone_has_the_same_exposures() -> None:
    field = field_of(180.0, 20.0)
    year = CADENCE.exposures(field, *YEAR)
    day = int(year.day[30])
    assert CADENCE.exposures(field, day, day).jd.tolist() == year.jd[year.day == day].tolist()


def test_an_error_is_what_the_scatter_is() -> None:
    observer = Observer(1, CADENCE)
    seen = observer.observe(observer.source(1, "active galaxy", "QSO", 180.0, 20.0, 2460000.7), *YEAR)
    model = seen.source.model
    true = model.difference(seen.jd, seen.fid)[seen.seen]
    flux = np.where(seen.positive, 1, -1)[seen.seen] * 10 ** (-0.4 * (seen.magpsf[seen.seen] - 25))
    off = (flux - true) / (np.abs(flux) * seen.sigmapsf[seen.seen] / 1.0857)
    assert len(off) > 30
    assert off.std() == pytest.approx(1, abs=0.4)


@pytest.mark.parametrize(("kind", "seed"), [("rr lyrae", 1), ("rr lyrae", 2), ("eclipsing", 1), ("eclipsing", 3)])
def test_the_period_of_a_star_is_recovered_from_its_alerts(kind: str, seed: int) -> None:
    observer = Observer(seed, CADENCE)
    seen = observer.observe(observer.source(1, kind, "V*", 180.0, 45.0, 2460000.7), YEAR[0] - 365, YEAR[1])
    used = seen.seen & (seen.fid == 2)
    change = np.where(seen.positive, 1, -1) * 10 ** (-0.4 * (seen.magpsf - 25))
    magnitude = 25 - 2.5 * np.log10(seen.source.model.template[2] + change[used])
    jd, true = seen.jd[used], seen.source.model.facts["period"]
    trials = 1 / np.append(np.arange(1 / (1.3 * true), 1 / (0.75 * true), 0.0001), 1 / true)
    steps = [np.mean(np.diff(magnitude[np.argsort(jd / trial % 1)]) ** 2) for trial in trials]
    assert trials[int(np.argmin(steps))] == pytest.approx(true, rel=2e-3)


def test_an_asteroid_is_seen_in_one_night_and_before_that_there_are_limits() -> None:
    observer, found = Observer(1, CADENCE), 0
    for number in range(20):
        anchor = anchor_of(CADENCE, 180.0, 20.0, YEAR[0] + 60 + number)
        if anchor is None:
            continue
        seen = observer.observe(observer.source(number, "asteroid", "Unknown", 180.0, 20.0, anchor), *YEAR)
        found += bool(seen.seen.any())
        assert len(np.unique(seen.day[seen.seen])) <= 1
        assert (~seen.seen).sum() > 20
    assert found >= 3


def test_what_is_seen_in_i_is_an_alert_of_its_own_kind() -> None:
    observer = Observer(1, CADENCE)
    seen = observer.observe(observer.source(2, "mira", "Mira", 180.0, 20.0, 2460000.7), *YEAR)
    places = [place for places in seen.alerts_in_i.values() for place in places]
    assert places
    assert set(seen.fid[places].tolist()) == {3}
    assert not set(places) & {place for places in seen.alerts.values() for place in places}


def test_some_subtractions_are_negative_and_some_points_of_low_quality() -> None:
    observer = Observer(1, CADENCE)
    seen = observer.observe(observer.source(1, "rr lyrae", "RRLyr", 180.0, 20.0, 2460000.7), *YEAR)
    assert 0.1 < seen.positive[seen.seen].mean() < 0.9
    poor = (seen.rb < 0.55) | (seen.nbad > 0)
    assert 0.005 < poor.mean() < 0.15
    clean = {place for places in seen.alerts.values() for place in places}
    assert not clean & set(np.flatnonzero(poor | (seen.fid == 3) | ~seen.seen).tolist())


def test_positions_follow_their_population_and_the_southern_edge() -> None:
    rng = np.random.default_rng(1)
    found = {name: [positions.draw(name, rng) for _ in range(150)] for name in ("disc", "galaxies", "clouds", "halo")}
    latitude = {name: np.abs([positions.galactic_latitude(*place) for place in found[name]]) for name in found}
    assert np.median(latitude["disc"]) < 8
    assert latitude["galaxies"].min() > 17
    assert latitude["clouds"].max() < 35
    assert min(dec for places in found.values() for _, dec in places) > positions.SOUTH


def test_galactic_coordinates_are_those_of_the_north_galactic_pole() -> None:
    assert positions.to_equatorial(0.0, 90.0) == pytest.approx((192.85948, 27.12825), abs=1e-3)


@given(seed=st.integers(0, 500))
def test_sixty_six_nights_are_dealt_exactly_the_documented_table(seed: int) -> None:
    nights = deal(np.random.default_rng(seed))
    counts = Counter(label for night in nights for label in night.labels)
    for night in nights:
        label, n = night.failed or ("", 0)
        counts[label] += n
        assert len(night.labels) + n == 10
    assert {label: n for label, n in counts.items() if n} == dict(DOCUMENTED_COUNTS)
    assert sum(DOCUMENTED_COUNTS.values()) == 660


def test_every_label_has_somebody_to_wear_it() -> None:
    assert {label for label in DOCUMENTED_COUNTS if not label.startswith("Fail")} == set(WEARERS)
    assert {kind for wearers in WEARERS.values() for kind in wearers} <= set(KINDS)
    assert {kind for _, kind in BACKGROUND} <= set(KINDS)


def test_simbad_changes_its_spelling_at_one_date() -> None:
    before, after = date(2023, 8, 31).toordinal(), date(2023, 9, 1).toordinal()
    assert [spelt("RRLyr", before), spelt("RRLyr", after)] == ["RRLyr", "RRLyrae"]
    assert spelt("CataclyV*", after) == "CataclyV*"


def image(stamp: bytes) -> np.ndarray:
    with fits.open(io.BytesIO(gzip.decompress(stamp))) as file:
        return np.asarray(file[0].data, dtype=float)


def test_cutouts_show_the_source_in_the_middle_and_are_damaged_now_and_then() -> None:
    cast = Cast(Observer(1, CADENCE))
    rng = np.random.default_rng(1)
    day = int(CADENCE.exposures(field_of(180.0, 20.0), *YEAR).day[0])
    seen = cast.new(day, "supernova Ia", "Unknown", rng, lambda seen: seen.scorable(day))
    places = np.flatnonzero(seen.seen)
    shapes, holes = Counter[tuple[int, ...]](), 0
    for place in places:
        _, _, difference = (image(stamp) for stamp in stamps_of(seen, int(place), 1))
        shapes[difference.shape] += 1
        holes += bool(np.isnan(difference).any())
        if difference.shape == (63, 63) and not np.isnan(difference).any():
            middle = np.abs(difference[29:34, 29:34].sum())
            assert middle > 3 * np.abs(difference[5:10, 5:10].sum()) or seen.sigmapsf[place] > 0.1
    assert shapes[(63, 63)] > 0.8 * len(places)
    assert stamps_of(seen, int(places[0]), 1) == stamps_of(seen, int(places[0]), 1)
