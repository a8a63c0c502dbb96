"""The panel of the light curve: default brightness, notes, days ago, hidden points, ranks."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from dash import dcc

from services.house import House
from tests.house import CANDIDS, NIGHT, ODD, SILENT, World, curve, having, of_type, point, text_of

CURVE = {"object_id": ODD}


def figure(made: Any) -> dict[str, Any]:
    (graph,) = of_type(made, dcc.Graph)
    return cast("dict[str, Any]", graph.figure)


def pressed(made: Any) -> set[str]:
    return {getattr(b, "data-view") for b in having(made, "aria-pressed", "true") if hasattr(b, "data-view")}


def test_an_object_with_a_source_behind_it_opens_in_apparent_magnitudes_and_says_why(warm: World) -> None:
    made = warm.draw("light-curve", object_id=SILENT)
    assert figure(made)["layout"]["yaxis"]["title"]["text"] == "DC magnitude"
    assert "Apparent magnitude, because a 19.0 mag (r) source lies 0.5″ away" in text_of(made)
    assert "10^(−0.4 m_ref)" in text_of(made)
    assert json.dumps({"mode": "dcmag"}) in pressed(made)


def test_any_other_object_opens_in_difference_magnitudes_and_says_why(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE)
    assert figure(made)["layout"]["yaxis"]["title"]["text"] == "Difference magnitude"
    assert "Difference magnitude, because" in text_of(made)


@pytest.mark.parametrize("mode", ["diffmag", "diffflux"])
def test_the_address_overrides_what_suits_and_then_no_reason_is_given(warm: World, mode: str) -> None:
    made = warm.draw("light-curve", object_id=SILENT, mode=mode)
    assert "because" not in text_of(made)
    assert json.dumps({"mode": mode}) in pressed(made)


def test_the_night_preview_follows_the_same_rule(warm: World) -> None:
    for object_id, title in ((SILENT, "DC magnitude"), (ODD, "Difference magnitude")):
        made = warm.draw("night-preview", night=str(NIGHT), sel=object_id)
        assert figure(made)["layout"]["yaxis"]["title"]["text"] == title


def test_days_ago_are_counted_from_the_newest_detection_of_an_archive(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE, axis="ago")
    assert "Days before the newest detection, 25 Feb 04:48 UTC." in text_of(made)
    (box,) = having(made, "data-ago-from")
    newest = warm.house.objects.light_curve(ODD).value["mjd"].iloc[-1]
    assert float(getattr(box, "data-ago-from")) == newest
    assert not having(warm.draw("light-curve", **CURVE), "data-ago-from")


def test_days_ago_are_counted_from_now_where_fink_is_live() -> None:
    from pages._curve_panel import ago_origin

    live = cast("House", SimpleNamespace(source=SimpleNamespace(kind="live")))
    origin, words = ago_origin(live, curve(point(60000.0)))
    assert origin > 61000
    assert words.startswith("now, ")


def test_what_the_address_hides_is_hidden_in_the_figure_and_in_the_legend(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE, hide="limit,r")
    hidden = [t["meta"] for t in figure(made)["data"] if t.get("visible") is False]
    assert hidden
    assert all(meta.get("kind") == "limit" or meta.get("band") == "r" for meta in hidden)
    off = {getattr(b, "data-legend") for b in having(made, "data-legend") if getattr(b, "aria-pressed") == "false"}
    assert off == {"limit", "r"}


def test_the_rank_of_the_night_is_printed_at_its_score(warm: World) -> None:
    (ranks,) = [t for t in figure(warm.draw("light-curve", **CURVE))["data"] if t["meta"].get("role") == "ranks"]
    assert ranks["text"] == ["#1"]
    assert ", rank 1 of its night" in text_of(warm.draw("light-curve", **CURVE))


def test_what_the_score_saw_is_counted_in_the_legend(warm: World) -> None:
    made = warm.draw("light-curve", **CURVE)
    (seen,) = having(made, "data-seen")
    assert text_of(seen) == "in the score (4 g, 2 r)"
    alerts = warm.house.objects.light_curve(ODD).value
    unscored = alerts["candid"].dropna().iloc[0]
    (seen,) = having(warm.draw("light-curve", **CURVE, alert=unscored), "data-seen")
    assert seen.hidden


def test_changes_of_label_are_listed_with_their_dates_and_lead_to_their_alerts(warm: World) -> None:
    made = warm.draw("label-reasons", **CURVE)
    (changes,) = having(made, "data-label-changes")
    assert "2023-02-20" in text_of(changes)
    assert "Star → Mira" in text_of(changes)
    assert "SIMBAD's label changed from Star to Mira, which wins over Fink's rules." in text_of(changes)
    (row,) = having(changes, "data-change")
    assert getattr(having(changes, "data-alert")[0], "data-alert") == getattr(row, "data-change")
    assert getattr(row, "data-change") != str(CANDIDS[ODD])


def test_an_alert_for_which_simbad_was_silent_says_so_with_what_others_carry(warm: World) -> None:
    words = text_of(warm.draw("label-reasons", object_id=SILENT))
    assert "SIMBAD did not answer for this alert (Fail 504); no other alert of the object" in words
