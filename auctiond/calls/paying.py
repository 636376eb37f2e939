"""What a publisher gets for a sale, worked out from the call's log alone. Pure."""

from __future__ import annotations

from market.call import Call, Settlement
from market.network import Publisher
from market.payout import Payout, bounded, unpaid
from routing.payout_conditions import Sale
from routing.payouts import payout_of


def payout_for(call: Call, sold: Settlement, publisher: Publisher) -> Payout:
    """Return what `publisher` gets for the sale: never above the price."""
    price = sold.bid.pays
    if call.unpaid:
        return unpaid(call.unpaid)
    if call.rtb:
        return bounded([("promise", call.promised)], price, None, None)
    return payout_of(publisher, price, sale_of(call, sold))


def sale_of(call: Call, sold: Settlement) -> Sale:
    """Return what conditions may ask of a sale."""
    return Sale(
        call.campaign,
        call.arrived_ms,
        sold.call_ms,
        sold.talk_ms,
        dict(call.facts),
        call.past,
        call.anonymous,
    )
