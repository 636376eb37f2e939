"""Databases for the ledger's measurements, moves for them, and contenders that take turns."""

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

from auctiond.pg.door import open_pg
from auctiond.pg.embedded import Embedded, run_embedded
from auctiond.pg.ledger_book import LedgerWriter, PgBook, open_book
from auctiond.pg.migrate import ensure_database, migrate
from ledger.moves import Hold, Move, TopUp, capture_for, hold_for, use
from market.ids import id_at
from market.money import Micros

GROUP_CLIENTS = 200
SINGLE_CONNECTIONS = 16
WALLETS = 200
TARGETS = 20  # Of a buyer. Their slots and caps are locked too, as in real life.
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


@asynccontextmanager
async def open_server() -> AsyncIterator[Embedded]:
    """Run a PostgreSQL of our own in a temporary folder, with fsync on."""
    folder = _folder()
    try:
        async with run_embedded(folder / "db") as server:
            await ensure_database(server.url("auctiond_admin", "postgres"))
            await migrate(server.admin_url)
            yield server
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="auctiond-bench-"))
    folder.chmod(0o711)  # As root, the server's user must pass through.
    return folder


@asynccontextmanager
async def open_ledger(url: str) -> AsyncIterator[tuple[PgBook, LedgerWriter]]:
    """Open a ledger whose wallets are full: through its group writer, and without."""
    async with open_pg(url, connections_max=SINGLE_CONNECTIONS) as pg, open_book(pg) as book:
        for wallet in ("hot", *(str(number) for number in range(WALLETS))):
            id_ = new_id()
            await book.apply(TopUp(id_, f"wallet:{wallet}", 10**15, f"bench/{id_}"))
        yield book, LedgerWriter(pg)


def one_by_one(write: LedgerWriter) -> Apply:
    """Return the way in with a commit for each move."""

    async def apply(move: Move) -> None:
        (reply,) = await write([move])
        assert reply.code == "new", reply

    return apply


async def play(apply: Apply, clients: int, sales: int, wallets: int) -> Round:
    """Let each client hold and capture, `sales` times. Moves are made before the clock starts."""
    done = Round()
    work = [make_moves(number, sales, wallets) for number in range(clients)]
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


def make_moves(number: int, sales: int, wallets: int) -> list[Move]:
    """Return holds and their captures, on one hot wallet (`wallets` is 1) or spread over many."""
    moves: list[Move] = []
    for turn in range(sales):
        buyer = "hot" if wallets == 1 else str((number + turn) % wallets)
        held = _hold(number + turn, buyer)
        moves += (held, capture_for(held, price=PRICE, publisher="pub", payout=PAYOUT))
    return moves


def _hold(turn: int, buyer: str) -> Hold:
    target = f"{buyer}-{turn % TARGETS}"
    uses = (use(f"cap:{target}:{DAY}", 1, LIMIT), use(f"slot:{target}", 1, LIMIT))
    expires_ms = int(time.time() * 1000) + 3_600_000
    return hold_for(new_id(), 1, buyer=buyer, price=PRICE, uses=uses, expires_ms=expires_ms)


def new_id() -> UUID:
    """Return a new id with the time of now."""
    return id_at(int(time.time() * 1000), os.urandom(16))
