"""Targets that stop by themselves: too many calls unanswered, too many sales returned. Pure.

The rule for unanswered calls is RingbaX': three in an hour or five in a day. Times are Unix
milliseconds and come in, so that the same rows after a restart make the same state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from market.health import HealthRules

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(slots=True)
class AutoPause:
    """The unanswered calls of one target, and whether it is paused for them."""

    at_ms: dict[UUID, int] = field(default_factory=dict)  # By the leg's own id: each counts once.
    paused: bool = False
    until_ms: int | None = None  # None: until somebody resumes it.

    def note(self, id_: UUID, at_ms: int) -> bool:
        """Note an unanswered call. False: it was noted before."""
        if id_ in self.at_ms:
            return False
        self.at_ms = {one: was for one, was in self.at_ms.items() if was > at_ms - DAY_MS}
        self.at_ms[id_] = at_ms
        return True

    def count(self, now_ms: int, span_ms: int) -> int:
        """Return how many calls of the last `span_ms` it left unanswered."""
        return sum(now_ms - span_ms < at <= now_ms for at in self.at_ms.values())

    def is_too_much(self, now_ms: int, rules: HealthRules) -> bool:
        """Tell whether it is to be paused."""
        hour, day = self.count(now_ms, HOUR_MS), self.count(now_ms, DAY_MS)
        return 0 < rules.unanswered_hour <= hour or 0 < rules.unanswered_day <= day

    def pause(self, until_ms: int | None) -> None:
        """Pause it; a call that was under way may do so again, and the later end holds."""
        if self.paused and (self.until_ms is None or until_ms is None):
            until_ms = None
        elif self.paused and self.until_ms is not None and until_ms is not None:
            until_ms = max(self.until_ms, until_ms)
        self.paused, self.until_ms = True, until_ms

    def is_paused(self, now_ms: int) -> bool:
        """Tell whether it is paused now."""
        return self.paused and (self.until_ms is None or now_ms < self.until_ms)

    def resume(self) -> None:
        """Somebody has seen to it: it begins anew, and what was unanswered is forgotten."""
        self.at_ms, self.paused, self.until_ms = {}, False, None


def returns_too_many(sales: int, returned: int, rules: HealthRules) -> bool:
    """Tell whether so many of a target's sales came back that it is to get no more calls."""
    if not rules.returns_percent or sales < max(rules.returns_sales, 1):
        return False
    return returned * 100 > sales * rules.returns_percent
