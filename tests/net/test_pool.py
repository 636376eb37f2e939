"""Connections are kept, counted and capped, and whoever is cancelled leaves nothing behind."""

import random

import pytest
import trio

from auctiond.net.wire import WireError
from tests.net.servers import OK, buyer, never, wire

CLOSING = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"


async def test_a_connection_is_used_again():
    async with buyer(OK) as shop, wire() as ours:
        for _ in range(5):
            await ours.send(shop.ping())
        counts = ours.statistics()
    assert (counts.opened, counts.reused, counts.in_use, counts.idle) == (1, 4, 0, 1)
    assert shop.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        CLOSING,
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        OK + OK,
        OK + b"x",
        OK + b"HTTP/1.1 2",
        CLOSING + b"x",
    ],
    ids=["close", "http_1_0", "two_answers", "a_byte_more", "half_an_answer_more", "after_close"],
)
async def test_a_connection_that_cannot_be_trusted_again_is_closed(answer):
    async with buyer(answer) as shop, wire() as ours:
        for _ in range(2):
            assert (await ours.send(shop.ping())).body == b"ok"
            assert ours.statistics().idle == 0
    assert shop.connections == 2


async def test_a_connection_that_the_buyer_closed_meanwhile_is_not_used():
    closed = trio.Event()

    async def answer_and_close(stream):
        await stream.send_all(OK)
        await stream.aclose()
        closed.set()

    async with buyer(answer_and_close) as shop, wire() as ours:
        for _ in range(3):
            assert (await ours.send(shop.ping())).body == b"ok"
            await closed.wait()
            closed = trio.Event()
        assert ours.statistics().reused == 0
    assert (len(shop.requests), shop.connections) == (3, 3)


async def test_an_answer_nobody_asked_for_is_never_taken_for_the_next_one():
    spoke = trio.Event()

    async def answer_twice(stream):
        await stream.send_all(OK)
        await let_read.wait()
        await stream.send_all(OK.replace(b"ok", b"no"))
        spoke.set()

    let_read = trio.Event()
    async with buyer(answer_twice) as shop, wire() as ours:
        assert (await ours.send(shop.ping())).body == b"ok"
        let_read.set()
        await spoke.wait()
        assert (await ours.send(shop.ping())).body == b"ok"
    assert shop.connections == 2


async def test_a_ping_whose_kept_connection_breaks_is_dropped_and_not_sent_again():
    async def close(stream):
        await stream.aclose()

    async with buyer(OK, close) as shop, wire() as ours:
        await ours.send(shop.ping())
        with pytest.raises(WireError, match="dropped"):
            await ours.send(shop.ping())
    assert (len(shop.requests), shop.connections) == (2, 1)


async def test_over_the_cap_a_ping_is_refused_at_once():
    waiting = trio.Event()

    async def hold(stream):
        waiting.set()
        await never(stream)

    async with buyer(hold) as shop, wire(pings_max=1) as ours, trio.open_nursery() as nursery:
        nursery.start_soon(ours.send, shop.ping())
        await waiting.wait()
        with pytest.raises(WireError, match="throttled"):
            await ours.send(shop.ping())
        assert (ours.statistics().throttled, ours.statistics().in_use) == (1, 1)
        nursery.cancel_scope.cancel()


async def test_the_cap_of_one_buyer_is_not_the_cap_of_another():
    waiting = trio.Event()

    async def hold(stream):
        waiting.set()
        await never(stream)

    async with (
        buyer(hold) as slow,
        buyer(OK) as quick,
        wire(pings_max=1) as ours,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(ours.send, slow.ping())
        await waiting.wait()
        assert (await ours.send(quick.ping())).status == 200
        nursery.cancel_scope.cancel()


async def test_the_connection_given_back_last_is_used_first():
    numbers = {}
    both_are_here, first_is_back = trio.Event(), trio.Event()

    async def say_number(stream):
        number = numbers.setdefault(stream, len(numbers))
        if len(numbers) == 2:
            both_are_here.set()
        await both_are_here.wait()
        if number == 1:
            await first_is_back.wait()
        await stream.send_all(OK.replace(b"ok", b"n%d" % number))

    async with buyer(say_number) as shop, wire() as ours:

        async def ping():
            await ours.send(shop.ping())
            first_is_back.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ping)
            nursery.start_soon(ping)
        assert ours.statistics().idle == 2
        assert [(await ours.send(shop.ping())).body for _ in range(3)] == [b"n1"] * 3


async def test_an_old_idle_connection_is_closed_and_not_used():
    now_s = [0.0]
    async with buyer(OK) as shop, wire(now_s=lambda: now_s[0], idle_max_s=60) as ours:
        await ours.send(shop.ping())
        now_s[0] = 60.0
        await ours.send(shop.ping())
        now_s[0] = 120.1
        await ours.send(shop.ping())
    assert shop.connections == 2


async def test_idle_connections_of_a_buyer_no_longer_asked_are_closed_too():
    now_s = [0.0]
    async with buyer(OK) as old, buyer(OK) as new, wire(now_s=lambda: now_s[0]) as ours:
        await ours.send(old.ping())
        now_s[0] = 61.0
        await ours.send(new.ping())
        await old.ended.wait()
        assert ours.statistics().idle == 1


async def test_a_closed_wire_keeps_no_connection():
    async with buyer(OK) as shop:
        async with wire() as ours:
            await ours.send(shop.ping())
        await shop.ended.wait()
        assert ours.statistics().idle == 0


async def test_many_cancellations_under_contention_leave_the_pool_whole():
    chance = random.Random(20261123)
    delays = random.Random(7)

    async def sometimes_slow(stream):
        await trio.sleep(delays.uniform(0, 0.01))
        await stream.send_all(OK)

    outcomes = []
    async with buyer(sometimes_slow) as shop, wire(pings_max=20) as ours:

        async def ping(deadline_s):
            with trio.move_on_after(deadline_s) as scope:
                try:
                    outcomes.append((await ours.send(shop.ping())).status)
                except WireError as error:
                    outcomes.append(error.reason)
            if scope.cancelled_caught:
                outcomes.append("timeout")

        async with trio.open_nursery() as nursery:
            for _ in range(200):
                nursery.start_soon(ping, chance.uniform(0, 0.02))
                await trio.sleep(chance.uniform(0, 0.001))
        assert len(outcomes) == 200
        assert set(outcomes) <= {200, "timeout", "throttled"}
        assert ours.statistics().in_use == 0
        replies = []

        async def healthy():
            replies.append((await ours.send(shop.ping())).body)

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(healthy)
        assert replies == [b"ok"] * 20
        assert (ours.statistics().in_use, ours.statistics().idle) == (0, 20)
