"""How late tasks start: seen at once, smoothed, and forgotten when it is over."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.turnstile import Turnstile
from auctiond.jobs.lag import CALM_TICK_S, TICK_S, Lag, refused_share
from auctiond.metrics import Metrics


async def ticks_in(seconds: float, metrics: Metrics) -> float:
    """Return how often it was looked."""
    name = "auctiond_loop_lag_seconds_count"
    before = metrics.registry.get_sample_value(name)
    await trio.sleep(seconds)
    now = metrics.registry.get_sample_value(name)
    assert before is not None
    assert now is not None
    return now - before


async def test_on_time_is_no_lag_and_it_is_looked_often_only_while_something_is_under_way(
    autojump_clock, nursery
):
    metrics = Metrics()
    lag = Lag(metrics, 30.0)
    nursery.start_soon(lag.run)
    assert await ticks_in(1.0, metrics) == pytest.approx(1.0 / CALM_TICK_S, abs=1)
    with lag.storing.one():
        assert await ticks_in(0.05, metrics) == pytest.approx(0.05 / TICK_S, abs=1)
    await trio.sleep(1.0)
    lag.admission.owed_s = 0.2
    with lag.storing.one():
        await trio.lowlevel.checkpoint()
    assert 10 < await ticks_in(0.2, metrics) <= 21
    assert lag.ms() == lag.admission.owed_s == 0
    assert await ticks_in(1.0, metrics) == pytest.approx(1.0 / CALM_TICK_S, abs=1)
    nursery.cancel_scope.cancel()


async def test_a_loop_that_is_held_up_is_seen_within_three_ticks_and_then_forgotten(
    mock_clock, nursery
):
    lag = Lag(Metrics(), 30.0)
    nursery.start_soon(lag.run)
    await trio.testing.wait_all_tasks_blocked()
    seen = []
    with lag.storing.one():
        await trio.testing.wait_all_tasks_blocked()
    for late_s in (0.05, 0.05, 0.05, *[0.0] * 8):
        mock_clock.jump(TICK_S + late_s)
        await trio.testing.wait_all_tasks_blocked()
        seen.append(lag.ms())
    assert 10 < seen[0] < 30 < seen[2] < 50  # One late tick is chance, three are overload.
    assert seen[-1] < 3
    nursery.cancel_scope.cancel()


async def test_a_calm_loop_that_is_held_up_is_looked_at_often_at_once(mock_clock, nursery):
    lag = Lag(Metrics(), 30.0)
    nursery.start_soon(lag.run)
    await trio.testing.wait_all_tasks_blocked()
    mock_clock.jump(CALM_TICK_S + 0.05)
    await trio.testing.wait_all_tasks_blocked()
    mock_clock.jump(TICK_S + 0.05)
    await trio.testing.wait_all_tasks_blocked()
    assert lag.ms() > 20
    nursery.cancel_scope.cancel()


def test_the_later_all_is_the_more_is_refused_but_never_all():
    shares = [refused_share(lag_ms, 30.0) for lag_ms in (0, 10, 15, 20, 25, 30, 500)]
    assert shares[:2] == [0, 0]
    assert shares == sorted(shares)
    assert 0 < shares[2] < shares[4] < shares[5] == shares[6] < 1


async def test_auctions_that_wait_for_their_turn_are_seen_though_the_loop_is_on_time(
    autojump_clock, nursery
):
    lag = Lag(Metrics(), 30.0)
    nursery.start_soon(lag.run)
    nursery.start_soon(hold_up, lag.turnstile)
    await trio.testing.wait_all_tasks_blocked()
    nursery.start_soon(hold_up, lag.turnstile)
    await trio.sleep(0.1 + TICK_S / 2)
    assert lag.ms() == 0
    assert lag.refused_share() > 0.9
    await trio.sleep(1.0)
    assert lag.refused_share() == 0
    nursery.cancel_scope.cancel()


async def test_webhooks_that_take_long_to_store_are_seen_though_the_loop_is_on_time(
    autojump_clock, nursery
):
    lag = Lag(Metrics(), 30.0)
    nursery.start_soon(lag.run)
    shares = []
    for takes_s in (0.05, 0.1, 0.3):
        for _ in range(5):
            with lag.storing.one():
                await trio.sleep(takes_s)
            shares.append(lag.refused_share())
    assert shares[:5] == [0] * 5
    assert 0.05 < max(shares[5:10]) < 0.8
    assert max(shares[10:]) > 0.9
    assert lag.ms() == 0
    await trio.sleep(0.3)
    assert lag.refused_share() == 0
    nursery.cancel_scope.cancel()


async def hold_up(turnstile: Turnstile) -> None:
    async with turnstile.turn(1.0):
        await trio.sleep(0.2)
