"""Frames as bytes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from services import frames


def typed(rows: int) -> pd.DataFrame:
    """One column of every kind that the house uses, each with a gap."""
    gap = [None] if rows else []
    rest = max(rows - 1, 0)
    return pd.DataFrame(
        {
            "candid": pd.array(gap + ["3165254992115015005"] * rest, dtype="str"),
            "jd": np.array([2460920.7651] * rows),
            "fid": pd.array(gap + [2] * rest, dtype="Int64"),
            "from_upper": pd.array(gap + [True] * rest, dtype="boolean"),
            "night": np.array(["2025-09-02"] * rows, dtype="datetime64[s]"),
            "nothing": pd.array([None] * rows, dtype="str"),
        }
    )


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_frame_comes_back_with_every_dtype_and_every_gap(rows: int) -> None:
    frame = typed(rows)
    pd.testing.assert_frame_equal(frames.from_bytes(frames.to_bytes(frame)), frame)


def test_an_identifier_keeps_all_its_digits() -> None:
    assert frames.from_bytes(frames.to_bytes(typed(2)))["candid"].iloc[1] == "3165254992115015005"


def test_several_payloads_become_one_frame_as_if_joined_one_by_one() -> None:
    parts = [typed(3), typed(0), typed(2)]
    joined = frames.from_tables([frames.table_from_bytes(frames.to_bytes(part)) for part in parts])
    pd.testing.assert_frame_equal(joined, pd.concat(parts, ignore_index=True))


def test_a_column_of_only_some_payloads_is_missing_in_the_others() -> None:
    wider = typed(1).assign(extra=1.5)
    joined = frames.from_tables([frames.table_from_bytes(frames.to_bytes(part)) for part in (typed(1), wider)])
    assert joined["extra"].isna().tolist() == [True, False]


@pytest.mark.parametrize("damage", [b"", b"nothing of the kind", frames.to_bytes(typed(9))[:-300]])
def test_bytes_that_are_no_frame_are_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match="Arrow"):
        frames.from_bytes(damage)
