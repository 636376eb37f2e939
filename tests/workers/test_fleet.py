"""Workers that ask each other, over real unix sockets in one process."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio

from actors.shelter import open_shelter
from auctiond.workers.fleet import Fleet
from auctiond.workers.link import PeerAway
from auctiond.workers.members import Member, Seat
from auctiond.workers.passing import Passing
from auctiond.workers.peer_door import Answer


@asynccontextmanager
async def open_fleets(folder, count=2):
    """Open so many workers' fleets, which know each other; the first is the foreman."""
    async with AsyncExitStack() as stack:
        fleets = []
        for slot in range(count):
            seat = Seat(slot, count, epoch=slot + 1, path=str(folder / f"{slot}.sock"))
            fleet = Fleet(seat)
            await stack.enter_async_context(fleet.open())
            fleet.shelter = await stack.enter_async_context(open_shelter(drain_s=0))
            fleets.append(fleet)
        introduce(fleets)
        yield fleets


def introduce(fleets, foreman=0):
    """Tell all who they are."""
    members = [
        Member(each.seat.slot, each.seat.epoch, each.seat.path, foreman=each.seat.slot == foreman)
        for each in fleets
    ]
    for each in fleets:
        each.update(members)


async def test_many_questions_at_once_get_their_own_answers(tmp_path):
    async def double(meta, body):
        return Answer(meta * 2, body + body)

    async with open_fleets(tmp_path) as (first, second):
        second.handlers["double"] = double
        answers = {}

        async def ask(n):
            answer = await first.ask(1, "double", n, b"%d" % n)
            answers[n] = (answer.meta, answer.body)

        async with trio.open_nursery() as nursery:
            for n in range(300):
                nursery.start_soon(ask, n)
    assert answers == {n: (2 * n, b"%d%d" % (n, n)) for n in range(300)}


async def test_who_is_not_there_is_away_at_once(tmp_path):
    async with open_fleets(tmp_path) as (first, _):
        with pytest.raises(PeerAway):
            await first.ask(5, "anything")
        first.update([Member(0, 1, first.seat.path), Member(1, 2, str(tmp_path / "nobody.sock"))])
        with pytest.raises(PeerAway):
            await first.ask(1, "anything")
        assert await first.ask_all("anything") == []


async def test_who_was_asked_and_goes_leaves_nobody_waiting(tmp_path):
    reached = trio.Event()

    async def never(meta, body):
        reached.set()
        await trio.sleep_forever()

    async with open_fleets(tmp_path) as (first, second):
        second.handlers["never"] = never
        async with trio.open_nursery() as nursery:

            async def ask():
                with pytest.raises(PeerAway):
                    await first.ask(1, "never")

            nursery.start_soon(ask)
            await reached.wait()
            first.update([Member(0, 1, first.seat.path)])  # The supervisor says it is gone.


async def test_a_bug_in_an_answer_harms_neither_worker(tmp_path, caplog):
    async def broken(meta, body):
        raise RuntimeError("the bug")

    async def well(meta, body):
        return Answer("well")

    async with open_fleets(tmp_path) as (first, second):
        second.handlers |= {"broken": broken, "well": well}
        with trio.move_on_after(0.05) as waited:
            await first.ask(1, "broken")
        assert waited.cancelled_caught
        assert (await first.ask(1, "well")).meta == "well"
    assert "the bug" in caplog.text


async def test_who_drains_gets_no_new_calls(tmp_path):
    async with open_fleets(tmp_path) as (first, second):
        keys = [f"key-{n}" for n in range(50)]
        assert {first.place(key) for key in keys} == {0, 1}
        draining = Member(1, 2, second.seat.path, taking=False)
        first.update([Member(0, 1, first.seat.path), draining])
        assert {first.place(key) for key in keys} == {0}


async def test_a_foreman_lets_go_before_there_is_another(tmp_path):
    async with open_fleets(tmp_path) as (first, second):
        assert [first.is_foreman, second.is_foreman] == [True, False]
        let_go = []

        async def work():
            while first.is_foreman:
                await first.changed.wait()
            let_go.append("work")
            first.rested.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await first.resign()
        assert let_go == ["work"]
        introduce([first, second])  # What the supervisor told before it knew.
        assert not first.is_foreman


async def test_one_process_alone_is_its_own_foreman_and_asks_nobody():
    fleet = Fleet()
    async with fleet.open():
        assert fleet.is_alone
        assert fleet.is_foreman
        assert fleet.hint == ""
        assert await fleet.ask_all("anything") == []


async def test_who_takes_no_questions_is_away_and_they_do_not_pile_up(tmp_path, monkeypatch):
    monkeypatch.setattr("auctiond.workers.link.UNSENT_MAX", 5_000)
    path = str(tmp_path / "stuck.sock")
    async with open_fleets(tmp_path) as (first, _):
        with socket.socket(socket.AF_UNIX) as stuck:
            stuck.bind(path)
            stuck.listen()  # It is connected to, and never reads.
            first.update([Member(0, 1, first.seat.path), Member(1, 9, path)])
            refused = 0
            for _ in range(400):
                try:
                    with trio.move_on_after(0.001):
                        await first.ask(1, "news", None, bytes(4_000))
                except PeerAway:
                    refused += 1
            assert refused > 0


async def test_a_recording_is_given_by_who_is_asked_and_not_passed_on(tmp_path):
    answered = []

    async def app(scope, receive, send):
        answered.append(scope["path"])

    async with open_fleets(tmp_path) as (_, second):
        passing = Passing(app, second, lambda path: 0)
        scope = {"type": "http", "path": "/recordings/token", "method": "GET"}
        await passing(scope, None, None)
    assert answered == ["/recordings/token"]
