"""What a buyer's side hears before the join, of a carrier that takes one command at a time."""

from __future__ import annotations

import pytest

from auctiond.calls.whispering import join, screen_of, whisper
from market.bids import Bid, BuyerId, TargetId
from market.call import BuyerAnswered, BuyerHears, BuyerJoined, HungUp, LegEnded, State
from market.money import Micros
from market.network import Target
from market.phone import Bridge, CarrierError, Dial, Gather, LegStatus, Say
from market.whisper import PRESS_S, PROMPT
from tests.calls.kit import (
    START_MS,
    FakeCarrier,
    GoneCarrier,
    call_in,
    leads_with,
    now_ms,
    open_phone,
    within,
)

S = State
DEAD = LegStatus(alive=False, ended_ms=START_MS + 1234)
SAYS = Target(TargetId("a"), BuyerId("a"), whisper="Auto insurance, Texas.")
ASKS = Target(TargetId("a"), BuyerId("a"), accept_key=True, no_machine=True)


def hearing(target, state=S.WHISPERING, screened="hears"):
    bid = Bid(
        target.id, target.buyer, Micros(1), "+1", 90.0, whisper_s=target.whisper_s, accept_key=False
    )
    return call_in(state, bid=bid, screened=screened)


async def test_the_whisper_is_said_to_the_buyer_and_the_caller_hears_none_of_it(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        await within(0.5, whisper, phone, hearing(SAYS), SAYS)
    (say,) = carrier.commands
    assert (type(say), say.ref, say.text) == (Say, "b", "Auto insurance, Texas.")


async def test_who_must_press_a_key_is_asked_for_one(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        assert await within(1e6, whisper, phone, hearing(ASKS), ASKS) is None
    (gather,) = carrier.commands
    assert (type(gather), gather.ref, gather.digits) == (Gather, "b", 1)
    assert (gather.prompt, gather.timeout_s) == (PROMPT, PRESS_S)


async def test_a_whisper_whose_end_nobody_told_has_been_heard_by_who_is_still_there(autojump_clock):
    async with open_phone(FakeCarrier()) as phone:
        event, took_s = await within(60, whisper, phone, hearing(SAYS), SAYS)
        assert event == BuyerAnswered(at_ms=now_ms(), leg=1)
        assert SAYS.whisper_s < took_s < SAYS.whisper_s + 5.0  # The state's deadline.


@pytest.mark.parametrize("work", [whisper, join])
@pytest.mark.parametrize(
    ("legs", "event"),
    [
        ({"b": DEAD}, LegEnded(at_ms=START_MS + 1234, leg=1)),
        ({"a": DEAD}, HungUp(at_ms=START_MS + 1234)),
    ],
)
async def test_who_is_gone_is_found_out(autojump_clock, work, legs, event):
    more = [SAYS] if work is whisper else []
    async with open_phone(GoneCarrier(**legs)) as phone:
        assert await work(phone, hearing(SAYS), *more) == event


async def test_the_two_are_joined_by_a_command_and_only_if_it_was_done(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        event, _ = await within(60, join, phone, hearing(SAYS, S.CONNECTING))
        assert isinstance(event, BuyerJoined)
    (bridge,) = carrier.commands
    assert (type(bridge), bridge.ref, bridge.other) == (Bridge, "a", "b")
    async with open_phone(FakeCarrier(CarrierError("http:503"))) as phone:
        assert await within(1e6, join, phone, hearing(SAYS, S.CONNECTING)) is None


async def test_a_buyer_who_heard_nothing_was_joined_by_the_dial(autojump_clock):
    carrier = FakeCarrier()
    async with open_phone(carrier) as phone:
        await within(60, join, phone, hearing(SAYS, S.CONNECTING, screened=""))
    assert carrier.commands == []


async def test_a_carrier_of_documents_does_it_itself(autojump_clock):
    carrier = FakeCarrier()
    carrier.plays_documents = True
    async with open_phone(carrier) as phone:
        assert await within(1e6, whisper, phone, hearing(ASKS), ASKS) is None
        await within(60, join, phone, hearing(ASKS, S.CONNECTING))
    assert carrier.commands == []


async def test_a_leg_that_outlives_its_ring_hears_first_and_is_not_joined(autojump_clock):
    leads = leads_with()
    leads.get(call_in(S.DIALING).id).first_ms[1] = START_MS
    carrier, ring = FakeCarrier(), ("+15557110001", 20.0, 7200.0)
    async with open_phone(carrier, leads) as phone:
        call = hearing(ASKS, S.DIALING, screened="")
        event = await phone.dial(call, *ring, **screen_of(ASKS))
        assert event == BuyerHears(at_ms=now_ms(), leg=1)
    (dial,) = carrier.commands
    assert isinstance(dial, Dial)
    assert (dial.whisper, dial.press_one, dial.no_machine) == (PROMPT, True, True)
    assert screen_of(Target(TargetId("a"), BuyerId("a"))) == {}
