"""CPU of an entry in the ledger: this process and the database's together, on one hot wallet.

Holds and captures through the group writer, fifty at once, on an embedded PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

import trio

from auctiond.pg.door import open_pg
from auctiond.pg.embedded import run_embedded
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.migrate import ensure_database, migrate
from bench.gate.probe import Probe
from bench.harness import cpu_s
from ledger.moves import TopUp, capture_for, hold_for, use
from market.ids import id_at
from market.money import Micros

CLIENTS = 50
SALES = 3  # A round, for each client: a hold and its capture.
BACKEND = b" auctiond_app auctiond "  # In the title of a process that serves our connections.
PRICE, PAYOUT = Micros(30_000_000), Micros(24_000_000)


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    folder = new_folder()
    try:
        async with run_embedded(folder / "db") as server:
            await ensure_database(server.url("auctiond_admin", "postgres"))
            await migrate(server.admin_url)
            async with open_pg(server.url(), connections_max=1) as pg, open_book(pg) as book:
                await book.apply(TopUp(new_id(), "wallet:hot", 10**15, "gate"))
                yield Probe(partial(sell, book), lambda: cpu_s() + backends_cpu_s())
    finally:
        shutil.rmtree(folder)


def new_folder() -> Path:
    """Return a folder for a database."""
    folder = Path(tempfile.mkdtemp(prefix="auctiond-gate-"))
    folder.chmod(0o711)  # As root, the server's user must pass through.
    return folder


async def sell(book: PgBook) -> int:
    """Hold and capture, all clients at once."""
    async with trio.open_nursery() as nursery:
        for number in range(CLIENTS):
            nursery.start_soon(sell_some, book, number)
    return 2 * SALES * CLIENTS


async def sell_some(book: PgBook, number: int) -> None:
    """Hold and capture, one after the other."""
    for _ in range(SALES):
        uses = (use(f"slot:t{number % 20}", 1, 10**12),)
        expires_ms = int(time.time() * 1000) + 3_600_000
        hold = hold_for(new_id(), 1, buyer="hot", price=PRICE, uses=uses, expires_ms=expires_ms)
        for move in (hold, capture_for(hold, price=PRICE, publisher="pub", payout=PAYOUT)):
            applied = await book.apply(move)
            assert applied.new


def new_id() -> UUID:
    """Return the id of a call that nobody had."""
    return id_at(int(time.time() * 1000), os.urandom(16))


def backends_cpu_s() -> float:
    """Return the CPU seconds of the database's processes for our connections, from the scheduler.

    Its other processes write what several rounds left behind, when it suits them.
    """
    return sum(int((one / "schedstat").read_text().split()[0]) for one in backends()) / 1e9


def backends() -> list[Path]:
    """Return the processes in /proc that serve a connection of ours."""
    found, waiting = [], [os.getpid()]
    while waiting:
        for task in Path(f"/proc/{waiting.pop()}/task").iterdir():
            for child in (task / "children").read_text().split():
                waiting.append(int(child))
                title = Path(f"/proc/{child}/cmdline").read_bytes()
                if BACKEND in title:
                    found.append(Path(f"/proc/{child}"))
    return found
