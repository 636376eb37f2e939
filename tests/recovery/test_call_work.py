"""What a call does outside waits for its log; what a sale owes the buyer is sent once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import trio
import trio.testing

from actors.shelter import open_shelter
from auctiond.calls.call_work import RECORD_S, CallWork
from auctiond.calls.leads import Lead, Leads
from auctiond.calls.posting import Poster
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.pg.errors import PgAway
from buyers.library import load_library
from market.call import Call, Greeted, Outcome, Posted, Settlement, State
from market.http import HttpReply
from tests.recovery.kit import AT, BEST, ID, network_book
from tests.whole.networks import FIRST, NUMBER, network_of, pinged

CALL = Call(
    ID,
    network=1,
    campaign="calls",
    publisher="pub",
    tracking_number=NUMBER,
    arrived_ms=AT,
    leg=1,
    bid=BEST,
    destination=FIRST,
)


class Diary:
    """All that the work of a call turns to; keeps what it was asked."""

    def __init__(self):
        self.told = []
        self.run = "1"
        self.written = trio.Event()

    async def flushed(self):
        await self.written.wait()

    def note(self, call_id, kind, data):
        self.told.append((kind, dict(data)))

    def post_soon(self, call, lead):
        self.told.append(("post", call.leg, call.bid.buyer))

    async def settle(self, call, settlement):
        self.told.append(("settle", settlement.outcome.name))

    async def answer(self, call):
        return await self._did("answer")

    async def dial(self, call, *more):
        return await self._did("dial")

    async def pass_on(self, call, *more):
        return await self._did("pass_on")

    async def hold(self, call, now_ms):
        return await self._did("hold")

    work = screen = confirm = watch_join = cancel_leg = close = (
        answer  # Work that is not asked for here.
    )

    async def _did(self, what):
        self.told.append(what)
        return Greeted()


def work_of(diary):
    leads = Leads()
    leads.put(ID, Lead("session", {0: "leg-0"}))
    return CallWork(network_book(), leads, *(diary,) * 7, lambda: AT, diary, diary)


async def test_no_answer_ring_or_hold_goes_out_before_what_led_to_it_is_on_record(autojump_clock):
    for state, what in (
        (State.ANSWERING, "answer"),
        (State.AWARDING, "hold"),
        (State.DIALING, "dial"),
        (State.FALLBACK, "pass_on"),
    ):
        diary = Diary()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work_of(diary).work, replace(CALL, state=state))
            await trio.testing.wait_all_tasks_blocked()
            assert diary.told == []
            diary.written.set()
        assert diary.told == [what]


async def test_a_caller_does_not_wait_long_for_a_database_but_money_does(autojump_clock):
    diary = Diary()
    await work_of(diary).work(replace(CALL, state=State.DIALING))
    assert (diary.told, trio.current_time()) == (["dial"], RECORD_S)
    with trio.move_on_after(60):  # AWARDING has its deadline; it is the actor's.
        await work_of(diary).work(replace(CALL, state=State.AWARDING))
    assert diary.told == ["dial"]


async def test_a_sale_whose_join_came_after_its_end_has_its_lead_posted():
    diary = Diary()
    settlement = Settlement(1, BEST, Outcome.CAPTURE, 5000)
    await work_of(diary).settle(replace(CALL, leg=2, bid=None), settlement)
    assert diary.told == [("post", 1, "first"), ("settle", "CAPTURE")]


async def test_a_review_is_on_record_with_its_reason():
    diary = Diary()
    await work_of(diary).settle(CALL, Settlement(1, BEST, Outcome.REVIEW, why="no_join"))
    assert diary.told == [("review", {"leg": 1, "why": "no_join"}), ("settle", "REVIEW")]


class Posts:
    """As the database: the first row of a leg is new, and there is no second."""

    def __init__(self):
        self.legs, self.ends, self.away = set(), [], 2

    async def begin(self, told, due):
        await self._reach()
        new = told.leg not in self.legs
        self.legs.add(told.leg)
        if new:
            self.away = 2
        return new

    async def end(self, call_id, leg, no, end, at, due):
        await self._reach()
        self.ends.append((leg, no, end.outcome, due))

    async def _reach(self):
        await trio.sleep(0.01)
        if self.away:
            self.away -= 1
            raise PgAway("away")


async def test_however_often_a_lead_is_to_be_posted_it_leaves_once(autojump_clock):
    sent = []

    async def send(request):
        sent.append(request.url)
        return HttpReply(200, (), b'{"ok": true}')

    book = NetworkBook()
    target = pinged(0, 1)
    edition = compile_edition(1, network_of([target]), load_library(), lambda name: name)
    book.put(edition, current=True)
    bid = replace(BEST, target=target.id, buyer=target.buyer, ref=("b0-1",))
    call, lead = replace(CALL, bid=bid), Lead("session", {0: "leg-0"}, personal={"name": "Ann"})
    wire = SimpleNamespace(send=send)
    posts, told = Posts(), []

    def tell(call_id, event):
        told.append(event)

    async with open_shelter(drain_s=5) as shelter:
        for _ in range(2):  # Two runs of the server, and in each it is asked for twice.
            poster = Poster(wire, shelter, book, posts, tell, Metrics(), Log(), lambda: AT)
            poster.post_soon(call, lead)
            poster.post_soon(call, lead)
            await trio.sleep(9)
    assert len(sent) == 1
    assert posts.ends == [(1, 1, "accepted", None)]
    assert told == [Posted(AT, 1, outcome="accepted")]
