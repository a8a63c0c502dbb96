"""One row per object with what TNS has for it, who was first, and the draft of a report."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from services.anomaly_table import AnomalyTable
from services.fink.columns import LIST
from services.fink.decode import tidy
from services.nights import night_start_jd
from services.sources import Source
from services.tns.code import script
from services.tns.draft import NEVER_REPORT, at_report
from services.tns.known import FILTERS, chosen, differs, for_export, known_objects
from services.tns.match import best_of
from services.tns.rows import came, table_rows, with_tns
from services.tns.table import TnsTable
from tests.tns_rows import at, table

NIGHT = date(2023, 2, 25)
JD = night_start_jd(NIGHT)
IDS = [f"ZTF20aaaaaa{letter}" for letter in "abcdef"]
LIVE = Source("live:x", "live", "Fink live", "", date(2023, 1, 25))
SKY = Source("simulated:x", "simulated", "Simulated sky", "", date(2023, 1, 25))


def anomaly(object_id: str, jd: float = JD + 0.2, **own: Any) -> dict[str, Any]:
    """One row as Fink sends it."""
    plain = {
        "object_id": object_id,
        "candid": str(int(jd * 1000)),
        "jd": jd,
        "ra": 10.0 + IDS.index(object_id),
        "dec": 20.0,
        "fid": 1,
        "magpsf": 18.0,
        "anomaly_score": -0.02,
        "cdsxmatch": "Unknown",
        "tns": "",
        "jdstarthist": JD - 10,
    }
    return plain | own


def rows(*records: dict[str, Any]) -> pd.DataFrame:
    """Rows as the index has them."""
    from services import frames

    held = frames.table_from_bytes(frames.to_bytes(tidy(list(records), LIST)))
    return AnomalyTable.empty().with_months({date(2023, 2, 1): held}).frame


def one(frame: pd.DataFrame, held: TnsTable | None) -> dict[str, Any]:
    """The only object of some rows, as a record."""
    (record,) = known_objects(frame, held).objects.to_dict("records")
    return record


def test_an_object_is_one_row_with_its_lowest_score_and_its_newest_label() -> None:
    frame = rows(
        anomaly(IDS[0], JD - 1.8, anomaly_score=-0.05, cdsxmatch="Star"),
        anomaly(IDS[0], JD + 0.2, anomaly_score=-0.01, cdsxmatch="Mira", tns="nan"),
    )
    found = one(frame, table())
    assert (found["anomaly_score"], found["nights"], found["label"]) == (-0.05, 2, "Mira")
    assert f"{found['flagged_night']:%Y-%m-%d}" == "2023-02-23"


def test_who_was_first_is_counted_from_the_discovery_in_tns() -> None:
    held = table(at("SN 2023a", 10.0, 20.0, discoverydate="2023-02-20 06:00:00.000", type="SN Ia"))
    found = one(rows(anomaly(IDS[0])), held)
    assert found["flagged_after_d"] == 5
    assert found["detected_after_d"] == pytest.approx(-5.25)
    assert (came(found["flagged_after_d"]), came(found["detected_after_d"])) == ("5 d after", "5 d before")


@pytest.mark.parametrize(
    ("days", "words"),
    [(0.4, "the same day"), (-31.2, "31 d before"), (2556.75, "7.0 yr after"), (float("nan"), "")],
)
def test_differences_are_said_in_words(days: float, words: str) -> None:
    assert came(days) == words


def test_the_filters_say_what_is_unreported_unclassified_and_different() -> None:
    held = table(
        at("SN 2023a", 10.0, 20.0, type="SN Ia"),
        at("AT 2023b", 11.0, 20.0),
        at("SN 2023d", 13.0, 20.0, type="SN II"),
    )
    frame = rows(
        anomaly(IDS[0]),
        anomaly(IDS[1]),
        anomaly(IDS[2], tns="SLSN-I"),
        anomaly(IDS[3], cdsxmatch="CataclyV*"),
        anomaly(IDS[4]),
    )
    knowledge = known_objects(frame, held)
    picked = {name: sorted(chosen(knowledge, name)["object_id"]) for name in FILTERS}
    assert picked == {
        "known": IDS[:4],
        "unreported": [IDS[4]],
        "classified": [IDS[0], IDS[2], IDS[3]],
        "unclassified": [IDS[1]],
        "different": [IDS[3]],
    }
    assert knowledge.counts == {
        "objects": 5, "by_name": 0, "by_position": 3, "by_fink": 1,
        "known": 4, "unreported": 1, "classified": 3, "unclassified": 1, "different": 1,
    }  # fmt: skip
    assert len(chosen(knowledge, "")) == len(chosen(knowledge, "nonsense")) == 5
    assert knowledge.objects["object_id"].iloc[-1] == IDS[4]


def test_without_a_table_nothing_is_called_unreported_and_fink_still_speaks() -> None:
    knowledge = known_objects(rows(anomaly(IDS[0], tns="SN Ia"), anomaly(IDS[1])), None)
    assert not knowledge.asked
    assert (knowledge.counts["unreported"], knowledge.counts["known"]) == (0, 1)
    assert knowledge.objects["type"].tolist()[0] == "SN Ia"
    words = {row["object_id"]: row["nameless"] for row in table_rows(knowledge.objects, 2)}
    assert words[IDS[1]] == "not looked up"


def test_of_objects_asked_one_by_one_only_those_answered_can_be_unreported() -> None:
    knowledge = known_objects(rows(anomaly(IDS[0]), anomaly(IDS[1])), table(), answered=frozenset({IDS[1]}))
    assert chosen(knowledge, "unreported")["object_id"].tolist() == [IDS[1]]


@pytest.mark.parametrize(
    ("tns", "simbad", "fink", "expected"),
    [
        ("SN Ia", "CataclyV*", "CataclyV*", True),
        ("SN Ia", "AGN", None, True),
        ("SN Ia", "Galaxy", "SN candidate", False),
        ("SN Ia", "Fail 504", "Unknown", False),
        ("CV", "Unknown", "SN candidate", True),
        ("CV", "CataclyV*_Candidate", "CataclyV*_Candidate", False),
        ("CV", "Unknown", "Ambiguous", False),
        ("Other", "Star", "Star", False),
        (None, "Star", "Star", False),
        (float("nan"), float("nan"), float("nan"), False),
    ],
)
def test_families_decide_whether_a_type_contradicts(tns: Any, simbad: Any, fink: Any, expected: bool) -> None:
    assert differs(tns, simbad, fink) is expected


def test_no_anomalies_are_no_objects() -> None:
    knowledge = known_objects(rows(anomaly(IDS[0])).iloc[:0], table(at("SN 2023a", 10.0, 20.0)))
    assert knowledge.counts["objects"] == 0
    assert table_rows(knowledge.objects, 2) == []


def test_rows_of_the_screen_are_plain_values() -> None:
    held = table(at("SN 2023a", 10.0, 20.0, type="SN Ia", redshift="0.02"), at("AT 2023a", 10.0, 20.0))
    row, other = table_rows(known_objects(rows(anomaly(IDS[0]), anomaly(IDS[1])), held).objects, 2)
    assert (row["found"], row["name"], row["type"], row["redshift"], row["more"]) == ("P", "SN 2023a", "SN Ia", 0.02, 2)
    assert (other["found"], other["nameless"], other["redshift"]) == ("", "none within 2″", None)
    assert not any(isinstance(value, float) and np.isnan(value) for value in (*row.values(), *other.values()))


def test_rows_of_the_night_table_get_the_name_and_type_of_their_best_entry() -> None:
    held = table(at("SN 2023a", 10.0, 20.0, type="SN Ia"), at("AT 2023b", 11.0, 20.0))
    frame = rows(anomaly(IDS[0]), anomaly(IDS[1], tns="CV"), anomaly(IDS[2]))
    night = [{"tns": "", "no_tns": True}, {"tns": "CV", "no_tns": False}, {"tns": "", "no_tns": True}]
    ordered = frame.sort_values("object_id")
    made = with_tns(night, best_of(held, ordered))
    assert [(row["tns_name"], row["tns"], row["no_tns"]) for row in made] == [
        ("SN 2023a", "SN Ia", False),
        ("AT 2023b", "CV", False),
        ("", "", True),
    ]
    assert [row["tns_name"] for row in with_tns(night, None)] == ["", "", ""]


def test_the_export_has_names_that_no_column_of_fink_has() -> None:
    made = for_export(known_objects(rows(anomaly(IDS[0])), table(at("SN 2023a", 10.0, 20.0))).objects)
    assert made.loc[0, ["tns_name", "object_id"]].tolist() == ["SN 2023a", IDS[0]]
    assert "type" not in made


def point(jd: float, tag: str = "valid", **own: Any) -> dict[str, Any]:
    """One row of a light curve."""
    plain = {"jd": jd, "tag": tag, "fid": 2, "magpsf": 19.0, "sigmapsf": 0.1, "diffmaglim": 20.5, "isdiffpos": "t"}
    return {**plain, "ra": 150.0, "dec": -2.5, **own}


def curve(*points: dict[str, Any]) -> pd.DataFrame:
    """A light curve."""
    return pd.DataFrame(list(points)).astype({"fid": "Int64"})


def test_the_draft_has_the_discovery_the_limit_before_it_and_the_newest_magnitudes() -> None:
    made = at_report(
        IDS[0],
        curve(
            point(JD - 9, "upperlim", magpsf=float("nan")),
            point(JD - 5, "upperlim", magpsf=float("nan"), fid=1, diffmaglim=20.9),
            point(JD - 4.5, "badquality", magpsf=12.0),
            point(JD - 3, magpsf=19.47),
            point(JD - 2, magpsf=11.0, isdiffpos="f"),
            point(JD + 1, magpsf=18.2, fid=1),
            point(JD + 2, "upperlim", magpsf=float("nan")),
        ),
        LIVE,
    )
    assert made is not None
    assert "RA (J2000): 10:00:00.00" in made.text
    assert "Dec (J2000): -02:30:00.0" in made.text
    assert f"Discovery date (UTC): 2023-02-22 00:00:00  (JD {JD - 3:.5f})" in made.text
    assert "Discovery magnitude: 19.47 +/- 0.10 ABMag, r-ZTF" in made.text
    assert "Last non-detection (UTC): 2023-02-20 00:00:00" in made.text
    assert "limit 20.90 ABMag (5 sigma), g-ZTF" in made.text
    assert "2023-02-26 00:00:00  18.20 +/- 0.10 ABMag, g-ZTF" in made.text
    assert made.cautions == ()
    assert "SIMULATED" not in made.text


@pytest.mark.parametrize(
    ("label", "warned"), [("Mira", True), ("Unknown", False), ("Galaxy", False), ("Fail 504", False)]
)
def test_a_draft_warns_of_what_simbad_knows_at_the_place(label: str, warned: bool) -> None:
    made = at_report(IDS[0], curve(point(JD), point(JD + 1)), LIVE, simbad=label)
    assert made is not None
    assert any(f"type {label}" in each for each in made.cautions) is warned


def test_a_draft_of_a_simulated_object_says_first_and_last_that_it_must_not_be_reported() -> None:
    for object_id, source in ((IDS[0], SKY), ("ZTF00aaaaaaa", LIVE)):
        made = at_report(object_id, curve(point(JD), point(JD + 1)), source)
        assert made is not None
        lines = made.text.splitlines()
        assert lines[0] == lines[-1] == NEVER_REPORT
        assert made.cautions[0] == NEVER_REPORT


def test_a_draft_warns_of_older_detections_of_a_single_one_and_of_no_limit() -> None:
    made = at_report(IDS[0], curve(point(JD)), LIVE, jdstarthist=JD - 900)
    assert made is not None
    assert [any(word in each for each in made.cautions) for word in ("900 d", "No limit", "One detection")] == [
        True
    ] * 3
    assert "none in this light curve" in made.text


def test_without_a_detection_there_is_nothing_to_report() -> None:
    assert at_report(IDS[0], curve(point(JD, isdiffpos="f"), point(JD, "upperlim")), LIVE) is None


@pytest.mark.parametrize("source", [LIVE, SKY])
def test_the_code_compiles_and_asks_the_right_fink(source: Source) -> None:
    text = script(NIGHT, NIGHT, 2.0, source)
    compile(text, "snippet", "exec")
    assert ("api.ztf.fink-portal.org" in text) is not source.simulated
    assert "2 * u.arcsec" in text
