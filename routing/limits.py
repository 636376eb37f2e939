"""Who may have a call after all the limits that are not the target's own plain caps. Pure.

Compiled once for each network: a target without such limits costs a call nothing. The ledger
decides at the award; this spares buyers pings for calls that they could not get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from market.bids import NoBid, TargetId
from market.money import Micros
from market.network import Network, Target
from market.value import dataclass
from routing.caps import CapUse, Limited, Meters, rules_of, uses_at
from routing.hours import zone_of


class Usage(Protocol):
    """What is on the accounts of the ledger. It may be old: the hold decides, not this."""

    def available(self, account: str) -> tuple[int, int]:
        """Return posted and held of `account`; (0, 0) for one that is not there yet."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of a network, by whose they are. Who has none is not in."""

    targets: Mapping[TargetId, tuple[Meters, ...]]  # Its own, and its buyer's.
    extra: Mapping[TargetId, tuple[Meters, ...]]  # Those that routing's plain scan leaves out.
    campaigns: Mapping[str, Meters]
    publishers: Mapping[str, Meters]

    def around(self, campaign: str, publisher: str) -> tuple[Meters, ...]:
        """Return the limits that a call brings along, whoever buys it."""
        found = (self.campaigns.get(campaign), self.publishers.get(publisher))
        return tuple(meters for meters in found if meters is not None)

    def uses(
        self, target: TargetId, campaign: str, publisher: str, at: datetime
    ) -> tuple[CapUse, ...]:
        """Return all that a call awarded at `at` (aware) takes; each account once."""
        meters = self.targets.get(target, ()) + self.around(campaign, publisher)
        return uses_at(meters, at)


def compile_limits(network: Network) -> Limits:
    """Return the limits of `network`."""
    buyers = {
        buyer.id: _meters(buyer, f"buyer/{buyer.id}", "buyer", buyer.zone)
        for buyer in network.buyers
    }
    own: dict[TargetId, tuple[Meters, ...]] = {}
    extra: dict[TargetId, tuple[Meters, ...]] = {}
    for target in network.targets:
        zone = zone_of(target)
        rules, of_buyer = rules_of(target, target.id), buyers[target.buyer]
        hourly = tuple(rule for rule in rules if rule.by_hour is not None)
        own[target.id] = _some(Meters(rules, zone), of_buyer)
        extra[target.id] = _some(Meters(hourly, zone), of_buyer)
    return Limits(
        {id_: meters for id_, meters in own.items() if meters},
        {id_: meters for id_, meters in extra.items() if meters},
        _by_id(
            (one.id, _meters(one, f"campaign/{one.id}", "campaign", one.zone))
            for one in network.campaigns
        ),
        _by_id(
            (one.id, _meters(one, f"publisher/{one.id}", "publisher", one.zone))
            for one in network.publishers
        ),
    )


def within_limits(
    limits: Limits,
    targets: tuple[Target, ...],
    campaign: str,
    publisher: str,
    reserve: Micros,
    at: datetime,
    usage: Usage,
) -> tuple[tuple[Target, ...], tuple[NoBid, ...]]:
    """Return those of `targets` that may have the call, and for each other one the reason."""
    around = limits.around(campaign, publisher)
    if not around and not limits.extra:
        return targets, ()
    shared = [_room(meters, at, usage) for meters in around]
    seen: dict[int, Room] = {}  # Targets of one buyer share its limits.
    kept: list[Target] = []
    full: list[NoBid] = []
    for target in targets:
        rooms = shared.copy()
        for meters in limits.extra.get(target.id, ()):
            room = seen.get(id(meters))
            if room is None:
                room = seen[id(meters)] = _room(meters, at, usage)
            rooms.append(room)
        reason = _full(rooms, target, reserve) if rooms else ""
        if reason:
            full.append(NoBid(target.id, reason))
        else:
            kept.append(target)
    return tuple(kept), tuple(full)


@dataclass(frozen=True, slots=True)
class Room:
    """What is left at one moment: of units none, and why; of money so much, or why not."""

    full: str
    money: tuple[tuple[int, str], ...]


def _room(meters: Meters, at: datetime, usage: Usage) -> Room:
    full, money = "", []
    for use in meters.uses(at):
        posted, held = usage.available(use.account)
        left = posted - held + use.limit
        if use.amount_kind == "price":
            money.append((left, use.reason))
        elif left < 1:
            full = full or use.reason
    return Room(full, tuple(money))


def _full(rooms: list[Room], target: Target, reserve: Micros) -> str:
    for room in rooms:
        if room.full:
            return room.full
        for left, reason in room.money:
            if left < _least(target, reserve):
                return reason
    return ""


def _least(target: Target, reserve: Micros) -> int:
    """Return the least that `target` could pay; a ping's answer is not known before it."""
    least = reserve if target.ping is not None or target.price is None else target.price
    return max(least, 1)


def _meters(limited: Limited, owner: str, who: str, zone: str) -> Meters:
    return Meters(rules_of(limited, owner, who), ZoneInfo(zone))


def _some(*meters: Meters) -> tuple[Meters, ...]:
    return tuple(each for each in meters if each.rules)


def _by_id(meters: Iterable[tuple[str, Meters]]) -> dict[str, Meters]:
    return {id_: each for id_, each in meters if each.rules}
