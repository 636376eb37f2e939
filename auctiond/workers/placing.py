"""Which worker takes a call that is new: where its promise is, or any that is ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from auctiond.networks.network_book import NetworkBook
from auctiond.rtb.live import LiveBids
from auctiond.rtb.matching import bid_id
from auctiond.web.hooks import Hooks
from auctiond.workers.dispatch import key_of
from auctiond.workers.fleet import Fleet
from auctiond.workers.peer_door import Answer
from market.phone import Arrived
from market.rtb import RtbDoor


@dataclass(frozen=True, slots=True)
class Placing:
    """Places new calls among the workers of a fleet."""

    fleet: Fleet
    networks: NetworkBook
    live_bids: LiveBids

    async def place(self, news: Arrived) -> int:
        """Return the slot of the worker that takes the call."""
        door = self._door(news.dialled)
        if door is not None:
            return keeper_of(self.fleet, door)
        bid = bid_id(news.bid) or bid_id(news.dialled)
        keeper = await self._keeper(bid) if bid is not None else None
        return self.fleet.place(key_of(news)) if keeper is None else keeper

    async def has_bid(self, meta: Any, body: bytes) -> Answer:  # noqa: ANN401
        """Tell another worker whether a promise is kept here, by our slot."""
        return Answer(self.fleet.seat.slot if self._has(UUID(meta)) else None)

    async def _keeper(self, bid: UUID) -> int | None:
        if self._has(bid):
            return self.fleet.seat.slot
        answers = await self.fleet.ask_all("has_bid", str(bid))
        return next((answer.meta for answer in answers if answer.meta is not None), None)

    def _has(self, bid: UUID) -> bool:
        """Tell whether a promise is ours to keep: who has just started knows others' too."""
        known = self.live_bids.get(bid)
        return known is not None and keeper_of(self.fleet, known.door) == self.fleet.seat.slot

    def _door(self, dialled: str) -> RtbDoor | None:
        edition = self.networks.current
        doors = edition.snapshot.network.rtb if edition is not None else ()
        return next((d for d in doors if dialled in d.numbers or dialled == d.shared_number), None)


def keeper_of(fleet: Fleet, door: RtbDoor) -> int:
    """Return which worker keeps the promises of a publisher's door: one for all of a campaign."""
    return fleet.keeper_of(f"rtb:{door.campaign}")


def placing(hooks: Hooks, fleet: Fleet, networks: NetworkBook, live_bids: LiveBids) -> Hooks:
    """Return `hooks`, which give each webhook to the worker that leads its call."""
    if fleet.is_alone:
        return hooks
    placing = Placing(fleet, networks, live_bids)
    several = replace(hooks, fleet=fleet, place_new=placing.place)
    fleet.handlers |= {"hook": several.hear, "has_bid": placing.has_bid}
    return several
