"""Stripe's books against ours: what differs is listed, and never booked."""

from datetime import UTC, datetime, timedelta

import pytest

from auctiond.billing.reconciler import Reconciler
from auctiond.logs import Log
from auctiond.pg.reconciliations import Reconciliations
from billing.reconcile import Difference, Entry, compare
from market.money import micros
from tests.billing.bench import GOOD, NO_REFUND
from tests.billing.counter import new_id

DAY_S = 86_400


def entry(ref="stripe:pi_1", amount=100, at_s=10, kind="charge"):
    return Entry(ref, kind, amount, at_s)


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        ([], [], []),
        ([entry()], [entry()], []),
        ([entry()], [entry(at_s=DAY_S + 5)], []),  # Dated on the other side of midnight.
        ([entry(at_s=-5)], [entry()], []),
        ([entry()], [], [Difference("stripe:pi_1", "charge", 100, None)]),
        ([], [entry()], [Difference("stripe:pi_1", "charge", None, 100)]),
        ([entry(amount=99)], [entry()], [Difference("stripe:pi_1", "charge", 99, 100)]),
        ([entry(at_s=DAY_S)], [], []),  # Of another day.
        ([], [entry(at_s=-1)], []),
        ([entry(amount=60), entry(amount=40)], [entry()], []),
        ([], [entry("r", -5), entry("r:failed", 5, 20)], []),  # Taken, and put back.
        (
            [entry("r", -5)],
            [entry("r", -5), entry("r:failed", 5)],
            [],
        ),
    ],
)
def test_what_differs_is_found_on_either_side(theirs, ours, found):
    assert list(compare(theirs, ours, 0, DAY_S)) == found


def reconciler_of(counter) -> Reconciler:
    runs = Reconciliations(counter.pg)
    return Reconciler(counter.bench.link, runs, counter.book, Log("test"), counter.clock.now_ms)


def today():
    return datetime.now(UTC).date()


async def busy_day(counter):
    """Let a day have a bit of everything."""
    await counter.card(GOOD)
    paid = await counter.top_up("100")
    await counter.top_up("40")
    await counter.work()
    await counter.desk.refund(new_id(), paid.id, micros("30"), "key")
    await counter.work()
    charge = counter.made("charge")[1]
    raised = await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    await counter.heard()
    await counter.bench.play("POST", f"disputes/{raised['id']}", won=True)
    await counter.heard()
    await counter.card(NO_REFUND)
    late = await counter.top_up("50")
    await counter.work()
    await counter.desk.refund(new_id(), late.id, micros("10"), "key")
    await counter.work()
    await counter.heard()


async def test_a_busy_day_agrees_and_its_fees_and_payouts_are_booked_once(counter):
    await busy_day(counter)
    await counter.bench.play("POST", "payouts")
    done = await reconciler_of(counter).compare(today(), "key")
    assert done.differences == ()
    assert done.compared == 9
    assert done.fees == micros("3.20") + micros("1.46") + micros("1.75") + micros("15")
    assert done.payouts == micros("160") - done.fees
    again = await reconciler_of(counter).compare(today(), "key")
    assert (again.differences, again.fees) == ((), done.fees)
    sums = await counter.book.sums()
    assert sums["processor:stripe"] == 0
    assert sums["cost:processor"] == -done.fees
    assert (await counter.kinds()).count("reconcile.differs") == 0


async def test_fees_by_themselves_and_fees_given_back_are_booked_too(counter):
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.work()
    book = counter.bench.stripe.processor.books.book  # In cents.
    book("stripe_fee", None, -250, 0, "fee")
    book("adjustment", None, 0, -120, "other_adjustment")
    for _ in range(2):
        done = await reconciler_of(counter).compare(today(), "key")
        assert done.differences == ()
        assert done.fees == micros("3.20") + micros("2.50") - micros("1.20")
    assert (await counter.book.sums())["cost:processor"] == -done.fees
    assert await counter.clearing() == micros("100") - done.fees


async def test_what_only_stripe_knows_is_listed_told_and_not_booked(counter):
    await busy_day(counter)
    order = await counter.bench.order(GOOD)  # Of somebody else with the same account.
    foreign = await counter.bench.link.pay(order)
    before = await counter.balance()
    done = await reconciler_of(counter).compare(today(), "key")
    wanted = Difference(f"stripe:{foreign.id}", "charge", micros("100"), None)
    assert done.differences == (wanted,)
    assert await counter.balance() == before
    assert (await counter.told())[-1] == (
        "reconcile.differs",
        "operator",
        {"day": str(today()), "differences": 1},
    )
    (kept,) = await Reconciliations(counter.pg).recent(9)
    assert kept.differences == (wanted,)


async def test_what_only_we_know_and_what_differs_in_amount_are_listed(counter):
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.top_up("40")
    await counter.work()
    first, second = counter.made("balance_transaction")
    del counter.bench.stripe.processor.books.objects[first["id"]]
    second["amount"] -= 100
    done = await reconciler_of(counter).compare(today(), "key")
    sides = sorted(
        ((each.theirs, each.ours) for each in done.differences), key=lambda side: side[1]
    )
    assert len(sides) == 2
    assert {side[0] for side in sides} == {None, second["amount"] * 10_000}


async def test_each_day_that_is_over_is_compared_once(counter):
    reconciler = reconciler_of(counter)
    days = [done.day for done in await reconciler.look()]
    assert len(days) == 1
    assert await reconciler.look() == []
    counter.clock.ahead_ms = 3 * DAY_S * 1000
    later = [done.day for done in await reconciler.look()]
    assert later == [days[0] + timedelta(days=n) for n in (1, 2, 3)]
