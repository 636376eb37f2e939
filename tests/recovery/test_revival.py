"""A call comes back from its log, and hears of its inbox what it has not heard yet, once."""

from __future__ import annotations

from types import SimpleNamespace

import trio
import trio.testing

from actors.call_desk import CallDesk
from actors.shelter import open_shelter
from auctiond.calls.call_log import CallLog
from auctiond.calls.leads import Leads
from auctiond.calls.phone import Phone
from auctiond.calls.recovery import ASK_S, Recovery
from auctiond.calls.switchboard import Switchboard
from auctiond.logs import Log
from auctiond.metrics import Metrics
from market.call import (
    CallerAnswered,
    Greeted,
    HoldMade,
    State,
    ZipEntered,
)
from market.phone import Answered, Arrived, Ended, Gathered, Joined, LegStatus, Spoken
from tests.recovery.kit import (
    AT,
    CLEARED,
    ID,
    OFFERED,
    Calls,
    Carrier,
    Editions,
    Inbox,
    OneRecord,
    rows,
)


class World:
    """Does nothing, and keeps what happened."""

    def __init__(self):
        self.states, self.events = [], []

    def now_ms(self):
        return AT + 1000

    async def work(self, call):
        self.states.append(call.state)
        return await trio.sleep_forever()

    async def settle(self, call, settlement):
        return

    def record(self, call, event):
        self.events.append(event)

    def crashed(self, call):
        return


class People:
    async def get(self, person_id):
        return None


async def unwritten(rows):
    await trio.sleep_forever()


def news(kind, name, leg=0, at_ms=100, **more):
    return kind(name, "session", f"leg-{leg}", leg, ID, AT + at_ms, "telnyx", **more)


ARRIVED = Arrived("n-arrived", "session", "leg-0", 0, None, AT, "telnyx", "+12025550133")


async def revive(shelter, events, inbox, carrier=None, flows_of=lambda leads: None):
    """Bring the call back; return it as it is then, with the world it lives in."""
    world, leads, log = World(), Leads(), Log()
    metrics = Metrics()
    call_log = CallLog(unwritten, world.now_ms, log)
    desk = CallDesk(shelter, world, on_drop=lambda _: None, on_end=lambda _: None)
    flows = flows_of(leads)
    switchboard = Switchboard(desk, leads, call_log, metrics, world.now_ms, flows=flows)
    recovery = Recovery(
        OneRecord(Calls(rows(*events))),
        Inbox(inbox),
        People(),
        SimpleNamespace(),
        Editions(),
        leads,
        call_log,
        desk,
        switchboard,
        Phone(carrier or Carrier(), leads, shelter, log, world.now_ms, 15.0),
        log,
        world.now_ms,
    )
    await recovery.run()
    await trio.testing.wait_all_tasks_blocked()
    return SimpleNamespace(
        call=desk.find(ID), world=world, switchboard=switchboard, leads=leads, desk=desk
    )


async def test_the_answer_to_an_earlier_question_is_not_the_answer_to_this_one(autojump_clock):
    asked = (
        CLEARED,
        CallerAnswered(AT + 10, news="n-answered"),
        Greeted(AT + 20, news="n-greeted"),
        ZipEntered(AT + 30, news="n-first"),  # No zip: the second question is out.
    )
    heard = [
        ARRIVED,
        news(Answered, "n-answered"),
        news(Spoken, "n-greeted"),
        news(Gathered, "n-first", digits=""),
    ]
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, asked, heard)
        assert (back.call.state, back.call.zip_tries) == (State.GATHERING, 2)
        assert back.world.events == []
        back = await revive(shelter, asked, [*heard, news(Gathered, "n-second", digits="94110")])
        assert back.call.state is State.PINGING
        assert back.call.fact("zip") == "94110"


async def test_what_the_call_missed_is_told_in_order_through_as_many_states_as_it_takes(
    autojump_clock,
):
    missed = [
        ARRIVED,
        news(Answered, "n-answered"),
        news(Spoken, "n-greeted"),
        news(Gathered, "n-first", digits="94110"),
    ]
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, (CLEARED,), missed)
        assert back.call.state is State.PINGING
        kinds = [type(event).__name__ for event in back.world.events]
        assert kinds == ["CallerAnswered", "Greeted", "ZipEntered"]


async def test_a_leg_that_talked_in_the_downtime_is_known_by_its_news(autojump_clock):
    rung = (*OFFERED, HoldMade(AT + 40, leg=1))
    missed = [
        ARRIVED,
        news(Answered, "n-buyer", leg=1, at_ms=1000),
        news(Joined, "n-joined", leg=1, at_ms=1100),
    ]
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, rung, missed)
        assert (back.call.state, back.call.joined_ms) == (State.BRIDGED, AT + 1100)
        assert State.BRIDGED in back.world.states
        assert back.leads.get(ID).refs == {0: "leg-0", 1: "leg-1"}


async def test_who_hung_up_in_the_downtime_is_asked_of_the_carrier(autojump_clock):
    gone = Carrier(LegStatus(alive=False, ended_ms=AT + 500))
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, OFFERED[:2], [ARRIVED], gone)
        assert back.call is None
        assert [event.at_ms for event in back.world.events] == [AT + 500]


async def test_an_end_whose_time_the_carrier_forgot_is_a_guess(autojump_clock):
    forgotten = Carrier(LegStatus(alive=False))
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, OFFERED[:2], [ARRIVED], forgotten)
        (event,) = back.world.events
        assert (event.at_ms, event.guess) == (AT + 1000, True)


async def test_a_carrier_that_is_away_does_not_keep_the_server_from_opening(autojump_clock):
    class Away(Carrier):
        async def status(self, ref):
            await trio.sleep_forever()

    async with open_shelter(drain_s=0) as shelter:
        began = trio.current_time()
        back = await revive(shelter, OFFERED[:2], [ARRIVED], Away())
        assert trio.current_time() - began <= ASK_S
        assert back.call.state is State.GREETING


async def test_news_that_could_not_be_stored_is_told_and_when_it_comes_again_is_not(
    autojump_clock,
):
    """The hook tells it at once and answers 503, so it is delivered, and stored, once more."""
    asked = (CLEARED, CallerAnswered(AT + 10, news="a"), Greeted(AT + 20, news="b"))
    async with open_shelter(drain_s=0) as shelter:
        back = await revive(shelter, asked, [ARRIVED])
        for _ in range(2):
            back.switchboard.deliver(news(Gathered, "n-first", digits=""))
            await trio.testing.wait_all_tasks_blocked()
        assert back.desk.find(ID).zip_tries == 2
        back.switchboard.deliver(news(Ended, "n-end"))
        await trio.testing.wait_all_tasks_blocked()
        assert back.desk.find(ID) is None
