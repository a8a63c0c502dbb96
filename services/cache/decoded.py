"""Values decoded from the answers that were used last, so that the panels of one page decode an answer once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar, cast

from services.answers import Answer

T = TypeVar("T")

MOST = 64
"""Values kept: a screenful of objects with what belongs to them, some 20 MB of long light curves."""


class Decoded:
    """The last `MOST` decoded values, by key, time of the answer and decoder; shared by threads.

    The values are shared by all who ask: whoever wants to change one makes a copy first.
    """

    def __init__(self) -> None:
        self._values: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: str, answer: Answer[bytes], decode: Callable[[bytes], T]) -> Answer[T]:
        """The answer, decoded; ValueError of ``decode`` passes through and is not remembered."""
        place = (key, answer.fetched_at, decode)
        with self._lock:
            if place in self._values:
                self._values.move_to_end(place)
                return answer.map(lambda _: cast("T", self._values[place]))
        value = decode(answer.value)
        with self._lock:
            self._values[place] = value
            while len(self._values) > MOST:
                self._values.popitem(last=False)
        return answer.map(lambda _: value)
