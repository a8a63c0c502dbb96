"""The mirror against what Fink's resolver was recorded to answer, and the page's numbers over real alerts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from werkzeug.serving import make_server

from services.fink.client import FinkClient
from services.fink.transport import WsgiTransport
from services.local_fink import create_app
from services.snippets import PUBLIC_API
from services.sources import Source
from services.tns.code import script
from services.tns.known import known_objects
from services.tns.mirror import Tns
from services.tns.parse import parse_rows
from services.tns.table import TnsTable

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
GOLDEN = DATA / "golden"
NIGHTS = (date(2019, 9, 1), date(2025, 11, 30))
ARCHIVE = Source("archive:1", "archive", "Archive", "", *NIGHTS)

pytestmark = pytest.mark.skipif(not GOLDEN.exists(), reason="needs ../shared/data, which is not here")


def recorded(name: str) -> list[dict[str, Any]]:
    """Rows of a recorded answer."""
    rows: list[dict[str, Any]] = json.loads((GOLDEN / f"{name}.json").read_text())
    return rows


@pytest.fixture(scope="module")
def table() -> TnsTable:
    """The recorded whole table, read in small pieces."""
    body = (GOLDEN / "resolver_tns_full.json").read_bytes()
    return TnsTable(parse_rows(body[place : place + 97] for place in range(0, len(body), 97)))


def test_the_recorded_table_has_all_its_rows_names_and_positions(table: TnsTable) -> None:
    rows = recorded("resolver_tns_full")
    assert (table.rows, len(table)) == (len(rows), len({row["d:fullname"] for row in rows}))
    for row in rows:
        (entry,) = [each for each in table.named(row["d:fullname"]) if each.name == row["d:fullname"]]
        assert (entry.ra, entry.dec) == (float(row["d:ra"]), float(row["d:declination"]))
        assert row["d:internalname"] in entry.internal_names
        assert entry.type == (None if row["d:type"] == "nan" else row["d:type"])


@pytest.mark.parametrize(
    ("name", "object_id"),
    [
        ("resolver_tns_reverse", "ZTF22aaaifcx"),
        ("resolver_tns_reverse_unclassified", "ZTF26aafuoxy"),
        ("resolver_tns_reverse_unknown", "ZTF25aaugqpe"),
    ],
)
def test_an_object_has_in_the_mirror_what_the_resolver_was_recorded_to_say(
    table: TnsTable, name: str, object_id: str
) -> None:
    found = [table.entry(number).name for number in table.of_internal_names([object_id])[1]]
    assert found == [row["d:fullname"] for row in recorded(name)]


@pytest.fixture(scope="module")
def application() -> Any:
    """A local Fink over the real alerts and the TNS list behind the recordings."""
    return create_app([DATA / "alerts.parquet", DATA / "tns.csv"])


@pytest.fixture(scope="module")
def anomalies(application: Any) -> pd.DataFrame:
    """All real anomalies, as far as the TNS page needs them."""
    client = FinkClient("http://fink", transport=WsgiTransport(application))
    rows = client.fetch_anomalies(*NIGHTS)
    nights = pd.to_datetime(rows["jd"] - 2440587.5, unit="D").dt.floor("D")
    return rows.assign(classification=None, first_flagged=nights.groupby(rows["object_id"]).transform("min"))


def test_the_real_anomalies_have_the_counterparts_that_the_design_shows(
    application: Any, anomalies: pd.DataFrame, tmp_path: Path
) -> None:
    tns = Tns(FinkClient("http://fink", transport=WsgiTransport(application)), ARCHIVE, tmp_path)
    tns.want()
    assert tns.wait(30)
    knowledge = known_objects(anomalies, tns.table(), 5.0)
    assert (knowledge.counts["by_name"], knowledge.counts["by_position"]) == (16, 16)
    objects = knowledge.objects.set_index("object_id")
    assert objects.loc["ZTF25abixhdc", ["fullname", "type"]].tolist() == ["SN 2099aan", "SLSN-I"]
    assert objects.loc["ZTF25abixhdc", "flagged_after_d"] == 16
    assert objects.loc["ZTF18abdwyic", ["by_name", "by_position", "by_fink", "type"]].tolist() == [
        *(False, False, True),
        "Afterglow",
    ]
    types = tns.types_of(anomalies)
    assert types is not None
    assert set(anomalies.loc[types.notna(), "object_id"]) == set(objects.index[objects["by_name"]])


@pytest.fixture
def address(application: Any) -> Iterator[str]:
    """The same Fink behind a port."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.enable_socket
def test_the_code_for_this_finds_the_same_objects(address: str, anomalies: pd.DataFrame, table: TnsTable) -> None:
    made: dict[str, Any] = {}
    exec(script(*NIGHTS, 2.0, ARCHIVE).replace(PUBLIC_API, address), made)
    objects = known_objects(anomalies, table, 2.0).objects
    assert set(made["by_name"]["i:objectId"]) == set(objects.loc[objects["by_name"], "object_id"])
    assert set(made["by_place"]["i:objectId"]) == set(objects.loc[objects["by_position"], "object_id"])
    assert made["by_place"]["arcsec"].max() <= 2.0
