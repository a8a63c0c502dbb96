"""``python -m services.jwst check``: exit codes, one clear line, and the files it writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.jwst.__main__ import main
from services.jwst.example import example

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clean(tmp_path):
    path = tmp_path / "clean.csv"
    example(80, seed=1).frame.drop(columns="unreadable").to_csv(path, index=False)
    return path


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.csv"
    frame = example(80, seed=1).frame.drop(columns="unreadable")
    frame.loc[5, "s_dec"] = -120.0
    frame.to_csv(path, index=False)
    return path


def test_a_consistent_file_ends_with_0(clean, capsys):
    assert main(["check", str(clean)]) == 0
    assert capsys.readouterr().out == "80 rows: 0 inconsistent, 0 unusual, 80 consistent\n"


def test_an_inconsistent_row_ends_with_1_and_is_in_the_reports(wrong, tmp_path, capsys):
    page, data, table = tmp_path / "out.html", tmp_path / "out.json", tmp_path / "out.csv"
    assert main(["check", str(wrong), "--report", str(page), "--json", str(data), "--csv", str(table)]) == 1
    assert "1 inconsistent" in capsys.readouterr().out
    rows = json.loads(data.read_text())["rows"]
    assert [row["index"] for row in rows if row["verdict"] == "inconsistent"] == [5]
    assert "Dec -120.0000° is outside" in page.read_text()
    assert len(table.read_text().splitlines()) == 81


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"\x00\x01", "NUL"), (b"a,b\n1,2\n", "MAST"), (b"<html>", "HTML")],
)
def test_an_unusable_file_ends_with_2_and_one_line(content, words, tmp_path, capsys):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert words in said.err


def test_a_missing_file_a_folder_and_a_report_that_cannot_be_written_end_with_2(clean, tmp_path, capsys):
    assert main(["check", str(tmp_path / "none.csv")]) == 2
    assert main(["check", str(tmp_path)]) == 2
    assert main(["check", str(clean), "--json", str(tmp_path / "no" / "out.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_the_limits_can_be_changed(clean, capsys):
    assert main(["check", str(clean), "--max-rows", "79"]) == 2
    assert "more than 79 rows" in capsys.readouterr().err
    assert main(["check", str(clean), "--max-mb", "0"]) == 2


def test_the_day_of_retrieval_can_be_given(clean):
    assert main(["check", str(clean), "--retrieved", "59700"]) == 1


def test_as_a_program_it_ends_with_its_exit_code(wrong):
    command = [sys.executable, "-m", "services.jwst", "check", str(wrong)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
