"""What the panels of the search page share: the question of the address, its answer, and their states in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash.development.base_component import Component

from components.figures.sky_map import Cone, SkyPoint
from components.panel import Look, State, example, freshness, message, panel, retry_button
from components.parts import link_button
from components.search import at_hand, marked, meant, no_results, notes_box, recent, search_href, ways
from pages._slots import Ask
from services import snippets
from services.errors import InvalidQuery
from services.fink.columns import LIST
from services.house import House
from services.nightly import label_of
from services.search.grammar import Query, parse
from services.search.places import CALL as CONE_CALL
from services.search.result import Result
from services.search.run import run
from services.search.words import WrongWord
from services.taxonomy import FAMILIES

PARTLY = "the anomalies at hand; Fink is not answering"


def query_of(h: House, ask: Ask) -> Query:
    """The question of the address; raises as `services.search.grammar.parse` does."""
    return parse(str(ask.get("q") or ""), newest=h.source.last_night)


def result_of(h: House, ask: Ask, *, wait: bool) -> Result | None:
    """Its answer; parameters and errors as for `services.search.run.run`."""
    return run(h, query_of(h, ask), retry=bool(ask.get("retry")), wait=wait)


def look_of(result: Result) -> Look:
    """How old the answer is, or that it is only a part of one."""
    if result.partial:
        return Look(State.STALE, PARTLY)
    if result.fetched_at is None:
        return Look(State.READY, "")
    return freshness(result.fetched_at, stale=result.stale, failing=result.trouble is not None)


def counts(result: Result) -> str:
    """How much answers the question: "24 alerts of 10 objects"."""
    alerts, objects = len(result.rows), result.objects
    words = f"{objects:,} object{'' if objects == 1 else 's'}"
    return words if alerts == objects else f"{alerts:,} alerts of {words}"


def summary(h: House, result: Result) -> Component:
    """The panel over a list of results: the question as it was understood, and what to know about the answer."""
    look = look_of(result)
    if result.trouble is not None and result.partial:
        why = f"{result.trouble} at {result.trouble.at:%H:%M:%S} UTC. Below are the anomalies at hand that fit."
        return panel(
            "search",
            result.words,
            at_hand(why, retry_button("search")),
            state=State.UNAVAILABLE,
            note="no answer",
            simulated=h.source.simulated,
        )
    return panel(
        "search",
        result.words,
        notes_box(result.notes) if result.notes else None,
        state=look.state,
        note=" · ".join(filter(None, (counts(result), look.note))),
        tools=look.tools("search"),
        refreshing=look.refreshing,
        simulated=h.source.simulated,
    )


def nothing(h: House, query: Query, result: Result) -> Component:
    """A true "there is none", with the question that was asked."""
    when = f" at {result.fetched_at:%H:%M} UTC" if result.fetched_at else ""
    text = f"Asked {result.call} for {result.words}{when}. {h.source.label} answered: 0 rows."
    actions = [link_button("Latest night", "/")]
    if result.centre is not None and (result.radius_arcsec or 0) < 60:
        wider = f"{result.centre.ra:.5f} {result.centre.dec:+.5f} r=1m"
        actions.insert(0, link_button("Look within 1′", search_href(wider), primary=True))
    body = [message("empty", "Nothing there", [text, *result.notes], actions), no_results()]
    return panel("search", "Search", body, state=State.EMPTY, note=query.text, simulated=h.source.simulated)


def not_understood(text: str, error: InvalidQuery) -> Component:
    """What is wrong with a search, the word that is to blame, and a good one."""
    shown = [marked(*error.parts)] if isinstance(error, WrongWord) else []
    others = meant(error.instead) if isinstance(error, WrongWord) else None
    use = link_button(f"Use {error.example}", search_href(error.example), primary=True)
    body = message(
        "cross",
        "Not understood",
        [*shown, error.what, *([others] if others else ["A good one:", example(error.example)])],
        [use, link_button("Latest night", "/")],
    )
    more = [ways(), no_results()]
    return panel("search", "Search", [body, *more], state=State.INVALID, note=text, className="wide")


def nothing_asked() -> Component:
    """What can be asked, and what was asked last."""
    body = message("empty", "Nothing asked yet", ["Type into the box above, or try one of these:"])
    return panel("search", "Search", [body, ways(), recent(), no_results()], state=State.EMPTY, className="wide")


def downloads(text: str) -> list[tuple[str, str]]:
    """Exports of the results."""
    kinds = (("CSV", "csv"), ("VOTable", "vot"), ("JSON", "json"), ("Parquet", "parquet"))
    return [(words, f"/export/search.{extension}?q={quote(text)}") for words, extension in kinds]


def code_for(h: House, result: Result) -> str:
    """A script that fetches the same rows."""
    if result.call == CONE_CALL:
        return snippets.cone(result.asked, note=result.words, source=h.source)
    names = LIST if "trend" not in result.asked else (*LIST, "mag_rate")
    return snippets.alert_list(result.asked, names, note=result.words, source=h.source)


def grid_rows(rows: Sequence[dict[str, Any]], result: Result) -> list[dict[str, Any]]:
    """Rows of the night table with the distance from the centre of the search (arcsec), where there is one."""
    if result.centre is None:
        return list(rows)
    apart = result.rows["separation_degree"] * 3600
    return [{**row, "apart": float(value)} for row, value in zip(rows, apart.tolist(), strict=True)]


def class_counts(points: Sequence[SkyPoint]) -> list[tuple[str, str, int]]:
    """Label, family and number of objects of each class, largest first."""
    found = Counter((point.label, point.family) for point in points)
    return [(label, family, number) for (label, family), number in found.most_common()]


def family_counts(points: Sequence[SkyPoint]) -> list[tuple[str, str, int]]:
    """Code, name and number of objects of each family, largest first."""
    found = Counter((point.family, point.family_words) for point in points)
    return [(code, words, number) for (code, words), number in found.most_common()]


def places(result: Result) -> tuple[list[SkyPoint], Cone | None]:
    """One point for each object, of its newest alert; and the cone, if one was searched."""
    newest = result.rows.sort_values("jd", ascending=False, kind="stable").drop_duplicates("object_id")
    columns = (newest[name].tolist() for name in ("ra", "dec", "classification", "cdsxmatch", "object_id"))
    points = []
    for ra, dec, classification, cdsxmatch, object_id in zip(*columns, strict=True):
        label, _, family = label_of(classification, cdsxmatch)
        points.append(SkyPoint(ra, dec, family, FAMILIES[family], label or "not classified", object_id))  # type: ignore[index]
    centre = result.centre
    cone = None if centre is None else Cone(centre.ra, centre.dec, result.radius_arcsec or 0.0)
    return points, cone
