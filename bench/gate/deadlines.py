"""What a deadline means, on virtual time: no machine is busy there, so what is late is a mistake.

A few hundred auctions of a script drawn from a seed: answers before, at and after the deadline,
targets that never answer, prices that decide early. Each must be decided at its deadline or
sooner, never a tick later, and with every bid that came before.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import trio
from trio.testing import MockClock

from actors.auction import Auction, Rank, Tell
from actors.shelter import open_shelter
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.money import micros

AUCTIONS = 200
TARGETS = 20
DEADLINE_S = 0.2
PRICE_MOST = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """When a target answers, and with which price."""

    target: TargetId
    after_s: float
    price: int


def deadlines(auctions: int = AUCTIONS) -> dict[str, float]:
    """Return how many auctions were decided late, and how many bids were not heard."""
    late, unheard = trio.run(_hold_all, auctions, clock=MockClock(autojump_threshold=0))
    return {"virtual_late_decisions": float(late), "virtual_timely_bids_lost": float(unheard)}


async def _hold_all(auctions: int) -> tuple[int, int]:
    late = unheard = 0
    for seed in range(auctions):
        was_late, lost = await _hold(_script(random.Random(seed)))
        late += was_late
        unheard += lost
    return late, unheard


def _script(chance: random.Random) -> list[Answer]:
    """Return answers of which some come at the very deadline, and some never."""
    times = (chance.uniform(0.0, 0.19), 0.0, DEADLINE_S + 0.001, 1e9)
    return [
        Answer(
            TargetId(f"target-{number}"),
            chance.choices(times, (8, 1, 1, 1))[0],
            chance.randint(1, PRICE_MOST),
        )
        for number in range(TARGETS)
    ]


async def _hold(script: Sequence[Answer]) -> tuple[bool, int]:
    """Return whether the decision was late, and how many bids that came before are missing."""
    start = trio.current_time()
    heard: list[Bid | NoBid] = []
    async with trio.open_nursery() as buyers, open_shelter(drain_s=0) as shelter:
        auction = Auction(
            [Asked(one, buyers) for one in script],
            lambda bid: (-bid.price // micros(1),),
            start + DEADLINE_S,
            1.0,
            lambda reply, in_time: heard.append(reply) if in_time else None,
            lambda: None,
        )
        await auction.ask()
        decision = await auction.decide()
        if auction.is_out:
            shelter.start("auction", partial(auction.stay, decision.early))
        await trio.sleep_until(start + DEADLINE_S + 2.0)
        buyers.cancel_scope.cancel()
    bids = {reply.target for reply in (*decision.replies, *heard) if isinstance(reply, Bid)}
    timely = {one.target for one in script if one.after_s < DEADLINE_S}
    return decision.at > start + DEADLINE_S, len(timely - bids)


@dataclass(frozen=True, slots=True)
class Asked:
    """A target that answers as its script says."""

    answer: Answer
    buyers: trio.Nursery
    best: Rank = (-PRICE_MOST,)

    @property
    def target(self) -> TargetId:
        """Who it is."""
        return self.answer.target

    def ask(self, tell: Tell) -> None:
        """Answer after some time."""
        self.buyers.start_soon(self._answer, tell)

    def read(self) -> Bid:
        """Return the bid."""
        price = micros(self.answer.price)
        return Bid(self.target, BuyerId("buyer"), price, "+18005550100", 90.0)

    def cancel(self) -> None:
        """Let it answer: nobody hears it."""

    async def _answer(self, tell: Tell) -> None:
        await trio.sleep(self.answer.after_s)
        tell(self)
