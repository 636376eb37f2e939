"""Usage is rated once, charged as it grows, and invoiced when its month is over."""

import pytest
import trio

from auctiond.billing.biller import month_of
from auctiond.billing.desk import Refused
from auctiond.pg.calls import EventRow
from auctiond.pg.door import open_pg
from billing.plans import Plan
from market.money import micros
from tests.billing.counter import new_id
from tests.billing.house import HOUR_MS, after, look, subscribed_house


@pytest.fixture
async def house(pg_url):
    async with subscribed_house(pg_url) as opened:
        yield opened


async def test_a_month_is_charged_as_it_grows_and_a_run_twice_books_once(house):
    month = month_of(house.clock.now_ms())
    assert await house.biller.look() == []
    assert await house.charged(month) == {"fee": micros("10"), "numbers": micros("2")}
    await house.call(61, talk_s=30, pings=3)  # 2 and 1 minutes; 3 answered and a timeout.
    await house.biller.look()
    await house.biller.look()
    grown = {"fee": "10", "numbers": "2", "minutes": "1.20", "pings": "0.02"}
    assert await house.charged(month) == {topic: micros(sum_) for topic, sum_ in grown.items()}
    await house.call(60)
    await house.biller.look()
    assert (await house.charged(month))["minutes"] == micros("1.80")
    assert await house.balance() == -sum((await house.charged(month)).values())


async def test_calls_that_were_blocked_cost_no_minute(house):
    await house.call(500, blocked="spam")
    await house.biller.look()
    assert "minutes" not in await house.charged(month_of(house.clock.now_ms()))


async def test_a_recording_that_has_come_is_rated_once_and_a_lost_one_never(house, pg_super_url):
    call, now_ms = await house.call(60), house.clock.now_ms()
    recording = """INSERT INTO recording VALUES
        ($1, $2, $1, 'talk', 1, $3, $4, '', NULL, 5000, 2, 9, 'audio/wav', 'local', 0, $3, 0)"""
    async with open_pg(pg_super_url) as admin:
        for state in ("kept", "gone", "lost"):
            await admin.execute(recording, new_id(), call, now_ms, state)
    await house.biller.look()
    await house.biller.look()
    assert (await house.invoices.used(month_of(now_ms))).recordings == 2


async def test_many_runs_at_once_charge_once(house):
    await house.call(600)
    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(look, house)
    await house.biller.look()
    month = month_of(house.clock.now_ms())
    assert (await house.charged(month))["minutes"] == micros("5.40")
    assert await house.balance() == -sum((await house.charged(month)).values())


async def test_what_is_rated_after_its_invoice_is_on_the_next(house):
    month = month_of(house.clock.now_ms())
    later = after(month)
    house.at(later, 7)
    await house.biller.look()
    house.clock.ahead_ms -= 8 * HOUR_MS  # A call of the old month, written down late.
    await house.call(120)
    house.clock.ahead_ms += 8 * HOUR_MS
    await house.biller.look()
    assert (await house.charged(later))["minutes"] == micros("0.60")
    assert "minutes" not in await house.charged(month)


async def test_a_call_that_is_settled_late_is_rated_once(house):
    id_ = await house.call(60, talk_s=30)
    end_ms = house.clock.now_ms()
    late = {"talk_ms": 40_000, "blocked": ""}
    row = EventRow(id_, 2, "ended", end_ms + 5 * HOUR_MS, late)
    await house.calls.append_events([row])
    await house.biller.look()
    used = await house.invoices.used(month_of(end_ms))
    assert used.seconds == 60 + 60  # The caller's minute and the buyer's, each rounded up.


async def test_a_plan_that_changes_does_not_change_who_has_it(house):
    await house.biller.look()
    await house.desk.set_plan("basic", Plan(monthly_fee=micros("999")), "key")
    with pytest.raises(Refused, match="charged already"):
        await house.desk.subscribe("basic", None, "key")
    await house.biller.look()
    month = month_of(house.clock.now_ms())
    assert (await house.charged(month))["fee"] == micros("10")
    later = after(month)
    assert await house.desk.subscribe("basic", later, "key") == later
    with pytest.raises(Refused, match="no plan 'gold'"):
        await house.desk.subscribe("gold", None, "key")
