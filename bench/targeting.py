"""Who may have a call, out of thousands: the index of a large tier against looking at each target.

Networks of 10,000 and 100,000 targets (bench/stages/targets.py says what they ask), and calls, each
sorted in both ways, in turns; CPU time, medians over rounds of calls. After every call somebody
buys it, so the accounts move as they do in a server; telling the index of that is measured apart.

- us_at_10k, us_at_100k: a call's targets, found by the index. growth_10k_to_100k is their ratio.
- scan_us_at_100k: by looking at each. vs_scan_at_100k is how many times longer that takes.
- eligible_at_10k, _at_100k: how many targets a call has, the median; and `verified` calls had the
  same targets in both ways, and the same reason for every other target. Otherwise it raises.
- us_per_sale: the three accounts of a sale, told to what is kept of the index.
- index_pays_from: targets in a tier from which the index is quicker, of the sizes tried.
- build_s_at_100k: compiling the network; change_s: again, with ten targets changed, shared copy.

Why: where each target is looked at, a large tier costs a call more than its whole auction.

Cannot say: how it is with other rules. What is worse: comparisons that are no lists of values
(patterns, texts, odd ranges) are asked one by one where a tier has over 128 different ones.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from bench.harness import Result, cpu_s, median
from bench.stages.targets import CAMPAIGN, SEED, call_facts
from bench.stages.tier import Stand, stand_of
from bench.stages.tier_sizes import pays_from
from market.network import Network
from routing.eligible import Eligible
from routing.index_building import INDEX_LEAST
from routing.snapshot import Snapshot, compile_network

SMALL, LARGE = 10_000, 100_000
WARM_UP = 200
CALLS = 50  # In a round.


def measure(quick: bool) -> Result:
    """Return what finding a call's targets takes, in both ways."""
    small = stand_of(SMALL)
    figures = _figures("10k", small, quick)
    del small
    large = stand_of(LARGE)
    figures |= _figures("100k", large, quick)
    figures["build_s_at_100k"] = large.build_s
    figures["change_s_at_100k"] = change_s(large.snapshot)
    figures["index_pays_from"] = float(pays_from())
    figures["index_used_from"] = float(INDEX_LEAST)
    return Result(
        figures=figures,
        ratios={
            "growth_10k_to_100k": figures["us_at_100k"] / figures["us_at_10k"],
            "vs_scan_at_100k": figures["scan_us_at_100k"] / figures["us_at_100k"],
        },
    )


def _figures(name: str, stand: Stand, quick: bool) -> dict[str, float]:
    calls = call_facts(SEED)
    for facts in islice(calls, WARM_UP):
        stand.find(facts)
    found_us, looked_us, sold_us, counts = list[float](), list[float](), list[float](), list[int]()
    verified = 0
    for _ in range(6 if quick else 15):
        round_ = list(islice(calls, CALLS))
        found_us.append(_us_each(stand, round_, counts, sold_us))
        start_s = cpu_s()
        looked = stand.look(round_[0])
        looked_us.append((cpu_s() - start_s) * 1e6)
        verify(stand.find(round_[0]), looked)
        verified += 1
    return {
        f"us_at_{name}": median(found_us),
        f"scan_us_at_{name}": median(looked_us),
        f"eligible_at_{name}": median(counts),
        f"us_per_sale_at_{name}": median(sold_us),
        f"verified_at_{name}": float(verified),
    }


def _us_each(
    stand: Stand, calls: list[dict[str, str]], counts: list[int], sold_us: list[float]
) -> float:
    """Return microseconds a call; between the calls, what they found is sold."""
    spent_s = sold_s = 0.0
    for facts in calls:
        start_s = cpu_s()
        found = stand.find(facts)
        done_s = cpu_s()
        if found.targets:
            stand.sell(found.targets[len(found.targets) // 2])
        sold_s += cpu_s() - done_s
        spent_s += done_s - start_s
        counts.append(len(found.targets))
    sold_us.append(sold_s / len(calls) * 1e6)
    return spent_s / len(calls) * 1e6


def verify(found: Eligible, looked: Eligible) -> None:
    """Raise unless both ways have the same targets, in order, and the same reasons."""
    if found.targets != looked.targets or found.all_excluded() != looked.all_excluded():
        raise RuntimeError("the index and the scan differ")


def change_s(snapshot: Snapshot) -> float:
    """Return how long a version takes in which ten targets are changed."""
    network = _changed(snapshot.network)
    start_s = cpu_s()
    changed = compile_network(2, network, snapshot)
    took_s = cpu_s() - start_s
    before, after = snapshot.tier(CAMPAIGN, 0).index, changed.tier(CAMPAIGN, 0).index
    assert before is not None
    assert after is not None
    shared = sum(after.tables[key] is table for key, table in before.tables.items())
    if shared == 0:
        raise RuntimeError("nothing was shared with the former version")
    return took_s


def _changed(network: Network) -> Network:
    targets = list(network.targets)
    for at in range(0, len(targets), len(targets) // 10):
        targets[at] = replace(targets[at], filters=targets[at].filters[:1])
    return replace(network, targets=tuple(targets))
