"""Why one target may not have a call: asked of each in a small tier, of few in a large one. Pure.

What an index answers for all at once (routing/target_index.py) must be the same as this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Protocol

from market.bids import TargetId
from market.network import CapPeriod
from routing.caps import window
from routing.filters import first_miss
from routing.modifiers import rejects
from routing.snapshot import Candidate

NOBODY: frozenset[TargetId] = frozenset()


class Usage(Protocol):
    """What is on the accounts of the ledger. It may be old: the hold decides, not this."""

    def available(self, account: str) -> tuple[int, int]:
        """Return posted and held of `account`; (0, 0) for one that is not there yet."""
        ...


class Clock:
    """One moment on the wall clock of one zone; the names of its windows are made once."""

    __slots__ = ("_windows", "local")

    def __init__(self, at: datetime, zone: tzinfo) -> None:
        self.local = at.astimezone(zone)
        self._windows: dict[CapPeriod, str] = {}

    def window(self, period: CapPeriod) -> str:
        """Return the name of the `period` that the moment is in."""
        name = self._windows.get(period)
        if name is None:
            name = self._windows[period] = window(period, self.local)
        return name


class Moment:
    """A call's moment with what is known of it: what each target is asked against."""

    __slots__ = ("_at", "_clocks", "blocked", "facts", "usage")

    def __init__(
        self,
        facts: Mapping[str, str],
        at: datetime,
        usage: Usage,
        blocked: frozenset[TargetId] = NOBODY,
    ) -> None:
        """`blocked` are the targets that the call's publisher may not sell to."""
        if at.tzinfo is None:
            raise ValueError("a moment without a zone is no moment")
        self._at = at
        self._clocks: dict[tzinfo, Clock] = {}
        self.facts = facts
        self.blocked = blocked
        self.usage = usage

    def why_not(self, candidate: Candidate, accounts: bool = True) -> str:
        """Return the reason why `candidate` may not have the call, or "".

        Without `accounts` only its own state and rules are asked.
        """
        clock, target = self._clocks.get(candidate.zone), candidate.target
        if clock is None:
            clock = self._clocks[candidate.zone] = Clock(self._at, candidate.zone)
        if target.paused or candidate.buyer.paused:
            return "paused"
        if candidate.schedule is not None and (closed := candidate.schedule.closed(clock.local)):
            return closed
        if target.id in self.blocked:
            return "blocked_pair"
        reason = _by_facts(candidate, self.facts)
        return reason or (_by_usage(candidate, clock, self.usage) if accounts else "")


def _by_facts(candidate: Candidate, facts: Mapping[str, str]) -> str:
    target = candidate.target
    for name in target.required:
        if not facts.get(name):  # Before the filters: this is what can be mended.
            return f"missing_field:{name}"
    for name in target.consent:
        if facts.get(f"consent.{name}") != "Y":
            return f"consent_missing:{name}"
    if missed := first_miss(candidate.rules, facts):
        return f"filter:{missed}"
    return "modifier" if candidate.steps and rejects(candidate.steps, facts) else ""


def _by_usage(candidate: Candidate, clock: Clock, usage: Usage) -> str:
    for cap in candidate.caps:
        account = cap.account + clock.window(cap.period) if cap.period else cap.account
        posted, held = usage.available(account)
        if posted - held + cap.limit < (1 if cap.amount_kind == "one" else candidate.least):
            return cap.reason
    posted, held = usage.available(candidate.wallet)
    return "balance" if posted - held + candidate.buyer.credit < candidate.least else ""
