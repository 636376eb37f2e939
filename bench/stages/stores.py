"""Database and ledger of a server that is counted or weighed: all works, and nothing is kept."""

from __future__ import annotations

from collections import Counter

import trio

from auctiond.pg.calls import EventRow
from auctiond.pg.ledger_book import Applied
from bench.stages.auctions import encode_only
from ledger.moves import Move


class Stores:
    """Database and ledger: all works, nothing is kept, and what they are asked is counted."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    async def fetch_value(self, *_: object) -> bool:
        return await self._answer("queries")

    async def execute(self, *_: object) -> None:
        await self._answer("queries")

    async def open_call(self, *_: object) -> bool:
        return await self._answer("queries")

    async def put(self, *_: object) -> bool:
        return await self._answer("webhooks")

    async def apply(self, _: Move) -> Applied:
        await self._answer("moves")
        return Applied(True, {})

    async def append(self, rows: list[EventRow]) -> None:
        self.asked["log_rows"] += len(rows)
        await encode_only(rows)

    async def _answer(self, what: str) -> bool:
        self.asked[what] += 1
        await trio.lowlevel.checkpoint()
        return True
