"""Phones that act at a moment told in milliseconds: a caller who leaves, buyers who answer.

sipp cannot leave in the very moment of an answer: what comes in while one of its timeouts becomes a
message, it holds for unexpected, and it drops the call. These do as RFC 3261 says: a CANCEL goes
out once something came back (9.1), who is answered all the same acknowledges and hangs up
(13.2.2.4), requests and final replies are said again until the other side has them (17.1).
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Self

import trio

from auctiond.sandbox.sip.message import Message, read, reply, write

T1_S = 0.5  # What is not heard of is said again after it, then after twice as long, to T2.
T2_S = 4.0
LONGEST_S = 64 * T1_S  # Then the other side is gone.
PACKET_MAX = 65_535
# A phone without a sound: port 9 is "discard".
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
_names = count(1)
Address = tuple[str, int]


class NoReply(Exception):
    """The other side said nothing to what was said, over and over."""


async def repeat(say: Callable[[], object], heard: trio.Event, what: str) -> None:
    """Say something again and again until it was heard. Raises NoReply."""
    pause_s = T1_S
    with trio.move_on_after(LONGEST_S):
        while not heard.is_set():
            say()
            with trio.move_on_after(pause_s):
                await heard.wait()
            pause_s = min(2 * pause_s, T2_S)
    if not heard.is_set():
        raise NoReply(what)


class Door:
    """A free UDP port on loopback. To send never waits there; what is lost is said again."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def send(self, packet: bytes, to: Address) -> None:
        """Send a datagram."""
        with suppress(BlockingIOError):
            self._socket.sendto(packet, to)

    async def heard(self) -> tuple[Message, Address]:
        """Wait for a message, and return it with its sender."""
        await trio.lowlevel.wait_readable(self._socket)
        packet, sender = self._socket.recvfrom(PACKET_MAX)
        return read(packet), sender


@dataclass(slots=True)
class Leaver:
    """One call. `patience_s` counts from the first reply, `talk_s` from the answer."""

    number: str
    dialled: str
    switch: str  # Where: "127.0.0.1:5060".
    patience_s: float
    talk_s: float
    call_id: str = field(default_factory=lambda: f"leaver-{next(_names)}@127.0.0.1")
    answer: int = 0  # The final reply's status.
    cancelled: bool = False
    _door: Door = field(init=False, repr=False)
    _patience: trio.CancelScope = field(init=False, default_factory=trio.CancelScope)
    _final: Message | None = field(init=False, default=None, repr=False)
    _alive: trio.Event = field(init=False, default_factory=trio.Event)
    _over: trio.Event = field(init=False, default_factory=trio.Event)  # The ringing.
    _heard: dict[str, trio.Event] = field(init=False, repr=False)

    async def call(self) -> None:
        """Make the call, to its end. Raises NoReply."""
        self._heard = {"CANCEL": trio.Event(), "BYE": trio.Event(), "their BYE": trio.Event()}
        with Door() as self._door:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hear)
                await self._live(nursery)
                nursery.cancel_scope.cancel()

    def give_up(self) -> None:
        """Cancel now, unless it was answered."""
        self._patience.cancel()

    async def _live(self, nursery: trio.Nursery) -> None:
        await repeat(lambda: self._say("INVITE"), self._alive, "INVITE")
        self._patience.deadline = trio.current_time() + self.patience_s
        with self._patience:
            await self._over.wait()
        if not self._over.is_set():
            self.cancelled = True
            nursery.start_soon(repeat, lambda: self._say("CANCEL"), self._heard["CANCEL"], "CANCEL")
            with trio.move_on_after(LONGEST_S):
                await self._over.wait()
        if not self._over.is_set():
            raise NoReply("INVITE that was cancelled")
        if self.answer >= 300:
            return
        with trio.move_on_after(self.talk_s):
            await self._heard["their BYE"].wait()
        if not self._heard["their BYE"].is_set():
            await repeat(lambda: self._say("BYE"), self._heard["BYE"], "BYE")

    async def _hear(self) -> None:
        while True:
            message, _ = await self._door.heard()
            if message.method == "OPTIONS" and not message.code:  # Is it there?
                self._send(reply(message, "200 OK", "caller", self._own))
            elif message.method == "BYE" and not message.code:
                self._send(reply(message, "200 OK", "caller", self._own))
                self._heard["their BYE"].set()
            elif message.method == "INVITE" and message.code:
                self._replied(message)
            elif message.code >= 200:
                self._heard[message.method].set()

    def _replied(self, message: Message) -> None:
        self._alive.set()
        if message.code >= 200:
            self._final, self.answer = message, message.code
            self._say("ACK")
            self._over.set()

    @property
    def _own(self) -> str:
        return f"sip:{self.number}@127.0.0.1:{self._door.port}"

    def _say(self, method: str) -> None:
        """Send a request: in a talk to who answered, by the route that his answer came."""
        uri = f"sip:{self.dialled}@{self.switch}"
        to, branch, route = f"<{uri}>", "invite", ""
        if self._final is not None and method in ("ACK", "BYE"):
            to = self._final.header("To")
        if self._final is not None and self.answer < 300 and method in ("ACK", "BYE"):
            uri, branch = self._final.contact, method
            route = self._final.header("Record-Route")
        via = f"SIP/2.0/UDP {self._own.partition('@')[2]};branch=z9hG4bK-{self.call_id}-{branch}"
        headers = [("Via", via), ("From", f"<{self._own}>;tag=caller"), ("To", to)]
        headers += [("Route", route)] if route else []
        headers += [("Call-ID", self.call_id), ("CSeq", f"{1 + (method == 'BYE')} {method}")]
        headers += [("Contact", f"<{self._own}>"), ("Max-Forwards", "70")]
        body = SDP if method == "INVITE" else ""
        self._send(write(f"{method} {uri} SIP/2.0", headers, body))

    def _send(self, packet: bytes) -> None:
        host, _, port = self.switch.rpartition(":")
        self._door.send(packet, (host, int(port)))


@dataclass(slots=True)
class Rung:
    """A call at a buyer's phone. It is over when the other side has all that was said."""

    invite: Message
    ended: bool = False
    answered: bool = False
    cancelled: trio.Event = field(default_factory=trio.Event)
    acknowledged: trio.Event = field(default_factory=trio.Event)
    last: bytes = b""  # What is said again to an INVITE that comes again.


@dataclass(slots=True)
class Answerer:
    """A buyer's phone that answers every call after `ring_s`; or refuses it, where `refusal` is."""

    ring_s: float
    refusal: str = ""
    stubborn: bool = False  # It answers though it was cancelled, as if the two had crossed.
    first_reply_s: float = 0.0
    calls: dict[str, Rung] = field(default_factory=dict)
    _door: Door = field(init=False, repr=False)

    @property
    def address(self) -> str:
        """Where it is rung."""
        return f"sip:buyer@127.0.0.1:{self._door.port}"

    @property
    def living(self) -> list[str]:
        """The calls that are not over."""
        return [call_id for call_id, rung in self.calls.items() if not rung.ended]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take calls while the block lasts."""
        with Door() as self._door:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hear, nursery)
                yield
                nursery.cancel_scope.cancel()

    async def _hear(self, nursery: trio.Nursery) -> None:
        while True:
            message, sender = await self._door.heard()
            call_id = message.header("Call-ID")
            rung = self.calls.get(call_id)
            match message.method:
                case "INVITE" if rung is None:
                    rung = self.calls[call_id] = Rung(message)
                    nursery.start_soon(self._ring, message, rung, sender)
                case "INVITE" if rung is not None and rung.last:
                    self._door.send(rung.last, sender)
                case "ACK" if rung is not None:
                    rung.acknowledged.set()
                case "CANCEL" if rung is not None:
                    self._door.send(self._reply(message, "200 OK"), sender)
                    rung.cancelled.set()
                case "OPTIONS":
                    self._door.send(self._reply(message, "200 OK"), sender)
                case "BYE":
                    known = rung is not None and rung.answered and self._tag in message.header("To")
                    said = self._reply(message, "200 OK" if known else "481 No Such Call")
                    self._door.send(said, sender)
                    if rung is not None and known:
                        rung.ended = True

    async def _ring(self, invite: Message, rung: Rung, sender: Address) -> None:
        def say(status: str) -> None:
            rung.last = self._reply(invite, status)
            self._door.send(rung.last, sender)

        status = self.refusal
        if not status:
            await trio.sleep(self.first_reply_s)
            say("180 Ringing")
            with trio.move_on_after(self.ring_s):
                await rung.cancelled.wait()
            gone = rung.cancelled.is_set() and not self.stubborn
            status = "487 Request Terminated" if gone else "200 OK"
            rung.answered = status == "200 OK"
        await repeat(lambda: say(status), rung.acknowledged, status)
        rung.ended = rung.ended or not rung.answered

    def _reply(self, request: Message, status: str) -> bytes:
        body = SDP if request.method == "INVITE" and status == "200 OK" else ""
        return reply(request, status, self._tag, self.address, body)

    @property
    def _tag(self) -> str:
        return f"buyer-{self._door.port}"
