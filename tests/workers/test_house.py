"""Two workers as processes: shared calls, a restart one by one, and a worker that is killed."""

from __future__ import annotations

import os
import signal

import httpx2
import pytest
import trio

from tests.whole.stage import until
from tests.workers.house import open_house

PRICE = 20_000_000  # What the first buyer pays.


@pytest.fixture
async def house(pg_super_url, tmp_path):
    with trio.fail_after(120):
        async with open_house(pg_super_url, tmp_path) as opened:
            yield opened


async def sold_by(house) -> list[float]:
    """Return how many calls each worker has sold."""
    found = []
    async with httpx2.AsyncClient(trust_env=False) as client:
        for url in house.metrics_urls():
            lines = (await client.get(url)).text.splitlines()
            name = 'auctiond_calls_total{disposition="sold"} '
            found.append(sum(float(x.removeprefix(name)) for x in lines if x.startswith(name)))
    return found


async def check(house, sessions):
    """Assert that every call was sold, and paid for once."""
    lines = await house.over(sessions)
    assert [line["disposition"] for line in lines] == ["sold"] * len(sessions)
    assert (await house.get("/v1/ledger/totals"))["captured"] == PRICE * len(sessions)
    assert (await house.api.post("/v1/ledger/verify")).json()["problems"] == []


async def test_workers_share_the_calls_and_are_replaced_and_killed_without_losing_one(house):
    """One house for all of it: each step begins where the one before it left off."""
    sessions = [await house.place(n, talk_s=0.8) for n in range(8)]
    await check(house, sessions)
    shares = await sold_by(house)
    assert sum(shares) == 8
    assert all(shares), shares  # By their handles, which are the same every time.

    # Replaced one by one, in the middle of talks and with calls that come meanwhile.
    sessions += [await house.place(n, talk_s=6.0) for n in range(10, 14)]
    await house.in_state(sessions[-4:], "bridged")
    house.process.send_signal(signal.SIGHUP)
    await house.logged("worker.restarting", 1)
    sessions += [await house.place(n, talk_s=1.0) for n in range(20, 24)]
    await house.logged("workers.restarted")
    await check(house, sessions)

    # Killed in the middle of talks: the other one's calls do not notice.
    sessions += [await house.place(n, talk_s=5.0) for n in range(30, 36)]
    await house.in_state(sessions[-6:], "bridged")
    foreman = house.pid(0)
    os.kill(foreman, signal.SIGKILL)
    sessions += [await house.place(n, talk_s=1.0) for n in range(40, 44)]
    await house.logged("worker.died")
    await until(lambda: replaced(house, foreman))
    await check(house, sessions)


async def replaced(house, pid):
    """Tell whether another process has the seat."""
    return house.pid(0) != pid
