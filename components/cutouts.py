"""Science, template and difference cutout side by side: as pictures, and as canvases that the browser draws."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from components.parts import attrs, icon, icon_button, segmented

KINDS = ("Science", "Template", "Difference")
NO_ANSWER = "no cutout from Fink"


def stamp_url(
    source: str, object_id: str, candid: str, kind: str, stretch: str = "arcsinh", inverted: bool = False
) -> str:
    """Address of one cutout as PNG; it never changes, so browsers keep it.

    It names its data source by key, because a picture's request can carry no header.
    """
    asked = {"stretch": stretch, **({"invert": "1"} if inverted else {}), "source": source}
    return f"/cutout/{object_id}/{candid}/{kind}.png?{urlencode(asked)}"


def stamps(
    source: str,
    object_id: str,
    candid: str,
    *,
    stretch: str = "arcsinh",
    inverted: bool = False,
    later: bool = False,
) -> Component:
    """The three stamps of an alert of a data source; one that does not come says so in its place.

    With ``later`` the browser waits for word that they are there, so that they hold no connection while Fink is slow.
    """
    return html.Div(
        [
            html.Figure(
                [
                    html.Div(
                        [
                            html.Img(
                                **attrs(
                                    {
                                        "data-src" if later else "src": stamp_url(
                                            source, object_id, candid, kind, stretch, inverted
                                        )
                                    }
                                ),
                                alt=f"{kind} cutout of {object_id}",
                            ),
                            html.Span(NO_ANSWER, className="no-answer"),
                        ],
                        className="stamp",
                    ),
                    html.Figcaption(kind),
                ]
            )
            for kind in KINDS
        ],
        className="stamps",
    )


def viewer(object_id: str, candid: str, asked: str, stepper: Component) -> Component:
    """Three canvases with one zoom and one cross hair, which assets/cutouts.js draws from a single request.

    Parameters
    ----------
    candid
        Alert that is shown first.
    asked
        Alert that the address named when this was drawn; empty when it named none.
    stepper
        Stands below; see `stepper`.
    """
    about = {"data-cutouts": object_id, "data-candid": candid, "data-asked": asked}
    shown = html.Div([_canvases(object_id), _line(), stepper], className="cutouts", **attrs(about))
    return html.Div([shown, _dialog(object_id)], className="cutouts-box")


def _canvases(object_id: str) -> Component:
    figures = [
        html.Figure(
            [
                html.Div(
                    [html.Canvas(**attrs({"data-kind": kind})), html.Span(NO_ANSWER, className="no-answer")],
                    className="cut",
                ),
                html.Figcaption([html.Span(kind), html.Output(className="mono", **attrs({"data-value": kind}))]),
            ]
        )
        for kind in KINDS
    ]
    words = f"Stamps of {object_id}. Arrow keys move the cross hair, plus and minus zoom, 0 shows all."
    return html.Div(figures, className="cuts", tabIndex=0, role="application", **attrs({"aria-label": words}))


def _line() -> Component:
    """What the numbers under the stamps are, the scale of the difference image, and the zoom."""
    legend = [html.Output(className="mono", **attrs({"data-sign": "-"})), html.I(), html.Output(
        className="mono", **attrs({"data-sign": "+"}))]  # fmt: skip
    zoom = [
        _button("−", "Zoom out", "data-cut-zoom", "out"),
        html.Output("1×", **attrs({"data-cut-factor": ""})),
        _button("+", "Zoom in", "data-cut-zoom", "in"),
    ]
    return html.Div(
        [
            html.Output(className="cut-place", **attrs({"data-cut-place": "", "aria-live": "polite"})),
            html.Span(legend, className="cut-signs", title="Grey of the difference image, from negative to positive"),
            html.Span(zoom, className="cut-zoom"),
        ],
        className="cut-line",
    )


def _button(words: str, label: str, attribute: str, value: str) -> Component:
    return html.Button(
        words,
        type="button",
        className="btn square small",
        title=label,
        **attrs({attribute: value, "aria-label": label}),
    )


def picture_button() -> Component:
    """Saves what the three canvases show, with whose and when in the picture."""
    return html.Button("The three as PNG", type="button", **attrs({"data-cut-picture": ""}))


def _dialog(object_id: str) -> Component:
    head = html.Header(
        [html.H2(f"Cutouts of {object_id}"), icon_button("cross", "Close", **attrs({"data-cut-close": ""}))]
    )
    return html.Dialog([head], className="cut-dialog", **attrs({"aria-label": f"Cutouts of {object_id}, larger"}))


def stepper(candid: str, when: str, stretches: Sequence[tuple[str, str]], stretch: str, *, inverted: bool) -> Component:
    """Alert before and after, how bright the stamps are drawn, and black for white.

    Parameters
    ----------
    candid, when
        Alert that is shown, and its time and band in words.
    stretches, stretch
        Value and words of each stretch, and the value of the one in use.
    """
    arrows = [
        html.Button(
            icon(symbol),
            type="button",
            className="btn square",
            **attrs({"data-step-by": by, "aria-label": words, "title": words}),
        )
        for symbol, by, words in (("left", "-1", "Alert before"), ("right", "1", "Alert after"))
    ]
    invert = html.Button(
        icon("invert"),
        type="button",
        className="btn square",
        title="Invert",
        **attrs({"data-cut-invert": "", "aria-label": "Invert", "aria-pressed": str(inverted).lower()}),
    )
    shown = html.B(when, className="when", **attrs({"data-when": candid}))
    return html.Div([arrows[0], shown, arrows[1], segmented("stretch", stretches, stretch, "Stretch"), invert],
                    className="stepper")  # fmt: skip
