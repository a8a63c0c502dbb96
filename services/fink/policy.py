"""How long each call may take, how much it may bring, and why, in one table; and how many may run at once."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

MB = 1_000_000

#: Requests in flight per process: the public service runs 4 workers, shared by everybody.
IN_FLIGHT = 4
#: Of those, how many may be prefetching, so that a person's click never waits behind it.
IN_FLIGHT_BACKGROUND = 3

#: Three attempts: one lost packet or one restarting worker is bridged, an outage is not hammered.
ATTEMPTS = 3
#: Pause after failed attempt k = 1, 2: ``BACKOFF_S * 2**(k-1)``, plus up to ``JITTER_S`` so that clients do
#: not come back in step.
BACKOFF_S = 0.5
JITTER_S = 0.3
#: Overload and gateway trouble pass by themselves; 500 is a bug that this question hits, 400 is our mistake.
RETRIED_STATUS = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of Fink and what is allowed there.

    Attributes
    ----------
    kind
        Name in the call log and last part of the path.
    read_s
        Longest wait for the first and for the next bytes, in seconds.
    total_s
        Longest time of the whole call in seconds: waiting for a free slot, all attempts and pauses.
    max_bytes
        Largest answer that is read, decompressed.
    why
        Reason for these numbers.
    method
        POST, or GET where the API knows nothing else, or where POST would write.
    connect_s
        Longest wait for the connection: one lost packet is sent again after 1 s, a second one after 3 s.
    """

    kind: str
    read_s: float
    total_s: float
    max_bytes: int
    why: str
    method: Literal["GET", "POST"] = "POST"
    connect_s: float = 4.0

    @property
    def path(self) -> str:
        """Path under the base URL."""
        return f"/api/v1/{self.kind}"

    @property
    def call(self) -> str:
        """Method and path, as errors and the Status page name the call."""
        return f"{self.method} {self.path}"


# kind, read_s, total_s, max_bytes, why
_TABLE = (
    Endpoint("anomaly", 30, 75, 100 * MB, "a month takes under 1 s; everything in full rows is 40 MB"),
    Endpoint("objects", 45, 100, 60 * MB, "1,575 full rows take 1.8 s, several times that when Fink is busy"),
    Endpoint("latests", 30, 75, 60 * MB, "an index table, as quick as the anomaly list"),
    Endpoint("resolver", 60, 130, 120 * MB, "a name takes 1 s; the whole TNS table is 45 to 60 MB in one answer"),
    Endpoint("classes", 20, 50, 2 * MB, "8 kB, but Fink fetches SIMBAD's list of types each time", "GET"),
    Endpoint("conesearch", 60, 130, 60 * MB, "5 arcsec take 1 s, a degree a minute or more"),
    Endpoint("cutouts", 20, 50, 10 * MB, "1.2 s out of a distributed file system; three stamps are 0.2 MB"),
    Endpoint("statistics", 20, 50, 30 * MB, "one small row per night"),
    Endpoint("metadata", 15, 40, 20 * MB, "a short table; POST would write into the public database", "GET"),
)

TNS_TABLE = "resolver, whole TNS table"
"""Name of the one question whose answer is read while it arrives."""

#: By kind; the whole TNS table is a question to the resolver with limits of its own.
ENDPOINTS: dict[str, Endpoint] = {
    **{endpoint.kind: endpoint for endpoint in _TABLE},
    TNS_TABLE: Endpoint("resolver", 120, 900, 400 * MB, "200,000 rows and growing; never in memory as a whole"),
}


_in_background: contextvars.ContextVar[bool] = contextvars.ContextVar("in_background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """Calls made inside leave one slot free for whoever is waiting in front of the screen.

    Holds for the current thread (or task) only: enter it inside the function that a worker thread runs.
    """
    token = _in_background.set(True)
    try:
        yield
    finally:
        _in_background.reset(token)


class Slots:
    """The limit on requests in flight, shared by all clients of a process.

    Parameters
    ----------
    total, prefetching
        Requests at once, and how many of them under `background`.
    """

    def __init__(self, total: int = IN_FLIGHT, prefetching: int = IN_FLIGHT_BACKGROUND) -> None:
        self._total = threading.BoundedSemaphore(total)
        self._background = threading.BoundedSemaphore(prefetching)

    @contextmanager
    def taken(self, timeout: float) -> Iterator[bool]:
        """Hold a slot; yields False when none came free within ``timeout`` seconds."""
        gates = [self._background, self._total] if _in_background.get() else [self._total]
        end = time.monotonic() + timeout
        held: list[threading.BoundedSemaphore] = []
        try:
            yield all(_enter(gate, held, end) for gate in gates)
        finally:
            for gate in reversed(held):
                gate.release()


def _enter(gate: threading.BoundedSemaphore, held: list[threading.BoundedSemaphore], end: float) -> bool:
    if not gate.acquire(timeout=max(0.0, end - time.monotonic())):
        return False
    held.append(gate)
    return True


PROCESS_SLOTS = Slots()
