"""Live calls for `bench memory`: real ones, up to the talk, in a process of their own.

`python -m bench.memory_calls COUNT resident|traced` prints the bytes that each call takes. All
that a call is made of is the server's own, as main.py wires it; carrier, wire and stores are fakes
that answer at once and keep nothing. Each call was auctioned among twenty targets that all bid,
took its hold, was dialled and joined; its lead was posted.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import orjson
import trio

from actors.auction import Asked
from actors.shelter import Shelter, open_shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.pinging import ANSWERED
from auctiond.carriers import Carriers
from auctiond.config import Settings
from auctiond.jobs.lag import Lag
from auctiond.keys.vault import Vault, open_vault
from auctiond.logs import Log
from auctiond.main import Server, wire_up
from auctiond.metrics import Metrics
from auctiond.networks.network_book import compile_edition
from auctiond.parts import Base, now_ms
from auctiond.pg.ledger_book import Applied
from bench.auction_stage import LAWS, NUMBER, WALLET, encode_only, network_of
from buyers.library import load_library
from ledger.moves import Move
from market.call import Call, State
from market.http import HttpReply, HttpRequest
from market.phone import Answered, Arrived, CarrierEvent, Command, Dial, Joined, LegStatus

BATCH = 10  # Calls that are set up at once: few, so that no deadline passes on a busy machine.
WARM_UP = 200  # Calls before the first look: tables grow, caches fill.
LATER_S = 2.0  # Late pings and posts are over by then.
JSON = (("content-type", "application/json"),)


class Stores:
    """Database, ledger and carrier: everything works, nothing is kept."""

    async def fetch_value(self, *_: object) -> bool:
        await trio.lowlevel.checkpoint()
        return True

    async def open_call(self, *_: object) -> bool:
        await trio.lowlevel.checkpoint()
        return True

    async def apply(self, _: Move) -> Applied:
        await trio.lowlevel.checkpoint()
        return Applied(True, {})

    async def status(self, _: str) -> LegStatus:
        await trio.lowlevel.checkpoint()
        return LegStatus(alive=True)


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


class Carrier(Stores):
    """Tells at once what follows from each command."""

    def __init__(self) -> None:
        self.deliver: Callable[[CarrierEvent], None]
        self._count = 0

    async def send(self, command: Command) -> None:
        await trio.lowlevel.checkpoint()
        leg = command.leg if isinstance(command, Dial) else 0
        self.deliver(self._news(Answered, leg, command))
        if leg:
            self.deliver(self._news(Joined, leg, command))

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


async def bytes_per_call(count: int, used: Callable[[], int]) -> float:
    """Return what one of `count` live calls adds to `used`."""
    with tempfile.TemporaryDirectory() as folder:
        async with trio.open_nursery() as nursery, open_shelter(drain_s=0) as shelter:
            call_log = CallLog(encode_only, now_ms, Log("bench"))
            nursery.start_soon(call_log.run)
            carrier = Carrier()
            vault = open_vault(Path(folder) / "keys.json")
            server = _server(_base(shelter, carrier, vault, call_log))
            carrier.deliver = server.doors.hooks.switchboard.deliver
            await _set_up(server, range(WARM_UP))
            before = used()
            await _set_up(server, range(WARM_UP, WARM_UP + count))
            after = used()
            nursery.cancel_scope.cancel()
    return (after - before) / count


def _base(shelter: Shelter, carrier: Carrier, vault: Vault, call_log: CallLog) -> Base:
    metrics, stores = Metrics(), cast("Any", Stores())
    return Base(
        settings=Settings(poll_carrier_every_s=3600),  # Polls would only disturb.
        pg=stores,
        book=stores,
        calls=stores,
        inbox=stores,
        shelter=shelter,
        wire=cast("Any", Wire()),
        carriers=Carriers({}, {"": cast("Any", carrier)}),
        vault=vault,
        call_log=call_log,
        metrics=metrics,
        lag=Lag(metrics),
        log=Log("bench"),
        rtb_pings=stores,
        lookups=stores,
        media=stores,
    )


def _server(base: Base) -> Server:
    ports = tuple(range(9000, 9000 + len(LAWS)))
    base.networks.put(compile_edition(1, network_of(ports), load_library(), str), current=True)
    base.usage.update({f"wallet:buyer-{number:02d}": (WALLET, 0) for number in range(len(LAWS))})
    return wire_up(base)


async def _set_up(server: Server, numbers: Sequence[int]) -> None:
    """Let calls come in, and return when all of them talk and all else is over."""
    for at in range(0, len(numbers), BATCH):
        for number in numbers[at : at + BATCH]:
            server.doors.hooks.switchboard.deliver(arrived(number))
        while not all(_talks(call) for call in server.desk.live()):  # noqa: ASYNC110  No event tells.
            await trio.sleep(0.01)
    await trio.sleep(LATER_S)


def _talks(call: Call) -> bool:
    if call.state in (State.FALLBACK, State.CLOSING):
        raise RuntimeError(f"a call that should talk came to {call.state.name}")
    return call.state is State.BRIDGED


def resident() -> int:
    """Return the bytes of memory that the system has given this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def traced() -> int:
    """Return the bytes that Python has allocated and not freed."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def main(arguments: Sequence[str]) -> None:
    """Print the bytes of each call."""
    count, how = arguments
    if how == "traced":
        tracemalloc.start()
    found = trio.run(bytes_per_call, int(count), {"resident": resident, "traced": traced}[how])
    print(found)  # noqa: T201  The parent waits for this line.


if __name__ == "__main__":
    main(sys.argv[1:])
