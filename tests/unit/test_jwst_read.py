"""Files of JWST observations: what is read, what is refused with a sentence, and that nothing else ever happens."""

import codecs
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidQuery
from services.jwst import columns, rules
from services.jwst.errors import UnusableFile
from services.jwst.example import example
from services.jwst.read import read
from services.jwst.schema import Limits

EXAMPLE = example(60, seed=4).frame
NAMES = list(columns.NAMES)


def csv_of(frame: pd.DataFrame = EXAMPLE, **options: object) -> str:
    return frame[[name for name in NAMES if name in frame]].to_csv(index=False, **options)


def rows_of(text: str):
    return read(text.encode(), "x.csv")


def test_what_was_written_is_read_again_with_the_same_types():
    seen = rows_of(csv_of()).frame
    pd.testing.assert_frame_equal(seen, EXAMPLE)
    assert all(seen[name].dtype == np.float64 for name in columns.NUMBERS)
    assert all(seen[name].dtype == "str" for name in columns.TEXTS)


def test_the_schema_counts_rows_types_and_planned_observations():
    seen = rows_of(csv_of())
    assert seen.schema.rows == 60
    assert seen.schema.planned == (EXAMPLE["calib_level"] == -1).sum()
    assert sum(seen.schema.product_types.values()) == 60
    assert seen.schema.units["em_min"] == "nm"
    assert (seen.schema.missing, seen.schema.unknown) == ((), ())
    assert len(seen.sha256) == 64


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (codecs.BOM_UTF8 + csv_of().encode(), "utf-8 with a byte-order mark"),
        (csv_of().encode("utf-16"), "utf-16"),
        (csv_of(EXAMPLE.assign(proposal_pi="Müller")).encode("latin-1"), "latin-1"),
        (csv_of().replace("\n", "\r\n").encode(), "utf-8"),
        (csv_of().replace("\n", "\r").encode(), "utf-8"),
        (csv_of(sep="\t").encode(), "utf-8"),
        (csv_of(sep=";").encode(), "utf-8"),
        (("# MAST portal\n#string,float\n\n" + csv_of()).encode(), "utf-8"),
        (csv_of().replace("\n", "\nstring" + ",float" * 32 + "\n", 1).encode(), "utf-8"),
        (("#" + csv_of()).encode(), "utf-8"),
        ((csv_of() + "\n\n").encode(), "utf-8"),
    ],
)
def test_encodings_separators_line_ends_and_comments_do_not_matter(written, encoding):
    seen = read(written, "x.csv")
    assert seen.schema.encoding == encoding
    assert seen.frame["obs_id"].tolist() == EXAMPLE["obs_id"].tolist()
    assert seen.frame["t_exptime"].tolist() == EXAMPLE["t_exptime"].tolist()


def test_labels_of_the_portal_are_the_same_columns():
    labels = {column.name: column.label for column in columns.COLUMNS}
    seen = rows_of(csv_of().replace(",".join(NAMES), ",".join(f'"{labels[name]}"' for name in NAMES), 1))
    pd.testing.assert_frame_equal(seen.frame, EXAMPLE)


def test_columns_that_are_absent_are_missing_and_others_are_named():
    frame = EXAMPLE.drop(columns=["t_min", "proposal_pi"]).assign(redshift=1.0)
    seen = rows_of(frame.drop(columns="unreadable").to_csv(index=False))
    assert seen.schema.missing == ("t_min", "proposal_pi")
    assert seen.schema.unknown == ("redshift",)
    assert seen.frame["t_min"].isna().all()
    assert "redshift" not in seen.frame


@pytest.mark.parametrize("nothing", ["", "NaN", "nan", "null", "None", "--", " "])
def test_nothing_is_missing_however_it_is_written(nothing):
    frame = EXAMPLE.astype({"s_ra": object}).assign(s_ra=nothing, target_name=nothing)
    seen = rows_of(csv_of(frame)).frame
    assert seen["s_ra"].isna().all()
    assert seen["target_name"].isna().all()
    assert seen["unreadable"].isna().all()


@pytest.mark.parametrize("text", ["abc", "=1+1", "inf", "-Infinity", "1e999", "0x10", "1_000", "True", "12:30:01"])
def test_what_is_no_number_is_neither_zero_nor_missing_without_a_word(text):
    frame = EXAMPLE.astype({"s_ra": object})
    frame.loc[3, "s_ra"] = text
    seen = rows_of(csv_of(frame))
    assert np.isnan(seen.frame["s_ra"][3])
    assert seen.frame["unreadable"][3] == "s_ra"
    assert seen.schema.unreadable == {"s_ra": 1}
    assert rules.check(seen.frame).reasons(3)[0].words == "s_ra: not a finite number"


@pytest.mark.parametrize(("factor", "unit"), [(1e-9, "metres"), (1e-3, "micrometres")])
def test_wavelengths_in_other_units_are_recognised_converted_and_said(factor, unit):
    frame = EXAMPLE.assign(em_min=EXAMPLE["em_min"] * factor, em_max=EXAMPLE["em_max"] * factor)
    seen = rows_of(csv_of(frame))
    assert seen.schema.converted == {"em_min": unit, "em_max": unit}
    assert not rules.check(seen.frame).broken.any()


def test_a_huge_wavelength_stays_a_number_through_the_conversion():
    frame = EXAMPLE.assign(em_min=EXAMPLE["em_min"] * 1e-9, em_max=EXAMPLE["em_max"] * 1e-9)
    frame.loc[5, "em_max"] = 1e305
    assert rules.check(rows_of(csv_of(frame)).frame).broken[5]


def test_rows_with_too_few_or_too_many_cells_are_kept_and_counted():
    lines = csv_of().splitlines()
    lines[2] += ",more,and more"
    lines[5] = ",".join(lines[5].split(",")[:6])
    seen = rows_of("\n".join(lines))
    assert seen.schema.rows == 60
    assert any("2 rows have more or fewer cells" in note for note in seen.schema.notes)


def test_a_row_that_begins_like_a_comment_is_a_row():
    lines = csv_of().splitlines()
    lines[4] = "#" + lines[4]
    assert rows_of("\n".join(lines)).schema.rows == 60


def test_identifiers_lose_the_decimals_of_a_table_program():
    frame = EXAMPLE.assign(proposal_id=EXAMPLE["proposal_id"] + ".0")
    assert rows_of(csv_of(frame)).frame["proposal_id"].tolist() == EXAMPLE["proposal_id"].tolist()


def test_rows_of_another_mission_are_counted_in_a_note():
    frame = EXAMPLE.copy()
    frame.loc[[1, 2], "obs_collection"] = "HST"
    assert "2 rows name another mission than JWST." in rows_of(csv_of(frame)).schema.notes


TEN_THOUSAND = ",".join([*NAMES, *(f"column{n}" for n in range(10_000))])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"PAR1rest", "Parquet"),
        (b"SIMPLE  =                    T", "FITS"),
        (b"<!doctype html><script>alert(1)</script>", "HTML"),
        (b'[{"obs_id": 1}]', "JSON"),
        (pickle.dumps({"a": 1}, protocol=4), "pickle"),
        (b"a,b,c\n1,2,3\n", "header"),
        (b"\xff\xfe\x00", "characters"),
        (csv_of().encode()[:500] + b"\0" + csv_of().encode()[500:], "NUL"),
        (b"targ_ra,targ_dec,expstart,effexptm\n1,2,3,4\n", "Missions"),
        (csv_of().splitlines()[0].encode(), "no rows"),
        (TEN_THOUSAND.encode() + b"\n1", "10,033 columns"),
        ((csv_of() + '"never closed').encode(), "quotation mark"),
        (csv_of().replace("target_name", "s_ra", 1).encode(), "there twice"),
        (b"obs_title,proposal_pi,project,filters,obs_id\n1,2,3,4,5\n", "could be checked"),
        (csv_of().replace("SIMULATED", "x" * 200_000, 1).encode(), "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_no_export_of_mast_is_refused_with_a_sentence(data, words):
    with pytest.raises(UnusableFile, match=words) as caught:
        read(data, "x.csv")
    assert isinstance(caught.value, InvalidQuery)
    assert "MAST" in caught.value.expected
    assert "\n" not in str(caught.value)


def test_files_above_the_limits_are_refused_and_never_cut():
    data = csv_of().encode()
    with pytest.raises(UnusableFile, match="at most 0 MB"):
        read(data, "x.csv", limits=Limits(max_bytes=1_000))
    with pytest.raises(UnusableFile, match="more than 59 rows"):
        read(data, "x.csv", limits=Limits(max_rows=59))
    assert read(data, "x.csv", limits=Limits(max_rows=60)).schema.rows == 60


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_message_or_in_rows(data):
    _message_or_rows(data)


EXAMPLE_ROWS = EXAMPLE[NAMES].iloc[:3].to_dict("records")
HEADER = (",".join(NAMES) + "\n").encode()
_HOSTILE = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "1e308", "-1e308", "1e-320", "9" * 400, "٣", "#", '"']
    ),
    st.floats().map(str),
)


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_after_a_good_header_end_in_a_message_or_in_rows(data):
    _message_or_rows(HEADER + data)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), _HOSTILE, max_size=10), min_size=1, max_size=3))
def test_any_cells_are_read_and_checked(changes):
    rows = [{**row, **change} for row, change in zip(EXAMPLE_ROWS, changes, strict=False)]
    frame = pd.DataFrame(rows, columns=NAMES)
    seen = _message_or_rows(frame.to_csv(index=False).encode("utf-8", "replace"))
    if seen is not None:
        assert len(rules.check(seen.frame).broken) == seen.schema.rows


def _message_or_rows(data: bytes):
    try:
        return read(data, "x.csv")
    except UnusableFile:
        return None
