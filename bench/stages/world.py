"""Carrier and buyers of a server whose calls are counted or weighed: they answer at once."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import orjson
import trio

from auctiond.parts.base import now_ms
from bench.stages.networks import NUMBER
from market.call import Call
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

JSON = (("content-type", "application/json"),)


class Landed:
    """A flight that is over."""

    def cancel(self) -> None:
        """Nothing is out."""


class Wire:
    """Buyers who all bid, each its own price for its own time, and take every lead."""

    def __init__(self) -> None:
        self._count = 0

    async def send(self, _: HttpRequest) -> HttpReply:
        await trio.lowlevel.checkpoint()
        return HttpReply(200, JSON, b'{"ok": true}')

    def look(self) -> None:
        """Everything has arrived when it is asked."""

    def start(self, request: HttpRequest, done: Callable[[HttpReply], None]) -> Landed:
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
        return Landed()


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
