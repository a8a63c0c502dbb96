"""Random numbers that depend on what they are for, not on when they are drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# The constants of the SplitMix64 generator (Steele, Lea & Flood 2014).
_STEP, _MIX1, _MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_WORD = 2**64 - 1
# Without a common divisor with 26 it permutes the names of seven letters.
MULTIPLIER = 2_654_435_761


def uniform(*keys: int | Ints) -> Floats:
    """Uniform numbers in [0, 1), one per element of the broadcast integer keys; equal keys give equal numbers."""
    state: int | npt.NDArray[np.uint64] = 0
    for key in keys:
        # Plain integers as long as there is no array: the first keys mostly are, and numpy is slow with single numbers.
        if isinstance(state, int) and isinstance(key, int):
            state = _mixed(state ^ (key & _WORD))
        else:
            state = _mixed_all(np.asarray(state, dtype=np.uint64) ^ np.asarray(key, dtype=np.int64).astype(np.uint64))
    return np.asarray((np.atleast_1d(np.asarray(state, dtype=np.uint64)) >> np.uint64(11)).astype(np.float64) / 2.0**53)


def normal(*keys: int | Ints) -> Floats:
    """Normally distributed numbers, as `uniform` (Box & Muller 1958)."""
    return np.asarray(np.sqrt(-2 * np.log(1 - uniform(*keys, 0))) * np.cos(2 * np.pi * uniform(*keys, 1)))


def _mixed(state: int) -> int:
    state = (state + _STEP) & _WORD
    state = (state ^ (state >> 30)) * _MIX1 & _WORD
    state = (state ^ (state >> 27)) * _MIX2 & _WORD
    return state ^ (state >> 31)


def _mixed_all(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    state = state + np.uint64(_STEP)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_MIX1)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_MIX2)
    return state ^ (state >> np.uint64(31))


def object_id(seed: int, number: int) -> str:
    """``ZTF00`` and seven letters: no object of the survey has the year 00. Different for different numbers.

    Raises
    ------
    ValueError
        When `number` is not in 0 <= number < 26**7.
    """
    space = 26**7
    if not 0 <= number < space:
        raise ValueError(f"{number} does not fit into seven letters")
    scrambled = (number * MULTIPLIER + seed * 40_503_111) % space
    letters = ""
    for _ in range(7):
        scrambled, digit = divmod(scrambled, 26)
        letters = chr(ord("a") + digit) + letters
    return "ZTF00" + letters
