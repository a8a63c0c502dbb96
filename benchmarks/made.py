"""An invented Fink: ten anomalies a night for a thousand nights, and one object with a thousand points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import requests

from services.anomalies import AnomalyIndex
from services.cache import Cache
from services.cache.disk import DiskBackend
from services.cutouts import Cutouts
from services.fink.calls import CallLog
from services.fink.client import FinkClient
from services.fink.columns import ALERT, LIST, Column, by_name
from services.fink.transport import FunctionTransport, Reply
from services.house import House
from services.nights import night_of, night_start_jd
from services.objects import Objects
from services.settings import load_settings
from services.sources import Source
from services.statistics import Statistics

FIRST_NIGHT = date(2023, 1, 25)
NIGHTS, PER_NIGHT = 1000, 10
LAST_NIGHT = FIRST_NIGHT + timedelta(days=NIGHTS - 1)
OBJECT = "ZTF00aaaaaaa"
"""The object with a thousand points; also the first of the last night's anomalies."""
ALERTS, HISTORY, LIMITS = 600, 100, 300
LABELS = ("Mira", "Unknown", "RRLyr", "EB*", "QSO", "CataclyV*", "Fail 504", "Star")
SOURCE = Source("live:made", "live", "Fink live", "invented", FIRST_NIGHT, LAST_NIGHT)

Record = dict[str, Any]

_PLAIN: dict[str, Any] = {"float": 1.25, "int": 1, "text": "", "flag": False, "id": "-1"}
_KNOWN = {"fid": 1, "distnr": 0.4, "magnr": 18.5, "sigmagnr": 0.03, "isdiffpos": "t", "rb": 0.9, "tns": "nan"}


def fink_names(names: tuple[str, ...]) -> list[str]:
    """Names of the house as Fink spells them."""
    return [column.fink for column in _declared(names)]


def name_of(number: int) -> str:
    """An object id with the survey's letters: 0 is ZTF00aaaaaaa."""
    letters = ""
    for _ in range(7):
        number, rest = divmod(number, 26)
        letters = chr(97 + rest) + letters
    return f"ZTF00{letters}"


def _row(number: int, object_id: str, jd: float) -> Record:
    own = {
        "object_id": object_id,
        "candid": str(2_500_000_000_000_000_001 + number),
        "jd": jd,
        "fid": 1 + number % 2,
        "magpsf": 17.0 + (number * 7 % 300) / 100,
        "sigmapsf": 0.05 + (number % 10) / 100,
        "ra": number * 0.0359 % 360,
        "dec": -30 + number * 0.011 % 90,
        "jdstarthist": jd - 400.0,
        "anomaly_score": -0.001 - (number * 13 % 500) / 1e4,
        "cdsxmatch": LABELS[number % len(LABELS)],
        "lc_features_g": _features(number),
        "lc_features_r": _features(number + 31),
    }
    return _KNOWN | own


def _features(number: int) -> str:
    """26 numbers as Fink writes them: a list in a text."""
    return str([(number * (7 + k) % 997) / 100 for k in range(26)])


def _record(columns: tuple[Column, ...], own: Record) -> Record:
    return {c.fink: own.get(c.name, _PLAIN[c.kind]) for c in columns}


def _declared(names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(column for name in names if (column := by_name(name)) is not None)


@cache
def anomalies() -> list[Record]:
    """10,000 rows with the columns of the list; a third of the objects come back."""
    columns = _declared((*LIST, "lc_features_g", "lc_features_r"))
    rows = []
    for n in range(NIGHTS * PER_NIGHT):
        jd = night_start_jd(FIRST_NIGHT) + n // PER_NIGHT + 0.3 + (n % PER_NIGHT) / 100
        last = n == (NIGHTS - 1) * PER_NIGHT
        rows.append(_record(columns, _row(n, OBJECT if last else name_of(1 + n * 2 // 3), jd)))
    return rows


@cache
def points() -> list[Record]:
    """1,000 rows of one object: 600 alerts, 100 detections from history, 300 limits, over three years."""
    jds = night_start_jd(LAST_NIGHT) + 0.3 - np.linspace(1095, 0, ALERTS + HISTORY + LIMITS)
    rows = [_point(n, float(jd)) for n, jd in enumerate(jds)]
    return rows[::-1]


def _point(n: int, jd: float) -> Record:
    limit, history = n % 10 in (1, 4, 7), n % 10 == 5
    if limit:
        return {"i:jd": jd, "i:fid": 1 + n % 2, "i:diffmaglim": 20.25, "d:tag": "upperlim"}
    if history:
        return {"i:jd": jd, "i:fid": 1, "i:magpsf": 18.0, "i:sigmapsf": 0.1, "i:isdiffpos": "t", "d:tag": "valid"}
    # Real labels stay for many alerts: here they change ten times.
    steady = {"ra": 150.0, "dec": 20.0, "cdsxmatch": "Mira" if n // 100 % 2 else "Unknown", "ndethist": n}
    return _record(ALERT, _row(n, OBJECT, jd) | steady) | {"d:tag": "valid"}


def body(rows: list[Record], names: str | None = None) -> bytes:
    """JSON as Fink sends it, with some columns only."""
    if not names:
        return orjson.dumps(rows)
    wanted = {*names.split(","), "d:tag", "i:diffmaglim"}
    return orjson.dumps([{k: v for k, v in row.items() if k in wanted} for row in rows])


def _anomalies(asked: Record) -> bytes:
    first, last = date.fromisoformat(asked["start_date"][:10]), date.fromisoformat(asked["stop_date"][:10])
    jd = np.array([row["i:jd"] for row in anomalies()])
    nights = night_of(jd)
    inside = np.flatnonzero((nights >= np.datetime64(first)) & (nights <= np.datetime64(last)))
    return body([anomalies()[i] for i in inside[: int(asked.get("n", 10))]], asked.get("columns"))


def _objects(asked: Record) -> bytes:
    limits = asked.get("withupperlim") in ("True", True)
    rows = [row for row in points() if limits or "i:candid" in row]
    own = [row | {"i:objectId": asked["objectId"]} for row in rows]
    return body(own, asked.get("columns"))


def _cutouts(_asked: Record) -> bytes:
    image = np.random.default_rng(1).normal(100, 5, (63, 63)).round(2).tolist()
    return orjson.dumps({f"b:cutout{kind}_stampData": image for kind in ("Science", "Template", "Difference")})


def _statistics(asked: Record) -> bytes:
    """Every night but each seventh has alerts; texts, as Fink sends them."""
    nights = [FIRST_NIGHT + timedelta(days=n) for n in range(NIGHTS) if n % 7]
    counts = {"basic:raw": "346644", "basic:sci": "234567", **{f"class:{label}": "1234" for label in LABELS}}
    rows = [{"key:key": f"ztf_{night:%Y%m%d}", **counts} for night in nights]
    return orjson.dumps([row for row in rows if row["key:key"].startswith(f"ztf_{asked['date']}")])


ANSWERS: dict[str, Callable[[Record], bytes]] = {
    "anomaly": _anomalies,
    "objects": _objects,
    "cutouts": _cutouts,
    "statistics": _statistics,
}


def _answer(request: requests.PreparedRequest) -> Reply:
    kind = (request.url or "").rsplit("/", 1)[-1]
    return 200, {"Content-Type": "application/json"}, ANSWERS[kind](orjson.loads(request.body or b"{}"))


def house(folder: Path) -> House:
    """The services over the invented Fink, with their cache in `folder`."""
    calls = CallLog()
    client = FinkClient("http://made.example", transport=FunctionTransport(_answer), calls=calls)
    kept = Cache(DiskBackend(folder / "answers"), source=SOURCE.key)
    return House(
        settings=load_settings(["--cache-dir", str(folder)], {}),
        source=SOURCE,
        calls=calls,
        client=client,
        cache=kept,
        index=AnomalyIndex(client, kept, SOURCE),
        objects=Objects(client, kept, SOURCE),
        cutouts=Cutouts(client, kept, SOURCE),
        statistics=Statistics(client, kept, SOURCE),
        started_at=datetime.now(UTC),
    )
