"""The rules of the ledger. The fixture `book` is the seam: all of it holds in memory and in SQL."""

from __future__ import annotations

import pytest
import trio

from ledger.moves import Capture, Hold, HoldLine, Line, TopUp, capture_for, release_for
from ledger.rules import IdReused, Insufficient, NotOpen, RefReused, Unbalanced
from market.ids import id_at, unix_ms
from market.money import Micros
from tests.ledger.helpers import CAP, EXPIRES_MS, MONEY_CAP, SLOT, hold, new_id, top_up


def sale(held: Hold, price: int = 400, payout: int = 300) -> Capture:
    return capture_for(held, price=Micros(price), publisher="pub", payout=Micros(payout))


async def test_a_sale_pays_publisher_and_margin_uses_up_caps_and_frees_the_slot(book):
    await book.apply(top_up(1_000))
    held = hold(400)
    await book.apply(held)
    assert await book.balances() == {
        "wallet:acme": (1_000, 400), CAP: (0, 1), MONEY_CAP: (0, 400), SLOT: (0, 1),
    }  # fmt: skip
    await book.apply(sale(held, price=350, payout=300))
    assert await book.balances() == {
        "wallet:acme": (650, 0), CAP: (-1, 0), MONEY_CAP: (-350, 0), SLOT: (0, 0),
    }  # fmt: skip
    assert await book.sums() == {
        "world": -1_000, "publisher:pub": 300, "margin": 50, "used:calls": 1, "used:money": 350,
    }  # fmt: skip


@pytest.mark.parametrize("expired", [False, True])
async def test_a_release_gives_everything_back(book, expired):
    await book.apply(top_up(1_000))
    held = hold(400)
    await book.apply(held)
    await book.apply(release_for(held, expired=expired))
    assert set((await book.balances()).values()) == {(1_000, 0), (0, 0)}


async def test_the_same_move_twice_is_one_effect(book):
    held, money = hold(400), top_up(1_000)
    moves = [money, held, sale(held)]
    assert [await book.apply(move) for move in moves] == [True, True, True]
    before = await book.balances(), await book.sums()
    assert [await book.apply(move) for move in moves] == [False, False, False]
    assert (await book.balances(), await book.sums()) == before


async def test_an_id_never_stands_for_two_moves(book):
    money = top_up(1_000)
    await book.apply(money)
    with pytest.raises(IdReused):
        await book.apply(TopUp(money.id, "wallet:acme", 1_001, money.ref))
    held = hold(400)
    await book.apply(held)
    with pytest.raises(IdReused):
        await book.apply(hold(399, call_id=held.call_id))


async def test_one_payment_counts_once_whatever_the_month_of_its_id(book):
    long_ago = id_at(unix_ms(new_id()) - 24 * 3_600_000 * 28, b"pi_1")
    assert await book.apply(TopUp(long_ago, "wallet:acme", 1_000, "pi_1"))
    assert not await book.apply(top_up(1_000, ref="pi_1"))
    assert await book.balances() == {"wallet:acme": (1_000, 0)}


async def test_a_payment_never_stands_for_other_data(book):
    await book.apply(top_up(1_000, ref="pi_1"))
    for other in (top_up(1_001, ref="pi_1"), top_up(1_000, "other", ref="pi_1")):
        with pytest.raises(RefReused):
            await book.apply(other)
    assert await book.apply(top_up(1_000, ref="pi_2"))
    assert (await book.balances())["wallet:acme"] == (2_000, 0)


async def test_a_hold_ends_once(book):
    await book.apply(top_up(1_000))
    held = hold(400)
    await book.apply(held)
    await book.apply(release_for(held))
    for late in (sale(held), release_for(held, expired=True)):
        with pytest.raises(NotOpen):
            await book.apply(late)


async def test_what_never_was_held_cannot_end(book):
    money, never = top_up(1_000), hold(400)
    await book.apply(money)
    with pytest.raises(NotOpen):
        await book.apply(release_for(never))
    with pytest.raises(NotOpen):  # A top-up is no hold.
        await book.apply(Capture(new_id(), money.id, (), ()))


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        ({"price": 601}, "wallet:acme"),
        ({"price": 601, "credit": 1}, None),
        ({"price": 602, "credit": 1}, "wallet:acme"),
        ({"calls": 1}, CAP),
        ({"calls": 2}, None),
        ({"money": 799}, MONEY_CAP),
        ({"money": 800}, None),
        ({"slots": 1}, SLOT),
        ({"slots": 2}, None),
    ],
)
async def test_a_hold_is_refused_whole_when_one_account_has_not_enough(book, limits, refused):
    await book.apply(top_up(1_000))
    await book.apply(hold(400))
    before = await book.balances()
    second = hold(**{"price": 400, **limits})
    if refused is None:
        assert await book.apply(second)
        return
    with pytest.raises(Insufficient) as error:
        await book.apply(second)
    assert error.value.account == refused
    assert await book.balances() == before


async def test_a_cap_that_was_captured_stays_used(book):
    await book.apply(top_up(1_000))
    first = hold(400, calls=1)
    await book.apply(first)
    await book.apply(sale(first))
    with pytest.raises(Insufficient, match="calls/day"):
        await book.apply(hold(400, calls=1))


async def test_a_released_cap_is_free_again(book):
    await book.apply(top_up(1_000))
    first = hold(400, calls=1, slots=1)
    await book.apply(first)
    await book.apply(release_for(first))
    assert await book.apply(hold(400, calls=1, slots=1))


async def test_a_refused_id_may_be_tried_again_with_another_body(book):
    call_id = new_id()
    with pytest.raises(Insufficient):
        await book.apply(hold(400, call_id=call_id))
    await book.apply(top_up(300))
    assert await book.apply(hold(300, call_id=call_id))


async def test_no_more_is_captured_than_was_held(book):
    await book.apply(top_up(1_000))
    held = hold(400)
    await book.apply(held)
    with pytest.raises(Unbalanced):
        await book.apply(sale(held, price=401))
    greedy = Capture(new_id(), held.id, (Line("wallet:other", 1),), (Line("margin", 1),))
    with pytest.raises(Unbalanced):
        await book.apply(greedy)
    assert await book.apply(sale(held, price=400))


async def test_a_price_of_nothing_can_be_held_and_sold(book):
    held = hold(0)
    await book.apply(held)
    await book.apply(sale(held, price=0))
    assert (await book.balances())["wallet:acme"] == (0, 0)
    assert await book.sums() == {"used:calls": 1}


@pytest.mark.parametrize(
    "move",
    [
        TopUp(new_id(), "wallet:acme", 0, "pi"),
        TopUp(new_id(), "wallet:acme", -5, "pi"),
        TopUp(new_id(), "margin", 5, "pi"),
        TopUp(new_id(), CAP, 5, "pi"),
        TopUp(new_id(), "wallet:", 5, "pi"),
        TopUp(new_id(), "wallet:a b", 5, "pi"),
        TopUp(new_id(), "wallet:acme", 10**15 + 1, "pi"),
        TopUp(new_id(), "wallet:acme", 5, "\0"),
        TopUp(new_id(), "wallet:acme", 5, ""),
        Hold(new_id(), new_id(), 1, (), EXPIRES_MS),
        Hold(new_id(), new_id(), 1, (HoldLine("publisher:p", 5),), EXPIRES_MS),
        Hold(new_id(), new_id(), 1, (HoldLine("wallet:a", -5),), EXPIRES_MS),
        Hold(new_id(), new_id(), 1, (HoldLine("wallet:a", 0), HoldLine("wallet:a", 0)), EXPIRES_MS),
        Capture(new_id(), new_id(), (Line("wallet:a", 5),), (Line("margin", 4),)),
        Capture(new_id(), new_id(), (Line("wallet:a", 5),), (Line("used:calls", 5),)),
        Capture(new_id(), new_id(), (Line("slot:t1", 1),), (Line("used:calls", 1),)),
        Capture(new_id(), new_id(), (Line("wallet:a", 5),), (Line("world", 5),)),
        Capture(new_id(), new_id(), (Line("wallet:a", 5),), (Line("wallet:b", 5),)),
    ],
)
async def test_a_move_that_makes_no_sense_is_refused(book, move):
    with pytest.raises(Unbalanced):
        await book.apply(move)
    assert await book.balances() == {}


async def test_rivals_for_one_wallet_never_overdraw_it(book):
    await book.apply(top_up(1_000))
    won, lost = [], []

    async def rival() -> None:
        try:
            won.append(await book.apply(hold(300, calls=100, slots=100)))
        except Insufficient as error:
            lost.append(error.account)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(rival)
    assert won == [True] * 3
    assert lost == ["wallet:acme"] * 17
    assert (await book.balances())["wallet:acme"] == (1_000, 900)
