"""Oddfinch as its users start it: a process of its own, on a port of this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diskcache

from services.cache.disk import BytesDisk
from services.cache.entry import pack, unpack

ROOT = Path(__file__).parents[2]
ARCHIVE = ROOT.parent / "shared" / "data" / "alerts.parquet"
START_S = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningApp:
    """`python app.py` with its own cache, started at once.

    Parameters
    ----------
    folder
        For the cache and the log of the process.
    options
        More of the command line.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.cache_dir = folder / "cache"
        self._log = folder / "app.log"
        command = [sys.executable, "app.py", "--port", str(port), "--cache-dir", str(self.cache_dir), *options]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ODDFINCH_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def health(self) -> dict[str, Any]:
        """What `/healthz` says."""
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def wait(self, *, complete: bool = True) -> None:
        """Until it answers, and by default until it knows all months of anomalies.

        Raises AssertionError with the log when that does not happen.
        """
        end = time.monotonic() + START_S
        while time.monotonic() < end and self._process.poll() is None:
            try:
                index = self.health()["index"]
            except (urllib.error.URLError, ConnectionError):
                index = None
            if index and (not complete or index["months"] == index["of"]):
                return
            time.sleep(0.1)
        raise AssertionError(f"the app did not start:\n{self.log()}")

    def log(self) -> str:
        """All it printed."""
        return self._log.read_text(errors="replace")

    def stop(self) -> int:
        """End the process; its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait(5)


def wait_kept(cache_dir: Path, words: Iterable[str]) -> None:
    """Until the cache holds an answer for each word, in its key; AssertionError when that does not happen."""
    end, missing = time.monotonic() + START_S, set(words)
    while missing and time.monotonic() < end:
        with diskcache.Cache(str(cache_dir / "answers"), disk=BytesDisk) as kept:
            keys = [key for key in kept if not key.startswith(("claim\x1f", "failure\x1f"))]
        missing = {word for word in missing if not any(word in key for key in keys)}
        time.sleep(0.05)
    assert not missing, f"never kept: {missing}"


def age_cache(cache_dir: Path, word: str, seconds: float) -> int:
    """Make the answers whose key contains `word` older, as if they had been fetched earlier; how many there were."""
    aged = 0
    with diskcache.Cache(str(cache_dir / "answers"), disk=BytesDisk) as kept:
        for key in list(kept):
            if word not in key or key.startswith(("claim\x1f", "failure\x1f")):
                continue
            entry = unpack(kept[key])
            older = replace(entry, fetched=entry.fetched - seconds, fresh_until=entry.fresh_until - seconds)
            kept.set(key, pack(older))
            aged += 1
    return aged
