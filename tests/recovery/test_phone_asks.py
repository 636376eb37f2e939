"""What no webhook told, the carrier is asked for: answers, ends, and legs that never were."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from actors.shelter import open_shelter
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.phone import Phone
from auctiond.logs import Log
from market.call import BuyerAnswered, Call, CallerAnswered, HungUp, LegEnded, State, TimedOut
from market.phone import CarrierError, Dial, Hangup, LegGone, LegStatus, Reject, Say
from tests.recovery.kit import AT, BEST, ID, Carrier
from tests.whole.networks import FIRST, NUMBER

DIALING = Call(ID, state=State.DIALING, leg=1, bid=BEST, tracking_number=NUMBER, dialled_ms=AT)
ENDED = LegStatus(alive=False, ended_ms=AT + 700)


class Refusing(Carrier):
    """Refuses some kinds of commands, for a reason or because the leg is gone."""

    def __init__(self, error, *kinds, status=None):
        super().__init__(status)
        self.error, self.kinds = error, kinds

    async def send(self, command):
        await super().send(command)
        if isinstance(command, self.kinds):
            raise self.error


@pytest.fixture
async def shelter():
    async with open_shelter(drain_s=1) as opened:
        yield opened


def phone_on(carrier, shelter, *, heard_ms=None, run="a"):
    """Return a phone whose call has a buyer's leg that was first heard of at `heard_ms`."""
    leads = Leads()
    lead = Lead("session", {0: "leg-0"}, caller="+12025550133")
    leads.put(ID, lead)
    if heard_ms is not None:
        leads.learn_leg(ID, 1, "leg-1", heard_ms)
    start = trio.current_time()
    now_ms = lambda: AT + round((trio.current_time() - start) * 1000)  # noqa: E731
    return Phone(carrier, leads, shelter, Log(), now_ms, 15.0, run)


async def test_a_leg_that_outlives_its_ring_was_answered(autojump_clock, shelter):
    phone = phone_on(Carrier(), shelter, heard_ms=AT)
    event = await phone.dial(DIALING, FIRST, 20.0, 7200.0)
    assert isinstance(event, BuyerAnswered)
    assert 22_000 <= event.at_ms - AT <= 23_000


async def test_a_leg_that_nobody_heard_of_is_not_taken_for_answered(autojump_clock, shelter):
    phone = phone_on(Carrier(), shelter)
    with trio.move_on_after(300) as scope:
        await phone.dial(DIALING, FIRST, 20.0, 7200.0)
    assert scope.cancelled_caught


async def test_the_ring_counts_from_the_first_news_of_the_leg_not_from_the_command(
    autojump_clock, shelter
):
    phone = phone_on(Carrier(), shelter, heard_ms=AT + 30_000)  # It began after a restart.
    event = await phone.dial(DIALING, FIRST, 20.0, 7200.0)
    assert event.at_ms - AT >= 52_000


async def test_a_ring_that_is_over_ends_the_leg_by_the_carriers_clock(autojump_clock, shelter):
    phone = phone_on(Carrier(ENDED), shelter, heard_ms=AT)
    event = await phone.dial(DIALING, FIRST, 20.0, 7200.0)
    assert event == LegEnded(at_ms=AT + 700, leg=1)


async def test_a_dial_without_an_answer_may_ring_so_its_leg_must_end_first(autojump_clock, shelter):
    unreachable = Refusing(CarrierError("unreachable"), Dial)
    event = await phone_on(unreachable, shelter).dial(DIALING, FIRST, 20.0, 7200.0)
    assert isinstance(event, TimedOut)
    refused = Refusing(CarrierError("refused"), Dial)
    event = await phone_on(refused, shelter).dial(DIALING, FIRST, 20.0, 7200.0)
    assert (type(event), event.cause) == (LegEnded, "carrier_error")


async def test_a_leg_that_is_cancelled_and_never_heard_of_was_never_rung(autojump_clock, shelter):
    call = replace(DIALING, state=State.CANCELLING)
    began = trio.current_time()
    event = await phone_on(Carrier(), shelter).cancel_leg(call)
    assert (event.cause, trio.current_time() - began) == ("carrier_error", 5.0)


async def test_a_leg_that_is_heard_of_while_it_is_cancelled_is_hung_up(autojump_clock, shelter):
    carrier = Carrier()
    phone = phone_on(carrier, shelter)
    with trio.move_on_after(3.5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(phone.cancel_leg, replace(DIALING, state=State.CANCELLING))
            await trio.sleep(1.5)
            assert carrier.sent == []
            phone.leads.learn_leg(ID, 1, "leg-1", AT)
    assert {type(command) for command in carrier.sent} == {Hangup}
    assert len({command.command_id for command in carrier.sent}) == 1


async def test_a_fallback_whose_end_was_lost_is_over_when_the_carrier_says_so(
    autojump_clock, shelter
):
    phone = phone_on(Carrier(ENDED), shelter, heard_ms=AT)
    call = replace(DIALING, state=State.FALLBACK, bid=None)
    assert await phone.pass_on(call, FIRST, 30.0, 7200.0) == LegEnded(at_ms=AT + 700, leg=1)


async def test_a_caller_who_is_there_after_our_answer_is_through(autojump_clock, shelter):
    call = replace(DIALING, state=State.ANSWERING, leg=0)
    assert isinstance(await phone_on(Carrier(), shelter).answer(call), CallerAnswered)
    gone = Refusing(LegGone(), status=ENDED)
    gone.kinds = (object,)
    assert await phone_on(gone, shelter).answer(call) == HungUp(at_ms=AT + 700)


async def test_after_a_restart_it_is_said_again_and_rung_only_once(autojump_clock, shelter):
    ids = {}
    for run in ("a", "b"):
        carrier = Carrier()
        phone = phone_on(carrier, shelter, run=run)
        with trio.move_on_after(1):
            await phone.say(replace(DIALING, state=State.GREETING, leg=0), "Hello.")
        with trio.move_on_after(1):
            await phone.dial(DIALING, FIRST, 20.0, 7200.0)
        ids[run] = {type(command): command.command_id for command in carrier.sent}
    assert ids["a"][Say] != ids["b"][Say]
    assert ids["a"][Dial] == ids["b"][Dial]


async def test_a_caller_who_cannot_be_rejected_any_more_is_hung_up(autojump_clock, shelter):
    carrier = Refusing(CarrierError("refused"), Reject)
    with trio.move_on_after(1):
        await phone_on(carrier, shelter).close(replace(DIALING, state=State.CLOSING, leg=0))
    assert [type(command) for command in carrier.sent] == [Reject, Hangup]


async def test_all_legs_of_a_call_that_we_cannot_lead_any_more_are_hung_up(autojump_clock):
    carrier = Carrier()
    async with open_shelter(drain_s=1) as shelter:
        phone_on(carrier, shelter, heard_ms=AT).drop(DIALING)
    assert sorted(command.ref for command in carrier.sent) == ["leg-0", "leg-1"]
