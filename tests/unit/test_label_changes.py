"""When and why Fink's label changed, said from the inputs of its rules."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classification import INPUTS, classify
from services.fink.client import FinkClient
from services.fink.columns import LIGHT_CURVE
from services.fink.transport import WsgiTransport
from services.label_changes import label_changes, other_label, silence
from services.local_fink import create_app
from services.nightly import label_of
from services.nights import utc

ALERTS = Path(__file__).parents[2] / ".." / "shared" / "data" / "alerts.parquet"
TEXTS = ("cdsxmatch", "tracklet")
PLAIN: dict[str, Any] = {
    **dict.fromkeys(INPUTS, 0.0), "jdstarthist": 2460000.5, "drb": 0.9, "classtar": 0.9, "ndethist": 30,
    "cdsxmatch": "Unknown", "tracklet": None,
}  # fmt: skip
SUPERNOVA = {"snn_snia_vs_nonia": 0.8}


def alerts(*changes: dict[str, Any], tags: str = "valid") -> pd.DataFrame:
    """One alert a day, each plain but for its changes, labelled as Fink labels them."""
    rows = [{**PLAIN, "jd": 2460010.5 + n, "candid": str(n), "tag": tags, **row} for n, row in enumerate(changes)]
    frame = pd.DataFrame(rows, columns=[*dict.fromkeys(("jd", "candid", "tag", *INPUTS))])
    texts = dict.fromkeys(("candid", "tag", *TEXTS), "str")
    frame = frame.astype({name: texts.get(name, "float64") for name in frame.columns})
    labels = classify(frame).astype("str")
    return frame.assign(classification=labels, classified=labels.notna())


def causes(*changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(c.before, c.after, c.cause) for c in label_changes(alerts(*changes))]


def test_a_rule_that_begins_to_fire_is_named_with_the_value_that_did_it() -> None:
    assert causes({}, SUPERNOVA) == [
        ("Unknown", "SN candidate", "SN candidate fired: snn_snia_vs_nonia 0 → 0.80 (> 0.5)")
    ]


def test_a_rule_that_no_longer_fires_is_named_too() -> None:
    assert causes(SUPERNOVA, {**SUPERNOVA, "drb": 0.3}) == [
        ("SN candidate", "Unknown", "SN candidate no longer fired: drb 0.90 → 0.30 (not > 0.5)")
    ]


def test_two_exclusive_rules_make_it_ambiguous_and_both_are_named() -> None:
    assert causes(SUPERNOVA, {**SUPERNOVA, "mulens": 0.4}) == [
        (
            "SN candidate",
            "Ambiguous",
            "Microlensing candidate and SN candidate both fired; Microlensing candidate is new: mulens 0 → 0.40 (> 0)",
        )
    ]


def test_a_label_of_simbad_that_comes_and_goes_is_the_cause() -> None:
    found = causes(SUPERNOVA, {**SUPERNOVA, "cdsxmatch": "Star"}, {**SUPERNOVA, "cdsxmatch": "Galaxy"})
    assert found == [
        ("SN candidate", "Star", "SIMBAD's label changed from Unknown to Star, which wins over Fink's rules"),
        ("Star", "SN candidate", "SIMBAD's label changed from Star to Galaxy; SN candidate fired"),
    ]


def test_a_new_spelling_of_simbad_is_said_to_be_the_same_class() -> None:
    assert causes({"cdsxmatch": "RRLyr"}, {"cdsxmatch": "RRLyrae"}) == [
        ("RRLyr", "RRLyrae", "SIMBAD spells RRLyr as RRLyrae now; it is the same class")
    ]


def test_an_outage_of_simbad_is_said_with_the_label_that_other_alerts_carry() -> None:
    found = causes({"cdsxmatch": "Mira"}, {"cdsxmatch": "Fail 504"}, {"cdsxmatch": "Mira"})
    assert found == [
        (
            "Mira",
            "Fail 504",
            "SIMBAD did not answer for this alert (Fail 504); other alerts of the object carry Mira; "
            "none of Fink's rules fired",
        ),
        ("Fail 504", "Mira", "SIMBAD answered again and says Mira, which wins over Fink's rules"),
    ]


def test_an_outage_that_hit_every_alert_leaves_nothing_to_compare_with() -> None:
    frame = alerts({"cdsxmatch": "Fail"}, {"cdsxmatch": "Fail 500"})
    assert other_label(frame) is None
    assert silence("Fail", frame).endswith("no other alert of the object has its label either")


def test_a_value_that_rounds_to_its_threshold_is_written_out_further() -> None:
    assert causes({}, {"snn_sn_vs_all": 0.5004})[0][2].endswith("snn_sn_vs_all 0 → 0.5004 (> 0.5)")


def test_history_limits_and_low_quality_points_have_no_part() -> None:
    assert label_changes(alerts({}, SUPERNOVA, tags="badquality")) == ()
    assert label_changes(alerts()) == ()


VALUES = st.sampled_from([0.0, 0.2, 0.6, 1.0])
ROW = st.fixed_dictionaries(
    {
        **dict.fromkeys(("mulens", "snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia", "rf_kn_vs_nonkn"), VALUES),
        "roid": st.sampled_from([0.0, 2.0, 3.0]),
        "ndethist": st.sampled_from([1.0, 10.0, 30.0]),
        "drb": VALUES | st.just(float("nan")),
        "cdsxmatch": st.sampled_from(["Unknown", "Mira", "Star", "Galaxy", "Transient", "Fail", "Fail 504"])
        | st.none(),
        "tracklet": st.none() | st.just("TRCK_20250101_000000_01"),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=6))
def test_every_change_has_a_cause_in_words_and_labels_that_follow_each_other(rows: list[dict[str, Any]]) -> None:
    frame = alerts(*rows)
    pairs = zip(frame["classification"], frame["cdsxmatch"], strict=True)
    labels = [str(label_of(*pair)[0]) for pair in pairs]
    found = label_changes(frame)
    assert [(c.before, c.after) for c in found] == [(a, b) for a, b in pairwise(labels) if a != b]
    for change in found:
        assert change.cause
        assert "nan" not in change.cause
        assert not change.cause.endswith((";", ".", " "))


@pytest.fixture(scope="module")
def archive() -> FinkClient:
    if not ALERTS.exists():
        pytest.skip("needs ../shared/data/alerts.parquet, which is not here")
    return FinkClient("http://fink", transport=WsgiTransport(create_app([ALERTS])))


def real_changes(archive: FinkClient, object_id: str) -> list[tuple[str, str, str, str]]:
    rows = archive.fetch_objects(object_id, columns=LIGHT_CURVE, upper_limits=True).sort_values("jd")
    labels = classify(rows).astype("str")
    found = label_changes(rows.assign(classification=labels, classified=labels.notna()))
    return [(f"{utc(c.jd):%Y-%m-%d}", c.before, c.after, c.cause) for c in found]


def test_the_four_changes_of_a_real_supernova_candidate(archive: FinkClient) -> None:
    assert real_changes(archive, "ZTF20abfcszi") == [
        (
            "2020-08-02", "SN candidate", "Ambiguous",
            "Microlensing candidate and SN candidate both fired; Microlensing candidate is new: mulens 0 → 0.34 (> 0)",
        ),
        (
            "2020-08-03", "Ambiguous", "SN candidate",
            "Microlensing candidate no longer fired: mulens 0.36 → 0 (not > 0)",
        ),
        (
            "2020-08-12", "SN candidate", "Star",
            "SIMBAD's label changed from Transient to Star, which wins over Fink's rules",
        ),
        ("2020-08-15", "Star", "SN candidate", "SIMBAD's label changed from Star to Galaxy; SN candidate fired"),
    ]  # fmt: skip


def test_a_real_alert_becomes_a_supernova_and_then_a_kilonova_candidate(archive: FinkClient) -> None:
    assert [(before, after, cause) for _, before, after, cause in real_changes(archive, "ZTF25aauurnj")] == [
        (
            "Unknown", "SN candidate",
            "SN candidate fired: snn_snia_vs_nonia 0 → 0.59 (> 0.5), snn_sn_vs_all 0 → 0.5005 (> 0.5)",
        ),
        ("SN candidate", "Kilonova candidate", "Kilonova candidate fired: rf_kn_vs_nonkn 0 → 0.80 (> 0.5)"),
    ]  # fmt: skip
