"""The terms of one auction, from the network and what is known of the call. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from market.bids import TargetId
from market.money import Micros
from routing.modifiers import adjust
from routing.rule_tree import Facts
from routing.snapshot import Snapshot
from routing.worth import Reserve, Worth

NO_CHANCES: Mapping[TargetId, int] = {}


def worth_of(
    snapshot: Snapshot,
    campaign: str,
    tier: int,
    facts: Facts,
    chances: Mapping[TargetId, int] = NO_CHANCES,
) -> Worth:
    """Return what bids count for in a tier; `facts` name the publisher."""
    compiled = snapshot.tier(campaign, tier)
    facts = {**facts, "vertical": snapshot.campaign(campaign).vertical}
    reserve = Reserve(compiled.reserve, compiled.reserve_steps)
    publisher = snapshot.publishers.get(facts.get("publisher", ""))
    if publisher is None:
        return Worth(reserve, facts, snapshot.terms, chances=chances)
    return Worth(
        reserve.joined(Reserve(publisher.reserve, publisher.reserve_steps)),
        facts,
        snapshot.terms,
        publisher.margin_percent,
        publisher.penalty,
        chances,
    )


def onward_bid(
    snapshot: Snapshot, campaign: str, publisher: str, facts: Facts, price: Micros, most: Micros
) -> Micros | None:
    """Return what `price` becomes when we bid it onward to `publisher`; None: no bid.

    The campaign's modifiers go first, then the publisher's. `most` is the most that we promise:
    never more than what the buyer bid.
    """
    steps = snapshot.onward[campaign] + snapshot.onward_to[publisher]
    return adjust(price, steps, facts, most)
