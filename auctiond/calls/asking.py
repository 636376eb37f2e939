"""What the buyers of a tier are asked of one call: the same words at the ping and the confirm."""

from __future__ import annotations

from buyers.ask import Ask, anonymous
from compliance.fields import Moment, select
from market.call import Call
from routing.snapshot import Snapshot
from routing.terms import worth_of
from routing.worth import Reserve


def ask_for(call: Call, snapshot: Snapshot, now_ms: int, told_ms: int | None = None) -> Ask:
    """Return the question to all buyers of the tier that `call` is in: nothing personal.

    `told_ms` is the time that they have; None: what the campaign gives them.
    """
    campaign = snapshot.campaign(call.campaign)
    facts = dict(call.facts) | {"vertical": campaign.vertical}
    allowed = campaign.anonymous_answers
    return Ask(
        facts=anonymous(select(facts, Moment.PING, allowed), allowed),
        auction_id=auction_id(call),
        told_ms=campaign.told_ms if told_ms is None else told_ms,
        reserve=reserve_for(call, snapshot).least,
        now_ms=now_ms,
    )


def auction_id(call: Call) -> str:
    """Return by what the buyers of its tier know the auction of `call`, from the ping on."""
    again = call.spot is not None and call.spot.auctions > 1
    round_ = f".{call.spot.auctions}" if call.spot is not None and again else ""
    return f"{call.asked_as or call.id.hex}-{call.tier}{round_}"


def routing_facts(call: Call) -> dict[str, str]:
    """Return what filters may ask about: what was collected, and where the call came from."""
    return dict(call.facts) | {"publisher": call.publisher, "number": call.tracking_number}


def reserve_for(call: Call, snapshot: Snapshot) -> Reserve:
    """Return what bids in the tier that `call` is in must reach."""
    return worth_of(snapshot, call.campaign, call.tier, routing_facts(call)).reserve
