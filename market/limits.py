"""Limits by the hour of the week, and rules about callers who call again. Pure: nouns.

A limit that is not there is no limit; there is no number that means "without".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# What a cap counts. Each is set aside at the award and given back when it did not come to it:
# calls that were rung, calls the buyer answered, calls that were sold, or their prices.
CapKind = Literal["calls", "connects", "billables", "money"]
CapPeriod = Literal["hour", "day", "week", "month", "ever"]
CAP_KINDS: tuple[CapKind, ...] = ("calls", "connects", "billables", "money")
WEEK_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class Cap:
    kind: CapKind
    period: CapPeriod
    limit: int  # Calls, or micros.


@dataclass(frozen=True, slots=True)
class ByHour:
    """A limit for each hour of the week, from Monday midnight on; None: no limit."""

    limits: tuple[int | None, ...]
    kind: CapKind = "calls"  # What is counted. Slots count calls under way.

    def at(self, local: datetime) -> int | None:
        """Return the limit at a moment on the wall clock that they go by."""
        return self.limits[local.weekday() * 24 + local.hour]
