"""A whole Oddfinch over invented packets: a local Fink in this process, a cache in a folder, no sockets.

A `World` has the services; its `Fink` counts the calls and can be told to fail. `the_app` is the Dash app, one per
process, because Dash keeps its pages in global state; `World.serving` puts the services of a world into it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import pandas as pd
import requests
from dash import Dash
from dash.development.base_component import Component
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter

from services.anomalies import AnomalyIndex
from services.cache import Cache
from services.cache.disk import DiskBackend
from services.cutouts import Cutouts
from services.fink.calls import CallLog
from services.fink.client import FinkClient
from services.fink.transport import FunctionTransport, Reply, WsgiTransport
from services.house import EXTENSION, House
from services.houses import Houses
from services.local_fink import create_app
from services.objects import Objects
from services.settings import load_settings
from services.sources import Source, SourceKind
from services.statistics import Statistics
from tests.packets import Packet, detection, packet, upper_limit, write_parquet

MIDNIGHT = 2460000.5
"""JD of 2023-02-25 00:00 UTC."""
NIGHT = date(2023, 2, 25)
LATER_NIGHT = date(2023, 5, 20)
ODD, SILENT, PLAIN, LATE = (f"ZTF00aaaaaa{letter}" for letter in "abcd")
ABSENT = "ZTF00zzzzzzz"
CANDIDS = {ODD: 3165254992115015005, SILENT: 3165254992115015007, PLAIN: 3165254992115015009}
"""Of the alerts of `NIGHT`; odd and above 2**53, so that a float would not keep them."""
DOWN = requests.ConnectTimeout()
HTML: Reply = (200, {"Content-Type": "text/html"}, b"<html>Service under maintenance</html>")


def packets() -> list[Packet]:
    """Three anomalies of one night and one of a later night and another model era.

    `ODD` has three alerts in two bands, one of them negative, and a history with a low-quality point, two limits and
    two detections; its label changes once. SIMBAD was silent for `SILENT`, which has a template source. `PLAIN` has
    no stamps.
    """
    before = [
        upper_limit(MIDNIGHT - 19.8, fid=2, diffmaglim=20.25),
        upper_limit(MIDNIGHT - 18.8, fid=1, diffmaglim=17.0),
        detection(MIDNIGHT - 15.8, fid=1, magpsf=19.5),
        detection(MIDNIGHT - 14.8, fid=1, magpsf=19.4, rb=0.1),
        detection(MIDNIGHT - 13.8, fid=2, magpsf=19.3),
    ]
    first = packet(ODD, MIDNIGHT - 9.8, fid=1, magpsf=19.0, history=before, cdsxmatch="Star")
    second = packet(ODD, MIDNIGHT - 4.8, fid=2, magpsf=18.5, isdiffpos="f", cdsxmatch="Mira")
    third = packet(
        ODD, MIDNIGHT + 0.2, magpsf=18.0, score=-0.05, cdsxmatch="Mira", stamps=True, candid=CANDIDS[ODD],
        field=500, rcid=17, ra=320.7354787, dec=-10.0132347,
    )  # fmt: skip
    silent = packet(
        SILENT, MIDNIGHT + 0.25, fid=2, score=-0.03, cdsxmatch="Fail 504", stamps=True, distnr=0.5, magnr=19.0,
        candid=CANDIDS[SILENT], field=501, rcid=3,
    )  # fmt: skip
    plain = packet(PLAIN, MIDNIGHT + 0.3, score=-0.02, added={"tns": "SN Ia"}, candid=CANDIDS[PLAIN], field=502, rcid=4)
    late = packet(LATE, MIDNIGHT + 84.2, score=-0.01, cdsxmatch="QSO", field=503, rcid=5)
    return [first, second, third, silent, plain, late]


class Fink(BaseAdapter):
    """The local Fink as a transport that counts its calls; ``failing`` has replies or exceptions by kind of call."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._inside = WsgiTransport(application)
        self.calls: list[str] = []
        self.failing: dict[str, Reply | Exception] = {}

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one request, or fail as told."""
        kind = (request.url or "").rsplit("/", 1)[-1]
        self.calls.append(kind)
        if kind in self.failing:
            reply = self.failing[kind]
            return FunctionTransport(lambda _: reply).send(request)
        return self._inside.send(request)

    def fail(self, reply: Reply | Exception = DOWN) -> None:
        """Fail every call from now on."""
        self.failing = dict.fromkeys(("anomaly", "objects", "cutouts"), reply)

    def close(self) -> None:
        """Nothing is open."""


class World:
    """The services of one Oddfinch, the Fink behind them, and a clock that can be put forward."""

    def __init__(self, folder: Path, application: Any, *, kind: SourceKind = "archive") -> None:
        self.ahead = 0.0
        self.fink = Fink(application)
        self.backend = DiskBackend(folder / "cache")
        held = application.extensions["local_fink"].summary()
        label = {"archive": "Archive", "live": "Fink live", "simulated": "Simulated sky"}[kind]
        source = Source(f"{kind}:test", kind, label, "invented", held.first_night, held.last_night)
        self.house = self._house(folder, source)

    def _house(self, folder: Path, source: Source) -> House:
        calls = CallLog()
        client = FinkClient("http://fink", transport=self.fink, calls=calls, sleep=lambda _: None)
        kept = Cache(self.backend, source=source.key, clock=self.clock)
        return House(
            settings=load_settings(["--cache-dir", str(folder / "cache")], {}),
            source=source,
            calls=calls,
            client=client,
            cache=kept,
            index=AnomalyIndex(client, kept, source, clock=self.clock),
            objects=Objects(client, kept, source),
            cutouts=Cutouts(client, kept, source),
            statistics=Statistics(client, kept, source),
            started_at=datetime.now(UTC),
        )

    def clock(self) -> float:
        """Seconds since 1970 as the services see them."""
        return time.time() + self.ahead

    def filled(self) -> World:
        """The same world once its index has done what it can."""
        self.house.index.start()
        assert self.house.index.wait(10)
        self.house.statistics.between(date(NIGHT.year - 1, 1, 1), LATER_NIGHT)  # what a calendar of `NIGHT` shows
        assert self.house.statistics.wait(10)
        self.house.population.look()
        assert self.house.population.wait(10)
        return self

    def warm(self, object_id: str, candid: object = None) -> None:
        """Fetch light curve, alerts and, with `candid`, stamps of an object."""
        self.house.objects.light_curve(object_id)
        self.house.objects.full_alerts(object_id)
        if candid:
            self.house.cutouts.stamps(object_id, str(candid))

    def close(self) -> None:
        """End the index's thread and let go of the files."""
        self.house.index.cancel()
        self.house.index.wait(10)
        self.house.client.close()
        self.backend.close()
        if the_app.cache_info().currsize:  # or the app would keep the local Fink's database open to the very end
            the_app().server.extensions[EXTENSION] = None

    @contextmanager
    def serving(self, path: str = "/", **headers: str) -> Iterator[FlaskClient]:
        """Within a request to the app over these services; gives a client of the same app for more requests."""
        app = the_app()
        app.server.extensions[EXTENSION] = Houses(self.house)
        with app.server.test_request_context(path, headers=headers):
            yield app.server.test_client()

    def draw(self, name: str, **ask: Any) -> Component:
        """Panel `name` as the server draws it when it may wait."""
        from pages._slots import drawn  # beside the app, so that a test of figures needs none

        with self.serving():
            panel = drawn(name, ask, wait=True)
        assert panel is not None
        return panel

    def layout(self, name: str, *path: str, **query: Any) -> Component:
        """Page `name` ("night", "object") as it first appears at an address."""
        with self.serving():
            made: Component = page(name).layout(*path, **query)
        return made

    def client(self) -> FlaskClient:
        """A client of the app over these services."""
        app = the_app()
        app.server.extensions[EXTENSION] = Houses(self.house)
        return app.server.test_client()


def application(folder: Path) -> Any:
    """A local Fink over `packets`; takes a moment, so a module of tests shares one."""
    return create_app([write_parquet(folder / "alerts.parquet", packets())])


@cache
def the_app() -> Dash:
    """The Dash app of this process, with a world of its own until a test puts another one in."""
    import app as oddfinch

    return oddfinch.create_app(cast("Houses", None))


def components(root: Any) -> Iterator[Any]:
    """All components below and including `root`, depth first."""
    if isinstance(root, (list, tuple)):
        for child in root:
            yield from components(child)
    elif isinstance(root, Component):
        yield root
        yield from components(getattr(root, "children", None))


def having(root: Any, attribute: str, value: object = None) -> list[Any]:
    """Components with an attribute (or property), and with that value unless it is None."""
    found = [c for c in components(root) if getattr(c, attribute, None) is not None]
    return found if value is None else [c for c in found if getattr(c, attribute) == value]


def of_type(root: Any, kind: type[Component]) -> list[Any]:
    """Components of one type."""
    return [c for c in components(root) if isinstance(c, kind)]


def text_of(root: Any) -> str:
    """Everything written in a component, in order."""
    if isinstance(root, (list, tuple)):
        return "".join(text_of(child) for child in root)
    if isinstance(root, Component):
        return text_of(getattr(root, "children", None))
    return "" if root is None else str(root)


def state_of(root: Any, name: str) -> str:
    """State of the panel `name`; AssertionError when it is not there exactly once."""
    panels = having(root, "data-panel", name)
    assert len(panels) == 1, f"{name} is there {len(panels)} times"
    return str(getattr(panels[0], "data-state"))


def states(root: Any) -> dict[str, str]:
    """State of each panel by its name."""
    return {getattr(p, "data-panel"): getattr(p, "data-state") for p in having(root, "data-panel")}


def page(name: str) -> Any:
    """Module of a page ("night", "object"); Dash imports it, so the app has to exist."""
    the_app()
    return sys.modules[f"pages.{name}"]


def point(
    mjd: float,
    value: float = 19.0,
    *,
    band: str = "g",
    tag: str = "valid",
    sign: str | None = "t",
    error: float = 0.1,
    candid: str | None = None,
    score: float | None = None,
    label: str | None = None,
    family: str = "LP",
) -> dict[str, Any]:
    """One row of a light curve as the figure's facts are made of; with `label` it is a classified alert."""
    return {
        "mjd": mjd,
        "fid": {"g": 1, "r": 2, "i": 3}.get(band, 4),
        "tag": tag,
        "isdiffpos": sign if tag != "upperlim" else None,
        "candid": candid,
        "value": value,
        "error": float("nan") if tag == "upperlim" else error,
        "anomaly_score": float("nan") if score is None else score,
        "classified": label is not None,
        "classification": label,
        "origin": "CDS" if label else "",
        "family": family if label else "NA",
    }


def limit(mjd: float, value: float = 20.0, *, band: str = "g") -> dict[str, Any]:
    """One upper limit of a light curve."""
    return point(mjd, value, band=band, tag="upperlim")


_TYPES = {
    **dict.fromkeys(("tag", "isdiffpos", "candid", "classification", "origin", "family"), "str"),
    **dict.fromkeys(("mjd", "value", "error", "anomaly_score"), "float64"),
}


def curve(*points: dict[str, Any]) -> pd.DataFrame:
    """A light curve in time order, typed as the services type it."""
    rows = sorted(points, key=lambda row: row["mjd"])
    frame = pd.DataFrame(rows, columns=list(point(0.0)))
    return frame.astype({**_TYPES, "fid": "Int64", "classified": "bool"})
