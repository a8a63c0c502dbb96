"""Calendar months of the anomaly index, and which of them is to be fetched next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

#: A night is loaded some hours after it ends, so a month is not closed on its last day.
GRACE = timedelta(days=3)
#: Seconds until a month that failed is tried again; doubled with every further failure, up to the longest
#: pause.
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 900.0
#: After so many failures in a row the source is down rather than a month: leave it alone a little between
#: calls.
DOWN_AFTER = 3
DOWN_PAUSE = 20.0


def month_of(night: date) -> date:
    """First day of the month of a night; months are written as that day throughout."""
    return night.replace(day=1)


def month_end(month: date) -> date:
    """Last day of a month."""
    return month_of(month + timedelta(days=31)) - timedelta(days=1)


def months_between(first: date, last: date) -> list[date]:
    """All months with a night from ``first`` to ``last``, newest first; none when ``last`` is earlier."""
    months, month = [], month_of(first)
    while month <= last:
        months.append(month)
        month = month_end(month) + timedelta(days=1)
    return months[::-1]


def is_closed(month: date, today: date) -> bool:
    """True when no night of the month can be on its way any more."""
    return month_end(month) + GRACE < today


@dataclass
class _Turn:
    due: float
    failures: int = 0


@dataclass
class Schedule:
    """Whose turn it is: months that people want first, then newest first; failed ones after a pause.

    Not safe for threads by itself; the index holds its lock around every call.

    Attributes
    ----------
    clock
        Seconds; only differences matter.
    """

    clock: Callable[[], float]
    _turns: dict[date, _Turn] = field(default_factory=dict)
    _wanted: list[date] = field(default_factory=list)
    _failures_in_a_row: int = 0
    _not_before: float = -math.inf

    def ask(self, months: Iterable[date]) -> None:
        """These are due now, unless they wait after a failure."""
        now = self.clock()
        for month in months:
            if month not in self._turns:
                self._turns[month] = _Turn(now)

    def want(self, months: Iterable[date]) -> None:
        """These go first, as soon as they are due."""
        front = list(months)
        self._wanted = front + [month for month in self._wanted if month not in front]

    def is_last_wanted(self, month: date) -> bool:
        """True when people wait for this month and for no other."""
        return self._wanted == [month]

    def retry(self) -> None:
        """Everything that waits after a failure is due now."""
        self._not_before = -math.inf
        self._failures_in_a_row = 0
        for turn in self._turns.values():
            turn.due = self.clock()

    def next(self) -> date | None:
        """The month to fetch now; None when there is none due."""
        now = self.clock()
        if now < self._not_before:
            return None
        due = [month for month, turn in self._turns.items() if turn.due <= now]
        return next((month for month in self._wanted if month in due), max(due, default=None))

    def seconds_to_next(self) -> float | None:
        """Seconds until `next` will have one; None when nothing is asked for."""
        if not self._turns:
            return None
        return max(0.0, max(self._not_before, min(turn.due for turn in self._turns.values())) - self.clock())

    def succeeded(self, month: date) -> None:
        """The month needs no further turn."""
        self._failures_in_a_row = 0
        self._turns.pop(month, None)
        self._wanted = [other for other in self._wanted if other != month]

    def failed(self, month: date) -> None:
        """The month gets another turn, later."""
        turn = self._turns.setdefault(month, _Turn(self.clock()))
        turn.failures += 1
        turn.due = self.clock() + min(FIRST_PAUSE * 2 ** (turn.failures - 1), LONGEST_PAUSE)
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= DOWN_AFTER:
            self._not_before = self.clock() + DOWN_PAUSE
