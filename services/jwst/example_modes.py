"""Modes of observing of the simulated example: what a row of each looks like.

Shares, exposures and sizes are those of JWST as its documentation and public metadata have them, in round numbers:
whole detectors of NIRCam and NIRISS are 64″ to 133″ wide, a footprint of a NIRSpec slit or integral field is 2″ to 6″.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.jwst.measured import FRAME_IRS2_S, FRAME_S

FASTR1_S = 2.77504
"""Frame time of MIRI's whole detector in FASTR1 (JWST User Documentation, "MIRI Detector Readout Overview")."""


@dataclass(frozen=True)
class Mode:
    """One way to observe.

    Parameters
    ----------
    instrument_name, product_type, level
        As MAST names them; level 3 rows are combined from several exposures.
    filters
        Combinations, with equal shares.
    share
        Of the rows; the shares need no particular sum.
    frame_s, exposure_s
        Time of one frame, and median exposure, in seconds.
    radius_arcsec, offset_deg
        Of the footprint, and how far the target may be from its centre.
    detectors
        Last part of obs_id: detectors for level 2, the instrument for level 3.
    sources
        Whether level 3 rows are single sources of one field.
    suffix
        Of the file.
    """

    instrument_name: str
    product_type: str
    level: int
    filters: tuple[str, ...]
    share: float
    frame_s: float
    exposure_s: float
    radius_arcsec: float
    offset_deg: float
    detectors: tuple[str, ...]
    sources: bool
    suffix: str


_MSA = ("CLEAR;PRISM", "F070LP;G140M", "F100LP;G140M", "F170LP;G235H", "F170LP;G235M", "F290LP;G395H", "F290LP;G395M")
_WFSS = tuple(f"GR150{g};{f}" for g in "CR" for f in ("F090W", "F115W", "F158M", "F200W"))
_GRISM = tuple(f"{f};GRISM{g}" for g in "CR" for f in ("F277W", "F322W2", "F335M", "F356W", "F410M", "F444W", "F460M"))
_SHORT = ("nrca1", "nrca2", "nrca3", "nrca4", "nrcb1", "nrcb2", "nrcb3", "nrcb4")

MODES: tuple[Mode, ...] = (
    Mode("NIRSPEC/MSA", "spectrum", 3, _MSA, 29, FRAME_IRS2_S, 2200, 0.9, 0.09, ("nirspec",), True, "s2d"),
    Mode("NIRISS/WFSS", "spectrum", 3, _WFSS, 20, FRAME_S, 800, 113.8, 0.01, ("niriss",), True, "x1d"),
    Mode("NIRCAM/GRISM", "spectrum", 3, _GRISM, 18, FRAME_S, 500, 109.4, 0.02, ("nircam",), True, "x1d"),
    Mode("NIRCAM/IMAGE", "image", 2, ("F115W", "F150W", "F200W", "F187N", "F212N"), 9, FRAME_S, 280, 44.8, 0.03, _SHORT,
         False, "cal"),
    Mode("NIRCAM/IMAGE", "image", 2, ("F277W", "F356W", "F410M", "F444W"), 5, FRAME_S, 350, 92.3, 0.03,
         ("nrcalong", "nrcblong"), False, "cal"),
    Mode("NIRCAM/IMAGE", "image", 3, ("F115W", "F200W", "F277W", "F444W"), 3, FRAME_S, 900, 160, 0.03, ("nircam",),
         False, "i2d"),
    Mode("MIRI/IMAGE", "image", 3, ("F560W", "F770W", "F1000W", "F1130W", "F1280W"), 6, FASTR1_S, 400, 80, 0.02,
         ("miri",), False, "i2d"),
    Mode("FGS/FGS2", "image", 2, ("OPEN",), 1, FRAME_S, 300, 101, 0.02, ("guider2",), False, "cal"),
    Mode("NIRSPEC/IFU", "cube", 3, ("F100LP;G140H", "F170LP;G235H", "F290LP;G395H"), 2, FRAME_IRS2_S, 1800, 2.3, 0.001,
         ("nirspec",), False, "s3d"),
    Mode("MIRI/IFU", "cube", 3, ("CH1", "CH4"), 2, FASTR1_S, 1500, 4, 0.001, ("miri",), False, "s3d"),
    Mode("NIRSPEC/IFU", "spectrum", 2, ("F100LP;G140H", "F290LP;G395H"), 2, FRAME_IRS2_S, 600, 2.3, 0.001,
         ("nrs1", "nrs2"), False, "cal"),
    Mode("NIRSPEC/SLIT", "timeseries", 2, ("F290LP;G395H", "CLEAR;PRISM"), 1.5, 0.902, 18000, 1.7, 0.0005,
         ("nrs1", "nrs2"), False, "calints"),
    Mode("NIRCAM/GRISM", "timeseries", 2, ("F322W2;GRISMR", "F444W;GRISMR"), 1.5, 0.34061, 15000, 35, 0.002,
         ("nrcalong",), False, "calints"),
)  # fmt: skip
