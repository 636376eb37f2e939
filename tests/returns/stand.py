"""A desk for returns on a real database, with a call that was sold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from uuid import UUID

import trio

from auctiond.calls.bank import Usage
from auctiond.calls.event_codec import to_data
from auctiond.calls.records import Records
from auctiond.logs import Log
from auctiond.pg.calls import Calls, EventRow
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.entries import Entries
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.notices import NoticeBook
from auctiond.pg.people import People, Person
from auctiond.pg.returns import Returns
from auctiond.returns.by_hand import ByHand
from auctiond.returns.desk import ReturnsDesk, Wish
from auctiond.returns.notes import Notes
from auctiond.returns.sales import Sales
from ledger.moves import TopUp, capture_for, hold_for
from market.bids import Bid, BuyerId, TargetId
from market.call import (
    BidsClosed,
    BuyerAnswered,
    BuyerJoined,
    CallerAnswered,
    Cleared,
    Event,
    Greeted,
    HoldMade,
    HungUp,
    LegEnded,
    ZipEntered,
)
from market.ids import id_at, id_for, unix_ms
from market.money import Micros, micros
from market.network import Buyer, Network, Publisher
from market.returns import ReturnTerms
from tests.pg.stores import NOW_MS, VAULT, call_row

PRICE, PAYOUT = micros(30), micros("21.01")
BUYER, PUBLISHER = "wallet:acme", "publisher:pub"
TALK_S = 120


def life_of(call_id: UUID, talk_s: float = TALK_S) -> list[Event]:
    """Return the events of a call that was sold to the target west of acme."""
    start = unix_ms(call_id)
    bid = Bid(TargetId("west"), BuyerId("acme"), PRICE, "+15550001", 90.0, effective=PRICE, ms=9.0)
    end = start + 2600 + int(talk_s * 1000)
    known = {"network": 1, "campaign": "solar", "publisher": "pub"}
    return [
        Cleared(start + 17, facts=(("state", "GA"),), zip_tries=1, **known),
        CallerAnswered(start + 30),
        Greeted(start + 600),
        ZipEntered(start + 900, facts=(("zip", "30384"),)),
        BidsClosed(start + 1000, ranked=(bid,), took_ms=17.0, deadline_ms=400),
        HoldMade(start + 1100, leg=1),
        BuyerAnswered(start + 2500, leg=1),
        BuyerJoined(start + 2600, leg=1),
        HungUp(end),
        LegEnded(end, leg=1, caller_left=True),
    ]


@dataclass
class Stand:
    pg: Pg
    calls: Calls
    book: PgBook
    desk: ReturnsDesk
    by_hand: ByHand
    people: People
    clock: list[int]
    network: list[Network]
    made: int = 0

    def terms(self, terms: ReturnTerms, credit: Micros = Micros(0)) -> None:
        acme = Buyer(BuyerId("acme"), "Acme", credit=credit, returns=terms)
        self.network[0] = replace(self.network[0], buyers=(acme,))

    async def sale(self, n: int = 1, talk_s: float = TALK_S, payout: Micros = PAYOUT) -> UUID:
        """Put a sold call on record, in the log and in the ledger, and return its id."""
        row = call_row(n)
        vault_person = VAULT.new_person(row.person_id)
        person = Person(vault_person.id, vault_person.wrapped_key, {})
        await self.calls.open_call(row, person)
        events = [
            EventRow(row.id, seq, type(one).__name__, one.at_ms, to_data(one))
            for seq, one in enumerate(life_of(row.id, talk_s))
        ]
        await self.calls.append_events(events)
        hold = hold_for(row.id, 1, buyer="acme", price=PRICE, expires_ms=NOW_MS + 10**9)
        await self.book.apply(hold)
        await self.book.apply(capture_for(hold, price=PRICE, publisher="pub", payout=payout))
        return row.id

    async def ask(self, call_id: UUID, reason="not_qualified", *, by="key", n=1, **more):
        id_ = id_at(self.clock[0], b"return %d" % n)
        return await self.desk.ask(Wish(call_id, reason, **more), by, id_)

    async def money(self) -> tuple[int, int, int]:
        """Return what the wallet, the publisher and the margin have."""
        wallet = (await self.book.balances(BUYER)).get(BUYER, (0, 0))[0]
        sums = await self.book.sums()
        return wallet, sums.get(PUBLISHER, 0), sums.get("margin", 0)

    async def told(self) -> list[tuple[str, str]]:
        found = await NoticeBook(self.pg).recent(50, None, None)
        return [(one.notice.kind, one.notice.party) for one in reversed(found)]


@asynccontextmanager
async def stand(pg_url: str, funds: int = 100) -> AsyncIterator[Stand]:
    """Open a desk; the wallet of acme has `funds` dollars."""
    acme = Buyer(BuyerId("acme"), "Acme")
    network = [Network("N", (), (Publisher("pub", "P"),), (), (acme,), ())]
    edition = SimpleNamespace(snapshot=SimpleNamespace())

    class Book:
        @property
        def current(self):
            edition.snapshot.network = network[0]
            return edition

    async with open_pg(pg_url) as pg, open_book(pg) as book, trio.open_nursery() as nursery:
        calls, store, people = Calls(pg), Returns(pg), People(pg)
        nursery.start_soon(calls.run)
        now_ms = await pg.fetch_value(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        )
        clock, usage, log = [now_ms], Usage(), Log("test")
        notes = Notes(store, people, VAULT)
        tools = (book, usage)
        desk = ReturnsDesk(
            store, Sales(Records(calls), store), notes, Book(), *tools, log, lambda: clock[0]
        )
        known = (Records(calls), Entries(pg), Book())
        by_hand = ByHand(*tools, notes, *known, log, lambda: clock[0])
        if funds:
            paid = TopUp(id_for(call_row(0).id, "paid"), BUYER, funds * 1_000_000, "deposit")
            await book.apply(paid)
        yield Stand(pg, calls, book, desk, by_hand, people, clock, network)
        nursery.cancel_scope.cancel()
