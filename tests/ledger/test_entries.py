"""Entries of the ledger come newest first, page by page, each once, whatever is added meanwhile."""

import time

import pytest

from auctiond.pg.door import open_pg
from auctiond.pg.entries import BadCursor, Entries
from auctiond.pg.ledger_book import open_book
from auctiond.web.entries import amount_of
from ledger.moves import Booking, Line, TopUp, capture_for, hold_for, name_of
from market.ids import id_at, id_for
from market.money import Micros, micros
from tests.pg.stores import NOW_MS, call_id

WALLET, PUBLISHER = "wallet:acme", "publisher:pub"


async def fill(book, first, last):
    for n in range(first, last):
        call = call_id(n)
        paid = TopUp(id_for(call, "paid"), WALLET, micros(30), f"paid-{n}")
        hold = hold_for(call, 1, buyer="acme", price=micros(30), expires_ms=NOW_MS + 10**9)
        await book.apply(paid)
        await book.apply(hold)
        await book.apply(capture_for(hold, price=micros(30), publisher="pub", payout=micros(20)))


async def all_pages(entries, account, limit, between=None):
    found, before = [], ""
    while page := await entries.page(account, before, limit):
        found += page
        before = page[-1].cursor
        if between is not None:
            await between()
    return found


@pytest.mark.parametrize(
    ("account", "kinds"),
    [
        (WALLET, {"topup", "hold", "capture"}),
        (PUBLISHER, {"capture"}),
        (None, {"topup", "hold", "capture"}),
    ],
)
async def test_each_entry_is_on_one_page_though_others_are_added(pg_url, account, kinds):
    async with open_pg(pg_url) as pg, open_book(pg) as book:
        await fill(book, 0, 5)
        entries, more = Entries(pg), iter(range(100, 120))

        async def add():
            n = next(more)
            await fill(book, n, n + 1)

        found = await all_pages(entries, account, 2, add)
        per_call = len(kinds) if account != PUBLISHER else 1
        assert len({one.move.id for one in found}) == len(found) == 5 * per_call
        assert {name_of(one.move) for one in found} == kinds
        order = [one.at if account else one.move.id for one in found]
        assert order == sorted(order, reverse=True)
        calls = {one.call_id for one in found if name_of(one.move) != "topup"}
        assert calls == {call_id(n) for n in range(5)}


async def test_a_bounded_account_shows_what_it_had_after_each(pg_url):
    async with open_pg(pg_url) as pg, open_book(pg) as book:
        await fill(book, 0, 1)
        found = await Entries(pg).page(WALLET, "", 10)
        after = [(one.posted, one.held) for one in found]
        assert after == [(0, 0), (micros(30), micros(30)), (micros(30), 0)]


async def test_a_booking_of_a_person_is_among_them(pg_url):
    async with open_pg(pg_url) as pg, open_book(pg) as book:
        lines = (Line("margin", -5), Line(PUBLISHER, 5))
        id_ = id_for(call_id(1), "x")
        await book.apply(Booking(id_, "adjustment", lines, actor="boss", reason="goodwill"))
        (one,) = await Entries(pg).page("margin", "", 10)
        assert one.move.actor == "boss"


async def test_a_cursor_that_is_none_is_refused(pg_url):
    async with open_pg(pg_url) as pg:
        for account in (WALLET, PUBLISHER, None):
            for cursor in ("x", "2026-13-01.5", "1.x", "9" * 80, "-.-", "\x00"):
                with pytest.raises(BadCursor):
                    await Entries(pg).page(account, cursor, 10)


def test_amounts_are_decimal_text_with_what_they_count():
    assert amount_of(WALLET, Micros(12_500_000)) == {
        "account": WALLET,
        "amount": "12.50",
        "currency": "USD",
    }
    assert amount_of("wallet:acme@eur", Micros(-1))["currency"] == "EUR"
    assert amount_of("slot:t1", Micros(3)) == {"account": "slot:t1", "amount": "3", "unit": "calls"}


async def test_open_holds_come_oldest_call_first_each_on_one_page(pg_url):
    async with open_pg(pg_url) as pg, open_book(pg) as book:
        await fill(book, 0, 2)  # These have ended.
        await book.apply(TopUp(id_for(call_id(9), "paid"), WALLET, micros(30), "more"))
        now_ms = round(time.time() * 1000)  # Of months ago no hold is open any more.
        calls = [id_at(now_ms + n, b"call") for n in range(5)]
        till = now_ms + 10**9
        made = [hold_for(id_, 1, buyer="acme", price=micros(3), expires_ms=till) for id_ in calls]
        for hold in reversed(made):
            await book.apply(hold)
        entries, found, after = Entries(pg), [], ""
        while page := await entries.open_holds(after, 2):
            found += [one.hold for one in page]
            after = str(page[-1].hold.id)
        assert found == sorted(made, key=lambda hold: hold.id)
        assert await book.count_open_holds() == len(made)
        with pytest.raises(BadCursor):
            await entries.open_holds("the-last-one", 2)
