"""The last unit of a cap, a slot and a wallet, in whole calls: never overshot, and given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from auctiond.pg.door import open_pg
from auctiond.sandbox.carrier.hooks import Line
from bench.crash.gather import OVERSHOT
from market.call import State
from market.limits import Cap
from market.money import micros
from tests.whole.networks import BILLABLE_S, FALLBACK, FIRST, TWO, network_of
from tests.whole.stage import open_stage, until
from tests.whole.test_crash import crash

CALLS = 12


@pytest.fixture
async def overshot(pg_server, pg_database):
    """Ask as the auditor, for the server itself may not read the ledger's tables."""
    async with open_pg(pg_server.embedded.url("auctiond_auditor", pg_database)) as auditor:
        yield partial(auditor.fetch, OVERSHOT)


@pytest.mark.parametrize(
    ("limit", "sold"),
    [
        ({"caps": (Cap("calls", "ever", 3),)}, 3),
        ({"caps": (Cap("billables", "ever", 2), Cap("connects", "ever", 9))}, 2),
        ({"caps": (Cap("money", "ever", micros(79)),)}, 3),
        ({"price": micros(200)}, 2),  # The wallet has 500 dollars.
    ],
)
async def test_of_many_callers_at_once_as_many_are_sold_as_there_is_room_for(
    plan, overshot, limit, sold
):
    network = network_of((replace(TWO[0], **limit),))
    async with open_stage(plan, lambda ports: network) as stage:
        for number in (FIRST, FALLBACK):
            await stage.phone(number)
        sessions = [await stage.place(n, talk_s=BILLABLE_S + 0.2) for n in range(CALLS)]
        found = [(await stage.over(session))["disposition"] for session in sessions]
        assert (found.count("sold"), found.count("unsold")) == (sold, CALLS - sold)
        assert await overshot() == []
        await stage.no_hold_open()


async def test_a_slot_comes_back_though_nobody_told_that_the_talk_ended(plan, monkeypatch):
    fate = Line.fate

    def loses_hangups(line, name):
        return replace(fate(line, name), lost=name == "call.hangup")

    monkeypatch.setattr(Line, "fate", loses_hangups)
    one = (replace(TWO[0], concurrency=1),)
    often = replace(plan, settings=(("poll_carrier_every_s", 1.0),))
    async with open_stage(often, lambda ports: network_of(one)) as stage:
        await stage.phone(FIRST)
        for n in range(2):
            session = await stage.place(n, talk_s=BILLABLE_S)
            assert (await stage.over(session))["target"] in ("first", None)
            assert len((await stage.truth(session))["legs"]) == 1, "it had the slot"
            await stage.server.leftovers.settle(timedelta(0))
            assert (await stage.server.base.book.balances("slot:"))["slot:first"] == (0, 0)


async def test_what_a_call_held_that_died_before_the_ring_is_back_after_the_sweep(
    plan, overshot, monkeypatch
):
    limits = {"concurrency": 2, "caps": (Cap("calls", "ever", 2),)}
    network = network_of((replace(TWO[0], **limits), TWO[1]))
    async with open_stage(plan, lambda ports: network) as stage:
        for number in (FIRST, FALLBACK):
            await stage.phone(number)
        await crash(stage, monkeypatch, State.DIALING)
        book = stage.server.base.book

        async def all_back():
            await stage.server.leftovers.settle(timedelta(0))
            return not [name for name, (_, held) in (await book.balances()).items() if held]

        await until(all_back)
        assert await overshot() == []
