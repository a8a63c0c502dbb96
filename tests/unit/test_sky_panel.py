"""The sky panel: marks from the packet, what the browser is told, and the one file of Aladin Lite that it may run."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components.sky import ALADIN_CDN, ALADIN_INTEGRITY, ALADIN_VERSION, SURVEYS, View, aladin_address
from services.errors import InvalidQuery
from services.sky_marks import ZONE_DEG, marks, ps1_position
from tests.house import CANDIDS, ODD, PLAIN, World, having, of_type, state_of, text_of, the_app

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT.parent / "shared" / "data" / "alerts.parquet"
SOURCE_OF_PACKAGES = ROOT / "assets" / "plotly"


@pytest.fixture(scope="module")
def sky() -> ModuleType:
    """The panel's module; importing it declares the panel, which needs the app."""
    the_app()
    return importlib.import_module("pages._sky")


@pytest.fixture(scope="module")
def panel(sky: ModuleType, warm: World) -> Any:
    return warm.draw("sky", object_id=ODD, alert=str(CANDIDS[ODD]))


@pytest.fixture
def simulated(tmp_path: Path, archive: Any, sky: ModuleType) -> Iterator[World]:
    made = World(tmp_path, archive, kind="simulated")
    yield made
    made.close()


def box(root: Any) -> Any:
    (found,) = having(root, "data-sky")
    return found


def value(root: Any, name: str) -> Any:
    return getattr(box(root), f"data-{name}")


# Positions from identifiers


def identifier(ra: float, dec: float) -> str:
    """As Pan-STARRS makes one (PS1 Object Identifiers, outerspace.stsci.edu)."""
    zone, part = divmod((dec + 90) / ZONE_DEG, 1)
    return str(int(zone) * 10**13 + int(ra * 1e6) * 10**4 + int(part * 1e4))


@given(st.floats(0, 359.999), st.floats(-89, 89.9))
def test_an_identifier_gives_back_the_position_it_was_made_of(ra: float, dec: float) -> None:
    found = ps1_position(identifier(ra, dec))
    assert found == pytest.approx((ra, dec), abs=2e-6)


@given(st.text(max_size=25))
def test_what_is_no_identifier_is_no_position_or_one_on_the_sky(text: str) -> None:
    found = ps1_position(text)
    assert found is None or (0 <= found[0] < 360 and -90 <= found[1] <= 90)


@pytest.mark.parametrize(
    "text", ["", "0", "-999", "1.5e17", "9" * 19, "99999" + "0" * 13, "９５９８３２０７３５４７８７０００"]
)
def test_text_that_cannot_be_an_identifier_is_no_position(text: str) -> None:
    assert ps1_position(text) is None


@pytest.mark.skipif(not ARCHIVE.exists(), reason="alerts.parquet is not in ../shared/data: it needs real alerts")
def test_real_identifiers_are_as_far_from_their_alert_as_the_packet_says() -> None:
    off = []
    for c in pq.read_table(ARCHIVE, columns=["candidate"])["candidate"].to_pylist():
        for n in "123":
            place, apart = ps1_position(str(c[f"objectidps{n}"])), c[f"distpsnr{n}"]
            if place is not None and apart is not None and apart >= 0:
                east = (place[0] - c["ra"]) * np.cos(np.radians(c["dec"]))
                off.append(abs(3600 * np.hypot(east, place[1] - c["dec"]) - apart))
    assert len(off) > 1000
    assert np.percentile(off, 95) < 0.5
    assert max(off) < 1.5


# Marks


def packet(**more: Any) -> dict[str, Any]:
    return {"ranr": 320.736, "decnr": -10.012, "distnr": 11.3, "objectidps1": identifier(320.73, -10.01),
            "distpsnr1": 15.8, "objectidps2": None, "distpsnr2": np.nan, **more}  # fmt: skip


def test_marks_are_the_alert_then_the_template_source_then_ps1_sources() -> None:
    found = marks({"ra": 320.7354787, "dec": -10.0132347}, packet())
    assert [(m.kind, m.words) for m in found] == [
        ("alert", "alert"),
        ("template", "template source"),
        ("ps1", "15.8″"),
    ]
    assert (found[2].ra, found[2].dec) == pytest.approx((320.73, -10.01), abs=2e-6)


def test_without_a_packet_only_the_alert_is_marked() -> None:
    assert [m.kind for m in marks({"ra": 1.0, "dec": 2.0})] == ["alert"]


@pytest.mark.parametrize("missing", [{"distnr": np.nan}, {"ranr": np.nan}, {"decnr": None}])
def test_a_template_source_that_is_not_known_is_not_marked(missing: dict[str, Any]) -> None:
    assert "template" not in [m.kind for m in marks({"ra": 1.0, "dec": 2.0}, packet(**missing))]


# The panel


def test_nothing_is_asked_of_another_machine_before_somebody_says_so(panel: Any) -> None:
    assert state_of(panel, "sky") == "ready"
    assert value(panel, "sky") == "ask"
    assert "which then learns this position" in text_of(panel)
    assert all(image.src.startswith("/cutout/") for image in of_type(panel, html.Img))
    assert len(of_type(panel, html.Img)) == 2


def test_the_browser_is_told_where_what_and_which_file(panel: Any) -> None:
    kind, ra, dec = json.loads(value(panel, "places"))[0]
    assert (kind, ra, dec) == ("alert", pytest.approx(320.7354787), pytest.approx(-10.0132347))
    assert json.loads(value(panel, "surveys")) == {key: name for key, (_, name) in SURVEYS.items()}
    assert (value(panel, "survey"), value(panel, "fov")) == ("ps1", "2")
    assert value(panel, "integrity") == ALADIN_INTEGRITY


def test_stamps_say_where_north_is_and_how_long_ten_arcseconds_are(panel: Any) -> None:
    (image, _) = of_type(panel, html.Img)
    assert re.search(r"arcseconds wide, north (up|down), east left", image.alt)
    assert text_of(panel).count("10″") == 2


def test_without_stamps_the_panel_says_so_and_still_offers_images(sky: ModuleType, warm: World) -> None:
    made = warm.draw("sky", object_id=PLAIN)
    assert "Fink gave no cutouts" in text_of(made)
    assert having(made, "data-sky-load")


def test_a_source_that_gives_no_packets_takes_the_marks_and_nothing_else(sky: ModuleType, world: World) -> None:
    world.house.objects.light_curve(ODD)
    world.fink.fail()
    made = world.draw("sky", object_id=ODD)
    assert state_of(made, "sky") in {"ready", "stale"}
    assert [kind for kind, *_ in json.loads(value(made, "places"))] == ["alert"]


def test_an_invented_position_is_not_looked_up_in_the_real_sky(simulated: World) -> None:
    made = simulated.draw("sky", object_id=ODD, alert=str(CANDIDS[ODD]))
    assert value(made, "sky") == "simulated"
    assert not having(made, "data-sky-load")
    assert not of_type(made, html.A)
    assert "SIMULATED" in text_of(made)


def test_the_address_chooses_survey_and_field(sky: ModuleType) -> None:
    assert sky.view_of({}) == View(2.0, "ps1")
    assert sky.view_of({"survey": "dss2", "fov": "5.5"}) == View(5.5, "dss2")


@pytest.mark.parametrize(("ask", "field"), [({"fov": "abc"}, "fov"), ({"fov": "nan"}, "fov"), ({"fov": "0"}, "fov"),
                                            ({"fov": "1e9"}, "fov"), ({"survey": "galex"}, "survey")])  # fmt: skip
def test_a_view_that_cannot_be_is_refused_with_one_that_can(sky: ModuleType, ask: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        sky.view_of(ask)
    assert refused.value.field == field
    assert sky.view_of({field: refused.value.example})


def test_the_same_view_can_be_opened_at_cds() -> None:
    address = aladin_address(10.5, -2.25, View(3.0, "2mass"))
    assert "target=10.500000+-2.250000&fov=0.0500&survey=CDS%2FP%2F2MASS%2Fcolor" in address


# The file


def test_a_copy_of_our_own_is_preferred_to_the_cdn(sky: ModuleType, tmp_path: Path) -> None:
    assert sky.script_address(tmp_path / "aladin.js") is None
    (tmp_path / "aladin.js").write_text("")
    assert re.fullmatch(r"/assets/vendor/aladin-lite/aladin\.js\?m=\d+", sky.script_address(tmp_path / "aladin.js"))
    assert ALADIN_CDN.endswith(f"aladin-lite@{ALADIN_VERSION}/dist/aladin.js")


def test_package_lock_and_page_mean_the_same_aladin() -> None:
    wanted = json.loads((SOURCE_OF_PACKAGES / "package.json").read_text())["dependencies"]["aladin-lite"]
    locked = json.loads((SOURCE_OF_PACKAGES / "package-lock.json").read_text())["packages"]["node_modules/aladin-lite"]
    assert wanted == locked["version"] == ALADIN_VERSION
    assert locked["integrity"].startswith("sha512-")


def test_the_file_that_make_assets_got_is_the_one_that_browsers_may_run(sky: ModuleType) -> None:
    if not sky.OWN_ALADIN.exists():
        pytest.skip("assets/vendor/aladin-lite is not there: make assets needs npm")
    digest = base64.b64encode(hashlib.sha384(sky.OWN_ALADIN.read_bytes()).digest()).decode()
    assert f"sha384-{digest}" == ALADIN_INTEGRITY


def test_aladin_is_not_loaded_with_every_page() -> None:
    ignored = the_app().config.assets_path_ignore
    assert any(re.search(pattern, "aladin-lite") for pattern in ignored)
