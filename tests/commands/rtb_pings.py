"""Two pings of publishers in a database, for the commands to show: one with a bid, one without."""

from __future__ import annotations

import trio

from auctiond.pg.door import open_pg
from auctiond.pg.rtb import RtbPings
from auctiond.rtb.ping import Caller, RtbPing
from auctiond.rtb.rows import row_of_bid, row_of_refusal
from tests.calls.kit import START_MS, bid
from tests.rtb.kit import closed, door, id_of, live_bid

DOOR = door("roadside-auto-7f3a", publisher="roadside")
AUCTION = closed(bid("acme-west", "20", ms=84.2), north="timeout", south="filter:state")
GIVEN = row_of_bid(live_bid(1, DOOR, auctions=(AUCTION,), min_duration_s=90.0))
PING = RtbPing(DOOR, Caller(), (("state", "CA"),))
REFUSED = row_of_refusal(id_of(2), START_MS + 4000, PING, 1, "required_field_missing:zip", ())


async def put_pings(url: str) -> None:
    """Write them down."""
    async with open_pg(url) as pg, trio.open_nursery() as nursery:
        pings = RtbPings(pg)
        nursery.start_soon(pings.run)
        for row in (GIVEN, REFUSED):
            await pings.add(row)
        nursery.cancel_scope.cancel()
