"""What the 26 light-curve features are called on a screen, what they measure, and when they exist.

Definitions follow the ``light-curve`` package (docs.rs/light-curve-feature, version 0.13) with the settings that Fink
uses; the features were chosen in Malanchev et al. 2021 (arXiv:2012.01419, appendix A1). Fink computes them from the
magnitudes of one band in the 30 days that an alert packet covers (FINK_API 2.1, 2.2); ``points`` is the smallest
number of detections for which the feature is finite, as measured there.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from services.fink.features import NAMES

#: From so many detections in a band on, all 26 features of the band are finite and the band can be scored.
ALL_POINTS = 4


@dataclass(frozen=True)
class Feature:
    """One feature: its name in the data, in words, its unit (empty for a pure number), least points, and meaning."""

    name: str
    words: str
    unit: str
    points: int
    meaning: str


_TABLE = """
mean | mean | mag | 1 | Mean magnitude, every detection counting the same
weighted_mean | weighted mean | mag | 1 | Mean magnitude, weighted by the inverse variance of each detection
standard_deviation | standard deviation | mag | 2 | Scatter of the magnitudes about their mean (N − 1)
median | median | mag | 1 | Median magnitude
amplitude | amplitude | mag | 1 | Half the difference between the faintest and the brightest detection
beyond_1_std | beyond 1 std | | 2 | Fraction of detections farther than one standard deviation from the mean
cusum | cusum | | 2 | Range of the normalised running sum of deviations from the mean; large for slow trends
inter_percentile_range_10 | inter-pct. range 10 | mag | 1 | Range from the 10th to the 90th percentile of the magnitudes
kurtosis | kurtosis | | 4 | Excess kurtosis: above 0 for rare strong deviations, below 0 for flat distributions
linear_trend | linear trend | mag/d | 3 | Slope of a straight line, errors ignored; above 0 is fading
linear_trend_sigma | linear trend sigma | mag/d | 3 | Uncertainty of the linear trend
linear_trend_noise | linear trend noise | mag | 3 | Scatter about the linear trend
linear_fit_slope | linear fit slope | mag/d | 3 | Slope of a straight line weighted by the errors; above 0 is fading
linear_fit_slope_sigma | linear fit slope sigma | mag/d | 3 | Uncertainty of the weighted slope
linear_fit_reduced_chi2 | linear fit red. chi2 | | 3 | Reduced χ² about the weighted line: above 1 for more than a trend
magnitude_percentage_ratio_40_5 | mag. pct. ratio 40 5 | | 2 | Range of the middle 20 % over that of the middle 90 %
magnitude_percentage_ratio_20_10 | mag. pct. ratio 20 10 | | 2 | Range of the middle 60 % over that of the middle 80 %
maximum_slope | maximum slope | mag/d | 2 | Steepest change between two detections in a row, either sign
median_absolute_deviation | median abs. deviation | mag | 1 | Median distance of the detections from their median
median_buffer_range_percentage_10 | median buffer range 10 | | 1 | Fraction within 10 % of the amplitude of the median
percent_amplitude | percent amplitude | mag | 1 | Largest distance of a detection from the median
mean_variance | mean variance | | 2 | Standard deviation over the mean; Fink's score does not use it
anderson_darling_normal | anderson darling normal | | 4 | Anderson–Darling statistic: large if scatter is not normal
chi2 | chi2 | | 2 | Reduced χ² about a constant: above 1 for more scatter than the errors explain
skew | skew | | 3 | Skewness: above 0 for excursions to the faint side, below 0 to the bright side
stetson_K | stetson K | | 2 | Robust kurtosis: 0.80 for normal scatter, 0.90 for a sine, less with outliers
"""


def _parse(line: str) -> Feature:
    name, words, unit, points, meaning = (part.strip() for part in line.split("|"))
    return Feature(name, words, unit, int(points), meaning)


#: By the name in the data, in stored order.
FEATURES: MappingProxyType[str, Feature] = MappingProxyType(
    {feature.name: feature for feature in map(_parse, _TABLE.strip().splitlines())}
)
assert tuple(FEATURES) == NAMES
