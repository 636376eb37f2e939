"""A desk on virtual time, with scripted auctions and a scripted store."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

import trio

from actors.shelter import open_shelter
from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.rtb.desk import BidDesk
from auctiond.rtb.gate import Gate
from auctiond.rtb.live import LiveBids
from auctiond.rtb.promiser import Promiser
from tests.calls.kit import now_ms
from tests.rtb.kit import (
    ANN_NUMBER,
    BOB_NUMBER,
    ScriptedAuctions,
    ScriptedStore,
    door,
    id_of,
    index,
)
from tests.whole.networks import TWO, network_of

WIDE = tuple(f"+1555800{n:04d}" for n in range(1, 10))  # Numbers enough.
ANN, BOB = {"cid": ANN_NUMBER}, {"cid": BOB_NUMBER}


@dataclass
class Stand:
    desk: BidDesk
    auctions: ScriptedAuctions
    store: ScriptedStore
    live: LiveBids
    metrics: Metrics

    async def ask(self, fields=ANN, at="door", *, test=False):
        return await self.desk.ask(self.desk.door(at), fields, trio.current_time(), test=test)

    async def asks(self, *fields, at="door"):
        """Ask with each of `fields` at the same moment."""
        answers = {}

        async def one(n):
            answers[n] = await self.ask(fields[n], at)

        async with trio.open_nursery() as nursery:
            for n in range(len(fields)):
                nursery.start_soon(one, n)
        return [answers[n] for n in range(len(fields))]

    def count(self, answer):
        labels = {"door": "door", "answer": answer}
        return self.metrics.registry.get_sample_value("auctiond_rtb_pings_total", labels) or 0


@asynccontextmanager
async def open_stand(*doors, live=None, known=(), **script):
    doors = doors or (door(),)
    network = replace(network_of(TWO, anonymous_answers=("insured",)), rtb=doors)
    book, metrics, numbers = NetworkBook(), Metrics(), count()
    book.put(compile_edition(1, network, {}, str), current=True)
    usage = Usage()
    usage.update({f"wallet:{target.buyer}": (10**9, 0) for target in TWO})
    store = ScriptedStore(script.pop("store_s", 0.0))
    auctions = ScriptedAuctions(**script)
    live = live if live is not None else LiveBids()
    async with open_shelter(drain_s=5) as shelter:
        desk = BidDesk(
            book,
            Gate(live, lambda id_: id_ in known),
            Promiser(auctions, live, store, usage, now_ms),
            shelter,
            metrics,
            Log("test"),
            now_ms,
            lambda: id_of(next(numbers)),
            index,
        )
        yield Stand(desk, auctions, store, live, metrics)
