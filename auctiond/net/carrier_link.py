"""The line to a carrier: commands go out and are repeated until the carrier has taken them.

A command that is repeated has the same id, so it is done once. No error and no log line
from here holds a body, a number or a key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network

import trio

from auctiond.net.wire import Wire, WireError, WireOptions, open_wire
from market.http import HttpReply, HttpRequest
from market.phone import (
    CallOut,
    CarrierError,
    CarrierEvent,
    Command,
    LegStatus,
    Placed,
    RingToo,
)
from telephony._carrier import Carrier, Webhook

BUDGET_S = 4.0  # For all tries, and waiting for a connection. Callers hear silence meanwhile.
AFTER_429_S = 0.25  # Where the carrier does not say how long to wait.
AFTER_5XX_S = 0.05  # Telnyx says "at once"; a moment keeps a broken carrier from being hammered.
CONNECTIONS_MAX = 64  # A hundred calls a second are some five commands each, of about 50 ms.
KEPT_S = 60.0  # Longer than the gaps between calls on a quiet line: a handshake is saved.
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))


class CarrierLink:
    plays_documents = False

    def __init__(self, wire: Wire, carrier: Carrier) -> None:
        self._wire = wire
        self._carrier = carrier
        # Never more at once than connections: a wire refuses, where this waits.
        self._lines = trio.CapacityLimiter(CONNECTIONS_MAX)

    async def send(self, command: Command) -> Placed | None:
        """Give `command`. Raises LegGone if the leg had ended, CarrierError if it is not done.

        Of a phone call that it began, return what the carrier calls it.
        """
        request = self._carrier.write_command(command)
        if request is None:
            return None
        rings = isinstance(command, CallOut | RingToo)
        reply = await self._exchange(request, once=rings and not self._carrier.KNOWS_IDS)
        self._carrier.check_reply(reply)
        return self._carrier.read_placed(reply) if isinstance(command, CallOut) else None

    async def status(self, ref: str) -> LegStatus:
        """Ask whether the leg `ref` is alive. Raises CarrierError."""
        query = self._carrier.write_status_query(ref)
        return self._carrier.read_status(await self._exchange(query))

    async def answer(self, webhook: Webhook, news: Sequence[CarrierEvent]) -> bytes:
        """Return what a webhook is answered with: nothing, where commands go out by themselves."""
        return b""

    async def _exchange(self, request: HttpRequest, *, once: bool = False) -> HttpReply:
        """Return the reply; `once`: what may ring a person or press keys twice is not repeated.

        But where the carrier says that it was too much (429), for then it has done nothing.
        """
        reply: HttpReply | None = None
        tries_s = self._carrier.TRIES_S
        with trio.move_on_after(BUDGET_S) as budget:
            async with self._lines:
                for try_s in tries_s:
                    found = await self._try(request, BUDGET_S if once else try_s)
                    reply = found or reply
                    refused = found is not None and found.status == 429
                    if found is not None and found.status < 500 and not refused:
                        return found
                    if once and not refused:
                        break
                    pause_s = _pause_s(reply)
                    if trio.current_time() + pause_s >= budget.deadline:
                        break
                    await trio.sleep(pause_s)
        if reply is None:
            raise CarrierError("unreachable")
        return reply

    async def _try(self, request: HttpRequest, try_s: float) -> HttpReply | None:
        with trio.move_on_after(try_s):
            try:
                return await self._wire.send(request)
            except WireError:
                return None
        return None


@asynccontextmanager
async def open_lines() -> AsyncIterator[Wire]:
    """Open the wire that all commands to carriers share.

    It is one of its own: where carriers are is said by the settings, so it may be a switch next
    door, and what buyers do to their wire is nothing to calls under way.
    """
    options = WireOptions(pings_max=CONNECTIONS_MAX, idle_max_s=KEPT_S, allowed_networks=ANYWHERE)
    async with open_wire(options) as wire:
        yield wire


@asynccontextmanager
async def open_carrier_link(carrier: Carrier) -> AsyncIterator[CarrierLink]:
    """Open a link to one carrier."""
    async with open_lines() as wire:
        yield CarrierLink(wire, carrier)


def _pause_s(reply: HttpReply | None) -> float:
    if reply is None:
        return 0.0
    if reply.status != 429:
        return AFTER_5XX_S
    after = reply.header("retry-after") or ""
    return float(after) if after.isascii() and after.isdecimal() else AFTER_429_S
