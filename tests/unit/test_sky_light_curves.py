"""Light curves of the simulated sky behave as their kinds do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from services.local_fink.sky import light_curves as curves
from services.local_fink.sky.entries import reference
from services.local_fink.sky.features import apparent
from services.local_fink.sky.kinds import KINDS
from services.local_fink.sky.light_curves import Model
from services.local_fink.sky.observed import measure

ANCHOR = 2460000.7
Draw = Callable[[np.random.Generator, float], Model]


def drawn(kind: Draw, seed: int = 1) -> Model:
    return kind(np.random.default_rng(seed), ANCHOR)


def magnitudes(model: Model, jd: np.ndarray, band: int = 2) -> np.ndarray:
    return 25 - 2.5 * np.log10(model.flux(jd, np.full(len(jd), band)))


def observed_times(seed: int = 1, n: int = 250, days: float = 300.0) -> np.ndarray:
    return np.sort(ANCHOR + np.random.default_rng(seed).uniform(-days / 2, days / 2, n))


def dispersion(magnitude: np.ndarray, phase: np.ndarray) -> float:
    """Mean squared step between neighbours in phase: small for the right period (Lafler & Kinman 1965)."""
    return float(np.mean(np.diff(magnitude[np.argsort(phase)]) ** 2))


@pytest.mark.parametrize("kind", [curves.rr_lyrae, curves.eclipsing])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_period_is_recovered_from_noisy_points(kind: Draw, seed: int) -> None:
    model = drawn(kind, seed)
    period = model.facts["period"]
    jd = observed_times(seed, 350)
    magnitude = magnitudes(model, jd) + np.random.default_rng(seed).normal(0, 0.02, len(jd))
    trials = np.unique(np.concatenate([[period], 1 / np.arange(1 / (1.3 * period), 1 / (0.75 * period), 0.0002)]))
    found = trials[np.argmin([dispersion(magnitude, jd / trial % 1) for trial in trials])]
    assert found == pytest.approx(period, rel=2e-3)


@pytest.mark.parametrize("kind", [curves.supernova_ia, curves.supernova_ii, curves.superluminous])
@pytest.mark.parametrize("band", [1, 2])
def test_a_supernova_is_nothing_then_rises_once_and_declines_slower(kind: Draw, band: int) -> None:
    model = drawn(kind)
    jd = model.facts["t0"] + np.arange(-150.0, 400.0, 0.5)
    flux = model.flux(jd, np.full(len(jd), band))
    peak = int(flux.argmax())
    assert flux[0] < 1e-3 * flux[peak]
    assert (np.diff(flux[:peak]) >= 0).all()
    assert (np.diff(flux[peak:]) <= 0).all()
    half = np.flatnonzero(flux > flux[peak] / 2)
    assert jd[half[-1]] - jd[peak] > jd[peak] - jd[half[0]]


def test_a_type_ia_supernova_reddens() -> None:
    model = drawn(curves.supernova_ia)
    later = np.array([ANCHOR, ANCHOR + 30])
    colour = magnitudes(model, later, 1) - magnitudes(model, later, 2)
    assert colour[1] > colour[0] + 0.5


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_dwarf_nova_is_in_outburst_for_its_share_of_the_time(seed: int) -> None:
    model = drawn(curves.dwarf_nova, seed)
    jd = ANCHOR + np.arange(0, 20 * model.facts["every"], 0.25)
    bright = magnitudes(model, jd) < model.facts["quiet"] - 0.5 * model.facts["height"]
    share = model.facts["lasts"] / model.facts["every"]
    # Half the height is reached early in the rise and halfway down the decline, which is half the outburst.
    assert 0.55 * share < bright.mean() < 0.95 * share
    assert bright[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mira_seen_by_difference_has_the_same_apparent_magnitude_as_the_star(seed: int) -> None:
    model = drawn(curves.mira, seed)
    jd = observed_times(seed, n=200, days=model.facts["period"])
    fid = np.where(np.arange(len(jd)) % 2, 1, 2)
    magpsf, sigmapsf, positive = measure(model, jd, fid, np.full(len(jd), 20.5), np.random.default_rng(seed))
    magnr = reference(np.tile([model.template[band] for band in (1, 2, 3)], (len(jd), 1)), fid)
    seen, sigmagnr = np.isfinite(magpsf), np.zeros(len(jd))
    magnitude, sigma = apparent(magpsf, sigmapsf, positive, magnr, sigmagnr)
    off = (magnitude - 25 + 2.5 * np.log10(model.flux(jd, fid)))[seen]
    assert 0.2 < positive[seen].mean() < 0.8
    for sign in (positive[seen], ~positive[seen]):
        known = sign & np.isfinite(off) & (sigma[seen] < 0.2)
        assert known.sum() > 20
        assert abs(np.median(off[known])) < 0.02
        assert 0.5 < np.median(np.abs(off / sigma[seen])[known]) / 0.6745 < 1.6


@pytest.mark.parametrize("seed", range(8))
def test_a_mira_does_not_outshine_what_the_camera_can_take(seed: int) -> None:
    model = drawn(curves.mira, seed)
    assert magnitudes(model, ANCHOR + np.arange(0.0, 500.0)).min() > 12.5


def test_the_outbursts_of_a_dwarf_nova_are_alike_and_not_the_same() -> None:
    model = drawn(curves.dwarf_nova)
    every, height = model.facts["every"], model.facts["height"]
    jd = model.facts["start"] + every * np.arange(12)[:, None] + np.arange(0.0, every, 0.25)
    peaks = model.facts["quiet"] - magnitudes(model, jd.ravel()).reshape(jd.shape).min(axis=1)
    assert (0.6 * height < peaks).all()
    assert (peaks < 1.1 * height).all()
    assert np.ptp(peaks) > 0.05 * height


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tidal_disruption_stays_blue_and_falls_with_the_power_of_five_thirds(seed: int) -> None:
    model = drawn(curves.tidal_disruption, seed)
    jd = model.facts["t0"] + np.arange(-40.0, 3000.0)
    flux = model.flux(jd, np.full(len(jd), 2))
    colour = magnitudes(model, jd, 1) - magnitudes(model, jd, 2)
    slope = np.log(flux[-1] / flux[2000]) / np.log((jd[-1] - model.facts["t0"]) / (jd[2000] - model.facts["t0"]))
    assert colour == pytest.approx(np.full(len(jd), -0.2))
    assert jd[flux.argmax()] == model.facts["t0"]
    assert slope == pytest.approx(-5 / 3, abs=0.06)
    assert flux[0] < 0.01 * flux.max()


def test_a_nucleus_that_changed_its_look_rose_by_two_magnitudes_within_its_galaxy() -> None:
    model = drawn(curves.changing_look)
    before, after = magnitudes(model, ANCHOR + np.array([-200.0, 60.0]))
    assert before - after == pytest.approx(2.0, abs=0.6)
    assert model.constant[2] > 0
    assert model.template[2] > model.constant[2]


def test_a_quasar_wanders_as_far_as_its_structure_function_says() -> None:
    walk = curves.damped_walk(np.random.default_rng(1), ANCHOR, tau=5.0, spread=0.3)
    values = walk(ANCHOR + np.arange(-500.0, 500.0))
    assert values.std() == pytest.approx(0.3, rel=0.15)
    assert np.corrcoef(values[:-5], values[5:])[0, 1] == pytest.approx(np.exp(-1), abs=0.12)


def test_microlensing_is_one_symmetric_grey_peak() -> None:
    model = drawn(curves.microlensing)
    before = magnitudes(model, model.facts["t0"] - np.arange(0.0, 60))
    after = magnitudes(model, model.facts["t0"] + np.arange(0.0, 60))
    colour = magnitudes(model, model.facts["t0"] + np.arange(0.0, 60), 1) - after
    assert before == pytest.approx(after)
    assert (np.diff(after) > 0).all()
    assert np.ptp(colour) < 1e-9


def test_an_asteroid_is_there_once() -> None:
    model = drawn(curves.asteroid)
    jd = ANCHOR + np.array([-1.0, 0.0, 1.0])
    assert (model.flux(jd, np.full(3, 2)) > 0).tolist() == [False, True, False]


@pytest.mark.parametrize("name", list(KINDS))
def test_every_kind_has_finite_light_at_all_times_and_can_be_seen_at_its_anchor(name: str) -> None:
    jd = ANCHOR + np.linspace(-400, 400, 801)
    seen = []
    for seed in range(12):
        model = drawn(KINDS[name].model, seed)
        for band in (1, 2, 3):
            flux = model.flux(jd, np.full(len(jd), band))
            assert np.isfinite(flux).all()
            assert (flux >= 0).all()
        bands = np.array([1, 2])
        limits = np.full(2, 20.3)
        magpsf, _, _ = measure(model, np.full(2, ANCHOR), bands, limits, np.random.default_rng(seed))
        seen.append(np.isfinite(magpsf).any())
    assert np.mean(seen) >= 0.3
