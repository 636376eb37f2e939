"""Who gets no bid before anybody is asked: cheap checks in memory, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from auctiond.rtb.live import LiveBid, LiveBids
from auctiond.rtb.ping import RtbPing, missing
from auctiond.rtb.rates import Rates


@dataclass(frozen=True, slots=True)
class No:
    reason: str  # A code of NO_BID.
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    live: LiveBids
    is_ours: Callable[[UUID], bool]  # Whether an auction of that id is one of ours, and goes on.
    rates: Rates = field(default_factory=Rates)

    def refuse(self, ping: RtbPing, now_s: float, now_ms: int) -> No | None:
        """Return why `ping` gets no bid, or None. It counts against its rates."""
        door = ping.door
        if not self.rates.take(("door", door.id), now_s, door.rate_max, door.rate_s):
            return No("rate_limited")
        if door.paused:
            return No("disabled")
        if ping.caller.refused:
            return No(ping.caller.refused)
        if ping.auctions and any(self.is_ours(auction) for auction in ping.auctions):
            return No("loop")
        if field_ := missing(ping):
            return No("required_field_missing", field_)
        if ping.caller.index and not self.rates.take(
            ping.caller.index, now_s, door.caller_rate_max, door.rate_s
        ):
            return No("caller_rate_limited")
        return No("source_priority") if self._has_better(ping, now_ms) else None

    def cached(self, ping: RtbPing, now_ms: int) -> LiveBid | None:
        """Return this door's bid for the same caller and facts, if there is time to call for it."""
        least_ms = now_ms + round(ping.door.dial_s * 1000)
        for bid in reversed(self.live.of_caller(ping.caller.index)):
            own = bid.door is ping.door or bid.door == ping.door
            same = own and bid.facts == ping.facts and bid.test == ping.test
            if same and bid.used_by is None and bid.expires_ms >= least_ms:
                return bid
        return None

    def _has_better(self, ping: RtbPing, now_ms: int) -> bool:
        """Tell whether a better source of the same campaign holds a bid for this caller."""
        door = ping.door
        return any(
            bid.door.campaign == door.campaign
            and bid.door.publisher != door.publisher
            and bid.door.priority < door.priority
            and bid.expires_ms > now_ms
            and bid.used_by is None
            and bid.test == ping.test
            for bid in self.live.of_caller(ping.caller.index)
        )
