"""What a browser fetches beside the pages: pictures, files, health; and what it is told when that fails."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from tests.house import (
    ABSENT,
    CANDIDS,
    HTML,
    LATER_NIGHT,
    NIGHT,
    ODD,
    PLAIN,
    SILENT,
    World,
)

STAMP = f"/cutout/{ODD}/{CANDIDS[ODD]}"
OTHER_ALERT = "123"
MIDNIGHT_MJD = 60000.0


@pytest.fixture
def client(warm: World) -> FlaskClient:
    return warm.client()


@pytest.fixture
def down(tmp_path: Path, archive: Any) -> Iterator[FlaskClient]:
    """The source answers nothing, and nothing is kept."""
    made = World(tmp_path, archive)
    made.fink.fail()
    yield made.filled().client()
    made.close()


def get(client: FlaskClient, path: str, mimetype: str = "text/csv") -> bytes:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, mimetype), answer.text
    return answer.data


def rows(client: FlaskClient, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(get(client, path).decode())))


def refusal(client: FlaskClient, path: str) -> int:
    """Status of an answer that is one line of text and must not be kept."""
    answer = client.get(path)
    assert answer.mimetype == "text/plain"
    assert answer.text.count("\n") == 1
    assert answer.text.endswith("\n")
    assert len(answer.text) > 20
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Disposition" not in answer.headers
    return answer.status_code


# Sparklines


def test_a_sparkline_has_the_valid_detections_of_thirty_days(client: FlaskClient) -> None:
    root = ElementTree.fromstring(get(client, f"/sparkline/{ODD}.svg", "image/svg+xml"))
    bands = [g.attrib["class"] for g in root if g.tag.endswith("}g")]
    assert bands == ["band-g", "band-r", "band-g", "band-r", "band-g"]


def test_a_sparkline_ends_when_it_is_told(client: FlaskClient) -> None:
    body = get(client, f"/sparkline/{ODD}.svg?until={MIDNIGHT_MJD - 9.8}", "image/svg+xml")
    assert body.count(b'class="band-') == 3


# Cutouts


def test_a_cutout_is_a_picture_that_may_be_kept_for_good(client: FlaskClient) -> None:
    answer = client.get(f"{STAMP}/Science.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert "immutable" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.data)).size == (63, 63)


def test_inverting_and_stretching_change_the_picture_and_nonsense_does_not(client: FlaskClient) -> None:
    plain = get(client, f"{STAMP}/Science.png", "image/png")
    assert get(client, f"{STAMP}/Science.png?stretch=nonsense&invert=2", "image/png") == plain
    assert get(client, f"{STAMP}/Science.png?stretch=percentile", "image/png") != plain
    assert get(client, f"{STAMP}/Science.png?stretch=range", "image/png") == get(
        client, f"{STAMP}/Science.png?stretch=percentile", "image/png"
    )
    one, other = (
        np.asarray(Image.open(io.BytesIO(get(client, f"{STAMP}/Science.png{more}", "image/png"))).convert("L"))
        for more in ("", "?invert=1")
    )
    assert abs(one.astype(int) + other.astype(int) - 255).max() <= 1


def test_stamps_of_another_alert_are_not_kept_for_good(client: FlaskClient) -> None:
    answer = client.get(f"/cutout/{ODD}/{OTHER_ALERT}/Science.png")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_cutout_as_fits_names_object_alert_kind_and_source(client: FlaskClient) -> None:
    from astropy.io import fits

    answer = client.get(f"{STAMP}/Template.fits")
    assert answer.headers["Content-Disposition"].endswith('_Template_archive.fits"')
    with fits.open(io.BytesIO(answer.data)) as found:
        header = found[0].header
        assert found[0].data.shape == (63, 63)
    assert (header["OBJECT"], header["CANDID"], header["KIND"]) == (ODD, str(CANDIDS[ODD]), "Template")
    assert header["ORIGIN"] == "Archive"


def test_a_fits_file_of_another_alert_does_not_claim_to_be_of_this_one(client: FlaskClient) -> None:
    answer = client.get(f"/cutout/{ODD}/{OTHER_ALERT}/Science.fits")
    assert answer.status_code != 200 or f"'{OTHER_ALERT}" not in answer.data[:2880].decode("ascii")


def test_all_three_come_as_the_extensions_of_one_fits_file(client: FlaskClient) -> None:
    from astropy.io import fits

    answer = client.get(f"{STAMP}/All.fits")
    assert answer.headers["Content-Disposition"].endswith('_All_archive.fits"')
    with fits.open(io.BytesIO(answer.data)) as found:
        assert [unit.name for unit in found] == ["PRIMARY", "SCIENCE", "TEMPLATE", "DIFFERENCE"]
        assert (found[0].header["OBJECT"], found[0].header["ORIGIN"]) == (ODD, "Archive")
        template = found["TEMPLATE"].data
    with fits.open(io.BytesIO(client.get(f"{STAMP}/Template.fits").data)) as alone:
        np.testing.assert_array_equal(template, alone[0].data)


def bundle_of(answer: Any) -> dict[str, Any]:
    """The record of an answer for the canvas."""
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")
    length = int.from_bytes(answer.data[:4], "little")
    assert len(answer.data) == 4 + length + 3 * 63 * 63 * 4
    made: dict[str, Any] = json.loads(answer.data[4 : 4 + length])
    return made


def test_the_canvas_gets_all_three_with_time_neighbours_and_names_in_one_answer(client: FlaskClient) -> None:
    answer = client.get(f"{STAMP}/stamps.bin")
    told = bundle_of(answer)
    assert (told["object_id"], told["candid"], told["of_newest"]) == (ODD, str(CANDIDS[ODD]), False)
    assert (told["when"], told["utc"]) == ("25 Feb 04:48 UTC, g", "2023-02-25 04:48 UTC")
    assert (told["next"], told["fresh"], told["origin"]) == (None, True, "Archive")
    assert told["file"] == f"{ODD}_{CANDIDS[ODD]}_stamps_archive.png"
    assert [image["kind"] for image in told["images"]] == ["Science", "Template", "Difference"]
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    before = told["previous"]
    earlier = client.get(f"/cutout/{ODD}/{before}/stamps.bin")
    assert bundle_of(earlier)["next"] == str(CANDIDS[ODD])


def test_stamps_of_the_newest_alert_are_said_to_be_that_and_are_not_kept(client: FlaskClient) -> None:
    answer = client.get(f"/cutout/{ODD}/{OTHER_ALERT}/stamps.bin")
    told = bundle_of(answer)
    assert told["of_newest"] is True
    assert told["words"] == "of the newest alert, 25 Feb 04:48 UTC: Fink gave none of this one"
    assert "newest-alert" in told["file"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_stamps_that_nobody_waits_for_are_none_while_the_source_is_silent(down: FlaskClient) -> None:
    assert refusal(down, f"{STAMP}/stamps.bin") == 503
    answer = down.get(f"{STAMP}/stamps.bin?ahead=1")
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (204, b"", "no-store")


def test_facts_of_stamps_say_whose_they_are(client: FlaskClient) -> None:
    own = client.get(f"{STAMP}/facts.json").get_json()
    assert (own["of_newest"], own["note"]) == (False, "")
    assert str(CANDIDS[ODD]) in own["words"]
    other = client.get(f"/cutout/{ODD}/{OTHER_ALERT}/facts.json?jd={2460000.5 - 9.8}").get_json()
    assert (other["of_newest"], other["note"]) == (True, "+10 d")
    assert "newest alert" in other["words"]


# Exports


def test_the_anomalies_of_a_night_are_exported_in_order_with_exact_ids(client: FlaskClient) -> None:
    found = rows(client, f"/export/anomalies.csv?night={NIGHT}")
    assert [r["i:objectId"] for r in found] == [ODD, SILENT, PLAIN]
    assert [r["i:candid"] for r in found] == [str(CANDIDS[o]) for o in (ODD, SILENT, PLAIN)]
    assert [r["oddfinch:rank"] for r in found] == ["1", "2", "3"]
    assert {r["oddfinch:source"] for r in found} == {"Archive"}
    assert [float(r["d:anomaly_score"]) for r in found] == [-0.05, -0.03, -0.02]


def test_every_column_of_an_export_is_finks_or_says_that_it_is_ours(client: FlaskClient) -> None:
    for path in (f"/export/anomalies.csv?night={NIGHT}", f"/export/object/{ODD}.csv", f"/export/alerts/{ODD}.csv"):
        names = rows(client, path)[0]
        assert all(name.split(":")[0] in {"i", "d", "v", "b", "oddfinch"} for name in names), path


def test_a_range_is_exported_with_both_its_nights_and_their_eras(client: FlaskClient) -> None:
    found = rows(client, f"/export/anomalies.csv?from={NIGHT}&to={LATER_NIGHT}")
    assert len(found) == 4
    assert len({r["oddfinch:era"] for r in found}) == 2


def test_json_and_votable_have_the_same_rows_as_csv(client: FlaskClient) -> None:
    from astropy.io.votable import parse_single_table

    base = f"/export/anomalies.{{}}?night={NIGHT}"
    ids = [r["i:candid"] for r in rows(client, base.format("csv"))]
    records = json.loads(get(client, base.format("json"), "application/json"))
    assert [r["i:candid"] for r in records] == ids
    assert {r["oddfinch:source"] for r in records} == {"Archive"}
    table = parse_single_table(io.BytesIO(get(client, base.format("vot"), "application/x-votable+xml"))).to_table()
    assert [str(c) for c in table["i_candid"]] == ids


def test_a_light_curve_is_exported_in_all_modes_with_its_limits(client: FlaskClient) -> None:
    found = rows(client, f"/export/object/{SILENT}.csv")
    assert {"i:magpsf", "oddfinch:dcmag", "oddfinch:dcmag_error", "oddfinch:diffflux", "oddfinch:dcflux"} <= set(
        found[0]
    )
    found = rows(client, f"/export/object/{ODD}.csv")
    assert [r["d:tag"] for r in found].count("upperlim") == 2
    limit = next(r for r in found if r["d:tag"] == "upperlim")
    assert (limit["i:magpsf"], limit["i:candid"]) == ("", "")
    assert float(limit["i:diffmaglim"]) == 20.25
    assert [r["i:candid"] for r in found][-1] == str(CANDIDS[ODD])


def test_all_columns_of_all_alerts_are_exported(client: FlaskClient) -> None:
    found = rows(client, f"/export/alerts/{ODD}.csv")
    assert len(found[0]) > 100
    assert str(CANDIDS[ODD]) in [r["i:candid"] for r in found]


@pytest.mark.parametrize("extension", ["csv", "vot", "json"])
def test_a_file_is_named_after_what_is_in_it_and_is_not_kept(client: FlaskClient, extension: str) -> None:
    answer = client.get(f"/export/object/{ODD}.{extension}")
    name = answer.headers["Content-Disposition"].partition("filename=")[2].strip('"')
    assert name.startswith(ODD)
    assert name.endswith(f"archive.{extension}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_simulated_rows_say_so_in_the_file_and_in_its_name(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive, kind="simulated").filled()
    answer = world.client().get(f"/export/anomalies.csv?night={NIGHT}")
    assert "SIMULATED" in answer.headers["Content-Disposition"]
    assert answer.text.count("SIMULATED") == 3
    world.close()


# When there is nothing to give


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sparkline/ZTF.svg", 400),
        (f"/sparkline/{ABSENT}.svg", 404),
        (f"/cutout/{ODD}/not-a-number/Science.png", 400),
        (f"/cutout/{ODD}/not-a-number/stamps.bin?ahead=1", 400),
        ("/cutout/x/1/Science.png", 400),
        (f"/cutout/{PLAIN}/{CANDIDS[PLAIN]}/Science.png", 503),
        (f"/cutout/{PLAIN}/{CANDIDS[PLAIN]}/facts.json", 503),
        ("/export/anomalies.csv", 400),
        ("/export/anomalies.csv?night=2023-02-30", 400),
        (f"/export/anomalies.csv?from={NIGHT}", 400),
        ("/export/object/ZTF00.csv", 400),
        (f"/export/object/{ABSENT}.csv", 404),
        (f"/export/alerts/{ABSENT}.vot", 404),
    ],
)
def test_what_cannot_be_given_is_refused_in_one_line(client: FlaskClient, path: str, status: int) -> None:
    assert refusal(client, path) == status


@pytest.mark.parametrize(
    "path",
    [
        f"/sparkline/{ODD}.svg",
        f"{STAMP}/Science.png",
        f"{STAMP}/Science.fits",
        f"{STAMP}/All.fits",
        f"{STAMP}/stamps.bin",
        f"{STAMP}/facts.json",
        f"/export/anomalies.csv?night={LATER_NIGHT}",
        f"/export/object/{ODD}.csv",
        f"/export/alerts/{ODD}.json",
    ],
)
def test_silence_of_the_source_is_a_503_and_never_an_empty_file(down: FlaskClient, path: str) -> None:
    assert refusal(down, path) == 503


def test_a_web_page_in_place_of_data_is_a_503(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    world.fink.fail(HTML)
    assert refusal(world.filled().client(), f"/export/object/{ODD}.csv") == 503
    world.close()


def test_nights_that_are_still_being_loaded_are_not_exported_as_empty(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    assert refusal(world.client(), f"/export/anomalies.csv?night={NIGHT}") == 503
    world.close()


def test_a_range_that_ends_before_it_begins_is_refused(client: FlaskClient) -> None:
    assert refusal(client, f"/export/anomalies.csv?from={LATER_NIGHT}&to={NIGHT}") == 400


@pytest.mark.parametrize("path", [f"{STAMP}/Sharp.png", f"/export/object/{ODD}.xlsx"])
def test_a_kind_or_format_that_we_do_not_have_is_refused_in_one_line(client: FlaskClient, path: str) -> None:
    assert refusal(client, path) == 404


@pytest.mark.parametrize("path", [f"{STAMP}/Sharp.png", f"/export/object/{ODD}.xlsx", "/index/explode"])
def test_what_is_none_of_ours_is_a_404(client: FlaskClient, path: str) -> None:
    answer = client.post(path) if path.startswith("/index") else client.get(path)
    assert answer.status_code == 404


# Health


def test_health_says_what_is_known_about_the_source(client: FlaskClient) -> None:
    client.get(f"/sparkline/{ODD}.svg")
    told = client.get("/healthz").get_json()
    assert (told["status"], told["source"]) == ("ok", "archive")
    assert told["index"]["months"] == told["index"]["of"] == 4
    assert told["index"]["rows"] == 4
    assert told["index"]["trouble"] is None
    assert told["calls"]["objects"]["last_success"]
    assert told["calls"]["objects"]["last_failure"] is None


def test_a_silent_source_is_no_reason_to_restart_us(down: FlaskClient) -> None:
    answer = down.get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "degraded"
    assert "/api/v1/anomaly" in answer.get_json()["index"]["trouble"]


def test_progress_of_the_history_can_be_asked_for(client: FlaskClient) -> None:
    told = client.get("/index.json").get_json()
    assert (told["done"], told["total"], told["failed"], told["running"]) == (4, 4, 0, False)
    assert told["version"] >= 1


def test_loading_of_the_history_can_be_cancelled_and_resumed(tmp_path: Path, archive: Any) -> None:
    world = World(tmp_path, archive)
    client = world.client()
    assert client.post("/index/cancel").get_json()["cancelled"] is True
    assert client.post("/index/resume").get_json()["cancelled"] is False
    assert world.house.index.wait(10)
    assert client.get("/index.json").get_json()["done"] == 4
    world.close()


def test_the_history_is_changed_by_post_only(client: FlaskClient) -> None:
    answer = client.get("/index/cancel")
    assert answer.status_code != 200 or answer.mimetype == "text/html"
    assert client.get("/index.json").get_json()["cancelled"] is False
