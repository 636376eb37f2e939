"""The sandbox carrier and a server's calls on virtual time, without sockets and a database.

Between them stand the real adapter, line, phone, table and actors. What a call needs besides is
said in a word: it is taken, two buyers bid, their money is set aside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import orjson
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from actors.call_desk import CallDesk
from actors.shelter import open_shelter
from auctiond.calls.call_work import CallWork
from auctiond.calls.leads import Leads
from auctiond.calls.phone import Phone
from auctiond.calls.switchboard import Switchboard
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.carrier_link import CarrierLink
from auctiond.sandbox.carrier.clock import Clock
from auctiond.sandbox.carrier.exchange import Exchange
from auctiond.sandbox.carrier.hooks import Hooks
from auctiond.sandbox.carrier.options import CarrierOptions
from auctiond.sandbox.carrier.phones import Order, Script
from auctiond.sandbox.carrier.phones import Phone as Handset
from auctiond.sandbox.carrier.truth import truth
from market.call import BidsClosed, Call, Cleared, Event, HoldMade, Settlement
from market.http import HttpReply, HttpRequest
from telephony._carrier import Webhook
from telephony.telnyx import CARRIER
from tests.recovery.kit import BEST, NEXT, network_book
from tests.whole.networks import NUMBER

POLL_S = 15.0  # As the settings have it.


@dataclass
class Quiet:
    """A carrier, and the server's side of its calls."""

    exchange: Exchange
    desk: CallDesk
    over: list[Call] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)

    def silence(self, *, falls: bool) -> None:
        """Let no webhook come through, or let them come again."""
        self.exchange.hooks.is_quiet = falls

    def phone(self, number: str, behaviour: Any, after_s: float = 0.5) -> None:
        self.exchange.set_phone(number, Handset(behaviour, after_s))

    def place(self, talk_s: float) -> str:
        """Let somebody call who talks for so long; return the session."""
        script = Script(talk_s=talk_s)
        return self.exchange.place(Order("+12025550133", NUMBER, script=script)).session

    def truth(self, session: str) -> dict[str, Any]:
        return truth(self.exchange.calls[session])


class NoSocket:
    """The way of commands: to the exchange, at once."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def send(self, request: HttpRequest) -> HttpReply:
        parts = urlsplit(request.url).path.split("/")
        await trio.sleep(0.01)
        if request.method == "GET":
            status, told = self._exchange.status(parts[-1])
        else:
            ref, verb = parts[-3], parts[-1]
            status, told = self._exchange.command(ref, verb, orjson.loads(request.body))
        return HttpReply(status, (), orjson.dumps(told))


class Besides:
    """All that a call asks of others than its carrier."""

    clock: Clock
    settled: list[Settlement]

    def __init__(self, clock: Clock, settled: list[Settlement]) -> None:
        self.clock, self.settled = clock, settled

    async def screen(self, call: Call) -> Event:
        return Cleared(self.clock.now_ms(), network=1, campaign="calls", publisher="pub")

    async def hold(self, call: Call, more: object) -> Event:
        """Bid, and set the money aside: each has one method, of this name."""
        if isinstance(more, int):
            return HoldMade(self.clock.now_ms())
        return BidsClosed(self.clock.now_ms(), ranked=(BEST, NEXT))

    async def settle(self, call: Call, settlement: Settlement) -> None:
        self.settled.append(settlement)

    async def flushed(self) -> None: ...

    def note(self, *told: object) -> None: ...

    open = event = post_soon = leg_over = hung_up = music = note  # Nobody looks at it here.
    work = confirm = settle  # Of states that these calls are not in.


@asynccontextmanager
async def open_quiet() -> AsyncIterator[Quiet]:
    """Have a carrier and a server's calls while the block lasts."""
    clock, leads, log, metrics = Clock(), Leads(), Log("test"), Metrics()
    key = Ed25519PrivateKey.generate()
    values = {"public_key": key.public_key().public_bytes_raw(), "connection_id": "1"}
    carrier = CARRIER(values | {"api_key": "k", "api_url": "http://carrier"}, "http://us")

    async def tell(request: HttpRequest) -> HttpReply:
        webhook = Webhook(request.body, dict(request.headers), "", clock.now_ms())
        for news in carrier.read_webhook(webhook):
            board.deliver(news)
        return HttpReply(200, (), b"")

    async with trio.open_nursery() as nursery, open_shelter(drain_s=1) as shelter:
        options = CarrierOptions("http://us", hurry=50.0)
        hook_wire: Any = SimpleNamespace(send=tell)
        exchange = Exchange(options, Hooks(hook_wire, key, options, nursery), nursery)
        wire: Any = NoSocket(exchange)
        line = CarrierLink(wire, carrier)
        lines: Any = SimpleNamespace(of=lambda name: line)
        settled: list[Settlement] = []
        besides: Any = Besides(clock, settled)
        phone = Phone(lines, leads, shelter, log, clock.now_ms, POLL_S)
        work = CallWork(
            networks=network_book(),
            leads=leads,
            intake=besides,
            phone=phone,
            auctioneer=besides,
            bank=besides,
            poster=besides,
            confirmer=besides,
            call_log=besides,
            clock_ms=clock.now_ms,
            health=besides,
            flows=besides,
        )
        over: list[Call] = []
        desk = CallDesk(shelter, work, on_drop=besides.note, on_end=over.append)
        board = Switchboard(desk, leads, besides, metrics, clock.now_ms)
        yield Quiet(exchange, desk, over, settled)
        nursery.cancel_scope.cancel()
