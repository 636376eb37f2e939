"""The network of the stages: one campaign with one tier, in which everybody may have any call."""

from __future__ import annotations

from market.bids import BuyerId, TargetId
from market.money import micros
from market.network import (
    Buyer,
    Campaign,
    Cap,
    Filter,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
)
from market.schedule import Hours

CAMPAIGN, PUBLISHER, NUMBER = "auto", "north", "+15558000000"
DEADLINE_MS, TOLD_MS = 200, 180
ALL_DAY = dict.fromkeys(range(7), ((0, 24 * 60),))


def target_id(number: int) -> TargetId:
    """Return the target of the buyer with that number."""
    return TargetId(f"target-{number:02d}")


def network_of(ports: tuple[int, ...]) -> Network:
    """Return a network of one campaign with one tier, in which everybody may have any call."""
    numbers = range(len(ports))
    tier = Tier(tuple(target_id(number) for number in numbers), reserve=micros(5))
    campaign = Campaign(
        id=CAMPAIGN,
        name="Auto insurance",
        vertical="auto-insurance",
        tiers=(tier,),
        deadline_ms=DEADLINE_MS,
        told_ms=TOLD_MS,
    )
    return Network(
        name="bench",
        campaigns=(campaign,),
        publishers=(Publisher(PUBLISHER, "North Media"),),
        numbers=(TrackingNumber(NUMBER, CAMPAIGN, PUBLISHER),),
        buyers=tuple(Buyer(BuyerId(f"buyer-{number:02d}"), "Buyer") for number in numbers),
        targets=tuple(_target(number, port) for number, port in enumerate(ports)),
    )


def _target(number: int, port: int) -> Target:
    """Return a target with the rules that real ones have; all of them pass."""
    host = f"http://127.0.0.1:{port}"
    return Target(
        id=target_id(number),
        buyer=BuyerId(f"buyer-{number:02d}"),
        ping=PingTarget("plain_json", f"{host}/ping", {"post_url": f"{host}/post"}),
        price_max=micros(60),
        filters=(Filter("state", any_of=("CA", "TX", "FL")), Filter("area_code", none_of=("9*",))),
        caps=(Cap("calls", "day", 10_000_000), Cap("money", "hour", micros(1_000_000))),
        concurrency=100_000,
        hours=Hours("America/New_York", ALL_DAY) if number % 2 else None,
    )
