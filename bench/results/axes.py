"""An axis of a drawing: where on it a value stands, and which values are named. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

STEPS = 5
LIKED = (1, 2, 2.5, 4, 5, 6, 8, 10)  # And their powers of ten; a fifth of each is short, too.
FEW = 8  # So many different values are all named.
MARGIN = 0.04  # Beside the first and the last, where an axis does not begin with zero.


@dataclass(frozen=True, slots=True)
class Axis:
    place: Callable[[float], float]  # From 0 to 1.
    ticks: Sequence[tuple[float, str]]  # Values, and what they are called.


def axis_of(values: Sequence[float], *, nines: bool, from_zero: bool) -> Axis:
    """Return the axis on which all of `values` have a place.

    `nines`: they are shares of all, and each further nine is as far from the last.
    """
    known = sorted(set(values)) or [0.0, 1.0]
    if nines:
        return _between(known, lambda share: -math.log10(1 - min(share, 0.999999)), _percent)
    if from_zero or len(known) > FEW:
        most = nice(known[-1])
        ticks = [most * step / STEPS for step in range(STEPS + 1)]
        return Axis(lambda value: value / most, [(tick, f"{tick:,.10g}") for tick in ticks])
    return _between(known, lambda value: value, lambda value: f"{value:,.10g}")


def _between(
    known: Sequence[float], scale: Callable[[float], float], name: Callable[[float], str]
) -> Axis:
    low, high = scale(known[0]), scale(known[-1])
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return MARGIN + (1 - 2 * MARGIN) * (scale(value) - low) / span

    return Axis(place, [(value, name(value)) for value in known])


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"


def nice(most: float) -> float:
    """Return the least number that people like which `most` does not exceed."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in LIKED if step * power >= most * 0.9999)
