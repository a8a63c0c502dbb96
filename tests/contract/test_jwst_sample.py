"""The seed's own sample: 100 genuine rows of MAST and 20 that were tampered with (rows 100 to 119).

The seed's program finds 17 of the 20, flags 11 genuine rows, and judges 107 of 120.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from services.jwst import wavelengths
from services.jwst.__main__ import main
from services.jwst.read import read
from services.jwst.verdicts import CONSISTENT, INCONSISTENT, judge

SAMPLE = Path(__file__).parents[3] / "shared" / "data" / "jwst" / "MAST_allmix_100_with_anomaly_JWST.csv"

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the recorded MAST export is not at ../shared/data/jwst")


@pytest.fixture(scope="module")
def judged():
    return judge(read(SAMPLE.read_bytes(), SAMPLE.name))


def test_every_row_gets_a_verdict(judged):
    assert len(judged.verdict) == 120


def test_all_twenty_tampered_rows_are_inconsistent(judged):
    assert (judged.verdict[100:] == INCONSISTENT).all()
    assert all(len(judged.reasons(row)) >= 2 for row in range(100, 120))


def test_at_most_one_of_a_hundred_genuine_rows_is_flagged(judged):
    assert (judged.verdict[:100] != CONSISTENT).sum() <= 1


def test_no_genuine_row_breaks_a_rule_whenever_the_file_was_retrieved(judged):
    last = judged.observations.frame["t_max"][:100].max()
    early = judge(judged.observations, retrieved_mjd=float(last))
    assert not early.checked.broken[:100].any()
    assert early.checked.broken[100:].all()


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_seed_of_the_forest_does_not_change_that(judged, seed):
    again = judge(judged.observations, seed=seed)
    assert (again.verdict[100:] == INCONSISTENT).all()
    assert (again.verdict[:100] != CONSISTENT).sum() <= 1


def test_the_schema_of_the_sample_is_complete(judged):
    schema = judged.observations.schema
    assert (schema.missing, schema.unknown, schema.unreadable) == ((), (), {})
    assert schema.product_types == {"spectrum": 87, "image": 30, "cube": 3}


def test_the_frozen_table_agrees_with_every_genuine_row(judged):
    genuine = judged.observations.frame.iloc[:100]
    known = wavelengths.expected(genuine)
    assert not wavelengths.disagrees(genuine, known).any()
    assert np.isin(known.origin, ["MAST", "JDOX"]).all()


def test_the_command_line_ends_with_1_and_names_rows_100_to_119(tmp_path):
    out = tmp_path / "out.json"
    assert main(["check", str(SAMPLE), "--json", str(out)]) == 1
    rows = json.loads(out.read_text())["rows"]
    assert [row["index"] for row in rows if row["verdict"] == "inconsistent"] == list(range(100, 120))
