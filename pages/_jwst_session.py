"""Files of JWST observations that are open in somebody's tab: in memory only, for as long as the tab needs them.

A tab names its file by a token that nobody can guess and that is never in an address. A file is let go of when its tab
is closed, when nobody has looked at it for a while, and when many others were opened after it. The built-in examples
are kept in the same way, under what they were made from.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from pages._jwst_jobs import Job, after, clock
from services.jwst.read import Observations
from services.jwst.schema import Limits

IDLE_S = 30 * 60.0
LEFT_S = 60.0
"""A tab that is loaded again leaves too; it is back within this time."""
MOST = 4
MOST_ROWS = 250_000
"""Of the files before the newest, together: 200,000 rows with their verdicts are some 400 MB."""
MOST_RUNS = 12
"""Evaluations and searches that are kept of one file."""


class Session:
    """One open file: its verdicts, and what has been measured on it.

    Attributes
    ----------
    token
        What the tab calls it.
    job
        Reads and judges it; its result is a `services.jwst.verdicts.Judged`.
    kept
        What the panels have worked out of it.
    """

    def __init__(self, token: str, work: Callable[[Job[Any]], Any]) -> None:
        self.token = token
        self.job: Job[Any] = Job(work, "jwst-file")
        self.expires = 0.0
        self.kept: dict[str, Any] = {}
        self._runs: OrderedDict[tuple[str, ...], Job[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, key: tuple[str, ...], work: Callable[[Job[Any]], Any] | None) -> Job[Any] | None:
        """The computation of that key; it begins with `work` unless it is there, and not been cancelled."""
        with self._lock:
            job = self._runs.get(key)
            if work and (job is None or job.state == "cancelled"):
                job = self._runs[key] = Job(work, f"jwst-{key[0]}")
                while len(self._runs) > MOST_RUNS:
                    self._runs.popitem(last=False)[1].cancel()
            return job

    def close(self) -> None:
        """Stop whatever is being computed for it."""
        with self._lock:
            for job in (self.job, *self._runs.values()):
                if job.state == "running":
                    job.cancel()


class Sessions:
    """The open files.

    Parameters
    ----------
    now, later
        Clock and timer; handed in so that tests need not wait.
    most_rows
        Of the files before the newest.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = clock,
        later: Callable[[float, Callable[[], None]], None] = after,
        most_rows: int = MOST_ROWS,
    ) -> None:
        self._now, self._later, self._most_rows = now, later, most_rows
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()
        self._watching = False

    def open(self, data: bytes, name: str, limits: Limits) -> Session:
        """Begin to read and judge a file."""
        return self._keep(Session(secrets.token_urlsafe(18), lambda job: _judged_file(job, data, name, limits)))

    def example(self, rows: int, seed: int, tampered: int) -> Session:
        """The built-in example; `tampered` of its rows are altered in the seed's style."""
        token = f"example-{rows}-{seed}-{tampered}"
        found = self.get(token)
        if found and found.job.state != "cancelled":
            return found
        return self._keep(Session(token, lambda job: _judged_example(job, rows, seed, tampered)))

    def get(self, token: str) -> Session | None:
        """An open file, which is looked at now; None when it is not there any more."""
        self.sweep()
        with self._lock:
            found = self._held.get(token)
            if found:
                found.expires = self._now() + IDLE_S
                self._held.move_to_end(token)
            return found

    def leave(self, token: str) -> None:
        """The tab has gone; the file goes, unless the tab was only loaded again."""
        with self._lock:
            found = self._held.get(token)
            if found:
                found.expires = min(found.expires, self._now() + LEFT_S)
        self._later(LEFT_S + 1, self.sweep)

    def drop(self, token: str) -> None:
        """Let go of a file now."""
        with self._lock:
            found = self._held.pop(token, None)
        if found:
            found.close()

    def sweep(self) -> None:
        """Let go of what has not been looked at for long."""
        with self._lock:
            gone = [token for token, session in self._held.items() if session.expires < self._now()]
        for token in gone:
            self.drop(token)

    def _keep(self, session: Session) -> Session:
        session.expires = self._now() + IDLE_S
        with self._lock:
            self._held[session.token] = session
            pushed = []
            while self._crowded():
                pushed.append(self._held.popitem(last=False)[1])
        for old in pushed:
            old.close()
        self._watch()
        return session

    def _crowded(self) -> bool:
        """Whether the oldest has to go."""
        rows = sum(len(one.job.result.verdict) for one in self._held.values() if one.job.state == "done")
        return len(self._held) > MOST or (rows > self._most_rows and len(self._held) > 1)

    def _watch(self) -> None:
        """Look now and then for files that have become idle, for as long as there are any."""

        def look() -> None:
            self.sweep()
            with self._lock:
                self._watching = bool(self._held)
                again = self._watching
            if again:
                self._later(IDLE_S / 10, look)

        with self._lock:
            begin, self._watching = not self._watching, True
        if begin:
            self._later(IDLE_S / 10, look)


SESSIONS = Sessions()
"""Of this process; there is one (docs/decisions)."""


def _judged_file(job: Job[Any], data: bytes, name: str, limits: Limits) -> Any:
    from services.jwst.read import read

    job.tell("reading the file", 1, 3)
    return _judged(job, read(data, name, limits=limits))


def _judged_example(job: Job[Any], rows: int, seed: int, tampered: int) -> Any:
    from services.jwst.example import example

    job.tell("making the example", 1, 3)
    made = example(rows, seed)
    return _judged(job, _tampered(made, tampered, seed) if tampered else made)


def _judged(job: Job[Any], observations: Observations) -> Any:
    job.tell("checking the rules and fitting the forest", 2, 3)
    from services.jwst.verdicts import judge  # with scikit-learn behind it, which is slow to import

    return judge(observations)


def _tampered(made: Observations, count: int, seed: int) -> Observations:
    from services.jwst.inject import inject

    frame = inject(made.frame, n=count, seed=seed).frame
    words = f"{count:,} rows were tampered with on purpose, in the seed's style; nothing in the table says which."
    schema = replace(made.schema, notes=(*made.schema.notes, words))
    digest = hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()
    name = made.name.replace(".csv", f"-tampered-{count}.csv")
    return replace(made, frame=frame, name=name, sha256=digest, schema=schema)
