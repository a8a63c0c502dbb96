"""Settings: flags, environment, defaults, and one clear line for what cannot be used."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import SettingsError
from services.settings import OPTIONS, load_settings

ROOT = Path(__file__).parents[2]


def test_by_default_oddfinch_looks_for_live_fink_and_listens_on_localhost():
    settings = load_settings([], {"HOME": "/nowhere", "XDG_CACHE_HOME": "/some/cache"})
    assert settings.source == "auto"
    assert settings.api_url == "https://api.ztf.fink-portal.org"
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)
    assert settings.cache_dir == Path("/some/cache/oddfinch")
    assert (settings.jwst_max_mb, settings.jwst_max_rows) == (20, 200_000)


def test_a_flag_wins_over_the_environment():
    env = {"ODDFINCH_PORT": "9000", "ODDFINCH_LOG_LEVEL": "DEBUG"}
    settings = load_settings(["--port", "9001"], env)
    assert settings.port == 9001
    assert settings.log_level == "debug"


@pytest.mark.parametrize(
    ("flag", "value", "words"),
    [
        ("--source", "/no/such/file", "neither 'auto', 'live', 'sample' nor a file"),
        ("--api-url", "fink", "not a web address"),
        ("--port", "70000", "1 to 65535"),
        ("--port", "eighty", "1 to 65535"),
        ("--host", "my host", "not a host name"),
        ("--log-level", "loud", "not one of debug"),
        ("--jwst-max-mb", "-3", "a whole one from 1"),
        ("--jwst-max-rows", "many", "a whole one from 1"),
        ("--cache-dir", __file__, "a folder is needed"),
    ],
)
def test_a_value_that_cannot_be_used_is_one_line_naming_the_option(flag, value, words):
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings([flag, value], {})
    assert str(caught.value).startswith(flag)
    assert "\n" not in str(caught.value)


def test_a_bad_environment_variable_is_named_as_such():
    with pytest.raises(SettingsError, match=r"^ODDFINCH_PORT: "):
        load_settings([], {"ODDFINCH_PORT": "x"})


def test_the_program_ends_with_code_2_and_one_line_on_a_bad_value():
    done = subprocess.run(
        [sys.executable, "app.py", "--port", "x"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--port" in done.stderr


def test_every_option_is_documented_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for option in OPTIONS:
        assert option.flag in readme
        assert option.variable in readme
