"""A slot is given back when its leg is gone, whoever may have to decide on the money."""

from __future__ import annotations

import pytest

from actors.shelter import open_shelter
from auctiond.calls.bank import HOLD_GRACE_S
from ledger.moves import release_for
from ledger.rules import NotOpen
from market.call import BuyerAnswered, BuyerJoined, HungUp, LegEnded, Outcome, TimedOut
from market.limits import Cap
from market.phone import LegStatus
from tests.recovery.kit import AT, ID, Carrier
from tests.recovery.test_leftovers import LEFT, RUNG, START, TALKED, Scene

LIMITED = {"concurrency": 1, "caps": (Cap("billables", "ever", 1),)}
SLOT, CAP, WALLET = "slot:first", "cap:first:billables/ever:ever", "wallet:first"
# They talked; of the end we only know that it was over when somebody asked.
UNDATED = (
    *RUNG,
    BuyerAnswered(AT + 1000, leg=1),
    BuyerJoined(AT + 1100, leg=1),
    LegEnded(AT + 90_000, leg=1, guess=True),
    HungUp(AT + 90_000, guess=True),
    TimedOut(AT + 95_000),
)
ALIVE, GONE = LegStatus(alive=True), LegStatus(alive=False)


@pytest.fixture
async def shelter():
    async with open_shelter(drain_s=1) as opened:
        yield opened


def held(scene):
    """Return what is held of the slot, the cap and the wallet."""
    return tuple(scene.book.ledger.available(name)[1] for name in (SLOT, CAP, WALLET))


async def scene_of(shelter, *events, **more):
    return await Scene(shelter, *events, target=LIMITED, **more).hold()


async def test_a_review_keeps_money_and_cap_and_gives_the_slot_back(shelter):
    scene = await scene_of(shelter, *UNDATED)
    assert held(scene) == (1, 1, 20_000_000)
    assert await scene.left.settle() == 0
    assert held(scene) == (0, 1, 20_000_000)
    for _ in range(2):  # The hold in its place is seen and told, and has no slot to give.
        assert await scene.left.settle() == 0
    assert [review.why for review in scene.left.reviews.values()] == ["no_end"]
    assert held(scene) == (0, 1, 20_000_000)


@pytest.mark.parametrize(
    ("outcome", "wallet", "cap"),
    [(Outcome.CAPTURE, 980_000_000, -1), (Outcome.RELEASE, 1_000_000_000, 0)],
)
async def test_a_person_decides_on_what_is_held_in_its_place(shelter, outcome, wallet, cap):
    scene = await scene_of(shelter, *UNDATED)
    await scene.left.settle()
    await scene.left.by_hand(ID, 1, outcome, "ann")
    assert held(scene) == (0, 0, 0)
    assert scene.book.ledger.available(WALLET)[0] == wallet
    assert scene.book.ledger.available(CAP)[0] == cap
    assert await scene.left.settle() == 0
    assert scene.left.reviews == {}


@pytest.mark.parametrize(("status", "slots"), [(ALIVE, 1), (GONE, 0)])
async def test_a_leg_of_which_nobody_told_the_end_keeps_its_slot_while_it_lives(
    shelter, status, slots
):
    scene = await scene_of(shelter, *LEFT, inbox=TALKED[:1], carrier=Carrier(status))
    await scene.left.settle()
    assert held(scene)[0] == slots


async def test_no_slot_is_held_longer_than_its_lease(shelter):
    """The carrier says nothing of the leg: its lease is the longest call, and an hour."""
    scene = await scene_of(shelter, *LEFT)
    await scene.left.settle()
    lease_ms = int((START.longest_s + HOLD_GRACE_S) * 1000)
    for scene.after_ms, slots in ((lease_ms - 1, 1), (lease_ms, 0)):
        for review in scene.left.reviews.values():
            scene.book.age_s = 10_000.0
            assert review.why
        await scene.left.settle()
        assert held(scene)[0] == slots
    assert held(scene)[2] == 20_000_000


async def test_a_hold_that_somebody_ended_meanwhile_is_not_made_again(shelter):
    scene = await scene_of(shelter, *UNDATED)
    (hold,) = scene.book.ledger.open_holds()
    await scene.bank.apply(release_for(hold))
    with pytest.raises(NotOpen):
        await scene.bank.free_slots(hold)
    assert held(scene) == (0, 0, 0)
