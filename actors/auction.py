"""Ask all targets of a tier at once, under one absolute deadline; decide as soon as it is sure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import trio

from actors.shelter import Report
from market.bids import Bid, NoBid, TargetId

Rank = tuple[int, ...]  # Smaller is better. Ends with the routing order, so no two are equal.
GRACE_TICKS = 2  # Passes of the scheduler in which answers that are already here are taken.


@dataclass(frozen=True, slots=True)
class Question:
    """One target to ask. `best` is the best rank that any bid of it could reach."""

    target: TargetId
    best: Rank
    ask: Callable[[], Awaitable[Bid | NoBid]]


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
    """

    questions: Sequence[Question]
    rank: Callable[[Bid], Rank | None]  # None: the bid cannot win (it is under the reserve).
    deadline: float
    late_s: float
    on_late: Callable[[Bid | NoBid, bool], None]

    async def run(self, task_status: Report[Decision]) -> None:
        """Report the decision as started, then stay until the late answers are in.

        Every target starts as a timeout and may better itself. So there is no reply to
        wait for, none to lose, and the order is that of routing, never of the network.
        """
        replies: dict[TargetId, Bid | NoBid] = {
            question.target: NoBid(question.target, "timeout") for question in self.questions
        }
        out = set(replies)
        hopes = sorted([(each.best, each.target) for each in self.questions], reverse=True)
        leader: Rank | None = None
        decided, all_in = trio.Event(), trio.Event()
        is_open = in_time = True

        async def put(question: Question) -> None:
            nonlocal leader
            reply = await question.ask()
            out.remove(question.target)
            if not out:
                all_in.set()
            if not is_open:
                self.on_late(reply, in_time)
                return
            replies[question.target] = reply
            rank = self.rank(reply) if isinstance(reply, Bid) else None
            if rank is not None and (leader is None or rank < leader):
                leader = rank
            while hopes and hopes[-1][1] not in out:
                hopes.pop()
            if not hopes or (leader is not None and leader < hopes[-1][0]):
                decided.set()

        async with trio.open_nursery() as nursery:
            for question in self.questions:
                nursery.start_soon(put, question)
            if self.questions:
                await self._until_deadline(decided)
            is_open = False
            early = decided.is_set() and bool(out)
            if early:
                replies |= {target: NoBid(target, "closed_early") for target in out}
            task_status.started(Decision(tuple(replies.values()), trio.current_time(), early))
            # Not before: however late we are, there is a decision.
            nursery.cancel_scope.deadline = self.deadline + self.late_s
            if early:
                await self._until_deadline(all_in)
            in_time = False

    async def _until_deadline(self, event: trio.Event) -> None:
        """Return when `event` is set; or, at the deadline, when all that came by then is taken.

        The pass of the scheduler that notices the deadline has looked at the sockets just
        before: what came in time, however late we are, is read in that pass, or in the next
        if it came in two pieces. So two passes later it is here, and nothing is waited for.
        """
        with trio.move_on_at(self.deadline):
            await event.wait()
        if not event.is_set():
            for _ in range(GRACE_TICKS):
                await trio.lowlevel.checkpoint()
