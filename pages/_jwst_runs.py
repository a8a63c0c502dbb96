"""Injections and searches that the address asks for: parsed, computed in a thread, kept with their file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pages._jwst_jobs import Job
from pages._jwst_session import Session
from pages._slots import Ask
from services.errors import InvalidQuery
from services.jwst import inject
from services.jwst.verdicts import Judged

if TYPE_CHECKING:
    from services.jwst.search import Searched
    from services.jwst.trial import Trial

RUN_KEYS = ("run", "search")
PLACES = (("in", "in place of their originals"), ("app", "appended as copies"))
MOST_ADDED = 999
"""As many as the published evaluation adds to about 5,000 rows."""
SHARE_ADDED = 5
DRAWS = (1, 60)
MOST_SEED = 999_999


@dataclass(frozen=True)
class Injection:
    """Parameters of one injection; the address has them as ``run=seed,1,in,999,1``."""

    style: str
    strength: float
    place: str
    count: int
    seed: int

    @property
    def text(self) -> str:
        """As in the address."""
        return f"{self.style},{self.strength:g},{self.place},{self.count},{self.seed}"

    @property
    def words(self) -> str:
        """For the screen."""
        title = inject.STYLES[self.style].title
        where = dict(PLACES)[self.place]
        return f"{self.count:,} rows: {title}, strength {percent(self.strength)}, {where}, seed {self.seed}"


@dataclass(frozen=True)
class Hunt:
    """Parameters of one search; the address has them as ``search=seed,1,12,1``."""

    style: str
    strength: float
    draws: int
    seed: int

    @property
    def text(self) -> str:
        """As in the address."""
        return f"{self.style},{self.strength:g},{self.draws},{self.seed}"


@dataclass(frozen=True)
class Measured:
    """What an injection showed.

    Attributes
    ----------
    trial
        The detectors' results.
    base_rows, left_out
        Rows that rows were injected into; rows of the file that break a rule, and are therefore not among them.
    """

    injection: Injection
    trial: Trial
    base_rows: int
    left_out: int


def percent(share: float) -> str:
    """A strength in per cent.

    Examples
    --------
    >>> percent(1.0), percent(0.001), percent(0.0316)
    ('100 %', '0.1 %', '3.16 %')
    """
    return f"{100 * share:.3g} %"


def default_injection(judged: Judged) -> Injection:
    """What the form begins with: as the seed does it, one row of five and no more than it adds."""
    clean = int((~judged.checked.broken).sum())
    return Injection("seed", 1.0, "in", max(1, min(MOST_ADDED, clean // SHARE_ADDED)), 1)


DEFAULT_HUNT = Hunt("seed", 1.0, 12, 1)


def injection_of(ask: Ask, judged: Judged) -> Injection | None:
    """The injection in the address; None when it names none.

    Raises
    ------
    InvalidQuery
        It is none that can be done.
    """
    text = str(ask.get("run") or "")
    if not text:
        return None
    good = default_injection(judged)
    try:
        style, strength, place, count, seed = text.split(",")
        wanted = Injection(style, float(strength), place, int(count), int(seed))
    except ValueError:
        raise InvalidQuery(f"“{text[:60]}” is not an injection.", example=good.text, field="run") from None
    _checked(wanted.style, wanted.strength, wanted.seed, "run", good.text)
    most = len(judged.verdict)
    if not 1 <= wanted.count <= most or wanted.place not in dict(PLACES):
        words = f"Rows to tamper with are 1 to {most:,}, in place (in) or appended (app)."
        raise InvalidQuery(words, example=good.text, field="run")
    return wanted


def hunt_of(ask: Ask) -> Hunt | None:
    """The search in the address; None when it names none.

    Raises
    ------
    InvalidQuery
        It is none that can be done.
    """
    text, good = str(ask.get("search") or ""), DEFAULT_HUNT.text
    if not text:
        return None
    try:
        style, strength, draws, seed = text.split(",")
        wanted = Hunt(style, float(strength), int(draws), int(seed))
    except ValueError:
        raise InvalidQuery(f"“{text[:60]}” is not a search.", example=good, field="search") from None
    _checked(wanted.style, wanted.strength, wanted.seed, "search", good)
    if not DRAWS[0] <= wanted.draws <= DRAWS[1]:
        raise InvalidQuery(f"A search draws {DRAWS[0]} to {DRAWS[1]} times.", example=good, field="search")
    return wanted


def _checked(style: str, strength: float, seed: int, field: str, good: str) -> None:
    if style not in inject.STYLES:
        raise InvalidQuery(f"There is no way of tampering called “{style[:40]}”.", example=good, field=field)
    low, high = inject.STRENGTHS
    if not low <= strength <= high:
        raise InvalidQuery(f"A strength is {low:g} to {high:g}.", example=good, field=field)
    if not 0 <= seed <= MOST_SEED:
        raise InvalidQuery(f"A seed is 0 to {MOST_SEED:,}.", example=good, field=field)


def measured(session: Session, judged: Judged, injection: Injection, *, start: bool) -> Job[Measured] | None:
    """The computation of an injection; with `start` it begins unless it has."""
    work: Callable[[Job[Any]], Any] | None = (lambda job: _measure(job, judged, injection)) if start else None
    return session.run(("run", injection.text), work)


def searched(session: Session, judged: Judged, hunt: Hunt, *, start: bool) -> Job[Searched] | None:
    """The computation of a search; with `start` it begins unless it has."""
    work: Callable[[Job[Any]], Any] | None = (lambda job: _search(job, judged, hunt)) if start else None
    return session.run(("search", hunt.text), work)


def clean_rows(judged: Judged) -> Any:
    """The rows that break no rule, numbered anew: what is tampered with must have been consistent."""
    return judged.observations.frame[~judged.checked.broken].reset_index(drop=True)


def _measure(job: Job[Any], judged: Judged, injection: Injection) -> Measured:
    job.tell("tampering with rows", 1, 4)
    from services.jwst import trial

    frame = clean_rows(judged)
    made = inject.inject(
        frame,
        n=injection.count,
        style=injection.style,
        strength=injection.strength,
        in_place=injection.place == "in",
        seed=injection.seed,
    )
    steps = {trial.BOTH: ("rules and forest", 2), trial.SEED: ("the seed’s detector", 3)}
    found = trial.run(made, seed=judged.seed, budget=judged.budget, on_progress=lambda name: job.tell(*steps[name], 4))
    job.tell("counting", 4, 4)
    return Measured(injection, found, len(frame), len(judged.verdict) - len(frame))


def _search(job: Job[Any], judged: Judged, hunt: Hunt) -> Searched:
    job.tell("tampering with both halves", 0, hunt.draws + 1)
    from services.jwst.search import search

    def tell(tried: int, total: int) -> None:
        job.tell(f"{tried} of {total} sets of parameters tried", tried, total)

    return search(
        clean_rows(judged), draws=hunt.draws, style=hunt.style, strength=hunt.strength, seed=hunt.seed, on_progress=tell
    )
