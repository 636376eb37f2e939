"""Chance that is the same in every process: a number from a seed and a place. Pure.

Not `random.Random`: making one costs more than answering a ping.
"""

from __future__ import annotations

_MASK = (1 << 64) - 1


def draw(seed: int, *where: int) -> int:
    """Return 64 even bits for the place `where`; the same place gives the same bits."""
    state = seed & _MASK
    for part in where:
        state = _mix(state ^ (part & _MASK))
    return _mix(state)


def _mix(state: int) -> int:
    """SplitMix64: one step and its finish."""
    state = (state + 0x9E3779B97F4A7C15) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)
