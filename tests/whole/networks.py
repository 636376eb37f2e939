"""Small networks for tests of the whole: buyers who are pinged, and buyers with a price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auctiond.sandbox.buyers.offers import destination
from market.bids import BuyerId, TargetId
from market.money import micros
from market.network import (
    Buyer,
    Campaign,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
)

NUMBER = "+15558000000"  # What callers dial.
FALLBACK = "+15559000000"
WALLET = "500"
BILLABLE_S = 0.4  # Of buyers with a price: a sale takes half a second.


def pinged(n: int, port: int, name: str = "plain_json", **changes: Any) -> Target:
    """Return the target of the n-th sandbox buyer."""
    host = f"http://127.0.0.1:{port}"
    ping = {
        "plain_json": PingTarget(name, f"{host}/ping", {"post_url": f"{host}/post"}),
        "ringba": PingTarget(name, f"{host}/v1/production/sandbox.json"),
        "trackdrive": PingTarget(name, host, {"vanity": "sandbox", "traffic_source_id": "a"}),
        "retreaver": PingTarget(name, host, {"publisher_id": "a"}, {"key": "env:RETREAVER_KEY"}),
    }[name]
    target = Target(
        id=TargetId(f"shop-{n}"),
        buyer=BuyerId(f"buyer-{n}"),
        ping=ping,
        destination=destination(n) if name == "trackdrive" else "",
        ring_s=6.0,
    )
    return replace(target, **changes)


def priced(name: str, price: str, number: str, **changes: Any) -> Target:
    """Return a target with a price and no server."""
    target = Target(
        id=TargetId(name),
        buyer=BuyerId(name),
        price=micros(price),
        destination=number,
        billable_after_s=BILLABLE_S,
        ring_s=5.0,
    )
    return replace(target, **changes)


FIRST, SECOND = "+15557110001", "+15557110002"
TWO = (priced("first", "20", FIRST), priced("second", "10", SECOND))


def network_of(targets: Sequence[Target], **campaign: Any) -> Network:
    """Return a network with one campaign of one tier, and a publisher who gets 70 percent."""
    offer = Campaign(
        id="calls",
        name="Calls",
        vertical="auto-insurance",
        tiers=(Tier(tuple(target.id for target in targets)),),
        reserve=micros(1),
        deadline_ms=5000,  # Only who does not answer makes an auction last so long.
        told_ms=700,
        fallback=FALLBACK,
    )
    return Network(
        name="small",
        campaigns=(replace(offer, **campaign),),
        publishers=(Publisher("pub", "Publisher", payout_percent=70),),
        numbers=(TrackingNumber(NUMBER, "calls", "pub"),),
        buyers=tuple(Buyer(buyer, str(buyer)) for buyer in sorted({t.buyer for t in targets})),
        targets=tuple(targets),
    )
