"""The stage of calls: a whole server but for the world, which answers at once and keeps nothing.

Carrier, buyers, database and ledger are fakes of a few lines; all between them is the server's own,
as main.py wires it. Each call is auctioned among twenty targets that all bid, takes its hold, is
dialled and joined; its lead is posted.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
import trio

from actors.auction import Asked
from actors.shelter import Shelter, open_shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.pinging import ANSWERED
from auctiond.carriers import Carriers, set_up
from auctiond.config import Settings
from auctiond.jobs.lag import Lag
from auctiond.keys.vault import Vault, open_vault
from auctiond.logs import Log
from auctiond.main import Server, wire_up
from auctiond.metrics import Metrics
from auctiond.networks.network_book import compile_edition
from auctiond.parts.base import Base, now_ms
from auctiond.pg.calls import EventRow
from auctiond.pg.ledger_book import Applied
from bench.stages.auctions import LAWS, NUMBER, WALLET, encode_only, network_of
from buyers.library import load_library
from ledger.moves import Move
from market.call import Call, State
from market.http import HttpReply, HttpRequest
from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Command,
    Dial,
    Ended,
    Hangup,
    Joined,
    LegStatus,
)

BATCH = 10  # Calls that are set up at once.
DEADLINE_MS = 10_000  # None passes, on however busy a machine.
LATER_S = 2.0  # Late pings and posts are over by then.
JSON = (("content-type", "application/json"),)
# Polls would only disturb; and however busy the machine, no auction is shed: all calls shall talk.
CALM = Settings(poll_carrier_every_s=3600, shed_after_ms=10_000)


class Stores:
    """Database and ledger: all works, nothing is kept, and what they are asked is counted."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def fetch_value(self, *_: object) -> bool:
        return await self._answer("queries")

    async def execute(self, *_: object) -> None:
        await self._answer("queries")

    async def open_call(self, *_: object) -> bool:
        return await self._answer("queries")

    async def put(self, *_: object) -> bool:
        return await self._answer("webhooks")

    async def apply(self, _: Move) -> Applied:
        await self._answer("moves")
        return Applied(True, {})

    async def append(self, rows: list[EventRow]) -> None:
        self.asked["log_rows"] += len(rows)
        await encode_only(rows)

    async def _answer(self, what: str) -> bool:
        self.asked[what] += 1
        await trio.lowlevel.checkpoint()
        return True


class Wire:
    """Buyers who all bid, each its own price for its own time, and take every lead."""

    def __init__(self) -> None:
        self._count = 0

    async def send(self, _: HttpRequest) -> HttpReply:
        await trio.lowlevel.checkpoint()
        return HttpReply(200, JSON, b'{"ok": true}')

    def look(self) -> None:
        """Everything has arrived when it is asked."""

    def start(self, request: HttpRequest, done: Callable[[HttpReply], None]) -> Asked:
        self._count += 1
        port = int(request.url.rpartition(":")[2].partition("/")[0])
        body = {
            "bid": 10 + port * 7 % 40 + 0.5,
            "number": f"+1555700{port}",
            "billable_s": 90,
            # Some outlive better ones, and are kept. The thousandths are how fast each answers.
            "expires_s": 30 + port % 2 * 30 + port * 11 % 40 / 1000,
            "id": f"0c4f8a1e-{self._count:012d}",
        }
        done(HttpReply(200, JSON, orjson.dumps(body)))
        return ANSWERED


class Carrier:
    """Tells at once what follows from each command."""

    def __init__(self) -> None:
        self.deliver: Callable[[CarrierEvent], None]
        self._count = 0

    async def status(self, _: str) -> LegStatus:
        await trio.lowlevel.checkpoint()
        return LegStatus(alive=True)

    async def send(self, command: Command) -> None:
        await trio.lowlevel.checkpoint()
        if isinstance(command, Hangup):
            self._end(command.call_id, command.leg or 0)
            return
        leg = command.leg if isinstance(command, Dial) else 0
        self.deliver(self._news(Answered, leg, command))
        if leg:
            self.deliver(self._news(Joined, leg, command))

    def hang_up(self, call: Call) -> None:
        """Tell that the caller has hung up."""
        self._end(call.id, 0)

    def _end(self, call_id: UUID, leg: int) -> None:
        self._count += 1
        event_id = f"2ccc7b54-4df3-4bca-a65a-{self._count:012d}"
        self.deliver(Ended(event_id, "", f"v3:{call_id.hex}-{leg}", leg, call_id, now_ms()))

    def _news(self, kind: type[CarrierEvent], leg: int, command: Command) -> CarrierEvent:
        self._count += 1
        ref = f"v3:{command.call_id.hex}-{leg}" if leg else command.ref
        event_id = f"0ccc7b54-4df3-4bca-a65a-{self._count:012d}"
        return kind(event_id, "", ref, leg, command.call_id, now_ms())


def arrived(number: int) -> Arrived:
    """Return the news of a call, with all that a publisher may send along."""
    lead = {
        "name": f"Ada Example {number}",
        "email": f"ada{number}@person.example",
        "street": f"{number} Private Road",
        "zip": "78701",
        "state": "TX",
    }
    return Arrived(
        event_id=f"1ccc7b54-4df3-4bca-a65a-{number:012d}",
        call_ref=f"session-{number:032d}",
        ref=f"v3:caller-{number:040d}",
        leg=0,
        call_id=None,
        at_ms=now_ms(),
        caller=f"+1512{5550000 + number}",
        dialled=NUMBER,
        attestation="A",
        lead=lead,
    )


@dataclass(frozen=True, slots=True)
class CallStage:
    """A server, and the carrier that brings its calls."""

    server: Server
    carrier: Carrier

    async def talk(self, numbers: Sequence[int]) -> None:
        """Let calls come in, and return when all of them talk and all else is over."""
        for at in range(0, len(numbers), BATCH):
            for number in numbers[at : at + BATCH]:
                self.carrier.deliver(arrived(number))
            await self.until_all_talk()
        await trio.sleep(LATER_S)

    async def until_all_talk(self) -> None:
        """Return when every live call talks to a buyer."""
        while not all(_talks(call) for call in self.server.desk.live()):  # noqa: ASYNC110  No event tells.
            await trio.sleep(0.01)


@asynccontextmanager
async def open_calls(
    settings: Settings | None = None, stores: Stores | None = None
) -> AsyncIterator[CallStage]:
    """Yield a stage; `stores` are all stores there are."""
    settings = settings or CALM
    stores = stores or Stores()
    with tempfile.TemporaryDirectory() as folder:
        async with trio.open_nursery() as nursery, open_shelter(drain_s=0) as shelter:
            call_log = CallLog(stores.append, now_ms, Log("bench"))
            nursery.start_soon(call_log.run)
            carrier = Carrier()
            vault = open_vault(Path(folder) / "keys.json")
            server = _server(_base(settings, stores, shelter, carrier, vault, call_log))
            server.is_open = True
            carrier.deliver = server.doors.hooks.switchboard.deliver
            yield CallStage(server, carrier)
            nursery.cancel_scope.cancel()


def _base(
    settings: Settings,
    all_stores: Stores,
    shelter: Shelter,
    carrier: Carrier,
    vault: Vault,
    call_log: CallLog,
) -> Base:
    metrics, stores = Metrics(), cast("Any", all_stores)
    return Base(
        settings=settings,
        pg=stores,
        book=stores,
        calls=stores,
        inbox=stores,
        shelter=shelter,
        wire=cast("Any", Wire()),
        carriers=Carriers(set_up(settings), {"": cast("Any", carrier)}),
        vault=vault,
        call_log=call_log,
        metrics=metrics,
        lag=Lag(metrics, settings.shed_after_ms),
        log=Log("bench"),
        rtb_pings=stores,
        lookups=stores,
        media=stores,
    )


def _server(base: Base) -> Server:
    network = network_of(tuple(range(9000, 9000 + len(LAWS))))
    campaigns = tuple(replace(one, deadline_ms=DEADLINE_MS) for one in network.campaigns)
    edition = compile_edition(1, replace(network, campaigns=campaigns), load_library(), str)
    base.networks.put(edition, current=True)
    base.usage.update({f"wallet:buyer-{number:02d}": (WALLET, 0) for number in range(len(LAWS))})
    return wire_up(base)


def _talks(call: Call) -> bool:
    if call.state in (State.FALLBACK, State.CLOSING):
        raise RuntimeError(f"a call that should talk came to {call.state.name}")
    return call.state is State.BRIDGED
