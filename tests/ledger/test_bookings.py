"""Bookings: every move of money that is no sale. All of it holds in memory and in SQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.body import body, read_body
from ledger.checks import check
from ledger.kinds import RULES
from ledger.moves import Capture, Floor, HoldLine, Line, TopUp, capture_for
from ledger.refusals import (
    IdReused,
    Insufficient,
    NoOriginal,
    RefReused,
    TooLate,
    TooMuchBack,
    Unbalanced,
)
from market.money import Micros
from tests.ledger.helpers import CAP, Book, book_of, hold, new_id, returned, top_up
from tests.ledger.nonsense import HARMLESS, NONSENSE

WALLET = "wallet:acme"


def paid_in(amount: int = 1_000) -> TopUp:
    """Return a top-up by card."""
    return replace(top_up(amount), source="processor:stripe")


def charge(amount: int = 300, **rest) -> object:
    return book_of("charge", (WALLET, -amount), ("revenue:fees", amount), **rest)


def refund(money: TopUp, amount: int, **rest) -> object:
    lines = ((money.account, -amount), (money.source, amount))
    return book_of("refund", *lines, reverses=money.id, ref=f"re_{new_id().hex}", **rest)


async def sell(book: Book, price: int = 400) -> Capture:
    await book.apply(top_up(1_000))
    held = hold(price)
    await book.apply(held)
    sale = capture_for(held, price=Micros(price), publisher="pub", payout=Micros(price * 3 // 4))
    await book.apply(sale)
    return sale


async def test_one_dollar_goes_from_the_card_to_the_publisher_and_every_stop_clears(book):
    money = paid_in(400)
    await book.apply(money)
    held = hold(400)
    await book.apply(held)
    await book.apply(capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300)))
    stripe = "processor:stripe"
    await book.apply(book_of("accrual", ("cost:processor", -12), (stripe, 12)))
    await book.apply(book_of("clearing", (stripe, 388), ("world", -388), ref="po_1"))
    await book.apply(book_of("payout", ("publisher:pub", -300), ("world", 300), ref="run1/pub"))
    sums = await book.sums()
    assert sums == {
        stripe: 0, "cost:processor": -12, "world": -88, "publisher:pub": 0, "margin": 100,
        "used:calls": 1, "used:money": 400,
    }  # fmt: skip
    assert (await book.balances())[WALLET] == (0, 0)


async def test_a_charge_stops_at_the_floor_and_credit_lowers_it(book):
    await book.apply(top_up(500))
    await book.apply(hold(300))
    with pytest.raises(Insufficient) as error:
        await book.apply(charge(201))  # What is held is not there.
    assert error.value.account == WALLET
    assert await book.apply(charge(200))
    assert await book.apply(charge(50, floors=(Floor(WALLET, -50),)))
    with pytest.raises(Insufficient):
        await book.apply(charge(1, floors=(Floor(WALLET, -50),)))
    assert (await book.balances())[WALLET] == (250, 300)


async def test_a_refused_booking_leaves_everything_as_it_was(book):
    await book.apply(top_up(100))
    before = await book.balances(), await book.sums()
    both = book_of(
        "charge", ("usage:own", -50), (WALLET, -300), ("revenue:fees", 350),
        floors=(Floor("usage:own", -50),),
    )  # fmt: skip
    with pytest.raises(Insufficient):
        await book.apply(both)
    assert (await book.balances(), await book.sums()) == before


async def test_the_same_booking_twice_is_one_effect_and_its_id_is_its_own(book):
    await book.apply(top_up(1_000))
    once = charge(300)
    assert [await book.apply(once), await book.apply(once)] == [True, False]
    with pytest.raises(IdReused):
        await book.apply(replace(once, reason="other"))
    assert (await book.balances())[WALLET] == (700, 0)


async def test_an_event_outside_counts_once_whatever_its_id_floors_and_actor(book):
    money = paid_in()
    await book.apply(money)
    first = refund(money, 200)
    again = replace(
        first, id=new_id(), floors=(Floor(WALLET, -5),), actor="sweeper",
        lines=tuple(reversed(first.lines)),
    )  # fmt: skip
    assert [await book.apply(first), await book.apply(again)] == [True, False]
    other = (Line(WALLET, -201), Line("processor:stripe", 201))
    for wrong in (
        replace(first, id=new_id(), lines=other),
        replace(first, id=new_id(), reverses=None),
        replace(first, id=new_id(), kind="chargeback"),
        TopUp(new_id(), WALLET, 200, first.ref),
    ):
        with pytest.raises(RefReused):
            await book.apply(wrong)
    assert (await book.balances())[WALLET] == (800, 0)


async def test_a_return_credits_the_buyer_and_claws_back_the_publisher_in_one_entry(book):
    sale = await sell(book)
    await book.apply(returned(sale, 400, back=300))
    assert (await book.balances())[WALLET] == (1_000, 0)
    sums = await book.sums()
    assert (sums["publisher:pub"], sums["margin"]) == (0, 0)


async def test_a_return_may_be_in_parts_and_the_network_may_bear_it(book):
    sale = await sell(book)
    await book.apply(returned(sale, 250))
    with pytest.raises(TooMuchBack) as error:
        await book.apply(returned(sale, 151))
    assert error.value.account == WALLET
    assert await book.apply(returned(sale, 150, back=300))
    with pytest.raises(TooMuchBack):
        await book.apply(returned(sale, 1))
    sums = await book.sums()
    assert (sums["publisher:pub"], sums["margin"]) == (0, 0)


async def test_no_publisher_gives_back_more_than_he_got_nor_does_another(book):
    sale = await sell(book)
    with pytest.raises(TooMuchBack):
        await book.apply(returned(sale, 400, back=301))
    other = book_of("reversal", (WALLET, 400), ("publisher:other", -400), reverses=sale.id)
    with pytest.raises(TooMuchBack):
        await book.apply(other)
    wrong_way = book_of("reversal", (WALLET, -1), ("margin", 1), reverses=sale.id)
    with pytest.raises(TooMuchBack):
        await book.apply(wrong_way)


async def test_a_return_gives_the_caps_unit_back_too(book):
    sale = await sell(book)
    units = [*returned(sale, 400, back=300).lines, Line(CAP, 1), Line("used:calls", -1)]
    await book.apply(book_of("reversal", *((one.account, one.amount) for one in units),
                             reverses=sale.id))  # fmt: skip
    assert (await book.balances())[CAP] == (0, 0)


async def test_a_return_that_is_undone_can_be_made_again(book):
    sale = await sell(book)
    back = returned(sale, 400, back=300)
    await book.apply(back)
    lines = [(line.account, -line.amount) for line in back.lines]
    undo = book_of("reinstatement", *lines, reverses=back.id)
    assert await book.apply(undo)
    with pytest.raises(TooMuchBack):  # It was undone already.
        await book.apply(replace(undo, id=new_id()))
    assert (await book.balances())[WALLET] == (600, 0)
    assert await book.apply(returned(sale, 400, back=300))
    with pytest.raises(TooMuchBack):
        await book.apply(returned(sale, 1))


async def test_nothing_reverses_a_reversal_nor_what_never_was_nor_a_hold(book):
    sale = await sell(book)
    back = returned(sale, 400)
    await book.apply(back)
    open_hold = hold(100)
    await book.apply(open_hold)
    lines = [(line.account, -line.amount) for line in back.lines]
    for original in (back.id, new_id(), open_hold.id):
        with pytest.raises(NoOriginal):
            await book.apply(book_of("reversal", *lines, reverses=original))
    with pytest.raises(NoOriginal):  # Of a sale nothing goes to a card.
        await book.apply(refund(TopUp(sale.id, WALLET, 400, ""), 10))


async def test_refunds_give_back_no_more_than_was_paid_in_and_a_failed_one_is_free_again(book):
    money = paid_in(500)
    await book.apply(money)
    await book.apply(top_up(1_000))
    first = refund(money, 300)
    await book.apply(first)
    with pytest.raises(TooMuchBack):
        await book.apply(refund(money, 201))
    failed = [(line.account, -line.amount) for line in first.lines]
    await book.apply(book_of("reversal", *failed, reverses=first.id, reason="refund-failed"))
    assert await book.apply(refund(money, 500))


async def test_a_refund_stops_at_what_is_free_and_a_chargeback_at_nothing(book):
    money = paid_in(500)
    await book.apply(money)
    await book.apply(hold(400))
    with pytest.raises(Insufficient):
        await book.apply(refund(money, 101))
    lines = ((WALLET, -500), ("processor:stripe", 500))
    lost = book_of("chargeback", *lines, reverses=money.id, ref="dp_1")
    await book.apply(lost)
    assert (await book.balances())[WALLET] == (0, 400)
    with pytest.raises(Insufficient):  # Nothing new is set aside until it is paid in again.
        await book.apply(hold(1))
    won = [(account, -amount) for account, amount in lines]
    await book.apply(book_of("chargeback_won", *won, reverses=lost.id, ref="dp_1/won"))
    assert (await book.balances())[WALLET] == (500, 400)
    with pytest.raises(TooMuchBack):
        await book.apply(book_of("chargeback_won", *won, reverses=lost.id, ref="dp_1/won2"))


async def test_currencies_stand_apart(book):
    await book.apply(TopUp(new_id(), "wallet:acme@eur", 500, "pi_eur", "processor:stripe@eur"))
    euro = book_of("charge", ("wallet:acme@eur", -200), ("revenue:fees@eur", 200))
    await book.apply(euro)
    with pytest.raises(Insufficient):
        await book.apply(charge(1))
    assert await book.balances() == {"wallet:acme@eur": (300, 0)}
    assert await book.sums() == {"processor:stripe@eur": -500, "revenue:fees@eur": 200}


async def test_a_sale_in_another_currency_pays_publisher_and_margin_in_it(book):
    await book.apply(TopUp(new_id(), "wallet:acme@eur", 500, "pi_eur", "world@eur"))
    plain = hold(400)
    cap = "cap:t1:money/day:2026-11-23@eur"
    lines = (HoldLine("wallet:acme@eur", 400), HoldLine(cap, 400, -900), plain.lines[1])
    held = replace(plain, lines=lines)
    await book.apply(held)
    await book.apply(capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300)))
    assert await book.sums() == {
        "world@eur": -500, "publisher:pub@eur": 300, "margin@eur": 100, "used:money@eur": 400,
        "used:calls": 1,
    }  # fmt: skip


async def test_an_adjustment_may_move_any_money_and_names_who_and_why(book):
    given = book_of(
        "adjustment", (WALLET, 50), ("writeoff", -50), actor="key:k1", reason="goodwill"
    )
    assert await book.apply(given)
    taken = book_of("adjustment", (WALLET, -51), ("margin", 51), actor="key:k1", reason="typo")
    with pytest.raises(Insufficient):
        await book.apply(taken)


@pytest.mark.parametrize("move", [*NONSENSE, *HARMLESS], ids=lambda move: type(move).__name__)
async def test_what_makes_no_sense_is_refused(book, move):
    with pytest.raises(Unbalanced):
        await book.apply(move)
    assert (await book.balances(), await book.sums()) == ({}, {})


@pytest.mark.parametrize("kind", RULES)
def test_the_body_of_every_kind_reads_back_to_the_very_same(kind):
    move = book_of(
        kind, ("wallet:a", -5), ("usage:own", 3), ("margin", 2), floors=(Floor("wallet:a", -9),),
        ref="re_1", reverses=new_id(), call_id=new_id(), actor="key:k1", reason="typo", until_ms=7,
    )  # fmt: skip
    assert read_body(body(move)) == move


async def test_after_its_time_a_booking_is_refused(pg_book):
    late = charge(1, until_ms=1_700_000_000_000, floors=(Floor(WALLET, -5),))
    check(late)
    with pytest.raises(TooLate):
        await pg_book.apply(late)
    assert (await pg_book.apply(replace(late, until_ms=4_000_000_000_000))).new
