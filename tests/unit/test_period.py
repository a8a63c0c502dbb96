"""The search for a period: simulated variables of known period, noise, the panel, and a script that repeats it."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import dcc
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.period import BINS, FoldedBand, Folding, PeriodFacts, period_figure, phases, thinned
from components.theme import THEMES, tokens
from pages._period import days_of, verdict
from services.errors import InvalidQuery
from services.fink.columns import LIGHT_CURVE, fink_name
from services.period import MOST_FREQUENCIES, PEAKS, Kept, search, snippet
from services.period_peaks import Noise, period_text
from services.period_points import MIN_IN_BAND, MIN_POINTS, Floats, longest_days, measurements
from services.photometry import flux_ujy, magnitude_ab
from tests.house import World, having, of_type, state_of, text_of
from tests.packets import detection, packet, write_parquet

TEMPLATE_MAG = 18.5
FID = {"g": 1, "r": 2, "i": 3}
START_JD = 2458300.5


def sine(phase: Floats) -> Floats:
    return np.sin(2 * np.pi * phase)


def saw(phase: Floats) -> Floats:
    """Fast rise and slow fall, as of an RR Lyrae star of type ab."""
    return np.where(phase < 0.15, phase / 0.15, (1 - phase) / 0.85) * 2 - 1


def eclipses(phase: Floats) -> Floats:
    """Two eclipses of different depth."""
    return -1.2 * np.exp(-((phase - 0.25) ** 2) / 0.003) - 0.7 * np.exp(-((phase - 0.75) ** 2) / 0.003) + 0.1


def observed(
    period: float, shape: Any = sine, *, points: int = 150, span: float = 1500, bands: str = "gr", seed: int = 1,
    amplitude: float = 0.5, noise: float = 0.05, template: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Light curve of a variable, seen once in some nights within three hours of the meridian."""
    draws = np.random.default_rng(seed)
    frames = []
    for band in bands:
        jd = np.sort(START_JD + np.floor(draws.uniform(0, span, points)) + 0.3 + draws.uniform(-0.12, 0.12, points))
        unit = float(flux_ujy(TEMPLATE_MAG))
        flux = unit * (amplitude * shape(np.mod(jd / period, 1)) + noise * draws.normal(size=points))
        frames.append(
            pd.DataFrame(
                {
                    "candid": [f"31{n:017d}" for n in range(points)],
                    "jd": jd,
                    "fid": FID[band],
                    "magpsf": magnitude_ab(np.abs(flux)),
                    "sigmapsf": 2.5 / np.log(10) * noise * unit / np.abs(flux),
                    "diffmaglim": 20.5,
                    "isdiffpos": np.where(flux > 0, "t", "f"),
                    "magnr": TEMPLATE_MAG,
                    "sigmagnr": 0.02,
                    "distnr": 0.3 if template else 8.0,
                    "tag": "valid",
                }
            )
        )
    return pd.concat(frames, ignore_index=True).astype({"fid": "Int64"})


@pytest.mark.parametrize(
    ("kind", "period", "factor"),
    [
        ("an RR Lyrae star", 0.58712, 1),
        ("an eclipsing binary, at half of its period", 2.6181, 2),
        ("a Mira", 331.7, 1),
        ("a δ Scuti star", 0.0612, 1),
    ],
)
@pytest.mark.parametrize("template", [True, False])
def test_the_period_is_found_of(kind: str, period: float, factor: int, template: bool) -> None:
    shape = saw if "RR" in kind else eclipses if "binary" in kind else sine
    found = search(measurements(observed(period, shape, template=template, points=300 if factor == 2 else 150)))
    assert found.best is not None
    best = found.peaks[found.best]
    candidates = [period, period / factor]
    error, nearest = min((abs(best.period - p), p) for p in candidates)
    assert error < 0.1 * nearest**2 / found.span_days, best
    assert best.false_alarm < 1e-6
    assert not found.rises
    assert verdict(found).startswith("Best: ")


def test_the_error_of_the_period_is_that_of_many_repetitions() -> None:
    best = [search(measurements(observed(3.7, points=40, span=300, seed=seed)), 1.5).peaks[0] for seed in range(25)]
    scatter = float(np.std([peak.period for peak in best]))
    assert 0.6 < float(np.median([peak.error_days for peak in best])) / scatter < 1.6


def test_the_power_is_that_of_a_direct_fit() -> None:
    measured = measurements(observed(3.7, points=30, span=80, bands="gri"))
    found = search(measured, 0.5)
    for at in (0, 97, len(found.frequency) - 1):
        left = total = 0.0
        for band in measured.searched:
            turn = 2 * np.pi * found.frequency[at] * band.mjd
            model = np.stack([np.ones_like(turn), np.sin(turn), np.cos(turn)]) / band.error
            fit = np.linalg.lstsq(model.T, band.flux / band.error, rcond=None)[0]
            left += float(((band.flux / band.error - model.T @ fit) ** 2).sum())
            mean = np.average(band.flux, weights=band.error**-2)
            total += float((((band.flux - mean) / band.error) ** 2).sum())
        assert found.power[at] == pytest.approx(1 - left / total, abs=1e-6)


def test_the_window_is_the_direct_sum() -> None:
    measured = measurements(observed(3.7, points=30, span=80, bands="g"))
    found = search(measured, 0.5)
    [band] = measured.searched
    weight = band.error**-2 / (band.error**-2).sum()
    for at in (0, 97, len(found.frequency) - 1):
        direct = abs(np.sum(weight * np.exp(2j * np.pi * found.frequency[at] * band.mjd))) ** 2
        assert found.window[at] == pytest.approx(direct, abs=1e-5)


def test_noise_passes_the_false_alarm_level_as_seldom_as_it_says() -> None:
    above = 0
    for seed in range(75):
        bands = ("g", "gr", "gri")[seed % 3]
        measured = measurements(observed(1.0, points=30, span=60, bands=bands, seed=seed, amplitude=0))
        above += search(measured, 0.5).peaks[0].power > Noise.of(measured.searched, 2.0).level(0.2)
    assert 4 <= above <= 24, "20 % of 75 at most; not far fewer, or real periods were missed"


@given(st.integers(1, 3), st.integers(10, 500), st.floats(0.1, 1e6))
def test_a_higher_peak_is_never_more_likely_from_noise(bands: int, points: int, width: float) -> None:
    noise = Noise(bands, max(points, bands * MIN_IN_BAND), width)
    chances = [noise.chance(power) for power in np.linspace(0, 1, 60)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(chances))


def test_aliases_are_named_and_the_true_period_is_not() -> None:
    found = search(measurements(observed(0.58712, saw)))
    assert found.best == 0
    assert found.peaks[0].alias == ""
    assert [peak.alias for peak in found.peaks[1:3]] == ["1 d alias of 0.5871 d"] * 2
    near_a_day = [peak for peak in search(measurements(observed(333.0))).peaks if abs(peak.frequency - 1) < 0.004]
    assert near_a_day
    assert all(peak.alias.startswith(("1 d alias of 33", "alias of 1 ")) for peak in near_a_day)


def test_a_rhythm_of_the_observations_is_marked_and_not_chosen() -> None:
    found = search(measurements(observed(90.0, points=60, span=20)))
    assert any(peak.sampling and peak.alias == "alias of 1 d" for peak in found.peaks)
    assert found.best is None or not found.peaks[found.best].sampling


def test_one_slow_rise_is_no_period() -> None:
    found = search(measurements(observed(80.0, points=30, span=20, bands="g", noise=0.01)))
    assert found.rises
    assert verdict(found).startswith(("No period can be told", "No peak"))


def test_half_and_twice_the_best_period_are_named() -> None:
    measured = measurements(observed(2.6181, eclipses, points=400))
    names = [peak.alias for peak in search(measured).peaks]
    assert any(name.startswith(("half of", "twice", "1 d alias", "½ d alias")) for name in names)


def test_more_frequencies_than_one_waits_for_are_capped() -> None:
    found = search(measurements(observed(3.7)), 0.005)
    assert len(found.frequency) == MOST_FREQUENCIES
    assert found.oversampling < 2
    assert search(measurements(observed(3.7))).oversampling == pytest.approx(5, abs=0.01)


def test_only_valid_detections_count() -> None:
    rows = observed(3.7, points=20, bands="g")
    rows.loc[:4, "tag"] = "badquality"
    limit = rows.iloc[:1].assign(tag="upperlim", magpsf=np.nan, sigmapsf=np.nan, isdiffpos=None)
    [band] = measurements(pd.concat([rows, limit], ignore_index=True)).bands
    assert len(band.mjd) == 15


def test_the_difference_flux_is_taken_where_some_have_no_template_source() -> None:
    rows = observed(3.7, points=20)
    assert measurements(rows).mode == "dcflux"
    rows.loc[:2, "distnr"] = 9.0
    few = measurements(rows)
    assert (few.mode, few.dropped, sum(len(b.mjd) for b in few.bands)) == ("dcflux", 3, 37)
    rows.loc[:10, "distnr"] = 9.0
    many = measurements(rows)
    assert (many.mode, many.dropped, sum(len(b.mjd) for b in many.bands)) == ("diffflux", 0, 40)


def test_a_band_with_few_points_is_left_out_and_says_why() -> None:
    rows = pd.concat([observed(3.7, points=20, bands="gr"), observed(3.7, points=MIN_IN_BAND - 1, bands="i")])
    measured = measurements(rows)
    assert [band.name for band in measured.searched] == ["g", "r"]
    assert measured.bands[2].left_out == "4 points"


@pytest.mark.parametrize("points", [0, 1, MIN_POINTS - 1])
def test_too_few_points_are_a_reason_and_no_search(points: int) -> None:
    measured = measurements(observed(3.7, points=points, bands="g"))
    assert f"needs {MIN_POINTS}" in str(measured.trouble)
    with pytest.raises(ValueError, match="needs"):
        search(measured)


def test_detections_of_one_moment_have_no_period() -> None:
    assert "one moment" in str(measurements(observed(3.7, points=20, bands="g").assign(jd=START_JD)).trouble)


magnitudes = st.one_of(st.floats(10, 22), st.just(math.nan))
rows_of_anything = st.lists(
    st.tuples(
        st.floats(START_JD, START_JD + 3000),
        st.sampled_from([1, 2, 3, 4]),
        magnitudes,
        st.one_of(st.floats(0, 1), st.just(math.nan)),
        st.sampled_from(["t", "f", None]),
        magnitudes,
        st.floats(0, 3),
        st.sampled_from(["valid", "valid", "valid", "badquality"]),
    ),
    max_size=40,
)


@given(rows_of_anything)
@settings(deadline=None, max_examples=40)
def test_whatever_the_points_the_search_is_finite_or_refused(rows: list[tuple[Any, ...]]) -> None:
    names = ["jd", "fid", "magpsf", "sigmapsf", "isdiffpos", "magnr", "distnr", "tag"]
    frame = pd.DataFrame(rows, columns=names).assign(sigmagnr=0.1, diffmaglim=20.0, candid=None)
    floats = dict.fromkeys(("jd", "magpsf", "sigmapsf", "magnr", "distnr"), "float64")
    frame = frame.astype({**floats, "fid": "Int64", "isdiffpos": "str", "tag": "str"})
    measured = measurements(frame)
    if measured.trouble:
        return
    shortest = max(longest_days(measured) / 50, longest_days(measured) / 5000)
    found = search(measured, shortest)
    for values in (found.power, found.window):
        assert np.isfinite(values).all()
        assert 0 <= values.min() <= values.max() <= 1
    assert 0 < found.level <= 1
    assert len(found.peaks) <= PEAKS
    assert verdict(found)
    assert isinstance(snippet("ZTF25abixhdc", measured, found), str)


@given(st.floats(1e-3, 1e5))
def test_a_period_in_the_address_is_the_period_to_eight_digits(days: float) -> None:
    text = period_text(days)
    assert float(text) == pytest.approx(days, rel=1e-7)
    assert "e" not in text


def test_results_are_kept_by_what_they_were_made_from_and_the_oldest_is_dropped() -> None:
    kept, made = Kept(2), []
    result = search(measurements(observed(3.7, points=20, span=30)))

    def work() -> Any:
        made.append(1)
        return result

    for key in ("a", "a", "b", "c", "a"):
        assert kept.get(key, work) is result
    assert len(made) == 4
    assert kept.peek("b") is None


@given(st.floats(0.01, 1000), st.floats(58000, 62000), st.floats(0, 0.999))
def test_the_epoch_has_phase_0_and_a_cycle_later_again(period: float, epoch: float, phase0: float) -> None:
    folding = Folding(period, epoch, phase0, 2)
    folded = phases([folding.zero_mjd, folding.zero_mjd + 3 * period, folding.zero_mjd + period / 2], folding)
    assert all(min(p, 1 - p) < 1e-5 for p in folded[:2])
    assert folded[2] == pytest.approx(0.5, abs=1e-5)


def test_thinning_keeps_the_highest_power_where_it_is() -> None:
    found = search(measurements(observed(0.58712, saw)))
    periods, powers = thinned(found.frequency, found.power)
    assert len(periods) <= 2 * BINS
    assert periods == sorted(periods)
    top = int(np.argmax(powers))
    assert powers[top] == pytest.approx(found.power.max(), abs=1e-5)
    assert periods[top] == pytest.approx(1 / found.frequency[found.power.argmax()], rel=1e-6)


def facts(cycles: int = 2, points: int = 3) -> PeriodFacts:
    times = [60000 + 0.4 * n for n in range(points)]
    return PeriodFacts(
        power=([0.1, 1.0, 10.0], [0.1, 0.8, 0.2]),
        window=([0.1, 1.0, 10.0], [0.0, 0.1, 0.9]),
        level=0.3,
        level_words="1% false alarm",
        peaks=[(1.0, 0.8), (1.02, 0.7)],
        period_range=(0.1, 10.0),
        bands=[FoldedBand("g", times, [18.0] * points, [0.1] * points, ["1"] * points)],
        folding=Folding(1.0, 60000.0, 0.25, cycles),
        y_title="DC mag",
        reversed=True,
    )


@pytest.mark.parametrize("cycles", [1, 2])
def test_the_figure_has_every_point_once_per_cycle(cycles: int) -> None:
    figure = period_figure(facts(cycles), period_words="1")
    folded = next(t for t in figure["data"] if "fold" in t["meta"])
    assert folded["x"][:3] == [0.75, 0.15, 0.55]
    assert len(folded["x"]) == len(folded["y"]) == len(folded["error_y"]["array"]) == 3 * cycles
    assert figure["layout"]["xaxis3"]["range"] == [0, cycles]
    assert figure["layout"]["yaxis3"]["range"] == [18.1, 17.9], "magnitudes grow downwards"
    assert "xaxis" not in figure["layout"], "assets/app.js would write dates on it"


def test_many_points_are_drawn_with_webgl_and_few_are_not() -> None:
    kinds = [
        next(t["type"] for t in period_figure(facts(points=n), period_words="1")["data"] if "fold" in t["meta"])
        for n in (100, 2000)
    ]
    assert kinds == ["scatter", "scattergl"]


@pytest.mark.parametrize("theme", THEMES)
def test_the_figure_has_the_colours_of_its_theme(theme: str) -> None:
    figure = period_figure(facts(), period_words="1", theme=theme)
    folded = next(t for t in figure["data"] if "fold" in t["meta"])
    assert folded["marker"]["color"] == tokens(theme)["band-g"]
    assert "@" not in str(figure["layout"])


@pytest.mark.parametrize("text", ["abc", "nan", "-1", "0", "inf", "1e9"])
def test_a_period_that_cannot_be_is_refused_with_one_that_can(text: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        days_of({"fold": text}, "fold", 0.002, 1e5, "0.5321")
    assert (refused.value.field, refused.value.example) == ("fold", "0.5321")


# ---------- the panel ----------

STAR = "ZTF00qqqqqqq"
LONELY = "ZTF00qqqqqqr"
STAR_PERIOD = 0.7312
MIDNIGHT = 2460000.5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One regular variable without a template source, and one object with a single detection."""
    from services.local_fink import create_app
    from tests.house import the_app

    the_app()
    times = MIDNIGHT - 29 + np.arange(29) + np.random.default_rng(3).uniform(0, 0.9, 29)
    history = [
        detection(float(t), fid=1, magpsf=float(18 + 0.2 * math.sin(2 * math.pi * t / STAR_PERIOD))) for t in times
    ]
    folder = tmp_path_factory.mktemp("period")
    sky = [
        packet(STAR, MIDNIGHT + 0.2, magpsf=18.0, score=-0.05, history=history, candid=3165254992115015021),
        packet(LONELY, MIDNIGHT + 0.3, magpsf=18.0, score=-0.02, candid=3165254992115015023),
    ]
    made = World(folder, create_app([write_parquet(folder / "alerts.parquet", sky)]))
    yield made
    made.close()


def test_the_panel_folds_with_the_best_period(world: World) -> None:
    panel = world.draw("period", object_id=STAR)
    assert state_of(panel, "period") == "ready"
    figure = of_type(panel, dcc.Graph)[0].figure
    chosen = next(t for t in figure["data"] if t["meta"].get("role") == "chosen")
    assert chosen["x"][0] == pytest.approx(STAR_PERIOD, rel=0.01)
    assert "difference flux" in text_of(panel)
    pressed = [b for b in having(panel, "data-period-fold") if getattr(b, "aria-pressed") == "true"]
    assert len(pressed) == 1


def test_the_address_is_the_folding(world: World) -> None:
    panel = world.draw("period", object_id=STAR, fold="1.4624", cycles="1", phase0="0.25")
    figure = of_type(panel, dcc.Graph)[0].figure
    assert next(t for t in figure["data"] if t["meta"].get("role") == "chosen")["x"] == [1.4624] * 2
    assert figure["layout"]["xaxis3"]["range"] == [0, 1]
    assert [getattr(f, "data-value") for f in having(panel, "data-period-input")][:2] == ["1.4624", "0.25"]


def test_another_shortest_period_makes_another_search(world: World) -> None:
    panel = world.draw("period", object_id=STAR, pmin="0.4")
    assert "0.4 to" in text_of(panel)


def test_one_detection_has_no_period_and_the_panel_says_why(world: World) -> None:
    panel = world.draw("period", object_id=LONELY)
    assert state_of(panel, "period") == "empty"
    assert "A search needs 10" in text_of(panel)


@pytest.mark.parametrize(("key", "value"), [("fold", "often"), ("pmin", "0"), ("pmin", "500")])
def test_a_wrong_period_in_the_address_is_explained(world: World, key: str, value: str) -> None:
    panel = world.draw("period", object_id=STAR, **{key: value})
    assert state_of(panel, "period") == "invalid"


def test_the_panel_waits_for_its_search_only_where_it_may(world: World) -> None:
    from pages._slots import drawn

    with world.serving():
        assert drawn("period", {"object_id": STAR, "pmin": "0.31"}, wait=False) is None
        assert drawn("period", {"object_id": STAR, "pmin": "0.31"}, wait=True) is not None
        assert drawn("period", {"object_id": STAR, "pmin": "0.31"}, wait=False) is not None


# ---------- the script ----------


@pytest.mark.parametrize("template", [True, False])
def test_the_script_finds_the_same_period(template: bool, capsys: pytest.CaptureFixture[str]) -> None:
    rows = observed(0.58712, points=60, span=200, template=template).assign(object_id="ZTF25abixhdc")
    measured = measurements(rows)
    found = search(measured, 0.3)
    answer = [
        {"d:tag": row["tag"], **{fink_name(n): row[n] for n in (*LIGHT_CURVE, "object_id", "diffmaglim") if n in row}}
        for row in rows.to_dict("records")
    ]
    reply = SimpleNamespace(raise_for_status=lambda: None, json=lambda: answer)

    def load(name: str, *rest: Any) -> Any:
        return SimpleNamespace(post=lambda *_, **__: reply) if name == "requests" else builtins.__import__(name, *rest)

    script = snippet("ZTF25abixhdc", measured, found)
    names: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": load}}
    exec(compile(script, "snippet", "exec"), names)
    assert names["power"] == pytest.approx(found.power, abs=1e-6)
    assert "highest power" in capsys.readouterr().out


# ---------- real light curves ----------

OBJECTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "objects.parquet"


def test_every_real_light_curve_is_searched_or_refused_with_a_reason() -> None:
    if not OBJECTS.exists():
        pytest.skip("../shared/data/objects.parquet is not there: it holds the recorded light curves")
    columns = ["jd", "fid", "magpsf", "sigmapsf", "diffmaglim", "isdiffpos", "magnr", "sigmagnr", "distnr"]
    wanted = ["i:objectId", "i:candid", "d:tag", *(f"i:{name}" for name in columns)]
    table = pd.read_parquet(OBJECTS, columns=wanted).rename(columns=lambda name: name.split(":")[1])
    for name in columns:
        if name != "isdiffpos":
            table[name] = pd.to_numeric(table[name], errors="coerce")
    table["isdiffpos"] = table["isdiffpos"].replace({"1": "t", "0": "f"})
    searched = 0
    for _, rows in table[table["tag"].eq("valid")].groupby("objectId"):
        if len(rows) < MIN_POINTS:
            continue
        measured = measurements(rows.assign(candid=rows["candid"].astype("str")))
        if measured.trouble is None:
            found = search(measured, longest_days(measured) / 30)
            assert np.isfinite(found.power).all()
            assert verdict(found)
            searched += 1
    assert searched > 30
