"""Reads the odds of the last days from the call log: at the start, and then every hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from auctiond.calls.odds import OddsBook
from auctiond.logs import Log
from auctiond.pg.errors import PgAway
from routing.odds import LegCounts

KEPT_MS = 30 * 24 * 3_600_000  # Thirty days: targets change, and older calls say little.
EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class OddsReading:
    read: Callable[[int], Awaitable[list[LegCounts]]]  # The counts since then, Unix milliseconds.
    odds: OddsBook
    now_ms: Callable[[], int]
    log: Log

    async def run(self) -> None:
        """Read for ever. While the database is away the counts stay as they are."""
        while True:
            await trio.sleep(EVERY_S)
            try:
                await self.once()
            except PgAway as error:
                self.log.warning("odds.put_off", reason=type(error).__name__)

    async def once(self) -> None:
        """Read once."""
        self.odds.load(await self.read(self.now_ms() - KEPT_MS))
