"""Ask all targets of a tier at once, under one absolute deadline; decide as soon as it is sure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import trio

from actors.shelter import Report
from market.bids import Bid, NoBid, TargetId

Rank = tuple[int, ...]  # Smaller is better. Ends with the routing order, so no two are equal.
Read = Callable[[], Bid | NoBid]  # What an answer says; read by the auction that it is for.
Tell = Callable[[Read], None]
# Targets asked in one go. Between two goes other tasks have a turn: an auction that begins
# must not delay one that ends. At five, the looks between cost 5 % of an auction's CPU.
ASKED_AT_ONCE = 10


class Asked(Protocol):
    """A question that is out."""

    def cancel(self) -> None:
        """Take it back at once. Nothing happens if it was answered."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """One target to ask. `best` is the best rank that any bid of it could reach.

    `ask` puts the question and waits for nothing; the answer is told once, maybe at once.
    """

    target: TargetId
    best: Rank
    ask: Callable[[Tell], Asked]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was known when the auction was decided, in routing order."""

    replies: tuple[Bid | NoBid, ...]
    at: float  # Trio's clock.
    early: bool  # Nobody still out could have beaten the leader.


@dataclass(slots=True)
class Auction:
    """One auction. `deadline` is trio's clock; late answers are heard for `late_s` more.

    `on_late` is given each reply that came after the decision, and whether it came in time.
    `look` has all told that has arrived by now.
    """

    questions: Sequence[Question]
    rank: Callable[[Bid], Rank | None]  # None: the bid cannot win (it is under the reserve).
    deadline: float
    late_s: float
    on_late: Callable[[Bid | NoBid, bool], None]
    look: Callable[[], None]
    _asked: dict[TargetId, Asked] = field(default_factory=dict)
    _out: set[TargetId] = field(default_factory=set)
    _mail: list[tuple[TargetId, Read]] = field(default_factory=list)
    _news: trio.Event = field(default_factory=trio.Event)

    async def ask(self) -> None:
        """Put the questions. Then `run` the auction."""
        self.look()
        whole = False
        try:
            for number, question in enumerate(self.questions, 1):
                self._asked[question.target] = question.ask(partial(self._tell, question.target))
                if number % ASKED_AT_ONCE == 0:
                    await trio.lowlevel.checkpoint()
            whole = True
        finally:
            if not whole:
                self._take_back(self._asked)

    async def run(self, task_status: Report[Decision]) -> None:
        """Report the decision as started, then stay until the late answers are in.

        Every target starts as a timeout and may better itself. So there is no reply to
        wait for, none to lose, and the order is that of routing, never of the network.
        """
        replies: dict[TargetId, Bid | NoBid] = {
            question.target: NoBid(question.target, "timeout") for question in self.questions
        }
        self._out = set(replies)
        race = _Race(self.questions, self.rank)

        def count(reply: Bid | NoBid) -> bool:
            replies[reply.target] = reply
            return race.is_over(reply, self._out)

        try:
            over = await self._hear(count, self.deadline)
            early = over and bool(self._out)
            if early:
                replies |= {target: NoBid(target, "closed_early") for target in self._out}
            task_status.started(Decision(tuple(replies.values()), trio.current_time(), early))
            if early:
                await self._hear(partial(self._late, in_time=True), self.deadline)
            await self._hear(partial(self._late, in_time=False), self.deadline + self.late_s)
        finally:
            self._take_back(self._out)

    def _take_back(self, targets: Iterable[TargetId]) -> None:
        for target in targets:
            self._asked[target].cancel()

    def _tell(self, target: TargetId, read: Read) -> None:
        self._mail.append((target, read))
        self._news.set()

    async def _hear(self, take: Callable[[Bid | NoBid], bool], until: float) -> bool:
        """Give `take` the replies that come `until` then; return whether one of them ended it.

        However late we are: what had arrived when the time was up is among them.
        """
        with trio.move_on_at(until):
            while self._out:
                if self._take(take):
                    return True
                if self._out:
                    self._news = trio.Event()
                    await self._news.wait()
            return False
        self.look()
        return self._take(take)

    def _take(self, take: Callable[[Bid | NoBid], bool]) -> bool:
        mail, self._mail = self._mail, []
        is_over = False
        for target, read in mail:
            self._out.remove(target)
            is_over = take(read()) or is_over
        return is_over

    def _late(self, reply: Bid | NoBid, in_time: bool) -> bool:
        self.on_late(reply, in_time)
        return False


class _Race:
    """Who leads, and who could still beat the leader."""

    __slots__ = ("_hopes", "_leader", "_rank")

    def __init__(self, questions: Sequence[Question], rank: Callable[[Bid], Rank | None]) -> None:
        self._hopes = sorted([(each.best, each.target) for each in questions], reverse=True)
        self._leader: Rank | None = None
        self._rank = rank

    def is_over(self, reply: Bid | NoBid, out: set[TargetId]) -> bool:
        """Take in a reply; tell whether nobody still out can beat the leader."""
        rank = self._rank(reply) if isinstance(reply, Bid) else None
        if rank is not None and (self._leader is None or rank < self._leader):
            self._leader = rank
        while self._hopes and self._hopes[-1][1] not in out:
            self._hopes.pop()
        if not self._hopes:
            return True
        return self._leader is not None and self._leader < self._hopes[-1][0]
