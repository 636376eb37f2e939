"""Usage is rated once, charged as it grows, and invoiced when its month is over."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
import trio

from auctiond.billing.biller import Biller, before, month_of, start_ms
from auctiond.billing.desk import TENANT, Refused
from auctiond.billing.invoice_desk import InvoiceDesk
from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.pg.calls import Calls, EventRow
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.invoices import Invoices, Issuer
from auctiond.pg.ledger_book import open_book
from auctiond.pg.ledger_check import verify
from billing.plans import Plan, Rate
from ledger.moves import TopUp, capture_for, hold_for
from market.ids import id_at
from market.money import micros
from tests.billing.counter import Clock, new_id, told_in
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


@pytest.fixture
async def house(pg_url):
    async with open_house(pg_url) as opened:
        this = month_of(opened.clock.now_ms())
        opened.at(before(this), 1)  # The ledger has the last month, this one and those to come.
        await opened.desk.set_plan("basic", PLAN, "key")
        await opened.desk.subscribe("basic", None, "key")
        yield opened
        report = await verify(opened.pg)
        assert report.ok, report.problems


async def test_a_month_is_charged_as_it_grows_and_a_run_twice_books_once(house):
    month = month_of(house.clock.now_ms())
    assert await house.biller.look() == []
    assert await house.charged(month) == {"fee": micros("10"), "numbers": micros("2")}
    await house.call(61, talk_s=30, pings=3)  # 2 and 1 minutes; 3 answered and a timeout.
    await house.biller.look()
    await house.biller.look()
    grown = {"fee": "10", "numbers": "2", "minutes": "1.20", "pings": "0.02"}
    assert await house.charged(month) == {topic: micros(sum_) for topic, sum_ in grown.items()}
    await house.call(60)
    await house.biller.look()
    assert (await house.charged(month))["minutes"] == micros("1.80")
    assert await house.balance() == -sum((await house.charged(month)).values())


async def test_calls_that_were_blocked_cost_no_minute(house):
    await house.call(500, blocked="spam")
    await house.biller.look()
    assert "minutes" not in await house.charged(month_of(house.clock.now_ms()))


async def test_a_recording_that_has_come_is_rated_once_and_a_lost_one_never(house, pg_super_url):
    call, now_ms = await house.call(60), house.clock.now_ms()
    recording = """INSERT INTO recording VALUES
        ($1, $2, $1, 'talk', 1, $3, $4, '', NULL, 5000, 2, 9, 'audio/wav', 'local', 0, $3, 0)"""
    async with open_pg(pg_super_url) as admin:
        for state in ("kept", "gone", "lost"):
            await admin.execute(recording, new_id(), call, now_ms, state)
    await house.biller.look()
    await house.biller.look()
    assert (await house.invoices.used(month_of(now_ms))).recordings == 2


async def test_many_runs_at_once_charge_once(house):
    await house.call(600)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(look, house)
    await house.biller.look()
    month = month_of(house.clock.now_ms())
    assert (await house.charged(month))["minutes"] == micros("5.40")
    assert await house.balance() == -sum((await house.charged(month)).values())


def after(month: date) -> date:
    """Return the next month."""
    return month_of(start_ms(month) + 32 * 24 * HOUR_MS)


async def look(house):
    await house.biller.look()


async def test_a_month_is_invoiced_when_its_last_call_has_ended_and_never_again(house):
    later = after(month_of(house.clock.now_ms()))
    await house.biller.look()
    await house.call(120)
    house.at(later, 5)
    assert await house.biller.look() == []
    house.at(later, 6.1)
    (no,) = await house.biller.look()
    row = await house.invoices.get(no)
    assert (row.number, row.total, row.seller) == ("INV-000001", micros("12.60"), "Ada & Co")
    assert [(item.topic, item.amount) for item in row.items] == [
        ("fee", micros("10")),
        ("minutes", micros("0.60")),
        ("numbers", micros("2")),
    ]
    assert await house.biller.look() == []
    assert await told_in(house.pg) == []  # The tenant's own invoice is no news to a buyer.


async def test_what_is_rated_after_its_invoice_is_on_the_next(house):
    month = month_of(house.clock.now_ms())
    later = after(month)
    house.at(later, 7)
    await house.biller.look()
    house.clock.ahead_ms -= 8 * HOUR_MS  # A call of the old month, written down late.
    await house.call(120)
    house.clock.ahead_ms += 8 * HOUR_MS
    await house.biller.look()
    assert (await house.charged(later))["minutes"] == micros("0.60")
    assert "minutes" not in await house.charged(month)


async def test_a_buyer_is_invoiced_what_it_bought(house):
    await house.book.apply(TopUp(new_id(), "wallet:acme", micros("500"), "wire-1"))
    for price in ("20", "30"):
        hold = hold_for(new_id(), 1, buyer="acme", price=micros(price), expires_ms=2**42)
        await house.book.apply(hold)
        sale = capture_for(hold, price=micros(price), publisher="p", payout=micros("5"))
        await house.book.apply(sale)
    month = after(month_of(Clock().now_ms()))  # The ledger's time is the database's own.
    house.at(month, 0.1)  # A move of the old month may still be under way.
    early = [await house.invoices.get(no) for no in await house.biller.look()]
    assert "wallet:acme" not in [each.payer for each in early]
    house.at(month, 1)
    issued = [await house.invoices.get(no) for no in await house.biller.look()]
    (row,) = [each for each in issued if each.payer == "wallet:acme"]
    assert row.total == micros("50")
    assert [(item.text, item.quantity) for item in row.items] == [("Calls bought", "2")]
    data = {"number": row.number, "amount": "50.00", "currency": "USD"}
    assert await told_in(house.pg) == [("invoice.issued", "buyer/acme", data)]


async def invoiced(house) -> int:
    house.at(after(month_of(house.clock.now_ms())), 7)
    (no,) = await house.biller.look()
    return no


async def test_a_credit_note_gives_back_never_more_than_was_invoiced(house):
    await house.biller.look()
    no = await invoiced(house)
    before_it = await house.balance()
    id_ = new_id()
    note = await house.desk.credit(id_, no, micros("4"), "outage", "key-1")
    again = await house.desk.credit(id_, no, micros("4"), "outage", "key-1")
    assert note.no == again.no == no + 1
    assert (note.total, note.of) == (-micros("4"), no)
    assert await house.balance() == before_it + micros("4")
    with pytest.raises(Refused, match=r"More than the 12\.00 of the invoice"):
        await house.desk.credit(new_id(), no, micros("8.01"), "error", "key-1")
    assert await house.balance() == before_it + micros("4")
    await house.desk.credit(new_id(), no, micros("8"), "error", "key-1")
    rows = await house.invoices.recent(9, None, None)
    assert [row.no for row in rows] == [3, 2, 1]


async def test_a_credit_note_that_cannot_be_right_is_refused(house):
    await house.biller.look()
    await invoiced(house)
    for no, amount, reason, words in (
        (9, "1", "outage", "no invoice 9"),
        (1, "1", "whim", "expected one of goodwill"),
        (1, "0.001", "outage", "whole cents"),
        (1, "0", "outage", "more than 0"),
    ):
        with pytest.raises(Refused, match=words):
            await house.desk.credit(new_id(), no, micros(amount), reason, "key-1")


async def test_an_invoice_is_never_changed(house, pg_super_url):
    await house.biller.look()
    await invoiced(house)
    async with open_pg(pg_super_url) as admin:
        for change in ("UPDATE invoice SET total = 0", "DELETE FROM invoice"):
            with pytest.raises(PgError, match="append-only"):
                await admin.execute(change)


async def test_a_plan_that_changes_does_not_change_who_has_it(house):
    await house.biller.look()
    await house.desk.set_plan("basic", Plan(monthly_fee=micros("999")), "key")
    with pytest.raises(Refused, match="charged already"):
        await house.desk.subscribe("basic", None, "key")
    await house.biller.look()
    month = month_of(house.clock.now_ms())
    assert (await house.charged(month))["fee"] == micros("10")
    later = after(month)
    assert await house.desk.subscribe("basic", later, "key") == later
    with pytest.raises(Refused, match="no plan 'gold'"):
        await house.desk.subscribe("gold", None, "key")
