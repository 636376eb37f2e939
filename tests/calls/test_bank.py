"""Money around a call: a hold is all or nothing, and whatever is repeated counts once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import trio

from actors.shelter import open_shelter
from auctiond.calls.bank import Bank, Usage
from auctiond.calls.paying import payout_for
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import Edition, NetworkBook
from ledger.accounts import is_bounded
from ledger.moves import TopUp, changes
from ledger.rules import Ledger
from market.call import HoldMade, HoldRefused, Outcome, Settlement, State
from market.flows import PriceChange
from market.ids import id_at
from market.money import Micros, micros
from market.network import Buyer, Cap, Publisher
from routing.snapshot import compile_network
from tests.calls.kit import START_MS, bid, call_in
from tests.whole.networks import TWO, network_of

CALL = call_in(State.AWARDING)
DAY = "cap:first:calls/day:2026-11-18"


@dataclass
class MemoryBook:
    """The ledger in memory; `slow_s` is what a commit takes."""

    ledger: Ledger = field(default_factory=Ledger)
    slow_s: float = 0.0
    moves: list = field(default_factory=list)

    async def apply(self, move):
        await trio.sleep(self.slow_s)
        new = self.ledger.apply(move)
        self.moves.append(move)
        balances = {account: self.ledger.available(account) for account in self.accounts()}
        return Applied(new, balances)

    async def open_holds(self, older_than):
        return []

    def accounts(self):
        touched = {change.account for move in self.moves for change in changes(move)}
        return {account for account in touched if is_bounded(account)}


@dataclass(frozen=True)
class Applied:
    new: bool
    balances: dict


@asynccontextmanager
async def open_bank(*, book=None, wallet="100", publisher=None, credit="0", **target):
    """Open a bank over a network with one buyer, who has `wallet` dollars."""
    network = network_of([replace(TWO[0], **target)])
    network = replace(
        network,
        publishers=(publisher or network.publishers[0],),
        buyers=(Buyer(TWO[0].buyer, "First", credit=micros(credit)),),
    )
    networks = NetworkBook()
    networks.put(Edition(compile_network(1, network), {}), current=True)
    book = book or MemoryBook()
    if wallet != "0":
        await book.apply(TopUp(id_at(START_MS, b"top-up"), "wallet:first", micros(wallet), "ref"))
    async with open_shelter(drain_s=60) as shelter:
        yield Bank(book, Usage(), networks, shelter, Metrics(), Log("test"), at_once), book.ledger


async def at_once():
    """All that happened is on record."""


def settled(outcome, call=CALL):
    return Settlement(call.leg, call.bid, outcome)


async def test_a_hold_takes_money_a_cap_unit_and_a_slot_at_once(autojump_clock):
    caps = (Cap("calls", "day", 5),)
    async with open_bank(concurrency=2, caps=caps) as (bank, ledger):
        assert await bank.hold(CALL, 7) == HoldMade(at_ms=7, leg=1)
        assert ledger.available("wallet:first") == (100_000_000, 20_000_000)
        assert ledger.available("slot:first") == (0, 1)
        assert ledger.available(DAY) == (0, 1)


@pytest.mark.parametrize(
    ("bank_with", "reason"),
    [
        ({"wallet": "19.99"}, "hold_refused:balance"),
        ({"wallet": "0"}, "hold_refused:balance"),
        ({"caps": (Cap("calls", "day", 0),)}, "hold_refused:cap:calls/day"),
        ({"caps": (Cap("money", "day", micros("19.99")),)}, "hold_refused:cap:money/day"),
        ({"concurrency": 0}, "hold_refused:concurrency"),
    ],
)
async def test_a_hold_that_one_account_cannot_give_takes_nothing_of_any(
    autojump_clock, bank_with, reason
):
    async with open_bank(**bank_with) as (bank, ledger):
        assert await bank.hold(CALL, 7) == HoldRefused(at_ms=7, leg=1, reason=reason)
        for account in ("wallet:first", "slot:first", DAY):
            assert ledger.available(account)[1] == 0


async def test_a_buyer_with_credit_may_go_so_far_below_zero_and_no_farther(autojump_clock):
    async with open_bank(wallet="0", credit="30") as (bank, _):
        assert isinstance(await bank.hold(CALL, 7), HoldMade)
        other = replace(CALL, id=id_at(START_MS, b"another call"))
        assert isinstance(await bank.hold(other, 7), HoldRefused)


async def test_a_sale_pays_the_publisher_his_share_and_leaves_us_the_rest(autojump_clock):
    async with open_bank(concurrency=2, caps=(Cap("calls", "day", 5),)) as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.settle(CALL, settled(Outcome.CAPTURE))
        assert ledger.available("wallet:first") == (80_000_000, 0)
        sums = ledger.sums()
        assert (sums["publisher:pub"], sums["margin"]) == (14_000_000, 6_000_000)
        assert ledger.available("slot:first") == (0, 0)  # Free again.
        assert ledger.available(DAY) == (-1, 0)  # Used up.


async def test_no_sale_gives_everything_back(autojump_clock):
    async with open_bank(concurrency=2, caps=(Cap("calls", "day", 5),)) as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.settle(CALL, settled(Outcome.RELEASE))
        assert ledger.available("wallet:first") == (100_000_000, 0)
        assert (ledger.available("slot:first"), ledger.available(DAY)) == ((0, 0), (0, 0))


@pytest.mark.parametrize("outcome", [Outcome.CAPTURE, Outcome.RELEASE])
async def test_whatever_is_repeated_counts_once(autojump_clock, outcome):
    async with open_bank() as (bank, ledger):
        for _ in range(3):
            assert isinstance(await bank.hold(CALL, 7), HoldMade)
        for _ in range(3):
            await bank.settle(CALL, settled(outcome))
        paid = 20_000_000 if outcome is Outcome.CAPTURE else 0
        assert ledger.available("wallet:first") == (100_000_000 - paid, 0)


async def test_a_settled_hold_is_not_settled_otherwise(autojump_clock):
    async with open_bank() as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.settle(CALL, settled(Outcome.RELEASE))
        await bank.settle(CALL, settled(Outcome.CAPTURE))
        assert ledger.available("wallet:first") == (100_000_000, 0)


async def test_what_was_never_held_needs_no_settlement(autojump_clock, caplog):
    async with open_bank(wallet="1") as (bank, ledger):
        assert isinstance(await bank.hold(CALL, 7), HoldRefused)
        await bank.settle(CALL, settled(Outcome.RELEASE))
        assert ledger.available("wallet:first") == (1_000_000, 0)
    assert "crashed" not in caplog.text


async def test_a_review_neither_takes_nor_gives_back(autojump_clock):
    async with open_bank() as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.settle(CALL, settled(Outcome.REVIEW))
        assert ledger.available("wallet:first") == (100_000_000, 20_000_000)


async def test_who_no_longer_waits_for_a_settlement_gets_it_all_the_same(autojump_clock):
    book = MemoryBook()
    async with open_bank(book=book) as (bank, ledger):
        await bank.hold(CALL, 7)
        book.slow_s = 30.0
        with trio.move_on_after(5):
            await bank.settle(CALL, settled(Outcome.CAPTURE))
        assert ledger.available("wallet:first") == (100_000_000, 20_000_000)
    assert ledger.available("wallet:first") == (80_000_000, 0)


async def test_each_leg_has_a_hold_of_its_own(autojump_clock):
    second = replace(CALL, leg=2, bid=bid(price="15"))
    async with open_bank() as (bank, ledger):
        await bank.hold(CALL, 7)
        await bank.hold(second, 7)
        assert ledger.available("wallet:first") == (100_000_000, 35_000_000)
        await bank.settle(second, settled(Outcome.RELEASE, CALL))
        await bank.settle(second, settled(Outcome.CAPTURE, second))
        assert ledger.available("wallet:first") == (85_000_000, 0)


@pytest.mark.parametrize(
    ("publisher", "price", "payout"),
    [
        (Publisher("p", "P", payout_percent=70), 20_000_000, 14_000_000),
        (Publisher("p", "P", payout_percent=33), 10, 3),  # Down, always.
        (Publisher("p", "P", payout_percent=100), 20_000_000, 20_000_000),
        (Publisher("p", "P", payout_percent=0), 20_000_000, 0),
        (Publisher("p", "P", payout="fixed", payout_amount=micros("5")), 20_000_000, 5_000_000),
        (Publisher("p", "P", payout="fixed", payout_amount=micros("50")), 20_000_000, 20_000_000),
    ],
)
def test_a_payout_is_a_share_or_fixed_and_never_above_the_price(publisher, price, payout):
    call = replace(CALL, bid=replace(CALL.bid, price=Micros(price)))
    found = payout_for(call, settled(Outcome.CAPTURE, call), publisher)
    assert found.amount == payout


async def test_a_payout_of_all_or_nothing_is_a_sale_too(autojump_clock):
    for percent in (0, 100):
        publisher = Publisher("pub", "P", payout_percent=percent)
        async with open_bank(publisher=publisher) as (bank, ledger):
            await bank.hold(CALL, 7)
            await bank.settle(CALL, settled(Outcome.CAPTURE))
            assert ledger.available("wallet:first") == (80_000_000, 0)
            assert sum(ledger.sums().values()) == 20_000_000 - 100_000_000  # World gave 100.


async def test_a_publisher_who_is_not_paid_leaves_all_of_it_to_us(autojump_clock):
    call = replace(CALL, unpaid="duplicate")
    async with open_bank() as (bank, ledger):
        await bank.hold(call, 7)
        await bank.settle(call, settled(Outcome.CAPTURE, call))
        assert ledger.available("wallet:first") == (80_000_000, 0)
        assert ledger.sums() == {"world": -100_000_000, "margin": 20_000_000}


async def test_a_price_that_may_rise_at_the_confirm_is_set_aside_and_what_was_agreed_is_taken(
    autojump_clock,
):
    caps = (Cap("money", "day", micros(30)),)
    change = PriceChange(most_percent=120)
    call = replace(CALL, bid=bid(confirm=True))
    async with open_bank(price_change=change, caps=caps) as (bank, ledger):
        assert isinstance(await bank.hold(call, 7), HoldMade)
        assert ledger.available("wallet:first") == (100_000_000, 24_000_000)
        agreed = replace(call, bid=replace(call.bid, agreed=micros(22)))
        await bank.settle(agreed, settled(Outcome.CAPTURE, agreed))
        assert ledger.available("wallet:first") == (78_000_000, 0)
        assert ledger.available("cap:first:money/day:2026-11-18") == (-22_000_000, 0)


async def test_a_bid_without_a_confirm_sets_nothing_more_aside(autojump_clock):
    async with open_bank(price_change=PriceChange(most_percent=120)) as (bank, ledger):
        await bank.hold(CALL, 7)
        assert ledger.available("wallet:first") == (100_000_000, 20_000_000)
