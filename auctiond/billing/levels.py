"""Tells buyers when a wallet is low or empty: once, until it was filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import trio

from auctiond.billing.seen import CURRENCY
from auctiond.billing.telling import Tell, buyer_of
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.wallet_rules import Level, WalletRules
from market.money import dollars

LOOK_EVERY_S = 5.0  # One probe of an index for each wallet.


@dataclass(frozen=True, slots=True)
class LevelWatch:
    rules: WalletRules
    tell: Tell
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
        now_ms = self.now_ms()
        for level in await self.rules.levels(now_ms):
            await self._tell(level, now_ms)

    async def _tell(self, level: Level, now_ms: int) -> None:
        data = {"balance": dollars(level.free), "currency": CURRENCY.upper()}
        if level.level == "low":
            data["threshold"] = dollars(level.threshold)
        event = f"{level.payer}:{level.level}:{now_ms}"
        await self.tell(f"wallet.{level.level}", buyer_of(level.payer), data, event)
