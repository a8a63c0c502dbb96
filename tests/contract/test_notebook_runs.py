"""The notebook runs as a person would run it, against a Fink on this machine, and has the numbers of the page."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from werkzeug.serving import make_server

from services.fink.client import FinkClient
from services.fink.columns import LIGHT_CURVE
from services.local_fink import create_app
from services.notebook import light_curve, to_bytes
from services.photometry import ModeKey, brightness
from services.sources import Source

pytestmark = pytest.mark.enable_socket

ALERTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "alerts.parquet"
ARCHIVE = Source("archive:1", "archive", "Archive", "", date(2023, 1, 25))
RISING, VARIABLE = "ZTF25abixhdc", "ZTF18abmasep"
SECONDS = 120
#: What the last cell leaves behind for the test, as one line of JSON.
KEEP = 'print("ROWS", rows[["i:candid", "mjd", "value", "error"]].to_json(orient="values", double_precision=15))'


@pytest.fixture(scope="module")
def fink() -> Iterator[str]:
    """Address of a local Fink over the real alerts."""
    pytest.importorskip("nbclient", reason="nbclient is not installed: the notebook cannot be run")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: the notebook cannot be run")
    if not ALERTS.exists():
        pytest.skip("needs ../shared/data/alerts.parquet, which is not here")
    server = make_server("127.0.0.1", 0, create_app([ALERTS]), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def run(notebook: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The notebook with its outputs; a process of its own, as the kernel's libraries warn about themselves."""
    path = folder / "notebook.ipynb"
    path.write_bytes(to_bytes(notebook))
    script = (
        "import sys, nbformat, nbclient\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "nbclient.NotebookClient(notebook, timeout=90, kernel_name='python3').execute()\n"
        "nbformat.write(notebook, sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    made: dict[str, Any] = json.loads(path.read_text())
    return made


def outputs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [output for cell in notebook["cells"] if cell["cell_type"] == "code" for output in cell["outputs"]]


@pytest.mark.parametrize(("object_id", "mode"), [(RISING, "diffmag"), (VARIABLE, "dcmag")])
def test_the_notebook_runs_and_has_the_numbers_of_the_page(
    fink: str, object_id: str, mode: ModeKey, tmp_path: Path
) -> None:
    notebook = light_curve(object_id, ARCHIVE, mode=mode, base_url=fink)
    notebook["cells"][-2]["source"] += f"\n{KEEP}"
    found = outputs(run(notebook, tmp_path))
    assert any("image/png" in output.get("data", {}) for output in found)
    printed = "".join("".join(output.get("text", "")) for output in found)
    (kept,) = [line.removeprefix("ROWS ") for line in printed.splitlines() if line.startswith("ROWS ")]
    rows = pd.DataFrame(json.loads(kept), columns=["candid", "mjd", "value", "error"])

    client = FinkClient(fink)
    curve = client.fetch_objects(object_id, columns=LIGHT_CURVE, upper_limits=True)
    client.close()
    shown = brightness(curve, mode)
    assert len(rows) == len(curve) > 3
    alerts = curve["candid"].notna()
    assert rows["candid"][alerts].tolist() == curve["candid"][alerts].tolist()
    for ours, theirs in ((shown["value"], rows["value"]), (shown["error"], rows["error"])):
        pd.testing.assert_series_equal(theirs.astype(float), ours, check_names=False, rtol=1e-9)
