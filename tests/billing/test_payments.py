"""Money comes in once, whatever breaks: on a real database, over Stripe's own library."""

import re

import pytest
import trio

from auctiond.billing.desk import Refused
from auctiond.sandbox.stripe.options import Vices
from market.money import micros
from tests.billing.bench import ASKS, BANK, DISPUTES, GOOD, LATER, NO_REFUND
from tests.billing.counter import WALLET, named, new_id, open_counter

HUNDRED = micros("100")
CARD_END = re.compile(r"(?<![\w.])4242\b|4242 ?4242")  # Not amid an id, a time or a fraction.


async def test_a_card_on_file_fills_a_wallet_once_though_answer_and_webhook_both_tell(counter):
    await counter.card(GOOD)
    wanted = await counter.top_up()
    await counter.work()
    await counter.heard()
    done = await counter.state(wanted)
    assert (done.state, done.reason) == ("done", "")
    assert await counter.balance() == HUNDRED == await counter.clearing()
    assert await counter.kinds() == ["wallet.topped_up"]


async def test_nobody_pays_who_left_no_card(counter):
    with pytest.raises(Refused, match="no card on file"):
        await counter.top_up()
    with pytest.raises(Refused, match="no buyer 'nobody'"):
        await counter.desk.top_up(new_id(), "wallet:nobody", HUNDRED, "", "key")


async def test_a_card_whose_webhook_is_lost_is_found_on_its_page(pg_url):
    async with open_counter(pg_url, vices=Vices(lost=1.0)) as counter:
        assert (await counter.card(GOOD)).startswith("pm_")


async def test_an_amount_that_no_card_pays_is_refused(counter):
    for amount in ("0.49", "0.005", "1000000", "12.345"):
        with pytest.raises(Refused, match=r"whole cents, 0\.50 to 999999\.99"):
            await counter.top_up(amount)


async def test_a_first_top_up_on_a_page_fills_the_wallet_and_keeps_the_card(counter):
    page = await counter.desk.open_page(new_id(), WALLET, HUNDRED, "key")
    await counter.work()
    assert await counter.balance() == 0
    await counter.bench.play("POST", f"checkout/{page.id}", card=LATER)  # This one says no,
    await counter.heard()
    assert await counter.balance() == 0
    await counter.bench.play("POST", f"checkout/{page.id}", card=GOOD)  # and the page stays.
    await counter.heard()
    assert await counter.balance() == HUNDRED
    assert len(await counter.desk.payers.methods(WALLET)) == 1


async def test_a_page_that_nobody_fills_in_fails_after_a_day(counter):
    page = await counter.desk.open_page(new_id(), WALLET, HUNDRED, "key")
    counter.later(26)
    await counter.work()
    (found,) = await counter.desk.intents.recent(9)
    assert (found.page, found.state, found.reason) == (page.id, "failed", "not_done_in_time")


@pytest.mark.parametrize(
    ("card", "reason"),
    [(LATER, "generic_decline"), (ASKS, "authentication_required")],
)
async def test_a_decline_is_told_and_nothing_is_booked(counter, card, reason):
    await counter.card(card)
    wanted = await counter.top_up()
    await counter.work()
    await counter.heard()
    failed = await counter.state(wanted)
    assert (failed.state, failed.reason) == ("failed", reason)
    assert await counter.balance() == 0


async def test_the_same_wish_twice_is_one(counter):
    await counter.card(GOOD)
    first = await counter.top_up(name="wish")
    again = await counter.desk.top_up(named("wish"), WALLET, HUNDRED, "", "key")
    await counter.work()
    assert first.id == again.id
    assert len(counter.made("charge")) == 1


async def test_a_bank_that_takes_days_fills_the_wallet_when_it_has_paid(counter):
    await counter.card(BANK)
    wanted = await counter.top_up()
    await counter.work()
    assert (await counter.state(wanted)).state == "waiting"
    assert await counter.balance() == 0
    (made,) = counter.made("payment_intent")
    await counter.bench.play("POST", f"payment_intents/{made['id']}", paid=True)
    await counter.heard()
    assert await counter.balance() == HUNDRED


async def test_a_refund_leaves_the_wallet_first_and_never_more_than_was_paid(counter):
    await counter.card(GOOD)
    paid = await counter.top_up()
    await counter.work()
    back = await counter.desk.refund(new_id(), paid.id, micros("30"), "key")
    with pytest.raises(Refused, match="More than was paid"):
        await counter.desk.refund(new_id(), paid.id, micros("70.01"), "key")
    await counter.work()
    await counter.heard()
    assert (await counter.state(back)).state == "done"
    assert await counter.balance() == micros("70") == await counter.clearing()
    assert (await counter.kinds())[-1] == "refund.made"
    assert [made["amount"] for made in counter.made("refund")] == [3000]


async def test_two_refunds_at_once_give_no_more_than_was_paid(counter):
    await counter.card(GOOD)
    paid = await counter.top_up()
    await counter.work()
    results = []

    async def want():
        try:
            await counter.desk.refund(new_id(), paid.id, micros("60"), "key")
            results.append("taken")
        except Refused:
            results.append("refused")

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(want)
    await counter.work()
    assert sorted(results) == ["refused"] * 5 + ["taken"]
    assert await counter.balance() == micros("40")


async def test_what_is_spent_or_held_is_not_given_back(counter):
    await counter.card(GOOD)
    paid = await counter.top_up()
    await counter.work()
    await counter.spend("80")
    back = await counter.desk.refund(new_id(), paid.id, micros("30"), "key")
    await counter.work()
    failed = await counter.state(back)
    assert (failed.state, failed.reason) == ("failed", "wallet_too_low")
    assert await counter.balance() == HUNDRED
    assert counter.made("refund") == []


async def test_a_refund_that_the_bank_sends_back_is_back_in_the_wallet(counter):
    await counter.card(NO_REFUND)
    paid = await counter.top_up()
    await counter.work()
    back = await counter.desk.refund(new_id(), paid.id, micros("30"), "key")
    await counter.work()
    await counter.heard()
    assert (await counter.state(back)).state == "failed"
    assert await counter.balance() == HUNDRED == await counter.clearing()


async def test_a_refund_made_by_hand_at_stripe_leaves_the_wallet_whatever_is_in_it(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    await counter.spend("90")
    (made,) = counter.made("payment_intent")
    await counter.bench.play("POST", "refunds", payment_intent=made["id"], amount=5000)
    await counter.heard()
    assert await counter.balance() == micros("50") == await counter.clearing()


async def test_a_dispute_takes_the_money_and_a_won_one_brings_it_back(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    (charge,) = counter.made("charge")
    raised = await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    await counter.heard()
    await counter.heard()
    assert await counter.balance() == 0 == await counter.clearing()
    assert (await counter.kinds())[-1] == "chargeback.opened"
    await counter.bench.play("POST", f"disputes/{raised['id']}", won=True)
    await counter.heard()
    assert await counter.balance() == HUNDRED == await counter.clearing()
    (row,) = await counter.desk.payers.disputes(9)
    assert (row.state, row.withdrawn, row.reinstated) == ("won", HUNDRED, HUNDRED)


async def test_a_lost_dispute_stays_out_of_the_wallet_below_zero_if_it_was_spent(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    await counter.spend("90")
    (charge,) = counter.made("charge")
    raised = await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    await counter.heard()
    await counter.bench.play("POST", f"disputes/{raised['id']}", won=False)
    await counter.heard()
    assert await counter.balance() == 0 == await counter.clearing()
    free = (await counter.book.balances())[WALLET]
    assert free == (0, micros("90"))  # What is held is held: it falls below zero with the capture.
    (row,) = await counter.desk.payers.disputes(9)
    assert (row.state, row.withdrawn, row.reinstated) == ("lost", HUNDRED, 0)
    assert (await counter.kinds()).count("chargeback.opened") == 1


async def test_a_card_that_disputes_at_once_leaves_nothing_behind(counter):
    await counter.card(DISPUTES)
    await counter.top_up()
    await counter.work()
    await counter.heard()
    assert await counter.balance() == 0 == await counter.clearing()


async def test_payments_of_others_at_the_same_account_are_none_of_ours(counter):
    order = await counter.bench.order(GOOD)  # With an intent that is not on record here.
    await counter.bench.link.pay(order)
    await counter.heard()
    rows = await counter.pg.fetch("SELECT result FROM processor_news WHERE kind ~ 'succeeded'")
    assert {row["result"] for row in rows} == {"not_ours"}
    assert await counter.clearing() == 0


async def test_nothing_of_a_card_but_its_id_is_in_the_database(counter):
    await counter.card(GOOD)
    await counter.top_up()
    await counter.work()
    await counter.heard()
    tables = ("money_intent", "payment_method", "payer_customer", "processor_news")
    for table in tables:
        for row in await counter.pg.fetch(f"SELECT t::text AS text FROM {table} t"):  # noqa: S608
            assert not CARD_END.search(row["text"])
            assert "visa" not in row["text"]
