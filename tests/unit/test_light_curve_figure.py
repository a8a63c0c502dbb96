"""The drawing of a light curve: trace arrays, axes and shapes against the facts they were made of."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.figures.light_curve import light_curve_figure
from components.figures.light_curve_facts import KINDS, LightCurveFacts, light_curve_facts, value_range
from components.figures.light_curve_traces import WEBGL_ABOVE
from components.theme import THEMES, tokens
from tests.house import curve, limit, point

Figure = dict[str, Any]
LANES = ("class", "colour", "score")
COLOUR = pd.DataFrame({"mjd": [12.1], "value": [0.4], "error": [0.05], "green": ["10"], "red": ["12"]})


def rich(**more: Any) -> LightCurveFacts:
    """A bit of everything: three bands, four kinds, two labels, a failed cross-match, two scores, history."""
    rows = curve(
        limit(1, 20.4, band="r"),
        limit(2, 14.0),
        point(3, 19.5),
        point(4, 19.6, tag="badquality"),
        point(10, 19.0, candid="10", label="Mira"),
        point(12, 18.6, band="r", candid="12", score=-0.01, label="Mira", error=math.nan),
        point(20, 18.5, band="i", sign="f", candid="20", label="Fail 504", family="NA"),
        point(30, 18.2, candid="30", score=-0.04, label="Ambiguous", family="SN"),
        point(42, 18.4, candid="42", label="QSO", family="AG"),
        point(50, 18.4, candid="50", label="QSO", family="AG"),
    )
    return light_curve_facts(rows, **{"selected": "30", "colour": COLOUR, **more})


def traces(figure: Figure, **meta: str) -> list[Figure]:
    return [t for t in figure["data"] if all(t.get("meta", {}).get(k) == v for k, v in meta.items())]


def one(figure: Figure, **meta: str) -> Figure:
    found = traces(figure, **meta)
    assert len(found) == 1
    return found[0]


def shape(figure: Figure, name: str) -> Figure:
    return next(s for s in figure["layout"]["shapes"] if s.get("name") == name)


def leaves(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [leaf for value in node.values() for leaf in leaves(value)]
    if isinstance(node, list | tuple):
        return [leaf for value in node for leaf in leaves(value)]
    return [node]


def test_trace_arrays_are_those_of_the_facts() -> None:
    facts = rich()
    figure = light_curve_figure(facts)
    for s in facts.series:
        trace = next(t for t in traces(figure, lane="curve", band=s.band, kind=s.kind) if "customdata" in t)
        assert (trace["x"], trace["y"], trace["customdata"], trace["hovertext"]) == (
            s.mjd,
            s.value,
            s.candid,
            s.hover,
        )


def test_missing_errors_are_none_and_limits_have_none_at_all() -> None:
    figure = light_curve_figure(rich())
    assert one(figure, band="r", kind="detection", lane="curve")["error_y"]["array"] == [None]
    assert one(figure, band="g", kind="low quality", lane="curve")["error_y"]["array"] == [0.1]
    assert all("error_y" not in t for t in traces(figure, kind="limit"))


def test_every_band_and_kind_has_a_symbol_of_its_own() -> None:
    rows = [
        made
        for band in "gri"
        for made in (
            point(1, band=band),
            point(2, band=band, sign="f"),
            point(3, band=band, tag="badquality"),
            limit(4, band=band),
        )
    ]
    figure = light_curve_figure(light_curve_facts(curve(*rows)), lanes=())
    symbols = [t["marker"]["symbol"] for t in traces(figure, lane="curve")]
    assert len(symbols) == len(set(symbols)) == 12


def test_a_negative_detection_is_the_open_mark_of_its_band() -> None:
    figure = light_curve_figure(light_curve_facts(curve(point(1), point(2, sign="f"))), lanes=())
    filled = one(figure, kind="detection")["marker"]["symbol"]
    assert one(figure, kind="negative")["marker"]["symbol"] == f"{filled}-open"


def test_detections_are_drawn_over_everything_else() -> None:
    drawn = [t["meta"]["kind"] for t in light_curve_figure(rich())["data"] if t["meta"].get("lane") == "curve"]
    curve_only = drawn[: len(rich().series)]
    assert curve_only == sorted(curve_only, key=lambda kind: -KINDS.index(kind))


@pytest.mark.parametrize("theme", THEMES)
def test_marks_have_the_colour_of_their_band_in_each_theme(theme: str) -> None:
    for t in traces(light_curve_figure(rich(), theme=theme), lane="curve"):
        assert t["marker"]["color"] == tokens(theme)[f"band-{t['meta']['band']}"]


def test_a_limit_beyond_the_scale_is_marked_at_the_frame_with_its_value() -> None:
    figure = light_curve_figure(rich())
    (mark,) = [t for t in traces(figure, kind="limit", band="g") if "text" in t["mode"]]
    faint, bright = figure["layout"]["yaxis"]["range"]
    assert mark["x"] == [2.0]
    assert "14.0" in mark["text"][0]
    assert bright < mark["y"][0] < faint
    assert not [t for t in traces(figure, kind="limit", band="r") if "text" in t["mode"]]


def test_magnitudes_grow_downwards_and_fluxes_upwards() -> None:
    y = light_curve_figure(rich())["layout"]["yaxis"]["range"]
    assert y[0] > y[1]
    assert sorted(y) == list(value_range(rich()))
    y = light_curve_figure(rich(reversed=False))["layout"]["yaxis"]["range"]
    assert y[0] < y[1]


def test_the_score_axis_is_reversed_so_that_odder_is_up() -> None:
    low_end, high_end = light_curve_figure(rich())["layout"]["yaxis4"]["range"]
    assert low_end > -0.01 > -0.04 > high_end
    empty = light_curve_facts(curve(point(1)))
    low_end, high_end = light_curve_figure(empty)["layout"]["yaxis4"]["range"]
    assert low_end > high_end


def test_scores_are_drawn_by_band_at_the_time_of_their_alert() -> None:
    figure = light_curve_figure(rich())
    drawn = {t["meta"]["band"]: (t["x"], t["y"], t["customdata"]) for t in traces(figure, lane="score")}
    assert drawn == {"g": ([30.0], [-0.04], ["30"]), "r": ([12.0], [-0.01], ["12"])}


def test_bars_of_the_ribbon_last_as_long_as_their_label() -> None:
    facts = rich()
    ribbon = one(light_curve_figure(facts), role="ribbon")
    labelled = [s for s in facts.spans if s.family]
    assert ribbon["base"] == [s.start_mjd for s in labelled] == [10.0, 30.0, 42.0]
    assert ribbon["x"] == [s.stop_mjd - s.start_mjd for s in labelled] == [10.0, 12.0, 8.0]
    assert ribbon["marker"]["color"] == [tokens()[name] for name in ("fam-lp", "fam-sn", "fam-ag")]


def test_changes_and_alerts_are_marked_in_the_ribbon() -> None:
    figure = light_curve_figure(rich())
    assert one(figure, role="changes")["x"] == [20.0, 30.0, 42.0]
    assert one(figure, role="alerts")["x"] == [10.0, 12.0, 20.0, 30.0, 42.0, 50.0]


def test_neither_history_nor_a_failed_cross_match_is_drawn_as_a_class() -> None:
    figure = light_curve_figure(rich())
    ribbon = one(figure, role="ribbon")
    assert len(ribbon["base"]) == 3
    assert not any("Fail" in text for text in ribbon["text"])
    outlines = [s for s in figure["layout"]["shapes"] if s["type"] == "rect" and s["yref"] == "y2"]
    assert [(s["x0"], s["x1"]) for s in outlines] == [(3.0, 10.0), (20.0, 30.0)]
    assert all("fillcolor" not in s for s in outlines)


def test_an_ambiguous_span_is_hatched_and_no_other() -> None:
    ribbon = one(light_curve_figure(rich()), role="ribbon")
    assert [bool(s) for s in ribbon["marker"]["pattern"]["shape"]] == [False, True, False]


def test_a_single_alert_still_has_a_visible_bar() -> None:
    facts = light_curve_facts(curve(point(10, candid="1", label="Mira"), limit(100)))
    assert one(light_curve_figure(facts), role="ribbon")["x"][0] > 0


def test_the_window_is_the_thirty_days_before_a_scored_alert() -> None:
    window = shape(light_curve_figure(rich()), "window")
    assert (window["x0"], window["x1"], window["visible"]) == (0.0, 30.0, True)


@pytest.mark.parametrize("selected", ["10", "nobody's", None])
def test_there_is_no_window_for_an_alert_without_a_score(selected: str | None) -> None:
    assert shape(light_curve_figure(rich(selected=selected)), "window")["visible"] is False


def test_ring_and_hairline_are_at_the_selected_alert() -> None:
    figure = light_curve_figure(rich())
    assert [(t["x"], t["y"]) for t in traces(figure, role="ring")] == [([30.0], [18.2])] * 2
    assert [(t["x"], t["y"]) for t in traces(figure, role="ring-score")] == [([30.0], [-0.04])] * 2
    hairline = shape(figure, "hairline")
    assert (hairline["x0"], hairline["x1"], hairline["visible"]) == (30.0, 30.0, True)
    assert tokens()["accent"] in leaves(traces(figure, role="ring")[1]["marker"])


def test_without_a_selection_the_ring_is_there_but_nowhere() -> None:
    figure = light_curve_figure(rich(selected=None))
    assert [(t["x"], t["y"]) for t in traces(figure, role="ring")] == [([None], [None])] * 2
    assert shape(figure, "hairline")["visible"] is False


def test_an_alert_without_a_score_is_ringed_in_the_curve_alone() -> None:
    figure = light_curve_figure(rich(selected="10"))
    assert traces(figure, role="ring")[0]["x"] == [10.0]
    assert traces(figure, role="ring-score")[0]["x"] == [None]


@pytest.mark.parametrize(("count", "kind"), [(WEBGL_ABOVE, "scatter"), (WEBGL_ABOVE + 1, "scattergl")])
def test_many_points_are_drawn_by_webgl(count: int, kind: str) -> None:
    frame = curve(point(0.0, candid="1"))
    rows = pd.concat([frame] * count, ignore_index=True).assign(mjd=[n / 10 for n in range(count)])
    figure = light_curve_figure(light_curve_facts(rows), lanes=())
    assert one(figure, lane="curve")["type"] == kind


def test_lanes_share_the_height_without_overlap_from_class_down_to_score() -> None:
    layout = light_curve_figure(rich(), height=600)["layout"]
    bottom_up = [layout[name]["domain"] for name in ("yaxis4", "yaxis3", "yaxis", "yaxis2")]
    flat = [edge for domain in bottom_up for edge in domain]
    assert flat == sorted(flat)
    assert (flat[0], flat[-1]) == (0.0, 1.0)


def test_only_the_lanes_that_are_wanted_are_drawn() -> None:
    figure = light_curve_figure(rich(), lanes=())
    assert {t["yaxis"] for t in figure["data"] if "yaxis" in t} == {"y"}
    assert not {"yaxis2", "yaxis3", "yaxis4"} & set(figure["layout"])
    assert figure["layout"]["yaxis"]["domain"] == [0.0, 1.0]


def test_colours_are_those_of_the_facts() -> None:
    trace = one(light_curve_figure(rich()), role="colour")
    assert (trace["x"], trace["y"], trace["error_y"]["array"]) == ([12.1], [0.4], [0.05])
    assert not traces(light_curve_figure(rich(colour=None)), role="colour")


def test_the_colour_of_the_selected_alert_is_ringed_whichever_of_the_two_it_is() -> None:
    for candid in ("10", "12"):
        rings = traces(light_curve_figure(rich(selected=candid)), role="ring-colour")
        assert [(t["x"], t["y"]) for t in rings] == [([12.1], [0.4])] * 2
    assert traces(light_curve_figure(rich(selected="30")), role="ring-colour")[0]["x"] == [None]
    assert one(light_curve_figure(rich()), role="colour")["customdata"] == [["10", "12"]]


def test_the_selected_alert_has_a_tick_of_its_own_under_the_ribbon() -> None:
    tick = one(light_curve_figure(rich()), role="ring-class")
    assert tick["x"] == [30.0]
    assert tokens()["accent"] in leaves(tick["marker"])


def test_points_that_entered_the_score_are_ringed_and_no_others() -> None:
    figure = light_curve_figure(rich())
    drawn = {(t["meta"]["band"], t["meta"]["kind"]): t["x"] for t in traces(figure, role="seen")}
    assert drawn == {
        ("g", "detection"): [3.0, 10.0, 30.0],
        ("g", "low quality"): [4.0],
        ("r", "detection"): [12.0],
    }
    assert all(t["x"] == [None] for t in traces(light_curve_figure(rich(selected="10")), role="seen"))
    assert not traces(light_curve_figure(rich(), lanes=()), role="seen")


def test_the_rank_is_printed_over_the_score_of_an_alert_that_was_listed() -> None:
    ranks = one(light_curve_figure(rich(ranks={"30": 3})), role="ranks")
    assert (ranks["x"], ranks["y"], ranks["text"], ranks["meta"]["ranks"]) == ([30.0], [-0.04], ["#3"], [3])
    assert one(light_curve_figure(rich()), role="ranks")["text"] == []


def test_where_two_models_meet_a_dashed_line_says_which_is_new() -> None:
    figure = light_curve_figure(rich(eras=[(25.0, "AAD 2025-07-22")]))
    line = shape(figure, "era")
    assert (line["x0"], line["x1"], line["yref"]) == (25.0, 25.0, "y4 domain")
    (words,) = [n for n in figure["layout"]["annotations"] if n["text"] == "AAD 2025-07-22"]
    assert words["x"] == 25.0
    assert not [s for s in light_curve_figure(rich())["layout"]["shapes"] if s.get("name") == "era"]


def test_models_that_change_often_keep_their_lines_and_lose_the_words_there_is_no_room_for() -> None:
    eras = [(20.0 + n, f"model {n}") for n in range(8)]
    layout = light_curve_figure(rich(eras=eras))["layout"]
    assert sum(s.get("name") == "era" for s in layout["shapes"]) == 8
    assert 1 <= sum(n["text"].startswith("model") for n in layout["annotations"]) < 8


def test_utc_stands_above_and_mjd_below_on_one_axis() -> None:
    layout = light_curve_figure(rich())["layout"]
    assert (layout["xaxis2"]["side"], layout["xaxis2"]["matches"]) == ("top", "x")
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"]
    assert layout["xaxis"]["tickvals"] == layout["xaxis2"]["tickvals"]
    assert all(text.replace(".", "").isdigit() for text in layout["xaxis"]["ticktext"])
    assert "xaxis2" not in light_curve_figure(rich(), lanes=())["layout"]


def test_days_ago_take_a_line_of_their_own_below() -> None:
    plain, ago = (light_curve_figure(rich(), ago_from=origin)["layout"] for origin in (None, 50.0))
    assert ago["margin"]["b"] > plain["margin"]["b"]
    assert all("<br>" in text for text in ago["xaxis"]["ticktext"])
    assert {"Days ago", "MJD", "UTC"} <= {n["text"] for n in ago["annotations"]}
    assert ago["xaxis2"] == plain["xaxis2"]


def test_what_the_address_hides_is_drawn_hidden_with_the_rings_around_it() -> None:
    figure = light_curve_figure(rich(), hidden=["g", "limit"])
    hidden = {(t["meta"].get("band"), t["meta"].get("kind")) for t in figure["data"] if t.get("visible") is False}
    assert all(band == "g" or kind == "limit" for band, kind in hidden)
    assert ("r", "limit") in hidden
    assert [t for t in traces(figure, role="seen", band="g") if t.get("visible") is not False] == []
    assert one(figure, band="r", kind="detection", lane="curve").get("visible") is not False


def test_words_of_reference_levels_that_are_close_stand_side_by_side() -> None:
    def places(*levels: float) -> list[float]:
        reference = [(band, y, f"reference {band}") for band, y in zip("gri", levels, strict=False)]
        notes = light_curve_figure(rich(reference=reference))["layout"]["annotations"]
        return [n["x"] for n in notes if n["text"].startswith("reference")]

    assert len(set(places(19.8, 19.85, 19.9))) == 3
    assert len(set(places(18.6, 20.2))) == 1


def test_the_words_of_the_window_stay_inside_when_it_is_near_the_right_edge() -> None:
    rows = curve(*[point(float(t), candid=str(t), score=-0.01, label="Mira") for t in (0, 100, 390, 400)])
    figure = light_curve_figure(light_curve_facts(rows, selected="400"))
    (words,) = [n for n in figure["layout"]["annotations"] if n.get("name") == "window"]
    assert (words["x"], words["xanchor"]) == (400.0, "right")
    figure = light_curve_figure(light_curve_facts(rows, selected="100"))
    (words,) = [n for n in figure["layout"]["annotations"] if n.get("name") == "window"]
    assert (words["x"], words["xanchor"]) == (70.0, "left")


def test_the_zoom_of_the_address_sets_the_ranges() -> None:
    layout = light_curve_figure(rich(), zoom=[10, 20])["layout"]
    assert layout["xaxis"]["range"] == [10, 20]
    assert sorted(layout["yaxis"]["range"]) == list(value_range(rich()))
    layout = light_curve_figure(rich(), zoom=[10, 20, 18, 19])["layout"]
    assert layout["yaxis"]["range"] == [19, 18]
    assert all(10 <= t <= 20 for t in layout["xaxis"]["tickvals"])


def test_reference_levels_are_lines_with_words() -> None:
    figure = light_curve_figure(rich(reference=[("r", 19.8, "reference r 19.80")]))
    (line,) = [s for s in figure["layout"]["shapes"] if s["type"] == "line" and s["yref"] == "y"]
    assert (line["y0"], line["y1"]) == (19.8, 19.8)
    assert any(a["text"] == "reference r 19.80" for a in figure["layout"]["annotations"])


@pytest.mark.parametrize("make", [lambda: curve(), lambda: curve(point(5)), lambda: curve(limit(1), limit(2))])
def test_a_curve_with_nothing_one_point_or_only_limits_can_be_drawn(make: Callable[[], pd.DataFrame]) -> None:
    figure = light_curve_figure(light_curve_facts(make()))
    json.dumps(figure, allow_nan=False)
    first, last = figure["layout"]["xaxis"]["range"]
    assert first < last


@pytest.mark.parametrize("theme", THEMES)
def test_what_the_browser_repaints_is_where_meta_says(theme: str) -> None:
    figure = light_curve_figure(rich(), theme=theme)
    places = figure["layout"]["meta"]["tokens"]
    assert len(places) > 40
    for path, token in places:
        node: Any = figure
        for step in path:
            node = node[step]
        assert node == tokens(theme)[token]


def test_plotly_knows_every_attribute_and_symbol() -> None:
    import plotly.graph_objects as go

    facts = rich(reference=[("r", 19.8, "reference r 19.80")])
    drawn = light_curve_figure(facts)
    assert len(go.Figure(drawn).data) == len(drawn["data"])


def rows_of(kinds: list[tuple[float, float, str, str, bool]]) -> pd.DataFrame:
    """Random points as a light curve; a scored one is classified too."""
    return curve(
        *[
            point(
                t, v, band=band, tag=tag, sign="t" if scored else "f", candid=str(2**60 + n),
                error=v / 100 if n % 3 else math.nan,
                score=-v / 1000 if scored else None, label="Mira" if scored else None,
            )
            for n, (t, v, band, tag, scored) in enumerate(kinds)
        ]
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(58000, 61000),
            st.floats(12, 22),
            st.sampled_from("gri?"),
            st.sampled_from(["valid", "badquality", "upperlim"]),
            st.booleans(),
        ),
        max_size=20,
    ),
    st.sampled_from(THEMES),
    st.sets(st.sampled_from(LANES)),
    st.booleans(),
)
def test_any_curve_is_painted_and_can_be_sent(
    points: list[tuple[float, float, str, str, bool]], theme: str, lanes: set[str], magnitudes: bool
) -> None:
    facts = light_curve_facts(rows_of(points), selected=str(2**60), reversed=magnitudes)
    figure = light_curve_figure(facts, theme=theme, lanes=lanes)
    json.dumps(figure, allow_nan=False)
    assert not [leaf for leaf in leaves(figure) if isinstance(leaf, str) and leaf.startswith("@")]
    for trace in figure["data"]:
        assert len(trace["x"]) == len(trace["y"])
