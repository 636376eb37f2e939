"""The network of a server that is served: one buyer, whose wallet is full."""

from __future__ import annotations

from collections.abc import Sequence

import httpx2

from bench.load.signed_calls import BUYER, NUMBER
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
from routing.network_file import write_network


def _targets(pinged: Sequence[int]) -> tuple[Target, ...]:
    priced = Target(
        id=TargetId("priced"),
        buyer=BuyerId("buyer"),
        price=micros(20),
        destination=BUYER,
        billable_after_s=30,
    )
    return tuple(
        Target(
            id=TargetId(f"pinged-{port}"),
            buyer=BuyerId("buyer"),
            ping=PingTarget("plain_json", f"http://127.0.0.1:{port}/ping", {"post_url": ""}),
        )
        for port in pinged
    ) or (priced,)


def furnish(api: httpx2.Client, pinged: Sequence[int]) -> None:
    """Apply the network, and fill the wallet. The buyer has a fixed price, or is `pinged`."""
    targets = _targets(pinged)
    tier = Tier(tuple(target.id for target in targets))
    campaign = Campaign("calls", "Calls", "auto-insurance", (tier,), reserve=micros(1))
    network = Network(
        "bench",
        campaigns=(campaign,),
        publishers=(Publisher("pub", "Publisher", payout_percent=70),),
        buyers=(Buyer(BuyerId("buyer"), "Buyer"),),
        targets=targets,
        numbers=(TrackingNumber(NUMBER, "calls", "pub"),),
    )
    api.put("/v1/network", content=write_network(network)).raise_for_status()
    top_up = {"amount": "9000000.00", "ref": "bench"}
    api.post("/v1/wallets/buyer/top-ups", json=top_up).raise_for_status()
