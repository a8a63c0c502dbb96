"""Panels and files of the JWST page over the built-in example: what is shown, hidden, refused, and given away."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from dash.development.base_component import Component
from flask.testing import FlaskClient

from components.markup import html_of

if TYPE_CHECKING:
    from tests.house import World

ASK = {"example": "1", "rows": "300", "seed": "1", "tampered": "15"}
QUERY = "example=1&rows=300&seed=1&tampered=15"
RUN = "seed,1,in,30,1"
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True, scope="module")
def judged() -> None:
    """The example has its verdicts: a panel waits for them for a moment only."""
    from pages._jwst_session import SESSIONS

    assert SESSIONS.example(300, 1, 15).job.wait(60)


def words(panel: Component) -> str:
    """Everything that is written in a panel."""
    from tests.house import text_of

    return text_of(panel)


def state(panel: Component) -> str:
    return str(getattr(panel, "data-state"))


def lines(panel: Component) -> list[int]:
    """Numbers of the rows of the table."""
    from tests.house import having

    return [int(getattr(line, "data-jwst-line")) for line in having(panel, "data-jwst-line")]


def finished(world: World, name: str, **ask: Any) -> Component:
    """A panel once what it computes is done."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        panel = world.draw(name, **ask)
        if state(panel) != "loading":
            return panel
        time.sleep(0.05)
    raise AssertionError(f"{name} is still being computed")


def files(client: FlaskClient, content: bytes, name: str = "a.csv") -> tuple[str, dict[str, Any]]:
    """Token of a file that was handed over, and how it ended."""
    answer = client.post("/jwst/file", data=content, headers={"X-Oddfinch-File": name})
    assert answer.status_code == 200
    token = answer.get_json()["token"]
    for _ in range(600):
        said = client.get(f"/jwst/file.json?token={token}").get_json()
        if said["state"] != "running":
            return token, said
        time.sleep(0.05)
    raise AssertionError("still reading")


# Rows


def test_the_table_begins_with_the_inconsistent_rows_and_hides_none(warm: World) -> None:
    panel = warm.draw("jwst-table", **ASK)
    assert state(panel) == "ready"
    assert len(lines(panel)) == 15
    assert "15 of 300 shown, 285 hidden by filters" in words(panel)
    everything = warm.draw("jwst-table", **ASK, only="all", page="6")
    assert "251 to 300 of 300" in words(everything)
    assert "falsified" not in words(everything).lower()


def test_a_rule_filters_and_its_values_are_drawn(warm: World) -> None:
    table = warm.draw("jwst-table", **ASK, rule="em-min")
    assert 0 < len(lines(table)) <= 15
    assert "Shortest wavelength of the filters" in words(warm.draw("jwst-rule-plot", **ASK, rule="em-min"))
    assert "No row breaks this rule" in words(warm.draw("jwst-rule-plot", **ASK, rule="programme"))


def test_filters_that_leave_nothing_say_that_no_row_is_hidden(warm: World) -> None:
    panel = warm.draw("jwst-table", **ASK, type="catalog")
    assert state(panel) == "empty"
    assert "All 300 rows have a verdict" in words(panel)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("jwst-table", {"rule": "nonsense"}),
        ("jwst-table", {"only": "nonsense"}),
        ("jwst-table", {"page": "-1"}),
        ("jwst-row", {"row": "300"}),
        ("jwst-load", {"rows": "0"}),
        ("jwst-evaluate", {"run": MARKUP}),
        ("jwst-evaluate", {"run": "seed,nan,in,10,1"}),
        ("jwst-evaluate", {"run": "seed,1,in,301,1"}),
        ("jwst-search", {"search": "seed,1,9999,1"}),
    ],
)
def test_what_cannot_be_asked_is_invalid_with_a_good_one(warm: World, name: str, wrong: dict[str, str]) -> None:
    panel = warm.draw(name, **{**ASK, **wrong})
    assert state(panel) == "invalid"
    assert "A good one" in words(panel)


def test_the_selected_row_lists_every_rule(warm: World) -> None:
    row = lines(warm.draw("jwst-table", **ASK))[0]
    text = words(warm.draw("jwst-row", **ASK, row=str(row)))
    assert f"Row {row}, every rule" in text
    assert "holds" in text
    planned = lines(warm.draw("jwst-table", **ASK, only="partly"))[-1]
    assert "not checkable" in words(warm.draw("jwst-row", **ASK, row=str(planned)))


def test_the_detector_of_the_seed_shows_what_it_drops(warm: World) -> None:
    text = words(warm.draw("jwst-table", **ASK, detector="seed", only="dropped"))
    assert "never looks at this row" in text
    assert "Oddfinch: no finding" in text


def test_without_a_file_there_is_a_place_for_one_and_nothing_else(warm: World) -> None:
    load = warm.draw("jwst-load")
    assert state(load) == "ready"
    assert "never written to disk" in words(load)
    assert "does not ask Fink" in words(load)
    assert words(warm.draw("jwst-table")) == ""
    assert state(warm.draw("jwst-load", file="91dc56d88aa4")) == "empty"
    assert state(warm.draw("jwst-load", token="gone")) == "empty"


def test_every_panel_of_the_example_says_simulated(warm: World) -> None:
    from tests.house import having

    names = ("load", "schema", "table", "rule-counts", "row", "sky", "rule-plot", "rules", "evaluate", "comparison")
    for name in names:
        marks = having(finished(warm, f"jwst-{name}", **ASK, run=RUN), "className", "simulated")
        assert len(marks) == 1, name


# Measuring


def test_an_injection_is_counted_by_type_and_beside_what_was_published(warm: World) -> None:
    text = words(finished(warm, "jwst-evaluate", **ASK, run=RUN))
    assert "30 of 30" in text
    assert "no rows" in text
    assert "15 rows of the file that break a rule were left out" in text
    beside = words(finished(warm, "jwst-comparison", **ASK, run=RUN))
    assert "876 of 999" in beside
    assert "229 of 3,436" in beside
    assert "found" in words(finished(warm, "jwst-confusion", **ASK, run=RUN, by="seed", etype="image"))


def test_a_search_reports_on_the_half_that_it_was_not_tuned_on(warm: World) -> None:
    ask = {**ASK, "search": "seed,1,2,1"}
    assert "reported on" in words(finished(warm, "jwst-search", **ask))
    assert "best" in words(finished(warm, "jwst-draws", **ask))


def test_the_code_of_every_panel_runs(warm: World) -> None:
    from dash import html

    from tests.house import of_type

    for name in ("jwst-table", "jwst-evaluate", "jwst-search"):
        (code,) = of_type(warm.draw(name, **ASK), html.Pre)
        compile(words(code).split("# The same in Python")[-1], name, "exec")


# Files


@pytest.mark.parametrize(
    "what", ["rows", "rules", "columns", "row", "sky", "values", "evaluation", "comparison", "curves"]
)
@pytest.mark.parametrize("extension", ["csv", "json", "vot"])
def test_every_table_is_a_file_that_says_simulated(warm: World, what: str, extension: str) -> None:
    answer = warm.client().get(f"/jwst/{what}.{extension}?{QUERY}&run={RUN}")
    assert answer.status_code == 200, answer.text
    assert "SIMULATED" in answer.headers["Content-Disposition"]
    assert b"SIMULATED" in answer.data or b'"simulated": true' in answer.data
    assert answer.headers["Cache-Control"] == "no-store"
    if extension == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {row["source"] for row in rows} == {"SIMULATED"}


def test_the_report_names_the_input_and_the_versions(warm: World) -> None:
    client = warm.client()
    page = client.get(f"/jwst/report.html?{QUERY}")
    assert re.search(r"[0-9a-f]{64}", page.text)
    said = json.loads(client.get(f"/jwst/report.json?{QUERY}").data)
    assert len(said["rows"]) == 300
    assert set(said["versions"]) == {"rules", "wavelength_table", "model"}


def test_a_file_of_markup_and_formulas_stays_text(warm: World) -> None:
    client = warm.client()
    head = "obs_id,instrument_name,filters,proposal_id,s_ra,s_dec,t_min,t_max,em_min,em_max,dataproduct_type"
    row = f'{MARKUP},"=1+1","@x",{MARKUP},999,-999,1,2,3,4,{MARKUP}'
    token, said = files(client, f"{head}\n{row}\n".encode(), MARKUP)
    assert said["state"] == "done"
    for name in ("load", "schema", "table", "rule-counts", "row", "rule-plot", "rules"):
        assert MARKUP not in html_of(warm.draw(f"jwst-{name}", token=token, only="all")).replace(
            f'data-copy="{MARKUP}', ""
        ), name
    table = client.get(f"/jwst/rows.csv?token={token}")
    assert "'=1+1" in table.text
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', table.headers["Content-Disposition"])


def test_a_file_that_is_none_is_refused_in_words(warm: World) -> None:
    client = warm.client()
    token, said = files(client, b"\x00\xff" * 50)
    assert said["state"] == "failed"
    panel = warm.draw("jwst-load", token=token)
    assert state(panel) == "invalid"
    assert "Expected" in words(panel)
    assert client.get(f"/jwst/rows.csv?token={token}").status_code == 400


def test_too_large_a_file_is_413_and_says_the_limit(warm: World) -> None:
    answer = warm.client().post("/jwst/file", data=b"x" * 20_000_001, headers={"X-Oddfinch-File": "a.csv"})
    assert answer.status_code == 413
    assert "at most 20 MB" in answer.text
    assert "at most 20 MB" in words(warm.draw("jwst-load", refused="20.1"))


def test_another_site_cannot_hand_over_files(warm: World) -> None:
    assert warm.client().post("/jwst/file", data=b"a,b").status_code == 400, "a header that needs a preflight"


def test_a_file_is_forgotten_at_once_when_the_tab_wants_it(warm: World) -> None:
    client = warm.client()
    token, _ = files(client, b"nothing")
    assert client.post(f"/jwst/leave?token={token}&now=1").status_code == 204
    assert client.get(f"/jwst/file.json?token={token}").status_code == 404
