"""Addresses of the same object, place or moment at other services. Nothing here asks any of them.

Where a service does not know ZTF's names it is asked by position. A blank and the plus sign of a declination are
percent-encoded: in a query a bare ``+`` would be read as a blank and the sign be lost.
"""

from __future__ import annotations

from urllib.parse import quote

from services.nights import utc
from services.positions import sexagesimal

#: Palomar Mountain, ZTF, in the list of the Minor Planet Center.
OBSERVATORY = "I41"
SKYBOT_ARCSEC = 60


TNS_OBJECT = "https://www.wis-tns.org/object/"
"""Address of an object in TNS, before its designation ("2023ixf")."""


def links(object_id: str, ra_deg: float, dec_deg: float) -> list[tuple[str, str]]:
    """Name and address of an object at the services that astronomers look at next.

    Parameters
    ----------
    object_id
        ZTF's name, complete.
    ra_deg, dec_deg
        Position (deg, J2000).
    """
    here = quote(f"{ra_deg:.6f} {dec_deg:+.6f}", safe="")
    ned = quote(f"{ra_deg:.6f}d {dec_deg:+.6f}d", safe="")
    locus = quote(f'{{"filters":[{{"type":"string_query","value":"{object_id}"}}]}}', safe="")
    return [
        ("TNS", f"https://www.wis-tns.org/search?internal_name={object_id}"),
        ("SIMBAD", f"https://simbad.cds.unistra.fr/simbad/sim-coo?Coord={here}&Radius=5&Radius.unit=arcsec"),
        (
            "NED",
            "https://ned.ipac.caltech.edu/conesearch"
            f"?search_type=Near%20Position%20Search&coordinates={ned}&radius=0.1",
        ),
        ("VizieR", f"https://vizier.cds.unistra.fr/viz-bin/VizieR?-c={here}&-c.rs=5"),
        ("ALeRCE", f"https://alerce.online/object/{object_id}"),
        ("Lasair", f"https://lasair-ztf.lsst.ac.uk/objects/{object_id}/"),
        ("ANTARES", f"https://antares.noirlab.edu/loci?query={locus}"),
        ("SNAD", f"https://ztf.snad.space/search/{here}/5"),
        ("Fink", f"https://ztf.fink-portal.org/{object_id}"),
    ]


def skybot(jd: float, ra_deg: float, dec_deg: float) -> str:
    """SkyBoT's list of Solar System objects within an arcminute of a place at a time, seen from Palomar."""
    return (
        "https://ssp.imcce.fr/webservices/skybot/api/conesearch.php"
        f"?-ep={jd:.6f}&-ra={ra_deg:.6f}&-dec={dec_deg:.6f}&-rs={SKYBOT_ARCSEC}"
        f"&-mime=text&-output=object&-loc={OBSERVATORY}&-refsys=EQJ2000"
    )


def mpc_check(jd: float, ra_deg: float, dec_deg: float) -> str:
    """The Minor Planet Center's check of a place at a time, seen from Palomar."""
    when = utc(jd)
    day = when.day + (when.hour + (when.minute + when.second / 60) / 60) / 24
    ra, dec = (quote(part, safe="") for part in sexagesimal(ra_deg, dec_deg))
    return (
        f"https://minorplanetcenter.net/cgi-bin/mpcheck.cgi?year={when.year}&month={when.month:02d}&day={day:.4f}"
        f"&which=pos&ra={ra}&decl={dec}&TextArea=&radius=5&limit=24.0&oc={OBSERVATORY}"
        "&sort=d&mot=h&tmot=s&pdes=u&needed=f&ps=n&type=p"
    )


def mpc_object(name: str) -> str:
    """Page of the Minor Planet Center about a numbered or named object."""
    return f"https://www.minorplanetcenter.net/db_search/show_object?object_id={quote(name, safe='')}"
