"""The parts of the server that have to do with publishers' pings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast
from uuid import UUID

from actors.call_desk import CallDesk
from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.call_log import CallLog
from auctiond.parts.base import Base, new_id, now_ms
from auctiond.rtb.desk import BidDesk
from auctiond.rtb.gate import Gate
from auctiond.rtb.inputs import Noted
from auctiond.rtb.keeper import Keeper
from auctiond.rtb.promiser import Promiser
from auctiond.web.rtb_door import RtbApp


def make_keeper(base: Base) -> Keeper:
    """Return what keeps publishers' promises."""
    return Keeper(
        base.networks,
        base.live_bids,
        base.rtb_pings,
        base.shelter,
        base.call_log,
        base.metrics,
        base.log,
        now_ms,
        base.vault.index,
    )


def make_rtb_app(
    base: Base, auctioneer: Auctioneer, calls: CallDesk, is_open: Callable[[], bool]
) -> RtbApp:
    """Return the door for publishers' pings."""
    return RtbApp(make_bid_desk(base, auctioneer, calls), is_open, new_id, now_ms)


def make_bid_desk(base: Base, auctioneer: Auctioneer, calls: CallDesk) -> BidDesk:
    """Return the desk where publishers ask."""
    live, asking = base.live_bids, set[UUID]()

    def is_ours(auction: UUID) -> bool:
        known = calls.find(auction) is not None or live.get(auction) is not None
        return known or auction in asking

    gate = Gate(live, is_ours)
    noted = Noted()
    asking_auctioneer = replace(auctioneer, call_log=cast("CallLog", noted))
    promiser = Promiser(asking_auctioneer, live, base.rtb_pings, base.usage, now_ms, noted)
    return BidDesk(
        base.networks,
        gate,
        promiser,
        base.shelter,
        base.metrics,
        base.log,
        now_ms,
        new_id,
        base.vault.index,
        asking=asking,
        is_busy=base.lag.has_no_room,
    )
