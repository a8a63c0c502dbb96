"""Menus to take a light curve away: data, LaTeX, a notebook, figures; and whom to cite."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, icon, simulated_mark


def take_away_menu(object_id: str, mode: str, figure: str) -> Component:
    """Export menu of a light curve.

    Parameters
    ----------
    object_id, mode
        Whose light curve, and the brightness that LaTeX and notebook begin with.
    figure
        Id of the Graph whose figure can be taken away.
    """
    stem, chosen = f"/export/object/{object_id}", f"?mode={mode}"
    files = [
        html.A(words, href=href, download="")
        for words, href in (
            ("Light curve as CSV", f"{stem}.csv"),
            ("Light curve as VOTable", f"{stem}.vot"),
            ("Light curve as JSON", f"{stem}.json"),
            ("Light curve as Parquet", f"{stem}.parquet"),
            ("LaTeX table (AASTeX)", f"{stem}.tex{chosen}"),
            ("LaTeX table (booktabs)", f"{stem}.tex{chosen}&style=booktabs"),
            ("Jupyter notebook", f"{stem}.ipynb{chosen}"),
        )
    ]
    figures = [
        html.Button(words, type="button", **attrs({name: figure, "data-kind": kind}))
        for words, name, kind in (
            ("Figure as PNG", "data-figure", "png"),
            ("Figure as SVG", "data-figure", "svg"),
            ("Figure for a paper, PNG", "data-publication", "png"),
            ("Figure for a paper, SVG", "data-publication", "svg"),
        )
    ]
    return _menu("download", "Export", [*files, html.Hr(), *figures], "menu")


def cite_menu(object_id: str) -> Component:
    """Menu with acknowledgements and references; it asks for them when it is opened (assets/take_away.js)."""
    box = html.Div("Looking up whose data these are…", **attrs({"data-on-open": f"/citation/{object_id}.html"}))
    words = html.Summary("Cite", className="btn small", title="What to cite and whom to thank")
    return html.Details([words, html.Div(box, className="sheet")], className="menu cite")


def _menu(symbol: str, words: str, rows: Sequence[Component], name: str) -> Component:
    summary = html.Summary(icon(symbol), className="icon-btn", title=words, **attrs({"aria-label": words}))
    return html.Details([summary, html.Div(list(rows), className="sheet")], className=name)


def citation_box(
    object_id: str,
    services: Sequence[tuple[str, str, Sequence[str]]],
    text: str,
    bibtex: str,
    *,
    simulated: bool,
) -> Component:
    """Content of the menu "Cite".

    Parameters
    ----------
    services
        Name, what is taken from it, and its works, of each; empty for a simulated sky.
    text, bibtex
        What is copied.
    """
    rows = [
        html.Li([html.B(name), html.Span(f" {gives}", className="quiet"), *[html.Div(work) for work in works]])
        for name, gives, works in services
    ]
    buttons = [
        html.Button([icon("copy"), words], type="button", className="btn small", **attrs({"data-copy": copied}))
        for words, copied in (("Copy text", text), ("Copy BibTeX", bibtex))
    ]
    links = [
        html.A(words, href=f"/export/citation/{object_id}.{extension}", download="", className="btn small")
        for words, extension in (("Text file", "txt"), ("BibTeX file", "bib"))
    ]
    said = [simulated_mark(), html.P(text)] if simulated else [html.Ul(rows)]
    return html.Div([*said, html.Div([*buttons, *links], className="row")], className="citation")
