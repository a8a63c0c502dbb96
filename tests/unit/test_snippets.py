"""The scripts run against a fake ``requests`` and give the rows they promise."""

from __future__ import annotations

import builtins
import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fink.columns import LIGHT_CURVE, LIST
from services.snippets import LOCAL_API, PUBLIC_API, anomalies, cutout, light_curve, snippet
from services.sources import Source

GOLDEN = Path(__file__).parents[2] / ".." / "shared" / "data" / "golden"
CANDID = 2890466950515015016
SIMULATED_ID = "ZTF00abcdefg"
SKY = Source("sky", "simulated", "Simulated sky", "", date(2023, 1, 25))


class FakeRequests:
    """Stands in for the ``requests`` that a script imports; keeps what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def post(self, url: str, *, json: dict[str, Any], timeout: float) -> SimpleNamespace:
        assert timeout > 0
        self.asked.append((url, json))
        return SimpleNamespace(
            raise_for_status=lambda: None, json=lambda: self.answer, content=b"SIMPLE  =                    T"
        )


def importing(requests: FakeRequests) -> dict[str, Any]:
    """Builtins of a namespace in which ``import requests`` gives the fake one."""

    def load(name: str, *rest: Any) -> Any:
        return requests if name == "requests" else builtins.__import__(name, *rest)

    return {**vars(builtins), "__import__": load}


def run(script: str, answer: Any) -> tuple[dict[str, Any], FakeRequests]:
    requests = FakeRequests(answer)
    names: dict[str, Any] = {"__builtins__": importing(requests)}
    exec(compile(script, "snippet", "exec"), names)
    return names, requests


def rows_of(script: str, answer: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    names, requests = run(script, answer)
    [(_, asked)] = requests.asked
    return names["rows"], asked


def record(jd: float, **more: Any) -> dict[str, Any]:
    return {"i:objectId": "ZTF18adkvbzf", "i:candid": CANDID, "i:jd": jd, "d:anomaly_score": -0.035, **more}


def test_a_night_is_asked_from_the_day_before_and_only_that_night_is_kept() -> None:
    script = anomalies(date(2025, 9, 2), date(2025, 9, 2), LIST)
    rows, asked = rows_of(script, [record(2460921.4), record(2460920.55), record(2460920.45)])
    assert (asked["start_date"], asked["stop_date"], asked["n"]) == ("2025-09-01", "2025-09-02", 20)
    assert rows["i:jd"].tolist() == [2460921.4, 2460920.55]
    assert "02:24 UTC" in script


def test_a_range_asks_for_every_row_it_can_have() -> None:
    _, asked = rows_of(anomalies(date(2025, 9, 1), date(2025, 9, 30), LIST), [])
    assert asked["n"] == 310


def test_a_night_without_anomalies_gives_no_rows_and_no_error() -> None:
    rows, _ = rows_of(anomalies(date(2025, 9, 3), date(2025, 9, 3), LIST), [])
    assert rows.empty
    assert "d:anomaly_score" in rows


def test_identifiers_keep_their_digits_and_absent_columns_are_there() -> None:
    rows, _ = rows_of(anomalies(date(2025, 9, 2), date(2025, 9, 2), LIST), [record(2460920.6), record(2460920.7)])
    assert rows["i:candid"].tolist() == [str(CANDID)] * 2
    assert rows["d:tns"].isna().all()
    assert rows["d:anomaly_score"].dtype == "float64"


def test_the_time_is_asked_for_even_where_it_is_not_shown() -> None:
    _, asked = rows_of(anomalies(date(2025, 9, 2), date(2025, 9, 2), ["object_id"]), [])
    assert asked["columns"] == "i:objectId,i:jd"


def test_a_light_curve_has_numbers_in_its_upper_limits_and_no_other_object() -> None:
    answer = [
        {**record(2460920.6), "i:fid": 1, "i:magpsf": 18.5, "d:tag": "valid"},
        {**record(2460919.6), "i:fid": "2", "i:candid": -1, "i:diffmaglim": "19.5526", "d:tag": "upperlim"},
        {**record(2460918.6), "i:objectId": "ZTF18adkvbzfx", "i:fid": 1, "d:tag": "valid"},
    ]
    rows, asked = rows_of(light_curve("ZTF18adkvbzf", LIGHT_CURVE), answer)
    assert asked["withupperlim"] == "True"
    assert rows["d:tag"].tolist() == ["valid", "upperlim"]
    assert rows["i:fid"].tolist() == [1, 2]
    assert rows["i:diffmaglim"].iloc[1] == 19.5526


def test_a_cutout_is_saved_under_a_name_that_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, requests = run(cutout("ZTF18adkvbzf", str(CANDID), "Science"), None)
    [(url, asked)] = requests.asked
    assert url == f"{PUBLIC_API}/api/v1/cutouts"
    assert asked == {
        "objectId": "ZTF18adkvbzf",
        "candid": str(CANDID),
        "kind": "Science",
        "output-format": "FITS",
    }
    assert (tmp_path / f"ZTF18adkvbzf_{CANDID}_Science.fits").read_bytes().startswith(b"SIMPLE")


def test_cutouts_as_arrays_stay_in_memory() -> None:
    payload = {"objectId": "ZTF18adkvbzf", "kind": "All", "output-format": "array"}
    names, _ = run(snippet("cutouts", payload), {"b:cutoutScience_stampData": [[1.0]]})
    assert names["images"] == {"b:cutoutScience_stampData": [[1.0]]}


def test_any_other_call_is_repeated_as_it_is() -> None:
    payload = {"resolver": "tns", "name": "SN 2023vwy", "reverse": True, "nmax": 10}
    script = snippet("resolver", payload, base_url="http://127.0.0.1:8765/", note="TNS names\nof an object")
    names, requests = run(script, [{"d:fullname": "SN 2023vwy"}])
    assert requests.asked == [("http://127.0.0.1:8765/api/v1/resolver", payload)]
    assert len(names["rows"]) == 1
    assert "# TNS names of an object\n" in script


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.booleans()), max_size=4))
def test_no_argument_can_escape_from_its_quotes(payload: dict[str, Any]) -> None:
    _, requests = run(snippet("classes", {**payload, "columns": ""}, note="a note"), [])
    assert requests.asked[0][1] == {**payload, "columns": ""}


def test_scripts_need_nothing_of_ours_and_fit_a_screen() -> None:
    for script in (
        anomalies(date(2025, 9, 2), date(2025, 9, 2), LIST),
        light_curve("ZTF18adkvbzf", LIGHT_CURVE),
        cutout("ZTF18adkvbzf", str(CANDID), "Science"),
        *simulated_scripts().values(),
    ):
        imports = [line for line in script.splitlines() if "import" in line]
        assert set(imports) <= {"import pandas as pd", "import requests"}
        assert max(map(len, script.splitlines())) <= 100
        assert len(script.splitlines()) <= 40


def simulated_scripts() -> dict[str, str]:
    return {
        "a night, by its source": anomalies(date(2023, 3, 1), date(2023, 3, 1), LIST, source=SKY),
        "a light curve, by its id": light_curve(SIMULATED_ID, LIGHT_CURVE),
        "a cutout, by its id": cutout(SIMULATED_ID, str(CANDID), "Science"),
        "one of several objects": snippet("objects", {"objectId": f"ZTF18adkvbzf, {SIMULATED_ID}"}),
        "any call, by its source": snippet("latests", {"class": "SN candidate"}, source=SKY),
    }


@pytest.mark.parametrize("what", simulated_scripts())
def test_the_public_api_is_never_asked_for_what_is_simulated(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = simulated_scripts()[what]
    names, requests = run(script, [record(2460005.0, **{"i:objectId": SIMULATED_ID})])
    assert {url.startswith(f"{LOCAL_API}/api/v1/") for url, _ in requests.asked} == {True}
    assert "# SIMULATED: " in script
    assert "python -m services.local_fink serve" in script
    if "rows" in names:
        assert names["rows"]["oddfinch:source"].tolist() == ["SIMULATED"]
    else:
        assert [path.name for path in tmp_path.iterdir()] == [f"{SIMULATED_ID}_{CANDID}_Science_SIMULATED.fits"]


def test_nothing_in_a_script_for_real_rows_says_simulated() -> None:
    archive = Source("archive:1", "archive", "Archive", "", date(2023, 1, 25))
    for script in (
        anomalies(date(2025, 9, 2), date(2025, 9, 2), LIST, source=archive),
        light_curve("ZTF18adkvbzf", LIGHT_CURVE),
        cutout("ZTF18adkvbzf", str(CANDID), "Science"),
    ):
        assert "simulated" not in script.lower()
        assert PUBLIC_API in script


def test_several_objects_are_all_kept() -> None:
    payload = {"objectId": "ZTF18adkvbzf, ZTF25abixhdc", "columns": "i:objectId,i:jd"}
    answer = [record(2460920.6), {**record(2460919.6), "i:objectId": "ZTF25abixhdc"}]
    rows, _ = rows_of(snippet("objects", payload), answer)
    assert len(rows) == 2


def test_the_script_of_a_real_light_curve_gives_the_rows_that_fink_gave() -> None:
    path = GOLDEN / "objects_columns_upperlim.json"
    if not path.exists():
        pytest.skip("needs ../shared/data/golden, which is not here")
    request = json.loads(path.with_suffix(".request.json").read_text())
    records = json.loads(path.read_text())
    rows, asked = rows_of(snippet("objects", request["json"]), records)
    assert asked == request["json"]
    assert rows["d:tag"].value_counts().to_dict() == {"valid": 42, "upperlim": 22, "badquality": 1}
    assert rows[["i:fid", "i:diffmaglim"]].dtypes.map(str).isin(["float64", "int64"]).all()
