"""Answers that are tables: of any number of rows, in blocks, so that a large one needs no more memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import pandas as pd
import pyarrow as pa
from flask import Response

from services.local_fink.columns import COLUMNS
from services.local_fink.computed import rates_and_colours, with_computed
from services.local_fink.formats import WRITERS, as_served
from services.local_fink.history import IS_ALERT
from services.local_fink.routes import Payload, ServerError, refused
from services.local_fink.store import Store

# Rows that are in memory at a time; a full row is about 4 kB as JSON.
BLOCK = 1000


@dataclass(frozen=True)
class Question:
    """What is wanted of alerts that are already chosen.

    Attributes
    ----------
    wanted
        Columns asked for, empty for all of `known` and the ``v:`` columns.
    known
        Columns of the table that is asked.
    colours
        True to add rates and colours to a full answer.
    brackets
        Around features, see `as_served`.
    """

    wanted: list[str]
    known: Collection[str] = tuple(COLUMNS)
    colours: bool = False
    brackets: str = "[]"


def tabular(blocks: Iterable[pd.DataFrame], payload: Payload) -> Response:
    """Blocks of one table in the format asked for; streamed when there is more than one block.

    What fails in the first two blocks is still answered with 500: nothing has been sent then.
    """
    asked = payload.get("output-format", "json")
    rest = iter(blocks)
    first = list(islice(rest, 2))
    if asked not in WRITERS:
        return refused(f"Output format `{asked}` is not supported. Choose among json, csv, votable, or parquet")
    write, kind = WRITERS[asked]
    try:
        parts = write(chain(first, rest))
        answer = Response(parts if len(first) > 1 else b"".join(parts), 200)
    except pa.ArrowException as error:  # text and numbers in one column, where upper limits are in it
        raise ServerError(str(error)) from error
    answer.headers["Content-Type"] = kind
    return answer


def alerts(store: Store, chosen: pd.DataFrame, question: Question, size: int = BLOCK) -> Iterator[pd.DataFrame]:
    """Chosen alerts as served, in blocks: newest first where the time is known, no row without a cell.

    Parameters
    ----------
    chosen
        From `Store.chosen_anomalies` or `Store.chosen_of_class`.
    """
    if question.wanted == [] or "i:jd" in question.wanted:
        # Not stable: this gives alerts of one exposure the order of the recordings, on every processor.
        chosen = chosen.sort_values("i:jd", ascending=False, kind="heapsort")
    columns = question.wanted or list(question.known)
    filled = store.filled(chosen["id"], columns) if len(chosen) > size else None
    colours = rates_and_colours(chosen) if question.colours and not question.wanted and len(chosen) else None
    place = 0
    for rows in store.blocks(chosen["id"], columns, size):
        if colours is not None:
            rows = rows.assign(**{name: cells.iloc[place : place + len(rows)].array for name, cells in colours.items()})
        place += len(rows)
        yield served(rows, question, filled)


def served(
    rows: pd.DataFrame, question: Question, filled: Collection[str] | None = None, *, colours: bool = False
) -> pd.DataFrame:
    """Rows of the store as the server sends them, in their order; `filled` as in `as_served`."""
    if question.wanted:
        rows = rows[[*(name for name in question.wanted if name in rows), IS_ALERT]]
        rows = rows[rows.drop(columns=IS_ALERT).notna().any(axis=1)]
    if rows.empty:
        return pd.DataFrame()
    full = not question.wanted
    made = with_computed(rows, colours=colours) if full else rows
    return as_served(made, full=full, filled=filled, brackets=question.brackets).drop(columns=IS_ALERT)
