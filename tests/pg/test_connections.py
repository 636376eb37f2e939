"""Connections that are lent and come back: sound ones again, broken ones never."""

from __future__ import annotations

import asyncio

import asyncpg

from auctiond.pg.connections import IDLE_S, Connections


class Connection:
    """`state`: "sound", "closed", "open transaction", or "broken", and then it says nothing."""

    def __init__(self):
        self.state = "sound"

    def is_closed(self):
        if self.state == "broken":
            raise asyncpg.InterfaceError("connection has been released back to the pool")
        return self.state == "closed"

    def is_in_transaction(self):
        return self.state == "open transaction"

    def terminate(self):
        self.state = "broken" if self.is_closed() else "closed"


class Pool:
    """Makes connections, and notes what comes back."""

    def __init__(self):
        self.made, self.back = [], []

    async def acquire(self):
        self.made.append(Connection())
        return self.made[-1]

    async def release(self, connection, timeout):
        self.back.append(connection)

    async def close(self):
        assert len(self.back) == len(self.made)

    def terminate(self):
        pass


class Clock:
    def __init__(self):
        self.s = 1000.0

    def now_s(self):
        return self.s


def in_asyncio(test):
    """Run a test there, with a pool, what lends its connections, two at most, and a clock."""

    def run():
        async def with_pool():
            pool, clock = Pool(), Clock()
            await test(pool, Connections(pool, 2, clock.now_s), clock)

        asyncio.run(with_pool())

    return run


@in_asyncio
async def test_a_sound_connection_is_lent_again_and_the_pool_hears_nothing(
    pool, connections, clock
):
    for _ in range(3):
        await connections.give_back(await connections.take(), sound=True)
    assert (len(pool.made), pool.back) == (1, [])


@in_asyncio
async def test_what_came_back_unsound_is_the_pools_to_heal(pool, connections, clock):
    await connections.give_back(await connections.take(), sound=False)
    left_open = await connections.take()
    left_open.state = "open transaction"
    await connections.give_back(left_open, sound=True)
    assert pool.back == pool.made
    assert len(pool.made) == 2


@in_asyncio
async def test_connections_that_broke_while_nobody_used_them_disturb_nobody(
    pool, connections, clock
):
    lent = [await connections.take() for _ in range(2)]
    for one, state in zip(lent, ("broken", "closed"), strict=True):
        await connections.give_back(one, sound=True)
        one.state = state
    assert (await connections.take()).state == "sound"
    assert pool.back == []  # It has taken them by itself.


@in_asyncio
async def test_one_that_breaks_in_use_does_not_spoil_its_giving_back(pool, connections, clock):
    for _ in range(5):  # Nor is there less room afterwards.
        one = await connections.take()
        one.state = "broken"
        await connections.give_back(one, sound=True)
    assert pool.back == pool.made


@in_asyncio
async def test_no_more_are_lent_than_there_may_be(pool, connections, clock):
    lent = [await connections.take() for _ in range(2)]
    third = asyncio.ensure_future(connections.take())
    await asyncio.sleep(0)
    assert not third.done()
    await connections.give_back(lent[1], sound=True)
    assert await third is lent[1]


@in_asyncio
async def test_what_nobody_uses_is_closed_in_the_end(pool, connections, clock):
    lent = [await connections.take() for _ in range(2)]
    for one in lent:
        await connections.give_back(one, sound=True)
    clock.s += IDLE_S - 1
    await connections.give_back(await connections.take(), sound=True)
    clock.s += 1
    await connections.give_back(await connections.take(), sound=True)
    assert pool.back == [lent[0]]
    assert lent[0].state == "closed"


@in_asyncio
async def test_closing_gives_the_pool_all_it_made(pool, connections, clock):
    lent = [await connections.take() for _ in range(2)]
    await connections.give_back(lent[0], sound=True)
    await connections.give_back(lent[1], sound=True)
    await connections.close()
    assert connections.is_closing()
