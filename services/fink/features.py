"""The 26 light-curve features of one band, from the string in which Fink stores them.

``lc_features_g`` and ``lc_features_r`` are strings: a JSON list that may hold ``NaN`` and ``null``
("[18.4, NaN, ...]"), the same in curly braces (``/latests``), or "[]" for an alert without features.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

import numpy as np
import orjson
import pandas as pd

#: Names in stored order (light-curve package; definitions in arXiv:2012.01419, appendix A1).
NAMES: tuple[str, ...] = (
    *("mean", "weighted_mean", "standard_deviation", "median", "amplitude", "beyond_1_std", "cusum"),
    *("inter_percentile_range_10", "kurtosis", "linear_trend", "linear_trend_sigma", "linear_trend_noise"),
    *(
        "linear_fit_slope",
        "linear_fit_slope_sigma",
        "linear_fit_reduced_chi2",
        "magnitude_percentage_ratio_40_5",
    ),
    *("magnitude_percentage_ratio_20_10", "maximum_slope", "median_absolute_deviation"),
    *("median_buffer_range_percentage_10", "percent_amplitude", "mean_variance", "anderson_darling_normal"),
    *("chi2", "skew", "stetson_K"),
)

_NOTHING = {"", "[]", "{}", "nan", "none", "null", "unknown"}


class UnreadableFeatures(ValueError):
    """A feature string that is neither 26 numbers nor one of Fink's ways to say "no features"."""


def parse_features(text: object) -> dict[str, float] | None:
    """The 26 features of one band by name.

    Parameters
    ----------
    text
        The stored string, in square or curly brackets; None, NaN, "[]" and Fink's words for "missing" pass.

    Returns
    -------
    dict of float or None
        26 float64 in the order of `NAMES`, NaN where one could not be computed; None when there are none.

    Raises
    ------
    UnreadableFeatures
        For a list of another length, or of anything but numbers: guessing which number is which feature would
        show wrong values under right names.

    Examples
    --------
    >>> parse_features("[]") is None
    True
    >>> parse_features("{18.5, " + "NaN, " * 24 + "null}")["mean"]
    18.5
    """
    values = _values(text)
    return None if values is None else dict(zip(NAMES, values, strict=True))


def features_frame(series: Iterable[object]) -> pd.DataFrame:
    """Features of many alerts.

    Parameters
    ----------
    series
        n stored strings; the index is kept when it is a pandas Series.

    Returns
    -------
    DataFrame
        n rows x 26 columns (float64, in the order of `NAMES`); rows without features are NaN throughout.

    Raises
    ------
    UnreadableFeatures
        As `parse_features`.
    """
    texts = list(series)
    table = np.full((len(texts), len(NAMES)), np.nan)
    for position, text in enumerate(texts):
        values = _values(text)
        if values is not None:
            table[position] = values
    index = series.index if isinstance(series, pd.Series) else None
    return pd.DataFrame(table, columns=list(NAMES), index=index)


def _values(text: object) -> list[float] | None:
    if not isinstance(text, str) or text.strip().lower() in _NOTHING:
        return None
    values = [_number(value, text) for value in _elements(text.strip())]
    if not values:
        return None
    if len(values) != len(NAMES):
        raise UnreadableFeatures(f"{len(values)} features instead of {len(NAMES)}: {text[:60]}")
    return values


def _elements(text: str) -> list[object]:
    if text[0] == "{" and text[-1] == "}":
        text = f"[{text[1:-1]}]"
    try:
        # orjson knows no NaN; replacing it is three times faster than the standard library's parser.
        elements = orjson.loads(text.replace("NaN", "null"))
    except ValueError:
        elements = _elements_slowly(text)
    if not isinstance(elements, list):
        raise UnreadableFeatures(f"not a list of features: {text[:60]}")
    return elements


def _elements_slowly(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFeatures(f"not a list of features: {text[:60]}") from None


def _number(value: object, text: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnreadableFeatures(f"{value!r} is not a number: {text[:60]}")
    try:
        return float(value)
    except OverflowError:
        raise UnreadableFeatures(f"{str(value)[:20]} is out of range: {text[:60]}") from None
