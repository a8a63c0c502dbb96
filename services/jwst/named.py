"""Rules over names: what obs_id says of programme, instrument, filters and file. Each maps facts to a finding.

obs_id follows the JWST file name conventions (JWST pipeline documentation, "File Naming Schemes":
https://jwst-pipeline.readthedocs.io/en/latest/jwst/data_products/file_naming.html): ``jw`` and five digits of
programme, then observation, and at the end the instrument or detector, and from level 3 on the optical elements.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from services.jwst.columns import UNREADABLE
from services.jwst.facts import Facts, Finding

_FAMILIES = {
    "nircam": "NIRCAM", "nrc": "NIRCAM", "miri": "MIRI", "mir": "MIRI", "nirspec": "NIRSPEC", "nrs": "NIRSPEC",
    "niriss": "NIRISS", "nis": "NIRISS", "guider": "FGS", "fgs": "FGS",
}  # fmt: skip
_INSTRUMENT = r"_(nircam|nirspec|niriss|nrc|nrs|nis|mir|guider|fgs)"
_ELEMENT = re.compile(r"(?:f\d{3,4}(?:w2|lp|w|m|n|c)|g\d{3}[hm]|prism|p750l|gr150[cr]|grism[cr])")
_SOURCE = re.compile(r"(?<=_s)0+(?=\d)")
_SEGMENT = re.compile(r"-seg\d+")


def _text(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype=object)


def _compared(observed: pd.Series, expected: pd.Series) -> Finding:
    checkable = (observed.notna() & expected.notna()).to_numpy(dtype=bool)
    differs = (_text(observed) != _text(expected)) & checkable
    return Finding(checkable, differs, _text(observed), _text(expected))


def numbers(facts: Facts) -> Finding:
    """Cells of numeric columns hold numbers."""
    unreadable = facts.frame[UNREADABLE]
    broken = unreadable.notna().to_numpy(dtype=bool)
    words = np.full(len(broken), "numbers", dtype=object)
    return Finding(np.ones(len(broken), dtype=bool), broken, _text(unreadable), words)


def identifier(facts: Facts) -> Finding:
    """A JWST observation is called ``jw`` and five digits at least; not checkable in a file without any obs_id."""
    obs_id = facts.frame["obs_id"]
    there = bool(obs_id.notna().any())
    good = obs_id.str.match(r"jw\d{5}", case=False, na=False).to_numpy(dtype=bool)
    expected = np.full(len(good), "jw and five digits", dtype=object)
    return Finding(np.full(len(good), there), ~good, _text(obs_id.fillna("nothing")), expected)


def mission(facts: Facts) -> Finding:
    """An observation whose obs_id is JWST's belongs to JWST."""
    named = facts.frame["obs_collection"].str.upper()
    begins = facts.frame["obs_id"].str.match(r"jw\d{5}", case=False, na=False)
    return _compared(named.where(begins), pd.Series("JWST", index=named.index, dtype="str"))


def programme(facts: Facts) -> Finding:
    """The five digits of obs_id are the programme."""
    said = facts.frame["obs_id"].str.extract(r"^jw(\d{5})", flags=re.IGNORECASE)[0].str.lstrip("0")
    return _compared(facts.frame["proposal_id"].str.lstrip("0"), said)


def instrument(facts: Facts) -> Finding:
    """The instrument or detector at the end of obs_id is that of instrument_name."""
    said = facts.frame["obs_id"].str.lower().str.extract(_INSTRUMENT)[0].map(_FAMILIES)
    family = pd.Series(facts.family, index=said.index, dtype="str")
    return _compared(family.where(family != ""), said)


def elements(facts: Facts) -> Finding:
    """Every optical element that obs_id names is among the filters (filters may name more)."""
    pairs = facts.frame["obs_id"].str.lower() + "\n" + facts.frame["filters"]
    codes, unique = pd.factorize(pairs, use_na_sentinel=True)
    found = [_elements(*pair.split("\n", 1)) for pair in unique]
    table = np.array([*found, (None, None, False)], dtype=object).reshape(-1, 3)[codes]
    checkable = np.array([value is not None for value in table[:, 1]], dtype=bool)
    return Finding(checkable, table[:, 2].astype(bool), table[:, 0], table[:, 1])


def _elements(obs_id: str, filters: str) -> tuple[str | None, str | None, bool]:
    said = [part for part in re.split(r"[-_]", obs_id) if _ELEMENT.fullmatch(part)]
    given = {part.strip().lower() for part in filters.split(";")}
    if not said:
        return None, None, False
    return filters, ";".join(said).upper(), not set(said) <= given


def file(facts: Facts) -> Finding:
    """The file of an observation is called after it; numbers of sources may have more zeros, time series segments."""
    urls, names = facts.frame["dataURL"], facts.frame["obs_id"]
    checkable = (urls.notna() & names.notna()).to_numpy(dtype=bool)
    missing = np.zeros(len(checkable), dtype=bool)
    pairs = zip(_text(urls[checkable]), _text(names[checkable]), strict=True)
    missing[checkable] = [_plain(name) not in _plain(url) for url, name in pairs]
    return Finding(checkable, missing, _text(urls), _text(names))


def _plain(text: str) -> str:
    return _SEGMENT.sub("", _SOURCE.sub("", text.lower()))


def repeated(facts: Facts) -> Finding:
    """An observation is there once. A hint only: which of two rows is the right one, this does not say."""
    obs_id = facts.frame["obs_id"]
    rows = obs_id.groupby(obs_id).transform("size").to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return Finding(obs_id.notna().to_numpy(dtype=bool), rows > 1, rows, np.ones(len(rows)))
