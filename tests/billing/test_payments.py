"""Money comes in once, whatever breaks: on a real database, over Stripe's own library."""

import sys
from dataclasses import replace
from functools import partial

import pytest
import trio

from auctiond.billing.asking import CALL_S
from auctiond.billing.collector import HOLD_S, LEASE_MS, NEWS_LEASE_MS
from auctiond.billing.desk import Refused
from auctiond.pg.ledger_check import verify
from auctiond.sandbox.stripe.options import Vices
from billing.recharge import HOUR_MS
from market.money import micros
from tests.billing.bench import ASKS, BANK, DISPUTES, GOOD, LATER, NO_REFUND
from tests.billing.counter import WALLET, named, new_id, open_counter

HUNDRED = micros("100")


@pytest.fixture
async def counter(pg_url):
    async with open_counter(pg_url) as opened:
        yield opened
        report = await verify(opened.pg)
        assert report.ok, report.problems


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


@pytest.mark.parametrize("vice", ["limited", "mute", "cut", "failing_late", "slow"])
async def test_whatever_befalls_the_answer_the_card_is_charged_once(counter, vice):
    await counter.card(GOOD)
    counter.bench.vices(vice)
    wanted = await counter.top_up()
    await counter.work()
    counter.later(0.01)
    await counter.work()
    await counter.heard()
    assert (await counter.state(wanted)).state == "done"
    assert len(counter.made("charge")) == 1
    assert await counter.balance() == HUNDRED


async def test_an_answer_after_our_deadline_counts_once(counter, monkeypatch):
    await counter.card(GOOD)
    monkeypatch.setattr("auctiond.billing.asking.CALL_S", 0.15)
    counter.bench.vices("mute")
    wanted = await counter.top_up()
    await counter.collector.look()
    assert (await counter.state(wanted)).reason in ("no_answer", "")
    counter.later(0.01)
    await counter.work()
    await counter.heard()
    assert (await counter.state(wanted)).state == "done"
    assert len(counter.made("charge")) == 1
    assert await counter.balance() == HUNDRED


async def test_a_processor_that_is_down_for_long_is_given_up_and_money_that_came_counts(counter):
    await counter.card(GOOD)
    counter.bench.vices("failing")  # Its key keeps the 500.
    wanted = await counter.top_up()
    await counter.work()
    assert (await counter.state(wanted)).reason == "http_500"
    counter.later(7)
    await counter.work()
    assert (await counter.state(wanted)).reason == "no_answer"
    counter.bench.stripe.processor.keys.forget()  # It did arrive after all, as it were.
    order = await counter.bench.order(GOOD)
    await counter.bench.link.pay(replace(order, intent=wanted.id))
    await counter.heard()
    assert (await counter.state(wanted)).state == "done"
    assert await counter.balance() == HUNDRED


async def test_a_server_that_dies_at_any_moment_resumes_and_charges_once(counter):
    await counter.card(GOOD)
    wanted = await counter.top_up()
    with trio.move_on_after(0.004):  # It dies somewhere in the middle,
        await counter.collector.look()
    counter.later(0.02)  # its lease runs out,
    await counter.work()
    await counter.heard()
    assert (await counter.state(wanted)).state == "done"
    assert len(counter.made("charge")) == 1
    assert await counter.balance() == HUNDRED


@pytest.mark.parametrize("vice", ["slow", "mute"])  # Stripe has not done it yet, or has.
async def test_a_server_that_is_killed_while_stripe_works_resumes_with_the_same_key(
    counter, pg_url, vice
):
    await counter.card(GOOD)
    wanted = await counter.top_up()
    counter.bench.vices(vice)
    words = ["-m", "tests.billing.collect", pg_url, counter.bench.stripe.base_url]
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(trio.run_process, [sys.executable, *words], check=False)
        )
        await counter.bench.taken_up()
        process.kill()
    left = await counter.state(wanted)
    assert (left.state, left.reason, left.tries) == ("asked", "", 1)
    await counter.work()  # Its lease runs on: nobody else asks.
    assert (await counter.state(wanted)).tries == 1
    counter.later((LEASE_MS + 1_000) / HOUR_MS)
    while (await counter.state(wanted)).state != "done":
        await counter.work()
        counter.later(0.01)
    assert len(counter.made("charge")) == len(counter.made("payment_intent")) == 1
    assert await counter.balance() == HUNDRED == await counter.clearing()


async def test_who_holds_a_payment_stops_before_its_lease_is_over(counter, monkeypatch):
    assert 1000 * (CALL_S + 2) < 1000 * HOLD_S < LEASE_MS - 5_000 < NEWS_LEASE_MS
    await counter.card(GOOD)
    wanted = await counter.top_up()
    counter.bench.vices("mute")
    with monkeypatch.context() as patched:
        patched.setattr("auctiond.billing.collector.HOLD_S", 0.1)
        await counter.collector.look()
    assert (await counter.state(wanted)).state == "asked"
    counter.later((LEASE_MS + 1_000) / HOUR_MS)
    await counter.work()
    assert (await counter.state(wanted)).state == "done"
    assert len(counter.made("charge")) == 1


@pytest.mark.parametrize("hours", [5.9, 6.1])
async def test_a_wish_that_could_not_be_asked_for_in_time_charges_nobody(counter, hours):
    await counter.card(GOOD)
    wanted = await counter.top_up()
    counter.later(hours)  # Nobody was there to see to it.
    await counter.work()
    done = await counter.state(wanted)
    fresh = hours < 6
    assert (done.state, done.reason) == (("done", "") if fresh else ("failed", "not_asked_in_time"))
    assert len(counter.made("charge")) == fresh


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


async def test_repeated_reordered_lost_and_forged_webhooks_change_nothing(pg_url):
    vices = {"duplicated": 0.5, "twice_told": 0.5, "reordered": 0.5, "lost": 0.2, "forged": 0.5}

    async with open_counter(pg_url, vices=Vices(**vices)) as counter:
        await counter.card(GOOD)
        for _ in range(5):
            await counter.top_up("10")
        await counter.work()
        await counter.heard()
        assert await counter.balance() == micros("50") == await counter.clearing()
        assert counter.bench.stripe.hooks.counts["forged"] > 0


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
            assert "4242" not in row["text"]
            assert "visa" not in row["text"]
