"""What the buyers of a tier are asked of one call: the same words at the ping and the confirm."""

from __future__ import annotations

from buyers.ask import Ask, anonymous
from compliance.fields import Moment, select
from market.call import Call
from market.money import Micros
from market.network import Campaign, Tier


def ask_for(call: Call, campaign: Campaign, now_ms: int) -> Ask:
    """Return the question to all buyers of the tier that `call` is in: nothing personal."""
    facts = dict(call.facts) | {"vertical": campaign.vertical}
    allowed = campaign.anonymous_answers
    return Ask(
        facts=anonymous(select(facts, Moment.PING, allowed), allowed),
        auction_id=f"{call.id.hex}-{call.tier}",
        told_ms=campaign.told_ms,
        reserve=reserve_of(campaign, campaign.tiers[call.tier]),
        now_ms=now_ms,
    )


def routing_facts(call: Call) -> dict[str, str]:
    """Return what filters may ask about: what was collected, and where the call came from."""
    return dict(call.facts) | {"publisher": call.publisher, "number": call.tracking_number}


def reserve_of(campaign: Campaign, tier: Tier) -> Micros:
    """Return the least that a bid in `tier` must pay."""
    return campaign.reserve if tier.reserve is None else tier.reserve
