"""What a call is told of itself when it may be taken. Pure."""

from __future__ import annotations

from market.call import Call, Cleared
from market.spot import Spot
from market.value import replace


def take_down(call: Call, event: Cleared) -> Call:
    """Return `call` with what `event` brings along."""
    return replace(
        call,
        network=event.network,
        campaign=event.campaign,
        publisher=event.publisher,
        tiers=event.tiers,
        legs_max=event.legs_max,
        longest_s=event.longest_s,
        zip_tries=event.zip_tries,
        zip_timeout_s=event.zip_timeout_s,
        zip_required=event.zip_required,
        resells_unknown=event.resells_unknown,
        facts=event.facts,
        rtb=event.rtb,
        promised=event.promised,
        tracking_number=event.tracking_number or call.tracking_number,
        anonymous=event.anonymous,
        past=event.past,
        unpaid=event.unpaid,
        first=event.first,
        person_ring_s=event.person_ring_s,
        spot=Spot(event.flow) if event.flow else None,
    )
