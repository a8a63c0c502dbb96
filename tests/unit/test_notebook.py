"""The notebook: valid, honest about its source, and with the numbers of `services.photometry`."""

from __future__ import annotations

import ast
import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notebook import light_curve, to_bytes
from services.photometry import MODES, ModeKey, brightness
from services.snippets import LOCAL_API, PUBLIC_API
from services.sources import Source

ARCHIVE = Source("archive:1", "archive", "Archive", "", date(2023, 1, 25))
SKY = Source("sky", "simulated", "Simulated sky", "", date(2023, 1, 25))
OBJECT, SIMULATED = "ZTF25abixhdc", "ZTF00abcdefg"
CANDID = 2890466950515015016


def cell(notebook: dict[str, Any], name: str) -> str:
    (found,) = [each["source"] for each in notebook["cells"] if each["id"] == name]
    return str(found)


def ran(mode: str, records: list[dict[str, Any]], object_id: str = OBJECT) -> tuple[pd.DataFrame, dict[str, Any]]:
    """``rows`` after the cells that fetch and compute, and what was asked; figures are for the contract test."""
    asked: dict[str, Any] = {}

    def post(url: str, *, json: dict[str, Any], timeout: float) -> SimpleNamespace:
        asked.update(json, url=url, timeout=timeout)
        return SimpleNamespace(raise_for_status=lambda: None, json=lambda: records)

    names: dict[str, Any] = {"np": np, "pd": pd, "requests": SimpleNamespace(post=post), "print": lambda _: None}
    names |= {"MODE": mode, "OBJECT_ID": object_id, "BASE_URL": "http://fink"}
    notebook = light_curve(object_id, ARCHIVE)
    for name in ("fetch", "brightness"):
        exec(compile(cell(notebook, name), name, "exec"), names)
    return names["rows"], asked


def record(jd: float, **more: Any) -> dict[str, Any]:
    return {"i:objectId": OBJECT, "i:candid": CANDID, "i:jd": jd, "d:tag": "valid", **more}


def test_the_notebook_is_valid() -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
    for source in (ARCHIVE, SKY):
        made = nbformat.reads(to_bytes(light_curve(OBJECT, source)).decode(), as_version=4)
        nbformat.validate(made)


@pytest.mark.parametrize("mode", MODES)
def test_every_code_cell_is_python_and_the_reader_can_change_what_is_asked(mode: ModeKey) -> None:
    notebook = light_curve(OBJECT, ARCHIVE, mode=mode)
    for each in notebook["cells"]:
        if each["cell_type"] == "code":
            ast.parse(each["source"])
    parameters = cell(notebook, "parameters")
    assert f'BASE_URL = "{PUBLIC_API}"' in parameters
    assert f'OBJECT_ID = "{OBJECT}"' in parameters
    assert f'MODE = "{mode}"' in parameters
    assert sum(PUBLIC_API in json.dumps(each) for each in notebook["cells"]) == 1


def test_the_reader_may_name_another_server() -> None:
    assert 'BASE_URL = "http://127.0.0.1:1"' in cell(
        light_curve(OBJECT, ARCHIVE, base_url="http://127.0.0.1:1"), "parameters"
    )


@pytest.mark.parametrize(("object_id", "source"), [(OBJECT, SKY), (SIMULATED, ARCHIVE), (SIMULATED, SKY)])
def test_a_simulated_object_is_marked_and_the_public_api_is_never_asked_for_it(object_id: str, source: Source) -> None:
    text = to_bytes(light_curve(object_id, source)).decode()
    assert PUBLIC_API not in text
    assert LOCAL_API in text
    assert "# SIMULATED: light curve" in text
    assert "python -m services.local_fink serve" in text
    assert f'axes.set_title(\\"{object_id}, SIMULATED\\")' in text


def test_nothing_in_a_notebook_of_a_real_object_says_simulated() -> None:
    assert b"simulated" not in to_bytes(light_curve(OBJECT, ARCHIVE)).lower()


def test_upper_limits_have_numbers_ids_their_digits_and_other_objects_are_left_out() -> None:
    rows, asked = ran(
        "diffmag",
        [
            record(2460920.6, **{"i:fid": 1, "i:magpsf": 18.5, "i:sigmapsf": 0.1, "i:isdiffpos": "t"}),
            record(2460919.6, **{"i:fid": "2", "i:candid": -1, "i:diffmaglim": "19.5526", "d:tag": "upperlim"}),
            {**record(2460918.6), "i:objectId": f"{OBJECT}x"},
        ],
    )
    assert rows["mjd"].round(3).tolist() == [60919.1, 60920.1]
    assert rows["value"].tolist() == [19.5526, 18.5]
    assert rows["i:candid"].tolist()[1] == str(CANDID)
    assert asked["url"] == "http://fink/api/v1/objects"
    assert (asked["objectId"], asked["withupperlim"]) == (OBJECT, "True")


def test_an_object_that_is_not_there_is_said_to_be_unknown() -> None:
    with pytest.raises(AssertionError, match="is not known at http://fink"):
        ran("diffmag", [])


mags = st.floats(12, 23)
errors = st.floats(0.01, 0.5)
detections = st.fixed_dictionaries(
    {
        "i:fid": st.integers(1, 3), "i:magpsf": mags, "i:sigmapsf": errors, "i:magnr": mags, "i:sigmagnr": errors,
        "i:distnr": st.floats(0, 3), "i:isdiffpos": st.sampled_from(["t", "f"]),
    }
)  # fmt: skip
limits = st.fixed_dictionaries({"i:fid": st.integers(1, 3).map(str), "i:diffmaglim": mags.map(str)})


@given(
    st.sampled_from(sorted(MODES)),
    st.lists(detections, min_size=1, max_size=6),
    st.lists(limits, max_size=4),
)
def test_the_numbers_are_those_of_the_page(
    mode: ModeKey, detected: list[dict[str, Any]], limited: list[dict[str, Any]]
) -> None:
    records = [record(2460900.5 + n, **row) for n, row in enumerate(detected)]
    records += [record(2461900.5 + n, **row, **{"d:tag": "upperlim"}) for n, row in enumerate(limited)]
    rows, _ = ran(mode, records)
    bare = pd.DataFrame(records)
    names = ("fid", "magpsf", "sigmapsf", "diffmaglim", "magnr", "sigmagnr", "distnr")
    tidy = {name: pd.to_numeric(bare.get(f"i:{name}", pd.Series(np.nan, index=bare.index))) for name in names}
    curve = pd.DataFrame({**tidy, "jd": bare["i:jd"], "isdiffpos": bare["i:isdiffpos"].astype("str")})
    shown = brightness(curve.assign(fid=curve["fid"].astype("Int64")), mode)
    for name in ("value", "error"):
        np.testing.assert_allclose(rows[name].astype(float), shown[name], rtol=1e-9)
