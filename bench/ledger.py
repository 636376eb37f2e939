"""Moves per second into the ledger: many in one commit, against one commit each.

Measures: holds and their captures, on 200 wallets and on one hot wallet (and a slot and a cap of
one of a few targets, as real holds have), on an embedded PostgreSQL of its own with fsync on, in a
temporary folder. The contenders take turns in rounds; ratios are medians over the rounds. Moves
are made before the clock starts: what is timed is their way into the ledger and the answer back.

- group: 200 clients at once, through PgBook and its group writer, one connection.
- single: 16 connections, each calling ledger_apply with a single move.

And what a move costs in a ledger of 5 million entries (--quick: 200 thousand) against one of 10
thousand, and how many entries a second `ledger verify` looks at: bench/stages/growth.py.

Why: every call of a large buyer locks the same wallet, so its row is what bounds how many calls
that buyer can buy. `hot_group_vs_single` is what the group writer is for.

Cannot say: how it is on a slower disk (there the group gains more, for it commits less often), or
with the database on another machine (likewise). Ends with an error if the ledger does not verify.
"""

from __future__ import annotations

from bench.harness import Result, median, percentile
from bench.stages.growth import Growth, measure_growth
from bench.stages.ledgers import (
    GROUP_CLIENTS,
    SINGLE_CONNECTIONS,
    WALLETS,
    Apply,
    Round,
    one_by_one,
    open_ledger,
    open_server,
    play,
)

GROUP_SALES = 10  # A round, for each client. One by one it takes so much longer that fewer do.
SINGLE_SALES = 15
ROUNDS = 8
ROUNDS_QUICK = 4
SPREADS = {"spread": WALLETS, "hot": 1}

Found = dict[str, list[Round]]


async def measure(quick: bool) -> Result:
    """Return moves per second of both ways in, how long one takes, and what growth costs."""
    async with open_server() as server:
        async with open_ledger(server.url(database="auctiond")) as (book, write):
            ways = {
                "group": (book.apply, GROUP_CLIENTS, GROUP_SALES),
                "single": (one_by_one(write), SINGLE_CONNECTIONS, SINGLE_SALES),
            }
            found = await _take_turns(ways, ROUNDS_QUICK if quick else ROUNDS)
            report = await book.verify()
            if not report.ok:
                raise RuntimeError(f"the ledger does not verify: {report.problems[:3]}")
        growth = await measure_growth(server, quick)
    return _result(found, growth)


async def _take_turns(ways: dict[str, tuple[Apply, int, int]], rounds: int) -> Found:
    found: Found = {f"{spread}_{way}": [] for spread in SPREADS for way in ways}
    for apply, clients, _ in ways.values():
        await play(apply, clients, 1, WALLETS)  # Plans are made, connections opened.
    for _ in range(rounds):
        for spread, wallets in SPREADS.items():
            for way, (apply, clients, sales) in ways.items():
                found[f"{spread}_{way}"].append(await play(apply, clients, sales, wallets))
    return found


def _result(found: Found, growth: Growth) -> Result:
    figures: dict[str, float] = {}
    for name, rounds in found.items():
        took_ms = [each for one in rounds for each in one.took_ms]
        figures[f"{name}_moves_per_s"] = median([each.moves_per_s for each in rounds])
        figures[f"{name}_p50_ms"] = percentile(took_ms, 0.5)
        figures[f"{name}_p99_ms"] = percentile(took_ms, 0.99)
    figures["growth_entries"] = growth.entries
    figures["fill_s"] = growth.fill_s
    figures["verify_entries_per_s"] = growth.verify_entries_per_s
    ratios = {"growth_10k_to_5m": growth.ratio}
    for spread in SPREADS:
        pairs = zip(found[f"{spread}_group"], found[f"{spread}_single"], strict=True)
        ratio = median([group.moves_per_s / single.moves_per_s for group, single in pairs])
        ratios[f"{spread}_group_vs_single"] = ratio
    return Result(figures=figures, ratios=ratios)
