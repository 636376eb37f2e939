"""What no live call will settle: by the log, then by the carrier, then by a person; once."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from actors.shelter import open_shelter
from auctiond.calls.call_view import summary
from auctiond.calls.leftovers import Leftovers, SettleRefused, told
from auctiond.logs import Log
from auctiond.pg.calls import EventRow
from market.call import (
    BuyerAnswered,
    BuyerJoined,
    Call,
    HoldMade,
    HungUp,
    LegEnded,
    Outcome,
    TimedOut,
)
from market.phone import Answered, Ended, Joined, LegStatus
from tests.recovery.kit import (
    AT,
    BEST,
    ID,
    NEXT,
    OFFERED,
    Book,
    Calls,
    Carrier,
    Editions,
    Inbox,
    OneRecord,
    bank_on,
    rows,
)

START = Call(ID, arrived_ms=AT, network=1, publisher="pub")
RUNG = (*OFFERED, HoldMade(AT + 40, leg=1))
LEFT = (*RUNG, HungUp(AT + 5000), TimedOut(AT + 10_000))  # Whether they talked, nobody told.


def news(kind, leg, at_ms, **more):
    return kind(f"late-{leg}-{at_ms}", "session", f"leg-{leg}", leg, ID, AT + at_ms, **more)


TALKED = [news(Answered, 1, 1000), news(Joined, 1, 1100), news(Ended, 1, 5000)]


class Scene:
    """One call that left money behind."""

    def __init__(
        self, shelter, *events, inbox=(), carrier=None, ended=True, readable=True, target=None
    ):
        self.calls = Calls(rows(*events))
        self.book = Book()
        self.bank = bank_on(self.book, shelter, **(target or {}))
        self.after_ms = 60_000
        self.live = None
        self.left = Leftovers(
            OneRecord(self.calls),
            Editions(readable=readable),
            Inbox(list(inbox)),
            carrier or Carrier(),
            SimpleNamespace(find=lambda call_id: self.live),
            self.bank,
            Log(),
            lambda: AT + self.after_ms,
        )
        if ended:
            data = {"disposition": "abandoned"}
            self.calls.rows.append(EventRow(ID, len(self.calls.rows), "ended", AT, data))

    async def hold(self, leg=1, bid=BEST):
        await self.bank.hold(replace(START, leg=leg, bid=bid), AT)
        return self

    def kinds(self):
        return [row.kind for row in self.calls.rows]


@pytest.fixture
async def shelter():
    async with open_shelter(drain_s=1) as opened:
        yield opened


async def test_a_hold_is_settled_as_the_log_says(shelter):
    sold = (*RUNG, BuyerAnswered(AT + 1000, leg=1), BuyerJoined(AT + 1100, leg=1))
    scene = await Scene(shelter, *sold, HungUp(AT + 5000), LegEnded(AT + 5000, leg=1)).hold()
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Capture"]
    assert scene.kinds()[-2:] == ["payout", "ended"]  # The server died before it could say so.
    assert await scene.left.settle() == 0


async def test_a_hold_whose_leg_is_before_a_live_call_is_left_alone(shelter):
    scene = await Scene(shelter, *RUNG, ended=False).hold()
    scene.live = replace(START, leg=1)
    assert await scene.left.settle() == 0
    assert scene.book.moves == []


async def test_a_live_call_that_is_past_a_leg_does_not_keep_its_hold(shelter):
    scene = await Scene(shelter, *RUNG, LegEnded(AT + 60, leg=1, cause="busy"), ended=False).hold()
    scene.live = replace(START, leg=2)
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Release"]


async def test_a_hold_of_a_call_whose_log_is_not_whole_yet_waits(shelter):
    scene = await Scene(shelter, *RUNG, ended=False).hold()
    assert await scene.left.settle() == 0
    assert (scene.book.moves, scene.left.reviews) == ([], {})


async def test_news_that_came_too_late_for_the_call_settles_it_and_is_noted_first(shelter):
    scene = await Scene(shelter, *LEFT, inbox=TALKED).hold()
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Capture"]
    assert scene.kinds()[-3:] == ["payout", "settled", "ended"]
    assert scene.calls.rows[-1].data["disposition"] == "sold"
    assert scene.calls.rows[-1].data["price_micros"] == BEST.price
    record = await OneRecord(scene.calls).get(ID)
    assert summary(record.life().call) == scene.calls.rows[-1].data


async def test_a_restart_between_note_and_ledger_makes_the_same_move(shelter):
    first = await Scene(shelter, *LEFT, inbox=TALKED).hold()
    await first.left.settle()
    scene = await Scene(shelter).hold()
    scene.calls.rows = first.calls.rows
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Capture"]
    assert scene.kinds().count("payout") == 1


async def test_a_talk_whose_end_only_the_carrier_knows_is_asked_for(shelter):
    carrier = Carrier(LegStatus(alive=False, ended_ms=AT + 1500))
    scene = await Scene(shelter, *LEFT, inbox=TALKED[:2], carrier=carrier).hold()
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Release"]  # 400 ms, and 600 are needed.
    assert scene.calls.rows[-2].data["reason"] == "under_duration"


async def test_what_nobody_knows_waits_for_a_person_visibly(shelter):
    scene = await Scene(shelter, *LEFT).hold()
    assert await scene.left.settle() == 0
    (review,) = scene.left.reviews.values()
    assert told(review) == {
        "call": str(ID),
        "leg": 1,
        "buyer": "first",
        "price_micros": BEST.price,
        "why": "no_join",
    }


@pytest.mark.parametrize(
    ("outcome", "move", "how"),
    [(Outcome.CAPTURE, "Capture", "sold"), (Outcome.RELEASE, "Release", "under_duration")],
)
async def test_a_person_settles_it_and_the_record_says_who(shelter, outcome, move, how):
    scene = await Scene(shelter, *LEFT).hold()
    await scene.left.settle()
    await scene.left.by_hand(ID, 1, outcome, "key-1")
    assert scene.book.moves == [move]
    assert scene.left.reviews == {}
    assert scene.calls.rows[-2].data["by"] == "key-1"
    assert scene.calls.rows[-1].data["disposition"] in (how, "abandoned")
    with pytest.raises(SettleRefused, match="Nothing is held"):
        await scene.left.by_hand(ID, 1, outcome, "key-1")


async def test_a_call_is_sold_once_whatever_comes_late(shelter):
    again = (
        LegEnded(AT + 5000, leg=1),  # Long enough for a talk, and the caller is still there.
        TimedOut(AT + 6500),
        HoldMade(AT + 6510, leg=2),
        BuyerAnswered(AT + 7000, leg=2),
        BuyerJoined(AT + 7100, leg=2),
        HungUp(AT + 9000),
        LegEnded(AT + 9000, leg=2),
    )
    scene = await Scene(shelter, *RUNG, *again, inbox=TALKED).hold()
    await scene.hold(leg=2, bid=NEXT)
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Capture"]
    assert [review.why for review in scene.left.reviews.values()] == ["sold_to_another"]
    with pytest.raises(SettleRefused, match="sold once"):
        await scene.left.by_hand(ID, 1, Outcome.CAPTURE, "key-1")
    await scene.left.by_hand(ID, 1, Outcome.RELEASE, "key-1")
    assert scene.book.moves == ["Capture", "Release"]


async def test_while_the_call_goes_on_nobody_decides_what_it_left(shelter):
    gone = (LegEnded(AT + 5000, leg=1), TimedOut(AT + 6500))
    scene = await Scene(shelter, *RUNG, *gone, inbox=TALKED, ended=False).hold()
    scene.live = replace(START, leg=2)
    assert await scene.left.settle() == 0
    with pytest.raises(SettleRefused, match="not over"):
        await scene.left.by_hand(ID, 1, Outcome.CAPTURE, "key-1")


async def test_a_network_that_cannot_be_read_stops_no_release_and_no_server(shelter):
    scene = await Scene(shelter, *LEFT, inbox=TALKED, readable=False).hold()
    assert await scene.left.settle() == 0
    assert [review.why for review in scene.left.reviews.values()] == ["no_network"]
    await scene.left.by_hand(ID, 1, Outcome.RELEASE, "key-1")
    assert scene.book.moves == ["Release"]


async def test_a_hold_that_the_log_knows_nothing_of_is_given_back(shelter):
    scene = await Scene(shelter, *OFFERED[:1], HungUp(AT + 20)).hold(leg=7)
    assert await scene.left.settle() == 1
    assert scene.book.moves == ["Release"]
