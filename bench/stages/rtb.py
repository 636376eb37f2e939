"""The stage of `bench rtb`: a door with its desk over a real auctioneer, served by hypercorn.

Beside the bare door stands the same desk behind a route of Quart's, for the comparison. Buyers
and publishers are processes of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import orjson
import trio
from quart import Response, request
from quart_trio import QuartTrio

from actors.shelter import open_shelter
from auctiond.listener import address_of, bind_listener
from auctiond.logs import Log
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.parts.base import new_id, now_ms
from auctiond.pg.group import GroupWriter
from auctiond.pg.rtb import RtbRow
from auctiond.rtb.answers import write
from auctiond.rtb.desk import BidDesk
from auctiond.rtb.fields import read_fields
from auctiond.rtb.gate import Gate
from auctiond.rtb.live import LiveBids
from auctiond.rtb.promiser import Promiser
from auctiond.serving import serve_web
from auctiond.web.bare import beside
from auctiond.web.body import read_body
from auctiond.web.rtb_door import RtbApp
from bench.load.other_side import OtherSide, other_side
from bench.stages.auctions import Stage
from bench.stages.networks import CAMPAIGN, PUBLISHER, network_of
from buyers.library import load_library
from market.rtb import RtbDoor

COMMIT_S = 0.002  # What a commit takes on a usual disk.
DOOR = RtbDoor(
    "door",
    CAMPAIGN,
    PUBLISHER,
    told_ms=180,
    deadline_ms=300,
    timeout_ms=400,
    sip_host="rtb.example.com",
    expiry_s=5.0,
    dial_s=1.0,
    grace_s=0.0,
    rate_max=1_000_000,
    rate_s=1.0,
    caller_rate_max=100_000,
)


class Store:
    """Writes in groups as the real one does, to nowhere: it encodes, and takes a commit's time."""

    def __init__(self) -> None:
        self.writer: GroupWriter[RtbRow, None] = GroupWriter(self._write)

    async def add(self, row: RtbRow) -> None:
        await self.writer.submit(row)

    async def _write(self, rows: list[RtbRow]) -> list[None]:
        for row in rows:
            orjson.dumps(dict(row.data))
        await trio.sleep(COMMIT_S)
        return [None] * len(rows)


@dataclass(frozen=True, slots=True)
class Door:
    """Where the door is served, and who pings at it."""

    port: int
    publishers: OtherSide
    desk: BidDesk


def publishers() -> AbstractContextManager[OtherSide]:
    """Run the publishers while the block lasts."""
    return other_side("bench.load.publishers")


@asynccontextmanager
async def open_door(stage: Stage, pinging: OtherSide) -> AsyncIterator[Door]:
    """Serve the door over the auctioneer of `stage`."""
    network = replace(network_of(stage.buyers.ports), rtb=(DOOR,))
    networks, store = NetworkBook(), Store()
    networks.put(compile_edition(1, network, load_library(), str), current=True)
    async with open_shelter(drain_s=0) as shelter, trio.open_nursery() as nursery:
        auctioneer = stage.auctioneer
        live = LiveBids(most=200_000)
        promiser = Promiser(auctioneer, live, store, auctioneer.usage, now_ms)
        desk = BidDesk(
            networks,
            Gate(live, _is_ours),
            promiser,
            shelter,
            stage.metrics,
            Log("bench"),
            now_ms,
            new_id,
            _index,
        )
        bound = bind_listener("127.0.0.1:0")
        port = int(address_of(bound).rpartition(":")[2])
        nursery.start_soon(store.writer.run)
        bound.listen()
        nursery.start_soon(serve_web, _app(desk), bound, trio.sleep_forever)
        yield Door(port, pinging, desk)
        nursery.cancel_scope.cancel()
    bound.close()


def _app(desk: BidDesk) -> QuartTrio:
    """Return the bare door under /rtb/, and the same desk as a route of Quart's under /quart/."""
    app = QuartTrio("bench", static_folder=None)

    @app.get("/quart/production/<id_>")
    async def route(id_: str) -> Response:
        start = trio.current_time()
        door = desk.door(id_)
        assert door is not None
        fields = read_fields(request.query_string, await read_body(request))
        return Response(write(await desk.ask(door, fields, start), "plain"), 200)

    bare = RtbApp(desk, lambda: True, new_id, now_ms)
    app.asgi_app = beside(app.asgi_app, {"rtb": bare})  # type: ignore[method-assign,assignment]
    return app


def _is_ours(auction: UUID) -> bool:
    return False


def _index(number: str) -> bytes:
    return number.encode()  # Nobody's: they are made up.
