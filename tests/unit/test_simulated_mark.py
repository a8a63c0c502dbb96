"""Nothing simulated passes for real: ids, downloads, code, panels and figures; and nothing real says SIMULATED."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from dash import html
from flask.testing import FlaskClient

from components.header import source_mark
from services.fink.queries import check_object_id
from services.house import build_house
from services.local_fink import create_app
from services.local_fink.simulate import Order, simulate
from services.settings import load_settings
from services.snippets import PUBLIC_API
from tests.house import CANDIDS, NIGHT, ODD, World, having, of_type, text_of, the_app

SIMULATED_ID = re.compile(r"ZTF00[a-z]{7}")
REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "objects.parquet"
NIGHTS = (date(2023, 3, 1), date(2023, 3, 2))
EXTENSIONS = ("csv", "json", "vot", "parquet")
NIGHT_PANELS = ("night-calendar", "night-summary", "night-table", "night-preview")
OBJECT_PANELS = (
    *("object-summary", "light-curve", "cutouts", "label-reasons", "neighbourhood", "features"),
    *("observability", "sky", "period", "alert-content"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated sky of two nights."""
    made = tmp_path_factory.mktemp("simulated") / "sky"
    simulate(made, Order(nights=NIGHTS))
    return made


@pytest.fixture(scope="module")
def sky(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Oddfinch over that sky."""
    the_app()
    made = World(tmp_path_factory.mktemp("over-the-sky"), create_app([folder]), kind="simulated").filled()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shown(sky: World) -> dict[str, str]:
    """The most anomalous alert of a night: ``night, object_id, candid``."""
    row = sky.house.index.table().iloc[0]
    sky.warm(row["object_id"], row["candid"])
    return {"night": f"{row['night']:%Y-%m-%d}", "object_id": str(row["object_id"]), "candid": str(row["candid"])}


# Ids


def test_every_id_of_a_simulated_sky_is_of_the_year_00(folder: Path) -> None:
    ids = {name for file in folder.glob("*.parquet") for name in pq.read_table(file)["objectId"].to_pylist()}
    assert len(ids) > 20
    assert [name for name in ids if not SIMULATED_ID.fullmatch(name)] == []
    assert {check_object_id(name) for name in ids} == ids


def test_no_real_id_is_of_the_year_00() -> None:
    if not REAL.exists():
        pytest.skip("needs ../shared/data/objects.parquet, which is not here")
    ids = set(pq.read_table(REAL, columns=["i:objectId"])["i:objectId"].to_pylist()) - {None}
    assert len(ids) > 20
    assert [name for name in ids if name.startswith("ZTF00")] == []


# What can be downloaded


def downloads(night: str, object_id: str, candid: str) -> list[str]:
    """Every file that Oddfinch gives away."""
    tables = (
        f"/export/anomalies.{{}}?night={night}",
        f"/export/tns.{{}}?night={night}",
        f"/export/search.{{}}?q=after%3D{night}",
        *(f"/export/{what}.{{}}?night={night}" for what in ("classes", "class-times", "class-objects")),
        f"/export/object/{object_id}.{{}}",
    )
    return [
        *(path.format(extension) for path in (*tables, f"/export/alerts/{object_id}.{{}}") for extension in EXTENSIONS),
        *(f"/export/object/{object_id}.{extension}" for extension in ("tex", "tex?style=booktabs", "ipynb")),
        *(f"/export/citation/{object_id}.{extension}" for extension in ("bib", "txt")),
        *(f"/export/{what}/{object_id}/{candid}.csv" for what in ("features", "neighbourhood")),
        f"/export/observability/{object_id}.csv",
        *(f"/cutout/{object_id}/{candid}/{kind}.fits" for kind in ("Science", "Template", "Difference", "All")),
    ]


def marks(path: str, content: bytes) -> set[str]:
    """What each row of a file, or its header, says about where it comes from."""
    if ".csv" in path:
        return {row["oddfinch:source"] for row in csv.DictReader(io.StringIO(content.decode()))}
    if ".json" in path:
        return {row["oddfinch:source"] for row in json.loads(content)}
    if ".parquet" in path:
        table = pq.read_table(io.BytesIO(content))
        return {table.schema.metadata[b"source"].decode(), *table["oddfinch:source"].to_pylist()}
    if ".ipynb" in path:
        return {json.loads(content)["metadata"]["oddfinch"]["source"]}
    if ".tex" in path:
        return {re.findall(r"^% source: (.*)$", content.decode(), re.MULTILINE)[0], *latex_marks(content.decode())}
    if "/citation/" in path:
        return {word for word in ("SIMULATED", "Archive") if word in content.decode()}
    if ".vot" in path:
        from astropy.io.votable import parse

        votable = parse(io.BytesIO(content))
        (info,) = [info.value for info in votable.resources[0].infos if info.name == "source"]
        return {info, *map(str, votable.get_first_table().to_table()["oddfinch_source"])}
    from astropy.io import fits

    return {str(fits.getheader(io.BytesIO(content))["ORIGIN"])}


def latex_marks(text: str) -> set[str]:
    """What the rows of a LaTeX table say about where they come from: those of a real one say nothing."""
    rows = re.findall(r"^[0-9]{5}\.[0-9]{5} & (?:[^&]*&){4} [a-z\\]+ (?:& ([A-Z]+) )?\\\\$", text, re.MULTILINE)
    assert rows
    return {row for row in rows if row}


def got(client: FlaskClient, path: str) -> tuple[str, bytes]:
    """Name and content of a downloaded file."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.headers["Content-Disposition"].partition("filename=")[2].strip('"'), answer.data


def test_the_downloads_tested_here_are_all_there_are() -> None:
    rules = {rule.rule for rule in the_app().server.url_map.iter_rules()}
    assert {rule for rule in rules if rule.startswith("/export/") or rule.endswith(".fits")} == {
        "/export/anomalies.<extension>",
        "/export/tns.<extension>",
        "/export/search.<extension>",
        "/export/classes.<extension>",
        "/export/class-times.<extension>",
        "/export/class-objects.<extension>",
        "/export/object/<object_id>.<extension>",
        "/export/alerts/<object_id>.<extension>",
        "/export/citation/<object_id>.<extension>",
        "/export/features/<object_id>/<candid>.csv",
        "/export/neighbourhood/<object_id>/<candid>.csv",
        "/export/observability/<object_id>.csv",
        "/cutout/<object_id>/<candid>/<kind>.fits",
    }


def test_every_download_from_a_simulated_sky_says_so_in_its_name_and_in_every_row(
    sky: World, shown: dict[str, str]
) -> None:
    client = sky.client()
    for path in downloads(**shown):
        name, content = got(client, path)
        assert "SIMULATED" in name
        assert marks(path, content) == {"SIMULATED"}, path


def test_no_download_from_an_archive_says_simulated(warm: World) -> None:
    client = warm.client()
    # A notebook knows by the ids of these invented packets that Fink does not have them, whatever the source.
    paths = [path for path in downloads(str(NIGHT), ODD, str(CANDIDS[ODD])) if not path.endswith(".ipynb")]
    for path in paths:
        name, content = got(client, path)
        assert "simulated" not in name.lower()
        assert marks(path, content) == {"Archive"}, path
        assert b"SIMULATED" not in content, path


def test_health_names_the_kind_of_source(sky: World, warm: World) -> None:
    assert sky.client().get("/healthz").get_json()["source"] == "simulated"
    assert warm.client().get("/healthz").get_json()["source"] == "archive"


# What is on the screen


def test_every_panel_of_a_simulated_sky_carries_the_mark_and_none_of_an_archive_does(
    sky: World, warm: World, shown: dict[str, str]
) -> None:
    night, object_id, candid = shown["night"], shown["object_id"], shown["candid"]
    for names, here, there in (
        (NIGHT_PANELS, {"night": night, "sel": object_id}, {"night": str(NIGHT), "sel": ODD}),
        (OBJECT_PANELS, {"object_id": object_id, "alert": candid}, {"object_id": ODD}),
    ):
        for name in names:
            assert [text_of(mark) for mark in having(sky.draw(name, **here), "className", "simulated")] == ["SIMULATED"]
            assert having(warm.draw(name, **there), "className", "simulated") == [], name


def test_a_figure_is_exported_with_the_mark_in_its_caption(sky: World, warm: World, shown: dict[str, str]) -> None:
    def captions(world: World, night: str, object_id: str) -> list[str]:
        drawn = world.draw("light-curve", object_id=object_id), world.draw("night-preview", night=night, sel=object_id)
        return [getattr(box, "data-caption") for panel in drawn for box in having(panel, "data-caption")]

    simulated, real = captions(sky, shown["night"], shown["object_id"]), captions(warm, str(NIGHT), ODD)
    assert len(simulated) == len(real) == 2
    assert all("SIMULATED" in caption for caption in simulated)
    assert not any("SIMULATED" in caption for caption in real)


@pytest.mark.parametrize("name", ["light-curve", "cutouts"])
def test_the_code_for_a_simulated_object_does_not_ask_the_public_api(
    name: str, sky: World, shown: dict[str, str]
) -> None:
    panel = sky.draw(name, object_id=shown["object_id"], alert=shown["candid"])
    (code,) = [text_of(script) for script in of_type(panel, html.Pre)]
    assert "SIMULATED" in code
    assert PUBLIC_API not in code


def test_the_header_names_a_simulated_sky_and_no_other() -> None:
    assert "SIMULATED" in text_of(source_mark("simulated", "Simulated sky", "1,000 alerts", "a:1"))
    assert "SIMULATED" not in text_of(source_mark("archive", "Archive", "1,000 alerts", "a:1"))


def test_a_folder_of_a_simulated_sky_is_a_simulated_source(folder: Path, tmp_path: Path) -> None:
    house = build_house(load_settings(["--source", str(folder), "--cache-dir", str(tmp_path)], {}))
    assert house.source.simulated
    assert house.source.key.startswith("simulated:")
    house.client.close()
