"""A caller who leaves before the carrier told of the buyer's ring: was anybody rung at all?"""

from __future__ import annotations

from dataclasses import replace

import trio

from auctiond.calls.unrung import not_yet, was_never_rung
from market.call import LegEnded, State
from market.phone import CarrierError, LegGone
from tests.calls.kit import (
    START_MS,
    FakeCarrier,
    call_in,
    leads_with,
    now_ms,
    open_phone,
    within,
)

S = State
RING = ("+15557110001", 20.0, 7200.0)
LEFT = call_in(S.CLOSING, hung_up_ms=START_MS)
NEVER = LegEnded(leg=1, cause="cancelled")


async def left_while_ringing(carrier: FakeCarrier, seconds: float):
    """Ring a buyer, and leave after so long; return how the leg is then found to have ended."""
    leads = leads_with({0: "a"})
    async with open_phone(carrier, leads) as phone:
        await within(seconds, phone.dial, call_in(S.DIALING), *RING)
        found = await within(4.9, phone.close, LEFT)
    return replace(found[0], at_ms=0) if found is not None else None


async def test_a_ring_that_the_carrier_refused_was_never_one(autojump_clock):
    assert await left_while_ringing(FakeCarrier(LegGone()), 0.005) == NEVER
    assert await left_while_ringing(FakeCarrier(CarrierError("refused")), 0.005) == NEVER


async def test_a_ring_that_may_have_been_is_not_guessed_about(autojump_clock):
    assert await left_while_ringing(FakeCarrier(), 0.005) is None
    assert await left_while_ringing(FakeCarrier(CarrierError("unreachable")), 0.005) is None


async def test_what_the_carrier_told_of_a_leg_counts_whatever_it_replied(autojump_clock):
    leads = leads_with({0: "a"})
    async with open_phone(FakeCarrier(LegGone()), leads) as phone:
        await within(0.005, phone.dial, call_in(S.DIALING), *RING)
        await trio.sleep(0.1)
        leads.learn_leg(LEFT.id, 1, "b", now_ms())
        assert not was_never_rung(LEFT, leads.get(LEFT.id))


def test_only_the_run_that_begins_a_ring_knows_that_it_has_not_begun():
    lead = leads_with({0: "a"}).get(LEFT.id)
    before = call_in(S.DIALING, dialled_ms=START_MS)
    not_yet(before, lead, str(START_MS + 1))
    assert not was_never_rung(before, lead), "an earlier run may have rung"
    not_yet(before, lead, str(START_MS))
    assert was_never_rung(before, lead)
