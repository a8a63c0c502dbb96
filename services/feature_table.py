"""The features of one alert beside those of a population: ranks, the extreme ones first, and why one is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from services.feature_names import FEATURES, Feature
from services.fink.features import NAMES
from services.population import BANDS, Band, Distribution, Rank

#: Days before an alert that its packet covers (FINK_API 2.2).
HISTORY_DAYS = 30.0
AMONG = " of the cached anomalies"
FID: Mapping[Band, int] = {"g": 1, "r": 2}


@dataclass(frozen=True)
class Cell:
    """One feature in one band: value and rank, or the reason why there is no value.

    ``rank`` is None as well while there is nothing to compare with.
    """

    value: float | None
    rank: Rank | None
    missing: str = ""


@dataclass(frozen=True)
class FeatureRow:
    """One feature in both bands."""

    feature: Feature
    cells: Mapping[Band, Cell]

    @property
    def extreme(self) -> float:
        """Largest distance of its percentiles from 50; -1 when there is none."""
        return max((_distance(cell) for cell in self.cells.values()), default=-1.0)


def _distance(cell: Cell) -> float:
    return -1.0 if cell.rank is None else abs(cell.rank.percentile - 50)


def detections_before(curve: pd.DataFrame, jd: float) -> dict[Band, int]:
    """Detections by band in the 30 days up to a time, low-quality ones included, as the features are made of.

    Parameters
    ----------
    curve
        Light curve as `services.objects.Objects.light_curve` gives it.
    jd
        Time of the alert (JD, UTC); its own detection counts.
    """
    seen = curve["magpsf"].notna() & (curve["jd"] <= jd) & (curve["jd"] >= jd - HISTORY_DAYS)
    found = curve.loc[seen, "fid"]
    return {band: int((found == fid).sum()) for band, fid in FID.items()}


def compare(
    features: Mapping[Band, Mapping[str, float] | None],
    population: Mapping[Band, Distribution],
    detections: Mapping[Band, int],
) -> list[FeatureRow]:
    """All 26 features, those farthest from the middle of the population first.

    Parameters
    ----------
    features
        By band: the features by name (NaN where there is none), None where Fink gave none at all.
    population
        By band, what to compare with.
    detections
        By band, how many the packet has.

    Returns
    -------
    list of FeatureRow
        Features without any rank come last, in stored order.
    """
    rows = [
        FeatureRow(feature, {band: _cell(feature, band, features[band], population, detections) for band in BANDS})
        for feature in FEATURES.values()
    ]
    return sorted(rows, key=lambda row: -row.extreme)


def _cell(
    feature: Feature,
    band: Band,
    values: Mapping[str, float] | None,
    population: Mapping[Band, Distribution],
    detections: Mapping[Band, int],
) -> Cell:
    n = detections[band]
    if values is None or not any(math.isfinite(values[name]) for name in NAMES):
        return Cell(None, None, _no_features(band, n))
    value = values[feature.name]
    if math.isfinite(value):
        return Cell(value, population[band].rank(feature.name, value))
    return Cell(None, None, f"needs {feature.points}, has {n}" if n < feature.points else "undefined for these points")


def _no_features(band: Band, n: int) -> str:
    if n == 0:
        return f"no detection in {band} in the 30 days of the packet"
    return f"Fink gave none, with {_count(n)} in {band} in the 30 days of the packet"


def _count(n: int) -> str:
    return "1 detection" if n == 1 else f"{n} detections"


def extreme_words(rows: Sequence[FeatureRow], most: int = 3) -> list[str]:
    """The most extreme features in words, at most so many, each in the band where it is more extreme.

    Shares count strictly smaller (or larger) ones and are rounded down, so that none is said to be rarer than it is.
    Features in the middle half of the population are not called extreme. What the shares are of is said once.
    """
    ranked = [(row, *_farthest(row)) for row in rows if row.extreme > 25]
    words = [f"{row.feature.words} in {band} {rank_words(rank)}" for row, band, rank in ranked[:most]]
    return [*words[:1], *[text.removesuffix(AMONG) for text in words[1:]]]


def _farthest(row: FeatureRow) -> tuple[Band, Rank]:
    band = max(row.cells, key=lambda band: _distance(row.cells[band]))
    rank = row.cells[band].rank
    assert rank is not None
    return band, rank


def rank_words(rank: Rank) -> str:
    """A rank as the end of a sentence.

    Examples
    --------
    >>> rank_words(Rank(below=157, equal=1, above=2))
    'larger than 98.1 % of the cached anomalies'
    >>> rank_words(Rank(below=0, equal=0, above=160))
    'smaller than all 160 cached anomalies'
    """
    high = rank.percentile >= 50
    share, words = (rank.below, "larger") if high else (rank.above, "smaller")
    if share == rank.n:
        return f"{words} than all {rank.n:,} cached anomalies"
    return f"{words} than {math.floor(1000 * share / rank.n) / 10:.1f} %{AMONG}"


def missing_words(rows: Sequence[FeatureRow]) -> list[str]:
    """Why features are missing, one sentence for each band and reason; those that need more detections together."""
    return [words for band in BANDS for words in _missing_in(band, [(row.feature, row.cells[band]) for row in rows])]


def _missing_in(band: Band, cells: Sequence[tuple[Feature, Cell]]) -> list[str]:
    missing = [(feature, cell.missing) for feature, cell in cells if cell.value is None]
    if len(missing) == len(NAMES):
        return [f"No features in {band}: {missing[0][1]}."]
    few = [why for _, why in missing if why.startswith("needs")]
    undefined = [feature.words for feature, why in missing if not why.startswith("needs")]
    words = []
    if few:
        have = few[0].rpartition(" ")[2]
        many = "1 feature" if len(few) == 1 else f"{len(few)} features"
        need = "needs" if len(few) == 1 else "need"
        words.append(f"{many} in {band} {need} more than the {_count(int(have))} of these 30 days.")
    if undefined:
        words.append(f"Undefined for these points in {band}: {', '.join(undefined)}.")
    return words


def feature_frame(rows: Sequence[FeatureRow]) -> pd.DataFrame:
    """The same as a table for export, in the order of `rows`."""
    columns: dict[str, list[object]] = {
        "feature": [row.feature.name for row in rows],
        "unit": [row.feature.unit for row in rows],
        "meaning": [row.feature.meaning for row in rows],
    }
    for band in BANDS:
        cells = [row.cells[band] for row in rows]
        columns[f"value_{band}"] = [math.nan if cell.value is None else cell.value for cell in cells]
        columns[f"percentile_{band}"] = [math.nan if cell.rank is None else cell.rank.percentile for cell in cells]
        columns[f"population_{band}"] = [None if cell.rank is None else cell.rank.n for cell in cells]
        columns[f"missing_{band}"] = [cell.missing or None for cell in cells]
    types = {f"population_{band}": "Int64" for band in BANDS} | {f"missing_{band}": "str" for band in BANDS}
    return pd.DataFrame(columns).astype({"unit": "str", "meaning": "str", **types})
