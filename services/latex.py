"""The light curve as a LaTeX table: AASTeX's ``deluxetable``, or ``longtable`` with booktabs' rules for any class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pandas as pd

from services.citation import FINK, ZTF, thanks, works
from services.exports import SIMULATED, mark
from services.photometry import BANDS, MODES, Mode, ModeKey, brightness
from services.sources import Source

Style = Literal["deluxetable", "booktabs"]
STYLES: tuple[Style, ...] = ("deluxetable", "booktabs")

NODATA = r"\nodata"

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "−": "$-$",
    "µ": r"$\mu$",
    "σ": r"$\sigma$",
    "″": r"$''$",
}
_BAND_OF = {number: band for band, number in BANDS.items()}


@dataclass(frozen=True)
class _Table:
    """What both styles are made of; all text is LaTeX already."""

    label: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    notes: str
    comments: tuple[str, ...]

    @property
    def columns(self) -> str:
        """Alignment of each column: numbers to the right."""
        return "rlrrr".ljust(len(self.heads), "l")


def escape(text: str) -> str:
    """Text in which nothing means anything to LaTeX any more; other characters stay as they are (UTF-8).

    Examples
    --------
    >>> escape("50% of A&B_1")
    '50\\\\% of A\\\\&B\\\\_1'
    """
    return "".join(_SPECIAL.get(character, character) for character in " ".join(text.split()))


def light_curve_table(
    curve: pd.DataFrame,
    object_id: str,
    source: Source,
    *,
    mode: ModeKey = "diffmag",
    style: Style = "deluxetable",
    now: datetime | None = None,
) -> str:
    """A light curve as a table that LaTeX can read.

    Parameters
    ----------
    curve
        Tidy light curve (`services.objects.Objects.light_curve`), in the order the rows shall have.
    object_id
        Whose it is.
    source
        Where it comes from; of a simulated one every row carries the mark.
    mode
        Brightness, with limits as `services.photometry.brightness` has them.
    style
        ``deluxetable`` (AASTeX), or ``booktabs`` (packages booktabs and longtable).
    now
        Time of the export (UTC); now unless given.

    Returns
    -------
    str
        LaTeX. MJD (UTC) with 5 decimals, band, brightness with its 1σ error, 5σ limit, and a note: ``n`` fainter than
        the template, ``q`` low quality. Missing cells are ``\\nodata``. Rows of which the mode has nothing to say are
        left out, and counted in the note.
    """
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    chosen = MODES[mode]
    measured = brightness(curve, mode)
    said = measured["value"].notna()
    table = _Table(
        label=re.sub(r"[^A-Za-z0-9]", "", object_id),
        heads=_heads(chosen, source),
        rows=tuple(_rows(curve[said], measured[said], chosen, source)),
        caption=_caption(object_id, chosen, source),
        notes=_notes(chosen, source, moment, left_out=int((~said).sum())),
        comments=(f"source: {mark(source)}", f"exported_at: {moment:%Y-%m-%dT%H:%M:%SZ}", f"object: {object_id}"),
    )
    return _deluxetable(table) if style == "deluxetable" else _booktabs(table)


def _heads(mode: Mode, source: Source) -> tuple[tuple[str, str], ...]:
    """Head and unit of each column."""
    unit = escape(mode.unit)
    value = "Mag" if mode.magnitudes else "Flux"
    heads = (("MJD", "d"), ("Band", ""), (value, unit), ("Error", unit), ("Limit", unit), ("Note", ""))
    return (*heads, ("Source", "")) if source.simulated else heads


def _rows(curve: pd.DataFrame, measured: pd.DataFrame, mode: Mode, source: Source) -> Iterator[tuple[str, ...]]:
    cells = zip(
        curve["mjd"],
        curve["fid"],
        measured["value"].where(~measured["limit"]),
        measured["error"],
        measured["value"].where(measured["limit"]),
        curve["isdiffpos"].eq("f").fillna(False),
        curve["tag"].eq("badquality").fillna(False),
        strict=True,
    )
    decimals = 3 if mode.magnitudes else 2
    for mjd, fid, value, error, limit, negative, low in cells:
        band = NODATA if pd.isna(fid) else _BAND_OF.get(int(fid), str(fid))
        numbers = [_number(number, decimals) for number in (value, error, limit)]
        note = ("n" if negative else "") + ("q" if low else "")
        yield _number(mjd, 5), band, *numbers, note or NODATA, *((SIMULATED,) if source.simulated else ())


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", "$-$") if np.isfinite(value) else NODATA


def _caption(object_id: str, mode: Mode, source: Source) -> str:
    label = mode.label if mode.label[:2].isupper() else mode.label[0].lower() + mode.label[1:]
    what = f"Light curve of {object_id}: {label} (AB)"
    if source.simulated:
        return escape(f"{SIMULATED}: no telescope saw this. {what}")
    return escape(f"{what}, from ZTF alerts by way of Fink")


def _notes(mode: Mode, source: Source, moment: datetime, *, left_out: int) -> str:
    limits = "the reference level plus 5σ of the difference image" if mode.total else "5σ of the difference image"
    how = (
        f"Times are MJD (UTC) at the start of the exposure; errors are 1σ; limits are {limits}. "
        "n: fainter than the template; q: detection that fails Fink's quality cuts. "
        f"Source: {mark(source)}, {moment:%Y-%m-%d %H:%M} UTC."
    )
    if left_out:
        how += f" Left out: {left_out} without a template source to add to."
    if source.simulated:
        return escape(how)
    cited = "; ".join(work.short.split(",")[0] for work in works((FINK, ZTF)))
    return escape(f"{how} References: {cited}. {thanks((FINK, ZTF))}")


def _comments(table: _Table, *packages: str) -> list[str]:
    return [f"% {' '.join(comment.split())}" for comment in (*packages, *table.comments)]


def _deluxetable(table: _Table) -> str:
    heads = " & ".join(f"\\colhead{{{head}}}" for head, _ in table.heads)
    units = " & ".join(f"\\colhead{{{f'({unit})' if unit else ''}}}" for _, unit in table.heads)
    rows = " \\\\\n".join(" & ".join(row) for row in table.rows)
    lines = [
        *_comments(table, r"needs \documentclass{aastex631} or newer"),
        r"\startlongtable",
        f"\\begin{{deluxetable}}{{{table.columns}}}",
        f"\\tablecaption{{{table.caption}\\label{{tab:{table.label}}}}}",
        f"\\tablehead{{{heads} \\\\\n{units}}}",
        r"\startdata",
        rows,
        r"\enddata",
        f"\\tablecomments{{{table.notes}}}",
        r"\end{deluxetable}",
    ]
    return "\n".join(lines) + "\n"


def _booktabs(table: _Table) -> str:
    heads = " & ".join(f"{head} ({unit})" if unit else head for head, unit in table.heads)
    lines = [
        *_comments(table, r"needs \usepackage{booktabs,longtable}"),
        r"\providecommand{\nodata}{\ldots}",
        f"\\begin{{longtable}}{{{table.columns}}}",
        f"\\caption{{{table.caption}. {table.notes}\\label{{tab:{table.label}}}}} \\\\",
        r"\toprule",
        f"{heads} \\\\",
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endlastfoot",
        *(f"{' & '.join(row)} \\\\" for row in table.rows),
        r"\end{longtable}",
    ]
    return "\n".join(lines) + "\n"
