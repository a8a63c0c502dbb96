"""Where the objects of a list are: the whole sky (Mollweide), or the surroundings of a position (gnomonic).

Right ascension grows to the left, as one sees the sky. The projections are those of Calabretta & Greisen 2002
(A&A 395, 1077); the galactic pole is that of the Hipparcos catalogue (ESA SP-1200, vol. 1, section 1.5.3), J2000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.theme import FONT, paint

Floats = npt.NDArray[np.float64]

MIDDLE_RA = 180.0
"""Right ascension (deg) in the middle of the map of the whole sky."""
NAMED = 6
"""Up to so many objects have their names beside them; more would cover each other."""
CROWDED = 200
"""Above so many objects the marks are smaller."""
WEBGL_ABOVE = 3000
"""Points above which WebGL is faster than SVG (PLATFORM.md section 0, rule 4)."""

_POLE_RA, _POLE_DEC, _NODE_L = 192.85948, 27.12825, 32.93192
_HALF_WIDTH = 2 * np.sqrt(2.0)


@dataclass(frozen=True)
class SkyPoint:
    """One object: place (deg, J2000), family of its class with the family's name, its class, and its id."""

    ra: float
    dec: float
    family: str
    family_words: str
    label: str
    object_id: str


@dataclass(frozen=True)
class Cone:
    """Centre (deg) and radius (arcsec) of a search around a position."""

    ra: float
    dec: float
    radius_arcsec: float


def mollweide(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Positions on the map of the whole sky: x from -2√2 (east, left) to 2√2, y from -√2 to √2.

    Parameters
    ----------
    ra_deg, dec_deg
        Degrees, of one shape.
    """
    phi = np.radians(np.asarray(dec_deg, dtype="float64"))
    theta = phi.copy()
    for _ in range(30):  # Newton's rule for 2θ + sin 2θ = π sin φ; slow only at the poles, where θ is φ
        slope = 2 + 2 * np.cos(2 * theta)
        error = 2 * theta + np.sin(2 * theta) - np.pi * np.sin(phi)
        theta -= np.divide(error, slope, out=np.zeros_like(theta), where=slope > 1e-9)
    east = (np.asarray(ra_deg, dtype="float64") - MIDDLE_RA + 180) % 360 - 180
    return -_HALF_WIDTH * east / 180 * np.cos(theta), np.sqrt(2.0) * np.sin(theta)


def gnomonic(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike, ra0: float, dec0: float) -> tuple[Floats, Floats]:
    """Offsets to the east and to the north of a centre (deg), on the plane that touches the sky there."""
    a, d = np.radians(np.asarray(ra_deg, dtype="float64") - ra0), np.radians(np.asarray(dec_deg, dtype="float64"))
    d0 = np.radians(dec0)
    depth = np.sin(d0) * np.sin(d) + np.cos(d0) * np.cos(d) * np.cos(a)
    east = np.cos(d) * np.sin(a) / depth
    north = (np.cos(d0) * np.sin(d) - np.sin(d0) * np.cos(d) * np.cos(a)) / depth
    return np.degrees(east), np.degrees(north)


def galactic_plane(steps: int = 181) -> tuple[Floats, Floats]:
    """Right ascension and declination (deg) of galactic latitude 0, once around."""
    longitude = np.radians(np.linspace(0, 360, steps) - _NODE_L)
    pole = np.radians(_POLE_DEC)
    dec = np.arcsin(np.cos(pole) * np.sin(longitude))
    east = np.arctan2(np.cos(longitude), -np.sin(pole) * np.sin(longitude))
    return (np.degrees(east) + _POLE_RA) % 360, np.degrees(dec)


def sky_figure(points: Sequence[SkyPoint], *, cone: Cone | None = None, theme: str = "light") -> dict[str, Any]:
    """Figure of the places of objects, as a dict in Plotly's form; coloured by family, whatever their band.

    Parameters
    ----------
    points
        One for each object.
    cone
        Given, only its surroundings are drawn, in the unit that suits its radius.
    theme
        ``light``, ``dark`` or ``beamer``.
    """
    size = 18 if theme == "beamer" else 12
    if cone is None:
        x, y = mollweide([p.ra for p in points], [p.dec for p in points])
        drawn, layout = [*_graticule(), *_galaxy()], _whole_layout(size)
    else:
        scale, unit = _unit(cone.radius_arcsec)
        east, north = gnomonic([p.ra for p in points], [p.dec for p in points], cone.ra, cone.dec)
        x, y = east * 3600 / scale, north * 3600 / scale
        drawn, layout = [_circle(cone.radius_arcsec / scale)], _near_layout(cone.radius_arcsec / scale, unit, size)
    drawn += _families(points, x, y, size)
    drawn.append(_ring(size))
    return paint({"data": drawn, "layout": {**_common(size), **layout}}, theme)


def _families(points: Sequence[SkyPoint], x: Floats, y: Floats, size: int) -> list[dict[str, Any]]:
    """A trace for each family, the largest first so that the rare ones lie on top."""
    groups: dict[str, list[int]] = {}
    for n, point in enumerate(points):
        groups.setdefault(point.family, []).append(n)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    gl = "scattergl" if len(points) > WEBGL_ABOVE else "scatter"
    return [_family([points[n] for n in chosen], x[chosen], y[chosen], size, gl, len(points)) for _, chosen in ordered]


def _family(points: Sequence[SkyPoint], x: Floats, y: Floats, size: int, gl: str, total: int) -> dict[str, Any]:
    unknown = points[0].family == "NA"
    colour = "@text-3" if unknown else f"@fam-{points[0].family.lower()}"
    return {
        "type": gl,
        "mode": "markers+text" if total <= NAMED and size <= 12 else "markers",
        "name": f"{points[0].family_words} {len(points):,}",
        "x": x.tolist(),
        "y": y.tolist(),
        "text": [point.object_id for point in points],
        "textposition": "top center",
        "textfont": {"size": size, "color": "@text-2"},
        "customdata": [[point.object_id, point.label] for point in points],
        "marker": {
            "symbol": "circle-open" if unknown else "circle",
            "size": 9 if total <= CROWDED else 6 if total <= WEBGL_ABOVE else 4,
            "color": colour,
            "line": {"width": 1.5 if unknown else 0.8, "color": colour if unknown else "@panel"},
        },
        "hovertemplate": "%{customdata[0]}, %{customdata[1]}<extra></extra>",
        "cliponaxis": False,
    }


def _ring(size: int) -> dict[str, Any]:
    """Around the object whose row is selected; the browser puts it in place (assets/search.js)."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [],
        "y": [],
        "marker": {
            "symbol": "circle-open",
            "size": 24 if size > 12 else 18,
            "color": "@accent",
            "line": {"width": 2.5},
        },
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
        "meta": {"role": "ring"},
    }


def _line(x: list[float | None], y: list[float | None], colour: str, **more: Any) -> dict[str, Any]:
    line = {"color": colour, "width": 1, **more.pop("line", {})}
    style = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
    return {**style, "x": x, "y": y, "line": line, **more}


def _graticule() -> list[dict[str, Any]]:
    """Meridians every three hours, parallels every 30 degrees, and the edge of the map."""
    x: list[float | None] = []
    y: list[float | None] = []
    up = np.linspace(-90, 90, 61)
    for ra in np.arange(45, 360, 45):
        _add(x, y, *mollweide(np.full_like(up, ra), up))
    for dec in (-60, -30, 0, 30, 60):
        _add(x, y, *mollweide(np.array([0.001, 359.999]), np.array([dec, dec], dtype="float64")))
    turn = np.linspace(0, 2 * np.pi, 181)
    edge = _line((_HALF_WIDTH * np.cos(turn)).tolist(), (np.sqrt(2.0) * np.sin(turn)).tolist(), "@line-2")
    return [_line(x, y, "@grid"), edge]


def _add(x: list[float | None], y: list[float | None], more_x: Floats, more_y: Floats) -> None:
    x += [*more_x.tolist(), None]
    y += [*more_y.tolist(), None]


def _galaxy() -> list[dict[str, Any]]:
    """The galactic plane, broken where it leaves the map, and its centre."""
    x, y = mollweide(*galactic_plane())
    jump = np.flatnonzero(np.abs(np.diff(x)) > _HALF_WIDTH / 2) + 1
    broken_x: list[float | None] = []
    broken_y: list[float | None] = []
    for part_x, part_y in zip(np.split(x, jump), np.split(y, jump), strict=True):
        _add(broken_x, broken_y, part_x, part_y)
    centre_x, centre_y = mollweide(np.array([266.405]), np.array([-28.936]))
    centre = {
        "type": "scatter",
        "mode": "markers",
        "name": "Galactic centre",
        "x": centre_x.tolist(),
        "y": centre_y.tolist(),
        "marker": {"symbol": "cross-thin", "size": 9, "line": {"width": 1.5, "color": "@text-3"}},
        "hoverinfo": "skip",
    }
    plane = _line(broken_x, broken_y, "@text-3", name="Galactic plane", showlegend=True, line={"dash": "dot"})
    return [plane, centre]


def _circle(radius: float) -> dict[str, Any]:
    turn = np.linspace(0, 2 * np.pi, 121)
    return _line(
        (radius * np.cos(turn)).tolist(),
        (radius * np.sin(turn)).tolist(),
        "@accent",
        name="Radius",
        showlegend=True,
        line={"dash": "dash"},
    )


def _unit(radius_arcsec: float) -> tuple[float, str]:
    """Arcseconds in the unit of the axes, and its name."""
    for scale, unit in ((3600.0, "degrees"), (60.0, "arcmin")):
        if radius_arcsec >= scale:
            return scale, unit
    return 1.0, "arcsec"


def _common(size: int) -> dict[str, Any]:
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": size, "color": "@text-2"},
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": "@panel", "bordercolor": "@line-2", "font": {"size": 12, "color": "@text"}},
        "showlegend": False,  # beside it on the page; assets/search.js turns it on in a file
        "legend": {"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top", "font": {"size": size}},
        "uirevision": "keep",
        "dragmode": "pan",
    }


def _whole_layout(size: int) -> dict[str, Any]:
    """Hours of right ascension along the equator, degrees of declination at the left."""
    hours = [(f"{hour}h", 15.0 * hour, 0.0) for hour in (6, 12, 18)]
    parallels = (-60, -30, 30, 60) if size <= 12 else (-30, 30)
    degrees = [(f"{dec:+d}°".replace("-", "−"), 359.999, float(dec)) for dec in parallels]
    x, y = mollweide([ra for _, ra, _ in hours + degrees], [dec for _, _, dec in hours + degrees])
    labels = [
        {
            "text": text,
            "x": float(at_x),
            "y": float(at_y),
            "showarrow": False,
            "yshift": 8 if text.endswith("h") else 0,
            "xshift": 0 if text.endswith("h") else -16,
            "font": {"size": size, "color": "@text-3"},
        }
        for (text, _, _), at_x, at_y in zip(hours + degrees, x, y, strict=True)
    ]
    blank = {"visible": False, "zeroline": False, "showgrid": False}
    return {
        "margin": {"l": 34 if size <= 12 else 46, "r": 6, "t": 4, "b": 4},
        "xaxis": {**blank, "range": [-2.95, 2.95]},
        "yaxis": {**blank, "range": [-1.5, 1.5], "scaleanchor": "x", "scaleratio": 1},
        "annotations": labels,
    }


def _near_layout(radius: float, unit: str, size: int) -> dict[str, Any]:
    def axis(title: str, **more: Any) -> dict[str, Any]:
        return {
            "title": {"text": title, "font": {"size": size, "color": "@text-2"}, "standoff": 4},
            "gridcolor": "@grid",
            "zeroline": True,
            "zerolinecolor": "@line-2",
            "showline": True,
            "mirror": True,
            "linecolor": "@line-2",
            "tickfont": {"color": "@text-2", "size": size},
            "nticks": 6,
            **more,
        }

    reach = 1.15 * radius
    return {
        "margin": {"l": 66, "r": 10, "t": 6, "b": 58} if size > 12 else {"l": 52, "r": 8, "t": 6, "b": 42},
        "legend": {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "font": {"size": size}},
        "xaxis": axis(f"East of the centre, {unit}", range=[reach, -reach], constrain="domain"),
        "yaxis": axis(f"North, {unit}", range=[-reach, reach], scaleanchor="x", scaleratio=1, constrain="domain"),
    }
