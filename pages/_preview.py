"""The preview beside the night's list: one object's light curve, cutouts and core facts."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.cutouts import stamps
from components.light_curve import figure_box, legend
from components.panel import freshness, panel
from components.parts import attrs, chip, copy_button, icon, icon_button, link_button, score_text
from pages._light_curve import curve_facts
from pages._slots import theme
from services.answers import Answer
from services.exports import file_stem
from services.house import House
from services.neighbourhood import PIXEL_ARCSEC
from services.nightly import BAND_OF, label_of
from services.nights import day_words, utc
from services.photometry import suitable_mode
from services.positions import sexagesimal


def preview_panel(h: House, row: pd.Series, count: int, *, wait: bool, retry: bool) -> Component | None:
    """Preview of one row of the anomaly index; None when its light curve would have to be waited for."""
    object_id = str(row["object_id"])
    if not wait and h.objects.peek_light_curve(object_id) is None:
        return None
    answer = h.objects.light_curve(object_id, retry=retry)
    body = [
        html.Div(
            [html.Span(object_id), copy_button(object_id, "object id")],
            className="name",
            **attrs({"data-preview-of": object_id}),
        ),
        html.Div(_chips(row), className="chips"),
        html.Div([*_curve(h, answer, row), _stamps(h, row), _facts(answer.value, row, count)], className="scroll"),
        html.Div(
            [link_button(["Open object", html.Kbd("Enter")], _href(row), primary=True), _copy_link()],
            className="actions",
        ),
    ]
    look = freshness(answer.fetched_at, stale=answer.stale, failing=answer.trouble is not None)
    expand = html.A(
        icon("expand"),
        href=_href(row),
        className="icon-btn",
        title="Open object",
        **attrs({"aria-label": "Open object"}),
    )
    return panel(
        "night-preview",
        "Preview",
        body,
        state=look.state,
        note=look.note or f"{_rank(row)} of {count}",
        tools=[*look.tools("night-preview"), expand],
        refreshing=look.refreshing,
        simulated=h.source.simulated,
        className="preview",
    )


def _href(row: pd.Series) -> str:
    return f"/object/{row['object_id']}?alert={row['candid']}"


def _copy_link() -> Component:
    return icon_button("link", "Copy a link to this view", **attrs({"data-copy-link": ""}))


def _chips(row: pd.Series) -> list[Component]:
    label, origin, code = label_of(row["classification"], row["cdsxmatch"])
    chips = [chip(label, origin, code)]
    if isinstance(row["tns"], str):
        chips.append(chip(row["tns"], "TNS", label_of(row["tns"], None)[2]))
    chips.append(
        html.Span(
            "new" if row["is_new"] else "returning",
            className=f"tag {'new' if row['is_new'] else 'returning'}",
        )
    )
    return chips


def _curve(h: House, answer: Answer[pd.DataFrame], row: pd.Series) -> list[Component]:
    facts = curve_facts(answer.value, suitable_mode(answer.value).mode, str(row["candid"]))
    box = figure_box(
        facts,
        id="preview-curve",
        lanes=(),
        theme=theme(),
        caption=f"{row['object_id']}, {h.source.label}{' SIMULATED' if h.source.simulated else ''}",
        file=file_stem(f"{row['object_id']}-preview", h.source),
        height=300,
    )
    return [legend(facts.series), box]


def _stamps(h: House, row: pd.Series) -> Component:
    object_id, candid = str(row["object_id"]), str(row["candid"])
    facts = f"/cutout/{object_id}/{candid}/facts.json?jd={row['jd']:.5f}"
    return html.Div(
        [
            stamps(h.source.key, object_id, candid, later=True),
            html.P("", className="quiet stamp-note", **attrs({"data-stamp-facts": facts})),
        ],
        className="stamps-box",
    )


def _facts(curve: pd.DataFrame, row: pd.Series, count: int) -> Component:
    valid, low = curve["tag"].eq("valid"), curve["tag"].eq("badquality")
    per_band: dict[Any, int] = curve[valid].groupby("fid").size().to_dict()
    bands = ", ".join(f"{n} {BAND_OF.get(int(fid), '?')}" for fid, n in per_band.items())
    ra, dec = sexagesimal(row["ra"], row["dec"])
    last = (
        f"{BAND_OF.get(int(row['fid']), '?')} {row['magpsf']:.2f} ± {row['sigmapsf']:.2f}, {utc(row['jd']):%H:%M} UTC"
    )
    facts: list[tuple[str, Any]] = [
        ("Score, rank", [html.B(score_text(row["anomaly_score"])), f", {_rank(row)} of {count}"]),
        ("This detection", last),
        ("First detection", _first(row)),
        (
            "Detections",
            f"{bands or 'none'}, {int(low.sum())} low quality, {int(curve['tag'].eq('upperlim').sum())} limits",
        ),
        ("Top ten", f"{int(row['times_90d'])} in 90 d, {int(row['times_ever'])} ever"),
        ("Reference source", _nearest(row)),
        ("RA, Dec", html.Span(f"{ra} {dec.replace('-', '−')}", className="mono")),
    ]
    return html.Dl(
        [part for words, value in facts for part in (html.Dt(words), html.Dd(value))], className="facts-list"
    )


def _rank(row: pd.Series) -> str:
    return "no rank" if pd.isna(row["rank"]) else f"rank {int(row['rank'])}"


def _first(row: pd.Series) -> str:
    if pd.isna(row["jdstarthist"]):
        return "not given"
    age = row["jd"] - row["jdstarthist"]
    ago = f"{age:.0f} d" if age < 365 else f"{age / 365.25:.1f} yr"
    return f"{day_words(utc(row['jdstarthist']).date())}, {ago} before"


def _nearest(row: pd.Series) -> str:
    return "none given" if pd.isna(row["distnr"]) else f"{row['distnr'] * PIXEL_ARCSEC:.1f}″ away"
