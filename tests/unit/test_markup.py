"""Components as text: the same elements, attributes and words as Dash's renderer would make of them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st

from components.markup import as_markup, html_of
from components.panel import State, message, panel
from components.parts import attrs, chip, export_menu, icon_button, segmented

NASTY = '<b a="1">&amp;\'</b>'


def markup(component: Any) -> str | None:
    return getattr(component, "data-markup", None)


class Reader(HTMLParser):
    """What a browser reads: attributes of each element, all the text, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(dict(attrs))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(), st.text())
def test_any_text_and_any_value_come_back_as_they_were(words: str, value: str) -> None:
    words, value = (t.replace("\r", " ").replace("\0", " ") for t in (words, value))
    read = Reader(html_of(html.Span(words, title=value, **attrs({"data-x": value}))))
    assert read.found == [{"title": value, "data-x": value}]
    assert read.words == words
    assert read.open == []


def test_names_are_those_of_html() -> None:
    made: Any = html.Label(html.Td("x", colSpan=2, tabIndex=0), className="a b", htmlFor="box", id="it")
    found = Reader(html_of(made)).found
    assert found == [{"id": "it", "for": "box", "class": "a b"}, {"colspan": "2", "tabindex": "0"}]


def test_truth_values_stand_alone_and_what_is_missing_is_left_out() -> None:
    assert html_of(html.Details("x", open=True, title=None)) == "<details open>x</details>"
    assert html_of(html.Details("x", open=False)) == "<details>x</details>"


def test_styles_are_written_as_css_writes_them() -> None:
    made: Any = html.I(style={"backgroundColor": "red", "--x": "1px", "width": "10%"})
    assert html_of(made) == '<i style="background-color:red;--x:1px;width:10%"></i>'


def test_an_image_has_no_end_and_nothing_is_nothing() -> None:
    assert html_of(html.Img(alt="")) == '<img alt="">'
    assert html_of(html.P([None, "a", 1, html.Br()])) == "<p>a1<br></p>"


def test_an_element_of_elements_keeps_itself_and_sends_its_inside_as_text() -> None:
    made: Any = as_markup(html.Section([html.H2("Title"), NASTY], className="panel", **attrs({"data-panel": "x"})))
    assert markup(made) == "<h2>Title</h2>" + html_of(NASTY)
    assert made.children is None
    assert made.className == "panel"
    assert getattr(made, "data-panel") == "x"


def test_the_component_that_was_given_is_left_alone() -> None:
    given_one: Any = html.Div(html.P("a"))
    as_markup(given_one)
    assert markup(given_one) is None
    assert given_one.children.children == "a"


def test_what_has_a_script_behind_it_stays_a_component_and_so_does_all_that_it_is_in() -> None:
    made: Any = as_markup(
        html.Div([html.Header(html.H2("t")), html.Div([html.P("before"), dcc.Graph(id="g"), "after"])])
    )
    head, body = made.children
    assert markup(made) is markup(body) is None
    assert markup(head) == "<h2>t</h2>"
    paragraph, graph, words = body.children
    assert paragraph.children == "before"
    assert (graph.id, words) == ("g", "after")


def test_what_a_callback_could_name_stays_a_component() -> None:
    made: Any = as_markup(html.Div(html.P(html.B("x", id={"kind": "slot", "panel": "p"}))))
    assert markup(made) is None
    assert made.children[0].children[0].id == {"kind": "slot", "panel": "p"}


@pytest.mark.parametrize(
    "made",
    [
        panel("x", "X", message("warn", NASTY, [NASTY]), state=State.UNAVAILABLE, note=NASTY),
        html.Div([chip("Star", "SIMBAD", "NA"), icon_button("copy", "Copy"), export_menu([("CSV", "/x.csv")])]),
        html.Div(segmented("mode", (("a", "A"), ("b", "B")), "a", "Mode")),
    ],
)
def test_the_parts_of_the_house_are_text_that_closes(made: Any) -> None:
    assert Reader(str(markup(as_markup(made)))).open == []
