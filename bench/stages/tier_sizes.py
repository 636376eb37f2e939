"""From which size of a tier on the index is quicker than looking at each target."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from bench.harness import cpu_s
from bench.stages.targets import CAMPAIGN, SEED, call_facts, world_of
from bench.stages.tier import Stand
from routing.index_building import build_index
from routing.snapshot import compile_network
from routing.standing import Standings

SIZES = (16, 32, 48, 64, 96, 128, 256)


def pays_from() -> int:
    """Return the least size tried from which, up to the largest, the index is quicker."""
    quicker = [size for size in SIZES if _is_quicker(size)]
    slower = [size for size in SIZES if size not in quicker]
    return min((size for size in quicker if size > max(slower, default=0)), default=SIZES[-1])


def _is_quicker(size: int) -> bool:
    world = world_of(size, SEED)
    snapshot = compile_network(1, world.network)
    tier = snapshot.tier(CAMPAIGN, 0)
    index = tier.index or build_index(tier.candidates, least=1)
    tiers = {CAMPAIGN: (replace(tier, index=index),)}
    stand = Stand(replace(snapshot, tiers=tiers), world.books, Standings(world.books.balances), 0.0)
    calls = list(islice(call_facts(SEED), 300))
    took = []
    for way in (stand.find, stand.look):
        rounds = []
        for _ in range(5):
            start_s = cpu_s()
            for facts in calls:
                way(facts)
            rounds.append(cpu_s() - start_s)
        took.append(min(rounds))
    return took[0] < took[1]
