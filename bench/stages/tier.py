"""A large tier, what a server keeps beside it, and both ways to find a call's targets in it."""

from __future__ import annotations

import gc
from dataclasses import dataclass

from bench.harness import cpu_s
from bench.stages.targets import AT, CAMPAIGN, SEED, Books, world_of
from market.network import Target
from routing.eligible import Eligible, eligible, scan
from routing.one_target import Moment
from routing.snapshot import Snapshot, compile_network
from routing.standing import Standings


@dataclass(slots=True)
class Stand:
    """A network, compiled, with what a server keeps beside it."""

    snapshot: Snapshot
    books: Books
    standings: Standings
    build_s: float

    def find(self, facts: dict[str, str]) -> Eligible:
        """Return who may have a call, by the index."""
        return eligible(self.snapshot, CAMPAIGN, 0, facts, AT, self.books, self.standings)

    def look(self, facts: dict[str, str]) -> Eligible:
        """Return the same by looking at each target."""
        known = {**facts, "vertical": self.snapshot.campaign(CAMPAIGN).vertical}
        candidates = self.snapshot.tier(CAMPAIGN, 0).candidates
        return scan(candidates, Moment(known, AT, self.books))

    def sell(self, target: Target) -> None:
        """Move the accounts that a sale to `target` moves."""
        changed = {}
        for account in (f"wallet:{target.buyer}", f"cap:{target.id}:calls/day:{AT.date()}"):
            posted, held = self.books.available(account)
            changed[account] = (posted - 1, held)
        changed[f"slot:{target.id}"] = (0, 0)
        self.books.balances.update(changed)
        self.standings.moved(changed)


def stand_of(count: int) -> Stand:
    """Return a network of `count` targets, ready for calls."""
    world = world_of(count, SEED)
    gc.collect()
    gc.freeze()  # As the server does.
    start_s = cpu_s()
    snapshot = compile_network(1, world.network)
    build_s = cpu_s() - start_s
    gc.collect()
    gc.freeze()
    return Stand(snapshot, world.books, Standings(world.books.balances), build_s)
