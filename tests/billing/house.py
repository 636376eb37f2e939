"""Plans, usage and invoices on a real database, without the server around."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import trio

from auctiond.billing.biller import Biller, before, month_of, start_ms
from auctiond.billing.desk import TENANT
from auctiond.billing.invoice_desk import InvoiceDesk
from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.pg.calls import Calls, EventRow
from auctiond.pg.door import open_pg
from auctiond.pg.invoices import Invoices, Issuer
from auctiond.pg.ledger_book import open_book
from auctiond.pg.ledger_check import verify
from billing.plans import Plan, Rate
from market.ids import id_at
from market.money import micros
from tests.billing.counter import Clock, new_id
from tests.pg.stores import call_row

PLAN = Plan(
    monthly_fee=micros("10"),
    minutes=Rate(1, micros("0.60")),
    numbers=Rate(1, micros("2")),
    pings=Rate(2, micros("0.01")),
)
NUMBERS = ("+15558000000", "+15558000001")
HOUR_MS = 3_600_000


@dataclass
class House:
    pg: object
    calls: Calls
    book: object
    clock: Clock
    desk: InvoiceDesk

    @property
    def biller(self):
        return self.desk.biller

    @property
    def invoices(self):
        return self.desk.invoices

    def at(self, month: date, hours: float = 0) -> None:
        """Let it be so many hours after a month began."""
        wanted = start_ms(month) + int(hours * HOUR_MS)
        self.clock.ahead_ms = 0
        self.clock.ahead_ms = wanted - self.clock.now_ms()

    async def call(self, seconds: int, talk_s: int = 0, pings: int = 0, blocked: str = "") -> UUID:
        """Put a call on record that ends now and took so long."""
        end_ms = self.clock.now_ms()
        id_ = id_at(end_ms - seconds * 1000, new_id().bytes)
        came = datetime.fromtimestamp((end_ms - seconds * 1000) / 1000, UTC)
        row = call_row(1, id=id_, call_ref=str(id_), person_id=None, arrived_at=came)
        await self.calls.open_call(replace(row, caller_index=None))
        bids = [{"target": f"t{n}", "ms": 5.0} for n in range(pings)]
        others = [{"target": "x", "reason": "cap"}, {"target": "y", "reason": "timeout"}]
        closed = {"ranked": bids, "others": others if pings else []}
        ended = {"talk_ms": talk_s * 1000, "blocked": blocked}
        await self.calls.append_events(
            [
                EventRow(id_, 0, "BidsClosed", end_ms, closed),
                EventRow(id_, 1, "ended", end_ms, ended),
            ]
        )
        return id_

    async def charged(self, month: date) -> dict[str, int]:
        """Return what was charged for a month, by topic."""
        return {k: c.amount for k, c in (await self.invoices.charged(TENANT, month)).items()}

    async def balance(self, account: str = TENANT) -> int:
        return (await self.book.balances(account)).get(account, (0, 0))[0]


@asynccontextmanager
async def open_house(url: str):
    async with open_pg(url) as pg, open_book(pg) as book, trio.open_nursery() as nursery:
        calls, clock = Calls(pg), Clock()
        nursery.start_soon(calls.run)

        numbers = [SimpleNamespace(number=each) for each in NUMBERS]
        network = SimpleNamespace(numbers=numbers)
        book_of_networks = SimpleNamespace(
            current=SimpleNamespace(snapshot=SimpleNamespace(network=network))
        )
        invoices, usage = Invoices(pg, Issuer("INV-", "Ada & Co")), Usage()
        biller = Biller(invoices, book, usage, book_of_networks, Log("test"), clock.now_ms)
        desk = InvoiceDesk(invoices, biller, book, usage, clock.now_ms)
        yield House(pg, calls, book, clock, desk)
        nursery.cancel_scope.cancel()


def after(month: date) -> date:
    """Return the next month."""
    return month_of(start_ms(month) + 32 * 24 * HOUR_MS)


async def look(house):
    await house.biller.look()


@asynccontextmanager
async def subscribed_house(url: str):
    """Open it with a plan from the last month on; what is left of the ledger must verify."""
    async with open_house(url) as opened:
        this = month_of(opened.clock.now_ms())
        opened.at(before(this), 1)  # The ledger has the last month, this one and those to come.
        await opened.desk.set_plan("basic", PLAN, "key")
        await opened.desk.subscribe("basic", None, "key")
        yield opened
        report = await verify(opened.pg)
        assert report.ok, report.problems
