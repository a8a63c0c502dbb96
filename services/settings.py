"""All settings in one table: it makes the command line, the help, the documentation and the checks.

Every option can be given as a flag (``--cache-dir X``) or as an environment variable (``ODDFINCH_CACHE_DIR=X``);
the flag wins. A value that cannot be used is one clear line, and the program ends with exit code 2.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.errors import SettingsError

LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """What a running Oddfinch was told. Immutable: nothing changes a setting after the start."""

    source: str
    api_url: str
    host: str
    port: int
    cache_dir: Path
    dust_map: Path | None
    jwst_max_mb: int
    jwst_max_rows: int
    log_level: str


def _source(text: str) -> str:
    if text in {"auto", "live", "sample"} or Path(text).exists():
        return text
    raise ValueError(f"{text!r} is neither 'auto', 'live', 'sample' nor a file or folder of alert packets")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"{text!r} is not a web address such as https://api.ztf.fink-portal.org")
    return text.rstrip("/")


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise ValueError(f"{text!r} is not a port; a whole number from 1 to 65535 is needed")


def _host(text: str) -> str:
    if text and not any(c.isspace() for c in text):
        return text
    raise ValueError(f"{text!r} is not a host name or address such as 127.0.0.1")


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f"{text!r} is a file; a folder is needed")
    return path


def _folder_or_none(text: str) -> Path | None:
    return None if text == "none" else _folder(text)


def _count(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) < 2**31:
        return int(text)
    raise ValueError(f"{text!r} is not a number; a whole one from 1 is needed")


def _level(text: str) -> str:
    if text.lower() in LOG_LEVELS:
        return text.lower()
    raise ValueError(f"{text!r} is not one of {', '.join(LOG_LEVELS)}")


def _default_cache_dir(env: Mapping[str, str]) -> str:
    """The user's cache folder by the XDG convention."""
    return str(Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "oddfinch")


@dataclass(frozen=True)
class Option:
    """One setting: its name in `Settings`, default, how text becomes a value, and what it is for."""

    name: str
    default: str | Callable[[Mapping[str, str]], str]
    parse: Callable[[str], Any]
    placeholder: str
    help: str

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Name in the environment."""
        return "ODDFINCH_" + self.name.upper()

    def default_text(self, env: Mapping[str, str]) -> str:
        """Default as the user would type it."""
        return self.default(env) if callable(self.default) else self.default


OPTIONS: tuple[Option, ...] = (
    Option(
        "source", "auto", _source, "auto|live|sample|PATH",
        "live Fink, a simulated sample sky, or a file or folder of alert packets (Parquet, Avro); "
        "auto is live Fink, or what is kept of it, or the sample, whichever answers first",
    ),
    Option(
        "api_url", "https://api.ztf.fink-portal.org", _url, "URL",
        "Fink-compatible server that is the live source",
    ),
    Option("host", "127.0.0.1", _host, "HOST", "address to listen on; 0.0.0.0 opens it to the network"),
    Option("port", "8050", _port, "PORT", "port to listen on"),
    Option("cache_dir", _default_cache_dir, _folder, "DIR", "folder for cached answers; safe to delete"),
    Option(
        "dust_map", "none", _folder_or_none, "DIR|none",
        "folder with SFD_dust_4096_ngp.fits and SFD_dust_4096_sgp.fits, for the extinction that object pages state",
    ),
    Option("jwst_max_mb", "20", _count, "MB", "largest file that the JWST page reads, in megabytes"),
    Option("jwst_max_rows", "200000", _count, "ROWS", "most rows that the JWST page reads from a file"),
    Option("log_level", "warning", _level, "LEVEL", "how much to log: " + ", ".join(LOG_LEVELS)),
)  # fmt: skip


def _parser(env: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="Oddfinch: what was odd last night, why, and what do we do about it.",
        epilog="Each option can also be set in the environment, as ODDFINCH_SOURCE and so on; the flag wins.",
    )
    for option in OPTIONS:
        parser.add_argument(
            option.flag,
            metavar=option.placeholder,
            help=f"{option.help} [{option.variable}; default {option.default_text(env)}]".replace("%", "%%"),
        )
    return parser


def _value(option: Option, given: str | None, env: Mapping[str, str]) -> Any:
    name = option.flag if given is not None else option.variable
    text = given if given is not None else env.get(option.variable) or option.default_text(env)
    try:
        return option.parse(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def load_settings(argv: Sequence[str] = (), env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the command line, then the environment, then the defaults.

    Parameters
    ----------
    argv
        Command-line arguments without the program's name.
    env
        Environment; handed in so that tests need no patching.

    Raises
    ------
    SettingsError
        A value cannot be used; the text names the option and what would work.
    SystemExit
        ``--help`` (0) or an option that does not exist (2), from `argparse`.
    """
    given = _parser(env).parse_args(list(argv))
    return Settings(**{o.name: _value(o, getattr(given, o.name), env) for o in OPTIONS})


assert [o.name for o in OPTIONS] == [f.name for f in fields(Settings)]
