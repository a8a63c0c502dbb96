"""Hand-made alert packets in the schema that Fink distributes (ZTF), for tests that need no shared data.

Every value is invented; object ids look like ``ZTF00aaaaaaa``. Three calls do all of it::

    alert = packet("ZTF00aaaaaaa", 2460000.7, score=-0.02, history=[upper_limit(2459999.7)])
    write_parquet(tmp_path / "night.parquet", [alert])  # as Fink's Data Transfer delivers
    write_avro(tmp_path / "night.avro", [alert])  # as Fink's livestream delivers
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Packet = dict[str, Any]

FEATURES = [
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
]

_FLOAT, _DOUBLE, _INT, _LONG, _TEXT = pa.float32(), pa.float64(), pa.int32(), pa.int64(), pa.string()

# What both a detection and an entry of its history carry, then what only the detection carries.
_SHARED = {
    _DOUBLE: "jd ra dec ranr decnr scorr",
    _FLOAT: "diffmaglim xpos ypos magpsf sigmapsf chipsf magap sigmagap distnr magnr sigmagnr chinr sharpnr "
    "sky magdiff fwhm classtar mindtoedge magfromlim seeratio aimage bimage aimagerat bimagerat elong rb "
    "ssdistnr ssmagnr sumrat magapbig sigmagapbig magzpsci magzpsciunc magzpscirms clrcoeff clrcounc",
    _INT: "fid programid nid rcid field nneg nbad",
    _LONG: "pid candid tblid",
    _TEXT: "pdiffimfilename programpi isdiffpos ssnamenr rbversion",
}
_DETECTION_ONLY = {
    _DOUBLE: "jdstarthist jdendhist jdstartref jdendref",
    _FLOAT: "sgmag1 srmag1 simag1 szmag1 sgscore1 distpsnr1 sgmag2 srmag2 simag2 szmag2 sgscore2 distpsnr2 "
    "sgmag3 srmag3 simag3 szmag3 sgscore3 distpsnr3 dsnrms ssnrms dsdiff zpclrcov zpmed clrmed clrrms "
    "neargaia neargaiabright maggaia maggaiabright exptime drb",
    _INT: "ndethist ncovhist tooflag nmtchps nframesref nmatches",
    _LONG: "objectidps1 objectidps2 objectidps3 rfid",
    _TEXT: "drbversion",
}
_ADDED = {
    _TEXT: "fink_broker_version fink_science_version cdsxmatch tns DR3Name gaiaClass vsx spicy_class gcvs "
    "x3hsp x4lac tracklet brokerIngestTimestamp brokerEndProcessTimestamp timestamp",
    _FLOAT: "Plx e_Plx",
    _INT: "gaiaVarFlag spicy_id roid nalerthist",
    _DOUBLE: "rf_snia_vs_nonia snn_snia_vs_nonia snn_sn_vs_all mulens rf_kn_vs_nonkn anomaly_score "
    "jd_first_real_det jdstarthist_dt mag_rate sigma_rate lower_rate upper_rate delta_time slsn_score",
    pa.bool_(): "from_upper is_transient",
}


def _fields(*specs: Mapping[pa.DataType, str]) -> list[pa.Field]:
    return [pa.field(name, kind) for spec in specs for kind, names in spec.items() for name in names.split()]


_STAMP = pa.struct([pa.field("fileName", _TEXT), pa.field("stampData", pa.binary())])
_BAND = pa.struct([pa.field(name, _DOUBLE) for name in FEATURES])
_MANGROVE = ("HyperLEDA_name", "2MASS_name", "lum_dist", "ang_dist")
STAMPS = ("cutoutScience", "cutoutTemplate", "cutoutDifference")

SCHEMA = pa.schema(
    [
        pa.field("candid", _LONG),
        pa.field("schemavsn", _TEXT),
        pa.field("publisher", _TEXT),
        pa.field("objectId", _TEXT),
        pa.field("candidate", pa.struct(_fields(_SHARED, _DETECTION_ONLY))),
        pa.field("prv_candidates", pa.list_(pa.struct(_fields(_SHARED)))),
        *[pa.field(name, _STAMP) for name in STAMPS],
        *_fields(_ADDED),
        pa.field("mangrove", pa.struct([pa.field(name, _TEXT) for name in _MANGROVE])),
        pa.field("lc_features_g", _BAND),
        pa.field("lc_features_r", _BAND),
        pa.field("blazar_stats", pa.struct([pa.field(name, _FLOAT) for name in ("m0", "m1", "m2")])),
    ]
)


def candid_of(object_id: str, jd: float) -> int:
    """A 19-digit alert number, above 2**53 as the real ones are, the same for the same object and time."""
    seed = hashlib.sha256(f"{object_id}_{jd:.7f}".encode()).digest()
    return 2_500_000_000_000_000_001 + int.from_bytes(seed[:7], "big")


def features(size: float = 0.1, **overrides: float) -> dict[str, float]:
    """The 26 light-curve features of one band; `overrides` may hold NaN, as real ones do."""
    return {name: round(size * (1 + index / 10), 6) for index, name in enumerate(FEATURES)} | overrides


def detection(jd: float, *, fid: int = 1, magpsf: float = 19.0, **overrides: Any) -> Packet:
    """A measured brightness in a packet's history; passes Fink's cuts unless ``rb`` or ``nbad`` say no."""
    return {
        "jd": jd,
        "fid": fid,
        "pid": 2_500_000_000_000,
        "diffmaglim": 20.5,
        "programid": 1,
        "isdiffpos": "t",
        "ra": 150.0,
        "dec": 20.0,
        "magpsf": magpsf,
        "sigmapsf": 0.1,
        "distnr": 5.25,
        "magnr": 21.0,
        "sigmagnr": 0.05,
        "rb": 0.9,
        "nbad": 0,
        "ssnamenr": "null",
        "ssdistnr": -999.0,
    } | overrides


def upper_limit(jd: float, *, fid: int = 1, diffmaglim: float = 20.0) -> Packet:
    """A night on which nothing was seen, as a packet's history carries it."""
    return {"jd": jd, "fid": fid, "pid": 2_500_000_000_000, "diffmaglim": diffmaglim, "programid": 1}


def packet(
    object_id: str,
    jd: float,
    *,
    fid: int = 1,
    magpsf: float = 19.0,
    score: float | None = None,
    history: Sequence[Packet] = (),
    cdsxmatch: str | None = "Unknown",
    stamps: bool | tuple[int, int] = False,
    publisher: str = "Fink",
    added: Mapping[str, Any] | None = None,
    **candidate_overrides: Any,
) -> Packet:
    """One alert packet.

    Parameters
    ----------
    object_id, jd
        The object and the time (JD, UTC) of the detection.
    score
        ``anomaly_score``; None means that Fink gave none. Scored packets also carry features in both bands.
    history
        Entries of ``prv_candidates``: see `detection` and `upper_limit`.
    stamps
        True for 63x63 pixel stamps, (rows, columns) for an edge stamp, False for a packet without stamps.
    publisher
        Anything but "Fink" is a packet that Fink never processed.
    added
        Fink's own columns to override (``roid``, ``mulens``, ``tns``, ``lc_features_g``, ...).
    candidate_overrides
        Fields of ``candidate`` to override (``ndethist``, ``rb``, ``candid``, ...).
    """
    now = detection(jd, fid=fid, magpsf=magpsf) | _detection_extras(object_id, jd) | candidate_overrides
    made = {
        "candid": now["candid"],
        "schemavsn": "4.02",
        "publisher": publisher,
        "objectId": object_id,
        "candidate": now,
        "prv_candidates": [dict(entry) for entry in history],
        "cdsxmatch": cdsxmatch,
        **_added(score),
        **(added or {}),
    }
    shape = (63, 63) if stamps is True else stamps
    return made | (stamps_of(object_id, shape) if shape else dict.fromkeys(STAMPS))


def _detection_extras(object_id: str, jd: float) -> Packet:
    return {
        "candid": candid_of(object_id, jd),
        "jdstarthist": jd - 20.0,
        "jdendhist": jd,
        "ndethist": 12,
        "ncovhist": 300,
        "drb": 0.95,
        "classtar": 0.98,
        "objectidps1": 148791489637184098,
        "objectidps2": -999,
    }


def _added(score: float | None) -> Packet:
    text = dict.fromkeys(["spicy_class", "gcvs", "x3hsp", "x4lac"], "Unknown")
    number = dict.fromkeys(["rf_snia_vs_nonia", "snn_snia_vs_nonia", "snn_sn_vs_all", "mulens", "rf_kn_vs_nonkn"], 0.0)
    band = features() if score is not None else None
    return {
        **text,
        **number,
        "fink_broker_version": "4.0",
        "fink_science_version": "8.22.0",
        "tns": "",
        "DR3Name": "nan",
        "vsx": "nan",
        "spicy_id": -1,
        "roid": 0,
        "nalerthist": 3,
        "anomaly_score": score,
        "mangrove": dict.fromkeys(_MANGROVE, "None"),
        "lc_features_g": band,
        "lc_features_r": band,
    }


def stamps_of(object_id: str, shape: tuple[int, int]) -> Packet:
    """Science, template and difference stamps: invented noise with a source in the middle."""
    rng = np.random.default_rng(int.from_bytes(object_id.encode()[-4:], "big"))
    made = {}
    for kind in STAMPS:
        pixels = rng.normal(100.0, 5.0, shape).astype(np.float32)
        pixels[shape[0] // 2, shape[1] // 2] += 500.0
        made[kind] = {
            "fileName": f"{object_id}.fits.gz",
            "stampData": gzip.compress(fits_bytes(pixels), mtime=0),
        }
    return made


def fits_bytes(pixels: np.ndarray) -> bytes:
    """A minimal FITS file with one image of 32-bit floats."""
    cards = [("SIMPLE", "T"), ("BITPIX", "-32"), ("NAXIS", "2")]
    cards += [("NAXIS1", str(pixels.shape[1])), ("NAXIS2", str(pixels.shape[0]))]
    header = "".join(f"{name:<8}= {value:>20}".ljust(80) for name, value in cards) + "END".ljust(80)
    return _padded(header.encode("ascii"), b" ") + _padded(pixels.astype(">f4").tobytes(), b"\0")


def _padded(block: bytes, filler: bytes) -> bytes:
    """FITS counts in blocks of 2880 bytes."""
    return block + filler * (-len(block) % 2880)


def write_parquet(path: Path, packets: Sequence[Packet], *, row_group_size: int = 100) -> Path:
    """Write packets as Fink's Data Transfer delivers them; returns `path`."""
    pq.write_table(pa.Table.from_pylist(list(packets), SCHEMA), path, row_group_size=row_group_size)
    return path


def write_avro(path: Path, packets: Sequence[Packet]) -> Path:
    """Write packets as Fink's livestream delivers them; returns `path`."""
    with path.open("wb") as out:
        fastavro.writer(out, fastavro.parse_schema(_avro(pa.struct(list(SCHEMA)), "alert")), packets)
    return path


_AVRO_NAMES = {
    _FLOAT: "float",
    _DOUBLE: "double",
    _INT: "int",
    _LONG: "long",
    _TEXT: "string",
    pa.bool_(): "boolean",
}


def _avro(kind: pa.DataType, name: str) -> Any:
    """Avro schema of an Arrow type; every field may be null, `name` keeps record names unique."""
    if pa.types.is_struct(kind):
        fields = [
            # Avro names cannot start with a digit: 2MASS_name is spelt so in Parquet only.
            {"name": f.name, "type": ["null", _avro(f.type, f"{name}_{f.name}")], "default": None}
            for f in kind
            if not f.name[0].isdigit()
        ]
        return {"type": "record", "name": name, "fields": fields}
    if pa.types.is_list(kind):
        return {"type": "array", "items": _avro(kind.value_type, f"{name}_entry")}
    return "bytes" if pa.types.is_binary(kind) else _AVRO_NAMES[kind]
