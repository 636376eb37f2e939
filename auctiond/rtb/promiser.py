"""Makes a promise: asks our buyers within the publisher's time, finds a number, writes it down.

No money is held for it. What is promised rests on bids that live long enough, of buyers who
could pay now; when the call comes, the hold decides. It is on record before it is answered, so
that a restart keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import trio

from auctiond.calls.auctioneer import Window
from auctiond.calls.bank import Usage
from auctiond.networks.network_book import Edition
from auctiond.pg.group import QueueFull
from auctiond.pg.rtb import RtbRow
from auctiond.rtb.gate import No
from auctiond.rtb.inputs import Noted
from auctiond.rtb.live import Inputs, LiveBid, LiveBids
from auctiond.rtb.numbers import own_number
from auctiond.rtb.offer import Offer, offer_of, why_none
from auctiond.rtb.ping import RtbPing
from auctiond.rtb.rows import row_of_bid
from market.bids import Bid, NoBid
from market.call import BidsClosed, Call, State
from market.money import Micros, micros
from market.rtb import STORE_MS, RtbDoor, bid_name
from routing.eligible import eligible

TIER_MS_MIN = 50.0  # Less is no round trip: a tier with less time is not asked.
FORCED = Offer(micros(10), 0, 90.0)  # What force=bid of a test door is answered.


class Auctions(Protocol):
    async def hold(
        self, call: Call, edition: Edition, window: Window | None = None
    ) -> BidsClosed: ...


class Store(Protocol):
    async def add(self, row: RtbRow) -> None: ...


@dataclass(slots=True)
class Asked:
    """A ping that is being answered."""

    id: UUID
    ping: RtbPing
    edition: Edition
    start: float  # Trio's clock, when the request came.
    auctions: tuple[BidsClosed, ...] = ()
    inputs: tuple[Inputs, ...] = ()

    def left_ms(self) -> float:
        """Return how long our buyers may still be asked."""
        spent_ms = (trio.current_time() - self.start) * 1000
        return self.ping.door.deadline_ms - STORE_MS - spent_ms


@dataclass(frozen=True, slots=True)
class Promiser:
    auctioneer: Auctions
    live: LiveBids
    store: Store
    usage: Usage
    now_ms: Callable[[], int]
    noted: Noted = field(default_factory=Noted)  # Where the auctioneer notes what it went by.

    async def make(self, asked: Asked) -> LiveBid | No:
        """Return the bid for `asked`, which lives from now on, or why there is none."""
        if self.live.is_full:
            return No("too_many_bids")
        way = self._way(asked.ping, bid_name(asked.id.hex))
        if isinstance(way, No):  # Nobody is asked for a call that could not come.
            return way
        try:
            return await self._promise(asked, way)
        finally:
            self.live.unreserve(way.number)  # Leased to the bid by now, or free again.

    async def _promise(self, asked: Asked, way: Way) -> LiveBid | No:
        offer = await self._offer(asked, way)
        if isinstance(offer, No):
            return offer
        bid = self._bid(asked, offer, way)
        try:
            await self.store.add(row_of_bid(bid))
        except QueueFull:
            return No("busy")
        self.live.put(bid)
        return bid

    async def _offer(self, asked: Asked, way: Way) -> Offer | No:
        ping, now_ms = asked.ping, self.now_ms()
        if ping.force == "bid":
            return replace(FORCED, expires_ms=now_ms + round(ping.door.expiry_s * 1000))
        if not ping.door.pass_through:
            return self._fixed(asked, way, now_ms)
        await self._ask(asked, way)
        if not asked.auctions:
            return No("too_late")
        legs_max = asked.edition.snapshot.campaign(ping.door.campaign).legs_max
        now_ms = self.now_ms()
        able = self._payer(asked.edition)
        offer = offer_of(ping.door, asked.auctions, now_ms, able, legs_max)
        return No(offer) if isinstance(offer, str) else offer

    async def _ask(self, asked: Asked, way: Way) -> None:
        """Hold the auction of one tier after the other, until somebody bids."""
        door, snapshot = asked.ping.door, asked.edition.snapshot
        call = Call(
            asked.id,
            network=snapshot.version,
            campaign=door.campaign,
            publisher=door.publisher,
            tracking_number=_shown(door, way, asked.edition),
            state=State.PINGING,
            facts=asked.ping.facts,
            arrived_ms=self.now_ms(),
        )
        for tier in range(len(snapshot.campaign(door.campaign).tiers)):
            left_ms = asked.left_ms()
            told_ms = left_ms - (door.deadline_ms - STORE_MS - door.told_ms)
            if left_ms < TIER_MS_MIN or told_ms < 1:
                return
            window = Window(trio.current_time() + left_ms / 1000, int(told_ms))
            closed = await self.auctioneer.hold(replace(call, tier=tier), asked.edition, window)
            asked.auctions += (closed,)
            asked.inputs += (self.noted.take(asked.id),)
            if closed.ranked:
                return

    def _fixed(self, asked: Asked, way: Way, now_ms: int) -> Offer | No:
        """Return the door's own bid, if anybody may have the call at all."""
        door, snapshot = asked.ping.door, asked.edition.snapshot
        at = datetime.fromtimestamp(now_ms / 1000, UTC)
        known = dict(asked.ping.facts)
        known |= {"publisher": door.publisher, "number": _shown(door, way, asked.edition)}
        excluded: list[NoBid] = []
        for tier in range(len(snapshot.campaign(door.campaign).tiers)):
            found = eligible(snapshot, door.campaign, tier, known, at, self.usage)
            excluded += found.excluded
            if found.targets:
                duration_s = max(target.billable_after_s for target in found.targets)
                return Offer(door.bid, now_ms + round(door.expiry_s * 1000), duration_s)
        return No(why_none([BidsClosed(others=tuple(excluded))]))

    def _payer(self, edition: Edition) -> Callable[[Bid], bool]:
        def can_pay(bid: Bid) -> bool:
            posted, held = self.usage.available(f"wallet:{bid.buyer}")
            return posted - held + edition.snapshot.buyer(bid.buyer).credit >= bid.price

        return can_pay

    def _way(self, ping: RtbPing, name: str) -> Way | No:
        door = ping.door
        sip = f"{name}@{door.sip_host}" if door.sip_host and ping.sip != "no" else ""
        if sip and ping.sip == "yes":
            return Way(sip=sip)
        number = ""
        if ping.test:
            number = next(iter(door.numbers), door.shared_number)
        elif door.numbers:
            number = self.live.reserve(door.numbers)
        elif door.shared_number and ping.caller.index:
            number = door.shared_number
        if number or sip:
            return Way(number, sip)
        return No("no_numbers" if door.numbers else "no_way_to_call")

    def _bid(self, asked: Asked, offer: Offer, way: Way) -> LiveBid:
        ping = asked.ping
        return LiveBid(
            id=asked.id,
            door=ping.door,
            network=asked.edition.snapshot.version,
            caller=ping.caller.index,
            facts=ping.facts,
            promised=Micros(offer.promised),
            made_ms=self.now_ms(),
            expires_ms=offer.expires_ms,
            number=way.number,
            sip=way.sip,
            min_duration_s=offer.min_duration_s,
            auctions=asked.auctions,
            inputs=asked.inputs,
            test=ping.test,
        )


@dataclass(frozen=True, slots=True)
class Way:
    """How the publisher's call can come."""

    number: str = ""
    sip: str = ""


def _shown(door: RtbDoor, way: Way, edition: Edition) -> str:
    """Return the number that filters will know the call by."""
    if way.number:
        return way.number
    number = own_number(door, edition.snapshot.network)
    return number.number if number is not None else ""


__all__: Sequence[str] = ("Asked", "Auctions", "Promiser", "Store")
