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
        self._lines = trio.Semaphore(CONNECTIONS_MAX)

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
        until = trio.current_time() + BUDGET_S
        if not await self._has_line(until):
            raise CarrierError("unreachable")
        try:
            reply = await self._repeat(request, once, until)
        finally:
            self._lines.release()
        if reply is None:
            raise CarrierError("unreachable")
        return reply

    async def _has_line(self, until: float) -> bool:
        """Wait for a connection of ours; tell whether there is one in time."""
        try:
            self._lines.acquire_nowait()
        except trio.WouldBlock:
            with trio.move_on_at(until) as waiting:
                await self._lines.acquire()
            return not waiting.cancelled_caught
        return True

    async def _repeat(self, request: HttpRequest, once: bool, until: float) -> HttpReply | None:
        """Return the first reply that is final, else the last one; None: there was none."""
        reply: HttpReply | None = None
        for try_s in self._carrier.TRIES_S:
            now = trio.current_time()
            found = await self._try(request, until if once else min(now + try_s, until))
            reply = found or reply
            if found is not None and found.status < 500 and found.status != 429:
                break
            if once and (found is None or found.status != 429):
                break  # It may have been done.
            pause_s = _pause_s(reply)
            if trio.current_time() + pause_s >= until:
                break
            await trio.sleep(pause_s)
        return reply

    async def _try(self, request: HttpRequest, until: float) -> HttpReply | None:
        with trio.CancelScope(deadline=until):
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
