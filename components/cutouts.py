"""Science, template and difference cutout side by side, with a half cross hair that leaves the centre free."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from components.parts import attrs

KINDS = ("Science", "Template", "Difference")


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
                                alt=f"{kind} cutout of {object_id}, north up, east left",
                            ),
                            html.Span("no cutout from Fink", className="no-answer"),
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
