"""Large answers of the local Fink: in blocks they are the answer that they are in one piece."""

from __future__ import annotations

import gc
import io
import json
import warnings
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from astropy.io import votable

from services.local_fink import Store
from services.local_fink.formats import WRITERS, csv_parts, json_parts, to_votable
from services.local_fink.spooled import parquet_parts
from services.local_fink.tables import Question, alerts
from tests.packets import packet, write_parquet
from tests.served import ask, post, serve

MIDNIGHT = 2460000.5
EVER = ("", "~", 10**6)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Eleven nights of one anomaly and one night of three on one exposure; one has a parallax, one a TNS type."""
    packets = [packet("ZTF00aaaaaaa", MIDNIGHT + night, score=-0.1) for night in range(1, 12)]
    packets += [packet(f"ZTF00baaaaa{c}", MIDNIGHT, score=-0.1, fid=2) for c in "abc"]
    packets[2]["Plx"], packets[7]["tns"] = 1.5, None
    return Store([write_parquet(tmp_path_factory.mktemp("sky") / "sky.parquet", packets)])


@pytest.mark.parametrize("size", [1, 5, 14])
@pytest.mark.parametrize("wanted", [[], ["i:jd", "d:Plx", "d:tns"], ["i:objectId", "d:Plx"], ["d:Plx"], ["i:rfid"]])
def test_blocks_of_any_size_make_the_same_answer(store: Store, wanted: list[str], size: int) -> None:
    chosen = store.chosen_anomalies(*EVER)
    question = Question(wanted, colours=True)
    for write in (json_parts, csv_parts):
        whole, parts = (b"".join(write(alerts(store, chosen, question, n))) for n in (1000, size))
        assert parts == whole


def test_no_block_is_larger_than_it_may_be(store: Store) -> None:
    chosen = store.chosen_anomalies(*EVER)
    assert [len(block) for block in store.blocks(chosen["id"], ["i:jd"], 5)] == [5, 5, 4]
    assert [len(block) for block in alerts(store, chosen, Question([]), 5)] == [5, 5, 4]


def test_all_records_of_a_long_answer_have_the_same_columns(store: Store) -> None:
    rows = json.loads(b"".join(json_parts(alerts(store, store.chosen_anomalies(*EVER), Question([]), 2))))
    assert {frozenset(row) for row in rows} == {frozenset(rows[0])}
    assert sum(row["d:Plx"] is not None for row in rows) == 1
    assert all(one["i:jd"] >= other["i:jd"] for one, other in pairwise(rows))


def test_a_long_answer_is_sent_while_it_is_read(tmp_path: Path) -> None:
    packets = [packet("ZTF00aaaaaaa", MIDNIGHT + n / 5000) for n in range(2500)]
    client = serve(tmp_path, packets)
    asked = {"class": "Unknown", "n": 10_000, "columns": "i:jd,i:candid"}
    long, short = (post(client, "latests", **asked | {"n": n}) for n in (10_000, 10))
    assert (long.content_length, short.content_length) == (None, len(short.data))
    assert len(json.loads(long.data)) == 2500
    csv = post(client, "latests", **asked, output_format="csv")
    assert len(csv.text.splitlines()) == 2501
    assert post(client, "latests", **asked, output_format="parquet").status_code == 200


def test_an_answer_left_half_read_leaves_the_store_usable(store: Store) -> None:
    chosen = store.chosen_anomalies(*EVER)
    half = alerts(store, chosen, Question([]), 2)
    next(half)
    half.close()
    assert len(store.chosen_anomalies(*EVER)) == 14


def test_nothing_chosen_is_an_empty_answer_in_every_shape(tmp_path: Path) -> None:
    client = serve(tmp_path, [packet("ZTF00aaaaaaa", MIDNIGHT)])
    assert ask(client, "latests", **{"class": "QSO", "color": True}) == []
    assert post(client, "latests", **{"class": "QSO"}, output_format="csv").data == b"\n"
    for kind in ("votable", "parquet"):
        assert post(client, "latests", **{"class": "QSO"}, output_format=kind).status_code == 200


@pytest.mark.parametrize(("wanted", "size"), [([], 8), (["i:jd", "d:Plx", "d:tns", "i:candid"], 1)])
def test_parquet_and_votable_in_blocks_hold_the_same_cells(store: Store, wanted: list[str], size: int) -> None:
    chosen = store.chosen_anomalies(*EVER)
    for kind, read in (("parquet", pd.read_parquet), ("votable", _votable)):
        write, _ = WRITERS[kind]
        whole, parts = (
            read(io.BytesIO(b"".join(write(alerts(store, chosen, Question(wanted), n))))) for n in (1000, size)
        )
        pd.testing.assert_frame_equal(parts, whole)


def _votable(file: io.BytesIO) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # astropy warns of every ":" in a name
        return votable.parse_single_table(file).to_table().to_pandas()


def test_text_and_numbers_in_one_column_are_no_parquet_in_any_number_of_blocks() -> None:
    blocks = [pd.DataFrame({"x": ["1"]}), pd.DataFrame({"x": [1.5]})]
    with pytest.raises(pa.ArrowException):
        list(parquet_parts(blocks))


def test_an_answer_that_nobody_reads_leaves_no_file_open(store: Store) -> None:
    chosen = store.chosen_anomalies(*EVER)
    for kind in ("parquet", "votable"):
        write, _ = WRITERS[kind]
        next(write(alerts(store, chosen, Question(["i:jd"]), 5)))
    gc.collect()


def test_a_missing_flag_is_a_missing_cell_of_a_votable() -> None:
    flags = pd.DataFrame({"x": pd.array([True, None], dtype="boolean")})
    assert to_votable(flags).count(b"<TD/>") == 1
