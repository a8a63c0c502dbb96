"""Whom to cite: those whose data are on the page, and nobody for what is simulated."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from services import citation
from services.citation import as_bibtex, as_text, services_of, thanks, works
from services.sources import Source

LIVE = Source("live:x", "live", "Fink live", "", date(2023, 1, 25))
SKY = Source("sky", "simulated", "Simulated sky", "", date(2023, 1, 25))
OBJECT = "ZTF25abixhdc"
ENTRY = re.compile(r"@(\w+)\{(\w+),\n((?:  \w+ = \{.*\},\n)+)\}")


def names(**cells: object) -> list[str]:
    return [service.name for service in services_of(pd.DataFrame({name: [cell] for name, cell in cells.items()}))]


def everything() -> tuple[citation.Service, ...]:
    columns = {name: ["Star"] for _, fields in citation._FROM for name in fields}
    return services_of(pd.DataFrame(columns).astype("str"))


def test_fink_and_ztf_are_always_cited() -> None:
    assert names() == ["Fink", "ZTF"]


@pytest.mark.parametrize(
    ("column", "cell", "service"),
    [
        ("cdsxmatch", "Mira", "SIMBAD"),
        ("tns", "SN Ia", "TNS"),
        ("DR3Name", "Gaia DR3 1", "Gaia"),
        ("vsx", "M", "VSX"),
        ("gcvs", "M", "GCVS"),
        ("anomaly_score", -0.1, "Anomaly score"),
        ("spicy_id", 12, "SPICY"),
    ],
)
def test_a_service_is_cited_when_it_gave_a_value(column: str, cell: object, service: str) -> None:
    assert names(**{column: cell}) == ["Fink", "ZTF", service]
    assert names(**{column: None}) == ["Fink", "ZTF"]


@pytest.mark.parametrize("label", ["Unknown", "Fail", "Fail 504", "nan"])
def test_a_cross_match_without_an_answer_is_nothing_to_cite(label: str) -> None:
    assert names(cdsxmatch=label) == ["Fink", "ZTF"]


def test_one_alert_of_many_is_enough_and_full_alerts_add_theirs() -> None:
    curve = pd.DataFrame({"cdsxmatch": pd.Series(["Fail 504", "Unknown", "Mira"], dtype="str")})
    alerts = pd.DataFrame({"vsx": pd.Series([None, "M"], dtype="str")})
    assert [service.name for service in services_of(curve, alerts)] == ["Fink", "ZTF", "SIMBAD", "VSX"]


def test_every_work_is_a_whole_entry_with_a_key_of_its_own() -> None:
    text = as_bibtex(OBJECT, everything(), LIVE)
    entries = ENTRY.findall(text)
    keys = [key for _, key, _ in entries]
    assert len(keys) == len(set(keys)) == len(works(everything())) >= 14
    for _, key, body in entries:
        fields = dict(re.findall(r"  (\w+) = \{(.*)\},", body))
        assert {"author", "title", "year"} <= set(fields), key
        assert fields["year"] in key
        assert body.count("{") == body.count("}")
        assert "doi" in fields or "eprint" in fields or key == "Watson2006"
        assert "&" not in body.replace("\\&", "")
    assert ENTRY.sub("", text).split("\n", 1)[0].startswith(f"% works to cite for the data of {OBJECT} (Fink live)")


def test_the_short_form_and_the_entry_are_of_the_same_work() -> None:
    for work in works(everything()):
        fields = dict(work.entry)
        assert fields["year"] in work.short
        for part in ("volume", "eprint"):
            assert fields.get(part, "") in work.short
        assert fields.get("pages", "").split("--")[0] in work.short


def test_the_text_has_thanks_and_references_of_each_service() -> None:
    text = as_text(OBJECT, everything(), LIVE)
    assert thanks(everything()) in text
    assert "LSST-France" in text
    assert "Möller et al. 2021, MNRAS 501, 3272" in text
    assert all(service.name in text for service in everything())


def test_there_is_nothing_to_cite_for_what_is_simulated() -> None:
    for text in (as_text(OBJECT, everything(), SKY), as_bibtex(OBJECT, everything(), SKY)):
        assert "SIMULATED" in text
        assert "@" not in text
        assert "MNRAS" not in text
