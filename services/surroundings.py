"""What is around an alert, in sentences: for the summary, and for the check of asteroids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.neighbourhood import (
    PS1_RADIUS,
    TEMPLATE_RADIUS,
    Neighbour,
    Row,
    galaxy_catalogues,
    has_packet,
    if_missing,
    number_in,
    ps1_source,
    simbad,
    solar_system,
    star_catalogues,
    star_words,
    template_source,
    tns_entry,
)

#: Closer than this a known Solar System object is worth a check.
ASTEROID_CHECK = 15.0


def asteroid_words(row: Row) -> str:
    """Why the detection may be a Solar System object, as a sentence; empty when nothing says so.

    ``roid`` is Fink's flag: 2 candidate, 3 known to the Minor Planet Center.
    """
    known = solar_system(row)
    near = known.status == "found" and known.separation is not None and known.separation <= ASTEROID_CHECK
    flag = number_in(row, "roid")
    if flag not in (2, 3) and not near:
        return ""
    said = {2: "Fink calls it a Solar System candidate", 3: "Fink calls it a known Solar System object"}
    words = [said[int(flag)]] if flag in (2, 3) else []
    if known.status == "found":
        words.append(f"{known.name} was {known.separation:.0f}″ away")
    return "; ".join(words) + "."


def context(row: Row, latitude: float | None = None, constellation: str = "") -> str:
    """Where the object is and what is there, as one sentence.

    Parameters
    ----------
    row
        Tidy row of the selected detection. What it has no column for is left out, what was not answered is said.
    latitude
        Galactic latitude (deg); left out when None.
    constellation
        Its name; left out when empty.
    """
    parts = [_template_words(row), _ps1_words(row), _where(latitude, constellation)]
    if has_packet(row):
        parts += [*_catalogue_words(row), _tns_words(row), _solar_system_words(row)]
    else:
        parts.append("no catalogue was asked about this detection")
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}."


def _where(latitude: float | None, constellation: str) -> str:
    place = f"in {constellation}" if constellation else ""
    if latitude is None:
        return place
    if abs(latitude) < 1:
        height = "within 1° of the Galactic plane"
    else:
        height = f"{abs(latitude):.0f}° {'above' if latitude > 0 else 'below'} the Galactic plane"
    return f"{height} {place}".strip()


def _template_words(row: Row) -> str:
    source = template_source(row, if_missing(row))
    if "distnr" not in row or source.status == "not asked":
        return ""
    if source.separation is None:
        return f"no source in the template within {TEMPLATE_RADIUS:.0f}″"
    mag = number_in(row, "magnr")
    brightness = "" if mag is None else f"{source.facts.split(' ±')[0]} mag "
    return f"{source.separation:.1f}″ from a {brightness}template source"


def _ps1_words(row: Row) -> str:
    source = ps1_source(row, 1, "nearest")
    if "distpsnr1" not in row or source.status == "not asked":
        return ""
    if source.separation is None:
        return f"no PS1 source within {PS1_RADIUS:.0f}″"
    return f"{source.separation:.1f}″ from a PS1 source, {star_words(number_in(row, 'sgscore1'))}"


def _catalogue_words(row: Row) -> Iterator[str]:
    """SIMBAD, VSX and GCVS whatever they said; the others only where they have something."""
    lines = [simbad(row)]
    lines += [line for line in star_catalogues(row) if line.what != "SPICY" and line.what.lower() in row]
    extra = [
        line
        for line in (*star_catalogues(row), *galaxy_catalogues(row))
        if line.status == "found" and line not in lines
    ]
    for line in (*lines, *extra):
        if line.status == "found":
            yield _found_words(line)
    for status in ("nothing", "silent", "not given"):
        yield from _others_words([line for line in lines if line.status == status])


def _found_words(line: Neighbour) -> str:
    return f"{line.what} has {line.name}" + (f", {line.facts}," if line.facts else "") + f" within {line.radius:g}″"


def _others_words(lines: Sequence[Neighbour]) -> Iterator[str]:
    """Catalogues without an entry, together; those that answered with how far they were searched."""
    if not lines:
        return
    radii: dict[float, list[str]] = {}
    for line in lines:
        radii.setdefault(line.radius, []).append(line.what)
    names = " and ".join(line.what for line in lines)
    searched = ", ".join(f"{' and '.join(same)} within {radius:g}″" for radius, same in radii.items())
    yield {"nothing": f"nothing in {searched}", "silent": f"{names} did not answer"}.get(
        lines[0].status, f"no answer of {names} in the packet"
    )


def _tns_words(row: Row) -> str:
    if "tns" not in row:
        return ""
    line = tns_entry(row)
    if line.status == "found":
        return f"TNS lists it as {line.name}"
    return {
        "nothing": "TNS has no classified entry",
        "silent": "TNS did not answer",
    }.get(line.status, "")


def _solar_system_words(row: Row) -> str:
    line = solar_system(row)
    return "" if line.status != "found" else f"Solar System object {line.name} was {line.separation:.0f}″ away"
