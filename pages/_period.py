"""The period panel of the object page: search, fold, peaks. ``?fold=0.5321&cycles=2&phase0=0.25&pmin=0.01``."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from dash.development.base_component import Component

from components.figures.period import FoldedBand, Folding, PeriodFacts, thinned
from components.panel import State, message, panel
from components.parts import code_menu, export_menu
from components.period import FOLDED_CSV, PeakLine, period_box
from pages._slots import Ask, panel_of, theme
from pages._subject import Subject, look_of, subject_of
from pages._tabs import tab_strip
from services.errors import InvalidQuery
from services.exports import file_stem, mark
from services.house import House
from services.period import FALSE_ALARM, OVERSAMPLING, SHORTEST_DAYS, Kept, Periodogram, search, snippet
from services.period_peaks import Peak, period_text
from services.period_points import SHORTEST_POSSIBLE_DAYS, Band, Measurements, longest_days, measurements

KEYS = ("fold", "cycles", "phase0", "pmin")
"""What the panel reads from the address; only the last needs the server again."""
LONGEST_FOLD_DAYS = 100_000.0
TITLE_DIGITS = 6
"""Of the period on the axis; assets/period.js writes as many."""
_FOUND = Kept()


def days_of(ask: Ask, key: str, shortest: float, longest: float, example: str) -> float | None:
    """A period in the address; None when it names none.

    Raises
    ------
    InvalidQuery
        It is no number, or outside of the range.
    """
    text = str(ask.get(key) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise InvalidQuery(f"“{text}” is not a period in days.", example=example, field=key) from None
    if not shortest <= value <= longest:
        limits = f"{period_text(shortest)} to {period_text(longest, 6)} d"
        raise InvalidQuery(f"A period of {text} d is outside of {limits}.", example=example, field=key)
    return value


def _phase0(ask: Ask) -> float:
    """Shift of phase 0 in the address, 0 unless it is a number; whole cycles do not count."""
    try:
        value = float(str(ask.get("phase0") or 0))
    except ValueError:
        return 0.0
    return value % 1 if math.isfinite(value) else 0.0


@panel_of("period", tab_strip("period"), keys=("pmin",))
def draw_period(h: House, ask: Ask, wait: bool) -> Component | None:
    """Periodogram of all bands, the detections folded with a period, and the highest peaks."""
    subject = subject_of(h, ask, wait=wait)
    if subject is None:
        return None
    measured = measurements(subject.curve)
    if measured.trouble:
        return _empty(h, subject, measured.trouble)
    longest = longest_days(measured)
    default = min(SHORTEST_DAYS, longest / 4)
    shortest = days_of(ask, "pmin", SHORTEST_POSSIBLE_DAYS, longest / 2, period_text(default, 3)) or default
    fold = days_of(ask, "fold", SHORTEST_POSSIBLE_DAYS, LONGEST_FOLD_DAYS, "0.5321")
    # The version of the light curve is when it was fetched.
    key = (h.source.key, subject.object_id, subject.answer.fetched_at, shortest)
    if not wait and _FOUND.peek(key) is None:
        return None
    found = _FOUND.get(key, lambda: search(measured, shortest))
    return _panel(h, subject, measured, found, fold, ask)


def _empty(h: House, subject: Subject, why: str) -> Component:
    body = message("empty", "No period to search", [why, f"Asked for {subject.object_id}, {h.source.label}."])
    state = look_of(subject.answer).state
    return panel(
        "period",
        tab_strip("period"),
        body,
        state=state if state is State.STALE else State.EMPTY,
        note="too few points",
        simulated=h.source.simulated,
    )


def _panel(
    h: House, subject: Subject, measured: Measurements, found: Periodogram, fold: float | None, ask: Ask
) -> Component:
    best = None if found.best is None else found.peaks[found.best]
    period = fold or (best.period if best and not found.rises else longest_days(measured))
    facts = _facts(
        measured, found, Folding(period, measured.epoch_mjd, _phase0(ask), 1 if ask.get("cycles") == "1" else 2)
    )
    look = look_of(subject.answer)
    simulated = " SIMULATED" if h.source.simulated else ""
    now = datetime.now(UTC)
    body = period_box(
        facts,
        [_line(peak) for peak in found.peaks],
        verdict(found),
        notes(measured, found),
        period=period_text(period),
        title=period_text(period, TITLE_DIGITS),
        shortest=period_text(1 / float(found.frequency[-1]), 6),
        theme=theme(),
        caption=f"{subject.object_id}, {h.source.label}{simulated}, {now:%Y-%m-%d %H:%M} UTC",
        file=file_stem(f"{subject.object_id}-folded", h.source),
        export={
            "object_id": subject.object_id,
            "source": mark(h.source),
            "mode": "dcmag" if _total(measured) else "diffflux",
        },
    )
    return panel(
        "period",
        tab_strip("period"),
        body,
        state=look.state,
        refreshing=look.refreshing,
        note=look.note,
        tools=[
            *look.tools("period"),
            export_menu([("Folded points as CSV", FOLDED_CSV)], figure="period-figure"),
            code_menu(snippet(subject.object_id, measured, found)),
        ],
        simulated=h.source.simulated,
    )


def _total(measured: Measurements) -> bool:
    return measured.mode == "dcflux"


def _facts(measured: Measurements, found: Periodogram, folding: Folding) -> PeriodFacts:
    return PeriodFacts(
        power=thinned(found.frequency, found.power),
        window=thinned(found.frequency, found.window, lowest=False),
        level=found.level,
        level_words=f"{FALSE_ALARM:.0%} false alarm",
        peaks=[(peak.period, peak.power) for peak in found.peaks],
        period_range=(1 / float(found.frequency[-1]), 1 / float(found.frequency[0])),
        bands=[_folded(band) for band in measured.bands],
        folding=folding,
        y_title="DC mag" if _total(measured) else "Diff. flux, µJy",
        reversed=_total(measured),
    )


def _folded(band: Band) -> FoldedBand:
    """What of a band can be shown: a magnitude needs a positive flux."""
    there = [n for n, value in enumerate(band.shown.tolist()) if math.isfinite(value)]
    return FoldedBand(
        band.name,
        band.mjd[there].tolist(),
        [float(f"{value:.6g}") for value in band.shown[there]],
        [float(f"{value:.4g}") for value in band.shown_error[there]],
        [band.candid[n] for n in there],
    )


def _line(peak: Peak) -> PeakLine:
    return PeakLine(period_text(peak.period), period_text(peak.period, 5), peak.power, peak.alias)


def notes(measured: Measurements, found: Periodogram) -> list[str]:
    """What the panel says about what was searched."""
    used = ", ".join(f"{band.name} {len(band.mjd)}" for band in measured.searched)
    left = [f"{band.name} left out ({band.left_out})" for band in measured.bands if band.left_out]
    if measured.dropped:
        left.append(f"{measured.dropped} without a value left out")
    flux = "DC flux" if _total(measured) else "difference flux (no template source to add)"
    ends = [period_text(1 / float(found.frequency[n]), 4) for n in (-1, 0)]
    return [
        f"Searched: {flux} of valid detections, {'; '.join([used, *left])}; {ends[0]} to {ends[1]} d, "
        f"{len(found.frequency):,} frequencies{_capped(found)}. One sinusoid per band, errors weighted.",
        "Thin line: spectral window of the observations. Alerts exist only above 5σ; times are not heliocentric.",
    ]


def verdict(found: Periodogram) -> str:
    """What the search found: the best peak, or that it is rather one slow change than a cycle."""
    best = None if found.best is None else found.peaks[found.best]
    slow = f"one slow change over the {period_text(found.span_days, 3)} d has power {found.slow:.2f}"
    if best is None:
        return f"No peak in this range; {slow}."
    if found.rises:
        return f"No period can be told: {slow}, the best peak, {_with_error(best)} d, {best.power:.2f}."
    text = f"Best: {_with_error(best)} d (1σ), chance from white noise {_chance(best.false_alarm)}."
    cycles = found.span_days / best.period
    return f"{text} Only {cycles:.1f} cycles were seen." if cycles < 3 else text


def _with_error(peak: Peak) -> str:
    """A period with its error, both to the second digit of the error."""
    if not math.isfinite(peak.error_days) or peak.error_days <= 0:
        return period_text(peak.period, 7)
    decimals = min(max(1 - math.floor(math.log10(peak.error_days)), 0), 9)
    return f"{peak.period:.{decimals}f} ± {peak.error_days:.{decimals}f}"


def _chance(value: float) -> str:
    return "below 1e-6" if value < 1e-6 else f"{value:.2g}" if value >= 1e-3 else f"{value:.0e}".replace("e-0", "e-")


def _capped(found: Periodogram) -> str:
    if found.oversampling > 0.99 * OVERSAMPLING:
        return ""
    return f" (their number is capped: {found.oversampling:.1f} per peak instead of {OVERSAMPLING})"
