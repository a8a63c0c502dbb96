"""The TNS table from JSON that is still arriving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Garbled
from services.tns import parse
from services.tns.parse import SCHEMA, parse_rows
from tests.tns_rows import record


def cut(body: bytes, size: int) -> Iterator[bytes]:
    """Bytes in chunks of one size."""
    return (body[start : start + size] for start in range(0, len(body), size))


def test_texts_become_numbers_and_what_is_not_known_is_missing() -> None:
    (row,) = parse_rows([json.dumps([record()]).encode()]).to_pylist()
    assert row["fullname"] == "AT 2022abc"
    assert row["type"] is None
    assert (row["ra"], row["dec"]) == (38.8742717, 23.9654567)
    assert np.isnan(row["redshift"])
    assert row["discovery_jd"] == pytest.approx(2461080.657488, abs=1e-6)


@pytest.mark.parametrize(
    "bad",
    [
        {"ra": "nan"},
        {"ra": None},
        {"declination": "91"},
        {"ra": "inf"},
        {"ra": "12h 30m"},
        {"ra": "9999"},
        {"declination": ""},
    ],
)
def test_a_row_without_a_usable_position_is_kept_without_one(bad: dict[str, Any]) -> None:
    (row,) = parse_rows([json.dumps([record(**bad)]).encode()]).to_pylist()
    assert np.isnan(row["ra"])
    assert np.isnan(row["dec"])
    assert row["internalname"] == "ZTF26aafuoxy"


@pytest.mark.parametrize("date", ["nan", "", None, "yesterday", "2022-13-45", "0001-01-01 00:00:00", "99999-01-01"])
def test_a_date_that_is_none_is_missing_and_costs_no_other_row(date: str | None) -> None:
    rows = parse_rows([json.dumps([record(discoverydate=date), record("SN 2022b")]).encode()]).to_pylist()
    assert len(rows) == 2
    assert np.isfinite(rows[1]["discovery_jd"])
    if not date or not date.startswith("0001"):
        assert np.isnan(rows[0]["discovery_jd"])


def test_columns_may_be_absent_and_unknown_ones_come() -> None:
    rows = [{"d:fullname": "SN 2020x", "d:new": "1"}, {}, record()]
    table = parse_rows([json.dumps(rows).encode()])
    assert table.schema.equals(SCHEMA)
    assert table["fullname"].to_pylist() == ["SN 2020x", None, "AT 2022abc"]


def test_an_empty_list_is_an_empty_table_of_the_same_columns() -> None:
    table = parse_rows([b" [", b"]\n"])
    assert table.num_rows == 0
    assert table.schema.equals(SCHEMA)


def test_a_bare_nan_is_read_as_fink_may_send_it() -> None:
    body = json.dumps([record(), record()]).replace('"NaN"', "NaN").encode()
    assert parse_rows([body]).num_rows == 2


TEXTS = st.text(alphabet=st.sampled_from(list('a{}[]",: \\\n∆')), max_size=12)


@given(names=st.lists(TEXTS, max_size=30), size=st.integers(1, 400), block=st.integers(1, 500), pretty=st.booleans())
def test_however_it_is_cut_the_same_rows_come_out(names: list[str], size: int, block: int, pretty: bool) -> None:
    records = [record(internalname=f"x{name}x") for name in names]
    body = json.dumps(records, ensure_ascii=False, indent=1 if pretty else None).encode()
    patched, parse.BLOCK = parse.BLOCK, block
    try:
        found = [row for part in parse.blocks(cut(body, size)) for row in part]
    finally:
        parse.BLOCK = patched
    assert found == records


@given(share=st.floats(0, 1, exclude_max=True), block=st.integers(50, 2000))
def test_half_a_table_is_none(share: float, block: int) -> None:
    body = json.dumps([record(f"SN 2020{n}") for n in range(6)]).encode()
    patched, parse.BLOCK = parse.BLOCK, block
    try:
        with pytest.raises(Garbled):
            parse_rows(cut(body[: int(share * len(body))], 100))
    finally:
        parse.BLOCK = patched


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"message": "x"}', b"", b"3", b"[1, 2]", b"[[]]"])
def test_what_is_no_list_of_records_is_refused(body: bytes) -> None:
    with pytest.raises(Garbled):
        parse_rows([body])


def test_a_web_page_is_refused_before_all_of_it_has_arrived() -> None:
    def endless() -> Iterator[bytes]:
        yield b"<html>"
        raise AssertionError("read on")

    with pytest.raises(Garbled, match="web page"):
        parse_rows(endless())


def test_progress_tells_bytes_and_rows_and_may_end_it() -> None:
    body = json.dumps([record(f"SN 2020{n}") for n in range(20_000)]).encode()
    told: list[tuple[int, int]] = []
    parse_rows(cut(body, 1 << 18), lambda size, rows: told.append((size, rows)))
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1] == (len(body), 20_000)

    def stop(size: int, rows: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        parse_rows(cut(body, 1 << 18), stop)
