"""The documented histogram: on the page, in the files, and by the code that the page shows, over the sample sky."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from werkzeug.serving import make_server

from services.anomaly_table import AnomalyTable
from services.class_code import class_script, documented_script
from services.class_counts import Spelling, Unit, class_counts, labels_of
from services.class_expectation import class_expectation, overrides_fink
from services.fink.client import FinkClient
from services.fink.transport import WsgiTransport
from services.frames import from_bytes, table_from_bytes, to_bytes
from services.local_fink import create_app
from services.local_fink.sky.kinds import DOCUMENTED_COUNTS
from services.snippets import LOCAL_API
from services.sources import Source
from services.statistics import _decode
from services.taxonomy import family
from tests.sample import sample_sky

pytestmark = pytest.mark.enable_socket

DOCUMENTED = (date(2023, 1, 25), date(2023, 5, 22))
ALERTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "alerts.parquet"
SKY = Source("sim", "simulated", "Simulated sky", "", DOCUMENTED[0])
ARCHIVE = Source("archive:1", "archive", "Archive", "", date(2018, 1, 1))


class Served:
    """A local Fink in this process, and at an address."""

    def __init__(self, path: Path) -> None:
        app = create_app([path])
        self.client = FinkClient("http://fink", transport=WsgiTransport(app))
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def anomalies(self, first: date, last: date) -> pd.DataFrame:
        """Rows of the index."""
        rows = table_from_bytes(to_bytes(self.client.fetch_anomalies(first, last)))
        return AnomalyTable.empty().with_months({first.replace(day=1): rows}).frame

    def statistics(self, prefix: str) -> pd.DataFrame:
        """Counts of the nights as the page has them."""
        return _decode(to_bytes(self.client.fetch_statistics(prefix))).frame

    def run(self, code: str) -> dict[str, int]:
        """Run a script as a person would; the counts that it prints."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code.replace(LOCAL_API, self.url), "<the code for this>", "exec"), {})
        lines = [line.rsplit(maxsplit=1) for line in out.getvalue().splitlines()]
        return {parts[0]: int(parts[1]) for parts in lines if len(parts) == 2 and parts[1].isdigit()}

    def stop(self) -> None:
        """Let go of the port."""
        self.server.shutdown()
        self._thread.join(10)
        self.server.server_close()
        self.client.close()


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample sky, which has the nights of the documented histogram."""
    served = Served(sample_sky(tmp_path_factory))
    yield served
    served.stop()


@pytest.fixture(scope="module")
def archive() -> Iterator[Served]:
    """The real alerts."""
    if not ALERTS.exists():
        pytest.skip("needs ../shared/data/alerts.parquet, which is not here")
    served = Served(ALERTS)
    yield served
    served.stop()


def counted(rows: pd.DataFrame, spelling: Spelling, unit: Unit = "alerts") -> dict[str, int]:
    counts = class_counts(rows, "simbad", spelling, unit)
    return dict(zip(counts["label"], counts[unit], strict=True))


def test_the_documented_histogram_comes_out_to_the_alert(sky: Served) -> None:
    rows = sky.anomalies(*DOCUMENTED)
    assert len(rows) == 660
    counts = counted(rows, "raw")
    assert len(counts) == 30
    assert counts == dict(DOCUMENTED_COUNTS)


def test_the_three_lines_of_the_documentation_print_the_same_numbers(sky: Served) -> None:
    assert sky.run(documented_script(*DOCUMENTED, SKY)) == dict(DOCUMENTED_COUNTS)


@pytest.mark.parametrize("spelling", ["raw", "merged", "family"])
@pytest.mark.parametrize("unit", ["alerts", "objects"])
def test_the_code_of_every_view_prints_the_numbers_of_the_page(sky: Served, spelling: Spelling, unit: Unit) -> None:
    first, last = date(2023, 2, 1), date(2023, 4, 30)
    rows = sky.anomalies(first, last)
    code = class_script(first, last, "simbad", spelling, unit, SKY, rows["cdsxmatch"])
    assert sky.run(code) == counted(rows, spelling, unit)


def test_merging_keeps_every_alert_and_the_families_too(sky: Served) -> None:
    rows = sky.anomalies(*DOCUMENTED)
    for spelling in ("merged", "family"):
        counts = class_counts(rows, "simbad", spelling)
        assert counts["alerts"].sum() == 660
        assert counts.loc[counts["kind"] == "no answer", "alerts"].tolist() == [15]


def test_the_statistics_count_every_label_that_can_be_compared(sky: Served) -> None:
    rows = sky.anomalies(*DOCUMENTED)
    made = class_expectation(rows, "simbad", "raw", sky.statistics("2023"))
    assert (made.nights, made.left_out, made.anomalies) == (66, 0, 660)
    compared = set(made.frame.loc[made.frame["why"] == "", "label"])
    assert compared == {label for label in DOCUMENTED_COUNTS if overrides_fink(label)}


def test_every_class_of_fink_can_be_compared(sky: Served) -> None:
    rows = sky.anomalies(*DOCUMENTED)
    made = class_expectation(rows, "fink", "raw", sky.statistics("2023"))
    assert (made.frame["why"] == "").all()
    assert (made.frame["alerts"] >= made.frame["anomalies"]).all()


def test_every_label_of_the_real_alerts_is_counted_once_and_in_the_family_it_has(archive: Served) -> None:
    rows = archive.anomalies(date(2018, 1, 1), date(2025, 12, 31))
    assert len(rows) > 100
    raw = class_counts(rows, "simbad", "raw")
    assert raw["alerts"].sum() == len(rows)
    assert [family(label) for label in raw["label"]] == raw["family"].tolist()
    for by in ("fink", "tns"):
        assert class_counts(rows, by, "merged")["alerts"].sum() == len(rows)


def test_the_code_for_real_alerts_prints_the_numbers_of_the_page(archive: Served) -> None:
    first, last = date(2024, 4, 1), date(2025, 12, 31)
    rows = archive.anomalies(first, last)
    for by in ("simbad", "fink", "tns"):
        code = class_script(first, last, by, "merged", "alerts", ARCHIVE, labels_of(rows, by))
        said = archive.run(code.replace("https://api.ztf.fink-portal.org", archive.url))
        counts = class_counts(rows, by, "merged")
        known = counts[counts["kind"] != "missing"]
        assert said == dict(zip(known["label"], known["alerts"], strict=True))


def test_frames_that_were_kept_are_counted_alike(sky: Served) -> None:
    rows = sky.anomalies(*DOCUMENTED)
    assert counted(from_bytes(to_bytes(rows)), "merged") == counted(rows, "merged")
