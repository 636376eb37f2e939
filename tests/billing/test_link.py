"""The link to Stripe, over the official library, against a processor with real vices."""

from dataclasses import replace

import pytest
import trio

from auctiond.billing.seen import Declined, Misfit, NotNow, Unknown
from auctiond.billing.stripe_link import Order
from auctiond.sandbox.stripe.cards import CARDS
from market.money import micros
from tests.billing.bench import BANK, BROKE, GOOD, intent_id, open_bench


async def test_a_card_that_was_set_up_pays_while_nobody_is_there():
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        paid = await bench.link.pay(order)
        assert (paid.state, paid.amount, paid.intent) == ("succeeded", micros("100"), order.intent)
        assert await bench.link.payment(paid.id) == paid


async def test_the_same_intent_pays_once_and_another_amount_under_it_never():
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        assert await bench.link.pay(order) == await bench.link.pay(order)
        with pytest.raises(Misfit, match="idempotency_mismatch"):
            await bench.link.pay(replace(order, amount=micros("101")))
        assert len(list(bench.stripe.processor.books.each("payment_intent"))) == 1


async def test_each_test_card_says_yes_or_no_and_why():
    async with open_bench() as bench:
        for number, card in CARDS.items():
            customer = await bench.link.create_customer("wallet:acme", intent_id(f"c {number}"))
            asked = await bench.link.begin_setup(intent_id(f"s {number}"), customer)
            await bench.play("POST", f"setup_intents/{asked.id}", card=number)
            kept = await bench.link.setup(asked.id)
            assert (kept.done, kept.reason) == (not card.at_setup, card.at_setup), number
            if not kept.done:
                continue
            order = Order(intent_id(number), customer, kept.method, micros("20"), "top-up")
            if no := "authentication_required" if card.asks else card.at_charge:
                with pytest.raises(Declined, match=no):
                    await bench.link.pay(order)
                continue
            wanted = "processing" if card.slow else "succeeded"
            assert (await bench.link.pay(order)).state == wanted, number


async def test_a_card_declined_at_the_setup_is_not_kept():
    async with open_bench() as bench:
        customer = await bench.link.create_customer("wallet:acme", intent_id("customer"))
        asked = await bench.link.begin_setup(intent_id("setup"), customer)
        await bench.play("POST", f"setup_intents/{asked.id}", card=BROKE)
        seen = await bench.link.setup(asked.id)
        assert (seen.done, seen.method, seen.reason) == (False, "", "insufficient_funds")


async def test_a_bank_account_pays_days_later():
    async with open_bench() as bench:
        paid = await bench.link.pay(await bench.order(BANK))
        assert paid.state == "processing"
        await bench.play("POST", f"payment_intents/{paid.id}", paid=True)
        assert (await bench.link.payment(paid.id)).state == "succeeded"


@pytest.mark.parametrize("vice", ["failing_late", "cut"])
async def test_a_payment_whose_answer_was_lost_is_found_by_its_intent(vice):
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        bench.vices(vice)
        with pytest.raises(Unknown):
            await bench.link.pay(order)
        found = await bench.link.payment_for(order.intent, order.customer, 0)
        assert found is not None
        assert found.state == "succeeded"


async def test_an_answer_after_our_deadline_is_had_with_the_same_key():
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        bench.vices("mute")
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.1):
            await bench.link.pay(order)
        assert (await bench.link.pay(order)).state == "succeeded"
        assert len(list(bench.stripe.processor.books.each("charge"))) == 1


async def test_too_many_requests_and_a_500_are_told_apart():
    async with open_bench() as bench:
        order = await bench.order(GOOD)
        bench.vices("limited")
        with pytest.raises(NotNow):
            await bench.link.pay(order)
        bench.vices("failing")
        with pytest.raises(Unknown):
            await bench.link.pay(order)
        with pytest.raises(Unknown):  # The key keeps the 500.
            await bench.link.pay(order)
        assert await bench.link.payment_for(order.intent, order.customer, 0) is None


async def test_a_key_under_way_is_waited_for():
    async with open_bench(late_s=3600.0) as bench:  # It is under way as long as this test.
        order = await bench.order(GOOD)
        bench.vices("slow")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.link.pay, order)
            await bench.taken_up()
            with pytest.raises(Unknown, match="under_way"):
                await bench.link.pay(order)
            nursery.cancel_scope.cancel()


async def test_a_wrong_key_is_refused_at_once():
    async with open_bench() as bench:
        bench.stripe.processor.options = replace(bench.stripe.processor.options, api_key="other")
        with pytest.raises(Misfit, match="key_refused"):
            await bench.link.create_customer("wallet:acme", intent_id("customer"))


async def test_checkout_pays_keeps_the_card_and_is_found_by_its_intent():
    async with open_bench() as bench:
        customer = await bench.link.create_customer("wallet:acme", intent_id("customer"))
        page = await bench.link.open_page(
            intent_id("first"), customer, micros("250"), "https://x.example/back", "Top-up"
        )
        assert page.url.startswith(bench.stripe.base_url)
        await bench.play("POST", f"checkout/{page.id}", card=GOOD)
        paid = await bench.link.payment_for(intent_id("first"), customer, 0)
        assert paid is not None
        assert (paid.state, paid.amount) == ("succeeded", micros("250"))
        assert paid.method.startswith("pm_")


async def test_refunds_and_disputes_and_what_they_did_to_the_balance():
    async with open_bench() as bench:
        paid = await bench.link.pay(await bench.order(GOOD))
        back = await bench.link.give_back(intent_id("refund"), paid.id, micros("30"))
        assert (back.state, back.amount, back.payment) == ("succeeded", micros("30"), paid.id)
        assert await bench.link.refund_for(intent_id("refund"), paid.id) == back
        charge = next(bench.stripe.processor.books.each("charge"))
        raised = await bench.play("POST", f"charges/{charge['id']}/dispute", reason="fraudulent")
        seen = await bench.link.dispute(raised["id"])
        assert (seen.state, seen.withdrawn, seen.reinstated) == ("open", micros("70"), 0)
        await bench.play("POST", f"disputes/{raised['id']}", won=True)
        seen = await bench.link.dispute(raised["id"])
        assert (seen.state, seen.reinstated, seen.payment) == ("won", micros("70"), paid.id)
        moved = await bench.link.movements(0, 2**35)
        assert [(each.kind, each.amount) for each in moved] == [
            ("charge", micros("100")),
            ("refund", -micros("30")),
            ("dispute", -micros("70")),
            ("dispute_reversal", micros("70")),
        ]
        assert {each.payment for each in moved} == {paid.id}
        assert moved[0].fee == micros("3.20")
