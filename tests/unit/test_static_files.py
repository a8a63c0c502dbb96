"""Static files and other answers as the browser gets them, without a browser."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import brotli
import pytest
from flask import Flask, Response, request
from plotly.offline import get_plotlyjs_version
from werkzeug.test import Client, TestResponse

from components.static_files import IMMUTABLE, StaticFiles

REPO = Path(__file__).parents[2]
SCRIPT = b"console.log('finch');" * 500
SUITE = "/_dash-component-suites/dash/dcc/async-graph.js"
FINGERPRINTED = "/_dash-component-suites/dash/dcc/async-graph.v4_4_1m1795335125.js"
BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd"}


class Upstream:
    """What Dash would be: counts how often it is asked for a component's script."""

    def __init__(self, assets: Path) -> None:
        self.asked = 0
        self.flask = Flask("upstream", static_folder=str(assets), static_url_path="/assets")
        add = self.flask.add_url_rule
        add("/_dash-component-suites/dash/dcc/<name>", "script", self.script)
        add("/_dash-layout", "layout", lambda: {"rows": ["finch"] * 500})
        add("/healthz", "health", lambda: {"ok": True})
        add("/stream", "stream", lambda: Response(iter(["a"] * 3), mimetype="text/plain"))

    def script(self, name: str) -> Response | tuple[str, int]:
        self.asked += 1
        assert not request.headers.get("If-None-Match")
        return Response(SCRIPT, mimetype="text/javascript") if name.startswith("async") else ("no", 404)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    folder.mkdir()
    (folder / "tokens.css").write_bytes(b":root { --finch: 1 }\n" * 200)
    (folder / "dot.png").write_bytes(b"\x89PNG" + bytes(2000))
    return folder


@pytest.fixture
def upstream(assets: Path) -> Upstream:
    return Upstream(assets)


@pytest.fixture
def files(upstream: Upstream, tmp_path: Path) -> StaticFiles:
    return StaticFiles(upstream.flask.wsgi_app, tmp_path / "cache")


def get(files: StaticFiles, url: str, **headers: str) -> TestResponse:
    return Client(files).get(url, headers={**BROWSER, **{k.replace("_", "-"): v for k, v in headers.items()}})


def test_a_script_arrives_as_brotli_and_unpacks_to_itself(files: StaticFiles) -> None:
    answer = get(files, SUITE)
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.mimetype == "text/javascript"
    assert brotli.decompress(answer.data) == SCRIPT


def test_a_browser_without_brotli_gets_gzip_and_one_without_either_gets_plain_bytes(
    files: StaticFiles,
) -> None:
    assert gzip.decompress(get(files, SUITE, Accept_Encoding="gzip, deflate").data) == SCRIPT
    plain = get(files, SUITE, Accept_Encoding="identity")
    assert plain.data == SCRIPT
    assert "Content-Encoding" not in plain.headers


def test_only_a_url_that_names_its_version_is_immutable(files: StaticFiles) -> None:
    assert get(files, FINGERPRINTED).headers["Cache-Control"] == IMMUTABLE
    assert get(files, "/assets/tokens.css?m=1795335922.9").headers["Cache-Control"] == IMMUTABLE
    assert get(files, SUITE).headers["Cache-Control"] == "no-cache"
    assert get(files, "/assets/tokens.css").headers["Cache-Control"] == "no-cache"


def test_an_unchanged_file_is_revalidated_with_an_empty_304(files: StaticFiles) -> None:
    first = get(files, SUITE)
    again = get(files, SUITE, If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    assert again.data == b""


def test_a_package_is_asked_for_its_file_once_whatever_fingerprint_is_in_the_url(
    files: StaticFiles, upstream: Upstream
) -> None:
    for url in (SUITE, FINGERPRINTED, FINGERPRINTED.replace("4_4_1", "9")):
        get(files, url)
    assert upstream.asked == 1


def test_an_edited_asset_is_served_at_once(files: StaticFiles, assets: Path) -> None:
    get(files, "/assets/tokens.css")
    files.finish()
    before = get(files, "/assets/tokens.css")
    assert get(files, "/assets/tokens.css").data == before.data
    (assets / "tokens.css").write_bytes(b"body { color: red }\n" * 300)
    after = get(files, "/assets/tokens.css", If_None_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert brotli.decompress(after.data).startswith(b"body")


def test_the_best_compression_comes_from_the_background_and_is_kept_on_disk(
    files: StaticFiles, upstream: Upstream, tmp_path: Path
) -> None:
    get(files, SUITE)
    files.finish()
    best = brotli.compress(SCRIPT, quality=11)
    assert get(files, SUITE).data == best
    [kept] = (tmp_path / "cache" / "static-br").iterdir()
    assert kept.read_bytes() == best


@pytest.mark.parametrize(
    "damage",
    [b"", b"garbage", brotli.compress(b"alert('finch')")],
    ids=["empty", "garbage", "another script"],
)
def test_a_kept_file_that_is_not_the_script_is_never_served(
    files: StaticFiles, upstream: Upstream, tmp_path: Path, damage: bytes
) -> None:
    get(files, SUITE)
    files.finish()
    [kept] = (tmp_path / "cache" / "static-br").iterdir()
    kept.write_bytes(damage)
    restarted = StaticFiles(upstream.flask.wsgi_app, tmp_path / "cache")
    assert brotli.decompress(get(restarted, SUITE).data) == SCRIPT
    restarted.finish()
    assert kept.read_bytes() == brotli.compress(SCRIPT, quality=11)


def test_a_cache_folder_that_cannot_be_written_costs_nothing_but_the_keeping(
    upstream: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    files = StaticFiles(upstream.flask.wsgi_app, tmp_path / "cache")
    get(files, SUITE)
    files.finish()
    assert get(files, SUITE).data == brotli.compress(SCRIPT, quality=11)


def test_a_missing_file_stays_missing_and_is_not_kept(files: StaticFiles, upstream: Upstream) -> None:
    url = SUITE.replace("async", "other")
    assert [get(files, url).status_code for _ in range(2)] == [404, 404]
    assert upstream.asked == 2
    assert get(files, "/assets/none.css?m=1").headers.get("Cache-Control") != IMMUTABLE


def test_an_image_is_not_compressed_but_is_immutable_under_a_versioned_url(files: StaticFiles) -> None:
    answer = get(files, "/assets/dot.png?m=1")
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == IMMUTABLE
    assert answer.data.startswith(b"\x89PNG")


def test_a_head_request_has_the_headers_and_no_body(files: StaticFiles) -> None:
    answer = Client(files).head(SUITE, headers=BROWSER)
    assert answer.status_code == 200
    assert answer.data == b""
    assert Client(files).head("/_dash-layout", headers=BROWSER).data == b""


def test_a_layout_is_compressed_on_the_way_out_and_a_short_answer_is_not(files: StaticFiles) -> None:
    layout = get(files, "/_dash-layout")
    assert layout.headers["Content-Encoding"] == "br"
    assert int(layout.headers["Content-Length"]) == len(layout.data)
    assert json.loads(brotli.decompress(layout.data))["rows"][0] == "finch"
    assert json.loads(gzip.decompress(get(files, "/_dash-layout", Accept_Encoding="gzip").data))
    assert get(files, "/healthz").json == {"ok": True}


def test_a_stream_is_passed_on_as_it_comes(files: StaticFiles) -> None:
    assert get(files, "/stream").data == b"aaa"


DASH_APP = """
import json, pathlib, sys
from dash import Dash, html
from components.static_files import StaticFiles
app = Dash("small", assets_folder=sys.argv[1])
app.layout = html.Div(["finch"] * 300)
app.server.wsgi_app = StaticFiles(app.server.wsgi_app, pathlib.Path(sys.argv[1]) / "cache")
client = app.server.test_client()
page = client.get("/").text
urls = [part.split('"')[0] for part in page.split('src="')[1:]] + ["/_dash-layout"]
answers = {url: client.get(url, headers={"Accept-Encoding": "br"}) for url in urls}
print(json.dumps({url: [a.status_code, *map(a.headers.get, ("Content-Encoding", "Cache-Control"))]
    for url, a in answers.items()}))
"""


def test_every_script_on_the_page_of_a_real_dash_app_is_compressed_and_immutable(tmp_path: Path) -> None:
    # A process of its own: a second Dash app in this one would take the callbacks of the first.
    env = {**os.environ, "PYTHONPATH": str(REPO)}
    command = [sys.executable, "-c", DASH_APP, str(tmp_path)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=True)
    answers = json.loads(done.stdout)
    assert answers.pop("/_dash-layout")[:2] == [200, "br"]
    assert len(answers) > 5
    assert set(map(tuple, answers.values())) == {(200, "br", IMMUTABLE)}


def test_the_bundle_is_built_from_the_plotly_js_that_plotly_py_speaks_to() -> None:
    package = json.loads((REPO / "assets" / "plotly" / "package.json").read_text())
    assert package["dependencies"]["plotly.js"] == get_plotlyjs_version()


def test_the_lock_file_names_no_package_index() -> None:
    lock = (REPO / "assets" / "plotly" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
