"""Which caps and slots a call would use up, as accounts of the ledger. Pure.

A target, its buyer, the campaign and the publisher may all limit the same call. Each goes by the
wall clock of its own zone, so a day has 23, 24 or 25 hours. An hour carries its UTC offset,
because the clock shows one of them twice in autumn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Literal, Protocol

from market.limits import ByHour, Cap, CapPeriod
from market.network import Target
from market.value import dataclass
from routing.hours import zone_of

Kind = Literal["one", "price"]
# Calls that began in an hour without a limit count in the next one: they hold a slot too.
NO_LIMIT = 10**9


class Limited(Protocol):
    """What has limits: a target, a buyer, a campaign, a publisher."""

    @property
    def caps(self) -> tuple[Cap, ...]: ...
    @property
    def concurrency(self) -> int | None: ...
    @property
    def cap_by_hour(self) -> ByHour | None: ...
    @property
    def concurrency_by_hour(self) -> ByHour | None: ...


@dataclass(frozen=True, slots=True)
class CapUse:
    """A call takes one, or its price, from `account`, which gives `limit` in all."""

    account: str
    amount_kind: Kind
    limit: int  # Calls or micros; the account may not go below minus this.
    reason: str  # What a target gets that has none left: "cap:calls/day" or "concurrency".


@dataclass(frozen=True, slots=True)
class CapRule:
    """A cap, or slots, before the moment is known."""

    account: str  # Up to its window.
    period: CapPeriod | None  # None: one account for all time, and no window in its name.
    amount_kind: Kind
    limit: int
    reason: str
    by_hour: ByHour | None = None  # In place of `limit` in the hours that it limits.

    def use_at(self, local: datetime) -> CapUse | None:
        """Return what a call at a moment of its wall clock uses; None: nothing is limited then."""
        limit = self.limit
        if self.by_hour is not None:
            of_hour = self.by_hour.at(local)
            if of_hour is None and self.period is not None:
                return None
            limit = limit if of_hour is None else min(limit, of_hour)
        account = self.account + (window(self.period, local) if self.period else "")
        return CapUse(account, self.amount_kind, limit, self.reason)


@dataclass(frozen=True, slots=True)
class Meters:
    """All that one of them limits, and the zone that it goes by."""

    rules: tuple[CapRule, ...]
    zone: tzinfo

    def uses(self, at: datetime) -> Iterable[CapUse]:
        """Return what a call at `at` (aware) takes."""
        if not self.rules:
            return ()
        if at.tzinfo is None:
            raise ValueError("a moment without a zone is no moment")
        local = at.astimezone(self.zone)
        found = (rule.use_at(local) for rule in self.rules)
        return [use for use in found if use is not None]


def cap_rules(target: Target) -> tuple[CapRule, ...]:
    """Return what of a target's limits is the same at all hours, its slots as the last."""
    rules = [_cap_rule(cap, target.id, "") for cap in target.caps]
    if target.concurrency is not None:
        rules.append(CapRule(f"slot:{target.id}", None, "one", target.concurrency, "concurrency"))
    return tuple(rules)


def rules_of(limited: Limited, owner: str, who: str = "") -> tuple[CapRule, ...]:
    """Return all limits of `limited`, whose accounts bear the name `owner`.

    `who` stands in reasons, where it is not the target: "buyer", "campaign", "publisher".
    """
    rules = [_cap_rule(cap, owner, who) for cap in limited.caps]
    hourly = limited.cap_by_hour
    if hourly is not None:
        account = f"cap:{owner}:{hourly.kind}/by_hour:"
        reason = _reason("cap", who, f"{hourly.kind}/by_hour")
        rules.append(CapRule(account, "hour", "one", NO_LIMIT, reason, hourly))
    at_once, slots = limited.concurrency, limited.concurrency_by_hour
    if at_once is not None or slots is not None:
        most = NO_LIMIT if at_once is None else at_once
        reason = _reason("concurrency", who, "")
        rules.append(CapRule(f"slot:{owner}", None, "one", most, reason, slots))
    return tuple(rules)


def cap_uses(target: Target, at: datetime) -> tuple[CapUse, ...]:
    """Return what a call at `at` (aware) takes from the caps and the slots of `target` alone."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is no moment")
    return tuple(Meters(rules_of(target, target.id), zone_of(target)).uses(at))


def uses_at(meters: Sequence[Meters], at: datetime) -> tuple[CapUse, ...]:
    """Return what a call at `at` (aware) takes from all of them."""
    return tuple(use for each in meters for use in each.uses(at))


def window(period: CapPeriod, local: datetime) -> str:
    """Return the name of the `period` that `local` is in."""
    match period:
        case "hour":
            return local.isoformat(timespec="hours").replace(":", "")  # "2026-10-25T01+0200"
        case "day":
            return local.date().isoformat()
        case "week":
            year, week, _ = local.isocalendar()
            return f"{year:04d}-W{week:02d}"
        case "month":
            return local.date().isoformat()[:7]
        case "ever":
            return "ever"


def _cap_rule(cap: Cap, owner: str, who: str) -> CapRule:
    name = f"{cap.kind}/{cap.period}"
    amount: Kind = "price" if cap.kind == "money" else "one"
    return CapRule(f"cap:{owner}:{name}:", cap.period, amount, cap.limit, _reason("cap", who, name))


def _reason(head: str, who: str, detail: str) -> str:
    """Return a code with its detail: "cap:buyer:calls/day"."""
    return ":".join(part for part in (head, who, detail) if part)
