"""Moves per second on one hot wallet: many in one commit, against one commit each.

Measures: holds and their captures, all on the same wallet (and a slot and a cap of one of a few
targets, as real holds have), on an embedded PostgreSQL of its own with fsync on, in a temporary
folder. The two contenders take turns in rounds; ratios are medians over the rounds. Moves are
made before the clock starts: what is timed is their way into the ledger and the answer back.

- group: 200 clients at once, through PgBook and its group writer, one connection.
- single: 16 connections, each calling ledger_apply with a single move.

Why: every call of a large buyer locks the same wallet, so its row is what bounds how many calls
that buyer can buy. `hot_group_vs_single` is what the group writer is for.

Cannot say: how it is on a slower disk (there the group gains more, for it commits less often), or
with the database on another machine (likewise). Says nothing of many wallets. Ends with an error
if the ledger does not verify after it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import trio

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.embedded import run_embedded
from auctiond.pg.ledger_book import LedgerWriter, PgBook, open_book
from auctiond.pg.migrate import ensure_database, migrate
from bench.harness import Result, median, percentile
from ledger.moves import Hold, Move, TopUp, capture_for, hold_for, use
from market.ids import id_at
from market.money import Micros

GROUP_CLIENTS = 200
SINGLE_CONNECTIONS = 16
TARGETS = 20  # Of the one buyer. Their slots and caps are locked too, as in real life.
GROUP_SALES = 10  # A round, for each client. One by one it takes so much longer that fewer do.
SINGLE_SALES = 15
ROUNDS = 15
ROUNDS_QUICK = 4
PRICE = Micros(30_000_000)
PAYOUT = Micros(24_000_000)
LIMIT = 10**12  # Nothing is refused here.
DAY = "calls/day:2026-11-23"

Apply = Callable[[Move], Awaitable[object]]


@dataclass(slots=True)
class Round:
    """What one contender did in one round."""

    took_ms: list[float] = field(default_factory=list)  # Of each move.
    wall_s: float = 0.0

    @property
    def moves_per_s(self) -> float:
        return len(self.took_ms) / self.wall_s


async def measure(quick: bool) -> Result:
    """Return moves per second of both, and how long one takes."""
    rounds = ROUNDS_QUICK if quick else ROUNDS
    async with _database() as pg, open_book(pg) as book:
        await book.apply(TopUp(_new_id(), "wallet:hot", 10**15, "bench"))
        contenders = {
            "group": (book.apply, GROUP_CLIENTS, GROUP_SALES),
            "single": (_one_by_one(LedgerWriter(pg)), SINGLE_CONNECTIONS, SINGLE_SALES),
        }
        found: dict[str, list[Round]] = {name: [] for name in contenders}
        for apply, clients, _ in contenders.values():
            await _round(apply, clients, 1)  # Plans are made, connections opened.
        for _ in range(rounds):
            for name, (apply, clients, sales) in contenders.items():
                found[name].append(await _round(apply, clients, sales))
        await _check(book)
    return _result(found)


def _result(found: dict[str, list[Round]]) -> Result:
    figures = {
        f"{name}_moves_per_s": median([each.moves_per_s for each in rounds])
        for name, rounds in found.items()
    }
    for name, rounds in found.items():
        took_ms = [each for one in rounds for each in one.took_ms]
        figures[f"{name}_p50_ms"] = percentile(took_ms, 0.5)
        figures[f"{name}_p99_ms"] = percentile(took_ms, 0.99)
    pairs = zip(found["group"], found["single"], strict=True)
    ratio = median([group.moves_per_s / single.moves_per_s for group, single in pairs])
    return Result(figures=figures, ratios={"hot_group_vs_single": ratio})


@asynccontextmanager
async def _database() -> AsyncIterator[Pg]:
    folder = _folder()
    try:
        async with run_embedded(folder / "db") as server:
            await ensure_database(server.url("auctiond_admin", "postgres"))
            await migrate(server.admin_url)
            async with open_pg(server.url(), connections_max=SINGLE_CONNECTIONS) as pg:
                yield pg
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="auctiond-bench-"))
    folder.chmod(0o711)  # As root, the server's user must pass through.
    return folder


def _one_by_one(write: LedgerWriter) -> Apply:
    async def apply(move: Move) -> None:
        (reply,) = await write([move])
        assert reply.code == "new", reply

    return apply


async def _round(apply: Apply, clients: int, sales: int) -> Round:
    """Let each client hold and capture, `sales` times."""
    done = Round()
    work = [_moves(number, sales) for number in range(clients)]
    start_s = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for moves in work:
            nursery.start_soon(_client, apply, moves, done.took_ms)
    done.wall_s = time.perf_counter() - start_s
    return done


async def _client(apply: Apply, moves: list[Move], took_ms: list[float]) -> None:
    for move in moves:
        start_s = time.perf_counter()
        await apply(move)
        took_ms.append((time.perf_counter() - start_s) * 1000)


def _moves(number: int, sales: int) -> list[Move]:
    moves: list[Move] = []
    for turn in range(sales):
        held = _hold(number + turn)
        moves += (held, capture_for(held, price=PRICE, publisher="pub", payout=PAYOUT))
    return moves


def _hold(turn: int) -> Hold:
    target = f"t{turn % TARGETS}"
    uses = (use(f"cap:{target}:{DAY}", 1, LIMIT), use(f"slot:{target}", 1, LIMIT))
    expires_ms = int(time.time() * 1000) + 3_600_000
    return hold_for(_new_id(), 1, buyer="hot", price=PRICE, uses=uses, expires_ms=expires_ms)


def _new_id() -> UUID:
    return id_at(int(time.time() * 1000), os.urandom(16))


async def _check(book: PgBook) -> None:
    report = await book.verify()
    if not report.ok:
        raise RuntimeError(f"the ledger does not verify: {report.problems[:3]}")
