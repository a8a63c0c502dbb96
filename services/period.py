"""Whether an object repeats, and how often: a Lomb-Scargle search over all of its bands at once.

Each band has its own mean and its own amplitude and phase; the bands share the frequency. That is the multiband
periodogram of VanderPlas & Ivezić (2015, ApJ 812, 18) with N_base = 0 and N_band = 1, and it is the mean of the
bands' floating-mean (generalised, Zechmeister & Kürster 2009, A&A 496, 577) periodograms, weighted with how much each
band varies (their equation for the reduction of χ²)::

    P(f) = Σ_b χ²₀,b P_b(f) / Σ_b χ²₀,b          χ²₀,b: χ² of band b about its weighted mean

so that 1 − P is the share of χ² that the best sinusoids leave. The sums run over non-uniform FFTs (nifty-ls: Garrison
et al. 2024, RNAAS 8, 250).

Limits: alerts exist only where the difference was above 5σ, so the middle of a cycle is often missing. Times are those
of the telescope, without heliocentric correction (at most 8.3 min). A sinusoid finds half the period of an eclipsing
binary with two like eclipses.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from services.fink.columns import LIGHT_CURVE
from services.period_peaks import Noise, Peak, named
from services.period_points import Band, Floats, Measurements, chi2_of, longest_days
from services.photometry import BANDS
from services.snippets import light_curve

SHORTEST_DAYS = 0.05
"""Shortest period unless another is asked for: below it ZTF finds few sources that Fink would list."""
OVERSAMPLING = 5
"""Frequencies per 1/span, the width of a peak (VanderPlas 2018, ApJS 236, 16, section 7.1)."""
MOST_FREQUENCIES = 300_000
"""More would take longer than a person waits for a click; then there are fewer per peak, and the panel says so."""
FALSE_ALARM = 0.01
SLOWEST = 0.2
"""A sinusoid this often in the time of the detections is nearly a parabola; slower ones say nothing more."""
AS_WELL = 0.95
"""A slow change with this share of a peak's power is the simpler explanation; rhythms of the observations mirror it."""
PEAKS = 5
CANDIDATES = 8
"""Peaks of the grid that are looked at closely; refining can change their order a little."""
FINE = 21
"""Frequencies across two steps of the grid, in the second stage."""


@dataclass(frozen=True, eq=False)
class Periodogram:
    """Result of a search.

    Attributes
    ----------
    frequency
        Regular, ascending, in 1/d; shape (n,).
    power, window
        Combined power, and the spectral window of the observations (1 for a rhythm that they keep perfectly); same
        shape.
    level
        Power that white noise exceeds anywhere in the range with a chance of at most `FALSE_ALARM`.
    peaks
        Highest first, at most `PEAKS`.
    best
        Which of them is folded first: the highest that is no rhythm of the observations; None without peaks.
    slow
        Power of the best sinusoid that is longer than the detections: a slow change, and no cycle.
    span_days
        Of the detections.
    oversampling
        Frequencies per 1/span; less than `OVERSAMPLING` when their number was capped.
    """

    frequency: Floats
    power: Floats
    window: Floats
    level: float
    peaks: tuple[Peak, ...]
    best: int | None
    slow: float
    span_days: float
    oversampling: float

    @property
    def rises(self) -> bool:
        """Whether one slow change explains the detections as well as the best peak, which then means nothing."""
        return self.best is None or self.slow > AS_WELL * self.peaks[self.best].power


def search(found: Measurements, shortest_days: float = SHORTEST_DAYS) -> Periodogram:
    """Periodogram of all bands with its peaks.

    Parameters
    ----------
    found
        Measurements without trouble.
    shortest_days
        Shortest period, below `longest_days`.

    Raises
    ------
    ValueError
        The measurements have a trouble, or the range is empty.
    """
    if found.trouble or not shortest_days < longest_days(found):
        raise ValueError(found.trouble or "the shortest period is not below the longest")
    low, high = 1 / longest_days(found), 1 / shortest_days
    wanted = math.ceil(OVERSAMPLING * found.span_days * (high - low)) + 1
    number = min(max(wanted, 2 * FINE), MOST_FREQUENCIES)
    frequency = np.linspace(low, high, number)
    power = _power(found.searched, low, high, number)
    noise = Noise.of(found.searched, high)
    peaks = named(_peaks(found, frequency, power, noise), found.span_days)
    return Periodogram(
        frequency,
        power,
        _window(found.searched, frequency),
        noise.level(FALSE_ALARM),
        peaks,
        next((at for at, peak in enumerate(peaks) if not peak.sampling), 0 if peaks else None),
        float(_power_at(found.searched, np.linspace(SLOWEST, 1, FINE) / found.span_days).max()),
        found.span_days,
        (number - 1) / (found.span_days * (high - low)),
    )


def _power(bands: Sequence[Band], low: float, high: float, number: int) -> Floats:
    """Combined power at `number` frequencies from `low` to `high`, both included."""
    # Imported when first needed: half a second that no other panel should wait for.
    from nifty_ls import lombscargle

    total, weight = np.zeros(number), 0.0
    for band in bands:
        chi2 = chi2_of(band)
        time = band.mjd - band.mjd[0]
        # One thread: a quarter of a million frequencies are too few to share, and others are being served.
        found = lombscargle(time, band.flux, band.error, fmin=low, fmax=high, Nf=number, nthreads=1)
        total += chi2 * np.nan_to_num(found.power)
        weight += chi2
    return np.clip(total / weight, 0.0, 1.0)


def _power_at(bands: Sequence[Band], frequency: Floats) -> Floats:
    """Combined power at a few frequencies, by direct sums: equation 5 of Zechmeister & Kürster (2009)."""
    total, weight = np.zeros(len(frequency)), 0.0
    for band in bands:
        w = band.error**-2.0 / (band.error**-2.0).sum()
        y = band.flux - w @ band.flux
        turn = 2 * np.pi * np.outer(frequency, band.mjd - band.mjd[0])
        cos, sin = np.cos(turn), np.sin(turn)
        c, s = cos @ w, sin @ w
        yc, ys = cos @ (w * y), sin @ (w * y)
        cc, ss, cs = cos**2 @ w - c**2, sin**2 @ w - s**2, (cos * sin) @ w - c * s
        with np.errstate(divide="ignore", invalid="ignore"):
            power = (ss * yc**2 + cc * ys**2 - 2 * cs * yc * ys) / ((w @ y**2) * (cc * ss - cs**2))
        total += chi2_of(band) * np.nan_to_num(power, posinf=0.0, neginf=0.0)
        weight += chi2_of(band)
    return np.clip(total / weight, 0.0, 1.0)


def _window(bands: Sequence[Band], frequency: Floats) -> Floats:
    """``|Σ w exp(2πi f t)|² / (Σ w)²`` of each band, combined as their power is."""
    from finufft import nufft1d1

    step, number = frequency[1] - frequency[0], len(frequency)
    total, weight = np.zeros(number), 0.0
    for band in bands:
        chi2, w = chi2_of(band), band.error**-2.0
        time = band.mjd - band.mjd[0]
        # Modes of the transform are −n/2 to n/2 − 1: the middle of the grid is put at 0.
        strength = w / w.sum() * np.exp(2j * np.pi * frequency[number // 2] * time)
        turns = np.mod(2 * np.pi * step * time + np.pi, 2 * np.pi) - np.pi
        total += chi2 * np.abs(nufft1d1(turns, strength, number, eps=1e-6, isign=1, nthreads=1)) ** 2
        weight += chi2
    return np.clip(total / weight, 0.0, 1.0)


def _peaks(found: Measurements, frequency: Floats, power: Floats, noise: Noise) -> list[Peak]:
    """The highest maxima, at least 1.5/span apart, refined; highest first."""
    inner = power[1:-1]
    maxima = np.flatnonzero((inner > power[:-2]) & (inner >= power[2:])) + 1
    maxima = maxima[np.argsort(-power[maxima], kind="stable")]
    chosen: list[int] = []
    for at in maxima[: 50 * CANDIDATES]:
        if all(abs(frequency[at] - frequency[other]) > 1.5 / found.span_days for other in chosen):
            chosen.append(int(at))
        if len(chosen) == CANDIDATES:
            break
    refined = [_refined(found.searched, frequency, at, noise) for at in chosen]
    return sorted(refined, key=lambda peak: -peak.power)[:PEAKS]


def _refined(bands: Sequence[Band], frequency: Floats, at: int, noise: Noise) -> Peak:
    """Second stage: the maximum near one frequency of the grid, by a parabola through a finer one."""
    low, high = frequency[max(at - 1, 0)], frequency[min(at + 1, len(frequency) - 1)]
    power = _power_at(bands, np.linspace(low, high, FINE))
    top = min(max(int(power.argmax()), 1), FINE - 2)
    before, here, after = power[top - 1 : top + 2]
    step = (high - low) / (FINE - 1)
    bend = float(before - 2 * here + after)
    shift = 0.5 * float(before - after) / bend if bend < 0 else 0.0
    best = float(low + step * (top + min(max(shift, -1.0), 1.0)))
    highest = min(float(here) - 0.25 * float(before - after) * shift, 1.0)
    # Δχ² = 1 after the errors are scaled so that the fit leaves one per degree of freedom.
    left = max(1 - highest, 0.0) / (noise.points - 3 * noise.bands)
    error = math.sqrt(2 * left / (-bend / step**2)) / best**2 if bend < 0 else math.nan
    return Peak(best, highest, error, noise.chance(highest))


class Kept:
    """The last few results, by what they were made from. Two who ask for one at once may both work; nobody waits."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, Periodogram] = OrderedDict()
        self._lock = threading.Lock()

    def peek(self, key: Hashable) -> Periodogram | None:
        """The result of a key, if it is kept."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def get(self, key: Hashable, work: Callable[[], Periodogram]) -> Periodogram:
        """The result of a key, worked out now unless it is kept."""
        found = self.peek(key)
        if found is None:
            found = work()
            with self._lock:
                self._held[key] = found
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
        return found


def snippet(object_id: str, found: Measurements, result: Periodogram) -> str:
    """A script that fetches the light curve and repeats the search; it needs ``nifty-ls`` beside the usual two."""
    fetch = light_curve(object_id, LIGHT_CURVE)
    total = found.mode == "dcflux"
    kept = ' & (rows["i:distnr"] <= 1.5) & (rows["i:magnr"] >= 0)' if total else ""
    template = ['flux = flux + 3631e6 * 10 ** (-0.4 * rows["i:magnr"].astype(float))  # DC flux'] if total else []
    lines = [
        "",
        f'rows = rows[(rows["d:tag"] == "valid"){kept}].sort_values("i:jd")',
        'size = 3631e6 * 10 ** (-0.4 * rows["i:magpsf"].astype(float))  # µJy',
        'flux = size * np.where(rows["i:isdiffpos"].isin(["t", "1"]), 1, -1)',
        'error = size * rows["i:sigmapsf"].astype(float) * np.log(10) / 2.5',
        *template,
        f"low, high, number = {float(result.frequency[0])!r}, {float(result.frequency[-1])!r}, {len(result.frequency)}",
        "total, weight = np.zeros(number), 0.0",
        f"for fid in {tuple(BANDS[band.name] for band in found.searched)!r}:",
        '    here = rows["i:fid"] == fid',
        '    t, y, dy = (np.asarray(x[here], dtype=float) for x in (rows["i:jd"] - 2400000.5, flux, error))',
        "    chi2 = (((y - np.average(y, weights=dy**-2)) / dy) ** 2).sum()",
        "    # Each band has its own mean, amplitude and phase; together they explain this share of chi2.",
        "    total += chi2 * lombscargle(t - t[0], y, dy, fmin=low, fmax=high, Nf=number).power",
        "    weight += chi2",
        "frequency, power = np.linspace(low, high, number), total / weight",
        'print("highest power", power.max(), "at", 1 / frequency[power.argmax()], "d")',
    ]
    return "import numpy as np\nfrom nifty_ls import lombscargle\n" + fetch + "\n".join(lines) + "\n"
