"""Doors, bids and fakes for the tests of publishers' pings. All on virtual time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import trio

from auctiond.rtb.live import LiveBid
from market.bids import Bid, NoBid, TargetId
from market.call import BidsClosed
from market.ids import id_at
from market.money import micros
from market.rtb import RtbDoor
from tests.calls.kit import START_MS, bid, now_ms

POOL = ("+15558000001", "+15558000002")
SHARED = "+15558000009"
ANN, BOB = b"index of ann", b"index of bob"
ANN_NUMBER, BOB_NUMBER = "+14155550123", "+14155550199"


def index(number: str) -> bytes:
    """Return a caller's index, as the vault would; here one can see whose it is."""
    return {ANN_NUMBER: ANN, BOB_NUMBER: BOB}.get(number, b"index of " + number[-4:].encode())


def door(id_: str = "door", **terms: Any) -> RtbDoor:
    return RtbDoor(id_, "calls", terms.pop("publisher", "pub"), **({"numbers": POOL} | terms))


def id_of(n: int) -> UUID:
    return id_at(START_MS, b"bid %d" % n)


def live_bid(n: int = 0, at: RtbDoor | None = None, **changes: Any) -> LiveBid:
    """Return the n-th bid: of Ann, made at the start, for 20 seconds."""
    fields: dict[str, Any] = {
        "id": id_of(n),
        "door": at or door(),
        "network": 1,
        "caller": ANN,
        "facts": (("area_code", "415"), ("state", "CA")),
        "promised": micros(14),
        "made_ms": START_MS,
        "expires_ms": START_MS + 20_000,
        "number": POOL[0],
    }
    return LiveBid(**(fields | changes))


def closed(*bids: Bid, **reasons: str) -> BidsClosed:
    others = tuple(NoBid(TargetId(name), reason) for name, reason in reasons.items())
    return BidsClosed(START_MS, ranked=bids, others=others)


@dataclass
class ScriptedAuctions:
    """Takes `took_s` for each tier, and gives what each tier says."""

    tiers: list[BidsClosed] = field(default_factory=lambda: [closed(bid("first", "20"))])
    took_s: float = 0.1
    held: list = field(default_factory=list)  # (call, window) of each auction.

    async def hold(self, call, edition, window=None) -> BidsClosed:
        self.held.append((call, window))
        with trio.move_on_at(window.deadline):
            await trio.sleep(self.took_s)
        return replace(self.tiers[call.tier], at_ms=now_ms())


@dataclass
class ScriptedStore:
    """Keeps rows; takes `took_s` to write one."""

    took_s: float = 0.0
    rows: list = field(default_factory=list)

    async def add(self, row) -> None:
        await trio.sleep(self.took_s)
        self.rows.append(row)
