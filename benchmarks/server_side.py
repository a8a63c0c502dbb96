"""What the server does for a page, without a browser: decoding, the index, the callbacks of the two pages."""

from __future__ import annotations

import gc
import json
import multiprocessing
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from flask.testing import FlaskClient

from app import create_app
from benchmarks import made
from benchmarks.measure import Result, resident_mb, settled, times_of
from components.figures.light_curve import light_curve_figure
from pages._light_curve import curve_facts
from services.fink.decode import parse_table
from services.house import House
from services.houses import Houses

COLUMNS = (
    *("object_id", "candid", "jd", "fid", "magpsf", "sigmapsf", "ra", "dec", "distnr"),
    *("anomaly_score", "cdsxmatch", "tns"),
)
WAIT_S = 120
OBJECT_PAGE = f"/object/{made.OBJECT}"
BEHIND = ("neighbourhood", "features", "more")
"""Panels of the object page that are asked for once its curve is drawn."""
STATES = ("ready", "loading", "unavailable", "invalid", "empty")


def results() -> list[Result]:
    """All of them; the invented Fink answers, and everything is in the cache before it counts."""
    with tempfile.TemporaryDirectory(prefix="oddfinch-bench-") as folder:
        house = made.house(Path(folder))
        _filled(house)
        client = _warm_client(house)
        return [decoding(), *index(Path(folder)), *figures(house), *pages(client, house)]


def decoding() -> Result:
    """An answer of ``/anomaly`` to a typed frame."""
    answer = made.body(made.anomalies(), ",".join(made.fink_names(COLUMNS)))
    return Result(
        "/anomaly JSON, 10,000 rows x 12 columns, to a typed frame",
        times_of(lambda: parse_table(answer, COLUMNS), 15),
        60,
        "ms",
    )


def _filled(house: House) -> None:
    house.index.start()
    if not house.index.wait(WAIT_S):
        raise TimeoutError(f"the index was not full after {WAIT_S} s")


def _index_from_cache(folder: Path) -> Callable[[], None]:
    def work() -> None:
        house = made.house(folder)
        _filled(house)
        house.index.cancel()
        if len(house.index.table()) != made.NIGHTS * made.PER_NIGHT or house.calls.count():
            raise AssertionError("the index did not come from the cache alone")

    return work


def index(folder: Path) -> list[Result]:
    """The index of a fresh start, whose months are all in the cache."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        grown = tuple(pool.apply(_growth_mb, (folder,)) for _ in range(3))
    return [
        Result("index of 10,000 anomalies from cached bytes", times_of(_index_from_cache(folder), 9), 300, "ms"),
        Result("the same, growth of resident memory in a fresh process", grown, 60, "MB"),
    ]


def _growth_mb(folder: Path) -> float:
    """How much more memory a process holds once it has the index."""
    house = made.house(folder)  # before the first measurement, so that modules do not count
    before = resident_mb()
    _filled(house)
    gc.collect()
    pa.default_memory_pool().release_unused()
    return resident_mb() - before


def figures(house: House) -> list[Result]:
    """Facts of a light curve and its figure, all lanes."""
    curve = house.objects.light_curve(made.OBJECT).value
    return [
        Result(f"light curve of {len(frame):,} points, facts and figure", times_of(_figure(frame), 9), target, "ms")
        for frame, target in ((curve, 60), (_longer(curve, 5), 150))
    ]


def _longer(curve: pd.DataFrame, times: int) -> pd.DataFrame:
    """The light curve again and again, one after the other, with candids of their own."""
    span = float(curve["jd"].max() - curve["jd"].min()) + 1
    parts = [
        curve.assign(
            jd=curve["jd"] + n * span,
            mjd=curve["mjd"] + n * span,
            candid=[c if n == 0 or not isinstance(c, str) else str(int(c) + n) for c in curve["candid"]],
        )
        for n in range(times)
    ]
    return pd.concat(parts, ignore_index=True)


def _figure(curve: pd.DataFrame) -> Callable[[], object]:
    selected = str(curve["candid"].dropna().iloc[-1])
    return lambda: light_curve_figure(curve_facts(curve, "diffmag", selected, with_colour=True))


def _warm_client(house: House) -> FlaskClient:
    """A client of the app with every answer of the two pages in the cache."""
    curve = house.objects.light_curve(made.OBJECT).value
    house.objects.full_alerts(made.OBJECT)
    house.cutouts.stamps(made.OBJECT, str(curve["candid"].dropna().iloc[-1]))
    house.statistics.between(made.FIRST_NIGHT, made.LAST_NIGHT)
    house.population.look()
    house.population.wait(WAIT_S)
    client = create_app(Houses(house)).server.test_client()
    page(client, OBJECT_PAGE, held=len(BEHIND))  # which has its neighbours prefetched
    settled(house.calls.count)
    return client


def pages(client: FlaskClient, house: House) -> list[Result]:
    """The table of one night, and both whole pages as they are sent when somebody goes there."""
    night = {"night": str(made.LAST_NIGHT)}
    before = house.calls.count()
    rows = [
        Result(
            "night table, one callback", times_of(lambda: panel(client, "night-table", night), 25, warm_up=5), 40, "ms"
        ),
        *object_page(client),
        Result(
            "night page, all but its preview, server side",
            times_of(lambda: page(client, "/", f"?night={made.LAST_NIGHT}&sel={made.OBJECT}", held=1), 15, warm_up=3),
            None,
            "ms",
        ),
    ]
    return [*rows, Result("calls to the source by these callbacks", (house.calls.count() - before,), 0, "calls")]


def object_page(client: FlaskClient) -> list[Result]:
    """What somebody who goes to an object waits for, and the same with the panels that come behind its curve."""

    def answer() -> bytes:
        return page(client, OBJECT_PAGE, held=len(BEHIND))

    def complete() -> None:
        answer()
        for name in BEHIND:
            panel(client, name, {"object_id": made.OBJECT})

    return [
        Result(
            "object page with 1,000 points, until its curve, server side", times_of(answer, 15, warm_up=3), 60, "ms"
        ),
        Result("the same with all panels behind the curve", times_of(complete, 15, warm_up=3), None, "ms"),
    ]


def panel(client: FlaskClient, name: str, ask: dict[str, Any]) -> bytes:
    """One panel by its callback, as the browser asks for it."""
    asked, slot = ({"kind": kind, "panel": name} for kind in ("ask", "slot"))
    body = _posted(
        client,
        '{"kind":"slot","panel":["MATCH"]}.children',
        {"id": slot, "property": "children"},
        [{"id": asked, "property": "data", "value": ask}],
        [json.dumps(asked, separators=(",", ":")) + ".data"],
    )
    return _ready(body, name)


def page(client: FlaskClient, path: str, query: str = "", *, held: int = 0, complete: bool = True) -> bytes:
    """A page by the callback that answers a click on a link.

    All its panels but the `held` ones, which the browser asks for later, must be ready if `complete`.
    """
    body = _posted(
        client,
        ".._pages_content.children..._pages_store.data..",
        [{"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}],
        [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": query},
        ],
        ["_pages_location.pathname"],
    )
    return _ready(body, path, held) if complete else body


def _posted(client: FlaskClient, output: str, outputs: Any, inputs: list[Any], changed: list[str]) -> bytes:
    asked = {"output": output, "outputs": outputs, "inputs": inputs, "changedPropIds": changed, "state": []}
    answer = client.post("/_dash-update-component", json=asked)
    if answer.status_code != 200:
        raise AssertionError(f"{output} answered {answer.status_code}")
    return answer.data


def _ready(body: bytes, what: str, held: int = 0) -> bytes:
    """The answer, if every panel in it but `held` ones shows its content; a quick failure is not a quick page."""
    counts = {state: body.count(b'"data-state":"%s"' % state.encode()) for state in STATES}
    if not counts.pop("ready") or counts.pop("loading") != held or any(counts.values()):
        raise AssertionError(f"{what}: not every panel was ready")
    return body
