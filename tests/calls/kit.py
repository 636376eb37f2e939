"""Fakes and makers for the tests of what stands around a call. All on virtual time."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import trio

from actors.shelter import open_shelter
from auctiond.calls.health import HealthDesk
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.pauses import Pauses
from auctiond.calls.phone import Phone
from auctiond.logs import Log
from auctiond.pg.errors import PgAway
from market.bids import Bid, BuyerId, TargetId
from market.call import Call, State
from market.ids import id_at
from market.money import micros
from market.phone import LegGone, LegStatus

START_MS = 1_795_000_000_000  # Some day in 2026.
CALL_ID = id_at(START_MS, b"a call")
ALIVE = LegStatus(alive=True)


def now_ms() -> int:
    """Return virtual time as Unix milliseconds."""
    return START_MS + round(trio.current_time() * 1000)


def bid(name: str = "first", price: str = "20", **changes: object) -> Bid:
    fields = {"destination": "+15557110001", "billable_after_s": 60.0} | changes
    return Bid(TargetId(name), BuyerId(name), micros(price), **fields)


def call_in(state: State, **changes: object) -> Call:
    """Return a call in `state`, with its first buyer from AWARDING on."""
    fields: dict[str, object] = {"network": 1, "campaign": "calls", "publisher": "pub"}
    fields |= {"tracking_number": "+15558000000", "arrived_ms": START_MS, "answered": True}
    if state not in (State.SCREENING, State.ANSWERING, State.GREETING, State.GATHERING):
        fields |= {"leg": 1, "bid": bid(), "destination": "+15557110001"}
    return Call(CALL_ID, state=state, **(fields | changes))


class FakeCarrier:
    """Notes commands; `replies` are what they raise, in turn; `legs` is how each leg is."""

    plays_documents = False

    def __init__(self, *replies: Exception | None, **legs: LegStatus | Exception) -> None:
        self.commands: list = []
        self.asked: list[str] = []
        self.legs: dict[str, LegStatus | Exception] = {"a": ALIVE, "b": ALIVE} | legs
        self._replies = list(replies)

    def of(self, name: str) -> FakeCarrier:
        return self

    async def send(self, command) -> None:
        self.commands.append(command)
        await trio.sleep(0.01)
        reply = self._replies.pop(0) if self._replies else None
        if reply is not None:
            raise reply

    async def status(self, ref: str) -> LegStatus:
        self.asked.append(ref)
        await trio.sleep(0.01)
        found = self.legs.get(ref, LegStatus(alive=False))
        if isinstance(found, Exception):
            raise found
        return found

    @property
    def said(self) -> list[str]:
        """The kinds of the commands."""
        return [type(command).__name__ for command in self.commands]


class GoneCarrier(FakeCarrier):
    """Has nobody on the line any more."""

    async def send(self, command) -> None:
        await super().send(command)
        raise LegGone


def leads_with(refs: dict[int, str] | None = None, call_id: UUID = CALL_ID, **lead) -> Leads:
    """Return the leads with one live call: its caller is leg "a", its buyer "b"."""
    leads = Leads()
    leads.put(call_id, Lead("session", refs if refs is not None else {0: "a", 1: "b"}, **lead))
    return leads


@asynccontextmanager
async def open_phone(carrier: FakeCarrier, leads: Leads | None = None, polls_s: float = 15.0):
    """Open a phone that speaks with `carrier`."""
    async with open_shelter(drain_s=5) as shelter:
        yield Phone(carrier, leads or leads_with(), shelter, Log("test"), now_ms, polls_s)


@dataclass
class Events:
    """Keeps what happened to targets, as the database does; `away` for so many tries."""

    rows: list = field(default_factory=list)
    away: int = 0

    async def add(self, event) -> None:
        await trio.sleep(0.001)
        if self.away:
            self.away -= 1
            raise PgAway("away")
        if event.id not in {row.id for row in self.rows}:
            self.rows.append(event)

    async def since(self, at_ms: int) -> list:
        await trio.sleep(0.001)
        return sorted(self.rows, key=lambda row: row.at_ms)


def health_desk(shelter, metrics, events=None, **more):
    """Return a desk on virtual time; nothing is known of any target yet."""
    pauses = Pauses(events or Events(), shelter, metrics, Log("test"), now_ms, **more)
    return HealthDesk(pauses, metrics, now_ms, trio.current_time, lambda: 0.0, 30.0)


async def within(seconds: float, fn, *args):
    """Return what `fn(*args)` gives within virtual `seconds`, and when; else None."""
    start = trio.current_time()
    with trio.move_on_after(seconds):
        return await fn(*args), round(trio.current_time() - start, 2)
    return None
