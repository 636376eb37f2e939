"""What another network would have earned with calls of the past: counts and sums. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from auctiond.calls.replay import History, again, is_same
from auctiond.calls.supposing import Course, Sale, course_of, supposed_course
from market.money import Micros
from routing.snapshot import Snapshot

NAMED_MAX = 20  # Calls that are named one by one; the rest is counted.
ASSUMED = (
    "Answers are taken as they came then. A leg does again what it did; who gets the call instead "
    "is taken to answer, and the caller to talk as long as he did."
)


@dataclass(slots=True)
class Side:
    """One of the two networks."""

    sold: int = 0
    revenue: int = 0  # Micros.
    calls: Counter[str] = field(default_factory=Counter)  # By target.
    earned: Counter[str] = field(default_factory=Counter)  # By target, micros.

    def add(self, sale: Sale) -> None:
        """Count a sale."""
        self.sold += 1
        self.revenue += sale.price
        self.calls[sale.target] += 1
        self.earned[sale.target] += sale.price


@dataclass(slots=True)
class Summary:
    """Fed call by call. `calls` are all that were looked at; skipped ones say why."""

    calls: int = 0
    auctions: int = 0
    exact: int = 0  # Auctions that were decided the same again, on the network they had.
    differ: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    assumed: int = 0
    assumed_revenue: int = 0
    gained: int = 0
    lost: int = 0
    changed: int = 0
    opened: int = 0
    unknown_calls: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    named: list[dict[str, Any]] = field(default_factory=list)

    def add(self, past: History, was: Snapshot | None, new: Snapshot | None) -> None:
        """Count a call; `was` is the network it had, `new` the one to suppose, if any."""
        self.calls += 1
        why = skipped(past, was, new)
        if why or was is None:
            self.skipped[why] += 1
            return
        for held in past.held:
            self.auctions += 1
            if is_same(held, again(held, was)):
                self.exact += 1
            else:
                self.differ.append(str(past.call_id))
        after = supposed_course(past, was, new) if new is not None else None
        if after is not None:
            self._compare(past.call_id, course_of(past.life), after)

    def _compare(self, call_id: UUID, before: Course, after: Course) -> None:
        self.compared += 1
        self.opened += after.is_open
        self.unknown_calls += bool(after.unknown)
        self.unknown.update(after.unknown)
        if before.sale is not None:
            self.before.add(before.sale)
        if after.sale is not None:
            self.after.add(after.sale)
            self.assumed += after.sale.assumed
            self.assumed_revenue += after.sale.price if after.sale.assumed else 0
        what = change(before, after)
        if not what:
            return
        self.gained += what == "gained"
        self.lost += what == "lost"
        self.changed += what == "changed"
        if len(self.named) < NAMED_MAX:
            line = {"call": str(call_id), "what": what}
            self.named.append(line | {"before": told(before.sale), "after": told(after.sale)})

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            "calls": self.calls,
            "skipped": dict(self.skipped),
            "auctions": self.auctions,
            "exact": self.exact,
            "differ": self.differ[:NAMED_MAX],
            "compared": self.compared,
            "before": {"sold": self.before.sold, "revenue_micros": self.before.revenue},
            "after": {"sold": self.after.sold, "revenue_micros": self.after.revenue},
            "assumed": {"sold": self.assumed, "revenue_micros": self.assumed_revenue},
            "gained": self.gained,
            "lost": self.lost,
            "changed_winner": self.changed,
            "open": self.opened,
            "unknown": {"calls": self.unknown_calls, "targets": dict(self.unknown)},
            "targets": self.targets(),
            "changed_calls": self.named,
            "assumption": ASSUMED,
        }

    def targets(self) -> list[dict[str, Any]]:
        """Return who wins what, before and after; who gains most comes first."""
        before, after = self.before, self.after
        rows = [
            {
                "target": target,
                "calls_before": before.calls[target],
                "calls_after": after.calls[target],
                "revenue_before_micros": before.earned[target],
                "revenue_after_micros": after.earned[target],
            }
            for target in {*before.calls, *after.calls}
        ]
        gain = ("revenue_after_micros", "revenue_before_micros")
        return sorted(rows, key=lambda row: (row[gain[1]] - row[gain[0]], row["target"]))


def skipped(past: History, was: Snapshot | None, new: Snapshot | None) -> str:
    """Return why a call cannot be decided again; "" if it can."""
    if not past.is_over:
        return "live"
    if past.unrecorded:
        return "not_recorded"
    if not past.held:
        return "no_auction"
    campaign = past.held[0].past.inputs.campaign
    if was is None or campaign not in was.campaigns:
        return "network_unreadable"
    if new is not None and campaign not in new.campaigns:
        return "no_campaign"
    return ""


def change(before: Course, after: Course) -> str:
    """Return what becomes different: "gained", "lost", "changed", or ""."""
    if before.sale is None or after.sale is None:
        if after.sale is not None:
            return "gained"
        return "lost" if before.sale is not None and not after.is_open else ""
    return "changed" if before.sale.target != after.sale.target else ""


def told(sale: Sale | None) -> dict[str, Any] | None:
    """Return a sale for people and programs."""
    if sale is None:
        return None
    return {"target": sale.target, "buyer": sale.buyer, "price_micros": Micros(sale.price)}
