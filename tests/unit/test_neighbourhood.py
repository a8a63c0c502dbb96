"""What is around an alert: found, nothing, silent and not asked are four things; the sentence; links elsewhere."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.neighbourhood import neighbour_table, radius_words
from services.elsewhere import links, mpc_check, mpc_object, skybot
from services.neighbourhood import (
    Neighbour,
    has_packet,
    neighbour_frame,
    neighbours,
    parallax_words,
    star_words,
)
from services.surroundings import asteroid_words, context
from tests.house import CANDIDS, ODD, SILENT, World, having, state_of, text_of

NAN = math.nan
ALERT: dict[str, Any] = {
    "candid": "3000000000000000001", "jd": 2460922.8, "fid": 1, "ra": 320.735479, "dec": -10.013235,
    "distnr": 11.286, "magnr": 22.96, "sigmagnr": 0.33, "nmtchps": 3,
    "distpsnr1": 15.77, "sgscore1": 0.99, "sgmag1": 21.24, "srmag1": 19.99, "simag1": NAN, "szmag1": NAN,
    "objectidps1": "95983207317067331", "distpsnr2": NAN, "distpsnr3": NAN,
    "neargaia": 27.4, "maggaia": 19.92, "neargaiabright": NAN, "maggaiabright": NAN,
    "cdsxmatch": "Unknown", "vsx": None, "gcvs": None, "tns": "SLSN-I", "DR3Name": None, "Plx": NAN, "e_Plx": NAN,
    "gaiaVarFlag": pd.NA, "gaiaClass": None, "x4lac": None, "x3hsp": None, "mangrove_HyperLEDA_name": None,
    "mangrove_lum_dist": NAN, "spicy_id": pd.NA, "spicy_class": None, "roid": 0, "ssnamenr": None, "ssdistnr": NAN,
    "ssmagnr": NAN, "unanswered": None, "fink_science_version": "8.22.0",
}  # fmt: skip
CURVE = pd.DataFrame(
    {
        "jd": [2460900.5, 2460921.5, 2460950.5, 2460922.7],
        "fid": pd.array([2, 2, 2, 1], dtype="Int64"),
        "tag": ["valid", "valid", "valid", "valid"],
        "distnr": [5.0, 0.6, 7.0, 9.0],
        "magnr": [20.0, 22.45, 21.0, 22.0],
        "sigmagnr": [0.1, 0.17, 0.1, 0.1],
    }
)


def of(**changes: Any) -> dict[str, Neighbour]:
    """Lines of the alert with some values changed, by catalogue."""
    return {line.what: line for line in neighbours(ALERT | changes, CURVE)}


# Lines


def test_separations_are_in_arcseconds() -> None:
    found = of()
    assert found["ZTF reference, g"].separation == pytest.approx(11.42, abs=0.01)  # pixels of 1.012 arcsec
    assert found["PS1, nearest"].separation == 15.77
    assert found["Gaia, nearest"].separation == 27.4


def test_the_template_of_another_band_is_that_of_the_detection_next_in_time() -> None:
    line = of()["ZTF reference, r"]
    assert line.separation == pytest.approx(0.6 * 1.012)
    assert line.facts == "r 22.45 ± 0.17"


def test_a_missing_value_of_a_full_alert_means_nothing_within_the_radius() -> None:
    found = of(distnr=NAN, distpsnr1=NAN, neargaia=NAN)
    for what, radius in (("ZTF reference, g", 30), ("PS1, nearest", 30), ("Gaia, nearest", 90), ("VSX", 1.5)):
        assert (found[what].status, found[what].radius) == ("nothing", radius)
    assert found["SIMBAD"].status == "nothing"
    assert "PS1, second" not in found


def test_a_catalogue_that_did_not_answer_is_not_one_without_an_entry() -> None:
    found = of(cdsxmatch="Fail 504", unanswered="vsx,DR3Name")
    assert [found[what].status for what in ("SIMBAD", "VSX", "Gaia DR3", "GCVS")] == ["silent"] * 3 + ["nothing"]


def test_a_detection_from_anothers_history_was_asked_about_nothing_but_its_template() -> None:
    history = {"jd": 2460922.8, "fid": 1, "distnr": 11.286, "magnr": 22.96, "sigmagnr": NAN, "cdsxmatch": None}
    found = {line.what: line for line in neighbours(history, CURVE.iloc[:0])}
    assert found.pop("ZTF reference, g").status == "found"
    assert {line.status for line in found.values()} == {"not asked"}
    assert not has_packet(history)


@pytest.mark.parametrize(
    ("version", "status"),
    [
        *[("5.7.2", "not given"), ("8.22.0", "nothing"), ("0.0.2-simulated", "nothing")],
        *[(None, "not given"), ("odd", "not given")],
    ],
)
def test_an_old_version_of_fink_may_not_have_asked_tns(version: str | None, status: str) -> None:
    assert of(tns=None, fink_science_version=version)["TNS"].status == status


def test_what_is_found_has_its_name_and_facts() -> None:
    found = of(
        cdsxmatch="Mira", vsx="M", spicy_id=112798, spicy_class="ClassII", DR3Name="Gaia DR3 42", Plx=0.5, e_Plx=0.05,
        gaiaClass="LPV", mangrove_HyperLEDA_name="174145", mangrove_lum_dist=213.75, x4lac="4FGL J1322.3-0606",
        ssnamenr="8467", ssdistnr=3.0, ssmagnr=19.4,
    )  # fmt: skip
    assert found["SIMBAD"].name == "Mira"
    assert (found["SPICY"].name, found["SPICY"].facts) == ("ClassII", "young star 112798")
    assert (found["Gaia DR3"].name, found["Gaia DR3"].facts) == (
        "42",
        "parallax 0.50 ± 0.05 mas, about 2.0 kpc, variable: LPV",
    )
    assert found["Mangrove"].name == "HyperLEDA 174145"
    assert found["Mangrove"].facts == "galaxy at 214 Mpc (luminosity distance)"
    assert found["4LAC"].name == "4FGL J1322.3-0606"
    assert (found["Solar System"].name, found["Solar System"].separation) == ("8467", 3.0)


@given(st.floats(0, 1))
def test_a_star_score_has_words_and_keeps_its_number(score: float) -> None:
    words = star_words(score)
    kind = "a star" if score >= 0.76 else "a galaxy" if score <= 0.24 else "unclear"
    assert kind in words
    assert f"{score:.2f}" in words


@given(st.floats(-5, 50), st.floats(0.001, 10))
def test_only_a_good_parallax_becomes_a_distance(plx: float, error: float) -> None:
    words = parallax_words(plx, error)
    assert ("pc" in words) == (plx >= 5 * error)
    assert "-" not in words


def test_a_parallax_without_its_error_is_no_distance() -> None:
    assert parallax_words(2.0, None) == "parallax 2.00 mas"
    assert parallax_words(None, None) == "no parallax"


# The Solar System


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"roid": 1}, ""),
        ({"roid": 2}, "Fink calls it a Solar System candidate."),
        (
            {"roid": 3, "ssnamenr": "8467", "ssdistnr": 0.0},
            "Fink calls it a known Solar System object; 8467 was 0″ away.",
        ),
        ({"ssnamenr": "137058", "ssdistnr": 27.0}, ""),
        ({"ssnamenr": "137058", "ssdistnr": 15.0}, "137058 was 15″ away."),
        ({"roid": pd.NA, "ssnamenr": "1", "ssdistnr": NAN}, ""),
    ],
)
def test_an_asteroid_is_named_when_fink_or_its_distance_say_so(changes: dict[str, Any], words: str) -> None:
    assert asteroid_words(ALERT | changes) == words


# The sentence


def test_the_sentence_says_what_is_there_and_what_is_not() -> None:
    assert context(ALERT, -38.1, "Aquarius") == (
        "11.4″ from a g 22.96 mag template source; 15.8″ from a PS1 source, probably a star (star score 0.99); "
        "38° below the Galactic plane in Aquarius; nothing in SIMBAD within 1″, VSX and GCVS within 1.5″; "
        "TNS lists it as SLSN-I."
    )


def test_the_sentence_of_a_light_curve_row_leaves_out_what_it_does_not_know() -> None:
    names = ("jd", "fid", "distnr", "magnr", "cdsxmatch", "tns", "unanswered")
    words = context({name: ALERT[name] for name in names} | {"tns": None}, 0.4, "Cygnus")
    assert words == (
        "11.4″ from a g 22.96 mag template source; within 1° of the Galactic plane in Cygnus; "
        "nothing in SIMBAD within 1″."
    )


def test_the_sentence_names_who_did_not_answer() -> None:
    words = context(ALERT | {"cdsxmatch": "Fail 504", "unanswered": "gcvs,tns", "tns": None, "vsx": "M"})
    assert "SIMBAD and GCVS did not answer" in words
    assert "TNS did not answer" in words
    assert "VSX has M within 1.5″" in words
    assert "nothing in" not in words


def test_the_sentence_of_a_history_row_says_that_nobody_was_asked() -> None:
    words = context({"jd": 1.0, "fid": 2, "distnr": NAN, "cdsxmatch": None, "vsx": None}, 20.0, "Lyra")
    assert words == "20° above the Galactic plane in Lyra; no catalogue was asked about this detection."


MAYBE = st.one_of(st.just(NAN), st.floats(0, 90))
LABEL = st.sampled_from(["Unknown", "Fail", "Fail 504", "Mira", "Galaxy", None])
TEXT = st.sampled_from([None, "M", "SN Ia"])


@given(
    distnr=MAYBE, distpsnr1=MAYBE, sgscore1=st.one_of(st.just(NAN), st.floats(0, 1)), cdsxmatch=LABEL, vsx=TEXT,
    gcvs=TEXT, tns=TEXT, unanswered=st.sampled_from([None, "vsx", "gcvs,tns", "vsx,gcvs,tns,DR3Name"]),
    version=st.sampled_from([None, "0.5.1", "5.7.2", "8.22.0"]), latitude=st.one_of(st.none(), st.floats(-90, 90)),
    ssdistnr=MAYBE, ssnamenr=st.sampled_from([None, "8467"]),
)  # fmt: skip
def test_the_sentence_claims_nothing_that_was_not_answered(
    version: str | None, latitude: float | None, **values: Any
) -> None:
    silent = (values["unanswered"] or "").split(",")
    values |= {name: None for name in ("vsx", "gcvs", "tns") if name in silent}
    row = ALERT | values | {"fink_science_version": version}
    words = context(row, latitude, "Lyra")
    asked = row["cdsxmatch"] is not None
    assert words.endswith(".")
    assert "nan" not in words.lower().replace("nothing", "")
    assert "None" not in words
    nothing = " ".join(re.findall(r"nothing in [^;]*", words))
    assert ("SIMBAD" in nothing) == (row["cdsxmatch"] == "Unknown")
    for name in ("vsx", "gcvs"):
        old = version is None or version == "0.5.1"
        assert (name.upper() in nothing) == (asked and not row[name] and name not in silent and not old)
    assert ("TNS lists" in words) == (asked and row["tns"] is not None)
    assert ("no classified entry" in words) == (
        asked and row["tns"] is None and "tns" not in silent and version == "8.22.0"
    )
    assert ("no catalogue was asked" in words) == (not asked)
    assert {line.status for line in neighbours(row, CURVE)} <= {"found", "nothing", "silent", "not asked", "not given"}


# Elsewhere


@pytest.mark.parametrize(("ra", "dec"), [(320.735479, -10.013235), (0.000001, 41.2), (15.5, 0.0), (359.9, -0.5)])
def test_every_link_opens_at_this_object_with_the_sign_of_its_declination(ra: float, dec: float) -> None:
    found = dict(links("ZTF25abixhdc", ra, dec))
    assert list(found) == ["TNS", "SIMBAD", "NED", "VizieR", "ALeRCE", "Lasair", "ANTARES", "SNAD", "Fink"]
    here = f"{ra:.6f} {dec:+.6f}"
    assert parse_qs(urlsplit(found["SIMBAD"]).query)["Coord"] == [here]
    assert parse_qs(urlsplit(found["VizieR"]).query)["-c"] == [here]
    assert parse_qs(urlsplit(found["NED"]).query)["coordinates"] == [f"{ra:.6f}d {dec:+.6f}d"]
    assert unquote(urlsplit(found["SNAD"]).path) == f"/search/{here}/5"
    for name in ("TNS", "ALeRCE", "Lasair", "Fink", "ANTARES"):
        assert "ZTF25abixhdc" in unquote(found[name])
    for address in found.values():
        assert re.fullmatch(r"https://[\w.-]+/[\w./%?&=,:~+-]*", address)
        assert "+" not in address
        assert " " not in address


def test_solar_system_checks_are_of_that_place_and_moment_seen_from_palomar() -> None:
    asked = parse_qs(urlsplit(skybot(2460922.865, 320.735479, -10.013235)).query)
    assert asked["-ep"] == ["2460922.865000"]
    assert (asked["-ra"], asked["-dec"], asked["-loc"]) == (["320.735479"], ["-10.013235"], ["I41"])
    asked = parse_qs(urlsplit(mpc_check(2460922.865, 320.735479, 10.013235)).query)
    assert (asked["year"], asked["month"], asked["day"]) == (["2025"], ["09"], ["4.3650"])
    assert (asked["ra"], asked["decl"], asked["oc"]) == (["21 22 56.51"], ["+10 00 47.6"], ["I41"])
    assert mpc_object("C/2023 A3").endswith("object_id=C%2F2023%20A3")


# What is drawn


def test_catalogues_that_said_the_same_share_a_line() -> None:
    words = text_of(neighbour_table(neighbours(ALERT, CURVE)))
    assert "VSX, GCVSnothing within 1.5″" in words
    assert "4LAC, 3HSP, Mangrovenothing within 1′" in words
    assert "Gaia, brightnothing within 90″" in words


def test_silence_is_drawn_as_silence() -> None:
    words = text_of(neighbour_table(neighbours(ALERT | {"cdsxmatch": "Fail 504", "unanswered": "vsx"}, CURVE)))
    assert "SIMBAD, VSXdid not answer for this alert" in words


def test_radii_are_written_as_astronomers_do() -> None:
    assert [radius_words(r) for r in (1.0, 1.5, 30.0, 60.0, 90.0)] == ["1″", "1.5″", "30″", "1′", "90″"]


def test_the_export_keeps_the_four_answers_apart() -> None:
    frame = neighbour_frame(neighbours(ALERT | {"cdsxmatch": "Fail"}, CURVE))
    assert frame.loc[frame["what"] == "SIMBAD", "status"].item() == "silent"
    assert frame["separation_arcsec"].dtype == "float64"
    assert frame.loc[frame["what"] == "VSX", "separation_arcsec"].isna().all()


def test_the_panel_says_where_its_facts_come_from(warm: World) -> None:
    made = warm.draw("neighbourhood", object_id=ODD, alert=str(CANDIDS[ODD]))
    assert state_of(made, "neighbourhood") == "ready"
    assert "from the alert packet" in text_of(made)
    assert having(made, "data-context-of", str(CANDIDS[ODD]))


def test_the_panel_of_an_alert_without_an_answer_from_simbad_says_so(warm: World) -> None:
    assert "SIMBADdid not answer" in text_of(warm.draw("neighbourhood", object_id=SILENT))


def test_the_summary_has_the_sentence_the_links_and_the_extinction(warm: World) -> None:
    made = warm.draw("object-summary", object_id=ODD, alert=str(CANDIDS[ODD]))
    (sentence,) = having(made, "data-context-for", str(CANDIDS[ODD]))
    assert "38° below the Galactic plane in Aquarius" in text_of(sentence)
    assert "Extinction: not corrected (no dust map configured)" in text_of(made)
    assert {"TNS", "VizieR", "SNAD"} <= {text_of(c) for c in having(made, "target", "_blank")}
