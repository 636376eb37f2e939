"""Ask all targets of a tier at once, under one absolute deadline; decide as soon as it is sure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Protocol

import trio

from market.bids import Bid, NoBid, TargetId

Rank = tuple[int, ...]  # Smaller is better. Ends with the routing order, so no two are equal.
# Targets asked in one go. Between two goes other tasks have a turn: an auction that begins
# must not delay one that ends. At five, the looks between cost 5 % of an auction's CPU.
ASKED_AT_ONCE = 10


class Question(Protocol):
    """One target to ask, and what it answers."""

    @property
    def target(self) -> TargetId: ...
    @property
    def best(self) -> Rank:
        """The best rank that any bid of the target could reach."""
        ...

    def ask(self, tell: Tell) -> None:
        """Put the question and wait for nothing; once it is answered, it is told, maybe at once."""
        ...

    def read(self) -> Bid | NoBid:
        """Return what the answer says, which has been told. Called once."""
        ...

    def cancel(self) -> None:
        """Take it back at once. Whatever was told will not be read."""
        ...


Tell = Callable[[Question], None]


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
    _out: dict[TargetId, Question] = field(default_factory=dict)  # Asked, and not yet read.
    _mail: list[Question] = field(default_factory=list)
    _news: trio.Event = field(default_factory=trio.Event)

    async def ask(self) -> None:
        """Put the questions. Then `decide`."""
        self.look()
        with self._unless_whole():
            for at in range(0, len(self.questions), ASKED_AT_ONCE):
                if at:
                    await trio.lowlevel.checkpoint()
                for question in self.questions[at : at + ASKED_AT_ONCE]:
                    question.ask(self._tell)
                    self._out[question.target] = question

    async def decide(self) -> Decision:
        """Return the decision, at the deadline at the latest. Then `stay`, if anybody is out.

        Every target is a timeout until it betters itself. So there is no reply to wait for,
        none to lose, and the order is that of routing, never of the network.
        """
        replies: dict[TargetId, Bid | NoBid] = {}
        race = _Race(self.questions, self.rank)

        def count(reply: Bid | NoBid) -> bool:
            replies[reply.target] = reply
            return race.is_over(reply, self._out)

        with self._unless_whole():
            over = await self._hear(count, self.deadline)
        return self._decision(replies, early=over and self.is_out)

    @property
    def is_out(self) -> bool:
        """Whether anybody was asked who has not answered."""
        return bool(self._out)

    async def stay(self, early: bool) -> None:
        """Hear the late answers. `early`: the decision was; then some still come in time."""
        try:
            if early:
                await self._hear(partial(self._late, in_time=True), self.deadline)
            await self._hear(partial(self._late, in_time=False), self.deadline + self.late_s)
        finally:
            self._take_back()

    def _decision(self, replies: Mapping[TargetId, Bid | NoBid], early: bool) -> Decision:
        out = "closed_early" if early else "timeout"
        targets = [question.target for question in self.questions]
        told = [replies.get(target) or NoBid(target, out) for target in targets]
        return Decision(tuple(told), trio.current_time(), early)

    @contextmanager
    def _unless_whole(self) -> Iterator[None]:
        """Take back all that is out, if the block does not come to its end."""
        whole = False
        try:
            yield
            whole = True
        finally:
            if not whole:
                self._take_back()

    def _take_back(self) -> None:
        for question in self._out.values():
            question.cancel()

    def _tell(self, question: Question) -> None:
        self._mail.append(question)
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
        for question in mail:
            del self._out[question.target]
            is_over = take(question.read()) or is_over
        return is_over

    def _late(self, reply: Bid | NoBid, in_time: bool) -> bool:
        self.on_late(reply, in_time)
        return False


class _Race:
    """Who leads, and who could still beat the leader."""

    __slots__ = ("_hopes", "_leader", "_rank")

    def __init__(self, questions: Sequence[Question], rank: Callable[[Bid], Rank | None]) -> None:
        self._hopes = sorted(questions, key=attrgetter("best"), reverse=True)
        self._leader: Rank | None = None
        self._rank = rank

    def is_over(self, reply: Bid | NoBid, out: Mapping[TargetId, Question]) -> bool:
        """Take in a reply; tell whether nobody still out can beat the leader."""
        rank = self._rank(reply) if isinstance(reply, Bid) else None
        if rank is not None and (self._leader is None or rank < self._leader):
            self._leader = rank
        while self._hopes and self._hopes[-1].target not in out:
            self._hopes.pop()
        if not self._hopes:
            return True
        return self._leader is not None and self._leader < self._hopes[-1].best
