"""Wallets that are filled by themselves: once at a time, within limits, and given up in time."""

import trio

from auctiond.billing.desk import TENANT
from auctiond.pg.wallet_rules import WalletRule
from billing.recharge import APART_MS, DUNNING_MS, HOUR_MS, Next, after_failure
from market.money import micros
from market.notices import wrong_with
from tests.billing.bench import ASKS, GOOD, LATER
from tests.billing.counter import WALLET, new_id, rule


def test_a_decline_is_tried_again_ever_later_and_then_no_more():
    assert [after_failure(n, "generic_decline", 0).at_ms for n in (1, 2, 3)] == list(DUNNING_MS)
    assert after_failure(4, "generic_decline", 0).paused == "generic_decline"
    assert after_failure(1, "expired_card", 0) == Next(APART_MS, "expired_card")
    assert min(DUNNING_MS) == APART_MS == 6 * HOUR_MS


async def test_a_wallet_under_its_threshold_is_filled_once_in_six_hours(counter):
    await counter.card(GOOD)
    await counter.desk.set_rule(rule(), "key")
    await counter.work()
    assert await counter.balance() == micros("200")
    await counter.spend("190")
    await counter.work()
    assert await counter.balance() == micros("200")
    counter.later(6.1)
    await counter.work()
    assert await counter.balance() == micros("400")
    assert (await counter.kinds()).count("wallet.topped_up") == 2


async def test_what_is_held_is_not_free_and_a_full_wallet_is_left_alone(counter):
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.work()
    await counter.desk.set_rule(rule("50"), "key")
    await counter.work()
    assert await counter.balance() == micros("100")
    await counter.spend("51")
    await counter.work()
    assert await counter.balance() == micros("300")


async def test_many_looks_at_once_begin_one(counter):
    await counter.card(GOOD)
    await counter.desk.set_rule(rule(), "key")
    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(counter.collector.look)
    await counter.work()
    assert len(counter.made("charge")) == 1
    assert await counter.balance() == micros("200")


async def test_a_month_has_a_limit(counter):
    counter.later(counter.hours_to_next_month())  # So that the month does not end meanwhile.
    await counter.card(GOOD)
    await counter.desk.set_rule(rule(month_max=micros("300")), "key")
    await counter.work()
    await counter.spend("200")
    counter.later(7)
    await counter.work()
    assert await counter.balance() == micros("200")


async def test_declines_are_told_tried_again_and_pause_in_the_end(counter):
    await counter.card(LATER)
    await counter.desk.set_rule(rule(), "key")
    await counter.work()
    for hours in (6.1, 24.1, 72.1):
        assert (await counter.rules.get(WALLET)).paused == ""
        counter.later(hours)
        await counter.work()
    assert await counter.kinds() == ["recharge.failed"] * 3 + ["recharge.paused"]
    assert (await counter.rules.get(WALLET)).paused == "generic_decline"
    counter.later(500)
    await counter.work()
    assert len(counter.made("charge")) == 4
    await counter.card(GOOD)
    await counter.desk.set_rule(rule(), "key")  # Somebody sees to it.
    counter.later(7)
    await counter.work()
    assert await counter.balance() == micros("200")


async def test_a_card_that_wants_its_owner_pauses_at_once(counter):
    await counter.card(ASKS)
    await counter.desk.set_rule(rule(), "key")
    await counter.work()
    assert await counter.told() == [
        ("recharge.paused", "buyer/acme", {"reason": "authentication_required"})
    ]


async def test_an_open_dispute_stops_it(counter):
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.work()
    (charge,) = counter.made("charge")
    await counter.bench.play("POST", f"charges/{charge['id']}/dispute")
    await counter.heard()
    await counter.desk.set_rule(rule(), "key")
    await counter.work()
    assert len(counter.made("charge")) == 1


async def test_low_and_empty_are_told_once_until_the_wallet_was_filled(counter):
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.work()
    nothing = micros("0")
    only_low = WalletRule(WALLET, False, nothing, nothing, "", None, low=micros("40"))
    await counter.desk.set_rule(only_low, "key")
    assert await counter.levels_told() == []
    await counter.spend("70")
    await counter.levels.look()
    await counter.levels.look()
    await counter.spend("30")
    low = {"balance": "30.00", "currency": "USD", "threshold": "40.00"}
    empty = {"balance": "0.00", "currency": "USD"}
    told = [("wallet.low", "buyer/acme", low), ("wallet.empty", "buyer/acme", empty)]
    assert await counter.levels_told() == told
    for kind, _, data in told:
        assert not wrong_with(kind, data)
    await counter.top_up("100")
    await counter.work()
    await counter.levels.look()
    await counter.spend("80")
    assert [kind for kind, _, _ in await counter.levels_told()][2:] == ["wallet.low"]


async def test_a_buyer_with_credit_is_not_empty_before_it_is_used_up(counter):
    counter.credits[WALLET] = micros("50")
    await counter.card(GOOD)
    await counter.top_up("100")
    await counter.work()
    await counter.spend("100")
    assert await counter.levels_told() == []
    counter.credits.clear()
    assert [kind for kind, _, _ in await counter.levels_told()] == ["wallet.empty"]


async def test_the_tenants_own_wallet_is_told_of_to_the_operator(counter):
    await counter.card(GOOD, TENANT)
    await counter.desk.top_up(new_id(), TENANT, micros("10"), "", "key")
    await counter.work()
    await counter.desk.set_rule(
        WalletRule(TENANT, False, micros("0"), micros("0"), "", None, low=micros("40")), "key"
    )
    ((kind, party, data),) = await counter.levels_told()
    assert (kind, party) == ("usage.low", "operator")
    assert not wrong_with(kind, data)
