"""The 26 light-curve features per band of an alert, as Fink's anomaly module makes them (FINK_API 2.1-2.3)."""

from __future__ import annotations

import functools

import light_curve as lc
import numpy as np

from services.local_fink.sky.draws import Floats, Ints

N_FEATURES = 26
# Template neighbours nearer than this (arcsec) make the magnitudes apparent ones.
NEAR_TEMPLATE = 1.5


@functools.cache
def _extractor() -> lc.Extractor:
    # In the order in which Fink stores them.
    return lc.Extractor(
        lc.Mean(),
        lc.WeightedMean(),
        lc.StandardDeviation(),
        lc.Median(),
        lc.Amplitude(),
        lc.BeyondNStd(1.0),
        lc.Cusum(),
        lc.InterPercentileRange(0.1),
        lc.Kurtosis(),
        lc.LinearTrend(),
        lc.LinearFit(),
        lc.MagnitudePercentageRatio(0.4, 0.05),
        lc.MagnitudePercentageRatio(0.2, 0.1),
        lc.MaximumSlope(),
        lc.MedianAbsoluteDeviation(),
        lc.MedianBufferRangePercentage(0.1),
        lc.PercentAmplitude(),
        lc.MeanVariance(),
        lc.AndersonDarlingNormal(),
        lc.ReducedChi2(),
        lc.Skew(),
        lc.StetsonK(),
    )


def feature_names() -> tuple[str, ...]:
    """The 26 names in stored order."""
    return tuple(_extractor().names)


def band_features(jd: Floats, magnitude: Floats, sigma: Floats) -> Floats | None:
    """Features of the points of one band in time; NaN where there are too few points.

    Parameters
    ----------
    jd, magnitude, sigma
        Ascending times (days), magnitudes and errors; points that are not finite do not count.

    Returns
    -------
    float64 array of shape (26,), or None when there is no point.
    """
    ok = np.isfinite(magnitude) & np.isfinite(sigma) & (sigma > 0)
    if not ok.any():
        return None
    # Times since the first point: their squares keep their digits.
    values = _extractor()(jd[ok] - jd[ok][0], magnitude[ok], sigma[ok], fill_value=np.nan, sorted=True, check=False)
    return np.asarray(values)


def apparent(
    magpsf: Floats, sigmapsf: Floats, positive: np.ndarray, magnr: Floats, sigmagnr: Floats
) -> tuple[Floats, Floats]:
    """DC magnitudes and errors: the template's flux plus or minus the difference; NaN where nothing is left.

    Formulas of the ZTF Science Data System explanatory supplement, section on light curves from alerts.
    """
    change = np.where(positive, 1.0, -1.0) * 10 ** (-0.4 * magpsf)
    template = 10 ** (-0.4 * magnr)
    total = template + change
    with np.errstate(invalid="ignore", divide="ignore"):
        magnitude = -2.5 * np.log10(total)
        sigma = np.hypot(change * sigmapsf, template * sigmagnr) / total
    return np.where(total > 0, magnitude, np.nan), np.where(total > 0, sigma, np.nan)


def packet_features(jd: Floats, fid: Ints, magnitude: Floats, sigma: Floats) -> tuple[Floats | None, Floats | None]:
    """Features in g and r of all points of a packet (upper limits are NaN)."""
    in_g, in_r = fid == 1, fid == 2
    return (
        band_features(jd[in_g], magnitude[in_g], sigma[in_g]),
        band_features(jd[in_r], magnitude[in_r], sigma[in_r]),
    )
