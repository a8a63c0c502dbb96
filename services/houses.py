"""Which source answers: the one that was chosen, or, with ``--source auto``, live Fink and what stands in for it.

Several houses may be open, one for each source. A tab keeps the source that it was opened with: it names that source
with every request and is answered from that house, so that no view ever mixes rows of two sources. Only a tab that is
opened (or reloaded) later gets the source that is current then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from services.errors import NoAnswer, OtherSource, SourceError, Unavailable
from services.fink.policy import background
from services.house import House, Progress, build_house, sample_house
from services.settings import Settings

ANSWER_WITHIN_S = 3.0
"""Longest that a start, or somebody who presses "Try Fink again", waits for live Fink (seconds)."""

ASK_EVERY_S = 60.0
"""Pause between two questions whether live Fink is back (seconds)."""

State = Literal["chosen", "live", "cached", "sample"]


@dataclass(frozen=True)
class Standing:
    """What is current, and why.

    Attributes
    ----------
    state
        ``chosen``: the source was named at the start and nothing stands in for it. Else live Fink was to be found:
        ``live`` (it answers), ``cached`` (it does not; what it said before is shown) or ``sample`` (it does not, and
        nothing is kept; the simulated sky is shown).
    trouble
        Why live Fink is not shown, None in the first two states.
    """

    state: State
    trouble: Unavailable | None = None

    @property
    def why(self) -> str:
        """`trouble` in words, with its time; empty without."""
        return f"{self.trouble}, {self.trouble.at:%H:%M:%S} UTC" if self.trouble else ""


def ask(house: House, within: float = ANSWER_WITHIN_S) -> Unavailable | None:
    """Ask a source its cheapest question; None when it answers in time, else what went wrong.

    The question runs in a thread of its own, because looking up a name on a machine without network
    can take far longer than any timeout of the request.

    Parameters
    ----------
    within
        Longest wait in seconds.
    """
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    troubles: list[Unavailable] = [NoAnswer("POST /api/v1/statistics", f"timed out after {within:g} s")]

    def question() -> None:
        try:
            with background():
                house.client.fetch_statistics(f"{yesterday:%Y%m%d}", ["basic:sci"])
        except Unavailable as error:
            troubles[0] = error
        except SourceError:
            troubles.clear()  # "nothing there" is an answer
        else:
            troubles.clear()

    thread = threading.Thread(target=question, name="is-fink-there", daemon=True)
    thread.start()
    thread.join(within)
    return troubles[0] if troubles else None


class Houses:
    """The open houses of this process by source, and the one that is current.

    Parameters
    ----------
    house
        What is current.
    live
        Live Fink, when `house` stands in for it or is it; None when the source was chosen by name.
    trouble
        Why live Fink does not answer now; None when it does.
    ask
        Finds out whether a source answers.
    """

    def __init__(
        self,
        house: House,
        *,
        live: House | None = None,
        trouble: Unavailable | None = None,
        ask: Callable[[House], Unavailable | None] = ask,
    ) -> None:
        self._open = {each.source.key: each for each in (house, live) if each is not None}
        self._current = house
        self._live = live
        self._trouble = trouble
        self._ask = ask
        self._asking = threading.Lock()
        self._ended = threading.Event()

    @property
    def current(self) -> House:
        """What a tab gets that is opened now."""
        return self._current

    def of(self, key: str | None) -> House:
        """The house of a tab that was opened with source `key`; the current one when it names none.

        Raises
        ------
        OtherSource
            This process has no such source: it was started anew since the tab was opened.
        """
        if key is None:
            return self._current
        try:
            return self._open[key]
        except KeyError:
            raise OtherSource(self._current.source.label) from None

    def standing(self) -> Standing:
        """What is current, and why."""
        if self._live is None:
            return Standing("chosen")
        if self._trouble is None:
            return Standing("live")
        return Standing("cached" if self._current is self._live else "sample", self._trouble)

    def start(self) -> None:
        """Begin to fill the index and the mirror of TNS, and to look for live Fink while something stands in for it."""
        self._current.index.start()
        self._current.tns.want()
        if self._trouble is not None:
            threading.Thread(target=self._look_out, name="is-fink-back", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._ended.set()

    def retry(self) -> Standing:
        """Ask live Fink again now; when it answers it is current from here on.

        Several callers at once cause one question, and all of them wait for its answer.
        """
        trouble = self._trouble
        with self._asking:
            if self._live is not None and self._trouble is not None and self._trouble is trouble:
                self._trouble = self._ask(self._live)
                if self._trouble is None:
                    self._current = self._live
                    self._live.index.retry()
                    self._live.tns.want()
        return self.standing()

    def _look_out(self) -> None:
        while self._trouble is not None and not self._ended.wait(ASK_EVERY_S):
            self.retry()


def open_houses(
    settings: Settings,
    progress: Progress | None = None,
    *,
    ask: Callable[[House], Unavailable | None] = ask,
) -> Houses:
    """The house that these settings ask for, and, with ``auto``, what stands in for it.

    ``auto`` is live Fink when it answers within `ANSWER_WITHIN_S`; else what is kept of its anomalies; else the sample
    sky.

    Parameters
    ----------
    progress
        Told (nights done, nights in all) while the sample sky is made for the first time.

    Raises
    ------
    SettingsError
        As `services.house.build_house` does.
    """
    house = build_house(settings, progress)
    if settings.source != "auto":
        return Houses(house, ask=ask)
    trouble = ask(house)
    if trouble is None or house.index.has_kept():
        return Houses(house, live=house, trouble=trouble, ask=ask)
    return Houses(sample_house(settings, progress), live=house, trouble=trouble, ask=ask)
