"""The line to a carrier that takes commands as documents, in answer to its webhooks.

Such a carrier plays one document on a leg at a time, and asks for the next when that one is over.
A question waits here for the call's next command, which is the answer. A command for which nobody
asks is laid ready, and the carrier is told to come for it. None of them knows our commands' ids, so
that a command is done once is our doing: what was answered or fetched is not laid ready again, a
request is not repeated once its document was fetched, and one that rings somebody, or presses keys,
is sent once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from typing import TypeVar

import trio

from auctiond.net.carrier_link import CarrierLink
from auctiond.net.wire import Wire
from market.http import HttpReply
from market.phone import (
    CarrierError,
    CarrierEvent,
    Command,
    Dial,
    DialAny,
    Ended,
    Hangup,
    Placed,
    Reject,
    SendDigits,
    Transfer,
)
from telephony._carrier import Ask, DocumentCarrier, Webhook

V = TypeVar("V")
RINGS = Dial | DialAny | Transfer  # Somebody's phone, who would be rung anew.
# Who is on the line hears silence meanwhile. Under what a worker gives another one for an answer.
HOLD_S = 1.5
LEGS_MAX = 20_000  # Legs remembered; their ends are forgotten only when a webhook is lost.
KEPT_MAX = 8  # Documents and answers of a leg: a late question is about the last few.


@dataclass(slots=True, eq=False)
class Question:
    """A webhook that waits for a document."""

    answered: trio.Event = field(default_factory=trio.Event)
    document: bytes | None = None

    def answer(self, document: bytes | None) -> None:
        self.document = document
        self.answered.set()


@dataclass(slots=True, eq=False)
class Leg:
    lock: trio.Lock = field(default_factory=trio.Lock)  # Commands reach a leg in their order.
    question: Question | None = None
    ready: dict[str, bytes] = field(default_factory=dict)  # Documents to be fetched, by command.
    fetched: dict[str, trio.Event] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)  # By the webhook: repeated, the same.
    given: dict[str, None] = field(default_factory=dict)  # Commands that reached the carrier.
    torn: bool = False  # The carrier was told to come for a document, and has not come yet.


class DocumentLink(CarrierLink):
    plays_documents = True

    def __init__(self, wire: Wire, carrier: DocumentCarrier) -> None:
        super().__init__(wire, carrier)
        self._documents = carrier
        self._legs: dict[str, Leg] = {}
        self._turns = count()
        self._run = token_hex(4)  # Tells this run of the server from the others.

    async def send(self, command: Command) -> Placed | None:
        """Give `command`. Raises LegGone if the leg had ended, CarrierError if it is not done."""
        document = self._documents.write_document(command)
        if document is None:
            return await super().send(command)
        known, leg = command.ref in self._legs, self._leg(command.ref)
        async with leg.lock:
            id_ = command.command_id.hex
            if id_ not in leg.given:
                if not known and await self._rings_already(command):
                    return None
                if not self._hand_over(leg, id_, document):
                    if _has_request(command):
                        return await super().send(command)
                    await self._have_fetched(leg, command, document)
                _keep(leg.given, id_, None)
        return None

    async def answer(self, webhook: Webhook, news: Sequence[CarrierEvent]) -> bytes:
        """Return the document that answers a webhook; it may wait for a command."""
        ask = self._documents.read_ask(webhook)
        if ask is None:
            self._forget_ended(news)
            return self._documents.write_reply(webhook)
        leg, asked = self._leg(ask.ref), news[0].event_id
        if ask.command:
            leg.torn = False
        if ask.command in leg.ready:
            return self._fetch(leg, ask)
        if asked in leg.answers:  # The carrier has not heard the answer, and asks again.
            return leg.answers[asked]
        document = await self._next(leg, ask)
        if document is None:
            return self._documents.write_wait(webhook, f"{self._run}{next(self._turns)}")
        _keep(leg.answers, asked, document)
        return document

    async def _next(self, leg: Leg, ask: Ask) -> bytes | None:
        """Return the document of the next command; None: there is none for a while."""
        if not _hears(leg, ask):
            await trio.sleep(HOLD_S)
            return None
        if leg.question is not None:
            leg.question.answer(None)  # The carrier asks again: nobody hears the first answer.
        mine = leg.question = Question()
        try:
            with trio.move_on_after(HOLD_S):
                await mine.answered.wait()
        finally:
            if leg.question is mine:
                leg.question = None
        return mine.document

    def _fetch(self, leg: Leg, ask: Ask) -> bytes:
        if leg.question is not None:
            leg.question.answer(None)  # Its document was torn off: nobody hears the answer.
        leg.fetched[ask.command].set()
        return leg.ready[ask.command]

    def _hand_over(self, leg: Leg, id_: str, document: bytes) -> bool:
        """Give a document to who asks for one; tell whether somebody did."""
        question, leg.question = leg.question, None
        if question is None or question.answered.is_set():
            return False
        question.answer(document)
        return True

    async def _have_fetched(self, leg: Leg, command: Command, document: bytes) -> None:
        """Lay a document ready and have the carrier come for it; that it came is the proof."""
        id_, fetched = command.command_id.hex, trio.Event()
        _keep(leg.ready, id_, document)
        _keep(leg.fetched, id_, fetched)
        leg.torn, told = True, False
        try:
            reply = await self._poke(command, fetched)
            if reply is not None:
                self._documents.check_reply(reply)
            told = True
        finally:
            # Given up: who comes for it late is to have what is wanted by then.
            if not told and not fetched.is_set():
                leg.ready.pop(id_, None)

    async def _poke(self, command: Command, fetched: trio.Event) -> HttpReply | None:
        """Return what the carrier says to coming for a document; None: it has come already."""
        reply: HttpReply | CarrierError | None = None

        async def until_fetched(scope: trio.CancelScope) -> None:
            await fetched.wait()
            scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(until_fetched, nursery.cancel_scope)
            try:
                # Who comes twice, for a first request was slow, would press the keys twice, or tear
                # off the ring that he has begun.
                once = isinstance(command, SendDigits | RINGS)
                reply = await self._exchange(self._documents.write_poke(command), once=once)
            except CarrierError as error:
                reply = error
            nursery.cancel_scope.cancel()
        if fetched.is_set():
            return None
        if isinstance(reply, CarrierError):
            raise reply
        return reply

    async def _rings_already(self, command: Command) -> bool:
        """Tell, after a restart, whether a dial is under way: its document must not be torn off."""
        if not isinstance(command, RINGS):
            return False
        reply = await self._exchange(self._documents.write_rung_query(command.ref))
        return self._documents.read_rung(reply, command.ref)

    def _leg(self, ref: str) -> Leg:
        leg = self._legs.get(ref)
        if leg is None:
            leg = self._legs[ref] = Leg()
            if len(self._legs) > LEGS_MAX:
                del self._legs[next(iter(self._legs))]
        return leg

    def _forget_ended(self, news: Sequence[CarrierEvent]) -> None:
        for one in news:
            if isinstance(one, Ended):
                self._legs.pop(one.ref, None)


def _hears(leg: Leg, ask: Ask) -> bool:
    """Tell whether who asks hears the answer: not if the document that is over was torn off.

    It is when the carrier is told to come for another. One that was fetched may be over because the
    next was: its webhook can come after that, and looks like any other.
    """
    return not leg.torn and ask.after not in leg.fetched


def _has_request(command: Command) -> bool:
    """Tell whether a command that nobody asks for is given by a request of its own."""
    return isinstance(command, Hangup | Reject)


def _keep(kept: dict[str, V], key: str, value: V) -> None:
    kept[key] = value
    if len(kept) > KEPT_MAX:
        del kept[next(iter(kept))]
