"""Altitudes against astropy's own path, geometry that must hold everywhere, and what is said about a night."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.figures.observability import ALTITUDES, AltitudeFacts, hour_step, observability_figure
from services.errors import InvalidQuery
from services.nights import mjd, night_start_jd
from services.observability import (
    GOOD_ALTITUDE_DEG,
    SUNSET_DEG,
    Observability,
    Verdict,
    airmass,
    observability,
    sky,
    spans,
    table,
    tonight,
    verdict,
)
from services.observability_words import best_words, clock, moon_words, night_words, script, verdict_words
from services.observatories import Site, observatories, parse_site

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.house import World

PALOMAR = observatories()["palomar"]
SIRIUS = (101.287155, -16.716116)
"""ICRS position of Sirius (Hipparcos), degrees; its proper motion is 1.3 arcsec a year."""
EXPLAINED = (320.73548, -10.01323)
"""The object of the design's picture."""
NIGHT = date(2025, 9, 4)

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
nights = st.dates(date(1990, 1, 1), date(2050, 12, 31))
right_ascensions = st.floats(0, 360, exclude_max=True)


def site(longitude: float, latitude: float, height: float = 0.0) -> Site:
    return Site(f"{longitude},{latitude}", "somewhere", longitude, latitude, height, "made up")


@pytest.fixture
def no_downloads() -> Iterator[None]:
    """astropy, which some tests compare with, may not look for newer tables of the Earth's rotation."""
    from astropy.utils import iers

    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("iers_degraded_accuracy", "ignore"):
        yield


def by_astropy(ra: float, dec: float, place: Site, times_mjd: Any) -> dict[str, Any]:
    """Altitude, Sun, Moon and separation (deg) as astropy's frames give them."""
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body
    from astropy.time import Time

    location = EarthLocation(
        lon=place.longitude_deg * u.deg, lat=place.latitude_deg * u.deg, height=place.height_m * u.m
    )
    times = Time(times_mjd, format="mjd")
    frame = AltAz(obstime=times, location=location)
    target = SkyCoord(ra, dec, unit="deg").transform_to(frame)
    sun, moon = (get_body(body, times, location).transform_to(frame) for body in ("sun", "moon"))
    away = target.separation(moon).deg
    return {
        "altitude": target.alt.deg,
        "azimuth": target.az.deg,
        "sun": sun.alt.deg,
        "moon": moon.alt.deg,
        "away": away,
    }


# Against astropy


@pytest.mark.parametrize(
    ("place", "night", "position"),
    [
        ("palomar", date(2024, 1, 15), SIRIUS),
        ("palomar", NIGHT, EXPLAINED),
        ("mount-john", date(2018, 6, 21), (266.4, -29.0)),
        ("ohp", date(2021, 6, 21), (37.95, 89.26)),
        ("-70,-89.5,2800", date(2020, 7, 3), SIRIUS),
    ],
)
def test_altitudes_sun_moon_and_separation_agree_with_astropy_to_a_hundredth_of_a_degree(
    no_downloads: None, place: str, night: date, position: tuple[float, float]
) -> None:
    found = observability(*position, parse_site(place), night)
    every = slice(None, None, 24)
    truth = by_astropy(*position, found.sky.site, found.sky.mjd[every])
    ours = {
        "altitude": found.altitude_deg[every],
        "sun": found.sky.sun_altitude_deg[every],
        "moon": found.sky.moon_altitude_deg[every],
        "away": found.moon_separation_deg[every],
    }
    for name, values in ours.items():
        assert np.abs(values - truth[name]).max() < 0.01, name
    around = np.abs((found.azimuth_deg[every] - truth["azimuth"] + 180) % 360 - 180)
    assert (around * np.cos(np.radians(truth["altitude"]))).max() < 0.01


def test_the_code_for_a_night_runs_and_finds_the_same_hours(
    no_downloads: None, capsys: pytest.CaptureFixture[str]
) -> None:
    found = observability(*EXPLAINED, PALOMAR, NIGHT)
    source = script("ZTF25abixhdc", *EXPLAINED, found.sky)
    exec(compile(source, "script", "exec"), {})
    rows = capsys.readouterr().out.splitlines()
    (start, stop) = found.windows[0]
    inside = (found.sky.mjd > start) & (found.sky.mjd < stop)
    assert len(rows) == inside.sum()
    first = found.sky.mjd[inside][0]
    assert rows[0].startswith(f"2025-09-04 {clock(first)} UTC  altitude {found.altitude_deg[inside][0]:.1f}")
    assert "SIMULATED" not in source
    assert "# SIMULATED: ZTF00aaaaaaa from" in script("ZTF00aaaaaaa", *EXPLAINED, found.sky, simulated=True)


# Geometry that holds everywhere


@given(longitudes, latitudes, nights, right_ascensions, latitudes)
def test_nowhere_and_at_no_time_does_anything_fail_or_warn(
    longitude: float, latitude: float, night: date, ra: float, dec: float
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = observability(ra, dec, site(longitude, latitude), night)
        assert all(verdict_words(found))
        assert night_words(found.sky)
        assert moon_words(found)
        rows = table(found)
        figure = observability_figure(facts_of(found))
    assert np.isfinite(rows.drop(columns=["utc", "site", "airmass"]).to_numpy()).all()
    assert (np.isnan(rows["airmass"]) == (found_within(found).altitude_deg < 0)).all()
    assert 0 <= found.sky.illumination <= 1
    assert [t["meta"]["role"] for t in figure["data"]][:2] == ["moon", "altitude"]


def found_within(found: Observability) -> Any:
    """Altitudes of the rows of the table, unrounded."""
    start, stop = found.sky.shown
    inside = (found.sky.mjd >= start) & (found.sky.mjd <= stop)
    return pd.DataFrame({"altitude_deg": found.altitude_deg[inside]})


@given(longitudes, st.floats(-80, 80), nights, right_ascensions, latitudes)
def test_the_highest_altitude_of_a_day_is_that_of_the_transit(
    longitude: float, latitude: float, night: date, ra: float, dec: float
) -> None:
    found = observability(ra, dec, site(longitude, latitude), night)
    # Precession moves a declination by up to 0.34 degrees in 60 years; between the points it rises by less than 0.65.
    assert found.altitude_deg.max() <= 90 - abs(latitude - dec) + 0.36
    assert found.altitude_deg.max() >= 90 - abs(latitude - dec) - 1.01


@given(st.floats(40, 90), nights, right_ascensions)
def test_what_is_near_the_pole_never_sets_there_and_never_rises_on_the_other_side(
    latitude: float, night: date, ra: float
) -> None:
    north = observability(ra, 89.0 - latitude / 2 + 25, site(10, latitude), night)
    assert north.altitude_deg.min() > 0
    south = observability(ra, 89.0 - latitude / 2 + 25, site(10, -latitude), night)
    assert verdict(south) is Verdict.NEVER_RISES


@pytest.mark.parametrize("latitude", [90.0, -90.0])
def test_at_the_poles_nothing_rises_or_sets(latitude: float) -> None:
    found = observability(200.0, np.sign(latitude) * 40.0, site(0, latitude), NIGHT)
    assert np.ptp(found.altitude_deg) < 1e-6
    assert found.altitude_deg[0] == pytest.approx(40, abs=0.2)


@given(longitudes, st.floats(-60, 60), nights)
def test_the_middle_of_every_night_is_in_its_utc_date_and_the_sun_is_down_then(
    longitude: float, latitude: float, night: date
) -> None:
    over = sky(site(longitude, latitude), night)
    start = mjd(night_start_jd(night))
    half_a_step = 2.5 / 1440
    assert start - half_a_step <= over.mjd[144] <= start + 1 + half_a_step
    assert over.sun_altitude_deg[144] < 0
    assert len(over.mjd) == 289
    assert np.allclose(over.mjd * 288, np.round(over.mjd * 288), atol=1e-4), "whole steps of five minutes"


@given(longitudes, st.floats(-90, 90), nights, right_ascensions, latitudes)
def test_inside_a_window_it_is_dark_and_the_position_is_high(
    longitude: float, latitude: float, night: date, ra: float, dec: float
) -> None:
    found = observability(ra, dec, site(longitude, latitude), night)
    over = found.sky
    inside = np.zeros(len(over.mjd), dtype=bool)
    for start, stop in found.windows:
        inside |= (over.mjd >= start - 1e-9) & (over.mjd <= stop + 1e-9)
    limit = over.dark_limit_deg
    good = found.altitude_deg > GOOD_ALTITUDE_DEG + 1e-6
    good &= over.sun_altitude_deg < (-91 if limit is None else limit - 1e-6)
    assert (inside >= good).all()
    assert not inside[found.altitude_deg < GOOD_ALTITUDE_DEG - 1e-5].any()


# Sun and Moon


@pytest.mark.parametrize(
    ("night", "lit"),
    [(date(2025, 9, 7), 1.0), (date(2025, 3, 14), 1.0), (date(2025, 9, 21), 0.0), (date(2025, 9, 14), 0.5)],
)
def test_the_moon_is_lit_as_the_almanac_says(night: date, lit: float) -> None:
    assert sky(PALOMAR, night).illumination == pytest.approx(lit, abs=0.06)


def test_the_sun_sets_at_palomar_when_the_almanac_says() -> None:
    # By astropy's frames for -50': 02:10 and 13:24 UTC; the almanac rounds to the minute and knows no height.
    ((sunset, sunrise),) = sky(PALOMAR, NIGHT).sun_below(SUNSET_DEG)
    assert (clock(sunset), clock(sunrise)) == ("02:09", "13:24")


def test_the_moon_is_seen_from_the_place_and_not_from_the_centre_of_the_earth() -> None:
    here, there = (sky(site(0, latitude), NIGHT).moon for latitude in (60, -60))
    apart = np.degrees(np.arccos(np.clip((here * there).sum(axis=1), -1, 1)))
    assert 1.0 < apart.min() <= apart.max() < 2.0


# Tonight


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2025-09-04T08:45", date(2025, 9, 4)),  # the middle of the night
        ("2025-09-04T01:00", date(2025, 9, 4)),  # the afternoon before
        ("2025-09-04T13:00", date(2025, 9, 4)),  # twilight
        ("2025-09-04T14:00", date(2025, 9, 5)),  # the morning after
        ("2025-09-04T23:59", date(2025, 9, 5)),
    ],
)
def test_tonight_is_the_night_that_goes_on_or_else_the_next_one(now: str, night: date) -> None:
    assert tonight(PALOMAR, datetime.fromisoformat(now).replace(tzinfo=UTC)) == night


@given(longitudes, latitudes, st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)))
def test_tonight_is_never_over_and_never_more_than_a_day_ahead(
    longitude: float, latitude: float, now: datetime
) -> None:
    place = site(longitude, latitude)
    aware = now.replace(tzinfo=UTC)
    over = sky(place, tonight(place, aware))
    now_mjd = mjd(aware.timestamp() / 86400 + 2440587.5)
    end = max((stop for _, stop in over.sun_below(SUNSET_DEG)), default=over.mjd[-1])
    half_a_step = 2.5 / 1440
    assert now_mjd <= end + half_a_step
    assert over.mjd[0] - now_mjd <= 1


# Places


def test_every_observatory_of_the_table_is_on_earth_and_says_where_it_comes_from() -> None:
    assert len(observatories()) >= 25
    assert next(iter(observatories())) == "palomar"
    for key, each in observatories().items():
        assert parse_site(key) is each
        assert -180 <= each.longitude_deg <= 180
        assert -90 <= each.latitude_deg <= 90
        assert 0 < each.height_m < 5000
        assert each.name
        assert each.source
        assert not each.typed


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("-116.863,33.356,1706", (-116.863, 33.356, 1706)),
        ("243.137, 33.356", (-116.863, 33.356, 0)),
        ("−70.4,−24.6", (-70.4, -24.6, 0)),
        ("0,-90", (0, -90, 0)),
        (".5,+4.", (0.5, 4, 0)),
    ],
)
def test_coordinates_can_be_typed(text: str, place: tuple[float, float, float]) -> None:
    found = parse_site(text)
    assert (found.longitude_deg, found.latitude_deg, found.height_m) == pytest.approx(place)
    assert found.typed
    again = parse_site(found.key)
    assert again == found


def test_no_place_is_palomar_and_a_name_may_be_written_as_people_do() -> None:
    assert parse_site("") is parse_site(None) is PALOMAR
    assert parse_site("  La Silla ") is observatories()["la-silla"]


@pytest.mark.parametrize(
    "text", ["nowhere", "1", "1,2,3,4", "nan,inf", "400,0", "0,91", "0,0,20000", "1e9,0", "١,٢", "0;0", "palomar,1"]
)
def test_a_place_that_is_none_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_site(text)
    assert caught.value.field == "site"
    assert parse_site(caught.value.example)
    assert len(caught.value.what) < 200


@given(st.text(max_size=30))
def test_any_text_is_a_place_or_is_refused(text: str) -> None:
    try:
        found = parse_site(text)
    except InvalidQuery as error:
        found = parse_site(error.example)
    assert -180 <= found.longitude_deg <= 180


# Words


def said(position: tuple[float, float], place: str, night: date) -> str:
    return " ".join(verdict_words(observability(*position, parse_site(place), night)))


def test_the_hours_that_are_good_are_said() -> None:
    found = observability(*EXPLAINED, PALOMAR, NIGHT)
    assert verdict(found) is Verdict.GOOD
    assert said(EXPLAINED, "palomar", NIGHT) == "above 30° in the dark 03:35 to 09:12 UTC"
    assert best_words(found) == "47° at 06:15"
    assert moon_words(found) == "Moon 25° away, 86 % lit"


@pytest.mark.parametrize(
    ("position", "place", "night", "words"),
    [
        ((101.0, -60.0), "palomar", NIGHT, "never rises here: 3° below the horizon at best"),
        ((101.0, -40.0), "palomar", date(2025, 1, 5), "never above 30° from here: 17° at best"),
        (SIRIUS, "palomar", date(2025, 7, 2), "not to be seen tonight: up only in daylight or twilight"),
        (SIRIUS, "palomar", date(2025, 9, 20), "never above 30° in the dark: 29° at best"),
        (EXPLAINED, "20,78", date(2025, 6, 20), "no darkness: the Sun does not set (polar day)"),
        ((250.0, 40.0), "20,62", date(2025, 6, 20), "no darkness: the Sun stays above −12° in summer at this latitude"),
    ],
)
def test_why_something_cannot_be_observed_is_said(
    position: tuple[float, float], place: str, night: date, words: str
) -> None:
    assert said(position, place, night) == words


def test_in_a_bright_summer_nautical_twilight_has_to_do() -> None:
    words = said((250.0, 40.0), "10,52", date(2025, 6, 20))
    assert words.startswith("above 30° in nautical twilight (no astronomical darkness in summer at this latitude) ")
    assert words.endswith(" UTC")


def test_in_a_polar_night_there_may_be_two_windows_and_the_sun_is_always_down() -> None:
    found = observability(0.0, 20.0, parse_site("20,72"), date(2025, 12, 20))
    assert found.sky.sun_below(SUNSET_DEG) == ((found.sky.mjd[0], found.sky.mjd[-1]),)
    assert found.sky.shown == (found.sky.mjd[0], found.sky.mjd[-1])


@pytest.mark.parametrize(
    ("place", "night", "words"),
    [
        ("palomar", NIGHT, "4 Sep 2025"),
        ("la-palma", NIGHT, "3/4 Sep 2025"),
        ("ohp", date(2025, 9, 30), "30 Sep/1 Oct 2025"),
        ("ohp", date(2025, 12, 31), "31 Dec 2025/1 Jan 2026"),
        ("siding-spring", NIGHT, "4 Sep 2025"),
    ],
)
def test_a_night_is_called_by_the_dates_it_touches(place: str, night: date, words: str) -> None:
    assert night_words(sky(parse_site(place), night)) == words


def test_a_moon_below_the_horizon_is_said_to_be_down() -> None:
    found = observability(*SIRIUS, PALOMAR, date(2025, 1, 1))
    assert moon_words(found).startswith("Moon down, ")


# Small parts


def test_airmass_is_that_of_the_published_tables() -> None:
    # Kasten and Young 1989, equation 3, at the altitude to which refraction (Saemundsson 1986) raises the true one.
    true = np.array([90.0, 60.0, 30.0, 10.0, 3.0])
    seen = true + 1.02 / 60 / np.tan(np.radians(true + 10.3 / (true + 5.11)))
    expected = 1 / (np.sin(np.radians(seen)) + 0.50572 * (seen + 6.07995) ** -1.6364)
    assert airmass(true) == pytest.approx(expected, rel=0.005)
    assert np.isnan(airmass([-0.01])).all()


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_spans_are_in_order_and_hold_all_points_above_zero(values: list[float]) -> None:
    times = np.arange(len(values), dtype="float64")
    found = spans(times, np.array(values))
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(any(a <= t <= b for a, b in found) for t, value in zip(times, values, strict=True) if value > 0)


@pytest.mark.parametrize(("hours", "most", "step"), [(11, 8, 2), (24, 8, 3), (24, 5, 6), (3, 8, 1), (500, 5, 8)])
def test_hours_on_the_axis_are_handsome(hours: float, most: int, step: int) -> None:
    assert hour_step(hours, most) == step


# The figure


def facts_of(found: Observability) -> AltitudeFacts:
    from tests.house import the_app

    the_app()
    from pages._observability import figure_facts

    return figure_facts(found)


def test_the_figure_has_the_curve_the_good_part_the_moon_and_four_steps_of_darkness() -> None:
    found = observability(*EXPLAINED, PALOMAR, NIGHT)
    figure = observability_figure(facts_of(found))
    by_role = {trace["meta"]["role"]: trace for trace in figure["data"]}
    assert set(by_role) == {"altitude", "moon", "good", "best"}
    assert by_role["good"]["x"][0] == pytest.approx(found.windows[0][0], abs=1e-5)
    assert by_role["good"]["x"][-1] == pytest.approx(found.windows[0][1], abs=1e-5)
    assert by_role["good"]["y"][-1] == pytest.approx(30, abs=0.02)
    assert [shape["name"] for shape in figure["layout"]["shapes"]] == ["sun", "civil", "nautical", "dark"]
    assert figure["layout"]["xaxis"]["title"]["text"] == "Hour (UTC), night of 4 Sep 2025"
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert words[: len(ALTITUDES)] == ["2.0", "1.15", "1.00", "airmass"]
    assert words[-1] == "47° at 06:15, airmass 1.37"
    assert "Moon" in words


def test_nothing_below_the_horizon_is_drawn() -> None:
    figure = observability_figure(facts_of(observability(101.0, -60.0, PALOMAR, NIGHT)))
    by_role = {trace["meta"]["role"]: trace for trace in figure["data"]}
    assert set(by_role) == {"altitude", "moon"}
    assert set(by_role["altitude"]["y"]) == {None}


# The panel and its file


def panel(world: World, **ask: str) -> Any:
    import pages._observability  # noqa: F401  # declares the panel
    from tests.house import ODD

    return world.draw("observability", object_id=ODD, **ask)


def test_the_panel_says_what_the_service_found(warm: World) -> None:
    from tests.house import having, state_of, text_of

    drawn = panel(warm, obs_date="2025-09-04")
    assert state_of(drawn, "observability") == "ready"
    assert having(drawn, "data-verdict", "good")
    for words in ("03:35 to 09:12 UTC", "Moon 25° away", "Nautical", "03:04–12:29"):
        assert words in text_of(drawn)


@pytest.mark.parametrize(
    ("ask", "example"),
    [
        ({"site": "nowhere"}, "palomar"),
        ({"site": "500,0"}, "-116.863,33.356,1706"),
        ({"obs_date": "2025-13-40"}, "2025-09-02"),
    ],
)
def test_a_bad_place_or_date_is_refused_with_a_good_one(warm: World, ask: dict[str, str], example: str) -> None:
    from tests.house import state_of, text_of

    drawn = panel(warm, **ask)
    assert state_of(drawn, "observability") == "invalid"
    assert example in text_of(drawn)


def test_a_night_that_nobody_chose_is_tonight(warm: World) -> None:
    from dash import dcc

    from tests.house import having, of_type

    drawn = panel(warm, site="la-silla")
    (box,) = [each for each in of_type(drawn, dcc.Input) if each.id == "observing-night"]
    assert abs(date.fromisoformat(box.value) - datetime.now(UTC).date()) <= timedelta(days=1)
    assert [each.value for each in having(drawn, "selected", True)] == ["la-silla"]


def test_an_outage_is_an_outage_here_too(world: World) -> None:
    from tests.house import state_of

    world.fink.fail()
    assert state_of(panel(world), "observability") == "unavailable"


@pytest.fixture
def client(warm: World) -> FlaskClient:
    """An app with the route of the file and nothing else."""
    from flask import Flask

    from pages._observability import blueprint
    from services.house import EXTENSION
    from services.houses import Houses

    app = Flask("observability")
    app.extensions[EXTENSION] = Houses(warm.house)
    app.register_blueprint(blueprint)
    return app.test_client()


def test_the_file_has_a_row_for_every_five_minutes_and_says_where_it_comes_from(client: FlaskClient) -> None:
    from tests.house import ODD

    answer = client.get(f"/export/observability/{ODD}.csv?obs_date=2025-09-04&site=palomar")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["oddfinch:source"] for row in rows} == {"Archive"}
    assert rows[0]["oddfinch:utc"] == "2025-09-04 01:40:00"
    best = max(rows, key=lambda row: float(row["oddfinch:altitude_deg"]))
    assert best["oddfinch:utc"] == "2025-09-04 06:15:00"
    assert float(best["oddfinch:airmass"]) == pytest.approx(1.37, abs=0.01)
    assert answer.headers["Content-Disposition"].endswith('ZTF00aaaaaaa_palomar_2025-09-04_archive.csv"')


@pytest.mark.parametrize("query", ["site=nowhere", "obs_date=yesterday"])
def test_a_file_of_a_bad_place_or_date_is_refused(client: FlaskClient, query: str) -> None:
    from tests.house import ODD

    answer = client.get(f"/export/observability/{ODD}.csv?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "For example: " in answer.text
