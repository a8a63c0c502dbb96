"""Exported files, read back as their readers would."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from services.exports import SOURCE_COLUMN, filename, mark, to_csv, to_json, to_parquet, to_votable
from services.sources import Source

LIVE = Source("live", "live", "Fink live", "", date(2023, 1, 25))
ARCHIVE = Source("archive:1", "archive", "Archive", "", date(2023, 1, 25))
SKY = Source("sky", "simulated", "Simulated sky", "", date(2023, 1, 25))
CANDIDS = ["313853499273150551", "2890466950515015016"]


def tidy() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "object_id": pd.Series(["ZTF18adkvbzf", "ZTF25abixhdc", None], dtype="str"),
            "candid": pd.Series([*CANDIDS, None], dtype="str"),
            "jd": [2460920.7216088, np.nan, 2460920.9],
            "fid": pd.Series([1, 2, None], dtype="Int64"),
            "anomaly_score": [-0.0350123, np.nan, -0.01],
            "from_upper": pd.Series([True, False, None], dtype="boolean"),
            "cdsxmatch": pd.Series(["CataclyV*", "Unknown", "Fail 504"], dtype="str"),
            "sky": [0.25, 1.5, np.nan],
            "night": pd.to_datetime(pd.Series(["2025-09-02", "2025-09-02", None], dtype="str")),
            "rank": [1, 2, 3],
            "position": pd.Series(["−12:30:05", "+01:02:03.4", "é"], dtype="str"),
        }
    )


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def votable(frame: pd.DataFrame, source: Source = LIVE, **meta: str) -> Table:
    written = to_votable(frame, source, description="A night", meta=meta)
    return parse(io.BytesIO(written), verify="exception").get_first_table().to_table()


def test_columns_have_finks_names_and_ours_are_marked_as_ours() -> None:
    [header, *_] = to_csv(tidy(), LIVE).decode().splitlines()
    assert header == (
        "i:objectId,i:candid,i:jd,i:fid,d:anomaly_score,d:from_upper,d:cdsxmatch,i:sky,"
        "oddfinch:night,oddfinch:rank,oddfinch:position,oddfinch:source"
    )
    assert list(json.loads(to_json(tidy(), LIVE))[0]) == header.split(",")
    assert votable(tidy()).colnames == [name.replace(":", "_") for name in header.split(",")]


@pytest.mark.parametrize(("source", "said"), [(LIVE, "Fink live"), (ARCHIVE, "Archive"), (SKY, "SIMULATED")])
def test_every_row_says_where_it_comes_from(source: Source, said: str) -> None:
    assert mark(source) == said
    assert {row[SOURCE_COLUMN] for row in rows_of_csv(to_csv(tidy(), source))} == {said}
    assert {row[SOURCE_COLUMN] for row in json.loads(to_json(tidy(), source))} == {said}
    assert set(votable(tidy(), source)["oddfinch_source"]) == {said}


def test_a_mark_that_is_already_there_is_replaced() -> None:
    marked = tidy().assign(**{SOURCE_COLUMN: "Fink live"})
    assert {row[SOURCE_COLUMN] for row in rows_of_csv(to_csv(marked, SKY))} == {"SIMULATED"}


def test_identifiers_keep_every_digit_in_every_format() -> None:
    assert [row["i:candid"] for row in rows_of_csv(to_csv(tidy(), LIVE))] == [*CANDIDS, ""]
    assert [row["i:candid"] for row in json.loads(to_json(tidy(), LIVE))] == [*CANDIDS, None]
    assert list(votable(tidy())["i_candid"][:2]) == CANDIDS
    assert b'ID="i_candid" arraysize="19" datatype="char"' in to_votable(tidy(), LIVE, description="", meta={})


def test_missing_is_empty_in_csv_null_in_json_and_masked_in_votable() -> None:
    second, third = rows_of_csv(to_csv(tidy(), LIVE))[1:]
    assert (second["i:jd"], second["d:anomaly_score"]) == ("", "")
    assert (third["i:objectId"], third["i:fid"], third["d:from_upper"], third["oddfinch:night"]) == ("",) * 4
    records = json.loads(to_json(tidy(), LIVE))
    assert [records[2][name] for name in ("i:objectId", "i:fid", "d:from_upper", "oddfinch:night")] == [None] * 4
    table = votable(tidy())
    assert [list(table[name].mask) for name in ("i_jd", "i_fid")] == [
        [False, True, False],
        [False, False, True],
    ]
    assert table["d_from_upper"][2] == table["i_objectId"][2] == table["oddfinch_night"][2] == ""


def test_numbers_flags_and_nights_are_written_plainly() -> None:
    first = rows_of_csv(to_csv(tidy(), LIVE))[0]
    assert [first[n] for n in ("i:jd", "i:fid", "d:anomaly_score", "d:from_upper", "oddfinch:night")] == [
        *("2460920.7216088", "1", "-0.0350123", "True", "2025-09-02")
    ]
    record = json.loads(to_json(tidy(), LIVE))[0]
    assert (record["i:jd"], record["i:fid"], record["oddfinch:night"]) == (2460920.7216088, 1, "2025-09-02")
    assert record["d:from_upper"] is True
    assert list(votable(tidy())["d_from_upper"][:2]) == ["True", "False"]


def test_the_minus_sign_is_ascii_and_signed_text_is_left_alone() -> None:
    assert [row["oddfinch:position"] for row in rows_of_csv(to_csv(tidy(), LIVE))] == [
        *("-12:30:05", "+01:02:03.4", "é")
    ]
    assert b"\xe2\x88\x92" not in to_json(tidy(), LIVE) + to_votable(tidy(), LIVE, description="", meta={})


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\tx"])
def test_a_text_that_a_spreadsheet_would_run_is_defused_in_csv_only(text: str) -> None:
    frame = pd.DataFrame({"comments": pd.Series([text], dtype="str")})
    assert rows_of_csv(to_csv(frame, LIVE))[0]["d:comments"] == f"'{text}"
    assert json.loads(to_json(frame, LIVE))[0]["d:comments"] == text


def test_a_votable_knows_units_meanings_and_where_it_comes_from() -> None:
    moment = datetime(2025, 9, 3, 7, 5, 9, tzinfo=UTC)
    query = "POST /api/v1/anomaly"
    written = to_votable(tidy(), SKY, description="Night of x", meta={"query": query}, now=moment)
    resource = parse(io.BytesIO(written), verify="exception").resources[0]
    assert resource.description == "SIMULATED: Night of x"
    assert {info.name: info.value for info in resource.infos} == {
        "source": "SIMULATED",
        "exported_at": "2025-09-03T07:05:09Z",
        "query": query,
    }
    fields = {field.name: field for field in resource.tables[0].fields}
    assert str(fields["i:jd"].unit) == "d"
    assert str(fields["i:sky"].unit) == "adu"
    assert "Anomaly score" in fields["d:anomaly_score"].description
    assert fields["oddfinch:rank"].description == "Computed by Oddfinch"


def parquet(frame: pd.DataFrame, source: Source = LIVE) -> pa.Table:
    moment = datetime(2025, 9, 3, 7, 5, 9, tzinfo=UTC)
    return pq.read_table(io.BytesIO(to_parquet(frame, source, description="Night of x", meta={"q": "p"}, now=moment)))


def test_parquet_keeps_types_whole_ids_and_what_is_missing() -> None:
    table = parquet(tidy())
    assert table["i:candid"].to_pylist() == [*CANDIDS, None]
    kinds = {name: str(table.schema.field(name).type) for name in ("i:candid", "i:jd", "i:fid", "d:from_upper")}
    assert kinds == {"i:candid": "string", "i:jd": "double", "i:fid": "int64", "d:from_upper": "bool"}
    assert str(table.schema.field("oddfinch:night").type) == "date32[day]"
    assert table["oddfinch:night"].to_pylist()[::2] == [date(2025, 9, 2), None]
    assert [table[name].null_count for name in ("i:jd", "i:fid", "i:objectId")] == [1, 1, 1]


def test_parquet_knows_units_meanings_and_where_it_comes_from() -> None:
    table = parquet(tidy(), SKY)
    facts = {key: table.schema.metadata[key.encode()].decode() for key in ("description", "source", "exported_at", "q")}
    assert facts == {
        "description": "SIMULATED: Night of x",
        "source": "SIMULATED",
        "exported_at": "2025-09-03T07:05:09Z",
        "q": "p",
    }
    assert set(table[SOURCE_COLUMN].to_pylist()) == {"SIMULATED"}
    assert table.schema.field("i:jd").metadata[b"unit"] == b"d"
    assert table.schema.field("oddfinch:rank").metadata[b"description"] == b"Computed by Oddfinch"


def test_parquet_of_no_rows_is_still_a_table() -> None:
    assert parquet(tidy().iloc[:0]).num_rows == 0


def test_every_declared_column_can_be_exported() -> None:
    from services.fink.columns import ALERT

    cells = {"float": 1.5, "int": 2, "text": "x", "id": "1", "flag": True}
    frame = pd.DataFrame({column.name: pd.Series([cells[column.kind]]) for column in ALERT})
    assert len(votable(frame).colnames) == len(ALERT) + 1
    assert len(rows_of_csv(to_csv(frame, LIVE))[0]) == len(ALERT) + 1
    assert parquet(frame).num_columns == len(ALERT) + 1


def test_a_table_without_rows_is_still_a_table() -> None:
    empty = tidy().iloc[:0]
    assert rows_of_csv(to_csv(empty, LIVE)) == []
    assert to_csv(empty, LIVE).startswith(b"i:objectId,")
    assert json.loads(to_json(empty, LIVE)) == []
    assert len(votable(empty)) == 0


def test_the_frame_that_is_exported_is_not_changed() -> None:
    frame = tidy()
    for export in (to_csv, to_json):
        export(frame, LIVE)
    pd.testing.assert_frame_equal(frame, tidy())


cells = st.one_of(st.none(), st.text(max_size=12))
numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


@given(st.lists(st.tuples(cells, numbers), min_size=1, max_size=6))
def test_json_gives_back_every_text_and_number(rows: list[tuple[str | None, float | None]]) -> None:
    texts, values = zip(*rows, strict=True)
    frame = pd.DataFrame({"comments": pd.Series(texts, dtype="str"), "jd": pd.Series(values, dtype="float64")})
    records = json.loads(to_json(frame, LIVE))
    assert [record["i:jd"] for record in records] == list(values)
    expected = [None if text is None else text.replace("−", "-") for text in texts]
    assert [record["d:comments"] for record in records] == expected


@given(st.lists(st.tuples(cells, numbers), min_size=1, max_size=6))
def test_any_text_leaves_a_votable_that_can_be_read(rows: list[tuple[str | None, float | None]]) -> None:
    texts, values = zip(*rows, strict=True)
    frame = pd.DataFrame({"comments": pd.Series(texts, dtype="str"), "jd": pd.Series(values, dtype="float64")})
    table = votable(frame)
    known = [value for value in values if value is not None]
    assert [float(cell) for cell in table["i_jd"] if cell is not np.ma.masked] == known


def test_file_names_say_the_source_and_are_safe() -> None:
    assert filename("night 2025-09-02", LIVE, "csv") == "night_2025-09-02_fink-live.csv"
    assert filename("../ZTF18 adk/x", SKY, "xml") == "ZTF18_adk_x_SIMULATED.xml"
