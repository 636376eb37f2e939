"""A bug in one call: the others go on, and what it held finds its end."""

from __future__ import annotations

from datetime import timedelta

import trio

from auctiond.calls.call_work import CallWork
from auctiond.calls.phone import Phone
from market.call import State
from tests.whole.networks import BILLABLE_S, FIRST
from tests.whole.stage import until


class Bug(RuntimeError):
    """Nobody expects it."""


def broken(state):
    """Return the work of calls with a bug in one state."""
    right = CallWork.work

    async def work(self, call):
        if call.state is state:
            raise Bug("the bug")
        return await right(self, call)

    return work


async def crash(stage, monkeypatch, state):
    """Place a call whose work in `state` crashes, beside one that is well; return both records."""
    well = await stage.place(1, talk_s=BILLABLE_S + 1.0)
    await stage.in_state(well, "bridged")
    with monkeypatch.context() as patch:
        patch.setattr(CallWork, "work", broken(state))
        ill = await stage.place(0)

        async def crashed():
            line = await stage.line(ill)
            return line is not None and line["disposition"] != "live"

        await until(crashed)
    return await stage.over(well), await stage.over(ill), ill


async def test_a_bug_ends_its_own_call_alone(stage, monkeypatch, caplog):
    well, ill, session = await crash(stage, monkeypatch, State.PINGING)
    assert well["disposition"] == "sold"
    assert ill["disposition"] == "abandoned"
    assert "the bug" in caplog.text
    assert (await stage.metric('auctiond_calls_total{disposition="sold"}')) == 1
    await until(lambda: is_over(stage, session))


async def test_what_a_crashed_call_held_is_given_back_by_the_sweep(stage, monkeypatch):
    await stage.phone(FIRST)
    _, ill, _ = await crash(stage, monkeypatch, State.DIALING)
    assert ill["price_micros"] is None
    assert (await stage.totals())["open_holds"] == 1
    await stage.server.leftovers.settle(timedelta(0))
    assert (await stage.totals())["open_holds"] == 0
    assert (await stage.totals())["captured"] == 20_000_000  # The other call's.
    assert (await stage.wallet("first"))["held"] == "0.00"


async def test_a_talk_that_crashes_is_ended_and_charged_by_what_the_carrier_knows(
    stage, monkeypatch
):
    async def watch_talk(self, call):
        await trio.sleep(BILLABLE_S + 0.3)
        raise Bug("the bug")

    monkeypatch.setattr(Phone, "watch_talk", watch_talk)
    session = await stage.place(talk_s=30.0)
    ill = await stage.over(session)
    assert ill["price_micros"] is None  # Nobody has told us yet when it ended.
    await until(lambda: is_over(stage, session))
    await stage.server.leftovers.settle(timedelta(0))
    assert (await stage.truth(session))["talk_ms"] >= BILLABLE_S * 1000
    assert (await stage.totals())["captured"] == 20_000_000
    await stage.no_hold_open()


async def is_over(stage, session):
    """Tell whether the carrier's call is over."""
    return (await stage.truth(session))["state"] == "ended"
