"""A job of the server's that fails begins again, and takes nobody along."""

from __future__ import annotations

import trio

from actors.shelter import JOB_AGAIN_S, keep_up


async def test_a_job_that_fails_begins_again_and_others_go_on(autojump_clock, caplog):
    began, ticks = [], []

    async def failing():
        began.append(trio.current_time())
        async with trio.open_nursery() as nursery:  # So the error comes in a group.
            nursery.start_soon(bug)

    async def bug():
        raise KeyError("a strange row")

    async def well():
        while True:
            ticks.append(trio.current_time())
            await trio.sleep(1.0)

    with trio.move_on_after(2.5 * JOB_AGAIN_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_up, failing)
            nursery.start_soon(keep_up, well)
    assert [round(at - began[0]) for at in began] == [0, JOB_AGAIN_S, 2 * JOB_AGAIN_S]
    assert len(ticks) == 13
    assert "failing" in caplog.text


async def test_a_job_that_is_done_is_done(autojump_clock):
    times = []

    async def once():
        times.append(trio.current_time())

    await keep_up(once)
    assert len(times) == 1
