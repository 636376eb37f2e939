"""Holds the auction of one tier: who may bid, the pings, the decision, and why the others lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import trio

from actors.auction import Auction, Question, Rank
from actors.shelter import Shelter
from actors.turnstile import Turnstile
from auctiond.calls.asking import ask_for, routing_facts
from auctiond.calls.bank import Usage
from auctiond.calls.call_log import CallLog
from auctiond.calls.health import HealthDesk
from auctiond.calls.inputs_codec import INPUTS, pack
from auctiond.calls.odds import OddsBook
from auctiond.calls.pinging import Ping, Pinging, Standing
from auctiond.calls.tokens import TokenDesk
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire
from auctiond.networks.network_book import Edition
from buyers.codec import Ask, BoundBuyer, Unmapped, make_ping
from market.bids import Bid, NoBid, TargetId
from market.call import BidCame, BidsClosed, Call, Event
from market.inputs import Inputs
from market.network import Target, Tier
from market.value import replace
from routing.decide import Reading, choose, close, seed_of, worth_at
from routing.eligible import Eligible
from routing.ping_caps import PingCounts
from routing.worth import Worth

UNBEATABLE: Rank = (-1,)  # A target whose rank cannot be known before it answers is waited for.


@dataclass(frozen=True, slots=True)
class Window:
    """The time of an auction that somebody waits for: decided by then, and what buyers are told."""

    deadline: float  # Trio's clock.
    told_ms: int


@dataclass(frozen=True, slots=True)
class Auctioneer:
    wire: Wire
    shelter: Shelter
    usage: Usage
    metrics: Metrics
    call_log: CallLog
    health: HealthDesk
    now_ms: Callable[[], int]
    lag_ms: Callable[[], float]  # How late the server's tasks start at present.
    shed_after_ms: float
    late_s: float
    tell: Callable[[UUID, Event], object]  # For bids that come in time after an early decision.
    turns: dict[tuple[str, int], int] = field(default_factory=dict)  # For round robin.
    pings: PingCounts = field(default_factory=PingCounts)
    odds: OddsBook = field(default_factory=OddsBook)
    tokens: TokenDesk | None = None  # Of buyers who want one.
    turnstile: Turnstile = field(default_factory=Turnstile)  # Auctions begin one at a time.

    async def hold(self, call: Call, edition: Edition, window: Window | None = None) -> BidsClosed:
        """Return what the tier of `call` bids, ranked, and why each other target does not.

        The deadline counts from now on, also while other auctions begin.
        """
        start = trio.current_time()
        async with self.turnstile.turn(self.shed_after_ms / 1000) as has_turn:
            waited_s = trio.current_time() - start
            self.metrics.auction_wait_seconds.observe(waited_s)
            chosen, known = self._choose(call, edition)
            if not has_turn or self.lag_ms() > self.shed_after_ms:
                self.metrics.shed.inc()
                known = replace(known, shed=True, closed_ms=self.now_ms())
                return self._close(call, edition, chosen, known)
            snapshot, seed = edition.snapshot, seed_of(call.id, call.tier)
            campaign = snapshot.campaign(call.campaign)
            tier = campaign.tiers[call.tier]
            told_ms, deadline_ms = campaign.told_ms, tier.deadline_ms or campaign.deadline_ms
            if window is not None:
                deadline_ms = min(deadline_ms, int((window.deadline - start) * 1000))
                told_ms = min(told_ms, window.told_ms)
            told_ms = max(told_ms - int(waited_s * 1000), 1)
            ask = ask_for(call, snapshot, self.now_ms(), told_ms)
            after = After(call.id, tier, worth_at(snapshot, known), start + deadline_ms / 1000)
            well = self.health.admit(chosen.targets, snapshot, seed, after.deadline)
            questions, unasked = self._questions(well.targets, after, ask, edition, call.publisher)
            auction = self._auction(questions, after)
            await auction.ask()
        decision = await auction.decide()
        if auction.is_out:
            self.shelter.start("auction", partial(auction.stay, decision.early))
        if self.tokens is not None:
            self.tokens.heard(decision.replies, edition)
        took_s = decision.at - start
        ended = (
            "early" if decision.early else "deadline" if decision.at >= after.deadline else "all_in"
        )
        self.metrics.auction_ended(ended, took_s, deadline_ms / 1000)
        known = replace(
            known,
            turn=self._turn(call.campaign, call.tier),
            replies=tuple(after.take(decision.replies)),
            unasked=unasked + well.held,
            deadline_ms=deadline_ms,
            took_ms=round(took_s * 1000, 2),
            closed_ms=self.now_ms(),
        )
        return self._close(call, edition, chosen, known)

    def _choose(self, call: Call, edition: Edition) -> tuple[Eligible, Inputs]:
        """Return who may be asked, and what that was decided by."""
        snapshot = edition.snapshot
        known = inputs_of(call, edition, self.now_ms())
        usage = Reading(self.usage)
        chosen = choose(snapshot, known, usage, self.usage.standings)
        targets, seed = (target.id for target in chosen.targets), seed_of(call.id, call.tier)
        return chosen, replace(
            known,
            used=usage.refusing(chosen, known, snapshot),
            spent=chosen.spent,
            chances=self.odds.chances(snapshot.campaign(call.campaign), targets, seed),
        )

    def _close(self, call: Call, edition: Edition, chosen: Eligible, known: Inputs) -> BidsClosed:
        """Return the decision, with all that it went by on record."""
        closed = close(edition.snapshot, call.id, chosen, known)
        self.metrics.decided(len(closed.ranked), (no_bid.reason for no_bid in closed.others))
        self.call_log.note(call.id, INPUTS, pack(known, closed))
        return closed

    def _turn(self, campaign: str, tier: int) -> int:
        turn = self.turns.get((campaign, tier), 0)
        self.turns[campaign, tier] = turn + 1
        return turn

    def _questions(
        self,
        targets: tuple[Target, ...],
        after: After,
        ask: Ask,
        edition: Edition,
        publisher: str,
    ) -> tuple[list[Question], tuple[NoBid, ...]]:
        now_s = trio.lowlevel.current_clock().current_time  # trio.current_time looks it up anew.
        pinging = Pinging(self.wire, self.metrics, self.now_ms, self.health, now_s, after.deadline)
        questions: list[Question] = []
        unasked: list[NoBid] = []
        for target in targets:
            best = best_rank(target, after.tier, after.worth, len(questions))
            buyer = edition.buyers.get(target.id)
            if buyer is None or not buyer.pinged:
                questions.append(Standing(standing_bid(target, buyer, after.worth), best))
                continue
            try:
                token = self.tokens.of(buyer) if self.tokens is not None else ""
                request = make_ping(buyer, ask, token)
            except Unmapped as error:
                unasked.append(NoBid(target.id, error.reason))
                continue
            caps = edition.snapshot.ping_caps.of(target.id, publisher)
            if caps and (capped := self.pings.take(caps, self.now_ms())):
                unasked.append(NoBid(target.id, capped))
                continue
            questions.append(Ping(pinging, buyer, request, best))
        return questions, tuple(unasked)

    def _auction(self, questions: list[Question], after: After) -> Auction:
        order = {question.target: index for index, question in enumerate(questions)}

        def ranked(bid: Bid) -> Rank | None:
            effective = after.worth.value(bid)
            if not effective:
                return None
            rank = rank_of(after.tier, bid.fallback, effective, order[bid.target])
            after.ranks[bid.target] = rank
            return rank

        def on_late(reply: Bid | NoBid, in_time: bool) -> None:
            if isinstance(reply, Bid):
                self._hear(reply, ranked(reply), in_time, after)

        return Auction(questions, ranked, after.deadline, self.late_s, on_late, self.wire.look)

    def _hear(self, bid: Bid, rank: Rank | None, in_time: bool, after: After) -> None:
        """Take in a bid that came after the decision: in time all the same, or late."""
        if not in_time:
            self.metrics.late_bids(bid.target).inc()
            late_ms = round((trio.current_time() - after.deadline) * 1000, 2)
            data = {"target": bid.target, "price": bid.price, "late_ms": late_ms}
            effective = after.worth.value(bid)
            counts = {"effective": effective} if effective not in (0, bid.price) else {}
            self.call_log.note(after.call_id, "late", data | counts)
        elif not after.taken:
            after.early.append(bid)
        elif rank is not None:
            worse = tuple(target for target, other in after.ranks.items() if other > rank)
            counted = after.worth.counted(bid)
            assert isinstance(counted, Bid), "what has a rank can win"
            self.tell(after.call_id, BidCame(at_ms=self.now_ms(), bid=counted, worse=worse))


@dataclass(slots=True)
class After:
    """What one auction needs for the bids that come after its decision.

    A bid that comes in time, between the decision and the moment when it is told, still
    belongs among the replies: told to the call, it would come before the decision it amends.
    """

    call_id: UUID
    tier: Tier
    worth: Worth
    deadline: float  # Trio's clock.
    ranks: dict[TargetId, Rank] = field(default_factory=dict)
    early: list[Bid] = field(default_factory=list)
    taken: bool = False

    def take(self, replies: Sequence[Bid | NoBid]) -> list[Bid | NoBid]:
        """Return `replies` with the bids that came since; from now on bids are told."""
        self.taken = True
        came = {bid.target: bid for bid in self.early}
        return [came.get(reply.target, reply) for reply in replies]


def inputs_of(call: Call, edition: Edition, at_ms: int) -> Inputs:
    """Return what is known when the auction of `call`'s tier begins."""
    return Inputs(
        network=edition.snapshot.version,
        campaign=call.campaign,
        publisher=call.publisher,
        tier=call.tier,
        facts=tuple(routing_facts(call).items()),
        at_ms=at_ms,
        anonymous=call.anonymous,
        past=call.past,
        unfit=edition.unfit,
    )


def rank_of(tier: Tier, fallback: bool, effective: int, index: int) -> Rank:
    """Return the rank of a bid where it is known at once; else one that beats nobody."""
    match tier.strategy:
        case "auction":
            return (int(fallback), -effective, index)
        case "waterfall":
            return (int(fallback), index)
    return (2,)


def best_rank(target: Target, tier: Tier, worth: Worth, index: int) -> Rank:
    """Return the best rank that any bid of `target` could reach."""
    if tier.strategy in ("weighted", "round_robin"):
        return UNBEATABLE
    return rank_of(tier, target.fallback, worth.ceiling(target), index)


def standing_bid(target: Target, buyer: BoundBuyer | None, worth: Worth) -> Bid:
    """Return the bid of a target with a static price."""
    bid = worth.standing_bid(target)
    if buyer is None:
        return bid
    confirms, posts = buyer.make_confirm is not None, buyer.make_post is not None
    return replace(bid, confirm=confirms, post=posts)  # It takes leads, and may want to confirm.
