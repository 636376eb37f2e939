"""A phone call that we begin rings once, however often the server stops in between."""

from dataclasses import replace

import pytest
import trio

from auctiond.callbacks.ringing import ID_KNOWN_S, Ringer
from market.call import CallerAnswered, HungUp, LegEnded, State, TimedOut
from market.phone import CallOut, CarrierError, Dial, LegGone, LegStatus, Placed
from tests.calls.kit import ALIVE, START_MS, FakeCarrier, call_in, leads_with, open_phone, within

PERSON = "+12125550177"


class Carrier(FakeCarrier):
    """Says what it calls a phone call that it began."""

    async def send(self, command):
        await super().send(command)
        return Placed("session-1", "a") if isinstance(command, CallOut) else None


def calling(first="caller", **changes):
    call = call_in(State.CALLING, first=first, origin="callback", person_ring_s=10.0)
    call = replace(call, answered=False, tracking_number="+15558000000")
    return replace(call, **({"leg": 0, "bid": None} if first == "caller" else {}) | changes)


def open_ringer(carrier, refs=None, learned=None):
    leads = leads_with(refs if refs is not None else {}, caller=PERSON)
    opened = open_phone(carrier, leads)
    learn = (learned if learned is not None else []).append
    return opened, lambda phone: Ringer(phone, lambda id_, ref: learn((id_, ref)))


async def ring(carrier, call, refs=None, after_s=0.0, within_s=30.0, learned=None):
    """Return what came of the ring, or None if it goes on."""
    opened, make = open_ringer(carrier, refs, learned)
    async with opened as phone:
        await trio.sleep(after_s)
        return await within(within_s, make(phone).call_person, call)


async def test_the_person_is_rung_from_our_number_and_the_handles_are_learnt(autojump_clock):
    carrier, learned = Carrier(a=LegStatus(alive=False, ended_ms=7)), []
    assert (await ring(carrier, calling(), learned=learned))[0] == HungUp(at_ms=7)
    (command,) = carrier.commands
    assert isinstance(command, CallOut)
    assert (command.destination, command.caller_id, command.leg) == (PERSON, "+15558000000", 0)
    assert [ref for _, ref in learned] == ["session-1"]


async def test_a_lost_answer_is_found_out_after_the_ring(autojump_clock):
    event, at_s = await ring(Carrier(a=ALIVE), calling())
    assert isinstance(event, CallerAnswered)
    assert 12 <= at_s < 14


async def test_for_a_buyer_who_waits_the_person_is_rung_from_the_buyers_leg(autojump_clock):
    carrier = Carrier()
    await ring(carrier, calling("buyer"), refs={1: "b"}, within_s=1.0)
    (command,) = carrier.commands
    assert isinstance(command, Dial)
    assert (command.ref, command.own, command.leg) == ("b", 1, 0)
    assert command.destination == PERSON


async def test_the_same_ring_again_is_the_same_command(autojump_clock):
    carrier = Carrier()
    for _ in range(2):
        await ring(carrier, calling(), within_s=1.0)
    assert len({command.command_id for command in carrier.commands}) == 1


async def test_a_ring_whose_id_the_carrier_may_have_forgotten_is_not_given_again(autojump_clock):
    carrier = Carrier()
    event, _ = await ring(carrier, calling(), after_s=ID_KNOWN_S + 1)
    assert isinstance(event, HungUp)
    assert (event.cause, event.guess, carrier.commands) == ("carrier_error", True, [])


@pytest.mark.parametrize("first", ["caller", "buyer"])
async def test_a_phone_that_rings_already_is_not_rung_again(autojump_clock, first):
    carrier = Carrier()
    await ring(carrier, calling(first), refs={0: "a", 1: "b"}, within_s=1.0)
    assert carrier.commands == []


@pytest.mark.parametrize(
    ("reply", "event"),
    [
        (CarrierError("refused"), HungUp(at_ms=START_MS + 10, cause="carrier_error")),
        (CarrierError("unreachable"), TimedOut(at_ms=START_MS + 10)),
        (CarrierError("http:503"), TimedOut(at_ms=START_MS + 10)),
        (CarrierError("http:429"), TimedOut(at_ms=START_MS + 10)),
        (LegGone(), LegEnded(at_ms=START_MS + 10, leg=0, guess=True)),
    ],
)
async def test_a_ring_that_the_carrier_does_not_take_has_an_end(autojump_clock, reply, event):
    assert (await ring(Carrier(reply), calling()))[0] == event
