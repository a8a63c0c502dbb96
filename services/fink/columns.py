"""Every column of Fink's tables, declared once: name, kind, unit and meaning.

Inside the house a column is called by Fink's bare name: the family (``i:`` ZTF's packet, ``d:`` Fink's
modules, ``v:`` computed by the API at request time) is dropped and ``objectId`` is ``object_id``. Exports
translate back with `fink_name`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["float", "int", "text", "flag", "id"]

#: ZTF's "no such neighbour", in every numeric column.
NO_VALUE = -999.0

_KINDS: dict[str, Kind] = {"f": "float", "i": "int", "t": "text", "b": "flag", "k": "id"}
_RENAMED = {"i:objectId": "object_id"}


@dataclass(frozen=True)
class Column:
    """One column of Fink.

    Attributes
    ----------
    fink, name
        Fink's name with its family (``i:magpsf``) and the house's name (``magpsf``).
    kind
        ``float`` (float64), ``int`` (Int64), ``text`` (str), ``flag`` (boolean) or ``id`` (str, digits kept).
    unit
        Unit of the values; empty for pure numbers, names and flags.
    meaning
        What it is, for the alert-content panel.
    missing
        Numbers that stand for "not known" here, besides `NO_VALUE`.
    crossmatch
        True for a catalogue's answer: "Unknown" means nothing is there, "Fail ..." that it did not answer.
    """

    fink: str
    name: str
    kind: Kind
    unit: str
    meaning: str
    missing: tuple[float, ...] = ()
    crossmatch: bool = False


#: fink name | kind | unit | meaning | number that means "missing", if any.
#: Kinds: f float, i int, t text, b flag, k id, x text that a catalogue answered (a cross-match).
#: Sources: ZTF's alert schema 4.02; fink-science's and fink-broker's documentation of the added values.
_ALERT = """
i:objectId | t | | ZTF's name of the source
i:candid | k | | Identifier of the alert
i:jd | f | d | Julian date (UTC) at the start of the exposure
i:fid | i | | Filter: 1 = g, 2 = r, 3 = i
i:jdstarthist | f | d | Julian date of the first 3-sigma detection at this position
i:jdendhist | f | d | Julian date of the latest 3-sigma detection at this position
i:ndethist | i | | Detections above 3 sigma here since the survey began, in the same field and readout channel
i:ncovhist | i | | Times this position was on a field and readout channel since the survey began
i:nid | i | | ZTF's number of the night
i:pid | k | | Identifier of the processed science image
i:field | i | | ZTF field number
i:rcid | i | | Readout channel (CCD quadrant), 0 to 63
i:programid | i | | Programme: 1 = public, 2 = collaboration, 3 = Caltech
i:programpi | t | | Who leads the programme
i:tblid | i | | Number of the source in its extraction table
i:pdiffimfilename | t | | File name of the difference image
i:exptime | f | s | Exposure time
i:tooflag | i | | 1 when the exposure was a target of opportunity
i:schemavsn | t | | Version of ZTF's alert schema
i:publisher | t | | Who published the packet
i:fink_broker_version | t | | Version of fink-broker that processed the alert
i:fink_science_version | t | | Version of fink-science that computed the added values
i:ra | f | deg | Right ascension (J2000)
i:dec | f | deg | Declination (J2000)
i:xpos | f | pix | Position on the detector, x
i:ypos | f | pix | Position on the detector, y
i:magpsf | f | mag | Magnitude of the difference image, from PSF fitting
i:sigmapsf | f | mag | 1-sigma uncertainty of magpsf
i:isdiffpos | t | | t: brighter than the template; f: fainter
i:diffmaglim | f | mag | Faintest 5-sigma detection that the difference image allows
i:magap | f | mag | Aperture magnitude, 14 pixels across
i:sigmagap | f | mag | 1-sigma uncertainty of magap
i:magapbig | f | mag | Aperture magnitude, 18 pixels across
i:sigmagapbig | f | mag | 1-sigma uncertainty of magapbig
i:magdiff | f | mag | magap minus magpsf
i:magfromlim | f | mag | diffmaglim minus magap: how far above the limit
i:chipsf | f | | Reduced chi-square of the PSF fit
i:scorr | f | | Signal to noise at the peak of the matched-filtered image
i:sky | f | DN | Local sky background
i:distnr | f | pix | Distance to the nearest source of the template; one pixel is 1.01 arcsec
i:magnr | f | mag | Magnitude of the nearest source of the template
i:sigmagnr | f | mag | 1-sigma uncertainty of magnr
i:chinr | f | | DAOPhot chi of the nearest source of the template
i:sharpnr | f | | DAOPhot sharpness of the nearest source of the template
i:ranr | f | deg | Right ascension of the nearest source of the template
i:decnr | f | deg | Declination of the nearest source of the template
i:jdstartref | f | d | Julian date of the earliest image in the template
i:jdendref | f | d | Julian date of the latest image in the template
i:nframesref | i | | Images stacked in the template
i:rfid | k | | Identifier of the template image
i:rb | f | | Real-bogus score: 0 artefact, 1 real; Fink keeps 0.55 and above
i:rbversion | t | | Version of the real-bogus model
i:drb | f | | Real-bogus score by deep learning: 0 artefact, 1 real
i:drbversion | t | | Version of the deep-learning real-bogus model
i:classtar | f | | SExtractor's star-galaxy score: 0 extended, 1 point-like
i:nneg | i | | Negative pixels in a 5 x 5 stamp
i:nbad | i | | Flagged pixels in a 5 x 5 stamp; Fink keeps 0
i:fwhm | f | pix | Full width at half maximum of the profile
i:aimage | f | pix | Major axis of the profile
i:bimage | f | pix | Minor axis of the profile
i:aimagerat | f | | Major axis over FWHM
i:bimagerat | f | | Minor axis over FWHM
i:elong | f | | Major axis over minor axis
i:seeratio | f | | Seeing of the difference image over that of the science image
i:mindtoedge | f | pix | Distance to the nearest edge of the image
i:sumrat | f | | Sum of the pixels over the sum of their absolute values, in a 5 x 5 stamp
i:dsnrms | f | | Difference of two signal-to-noise measures of the source over its scatter
i:ssnrms | f | | Signal to noise over its root mean square, in a small box
i:dsdiff | f | | dsnrms minus ssnrms
i:objectidps1 | k | | Nearest Pan-STARRS 1 source: identifier
i:objectidps2 | k | | Second nearest Pan-STARRS 1 source: identifier
i:objectidps3 | k | | Third nearest Pan-STARRS 1 source: identifier
i:sgmag1 | f | mag | Nearest Pan-STARRS 1 source: g magnitude
i:sgmag2 | f | mag | Second nearest Pan-STARRS 1 source: g magnitude
i:sgmag3 | f | mag | Third nearest Pan-STARRS 1 source: g magnitude
i:srmag1 | f | mag | Nearest Pan-STARRS 1 source: r magnitude
i:srmag2 | f | mag | Second nearest Pan-STARRS 1 source: r magnitude
i:srmag3 | f | mag | Third nearest Pan-STARRS 1 source: r magnitude
i:simag1 | f | mag | Nearest Pan-STARRS 1 source: i magnitude
i:simag2 | f | mag | Second nearest Pan-STARRS 1 source: i magnitude
i:simag3 | f | mag | Third nearest Pan-STARRS 1 source: i magnitude
i:szmag1 | f | mag | Nearest Pan-STARRS 1 source: z magnitude
i:szmag2 | f | mag | Second nearest Pan-STARRS 1 source: z magnitude
i:szmag3 | f | mag | Third nearest Pan-STARRS 1 source: z magnitude
i:sgscore1 | f | | Nearest Pan-STARRS 1 source: 0 galaxy, 1 star
i:sgscore2 | f | | Second nearest Pan-STARRS 1 source: 0 galaxy, 1 star
i:sgscore3 | f | | Third nearest Pan-STARRS 1 source: 0 galaxy, 1 star
i:distpsnr1 | f | arcsec | Nearest Pan-STARRS 1 source: distance
i:distpsnr2 | f | arcsec | Second nearest Pan-STARRS 1 source: distance
i:distpsnr3 | f | arcsec | Third nearest Pan-STARRS 1 source: distance
i:nmtchps | i | | Pan-STARRS 1 sources within 30 arcsec
i:neargaia | f | arcsec | Distance to the nearest Gaia source
i:neargaiabright | f | arcsec | Distance to the nearest bright Gaia source
i:maggaia | f | mag | G magnitude of the nearest Gaia source
i:maggaiabright | f | mag | G magnitude of the nearest bright Gaia source
i:ssdistnr | f | arcsec | Distance to the nearest known Solar System object
i:ssmagnr | f | mag | V magnitude of the nearest known Solar System object
i:ssnamenr | t | | Name of the nearest known Solar System object
i:magzpsci | f | mag | Zero point of the science image
i:magzpsciunc | f | mag | Uncertainty of magzpsci
i:magzpscirms | f | mag | Scatter about magzpsci
i:nmatches | i | | Pan-STARRS 1 stars that calibrated the science image
i:clrcoeff | f | | Colour coefficient of the calibration
i:clrcounc | f | | Uncertainty of clrcoeff
i:zpclrcov | f | | Covariance of magzpsci and clrcoeff
i:zpmed | f | mag | Median zero point of the calibrators
i:clrmed | f | mag | Median colour of the calibrators
i:clrrms | f | mag | Scatter of the calibrators' colour
d:cdsxmatch | t | | Object type in SIMBAD within 1 arcsec; Unknown: nothing there; Fail: CDS did not answer
d:tns | x | | Type of the classified TNS entry within 1.5 arcsec (alerts since 2025)
d:gcvs | x | | Type in the General Catalogue of Variable Stars, within 1.5 arcsec
d:vsx | x | | Type in the Variable Star Index, within 1.5 arcsec
d:DR3Name | x | | Gaia DR3 source within 1 arcsec
d:Plx | f | mas | Parallax of the Gaia DR3 source
d:e_Plx | f | mas | Uncertainty of Plx
d:gaiaVarFlag | i | | 1 when Gaia DR3 calls the source variable
d:gaiaClass | x | | Variability class in Gaia DR3
d:x4lac | x | | Fermi 4LAC-DR3 source within 1 arcmin
d:x3hsp | x | | 3HSP blazar within 1 arcmin
d:mangrove_HyperLEDA_name | x | | HyperLEDA name of the Mangrove galaxy within 1 arcmin
d:mangrove_2MASS_name | x | | 2MASS name of the Mangrove galaxy within 1 arcmin
d:mangrove_lum_dist | f | Mpc | Luminosity distance of the Mangrove galaxy
d:mangrove_ang_dist | f | Mpc | Angular-diameter distance of the Mangrove galaxy
d:spicy_id | i | | Number of the young-star candidate in SPICY, within 1.2 arcsec | -1
d:spicy_class | x | | Class of the young-star candidate in SPICY
d:roid | i | | Solar System: 0 no, 1 first appearance, 2 candidate, 3 known object of the Minor Planet Center
d:tracklet | t | | Fast-moving track that the alert belongs to (TRCK_date_time_number)
d:mulens | f | | Microlensing score, 0 to 1
d:rf_snia_vs_nonia | f | | Early supernova Ia score by random forest, 0 to 1
d:snn_snia_vs_nonia | f | | Supernova Ia against other types, by SuperNNova, 0 to 1
d:snn_sn_vs_all | f | | Supernova against everything else, by SuperNNova, 0 to 1
d:rf_kn_vs_nonkn | f | | Kilonova score by random forest, 0 to 1
d:slsn_score | f | | Superluminous supernova score, 0 to 1 | -1
d:is_transient | b | | Fink takes the source for a transient
d:nalerthist | i | | Alerts of this source so far
d:anomaly_score | f | | Anomaly score: lower is odder; comparable only within one era of the model | 0
d:lc_features_g | t | | The 26 light-curve features in g
d:lc_features_r | t | | The 26 light-curve features in r
d:jd_first_real_det | f | d | Julian date of the first detection in the 30 days that the packet covers
d:jdstarthist_dt | f | d | jd_first_real_det minus jdstarthist; long when the source has an older history
d:mag_rate | f | mag/d | Change of magnitude since the previous measurement in this band
d:sigma_rate | f | mag/d | Uncertainty of mag_rate
d:lower_rate | f | mag/d | Lower end of the 90 per cent interval of mag_rate
d:upper_rate | f | mag/d | Upper end of the 90 per cent interval of mag_rate
d:delta_time | f | d | Time since the previous measurement in this band
d:from_upper | b | | mag_rate starts from an upper limit
d:blazar_stats_m0 | f | | Blazar: mean flux before the latest alert over the quiet-state threshold | -1
d:blazar_stats_m1 | f | | Blazar: mean flux with the latest alert over the quiet-state threshold | -1
d:blazar_stats_m2 | f | | Blazar: flux of the latest alert over the quiet-state threshold | -1
d:blazar_stats_instantness_low | f | | Blazar: latest flux over the threshold of the low state | -1
d:blazar_stats_robustness_low | f | | Blazar: mean recent flux over the threshold of the low state | -1
d:blazar_stats_instantness_high | f | | Blazar: latest flux over the threshold of the high state | -1
d:blazar_stats_robustness_high | f | | Blazar: mean recent flux over the threshold of the high state | -1
d:tag | t | | valid, badquality (a detection failing Fink's cuts) or upperlim (a limit, not a detection)
v:classification | t | | Fink's class of the alert by the rules in force when it was asked
v:rate | f | mag/d | Change of magnitude since the previous point in this band
v:sigma(rate) | f | mag/d | Uncertainty of rate
v:g-r | f | mag | Colour from a pair within 0.3 d
v:sigma(g-r) | f | mag | Uncertainty of g-r
v:rate(g-r) | f | mag/d | Change of colour since the previous pair
v:sigma(rate(g-r)) | f | mag/d | Uncertainty of rate(g-r)
v:lastdate | t | | Time of the exposure (UTC)
v:firstdate | t | | Time of the first detection at this position (UTC)
v:lapse | f | d | Time from first detection to this exposure
v:constellation | t | | Constellation
"""

#: Columns of the other endpoints (resolver, cone search, statistics, metadata).
_ELSEWHERE = """
d:classification | t | | Fink's class as stored when the alert was processed
v:separation_degree | f | deg | Distance from the centre of the search
d:fullname | t | | Name in TNS, with its prefix AT or SN
d:internalname | t | | Name given by the survey that reported it
d:type | t | | Type in TNS; missing when nobody has classified it
d:ra | f | deg | Right ascension in TNS
d:declination | f | deg | Declination in TNS
d:redshift | f | | Redshift in TNS
d:discoverydate | t | | Time of discovery (UTC)
d:internal_name | t | | Name given by Fink's anomaly-detection team
d:internal_name_encoded | t | | internal_name without blanks
d:comments | t | | What the team wrote about it
d:username | t | | Who wrote it
i:name | t | | Name of the Solar System object
i:number | t | | Number of the Solar System object
jradeg | f | deg | Right ascension in SIMBAD
jdedeg | f | deg | Declination in SIMBAD
"""


def _parse(table: str) -> Iterator[Column]:
    for line in table.strip().splitlines():
        fink, kind, unit, meaning, *missing = (field.strip() for field in line.split("|"))
        yield Column(
            fink=fink,
            name=_RENAMED.get(fink) or fink.partition(":")[2] or fink,
            kind="text" if kind == "x" else _KINDS[kind],
            unit=unit,
            meaning=meaning,
            missing=tuple(float(value) for value in missing),
            crossmatch=kind == "x",
        )


#: Every column of an alert, in the order of the alert-content panel.
ALERT: tuple[Column, ...] = tuple(_parse(_ALERT))
_ALL = (*ALERT, *_parse(_ELSEWHERE))
_BY_FINK = {column.fink: column for column in _ALL}
#: One bare name can have two families (``d:ra`` of TNS, ``i:ra`` of an alert): the alert's one is meant.
_BY_NAME = {column.name: column for column in reversed(_ALL)}

#: What classification needs besides ``jd`` and ``cdsxmatch`` (FINK_API: fink_filters.ztf.classification).
CLASSIFICATION: tuple[str, ...] = (
    *("roid", "mulens", "snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn"),
    *("tracklet", "ndethist", "drb", "classtar", "jdstarthist"),
)

#: One row of the anomaly index.
LIST: tuple[str, ...] = (
    *("object_id", "candid", "jd", "fid", "magpsf", "sigmapsf", "isdiffpos", "ra", "dec", "ndethist"),
    *("jdstarthist", "field", "rcid", "xpos", "ypos", "rb", "drb", "classtar", "distnr", "anomaly_score"),
    *("cdsxmatch", "tns", "fink_science_version", "roid", "mulens", "snn_snia_vs_nonia", "snn_sn_vs_all"),
    *("rf_snia_vs_nonia", "rf_kn_vs_nonkn", "tracklet"),
)

#: One point of a light curve: 25 columns, so that a long light curve stays small. ``object_id`` is known from the
#: question, and rows of upper limits bring ``diffmaglim`` unasked (FINK_API section 0, point 10).
LIGHT_CURVE: tuple[str, ...] = (
    *("candid", "jd", "fid", "ra", "dec", "magpsf", "sigmapsf", "isdiffpos", "magnr", "sigmagnr", "distnr"),
    *("anomaly_score", "cdsxmatch", "tns"),
    *CLASSIFICATION,
)

#: One row of the answers of the other endpoints.
CONESEARCH: tuple[str, ...] = (
    *("object_id", "candid", "magpsf", "sigmapsf", "jd", "jdstarthist", "drb", "ra", "dec", "fid", "distnr"),
    *("cdsxmatch", "nalerthist", "classification", "separation_degree"),
)
TNS: tuple[str, ...] = ("fullname", "internalname", "type", "ra", "declination", "redshift", "discoverydate")
SIMBAD: tuple[str, ...] = (
    "name",
    "oid",
    "oname",
    "otype",
    "jpos",
    "jradeg",
    "jdedeg",
    "refPos",
    "z",
    "MType",
    "nrefs",
)
SIMBAD_REVERSE: tuple[str, ...] = ("object_id", "cdsxmatch", "ra", "dec", "candid", "jd")
SSODNET: tuple[str, ...] = ("name", "number", "ssnamenr")
METADATA: tuple[str, ...] = ("object_id", "internal_name", "internal_name_encoded", "comments", "username")


def by_fink(name: str) -> Column | None:
    """Column of a name as Fink spells it (``i:magpsf``); None when it is not declared here."""
    return _BY_FINK.get(name)


def by_name(name: str) -> Column | None:
    """Column of a name as the house spells it (``magpsf``); None when it is not declared here."""
    return _BY_NAME.get(name)


def fink_name(name: str) -> str:
    """Fink's name of a column of the house, for requests and exports.

    Names that are not declared here (a column Fink has added since, or one of ours) come back unchanged.

    Examples
    --------
    >>> fink_name("object_id"), fink_name("anomaly_score"), fink_name("rank")
    ('i:objectId', 'd:anomaly_score', 'rank')
    """
    column = _BY_NAME.get(name)
    return column.fink if column else name


def tidy_name(fink: str) -> str:
    """The house's name of one of Fink's columns, declared or not.

    Examples
    --------
    >>> tidy_name("i:objectId"), tidy_name("d:brand_new"), tidy_name("basic:sci")
    ('object_id', 'brand_new', 'basic:sci')
    """
    column = _BY_FINK.get(fink)
    if column:
        return column.name
    return fink[2:] if fink[:2] in ("i:", "d:", "v:", "b:") else fink


def requestable(name: str) -> bool:
    """True when a column can be named in a request: ``v:`` columns and ``tag`` only come by themselves."""
    column = _BY_NAME.get(name)
    return column is not None and column.fink[:2] in ("i:", "d:") and column.fink != "d:tag"
