"""Which alert a page is about when its address names none."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from pages._curve_panel import selection_notes
from pages._subject import Subject, subject_of
from services.answers import Answer
from services.house import House
from tests.house import curve, point

NAME = "ZTF00aaaaaaa"


def subject(frame: pd.DataFrame, **ask: str) -> Subject:
    frame = frame.assign(jd=frame["mjd"] + 2400000.5)
    answer = Answer(frame, datetime.now(UTC), "archive:test", False, None)
    objects = SimpleNamespace(light_curve=lambda *_, **__: answer, peek_light_curve=lambda _: answer)
    found = subject_of(cast("House", SimpleNamespace(objects=objects)), {"object_id": NAME, **ask}, wait=True)
    assert found is not None
    return found


def alert(mjd: float, **more: Any) -> dict[str, Any]:
    return point(mjd, candid=f"{mjd:.0f}", **{"label": "Mira", **more})


def test_the_newest_alert_with_a_score_is_selected_and_the_page_says_so() -> None:
    found = subject(curve(alert(1, score=-0.1), alert(2, score=-0.01), alert(3, band="i")))
    assert found.candid == "2"
    (words,) = selection_notes(found)
    assert "The newest alert (" in words
    assert ", i) has no score" in words


def test_nothing_is_said_when_the_newest_alert_is_the_one_with_a_score() -> None:
    found = subject(curve(alert(1), alert(2, score=-0.01)))
    assert (found.candid, found.newer) == ("2", None)
    assert selection_notes(found) == []


def test_without_any_score_it_is_the_newest_alert_that_fink_classified() -> None:
    found = subject(curve(alert(1), alert(2), alert(3, label=None)))
    assert (found.candid, found.newer) == ("2", None)


def test_without_any_label_it_is_the_newest_of_all() -> None:
    assert subject(curve(alert(1, label=None), alert(2, label=None))).candid == "2"


def test_an_address_that_names_an_alert_is_obeyed_scored_or_not() -> None:
    frame = curve(alert(1, score=-0.1), alert(2, score=-0.01), alert(3))
    assert (subject(frame, alert="3").candid, subject(frame, alert="3").newer) == ("3", None)
    assert subject(frame, alert="1").candid == "1"


def test_an_address_that_names_no_alert_of_the_object_is_told_so() -> None:
    found = subject(curve(alert(1, score=-0.1)), alert="999")
    assert (found.candid, found.stray) == ("1", "999")
    assert "Alert 999 is not in this light curve" in selection_notes(found)[0]


@pytest.mark.parametrize("rows", [[], [point(1)]])
def test_an_object_without_an_alert_of_its_own_selects_none(rows: list[dict[str, Any]]) -> None:
    found = subject(curve(*rows))
    assert (found.alert, found.candid, found.newer) == (None, None, None)
