"""Verdicts, and the report and the exports that say them."""

import csv
import html.parser
import io
import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from services.jwst import columns, export, report, rules
from services.jwst.errors import UnusableFile
from services.jwst.example import example
from services.jwst.read import read
from services.jwst.verdicts import CONSISTENT, INCONSISTENT, UNUSUAL, VERDICTS, judge

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
EXAMPLE = example(400, seed=6)
SCRIPT = "<script>alert('x')</script>"
FORMULA = '=HYPERLINK("http://example.org","click")'


def tampered() -> bytes:
    """A file with a wrong row (7), hostile texts (8, 9), and a column with a hostile name."""
    frame = EXAMPLE.frame.drop(columns="unreadable")
    frame.loc[7, ["t_max", "s_ra"]] = [76_052.5, 550.0]
    frame.loc[8, ["obs_id", "target_name"]] = [SCRIPT, SCRIPT]
    frame.loc[9, ["target_name", "obs_title"]] = [FORMULA, "-1+1"]
    return frame.assign(**{f"{SCRIPT}": FORMULA}).to_csv(index=False).encode()


@pytest.fixture(scope="module")
def judged():
    return judge(read(tampered(), "tampered <b>.csv"), seed=3)


@pytest.fixture(scope="module")
def said(judged):
    return json.loads(report.to_json(judged, now=NOW))


@pytest.fixture(scope="module")
def page(judged):
    return report.to_html(judged, now=NOW)


def test_every_row_gets_one_of_three_verdicts(judged):
    assert len(judged.verdict) == 400
    assert set(judged.verdict) <= set(VERDICTS)
    assert sum(judged.counts().values()) == 400
    assert np.flatnonzero(judged.verdict == INCONSISTENT).tolist() == [7, 8]


def test_reasons_are_there_exactly_for_rows_that_are_not_consistent(judged):
    for row, verdict in enumerate(judged.verdict):
        assert bool(judged.reasons(row)) == (verdict != CONSISTENT)
    assert {reason.rule for reason in judged.reasons(7)} >= {"ra", "release"}


def test_flagged_rows_come_inconsistent_first(judged):
    verdicts = [judged.verdict[row] for row in judged.flagged()]
    assert verdicts == sorted(verdicts, key=VERDICTS.index)
    assert CONSISTENT not in verdicts


def test_what_could_not_be_checked_is_named_for_each_row(judged):
    planned = int(np.flatnonzero(judged.observations.frame["calib_level"] == -1)[0])
    assert {"time-order", "release", "duty", "file"} <= set(judged.not_checkable(planned))
    status = judged.checked.status.iloc[planned]
    assert [name for name in status.index if status[name] == 0] == list(judged.not_checkable(planned))


def test_the_same_seed_gives_the_same_verdicts(judged):
    again = judge(read(tampered(), "x.csv"), seed=3)
    assert again.verdict.tolist() == judged.verdict.tolist()
    np.testing.assert_array_equal(again.unusual.score, judged.unusual.score)


def test_a_clean_file_has_no_inconsistent_and_at_most_one_percent_unusual_rows():
    counts = judge(example(1_000, seed=8)).counts()
    assert counts[INCONSISTENT] == 0
    assert counts[UNUSUAL] <= 10


def test_an_unusual_row_says_how_it_deviates():
    frame = EXAMPLE.frame.drop(columns="unreadable")
    row = int(np.flatnonzero((frame["calib_level"] == 2) & (frame["t_exptime"] > 100))[0])
    frame.loc[row, "t_max"] = frame.loc[row, "t_min"] + 300
    frame.loc[row, "t_obs_release"] = frame.loc[row, "t_max"] + 400
    judged = judge(read(frame.to_csv(index=False).encode(), "x.csv"), budget=0.01)
    assert judged.verdict[row] == UNUSUAL
    assert "where consistent rows have" in judged.reasons(row)[0].words


# JSON


def test_the_json_says_what_was_judged_by_what_and_when(said, judged):
    assert said["sha256"] == judged.observations.sha256
    assert said["made_utc"] == "2026-11-22T14:00:00Z"
    assert said["versions"]["rules"] == rules.RULES_VERSION
    assert set(said["versions"]) == {"rules", "wavelength_table", "model"}
    assert (said["seed"], said["counts"]["rows"], said["simulated"]) == (3, 400, False)
    assert said["archive"].startswith("not verified")
    assert {rule["name"] for rule in said["rules"]} == set(rules.BY_NAME)


def test_the_json_has_every_row_with_index_verdict_and_reasons(said):
    assert [row["index"] for row in said["rows"]] == list(range(400))
    wrong = said["rows"][7]
    assert wrong["verdict"] == "inconsistent"
    release = next(reason for reason in wrong["reasons"] if reason["rule"] == "release")
    assert release["observed"] == 76_052.5
    assert release["words"].startswith("t_max 76,052 is after the release")


def test_no_report_calls_a_row_falsified(said, page):
    assert "falsif" not in json.dumps(said).lower()
    assert "falsif" not in page.lower()


# HTML


class Tags(html.parser.HTMLParser):
    """Names of the tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)


def test_the_page_is_complete_in_itself_and_runs_nothing(page):
    tags = Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "link", "img", "iframe", "object", "b"}
    assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page


def test_the_page_shows_counts_reasons_rules_and_room_for_a_signature(page, judged):
    assert judged.observations.sha256 in page
    assert "76,052 is after the release" in page
    assert "Whole number of frames" in page
    assert "Signature" in page
    assert "SIMULATED" not in page


def test_the_page_of_the_example_says_simulated():
    assert "SIMULATED" in report.to_html(judge(example(50)), now=NOW)


# CSV and VOTable


def test_the_csv_has_every_row_and_no_cell_that_a_spreadsheet_would_run(judged):
    rows = list(csv.DictReader(io.StringIO(export.to_csv(judged).decode())))
    assert len(rows) == 400
    assert rows[9]["target_name"] == f"'{FORMULA}"
    assert rows[9]["obs_title"] == "'-1+1"
    assert rows[7]["verdict"] == "inconsistent"
    assert "after the release" in rows[7]["reasons"]
    assert SCRIPT not in rows[0]


def test_numbers_stay_numbers_in_the_csv_negative_ones_too(judged):
    seen = pd.read_csv(io.BytesIO(export.to_csv(judged)))
    source = judged.observations.frame
    for name in columns.NUMBERS:
        np.testing.assert_array_equal(seen[name].to_numpy(dtype=float), source[name].to_numpy())
    assert (seen["s_dec"] < 0).any()


def test_the_csv_can_be_judged_again(judged):
    again = judge(read(export.to_csv(judged), "again.csv"), seed=3)
    assert again.observations.schema.rows == 400
    assert np.flatnonzero(again.checked.broken).tolist() == [7, 8]


@pytest.mark.parametrize("text", ["=1", "+1+1", "-a", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_formula_gets_an_apostrophe(text):
    assert export.harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.5", "+3", "-1e-5", "NGC 1", "a=b", ""])
def test_numbers_and_words_get_none(text):
    assert export.harmless(text) == text


def test_the_votable_has_units_and_survives_control_characters(judged):
    from astropy.io.votable import parse_single_table

    seen = parse_single_table(io.BytesIO(export.to_votable(judged))).to_table()
    assert len(seen) == 400
    assert str(seen["em_min"].unit) == "nm"
    assert export.plain("a\x01b") == "ab"


def test_control_characters_in_a_file_end_neither_as_markup_nor_as_an_error():
    data = tampered().replace(b"Simulated programme 1", b"\x01\x1b[31m\xe2\x80\xae")
    seen = judge(read(data, "x.csv"))
    assert export.to_csv(seen)
    assert export.to_votable(seen)
    assert report.to_json(seen)


def test_a_file_name_that_is_no_text_is_no_error():
    assert report.to_json(judge(read(tampered(), "x\udcff.csv")))


def test_a_file_of_one_row_is_judged():
    assert judge(example(1)).verdict.tolist() == [CONSISTENT]


def test_a_file_in_which_all_rows_are_inconsistent_is_judged():
    frame = EXAMPLE.frame.drop(columns="unreadable").assign(s_ra=999.0)
    assert judge(read(frame.to_csv(index=False).encode(), "x.csv")).counts()[INCONSISTENT] == 400


def test_an_unusable_file_says_what_was_expected():
    with pytest.raises(UnusableFile, match="Expected: A CSV of JWST observations"):
        read(b"a,b\n1,2\n", "x.csv")
