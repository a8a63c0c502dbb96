"""What the address and the tab say about the JWST page: which file, which rows of it, which rule, which order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import numpy as np

from pages._jwst_session import SESSIONS, Session
from pages._slots import Ask
from services.errors import InvalidQuery
from services.house import House
from services.jwst import rules
from services.jwst.read import Observations
from services.jwst.schema import Limits
from services.jwst.seed_detector import SeedResult
from services.jwst.verdicts import CONSISTENT, INCONSISTENT, UNUSUAL, Judged

SOURCE_KEYS = ("file", "example", "rows", "seed", "tampered")
"""Parts of the address that name the rows; ``token``, which the tab knows of its own file, is beside the address."""
FILTER_KEYS = ("only", "rule", "type", "detector")
EXAMPLE_ROWS, EXAMPLE_SEED = 5_000, 1
SOON_S = 1.0
"""How long a panel waits for verdicts; after that it says that they are on their way, and is asked for again."""
WAIT_S = 180.0
"""How long a download waits for them."""
PAGE_ROWS = 50
DROPPED = "dropped"
HARD = [rule.name for rule in rules.RULES if not rule.hint]
SORTS = ("rules", "row", "name")


class RowFacts:
    """What several panels need to know of all rows of a file, worked out once."""

    def __init__(self, judged: Judged) -> None:
        self.judged = judged

    @cached_property
    def _hard(self) -> np.ndarray:
        return self.judged.checked.status[HARD].to_numpy()

    @cached_property
    def broken(self) -> np.ndarray:
        """How many rules each row breaks; hints do not count."""
        return np.asarray((self._hard == rules.BROKEN).sum(axis=1))

    @cached_property
    def partly(self) -> np.ndarray:
        """Rows that some rule could not check."""
        return np.asarray((self._hard == rules.NOT_CHECKABLE).any(axis=1))

    @cached_property
    def types(self) -> np.ndarray:
        """Product type of each row; "" for none."""
        return np.asarray(self.judged.observations.frame["dataproduct_type"].fillna("").to_numpy(dtype=object))

    @cached_property
    def type_counts(self) -> dict[str, int]:
        """Product type → rows, by name."""
        names, counts = np.unique(self.types.astype(str), return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))


def facts_of(session: Session, judged: Judged) -> RowFacts:
    """Facts of the rows of a file; kept with it."""
    found: RowFacts = session.kept.setdefault("facts", RowFacts(judged))
    return found


@dataclass(frozen=True)
class Chosen:
    """The rows of a page and how they are looked at.

    Attributes
    ----------
    session, facts
        The file and its verdicts.
    seed_result
        What the seed's detector says, when it was asked for.
    only, rule, kind
        Filters: a verdict, "partly" (not every rule could be checked) or "all"; a rule; a product type; "" for none.
    rows
        Row numbers that pass the filters, in order.
    """

    session: Session
    facts: RowFacts
    seed_result: SeedResult | None
    only: str
    rule: str
    kind: str
    rows: np.ndarray

    @property
    def judged(self) -> Judged:
        """The verdicts."""
        return self.facts.judged

    @property
    def observations(self) -> Observations:
        """The file."""
        return self.judged.observations

    @property
    def simulated(self) -> bool:
        """Whether the rows are an example."""
        return self.observations.schema.simulated


def limits_of(h: House) -> Limits:
    """How large a file may be."""
    return Limits(max_bytes=h.settings.jwst_max_mb * 1_000_000, max_rows=h.settings.jwst_max_rows)


def whole(ask: Ask, key: str, default: int, least: int, most: int) -> int:
    """A whole number in the address.

    Raises
    ------
    InvalidQuery
        It is none, or outside of the range.
    """
    text = str(ask.get(key) or default)
    if text.isdecimal() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    raise InvalidQuery(
        f"{text} is not a whole number from {least:,} to {most:,}.", example=str(default or least), field=key
    )


def session_of(h: House, ask: Ask) -> Session | None:
    """The open file of the tab, or the example in the address; None when there is none."""
    if ask.get("example"):
        most = h.settings.jwst_max_rows
        rows = whole(ask, "rows", min(EXAMPLE_ROWS, most), 1, most)
        return SESSIONS.example(
            rows, whole(ask, "seed", EXAMPLE_SEED, 0, 999_999_999), whole(ask, "tampered", 0, 0, rows)
        )
    return SESSIONS.get(str(ask["token"])) if ask.get("token") else None


def judged_of(h: House, ask: Ask, *, seconds: float = SOON_S) -> tuple[Session, Judged] | None:
    """The file and its verdicts; None when there is no file, none that could be read, or no verdict yet.

    What is wrong with the address of an example is told by the panel of the file, and not by every panel.
    """
    try:
        session = session_of(h, ask)
    except InvalidQuery:
        return None
    if session is None or not session.job.wait(seconds) or session.job.state != "done":
        return None
    return session, session.job.result


def chosen_of(h: House, ask: Ask) -> Chosen | None:
    """The rows that the address chooses; None when there is no file, or no verdict yet.

    Raises
    ------
    InvalidQuery
        The address names a rule or a detector that does not exist.
    """
    found = judged_of(h, ask)
    if found is None:
        return None
    session, judged = found
    rule = _one_of(ask, "rule", ("", *rules.BY_NAME))
    facts = facts_of(session, judged)
    detector = _one_of(ask, "detector", ("", "seed"))
    seed_result = seed_of(session, judged) if detector else None
    if detector and seed_result is None:
        return None
    verdicts = verdicts_of(judged, seed_result)
    kind = str(ask.get("type") or "")
    only = _one_of(ask, "only", ("", *verdicts, "partly", "all")) or _first_filter(verdicts, rule or kind)
    mask = _mask(facts, verdicts, only, rule, kind)
    return Chosen(
        session, facts, seed_result, only, rule, kind, _sorted(facts, mask, _one_of(ask, "sort", ("", *SORTS)))
    )


def _one_of(ask: Ask, key: str, choices: tuple[str, ...]) -> str:
    text = str(ask.get(key) or "")
    if text in choices:
        return text
    good = "separation" if key == "rule" else next(choice for choice in choices if choice)
    raise InvalidQuery(f"There is no {key} “{text[:40]}”.", example=good, field=key)


def seed_of(session: Session, judged: Judged) -> SeedResult | None:
    """What the seed's own detector says of the file; worked out once, None while it is."""

    def work(job: Any) -> SeedResult:
        from services.jwst.seed_detector import detect

        job.tell("fitting the seed's detector")
        return detect(judged.observations.frame, seed=judged.seed)

    job = session.run(("seed",), work)
    assert job is not None
    if not job.wait(SOON_S):
        return None
    found: SeedResult = job.result
    return found


def verdicts_of(judged: Judged, seed_result: SeedResult | None) -> dict[str, np.ndarray]:
    """Verdict → which rows have it; those of the seed's detector are "flagged", "dropped" and "unflagged"."""
    if seed_result is None:
        return {verdict: judged.verdict == verdict for verdict in (INCONSISTENT, UNUSUAL, CONSISTENT)}
    dropped = np.zeros(len(judged.verdict), dtype=bool)
    dropped[seed_result.dropped] = True
    return {"flagged": seed_result.flag, DROPPED: dropped, "unflagged": ~seed_result.flag & ~dropped}


def _first_filter(verdicts: dict[str, np.ndarray], filtered: str) -> str:
    """What is shown before somebody chooses: the first verdict that any row has, all of them when a rule is chosen."""
    return "all" if filtered else next(name for name, mask in verdicts.items() if mask.any())


def _mask(facts: RowFacts, verdicts: dict[str, np.ndarray], only: str, rule: str, kind: str) -> np.ndarray:
    mask: np.ndarray = np.ones(len(facts.judged.verdict), dtype=bool)
    if only != "all":
        mask &= facts.partly if only == "partly" else verdicts[only]
    if rule:
        mask &= (facts.judged.checked.status[rule] == rules.BROKEN).to_numpy()
    if kind:
        mask &= np.asarray(facts.types == ("" if kind == "none" else kind))
    return mask


def _sorted(facts: RowFacts, mask: np.ndarray, sort: str) -> np.ndarray:
    rows = np.flatnonzero(mask)
    if sort == "row":
        return rows
    if sort == "name":
        names = facts.judged.observations.frame["obs_id"].fillna("").to_numpy(dtype=object)[rows]
        return rows[np.argsort(names.astype(str), kind="stable")]
    score = np.nan_to_num(facts.judged.unusual.score[rows])
    return rows[np.argsort(-facts.broken[rows] - score / 2, kind="stable")]


def row_of(ask: Ask, chosen: Chosen) -> int | None:
    """The row in the address, else the first of the table; None when the table has none.

    Raises
    ------
    InvalidQuery
        The file has no such row.
    """
    if ask.get("row"):
        return whole(ask, "row", int(chosen.rows[0]) if len(chosen.rows) else 0, 0, len(chosen.judged.verdict) - 1)
    return int(chosen.rows[0]) if len(chosen.rows) else None


def rule_of(chosen: Chosen) -> str:
    """The rule whose values are drawn: that in the address, else the one that most rows break."""
    if chosen.rule:
        return chosen.rule
    counts = (chosen.judged.checked.status[HARD] == rules.BROKEN).sum()
    return str(counts.idxmax()) if counts.max() else "separation"


def source_query(ask: Ask, **more: Any) -> str:
    """Query of a download: which rows, and what else it needs."""
    known = {key: ask[key] for key in ("token", *SOURCE_KEYS) if ask.get(key)}
    if known.get("example"):
        known.pop("token", None)
    return urlencode({**known, **{key: value for key, value in more.items() if value not in (None, "")}})
