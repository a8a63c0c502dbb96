"""Kinds of sources: where they are, how they vary, which labels the catalogues have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.local_fink.sky import light_curves as curves
from services.local_fink.sky.light_curves import Model, Rng


@dataclass(frozen=True)
class Kind:
    """One kind of source.

    Attributes
    ----------
    model
        Draws a light curve.
    population
        Its distribution on the sky, see `positions.draw`.
    lasts
        Days it can be seen after it was first chosen.
    extragalactic, transient
        Galaxies have no parallax; transients are reported to the TNS.
    vsx, tns
        Type in the Variable Star Index, "" for none; type once the TNS has classified it.
    """

    model: Callable[[Rng, float], Model]
    population: str
    lasts: int = 150
    extragalactic: bool = False
    transient: bool = False
    vsx: str = ""
    tns: str = ""


KINDS: Mapping[str, Kind] = {
    "dwarf nova": Kind(curves.dwarf_nova, "thick", 110, vsx="UG", tns="CV"),
    "polar": Kind(curves.polar, "thick", 70, vsx="AM", tns="CV"),
    "mira": Kind(curves.mira, "disc", vsx="M"),
    "semiregular": Kind(curves.semiregular, "disc", vsx="SR"),
    "rr lyrae": Kind(curves.rr_lyrae, "halo", vsx="RRAB"),
    "eclipsing": Kind(curves.eclipsing, "disc", vsx="EA"),
    "young star": Kind(curves.young_star, "clouds", vsx="YSO"),
    "active galaxy": Kind(curves.active_galaxy, "galaxies", extragalactic=True),
    "changing look": Kind(curves.changing_look, "galaxies", extragalactic=True),
    "blazar": Kind(curves.blazar, "galaxies", extragalactic=True),
    "supernova Ia": Kind(curves.supernova_ia, "galaxies", 40, True, True, tns="SN Ia"),
    "supernova II": Kind(curves.supernova_ii, "galaxies", 60, True, True, tns="SN II"),
    "superluminous": Kind(curves.superluminous, "galaxies", 80, True, True, tns="SLSN-I"),
    "tidal disruption": Kind(curves.tidal_disruption, "galaxies", 60, True, True, tns="TDE"),
    "microlensing": Kind(curves.microlensing, "disc", 40),
    "flare star": Kind(curves.flare_star, "thick", 20),
    "artefact": Kind(curves.artefact, "disc", 30),
    "asteroid": Kind(curves.asteroid, "galaxies", 0),
}

# Fink's documented table of the anomalies of 2023-01-25 to 2023-05-22 (fink-broker.org documentation, in SIMBAD's
# spelling of that time): 660 alerts by `d:cdsxmatch`.
DOCUMENTED_COUNTS: Mapping[str, int] = {
    "CataclyV*": 191,
    "Unknown": 170,
    "Mira": 65,
    "RRLyr": 63,
    "LPV*": 52,
    "EB*_Candidate": 21,
    "EB*": 20,
    "Star": 14,
    "CV*_Candidate": 10,
    "Fail 504": 10,
    "Blazar": 6,
    "V*": 6,
    "WD*_Candidate": 4,
    "YSO_Candidate": 4,
    "PulsV*": 3,
    "Fail 500": 3,
    "YSO": 3,
    "Fail 503": 2,
    "SN": 2,
    "LP*_Candidate": 1,
    "BLLac": 1,
    "QSO": 1,
    "Radio": 1,
    "Seyfert_1": 1,
    "TTau*": 1,
    "Em*": 1,
    "ClG": 1,
    "V*?_Candidate": 1,
    "BlueStraggler": 1,
    "AGN": 1,
}

# Which kinds wear a label, with weights.
WEARERS: Mapping[str, Mapping[str, float]] = {
    "CataclyV*": {"dwarf nova": 0.6, "polar": 0.4},
    "CV*_Candidate": {"dwarf nova": 0.7, "polar": 0.3},
    "WD*_Candidate": {"polar": 1.0},
    "Unknown": {
        "dwarf nova": 0.26,
        "supernova Ia": 0.14,
        "supernova II": 0.08,
        "superluminous": 0.04,
        "tidal disruption": 0.05,
        "microlensing": 0.08,
        "flare star": 0.08,
        "artefact": 0.12,
        "active galaxy": 0.06,
        "young star": 0.09,
    },
    "Mira": {"mira": 1.0},
    "LP*_Candidate": {"mira": 1.0},
    "RRLyr": {"rr lyrae": 1.0},
    "PulsV*": {"rr lyrae": 1.0},
    "LPV*": {"semiregular": 1.0},
    "EB*": {"eclipsing": 1.0},
    "EB*_Candidate": {"eclipsing": 1.0},
    "BlueStraggler": {"eclipsing": 1.0},
    "Star": {"flare star": 0.6, "artefact": 0.4},
    "Blazar": {"blazar": 1.0},
    "BLLac": {"blazar": 1.0},
    "V*": {"semiregular": 0.5, "young star": 0.5},
    "V*?_Candidate": {"semiregular": 1.0},
    "YSO": {"young star": 1.0},
    "YSO_Candidate": {"young star": 1.0},
    "TTau*": {"young star": 1.0},
    "Em*": {"young star": 1.0},
    "SN": {"supernova Ia": 0.6, "supernova II": 0.4},
    "ClG": {"supernova Ia": 1.0},
    "QSO": {"active galaxy": 1.0},
    "AGN": {"active galaxy": 1.0},
    "Seyfert_1": {"active galaxy": 1.0},
    "Radio": {"active galaxy": 1.0},
}

# What the alerts are that nobody lists: label and kind, with weights.
BACKGROUND: Mapping[tuple[str, str], float] = {
    ("Unknown", "artefact"): 0.10,
    ("Unknown", "asteroid"): 0.16,
    ("Unknown", "semiregular"): 0.14,
    ("EB*", "eclipsing"): 0.14,
    ("RRLyr", "rr lyrae"): 0.14,
    ("QSO", "active galaxy"): 0.12,
    ("LPV*", "semiregular"): 0.08,
    ("Star", "flare star"): 0.06,
    ("YSO_Candidate", "young star"): 0.06,
}

# SIMBAD changed the spelling of its object types; the sample sky does from this night on, for all alerts.
NEW_SPELLING_FROM = date(2023, 9, 1)
# Old to new label (SIMBAD's guide, otypes.labels), of the labels worn here.
NEW_SPELLING: Mapping[str, str] = {
    "LPV*": "LongPeriodV*",
    "RRLyr": "RRLyrae",
    "EB*": "EclBin",
    "V*": "Variable*",
    "V*?_Candidate": "V*_Candidate",
    "SN": "Supernova",
    "Seyfert_1": "Seyfert1",
    "TTau*": "TTauri*",
    "Em*": "EmLine*",
}


def spelt(label: str, day: int) -> str:
    """A label as SIMBAD spelt it in the night of an ordinal."""
    return NEW_SPELLING.get(label, label) if day >= NEW_SPELLING_FROM.toordinal() else label
