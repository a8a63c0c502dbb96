"""A light curve in 200 by 44 pixels, as SVG whose colours come from the style sheet of the page it stands in."""

from __future__ import annotations

from collections.abc import Iterable

WIDTH, HEIGHT, PAD = 190, 44, 4

_SHAPES = {
    ("g", False): '<circle cx="{x}" cy="{y}" r="2.6" fill="currentColor"/>',
    ("g", True): '<circle cx="{x}" cy="{y}" r="2.6" fill="none" stroke="currentColor" stroke-width="1.2"/>',
    ("r", False): '<rect x="{x0}" y="{y0}" width="4.8" height="4.8" fill="currentColor"/>',
    (
        "r",
        True,
    ): '<rect x="{x0}" y="{y0}" width="4.8" height="4.8" fill="none" stroke="currentColor" stroke-width="1.2"/>',
    ("i", False): '<path d="M{x} {ym}l3 3-3 3-3-3z" fill="currentColor"/>',
    ("i", True): '<path d="M{x} {ym}l3 3-3 3-3-3z" fill="none" stroke="currentColor" stroke-width="1.2"/>',
}


def sparkline_svg(
    points: Iterable[tuple[float, float, str, bool]], start_mjd: float, stop_mjd: float, *, simulated: bool = False
) -> str:
    """SVG of detections between two times.

    Parameters
    ----------
    points
        ``(mjd, magnitude, band, negative)``; those outside the time range are left out. Magnitudes grow downwards;
        open marks are fainter than the reference.
    start_mjd, stop_mjd
        Time range, left to right; a line at the bottom stands for it even when there is nothing to draw.
    simulated
        True for a source that was never seen in the sky: the picture says so.
    """
    shown = [p for p in points if start_mjd <= p[0] <= stop_mjd + 1e-4]
    brightest = min((p[1] for p in shown), default=0.0)
    faintest = max((p[1] for p in shown), default=1.0)
    span = max(faintest - brightest, 0.5)
    middle = (faintest + brightest) / 2
    marks = []
    for mjd, magnitude, band, negative in shown:
        x = PAD + (mjd - start_mjd) / (stop_mjd - start_mjd) * (WIDTH - 2 * PAD)
        y = HEIGHT / 2 - 2 + (magnitude - middle) / span * (HEIGHT - 4 * PAD)
        place = {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "x0": f"{x - 2.4:.1f}",
            "y0": f"{y - 2.4:.1f}",
            "ym": f"{y - 3:.1f}",
        }
        marks.append(f'<g class="band-{band}">{_SHAPES[band, negative].format(**place)}</g>')
    said = "SIMULATED, " if simulated else ""
    words = f"{said}{len(shown)} detections in {stop_mjd - start_mjd:.0f} days" + (
        f", magnitude {brightest:.1f} to {faintest:.1f}" if shown else ""
    )
    mark = "<title>SIMULATED</title>" if simulated else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words}">{mark}'
        f'<path class="base" d="M0 {HEIGHT - 1.5}H{WIDTH}" stroke="currentColor" opacity=".45"/>'
        f"{''.join(marks)}</svg>"
    )
