"""What the ledger's tests have in common: moves near now, and one face for both books."""

from __future__ import annotations

import os
import time
from typing import Any, Protocol
from uuid import UUID

from auctiond.pg.ledger_book import PgBook
from ledger.moves import Booking, Capture, Hold, Line, Move, TopUp, hold_for, use
from ledger.rules import Ledger
from market.ids import id_at
from market.money import Micros

CAP = "cap:t1:calls/day:2026-11-23"
MONEY_CAP = "cap:t1:money/month:2026-11"
SLOT = "slot:t1"
EXPIRES_MS = 1_800_000_000_000


class Book(Protocol):
    """What is asked of a ledger, in memory or not."""

    async def apply(self, move: Move) -> bool: ...

    async def balances(self) -> dict[str, tuple[int, int]]: ...

    async def sums(self) -> dict[str, int]: ...


class MemoryBook:
    def __init__(self) -> None:
        self.ledger = Ledger()

    async def apply(self, move: Move) -> bool:
        return self.ledger.apply(move)

    async def balances(self) -> dict[str, tuple[int, int]]:
        return dict(self.ledger.balances())

    async def sums(self) -> dict[str, int]:
        return dict(self.ledger.sums())


class DatabaseBook:
    def __init__(self, book: PgBook) -> None:
        self.book = book

    async def apply(self, move: Move) -> bool:
        return (await self.book.apply(move)).new

    async def balances(self) -> dict[str, tuple[int, int]]:
        return await self.book.balances()

    async def sums(self) -> dict[str, int]:
        return await self.book.sums()


def new_id() -> UUID:
    return id_at(int(time.time() * 1000), os.urandom(16))


def top_up(amount: int = 1_000, buyer: str = "acme", ref: str = "") -> TopUp:
    id_ = new_id()
    return TopUp(id_, f"wallet:{buyer}", amount, ref or f"pi_{id_.hex}")


def hold(
    price: int = 400, *, buyer: str = "acme", call_id: UUID | None = None, leg: int = 1,
    credit: int = 0, calls: int = 10, money: int = 10_000, slots: int = 5,
) -> Hold:  # fmt: skip
    """Return a hold with all kinds of lines."""
    uses = (use(CAP, 1, calls), use(MONEY_CAP, price, money), use(SLOT, 1, slots))
    return hold_for(
        call_id or new_id(), leg, buyer=buyer, price=Micros(price), credit=Micros(credit),
        uses=uses, expires_ms=EXPIRES_MS,
    )  # fmt: skip


def book_of(kind: str, *lines: tuple[str, int], **rest: Any) -> Booking:
    """Return a booking of new id."""
    return Booking(new_id(), kind, tuple(Line(*line) for line in lines), **rest)


def returned(sale: Capture, amount: int, back: int = 0) -> Booking:
    """Return the return of a sale: the buyer gets `amount`, the publisher gives `back` of it."""
    lines = [("wallet:acme", amount), ("publisher:pub", -back), ("margin", back - amount)]
    return book_of("reversal", *(line for line in lines if line[1]), reverses=sale.id)
