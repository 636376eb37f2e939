"""The actor and the desk in a scripted world, on virtual time."""

from uuid import UUID

import pytest
import trio
import trio.testing

from actors.call_actor import MAILBOX_MAX, CallActor
from actors.call_desk import CallDesk
from actors.shelter import open_shelter
from market.bids import Bid, BuyerId, TargetId
from market.call import (
    BidsClosed,
    BuyerAnswered,
    BuyerJoined,
    Call,
    CallerAnswered,
    Cleared,
    Greeted,
    HoldMade,
    HungUp,
    LegEnded,
    Outcome,
    State,
)
from market.money import Micros

BIDS = tuple(
    Bid(TargetId(name), BuyerId(name), Micros(45_000_000), "+15550100", 90.0)
    for name in ("best", "next")
)
CALL = Call(UUID(int=7))
S = State


class ScriptedWorld:
    """Answers each state's work from a script: (after how long, which event)."""

    def __init__(self, **script):
        self.diary, self.log = [], []
        self._script = {
            "SCREENING": [(0.1, Cleared())],
            "ANSWERING": [(0.1, CallerAnswered())],
            "GREETING": [(0.1, Greeted())],
            "PINGING": [(0.5, BidsClosed(ranked=BIDS))],
            "AWARDING": [(0.1, HoldMade()), (0.1, HoldMade())],
            "DIALING": [(4.0, BuyerAnswered(at_ms=1000))],
            "CONNECTING": [(0.1, BuyerJoined(at_ms=1000))],
            "BRIDGED": [(120.0, HungUp(at_ms=121_000))],
            "CLOSING": [(0.1, LegEnded(at_ms=121_000)), (0.1, HungUp(at_ms=121_000))],
            "FALLBACK": [(1.0, HungUp(at_ms=121_000))],
        } | script

    def now_ms(self):
        return int(trio.current_time() * 1000)

    def crashed(self, call):
        self.diary.append((call.state, "crashed"))

    def record(self, call, event):
        self.log.append((type(event).__name__, call.state))

    async def work(self, call):
        script = self._script.get(call.state.name)
        after_s, result = script.pop(0) if script else (1e9, Greeted())
        try:
            await trio.sleep(after_s)
        except trio.Cancelled:
            self.diary.append((call.state, "cancelled"))
            raise
        if isinstance(result, Exception):
            raise result
        return result

    async def settle(self, call, settlement):
        await trio.sleep(0.01)
        self.diary.append((settlement.bid.buyer, settlement.outcome))


def actor_in(world, dropped=None):
    return CallActor(CALL, world, (dropped if dropped is not None else []).append)


async def test_a_sold_call(autojump_clock):
    world = ScriptedWorld()
    call = await actor_in(world).run()
    assert (call.sold, world.diary) == (True, [("best", Outcome.CAPTURE)])
    assert [event for event, _ in world.log][-3:] == ["BuyerJoined", "HungUp", "LegEnded"]


async def test_hanging_up_cancels_the_auction_at_once(autojump_clock, nursery):
    world = ScriptedWorld(PINGING=[(2.0, BidsClosed())])
    actor = actor_in(world)
    nursery.start_soon(actor.run)
    await trio.sleep(1.0)
    actor.tell(HungUp())
    await trio.testing.wait_all_tasks_blocked()
    assert actor.call.state is State.ENDED
    assert world.diary == [(S.PINGING, "cancelled")]
    assert trio.current_time() == 1.0


async def test_silence_ends_each_state_at_its_deadline(autojump_clock):
    silent = [(1e9, BuyerAnswered())]
    world = ScriptedWorld(DIALING=silent, FALLBACK=silent, CANCELLING=silent, CLOSING=silent)
    call = await actor_in(world).run()
    assert call.state is State.ENDED
    assert world.diary == [
        (S.DIALING, "cancelled"),
        (S.CANCELLING, "cancelled"),
        (S.CLOSING, "cancelled"),
        ("best", Outcome.REVIEW),
    ]
    assert trio.current_time() == pytest.approx(0.3 + 0.5 + 0.1 + 25 + 10 + 5 + 0.01)


async def test_stale_news_neither_moves_a_call_nor_prolongs_it(autojump_clock, nursery):
    dropped = []
    actor = actor_in(ScriptedWorld(DIALING=[(1e9, BuyerAnswered())]), dropped)
    nursery.start_soon(actor.run)
    await trio.sleep(0.9 + 24.0)  # One second before the ring times out.
    actor.tell(LegEnded(leg=99))
    await trio.sleep(1.2)
    assert (actor.call.state, dropped) == (State.CANCELLING, [LegEnded(leg=99)])
    nursery.cancel_scope.cancel()


async def test_news_that_only_adds_a_time_lets_the_work_go_on(autojump_clock, nursery):
    world = ScriptedWorld(DIALING=[(1e9, BuyerAnswered())], CANCELLING=[(3.0, LegEnded())])
    actor = actor_in(world)
    nursery.start_soon(actor.run)
    await trio.sleep(0.9 + 26.0)
    actor.tell(BuyerAnswered(at_ms=5, leg=1))
    await trio.sleep(1.0)
    assert (S.CANCELLING, "cancelled") not in world.diary
    nursery.cancel_scope.cancel()


async def test_money_is_settled_even_while_the_server_stops(autojump_clock):
    world = ScriptedWorld(CONNECTING=[(1e9, BuyerJoined())])
    with trio.move_on_after(6.0):  # The stop comes while the settlement is under way.
        async with trio.open_nursery() as nursery:
            actor = actor_in(world)
            nursery.start_soon(actor.run)
            await trio.sleep(6.0 - 0.005)
            actor.tell(LegEnded(leg=1, cause="declined", at_ms=6000))
            await trio.sleep_forever()
    assert ("best", Outcome.RELEASE) in world.diary


async def test_a_call_that_crashes_does_not_take_another_with_it(autojump_clock, caplog):
    world = ScriptedWorld(SCREENING=[(0.1, KeyError("state")), (0.1, Cleared())])
    ended = []
    async with open_shelter(drain_s=1) as shelter:
        desk = CallDesk(shelter, world, on_drop=[].append, on_end=ended.append)
        desk.start(CALL)
        await trio.sleep(0.05)  # Trio shuffles tasks that are ready together. Never rely on it.
        other = Call(UUID(int=8))
        desk.start(other)
        desk.start(other)  # A repeated webhook starts nothing.
        await trio.sleep(0.5)
        assert not desk.tell(CALL.id, HungUp())
        assert desk.tell(other.id, HungUp())
        await trio.sleep(0.1)
    assert [call.id for call in ended] == [CALL.id, other.id]
    assert "crashed" in caplog.text
    assert (S.SCREENING, "crashed") in world.diary


async def test_a_call_that_crashes_in_a_talk_comes_to_an_end_and_frees_its_caller(autojump_clock):
    world = ScriptedWorld(BRIDGED=[(1.0, KeyError("edition"))])
    ended = []
    async with open_shelter(drain_s=30) as shelter:
        CallDesk(shelter, world, on_drop=[].append, on_end=ended.append).start(CALL)
    assert ended[0].state is State.ENDED
    assert world.diary == [(S.BRIDGED, "crashed")]
    assert [kind for kind, _ in world.log][-2:] == ["HungUp", "TimedOut"]
    assert ended[0].hung_up_is_guess  # When it really ended nobody knows: no reason to charge.


async def test_a_call_that_the_servers_stop_cuts_off_has_not_ended(autojump_clock):
    ended = []
    with trio.move_on_after(20):
        async with open_shelter(drain_s=5) as shelter:
            desk = CallDesk(shelter, ScriptedWorld(), on_drop=[].append, on_end=ended.append)
            desk.start(CALL)
            await trio.sleep(9)
    assert (ended, desk.live()) == ([], ())


async def test_a_call_whose_giving_up_crashes_too_is_over_all_the_same(autojump_clock, caplog):
    class Broken(ScriptedWorld):
        def crashed(self, call):
            raise LookupError("nobody on the line")

    ended = []
    async with open_shelter(drain_s=1) as shelter:
        world = Broken(SCREENING=[(0.1, KeyError("state"))])
        desk = CallDesk(shelter, world, on_drop=[].append, on_end=ended.append)
        desk.start(CALL)
        await trio.sleep(0.5)
        assert (desk.live(), [call.id for call in ended]) == ((), [CALL.id])
    assert "nobody on the line" in caplog.text


def test_a_full_mailbox_is_refused_not_waited_for():
    actor = actor_in(ScriptedWorld())
    for _ in range(MAILBOX_MAX):
        actor.tell(HungUp())
    with pytest.raises(trio.WouldBlock):
        actor.tell(HungUp())
