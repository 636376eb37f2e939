"""How wallets are filled by themselves, and which have become low or empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from auctiond.pg.door import Pg, Row
from auctiond.pg.sql_file import read_queries
from market.money import Micros

_SQL = read_queries("wallet_rules")


@dataclass(frozen=True, slots=True)
class WalletRule:
    """What somebody set for a wallet."""

    payer: str
    enabled: bool
    threshold: Micros
    amount: Micros
    method: str
    month_max: Micros | None = None
    low: Micros | None = None


@dataclass(frozen=True, slots=True)
class WalletState:
    """A rule, and how it goes."""

    rule: WalletRule
    failures: int
    paused: str
    next_ms: int


class WalletRules:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def set(self, rule: WalletRule, by: str, at_ms: int) -> None:
        """Set a rule anew."""
        r = rule
        args = (r.payer, r.enabled, r.threshold, r.amount, r.method, r.month_max, r.low)
        await self._pg.execute(_SQL["set"], *args, by, at_ms)

    async def get(self, payer: str) -> WalletState | None:
        """Return the rule of a wallet, or None."""
        row = await self._pg.fetch_row(_SQL["get"], payer)
        return None if row is None else _state(row)

    async def all(self) -> dict[str, WalletState]:
        """Return all rules, by payer."""
        return {row["payer"]: _state(row) for row in await self._pg.fetch(_SQL["all"])}

    async def due(self, now_ms: int, month_ms: int) -> list[WalletRule]:
        """Return the wallets that are to be filled now."""
        return [_state(row).rule for row in await self._pg.fetch(_SQL["due"], now_ms, month_ms)]

    async def begin(self, id_: UUID, payer: str, now_ms: int, month_ms: int, until_ms: int) -> bool:
        """Begin to fill a wallet, as an intent with that id. False: it is not due any more."""
        args = (id_, payer, now_ms, month_ms, until_ms)
        begun: bool = await self._pg.fetch_value(_SQL["begin"], *args)
        return begun

    async def tell_levels(self, at_ms: int, credits: Mapping[str, Micros]) -> int:
        """Tell of the wallets that have become low or empty, each once; return how many.

        `credits` are what wallets may be short of before they are empty.
        """
        args = (at_ms, list(credits), list(credits.values()))
        told: int = await self._pg.fetch_value(_SQL["levels"], *args)
        return told

    async def is_booked(self, move: UUID) -> bool:
        """Tell whether a move is in the ledger."""
        booked: bool = await self._pg.fetch_value(_SQL["is_booked"], move)
        return booked


def _state(row: Row) -> WalletState:
    month_max, low = row["month_max"], row["low"]
    rule = WalletRule(
        row["payer"],
        row["enabled"],
        Micros(row["threshold"]),
        Micros(row["amount"]),
        row["method"],
        Micros(month_max) if month_max is not None else None,
        Micros(low) if low is not None else None,
    )
    return WalletState(rule, row["failures"], row["paused"], row["next_ms"])
