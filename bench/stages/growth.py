"""A ledger grows: what a move costs in it then, against a small one beside it, and to verify it.

Both are databases of one server, and take turns in short rounds; the ratio is the median of the
pairs, each the other's yardstick at the same time. The large one is filled through `ledger_apply`
like any other, 500 moves a commit. Then all of it is verified, which must find nothing wrong.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from auctiond.pg.door import open_pg
from auctiond.pg.embedded import Embedded
from auctiond.pg.group import BATCH_MAX
from auctiond.pg.ledger_book import LedgerWriter, PgBook
from bench.harness import median
from bench.stages.ledgers import GROUP_CLIENTS, WALLETS, make_moves, open_ledger, play

SMALL = 10_000  # Entries.
LARGE = 5_000_000
LARGE_QUICK = 200_000
ROUNDS = 12
ENTRIES_A_MOVE = 3  # A wallet, a cap and a slot.


@dataclass(frozen=True, slots=True)
class Growth:
    """`ratio`: the cost of a move in the large ledger, in costs of the same in the small one."""

    entries: int
    ratio: float
    fill_s: float
    verify_entries_per_s: float


async def measure_growth(server: Embedded, quick: bool) -> Growth:
    """Fill two ledgers, compare them, and verify the large one."""
    async with open_pg(server.url("auctiond_admin", "postgres"), connections_max=1) as admin:
        for name in ("small", "large"):
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE auctiond")
    urls = [server.url(database=name) for name in ("small", "large")]
    async with open_ledger(urls[0]) as small, open_ledger(urls[1]) as large:
        await _fill(*small, SMALL)
        start_s = time.perf_counter()
        entries = await _fill(*large, LARGE_QUICK if quick else LARGE)
        fill_s = time.perf_counter() - start_s
        async with open_pg(server.url("auctiond_admin", "large"), connections_max=1) as admin:
            await admin.execute("VACUUM ANALYZE")  # As autovacuum does in the course of a day.
        ratio = await _compare(small[0], large[0])
        report = await large[0].verify()
        if not report.ok:
            raise RuntimeError(f"the ledger does not verify: {report.problems[:3]}")
    return Growth(entries, ratio, fill_s, report.entries / report.took_s)


async def _compare(small: PgBook, large: PgBook) -> float:
    pairs: list[float] = []
    for number in range(ROUNDS + 1):
        costs = []
        for book in (small, large) if number % 2 else (large, small):
            done = await play(book.apply, GROUP_CLIENTS, 1, WALLETS)
            costs.append(done.wall_s)
        pairs.append(costs[1] / costs[0] if number % 2 else costs[0] / costs[1])
    return median(pairs[1:])  # In the first, connections and plans are made.


async def _fill(book: PgBook, write: LedgerWriter, wanted: int) -> int:
    """Add sales until there are `wanted` entries; return how many there are."""
    entries = (await book.totals()).entries
    while entries < wanted:
        moves = make_moves(entries, BATCH_MAX // 2, WALLETS)
        replies = await write(moves)
        assert {reply.code for reply in replies} == {"new"}
        entries += len(moves) * ENTRIES_A_MOVE
    return entries
