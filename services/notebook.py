"""A Jupyter notebook that fetches a light curve from Fink's API and draws it, with the numbers that Oddfinch shows.

The notebook needs ``requests``, ``pandas``, ``numpy`` and ``matplotlib`` and nothing of ours. What the API leaves to
its callers is done in its cells as in `services.snippets`, and the four ways to express brightness as in
`services.photometry`. A notebook of a simulated object says SIMULATED and asks a Fink on the same machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.fink.columns import fink_name
from services.photometry import AB_ZERO_UJY, COLUMNS, MAX_TEMPLATE_ARCSEC, MODES, ModeKey
from services.snippets import LOCAL_API, NUMBERS_AS_TEXT, PUBLIC_API, SERVE_SIMULATED, SIMULATED_ID, wrapped
from services.sources import Source

#: Of the notebook format (nbformat.readthedocs.io, "The Jupyter Notebook Format"): cells have ids since 4.5.
FORMAT = (4, 5)

_FETCH = """
columns = [
{columns}
]
answer = requests.post(
    BASE_URL + "/api/v1/objects",
    json={{"objectId": OBJECT_ID, "withupperlim": "True", "columns": ",".join(columns)}},
    timeout=60,
)
answer.raise_for_status()
# A column without a single value is absent from the answer: name them all.
rows = pd.DataFrame(answer.json(), columns=[*columns, "d:tag"], dtype=object)
# Fink takes an identifier for a prefix: keep only what was meant.
rows = rows[rows["i:objectId"] == OBJECT_ID].copy()
# 19 digits do not fit a float: keep the identifier as text.
rows["i:candid"] = rows["i:candid"].astype(str)
# Low-quality points and upper limits arrive with their numbers as text.
numbers = [
{numbers}
]
rows[numbers] = rows[numbers].apply(pd.to_numeric, errors="coerce")
assert len(rows), OBJECT_ID + " is not known at " + BASE_URL
rows = rows.infer_objects().sort_values("i:jd", kind="stable", ignore_index=True)
rows["mjd"] = rows["i:jd"] - 2400000.5
rows["sign"] = rows["i:isdiffpos"].map({{"t": 1.0, "1": 1.0, "f": -1.0, "0": -1.0}})
print(rows["d:tag"].value_counts().to_string())
"""

_BRIGHTNESS = """
AB_ZERO = {zero}  # flux of magnitude 0 (Oke & Gunn 1983), in microjansky
MAG = 2.5 / np.log(10)


def flux_of(magnitude):
    return AB_ZERO * 10 ** (-0.4 * magnitude)


# Light that was gained (sign +1) or lost (-1) against the template image.
difference = flux_of(rows["i:magpsf"])
difference_error = difference * rows["i:sigmapsf"] / MAG
flux, flux_error = rows["sign"] * difference, difference_error
limits = flux_of(rows["i:diffmaglim"])
if MODE.startswith("dc"):
    # The template source belongs to the object within {arcsec} arcsec; its light is added.
    near = (rows["i:distnr"] <= {arcsec}) & (rows["i:magnr"] >= 0)
    template = flux_of(rows["i:magnr"]).where(near)
    flux = template + flux
    flux_error = np.hypot(template * rows["i:sigmagnr"] / MAG, difference_error)
    # A limit has no template of its own: it stands on the median one of its band.
    limits = flux_of(rows["i:fid"].map(rows["i:magnr"].where(near).groupby(rows["i:fid"]).median())) + limits

limit = rows["i:magpsf"].isna() & rows["i:diffmaglim"].notna()
if MODE == "diffmag":
    rows["value"], rows["error"], limits = rows["i:magpsf"], rows["i:sigmapsf"], rows["i:diffmaglim"]
elif MODE == "dcmag":
    positive = flux.where(flux > 0)
    rows["value"], rows["error"] = -2.5 * np.log10(positive / AB_ZERO), MAG * flux_error / positive
    limits = -2.5 * np.log10(limits / AB_ZERO)
else:
    rows["value"], rows["error"] = flux, flux_error
rows["value"] = rows["value"].where(~limit, limits)
rows["error"] = rows["error"].where(~limit & rows["value"].notna())
"""

_DRAW = """
figure, axes = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
for fid, name, colour, marker in [(1, "g", "#00857A", "o"), (2, "r", "#C8401F", "s"), (3, "i", "#54408C", "D")]:
    band = rows[(rows["i:fid"] == fid) & rows["value"].notna()]
    if band.empty:
        continue
    valid = band[band["d:tag"] == "valid"]
    for part, fill, label in [
        (valid[valid["sign"] != -1], colour, name),
        (valid[valid["sign"] == -1], "white", name + ", fainter than the template"),
    ]:
        if len(part):
            axes.errorbar(part["mjd"], part["value"], part["error"], fmt=marker, color=colour,
                          markerfacecolor=fill, markersize=5, elinewidth=0.8, label=label)
    low = band[band["d:tag"] == "badquality"]
    if len(low):
        axes.plot(low["mjd"], low["value"], "^", color=colour, markersize=3, alpha=0.6, label=name + ", low quality")
    upper = band[band["d:tag"] == "upperlim"]
    if len(upper):
        axes.plot(upper["mjd"], upper["value"], "v", color=colour, markerfacecolor="none", markersize=4, alpha=0.5,
                  label=name + ", limit")
if MODE.endswith("mag"):
    axes.invert_yaxis()
axes.set_xlabel("MJD (UTC)")
axes.set_ylabel(LABELS[MODE])
axes.set_title({title})
axes.legend(fontsize=8)
plt.show()
"""


def light_curve(
    object_id: str, source: Source, *, mode: ModeKey = "diffmag", base_url: str | None = None
) -> dict[str, Any]:
    """Notebook that redraws the light curve of one object.

    Parameters
    ----------
    object_id
        Complete id.
    source
        Where the rows on the screen come from. The public API is never asked for what is simulated.
    mode
        Brightness to draw, a key of `services.photometry.MODES`; the reader can change it in the second cell.
    base_url
        The API that the notebook asks; the public one, or a local one for a simulated object, when None.

    Returns
    -------
    dict
        A notebook of `FORMAT`, without outputs. After it has run, ``rows`` has the columns ``mjd``, ``value`` and
        ``error`` beside Fink's own, oldest first.
    """
    simulated = source.simulated or SIMULATED_ID.fullmatch(object_id) is not None
    url = base_url or (LOCAL_API if simulated else PUBLIC_API)
    title = f"{object_id}, SIMULATED" if simulated else object_id
    names = list(dict.fromkeys(map(fink_name, ("object_id", "candid", *COLUMNS))))
    cells = [
        _markdown("about", _about(object_id, source, simulated)),
        _code("parameters", _parameters(object_id, mode, url)),
        _code("fetch", _FETCH.format(columns=_listed(names), numbers=_listed(NUMBERS_AS_TEXT))),
        _code("brightness", _BRIGHTNESS.format(zero=repr(AB_ZERO_UJY), arcsec=MAX_TEMPLATE_ARCSEC)),
        _code("draw", _DRAW.format(title=json.dumps(title))),
    ]
    return _notebook(cells, {"source": "SIMULATED" if simulated else source.label, "object_id": object_id})


def to_bytes(notebook: Mapping[str, Any]) -> bytes:
    """The file, as Jupyter writes it."""
    return orjson.dumps(notebook, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _about(object_id: str, source: Source, simulated: bool) -> list[str]:
    if simulated:
        commands = "\n".join(SERVE_SIMULATED)
        return [
            f"# SIMULATED: light curve of {object_id}",
            "No telescope saw this object, and Fink does not have it. A local Fink does; start it first, in "
            "Oddfinch's folder, and leave it running:",
            f"```sh\n{commands}\n```",
        ]
    return [
        f"# Light curve of {object_id}",
        f"Fetched from the Fink broker's public API (seen in Oddfinch over {source.label}). Needs `requests`, "
        "`pandas`, `numpy` and `matplotlib`.",
        "Fink: Möller et al. 2021, MNRAS 501, 3272. ZTF: Bellm et al. 2019, PASP 131, 018002.",
    ]


def _parameters(object_id: str, mode: ModeKey, url: str) -> str:
    labels = "".join(f'    "{each.key}": "{each.label} ({each.unit})",\n' for each in MODES.values())
    return f"""
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import requests

BASE_URL = {json.dumps(url)}
OBJECT_ID = {json.dumps(object_id)}
MODE = {json.dumps(mode)}  # or another one of these
LABELS = {{
{labels}}}
"""


def _listed(names: Sequence[str]) -> str:
    return "\n".join(wrapped(list(names)))


def _markdown(name: str, paragraphs: Sequence[str]) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": "\n\n".join(paragraphs)}


def _code(name: str, source: str) -> dict[str, Any]:
    nothing_yet: dict[str, Any] = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "id": name, "source": source.strip(), **nothing_yet}


def _notebook(cells: list[dict[str, Any]], facts: Mapping[str, str]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "oddfinch": dict(facts)}
    return {"cells": cells, "metadata": metadata, "nbformat": FORMAT[0], "nbformat_minor": FORMAT[1]}
