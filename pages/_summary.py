"""What the summary of an object says: class, score, listings, dates, counts, position, ways out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from components.parts import attrs, chip, copy_button, icon, score_text
from pages._neighbourhood import context_of, packet_of
from pages._subject import Subject, explained
from services.elsewhere import TNS_OBJECT, links
from services.extinction import DustMapError, extinction
from services.house import House, house
from services.nightly import BAND_OF, label_of
from services.nights import day_words, utc
from services.positions import galactic, sexagesimal


def _night_of_selection(subject: Subject, listed: pd.DataFrame) -> pd.Timestamp | None:
    """Night whose list one is walking through: that of the selected alert, else the newest listing."""
    if listed.empty:
        return None
    nights = pd.to_datetime(listed["night"])
    if subject.alert is not None:
        mine = pd.Timestamp(subject.alert["night"])
        if (nights == mine).any():
            return mine
    return nights.iloc[-1]


def where(h: House, subject: Subject, listed: pd.DataFrame) -> Any:
    night = _night_of_selection(subject, listed)
    if night is None:
        return "never in the top ten"
    rows = h.index.night(night.date())
    at = rows.reset_index(drop=True).index[rows["object_id"] == subject.object_id]
    place_in_night = f"{int(at[0]) + 1} of {len(rows)}" if len(at) else ""
    link = html.A(f"Night of {day_words(night.date())}", href=f"/?night={night.date()}&sel={subject.object_id}")
    return html.Span([link, " ", place_in_night])


def neighbours(h: House, subject: Subject, listed: pd.DataFrame) -> list[Component]:
    """Objects before and after this one in the night's list; the browser has them fetched ahead."""
    night = _night_of_selection(subject, listed)
    if night is None:
        return []
    rows = h.index.night(night.date()).reset_index(drop=True)
    ids = list(rows["object_id"])
    at = ids.index(subject.object_id) if subject.object_id in ids else -1
    near = [n for n in (at - 1, at + 1) if 0 <= n < len(ids)] if at >= 0 else []
    return [_step(rows.iloc[n], "left" if n < at else "right", "previous" if n < at else "next") for n in near]


def _step(row: pd.Series, symbol: str, key: str) -> Component:
    label = f"{key.capitalize()} object of the night: {row['object_id']}"
    return html.A(
        icon(symbol), href=f"/object/{row['object_id']}?alert={row['candid']}", className="icon-btn", title=label,
        **attrs({"aria-label": label, "data-key": key}),
    )  # fmt: skip


def chips(subject: Subject) -> list[Component]:
    if subject.alert is None:
        return [chip(None, "", "NA")]
    label, origin, code = label_of(subject.alert["classification"], subject.alert["cdsxmatch"])
    chips = [chip(label, origin, code)]
    if isinstance(subject.alert["tns"], str):
        chips.append(chip(subject.alert["tns"], "TNS", label_of(subject.alert["tns"], None)[2]))
    return chips


TNS_NAMES = 2
"""Names in TNS that have room beside the class; the TNS page has them all."""


def tns_names(h: House, subject: Subject) -> list[Component]:
    """What the object is called in TNS, by the mirror of its table; none when there is no mirror."""
    place = position_of(subject)
    found = h.tns.counterparts_of(subject.object_id, *place) if place else None
    entries = {each.entry.name: each.entry for each in found or () if each.entry.name}
    return [_tns_name(name, entry.designation, h.source.simulated) for name, entry in [*entries.items()][:TNS_NAMES]]


def _tns_name(name: str, designation: str, simulated: bool) -> Component:
    """A name as a link to TNS; TNS has no page of what was never in the sky."""
    if simulated:
        return html.Span(name, className="tns-name")
    href = TNS_OBJECT + designation
    return html.A(name, href=href, className="tns-name", target="_blank", rel="noopener noreferrer")


NO_MATTER = "does not override it."


def lead(subject: Subject) -> Component:
    """Why it has its class, and where it is and what is there."""
    if subject.alert is None or not subject.alert["classified"]:
        text = "Fink never classified this alert: it is known only from the history of another one."
    else:
        text = explained(subject.alert).summary
        if text.endswith(NO_MATTER):  # what SIMBAD has is in the sentence below; here only where it decided
            text = f"{text.rpartition('. ')[0]}."
    return html.Div([html.P(text, className="lead"), *_context(subject)])


def _context(subject: Subject) -> list[Component]:
    """One sentence of context: of the whole packet where it is at hand, else of what the light curve knows.

    The browser puts the whole one in place when the neighbourhood panel brings it.
    """
    if subject.alert is None:
        return []
    kept = house().objects.peek_full_alerts(subject.object_id)
    row = (
        {str(name): value for name, value in subject.alert.items()} if kept is None else packet_of(kept.value, subject)
    )
    return [html.P(context_of(row), className="summary-context", **attrs({"data-context-for": subject.candid}))]


def score(subject: Subject, listed: pd.DataFrame) -> list[Any]:
    alert = subject.alert
    score = None if alert is None else alert["anomaly_score"]
    mine = listed[listed["candid"] == subject.candid] if len(listed) else listed
    if len(mine):
        row = mine.iloc[0]
        words: Any = [
            "score, rank ",
            html.B(str(int(row["rank"]))),
            f" on {day_words(pd.Timestamp(row['night']).date())}",
        ]
    else:
        words = "score of the selected alert" if score is not None and score == score else "for the selected alert"
    line = html.Div(
        [html.Span(score_text(score), className="score"), html.Span(words, className="quiet")],
        className="score-line",
    )
    if listed.empty:
        return [line, html.P("Never in the top ten.", className="quiet")]
    tiles = html.Div([_rank_tile(row, subject) for row in listed.iloc[::-1].itertuples()], className="ranks")
    return [line, tiles, html.P(_listing_words(listed), className="quiet")]


def _rank_tile(row: Any, subject: Subject) -> Component:
    night = pd.Timestamp(row.night)
    return html.Button(
        [html.B(f"#{int(row.rank)}"), day_words(night.date())],
        type="button",
        className="rank",
        **attrs(
            {
                "data-alert": row.candid,
                "aria-current": str(row.candid == subject.candid).lower(),
                "title": f"Score {row.anomaly_score:.4f}, {row.era}",
            }
        ),
    )


def _listing_words(listed: pd.DataFrame) -> str:
    nights = pd.to_datetime(listed["night"])
    span = (nights.max() - nights.min()).days
    count = len(listed)
    times = "night" if count == 1 else "nights"
    within = f" within {max(span, 1)} d" if count > 1 and span <= 90 else ""
    eras = listed["era"].unique()
    era = f"{eras[0]} model." if len(eras) == 1 else f"{len(eras)} model eras: scores compare only within one."
    return f"Top ten on {count} {times}{within}. {era}"


def dates(subject: Subject) -> Component:
    curve = subject.curve
    valid = curve[curve["tag"].eq("valid")]
    rows: list[tuple[str, Any]] = []
    if len(valid):
        first, last = valid.iloc[0], valid.iloc[-1]
        brightest = valid.iloc[int(valid["magpsf"].argmin())]
        rows = [
            ("First detection here", f"{day_words(utc(first['jd']).date())} {utc(first['jd']):%H:%M}"),
            ("Last detection", f"{day_words(utc(last['jd']).date())} {utc(last['jd']):%H:%M}"),
            ("MJD", f"{first['mjd']:.2f} to {last['mjd']:.2f}"),
            (
                "Span, brightest",
                f"{last['jd'] - first['jd']:.1f} d, {BAND_OF[int(brightest['fid'])]} {brightest['magpsf']:.2f}",
            ),
        ]
    return html.Dl(
        [part for words, value in rows for part in (html.Dt(words), html.Dd(value))], className="facts-list tight-facts"
    )


def position_of(subject: Subject) -> tuple[float, float] | None:
    """RA and Dec (deg, J2000) of the selected alert, else of the newest row that has one."""
    rows = subject.curve[subject.curve["ra"].notna() & subject.curve["dec"].notna()]
    if subject.alert is not None and pd.notna(subject.alert["ra"]):
        return float(subject.alert["ra"]), float(subject.alert["dec"])
    return (float(rows["ra"].iloc[-1]), float(rows["dec"].iloc[-1])) if len(rows) else None


def bands(curve: pd.DataFrame) -> Component:
    tags = (("valid", "Valid"), ("badquality", "Low q."), ("upperlim", "Limits"))
    head = html.Tr([html.Th("Band"), *[html.Th(words) for _, words in tags]])
    found = Counter(zip(curve["tag"].tolist(), curve["fid"].tolist(), strict=True))
    rows = []
    for fid, band in sorted(BAND_OF.items()):
        counts = [found[tag, fid] for tag, _ in tags]
        name = html.Td([html.Span(className=f"mk mk-{band}-valid band-{band}"), band])
        rows.append(html.Tr([name, *[html.Td(str(n)) for n in counts]], **attrs({"data-band": band})))
    return html.Table([html.Thead(head), html.Tbody(rows)], className="bands tight-bands")


def coordinates(subject: Subject) -> list[list[Component]]:
    """Position in three notations, and links to the same place elsewhere: two groups, one when no position is known."""
    found = position_of(subject)
    if found is None:
        return [[html.P("No position given.", className="quiet")]]
    ra, dec = sexagesimal(*found)
    lon, lat = galactic(*found)
    texts = (
        ("J2000", f"{ra} {dec}"),
        ("Degrees", f"{found[0]:.5f} {found[1]:+.5f}"),
        ("Galactic", f"{lon:.3f} {lat:+.3f}"),
    )
    cells: list[Any] = []
    for words, text in texts:
        shown = text.replace("-", "−").replace(" +", " +")
        cells += [
            html.Span(words),
            html.Span(shown, className="mono"),
            copy_button(text, f"{words} coordinates"),
        ]
    place = [html.Div(cells, className="coords tight-coords"), html.P(extinction_words(*found), className="quiet")]
    return [place, [_links(subject.object_id, *found)]]


def extinction_words(ra: float, dec: float) -> str:
    """Dust in front of the position, or why that is not known; nothing is ever corrected for it."""
    folder = house().settings.dust_map
    if folder is None:
        return "Extinction: not corrected (no dust map configured)"
    try:
        mag = extinction(folder, ra, dec).mag
    except DustMapError as error:
        return f"Extinction: not corrected. {error}"
    bands = ", ".join(f"A_{band} {value:.2f}" for band, value in mag.items())
    return f"Extinction: {bands} mag (SFD, S&F 2011), not applied"


def _links(object_id: str, ra: float, dec: float) -> Component:
    """The same object elsewhere; nobody else has one of a simulated sky."""
    if house().source.simulated:
        return html.P("No other service has this object: it is simulated.", className="quiet")
    found = links(object_id, ra, dec)
    return html.Div(
        [html.A(words, href=href, target="_blank", rel="noopener noreferrer") for words, href in found],
        className="links",
    )
