"""A call in its flow comes back where it was, and hears what it missed: once, and at its node."""

from __future__ import annotations

from actors.shelter import open_shelter
from market.call import CallerAnswered, Cleared, State
from market.flow_moves import FlowMoved
from market.phone import Answered, Ended, Gathered, Joined, Spoken
from tests.flows.stand import Stand
from tests.recovery.kit import AT
from tests.recovery.test_revival import ARRIVED, news, revive

HEARD = [ARRIVED, news(Answered, "n-answered"), news(Gathered, "n-notice", digits="")]
EVENTS = (
    Cleared(AT, network=1, campaign="calls", publisher="pub", flow="medicare"),
    CallerAnswered(AT + 10, news="n-answered"),
    FlowMoved(AT + 20, node="notice", path=("notice",)),
    FlowMoved(AT + 90, None, "n-notice", 1, "notice", "disclaimer", agreed=True),
    FlowMoved(AT + 95, None, "", 2, "disclaimer", "age", path=("recording", "age")),
)
AT_OPERATOR = FlowMoved(AT + 99, None, "", 3, "age", "operator", goes="dial")


def flows_of(leads):
    """Return a desk whose network has the Medicare flow."""
    desk = Stand().desk
    object.__setattr__(desk, "leads", leads)
    desk.answers.leads = leads
    desk.ring_all._leads = leads
    return desk


async def back(shelter, *told, more=()):
    """Return the call after a restart, with news that came meanwhile."""
    inbox = [*HEARD, *told]
    return await revive(shelter, (*EVENTS, *more), inbox, flows_of=flows_of)


async def test_it_is_at_its_node_and_has_heard_what_it_heard(autojump_clock):
    async with open_shelter(drain_s=0) as shelter:
        call = (await back(shelter)).call
    assert (call.state, call.spot.node, call.spot.agreed) == (State.FLOW, "age", True)


async def test_a_key_that_was_pressed_meanwhile_is_the_answer(autojump_clock):
    async with open_shelter(drain_s=0) as shelter:
        found = await back(shelter, news(Gathered, "n-age", at_ms=5000, digits="67"))
        assert found.call.spot.node == "parts"
        assert found.leads.get(found.call.id).personal["ivr.age"] == "67"
        assert len(found.world.events) == 1


async def test_the_end_of_a_prompt_moves_no_question(autojump_clock):
    async with open_shelter(drain_s=0) as shelter:
        found = await back(shelter, news(Spoken, "n-disclaimer", at_ms=93))
        assert found.call.spot.node == "age"


async def test_a_group_that_rang_is_known_by_its_handles_again(autojump_clock):
    def of(kind, name, ref, at_ms, **more):
        return kind(name, "session", ref, 1, found_id, AT + at_ms, "telnyx", **more)

    found_id = ARRIVED.call_id or HEARD[1].call_id
    first = of(Joined, "n-join", "leg-b", 3000)
    loser = of(Ended, "n-loser", "leg-a", 3100, cause="cancelled")
    async with open_shelter(drain_s=0) as shelter:
        found = await back(shelter, first, loser, more=(AT_OPERATOR,))
        assert (found.call.state, found.call.joined_ms) == (State.PASSING, AT + 3000)
    winner = of(Ended, "n-winner", "leg-b", 9000)
    async with open_shelter(drain_s=0) as shelter:
        found = await back(shelter, first, loser, winner, more=(AT_OPERATOR,))
        assert found.call.state is State.CLOSING
