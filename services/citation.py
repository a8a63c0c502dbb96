"""What to cite and whom to thank, for the services whose data are on the page and no others.

Only works whose reference is beyond doubt are here; a service without a paper of its own is named with its address.
The acknowledgements are the sentences that the services ask for, where they ask for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from services.exports import SIMULATED, described
from services.sources import Source


@dataclass(frozen=True)
class Work:
    """One publication.

    Attributes
    ----------
    key
        BibTeX key.
    short
        As in a reference list: authors, year, journal, volume, page.
    entry
        Kind of BibTeX entry and its fields, in order.
    """

    key: str
    short: str
    kind: str
    entry: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Service:
    """One service, survey or catalogue.

    Attributes
    ----------
    name
        What it is called.
    gives
        What is taken from it, in a few words.
    works
        To be cited.
    thanks
        Sentence for the acknowledgements, in plain text; empty where the citation is enough.
    """

    name: str
    gives: str
    works: tuple[Work, ...]
    thanks: str = ""


def _article(key: str, short: str, author: str, title: str, **fields: str) -> Work:
    return Work(key, short, "article", (("author", author), ("title", f"{{{title}}}"), *fields.items()))


_FINK_2021 = _article(
    "Moller2021",
    "Möller et al. 2021, MNRAS 501, 3272",
    "{M{\\\"o}ller}, A. and {Peloton}, J. and {Ishida}, E. E. O. and others",
    "Fink, a new generation of broker for the LSST community",
    journal="MNRAS", year="2021", volume="501", pages="3272--3288", doi="10.1093/mnras/staa3602",
)  # fmt: skip
_ZTF_BELLM = _article(
    "Bellm2019",
    "Bellm et al. 2019, PASP 131, 018002",
    "{Bellm}, E. C. and {Kulkarni}, S. R. and {Graham}, M. J. and others",
    "The Zwicky Transient Facility: System Overview, Performance, and First Results",
    journal="PASP", year="2019", volume="131", pages="018002", doi="10.1088/1538-3873/aaecbe",
)  # fmt: skip
_ZTF_MASCI = _article(
    "Masci2019",
    "Masci et al. 2019, PASP 131, 018003",
    "{Masci}, F. J. and {Laher}, R. R. and {Rusholme}, B. and others",
    "The Zwicky Transient Facility: Data Processing, Products, and Archive",
    journal="PASP", year="2019", volume="131", pages="018003", doi="10.1088/1538-3873/aae8ac",
)  # fmt: skip
_ZTF_GRAHAM = _article(
    "Graham2019",
    "Graham et al. 2019, PASP 131, 078001",
    "{Graham}, M. J. and {Kulkarni}, S. R. and {Bellm}, E. C. and others",
    "The Zwicky Transient Facility: Science Objectives",
    journal="PASP", year="2019", volume="131", pages="078001", doi="10.1088/1538-3873/ab006c",
)  # fmt: skip
_MALANCHEV = _article(
    "Malanchev2021",
    "Malanchev et al. 2021, MNRAS 502, 5147",
    "{Malanchev}, K. L. and {Pruzhinskaya}, M. V. and {Korolev}, V. S. and others",
    "Anomaly detection in the Zwicky Transient Facility DR3",
    journal="MNRAS", year="2021", volume="502", pages="5147--5175", doi="10.1093/mnras/stab316",
)  # fmt: skip
_ISHIDA = _article(
    "Ishida2021",
    "Ishida et al. 2021, A&A 650, A195",
    "{Ishida}, E. E. O. and {Kornilov}, M. V. and {Malanchev}, K. L. and others",
    "Active anomaly detection for time-domain discoveries",
    journal="A\\&A", year="2021", volume="650", pages="A195", doi="10.1051/0004-6361/202037709",
)  # fmt: skip
_WENGER = _article(
    "Wenger2000",
    "Wenger et al. 2000, A&AS 143, 9",
    "{Wenger}, M. and {Ochsenbein}, F. and {Egret}, D. and others",
    "The SIMBAD astronomical database. The CDS reference database for astronomical objects",
    journal="A\\&AS", year="2000", volume="143", pages="9--22", doi="10.1051/aas:2000332",
)  # fmt: skip
_GAIA_2016 = _article(
    "Gaia2016",
    "Gaia Collaboration, Prusti et al. 2016, A&A 595, A1",
    "{Gaia Collaboration} and {Prusti}, T. and {de Bruijne}, J. H. J. and others",
    "The Gaia mission",
    journal="A\\&A", year="2016", volume="595", pages="A1", doi="10.1051/0004-6361/201629272",
)  # fmt: skip
_GAIA_DR3 = _article(
    "Gaia2023",
    "Gaia Collaboration, Vallenari et al. 2023, A&A 674, A1",
    "{Gaia Collaboration} and {Vallenari}, A. and {Brown}, A. G. A. and others",
    "Gaia Data Release 3. Summary of the content and survey properties",
    journal="A\\&A", year="2023", volume="674", pages="A1", doi="10.1051/0004-6361/202243940",
)  # fmt: skip
_PS1 = Work(
    "Chambers2016",
    "Chambers et al. 2016, arXiv:1612.05560",
    "misc",
    (
        ("author", "{Chambers}, K. C. and {Magnier}, E. A. and {Metcalfe}, N. and others"),
        ("title", "{The Pan-STARRS1 Surveys}"),
        *(("year", "2016"), ("eprint", "1612.05560"), ("archivePrefix", "arXiv")),
    ),
)
_VSX = Work(
    "Watson2006",
    "Watson, Henden & Price 2006, SASS 25, 47",
    "inproceedings",
    (
        ("author", "{Watson}, C. L. and {Henden}, A. A. and {Price}, A."),
        ("title", "{The International Variable Star Index (VSX)}"),
        ("booktitle", "Society for Astronomical Sciences Annual Symposium"),
        *(("year", "2006"), ("volume", "25"), ("pages", "47")),
    ),
)
_GCVS = _article(
    "Samus2017",
    "Samus' et al. 2017, Astronomy Reports 61, 80",
    "{Samus'}, N. N. and {Kazarovets}, E. V. and {Durlevich}, O. V. and others",
    "General catalogue of variable stars: Version GCVS 5.1",
    journal="Astronomy Reports", year="2017", volume="61", pages="80--88", doi="10.1134/S1063772917010085",
)  # fmt: skip
_4LAC = _article(
    "Ajello2022",
    "Ajello et al. 2022, ApJS 263, 24",
    "{Ajello}, M. and {Baldini}, L. and {Ballet}, J. and others",
    "The Fourth Catalog of Active Galactic Nuclei Detected by the Fermi Large Area Telescope: Data Release 3",
    journal="ApJS", year="2022", volume="263", pages="24", doi="10.3847/1538-4365/ac9523",
)  # fmt: skip
_3HSP = _article(
    "Chang2019",
    "Chang et al. 2019, A&A 632, A77",
    "{Chang}, Y.-L. and {Arsioli}, B. and {Giommi}, P. and others",
    "The 3HSP catalogue of extreme and high-synchrotron peaked blazars",
    journal="A\\&A", year="2019", volume="632", pages="A77", doi="10.1051/0004-6361/201834526",
)  # fmt: skip
_MANGROVE = _article(
    "Ducoin2020",
    "Ducoin et al. 2020, MNRAS 492, 4768",
    "{Ducoin}, J.-G. and {Corre}, D. and {Leroy}, N. and {Le Floch}, E.",
    "Optimizing gravitational waves follow-up using galaxies stellar mass",
    journal="MNRAS", year="2020", volume="492", pages="4768--4779", doi="10.1093/mnras/staa114",
)  # fmt: skip
_SPICY = _article(
    "Kuhn2021",
    "Kuhn et al. 2021, ApJS 254, 33",
    "{Kuhn}, M. A. and {de Souza}, R. S. and {Krone-Martins}, A. and others",
    "SPICY: The Spitzer/IRAC Candidate YSO Catalog for the Inner Galactic Midplane",
    journal="ApJS", year="2021", volume="254", pages="33", doi="10.3847/1538-4365/abe465",
)  # fmt: skip

FINK = Service(
    "Fink",
    "alerts and everything added to them",
    (_FINK_2021,),
    "This work was developed within the Fink community and made use of the Fink community broker resources. "
    "Fink is supported by LSST-France and CNRS/IN2P3.",
)
ZTF = Service(
    "ZTF",
    "images and photometry",
    (_ZTF_BELLM, _ZTF_MASCI, _ZTF_GRAHAM),
    "Based on observations obtained with the Samuel Oschin 48-inch Telescope at the Palomar Observatory as part of "
    "the Zwicky Transient Facility project. ZTF is supported by the National Science Foundation.",
)
SCORE = Service("Anomaly score", "light-curve features, and learning from experts", (_MALANCHEV, _ISHIDA))
SIMBAD = Service(
    "SIMBAD",
    "types of known objects",
    (_WENGER,),
    "This research has made use of the SIMBAD database, operated at CDS, Strasbourg, France.",
)
TNS = Service(
    "TNS",
    "names and types of transients",
    (),
    "This research has made use of the Transient Name Server (https://www.wis-tns.org).",
)
GAIA = Service(
    "Gaia",
    "source, parallax and variability",
    (_GAIA_2016, _GAIA_DR3),
    "This work has made use of data from the European Space Agency (ESA) mission Gaia "
    "(https://www.cosmos.esa.int/gaia), processed by the Gaia Data Processing and Analysis Consortium (DPAC, "
    "https://www.cosmos.esa.int/web/gaia/dpac/consortium). Funding for the DPAC has been provided by national "
    "institutions, in particular the institutions participating in the Gaia Multilateral Agreement.",
)
PS1 = Service("Pan-STARRS1", "neighbours and calibration", (_PS1,))
VSX = Service(
    "VSX",
    "types of variable stars",
    (_VSX,),
    "This research has made use of the International Variable Star Index (VSX) database, operated at AAVSO, "
    "Cambridge, Massachusetts, USA.",
)

#: Each service with the columns that come from it: one value in one of them, and the service is on the page.
_FROM: tuple[tuple[Service, tuple[str, ...]], ...] = (
    (SCORE, ("anomaly_score",)),
    (SIMBAD, ("cdsxmatch",)),
    (TNS, ("tns",)),
    (GAIA, ("DR3Name", "gaiaClass", "neargaia")),
    (PS1, ("objectidps1",)),
    (VSX, ("vsx",)),
    (Service("GCVS", "types of variable stars", (_GCVS,)), ("gcvs",)),
    (Service("Fermi 4LAC-DR3", "gamma-ray counterpart", (_4LAC,)), ("x4lac",)),
    (Service("3HSP", "blazar counterpart", (_3HSP,)), ("x3hsp",)),
    (Service("Mangrove", "host galaxy", (_MANGROVE,)), ("mangrove_HyperLEDA_name", "mangrove_2MASS_name")),
    (Service("SPICY", "young-star candidate", (_SPICY,)), ("spicy_id", "spicy_class")),
)
_NO_LABEL = ("Unknown", "nan", "")


def services_of(*frames: pd.DataFrame) -> tuple[Service, ...]:
    """The services whose data are in tidy frames of one object: Fink and ZTF, and whoever gave a value.

    A cross-match that found nothing ("Unknown") or failed ("Fail 504") is not a value.

    Parameters
    ----------
    frames
        Light curve, full alerts; columns that are absent count as empty.
    """
    given = [service for service, names in _FROM if any(_has(frame, name) for frame in frames for name in names)]
    return (FINK, ZTF, *given)


def _has(frame: pd.DataFrame, name: str) -> bool:
    if name not in frame:
        return False
    known = frame[name].dropna()
    if name == "cdsxmatch":
        known = known[~known.isin(_NO_LABEL) & ~known.str.startswith("Fail")]
    return len(known) > 0


def works(services: Iterable[Service]) -> tuple[Work, ...]:
    """All works to cite, each once, in the order of the services."""
    return tuple({work.key: work for service in services for work in service.works}.values())


def thanks(services: Iterable[Service]) -> str:
    """The acknowledgements as one paragraph of plain text."""
    return " ".join(service.thanks for service in services if service.thanks)


def as_text(object_id: str, services: Sequence[Service], source: Source) -> str:
    """Acknowledgements and references as plain text; of a simulated sky, a warning and nothing to cite."""
    if source.simulated:
        return f"{_invented(object_id)}\n"
    lines = [f"Data of {object_id} ({source.label})", "", "Acknowledgements", thanks(services), "", "References"]
    for service in services:
        lines += [f"{service.name} ({service.gives}): {'; '.join(w.short for w in service.works) or 'no paper'}"]
    return "\n".join(lines) + "\n"


def as_bibtex(object_id: str, services: Sequence[Service], source: Source) -> str:
    """The works as BibTeX; of a simulated sky, a comment and no entry."""
    if source.simulated:
        return f"% {_invented(object_id)}\n"
    about = described(f"works to cite for the data of {object_id} ({source.label})", source)
    return "\n".join([f"% {about}", "", *map(_bibtex, works(services))])


def _invented(object_id: str) -> str:
    return f"{SIMULATED}: {object_id} was never seen in the sky. There is nothing to cite, and nobody to thank."


def _bibtex(work: Work) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in work.entry)
    return f"@{work.kind}{{{work.key},\n{fields}}}\n"
