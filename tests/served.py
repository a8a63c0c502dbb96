"""Invented packets behind a local Fink, asked in-process without a socket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from services.local_fink import create_app
from tests.packets import Packet, write_parquet

TNS_COLUMNS = "name_prefix,name,ra,declination,redshift,type,internal_names,discoverydate"


def serve(folder: Path, packets: Sequence[Packet], tns: str = "") -> FlaskClient:
    """A client of a local Fink over `packets`, which are written into `folder`.

    Parameters
    ----------
    tns
        Lines of a list of TNS objects, in the order `TNS_COLUMNS`.
    """
    paths = [write_parquet(folder / "alerts.parquet", packets)]
    if tns:
        paths.append(folder / "tns.csv")
        paths[1].write_text(f"{TNS_COLUMNS}\n{tns}\n")
    return create_app(paths).test_client()


def ask(client: FlaskClient, route: str, **payload: Any) -> Any:
    """POST `payload` (``output_format`` stands for ``output-format``); the parsed answer.

    Raises AssertionError when the status is not 200.
    """
    answer = post(client, route, **payload)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def post(client: FlaskClient, route: str, **payload: Any) -> Any:
    """As `ask`, but the response itself, whatever its status."""
    hyphens = {"output_format": "output-format", "cutout_kind": "cutout-kind"}
    body = {hyphens.get(name, name): value for name, value in payload.items()}
    return client.post(f"/api/v1/{route}", json=body)
