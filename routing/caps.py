"""Which caps a call would use up, as accounts of the ledger with one window each. Pure.

Windows go by the wall clock of the target's zone, so a day has 23, 24 or 25 hours. An
hour carries its UTC offset, because the clock shows one of them twice in autumn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from market.network import Cap, CapPeriod, Target
from routing.hours import zone_of

Kind = Literal["one", "price"]


@dataclass(frozen=True, slots=True)
class CapUse:
    """A call takes one, or its price, from `account`, which gives `limit` in all."""

    account: str
    amount_kind: Kind
    limit: int  # Calls or micros; the account may not go below minus this.
    reason: str  # What a target gets that has none left: "cap:calls/day" or "concurrency".


@dataclass(frozen=True, slots=True)
class CapRule:
    """A cap, or the slots of a target, before the moment is known."""

    account: str  # Up to its window.
    period: CapPeriod | None  # None: one account for all time, and no window in its name.
    amount_kind: Kind
    limit: int
    reason: str


def cap_rules(target: Target) -> tuple[CapRule, ...]:
    """Return the caps of `target`, and its slots as the last."""
    rules = [_cap_rule(target, cap) for cap in target.caps]
    if target.concurrency is not None:
        slot = CapRule(f"slot:{target.id}", None, "one", target.concurrency, "concurrency")
        rules.append(slot)
    return tuple(rules)


def cap_uses(target: Target, at: datetime) -> tuple[CapUse, ...]:
    """Return what a call at `at` (aware) takes from the caps and the slots of `target`."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is no moment")
    local = at.astimezone(zone_of(target))
    return tuple(
        CapUse(
            rule.account + (window(rule.period, local) if rule.period else ""),
            rule.amount_kind,
            rule.limit,
            rule.reason,
        )
        for rule in cap_rules(target)
    )


def window(period: CapPeriod, local: datetime) -> str:
    """Return the name of the `period` that `local` is in."""
    match period:
        case "hour":
            return local.strftime("%Y-%m-%dT%H%z")
        case "day":
            return local.date().isoformat()
        case "week":
            year, week, _ = local.isocalendar()
            return f"{year:04d}-W{week:02d}"
        case "month":
            return local.date().isoformat()[:7]
        case "ever":
            return "ever"


def _cap_rule(target: Target, cap: Cap) -> CapRule:
    name = f"{cap.kind}/{cap.period}"
    kind: Kind = "one" if cap.kind == "calls" else "price"
    return CapRule(f"cap:{target.id}:{name}:", cap.period, kind, cap.limit, f"cap:{name}")
