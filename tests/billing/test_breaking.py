"""Whatever breaks, a card is charged once: lost answers, dead servers, webhooks out of order."""

import sys
from dataclasses import replace
from functools import partial

import pytest
import trio

from auctiond.billing.asking import CALL_S
from auctiond.billing.collector import HOLD_S, LEASE_MS, NEWS_LEASE_MS
from auctiond.sandbox.stripe.options import Vices
from billing.recharge import HOUR_MS
from market.money import micros
from tests.billing.bench import GOOD
from tests.billing.counter import open_counter

HUNDRED = micros("100")


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
