"""What was bought is invoiced once: in order, in its currency, and never changed."""

from datetime import date

import pytest
import trio

from auctiond.billing.biller import before, month_of
from auctiond.billing.desk import TENANT, Refused
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from ledger.moves import TopUp, capture_for, hold_for
from ledger.refusals import Unbalanced
from market.money import micros
from tests.billing.counter import Clock, new_id, told_in
from tests.billing.house import after, subscribed_house


@pytest.fixture
async def house(pg_url):
    async with subscribed_house(pg_url) as opened:
        yield opened


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


async def sell(house, price: str, buyer: str = "acme") -> None:
    """Sell a call; the ledger dates it by the database's own clock: now."""
    hold = hold_for(
        new_id(), 1, buyer=buyer, price=micros(price), credit=micros("999"), expires_ms=2**42
    )
    await house.book.apply(hold)
    await house.book.apply(
        capture_for(hold, price=micros(price), publisher="p", payout=micros("1"))
    )


async def bills(house, month: date) -> list[tuple[str, date, int, str]]:
    """Return the invoices of buyers that are issued once a month is over."""
    house.at(after(month), 1)
    rows = [await house.invoices.get(no) for no in await house.biller.look()]
    return [(r.payer, r.month, r.total, r.currency) for r in rows if r.payer != TENANT]


async def test_a_sale_that_is_late_for_its_invoice_is_on_the_next_and_on_no_other(house):
    month = month_of(Clock().now_ms())
    await sell(house, "20")
    assert await bills(house, month) == [("wallet:acme", month, micros("20"), "usd")]
    await sell(house, "30")  # Dated in that month, and after its invoice.
    assert await bills(house, month) == []
    assert await bills(house, after(month)) == [("wallet:acme", after(month), micros("30"), "usd")]
    assert await bills(house, after(after(month))) == []


async def test_a_month_that_nobody_saw_to_is_made_up_for(house):
    month = month_of(Clock().now_ms())
    await sell(house, "20")
    assert await bills(house, after(after(month))) == [("wallet:acme", month, micros("20"), "usd")]


async def test_of_many_who_look_at_once_one_invoices(house):
    month = month_of(Clock().now_ms())
    await sell(house, "20")
    await sell(house, "10", "zenith")
    house.at(after(month), 1)
    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(house.biller.look)
    rows = await house.invoices.recent(99, None, None)
    assert sorted(r.total for r in rows if r.payer != TENANT) == [micros("10"), micros("20")]
    assert sorted(r.no for r in rows) == list(range(1, len(rows) + 1))


async def test_each_wallet_is_invoiced_and_credited_in_its_own_currency(house):
    month = month_of(Clock().now_ms())
    await sell(house, "20")
    await sell(house, "7", "acme@eur")
    found = await bills(house, month)
    assert [(payer, total, money) for payer, _, total, money in found] == [
        ("wallet:acme", micros("20"), "usd"),
        ("wallet:acme@eur", micros("7"), "eur"),
    ]
    rows = {r.payer: r for r in await house.invoices.recent(9, None, None)}
    euros = rows["wallet:acme@eur"]
    note = await house.desk.credit(new_id(), euros.no, micros("2"), "error", "key")
    assert (note.total, note.currency) == (-micros("2"), "eur")
    assert (await house.book.sums())["margin@eur"] == micros("7") - micros("1") - micros("2")
    told = [(party, data["amount"], data["currency"]) for _, party, data in await told_in(house.pg)]
    assert told[-1] == ("buyer/acme", "-2.00", "EUR")


async def test_a_charge_that_the_ledger_refuses_stops_no_other(house, monkeypatch):
    await house.call(120)
    await sell(house, "20")
    apply_with = type(house.book).apply_with

    async def picky(book, move, *steps):
        if move.ref.endswith(":fee:1"):
            raise Unbalanced(move.id, "somebody has to look")
        await apply_with(book, move, *steps)

    monkeypatch.setattr(type(house.book), "apply_with", picky)
    month = month_of(Clock().now_ms())
    assert [each[0] for each in await bills(house, month)] == ["wallet:acme"]
    charged = await house.charged(before(month))
    assert charged["minutes"] == micros("0.60")
    assert "fee" not in charged


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
