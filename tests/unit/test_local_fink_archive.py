"""Reading alert packets: files and folders, Parquet and Avro, and what cannot be read."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.errors import SettingsError
from services.local_fink import Store, create_app
from services.local_fink.__main__ import described, main
from services.local_fink.store import Place
from tests.packets import SCHEMA, candid_of, detection, packet, upper_limit, write_avro, write_parquet
from tests.served import ask

JD = 2460000.75
OBJECT = "ZTF00aaaaaaa"


def _packets() -> list[dict]:
    history = [upper_limit(JD - 3), detection(JD - 2, fid=2, rb=0.2), detection(JD - 1)]
    return [
        packet(OBJECT, JD, history=history, score=-0.1, stamps=True),
        packet("ZTF00aaaaaab", JD + 30, score=-0.2, publisher="somebody else"),
    ]


def test_parquet_and_avro_give_the_same_answers(tmp_path: Path) -> None:
    apps = [create_app([write(tmp_path / "night", _packets())]) for write in (_parquet, _avro)]
    for route, payload in [
        ("objects", {"objectId": OBJECT, "withupperlim": "True"}),
        ("anomaly", {"n": 10}),
        ("cutouts", {"objectId": OBJECT, "kind": "All", "output_format": "array"}),
    ]:
        one, other = (ask(app.test_client(), route, **payload) for app in apps)
        assert one
        assert one == other


def _parquet(stem: Path, packets: list[dict]) -> Path:
    return write_parquet(stem.with_suffix(".parquet"), packets)


def _avro(stem: Path, packets: list[dict]) -> Path:
    return write_avro(stem.with_suffix(".avro"), packets)


def test_a_folder_is_all_files_of_alerts_below_it(tmp_path: Path) -> None:
    (tmp_path / "year=2023").mkdir()
    write_parquet(tmp_path / "year=2023" / "a.parquet", [packet(OBJECT, JD, score=-0.1)])
    write_avro(tmp_path / "b.avro", [packet("ZTF00aaaaaab", JD + 1, score=-0.1)])
    (tmp_path / "notes.txt").write_text("not alerts")
    assert Store([tmp_path]).summary().alerts == 2


def test_a_path_with_brackets_and_quotes_is_a_path(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "it's [new]*.parquet", [packet(OBJECT, JD)])
    assert Store([file]).summary().alerts == 1


def test_an_alert_in_two_files_is_one_alert(tmp_path: Path) -> None:
    files = [write_parquet(tmp_path / f"{n}.parquet", [packet(OBJECT, JD, score=-0.1)]) for n in "ab"]
    assert len(ask(create_app(files).test_client(), "anomaly")) == 1


def test_packets_with_fewer_columns_are_packets(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([packet(OBJECT, JD)], SCHEMA)
    kept = ["objectId", "candidate", "publisher"]
    pq.write_table(table.select(kept), tmp_path / "small.parquet")
    rows = ask(create_app([tmp_path]).test_client(), "objects", objectId=OBJECT, withupperlim=True)
    # What the broker writes where a delivery has no such column.
    assert [rows[0][name] for name in ("d:cdsxmatch", "d:anomaly_score", "d:roid")] == ["Unknown", 0.0, 0]


def test_a_missing_cross_match_is_unknown(tmp_path: Path) -> None:
    packets = [packet(OBJECT, JD, cdsxmatch=None), packet("ZTF00aaaaaab", JD, cdsxmatch="Star")]
    client = create_app([write_parquet(tmp_path / "a.parquet", packets)]).test_client()
    assert ask(client, "objects", objectId=OBJECT)[0]["d:cdsxmatch"] == "Unknown"


def test_the_broker_s_default_is_for_columns_that_a_whole_delivery_lacks(tmp_path: Path) -> None:
    parallax, none = {"Plx": 1.5, "tns": "SN Ia"}, {"Plx": None, "tns": None}
    write_parquet(tmp_path / "a.parquet", [packet(OBJECT, JD, added=parallax), packet(OBJECT, JD - 1, added=none)])
    write_parquet(tmp_path / "b.parquet", [packet(OBJECT, JD - 2, added=none)])
    rows = ask(create_app([tmp_path]).test_client(), "objects", objectId=OBJECT)
    assert [(row["d:Plx"], row["d:tns"]) for row in rows] == [(1.5, "SN Ia"), (None, "nan"), (0.0, "")]


def test_a_summary_counts_every_packet_read(tmp_path: Path) -> None:
    summary = Store([_parquet(tmp_path / "night", _packets())]).summary()
    assert (summary.alerts, summary.objects) == (2, 2)
    assert (summary.first_night, summary.last_night) == (date(2023, 2, 25), date(2023, 3, 27))
    assert described(summary) == "2 alerts of 2 objects, 2023-02 to 2023-03"


def test_a_fingerprint_follows_the_files(tmp_path: Path) -> None:
    file = _parquet(tmp_path / "night", _packets())
    before = Store([file]).summary().fingerprint
    assert Store([tmp_path]).summary().fingerprint == before
    os.utime(file, (1, 1))
    assert Store([file]).summary().fingerprint != before


def test_one_stamp_is_read_from_any_row_group(tmp_path: Path) -> None:
    packets = [packet(f"ZTF00aaaaa{a}{b}", JD, stamps=(5, 5)) for a in "abcde" for b in "abcdefgh"]
    store = Store([write_parquet(tmp_path / "many.parquet", packets, row_group_size=7)])
    rows = [0, 6, 7, 39]
    found = store.stamps([Place(0, row) for row in rows], ["Science"])
    assert [found[Place(0, row)]["Science"] for row in rows] == [
        packets[row]["cutoutScience"]["stampData"] for row in rows
    ]


def test_sixteen_threads_get_the_answers_that_one_gets(tmp_path: Path) -> None:
    packets = [packet(f"ZTF00aaaaaa{c}", JD, history=[detection(JD - 1)], stamps=True) for c in "abcdefgh"]
    app = create_app([write_parquet(tmp_path / "sky.parquet", packets)])

    def answers(name: str) -> tuple[bytes, bytes]:
        client = app.test_client()
        asked = {"objectId": name, "columns": "i:objectId,i:candid,i:magpsf", "withcutouts": True}
        rows = client.post("/api/v1/objects", json=asked)
        stamp = client.post("/api/v1/cutouts", json={"objectId": name, "kind": "Science"})
        return rows.data, stamp.data

    names = [made["objectId"] for made in packets]
    alone = {name: answers(name) for name in names}
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(answers, names * 4)) == [alone[name] for name in names * 4]


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_no_archive_of_alerts_is_said_in_one_line(tmp_path: Path) -> None:
    good = _parquet(tmp_path / "good", _packets()).read_bytes()
    avro = _avro(tmp_path / "good", _packets()).read_bytes()
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"x": [1]}), other)
    (tmp_path / "empty").mkdir()
    raw = [packet(OBJECT, JD, publisher="ZTF (www.ztf.caltech.edu)")]
    for path, words in [
        (tmp_path / "nothing.parquet", "does not exist"),
        (tmp_path / "empty", "holds no .parquet or .avro file"),
        (_write(tmp_path / "notes.txt", b"hello"), "holds no .parquet or .avro file"),
        (_write(tmp_path / "cut.parquet", good[:-100]), "cannot be read as alert packets"),
        (
            _write(tmp_path / "hole.parquet", good[:200] + bytes(3000) + good[3200:]),
            "cannot be read as alert packets",
        ),
        (_write(tmp_path / "text.parquet", b"hello"), "cannot be read as alert packets"),
        (_write(tmp_path / "cut.avro", avro[:-2000]), "cannot be read as alert packets"),
        (_write(tmp_path / "text.avro", b"hello"), "cannot be read as alert packets"),
        (other, "has no column candidate or objectId"),
        (write_parquet(tmp_path / "none.parquet", []), "there is no alert in it"),
        (write_parquet(tmp_path / "raw.parquet", raw), "none of the 1 alerts was processed by Fink"),
    ]:
        with pytest.raises(SettingsError, match=words) as caught:
            create_app([path])
        assert path.name in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def test_the_command_ends_with_2_when_there_is_nothing_to_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", str(tmp_path / "nothing.parquet")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("local_fink: ")
    assert len(said.splitlines()) == 1


def test_candids_are_exact(tmp_path: Path) -> None:
    client = create_app([_avro(tmp_path / "night", _packets())]).test_client()
    assert ask(client, "objects", objectId=OBJECT, columns="i:candid")[-1] == {"i:candid": candid_of(OBJECT, JD)}
