"""Which targets of a tier may have a call, and for each other the reason why not. Pure.

Rules over the call's facts (`_by_facts`) are apart from what changes from call to call
(pauses, hours, caps, wallets), so that an index over facts can take their place when
tiers grow to thousands of targets: it would narrow the candidates, and explain the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Protocol

from market.bids import NoBid
from market.network import CapPeriod, Target
from market.value import dataclass
from routing.caps import window
from routing.filters import first_miss
from routing.modifiers import rejects
from routing.snapshot import Candidate, Snapshot


class Usage(Protocol):
    """What is on the accounts of the ledger. It may be old: the hold decides, not this."""

    def available(self, account: str) -> tuple[int, int]:
        """Return posted and held of `account`; (0, 0) for one that is not there yet."""
        ...


@dataclass(frozen=True, slots=True)
class Eligible:
    targets: tuple[Target, ...]  # In routing order.
    excluded: tuple[NoBid, ...]


class _Clock:
    """One moment on the wall clock of one zone; the names of its windows are made once."""

    def __init__(self, at: datetime, zone: tzinfo) -> None:
        self.local = at.astimezone(zone)
        self._windows: dict[CapPeriod, str] = {}

    def window(self, period: CapPeriod) -> str:
        name = self._windows.get(period)
        if name is None:
            name = self._windows[period] = window(period, self.local)
        return name


def eligible(
    snapshot: Snapshot,
    campaign: str,
    tier: int,
    facts: Mapping[str, str],
    at: datetime,
    usage: Usage,
) -> Eligible:
    """Sort the targets of one tier into those that may have the call, and those that may not."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is no moment")
    clocks: dict[tzinfo, _Clock] = {}
    known = {**facts, "vertical": snapshot.campaign(campaign).vertical}
    targets: list[Target] = []
    excluded: list[NoBid] = []
    blocked = snapshot.blocked.get(facts.get("publisher", ""), ())
    for candidate in snapshot.tier(campaign, tier).candidates:
        clock = clocks.get(candidate.zone)
        if clock is None:
            clock = clocks[candidate.zone] = _Clock(at, candidate.zone)
        reason = (
            _by_state(candidate, clock.local)
            or ("blocked_pair" if candidate.target.id in blocked else "")
            or _by_facts(candidate, known)
            or _by_usage(candidate, clock, usage)
        )
        if reason:
            excluded.append(NoBid(candidate.target.id, reason))
        else:
            targets.append(candidate.target)
    return Eligible(tuple(targets), tuple(excluded))


def _by_state(candidate: Candidate, local: datetime) -> str:
    target = candidate.target
    if target.paused or candidate.buyer.paused:
        return "paused"
    return candidate.schedule.closed(local) if candidate.schedule else ""


def _by_facts(candidate: Candidate, facts: Mapping[str, str]) -> str:
    for name in candidate.target.required:
        if not facts.get(name):  # Before the filters: this is what can be mended.
            return f"missing_field:{name}"
    for name in candidate.target.consent:
        if facts.get(f"consent.{name}") != "Y":
            return f"consent_missing:{name}"
    if missed := first_miss(candidate.rules, facts):
        return f"filter:{missed}"
    return "modifier" if candidate.steps and rejects(candidate.steps, facts) else ""


def _by_usage(candidate: Candidate, clock: _Clock, usage: Usage) -> str:
    for cap in candidate.caps:
        account = cap.account + clock.window(cap.period) if cap.period else cap.account
        needed = 1 if cap.amount_kind == "one" else candidate.least
        if _left(usage, account) + cap.limit < needed:
            return cap.reason
    if _left(usage, candidate.wallet) + candidate.buyer.credit < candidate.least:
        return "balance"
    return ""


def _left(usage: Usage, account: str) -> int:
    posted, held = usage.available(account)
    return posted - held
