"""Tells buyers when a wallet is low or empty: once, until it was filled.

What is told is noted and written in one transaction (SQL `tell_wallet_levels`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import trio

from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.wallet_rules import WalletRules
from market.money import Micros

LOOK_EVERY_S = 5.0  # One probe of an index for each wallet.


@dataclass(frozen=True, slots=True)
class LevelWatch:
    rules: WalletRules
    credits: Callable[[], Mapping[str, Micros]]  # By wallet.
    wake: Callable[[], None]  # Who carries notices.
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Look for ever. While the database is away nobody can pay anyway."""
        while True:
            try:
                await self.look()
            except (PgAway, PgError) as error:
                self.log.warning("wallet_levels.put_off", reason=type(error).__name__)
            await trio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once."""
        if await self.rules.tell_levels(self.now_ms(), self.credits()):
            self.wake()
