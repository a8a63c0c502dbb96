"""The columns of the served tables: Fink's name, place in an alert packet, type, the broker's default.

Types are the broker's: a 32-bit float is served as the float of its shortest decimal form (0.653, not
0.6529999971). Sources: ZTF's ``candidate.avsc`` for ``i:``, Fink's distribution schema for ``d:``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["float", "double", "int", "text", "flag", "features"]

STAMPS = {kind: f"cutout{kind}" for kind in ("Science", "Template", "Difference")}

# The 26 light-curve features of one band, in the order of the served string (FINK_API 2.1).
FEATURES: tuple[str, ...] = (
    "mean",
    "weighted_mean",
    "standard_deviation",
    "median",
    "amplitude",
    "beyond_1_std",
    "cusum",
    "inter_percentile_range_10",
    "kurtosis",
    "linear_trend",
    "linear_trend_sigma",
    "linear_trend_noise",
    "linear_fit_slope",
    "linear_fit_slope_sigma",
    "linear_fit_reduced_chi2",
    "magnitude_percentage_ratio_40_5",
    "magnitude_percentage_ratio_20_10",
    "maximum_slope",
    "median_absolute_deviation",
    "median_buffer_range_percentage_10",
    "percent_amplitude",
    "mean_variance",
    "anderson_darling_normal",
    "chi2",
    "skew",
    "stetson_K",
)

# Fields of ``candidate`` that the entries of ``prv_candidates`` carry too.
_SHARED: dict[Kind, str] = {
    "double": "jd ra dec ranr decnr scorr",
    "float": "diffmaglim xpos ypos magpsf sigmapsf chipsf magap sigmagap distnr magnr sigmagnr chinr sharpnr "
    "sky magdiff fwhm classtar mindtoedge magfromlim seeratio aimage bimage aimagerat bimagerat elong rb "
    "ssdistnr ssmagnr sumrat magapbig sigmagapbig magzpsci magzpsciunc magzpscirms clrcoeff clrcounc",
    "int": "fid pid programid candid tblid nid rcid field nneg nbad",
    "text": "pdiffimfilename programpi isdiffpos ssnamenr rbversion",
}
# Fields that only the alert itself carries.
_ALERT_ONLY: dict[Kind, str] = {
    "double": "jdstarthist jdendhist jdstartref jdendref",
    "float": "sgmag1 srmag1 simag1 szmag1 sgscore1 distpsnr1 sgmag2 srmag2 simag2 szmag2 sgscore2 distpsnr2 "
    "sgmag3 srmag3 simag3 szmag3 sgscore3 distpsnr3 dsnrms ssnrms dsdiff zpclrcov zpmed clrmed clrrms "
    "neargaia neargaiabright maggaia maggaiabright exptime drb",
    "int": "ndethist ncovhist tooflag objectidps1 objectidps2 objectidps3 nmtchps rfid nframesref nmatches",
    "text": "drbversion",
}
_PACKET: dict[Kind, str] = {"text": "objectId schemavsn publisher fink_broker_version fink_science_version"}
# Fink's own columns, with what the broker writes where a delivery knows nothing of the column.
_FINK: dict[tuple[Kind, object], str] = {
    ("double", 0.0): "anomaly_score mulens rf_snia_vs_nonia rf_kn_vs_nonkn snn_snia_vs_nonia snn_sn_vs_all "
    "jd_first_real_det jdstarthist_dt mag_rate sigma_rate lower_rate upper_rate delta_time",
    ("float", 0.0): "Plx e_Plx blazar_stats.m0 blazar_stats.m1 blazar_stats.m2",
    ("float", -1.0): "slsn_score",
    ("int", 0): "roid nalerthist gaiaVarFlag",
    ("int", -1): "spicy_id",
    ("flag", False): "from_upper is_transient",
    ("text", "Unknown"): "cdsxmatch DR3Name gaiaClass vsx gcvs x3hsp x4lac spicy_class",
    ("text", "None"): "mangrove.HyperLEDA_name mangrove.2MASS_name mangrove.lum_dist mangrove.ang_dist",
    ("text", ""): "tns tracklet",
    ("features", None): "lc_features_g lc_features_r",
}
# Cells that the server adds to every full row although no packet carries them.
FILLED_IN = {
    "d:blazar_stats_instantness_low": -1.0,
    "d:blazar_stats_robustness_low": -1.0,
    "d:blazar_stats_instantness_high": -1.0,
    "d:blazar_stats_robustness_high": -1.0,
}


@dataclass(frozen=True)
class Column:
    """One served column.

    Attributes
    ----------
    name
        As Fink serves it (``i:magpsf``).
    path
        Where it is in a packet (``("candidate", "magpsf")``).
    kind
        The broker's type.
    default
        What the broker writes when a delivery does not have the column at all; None leaves the cell absent.
    in_history
        True when entries of ``prv_candidates`` carry it.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    default: object = None
    in_history: bool = False


def _declared() -> list[Column]:
    found = [
        Column(f"i:{field}", ("candidate", field), kind, in_history=specs is _SHARED)
        for specs in (_SHARED, _ALERT_ONLY)
        for kind, fields in specs.items()
        for field in fields.split()
    ]
    found += [
        Column(f"i:{field}", (field,), kind, "" if field.startswith("fink_") else None)
        for kind, fields in _PACKET.items()
        for field in fields.split()
    ]
    found += [
        Column(f"d:{field.replace('.', '_')}", tuple(field.split(".")), kind, default)
        for (kind, default), fields in _FINK.items()
        for field in fields.split()
    ]
    return sorted(found, key=lambda column: column.name)


COLUMNS: dict[str, Column] = {column.name: column for column in _declared()}

# What orders, filters and colours chosen alerts; small enough to be in memory for all of an archive.
CHOSEN = ("i:objectId", "i:jd", "i:fid", "i:magpsf", "i:sigmapsf", "d:mag_rate")

# What the recordings' extra rows of ``withupperlim`` carry (FINK_API 1.2).
LIMIT_COLUMNS = ("i:diffmaglim", "i:fid", "i:jd", "i:objectId")
LOW_QUALITY_COLUMNS = (
    *LIMIT_COLUMNS,
    "i:distnr",
    "i:isdiffpos",
    "i:magnr",
    "i:magpsf",
    "i:sigmagnr",
    "i:sigmapsf",
)

_ARROW: Mapping[Kind, pa.DataType] = {
    "float": pa.float32(),
    "double": pa.float64(),
    "int": pa.int64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "features": pa.struct([pa.field(name, pa.float64()) for name in FEATURES]),
}


def packet_schema() -> pa.Schema:
    """Arrow schema of the fields of an alert packet that are served here, and of its stamps."""
    tree: dict[str, dict[str, pa.DataType] | pa.DataType] = {}
    history: dict[str, pa.DataType] = {}
    for column in COLUMNS.values():
        head, *rest = column.path
        if not rest:
            tree[head] = _ARROW[column.kind]
            continue
        branch = tree.setdefault(head, {})
        assert isinstance(branch, dict)
        branch[rest[0]] = _ARROW[column.kind]
        if column.in_history:
            history[rest[0]] = _ARROW[column.kind]
    tree["prv_candidates"] = pa.list_(_struct(history))
    tree |= {field: _struct({"stampData": pa.binary()}) for field in STAMPS.values()}
    return pa.schema([(name, _struct(kind) if isinstance(kind, dict) else kind) for name, kind in tree.items()])


def _struct(fields: Mapping[str, pa.DataType]) -> pa.StructType:
    return pa.struct(list(fields.items()))
